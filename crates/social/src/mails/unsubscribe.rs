//! The link by which one gets no more of a kind of mail: it works without signing in (RFC 8058), for the person whose mail
//! it stood in and for nothing else. It holds for ever: mails are old when people have had enough.

use graph::Id;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::Account,
    app::App,
    audit::model::words,
    fault::Fault,
    insight,
    notifications::{Digest, change_wishes, model::NotificationKind},
    secret::{base64url, from_base64url, mac, same},
};

words! {
    /// Kinds of mails that one can end.
    Topic { Notifications "notifications", Digest "digest", Insight "insight" }
}

/// Why a link ends nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is not one of ours.
    #[error("this link is not valid")]
    Invalid,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The link of a mail.
pub(crate) fn link_of(app: &App, account: Id<Account>, topic: Topic) -> String {
    let id = account.raw().to_be_bytes();
    let seal = mac(&app.secrets.mac, "unsubscribe", &[&id, topic.as_str().as_bytes()]);
    let token = base64url(&[&id[..], &seal[..24]].concat());
    format!("{}/auth/unsubscribe/{}/{token}", app.settings.public_url, topic.as_str())
}

/// What a link is for.
pub fn open_link(app: &App, topic: &str, token: &str) -> Result<(Id<Account>, Topic), LinkError> {
    let topic = Topic::parse(topic).ok_or(LinkError::Invalid)?;
    let bytes = from_base64url(token).filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or(LinkError::Invalid)?;
    let (id, seal) = bytes.split_at(8);
    let wanted = mac(&app.secrets.mac, "unsubscribe", &[id, topic.as_str().as_bytes()]);
    if !same(&wanted[..24], seal) {
        return Err(LinkError::Invalid);
    }
    let id = u64::from_be_bytes(id.try_into().map_err(|_| LinkError::Invalid)?);
    Ok((Id::new(id).ok_or(LinkError::Invalid)?, topic))
}

/// Ends a kind of mail; ended already, or of somebody who is gone, is no error.
pub async fn unsubscribe(app: &App, account: Id<Account>, topic: Topic) -> Result<(), LinkError> {
    if app.graph.get(account).await.map_err(Fault::from)?.is_none() {
        return Ok(());
    }
    match topic {
        Topic::Insight => insight::want_summary(app, account, false).await?,
        Topic::Digest => {
            change_wishes(app, account, |wishes| wishes.digest = Digest::Off).await?;
        }
        Topic::Notifications => {
            change_wishes(app, account, |wishes| {
                for kind in NotificationKind::ALL {
                    let mut channels = wishes.channels(*kind);
                    channels.email = false;
                    wishes.channels.insert(*kind, channels);
                }
            })
            .await?;
        }
    }
    Ok(())
}
