//! Trends to review.

use std::collections::HashMap;

use axum::extract::State;
use graph::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    cards::model::Card,
    posts::model::Post,
    staff::Permission,
    tags::model::Tag,
    trends::{
        self, Reviewed,
        model::{Kind, Verdict},
    },
};

use super::{PAGE, TAG, word};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    page::Paging,
    problem::Problem,
    routes::{Access, Operation, get, put},
    views::{Cards, Rendered, TagHistory, bytes, history},
};

/// The furthest page start.
const DEEPEST: u32 = 10_000;
/// How many characters of a post are shown.
const EXCERPT: usize = 140;

pub fn operations() -> Vec<Operation> {
    let trends = |scope| Access::Staff(scope, Permission::ManageTrends);
    vec![
        get("getTrendsToReview", "/api/sociosphere/v1/admin/trends", trends("admin:read"))
            .says(TAG, "Trends of a kind with what staff decided, the hottest first")
            .takes::<Query>()
            .answers::<TrendsView>()
            .to(list),
        put("reviewTrend", "/api/sociosphere/v1/admin/trends", trends("admin:write"))
            .says(TAG, "Hides a trend, allows it, or leaves it to itself again")
            .takes::<Form>()
            .answers::<TrendView>()
            .to(review),
    ]
}

const KINDS: [(&str, Kind); 3] = [("tag", Kind::Tag), ("post", Kind::Post), ("link", Kind::Link)];
const VERDICTS: [(&str, Verdict); 3] =
    [("open", Verdict::Open), ("hidden", Verdict::Hidden), ("allowed", Verdict::Allowed)];

/// Which trends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// `tag`, `post` or `link`.
    #[schemars(length(max = 10))]
    kind: Option<String>,
    /// `all`, `open`, `hidden` or `allowed`.
    #[schemars(length(max = 10))]
    state: Option<String>,
    /// Page start.
    offset: u32,
    /// At most so many.
    limit: Option<String>,
}

/// Trends of a kind.
#[derive(Debug, Serialize, JsonSchema)]
struct TrendsView {
    /// The hottest first; then what was decided and is not hot, the newest decision first.
    items: Vec<TrendView>,
    /// When trends were brought up to date.
    refreshed_at: Option<String>,
    /// Whether people see what staff allowed alone.
    needs_review: bool,
}

/// A trend.
#[derive(Debug, Serialize, JsonSchema)]
struct TrendView {
    /// What it is.
    #[schemars(extend("enum" = ["tag", "post", "link"]))]
    kind: &'static str,
    /// Id.
    id: String,
    /// The tag, the first words of the post, the title of the link.
    title: String,
    /// Its page.
    url: String,
    /// Handle of the author; name of the site.
    by: Option<String>,
    /// The picture of a link.
    picture: Option<String>,
    /// What staff decided.
    #[schemars(extend("enum" = ["open", "hidden", "allowed"]))]
    state: &'static str,
    /// Place in what everybody sees, from 1.
    rank: Option<usize>,
    /// How hot it is.
    score: f64,
    /// People today (UTC); of posts, who likes or shares them.
    people_today: u32,
    /// The last seven days together; of posts the same as today.
    people_week: u32,
    /// The last seven days, today first; none of posts.
    history: Vec<TagHistory>,
}

async fn list(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<Query>,
) -> Result<Rendered, Problem> {
    let kind = word("kind", query.kind.as_deref(), &KINDS)?;
    let of = match query.state.as_deref() {
        None | Some("" | "all") => None,
        state => Some(word("state", state, &VERDICTS)?),
    };
    let limit = Paging { limit: query.limit, ..Paging::default() }.limit(PAGE)?;
    let offset = query.offset.min(DEEPEST) as usize;
    let list = trends::to_review(&site.app, &by, kind, of, offset, limit).await?;
    Ok(Rendered(bytes(&TrendsView {
        items: views(&site, list.items).await?,
        refreshed_at: list.refreshed_ms.map(format::time),
        needs_review: site.app.settings.trends_need_review,
    })))
}

