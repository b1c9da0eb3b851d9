//! How often each kind of thing may be done, by whom. The table is the documentation.
//!
//! Counting happens in the cache engine (GCRA), shared by all processes. While that is away, reading goes on
//! unlimited and what guards secrets and mail is counted in this process.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use axum::{extract::Request, response::Response};
use engine::{
    cache::{Quota, Verdict},
    lookaside::Ask,
};
use graph::Id;
use http::{HeaderName, HeaderValue, header};
use social::accounts::{self, model::Account};

use crate::{
    ClientAddr, Shared,
    auth::Viewer,
    format,
    problem::{Code, Problem},
};

/// Which limit an operation is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// None: health, files of the web client, metadata that proxies cache.
    Unlimited,
    /// The usual.
    Api,
    /// Uploads.
    Media,
    /// Deletions of posts.
    Delete,
    /// Sign-ups, by address.
    SignUp,
    /// Sign-ins, by address.
    SignIn,
    /// What sends mail, by address.
    Mail,
    /// Registrations of apps, by address.
    Apps,
    /// Errors that clients report, by address.
    ClientErrors,
    /// Reports, by person.
    Report,
    /// Appeals by link, by address.
    Appeal,
    /// Batches of looks, by person.
    Looks,
}

/// Name, how many at once, over how many minutes.
type Rule = (&'static str, u32, u64);

/// One person, over all their tokens.
const PERSON: Rule = ("person", 1_500, 5);
/// One token of a person or an app.
const TOKEN: Rule = ("token", 300, 5);
/// One address without a token.
const ADDRESS: Rule = ("address", 300, 5);
/// Passwords tried on one account, wherever from and by whatever name: see [`charge_sign_in`].
const SIGN_IN_ACCOUNT: Rule = ("sign-in-account", 25, 60);
/// Mails to one address, whoever asks and for whatever: see [`charge_mail`].
const MAIL_ADDRESS: Rule = ("mail-address", 5, 30);

/// Handshakes of Socket.IO from one address: all of an office come back at once.
const HANDSHAKES: Rule = ("socket-handshakes", 600, 5);

impl Bucket {
    /// The rule beyond the usual, if there is one, and whether it counts addresses even of people.
    pub const fn rule(self) -> Option<(Rule, bool)> {
        match self {
            Bucket::Unlimited | Bucket::Api => None,
            Bucket::Media => Some((("media", 30, 30), false)),
            Bucket::Delete => Some((("delete", 30, 30), false)),
            Bucket::SignUp => Some((("sign-up", 5, 30), true)),
            Bucket::SignIn => Some((("sign-in", 25, 5), true)),
            Bucket::Mail => Some((("mail", 25, 5), true)),
            Bucket::Report => Some((("report", 20, 60), false)),
            Bucket::Appeal => Some((("appeal", 10, 30), true)),
            Bucket::Looks => Some((("looks", 120, 5), false)),
            Bucket::Apps => Some((("apps", 25, 10), true)),
            Bucket::ClientErrors => Some((("client-errors", 20, 10), true)),
        }
    }

    /// Whether it goes on without the cache engine.
    const fn fails_open(self) -> bool {
        matches!(
            self,
            Bucket::Unlimited
                | Bucket::Api
                | Bucket::Media
                | Bucket::Delete
                | Bucket::Report
                | Bucket::ClientErrors
                | Bucket::Looks
        )
    }
}

/// Who counts as one client: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(pub IpAddr);

impl ClientKey {
    /// Of a request, as the server's accept loop said.
    pub fn of(request: &Request) -> ClientKey {
        let address = request.extensions().get::<ClientAddr>();
        ClientKey::from(address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0))
    }
}

impl From<IpAddr> for ClientKey {
    fn from(address: IpAddr) -> ClientKey {
        ClientKey(match address.to_canonical() {
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            four => four,
        })
    }
}

/// What the headers show: the limit, and what the limiter said.
#[derive(Clone, Copy, Debug)]
pub struct Shown(u32, Verdict);

