//! Who is here, of those who show it.

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account,
    live::{self, MOST_ASKED},
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    mastodon::ids,
    problem::Problem,
    routes::{Access, Operation, get},
    views::{PresenceView, Rendered, bytes, presence_view},
};

pub fn operations() -> Vec<Operation> {
    vec![
        get("getPresence", "/api/sociosphere/v1/presence", Access::Person("read:statuses"))
            .says("chats", "Who is here now, of those who show it to the caller")
            .takes::<PeopleQuery>()
            .answers::<Vec<PresenceView>>()
            .to(presence),
    ]
}

/// Of whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PeopleQuery {
    /// Accounts.
    #[schemars(length(max = 200))]
    id: Vec<String>,
}

async fn presence(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<PeopleQuery>,
) -> Result<Rendered, Problem> {
    if query.id.len() > MOST_ASKED {
        return Err(Problem::field("id", &format!("takes at most {MOST_ASKED}")));
    }
    let people: Vec<Id<Account>> = ids(&query.id);
    let shown = live::shown_presence(&site.app, person.account, &people).await?;
    let shown: Vec<_> = shown.into_iter().map(|(who, one)| presence_view(who, one)).collect();
    Ok(Rendered(bytes(&shown)))
}
