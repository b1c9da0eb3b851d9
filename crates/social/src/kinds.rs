//! Every kind of node, edge and name in one place: the schema, and the lists that a purge walks.

use engine::store::KeySpace;
use graph::{EdgeDecl, Node, NodeDecl, OWN_NODES};

use crate::{
    accounts, announcements, apps, audit, cards, census, chats, conversations, errors, gates,
    house, insight, instance, keys, media, moderation, notifications, people, posts, push,
    relations, sessions, staff, suggestions, tags, trends,
};

/// All kinds of nodes.
pub const NODES: &[NodeDecl] = &[
    OWN_NODES[0],
    OWN_NODES[1],
    OWN_NODES[2],
    jobs::Schedules::DECL,
    instance::model::Instance::DECL,
    keys::KeyRing::DECL,
    accounts::model::Account::DECL,
    accounts::model::Login::DECL,
    accounts::model::Invite::DECL,
    accounts::model::Ticket::DECL,
    accounts::model::Interest::DECL,
    sessions::model::Session::DECL,
    apps::model::App::DECL,
    apps::model::Token::DECL,
    apps::model::Code::DECL,
    audit::model::Chain::DECL,
    audit::model::Entry::DECL,
    staff::model::OwnRole::DECL,
    house::model::House::DECL,
    gates::model::EmailDomainBlock::DECL,
    gates::model::AddressBlock::DECL,
    gates::model::Barred::DECL,
    moderation::model::Case::DECL,
    moderation::model::Report::DECL,
    moderation::model::Decision::DECL,
    moderation::model::Appeal::DECL,
    media::model::Media::DECL,
    media::model::Blob::DECL,
    media::model::Room::DECL,
    posts::model::Post::DECL,
    posts::model::Revision::DECL,
    tags::model::Tag::DECL,
    cards::model::Card::DECL,
    trends::model::Ledger::DECL,
    notifications::model::Notification::DECL,
    notifications::model::Request::DECL,
    push::model::Subscription::DECL,
    errors::model::ErrorGroup::DECL,
    insight::model::PostInsight::DECL,
    insight::model::AccountDay::DECL,
    census::model::Period::DECL,
    people::model::StaffNote::DECL,
    media::model::MediaTotals::DECL,
    announcements::model::Announcement::DECL,
    chats::model::Chat::DECL,
    chats::model::Head::DECL,
    chats::model::Message::DECL,
    conversations::model::Conversation::DECL,
];

/// The kinds that pages and every request read: they may lie in a cache that processes share. Not there: keys, and
/// whatever is a secret by its id or is used once (tickets, invitations, codes).
pub const SHARED: &[NodeDecl] = &[
    instance::model::Instance::DECL,
    accounts::model::Account::DECL,
    accounts::model::Login::DECL,
    accounts::model::Interest::DECL,
    staff::model::OwnRole::DECL,
    house::model::House::DECL,
    gates::model::Barred::DECL,
    sessions::model::Session::DECL,
    apps::model::App::DECL,
    apps::model::Token::DECL,
    media::model::Media::DECL,
    posts::model::Post::DECL,
    posts::model::Revision::DECL,
    tags::model::Tag::DECL,
    cards::model::Card::DECL,
    notifications::model::Notification::DECL,
];

/// All kinds of edges.
pub fn edges() -> Vec<EdgeDecl> {
    [
        accounts::model::EDGES,
        sessions::model::EDGES,
        apps::model::EDGES,
        audit::model::EDGES,
        staff::model::EDGES,
        gates::model::EDGES,
        moderation::model::EDGES,
        media::model::EDGES,
        posts::model::EDGES,
        cards::model::EDGES,
        trends::model::EDGES,
        relations::model::EDGES,
        suggestions::model::EDGES,
        notifications::model::EDGES,
        push::model::EDGES,
        errors::model::EDGES,
        insight::model::EDGES,
        census::model::EDGES,
        people::model::EDGES,
        announcements::model::EDGES,
        chats::model::EDGES,
        conversations::model::EDGES,
    ]
    .concat()
}

/// All spaces of names.
pub const KEYS: &[(KeySpace, &str)] = &[
    (accounts::model::HANDLES, "handles"),
    (accounts::model::HANDLE_SEALS, "handle_seals"),
    (accounts::model::EMAILS, "emails"),
    (accounts::model::INVITES, "invite_codes"),
    (accounts::model::SETUP, "setup"),
    (accounts::model::INTERESTS, "interest_names"),
    (apps::model::CLIENT_IDS, "client_ids"),
    (apps::model::TOKENS, "token_hashes"),
    (apps::model::CODES, "code_hashes"),
    (media::model::BLOBS, "blob_hashes"),
    (media::model::ROOMS, "media_room_owners"),
    (posts::model::IDEMPOTENCY, "idempotency_keys"),
    (tags::model::TAGS, "tag_names"),
    (cards::model::CARDS, "card_addresses"),
    (gates::model::EMAIL_DOMAINS, "email_domains"),
    (gates::model::ADDRESSES, "address_ranges"),
    (moderation::model::OPEN_CASES, "open_case_subjects"),
    (notifications::model::NOTIFICATION_CAUSES, "notification_causes"),
    (notifications::model::NOTIFICATION_REQUESTS, "notification_request_names"),
    (push::model::SUBSCRIPTIONS, "push_subscription_holders"),
    (errors::model::FINGERPRINTS, "error_fingerprints"),
    (chats::model::SENT, "chat_client_ids"),
    (chats::model::PAIRS, "chat_pairs"),
    (conversations::model::CONVERSATIONS, "conversation_heads"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_code_or_name_is_given_twice() {
        let nodes: HashSet<_> = NODES.iter().map(|decl| decl.kind).collect();
        assert_eq!(nodes.len(), NODES.len());
        let edges = edges();
        let kinds: HashSet<_> = edges.iter().map(|decl| decl.kind).collect();
        assert_eq!(kinds.len(), edges.len());
        let names: HashSet<_> = NODES
            .iter()
            .map(|decl| decl.name)
            .chain(edges.iter().map(|decl| decl.name))
            .chain(KEYS.iter().map(|key| key.1))
            .collect();
        assert_eq!(names.len(), NODES.len() + edges.len() + KEYS.len());
    }

    #[test]
    fn every_inverse_names_its_twin() {
        let edges = edges();
        for decl in &edges {
            let Some((kind, _)) = decl.inverse else { continue };
            let twin = edges.iter().find(|other| other.kind == kind).expect("a declared kind");
            assert_eq!(twin.inverse.map(|back| back.0), Some(decl.kind), "{}", decl.name);
        }
    }
}
