//! Scopes: what a token may do, as a set of names of which some hold others.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// All scopes that there are.
const KNOWN: &[&str] = &[
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(BTreeSet<&'static str>);

/// A scope that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope of this name")]
pub struct UnknownScope;

impl Default for Scopes {
    /// What an app gets that asks for nothing.
    fn default() -> Scopes {
        Scopes(BTreeSet::from(["read"]))
    }
}

impl Scopes {
    /// Everything that a person may do in the web client.
    pub fn everything() -> Scopes {
        Scopes(BTreeSet::from(["read", "write", "follow", "push", "admin:read", "admin:write"]))
    }

    /// From the words that a node holds; words of another release are left out.
    pub fn stored(words: &[String]) -> Scopes {
        Scopes(words.iter().filter_map(|word| known(word)).collect())
    }

    /// The words that a node holds.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Whether these scopes allow what the named one does: by name, by a parent, or by `follow`.
    pub fn allows(&self, wanted: &str) -> bool {
        if self.0.contains(wanted) {
            return true;
        }
        let mut parent = wanted;
        while let Some((shorter, _)) = parent.rsplit_once(':') {
            if shorter != "admin" && self.0.contains(shorter) {
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
        by_follow && self.0.contains("follow") || by_read
    }

    /// Whether every one of these is allowed by the others.
    pub fn is_within(&self, others: &Scopes) -> bool {
        self.0.iter().all(|scope| others.allows(scope) || others.0.contains(scope))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Scopes, UnknownScope> {
        let words = text.split_whitespace().take(100);
        let scopes: BTreeSet<_> =
            words.map(|word| known(word).ok_or(UnknownScope)).collect::<Result<_, _>>()?;
        if scopes.is_empty() { Ok(Scopes::default()) } else { Ok(Scopes(scopes)) }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().copied().collect::<Vec<_>>().join(" "))
    }
}

fn known(word: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| *known == word)
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
