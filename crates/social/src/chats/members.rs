//! Who is in a group, what they may, and how they go.

use graph::{Batch, CommitError, Id, Order, Page, Stored};
use serde::{Deserialize, Serialize};

use super::{
    error::ChatError,
    files::{attach, loosen, portrait},
    model::{
        AskedByChat, Chat, ChatDelivered, ChatMembers, ChatRequests, Kind, MemberOf, PastMembers,
        member_flags, own_flags,
    },
    open::{MOST_MEMBERS, TRIES, group_name},
    seat::{Seat, seat},
    tell,
};
use crate::{
    accounts::model::Account,
    app::App,
    audit::model::words,
    events::Event,
    fault::Fault,
    media::model::{Attachment, Media},
};

words! {
    /// What somebody is in a chat.
    Role { Member "member", Admin "admin", Owner "owner", Invited "invited" }
}

/// Somebody in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub account: Id<Account>,
    /// As what.
    pub role: Role,
}

/// Everybody in a chat, who came first first; then whose answer it waits for. Of a group one is only invited to nobody
/// but oneself is told.
pub async fn members(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<Vec<Member>, ChatError> {
    let seat = seat(app, me, id).await?.reading()?;
    let page = Page { below: None, above: None, order: Order::Oldest, limit: MOST_MEMBERS };
    let members = app.graph.list::<ChatMembers>(id, page).await?;
    let asked = app.graph.list::<AskedByChat>(id, page).await?;
    let role = |who, flags| match &seat.chat.kind {
        Kind::Group { owner, .. } if *owner == who => Role::Owner,
        _ if flags & member_flags::ADMIN != 0 => Role::Admin,
        _ => Role::Member,
    };
    let members = members
        .into_iter()
        .map(|link| Member { account: link.to, role: role(link.to, link.flags) });
    let asked = asked.into_iter().map(|link| Member { account: link.to, role: Role::Invited });
    Ok(members.chain(asked).collect())
}

/// Gives a group another name: for admins.
pub async fn rename(app: &App, by: Id<Account>, id: Id<Chat>, name: &str) -> Result<(), ChatError> {
    edit_group(app, by, id, &GroupEdit { name: Some(name.to_owned()), picture: None }).await
}

/// What is to change of a group; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupEdit {
    /// Its name.
    pub name: Option<String>,
    /// Its picture, an upload of who changes it; or that it has none.
    pub picture: Option<Option<Id<Media>>>,
}

/// Changes a group's name and picture: for admins.
pub async fn edit_group(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    edit: &GroupEdit,
) -> Result<(), ChatError> {
    let name = edit.name.as_deref().map(group_name).transpose()?;
    change(app, by, id, &Change::Edit(GroupEdit { name, picture: edit.picture })).await
}

/// Takes somebody out of a group, or an invitation back: for admins; only the owner takes admins out. From the answer on
/// they read nothing.
pub async fn remove(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    whom: Id<Account>,
) -> Result<(), ChatError> {
    change(app, by, id, &Change::Remove(whom)).await
}

/// Makes a member an admin, or no admin any more, or the owner in one's place: for the owner.
pub async fn set_role(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    whom: Id<Account>,
    role: Role,
) -> Result<(), ChatError> {
    change(app, by, id, &Change::Role(whom, role)).await
}

/// What an admin does to a group.
enum Change {
    Edit(GroupEdit),
    Remove(Id<Account>),
    Role(Id<Account>, Role),
}

