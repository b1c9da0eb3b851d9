//! Mail: one message to one person, once per key.

use async_trait::async_trait;

/// A message. Addresses and subject hold no line breaks; an engine refuses them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Sending the same key again sends nothing, as far as the engine can know.
    pub key: String,
    /// `name@host`.
    pub to: String,
    /// The display name of the receiver, or empty.
    pub to_name: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// An address where a `POST` without anything else ends mails like this one (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Try again later.
    #[error("mail could not be sent now: {0}")]
    Temporary(String),
    /// The server knows nobody of this address, and will not.
    #[error("mail can not be sent to this address: {0}")]
    NoReceiver(String),
    /// This address or message will never do.
    #[error("mail can not be sent: {0}")]
    Permanent(String),
}

/// Sends mail. Guarantees: exactly one receiver per message, whatever its text holds; `Ok` means that it is in the
/// engine's hands.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a message.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// Whether a message can be meant for one person: a plain address of one receiver (ASCII, unquoted), and no
/// control characters where a header will stand.
pub fn check_mail(mail: &Mail) -> Result<(), MailError> {
    let refuse = |why: &str| Err(MailError::Permanent(why.to_owned()));
    if mail.key.is_empty() || mail.key.len() > 200 || mail.key.chars().any(char::is_control) {
        return refuse("its key is empty, too long or has control characters");
    }
    if mail.to_name.chars().any(char::is_control) || mail.subject.chars().any(char::is_control) {
        return refuse("its name or subject has a line break or another control character");
    }
    let link = |link: &String| {
        link.len() <= 900 && link.chars().all(|c| c.is_ascii_graphic() && !"<>,".contains(c))
    };
    if !mail.unsubscribe.as_ref().is_none_or(link) {
        return refuse("the address that ends such mails cannot stand in a header");
    }
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"@".contains(c);
    let dotted =
        |part: &str| part.split('.').all(|word| !word.is_empty() && word.chars().all(plain));
    match mail.to.split_once('@') {
        Some((user, host)) if mail.to.len() <= 254 && dotted(user) && dotted(host) => Ok(()),
        _ => refuse("its address is not of the form name@host"),
    }
}
