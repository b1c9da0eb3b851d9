//! Cards of links, as previews of Mastodon's.

use std::{collections::HashMap, sync::Arc};

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use social::{
    app::App,
    cards::model::Card,
    fault::Fault,
    media::{Link, Variant, link, model::Media},
    trends::model::Day,
};
use url::Url;

use super::TagHistory;
use crate::Site;

/// What a linked page says about itself. All of it is text, and its picture is ours.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PreviewCard {
    /// Where it is.
    pub url: String,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// BCP 47.
    pub language: Option<String>,
    /// Always `link`: nothing of the outside is embedded.
    #[schemars(extend("enum" = ["link"]))]
    pub r#type: &'static str,
    /// Who wrote it.
    pub authors: Vec<PreviewCardAuthor>,
    /// The first of them.
    pub author_name: String,
    /// Never any.
    pub author_url: String,
    /// Name of the site.
    pub provider_name: String,
    /// Its first page.
    pub provider_url: String,
    /// Never any.
    pub html: String,
    /// Of the picture.
    pub width: u64,
    /// Of the picture.
    pub height: u64,
    /// The picture, from here.
    pub image: Option<String>,
    /// What it shows.
    pub image_description: String,
    /// Never any.
    pub embed_url: String,
    /// Placeholder of the picture.
    pub blurhash: Option<String>,
    /// Not known.
    pub published_at: Option<String>,
}

/// Who wrote a page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PreviewCardAuthor {
    /// Name, as the page says.
    pub name: String,
    /// Not known.
    pub url: String,
    /// Nobody of here: a page could say what it likes.
    pub account: Option<Value>,
}

/// A link that trends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TrendsLink {
    /// Its card.
    #[serde(flatten)]
    pub card: PreviewCard,
    /// Use by day, newest first.
    pub history: Vec<TagHistory>,
}

/// Cards by their ids, with their pictures.
#[derive(Default)]
pub struct Cards(HashMap<Id<Card>, Pictured>);

/// A card, and its picture if it has one.
type Pictured = (Arc<Stored<Card>>, Option<Arc<Stored<Media>>>);

impl Cards {
    /// Reads those that there are.
    pub async fn read(app: &App, ids: &[Id<Card>]) -> Result<Cards, Fault> {
        if ids.is_empty() {
            return Ok(Cards::default());
        }
        let cards: Vec<_> = app.graph.get_many(ids).await?.into_iter().flatten().collect();
        let pictures: Vec<_> = cards.iter().filter_map(|card| card.picture).collect();
        let pictures: HashMap<_, _> = app
            .graph
            .get_many(&pictures)
            .await?
            .into_iter()
            .flatten()
            .map(|picture| (picture.id, picture))
            .collect();
        let with = |card: Arc<Stored<Card>>| {
            let picture = card.picture.and_then(|id| pictures.get(&id).cloned());
            (card.id, (card, picture))
        };
        Ok(Cards(cards.into_iter().map(with).collect()))
    }

    /// The card with an id, if it has something to show.
    pub fn view(&self, site: &Site, id: Id<Card>) -> Option<PreviewCard> {
        let (card, picture) = self.0.get(&id)?;
        card.is_shown().then(|| view(site, card, picture.as_deref()))
    }

    /// The small picture of a card.
    pub fn picture(&self, site: &Site, id: Id<Card>) -> Option<String> {
        self.view(site, id)?.image
    }
}

fn view(site: &Site, card: &Card, picture: Option<&Stored<Media>>) -> PreviewCard {
    let base = &site.app.settings.public_url;
    let path = picture.and_then(|media| link(&site.app, media, Variant::Original, Link::Open));
    let side = |name: &str| {
        let sides = picture.filter(|_| path.is_some()).map(|media| &media.meta["original"][name]);
        sides.and_then(Value::as_u64).unwrap_or(0)
    };
    let authors = match card.author.is_empty() {
        true => Vec::new(),
        false => {
            vec![PreviewCardAuthor { name: card.author.clone(), url: String::new(), account: None }]
        }
    };
    PreviewCard {
        url: card.url.clone(),
        title: card.title.clone(),
        description: card.description.clone(),
        language: card.language.clone(),
        r#type: "link",
        authors,
        author_name: card.author.clone(),
        author_url: String::new(),
        provider_name: card.site.clone(),
        provider_url: Url::parse(&card.url)
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default(),
        html: String::new(),
        width: side("width"),
        height: side("height"),
        blurhash: picture.filter(|_| path.is_some()).and_then(|media| media.blurhash.clone()),
        image_description: match path.is_some() {
            true => card.picture_alt.clone(),
            false => String::new(),
        },
        image: path.map(|path| format!("{base}{path}")),
        embed_url: String::new(),
        published_at: None,
    }
}

/// Use by day as Mastodon writes it: all are texts.
pub fn history(days: &[Day]) -> Vec<TagHistory> {
    let each = days.iter().map(|day| TagHistory {
        day: (u64::from(day.day) * 86_400).to_string(),
        uses: day.uses.to_string(),
        accounts: day.people.to_string(),
    });
    each.collect()
}