/// Does it, and again when others change the group meanwhile.
async fn change(
    app: &App,
    by: Id<Account>,
    id: Id<Chat>,
    change: &Change,
) -> Result<(), ChatError> {
    for _ in 0..TRIES {
        let seat = seat(app, by, id).await?.writing()?.ruling()?;
        let mut batch = Batch::new();
        batch.guard_edge::<ChatMembers>(id, by, true);
        match change {
            Change::Edit(edit) => put_edit(app, &seat, &mut batch, edit).await?,
            Change::Remove(whom) => put_removal(app, &seat, &mut batch, *whom).await?,
            Change::Role(whom, role) => put_role(app, &seat, &mut batch, *whom, *role).await?,
        }
        match app.graph.commit(batch).await {
            Ok(_) => {
                if let Change::Remove(whom) = change {
                    tell::gone(app, id, *whom).await;
                }
                tell::updated(app, id).await;
                return Ok(());
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

async fn put_edit(
    app: &App,
    seat: &Seat,
    batch: &mut Batch,
    edit: &GroupEdit,
) -> Result<(), ChatError> {
    let mut chat = seat.chat.body.clone();
    if let Some(name) = &edit.name {
        chat.kind = Kind::Group { name: name.clone(), owner: owner_of(seat)? };
    }
    if let Some(picture) = edit.picture.filter(|picture| *picture != chat.picture) {
        let of = Attachment::Chat(seat.chat.id);
        if let Some(new) = picture {
            attach(app, batch, &*portrait(app, seat.account, new).await?, of);
        }
        loosen(app, batch, chat.picture.as_slice(), of).await?;
        chat.picture = picture;
    }
    batch.replace(&seat.chat, &chat);
    Ok(())
}

async fn put_removal(
    app: &App,
    seat: &Seat,
    batch: &mut Batch,
    whom: Id<Account>,
) -> Result<(), ChatError> {
    let id = seat.chat.id;
    if whom == owner_of(seat)? || whom == seat.account {
        return Err(ChatError::NotAllowed);
    }
    batch.replace(&seat.chat, &seat.chat.body);
    if app.graph.edge::<ChatRequests>(whom, id).await?.is_some() {
        batch.unlink::<ChatRequests>(whom, id);
        return Ok(());
    }
    let edge = app.graph.edge::<ChatMembers>(id, whom).await?.ok_or(ChatError::NotFound)?;
    if edge.flags & member_flags::ADMIN != 0 && !seat.owner {
        return Err(ChatError::NotAllowed);
    }
    go(app, batch, id, whom);
    Ok(())
}

async fn put_role(
    app: &App,
    seat: &Seat,
    batch: &mut Batch,
    whom: Id<Account>,
    role: Role,
) -> Result<(), ChatError> {
    let id = seat.chat.id;
    if !seat.owner {
        return Err(ChatError::NotAllowed);
    }
    if whom == seat.account {
        return Err(ChatError::Role);
    }
    let edge = app.graph.edge::<ChatMembers>(id, whom).await?.ok_or(ChatError::NotFound)?;
    let is_admin = edge.flags & member_flags::ADMIN != 0;
    let mut chat = seat.chat.body.clone();
    match (role, &mut chat.kind, is_admin) {
        (Role::Invited, ..) | (_, Kind::Direct { .. }, _) => return Err(ChatError::Role),
        (Role::Owner, Kind::Group { owner, .. }, _) => *owner = whom,
        (Role::Admin, Kind::Group { .. }, false) => {
            batch.flag::<ChatMembers>(id, whom, edge.ord, member_flags::ADMIN, 0);
        }
        (Role::Member, Kind::Group { .. }, true) => {
            batch.flag::<ChatMembers>(id, whom, edge.ord, 0, member_flags::ADMIN);
        }
        // So it is already.
        (Role::Admin, Kind::Group { .. }, true) | (Role::Member, Kind::Group { .. }, false) => {}
    }
    batch.replace(&seat.chat, &chat);
    Ok(())
}

fn owner_of(seat: &Seat) -> Result<Id<Account>, ChatError> {
    match &seat.chat.kind {
        Kind::Group { owner, .. } => Ok(*owner),
        Kind::Direct { .. } => Err(ChatError::NotAGroup),
    }
}

/// Leaves a group. An owner's place goes to an admin, or to who has been there longest; an empty group is taken apart.
pub async fn leave(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<(), ChatError> {
    let seat = seat(app, me, id).await?.writing()?;
    match &seat.chat.kind {
        Kind::Direct { .. } => Err(ChatError::NotAGroup),
        Kind::Group { .. } => depart(app, me, id).await,
    }
}

/// Takes a member out of a chat of any kind.
pub(super) async fn depart(app: &App, me: Id<Account>, id: Id<Chat>) -> Result<(), ChatError> {
    for _ in 0..TRIES {
        let Some(chat) = app.graph.get(id).await? else { return Ok(()) };
        let page = Page { below: None, above: None, order: Order::Oldest, limit: MOST_MEMBERS };
        let members = app.graph.list::<ChatMembers>(id, page).await?;
        if members.iter().all(|link| link.to != me) {
            return Ok(());
        }
        let mut others: Vec<_> = members.iter().filter(|link| link.to != me).collect();
        // Stable: among admins, and among the rest, who came first.
        others.sort_by_key(|link| link.flags & member_flags::ADMIN == 0);
        let mut batch = Batch::new();
        batch.replace(
            &chat,
            &Chat { kind: heir(&chat, me, others.first().map(|one| one.to)), ..chat.body.clone() },
        );
        go(app, &mut batch, id, me);
        if others.is_empty() {
            batch.emit(app.id(), &Event::ChatEmptied { chat: id });
        }
        match app.graph.commit(batch).await {
            Ok(_) => {
                tell::gone(app, id, me).await;
                tell::updated(app, id).await;
                return Ok(());
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ChatError::Fault(Fault::Busy))
}

/// The kind of a chat after somebody went.
fn heir(chat: &Stored<Chat>, gone: Id<Account>, next: Option<Id<Account>>) -> Kind {
    match (&chat.kind, next) {
        (Kind::Group { name, owner }, Some(next)) if *owner == gone => {
            Kind::Group { name: name.clone(), owner: next }
        }
        (kind, _) => kind.clone(),
    }
}

/// Mutes a chat for oneself, or ends that.
pub async fn mute(app: &App, me: Id<Account>, id: Id<Chat>, on: bool) -> Result<(), ChatError> {
    let seat = seat(app, me, id).await?.writing()?;
    if seat.muted == on {
        return Ok(());
    }
    let place = app.graph.edge::<MemberOf>(me, id).await?.ok_or(ChatError::NotFound)?.ord;
    let (set, clear) = if on { (own_flags::MUTED, 0) } else { (0, own_flags::MUTED) };
    let mut batch = Batch::new();
    batch.guard_edge::<ChatMembers>(id, me, true);
    batch.flag::<MemberOf>(me, id, place, set, clear);
    match app.graph.commit(batch).await {
        // Another device was faster.
        Err(CommitError::Conflict { .. }) => Ok(()),
        answer => {
            answer?;
            tell::chat_to(app, id, me).await;
            Ok(())
        }
    }
}

/// Takes a member's edges out, and keeps that they were there.
fn go(app: &App, batch: &mut Batch, id: Id<Chat>, whom: Id<Account>) {
    batch.unlink::<ChatMembers>(id, whom);
    batch.discard::<ChatDelivered>(id, whom);
    batch.ensure::<PastMembers>(id, whom, app.ord());
}
