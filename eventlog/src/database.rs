//! The database behind the log, for the small tables that live beside it.

use sqlx::PgPool;

use crate::SqliteDatabase;

/// The database engine that holds the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one writer at a time.
    Sqlite,
    /// A server shared by several nodes.
    Postgres,
}

/// The connections to the event store's database.
#[derive(Clone)]
pub enum Database {
    /// SQLite: readers, and one writing thread.
    Sqlite(SqliteDatabase),
    /// PostgreSQL; one pool for reading and writing.
    Postgres(PgPool),
}

impl Database {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Closes every connection and waits until they are closed.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
