//! Commands that touch the instance. They travel to a running server as they are.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Subcommand;
use graph::Id;
use serde::{Deserialize, Serialize};
use social::{
    app::App,
    apps::{self, NewApp, Scopes},
    audit, insight, mails,
    moderation::{self, Ruling, Target, model::Measure},
    posts::model::Post,
    staff::Powers,
    trends,
};

use super::{Outcome, accounts as account_commands, backup, check, errors, jobs, read_only};
use crate::{config::Config, instance::Instance};

/// A command that touches the instance.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Admin {
    /// Accounts.
    Account {
        /// What.
        #[command(subcommand)]
        command: account_commands::AccountCommand,
    },
    /// Apps.
    App {
        /// What.
        #[command(subcommand)]
        command: AppCommand,
    },
    /// Tokens.
    Token {
        /// What.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Invitations.
    Invite {
        /// What.
        #[command(subcommand)]
        command: InviteCommand,
    },
    /// Posts.
    Post {
        /// What.
        #[command(subcommand)]
        command: PostCommand,
    },
    /// The audit log.
    Audit {
        /// What.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Jobs.
    Jobs {
        /// What.
        #[command(subcommand)]
        command: jobs::JobsCommand,
    },
    /// Lets a community be read and not written to, while it is moved or mended.
    ReadOnly {
        /// What.
        #[command(subcommand)]
        command: read_only::ReadOnlyCommand,
    },
    /// What went wrong, of the server and of web clients.
    Errors {
        /// What.
        #[command(subcommand)]
        command: errors::ErrorsCommand,
    },
    /// Brings trends up to date now; a job does it every five minutes.
    Trends,
    /// Sends the mails now that wait for their time: notifications that gather, digests, summaries of the week.
    Mails,
    /// Rebuilds search from the store while it serves.
    Reindex,
    /// Checks that counts, media and search agree with the store.
    Verify,
    /// Copies store, media and keys into a new folder while the server serves.
    Backup {
        /// The folder to make.
        to: PathBuf,
    },
}

/// What is done with the audit log.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum AuditCommand {
    /// Reads every entry and checks that none was changed or taken out.
    Verify,
}

/// What is done with apps.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum AppCommand {
    /// Registers an app; prints its client id and its secret.
    Create {
        /// Shown to people.
        #[arg(long)]
        name: String,
        /// Where codes may be sent.
        #[arg(long, default_value = "urn:ietf:wg:oauth:2.0:oob")]
        redirect_uri: Vec<String>,
        /// What it may ask for.
        #[arg(long, default_value = "read")]
        scopes: String,
    },
}

/// What is done with tokens.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum TokenCommand {
    /// Gives a token for a person; prints it alone.
    Create {
        /// Whose.
        #[arg(long)]
        account: String,
        /// What it may do.
        #[arg(long, default_value = "read")]
        scopes: String,
        /// The app's client id.
        #[arg(long)]
        app: Option<String>,
        /// Its text, if it is to be a certain one.
        #[arg(long)]
        token: Option<String>,
    },
}

/// What is done with invitations.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum InviteCommand {
    /// Makes an invitation; prints its link.
    Create {
        /// For how many people.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many days.
        #[arg(long)]
        days: Option<u64>,
    },
}

/// What is done with posts.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum PostCommand {
    /// Deletes a post.
    Delete {
        /// Its id.
        id: String,
    },
}

