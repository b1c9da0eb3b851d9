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
    let url = redacted(url);
    move |error| EngineError::Failed { setting, url: url.clone(), why: error.to_string() }
}
