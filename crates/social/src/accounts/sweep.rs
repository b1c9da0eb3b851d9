//! What ends by itself and is forgotten later: sessions, codes of apps, one-time links.

use crate::{app::App, apps, fault::Fault, sessions};

/// One round of the sweep; says how many things went.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    let codes = apps::sweep(app).await?;
    let links = super::tickets::sweep(app).await?;
    let sessions = sessions::sweep(app).await?;
    Ok(codes + links + sessions)
}
