//! Passwords: what may be one, and Argon2id hashes made and checked behind a gate as wide as the cores.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// Fewest characters.
pub const MIN_CHARACTERS: usize = 8;
/// Most bytes, after normalisation: nothing is cut off silently.
pub const MAX_BYTES: usize = 256;
/// How many may wait for each place before more are turned away.
const WAITING_PER_PLACE: usize = 32;

/// Why a text is no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Nothing was given.
    #[error("can't be blank")]
    Blank,
    /// See [`MIN_CHARACTERS`].
    #[error("is too short (minimum is {MIN_CHARACTERS} characters)")]
    TooShort,
    /// See [`MAX_BYTES`].
    #[error("is too long (maximum is {MAX_BYTES} bytes)")]
    TooLong,
    /// Everybody's guess.
    #[error("is among the passwords that are guessed first: choose another")]
    Common,
    /// Holds a NUL.
    #[error("is invalid")]
    Invalid,
}

/// So many people sign in that this one must come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment")]
pub struct Busy;

/// Makes and checks password hashes, as many at once as there are cores.
#[derive(Debug)]
pub struct Passwords {
    params: Params,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    computed: AtomicUsize,
}

impl Passwords {
    /// With OWASP's parameters: 19 MiB, two passes, one lane.
    pub fn new(parallel: usize) -> Passwords {
        Passwords::with(parallel, Params::new(19_456, 2, 1, None).expect("OWASP's parameters"))
    }

    /// With parameters so cheap that tests with many people are quick. Never for a server.
    pub fn cheap() -> Passwords {
        Passwords::with(4, Params::new(8, 1, 1, None).expect("the smallest parameters"))
    }

    fn with(parallel: usize, params: Params) -> Passwords {
        let parallel = parallel.max(1);
        Passwords {
            params,
            places: Arc::new(Semaphore::new(parallel)),
            waiting: AtomicUsize::new(0),
            most_waiting: parallel * WAITING_PER_PLACE,
            computed: AtomicUsize::new(0),
        }
    }

    /// How many hashes were computed since the start. What must not tell two answers apart by its work is tested by it.
    pub fn computed(&self) -> usize {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a password, in PHC form.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, Busy> {
        let (password, params) = (normal(password), self.params.clone());
        self.at_a_place(move || {
            let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
            let hash = hasher(params).hash_password(password.as_bytes(), &salt);
            hash.expect("a password of at most 256 bytes is hashed").to_string()
        })
        .await
    }

    /// Whether this is the password of a hash. Without a hash (nobody has the name) it takes as long and says no.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Busy> {
        let (password, params) = (normal(password), self.params.clone());
        let hash = hash.map(str::to_owned);
        self.at_a_place(move || {
            let hasher = hasher(params);
            match hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok()) {
                Some(hash) => hasher.verify_password(password.as_bytes(), &hash).is_ok(),
                None => {
                    let salt = SaltString::encode_b64(&[0; 16]).expect("16 bytes are a salt");
                    let _ = hasher.hash_password(password.as_bytes(), &salt);
                    false
                }
            }
        })
        .await
    }

    /// Whether a hash was made with weaker parameters than today's.
    pub fn is_outdated(&self, hash: &str) -> bool {
        PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok()).is_none_or(
            |made| made.m_cost() < self.params.m_cost() || made.t_cost() < self.params.t_cost(),
        )
    }

    async fn at_a_place<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.most_waiting {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(Busy);
        }
        let place = Arc::clone(&self.places).acquire_owned().await;
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        let place = place.expect("the semaphore is never closed");
        self.computed.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(place);
            answer
        });
        done.await.map_err(|_| Busy)
    }
}

fn hasher(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// One text for all ways to type it (NFKC); no longer than what may be hashed.
fn normal(password: &str) -> String {
    let mut text: String = password.nfkc().take(MAX_BYTES + 1).collect();
    if text.len() > MAX_BYTES {
        // Never a password: `check` refuses it, and signing in with it must fail at the usual pace.
        text = String::new();
    }
    text
}

/// Whether a text may be a password.
pub fn check(password: &str) -> Result<(), PasswordRule> {
    if password.is_empty() {
        return Err(PasswordRule::Blank);
    }
    if password.len() > MAX_BYTES * 4 {
        return Err(PasswordRule::TooLong);
    }
    let text: String = password.nfkc().collect();
    if text.contains('\0') {
        Err(PasswordRule::Invalid)
    } else if text.len() > MAX_BYTES {
        Err(PasswordRule::TooLong)
    } else if text.chars().count() < MIN_CHARACTERS {
        Err(PasswordRule::TooShort)
    } else if is_common(&text.to_lowercase()) {
        Err(PasswordRule::Common)
    } else {
        Ok(())
    }
}

/// The passwords of eight or more characters that lists of leaked ones begin with, and runs of one character.
fn is_common(password: &str) -> bool {
    let mut characters = password.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first)
        || include_str!("common_passwords.txt").lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_31_what_may_be_a_password() {
        assert_eq!(check(""), Err(PasswordRule::Blank));
        assert_eq!(check("short"), Err(PasswordRule::TooShort));
        assert_eq!(check("Password123"), Err(PasswordRule::Common));
        assert_eq!(check("aaaaaaaaaaaa"), Err(PasswordRule::Common));
        assert_eq!(check(&"long ".repeat(100)), Err(PasswordRule::TooLong));
        assert_eq!(check("with\0inside it"), Err(PasswordRule::Invalid));
        assert_eq!(check(" leading spaces count"), Ok(()));
        assert_eq!(check(&"x1".repeat(128)), Ok(()));
    }

    #[tokio::test]
    async fn a_31_two_ways_to_type_a_letter_are_one_password() {
        let passwords = Passwords::cheap();
        let hash = passwords.hash("caf\u{e9} au lait", [7; 16]).await.unwrap();
        assert!(passwords.verify("cafe\u{301} au lait", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("cafe au lait", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("anything", None).await.unwrap());
    }

    #[tokio::test]
    async fn d_13_more_than_may_wait_are_turned_away() {
        let passwords = Arc::new(Passwords::cheap());
        let held = Arc::clone(&passwords.places).acquire_many_owned(4).await.unwrap();
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..4 * WAITING_PER_PLACE + 10 {
            let passwords = passwords.clone();
            asked.spawn(async move { passwords.verify("x", None).await });
        }
        // The ones too many answer while the others still wait.
        let mut refused = 0;
        while refused < 10 {
            assert_eq!(asked.join_next().await.unwrap().unwrap(), Err(Busy));
            refused += 1;
        }
        drop(held);
        while let Some(answer) = asked.join_next().await {
            assert_eq!(answer.unwrap(), Ok(false));
        }
    }
}
