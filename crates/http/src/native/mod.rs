//! Our own API, beside Mastodon's: what its clients do not know, or do in another way.

mod account;
mod admin;
mod appeals;
mod chats;
mod community;
mod errors;
mod insights;
mod notifications;
mod presence;
mod sign_in;

pub use sign_in::device;

use crate::routes::{Face, Operation};

/// All operations under `/api/sociosphere/v1`. `faces` are those of everything else, for the document.
pub fn operations(mut faces: Vec<Face>, public_url: &str) -> Vec<Operation> {
    let mut all = sign_in::operations();
    all.extend(account::operations());
    all.extend(errors::operations());
    all.extend(insights::operations());
    all.extend(appeals::operations());
    all.extend(notifications::operations());
    all.extend(chats::operations());
    all.extend(presence::operations());
    all.extend(admin::operations());
    faces.extend(all.iter().map(|operation| operation.face));
    all.extend(community::operations(faces, public_url));
    all
}
