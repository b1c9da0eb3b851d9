//! The form of the instance's signing keys.

use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};

/// An Ed25519 key pair from 32 random bytes: the private half as PKCS#8 DER, the public half as its 32 bytes.
pub fn ed25519(seed: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let key = SigningKey::from_bytes(&seed);
    let der = key.to_pkcs8_der().expect("an Ed25519 key has a PKCS#8 form");
    (der.as_bytes().to_vec(), key.verifying_key().to_bytes().to_vec())
}
