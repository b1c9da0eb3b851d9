//! Commands on accounts.

use std::{fmt::Write, sync::Arc};

use clap::{Subcommand, ValueEnum};
use graph::{Page, Stored};
use serde::{Deserialize, Serialize};
use social::{
    accounts::{
        self, SignUp, SignUpError,
        model::{Account, Role},
    },
    app::App,
    moderation::{self, ModerationError, Ruling, Target, model::Measure},
    staff::{self, Choice, Powers},
};

use super::Outcome;

/// What is done with accounts.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum AccountCommand {
    /// Makes an account.
    Create {
        /// Its handle.
        #[arg(long)]
        handle: String,
        /// Its address.
        #[arg(long)]
        email: String,
        /// Its password.
        #[arg(long)]
        password: String,
        /// What it may do.
        #[arg(long, value_enum, default_value_t = RoleName::Member)]
        role: RoleName,
        /// Its address is confirmed.
        #[arg(long)]
        confirmed: bool,
        /// Follows are requests.
        #[arg(long)]
        locked: bool,
    },
    /// Lists accounts, those that wait first, then newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Gives an account a role.
    Role {
        /// Whose.
        handle: String,
        /// Which.
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Sets a password; ends every session and token.
    Password {
        /// Whose.
        handle: String,
        /// The new one.
        password: String,
    },
    /// Takes the address as confirmed, and lets the account in if it waits.
    Confirm {
        /// Whose.
        handle: String,
    },
    /// Lets an applicant in.
    Approve {
        /// Whom.
        handle: String,
    },
    /// Turns an applicant down: the account is deleted, and they get a mail.
    Reject {
        /// Whom.
        handle: String,
        /// What they are told.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Suspends an account.
    Suspend {
        /// Whose.
        handle: String,
    },
    /// Ends a suspension.
    Unsuspend {
        /// Whose.
        handle: String,
    },
}

/// A role on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum RoleName {
    /// Owns the community.
    Owner,
    /// Runs it.
    Admin,
    /// Keeps it kind.
    Moderator,
    /// Takes part.
    Member,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Owner => Role::Owner,
            RoleName::Admin => Role::Admin,
            RoleName::Moderator => Role::Moderator,
            RoleName::Member => Role::Member,
        }
    }
}

pub(super) async fn execute(app: &App, command: AccountCommand) -> Outcome {
    let operator = Powers::operator();
    match command {
        AccountCommand::Create { handle, email, password, role, confirmed, locked } => {
            let who = SignUp {
                handle,
                email,
                password,
                by_operator: Some((role.into(), confirmed || !app.settings.confirm_email)),
                locked,
                ..SignUp::default()
            };
            create(app, who).await
        }
        AccountCommand::List { limit } => list(app, limit).await,
        AccountCommand::Role { handle, role } => match find(app, &handle).await {
            Ok(account) => {
                let choice = Choice::Fixed(role.into());
                told(staff::give_role(app, &operator, account.id, choice, "").await)
            }
            Err(outcome) => outcome,
        },
        AccountCommand::Password { handle, password } => match find(app, &handle).await {
            Ok(account) => told(accounts::set_password(app, account.id, &password).await),
            Err(outcome) => outcome,
        },
        AccountCommand::Confirm { handle } => match find(app, &handle).await {
            Ok(account) => {
                let confirmed = accounts::confirm_by_staff(app, account.id).await;
                match moderation::approve(app, &operator, account.id).await {
                    Ok(()) | Err(ModerationError::Standing) => told(confirmed),
                    Err(error) => Outcome::failed(error),
                }
            }
            Err(outcome) => outcome,
        },
        AccountCommand::Approve { handle } => match find(app, &handle).await {
            Ok(account) => waiting(&handle, moderation::approve(app, &operator, account.id).await),
            Err(outcome) => outcome,
        },
        AccountCommand::Reject { handle, reason } => match find(app, &handle).await {
            Ok(account) => {
                waiting(&handle, moderation::reject(app, &operator, account.id, &reason).await)
            }
            Err(outcome) => outcome,
        },
        AccountCommand::Suspend { handle } => match find(app, &handle).await {
            Ok(account) => {
                let target = Target::Account(account.id);
                let ruling = Ruling { measures: vec![Measure::Suspend], ..Ruling::default() };
                let decided = moderation::decide(app, &operator, target, ruling).await;
                told(decided.map(drop))
            }
            Err(outcome) => outcome,
        },
        AccountCommand::Unsuspend { handle } => match find(app, &handle).await {
            Ok(account) => {
                let measure = Measure::Suspend;
                told(moderation::lift(app, &operator, account.id, measure, "").await)
            }
            Err(outcome) => outcome,
        },
    }
}

/// The account with a handle.
pub(super) async fn find(app: &App, handle: &str) -> Result<Arc<Stored<Account>>, Outcome> {
    match accounts::by_handle(app, handle).await {
        Ok(Some(account)) => Ok(account),
        Ok(None) => Err(Outcome::failed(format!("{handle}: no such account"))),
        Err(error) => Err(Outcome::failed(error)),
    }
}

async fn create(app: &App, who: SignUp) -> Outcome {
    let handle = who.handle.clone();
    match accounts::sign_up(app, who).await {
        Ok(_) => Outcome::said(format!("made @{handle}")),
        Err(SignUpError::Fields(fields)) => {
            let lines: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.field, field.text)).collect();
            Outcome::failed(lines.join(", "))
        }
        Err(error) => Outcome::failed(error),
    }
}

async fn list(app: &App, limit: usize) -> Outcome {
    match accounts::list(app, Page::newest(limit.min(5_000))).await {
        Ok(all) => {
            let mut out = String::new();
            for one in all {
                let login = one.login.as_ref();
                let _ = writeln!(
                    out,
                    "{}\t@{}\t{:?}\t{}\t{}",
                    one.account.id,
                    one.account.handle,
                    one.account.standing,
                    login.map_or_else(String::new, |login| format!("{:?}", login.role)),
                    login.map_or("", |login| login.email.as_str()),
                );
            }
            Outcome::said(out)
        }
        Err(error) => Outcome::failed(error),
    }
}

/// What was decided about an applicant, if they are one.
fn waiting(handle: &str, decided: Result<(), ModerationError>) -> Outcome {
    match decided {
        Err(ModerationError::Standing) => Outcome::failed(format!("{handle} does not wait")),
        decided => told(decided),
    }
}

fn told<E: std::fmt::Display>(result: Result<(), E>) -> Outcome {
    match result {
        Ok(()) => Outcome::said("done"),
        Err(error) => Outcome::failed(error),
    }
}
