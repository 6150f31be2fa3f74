//! Sessions: an opaque token for the person, its SHA-256 for us.
//!
//! Each node remembers the sessions it has seen, so that authenticating a request costs no trip to the database.
//! What is remembered is asked for again after [`RECHECK_AFTER`]: a sign-out elsewhere takes effect within that time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use projections::Viewer;
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::accounts::viewer_of;
use crate::clock::Clock;
use crate::tables::Tables;

/// How long a node may answer from memory.
pub const RECHECK_AFTER: Duration = Duration::from_secs(5);

/// How many sessions a node remembers at most.
const MAX_REMEMBERED: usize = 50_000;
const TOKEN_BYTES: usize = 32;
/// The characters of a token.
pub(super) const TOKEN_CHARS: usize = 43;

/// The sessions of one organisation, as this node knows them.
pub struct Sessions {
    tables: Tables,
    clock: Clock,
    lifetime: time::Duration,
    memory: Mutex<Memory>,
}

/// A person who is signed in.
#[derive(Debug)]
pub struct Session {
    /// Who it is.
    pub viewer: Viewer,
    /// When the sign-in ends by itself.
    pub expires_at: OffsetDateTime,
    token_hash: String,
}

impl Session {
    /// Tells this session from every other one; it is no secret.
    pub fn key(&self) -> &str {
        &self.token_hash
    }
}

/// A fresh sign-in; the token is known to nobody else, not even to the database.
pub struct NewSession {
    /// What the person shows from now on.
    pub token: String,
    /// The session.
    pub session: Arc<Session>,
}

/// The random source or the database failed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(#[from] rand::rand_core::OsError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] sqlx::Error),
}

#[derive(Default)]
struct Memory {
    entries: HashMap<String, Entry>,
    /// Grows with every removal, so that an answer read before one is not remembered after it.
    removals: u64,
}

struct Entry {
    session: Arc<Session>,
    checked: Instant,
}

impl Sessions {
    /// The sessions kept in these tables.
    pub fn new(tables: Tables, clock: Clock, lifetime: time::Duration) -> Self {
        Self {
            tables,
            clock,
            lifetime,
            memory: Mutex::default(),
        }
    }

