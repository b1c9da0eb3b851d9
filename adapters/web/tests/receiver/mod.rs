//! A receiver of pushes by another library than the sender's: RFC 8188 and 8291 step by step over AWS-LC, and the signature of
//! RFC 8292. It reads the RFC's own example, too, so that it is no mirror of what we do.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    signature,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// A browser's side of a subscription.
pub struct Receiver {
    private: PrivateKey,
    /// An uncompressed point.
    pub public: Vec<u8>,
    pub auth: Vec<u8>,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derived(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut key = vec![0; length];
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    let info = [info];
    extracted.expand(&info, Length(length)).unwrap().fill(&mut key).unwrap();
    key
}

pub fn decoded(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

impl Receiver {
    pub fn new(private: &[u8], auth: &[u8]) -> Receiver {
        let private = PrivateKey::from_private_key(&ECDH_P256, private).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Receiver { private, public, auth: auth.to_vec() }
    }

    /// What a body says: one record, as push has it.
    pub fn open(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        let size = u32::from_be_bytes(size.try_into().unwrap()) as usize;
        let (sender, sealed) = rest[1..].split_at(usize::from(rest[0]));
        assert!(sealed.len() <= size, "more than one record");
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared =
            agree(&self.private, theirs, (), |shared| Ok::<_, ()>(shared.to_vec())).unwrap();
        let info = [&b"WebPush: info\0"[..], &self.public, sender].concat();
        let secret = derived(&self.auth, &shared, &info, 32);
        let key = derived(salt, &secret, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = derived(salt, &secret, b"Content-Encoding: nonce\0", 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let mut clear = sealed.to_vec();
        let clear = key.open_in_place(nonce, Aad::empty(), &mut clear).ok()?.to_vec();
        let end = clear.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(clear[end], 2, "the last record says so");
        Some(clear[..end].to_vec())
    }
}

/// The claims of a signature in an `Authorization` header, if its key made it.
pub fn claims_of(authorization: &str) -> (serde_json::Value, Vec<u8>) {
    let (token, key) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    let (signed, seal) = token.rsplit_once('.').unwrap();
    let key = decoded(key);
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &key)
        .verify(signed.as_bytes(), &decoded(seal))
        .unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    assert_eq!(decoded(head), br#"{"typ":"JWT","alg":"ES256"}"#);
    (serde_json::from_slice(&decoded(claims)).unwrap(), key)
}

/// RFC 8291, appendix A.
#[test]
fn the_example_of_the_standard_is_read() {
    let private = decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
    let receiver = Receiver::new(&private, &decoded("BTBZMqHH6r4Tts7J_aSIgg"));
    let body = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocIn\
                mYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNW\
                QexSgSxsj_Qulcy4a-fN";
    let clear = receiver.open(&decoded(body)).unwrap();
    assert_eq!(clear, b"When I grow up, I want to be a watermelon");
}
