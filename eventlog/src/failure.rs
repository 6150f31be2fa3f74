//! What a failed append means: whether another try can help.

use cqrs_es::persist::PersistenceError;

use crate::LogError;

/// Why an append failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another writer was first, or is writing now. Load again and decide again.
    Contended,
    /// The connection broke, perhaps after the commit. Loading again shows which; the command id
    /// keeps it to one outcome.
    ConnectionLost(LogError),
    /// Trying again would fail again.
    Final(LogError),
}

impl From<PersistenceError> for Failure {
    fn from(error: PersistenceError) -> Self {
        match error {
            PersistenceError::OptimisticLockError => Self::Contended,
            PersistenceError::ConnectionError(error)
            | PersistenceError::UnknownError(error)
            | PersistenceError::DeserializationError(error) => match error.downcast::<LogError>() {
                Ok(error) => Self::Final(*error),
                Err(error) => match error.downcast::<sqlx::Error>() {
                    Ok(error) => Self::from(*error),
                    Err(other) => Self::Final(LogError::Repository(other)),
                },
            },
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(is_contention) {
            return Self::Contended;
        }
        if matches!(error, sqlx::Error::Io(_)) {
            return Self::ConnectionLost(LogError::Database(error));
        }
        Self::Final(LogError::Database(error))
    }
}

/// The repository maps only unique violations, and no deadlock or serialisation failure.
fn is_contention(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else {
        return false;
    };
    match code.as_ref() {
        // Unique violation, serialisation failure, deadlock, lock timeout, number not
        // next.
        "23505" | "40001" | "40P01" | "55P03" | "ZN001" => true,
        _ => false,
    }
}

impl Failure {
    /// The error of an operation that is not tried again.
    pub(crate) fn into_log_error(self) -> LogError {
        match self {
            // Reading takes no lock that another writer could hold; this is the busy timeout at
            // most.
            Self::Contended => LogError::Busy,
            Self::ConnectionLost(error) | Self::Final(error) => error,
        }
    }
}
