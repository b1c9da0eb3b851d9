//! The memory engine of mail: keeps what it was given, for tests to read.

use std::collections::HashSet;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::mail::{Mail, MailError, Mailer, check_mail};

/// Mail that goes nowhere and can be read back.
#[derive(Default)]
pub struct MemoryMailer {
    kept: Mutex<Kept>,
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

    /// What was sent, in order.
    pub fn sent(&self) -> Vec<Mail> {
        self.kept.lock().sent.clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        check_mail(&mail)?;
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
