//! What is particular to SQLite: its connections and its queries.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlitePool};

use crate::outcome::{OUTCOME, OutcomeRow};
use crate::recorded::Row;
use crate::{LogError, RecordedEvent, backoff};

/// How long a connection waits for another process to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections for reading.
const READERS: u32 = 4;
/// Tries to open a file that another node is making at the same moment.
const OPEN_TRIES: u32 = 50;

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // FULL: what was answered as recorded survives a power cut.
        .synchronous(SqliteSynchronous::Full)
}

/// Opens the one writing connection; makes the file and its directory if they are missing.
pub(crate) async fn open_writer(path: &Path) -> Result<SqlitePool, LogError> {
    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        let made = std::fs::create_dir_all(directory);
        made.map_err(|error| LogError::Url(format!("directory {}: {error}", directory.display())))?;
    }
    let options = options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let mut lost = 0;
    loop {
        let pool = pool(1).connect_with(options.clone()).await;
        match pool {
            // Turning a new file to WAL does not honour the busy timeout.
            Err(error) if is_busy(&error) && lost < OPEN_TRIES => lost += 1,
            other => return Ok(other?),
        }
        backoff::pause(lost).await;
    }
}

/// Opens the connections for reading. They refuse to write.
pub(crate) async fn open_readers(path: &Path) -> Result<SqlitePool, LogError> {
    Ok(pool(READERS)
        .connect_with(options(path).pragma("query_only", "ON"))
        .await?)
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not go stale.
        .test_before_acquire(false)
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "5" | "261"))
}

const STREAM: &str = "
SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload, e.metadata, e.recorded_at
  FROM events e CROSS JOIN event_log l
    ON l.aggregate_type = e.aggregate_type AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence
 WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.sequence BETWEEN $3 AND $4
 ORDER BY e.sequence";

pub(crate) async fn read_stream(
    read: &SqlitePool,
    aggregate_type: &str,
    id: &str,
    (first, last): (i64, i64),
) -> Result<Vec<RecordedEvent>, LogError> {
    let rows = sqlx::query(STREAM)
        .bind(aggregate_type)
        .bind(id)
        .bind(first)
        .bind(last)
        .fetch_all(read)
        .await?;
    rows.iter().map(recorded).collect()
}

fn recorded(row: &SqliteRow) -> Result<RecordedEvent, LogError> {
    let row = Row {
        position: row.try_get(0)?,
        aggregate_type: row.try_get(1)?,
        aggregate_id: row.try_get(2)?,
        sequence: row.try_get(3)?,
        event_type: row.try_get(4)?,
        event_version: row.try_get(5)?,
        payload: row.try_get(6)?,
        metadata: row.try_get(7)?,
        recorded_at: row.try_get(8)?,
    };
    row.decode()
}

pub(crate) async fn head(read: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM event_log")
        .fetch_one(read)
        .await
}

pub(crate) async fn last_number(read: &SqlitePool, series: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM document_numbers WHERE series = $1")
        .bind(series)
        .fetch_one(read)
        .await
}

pub(crate) async fn outcome_of(
    read: &SqlitePool,
    command_id: &str,
) -> Result<Option<OutcomeRow>, sqlx::Error> {
    sqlx::query_as(OUTCOME)
        .bind(command_id)
        .fetch_optional(read)
        .await
}
