//! Follow, ask, block, mute, note; and the lists of them.

use std::{collections::HashMap, future::Future};

use axum::{extract::State, response::Response};
use graph::Id;
use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    relations::{self, FollowWishes, RelationError, model::Mute},
};

use super::{PathId, ids, people, people_page, people_page_with};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    format,
    page::{MANY, Paging},
    problem::Problem,
    routes::{Access, Operation, get, post},
    views::{Account, Relationship, Rendered, bytes, fragments::Writer, join, relationship},
};

const TAG: &str = "relations";

/// Declares an operation that is one verb on an account and answers with the relationship.
macro_rules! on_account {
    ($($id:literal $path:literal $scope:literal $verb:ident $says:literal),* $(,)?) => {
        vec![$(
            post($id, $path, Access::Person($scope))
                .says(TAG, $says)
                .answers::<Relationship>()
                .to(async |State(site): State<Shared>, person: Person, id: PathId<AccountNode>| {
                    let changed = relations::$verb(&site.app, person.account, id.0);
                    answer(&site, &person, id.0, changed).await
                })
        ),*]
    };
}

pub fn operations() -> Vec<Operation> {
    let mut all = on_account![
        "unfollowAccount" "/api/v1/accounts/{id}/unfollow" "write:follows" unfollow "Ends a follow",
        "blockAccount" "/api/v1/accounts/{id}/block" "write:blocks" block "Blocks somebody",
        "unblockAccount" "/api/v1/accounts/{id}/unblock" "write:blocks" unblock "Ends a block",
        "unmuteAccount" "/api/v1/accounts/{id}/unmute" "write:mutes" unmute "Ends a mute",
        "removeFollower" "/api/v1/accounts/{id}/remove_from_followers" "write:follows"
            remove_follower "Makes somebody follow one no longer",
        "acceptFollowRequest" "/api/v1/follow_requests/{id}/authorize" "write:follows" accept
            "Lets somebody follow who asked",
        "rejectFollowRequest" "/api/v1/follow_requests/{id}/reject" "write:follows" reject
            "Refuses somebody who asked",
    ];
    all.extend([
        post("followAccount", "/api/v1/accounts/{id}/follow", Access::Person("write:follows"))
            .says(TAG, "Follows somebody, or asks to")
            .takes::<FollowForm>()
            .answers::<Relationship>()
            .to(follow),
        post("muteAccount", "/api/v1/accounts/{id}/mute", Access::Person("write:mutes"))
            .says(TAG, "Mutes somebody, for a while or for good")
            .takes::<MuteForm>()
            .answers::<Relationship>()
            .to(mute),
        post("noteAccount", "/api/v1/accounts/{id}/note", Access::Person("write:accounts"))
            .says(TAG, "Writes a private note about somebody")
            .takes::<NoteForm>()
            .answers::<Relationship>()
            .to(note),
        get("getRelationships", "/api/v1/accounts/relationships", Access::Person("read:follows"))
            .says(TAG, "What stands between one and others")
            .takes::<Others>()
            .answers::<Vec<Relationship>>()
            .to(several),
        get(
            "getFamiliarFollowers",
            "/api/v1/accounts/familiar_followers",
            Access::Person("read:follows"),
        )
        .says(TAG, "Whom one follows of those who follow others")
        .takes::<Others>()
        .answers::<Vec<FamiliarFollowers>>()
        .to(familiar),
        get("getBlocks", "/api/v1/blocks", Access::Person("read:blocks"))
            .says(TAG, "Whom one blocks")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(blocks),
        get("getMutes", "/api/v1/mutes", Access::Person("read:mutes"))
            .says(TAG, "Whom one mutes")
            .takes::<Paging>()
            .answers::<Vec<MutedAccount>>()
            .to(mutes),
        get("getFollowRequests", "/api/v1/follow_requests", Access::Person("read:follows"))
            .says(TAG, "Who asks to follow one")
            .takes::<Paging>()
            .answers::<Vec<Account>>()
            .to(follow_requests),
    ]);
    all
}

async fn answer(
    site: &Shared,
    person: &Person,
    whom: Id<AccountNode>,
    changed: impl Future<Output = Result<(), RelationError>>,
) -> Result<Rendered, Problem> {
    changed.await?;
    let between = relations::relationships(&site.app, person.account, &[whom]).await?;
    let between = between.first().ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&relationship(between))))
}