    /// Signs a person in.
    pub async fn start(&self, viewer: Viewer) -> Result<NewSession, SessionError> {
        let token = new_token()?;
        let now = self.clock.now();
        let expires_at = now.saturating_add(self.lifetime);
        let session = Arc::new(Session {
            viewer,
            // Whole seconds read better, and survive the side tables unchanged.
            expires_at: expires_at.replace_nanosecond(0).unwrap_or(expires_at),
            token_hash: hash_of(&token),
        });
        let sql = "INSERT INTO sessions (token_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        let args = [
            session.token_hash.as_str().into(),
            session.viewer.account_id.into(),
            now.into(),
            session.expires_at.into(),
        ];
        self.tables.execute(sql, &args).await?;
        let removals = self.memory().removals;
        self.remember(&session, removals);
        Ok(NewSession { token, session })
    }

    /// The session of a token, if it is one of ours and not over.
    pub async fn find(&self, token: &str) -> Result<Option<Arc<Session>>, sqlx::Error> {
        if token.len() != TOKEN_CHARS || !token.is_ascii() {
            return Ok(None);
        }
        self.find_by_hash(hash_of(token)).await
    }

    /// Waits until a session is over: expired, signed out here or elsewhere, or its account shut.
    pub async fn wait_until_over(&self, session: &Session) {
        loop {
            let left = session.expires_at - self.clock.now();
            let left = Duration::try_from(left)
                .unwrap_or_default()
                .min(RECHECK_AFTER);
            tokio::time::sleep(left.max(Duration::from_millis(50))).await;
            match self.find_by_hash(session.token_hash.clone()).await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => {
                    // Who cannot be shown to be signed in is not.
                    tracing::warn!(%error, "a live session could not be checked");
                    return;
                }
            }
        }
    }

    /// Signs out: at once on this node, within [`RECHECK_AFTER`] on others.
    pub async fn end(&self, session: &Session) -> Result<(), sqlx::Error> {
        let sql = "DELETE FROM sessions WHERE token_hash = $1";
        self.tables
            .execute(sql, &[session.token_hash.as_str().into()])
            .await?;
        self.forget(|hash, _| hash == session.token_hash);
        Ok(())
    }

    /// Ends every other session of the same account, and says how many were still running.
    pub async fn end_others(&self, session: &Session) -> Result<u64, sqlx::Error> {
        let account_id = session.viewer.account_id;
        let sql =
            "DELETE FROM sessions WHERE account_id = $1 AND token_hash <> $2 AND expires_at <= $3";
        let args = [
            account_id.into(),
            session.token_hash.as_str().into(),
            self.clock.now().into(),
        ];
        self.tables.execute(sql, &args).await?;
        let sql = "DELETE FROM sessions WHERE account_id = $1 AND token_hash <> $2";
        let ended = self.tables.execute(sql, &args[..2]).await?;
        self.forget(|hash, entry| {
            entry.viewer.account_id == account_id && hash != session.token_hash
        });
        Ok(ended)
    }

    /// Ends every session of an account, everywhere.
    pub async fn revoke_for_account(&self, account_id: Uuid) -> Result<(), sqlx::Error> {
        self.tables
            .execute(
                "DELETE FROM sessions WHERE account_id = $1",
                &[account_id.into()],
            )
            .await?;
        self.forget_account(account_id);
        Ok(())
    }

    /// Asks the database again about an account's sessions: for a node that reads of a revocation in the log.
    pub fn forget_account(&self, account_id: Uuid) {
        self.forget(|_, session| session.viewer.account_id == account_id);
    }

    /// Removes sessions that are over from the database.
    pub async fn prune(&self) -> Result<u64, sqlx::Error> {
        self.tables
            .execute(
                "DELETE FROM sessions WHERE expires_at <= $1",
                &[self.clock.now().into()],
            )
            .await
    }

    async fn find_by_hash(&self, token_hash: String) -> Result<Option<Arc<Session>>, sqlx::Error> {
        let now = self.clock.now();
        let removals = {
            let memory = self.memory();
            if let Some(entry) = memory.entries.get(&token_hash)
                && entry.checked.elapsed() < RECHECK_AFTER
            {
                return Ok((entry.session.expires_at > now).then(|| Arc::clone(&entry.session)));
            }
            memory.removals
        };
        let sql = "SELECT a.id, a.email, a.name, a.role, a.customer_id, a.contact_id, s.expires_at
                   FROM sessions s JOIN accounts a ON a.id = s.account_id
                   WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.disabled_at IS NULL";
        let Some(row) = self
            .tables
            .fetch_one(sql, &[token_hash.as_str().into(), now.into()])
            .await?
        else {
            self.memory().entries.remove(&token_hash);
            return Ok(None);
        };
        let session = Arc::new(Session {
            viewer: viewer_of(&row)?,
            expires_at: row.instant("expires_at")?,
            token_hash,
        });
        self.remember(&session, removals);
        Ok(Some(session))
    }

    fn remember(&self, session: &Arc<Session>, removals: u64) {
        let mut memory = self.memory();
        if memory.removals != removals {
            return;
        }
        if memory.entries.len() >= MAX_REMEMBERED {
            memory
                .entries
                .retain(|_, entry| entry.checked.elapsed() < RECHECK_AFTER);
            if memory.entries.len() >= MAX_REMEMBERED {
                memory.entries.clear();
            }
        }
        let entry = Entry {
            session: Arc::clone(session),
            checked: Instant::now(),
        };
        memory.entries.insert(session.token_hash.clone(), entry);
    }

    fn forget(&self, which: impl Fn(&str, &Session) -> bool) {
        let mut memory = self.memory();
        memory.removals += 1;
        memory
            .entries
            .retain(|hash, entry| !which(hash, &entry.session));
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token that nobody can guess.
pub(super) fn new_token() -> Result<String, SessionError> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn hash_of(token: &str) -> String {
    format!("{:x}", Sha256::digest(token.as_bytes()))
}
