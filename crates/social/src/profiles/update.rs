//! Changing one's profile: all of the changes, or none and every reason at once.

use std::{collections::HashSet, path::Path, sync::Arc};

use graph::{Batch, CommitError, Id, Stored};

use super::interests::{self, MAX_INTERESTS};
use crate::{
    accounts::model::{Account, Login, ProfileField, WhoMayMessage},
    app::App,
    events::Event,
    fault::Fault,
    live,
    media::{self, MediaError, model::Media, pipeline::Purpose},
    posts::{is_language, login_of, model::Audience},
    text::{Text, is_blank, plain_block, plain_line},
};

/// Most characters of a display name.
pub const MAX_NAME: usize = 50;
/// Most characters of a biography.
pub const MAX_BIO: usize = 500;
/// Most fields of a profile.
pub const MAX_FIELDS: usize = 4;
/// Most characters of a field's name, and of its value.
pub const MAX_FIELD: usize = 255;

/// What becomes of a picture.
#[derive(Clone, Copy, Debug)]
pub enum Picture<'a> {
    /// This file, which stays the caller's.
    New(&'a Path),
    /// None any more.
    Remove,
}

/// What a person changes; `None` leaves it.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "the fields are those of `Account` and `Login`, which say what they are"
)]
pub struct Changes<'a> {
    pub display_name: Option<String>,
    pub bio: Option<String>,
    pub fields: Option<Vec<(String, String)>>,
    pub interests: Option<Vec<String>>,
    pub avatar: Option<Picture<'a>>,
    pub header: Option<Picture<'a>>,
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    pub hide_collections: Option<bool>,
    pub default_audience: Option<Audience>,
    pub default_sensitive: Option<bool>,
    pub default_language: Option<String>,
    pub who_may_message: Option<WhoMayMessage>,
    pub who_sees_presence: Option<WhoMayMessage>,
    pub no_receipts: Option<bool>,
    pub no_typing: Option<bool>,
    pub locale: Option<String>,
}

