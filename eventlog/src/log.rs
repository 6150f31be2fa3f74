//! Opening and closing the log, and what its parts share.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::bulk::BulkReader;
use crate::numbers::SeriesLocks;
use crate::store::Store;
use crate::tail::OrderReader;
use crate::url::{self, Location};
use crate::{Database, Engine, LogError, migrate, postgres, sqlite};

/// Brings the payload of a stored event to the shape its type has today: `(event_type,
/// event_version, payload)`.
pub type Upcast = fn(&str, &str, Value) -> Value;

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
    /// Changes after each append through this log, for readers on this node.
    pub(crate) appended: watch::Sender<()>,
    pub(crate) series: SeriesLocks,
    pub(crate) order: OrderReader,
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
        let (database, order) = match url::parse(url)? {
            Location::Sqlite(path) => {
                let write = sqlite::open_writer(&path).await?;
                migrate::sqlite(&write).await?;
                let read = sqlite::open_readers(&path).await?;
                (
                    Database::Sqlite { read, write },
                    OrderReader::Sqlite(BulkReader::new(path)),
                )
            }
            Location::Postgres(url) => {
                let options = postgres::options(&url)?;
                migrate::postgres(&options).await?;
                let pool = postgres::open(options).await?;
                (
                    Database::Postgres(pool.clone()),
                    OrderReader::Postgres(pool),
                )
            }
        };
        let store = Store::new(&database);
        let appended = watch::Sender::new(());
        let inner = Inner {
            database,
            store,
            upcast,
            appended,
            series: SeriesLocks::default(),
            order,
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

    /// Closes the connections of this log and all its clones, and waits until they are closed.
    pub async fn close(&self) {
        self.inner.order.close();
        self.inner.database.close().await;
    }
}
