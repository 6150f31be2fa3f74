//! Sessions: an opaque token for the person, its SHA-256 for us.
//!
//! Each node remembers the sessions it has seen, so that authenticating a request costs no trip to the database.
//! What is remembered is asked for again after [`RECHECK_AFTER`]: a sign-out elsewhere takes effect within that time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eventlog::LogError;
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

/// How long a session that was found goes on while the store does not answer. A sign-out elsewhere cannot be seen
/// meanwhile, and hardly be made: it needs the same store.
pub const TRUSTED_FOR: Duration = Duration::from_secs(10 * 60);
/// How long the store may take to say whose session it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// How many sessions a node remembers at most.
const MAX_REMEMBERED: usize = 50_000;
const TOKEN_BYTES: usize = 32;
const TOKEN_CHARS: usize = 43;

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
    #[error("{0}")]
    Storage(#[from] LogError),
}

/// Why a session is not to be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It expired, was signed out, or its account was shut.
    Ended,
    /// The store has not answered for so long that nobody knows.
    Unknown,
}

#[derive(Default)]
struct Memory {
    /// When the store was asked last without an answer: what is remembered does not wait for it again at once.
    in_vain: Option<Instant>,
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
        let mut bytes = [0_u8; TOKEN_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let now = self.clock.now();
        let expires_at = now + self.lifetime;
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
    pub async fn find(&self, token: &str) -> Result<Option<Arc<Session>>, LogError> {
        if token.len() != TOKEN_CHARS || !token.is_ascii() {
            return Ok(None);
        }
        self.find_by_hash(hash_of(token)).await
    }

    /// Waits until a session is over: expired, signed out here or elsewhere, or its account shut.
    pub async fn wait_until_over(&self, session: &Session) -> Over {
        loop {
            let left = session.expires_at - self.clock.now();
            let left = Duration::try_from(left)
                .unwrap_or_default()
                .min(RECHECK_AFTER);
            tokio::time::sleep(left.max(Duration::from_millis(50))).await;
            match self.find_by_hash(session.token_hash.clone()).await {
                Ok(Some(_)) => {}
                Ok(None) => return Over::Ended,
                Err(error) => {
                    tracing::warn!(%error, "a live session could not be checked");
                    return Over::Unknown;
                }
            }
        }
    }

    /// Signs out: at once on this node, within [`RECHECK_AFTER`] on others.
    pub async fn end(&self, session: &Session) -> Result<(), LogError> {
        let sql = "DELETE FROM sessions WHERE token_hash = $1";
        self.tables
            .execute(sql, &[session.token_hash.as_str().into()])
            .await?;
        self.forget(|hash, _| hash == session.token_hash);
        Ok(())
    }

    /// Ends every other session of the same account, and says how many were still running.
    pub async fn end_others(&self, session: &Session) -> Result<u64, LogError> {
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
    pub async fn revoke_for_account(&self, account_id: Uuid) -> Result<(), LogError> {
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
    pub async fn prune(&self) -> Result<u64, LogError> {
        self.tables
            .execute(
                "DELETE FROM sessions WHERE expires_at <= $1",
                &[self.clock.now().into()],
            )
            .await
    }

    async fn find_by_hash(&self, token_hash: String) -> Result<Option<Arc<Session>>, LogError> {
        let now = self.clock.now();
        let (known, removals) = {
            let memory = self.memory();
            let waited = memory
                .in_vain
                .is_some_and(|asked| asked.elapsed() < RECHECK_AFTER);
            let fresh_for = if waited { TRUSTED_FOR } else { RECHECK_AFTER };
            let known = memory.entries.get(&token_hash);
            if let Some(entry) = known
                && entry.checked.elapsed() < fresh_for
            {
                return Ok((entry.session.expires_at > now).then(|| Arc::clone(&entry.session)));
            }
            let known = known.filter(|entry| entry.checked.elapsed() < TRUSTED_FOR);
            (
                known.map(|entry| Arc::clone(&entry.session)),
                memory.removals,
            )
        };
        let asked = tokio::time::timeout(ANSWER_WITHIN, self.ask(token_hash.clone(), now)).await;
        let asked = asked.unwrap_or_else(|_| {
            let reason = "it did not say in time whose session it is";
            Err(LogError::Unavailable(reason.to_owned()))
        });
        match (asked, known) {
            (Ok(found), _) => {
                self.memory().in_vain = None;
                match &found {
                    Some(session) => self.remember(session, removals),
                    None => drop(self.memory().entries.remove(&token_hash)),
                }
                Ok(found)
            }
            (Err(error), Some(session)) if error.is_passing() => {
                let mut memory = self.memory();
                memory.in_vain = Some(Instant::now());
                let is_kept = memory.entries.contains_key(&token_hash) && session.expires_at > now;
                Ok(is_kept.then_some(session))
            }
            (Err(error), _) => Err(error),
        }
    }

    async fn ask(
        &self,
        token_hash: String,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Session>>, LogError> {
        let sql = "SELECT a.id, a.email, a.name, a.role, a.customer_id, a.contact_id, s.expires_at
                   FROM sessions s JOIN accounts a ON a.id = s.account_id
                   WHERE s.token_hash = $1 AND s.expires_at > $2 AND a.disabled_at IS NULL";
        let args = [token_hash.as_str().into(), now.into()];
        let Some(row) = self.tables.fetch_one(sql, &args).await? else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Session {
            viewer: viewer_of(&row)?,
            expires_at: row.instant("expires_at")?,
            token_hash,
        })))
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

fn hash_of(token: &str) -> String {
    format!("{:x}", Sha256::digest(token.as_bytes()))
}
