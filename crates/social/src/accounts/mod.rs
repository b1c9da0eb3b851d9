//! Accounts: sign-up, confirmation, invitations, recovery, standing, deletion.

pub mod model;

mod sign_up;
pub(crate) use sign_up::is_email;
pub use sign_up::{FieldCode, FieldError, SignUp, SignUpError, SignedUp, sign_up};

mod tickets;
pub use tickets::{TicketError, open_ticket, owner_link, token_of};

mod recover;
pub use recover::{
    RecoverError, change_email, change_password, confirm, request_reset, resend_confirmation,
    reset_password,
};

pub(crate) use recover::{notice, verified as check_password};

mod standing;
pub use standing::{
    Acting, Refusal, SUSPENSION, StandingError, confirm_by_staff, may_act, purge_suspended,
    set_password, set_role, suspend, unsuspend,
};
pub(crate) use standing::{Change, protect_owner, put_standing};

mod applicants;
pub use applicants::{approve, reject};
pub(crate) use applicants::{put_approval, put_rejection, take_away};

mod find;
pub use find::{Listed, address_of, by_handle, by_handles, by_login, create_invite, list};

mod delete;
pub use delete::{DeleteAccountError, delete_account, purge};

mod mails;
pub use mails::mail;
pub(crate) use mails::{Words, compose, name_at};

mod sweep;
pub use sweep::sweep;

#[cfg(test)]
mod tests;
