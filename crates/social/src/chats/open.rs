//! Opening chats, and asking people in.

use std::collections::BTreeSet;

use engine::store::OnExisting;
use graph::{Batch, CommitError, Id};

use super::{
    error::ChatError,
    model::{Asked, AskedByChat, Chat, ChatMembers, ChatRequests, Head, IgnoredChats, Kind, PAIRS},
    seat::{Seat, apart, guard_blocks, join, pack, seat},
    strangers, tell,
};
use crate::{
    accounts::model::{Account, WhoMayMessage},
    app::App,
    fault::Fault,
    posts::login_of,
    relations,
    text::plain_line,
};

/// Most members of a group, with those who are asked.
pub const MOST_MEMBERS: usize = 250;
/// Most people that one request invites: a batch has a bound.
pub const MOST_INVITED: usize = 50;
/// How often a change is tried while others change the same chat.
pub(super) const TRIES: usize = 8;

/// How somebody takes a first word from somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Welcome {
    /// Like that of a friend.
    Open,
    /// As a request.
    Asked,
}

/// How `whom` takes a first word from `by`: who they follow comes in, a stranger asks, if they are asked at all.
pub(super) async fn welcome(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
) -> Result<Welcome, ChatError> {
    let account = app.graph.get(whom).await?.filter(|account| account.is_visible());
    if account.is_none() || by == whom {
        return Err(ChatError::NotFound);
    }
    let ties = relations::ties(app, whom, &[by]).await?.pop().unwrap_or_default();
    if ties.blocks || ties.blocked {
        return Err(ChatError::Refused);
    }
    match (login_of(app, whom).await?.who_may_message, ties.follows) {
        (WhoMayMessage::Everyone | WhoMayMessage::Following, true) => Ok(Welcome::Open),
        (WhoMayMessage::Everyone, false) => Ok(Welcome::Asked),
        (WhoMayMessage::Following, false) | (WhoMayMessage::Nobody, _) => Err(ChatError::Refused),
    }
}