/// How to follow.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct FollowForm {
    /// Whether shares are wanted.
    reblogs: Option<bool>,
    /// Whether each post shall be notified.
    notify: Option<bool>,
}

async fn follow(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<FollowForm>,
) -> Result<Rendered, Problem> {
    let wishes = FollowWishes { shares: form.reblogs, notify: form.notify };
    let followed = relations::follow(&site.app, person.account, id, wishes);
    answer(&site, &person, id, followed).await
}

/// How to mute.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MuteForm {
    /// Notifications too; yes, unless said otherwise.
    notifications: Option<bool>,
    /// For so many seconds; 0 is for good.
    duration: u64,
}

async fn mute(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<MuteForm>,
) -> Result<Rendered, Problem> {
    let until = site.app.now_ms().saturating_add(form.duration.saturating_mul(1_000));
    let how = Mute {
        notifications: form.notifications.unwrap_or(true),
        until_ms: (form.duration > 0).then_some(until),
    };
    let muted = relations::mute(&site.app, person.account, id, how);
    answer(&site, &person, id, muted).await
}

/// What to note.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NoteForm {
    /// Text; empty removes it.
    comment: String,
}

async fn note(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<NoteForm>,
) -> Result<Rendered, Problem> {
    let noted = relations::note(&site.app, person.account, id, &form.comment);
    answer(&site, &person, id, noted).await
}

/// Who is asked about.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Others {
    /// Their ids.
    #[schemars(length(max = 80))]
    id: Vec<String>,
}

async fn several(
    State(site): State<Shared>,
    person: Person,
    Params(asked): Params<Others>,
) -> Result<Rendered, Problem> {
    let mut others = ids(&asked.id);
    others.truncate(80);
    let between = relations::relationships(&site.app, person.account, &others).await?;
    let views: Vec<_> = between.iter().map(relationship).collect();
    Ok(Rendered(bytes(&views)))
}

/// Whom one follows of those who follow somebody.
#[derive(Debug, Serialize, JsonSchema)]
struct FamiliarFollowers {
    /// Somebody.
    id: String,
    /// Whom one follows.
    accounts: Vec<Account>,
}

async fn familiar(
    State(site): State<Shared>,
    person: Person,
    Params(asked): Params<Others>,
) -> Result<Rendered, Problem> {
    let mut others = ids(&asked.id);
    others.truncate(20);
    let found = relations::familiar_followers(&site.app, person.account, &others).await?;
    let mut items = Vec::with_capacity(found.len());
    for (id, familiar) in found {
        let familiar = people(&site, &familiar).await?.0;
        items.push(Writer::object(|writer| {
            writer.id("id", Some(id));
            writer.field("accounts", &familiar);
        }));
    }
    Ok(Rendered(join(items.iter().map(Vec::as_slice))))
}

async fn blocks(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    people_page(&site, &uri, &paging, async |app, page| {
        relations::blocks(app, person.account, page).await
    })
    .await
}

/// Somebody whom one mutes.
#[derive(Debug, Serialize, JsonSchema)]
struct MutedAccount {
    /// As everyone sees them.
    #[serde(flatten)]
    account: Account,
    /// When the mute ends; null: when it is ended.
    mute_expires_at: Option<String>,
}

async fn mutes(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    let page = paging.page(MANY)?;
    let rows = relations::mutes(&site.app, person.account, page).await?;
    let ends: HashMap<_, _> = rows.iter().map(|(_, id, mute)| (*id, mute.until_ms)).collect();
    let rows: Vec<_> = rows.iter().map(|(ord, id, _)| (*ord, Some(*id))).collect();
    people_page_with(&site, &uri, &rows, page.limit, |account| {
        let until = ends.get(&account).copied().flatten();
        Some(("mute_expires_at", bytes(&until.map(format::time))))
    })
    .await
}

async fn follow_requests(
    State(site): State<Shared>,
    person: Person,
    uri: Uri,
    Params(paging): Params<Paging>,
) -> Result<Response, Problem> {
    people_page(&site, &uri, &paging, async |app, page| {
        relations::follow_requests(app, person.account, page).await
    })
    .await
}
