//! Who is to hear of a message: members who have not read it and did not mute the chat.

use graph::Id;

use super::{
    model::{Chat, ChatMembers, MemberOf, Message, Reading, own_flags},
    seat::unpack,
};
use crate::{accounts::model::Account, app::App, fault::Fault};

/// The listeners of a message, each with the number up to which they have read.
pub(crate) async fn listeners(
    app: &App,
    message: &Message,
) -> Result<Vec<(Id<Account>, u64)>, Fault> {
    let members = app.graph.members::<ChatMembers>(message.chat).await?.unwrap_or_default();
    let members = members.iter().filter_map(|raw| Id::<Account>::new(*raw));
    let ends: Vec<_> =
        members.filter(|one| *one != message.author).map(|one| (one, message.chat)).collect();
    let edges = app.graph.edges::<MemberOf>(&ends).await?;
    let heard = ends.into_iter().zip(edges).filter_map(|((member, _), edge)| {
        let edge = edge.filter(|edge| edge.flags & own_flags::MUTED == 0)?;
        let Reading { read } = unpack(&edge.data);
        (read < message.number).then_some((member, read))
    });
    Ok(heard.collect())
}

/// Whether a member has not read so far in a chat that they did not mute.
pub(crate) async fn is_unread(
    app: &App,
    me: Id<Account>,
    chat: Id<Chat>,
    number: u64,
) -> Result<bool, Fault> {
    let edge = app.graph.edge::<MemberOf>(me, chat).await?;
    let edge = edge.filter(|edge| edge.flags & own_flags::MUTED == 0);
    Ok(edge.is_some_and(|edge| unpack::<Reading>(&edge.data).read < number))
}
