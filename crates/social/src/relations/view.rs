//! Reading relations: what stands between two accounts, and the lists that a viewer may page through.

use engine::store::{EdgeKind, EdgeRecord, EdgeRef};
use graph::{Edge, Id, Page, Wanted};

use super::{
    follow::RelationError,
    listed::listed,
    model::{
        AskedToFollow, BlockedBy, Blocks, FollowRequests, Followers, Follows, Mute, Mutes, Notes,
        follow_flags,
    },
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// What stands between a viewer and another account, as the policies need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// It is the viewer.
    pub same: bool,
    /// The viewer follows.
    pub follows: bool,
    /// The viewer does not want the other's shares.
    pub no_shares: bool,
    /// The viewer blocks the other.
    pub blocks: bool,
    /// The other blocks the viewer.
    pub blocked: bool,
    /// The viewer mutes the other now.
    pub mutes: bool,
    /// The mute covers notifications.
    pub mutes_notifications: bool,
}

/// What one person sees of their relation to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// The other.
    pub id: Id<Account>,
    /// As in [`Ties`].
    pub following: bool,
    /// Shares are wanted.
    pub shares: bool,
    /// Each post is notified.
    pub notify: bool,
    /// The other follows.
    pub followed_by: bool,
    /// The viewer blocks.
    pub blocking: bool,
    /// The other blocks.
    pub blocked_by: bool,
    /// The mute, if it is on now.
    pub mute: Option<Mute>,
    /// The viewer asked to follow.
    pub requested: bool,
    /// The other asked to follow.
    pub requested_by: bool,
    /// The viewer's note.
    pub note: String,
}

/// The ties of a viewer to each of these accounts, in order.
///
/// Blocks and mutes are few, and who is followed at all is a list of bare ids: these lists, kept whole in the caches, answer
/// for everybody at once. Only who is followed, or on lists too long to keep, is asked for edge by edge, in one round
/// trip.
pub async fn ties(
    app: &App,
    viewer: Id<Account>,
    others: &[Id<Account>],
) -> Result<Vec<Ties>, Fault> {
    let me = viewer.raw();
    let kinds = [Blocks::DECL.kind, BlockedBy::DECL.kind, Mutes::DECL.kind];
    let heads = app.graph.heads(&kinds.map(|kind| (me, kind))).await?;
    let followed = app.graph.members::<Follows>(viewer).await?;
    let may_follow = |other: &Id<Account>| {
        followed.as_ref().is_none_or(|followed| followed.contains(&other.raw()))
    };
    let mut asked = Vec::with_capacity(others.len());
    for other in others.iter().filter(|other| **other != viewer) {
        if may_follow(other) {
            asked.push(edge(me, Follows::DECL.kind, other.raw()));
        }
        for (kind, head) in kinds.iter().zip(&heads) {
            if head.find(other.raw()).is_err() {
                asked.push(edge(me, *kind, other.raw()));
            }
        }
    }
    let mut answers = app.graph.edge_records(&asked).await?.into_iter();
    let mut next = || answers.next().flatten();
    let now = app.now_ms();
    Ok(others
        .iter()
        .map(|other| {
            if *other == viewer {
                return Ties { same: true, ..Ties::default() };
            }
            let follows = may_follow(other).then(&mut next).flatten();
            let [blocks, blocked, mutes] = [0, 1, 2].map(|list: usize| {
                heads[list].find(other.raw()).map_or_else(|_| next(), |edge| edge.cloned())
            });
            let mute = mutes.as_ref().and_then(|edge| active_mute(edge, now));
            Ties {
                same: false,
                follows: follows.is_some(),
                no_shares: follows.is_some_and(|edge| edge.flags & follow_flags::NO_SHARES != 0),
                blocks: blocks.is_some(),
                blocked: blocked.is_some(),
                mutes: mute.is_some(),
                mutes_notifications: mute.is_some_and(|mute| mute.notifications),
            }
        })
        .collect())
}

/// The lists that [`ties`] reads whole, for whoever asks for them ahead.
pub fn wanted_lists(viewer: Id<Account>, wanted: &mut Wanted) {
    let kinds = [Blocks::DECL.kind, BlockedBy::DECL.kind, Mutes::DECL.kind];
    wanted.heads(kinds.map(|kind| (viewer.raw(), kind)));
    wanted.members::<Follows>(viewer);
}

