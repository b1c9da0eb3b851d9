//! Forgetting what has ended: authorization codes.

use crate::{app::App, apps, fault::Fault};

/// One round of the sweep; says how many things went.
pub async fn sweep(app: &App) -> Result<usize, Fault> {
    apps::sweep(app).await
}
