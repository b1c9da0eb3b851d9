//! On which ways a person wants to hear of what, and how often a digest comes.

use std::collections::BTreeMap;

use graph::{Batch, CommitError, Id};
use serde::{Deserialize, Serialize};

use super::{
    kinds::{Channels, NotificationKind},
    model::DigestTakers,
};
use crate::{
    accounts::model::{Account, Login},
    app::App,
    audit::model::words,
    fault::Fault,
    instance::model::INSTANCE,
    posts::login_of,
};

words! {
    /// How often the best of what was missed comes by mail.
    #[derive(Default)]
    Digest { #[default] Off "off", Daily "daily", Weekly "weekly" }
}

/// What a person said about how they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// What differs from the usual.
    pub channels: BTreeMap<NotificationKind, Channels>,
    /// How often a digest comes.
    pub digest: Digest,
    /// Until when digests have told, Unix milliseconds.
    pub digested_ms: u64,
    /// What was put into a mail: everything up to this place.
    pub mailed: u64,
    /// An address that refused mail for good: none goes there until it is confirmed again.
    pub bounced: Option<String>,
}

impl Wishes {
    /// On which ways notifications of a kind come.
    pub fn channels(&self, kind: NotificationKind) -> Channels {
        let row = kind.row();
        self.channels.get(&kind).copied().unwrap_or(row.usual).or(row.always)
    }
}

impl Login {
    /// Whether mail that is not about the account itself may go to its address.
    pub fn takes_mail(&self) -> bool {
        self.confirmed && !self.bounces()
    }

    /// Whether the address refused mail for good.
    pub fn bounces(&self) -> bool {
        self.wishes.bounced.as_ref() == Some(&self.email)
    }
}

/// The wishes of a person.
pub async fn wishes(app: &App, of: Id<Account>) -> Result<Wishes, Fault> {
    Ok(login_of(app, of).await?.wishes.clone())
}

/// Changes the wishes of a person. They count for what comes.
pub async fn change_wishes(
    app: &App,
    of: Id<Account>,
    change: impl Fn(&mut Wishes),
) -> Result<Wishes, Fault> {
    for _ in 0..5 {
        let login = login_of(app, of).await?;
        let mut body: Login = login.body.clone();
        change(&mut body.wishes);
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        match body.wishes.digest {
            Digest::Off => batch.discard::<DigestTakers>(INSTANCE, of),
            Digest::Daily | Digest::Weekly => batch.ensure::<DigestTakers>(INSTANCE, of, of.raw()),
        };
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(body.wishes),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}
