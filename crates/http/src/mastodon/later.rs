//! What clients ask for when they start and what comes in later releases: an empty answer for each, from one table, so
//! that no client stumbles over a 404.

use serde_json::Value;

use crate::{
    routes::{Access, Operation, get},
    views::Rendered,
};

/// Name, path, access.
const EMPTY_LISTS: &[(&str, &str, Access)] = &[
    ("getCustomEmojis", "/api/v1/custom_emojis", Access::Anyone("")),
    ("getDomainBlocks", "/api/v1/domain_blocks", Access::Person("read:blocks")),
    ("getEndorsements", "/api/v1/endorsements", Access::Person("read:accounts")),
    ("getFeaturedTags", "/api/v1/featured_tags", Access::Person("read:accounts")),
    ("getFiltersV1", "/api/v1/filters", Access::Person("read:filters")),
    ("getFiltersV2", "/api/v2/filters", Access::Person("read:filters")),
    ("getFollowedTags", "/api/v1/followed_tags", Access::Person("read:follows")),
    ("getInstancePeers", "/api/v1/instance/peers", Access::Anyone("")),
    ("getInstanceActivity", "/api/v1/instance/activity", Access::Anyone("")),
    ("getLists", "/api/v1/lists", Access::Person("read:lists")),
    ("getScheduledStatuses", "/api/v1/scheduled_statuses", Access::Person("read:statuses")),
    ("getAccountFeaturedTags", "/api/v1/accounts/{id}/featured_tags", Access::Anyone("")),
    ("getAccountLists", "/api/v1/accounts/{id}/lists", Access::Person("read:lists")),
    ("getAccountProofs", "/api/v1/accounts/{id}/identity_proofs", Access::Anyone("")),
];

pub fn operations() -> Vec<Operation> {
    EMPTY_LISTS
        .iter()
        .map(|(id, path, access)| {
            get(id, path, *access)
                .says("later", "Empty until its feature is there")
                .answers::<Vec<Value>>()
                .to(async || Rendered(b"[]".to_vec()))
        })
        .collect()
}