/// A decision.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// `tag`, `post` or `link`.
    #[schemars(length(max = 10))]
    kind: String,
    /// Which.
    #[schemars(length(max = 40))]
    id: String,
    /// `open`, `hidden` or `allowed`.
    #[schemars(length(max = 10))]
    state: String,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn review(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<Form>,
) -> Result<Rendered, Problem> {
    // Here an absent word is no choice.
    let needed = |sent: &str| if sent.is_empty() { "none".to_owned() } else { sent.to_owned() };
    let kind = word("kind", Some(&needed(&form.kind)), &KINDS)?;
    let verdict = word("state", Some(&needed(&form.state)), &VERDICTS)?;
    let id = form.id.parse().map_err(|_| Problem::not_found())?;
    let reviewed = trends::review(&site.app, &by, kind, id, verdict, &form.reason).await?;
    let view = views(&site, vec![reviewed]).await?.pop().ok_or_else(Problem::not_found)?;
    Ok(Rendered(bytes(&view)))
}

/// What a thing is called, where it is, by whom, with which picture.
type Face = (String, String, Option<String>, Option<String>);

/// Trends with the words of what they are; what is gone is left out.
async fn views(site: &Shared, items: Vec<Reviewed>) -> Result<Vec<TrendView>, Problem> {
    let Some(kind) = items.first().map(|item| item.kind) else { return Ok(Vec::new()) };
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let faces = match kind {
        Kind::Tag => tags(site, &ids).await?,
        Kind::Post => posts(site, &ids).await?,
        Kind::Link => links(site, &ids).await?,
    };
    let view = |item: Reviewed| {
        let (title, url, by, picture) = faces.get(&item.id)?.clone();
        let people = |days: usize| -> u32 {
            item.days.iter().take(days).map(|day| day.people).sum::<u32>() + item.people
        };
        Some(TrendView {
            kind: item.kind.as_str(),
            id: item.id.to_string(),
            title,
            url,
            by,
            picture,
            state: item.verdict.as_str(),
            rank: item.rank,
            score: (item.score * 100.0).round() / 100.0,
            people_today: people(1),
            people_week: people(7),
            history: history(&item.days),
        })
    };
    Ok(items.into_iter().filter_map(view).collect())
}

fn parsed<T>(ids: &[u64]) -> Vec<Id<T>> {
    ids.iter().filter_map(|id| Id::new(*id)).collect()
}

async fn tags(site: &Shared, ids: &[u64]) -> Result<HashMap<u64, Face>, Problem> {
    let found = site.app.graph.get_many(&parsed::<Tag>(ids)).await?;
    let face = |name: &str| (format!("#{name}"), site.tag_url(name), None, None);
    Ok(found.iter().flatten().map(|tag| (tag.id.raw(), face(&tag.name))).collect())
}

async fn posts(site: &Shared, ids: &[u64]) -> Result<HashMap<u64, Face>, Problem> {
    let found: Vec<_> =
        site.app.graph.get_many(&parsed::<Post>(ids)).await?.into_iter().flatten().collect();
    let authors: Vec<_> = found.iter().map(|post| post.author).collect();
    let authors = site.app.graph.get_many(&authors).await?;
    let base = &site.app.settings.public_url;
    let each = found.iter().zip(authors).filter_map(|(post, author)| {
        let handle = author?.handle.as_str().to_owned();
        let title: String = post.text.chars().take(EXCERPT).collect();
        let url = format!("{base}/@{handle}/{}", post.id);
        Some((post.id.raw(), (title, url, Some(handle), None)))
    });
    Ok(each.collect())
}

async fn links(site: &Shared, ids: &[u64]) -> Result<HashMap<u64, Face>, Problem> {
    let ids = parsed::<Card>(ids);
    let cards = Cards::read(&site.app, &ids).await?;
    let found = site.app.graph.get_many(&ids).await?;
    let each = found.iter().flatten().map(|card| {
        let title = if card.is_shown() { card.title.clone() } else { card.url.clone() };
        let by = Some(card.site.clone()).filter(|site| !site.is_empty());
        (card.id.raw(), (title, card.url.clone(), by, cards.picture(site, card.id)))
    });
    Ok(each.collect())
}
