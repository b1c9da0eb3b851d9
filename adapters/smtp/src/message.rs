//! A message as it goes over the line.

use std::error::Error;

use engine::mail::{Mail, MailError};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};
use sha2::{Digest, Sha256};

pub(crate) fn message(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let refused = |error: &dyn Error| MailError::Permanent(error.to_string());
    let address: Address = mail.to.parse().map_err(|error| refused(&error))?;
    let name = (!mail.to_name.is_empty()).then(|| mail.to_name.clone());
    let part = |kind, text: &str| {
        // Lines of any length and every script pass every server so.
        SinglePart::builder()
            .header(kind)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(text.to_owned())
    };
    let both = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let mut head = Message::builder();
    if let Some(link) = &mail.unsubscribe {
        head = head.header(Unsubscribe(link.clone())).header(UnsubscribePost);
    }
    head.from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(mail.subject.as_str())
        .message_id(Some(message_id(&mail.key, from.email.domain())))
        .header(AutoSubmitted)
        .multipart(both)
        .map_err(|error| refused(&error))
}

/// The same for the same key, and says nothing about it.
pub(crate) fn message_id(key: &str, host: &str) -> String {
    let hash = Sha256::digest(key);
    let hash: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("<{hash}@{host}>")
}

/// Where one gets no more of these (RFC 2369).
#[derive(Clone)]
struct Unsubscribe(String);

impl Header for Unsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(link: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(link.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        let link = format!("<{}>", self.0);
        // Whole on one line: one that is folded is a link no more.
        HeaderValue::dangerous_new_pre_encoded(Self::name(), link.clone(), link)
    }
}

/// That a mail program may do it with one click (RFC 8058).
#[derive(Clone)]
struct UnsubscribePost;

impl Header for UnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

/// Tells answering machines not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