pub(super) async fn execute(instance: &Arc<Instance>, config: &Config, command: Admin) -> Outcome {
    match command {
        Admin::Account { command } => account_commands::execute(&instance.app, command).await,
        Admin::App { command } => app(instance, command).await,
        Admin::Token { command } => token(instance, command).await,
        Admin::Invite { command: InviteCommand::Create { uses, days } } => {
            let life = days.map(|days| Duration::from_secs(days.min(36_500) * 24 * 60 * 60));
            let operator = Powers::operator();
            match moderation::create_invite(&instance.app, &operator, uses, life).await {
                Ok(invite) => Outcome::said(format!(
                    "{}/sign-up?invite={}",
                    instance.app.settings.public_url, invite.code
                )),
                Err(error) => Outcome::failed(error),
            }
        }
        Admin::Errors { command } => errors::execute(&instance.app, command).await,
        Admin::Post { command: PostCommand::Delete { id } } => match id.parse::<Id<_>>() {
            Ok(id) => delete_post(&instance.app, id).await,
            Err(error) => Outcome::failed(error),
        },
        Admin::Audit { command: AuditCommand::Verify } => {
            match audit::verify(&instance.app).await {
                Ok(whole) => Outcome::said(format!(
                    "{} entries, and none was changed; the last is {}",
                    whole.entries, whole.hash
                )),
                Err(damage) => Outcome::failed(format!("the audit log: {damage}")),
            }
        }
        Admin::Jobs { command } => jobs::execute(instance, command).await,
        Admin::ReadOnly { command } => read_only::execute(instance, command).await,
        Admin::Trends => match trends::refresh(&instance.app).await {
            Ok(read) => Outcome::said(format!(
                "{} new posts read, {} posts that people reacted to",
                read.posts, read.touched
            )),
            Err(error) => Outcome::failed(error),
        },
        Admin::Mails => mails_now(instance).await,
        Admin::Reindex => match instance.reindex().await {
            Ok(documents) => Outcome::said(format!("{documents} documents indexed")),
            Err(error) => Outcome::failed(error),
        },
        Admin::Verify => check::verify(instance).await,
        Admin::Backup { to } => backup::backup(instance, config, &to).await,
    }
}

/// What happened until now is told first, so that its mails go, too; answered when all of them are on their way.
async fn mails_now(instance: &Instance) -> Outcome {
    let app = &instance.app;
    let sent = async {
        jobs::work_off(instance).await?;
        let told = mails::due(app, Duration::ZERO).await.map_err(|error| error.to_string())?;
        let digests = mails::digests(app).await.map_err(|error| error.to_string())?;
        let weeks = insight::weekly(app).await.map_err(|error| error.to_string())?;
        jobs::work_off(instance).await?;
        Ok::<_, String>(format!(
            "of notifications {told}, digests {digests}, summaries of the week {weeks}"
        ))
    };
    match sent.await {
        Ok(said) => Outcome::said(said),
        Err(error) => Outcome::failed(error),
    }
}

/// Deletes a post as staff would: its author is told.
async fn delete_post(app: &App, id: Id<Post>) -> Outcome {
    let author = match app.graph.get(id).await {
        Ok(Some(post)) => post.author,
        Ok(None) => return Outcome::failed("no such post"),
        Err(error) => return Outcome::failed(error),
    };
    let ruling = Ruling { measures: vec![Measure::Delete], posts: vec![id], ..Ruling::default() };
    let target = Target::Account(author);
    match moderation::decide(app, &Powers::operator(), target, ruling).await {
        Ok(_) => Outcome::said("deleted"),
        Err(error) => Outcome::failed(error),
    }
}

async fn app(instance: &Instance, command: AppCommand) -> Outcome {
    let AppCommand::Create { name, redirect_uri, scopes } = command;
    let new = NewApp { name, website: None, redirect_uris: redirect_uri, scopes: Some(scopes) };
    match apps::register(&instance.app, new).await {
        Ok((client, secret)) => Outcome::said(format!("{}\n{secret}", client.client_id)),
        Err(error) => Outcome::failed(error),
    }
}

async fn token(instance: &Instance, command: TokenCommand) -> Outcome {
    let TokenCommand::Create { account, scopes, app, token } = command;
    let Ok(scopes) = scopes.parse::<Scopes>() else {
        return Outcome::failed(format!("{scopes}: there is no such scope"));
    };
    if token.as_ref().is_some_and(|token| !(16..=512).contains(&token.len())) {
        return Outcome::failed("a token has 16 to 512 characters");
    }
    let app_id = match app {
        Some(client_id) => match apps::find(&instance.app, &client_id).await {
            Ok(Some(app)) => Some(app.id),
            Ok(None) => return Outcome::failed(format!("{client_id}: no such app")),
            Err(error) => return Outcome::failed(error),
        },
        None => None,
    };
    let whose = match account_commands::find(&instance.app, &account).await {
        Ok(account) => account.id,
        Err(outcome) => return outcome,
    };
    match apps::issue(&instance.app, app_id, Some(whose), &scopes, token).await {
        Ok(issued) => Outcome::said(issued.token),
        Err(error) => Outcome::failed(error),
    }
}
