//! What can go wrong between the log and the read models.

use std::path::PathBuf;

use domain::event::DecodeError;
use eventlog::LogError;
use rusqlite::ErrorCode;

impl ProjectionError {
    /// Whether the read-model file itself cannot be read or written any more. The log can build another one.
    pub(crate) fn is_broken_file(&self) -> bool {
        match self {
            Self::Sqlite(error) | Self::Apply { source: error, .. } => is_broken_file(error),
            Self::Log(_)
            | Self::Decode { .. }
            | Self::Gap(..)
            | Self::File { .. }
            | Self::InUse(_)
            | Self::Stopped(_) => false,
        }
    }
}

/// Whether SQLite says that the file is damaged, truncated or no database.
pub(crate) fn is_broken_file(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| {
        matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
        ) || failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ
    })
}

/// A fault of the read models. None of them is a caller's mistake.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// SQLite refused.
    #[error("read model: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The event log could not be read.
    #[error("{0}")]
    Log(#[from] LogError),
    /// The log holds an event that this version does not know.
    #[error("event at position {position}: {source}")]
    Decode {
        /// Its place in the log.
        position: i64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// An event does not fit the rows that the earlier ones made.
    #[error("event at position {position} does not fit the read models: {source}")]
    Apply {
        /// Its place in the log.
        position: i64,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The log's order has a gap: it must never have.
    #[error("the log goes from position {0} to {1}")]
    Gap(i64, i64),
    /// A file could not be made, read or removed.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process serves from this folder.
    #[error("{0} is in use by another process: give each node a DATA_DIR of its own")]
    InUse(PathBuf),
    /// A thread of the projector ended before its work did.
    #[error("the projector stopped: {0}")]
    Stopped(String),
}
