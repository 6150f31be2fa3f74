//! What can go wrong, in types.

use sqlx::migrate::MigrateError;

use crate::{postgres, sqlite};

/// The log itself failed: nothing a customer or staff member could have done differently.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database url is not one this log can open.
    #[error("cannot open the event log: {0}")]
    Url(String),
    /// The database was migrated by a newer version of this program. Run that version.
    #[error(
        "the database is at migration {found}, this program knows migrations up to {known}: run the newer version"
    )]
    NewerDatabase {
        /// The newest migration found in the database.
        found: i64,
        /// The newest migration this program has.
        known: i64,
    },
    /// A migration failed, or one that was applied is no longer the same.
    #[error("the database cannot be migrated: {0}")]
    Migration(#[source] MigrateError),
    /// The database refused or could not be reached.
    #[error("the event store failed: {0}")]
    Database(#[from] sqlx::Error),
    /// SQLite refused.
    #[error("the event store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Nothing can be read or written now; the reason is in words. Trying again later may help.
    #[error("the event store is not available: {0}")]
    Unavailable(String),
    /// The log was closed: the node is stopping.
    #[error("the event store is closed")]
    Closed,
    /// The database was locked for longer than a reader waits.
    #[error("the event store is busy")]
    Busy,
    /// The repository of `postgres-es` failed in a way it does not explain in types.
    #[error("the event store failed: {0}")]
    Repository(#[source] Box<dyn std::error::Error + Send + Sync + 'static>),
    /// A value beside the log is not what this program writes there.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync + 'static>),
    /// An event could not be written as JSON.
    #[error("an event cannot be encoded: {0}")]
    Encode(#[source] serde_json::Error),
    /// A stored event cannot be read back.
    #[error("stored event {event} cannot be read: {reason}")]
    Corrupt {
        /// Which event, as `type/id/sequence`.
        event: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl LogError {
    /// Whether the same request may succeed in a while: the database is away, full, locked or starting.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Closed | Self::Busy => true,
            Self::Sqlite(error) => sqlite::is_passing(error),
            Self::Database(error) => postgres::is_passing(error),
            Self::Url(_)
            | Self::NewerDatabase { .. }
            | Self::Migration(_)
            | Self::Repository(_)
            | Self::Unreadable(_)
            | Self::Encode(_)
            | Self::Corrupt { .. } => false,
        }
    }
}

/// Whether an error, or one it was made from, passes by itself: see [`LogError::is_passing`].
pub fn is_passing(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| {
        error
            .downcast_ref::<LogError>()
            .is_some_and(LogError::is_passing)
            || error
                .downcast_ref::<sqlx::Error>()
                .is_some_and(postgres::is_passing)
            || error
                .downcast_ref::<rusqlite::Error>()
                .is_some_and(sqlite::is_passing)
    })
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The aggregate refused the command.
    #[error("{0}")]
    Refused(E),
    /// Others kept writing to the same stream or number series; every try lost. Trying again later
    /// is safe.
    #[error("others were writing at the same time; try again")]
    Conflict,
    /// The command expected another version of the aggregate than it has.
    #[error("expected version {expected}, but it is at version {actual}")]
    Stale {
        /// The version that the command was meant for.
        expected: u64,
        /// The aggregate's version.
        actual: u64,
    },
    /// The command id is recorded already, for another request or for another stream.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The log failed. If the connection broke, the command may have been recorded: the same
    /// command id finds out.
    #[error(transparent)]
    Log(#[from] LogError),
}
