//! What a person wrote, checked: the same checks for a new post and for an edit (I-13).

use std::sync::Arc;

use graph::{Id, Stored};
use url::Url;

use super::model::{Audience, Mention, Post};
use crate::{
    accounts::model::{Account, HANDLES},
    app::App,
    apps::model::App as Client,
    fault::Fault,
    media::model::{Attachment, Media, MediaKind, MediaState},
    text::{Text, TextError, plain_line},
};

/// Most pictures of one post.
pub const MAX_PICTURES: usize = 4;

/// A post before it is one.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Source text.
    pub text: String,
    /// Content warning; empty for none.
    pub warning: String,
    /// Media is hidden at first.
    pub sensitive: bool,
    /// Who may see it; the account's default if none.
    pub audience: Option<Audience>,
    /// BCP 47; the account's default if none.
    pub language: Option<String>,
    /// Uploads of the author, in order.
    pub media: Vec<Id<Media>>,
    /// What it answers.
    pub reply_to: Option<Id<Post>>,
    /// The app it is written with.
    pub app: Option<Id<Client>>,
    /// Sending the same key again within a day returns the first post.
    pub idempotency: Option<String>,
}

/// Why a draft is no post.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// There is neither text nor media.
    #[error("Text can't be blank")]
    Empty,
    /// The text is not usable.
    #[error("Text {0}")]
    Text(TextError),
    /// Text and warning together are too long.
    #[error("Text character limit of {max} exceeded")]
    TooLong {
        /// The most.
        max: usize,
    },
    /// The warning is not usable.
    #[error("Spoiler text is not usable")]
    Warning,
    /// Not a language tag.
    #[error("Language is not a valid language tag")]
    Language,
    /// Some media is not the author's, not there, or belongs to something else.
    #[error("Media could not be found or is in use already")]
    Media,
    /// Some media is not processed yet.
    #[error("Cannot attach files that have not finished processing. Try again in a moment!")]
    MediaNotReady,
    /// Too many, or pictures mixed with a video or audio.
    #[error("Attach up to 4 pictures, or one video or audio")]
    MediaMix,
}

/// A draft that passed: what a post needs, resolved.
pub(super) struct Checked {
    pub text: Text,
    pub warning: String,
    pub language: Option<String>,
    pub media: Vec<Arc<Stored<Media>>>,
    pub mentions: Vec<Mention>,
    pub tags: Vec<(String, String)>,
}

/// Checks a draft. With `of`, media of that post may stay attached to it.
pub(super) async fn check(
    app: &App,
    author: Id<Account>,
    draft: &Draft,
    of: Option<Id<Post>>,
) -> Result<Result<Checked, DraftError>, Fault> {
    let media = match check_media(app, author, &draft.media, of).await? {
        Ok(media) => media,
        Err(error) => return Ok(Err(error)),
    };
    let (text, warning, language) = match check_words(app, draft, media.is_empty()) {
        Ok(words) => words,
        Err(error) => return Ok(Err(error)),
    };
    let mentions = mentions_in(app, author, &text).await?;
    let tags = text.tags().into_iter().map(|t| (t.key().to_owned(), t.name().to_owned())).collect();
    Ok(Ok(Checked { text, warning, language, media, mentions, tags }))
}

fn check_words(
    app: &App,
    draft: &Draft,
    needs_text: bool,
) -> Result<(Text, String, Option<String>), DraftError> {
    let max = app.settings.post_characters;
    let text = Text::parse(&draft.text).map_err(DraftError::Text)?;
    if needs_text && text.is_empty() {
        return Err(DraftError::Empty);
    }
    let text = if needs_text { text.not_blank().map_err(|_| DraftError::Empty)? } else { text };
    let warning = plain_line(&draft.warning, max).map_err(|_| DraftError::Warning)?;
    if text.length() + warning.chars().count() > max {
        return Err(DraftError::TooLong { max });
    }
    let language = match draft.language.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(tag) if is_language(tag) => Some(tag.to_owned()),
        Some(_) => return Err(DraftError::Language),
    };
    Ok((text, warning, language))
}

/// Whether a text has the form of a language tag: `en`, `pt-BR`, `zh-Hant-TW`.
pub(crate) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split(['-', '_']);
    let first = parts.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

async fn check_media(
    app: &App,
    author: Id<Account>,
    ids: &[Id<Media>],
    of: Option<Id<Post>>,
) -> Result<Result<Vec<Arc<Stored<Media>>>, DraftError>, Fault> {
    let mut unique = ids.to_vec();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() != ids.len() {
        return Ok(Err(DraftError::Media));
    }
    if ids.len() > MAX_PICTURES {
        return Ok(Err(DraftError::MediaMix));
    }
    let mut media = Vec::with_capacity(ids.len());
    for item in app.graph.get_many(ids).await? {
        let Some(item) = item.filter(|item| item.owner == author) else {
            return Ok(Err(DraftError::Media));
        };
        let free = match item.attached {
            Attachment::None => true,
            Attachment::Post(post) => Some(post) == of,
            Attachment::Profile
            | Attachment::Card
            | Attachment::Message(_)
            | Attachment::Chat(_) => false,
        };
        match item.state {
            MediaState::Ready if free => media.push(item),
            MediaState::Processing { .. } if free => return Ok(Err(DraftError::MediaNotReady)),
            _ => return Ok(Err(DraftError::Media)),
        }
    }
    let alone = media.iter().any(|m| matches!(m.kind, MediaKind::Video | MediaKind::Audio));
    if alone && media.len() > 1 {
        return Ok(Err(DraftError::MediaMix));
    }
    Ok(Ok(media))
}

/// Who is mentioned: people of this community that exist, are visible, and do not block the author.
/// Who is named in a text and may know of its author.
pub(crate) async fn mentions_in(
    app: &App,
    author: Id<Account>,
    text: &Text,
) -> Result<Vec<Mention>, Fault> {
    let handles = text.mentions(&base_url(app)?);
    let names: Vec<_> = handles.iter().map(|handle| (HANDLES, handle.as_str())).collect();
    let ids: Vec<Id<Account>> = app.graph.keys(&names).await?.into_iter().flatten().collect();
    let ties = crate::relations::ties(app, author, &ids).await?;
    let accounts = app.graph.get_many(&ids).await?;
    Ok(accounts
        .into_iter()
        .zip(ties)
        .filter_map(|(account, ties)| account.filter(|a| a.is_visible() && !ties.blocked))
        .map(|account| Mention { account: account.id, handle: account.handle.as_str().to_owned() })
        .collect())
}

/// The public URL as a URL.
pub(crate) fn base_url(app: &App) -> Result<Url, Fault> {
    Url::parse(&app.settings.public_url)
        .map_err(|error| Fault::Defect(format!("public_url is no URL: {error}")))
}
