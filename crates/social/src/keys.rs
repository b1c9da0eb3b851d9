//! The form of the instance's keys, and the node that holds them where many processes share a store.

use std::fmt;

use ed25519_dalek::{SigningKey as Pair, pkcs8::EncodePrivateKey};
use engine::store::NodeKind;
use graph::{Id, Node};
use serde::{Deserialize, Serialize};

use crate::{
    app::{Secrets, SigningKey},
    push::Vapid,
    secret::hex,
};

/// All keys of an instance, as they are kept: numbers in hexadecimal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRing {
    mac: String,
    signing: Vec<KeyEntry>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    kid: String,
    private: String,
    public: String,
}

impl Node for KeyRing {
    const KIND: NodeKind = NodeKind(4);
    const NAME: &'static str = "keys";
}

/// Its id: above the process numbers, below every id made of a time.
pub const KEY_RING: Id<KeyRing> = match Id::new(1001) {
    Some(id) => id,
    None => panic!("1001 is an id"),
};

/// Nothing of it is ever printed.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} signing keys)", self.signing.len())
    }
}

impl KeyRing {
    /// New keys from chance: 32 bytes for MACs, 32 for the signing key, 8 for its name.
    pub fn new(mac: [u8; 32], seed: [u8; 32], kid: [u8; 8]) -> Self {
        let (private, public) = ed25519(seed);
        let entry = KeyEntry { kid: hex(&kid), private: hex(&private), public: hex(&public) };
        Self { mac: hex(&mac), signing: vec![entry] }
    }

    /// The keys, if they are whole.
    pub fn secrets(&self) -> Option<Secrets> {
        let key = |entry: &KeyEntry| {
            Some(SigningKey {
                kid: entry.kid.clone(),
                private_der: unhex(&entry.private)?,
                public: unhex(&entry.public).filter(|public| public.len() == 32)?,
            })
        };
        let mac = unhex(&self.mac)?.try_into().ok()?;
        let signing: Vec<_> = self.signing.iter().map(key).collect::<Option<_>>()?;
        (!signing.is_empty()).then(|| Secrets { vapid: Vapid::of(&mac), mac, signing })
    }
}

/// An Ed25519 key pair from 32 random bytes: the private half as PKCS#8 DER, the public half as its 32 bytes.
pub fn ed25519(seed: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let key = Pair::from_bytes(&seed);
    let der = key.to_pkcs8_der().expect("an Ed25519 key has a PKCS#8 form");
    (der.as_bytes().to_vec(), key.verifying_key().to_bytes().to_vec())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
