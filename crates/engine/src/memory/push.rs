//! The memory engine of push: keeps what it was given, and fails as a story says.

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::push::{Parcel, Push, PushError};

/// Pushes that go nowhere and can be read back.
#[derive(Default)]
pub struct MemoryPush {
    sent: Mutex<Vec<Parcel>>,
    failures: Mutex<HashMap<String, PushError>>,
}

impl MemoryPush {
    /// Nothing sent yet.
    pub fn new() -> MemoryPush {
        MemoryPush::default()
    }

    /// What was pushed, in order.
    pub fn sent(&self) -> Vec<Parcel> {
        self.sent.lock().clone()
    }

    /// Lets an endpoint fail from now on, or no more.
    pub fn fail(&self, endpoint: &str, error: Option<PushError>) {
        let mut failures = self.failures.lock();
        match error {
            Some(error) => failures.insert(endpoint.to_owned(), error),
            None => failures.remove(endpoint),
        };
    }
}

#[async_trait]
impl Push for MemoryPush {
    async fn send(&self, parcel: Parcel) -> Result<(), PushError> {
        if let Some(error) = self.failures.lock().get(&parcel.endpoint) {
            return Err(error.clone());
        }
        let mut sent = self.sent.lock();
        // What nobody reads is not kept for ever.
        if sent.len() < 10_000 {
            sent.push(parcel);
        }
        Ok(())
    }
}
