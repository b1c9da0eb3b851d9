//! Handles: the unique names of accounts, as they stand behind `@`.
//!
//! ASCII only and folded to lower case, so that no two of them look alike to the eye or to the
//! store. Reserved ones parse (somebody may already bear one) but cannot be claimed by signing up.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Most characters of a handle.
pub const MAX_CHARACTERS: usize = 30;

/// Names that would let their bearer pass as the community itself, or that mean something in mail
/// and in URLs. Sorted, for the search.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "all",
    "announcement",
    "announcements",
    "anonymous",
    "api",
    "auth",
    "billing",
    "bot",
    "channel",
    "contact",
    "deleted",
    "everyone",
    "feedback",
    "followers",
    "following",
    "ghost",
    "guest",
    "health",
    "help",
    "here",
    "hostmaster",
    "info",
    "instance",
    "mail",
    "mailerdaemon",
    "me",
    "media",
    "mod",
    "moderation",
    "moderator",
    "moderators",
    "mods",
    "nobody",
    "noreply",
    "notifications",
    "null",
    "oauth",
    "official",
    "owner",
    "postmaster",
    "press",
    "privacy",
    "root",
    "security",
    "self",
    "service",
    "settings",
    "sociosphere",
    "staff",
    "support",
    "sysadmin",
    "system",
    "team",
    "test",
    "undefined",
    "unknown",
    "webmaster",
    "www",
];

/// Why a handle cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// No character at all.
    #[error("a handle cannot be empty")]
    Empty,
    /// More than [`MAX_CHARACTERS`].
    #[error("a handle has at most {MAX_CHARACTERS} characters")]
    TooLong,
    /// A character outside `a-z`, `0-9` and `_`.
    #[error("a handle has only letters from a to z, digits and underscores")]
    Characters,
    /// Nobody may sign up with it.
    #[error("this handle is reserved")]
    Reserved,
}

/// A handle: 1 to 30 of `a-z`, `0-9` and `_`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle(String);

impl Handle {
    /// Reads a handle as people type it, with or without the `@` in front, in any case.
    pub fn parse(text: &str) -> Result<Handle, HandleError> {
        let text = text.strip_prefix('@').unwrap_or(text);
        if text.is_empty() {
            return Err(HandleError::Empty);
        }
        if !text.bytes().all(is_handle_byte) {
            return Err(HandleError::Characters);
        }
        if text.len() > MAX_CHARACTERS {
            return Err(HandleError::TooLong);
        }
        Ok(Handle(text.to_ascii_lowercase()))
    }

    /// Reads a handle that somebody wants to sign up with: reserved ones are refused.
    pub fn claim(text: &str) -> Result<Handle, HandleError> {
        let handle = Handle::parse(text)?;
        if handle.is_reserved() { Err(HandleError::Reserved) } else { Ok(handle) }
    }

    /// Whether only an operator may give this handle. Underscores at the ends and in between do not
    /// make a reserved name another one: `_admin_` reads as `admin`.
    pub fn is_reserved(&self) -> bool {
        let bare: String = self.0.chars().filter(|&c| c != '_').collect();
        RESERVED.binary_search(&self.0.as_str()).is_ok()
            || RESERVED.binary_search(&bare.as_str()).is_ok()
            || bare.is_empty()
    }

    /// The handle without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a byte may stand in a handle, before folding.
pub(super) fn is_handle_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Handle {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = HandleError;
    fn from_str(text: &str) -> Result<Handle, HandleError> {
        Handle::parse(text)
    }
}

impl TryFrom<String> for Handle {
    type Error = HandleError;
    fn try_from(text: String) -> Result<Handle, HandleError> {
        Handle::parse(&text)
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> String {
        handle.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_folded_to_lower_case() {
        assert_eq!(Handle::parse("@Alice_9").unwrap().to_string(), "alice_9");
    }

    #[test]
    fn i_14_confusable_and_foreign_letters_are_refused() {
        for text in ["аdmin", "ali ce", "a-b", "a.b", "ａlice", "alice\u{200b}", "é", "a\0"] {
            assert_eq!(Handle::parse(text), Err(HandleError::Characters), "{text:?}");
        }
        assert_eq!(Handle::parse(""), Err(HandleError::Empty));
        assert_eq!(Handle::parse("@"), Err(HandleError::Empty));
        assert_eq!(Handle::parse(&"a".repeat(31)), Err(HandleError::TooLong));
        assert!(Handle::parse(&"a".repeat(30)).is_ok());
    }

    #[test]
    fn i_14_reserved_names_parse_but_cannot_be_claimed() {
        for text in ["admin", "Admin", "_admin_", "ad_min", "support", "no_reply", "___"] {
            assert!(Handle::parse(text).is_ok());
            assert_eq!(Handle::claim(text), Err(HandleError::Reserved), "{text}");
        }
        assert!(Handle::claim("adminton").is_ok());
        assert!(RESERVED.is_sorted(), "the search needs the list sorted");
    }

    #[test]
    fn a_handle_is_a_string_in_json_and_bad_ones_do_not_decode() {
        let handle: Handle = serde_json::from_str("\"Zoe\"").unwrap();
        assert_eq!(serde_json::to_string(&handle).unwrap(), "\"zoe\"");
        assert!(serde_json::from_str::<Handle>("\"z oe\"").is_err());
        assert!(serde_json::from_str::<Handle>("{\"$ne\":null}").is_err());
    }
}
