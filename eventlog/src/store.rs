//! The one place through which events are written and streams are loaded: a repository of `cqrs-es` on either engine.
//!
//! Only `get_events` and `persist` without a snapshot are used. The snapshot and aggregate stores of `cqrs-es` apply
//! events twice, and the streams and pools of `postgres-es` panic.

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use postgres_es::PostgresEventRepository;

use sqlx::PgPool;

use crate::sqlite::SqliteEventRepository;
use crate::{Database, postgres};

/// The repository of the engine in use.
pub(crate) enum Store {
    Sqlite(SqliteEventRepository),
    /// The repository loads; what is appended goes past it, in one statement.
    Postgres(PostgresEventRepository, PgPool),
}

impl Store {
    pub(crate) fn new(database: &Database) -> Self {
        match database {
            Database::Sqlite(sqlite) => Self::Sqlite(SqliteEventRepository::new(sqlite.clone())),
            Database::Postgres(pool) => {
                Self::Postgres(PostgresEventRepository::new(pool.clone()), pool.clone())
            }
        }
    }

    /// The whole stream, oldest first. One SELECT.
    pub(crate) async fn load<A: Aggregate>(
        &self,
        id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        match self {
            Self::Sqlite(repository) => repository.get_events::<A>(id).await,
            Self::Postgres(repository, _) => postgres::in_time(repository.get_events::<A>(id))
                .await
                .map_err(unknown)?,
        }
    }

    /// Appends all of `events` or none.
    pub(crate) async fn append<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
    ) -> Result<(), PersistenceError> {
        match self {
            Self::Sqlite(repository) => repository.persist::<A>(events, None).await,
            Self::Postgres(_, pool) => postgres::in_time(postgres::append(pool, events))
                .await
                .map_err(unknown)?
                .map_err(unknown),
        }
    }
}

/// Which error it is, [`crate::failure::Failure`] finds out.
fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}