/// What came of counting a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charged {
    /// The tightest limit.
    pub shown: Option<Shown>,
    /// Other processes wrote since the last request: who was found out before this may be another now.
    pub heard: bool,
}

/// Counts a request, and hears in the same round trip what other processes wrote: so that it reads what its client has
/// written through any of them.
pub async fn charge(
    site: &Shared,
    bucket: Bucket,
    viewer: &Viewer,
    client: ClientKey,
) -> Result<Charged, Problem> {
    if bucket == Bucket::Unlimited {
        return Ok(Charged::default());
    }
    let rules = match site.options.rate_limits {
        true => rules(bucket, viewer, client),
        false => Vec::new(),
    };
    let asks: Vec<Ask> = rules.iter().map(|(rule, key)| ask_of(*rule, key)).collect();
    let now = site.app.now_ms();
    let (verdicts, heard) = match site.app.graph.admit(&asks, now).await {
        Some(Ok((verdicts, heard))) => (verdicts.into_iter().map(Some).collect(), heard),
        Some(Err(_)) => (vec![None; asks.len()], false),
        None => {
            let cache = &site.app.engines.cache;
            let asked = asks.iter().map(|ask| cache.limit(&ask.key, ask.quota, ask.cost, now));
            let said = futures::future::join_all(asked).await;
            (said.into_iter().map(Result::ok).collect::<Vec<_>>(), false)
        }
    };
    let mut charged = Charged { shown: None, heard };
    for (ask, verdict) in asks.iter().zip(verdicts) {
        let Some(verdict) = judge(site, ask, verdict, bucket.fails_open(), now)? else { continue };
        if charged.shown.is_none_or(|shown| verdict.remaining < shown.1.remaining) {
            charged.shown = Some(Shown(ask.quota.burst, verdict));
        }
    }
    Ok(charged)
}

/// The limits that a request counts against, each with its key.
fn rules(bucket: Bucket, viewer: &Viewer, client: ClientKey) -> Vec<(Rule, String)> {
    let mut rules: Vec<(Rule, String)> = match viewer {
        Viewer::Anonymous => vec![(ADDRESS, client.0.to_string())],
        Viewer::App(grant) => vec![(TOKEN, grant.key())],
        Viewer::Person(person) => {
            vec![(PERSON, person.account.to_string()), (TOKEN, person.key())]
        }
    };
    if let Some((rule, by_address)) = bucket.rule() {
        let key = match viewer {
            Viewer::Person(person) if !by_address => person.account.to_string(),
            _ => client.0.to_string(),
        };
        rules.push((rule, key));
    }
    rules
}

fn ask_of((name, burst, minutes): Rule, key: &str) -> Ask {
    let quota = Quota { burst, period: Duration::from_secs(60 * minutes) };
    Ask { key: format!("limit:{name}:{key}"), quota, cost: 1 }
}

/// Counts a password that is tried. All names that lead to an account are one: its handle however it is written, its
/// address.
pub async fn charge_sign_in(site: &Shared, login: &str) -> Result<(), Problem> {
    match accounts::by_login(&site.app, login).await? {
        Some(account) => charge_account(site, account).await,
        None => charge_key(site, SIGN_IN_ACCOUNT, &login.trim().to_lowercase()).await,
    }
}

/// Counts a password that somebody who is signed in gives once more.
pub async fn charge_account(site: &Shared, account: Id<Account>) -> Result<(), Problem> {
    charge_key(site, SIGN_IN_ACCOUNT, &account.to_string()).await
}

/// Counts what makes a mail go to an address that whoever asks only names: sign-ups, resets, confirmations. All of them
/// together are bounded, from however many places they come; whether somebody has the address plays no part.
pub async fn charge_mail(site: &Shared, address: &str) -> Result<(), Problem> {
    charge_key(site, MAIL_ADDRESS, &address.trim().to_lowercase()).await
}

/// Counts a handshake of Socket.IO from an address.
pub async fn charge_handshake(site: &Shared, client: ClientKey) -> Result<(), Problem> {
    charge_key(site, HANDSHAKES, &client.0.to_string()).await
}

