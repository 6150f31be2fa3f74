//! Proof that what the database keeps beside the events says what the events say: their order, the document numbers and
//! the index of commands.

use rusqlite::Connection;
use sqlx::PgPool;

use crate::log::EventLog;
use crate::{Database, LogError};

/// Findings by name: a query that counts what is wrong, in the SQL that both engines share.
const COUNTS: [(&str, &str); 6] = [
    (
        "events without a place in the order",
        "SELECT count(*) FROM events e WHERE NOT EXISTS (
            SELECT 1 FROM event_log l WHERE l.aggregate_type = e.aggregate_type
               AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence)",
    ),
    (
        "places in the order without an event",
        "SELECT count(*) FROM event_log l WHERE NOT EXISTS (
            SELECT 1 FROM events e WHERE l.aggregate_type = e.aggregate_type
               AND l.aggregate_id = e.aggregate_id AND l.sequence = e.sequence)",
    ),
    (
        "gaps in the order",
        "SELECT coalesce(max(position), 0) - count(*) FROM event_log",
    ),
    (
        "events whose document number is not in the table of numbers",
        "SELECT count(*) FROM events e WHERE e.metadata ->> 'series' IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM document_numbers n WHERE n.series = e.metadata ->> 'series'
               AND n.number = CAST(e.metadata ->> 'number' AS BIGINT) AND n.aggregate_type = e.aggregate_type
               AND n.aggregate_id = e.aggregate_id AND n.sequence = e.sequence)",
    ),
    (
        "document numbers that their event does not carry",
        "SELECT count(*) FROM document_numbers n WHERE NOT EXISTS (
            SELECT 1 FROM events e WHERE e.aggregate_type = n.aggregate_type AND e.aggregate_id = n.aggregate_id
               AND e.sequence = n.sequence AND e.metadata ->> 'series' = n.series
               AND CAST(e.metadata ->> 'number' AS BIGINT) = n.number)",
    ),
    (
        "gaps in series of document numbers",
        "SELECT count(*) FROM (SELECT series FROM document_numbers
            GROUP BY series HAVING max(number) <> count(*) OR min(number) <> 1) AS broken",
    ),
];

/// Commands by their index, and by the events themselves.
const BY_INDEX: &str = "SELECT count(DISTINCT metadata ->> 'command_id') FROM events WHERE metadata ->> 'command_index' = '0'";
const SQLITE_BY_EVENTS: &str =
    "SELECT count(*), count(DISTINCT metadata ->> 'command_id') FROM events NOT INDEXED
    WHERE metadata ->> 'command_index' = '0'";
const POSTGRES_BY_EVENTS: &str =
    "SELECT count(*), count(DISTINCT metadata ->> 'command_id') FROM events
    WHERE metadata ->> 'command_index' = '0'";

impl EventLog {
    /// Compares the order, the document numbers and the index of commands with the events, and names what is wrong.
    /// Reads everything: for `billing check`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn check(&self) -> Result<Vec<String>, LogError> {
        match &self.inner.database {
            Database::Sqlite(database) => {
                let database = database.clone();
                let check = tokio::task::spawn_blocking(move || database.read(sqlite));
                check.await.map_err(|_| LogError::Closed)?
            }
            Database::Postgres(pool) => {
                self.head().await?; // Gives every event its place in the order.
                Ok(postgres(pool).await?)
            }
        }
    }
}

fn sqlite(db: &Connection) -> rusqlite::Result<Vec<String>> {
    db.execute_batch("BEGIN")?; // One state of the database.
    let found = sqlite_within(db);
    db.execute_batch("ROLLBACK")?;
    found
}

fn sqlite_within(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (what, sql) in COUNTS {
        name(&mut found, what, db.query_row(sql, [], |row| row.get(0))?);
    }
    let by_index: i64 = db.query_row(BY_INDEX, [], |row| row.get(0))?;
    let (events, commands): (i64, i64) =
        db.query_row(SQLITE_BY_EVENTS, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    name_commands(&mut found, by_index, events, commands);
    // Every index against its table, and the file's own structure.
    let mut integrity = db.prepare("PRAGMA integrity_check(20)")?;
    let lines = integrity.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        let line = line?;
        if line != "ok" {
            found.push(format!("the database file: {line}"));
        }
    }
    Ok(found)
}

async fn postgres(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    let mut found = Vec::new();
    let mut state = pool.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *state)
        .await?;
    sqlx::query("SET LOCAL statement_timeout = 0")
        .execute(&mut *state)
        .await?;
    for (what, sql) in COUNTS {
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *state).await?;
        name(&mut found, what, count);
    }
    sqlx::query("SET LOCAL enable_seqscan = off")
        .execute(&mut *state)
        .await?;
    let by_index: i64 = sqlx::query_scalar(BY_INDEX).fetch_one(&mut *state).await?;
    for off in [
        "enable_indexscan",
        "enable_indexonlyscan",
        "enable_bitmapscan",
    ] {
        sqlx::query(&format!("SET LOCAL {off} = off"))
            .execute(&mut *state)
            .await?;
    }
    let (events, commands): (i64, i64) = sqlx::query_as(POSTGRES_BY_EVENTS)
        .fetch_one(&mut *state)
        .await?;
    name_commands(&mut found, by_index, events, commands);
    state.rollback().await?;
    Ok(found)
}

fn name(found: &mut Vec<String>, what: &str, count: i64) {
    if count != 0 {
        found.push(format!("{what}: {count}"));
    }
}

fn name_commands(found: &mut Vec<String>, by_index: i64, events: i64, commands: i64) {
    if by_index != commands {
        found.push(format!(
            "the index of commands knows {by_index}, the events hold {commands}"
        ));
    }
    name(
        found,
        "commands with more than one outcome",
        events - commands,
    );
}
