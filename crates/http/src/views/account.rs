//! Accounts as everyone sees them.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use graph::{Edge, Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    accounts::model as accounts,
    fault::Fault,
    media::{Link, Variant, link, model::Media},
    posts::model::OpenPosts,
    relations::model::{Followers, Follows},
    text::{Text, render_field},
};

use super::fragments::{Writer, open};
use crate::{Shared, Site, format};

/// Somebody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Account {
    /// What changes only with the account.
    #[serde(flatten)]
    pub head: AccountHead,
    /// How many open posts and shares.
    pub statuses_count: u64,
    /// How many follow.
    pub followers_count: u64,
    /// How many are followed.
    pub following_count: u64,
}

/// What of an account changes only with the account itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct AccountHead {
    /// Id.
    pub id: String,
    /// Handle.
    pub username: String,
    /// Handle again: everyone is of this community.
    pub acct: String,
    /// Shown name; empty when unset.
    pub display_name: String,
    /// Follows are requests.
    pub locked: bool,
    /// Automated.
    pub bot: bool,
    /// Never here.
    pub group: bool,
    /// May be suggested.
    pub discoverable: Option<bool>,
    /// Public posts may be found.
    pub indexable: bool,
    /// Follower lists are hidden.
    pub hide_collections: Option<bool>,
    /// When it came to be.
    pub created_at: String,
    /// Biography, HTML.
    pub note: String,
    /// Profile page.
    pub url: String,
    /// Identifier.
    pub uri: String,
    /// Portrait.
    pub avatar: String,
    /// The same.
    pub avatar_static: String,
    /// Wide picture.
    pub header: String,
    /// The same.
    pub header_static: String,
    /// Never any.
    pub emojis: Vec<CustomEmoji>,
    /// Pairs of the profile.
    pub fields: Vec<Field>,
    /// Roles that are shown.
    pub roles: Vec<Role>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// Day of the last open post.
    pub last_status_at: Option<String>,
    /// Staff let only followers see its posts; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited: Option<bool>,
    /// What other servers do not know.
    pub sociosphere: AccountExtra,
}

/// What other servers do not know of an account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccountExtra {
    /// Topics.
    pub interests: Vec<String>,
}

/// A picture in texts; there are none here yet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CustomEmoji {
    /// Name between colons.
    pub shortcode: String,
    /// Picture.
    pub url: String,
    /// Picture that does not move.
    pub static_url: String,
    /// Whether pickers offer it.
    pub visible_in_picker: bool,
}

/// A pair of a profile.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Field {
    /// Name, plain.
    pub name: String,
    /// Value, HTML.
    pub value: String,
    /// Never, so far.
    pub verified_at: Option<String>,
}

/// A role that is shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Role {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Colour.
    pub color: String,
}

/// Accounts as they are written: kept fragments and fresh counts, sorted by id.
pub struct People(Vec<(Id<accounts::Account>, Bytes, [u64; 3])>);

impl People {
    /// Reads what these accounts are written with.
    pub async fn read(
        site: &Shared,
        accounts: impl Iterator<Item = &Arc<Stored<accounts::Account>>>,
    ) -> Result<People, Fault> {
        let mut unique: Vec<_> = accounts.cloned().collect();
        unique.sort_unstable_by_key(|account| account.id);
        unique.dedup_by_key(|account| account.id);
        let heads = heads(site, &unique).await?;
        let counts = counts(site, &unique).await?;
        let counts = counts.chunks_exact(3).map(|counts| [counts[0], counts[1], counts[2]]);
        let ids = unique.iter().map(|account| account.id);
        Ok(People(
            ids.zip(heads).zip(counts).map(|((id, head), count)| (id, head, count)).collect(),
        ))
    }

    /// Writes one of them.
    pub fn write(&self, writer: &mut Writer, id: Id<accounts::Account>) {
        writer.braced(|writer| self.write_fields(writer, id));
    }

    /// Writes one of them, without the braces.
    pub fn write_fields(&self, writer: &mut Writer, id: Id<accounts::Account>) {
        let Ok(place) = self.0.binary_search_by_key(&id, |known| known.0) else { return };
        let (_, head, [posts, followers, following]) = &self.0[place];
        writer.fields(head);
        writer.value("statuses_count", posts);
        writer.value("followers_count", followers);
        writer.value("following_count", following);
    }

    /// About how many bytes one of them takes.
    pub fn room(&self) -> usize {
        self.0.iter().map(|known| known.1.len() + 80).max().unwrap_or_default()
    }
}

