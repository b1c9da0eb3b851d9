//! Reading: one's chats, the messages of one, how far one is.
//!
//! Every page is a bounded number of round trips, whatever its depth: pages are ranges of numbers.

use std::{collections::HashMap, sync::Arc};

use engine::store::EdgeRef;
use graph::{Batch, Edge, Id, Order, Page, Stored};

use super::{
    error::ChatError,
    model::{
        Asked, Chat, ChatMembers, ChatMessages, ChatRequests, Head, Kind, MemberOf, Message,
        MessageReactions, Reading, Since, member_flags, own_flags,
    },
    open::MOST_MEMBERS,
    seat::{Seat, pack, seat, unpack},
    tell,
};
use crate::{
    accounts::model::Account,
    app::App,
    fault::Fault,
    media::model::Media,
    posts::{self, Seen, model::Post},
    relations::{self, model::Blocks},
};

/// Most messages of one page.
pub const MOST_SHOWN: usize = 100;

/// A chat as one person sees it in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// It, and what they are in it.
    pub seat: Seat,
    /// Who asks, where it waits for an answer.
    pub asked_by: Option<Id<Account>>,
    /// The other of a chat of two, unless they are gone.
    pub other: Option<Arc<Stored<Account>>>,
    /// How many members.
    pub members: u64,
    /// The number of the newest message that may be read.
    pub last: u64,
    /// How many messages are newer than what was read.
    pub unread: u64,
    /// The newest message.
    pub newest: Option<Shown>,
    /// The picture of a group.
    pub picture: Option<Arc<Stored<Media>>>,
}

/// A message as one person sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// For whom.
    pub viewer: Id<Account>,
    /// It.
    pub message: Arc<Stored<Message>>,
    /// Its author.
    pub author: Option<Arc<Stored<Account>>>,
    /// There is a block between the two, or the author is not to be seen: nothing of it is shown but its place.
    pub withheld: bool,
    /// Emoji, how many people, and whether the viewer is one; most first.
    pub reactions: Vec<(String, u64, bool)>,
    /// What is attached, in order.
    pub media: Vec<Arc<Stored<Media>>>,
    /// The post that it links to, where the viewer may see it and hides nothing of its author.
    pub linked: Option<Seen>,
}

impl Shown {
    /// Whether there is more to see of it than its place.
    pub fn is_open(&self) -> bool {
        !self.withheld && self.message.deleted_ms.is_none()
    }
}

/// Which part of a chat; numbers are exclusive, except in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The end.
    Newest,
    /// What stands right before this number.
    Before(u64),
    /// What stands right after it.
    After(u64),
    /// What stands around it, with it.
    Around(u64),
}