/// Counts something that only a handler knows the key of.
async fn charge_key(site: &Shared, rule: Rule, key: &str) -> Result<(), Problem> {
    if site.options.rate_limits {
        let ask = ask_of(rule, &social::secret::hash(key.as_bytes()));
        let now = site.app.now_ms();
        let said = site.app.engines.cache.limit(&ask.key, ask.quota, ask.cost, now).await;
        judge(site, &ask, said.ok(), false, now)?;
    }
    Ok(())
}

/// What a verdict means; `None` came from no cache, and then this process counts, or nobody.
fn judge(
    site: &Shared,
    ask: &Ask,
    verdict: Option<Verdict>,
    fails_open: bool,
    now_ms: u64,
) -> Result<Option<Verdict>, Problem> {
    let verdict = match verdict {
        Some(verdict) => verdict,
        None if fails_open => return Ok(None),
        None => site.local_limits.ask(&ask.key, ask.quota, now_ms),
    };
    if verdict.allowed {
        return Ok(Some(verdict));
    }
    let seconds = verdict.retry_after.as_secs() + 1;
    Err(Problem::of(Code::TooMany).retry_after(seconds).limited(ask.quota.burst, verdict.reset_ms))
}

/// Shows a verdict in the headers.
pub fn show(response: &mut Response, shown: Option<Shown>) {
    if let Some(Shown(limit, verdict)) = shown {
        put(response, limit, verdict.remaining, verdict.reset_ms);
    }
}

/// Writes the three headers.
pub fn put(response: &mut Response, limit: u32, remaining: u32, reset_ms: u64) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-ratelimit-limit", limit.to_string());
    set("x-ratelimit-remaining", remaining.to_string());
    set("x-ratelimit-reset", format::time(reset_ms));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
}

/// A limiter of this process, for the time that the cache engine is away. Bounded: full, it forgets all.
#[derive(Default)]
pub struct LocalLimits(parking_lot::Mutex<std::collections::HashMap<String, u64>>);

impl LocalLimits {
    fn ask(&self, key: &str, quota: Quota, now_ms: u64) -> Verdict {
        /// Most keys.
        const KEYS: usize = 50_000;
        let period = quota.period.as_millis() as u64;
        let step = (period / u64::from(quota.burst)).max(1);
        let mut ends = self.0.lock();
        if ends.len() >= KEYS {
            ends.retain(|_, end| *end > now_ms);
        }
        if ends.len() >= KEYS {
            ends.clear();
        }
        // A clock that jumped back must not lock anybody out for longer than a period.
        let end = ends.get(key).copied().unwrap_or(0).clamp(now_ms, now_ms + period);
        let allowed = end + step <= now_ms + period;
        let end = if allowed { end + step } else { end };
        ends.insert(key.to_owned(), end);
        Verdict {
            allowed,
            remaining: ((now_ms + period - end) / step) as u32,
            reset_ms: end,
            retry_after: Duration::from_millis((end + step).saturating_sub(now_ms + period)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_addresses_of_one_64_are_one_client() {
        let key = |text: &str| ClientKey::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("2001:db8:1:2:a::1"), key("2001:db8:1:2:b:c:d:e"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }

    #[test]
    fn r6_the_local_limiter_lets_a_burst_through_and_then_one_a_step() {
        let (limits, quota) =
            (LocalLimits::default(), Quota { burst: 5, period: Duration::from_secs(50) });
        let now = 10_000_000;
        for left in [4, 3, 2, 1, 0] {
            let verdict = limits.ask("a", quota, now);
            assert!(verdict.allowed);
            assert_eq!(verdict.remaining, left);
        }
        let refused = limits.ask("a", quota, now);
        assert!(!refused.allowed);
        assert_eq!(refused.retry_after, Duration::from_secs(10));
        assert!(limits.ask("b", quota, now).allowed);
        assert!(limits.ask("a", quota, now + 10_000).allowed);
        assert!(!limits.ask("a", quota, now + 10_000).allowed);
        // an hour back, the wait is a period at most.
        assert!(limits.ask("a", quota, now - 3_600_000).retry_after <= quota.period);
    }
}