/// The same as types: for what has more fields, and for comparison.
pub async fn view_of(
    site: &Shared,
    account: &Arc<Stored<accounts::Account>>,
) -> Result<Account, Fault> {
    let media = pictures(site, std::slice::from_ref(account)).await?;
    let counts = counts(site, std::slice::from_ref(account)).await?;
    Ok(Account {
        head: head(site, account, &media),
        statuses_count: counts[0],
        followers_count: counts[1],
        following_count: counts[2],
    })
}

/// The same of many, in order.
pub async fn views_of(
    site: &Shared,
    accounts: &[Arc<Stored<accounts::Account>>],
) -> Result<Vec<Account>, Fault> {
    let media = pictures(site, accounts).await?;
    let counts = counts(site, accounts).await?;
    Ok(accounts
        .iter()
        .zip(counts.chunks_exact(3))
        .map(|(account, counts)| Account {
            head: head(site, account, &media),
            statuses_count: counts[0],
            followers_count: counts[1],
            following_count: counts[2],
        })
        .collect())
}

async fn counts(
    site: &Shared,
    accounts: &[Arc<Stored<accounts::Account>>],
) -> Result<Vec<u64>, Fault> {
    let kinds = [OpenPosts::DECL.kind, Followers::DECL.kind, Follows::DECL.kind];
    let lists: Vec<_> =
        accounts.iter().flat_map(|account| kinds.map(|kind| (account.id.raw(), kind))).collect();
    Ok(site.app.graph.counts(&lists).await?)
}

async fn heads(
    site: &Shared,
    accounts: &[Arc<Stored<accounts::Account>>],
) -> Result<Vec<Bytes>, Fault> {
    let kept: Vec<_> = accounts
        .iter()
        .map(|account| site.fragments.account(account.id.raw(), account.version))
        .collect();
    let missing: Vec<_> = accounts
        .iter()
        .zip(&kept)
        .filter(|(_, kept)| kept.is_none())
        .map(|(account, _)| account.clone())
        .collect();
    let media = pictures(site, &missing).await?;
    Ok(accounts
        .iter()
        .zip(kept)
        .map(|(account, kept)| {
            kept.unwrap_or_else(|| {
                let bytes = open(&head(site, account, &media));
                site.fragments.keep_account(account.id.raw(), account.version, bytes.clone());
                bytes
            })
        })
        .collect())
}

type Pictures = HashMap<Id<Media>, Arc<Stored<Media>>>;

async fn pictures(
    site: &Shared,
    accounts: &[Arc<Stored<accounts::Account>>],
) -> Result<Pictures, Fault> {
    let ids: Vec<_> =
        accounts.iter().flat_map(|account| [account.avatar, account.header]).flatten().collect();
    let media = site.app.graph.get_many(&ids).await?;
    Ok(media.into_iter().flatten().map(|media| (media.id, media)).collect())
}

fn head(site: &Site, account: &Stored<accounts::Account>, media: &Pictures) -> AccountHead {
    let base = &site.app.settings.public_url;
    let picture = |id: Option<Id<Media>>, unset: &str| {
        let path = id
            .and_then(|id| media.get(&id))
            .and_then(|media| link(&site.app, media, Variant::Original, Link::Open));
        format!("{base}{}", path.as_deref().unwrap_or(unset))
    };
    let avatar = picture(account.avatar, "/media/default/avatar.png");
    let header = picture(account.header, "/media/default/header.png");
    let handle = account.handle.as_str();
    AccountHead {
        id: account.id.to_string(),
        username: handle.to_owned(),
        acct: handle.to_owned(),
        display_name: account.display_name.clone(),
        locked: account.locked,
        bot: account.bot,
        group: false,
        discoverable: Some(account.discoverable),
        indexable: account.indexable,
        hide_collections: Some(account.hide_collections),
        // To the day: the exact moment of a sign-up concerns nobody.
        created_at: format::time(account.id.ms() / 86_400_000 * 86_400_000),
        note: site.html(&account.bio),
        url: format!("{base}/@{handle}"),
        uri: format!("{base}/users/{handle}"),
        avatar_static: avatar.clone(),
        avatar,
        header_static: header.clone(),
        header,
        emojis: Vec::new(),
        fields: account.fields.iter().map(|pair| field(site, pair)).collect(),
        roles: Vec::new(),
        noindex: !account.indexable,
        last_status_at: account.last_post_ms.map(format::day),
        limited: account.limited.then_some(true),
        sociosphere: AccountExtra { interests: account.interests.clone() },
    }
}

fn field(site: &Site, pair: &accounts::ProfileField) -> Field {
    let value = Text::parse(&pair.value)
        .map(|text| render_field(&text, &|handle| Some(site.mention(handle.as_str())), &site.base))
        .unwrap_or_default();
    Field { name: pair.name.clone(), value, verified_at: None }
}