/// A page of one's chats, by their newest message, with their cursors. What is not to be seen now is none.
pub async fn chats(
    app: &App,
    me: Id<Account>,
    page: Page,
) -> Result<Vec<(u64, Option<Listed>)>, ChatError> {
    let links = app.graph.list::<MemberOf>(me, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let shown = listed(app, me, &ids).await?;
    Ok(links.iter().map(|link| link.ord).zip(shown).collect())
}

/// Chats as one person sees them in a list, in order; none where they see nothing.
pub async fn listed(
    app: &App,
    me: Id<Account>,
    ids: &[Id<Chat>],
) -> Result<Vec<Option<Listed>>, ChatError> {
    let graph = &app.graph;
    let edge = |from, kind, to| EdgeRef { from, kind, to };
    let chats = graph.get_many(ids).await?;
    let others: Vec<_> =
        chats.iter().map(|chat| chat.as_ref().and_then(|chat| chat.other(me))).collect();
    let asked: Vec<_> = ids
        .iter()
        .zip(&others)
        .flat_map(|(id, other)| {
            let (chat, my) = (id.raw(), me.raw());
            [
                edge(chat, ChatMembers::DECL.kind, my),
                edge(my, MemberOf::DECL.kind, chat),
                edge(my, ChatRequests::DECL.kind, chat),
                // Of a group nobody asks: nobody blocks themselves.
                edge(other.map_or(my, Id::raw), Blocks::DECL.kind, my),
            ]
        })
        .collect();
    let edges = graph.edge_records(&asked).await?;
    let heads: Vec<Id<Head>> = chats.iter().flatten().map(|chat| chat.head).collect();
    let heads: HashMap<_, _> =
        graph.get_many(&heads).await?.into_iter().flatten().map(|one| (one.id, one.last)).collect();
    let counts: Vec<_> = ids.iter().map(|id| (id.raw(), ChatMembers::DECL.kind)).collect();
    let counts = graph.counts(&counts).await?;
    let newest = graph.lists::<ChatMessages>(ids, Page::newest(1)).await?;
    let known: Vec<_> = others.iter().flatten().copied().collect();
    let known: HashMap<_, _> =
        graph.get_many(&known).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let pictures: Vec<_> = chats.iter().flatten().filter_map(|chat| chat.picture).collect();
    let pictures: HashMap<_, _> =
        graph.get_many(&pictures).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let mut rows = Vec::with_capacity(ids.len());
    for (index, (chat, other)) in chats.into_iter().zip(&others).enumerate() {
        let [membership, own, request, block] = &edges[index * 4..index * 4 + 4] else { continue };
        let Some(chat) = chat.filter(|_| block.is_none()) else {
            rows.push(None);
            continue;
        };
        if membership.is_none() && request.is_none() {
            rows.push(None);
            continue;
        }
        let since: Since = membership.as_ref().map(|edge| unpack(&edge.data)).unwrap_or_default();
        let reading: Reading = own.as_ref().map(|edge| unpack(&edge.data)).unwrap_or_default();
        let asked: Option<Asked> =
            request.as_ref().and_then(|edge| serde_json::from_slice(&edge.data).ok());
        let other = other.and_then(|id| known.get(&id).cloned()).filter(|one| one.is_visible());
        // A request of somebody who is gone asks for nothing.
        if membership.is_none() && chat.other(me).is_some() && other.is_none() {
            rows.push(None);
            continue;
        }
        let owner = matches!(&chat.kind, Kind::Group { owner, .. } if *owner == me);
        let flags = membership.as_ref().map_or(0, |edge| edge.flags);
        let seat = Seat {
            account: me,
            member: membership.is_some(),
            admin: owner || flags & member_flags::ADMIN != 0,
            owner,
            muted: own.as_ref().is_some_and(|edge| edge.flags & own_flags::MUTED != 0),
            from: since.from,
            read: reading.read.max(since.from),
            chat,
        };
        let readable = seat.member || seat.chat.other(me).is_some();
        let last = heads.get(&seat.chat.head).copied().filter(|_| readable).unwrap_or(0);
        let unread = last.saturating_sub(seat.read);
        let asked_by = asked.filter(|_| !seat.member).map(|asked| asked.by);
        let members = counts.get(index).copied().unwrap_or(0);
        let picture = seat.chat.picture.and_then(|id| pictures.get(&id).cloned());
        let newest = None;
        rows.push(Some(Listed { seat, asked_by, other, members, last, unread, newest, picture }));
    }
    let wanted: Vec<_> = rows
        .iter()
        .zip(&newest)
        .filter_map(|(row, newest)| Some((row.as_ref()?, newest.first()?)))
        .filter(|(row, newest)| newest.ord > row.seat.from && newest.ord <= row.last)
        .map(|(_, newest)| newest.to)
        .collect();
    let mut shown: HashMap<_, _> = show(app, me, &wanted)
        .await?
        .into_iter()
        .map(|shown| (shown.message.chat, shown))
        .collect();
    for row in rows.iter_mut().flatten() {
        row.newest = shown.remove(&row.seat.chat.id);
    }
    Ok(rows)
}

/// A page of the messages of a chat, in order.
pub async fn history(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    place: Place,
    limit: usize,
) -> Result<(Seat, Vec<Shown>), ChatError> {
    let seat = seat(app, me, id).await?.reading()?;
    let limit = limit.clamp(1, MOST_SHOWN);
    let floor = seat.from;
    let before = |below, limit| Page { below, above: Some(floor), order: Order::Newest, limit };
    let after = |above: u64, limit| {
        let above = Some(above.max(floor));
        Page { below: None, above, order: Order::Oldest, limit }
    };
    let pages = match place {
        Place::Newest => vec![before(None, limit)],
        Place::Before(number) => vec![before(Some(number), limit)],
        Place::After(number) => vec![after(number, limit)],
        Place::Around(number) => {
            let older = limit.div_ceil(2);
            let newer = (limit - older).max(1);
            vec![before(Some(number.saturating_add(1)), older), after(number, newer)]
        }
    };
    let mut numbered = Vec::new();
    for page in pages {
        let links = app.graph.list::<ChatMessages>(id, page).await?;
        numbered.extend(links.into_iter().map(|link| (link.ord, link.to)));
    }
    numbered.sort_unstable();
    let ids: Vec<_> = numbered.into_iter().map(|(_, id)| id).collect();
    let shown = show(app, me, &ids).await?;
    Ok((seat, shown))
}

/// One message.
pub async fn message(
    app: &App,
    me: Id<Account>,
    chat: Id<Chat>,
    id: Id<Message>,
) -> Result<Shown, ChatError> {
    let seat = seat(app, me, chat).await?.reading()?;
    let shown = show(app, me, &[id]).await?.pop();
    let readable = |shown: &Shown| shown.message.chat == chat && shown.message.number > seat.from;
    shown.filter(readable).ok_or(ChatError::NotFound)
}

/// Says how far one has read. It never goes back, and not beyond the newest.
pub async fn mark_read(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    number: u64,
) -> Result<u64, ChatError> {
    let seat = seat(app, me, id).await?.writing()?;
    let last = app.graph.get(seat.chat.head).await?.map_or(0, |head| head.last);
    let read = number.min(last);
    if read <= seat.read {
        return Ok(seat.read);
    }
    let mut batch = Batch::new();
    batch.guard_edge::<ChatMembers>(id, me, true);
    batch.annotate::<MemberOf>(me, id, pack(&Reading { read }));
    match app.graph.commit(batch).await {
        // Removed at this moment.
        Err(graph::CommitError::Conflict { .. }) => Err(ChatError::NotAllowed),
        answer => {
            answer?;
            tell::read(app, id, me, read).await;
            Ok(read)
        }
    }
}

/// Messages with what is shown beside them, in order; those that are gone are left out.
pub(super) async fn show(
    app: &App,
    me: Id<Account>,
    ids: &[Id<Message>],
) -> Result<Vec<Shown>, Fault> {
    let messages: Vec<_> = app.graph.get_many(ids).await?.into_iter().flatten().collect();
    let mut authors: Vec<_> = messages.iter().map(|message| message.author).collect();
    authors.sort_unstable();
    authors.dedup();
    let ties = relations::ties(app, me, &authors).await?;
    let known = app.graph.get_many(&authors).await?;
    let authors: HashMap<_, _> = authors
        .into_iter()
        .zip(known.into_iter().zip(ties))
        .filter_map(|(id, (account, ties))| {
            let account = account.filter(|account| account.is_visible())?;
            (!ties.blocks && !ties.blocked).then_some((id, account))
        })
        .collect();
    let there: Vec<_> = messages.iter().map(|message| message.id).collect();
    let page = Page::newest(MOST_MEMBERS);
    let reactions = app.graph.lists::<MessageReactions>(&there, page).await?;
    let open = |message: &&Arc<Stored<Message>>| {
        message.deleted_ms.is_none() && authors.contains_key(&message.author)
    };
    let files: Vec<_> =
        messages.iter().filter(open).flat_map(|one| one.media.iter().copied()).collect();
    let files: HashMap<_, _> =
        app.graph.get_many(&files).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let posts = linked_posts(app, me, messages.iter().filter(open)).await?;
    Ok(messages
        .into_iter()
        .zip(reactions)
        .map(|(message, links)| {
            let author = authors.get(&message.author).cloned();
            let mut counted: Vec<(String, u64, bool)> = Vec::new();
            let shown = author.is_some() && message.deleted_ms.is_none();
            // The first to react comes first among equals.
            for link in links.iter().rev().filter(|_| shown) {
                for emoji in unpack::<Vec<String>>(&link.data) {
                    let mine = link.to == me;
                    match counted.iter_mut().find(|known| known.0 == emoji) {
                        Some(known) => (known.1, known.2) = (known.1 + 1, known.2 || mine),
                        None => counted.push((emoji, 1, mine)),
                    }
                }
            }
            counted.sort_by_key(|known| std::cmp::Reverse(known.1));
            let media = message.media.iter().filter(|_| shown);
            let media = media.filter_map(|id| files.get(id).cloned()).collect();
            let linked = message.linked.filter(|_| shown).and_then(|id| posts.get(&id).cloned());
            let withheld = author.is_none();
            Shown { viewer: me, withheld, message, author, reactions: counted, media, linked }
        })
        .collect())
}

/// The posts that messages link to, as far as the viewer may see them and wants to: all of a page at once.
async fn linked_posts(
    app: &App,
    me: Id<Account>,
    messages: impl Iterator<Item = &Arc<Stored<Message>>>,
) -> Result<HashMap<Id<Post>, Seen>, Fault> {
    let mut ids: Vec<_> = messages.filter_map(|message| message.linked).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort_unstable();
    ids.dedup();
    let seen = posts::see(app, Some(me), &ids, posts::Place::Listed).await?;
    Ok(ids.into_iter().zip(seen).filter_map(|(id, seen)| Some((id, seen?))).collect())
}
