//! Mail over SMTP: `smtp://user:password@host:port` and `smtps://…`.
//!
//! Names and addresses are typed values of the mail library, never text put into headers. A message's id comes from
//! its key, so that a second sending after a crash can be told as the same message.

mod health;
mod message;
mod once;
mod server;

use std::time::Duration;

use async_trait::async_trait;
use engine::mail::{Mail, MailError, Mailer, check_mail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox, transport::smtp::Error,
};
use tokio::time::timeout;

pub use health::{Health, HealthError};
use once::Once;

/// How long a message may take, with the connection it needs.
const LONGEST: Duration = Duration::from_secs(60);

/// Why a mail server's URL is of no use. Never holds the URL: it has a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one of a mail server.
    #[error("not the URL of a mail server (smtp://user:password@host:port): {0}")]
    Url(&'static str),
    /// The sender is not an address.
    #[error("not a sender of mail (Name <name@host>): {0}")]
    From(String),
    /// Encryption cannot be set up.
    #[error("could not set up encryption for mail: {0}")]
    Tls(String),
}

/// Mail through one server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    once: Once,
    /// Host and port.
    place: (String, u16),
    /// Encrypted from the first byte.
    wrapped: bool,
    /// Never encrypted.
    plain: bool,
}

impl SmtpMailer {
    /// Prepares a mailer; it connects when there is mail.
    ///
    /// `smtp://` uses STARTTLS if the server offers it; with a password in the URL, or `?tls=required`, it must; with
    /// `?tls=none` it is not used. `smtps://` is encrypted from the first byte. `from` is `name@host` or
    /// `Name <name@host>`.
    pub fn open(url: &str, from: &str) -> Result<Self, OpenError> {
        let from: Mailbox = from.parse().map_err(|_| OpenError::From(from.to_owned()))?;
        let server::Server { transport, place, wrapped, plain } =
            server::open(url, from.email.domain())?;
        Ok(Self { transport, from, once: Once::default(), place, wrapped, plain })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        check_mail(&mail)?;
        let message = message::message(&self.from, &mail)?;
        let slot = self.once.slot(&mail.key);
        let mut sent = slot.lock().await;
        if !*sent {
            match timeout(LONGEST, self.transport.send(message)).await {
                Ok(answer) => answer.map_err(failed)?,
                Err(_) => return Err(MailError::Temporary("the server took too long".to_owned())),
            };
            *sent = true;
        }
        Ok(())
    }
}

fn failed(error: Error) -> MailError {
    // A refused password says nothing about the message: it will do when the operator has put it right.
    let about_us = error.status().is_some_and(|code| [530, 534, 535, 538].contains(&code.into()));
    if error.status().is_some_and(|code| no_receiver(code.into(), &error.to_string())) {
        MailError::NoReceiver(error.to_string())
    } else if error.is_permanent() && !about_us {
        MailError::Permanent(error.to_string())
    } else {
        MailError::Temporary(error.to_string())
    }
}

/// Whether an answer says that there is nobody of this address, and not that the message or its sender is unwanted. Which
/// command was answered is not known here, so it must say so itself: by an enhanced code (RFC 3463), or else in words.
fn no_receiver(code: u16, answer: &str) -> bool {
    let words = answer.split(|c: char| c != '.' && !c.is_ascii_digit());
    let enhanced =
        words.filter(|word| word.starts_with("5.")).find(|word| word.matches('.').count() == 2);
    let answer = answer.to_lowercase();
    [550, 551, 553, 556].contains(&code)
        && match enhanced {
            Some(word) => ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(&word),
            None => ["no such", "unknown", "not exist", "not found", "mailbox unavailable"]
                .iter()
                .any(|words| answer.contains(words)),
        }
}

#[cfg(test)]
mod sink;
#[cfg(test)]
mod tests;
