//! Chats and their messages as one member sees them. People stand once beside them, by their ids.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model as accounts,
    chats::{Listed, Receipt, Seat, Shown, model::Kind},
    fault::Fault,
    live::Presence,
    media::{Link, Variant, link},
    posts::{Seen, model::Post},
};

use super::{
    account::{Account, views_of},
    media::{MediaAttachment, attachment},
    post::{Status, view_posts},
};
use crate::{Shared, Site, format};

/// A chat.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Chat {
    /// Id.
    pub id: String,
    /// `direct` or `group`.
    #[schemars(extend("enum" = ["direct", "group"]))]
    pub kind: &'static str,
    /// Name of a group; empty for two.
    pub name: String,
    /// Address of a group's picture, for who asks alone and for some days; none if it has none.
    pub picture: Option<String>,
    /// The other of two; none if they are gone, or of a group.
    pub account_id: Option<String>,
    /// What one is in it; `invited` while it waits for one's answer.
    #[schemars(extend("enum" = ["member", "admin", "owner", "invited"]))]
    pub role: &'static str,
    /// Who asks, while it waits for one's answer.
    pub asked_by: Option<String>,
    /// How many members.
    pub members_count: u64,
    /// One is not to be told of it.
    pub muted: bool,
    /// Number of the newest message; 0 if there is none.
    pub last_number: u64,
    /// Number of the newest message that one has read.
    pub read_number: u64,
    /// How many messages are newer than that.
    pub unread_count: u64,
    /// The newest message, where one may read it.
    pub last_message: Option<ChatMessage>,
    /// When it was opened.
    pub created_at: String,
}

/// A message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatMessage {
    /// Id.
    pub id: String,
    /// Its chat.
    pub chat_id: String,
    /// Its place in the chat: the order is the same for everybody.
    pub number: u64,
    /// Who wrote it; none if one may not see them.
    pub account_id: Option<String>,
    /// HTML, sanitised; empty if it was deleted or is withheld.
    pub content: String,
    /// As typed, for those who edit it: the author alone.
    pub text: Option<String>,
    /// What it answers.
    pub reply_to: Option<ChatReply>,
    /// Pictures, video, sound; their addresses are for who asks alone and for some days.
    pub media_attachments: Vec<MediaAttachment>,
    /// The post of this community that it links to, where one may see that.
    pub status: Option<Box<Status>>,
    /// What people react with.
    pub reactions: Vec<ChatReaction>,
    /// When it was sent.
    pub created_at: String,
    /// When it was edited.
    pub edited_at: Option<String>,
    /// It was deleted for everybody.
    pub deleted: bool,
    /// One may not see it: a block stands between, or the author is suspended.
    pub withheld: bool,
}

/// What a message answers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatReply {
    /// Message.
    pub id: String,
    /// Its number.
    pub number: u64,
}

/// What people react with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatReaction {
    /// Emoji.
    pub emoji: String,
    /// How many.
    pub count: u64,
    /// Whether one is among them.
    pub me: bool,
}

/// A page of chats.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatPage {
    /// Chats, the one with the newest message first.
    pub chats: Vec<Chat>,
    /// Everybody they name.
    pub accounts: Vec<Account>,
    /// `max_id` of the next page; none at the end.
    pub next: Option<String>,
}

/// A chat, with whom it names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OneChat {
    /// It.
    pub chat: Chat,
    /// Everybody it names.
    pub accounts: Vec<Account>,
}

/// A page of messages.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MessagePage {
    /// Messages, by number.
    pub messages: Vec<ChatMessage>,
    /// Their authors.
    pub accounts: Vec<Account>,
    /// Number of the newest message that one has read: what is new begins after it.
    pub read_number: u64,
}

/// What was found in one's chats.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatHits {
    /// Messages, the newest first.
    pub messages: Vec<ChatMessage>,
    /// Their chats.
    pub chats: Vec<Chat>,
    /// Everybody they name.
    pub accounts: Vec<Account>,
    /// `before` of the next page; none at the end.
    pub next: Option<String>,
}

/// Somebody in a chat.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChatMember {
    /// Who.
    pub account: Account,
    /// As what.
    #[schemars(extend("enum" = ["member", "admin", "owner", "invited"]))]
    pub role: &'static str,
}

/// How far one has read.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct ReadMark {
    /// Number of the newest message that one has read.
    pub read_number: u64,
}

/// How far somebody is in a chat.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReceiptView {
    /// Who.
    pub account_id: String,
    /// Number of the newest message that a device of theirs has.
    pub delivered_number: u64,
    /// Number of the newest message that they have read.
    pub read_number: u64,
}

/// How far the others in a chat are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Receipts {
    /// Of those who show it to the caller.
    pub receipts: Vec<ReceiptView>,
}

/// Whether somebody is here.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PresenceView {
    /// Who.
    pub account_id: String,
    /// Now.
    pub online: bool,
    /// When they were here last; none if that is not known any more.
    pub last_seen_at: Option<String>,
}

/// Whether somebody is here.
pub fn presence_view(who: Id<accounts::Account>, presence: Presence) -> PresenceView {
    PresenceView {
        account_id: who.to_string(),
        online: presence.online,
        last_seen_at: presence.last_seen_ms.map(format::time),
    }
}

/// How far the others are.
pub fn receipts_view(receipts: Vec<Receipt>) -> Receipts {
    let one = |receipt: Receipt| ReceiptView {
        account_id: receipt.account.to_string(),
        delivered_number: receipt.delivered,
        read_number: receipt.read,
    };
    Receipts { receipts: receipts.into_iter().map(one).collect() }
}

