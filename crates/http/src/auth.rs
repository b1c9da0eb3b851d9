//! Who calls: nobody, an app, or a person, with what they may do. The guard of every operation finds out once; handlers
//! take a [`Viewer`] or a [`Person`] and never see a token.

use axum::extract::FromRequestParts;
use graph::Id;
use http::{HeaderMap, HeaderName, header, request::Parts};
use social::{
    accounts::{may_act, model::Account},
    apps::{
        Scopes, check_token,
        model::{App as Client, Token},
    },
    sessions::{check_access, model::Session},
    staff::{Powers, is_proven},
};

use crate::{
    Shared,
    problem::{Code, Problem},
};

/// Longest token that is looked at.
const TOKEN_BYTES: usize = 4_096;

/// Who calls.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Nobody in particular.
    Anonymous,
    /// An app for itself.
    App(Grant),
    /// A person, through an app or our own client.
    Person(Person),
}

/// What an app may do for itself.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Which app.
    pub client: Option<Id<Client>>,
    /// The token.
    pub token: Id<Token>,
    /// What it may do.
    pub scopes: Scopes,
}

/// A person who calls.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub account: Id<Account>,
    /// What the token may do.
    pub scopes: Scopes,
    /// Through which app.
    pub client: Option<Id<Client>>,
    /// The app's token.
    pub token: Option<Id<Token>>,
    /// The device, in our own client.
    pub session: Option<Id<Session>>,
    /// Whether the e-mail address is confirmed.
    pub confirmed: bool,
    /// Whether staff froze the account: it reads, and does not write.
    pub frozen: bool,
}

impl Viewer {
    /// The account, if it is a person.
    pub fn account(&self) -> Option<Id<Account>> {
        match self {
            Viewer::Person(person) => Some(person.account),
            Viewer::Anonymous | Viewer::App(_) => None,
        }
    }

    /// Whether no token came.
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Viewer::Anonymous)
    }
}

impl Grant {
    /// Whether the scope was granted.
    pub fn scopes_cover(&self, scope: &str) -> Result<(), Problem> {
        covers(&self.scopes, scope)
    }

    /// What its limits are counted under.
    pub fn key(&self) -> String {
        self.token.to_string()
    }
}

impl Person {
    /// Whether the scope was granted.
    pub fn scopes_cover(&self, scope: &str) -> Result<(), Problem> {
        covers(&self.scopes, scope)
    }

    /// Whether the e-mail address is confirmed.
    pub fn is_confirmed(&self) -> Result<(), Problem> {
        if self.confirmed { Ok(()) } else { Err(Problem::of(Code::Unconfirmed)) }
    }

    /// What its limits are counted under.
    pub fn key(&self) -> String {
        self.token.map_or_else(
            || self.session.map_or_else(String::new, |session| session.to_string()),
            |token| token.to_string(),
        )
    }
}

fn covers(granted: &Scopes, needed: &str) -> Result<(), Problem> {
    let covered = needed.is_empty() || granted.allows(needed);
    if covered { Ok(()) } else { Err(Problem::of(Code::OutsideScopes)) }
}

/// The token of the Authorization header; two of them, or one that is not a token, are an error.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let invalid = || Problem::of(Code::InvalidToken);
    let line = line.to_str().map_err(|_| invalid())?;
    let (scheme, token) = line.split_once(' ').ok_or_else(invalid)?;
    let token = token.trim();
    let good = scheme.eq_ignore_ascii_case("bearer")
        && (1..=TOKEN_BYTES).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    if good && lines.next().is_none() { Ok(Some(token)) } else { Err(invalid()) }
}

/// Finds out who a token belongs to. Ended sessions, revoked tokens and their people's standing count at once.
pub async fn identify(site: &Shared, token: &str) -> Result<Viewer, Problem> {
    // Only JSON Web Tokens have two dots; an operator may have given a token any form.
    if token.bytes().filter(|byte| *byte == b'.').count() == 2
        && let Some(access) = check_access(&site.app, token).await?
    {
        let acting = may_act(&site.app, access.account, true).await?;
        return Ok(Viewer::Person(Person {
            account: access.account,
            scopes: Scopes::everything(),
            client: None,
            token: None,
            session: Some(access.session),
            confirmed: acting.login.confirmed,
            frozen: acting.login.frozen,
        }));
    }
    let checked = check_token(&site.app, token).await?;
    let checked = checked.ok_or_else(|| Problem::of(Code::InvalidToken))?;
    let client = checked.app.map(|client| client.id);
    let Some(account) = checked.account else {
        return Ok(Viewer::App(Grant { client, token: checked.id, scopes: checked.scopes }));
    };
    let acting = may_act(&site.app, account, true).await?;
    Ok(Viewer::Person(Person {
        account,
        scopes: checked.scopes,
        client,
        token: Some(checked.id),
        session: None,
        confirmed: acting.login.confirmed,
        frozen: acting.login.frozen,
    }))
}

/// Who calls an operation, as its guard found out.
impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::Anonymous))
    }
}

/// The person who calls an operation that only people may.
impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Viewer>() {
            Some(Viewer::Person(person)) => Ok(person.clone()),
            _ => Err(Problem::of(Code::SignInRequired)),
        }
    }
}

/// What a caller of staff's operations may do, as the guard found out.
pub struct Staff(pub Powers);

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let powers = parts.extensions.get::<Powers>().cloned();
        powers.map(Staff).ok_or_else(Problem::not_found)
    }
}

/// The proof that a session's owner gave their password a short while ago.
const PROOF: HeaderName = HeaderName::from_static("x-sociosphere-proof");

/// Whether a person may do something dangerous now: in our own client only with the password given again. An app has
/// been given a scope for it, by somebody who signed in for that.
pub async fn proven(site: &Shared, person: &Person, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(session) = person.session else { return Ok(()) };
    let proof = headers.get(PROOF).and_then(|proof| proof.to_str().ok()).unwrap_or_default();
    match is_proven(&site.app, person.account, session, proof).await? {
        true => Ok(()),
        false => Err(Problem::of(Code::StepUp)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a7_tokens_that_are_none_are_refused() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(line));
            }
            bearer(&headers).map(|token| token.map(str::to_owned)).map_err(|p| p.status().as_u16())
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["Bearer abc.DEF-_~"]), Ok(Some("abc.DEF-_~".to_owned())));
        assert_eq!(of(&["bearer abc"]), Ok(Some("abc".to_owned())));
        for bad in [
            &["Basic abc"][..],
            &["Bearer"],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(of(bad), Err(401), "{bad:?}");
        }
    }
}
