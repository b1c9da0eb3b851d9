//! People: one list by filters and sorts, and one person with all that staff go by.

use std::sync::Arc;

use axum::extract::State;
use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::{
        SUSPENSION,
        model::{Account as AccountNode, Login, Origin, Role, Standing, SuspendedMembers},
    },
    instance::model::INSTANCE,
    media,
    moderation::{Standings, decisions_on, model::ReportsBy},
    people::{doors, model::StaffNotes},
    relations::model::Follows,
    search::{Figures, PeopleList, PeopleSort, Roles, figures, list_people},
    staff::Permission,
};

use super::{At, CountedPage, TAG, choice, someone};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{AdminAccount, Rendered, admin_accounts, bytes},
};

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    vec![
        get("getPeople", "/api/sociosphere/v1/admin/people", read)
            .says(TAG, "People by filters and sorts")
            .takes::<Query>()
            .answers::<CountedPage<PersonRow>>()
            .to(list),
        get("getPerson", "/api/sociosphere/v1/admin/people/{id}", read)
            .says(TAG, "A person with all that staff go by")
            .answers::<PersonView>()
            .to(one),
    ]
}

/// Which people.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Query {
    /// Words of handle, name and biography.
    #[schemars(length(max = 200))]
    q: String,
    /// In which standing.
    #[schemars(extend("enum" = ["any", "active", "pending", "frozen", "limited", "sensitive", "suspended"]))]
    standing: Option<String>,
    /// With which role.
    #[schemars(extend("enum" = ["any", "staff", "member", "moderator", "admin", "owner"]))]
    role: Option<String>,
    /// How they came.
    #[schemars(extend("enum" = ["any", "open", "approval", "invite", "operator"]))]
    origin: Option<String>,
    /// Whether their address is confirmed.
    #[schemars(extend("enum" = ["any", "yes", "no"]))]
    confirmed: Option<String>,
    /// Who is first.
    #[schemars(extend("enum" = ["newest", "oldest", "last_active", "posts", "followers", "reports"]))]
    sort: Option<String>,
    /// Which page.
    #[serde(flatten)]
    pub at: At,
}

impl Query {
    /// As search asks.
    pub fn list(&self) -> Result<PeopleList, Problem> {
        let standing = choice("standing", &self.standing, |word| {
            Some(match word {
                "active" => Standings::Active,
                "pending" => Standings::Pending,
                "frozen" => Standings::Frozen,
                "limited" => Standings::Limited,
                "sensitive" => Standings::Sensitive,
                "suspended" => Standings::Suspended,
                _ => return None,
            })
        })?;
        let role = choice("role", &self.role, |word| {
            Some(match word {
                "staff" => Roles::Staff,
                "member" => Roles::Fixed(Role::Member),
                "moderator" => Roles::Fixed(Role::Moderator),
                "admin" => Roles::Fixed(Role::Admin),
                "owner" => Roles::Fixed(Role::Owner),
                _ => return None,
            })
        })?;
        let origin = choice("origin", &self.origin, |word| {
            Origin::ALL.into_iter().find(|origin| origin.as_str() == word)
        })?;
        let confirmed = choice("confirmed", &self.confirmed, |word| match word {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        })?;
        Ok(PeopleList {
            words: self.q.clone(),
            standing: standing.unwrap_or_default(),
            role: role.unwrap_or_default(),
            origin,
            confirmed,
            sort: choice("sort", &self.sort, PeopleSort::parse)?.unwrap_or_default(),
        })
    }
}

/// A person in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct PersonRow {
    /// As staff see them.
    person: AdminAccount,
    /// Open posts and shares.
    posts: u64,
    /// Followers.
    followers: u64,
    /// How many they follow.
    following: u64,
    /// Reports about them, of their latest cases.
    reports: u64,
    /// When they were here last, to the day.
    last_active_at: Option<String>,
    /// How they came.
    #[schemars(extend("enum" = ["open", "approval", "invite", "operator"]))]
    origin: &'static str,
    /// Bytes of their media.
    bytes: u64,
}

