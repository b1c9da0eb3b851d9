//! The memory engine of mail: keeps what it was given, for tests to read.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::mail::{Mail, MailError, Mailer, check_mail};

/// Mail that goes nowhere and can be read back.
#[derive(Default)]
pub struct MemoryMailer {
    kept: Mutex<Kept>,
    failures: Mutex<HashMap<String, MailError>>,
}

#[derive(Default)]
struct Kept {
    sent: Vec<Mail>,
    keys: HashSet<String>,
}

impl MemoryMailer {
    /// Nothing sent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets mails to an address fail from now on, or no more.
    pub fn fail(&self, to: &str, error: Option<MailError>) {
        let mut failures = self.failures.lock();
        match error {
            Some(error) => failures.insert(to.to_owned(), error),
            None => failures.remove(to),
        };
    }

    /// What was sent, in order.
    pub fn sent(&self) -> Vec<Mail> {
        self.kept.lock().sent.clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        check_mail(&mail)?;
        if let Some(error) = self.failures.lock().get(&mail.to) {
            return Err(error.clone());
        }
        let mut kept = self.kept.lock();
        if kept.keys.insert(mail.key.clone()) {
            kept.sent.push(mail);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::MemoryMailer;

    async fn open() -> (Arc<MemoryMailer>, ()) {
        (Arc::new(MemoryMailer::new()), ())
    }

    crate::mail_contract!(open, |mailer: &MemoryMailer, _guard: &()| mailer.sent());
}
