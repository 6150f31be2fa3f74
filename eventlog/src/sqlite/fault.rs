//! What an error of SQLite means: for the change that met it, and for the connection it was met on.

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Another writer was first, or is writing now: load again and decide again.
pub(crate) fn is_contention(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return false;
    };
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE => true,
        // Refused by one of our triggers, whose message begins with the rule's name.
        ffi::SQLITE_CONSTRAINT_TRIGGER => {
            let message = message.as_deref().unwrap_or_default();
            ["already_recorded:", "number_not_next:"]
                .iter()
                .any(|rule| message.starts_with(rule))
        }
        _ => failure.code == ErrorCode::DatabaseBusy,
    }
}

/// Whether the database may do what was asked in a while: it is locked, full, or cannot be read or written now.
pub(crate) fn is_passing(error: &rusqlite::Error) -> bool {
    let Some(code) = error.sqlite_error_code() else {
        return false;
    };
    matches!(
        code,
        ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
    )
}

/// Whether the error concerns only the statement that met it. After any other one the connection cannot be trusted:
/// SQLite may have rolled the whole transaction back.
pub(super) fn is_the_statements_own(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        // Not SQLite's: a value that could not be converted, a row that was not there.
        None => true,
        Some(code) => matches!(
            code,
            ErrorCode::Unknown // SQLITE_ERROR: the statement itself is wrong.
                | ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::ParameterOutOfRange
                | ErrorCode::TooBig
        ),
    }
}

/// Whether a reading connection that met this error is thrown away.
pub(super) fn breaks_connection(error: &rusqlite::Error) -> bool {
    !is_the_statements_own(error) && error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy)
}
