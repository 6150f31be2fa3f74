//! Passwords: argon2id, on blocking threads, a few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

/// The fewest characters a password may have.
pub const MIN_CHARS: usize = 12;
/// The most characters a password may have.
pub const MAX_CHARS: usize = 256;

/// How many sign-ins of one lane may wait for a hashing thread before the rest are told to come back.
const MAX_WAITING: usize = 64;

/// Whose password is hashed. Each lane has threads and places of its own, so that strangers, however many they are, keep
/// nobody waiting who is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Someone who is signed in, or tries on a device that the account has signed in on.
    Known,
    /// Anybody else.
    Stranger,
}

#[derive(Clone)]
struct Threads {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Threads {
    fn new(running: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running.max(1))),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }
}

/// Hashes and verifies passwords without keeping request threads busy.
#[derive(Clone)]
pub struct Hasher {
    known: Threads,
    strangers: Threads,
    /// Verified against where there is no account, so that both cases take the same work.
    nobody: Arc<str>,
}

/// Why a password was neither hashed nor verified.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many sign-ins at this moment.
    #[error("too many sign-ins at this moment")]
    Busy,
    /// The hash could not be made or read.
    #[error("password hash: {0}")]
    Hash(argon2::password_hash::Error),
    /// The hashing thread was lost.
    #[error("the hashing thread was lost")]
    Lost,
}

impl Hasher {
    /// A hasher that uses at most half of the machine for strangers, and a quarter for those who are known.
    pub fn new() -> Result<Self, HashError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = hash_now("nobody signs in with this").map_err(HashError::Hash)?;
        Ok(Self {
            known: Threads::new(cores / 4),
            strangers: Threads::new(cores / 2),
            nobody: nobody.into(),
        })
    }

    /// The hash to store for a new password, unless it is too weak. `about` is what others know of the person.
    pub async fn hash(
        &self,
        password: String,
        about: Vec<String>,
    ) -> Result<Result<String, Weakness>, HashError> {
        let work = move || match weakness(&password, &about) {
            Some(weakness) => Ok(Err(weakness)),
            None => hash_now(&password).map(Ok),
        };
        self.on_a_thread(Lane::Known, work).await
    }

    /// Whether the password is the one of the stored hash; without a hash the answer is no, after the same work.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
        lane: Lane,
    ) -> Result<bool, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let matches = self.on_a_thread(lane, move || {
            let hash = PasswordHash::new(&stored)?;
            match Argon2::default().verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::Password) => Ok(false),
                Err(error) => Err(error),
            }
        });
        Ok(matches.await? && known)
    }

    async fn on_a_thread<T, F>(&self, lane: Lane, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    {
        let threads = match lane {
            Lane::Known => &self.known,
            Lane::Stranger => &self.strangers,
        };
        let _place = threads.waiting.try_acquire().map_err(|_| HashError::Busy)?;
        let turn = Arc::clone(&threads.running)
            .acquire_owned()
            .await
            .map_err(|_| HashError::Lost)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await
            .map_err(|_| HashError::Lost)?
            .map_err(HashError::Hash)
    }
}

/// Why a new password is not taken. Length counts, and what others would guess; what it is composed of does not (NIST
/// SP 800-63B-4, section 3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too short, too long, or nothing but blanks.
    #[error("must have {min} to {max} characters, not all of them blanks", min = MIN_CHARS, max = MAX_CHARS)]
    Length,
    /// Among the first that somebody would try.
    #[error("is too easy to guess: it is a common one, follows a pattern, or is made of a name")]
    Guessable,
}

impl Weakness {
    /// The rule's stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "WEAK_PASSWORD",
            Self::Guessable => "GUESSABLE_PASSWORD",
        }
    }
}

/// What is wrong with a new password, if anything. Takes a while: up to some milliseconds.
pub fn weakness(password: &str, about: &[String]) -> Option<Weakness> {
    let is_long_enough = (MIN_CHARS..=MAX_CHARS).contains(&password.chars().count());
    if !is_long_enough || password.trim().is_empty() {
        return Some(Weakness::Length);
    }
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    let guesses = zxcvbn::zxcvbn(password, &about);
    // Fewer than 10^8 guesses.
    (guesses.score() < zxcvbn::Score::Three).then_some(Weakness::Guessable)
}

fn hash_now(password: &str) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(Argon2::default()
        .hash_password(password.as_bytes(), &salt)?
        .to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    async fn hashed(hasher: &Hasher, password: &str) -> String {
        let hash = hasher.hash(password.to_owned(), vec![]).await;
        hash.unwrap().unwrap()
    }

    #[tokio::test]
    async fn verifies_the_right_password_only() {
        let hasher = Hasher::new().unwrap();
        let hash = hashed(&hasher, "correct horse battery").await;
        assert!(hash.starts_with("$argon2id$"));
        let verify = |password: &str| {
            let (password, hash) = (password.to_owned(), Some(hash.clone()));
            hasher.verify(password, hash, Lane::Stranger)
        };
        assert!(verify("correct horse battery").await.unwrap());
        assert!(!verify("wrong horse battery").await.unwrap());
    }

    #[tokio::test]
    async fn nobody_signs_in_without_an_account() {
        let hasher = Hasher::new().unwrap();
        let password = "nobody signs in with this".to_owned();
        let verified = hasher.verify(password, None, Lane::Stranger).await;
        assert!(!verified.unwrap());
    }

    #[tokio::test]
    async fn strangers_do_not_keep_those_waiting_who_are_known() {
        let hasher = Hasher::new().unwrap();
        let running = hasher.strangers.running.available_permits();
        let all = u32::try_from(running).unwrap();
        let _busy = hasher.strangers.running.acquire_many(all).await.unwrap();
        let waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| hasher.strangers.waiting.try_acquire().unwrap())
            .collect();
        let verify = |lane| hasher.verify("a password".to_owned(), None, lane);
        assert!(matches!(verify(Lane::Stranger).await, Err(HashError::Busy)));
        assert!(!verify(Lane::Known).await.unwrap());
        drop(waiting);
    }

    #[test]
    fn refuses_short_and_endless_passwords() {
        let length = |password: &str| weakness(password, &[]) == Some(Weakness::Length);
        assert!(length("short"));
        assert!(length(&" ".repeat(MIN_CHARS)));
        assert!(length(&"é".repeat(MAX_CHARS + 1)));
        assert!(!length("twelve chars"));
    }

    #[test]
    fn refuses_what_others_would_guess_and_asks_for_no_composition() {
        let about = [
            "clara.kontos@lighthouse.example".to_owned(),
            "Clara Kontos".to_owned(),
        ];
        for easy in [
            "123456789012",
            "1234567890123456",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "qwertyuiop12",
            "passwordpassword",
            "Password1234",
            "P@ssw0rd1234",
            "iloveyouiloveyou",
            "adminadminadmin",
            "letmeinletmein",
            "clara.kontos@lighthouse.example",
        ] {
            assert_eq!(weakness(easy, &about), Some(Weakness::Guessable), "{easy}");
        }
        for good in [
            "correct horse battery staple",
            "harbour-demo-2026",
            "a very different phrase",
            "vier kalte nudeln auf dem dach",
            "日本語の長い合言葉ですよね",
        ] {
            assert_eq!(weakness(good, &about), None, "{good}");
        }
    }
}
