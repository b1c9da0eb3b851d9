//! Markers: how far a person has read, the same on all their devices.

use graph::{Batch, CommitError, Id};

use crate::{
    accounts::model::{Account, Login, Marker},
    app::App,
    fault::Fault,
    live::{self, Told},
    posts::login_of,
};

/// Why a marker was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkerError {
    /// There are markers of `home` and `notifications`.
    #[error("no such timeline")]
    UnknownTimeline,
    /// See [`Fault`].
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// All markers of a person.
pub async fn markers(app: &App, of: Id<Account>) -> Result<Vec<Marker>, MarkerError> {
    Ok(login_of(app, of).await?.markers.clone())
}

/// Sets how far a timeline was read. The last one to say wins, as it does for clients.
pub async fn set_marker(
    app: &App,
    of: Id<Account>,
    timeline: &str,
    last_read: u64,
) -> Result<Marker, MarkerError> {
    if !matches!(timeline, "home" | "notifications") {
        return Err(MarkerError::UnknownTimeline);
    }
    for _ in 0..5 {
        let login = login_of(app, of).await?;
        let mut body: Login = login.body.clone();
        let version = 1 + body
            .markers
            .iter()
            .find(|marker| marker.timeline == timeline)
            .map_or(0, |marker| marker.version);
        body.markers.retain(|marker| marker.timeline != timeline);
        let marker =
            Marker { timeline: timeline.to_owned(), last_read, version, updated_ms: app.now_ms() };
        body.markers.push(marker.clone());
        let mut batch = Batch::new();
        batch.replace(&login, &body);
        match app.graph.commit(batch).await {
            Ok(_) => {
                live::tell(app, &[of.raw()], Told::Markers).await;
                return Ok(marker);
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(MarkerError::Fault(error.into())),
        }
    }
    Err(MarkerError::Fault(Fault::Busy))
}
