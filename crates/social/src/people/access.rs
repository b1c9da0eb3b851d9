//! Where a person is signed in, and signing them out.

use graph::{Batch, CommitError, Id, Page};

use crate::{
    accounts::model::{Account, Login},
    app::App,
    apps::{
        forget_tokens,
        model::{Token, Tokens},
        revoke_token,
    },
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    events::Event,
    fault::Fault,
    moderation::{ModerationError, below},
    sessions::{self, devices, end_device, model::Session},
    staff::{Permission, Powers},
};

/// Most apps of one person that are listed.
const MOST: usize = 100;

/// A way by which somebody is in: a device, or an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Id of the session or of the token.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Whether it is an app.
    pub is_app: bool,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Unix milliseconds; not known of apps.
    pub used_ms: Option<u64>,
}

/// All ways by which a person is in now: devices first, the newest of each first.
pub async fn doors(app: &App, of: Id<Account>) -> Result<Vec<Door>, ModerationError> {
    let account = app.graph.get(of).await?.ok_or(ModerationError::NotFound)?;
    let login = app.graph.get(account.login).await?.ok_or(ModerationError::NotFound)?;
    let mut doors: Vec<_> = devices(app, of)
        .await?
        .into_iter()
        .map(|device| Door {
            id: device.id.raw(),
            name: device.name,
            is_app: false,
            created_ms: device.created_ms,
            used_ms: Some(device.last_used_ms),
        })
        .collect();
    let links = app.graph.list::<Tokens>(of, Page::newest(MOST)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    for token in app.graph.get_many(&ids).await?.into_iter().flatten() {
        // Tokens of before the last change of the password open nothing.
        if token.epoch != login.epoch {
            continue;
        }
        let client = match token.app {
            Some(client) => app.graph.get(client).await?,
            None => None,
        };
        doors.push(Door {
            id: token.id.raw(),
            name: client.map(|client| client.name.clone()).unwrap_or_default(),
            is_app: true,
            created_ms: token.created_ms,
            used_ms: None,
        });
    }
    Ok(doors)
}

/// Ends one way of somebody below one's own role; their streams close.
pub async fn end_access(
    app: &App,
    by: &Powers,
    of: Id<Account>,
    door: u64,
    reason: &str,
) -> Result<(), ModerationError> {
    below(app, by, Permission::ManagePeople, of).await?;
    let ended = match (Id::<Session>::new(door), Id::<Token>::new(door)) {
        (Some(session), Some(token)) => {
            end_device(app, of, session).await? || revoke_token(app, of, token).await?
        }
        _ => false,
    };
    if !ended {
        return Err(ModerationError::NotFound);
    }
    Ok(audit::note(app, told(by, of, reason, door.to_string())).await?)
}

/// Ends all of them; says how many there were.
pub async fn end_all_access(
    app: &App,
    by: &Powers,
    of: Id<Account>,
    reason: &str,
) -> Result<usize, ModerationError> {
    let open = doors(app, of).await?.len();
    for _ in 0..5 {
        let (_, login) = below(app, by, Permission::ManagePeople, of).await?;
        let mut batch = Batch::new();
        // With this commit nothing of before opens anything, whatever is still listed.
        batch.replace(&login, &Login { epoch: login.epoch + 1, ..login.body.clone() });
        batch.emit(app.id(), &Event::AccessEnded { account: of });
        audit::record(app, &mut batch, told(by, of, reason, format!("all={open}"))).await?;
        match app.graph.commit(batch).await {
            Ok(_) => {
                sessions::forget(app, of).await?;
                forget_tokens(app, of).await?;
                return Ok(open);
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}

fn told<'a>(by: &Powers, of: Id<Account>, reason: &'a str, after: String) -> Note<'a> {
    let on = Subject { kind: SubjectKind::Account, id: of.raw() };
    Note { by: by.account, act: Act::EndSessions, on, reason, before: String::new(), after }
}