/// Chats as they stand in a list.
pub async fn chat_views(site: &Shared, listed: &[Listed]) -> Result<Vec<Chat>, Fault> {
    let posts = Linked::read(site, listed.iter().filter_map(|one| one.newest.as_ref())).await?;
    Ok(listed.iter().map(|one| chat_view(site, one, &posts)).collect())
}

fn chat_view(site: &Site, listed: &Listed, posts: &Linked) -> Chat {
    let seat = &listed.seat;
    let me = seat.account;
    let (kind, name) = match &seat.chat.kind {
        Kind::Direct { .. } => ("direct", String::new()),
        Kind::Group { name, .. } => ("group", name.clone()),
    };
    let picture = listed
        .picture
        .as_ref()
        .and_then(|media| link(&site.app, media, Variant::Small, Link::For(me)));
    Chat {
        id: seat.chat.id.to_string(),
        kind,
        name,
        picture: picture.map(|path| format!("{}{path}", site.app.settings.public_url)),
        account_id: listed.other.as_ref().map(|other| other.id.to_string()),
        role: role_of(seat),
        asked_by: listed.asked_by.map(|by| by.to_string()),
        members_count: listed.members,
        muted: seat.muted,
        last_number: listed.last,
        read_number: seat.read,
        unread_count: listed.unread,
        last_message: listed.newest.as_ref().map(|shown| message_view(site, shown, posts)),
        created_at: format::time(seat.chat.created_ms),
    }
}

fn role_of(seat: &Seat) -> &'static str {
    match (seat.member, seat.owner, seat.admin) {
        (false, ..) => "invited",
        (true, true, _) => "owner",
        (true, false, true) => "admin",
        (true, false, false) => "member",
    }
}

/// The posts that messages link to, as one member sees them: all of a page at once.
struct Linked(HashMap<Id<Post>, Status>);

impl Linked {
    async fn read<'a>(
        site: &Shared,
        shown: impl Iterator<Item = &'a Shown>,
    ) -> Result<Linked, Fault> {
        let (mut viewer, mut seen): (_, Vec<Seen>) = (None, Vec::new());
        for shown in shown {
            viewer = Some(shown.viewer);
            seen.extend(shown.linked.clone());
        }
        if seen.is_empty() {
            return Ok(Linked(HashMap::new()));
        }
        seen.sort_unstable_by_key(|one| one.post.id);
        seen.dedup_by_key(|one| one.post.id);
        let views = view_posts(site, viewer, &seen).await?;
        Ok(Linked(seen.iter().map(|one| one.post.id).zip(views).collect()))
    }
}

/// Messages as the member sees them for whom they were read.
pub async fn message_views(site: &Shared, shown: &[Shown]) -> Result<Vec<ChatMessage>, Fault> {
    let posts = Linked::read(site, shown.iter()).await?;
    Ok(shown.iter().map(|one| message_view(site, one, &posts)).collect())
}

fn message_view(site: &Site, shown: &Shown, posts: &Linked) -> ChatMessage {
    let (message, me) = (&shown.message, shown.viewer);
    let deleted = message.deleted_ms.is_some();
    let open = shown.is_open();
    let known = |handle: &str| message.mentions.iter().any(|mention| mention.handle == handle);
    let content = if open { site.html_with(&message.text, &known) } else { String::new() };
    let reply_to = message.reply_to.filter(|_| open);
    ChatMessage {
        id: message.id.to_string(),
        chat_id: message.chat.to_string(),
        number: message.number,
        account_id: shown.author.as_ref().map(|author| author.id.to_string()),
        content,
        text: (open && message.author == me).then(|| message.text.clone()),
        media_attachments: shown
            .media
            .iter()
            .map(|media| attachment(site, media, Link::For(me)))
            .collect(),
        status: shown
            .linked
            .as_ref()
            .and_then(|seen| posts.0.get(&seen.post.id))
            .map(|status| Box::new(status.clone())),
        reply_to: reply_to.map(|to| ChatReply { id: to.message.to_string(), number: to.number }),
        reactions: shown
            .reactions
            .iter()
            .map(|(emoji, count, me)| ChatReaction { emoji: emoji.clone(), count: *count, me: *me })
            .collect(),
        created_at: format::time(message.id.ms()),
        edited_at: message.edited_ms.filter(|_| open).map(format::time),
        deleted: deleted && !shown.withheld,
        withheld: shown.withheld,
    }
}

/// Everybody that chats name, each once.
pub async fn people_of_chats(site: &Shared, listed: &[Listed]) -> Result<Vec<Account>, Fault> {
    people_of_hits(site, listed, &[]).await
}

/// Everybody that chats and messages of them name, each once.
pub async fn people_of_hits(
    site: &Shared,
    listed: &[Listed],
    shown: &[Shown],
) -> Result<Vec<Account>, Fault> {
    let asking: Vec<_> = listed.iter().filter_map(|one| one.asked_by).collect();
    let asking = site.app.graph.get_many(&asking).await?;
    let others = listed.iter().filter_map(|one| one.other.clone());
    let newest = listed.iter().filter_map(|one| one.newest.as_ref());
    let authors = newest.chain(shown).filter_map(|one| one.author.clone());
    let asking = asking.into_iter().flatten().filter(|one| one.is_visible());
    unique(site, others.chain(authors).chain(asking).collect()).await
}

/// The authors of messages, each once.
pub async fn authors_of(site: &Shared, shown: &[Shown]) -> Result<Vec<Account>, Fault> {
    unique(site, shown.iter().filter_map(|one| one.author.clone()).collect()).await
}

async fn unique(
    site: &Shared,
    mut people: Vec<Arc<Stored<accounts::Account>>>,
) -> Result<Vec<Account>, Fault> {
    people.sort_unstable_by_key(|one| one.id);
    people.dedup_by_key(|one| one.id);
    views_of(site, &people).await
}