/// A person with all that staff go by.
#[derive(Debug, Serialize, JsonSchema)]
struct PersonView {
    /// As in the list.
    #[serde(flatten)]
    row: PersonRow,
    /// Where they stand.
    #[schemars(extend("enum" = ["active", "pending", "suspended", "deleted"]))]
    standing: &'static str,
    /// Who invited them.
    invited_by: Option<AdminAccount>,
    /// How many decisions about them.
    decisions: usize,
    /// How many reports they made, of the latest thousand.
    reports_by: usize,
    /// How many notes staff have.
    notes: u64,
    /// On how many devices they are signed in.
    sessions: usize,
    /// How many apps act for them.
    apps: usize,
    /// When a suspension becomes a deletion.
    purged_at: Option<String>,
}

async fn list(
    State(site): State<Shared>,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let limit = query.at.limit()?;
    let page = list_people(&site.app, &query.list()?, query.at.cursor(), limit).await?;
    let ids: Vec<_> = page.found.iter().map(|account| account.id).collect();
    let known = figures(&site.app, &ids).await?;
    let items = rows(&site, &page.found, known).await?;
    Ok(Rendered(bytes(&CountedPage { items, next: page.next, total: page.total })))
}

/// A person as staff see them, and how they sign in.
type Known = (Option<AdminAccount>, Option<Arc<Stored<Login>>>);

/// People of a list: as many reads as of one. Who has no login is left out.
async fn rows(
    site: &Shared,
    accounts: &[Arc<Stored<AccountNode>>],
    known: Vec<Figures>,
) -> Result<Vec<PersonRow>, Problem> {
    let graph = &site.app.graph;
    let people = admin_accounts(site, accounts).await?;
    let logins: Vec<_> = accounts.iter().map(|account| account.login).collect();
    let logins: Vec<Option<Arc<Stored<Login>>>> = graph.get_many(&logins).await?;
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    let lists: Vec<_> = ids.iter().map(|id| (Id::raw(*id), Follows::DECL.kind)).collect();
    let following = graph.counts(&lists).await?;
    let bytes = media::used_by(&site.app, &ids).await?;
    let around = known.into_iter().zip(following).zip(bytes);
    let row = |((person, login), ((figures, following), bytes)): (Known, ((Figures, _), _))| {
        Some(PersonRow {
            person: person?,
            posts: figures.posts,
            followers: figures.followers,
            following,
            reports: figures.reports,
            last_active_at: figures.seen_ms.map(format::time),
            origin: login.map_or(Origin::Open, |login| login.origin()).as_str(),
            bytes,
        })
    };
    Ok(people.into_iter().zip(logins).zip(around).filter_map(row).collect())
}

async fn one(
    State(site): State<Shared>,
    Staff(_): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    /// Most reports that are counted.
    const REPORTS: usize = 1_000;
    let (app, graph) = (&site.app, &site.app.graph);
    let account = graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let known = figures(app, &[id]).await?.pop().unwrap_or_default();
    let row = rows(&site, std::slice::from_ref(&account), vec![known]).await?.pop();
    let row = row.ok_or_else(Problem::not_found)?;
    let login = graph.get(account.login).await?;
    let (apps, sessions): (Vec<_>, Vec<_>) =
        doors(app, id).await?.into_iter().partition(|door| door.is_app);
    let suspended = graph.edge::<SuspendedMembers>(INSTANCE, id).await?;
    let purged = suspended.map(|link| graph::ms_of(link.ord) + SUSPENSION.as_millis() as u64);
    let view = PersonView {
        row,
        standing: match account.standing {
            Standing::Active => "active",
            Standing::Pending => "pending",
            Standing::Suspended => "suspended",
            Standing::Deleted => "deleted",
        },
        invited_by: someone(&site, login.and_then(|login| login.invited_by)).await?,
        decisions: decisions_on(app, id).await?.len(),
        reports_by: graph.list::<ReportsBy>(id, graph::Page::newest(REPORTS)).await?.len(),
        notes: graph.counts(&[(Id::raw(id), StaffNotes::DECL.kind)]).await?[0],
        sessions: sessions.len(),
        apps: apps.len(),
        purged_at: purged.map(format::time),
    };
    Ok(Rendered(bytes(&view)))
}
