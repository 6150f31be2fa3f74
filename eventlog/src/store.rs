//! The one place through which events are written and streams are loaded: `sqlite-es` or
//! `postgres-es`.
//!
//! Only `get_events` and `persist` without a snapshot are used. The crates' snapshot and aggregate
//! stores apply events twice, and their streams and pools panic.

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;

use crate::Database;

/// The repositories of the engine in use.
pub(crate) enum Store {
    /// One repository per pool: loading must not wait for the one writer.
    Sqlite {
        read: SqliteEventRepository,
        write: SqliteEventRepository,
    },
    /// One for both.
    Postgres(PostgresEventRepository),
}

impl Store {
    pub(crate) fn new(database: &Database) -> Self {
        match database {
            Database::Sqlite { read, write } => Self::Sqlite {
                read: SqliteEventRepository::new(read.clone()),
                write: SqliteEventRepository::new(write.clone()),
            },
            Database::Postgres(pool) => Self::Postgres(PostgresEventRepository::new(pool.clone())),
        }
    }

    /// The whole stream, oldest first. One SELECT.
    pub(crate) async fn load<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        match self {
            Self::Sqlite { read, write: _ } => read.get_events::<A>(id).await,
            Self::Postgres(repository) => repository.get_events::<A>(id).await,
        }
    }

    /// Appends all of `events` or none.
    pub(crate) async fn append<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
    ) -> Result<(), PersistenceError> {
        match self {
            Self::Sqlite { read: _, write } => write.persist::<A>(events, None).await,
            Self::Postgres(repository) => repository.persist::<A>(events, None).await,
        }
    }
}