/// Why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Fields that are not right, each with a sentence.
    #[error("Validation failed: {}", .0.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>().join(", "))]
    Fields(Vec<(&'static str, String)>),
    /// A picture is not usable.
    #[error("{0}")]
    Picture(MediaError),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for ProfileError
where
    Fault: From<E>,
{
    fn from(error: E) -> ProfileError {
        ProfileError::Fault(error.into())
    }
}

/// Changes a profile and what its owner prefers.
pub async fn update(
    app: &App,
    id: Id<Account>,
    changes: Changes<'_>,
) -> Result<Arc<Stored<Account>>, ProfileError> {
    let checked = check(&changes)?;
    let avatar = picture(app, id, changes.avatar, Purpose::Avatar).await?;
    let header = picture(app, id, changes.header, Purpose::Header).await?;
    for _ in 0..5 {
        let node = app.graph.get(id).await?.ok_or(Fault::Busy)?;
        let login = login_of(app, id).await?;
        let mut account = node.body.clone();
        checked.apply(&changes, &mut account);
        if let Some(avatar) = avatar {
            account.avatar = avatar;
        }
        if let Some(header) = header {
            account.header = header;
        }
        let mut private = login.body.clone();
        prefer(&changes, &mut private);
        let mut batch = Batch::new();
        batch.replace(&node, &account);
        batch.replace(&login, &private);
        if account.interests != node.interests {
            interests::relist(app, &mut batch, &node, &account.interests).await?;
        }
        batch.emit(app.id(), &Event::AccountChanged { account: id });
        if account.indexable != node.indexable {
            batch.emit(app.id(), &Event::FindabilityChanged { account: id });
        }
        match app.graph.commit(batch).await {
            Ok(_) => {
                let replaced = [(avatar, node.avatar), (header, node.header)];
                for old in replaced.into_iter().filter_map(|(new, old)| new.and(old)) {
                    media::release(app, old).await?;
                }
                if private.who_sees_presence != login.who_sees_presence {
                    live::shown_anew(app, id).await;
                }
                return app.graph.get(id).await?.ok_or(ProfileError::Fault(Fault::Busy));
            }
            Err(CommitError::Conflict { .. } | CommitError::KeyTaken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ProfileError::Fault(Fault::Busy))
}

/// The changes that needed checking, in the form that is stored.
struct Checked {
    display_name: Option<String>,
    bio: Option<String>,
    fields: Option<Vec<ProfileField>>,
    interests: Option<Vec<String>>,
}

fn check(changes: &Changes<'_>) -> Result<Checked, ProfileError> {
    let mut wrong: Vec<(&'static str, String)> = Vec::new();
    let mut line = |field, text: &str, max, what: &str| match plain_line(text, max) {
        Ok(text) => Some(if is_blank(&text) { String::new() } else { text }),
        Err(_) => {
            wrong.push((field, format!("{what} is too long (maximum is {max} characters)")));
            None
        }
    };
    let display_name = changes
        .display_name
        .as_deref()
        .and_then(|name| line("display_name", name, MAX_NAME, "Display name"));
    let fields = changes.fields.as_ref().map(|fields| {
        let pairs = fields.iter().filter(|(name, value)| !is_blank(name) || !is_blank(value));
        pairs
            .filter_map(|(name, value)| {
                Some(ProfileField {
                    name: line("fields_attributes", name, MAX_FIELD, "Profile metadata name")?,
                    value: line("fields_attributes", value, MAX_FIELD, "Profile metadata value")?,
                })
            })
            .collect::<Vec<_>>()
    });
    let interests = changes.interests.as_ref().map(|interests| {
        let mut known = HashSet::new();
        interests
            .iter()
            .filter_map(|name| line("interests", name, interests::MAX_NAME, "Interest"))
            .filter(|name| !name.is_empty() && known.insert(interests::key(name)))
            .collect::<Vec<_>>()
    });
    let bio = changes.bio.as_deref().and_then(|bio| match check_bio(bio) {
        Some(bio) => Some(bio),
        None => {
            let why = format!("Note is too long (maximum is {MAX_BIO} characters)");
            wrong.push(("note", why));
            None
        }
    });
    if fields.as_ref().is_some_and(|fields| fields.len() > MAX_FIELDS) {
        wrong.push(("fields_attributes", format!("At most {MAX_FIELDS} fields are allowed")));
    }
    if interests.as_ref().is_some_and(|all| all.len() > MAX_INTERESTS) {
        wrong.push(("interests", format!("At most {MAX_INTERESTS} interests are allowed")));
    }
    let languages = [&changes.default_language, &changes.locale];
    if languages.into_iter().flatten().any(|tag| !tag.is_empty() && !is_language(tag)) {
        wrong.push(("language", "Language is not a valid language tag".to_owned()));
    }
    if wrong.is_empty() {
        Ok(Checked { display_name, bio, fields, interests })
    } else {
        Err(ProfileError::Fields(wrong))
    }
}

fn check_bio(bio: &str) -> Option<String> {
    let bio = plain_block(bio, MAX_BIO * 8).ok()?;
    let text = Text::parse(&bio).ok()?.within(MAX_BIO).ok()?;
    Some(text.source().to_owned())
}

impl Checked {
    fn apply(&self, changes: &Changes<'_>, account: &mut Account) {
        set(&mut account.display_name, &self.display_name);
        set(&mut account.bio, &self.bio);
        set(&mut account.fields, &self.fields);
        set(&mut account.interests, &self.interests);
        set(&mut account.locked, &changes.locked);
        set(&mut account.bot, &changes.bot);
        set(&mut account.discoverable, &changes.discoverable);
        set(&mut account.indexable, &changes.indexable);
        set(&mut account.hide_collections, &changes.hide_collections);
    }
}

fn prefer(changes: &Changes<'_>, login: &mut Login) {
    set(&mut login.default_audience, &changes.default_audience);
    set(&mut login.default_sensitive, &changes.default_sensitive);
    set(&mut login.who_may_message, &changes.who_may_message);
    set(&mut login.who_sees_presence, &changes.who_sees_presence);
    set(&mut login.no_receipts, &changes.no_receipts);
    set(&mut login.no_typing, &changes.no_typing);
    set(&mut login.locale, &changes.locale);
    if let Some(language) = &changes.default_language {
        login.default_language = (!language.is_empty()).then(|| language.clone());
    }
}

fn set<T: Clone>(place: &mut T, change: &Option<T>) {
    if let Some(value) = change {
        place.clone_from(value);
    }
}

/// What the account's picture becomes, if it changes: outer `None` leaves it.
async fn picture(
    app: &App,
    owner: Id<Account>,
    change: Option<Picture<'_>>,
    purpose: Purpose,
) -> Result<Option<Option<Id<Media>>>, ProfileError> {
    match change {
        None => Ok(None),
        Some(Picture::Remove) => Ok(Some(None)),
        Some(Picture::New(path)) => {
            let media = media::upload(app, owner, path, purpose, "", None)
                .await
                .map_err(ProfileError::Picture)?;
            Ok(Some(Some(media.id)))
        }
    }
}
