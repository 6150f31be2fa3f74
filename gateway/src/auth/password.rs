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

/// How many sign-ins may wait for a hashing thread before the rest are told to come back.
const MAX_WAITING: usize = 64;

/// Hashes and verifies passwords without keeping request threads busy.
#[derive(Clone)]
pub struct Hasher {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
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
    /// A hasher that uses at most half of the machine.
    pub fn new() -> Result<Self, HashError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = hash_now("nobody signs in with this").map_err(HashError::Hash)?;
        Ok(Self {
            running: Arc::new(Semaphore::new((cores / 2).max(1))),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            nobody: nobody.into(),
        })
    }

    /// The hash to store for a password.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.on_a_thread(move || hash_now(&password)).await
    }

    /// Whether the password is the one of the stored hash; without a hash the answer is no, after the same work.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let matches = self.on_a_thread(move || {
            let hash = PasswordHash::new(&stored)?;
            match Argon2::default().verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::Password) => Ok(false),
                Err(error) => Err(error),
            }
        });
        Ok(matches.await? && known)
    }

    async fn on_a_thread<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    {
        let _place = self.waiting.try_acquire().map_err(|_| HashError::Busy)?;
        let turn = Arc::clone(&self.running)
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

/// What is wrong with a new password, if anything.
pub fn weakness(password: &str) -> Option<String> {
    let is_long_enough = (MIN_CHARS..=MAX_CHARS).contains(&password.chars().count());
    if is_long_enough && !password.trim().is_empty() {
        None
    } else {
        Some(format!(
            "must have {MIN_CHARS} to {MAX_CHARS} characters, not all of them blanks"
        ))
    }
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

    #[tokio::test]
    async fn verifies_the_right_password_only() {
        let hasher = Hasher::new().unwrap();
        let hash = hasher
            .hash("correct horse battery".to_owned())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            hasher
                .verify("correct horse battery".to_owned(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("wrong horse battery".to_owned(), Some(hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn nobody_signs_in_without_an_account() {
        let hasher = Hasher::new().unwrap();
        assert!(
            !hasher
                .verify("nobody signs in with this".to_owned(), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn refuses_short_and_endless_passwords() {
        assert!(weakness("short").is_some());
        assert!(weakness(&" ".repeat(MIN_CHARS)).is_some());
        assert!(weakness(&"é".repeat(MAX_CHARS + 1)).is_some());
        assert!(weakness(&"é".repeat(MAX_CHARS)).is_none());
        assert!(weakness("twelve chars").is_none());
    }
}