/// The edges that [`ties`] reads one by one, for whoever asks for them ahead; the lists are there by then.
pub async fn wanted_ties(
    app: &App,
    viewer: Id<Account>,
    others: &[Id<Account>],
    wanted: &mut Wanted,
) -> Result<(), Fault> {
    let me = viewer.raw();
    let kinds = [Blocks::DECL.kind, BlockedBy::DECL.kind, Mutes::DECL.kind];
    let heads = app.graph.heads(&kinds.map(|kind| (me, kind))).await?;
    let followed = app.graph.members::<Follows>(viewer).await?;
    for other in others.iter().filter(|other| **other != viewer) {
        if followed.as_ref().is_none_or(|followed| followed.contains(&other.raw())) {
            wanted.edges([edge(me, Follows::DECL.kind, other.raw())]);
        }
        let beyond = kinds.iter().zip(&heads).filter(|(_, head)| head.find(other.raw()).is_err());
        wanted.edges(beyond.map(|(kind, _)| edge(me, *kind, other.raw())));
    }
    Ok(())
}

/// The relationships of a person to each of these accounts, unknown ones left out.
pub async fn relationships(
    app: &App,
    viewer: Id<Account>,
    others: &[Id<Account>],
) -> Result<Vec<Relationship>, Fault> {
    let known = app.graph.get_many(others).await?;
    let others: Vec<_> = known.into_iter().flatten().filter(|a| a.is_visible()).collect();
    let refs: Vec<_> = others
        .iter()
        .flat_map(|other| {
            let (me, them) = (viewer.raw(), other.id.raw());
            [
                edge(me, Follows::DECL.kind, them),
                edge(them, Follows::DECL.kind, me),
                edge(me, Blocks::DECL.kind, them),
                edge(them, Blocks::DECL.kind, me),
                edge(me, Mutes::DECL.kind, them),
                edge(me, AskedToFollow::DECL.kind, them),
                edge(them, AskedToFollow::DECL.kind, me),
                edge(me, Notes::DECL.kind, them),
            ]
        })
        .collect();
    let edges = app.graph.edge_records(&refs).await?;
    let now = app.now_ms();
    Ok(others
        .iter()
        .zip(edges.chunks_exact(8))
        .map(|(other, edges)| {
            let wishes = edges[0].as_ref().map_or(0, |edge| edge.flags);
            Relationship {
                id: other.id,
                following: edges[0].is_some(),
                shares: edges[0].is_some() && wishes & follow_flags::NO_SHARES == 0,
                notify: wishes & follow_flags::NOTIFY != 0,
                followed_by: edges[1].is_some(),
                blocking: edges[2].is_some(),
                blocked_by: edges[3].is_some(),
                mute: edges[4].as_ref().and_then(|edge| active_mute(edge, now)),
                requested: edges[5].is_some(),
                requested_by: edges[6].is_some(),
                note: edges[7]
                    .as_ref()
                    .map(|edge| String::from_utf8_lossy(&edge.data).into_owned())
                    .unwrap_or_default(),
            }
        })
        .collect())
}

fn edge(from: u64, kind: EdgeKind, to: u64) -> EdgeRef {
    EdgeRef { from, kind, to }
}

/// The mute in an edge, unless it has ended.
fn active_mute(edge: &EdgeRecord, now_ms: u64) -> Option<Mute> {
    let mute: Mute = serde_json::from_slice(&edge.data).unwrap_or_default();
    mute.until_ms.is_none_or(|until| until > now_ms).then_some(mute)
}

/// A page of accounts of a list: `(cursor, account)`, newest first. Whom the viewer is not shown is none: the cursor of a page
/// follows the rows that were read.
pub type AccountPage = Vec<(u64, Option<Id<Account>>)>;

/// Who follows an account, as a viewer may know it: empty where the account hides it.
pub async fn followers(
    app: &App,
    viewer: Option<Id<Account>>,
    of: Id<Account>,
    page: Page,
) -> Result<AccountPage, RelationError> {
    shown_page_of::<Followers>(app, viewer, of, page).await
}

