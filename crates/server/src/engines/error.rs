//! Why an engine did not open.

use crate::config::redacted;

/// An engine that did not open: names the setting and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No engine of this scheme.
    #[error("{setting} = {url}: there is no engine of this kind here; {known}")]
    Unknown {
        /// The setting.
        setting: &'static str,
        /// Its value, without a password.
        url: String,
        /// What there is.
        known: &'static str,
    },
    /// The engine said why.
    #[error("{setting} = {url}: {why}")]
    Failed {
        /// The setting.
        setting: &'static str,
        /// Its value, without a password.
        url: String,
        /// The engine's words.
        why: String,
    },
    /// Two processes were asked for, and an engine lives in one.
    #[error(
        "{role} alone needs engines that processes can share, and {settings} live in one process: run \
         `sociosphere all`, or configure others"
    )]
    OneProcess {
        /// The role.
        role: &'static str,
        /// The settings and their values.
        settings: String,
    },
}

pub(super) fn unknown(setting: &'static str, url: &str, known: &'static str) -> EngineError {
    EngineError::Unknown { setting, url: redacted(url), known }
}

pub(super) fn failed<E: std::fmt::Display>(
    setting: &'static str,
    url: &str,
) -> impl Fn(E) -> EngineError {
    let (secret, url) = (password(url), redacted(url));
    move |error| {
        let why = one_line(&error.to_string(), secret.as_deref());
        EngineError::Failed { setting, url: url.clone(), why }
    }
}

/// The words of an engine in one line, and without the password, should a library ever repeat it.
fn one_line(why: &str, secret: Option<&str>) -> String {
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    match secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => why.replace(secret, "***"),
        None => why,
    }
}

/// What [`redacted`] hides.
fn password(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.rsplit_once('@')?;
    login.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_two_or_holds_a_password() {
        let url = "redis://me:hun/ter#2@host";
        let error = failed("cache", url)("refused\n  redis://me:hun/ter#2@host:\n\tno");
        let expected = "cache = redis://me:***@host: refused redis://me:***@host: no";
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            failed("cache", "redis://me:@host")("no").to_string(),
            "cache = redis://me:***@host: no"
        );
    }
}
