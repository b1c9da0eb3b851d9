//! Accounts: sign-up, confirmation, invitations, recovery, deletion.

pub mod model;

use std::sync::Arc;

use graph::Id;

/// Sends the mail that an event asks for.
pub async fn mail(_app: &crate::app::App, _event: &crate::events::Event) -> Result<(), crate::subscriptions::HandleError> {
    Ok(())
}

/// Takes a deleted account apart.
pub async fn purge(_app: &Arc<crate::app::App>, _id: Id<model::Account>) -> Result<(), crate::fault::Fault> {
    Ok(())
}