/// Whom an account follows, as a viewer may know it.
pub async fn following(
    app: &App,
    viewer: Option<Id<Account>>,
    of: Id<Account>,
    page: Page,
) -> Result<AccountPage, RelationError> {
    shown_page_of::<Follows>(app, viewer, of, page).await
}

/// Who asks to follow the caller.
pub async fn follow_requests(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<AccountPage, RelationError> {
    Ok(page_of::<FollowRequests>(app, of, page).await?)
}

/// Whom the caller blocks.
pub async fn blocks(app: &App, of: Id<Account>, page: Page) -> Result<AccountPage, RelationError> {
    Ok(page_of::<Blocks>(app, of, page).await?)
}

/// Whom the caller mutes, with each mute; ended ones are left out.
pub async fn mutes(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<Vec<(u64, Id<Account>, Mute)>, RelationError> {
    let now = app.now_ms();
    let links = app.graph.list::<Mutes>(of, page).await?;
    Ok(links
        .into_iter()
        .filter_map(|link| {
            let mute: Mute = serde_json::from_slice(&link.data).unwrap_or_default();
            let on = mute.until_ms.is_none_or(|until| until > now);
            on.then_some((link.ord, link.to, mute))
        })
        .collect())
}

/// Which people the viewer follows follow each of these accounts; at most ten of each.
pub async fn familiar_followers(
    app: &App,
    viewer: Id<Account>,
    of: &[Id<Account>],
) -> Result<Vec<(Id<Account>, Vec<Id<Account>>)>, RelationError> {
    /// How many followed people are looked at: beyond, a sample is as good.
    const SAMPLE: usize = 400;
    let followed = app.graph.list::<Follows>(viewer, Page::newest(SAMPLE)).await?;
    let mut answer = Vec::new();
    for whom in of {
        let Some(account) = app.graph.get(*whom).await? else { continue };
        if !account.is_visible() {
            continue;
        }
        let hidden = hides_lists(app, Some(viewer), *whom).await?;
        let ends: Vec<_> = followed.iter().map(|link| (link.to, *whom)).collect();
        let edges = if hidden { Vec::new() } else { app.graph.edges::<Follows>(&ends).await? };
        let mutual =
            ends.iter().zip(edges).filter_map(|(end, edge)| edge.map(|_| end.0)).take(10).collect();
        answer.push((*whom, mutual));
    }
    Ok(answer)
}

async fn shown_page_of<E: Edge<From = Account, To = Account>>(
    app: &App,
    viewer: Option<Id<Account>>,
    of: Id<Account>,
    page: Page,
) -> Result<AccountPage, RelationError> {
    if hides_lists(app, viewer, of).await? {
        return Ok(Vec::new());
    }
    let rows = page_of::<E>(app, of, page).await?;
    if viewer == Some(of) {
        return Ok(rows);
    }
    let ids: Vec<_> = rows.iter().filter_map(|(_, id)| *id).collect();
    let listed = listed(app, viewer, &ids).await?;
    let shown = listed.into_iter().map(|account| account.map(|account| account.id));
    Ok(rows.into_iter().map(|(cursor, _)| cursor).zip(shown).collect())
}

async fn page_of<E: Edge<From = Account, To = Account>>(
    app: &App,
    of: Id<Account>,
    page: Page,
) -> Result<AccountPage, Fault> {
    let links = app.graph.list::<E>(of, page).await?;
    Ok(links.into_iter().map(|link| (link.ord, Some(link.to))).collect())
}

async fn hides_lists(
    app: &App,
    viewer: Option<Id<Account>>,
    of: Id<Account>,
) -> Result<bool, RelationError> {
    let account = app.graph.get(of).await?.ok_or(RelationError::NotFound)?;
    if !account.is_visible() {
        return Err(RelationError::NotFound);
    }
    if viewer == Some(of) {
        return Ok(false);
    }
    let blocked = match viewer {
        Some(viewer) => app.graph.edge::<Blocks>(of, viewer).await?.is_some(),
        None => false,
    };
    Ok(account.hide_collections || blocked)
}
