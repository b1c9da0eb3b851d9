//! What an account is sorted by in the lists of staff.

use engine::search::Value;
use graph::{Edge, Id, Page};

use crate::{
    accounts::model::Account,
    app::App,
    census,
    fault::Fault,
    moderation::model::CasesAbout,
    posts::model::{FollowersPosts, OpenPosts},
    relations::model::Followers,
};

/// Most cases about one account whose reports are added up.
const CASES: usize = 20;

/// Figures of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// When it last posted anything that others may see, Unix milliseconds.
    pub posted_ms: Option<u64>,
    /// When it was here last, Unix milliseconds, to the day.
    pub seen_ms: Option<u64>,
    /// Open posts and shares.
    pub posts: u64,
    /// Followers.
    pub followers: u64,
    /// Reports about it, of its latest cases.
    pub reports: u64,
}

impl Figures {
    pub(super) fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        [
            ("posted", self.posted_ms),
            ("seen", self.seen_ms),
            ("posts", Some(self.posts)),
            ("followers", Some(self.followers)),
            ("reports", Some(self.reports)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, Value::Number(value?))))
    }
}

/// Figures of these accounts, one answer per account, in order.
pub async fn figures(app: &App, accounts: &[Id<Account>]) -> Result<Vec<Figures>, Fault> {
    let newest = Page::newest(1);
    let open = app.graph.lists::<OpenPosts>(accounts, newest).await?;
    let followers = app.graph.lists::<FollowersPosts>(accounts, newest).await?;
    let seen = census::last_here(app, accounts).await?;
    let kinds = [OpenPosts::DECL.kind, Followers::DECL.kind];
    let asked: Vec<_> = accounts.iter().flat_map(|id| kinds.map(|kind| (id.raw(), kind))).collect();
    let counts = app.graph.counts(&asked).await?;
    let cases = app.graph.lists::<CasesAbout>(accounts, Page::newest(CASES)).await?;
    let ids: Vec<_> = cases.iter().flatten().map(|link| link.to).collect();
    let mut known = app.graph.get_many(&ids).await?.into_iter();
    let mut all = Vec::with_capacity(accounts.len());
    for at in 0..accounts.len() {
        let cases = known.by_ref().take(cases[at].len()).flatten();
        let last = open[at].iter().chain(&followers[at]).map(|link| link.ord).max();
        all.push(Figures {
            posted_ms: last.map(graph::ms_of),
            seen_ms: seen[at],
            posts: counts[at * 2],
            followers: counts[at * 2 + 1],
            reports: cases.map(|case| u64::from(case.reports)).sum(),
        });
    }
    Ok(all)
}
