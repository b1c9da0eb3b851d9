//! All that one person gave, as JSON: for the person, by staff.
//!
//! What others wrote about them (reports, notes, decisions) is not theirs and is not in it.

use graph::{Edge, Id, Page};
use serde_json::{Value, json};

use crate::{
    accounts::model::Account,
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    media::model::OwnedMedia,
    moderation::{ModerationError, below},
    people::doors,
    posts::model::{Bookmarks, DirectPosts, FollowersPosts, Likes, OpenPosts, Post},
    relations::model::{Blocks, Follows, Mutes},
    staff::{Permission, Powers},
};

/// Most members of each list.
const MOST: usize = 10_000;
/// How many are read at once.
const STEP: usize = 200;

/// Everything about a person below one's own role. It says in the audit log who took it and why.
pub async fn export(
    app: &App,
    by: &Powers,
    of: Id<Account>,
    reason: &str,
) -> Result<Value, ModerationError> {
    if reason.trim().is_empty() {
        return Err(ModerationError::Text);
    }
    let (account, login) = below(app, by, Permission::ManagePeople, of).await?;
    let on = Subject { kind: SubjectKind::Account, id: of.raw() };
    let (before, after) = (String::new(), String::new());
    let note = Note { by: by.account, act: Act::ExportPerson, on, reason, before, after };
    // Before anything is read: nobody takes it without a trace.
    audit::note(app, note).await?;
    let signed_in: Vec<_> = doors(app, of)
        .await?
        .into_iter()
        .map(|door| json!({"name": door.name, "app": door.is_app, "created_ms": door.created_ms}))
        .collect();
    let mut media = Vec::new();
    for page in pages(members::<OwnedMedia>(app, of).await?) {
        media.extend(app.graph.get_many(&page).await?.into_iter().flatten().map(|one| {
            json!({
                "id": one.id, "kind": one.kind.as_str(), "bytes": one.bytes,
                "description": one.description, "used_for": one.attached.as_str(),
            })
        }));
    }
    let mut posts = Vec::new();
    for list in [
        members::<OpenPosts>(app, of).await?,
        members::<FollowersPosts>(app, of).await?,
        members::<DirectPosts>(app, of).await?,
    ] {
        for page in pages(list) {
            let found = app.graph.get_many(&page).await?.into_iter().flatten();
            posts.extend(found.map(|one| post(one.id, &one)));
        }
    }
    Ok(json!({
        "format": "sociosphere.person.1",
        "account": {
            "id": of, "handle": account.handle.as_str(), "display_name": account.display_name,
            "bio": account.bio, "interests": account.interests, "created_ms": of.ms(),
            "fields": account.fields.iter()
                .map(|field| json!({"name": field.name, "value": field.value}))
                .collect::<Vec<_>>(),
        },
        "login": {
            "email": login.email, "confirmed": login.confirmed, "locale": login.locale,
            "origin": login.origin().as_str(), "reason_for_joining": login.reason,
        },
        "signed_in": signed_in,
        "posts": posts,
        "media": media,
        "follows": members::<Follows>(app, of).await?,
        "blocks": members::<Blocks>(app, of).await?,
        "mutes": members::<Mutes>(app, of).await?,
        "likes": members::<Likes>(app, of).await?,
        "bookmarks": members::<Bookmarks>(app, of).await?,
    }))
}

fn post(id: Id<Post>, post: &Post) -> Value {
    json!({
        "id": id, "created_ms": id.ms(), "edited_ms": post.edited_ms, "audience": post.audience,
        "text": post.text, "warning": post.warning, "language": post.language,
        "media": post.media, "share_of": post.share_of,
        "in_reply_to": post.reply_to.map(|parent| parent.post),
    })
}

async fn members<E: Edge<From = Account>>(
    app: &App,
    of: Id<Account>,
) -> Result<Vec<Id<E::To>>, ModerationError> {
    let (mut all, mut page) = (Vec::new(), Page::newest(STEP));
    loop {
        let links = app.graph.list::<E>(of, page).await?;
        all.extend(links.iter().map(|link| link.to));
        match links.last().filter(|_| links.len() == STEP && all.len() < MOST) {
            Some(last) => page.below = Some(last.ord),
            None => return Ok(all),
        }
    }
}

fn pages<T>(all: Vec<Id<T>>) -> Vec<Vec<Id<T>>> {
    all.chunks(STEP).map(<[_]>::to_vec).collect()
}
