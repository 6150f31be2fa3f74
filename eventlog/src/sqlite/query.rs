//! What the log asks SQLite.

use rusqlite::{Connection, OptionalExtension as _, Row as SqliteRow};

use super::SqliteDatabase;
use crate::outcome::{OUTCOME, OutcomeRow};
use crate::recorded::Row;
use crate::{LogError, RecordedEvent};

// CROSS JOIN keeps the log the outer table: the order is the log's and every event is found by its key.
const TAIL: &str = "
SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload, e.metadata, e.recorded_at
  FROM event_log l CROSS JOIN events e
    ON e.aggregate_type = l.aggregate_type AND e.aggregate_id = l.aggregate_id AND e.sequence = l.sequence
 WHERE l.position > ?1
 ORDER BY l.position
 LIMIT ?2";

const STREAM: &str = "
SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload, e.metadata, e.recorded_at
  FROM events e CROSS JOIN event_log l
    ON l.aggregate_type = e.aggregate_type AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence
 WHERE e.aggregate_type = ?1 AND e.aggregate_id = ?2 AND e.sequence BETWEEN ?3 AND ?4
 ORDER BY e.sequence";

/// The events after position `after`, at most `limit`. Blocks for as long as that takes.
pub(crate) fn tail(
    database: &SqliteDatabase,
    after: i64,
    limit: usize,
) -> Result<Vec<RecordedEvent>, LogError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    database.read(|db| recorded(db, TAIL, (after, limit)))?
}

/// The events of one stream from the `first` sequence to the `last`.
pub(crate) fn read_stream(
    database: &SqliteDatabase,
    aggregate_type: &str,
    id: &str,
    (first, last): (i64, i64),
) -> Result<Vec<RecordedEvent>, LogError> {
    database.read(|db| recorded(db, STREAM, (aggregate_type, id, first, last)))?
}

pub(crate) fn head(database: &SqliteDatabase) -> Result<i64, LogError> {
    database.read(|db| {
        db.prepare_cached("SELECT coalesce(max(position), 0) FROM event_log")?
            .query_row([], |row| row.get(0))
    })
}

pub(crate) fn last_number(database: &SqliteDatabase, series: &str) -> Result<i64, LogError> {
    database.read(|db| {
        db.prepare_cached(
            "SELECT coalesce(max(number), 0) FROM document_numbers WHERE series = ?1",
        )?
        .query_row([series], |row| row.get(0))
    })
}

pub(crate) fn outcome_of(
    database: &SqliteDatabase,
    command_id: &str,
) -> Result<Option<OutcomeRow>, LogError> {
    database.read(|db| {
        db.prepare_cached(OUTCOME)?
            .query_row([command_id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
    })
}

/// The rows, with texts borrowed from SQLite until they are understood. A row that cannot be understood is the log's
/// fault, not SQLite's.
fn recorded(
    db: &Connection,
    sql: &str,
    args: impl rusqlite::Params,
) -> rusqlite::Result<Result<Vec<RecordedEvent>, LogError>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(args)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        match decode(row)? {
            Ok(event) => events.push(event),
            Err(corrupt) => return Ok(Err(corrupt)),
        }
    }
    Ok(Ok(events))
}

fn decode(row: &SqliteRow<'_>) -> rusqlite::Result<Result<RecordedEvent, LogError>> {
    let text = |index| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_str()?);
    let row = Row {
        position: row.get(0)?,
        aggregate_type: text(1)?,
        aggregate_id: text(2)?,
        sequence: row.get(3)?,
        event_type: text(4)?,
        event_version: text(5)?,
        payload: text(6)?,
        metadata: text(7)?,
        recorded_at: row.get(8)?,
    };
    Ok(row.decode())
}
