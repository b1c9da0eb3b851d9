//! Groups: making one, its members and what they may, leaving.

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account,
    chats::{self, ChatError, GroupEdit, Role, model::Chat},
};

use super::{ChatAnd, READS, TAG, WRITES, rooms::render_chat};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::PathId,
    problem::Problem,
    routes::{Operation, delete, get, patch, post, put},
    views::{ChatMember, Empty, OneChat, Rendered, bytes, views_of},
};

pub fn operations() -> Vec<Operation> {
    vec![
        post("postGroup", "/api/sociosphere/v1/chats/groups", WRITES)
            .says(TAG, "Makes a group and invites people")
            .takes::<GroupForm>()
            .answers::<OneChat>()
            .to(make),
        patch("patchGroup", "/api/sociosphere/v1/chats/{id}", WRITES)
            .says(TAG, "Changes the name and the picture of a group: for its admins")
            .takes::<GroupEditForm>()
            .answers::<OneChat>()
            .to(change),
        get("getChatMembers", "/api/sociosphere/v1/chats/{id}/members", READS)
            .says(TAG, "Everybody in a chat, and whose answer it waits for")
            .answers::<Vec<ChatMember>>()
            .to(members),
        post("postChatMembers", "/api/sociosphere/v1/chats/{id}/members", WRITES)
            .says(TAG, "Invites people into a group: for its admins")
            .takes::<PeopleForm>()
            .answers::<Empty>()
            .to(invite),
        put("putChatMember", "/api/sociosphere/v1/chats/{id}/members/{account}", WRITES)
            .says(TAG, "Gives a member a role: for the owner, who may pass their own on")
            .takes::<MemberRoleForm>()
            .answers::<Empty>()
            .to(set_role),
        delete("deleteChatMember", "/api/sociosphere/v1/chats/{id}/members/{account}", WRITES)
            .says(TAG, "Removes a member, or takes an invitation back: for admins")
            .answers::<Empty>()
            .to(remove),
        post("leaveChat", "/api/sociosphere/v1/chats/{id}/leave", WRITES)
            .says(TAG, "Leaves a group")
            .answers::<Empty>()
            .to(leave),
    ]
}

/// A new group.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupForm {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Whom to invite, at most 50.
    account_ids: Vec<String>,
}

async fn make(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<GroupForm>,
) -> Result<Rendered, Problem> {
    let people = people(&form.account_ids)?;
    let seat = chats::open_group(&site.app, person.account, &form.name, &people).await?;
    render_chat(&site, &person, seat.chat.id).await
}

/// What is to change; what is missing stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct GroupEditForm {
    /// The name.
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// The picture: an upload of one's own that belongs to nothing yet. An empty one takes it away.
    picture_id: Option<String>,
}

async fn change(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
    Params(form): Params<GroupEditForm>,
) -> Result<Rendered, Problem> {
    // Before what is to change: who is no member learns nothing of what is wrong with it.
    chats::seat(&site.app, person.account, id).await?;
    let picture = match form.picture_id.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(text.parse().map_err(|_| Problem::from(ChatError::Picture))?)),
    };
    let edit = GroupEdit { name: form.name, picture };
    if edit == GroupEdit::default() {
        return Err(Problem::field("name", "or picture_id must be there"));
    }
    chats::edit_group(&site.app, person.account, id, &edit).await?;
    render_chat(&site, &person, id).await
}

async fn members(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    let members = chats::members(&site.app, person.account, id).await?;
    let ids: Vec<_> = members.iter().map(|member| member.account).collect();
    let accounts = site.app.graph.get_many(&ids).await.map_err(social::fault::Fault::from)?;
    let (mut roles, mut people) = (Vec::new(), Vec::new());
    for (member, account) in members.iter().zip(accounts) {
        if let Some(account) = account.filter(|account| account.is_visible()) {
            roles.push(member.role.as_str());
            people.push(account);
        }
    }
    let views = views_of(&site, &people).await?;
    let members: Vec<_> =
        views.into_iter().zip(roles).map(|(account, role)| ChatMember { account, role }).collect();
    Ok(Rendered(bytes(&members)))
}

/// People.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PeopleForm {
    /// Their ids, at most 50.
    account_ids: Vec<String>,
}

async fn invite(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
    Params(form): Params<PeopleForm>,
) -> Result<Rendered, Problem> {
    let people = people(&form.account_ids)?;
    chats::invite(&site.app, person.account, id, &people).await?;
    Ok(Rendered(bytes(&Empty {})))
}

fn people(texts: &[String]) -> Result<Vec<Id<Account>>, Problem> {
    let id = |text: &String| text.parse();
    let ids: Result<Vec<_>, _> = texts.iter().map(id).collect();
    ids.map_err(|_| Problem::field("account_ids", "must be ids of people"))
}

/// A role.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MemberRoleForm {
    /// `member`, `admin` or `owner`.
    #[schemars(extend("enum" = ["member", "admin", "owner"]))]
    role: String,
}

async fn set_role(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(id, whom): ChatAnd<Account>,
    Params(form): Params<MemberRoleForm>,
) -> Result<Rendered, Problem> {
    let unknown = || Problem::field("role", "must be member, admin or owner");
    let role = Role::parse(&form.role).ok_or_else(unknown)?;
    chats::set_role(&site.app, person.account, id, whom, role).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn remove(
    State(site): State<Shared>,
    person: Person,
    ChatAnd(id, whom): ChatAnd<Account>,
) -> Result<Rendered, Problem> {
    chats::remove(&site.app, person.account, id, whom).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn leave(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Chat>,
) -> Result<Rendered, Problem> {
    chats::leave(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}
