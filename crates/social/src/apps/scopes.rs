//! Scopes: what a token may do, as a set of names of which some hold others.

use std::{fmt, str::FromStr};

/// All scopes that there are. A set has a bit for each, in this order; nodes hold words, so it may change.
pub const KNOWN: &[&str] = &[
    "read",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:collections",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:collections",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:reports",
    "write:statuses",
    "follow",
    "push",
    "profile",
    "admin:read",
    "admin:read:accounts",
    "admin:read:reports",
    "admin:read:domain_allows",
    "admin:read:domain_blocks",
    "admin:read:ip_blocks",
    "admin:read:email_domain_blocks",
    "admin:read:canonical_email_blocks",
    "admin:write",
    "admin:write:accounts",
    "admin:write:reports",
    "admin:write:domain_allows",
    "admin:write:domain_blocks",
    "admin:write:ip_blocks",
    "admin:write:email_domain_blocks",
    "admin:write:canonical_email_blocks",
];

/// Reading and writing these is also what `follow` allows.
const FOLLOW: &[&str] = &["follows", "blocks", "mutes"];

/// A set of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes(u64);

/// A scope that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope of this name")]
pub struct UnknownScope;

impl Default for Scopes {
    /// What an app gets that asks for nothing.
    fn default() -> Scopes {
        Scopes::of(&["read"])
    }
}

impl Scopes {
    /// Everything that a person may do in the web client.
    pub fn everything() -> Scopes {
        Scopes::of(&["read", "write", "follow", "push", "admin:read", "admin:write"])
    }

    fn of(words: &[&str]) -> Scopes {
        Scopes(words.iter().filter_map(|word| known(word)).fold(0, |bits, bit| bits | bit))
    }

    /// From the words that a node holds; words of another release are left out.
    pub fn stored(words: &[String]) -> Scopes {
        Scopes(words.iter().filter_map(|word| known(word)).fold(0, |bits, bit| bits | bit))
    }

    /// The words that a node holds, in the order of the alphabet.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<_> = self.names().map(str::to_owned).collect();
        words.sort_unstable();
        words
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let bits = self.0;
        let held = move |(place, _): &(usize, _)| bits & (1 << place) != 0;
        KNOWN.iter().enumerate().filter(held).map(|(_, name)| *name)
    }

    fn contains(&self, name: &str) -> bool {
        known(name).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Whether these scopes allow what the named one does: by name, by a parent, or by `follow`.
    pub fn allows(&self, wanted: &str) -> bool {
        if self.contains(wanted) {
            return true;
        }
        let mut parent = wanted;
        while let Some((shorter, _)) = parent.rsplit_once(':') {
            if shorter != "admin" && self.contains(shorter) {
                return true;
            }
            parent = shorter;
        }
        let by_follow = wanted
            .strip_prefix("read:")
            .or_else(|| wanted.strip_prefix("write:"))
            .is_some_and(|what| FOLLOW.contains(&what));
        // Reading who one is comes with reading at all.
        let by_read = wanted == "profile" && self.allows("read:accounts");
        by_follow && self.contains("follow") || by_read
    }

    /// Whether every one of these is allowed by the others.
    pub fn is_within(&self, others: &Scopes) -> bool {
        self.names().all(|scope| others.allows(scope))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Scopes, UnknownScope> {
        let mut bits = 0;
        for word in text.split_whitespace().take(100) {
            bits |= known(word).ok_or(UnknownScope)?;
        }
        if bits == 0 { Ok(Scopes::default()) } else { Ok(Scopes(bits)) }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

/// The bit of a scope.
fn known(word: &str) -> Option<u64> {
    const { assert!(KNOWN.len() <= 64, "a set has 64 bits") };
    KNOWN.iter().position(|known| *known == word).map(|place| 1 << place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_24_parents_hold_their_children_and_nothing_else() {
        let read: Scopes = "read".parse().unwrap();
        assert!(read.allows("read:statuses") && read.allows("profile"));
        assert!(!read.allows("write") && !read.allows("write:statuses") && !read.allows("push"));
        let narrow: Scopes = "read:accounts".parse().unwrap();
        assert!(!narrow.allows("read:statuses") && !narrow.allows("read"));
        let follow: Scopes = "follow".parse().unwrap();
        assert!(follow.allows("write:blocks") && !follow.allows("write:statuses"));
        let admin: Scopes = "admin:read".parse().unwrap();
        assert!(admin.allows("admin:read:reports") && !admin.allows("admin:write:reports"));
        assert!(!admin.allows("read:accounts"));
    }

    #[test]
    fn a_24_wider_scopes_are_not_within_narrower_ones() {
        let app: Scopes = "read write:statuses".parse().unwrap();
        assert!("read:accounts write:statuses".parse::<Scopes>().unwrap().is_within(&app));
        assert!(!"write".parse::<Scopes>().unwrap().is_within(&app));
        assert!("root".parse::<Scopes>().is_err());
    }
}
