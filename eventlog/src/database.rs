//! The database behind the log, for the small tables that live beside it.

use sqlx::{PgPool, SqlitePool};

/// The database engine that holds the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one writer at a time.
    Sqlite,
    /// A server shared by several nodes.
    Postgres,
}

/// The connection pools of the event store's database.
#[derive(Clone, Debug)]
pub enum Database {
    /// SQLite in WAL mode with `synchronous = FULL`.
    Sqlite {
        /// Several connections that can only read.
        read: SqlitePool,
        /// One connection, so writers queue here instead of failing in the database.
        write: SqlitePool,
    },
    /// PostgreSQL; one pool for reading and writing.
    Postgres(PgPool),
}

impl Database {
    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Closes every connection and waits until they are closed.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                // The writer last: the last connection to close checkpoints the write-ahead log,
                // and readers may not.
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
