//! Accounts: sign-up, confirmation, invitations, recovery, deletion.

pub mod model;
