//! Invitations as staff see them: who invited, and who came.

use std::{sync::Arc, time::Duration};

use graph::{Batch, CommitError, Id, Page, Stored};

use super::error::ModerationError;
use crate::{
    accounts::model::{Account, INVITES, Invite, Invited as Came, Invites},
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    instance::model::INSTANCE,
    secret::base64url,
    staff::{Permission, Powers},
};

/// Most people of one invitation that are listed.
const MOST: usize = 100;

/// An invitation, and who came by it.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The invitation.
    pub invite: Arc<Stored<Invite>>,
    /// Who came, the newest first.
    pub came: Vec<Id<Account>>,
}

fn may(by: &Powers) -> Result<(), ModerationError> {
    if by.may(Permission::ManageInvites) { Ok(()) } else { Err(ModerationError::NotAllowed) }
}

/// A page of invitations, the newest first.
pub async fn invites(app: &App, by: &Powers, page: Page) -> Result<Vec<Invited>, ModerationError> {
    may(by)?;
    let links = app.graph.list::<Invites>(INSTANCE, page).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let found: Vec<_> = app.graph.get_many(&ids).await?.into_iter().flatten().collect();
    let ids: Vec<_> = found.iter().map(|invite| invite.id).collect();
    let came = app.graph.lists::<Came>(&ids, Page::newest(MOST)).await?;
    let rows = found.into_iter().zip(came);
    Ok(rows
        .map(|(invite, came)| Invited { invite, came: came.iter().map(|link| link.to).collect() })
        .collect())
}

/// Makes an invitation for so many people.
pub async fn create_invite(
    app: &App,
    by: &Powers,
    uses: u32,
    life: Option<Duration>,
) -> Result<Arc<Stored<Invite>>, ModerationError> {
    may(by)?;
    let code = base64url(&app.secret::<16>());
    let expires_ms = life.map(|life| app.now_ms() + life.as_millis() as u64);
    let uses = uses.clamp(1, 10_000);
    let id: Id<Invite> = app.id();
    let invite = Invite { code: code.clone(), by: by.account, uses, used: 0, expires_ms };
    let mut batch = Batch::new();
    batch.create(id, &invite);
    batch.claim(INVITES, &code, id);
    batch.link::<Invites>(INSTANCE, id, id.raw());
    let on = Subject { kind: SubjectKind::Invite, id: id.raw() };
    let after = format!("for {uses}");
    let before = String::new();
    let note = Note { by: by.account, act: Act::Invite, on, reason: "", before, after };
    audit::record(app, &mut batch, note).await?;
    app.graph.commit(batch).await?;
    app.graph.get(id).await?.ok_or(ModerationError::NotFound)
}

/// Ends an invitation: nobody comes by it any more.
pub async fn end_invite(
    app: &App,
    by: &Powers,
    id: Id<Invite>,
    reason: &str,
) -> Result<(), ModerationError> {
    may(by)?;
    for _ in 0..5 {
        let invite = app.graph.get(id).await?.ok_or(ModerationError::NotFound)?;
        if invite.used >= invite.uses {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.replace(&invite, &Invite { uses: invite.used, ..invite.body.clone() });
        let on = Subject { kind: SubjectKind::Invite, id: id.raw() };
        let (before, after) = (format!("for {}", invite.uses), format!("for {}", invite.used));
        let note = Note { by: by.account, act: Act::EndInvite, on, reason, before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Err(CommitError::Conflict { .. }) => {}
            answer => return Ok(answer.map(drop)?),
        }
    }
    Err(ModerationError::Fault(Fault::Busy))
}
