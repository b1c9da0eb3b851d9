//! People as staff list them.

use std::sync::Arc;

use graph::{Edge, Id, Order, Page, Stored};

use super::error::ModerationError;
use crate::{
    accounts::model::{
        Account, Login, Members, PendingMembers, StaffMembers, Standing, SuspendedMembers,
    },
    app::App,
    instance::model::{INSTANCE, Instance},
    staff::{Permission, Powers},
};

/// How many people are read at once, and looked at for one page.
const STEP: usize = 200;
const SCAN: usize = 2_000;

/// In which standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standings {
    /// Any that is in.
    #[default]
    Any,
    /// As usual.
    Active,
    /// Waits to be let in.
    Pending,
    /// Frozen.
    Frozen,
    /// Limited.
    Limited,
    /// Its media is hidden at first.
    Sensitive,
    /// Suspended.
    Suspended,
}

/// Which people. Texts are parts of what is looked for, in any case.
#[derive(Clone, Debug, Default)]
pub struct PeopleFilter {
    /// In which standing.
    pub standing: Standings,
    /// Only those who have a role.
    pub staff: bool,
    /// Part of the handle.
    pub handle: String,
    /// Part of the shown name.
    pub name: String,
    /// Part of the address.
    pub email: String,
    /// Only those whom this person invited.
    pub invited_by: Option<Id<Account>>,
}

impl PeopleFilter {
    fn passes(&self, account: &Account, login: &Login) -> bool {
        let has = |text: &str, part: &str| {
            part.is_empty() || text.to_lowercase().contains(&part.to_lowercase())
        };
        let stands = match self.standing {
            Standings::Any => account.standing != Standing::Deleted,
            Standings::Active => {
                account.standing == Standing::Active && !account.limited && !login.frozen
            }
            Standings::Pending => account.standing == Standing::Pending,
            Standings::Frozen => login.frozen,
            Standings::Limited => account.limited,
            Standings::Sensitive => account.sensitive,
            Standings::Suspended => account.standing == Standing::Suspended,
        };
        stands
            && has(account.handle.as_str(), &self.handle)
            && has(&account.display_name, &self.name)
            && has(&login.email, &self.email)
            && self.invited_by.is_none_or(|by| login.invited_by == Some(by))
    }
}

/// A page of people.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// With their places in the list.
    pub found: Vec<(u64, Arc<Stored<Account>>)>,
    /// Where the next page begins, if there may be one.
    pub next: Option<u64>,
}

/// People whom a filter lets through; it looks through the list to a bound.
pub async fn people(
    app: &App,
    by: &Powers,
    filter: &PeopleFilter,
    page: Page,
) -> Result<People, ModerationError> {
    if !by.may(Permission::ManagePeople) {
        return Err(ModerationError::NotAllowed);
    }
    match filter.standing {
        _ if filter.staff => listed::<StaffMembers>(app, filter, page).await,
        Standings::Pending => listed::<PendingMembers>(app, filter, page).await,
        Standings::Suspended => listed::<SuspendedMembers>(app, filter, page).await,
        _ => listed::<Members>(app, filter, page).await,
    }
}

async fn listed<E: Edge<From = Instance, To = Account>>(
    app: &App,
    filter: &PeopleFilter,
    page: Page,
) -> Result<People, ModerationError> {
    let (mut people, mut cursor, mut scanned) = (People::default(), page, 0);
    cursor.limit = STEP;
    loop {
        let links = app.graph.list::<E>(INSTANCE, cursor).await?;
        let ids: Vec<_> = links.iter().map(|link| link.to).collect();
        let accounts = app.graph.get_many(&ids).await?;
        let there: Vec<_> = links
            .iter()
            .zip(accounts)
            .filter_map(|(link, account)| Some((link.ord, account?)))
            .collect();
        let logins: Vec<_> = there.iter().map(|(_, account)| account.login).collect();
        for ((ord, account), login) in there.into_iter().zip(app.graph.get_many(&logins).await?) {
            if login.is_some_and(|login| filter.passes(&account, &login)) {
                people.found.push((ord, account));
            }
            if people.found.len() == page.limit {
                people.next = Some(ord);
                return Ok(people);
            }
        }
        scanned += links.len();
        let Some(last) = links.last().filter(|_| links.len() == STEP) else {
            return Ok(people);
        };
        if scanned >= SCAN {
            people.next = Some(last.ord);
            return Ok(people);
        }
        match page.order {
            Order::Newest => cursor.below = Some(last.ord),
            Order::Oldest => cursor.above = Some(last.ord),
        }
    }
}
