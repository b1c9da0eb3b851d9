//! What leaves the server: entities as Mastodon's clients know them, made from the product's nodes for one viewer.
//!
//! Ids are texts, times have milliseconds and `Z`, URLs are absolute. What does not depend on the viewer is written
//! once per version ([`fragments`]) and joined with the rest on each page.

mod account;
mod admin;
mod card;
mod chat;
pub mod fragments;
mod grouped;
mod insight;
mod instance;
mod media;
mod moderation;
mod notification;
mod person;
mod post;
mod shapes;
mod small;

pub use account::{Account, AccountHead, CustomEmoji, Field, People, Role, view_of, views_of};
pub use admin::{
    AdminAccount, AdminEmailDomainBlock, AdminIpBlock, AdminReport, admin_account, admin_accounts,
    admin_people, admin_report, domain_block, ip_block,
};
pub use card::{Cards, PreviewCard, PreviewCardAuthor, TrendsLink, history};
pub use chat::{
    Chat, ChatHits, ChatMember, ChatMessage, ChatPage, ChatReaction, ChatReply, MessagePage,
    OneChat, PresenceView, ReadMark, Receipts, authors_of, chat_views, message_views,
    people_of_chats, people_of_hits, presence_view, receipts_view,
};
pub use fragments::Fragments;
pub use grouped::{Expand, GroupedNotificationsResults, render_groups};
pub use insight::{
    AccountInsight, InsightBest, InsightDay, InsightPoint, InsightSplit, InsightSums, PostInsight,
    account_insight, post_insight,
};
pub use instance::{InstanceV1, InstanceV2, VERSION, counts, instance_v1, instance_v2, is_open};
pub use media::{MediaAttachment, attachment, attachments};
pub use moderation::{AccountWarning, AppealView, Report, action_of, report_view, warning_view};
pub use notification::{Notification, kind_of, render_notifications, type_of};
pub use person::{CredentialAccount, CredentialRole, credential_account, role_of};
pub use post::{
    Context, DeletedStatus, Mention, Posts, Status, StatusEdit, StatusHead, StatusSource,
    StatusTag, StatusTail, audience_of, render_deleted, render_edits, render_post, render_posts,
    view_posts, visibility_of,
};
pub use small::{
    Application, CredentialApplication, Device, Empty, InterestView, MarkerView, OAuthToken,
    Preferences, Relationship, Search, Tag, TagHistory, UnreadCount, relationship, tag,
};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

/// A JSON answer whose bytes are there already.
pub struct Rendered(pub Vec<u8>);

impl IntoResponse for Rendered {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// Bytes of a view. Views are plain data, which always has a JSON form.
pub fn bytes(view: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(view).expect("views are plain data")
}

/// A list of things that are bytes already.
pub fn join<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut list = vec![b'['];
    for item in items {
        if list.len() > 1 {
            list.push(b',');
        }
        list.extend_from_slice(item);
    }
    list.push(b']');
    list
}
