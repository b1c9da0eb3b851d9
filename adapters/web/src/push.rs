//! Pushing through the same guard: encrypted for the receiver (RFC 8291), signed for the push service (RFC 8292).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use engine::{
    push::{MOST_BYTES, Parcel, Push, PushError},
    web::WebError,
};
use reqwest::{StatusCode, header};
use url::Url;
use web_push_native::{
    Auth, encrypt,
    p256::{
        PublicKey, SecretKey,
        ecdsa::{Signature, SigningKey, signature::Signer},
        elliptic_curve::sec1::ToEncodedPoint,
    },
};

use crate::{GuardedWeb, fetch::parse};

/// How long a signature holds; a push service takes at most a day.
const SIGNED_FOR: Duration = Duration::from_secs(12 * 3_600);

#[async_trait]
impl Push for GuardedWeb {
    async fn send(&self, parcel: Parcel) -> Result<(), PushError> {
        let late = || PushError::Away("it took too long".to_owned());
        let sent = tokio::time::timeout(self.total(), self.push(parcel)).await;
        sent.unwrap_or_else(|_| Err(late()))
    }
}

impl GuardedWeb {
    async fn push(&self, parcel: Parcel) -> Result<(), PushError> {
        let url = parse(&parcel.endpoint).map_err(by_guard)?;
        let body = sealed(&parcel)?;
        let signed = signed(&parcel, &url)?;
        let client = self.client(&url).await.map_err(by_guard)?;
        let sent = client
            .post(url)
            .header(header::AUTHORIZATION, signed)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("TTL", parcel.life.as_secs())
            .header("Urgency", if parcel.urgent { "high" } else { "normal" })
            .body(body);
        // The error could name the address, which is a secret of the receiver's.
        let away = |error: reqwest::Error| PushError::Away(crate::fetch::told(&error));
        let status = sent.send().await.map_err(away)?.status();
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(PushError::Gone(format!("it answers {status}")))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                Err(PushError::Away(format!("it answers {status}")))
            }
            status if status.is_server_error() => {
                Err(PushError::Away(format!("it answers {status}")))
            }
            // A redirect, too: a push service that moves says so to its browsers.
            status => Err(PushError::Refused(format!("it answers {status}"))),
        }
    }
}

fn by_guard(error: WebError) -> PushError {
    match error {
        WebError::Refused(why) | WebError::Useless(why) => PushError::Refused(why),
        WebError::Away(why) => PushError::Away(why),
    }
}

fn refused(why: &str) -> PushError {
    PushError::Refused(why.to_owned())
}

/// The content for the receiver alone.
fn sealed(parcel: &Parcel) -> Result<Vec<u8>, PushError> {
    if parcel.content.len() > MOST_BYTES {
        return Err(refused("it is too long"));
    }
    let key = PublicKey::from_sec1_bytes(&parcel.key);
    let key = key.map_err(|_| refused("the receiver's key is none"))?;
    if parcel.auth.len() != 16 {
        return Err(refused("the receiver's secret has not 16 bytes"));
    }
    let auth = Auth::clone_from_slice(&parcel.auth);
    encrypt(parcel.content.to_vec(), &key, &auth).map_err(|_| refused("it cannot be encrypted"))
}

/// Who sends, for this push service and some hours: a token by ES256, and the key that proves it.
fn signed(parcel: &Parcel, url: &Url) -> Result<String, PushError> {
    let secret = SecretKey::from_slice(&parcel.sender);
    let secret = secret.map_err(|_| refused("the sender's key is none"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let head = r#"{"typ":"JWT","alg":"ES256"}"#;
    let claims = serde_json::json!({
        "aud": url.origin().ascii_serialization(),
        "exp": (now + SIGNED_FOR).as_secs(),
        "sub": parcel.contact,
    });
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let unsigned = format!("{}.{}", encode(head.as_bytes()), encode(claims.to_string().as_bytes()));
    let signature: Signature = SigningKey::from(&secret).sign(unsigned.as_bytes());
    let public = secret.public_key().to_encoded_point(false);
    Ok(format!(
        "vapid t={unsigned}.{}, k={}",
        encode(&signature.to_bytes()),
        encode(public.as_bytes())
    ))
}