/// The chat of two people, made if there is none. The other hears nothing of it before the first message. Who opens a chat
/// that waits for their answer has given it.
pub async fn open_direct(app: &App, by: Id<Account>, whom: Id<Account>) -> Result<Seat, ChatError> {
    let name = pair_name(by, whom);
    for _ in 0..TRIES {
        if let Some(known) = app.graph.key::<Chat>(PAIRS, &name).await? {
            match enter(app, by, whom, known).await {
                Ok(()) => return seat(app, by, known).await,
                Err(ChatError::Fault(Fault::Busy)) => continue,
                Err(error) => return Err(error),
            }
        }
        welcome(app, by, whom).await?;
        let id: Id<Chat> = app.id();
        let mut batch = Batch::new();
        create(app, &mut batch, id, Kind::Direct { pair: [by, whom] });
        batch.claim(PAIRS, &name, id);
        guard_blocks(&mut batch, by, whom);
        join(app, &mut batch, id, by, 0);
        match app.graph.commit(batch).await {
            Ok(_) => {
                tell::chat_to(app, id, by).await;
                return seat(app, by, id).await;
            }
            // The other opened it at the same moment, or blocked.
            Err(CommitError::KeyTaken { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// Takes one's place in a chat of two that is there already.
async fn enter(
    app: &App,
    by: Id<Account>,
    whom: Id<Account>,
    chat: Id<Chat>,
) -> Result<(), ChatError> {
    if app.graph.edge::<ChatMembers>(chat, by).await?.is_some() {
        return Ok(());
    }
    if apart(app, by, whom).await? {
        return Err(ChatError::Refused);
    }
    let mut batch = Batch::new();
    guard_blocks(&mut batch, by, whom);
    batch.discard::<ChatRequests>(by, chat);
    batch.discard::<IgnoredChats>(by, chat);
    join(app, &mut batch, chat, by, 0);
    app.graph.commit(batch).await?;
    tell::updated(app, chat).await;
    Ok(())
}

/// Makes a group and asks people in. Those who follow the maker are members at once.
pub async fn open_group(
    app: &App,
    by: Id<Account>,
    name: &str,
    people: &[Id<Account>],
) -> Result<Seat, ChatError> {
    let name = group_name(name)?;
    let id: Id<Chat> = app.id();
    let mut batch = Batch::new();
    create(app, &mut batch, id, Kind::Group { name, owner: by });
    join(app, &mut batch, id, by, 0);
    let people = distinct(people, by)?;
    ask_in(app, &mut batch, by, (id, 0), &people, &mut false).await?;
    app.graph.commit(batch).await?;
    tell::updated(app, id).await;
    seat(app, by, id).await
}

/// Asks people into a group: for admins. Who is in it already, or asked, stays so.
pub async fn invite(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    people: &[Id<Account>],
) -> Result<(), ChatError> {
    let people = distinct(people, by)?;
    let mut counted = false;
    for _ in 0..TRIES {
        let seat = seat(app, by, id).await?.ruling()?;
        let ends: Vec<_> = people.iter().map(|who| (id, *who)).collect();
        let inside = app.graph.edges::<ChatMembers>(&ends).await?;
        let asked = app.graph.edges::<AskedByChat>(&ends).await?;
        let new: Vec<_> = people
            .iter()
            .zip(inside.iter().zip(&asked))
            .filter(|(_, (inside, asked))| inside.is_none() && asked.is_none())
            .map(|(who, _)| *who)
            .collect();
        let there = app.graph.count::<ChatMembers>(id).await? as usize
            + app.graph.count::<AskedByChat>(id).await? as usize;
        if there + new.len() > MOST_MEMBERS {
            return Err(too_many());
        }
        let last = app.graph.get(seat.chat.head).await?.map_or(0, |head| head.last);
        let mut batch = Batch::new();
        // Another change of members in between makes this one count again.
        batch.replace(&seat.chat, &seat.chat.body);
        ask_in(app, &mut batch, by, (id, last), &new, &mut counted).await?;
        match app.graph.commit(batch).await {
            Ok(_) => {
                tell::updated(app, id).await;
                return Ok(());
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

async fn ask_in(
    app: &App,
    batch: &mut Batch,
    by: Id<Account>,
    (chat, last): (Id<Chat>, u64),
    people: &[Id<Account>],
    counted: &mut bool,
) -> Result<(), ChatError> {
    let mut welcomes = Vec::with_capacity(people.len());
    for who in people {
        welcomes.push(welcome(app, by, *who).await?);
    }
    if !std::mem::replace(counted, true) {
        let strangers = welcomes.iter().filter(|one| **one == Welcome::Asked).count();
        strangers::charge(app, by, strangers).await?;
    }
    for (who, welcome) in people.iter().zip(welcomes) {
        guard_blocks(batch, by, *who);
        match welcome {
            Welcome::Open => join(app, batch, chat, *who, last),
            Welcome::Asked => ask(app, batch, chat, *who, by),
        }
    }
    Ok(())
}

/// Lets a request wait for somebody.
pub(super) fn ask(app: &App, batch: &mut Batch, chat: Id<Chat>, who: Id<Account>, by: Id<Account>) {
    let data = pack(&Asked { by });
    batch.link_with::<ChatRequests>(who, chat, app.ord(), 0, data, OnExisting::Conflict);
}

fn create(app: &App, batch: &mut Batch, id: Id<Chat>, kind: Kind) {
    let head: Id<Head> = app.id();
    batch.create(head, &Head::default());
    batch.create(id, &Chat { kind, head, created_ms: app.now_ms(), picture: None });
}

/// The name of a group, cleaned.
pub(super) fn group_name(name: &str) -> Result<String, ChatError> {
    let name = plain_line(name, 100).map_err(|_| ChatError::Name)?;
    if name.is_empty() { Err(ChatError::Name) } else { Ok(name) }
}

fn distinct(people: &[Id<Account>], by: Id<Account>) -> Result<Vec<Id<Account>>, ChatError> {
    let people: BTreeSet<_> = people.iter().copied().filter(|who| *who != by).collect();
    if people.len() > MOST_INVITED { Err(too_many()) } else { Ok(people.into_iter().collect()) }
}

fn too_many() -> ChatError {
    ChatError::TooMany { max: MOST_MEMBERS, at_once: MOST_INVITED }
}

/// The name of the chat of two people.
pub(super) fn pair_name(one: Id<Account>, other: Id<Account>) -> String {
    format!("{}:{}", one.min(other), one.max(other))
}
