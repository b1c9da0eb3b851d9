//! The cookies (C-6), the pages they are for, and the checks that a request comes from our own pages (C-1, C-2, C-5).
//!
//! - `refresh` renews the web client's access token. It goes to `/api/sociosphere/v1/auth` only, from our site only.
//! - `device` says that a browser was here before; it opens nothing.
//! - `session` keeps somebody signed in on the server's own pages, which apps' authorize links lead to.

use graph::Id;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use social::{
    accounts::{Refusal, may_act, model::Account},
    secret::{base64url, mac, same},
    sessions::{SignInDevice, model::Session},
};

use crate::{
    Shared,
    native::device,
    problem::{Code, Problem},
};

/// Where the refresh cookie goes.
const REFRESH_PATH: &str = "/api/sociosphere/v1/auth";
/// How long both live, in seconds; the session behind them ends by its own rules.
const MAX_AGE: u64 = 180 * 24 * 3_600;

/// How long a browser is known again: as long as browsers keep a cookie.
const DEVICE_AGE: u64 = 400 * 24 * 3_600;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Of the web client.
    Refresh,
    /// Of the server's pages.
    Session,
    /// By which a browser is known again: whoever signs in elsewhere is told of to the account.
    Device,
}

impl Cookie {
    /// Its name; prefixes make browsers hold us to the flags (RFC 6265bis, 4.1.3).
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Cookie::Refresh, true) => "__Secure-refresh",
            (Cookie::Refresh, false) => "refresh",
            (Cookie::Session, true) => "__Host-session",
            (Cookie::Session, false) => "session",
            (Cookie::Device, true) => "__Host-device",
            (Cookie::Device, false) => "device",
        }
    }

    /// The value a request brings.
    pub fn of(self, site: &Shared, headers: &HeaderMap) -> Option<String> {
        let name = self.name(site.is_https());
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// The header that sets it.
    pub fn set(self, site: &Shared, value: &str) -> (HeaderName, HeaderValue) {
        self.line(site, value, if self == Cookie::Device { DEVICE_AGE } else { MAX_AGE })
    }

    /// The header that removes it.
    pub fn clear(self, site: &Shared) -> (HeaderName, HeaderValue) {
        self.line(site, "", 0)
    }

    fn line(self, site: &Shared, value: &str, age: u64) -> (HeaderName, HeaderValue) {
        let https = site.is_https();
        let (path, same_site) = match self {
            Cookie::Refresh => (REFRESH_PATH, "Strict"),
            Cookie::Session | Cookie::Device => ("/", "Lax"),
        };
        let secure = if https { "; Secure" } else { "" };
        let name = self.name(https);
        let line = format!(
            "{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite={same_site}{secure}"
        );
        let line = HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""));
        (header::SET_COOKIE, line)
    }
}

/// The device that a browser is: by its cookie, or by a new one. To be set again with the answer.
pub fn device_of(site: &Shared, headers: &HeaderMap) -> (SignInDevice, (HeaderName, HeaderValue)) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let known = Cookie::Device.of(site, headers);
    let known = known.filter(|mark| mark.len() == 22 && mark.chars().all(plain));
    let mark = known.unwrap_or_else(|| base64url(&site.app.secret::<16>()));
    let line = Cookie::Device.set(site, &mark);
    (SignInDevice { name: device(headers), mark: Some(mark) }, line)
}

/// Lets a request with a cookie through only if our own web client sent it: from our origin, and with a header that a
/// form of another site cannot add.
pub fn same_site_only(site: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    let marked = headers.get("x-sociosphere").is_some_and(|value| value == "1");
    if marked && is_from_us(site, headers) { Ok(()) } else { Err(Problem::of(Code::CrossSite)) }
}

/// Whether a browser says that our own pages sent this. Without either header it is no browser of today.
pub fn is_from_us(site: &Shared, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = said("origin").map(|origin| site.is_own_origin(origin));
    let fetched = said("sec-fetch-site").map(|from| matches!(from, "same-origin" | "none"));
    match (origin, fetched) {
        (None, None) => false,
        (origin, fetched) => origin.unwrap_or(true) && fetched.unwrap_or(true),
    }
}

/// The cookie that keeps a session signed in on the server's own pages: its id and a MAC, so that nothing more is
/// stored, and ending the session ends it.
pub async fn page_cookie(site: &Shared, session: Id<Session>) -> Result<String, Problem> {
    let node = site.app.graph.get(session).await?.ok_or_else(Problem::not_found)?;
    Ok(format!("{session}.{}", seal(site, session, &node)))
}

/// Who is signed in on the server's own pages.
pub async fn page_session(
    site: &Shared,
    headers: &HeaderMap,
) -> Result<Option<Id<Account>>, Problem> {
    let Some(value) = Cookie::Session.of(site, headers) else { return Ok(None) };
    let Some((id, given)) = value.split_once('.') else { return Ok(None) };
    let Ok(id) = id.parse::<Id<Session>>() else { return Ok(None) };
    let Some(session) = site.app.graph.get(id).await? else { return Ok(None) };
    if !same(seal(site, id, &session).as_bytes(), given.as_bytes()) {
        return Ok(None);
    }
    match may_act(&site.app, session.account, true).await {
        Ok(acting) => {
            let alive =
                session.expires_ms > site.app.now_ms() && session.epoch == acting.login.epoch;
            Ok(alive.then_some(session.account))
        }
        Err(Refusal::Fault(fault)) => Err(fault.into()),
        Err(_) => Ok(None),
    }
}

fn seal(site: &Shared, id: Id<Session>, session: &Session) -> String {
    let parts = [&id.raw().to_be_bytes()[..], session.nonce.as_bytes()];
    base64url(&mac(&site.app.secrets.mac, "page session", &parts))
}

/// A token for the forms of the server's pages, bound to the session cookie (or to nobody).
pub fn form_token(site: &Shared, session: &str) -> String {
    base64url(&mac(&site.app.secrets.mac, "form", &[session.as_bytes()]))
}

/// Checks a form: its token, and where it comes from.
pub fn check_form(
    site: &Shared,
    headers: &HeaderMap,
    session: &str,
    token: &str,
) -> Result<(), Problem> {
    let wanted = form_token(site, session);
    let elsewhere = !is_from_us(site, headers)
        && (headers.contains_key("origin") || headers.contains_key("sec-fetch-site"));
    // What says nothing of where it comes from is no browser: then the token alone decides.
    if same(wanted.as_bytes(), token.as_bytes()) && !elsewhere {
        Ok(())
    } else {
        Err(Problem::of(Code::CrossSite))
    }
}
