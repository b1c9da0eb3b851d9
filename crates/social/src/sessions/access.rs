//! Access tokens of the web client: Ed25519 JWTs that live ten minutes (RFC 9068 in form), checked against their session
//! at each request, so that signing out holds at once.

use std::collections::HashMap;

use graph::Id;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::Session;
use crate::{
    accounts::{Acting, model::Account},
    app::{App, Secrets},
    fault::Fault,
};

/// How far clocks of two servers may be apart, seconds.
const LEEWAY: u64 = 5;
/// The `typ` of access tokens: no other token is one.
const TYPE: &str = "at+jwt";
/// The longest token that is looked at.
const MAX_LENGTH: usize = 2_048;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: Id<Account>,
    sid: Id<Session>,
    jti: String,
    iat: u64,
    exp: u64,
    ver: u64,
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The person.
    pub account: Id<Account>,
    /// Their session.
    pub session: Id<Session>,
}

/// The keys, made ready once, and the claims of tokens whose signature was found good: a signature costs as much
/// as a page.
pub struct AccessCache {
    signing: Option<(String, EncodingKey)>,
    verifying: HashMap<String, DecodingKey>,
    good: Cache<[u8; 32], Claims>,
}

impl AccessCache {
    /// For the keys of an instance.
    pub fn new(secrets: &Secrets) -> AccessCache {
        let signing = secrets
            .signing
            .first()
            .map(|key| (key.kid.clone(), EncodingKey::from_ed_der(&key.private_der)));
        let verifying = secrets
            .signing
            .iter()
            .map(|key| (key.kid.clone(), DecodingKey::from_ed_der(&key.public)))
            .collect();
        AccessCache { signing, verifying, good: Cache::new(20_000) }
    }
}

/// Makes an access token for a session.
pub(super) fn issue(app: &App, acting: &Acting, session: Id<Session>) -> Result<String, Fault> {
    let now = app.now_ms() / 1_000;
    let url = &app.settings.public_url;
    let claims = Claims {
        iss: url.clone(),
        aud: url.clone(),
        sub: acting.account.id,
        sid: session,
        jti: crate::secret::hex(&app.secret::<8>()),
        iat: now,
        exp: now + app.settings.access_token_life.as_secs(),
        ver: acting.login.epoch,
    };
    let (kid, key) =
        app.access.signing.as_ref().ok_or_else(|| {
            Fault::Defect("there is no key to sign access tokens with".to_owned())
        })?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.clone());
    jsonwebtoken::encode(&header, &claims, key).map_err(|error| Fault::Defect(error.to_string()))
}

/// Who an access token speaks for, or `None` if it is none, has ended, or its session has. Whether the account may
/// act is asked by the caller.
pub async fn check_access(app: &App, token: &str) -> Result<Option<Access>, Fault> {
    if token.len() > MAX_LENGTH {
        return Ok(None);
    }
    let key: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let claims = match app.access.good.get(&key) {
        Some(claims) => claims,
        None => {
            let Some(claims) = verify(app, token) else { return Ok(None) };
            app.access.good.insert(key, claims.clone());
            claims
        }
    };
    let now = app.now_ms() / 1_000;
    if claims.exp + LEEWAY <= now || claims.iat > now + LEEWAY {
        return Ok(None);
    }
    let Some(session) = app.graph.get(claims.sid).await? else { return Ok(None) };
    let Some(account) = app.graph.get(claims.sub).await? else { return Ok(None) };
    let Some(login) = app.graph.get(account.login).await? else { return Ok(None) };
    let alive = session.account == claims.sub
        && session.epoch == login.epoch
        && claims.ver == login.epoch
        && session.expires_ms > app.now_ms();
    Ok(alive.then_some(Access { account: claims.sub, session: claims.sid }))
}

/// The claims of a token whose form and signature are right. Times are checked by the caller, with the app's clock.
fn verify(app: &App, token: &str) -> Option<Claims> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
        return None;
    }
    // Only names of our own keys: nothing in the header leads anywhere.
    let key = app.access.verifying.get(header.kid.as_deref()?)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_issuer(&[&app.settings.public_url]);
    validation.set_audience(&[&app.settings.public_url]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    Some(jsonwebtoken::decode::<Claims>(token, key, &validation).ok()?.claims)
}
