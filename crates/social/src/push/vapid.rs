//! The key by which push services know this instance (RFC 8292). It is made of the key ring that the first start makes, so
//! that every process has the same and it lives as long.

use p256::{SecretKey, elliptic_curve::sec1::ToEncodedPoint};

use crate::secret::{base64url, mac};

/// The key pair.
#[derive(Clone)]
pub struct Vapid {
    private: [u8; 32],
    public: String,
}

impl Vapid {
    /// The pair of an instance, from its key for MACs.
    pub fn of(ring: &[u8; 32]) -> Vapid {
        // All but one in 2^32 hashes are a key; the next one is as good.
        let mut round = 0u64;
        loop {
            let private = mac(ring, "vapid key", &[&round.to_be_bytes()]);
            if let Ok(key) = SecretKey::from_slice(&private) {
                let public = key.public_key().to_encoded_point(false);
                return Vapid { private, public: base64url(public.as_bytes()) };
            }
            round += 1;
        }
    }

    /// The private half.
    pub fn private(&self) -> [u8; 32] {
        self.private
    }

    /// The public half as browsers and apps want it: an uncompressed point, base64url.
    pub fn public(&self) -> &str {
        &self.public
    }
}
