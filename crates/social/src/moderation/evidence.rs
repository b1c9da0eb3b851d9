//! Pictures of reported posts and messages: whoever decides a case may look at them, whomever the post was for, by a link that names who
//! looks and ends soon. The first look of each is in the audit log.

use std::{sync::Arc, time::Duration};

use graph::{Batch, CommitError, Id, Page, Stored};

use super::model::{Case, CaseReports, SawPictures};
use crate::{
    accounts::{may_act, model::Account},
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    media::{
        Link, Variant, link,
        model::{Media, MediaState},
    },
    secret::{base64url, from_base64url, mac, same},
    staff::{Permission, Powers, powers_of},
};

/// How long a link holds.
pub const EVIDENCE_LIFE: Duration = Duration::from_secs(10 * 60);

/// What a link says: of which case, for whom, until when, and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The case.
    pub case: Id<Case>,
    /// Who looks.
    pub viewer: Id<Account>,
    /// Until when, Unix milliseconds.
    pub until_ms: u64,
    /// MAC of all of it.
    pub seal: String,
}

/// The path of a picture of a case for somebody of staff; none while it is not ready.
pub fn evidence_link(
    app: &App,
    case: Id<Case>,
    media: &Stored<Media>,
    variant: Variant,
    viewer: Id<Account>,
) -> Option<String> {
    let path = link(app, media, variant, Link::Open)?;
    // To the minute, so that a page that is read again finds the pictures in the browser's cache.
    let until_ms = (app.now_ms() / 60_000 + 1) * 60_000 + EVIDENCE_LIFE.as_millis() as u64;
    let seal = seal(app, media.id, case, viewer, until_ms);
    Some(format!("{path}?c={case}&v={viewer}&u={until_ms}&m={seal}"))
}

fn seal(app: &App, media: Id<Media>, case: Id<Case>, viewer: Id<Account>, until_ms: u64) -> String {
    let numbers = [media.raw(), case.raw(), viewer.raw(), until_ms].map(u64::to_be_bytes);
    let parts: Vec<&[u8]> = numbers.iter().map(|number| &number[..]).collect();
    base64url(&mac(&app.secrets.mac, "evidence link", &parts)[..16])
}

/// The picture behind a link, if whoever it names may look now: still of staff, still allowed, and the case still there with it.
pub async fn open_evidence(
    app: &App,
    id: Id<Media>,
    secret: &str,
    look: &Look,
) -> Result<Option<Arc<Stored<Media>>>, Fault> {
    let made = from_base64url(&seal(app, id, look.case, look.viewer, look.until_ms));
    let given = from_base64url(&look.seal);
    let good = made.zip(given).is_some_and(|(made, given)| same(&made, &given));
    if !good || look.until_ms <= app.now_ms() {
        return Ok(None);
    }
    let Some(media) = app.graph.get(id).await? else { return Ok(None) };
    if !same(media.secret.as_bytes(), secret.as_bytes()) || media.state != MediaState::Ready {
        return Ok(None);
    }
    if may_act(app, look.viewer, false).await.is_err()
        || !powers_of(app, look.viewer).await?.may(Permission::ManageReports)
    {
        return Ok(None);
    }
    let links = app.graph.list::<CaseReports>(look.case, Page::newest(200)).await?;
    let ids: Vec<_> = links.iter().map(|link| link.to).collect();
    let reports = app.graph.get_many(&ids).await?;
    let is_evidence = reports.iter().flatten().any(|report| {
        let of_posts = report.evidence.iter().flat_map(|one| &one.media);
        let of_messages = report.messages.iter().flat_map(|one| &one.media);
        of_posts.chain(of_messages).any(|picture| picture.media == id)
    });
    Ok(is_evidence.then_some(media))
}

/// Notes in the audit log that somebody looks at the pictures of a case, the first time.
pub async fn note_look(app: &App, by: &Powers, case: Id<Case>) -> Result<(), Fault> {
    let Some(viewer) = by.account else { return Ok(()) };
    for _ in 0..5 {
        if app.graph.edge::<SawPictures>(case, viewer).await?.is_some() {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.link::<SawPictures>(case, viewer, app.ord());
        let on = Subject { kind: SubjectKind::Case, id: case.raw() };
        let (before, after) = (String::new(), String::new());
        let note = Note { by: by.account, act: Act::ViewEvidence, on, reason: "", before, after };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::Busy)
}
