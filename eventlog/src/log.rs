//! Opening and closing the log, and what its parts share.

use std::sync::Arc;

use crate::numbers::SeriesLocks;
use crate::recent::Recent;
use crate::store::Store;
use crate::url::{self, Location};
use crate::{Database, Engine, LogError, SqliteDatabase, migrate, postgres};
use rusqlite::Connection;
use serde_json::Value;

/// Brings the payload of a stored event to the shape its type has today: `(event_type,
/// event_version, payload)`.
pub type Upcast = fn(&str, &str, Value) -> Value;

const PROVE: &str = "UPDATE commit_proof SET beat = beat + 1 RETURNING beat";
const PROVED: &str = "SELECT beat FROM commit_proof";

/// The event log. Cloning is cheap; clones share their connections and wake each other's readers.
#[derive(Clone)]
pub struct EventLog {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a log share.
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) upcast: Upcast,
    /// What this node appended last, for readers on this node.
    pub(crate) recent: Arc<Recent>,
    pub(crate) series: SeriesLocks,
}

impl Inner {
    /// Wakes readers on this node after an append. SQLite's writing thread has done so, and given them the events.
    pub(crate) fn told_of_append(&self) {
        match &self.database {
            Database::Sqlite(_) => {}
            Database::Postgres(_) => self.recent.nudge(),
        }
    }
}

impl EventLog {
    /// Opens the log and migrates its database.
    ///
    /// `url` is `sqlite:/path/to/file.db` (file and directory are made if missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`LogError::Url`] for any other url, [`LogError::NewerDatabase`] if a newer program migrated
    /// the database, [`LogError::Migration`] and [`LogError::Database`] if the database fails.
    pub async fn open(url: &str) -> Result<Self, LogError> {
        Self::open_with(url, |_event_type, _event_version, payload| payload).await
    }

    /// Opens the log as [`EventLog::open`] does; `upcast` is applied to every event before an
    /// aggregate sees it. [`EventLog::tail`] and [`EventLog::read_stream`] still answer payloads as
    /// stored.
    ///
    /// # Errors
    /// As [`EventLog::open`].
    pub async fn open_with(url: &str, upcast: Upcast) -> Result<Self, LogError> {
        let recent = Arc::new(Recent::new());
        let database = match url::parse(url)? {
            Location::Sqlite(path) => {
                let recent = Arc::clone(&recent);
                let opening =
                    tokio::task::spawn_blocking(move || SqliteDatabase::open(&path, recent)).await;
                Database::Sqlite(opening.map_err(|_| LogError::Closed)??)
            }
            Location::Postgres(url) => {
                let servers = postgres::Servers::parse(&url)?;
                let chosen = servers.find().await?;
                migrate::postgres(&chosen).await?;
                Database::Postgres(postgres::open(servers, chosen).await?)
            }
        };
        let store = Store::new(&database);
        let inner = Inner {
            database,
            store,
            upcast,
            recent,
            series: SeriesLocks::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The engine that holds the log.
    pub fn engine(&self) -> Engine {
        self.inner.database.engine()
    }

    /// The database of the log, for the tables beside it.
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// Commits a small change and reads it back over another connection: proves that what this node acknowledges now
    /// is recorded, and that others see it.
    ///
    /// # Errors
    /// Whatever stands in the way.
    pub async fn prove_commit(&self) -> Result<(), LogError> {
        let seen = match &self.inner.database {
            Database::Sqlite(database) => {
                let prove = |db: &Connection| db.query_row(PROVE, [], |row| row.get::<_, i64>(0));
                let written = database.write(prove).await?;
                let proved: i64 = database.read(|db| db.query_row(PROVED, [], |row| row.get(0)))?;
                proved >= written
            }
            Database::Postgres(pool) => {
                let mut other = pool.acquire().await?;
                let written: i64 = sqlx::query_scalar(PROVE).fetch_one(pool).await?;
                let proved: i64 = sqlx::query_scalar(PROVED).fetch_one(&mut *other).await?;
                proved >= written
            }
        };
        if seen {
            return Ok(());
        }
        let reason = "what one connection commits another one does not see";
        Err(LogError::Unavailable(reason.to_owned()))
    }

    /// Closes the connections of this log and all its clones, and waits until they are closed.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }
}
