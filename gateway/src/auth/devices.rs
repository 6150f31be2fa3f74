//! Devices that a person has signed in on: an opaque token in a cookie for the browser, its SHA-256 for us.
//!
//! A device lets nobody in. It only keeps a person's own tries apart from those of strangers.

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::sessions::{SessionError, TOKEN_CHARS, new_token};
use crate::clock::Clock;
use crate::tables::Tables;

/// How long a device is known after the last sign-in on it.
pub const KNOWN_FOR: Duration = Duration::days(180);
/// How many devices of one account are known; the one that was used the longest ago is forgotten first.
const MOST: i64 = 20;

/// The devices of one organisation's people.
pub struct Devices {
    tables: Tables,
    clock: Clock,
}

impl Devices {
    /// The devices kept in these tables.
    pub fn new(tables: Tables, clock: Clock) -> Self {
        Self { tables, clock }
    }

    /// Whether the account of this address has signed in on this device.
    pub async fn knows(&self, token: &str, email: &str) -> Result<bool, sqlx::Error> {
        if !is_token(token) {
            return Ok(false);
        }
        let sql = "SELECT 1 AS one FROM devices d JOIN accounts a ON a.id = d.account_id
                   WHERE d.token_hash = $1 AND a.email = $2 AND a.disabled_at IS NULL AND d.seen_at > $3";
        let args = [
            hash_of(token).as_str().into(),
            email.trim().to_lowercase().as_str().into(),
            self.forgotten_before().into(),
        ];
        Ok(self.tables.fetch_one(sql, &args).await?.is_some())
    }

    /// Notes a sign-in on a device, and says its token: the one that it showed, if it is one of ours, or else a new one.
    pub async fn remember(
        &self,
        account: Uuid,
        shown: Option<&str>,
    ) -> Result<String, SessionError> {
        let token = match shown {
            Some(token) if self.is_ours(token).await? => token.to_owned(),
            Some(_) | None => new_token()?,
        };
        let sql = "INSERT INTO devices (token_hash, account_id, seen_at) VALUES ($1, $2, $3)
                   ON CONFLICT (token_hash, account_id) DO UPDATE SET seen_at = excluded.seen_at";
        let args = [
            hash_of(&token).as_str().into(),
            account.into(),
            self.clock.now().into(),
        ];
        self.tables.execute(sql, &args).await?;
        let sql = "DELETE FROM devices WHERE account_id = $1 AND seen_at <
                     (SELECT MIN(seen_at) FROM (SELECT seen_at FROM devices WHERE account_id = $1
                      ORDER BY seen_at DESC LIMIT $2) AS newest)";
        self.tables
            .execute(sql, &[account.into(), MOST.into()])
            .await?;
        Ok(token)
    }

    /// Forgets devices that nobody has signed in on for long.
    pub async fn prune(&self) -> Result<u64, sqlx::Error> {
        let sql = "DELETE FROM devices WHERE seen_at <= $1";
        self.tables
            .execute(sql, &[self.forgotten_before().into()])
            .await
    }

    async fn is_ours(&self, token: &str) -> Result<bool, sqlx::Error> {
        if !is_token(token) {
            return Ok(false);
        }
        let sql = "SELECT 1 AS one FROM devices WHERE token_hash = $1 AND seen_at > $2 LIMIT 1";
        let args = [
            hash_of(token).as_str().into(),
            self.forgotten_before().into(),
        ];
        Ok(self.tables.fetch_one(sql, &args).await?.is_some())
    }

    fn forgotten_before(&self) -> OffsetDateTime {
        self.clock.now().saturating_sub(KNOWN_FOR)
    }
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_CHARS && text.is_ascii()
}

fn hash_of(token: &str) -> String {
    format!("{:x}", Sha256::digest(token.as_bytes()))
}
