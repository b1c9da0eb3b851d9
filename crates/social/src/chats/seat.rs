//! The one question before everything in a chat: what is the caller in it, at this moment?

use std::sync::Arc;

use bytes::Bytes;
use engine::store::{EdgeRecord, EdgeRef};
use graph::{Batch, Edge, Id, Stored};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    error::ChatError,
    model::{
        Chat, ChatMembers, ChatRequests, Kind, MemberOf, PastMembers, Reading, Since, member_flags,
        own_flags,
    },
};
use crate::{
    accounts::model::Account,
    app::App,
    relations::{self, model::Blocks},
};

/// What somebody is in a chat.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The chat.
    pub chat: Arc<Stored<Chat>>,
    /// Whose seat.
    pub account: Id<Account>,
    /// A member; otherwise somebody whom a request waits for.
    pub member: bool,
    /// An admin or the owner of a group.
    pub admin: bool,
    /// The owner of a group.
    pub owner: bool,
    /// Muted.
    pub muted: bool,
    /// Only messages with larger numbers may be read.
    pub from: u64,
    /// The number of the newest message that was read.
    pub read: u64,
}

impl Seat {
    /// A member, who may write.
    pub(super) fn writing(self) -> Result<Seat, ChatError> {
        if self.member { Ok(self) } else { Err(ChatError::NotAccepted) }
    }

    /// An admin of a group.
    pub(super) fn ruling(self) -> Result<Seat, ChatError> {
        match (&self.chat.kind, self.admin) {
            (Kind::Direct { .. }, _) => Err(ChatError::NotAGroup),
            (Kind::Group { .. }, false) => Err(ChatError::NotAllowed),
            (Kind::Group { .. }, true) => Ok(self),
        }
    }

    /// Whether what is written in the chat may be read: of a group one is only invited to, nothing.
    pub(super) fn reading(self) -> Result<Seat, ChatError> {
        match (&self.chat.kind, self.member) {
            (Kind::Group { .. }, false) => Err(ChatError::NotAccepted),
            (Kind::Group { .. }, true) | (Kind::Direct { .. }, _) => Ok(self),
        }
    }
}

/// The seat of somebody in a chat. Who was never in it learns nothing, who was and is not any more, or is blocked by the
/// other of two, is refused.
pub async fn seat(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<Seat, ChatError> {
    let own = EdgeRef { from: me.raw(), kind: MemberOf::DECL.kind, to: id.raw() };
    let [entered, asked, past] = ways_in(me, id);
    let edges = app.graph.edge_records(&[entered, asked, past, own]).await?;
    let [entered, asked, past, own] = &edges[..] else { return Err(ChatError::NotFound) };
    let (chat, from) = inside(app, me, id, [entered, asked, past]).await?;
    let owner = matches!(&chat.kind, Kind::Group { owner, .. } if *owner == me);
    let flags = entered.as_ref().map_or(0, |edge| edge.flags);
    let reading: Reading = own.as_ref().map(|edge| unpack(&edge.data)).unwrap_or_default();
    Ok(Seat {
        account: me,
        member: entered.is_some(),
        admin: owner || flags & member_flags::ADMIN != 0,
        owner,
        muted: own.as_ref().is_some_and(|edge| edge.flags & own_flags::MUTED != 0),
        from,
        read: reading.read.max(from),
        chat,
    })
}

/// Above which number somebody may read in a chat; refused as by [`seat`] and [`Seat::reading`]. It asks nothing that
/// moves with each message, so that all who are told of one ask memory.
pub(super) async fn reads_above(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
) -> Result<u64, ChatError> {
    let edges = app.graph.edge_records(&ways_in(me, id)).await?;
    let [entered, asked, past] = &edges[..] else { return Err(ChatError::NotFound) };
    let (chat, from) = inside(app, me, id, [entered, asked, past]).await?;
    match (&chat.kind, entered) {
        (Kind::Group { .. }, None) => Err(ChatError::NotAccepted),
        (Kind::Group { .. }, Some(_)) | (Kind::Direct { .. }, _) => Ok(from),
    }
}

/// What makes somebody a member, somebody who is asked, somebody who was one.
fn ways_in(me: Id<Account>, id: Id<Chat>) -> [EdgeRef; 3] {
    let (chat, my) = (id.raw(), me.raw());
    let edge = |from, kind, to| EdgeRef { from, kind, to };
    [
        edge(chat, ChatMembers::DECL.kind, my),
        edge(my, ChatRequests::DECL.kind, chat),
        edge(chat, PastMembers::DECL.kind, my),
    ]
}

async fn inside(
    app: &App,
    me: Id<Account>,
    id: Id<Chat>,
    [entered, asked, past]: [&Option<EdgeRecord>; 3],
) -> Result<(Arc<Stored<Chat>>, u64), ChatError> {
    if entered.is_none() && asked.is_none() {
        let known = past.is_some();
        return Err(if known { ChatError::NotAllowed } else { ChatError::NotFound });
    }
    let chat = app.graph.get(id).await?.ok_or(ChatError::NotFound)?;
    if let Some(other) = chat.other(me)
        && app.graph.edge::<Blocks>(other, me).await?.is_some()
    {
        return Err(ChatError::NotAllowed);
    }
    let since: Since = entered.as_ref().map(|edge| unpack(&edge.data)).unwrap_or_default();
    Ok((chat, since.from))
}

/// Makes somebody a member, who reads what comes after `from`.
pub(super) fn join(app: &App, batch: &mut Batch, chat: Id<Chat>, who: Id<Account>, from: u64) {
    let (since, on) = (pack(&Since { from }), engine::store::OnExisting::Conflict);
    batch.link_with::<ChatMembers>(chat, who, app.ord(), 0, since, on);
    batch.annotate::<MemberOf>(who, chat, pack(&Reading { read: from }));
    batch.discard::<PastMembers>(chat, who);
}

/// Holds only as long as neither blocks the other.
pub(super) fn guard_blocks(batch: &mut Batch, one: Id<Account>, other: Id<Account>) {
    batch.guard_edge::<Blocks>(one, other, false);
    batch.guard_edge::<Blocks>(other, one, false);
}

/// Whether either blocks the other, or the other is not there.
pub(super) async fn apart(
    app: &App,
    one: Id<Account>,
    other: Id<Account>,
) -> Result<bool, ChatError> {
    let there = app.graph.get(other).await?.is_some_and(|account| account.is_visible());
    let ties = relations::ties(app, one, &[other]).await?;
    Ok(!there || ties.iter().any(|ties| ties.blocks || ties.blocked))
}

/// The small data of an edge.
pub(super) fn pack<T: Serialize>(data: &T) -> Bytes {
    Bytes::from(serde_json::to_vec(data).expect("plain data always serialises"))
}

/// The small data of an edge; what is none is the default.
pub(super) fn unpack<T: DeserializeOwned + Default>(data: &[u8]) -> T {
    serde_json::from_slice(data).unwrap_or_default()
}
