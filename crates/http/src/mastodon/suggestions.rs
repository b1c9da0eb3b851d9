//! People whom one may want to follow.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    suggestions::{self, Reason, Suggestion as Suggested},
};

use super::{PathId, list_of};
use crate::{
    Shared,
    auth::Person,
    body::Params,
    page::{Paging, Sizes},
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{Account, Empty, People, Rendered, bytes, fragments::Writer},
};

const TAG: &str = "suggestions";
const SIZES: Sizes = Sizes(40, 80);

pub fn operations() -> Vec<Operation> {
    vec![
        get("getSuggestionsV1", "/api/v1/suggestions", Access::Person("read"))
            .says(TAG, "Whom one may want to follow, without reasons")
            .takes::<Query>()
            .answers::<Vec<Account>>()
            .to(people),
        get("getSuggestionsV2", "/api/v2/suggestions", Access::Person("read"))
            .says(TAG, "Whom one may want to follow, and why")
            .takes::<Query>()
            .answers::<Vec<Suggestion>>()
            .to(with_reasons),
        delete("dismissSuggestion", "/api/v1/suggestions/{id}", Access::Person("write:accounts"))
            .says(TAG, "Does not suggest somebody again")
            .answers::<Empty>()
            .to(dismiss),
        post(
            "restoreSuggestion",
            "/api/sociosphere/v1/suggestions/{id}/restore",
            Access::Person("write:accounts"),
        )
        .says(TAG, "Takes back that somebody is not to be suggested")
        .answers::<Empty>()
        .to(restore),
    ]
}

/// How many.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// At most so many.
    limit: Option<String>,
}

/// Somebody suggested.
#[derive(Debug, Serialize, JsonSchema)]
struct Suggestion {
    /// The first reason in the words of older clients.
    #[schemars(extend("enum" = ["past_interactions", "global"]))]
    source: &'static str,
    /// The reasons in Mastodon's words.
    sources: Vec<&'static str>,
    /// Who.
    account: Account,
    /// The reasons with their names.
    sociosphere: Reasons,
}

/// Why somebody is suggested. Beyond Mastodon.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Reasons {
    /// Names of some whom one follows and who follow them.
    friends: Vec<String>,
    /// How many there are of these.
    friends_count: usize,
    /// Interests that both have.
    interests: Vec<String>,
    /// Whether many people follow them.
    popular: bool,
}

fn sources(reasons: &[Reason]) -> Vec<&'static str> {
    let word = |reason: &Reason| match reason {
        Reason::Friends(..) => "friends_of_friends",
        Reason::Interests(_) => "similar_to_recently_followed",
        Reason::Popular => "most_followed",
    };
    reasons.iter().map(word).collect()
}

async fn found(site: &Shared, person: &Person, query: Query) -> Result<Vec<Suggested>, Problem> {
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(SIZES)?;
    Ok(suggestions::suggestions(&site.app, person.account, limit).await?)
}

async fn people(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let found = found(&site, &person, query).await?;
    let accounts: Vec<_> = found.into_iter().map(|one| one.account).collect();
    list_of(&site, &accounts).await
}

async fn with_reasons(
    State(site): State<Shared>,
    person: Person,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let found = found(&site, &person, query).await?;
    let people = People::read(&site, found.iter().map(|one| &one.account)).await?;
    let mut reasons = Vec::with_capacity(found.len());
    for one in &found {
        reasons.push(named(&site, &one.reasons).await?);
    }
    let room = found.len() * (people.room() + 200);
    Ok(Rendered(Writer::list(room, found.iter().zip(reasons), |writer, (one, reasons)| {
        let sources = sources(&one.reasons);
        let near = !matches!(one.reasons.first(), Some(Reason::Popular));
        writer.braced(|writer| {
            writer.value("source", &if near { "past_interactions" } else { "global" });
            writer.value("sources", &sources);
            writer.name("account");
            people.write(writer, one.account.id);
            writer.value("sociosphere", &reasons);
        });
    })))
}

/// Reasons with the names of the people in them.
async fn named(site: &Shared, reasons: &[Reason]) -> Result<Reasons, Problem> {
    let mut told = Reasons::default();
    for reason in reasons {
        match reason {
            Reason::Friends(some, count) => {
                let friends = site.app.graph.get_many(some).await?;
                let name = |friend: &AccountNode| match friend.display_name.is_empty() {
                    true => friend.handle.as_str().to_owned(),
                    false => friend.display_name.clone(),
                };
                told.friends = friends.iter().flatten().map(|friend| name(friend)).collect();
                told.friends_count = *count;
            }
            Reason::Interests(shared) => told.interests.clone_from(shared),
            Reason::Popular => told.popular = true,
        }
    }
    Ok(told)
}

async fn dismiss(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    suggestions::dismiss(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn restore(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    suggestions::restore(&site.app, person.account, id).await?;
    Ok(Rendered(bytes(&Empty {})))
}
