//! What is particular to PostgreSQL: its connections, its queries and its sequencer.

use std::str::FromStr;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{Connection as _, PgPool, Row as _};
use time::OffsetDateTime;

use crate::outcome::{OUTCOME, OutcomeRow};
use crate::recorded::Row;
use crate::{LogError, RecordedEvent};

/// Connections of one node.
const CONNECTIONS: u32 = 16;
/// Events placed in the global order by one statement.
const SEQUENCER_BATCH: i64 = 5_000;
/// A connection idle for longer is tested before it is used: the server may have restarted
/// meanwhile.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(15);

/// Where and how to connect.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, LogError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| LogError::Url("the postgres:// url cannot be understood".to_owned()))?;
    Ok(options.application_name("billing").options([
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "60s"),
        // The sequencer must see what was committed while it waited for its lock.
        ("default_transaction_isolation", "read\\ committed"),
    ]))
}

/// Opens the pool.
pub(crate) async fn open(options: PgConnectOptions) -> Result<PgPool, LogError> {
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(15))
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for < TEST_AFTER_IDLE {
                    return Ok(true);
                }
                Ok(connection.ping().await.is_ok())
            })
        });
    Ok(pool.connect_with(options).await?)
}

/// Whether the server may do what was asked in a while: it cannot be reached, stops or starts, is full, has no more
/// connections, or waits for a lock for too long.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|refused| refused.code());
    let Some(code) = code else {
        return matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        );
    };
    // Connection exceptions, no resources, operator intervention; lock not available, query cancelled by a timeout,
    // read-only after a change of the primary, serialisation failure, deadlock.
    ["08", "53", "57P"]
        .iter()
        .any(|class| code.starts_with(class))
        || matches!(
            code.as_ref(),
            "55P03" | "57014" | "25006" | "40001" | "40P01"
        )
}

// LATERAL with OFFSET 0 finds every event by its key, whatever the planner's statistics say.
const TAIL: &str = "
SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload::text, e.metadata::text, e.recorded_at
  FROM (SELECT * FROM event_log WHERE position > $1 ORDER BY position LIMIT $2) l
 CROSS JOIN LATERAL (
       SELECT * FROM events e
        WHERE e.aggregate_type = l.aggregate_type AND e.aggregate_id = l.aggregate_id AND e.sequence = l.sequence
       OFFSET 0) e
 ORDER BY l.position";

const STREAM: &str = "
SELECT coalesce(l.position, 0), e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload::text, e.metadata::text, e.recorded_at
  FROM events e LEFT JOIN event_log l USING (aggregate_type, aggregate_id, sequence)
 WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 AND e.sequence BETWEEN $3 AND $4
 ORDER BY e.sequence";

pub(crate) async fn tail(
    pool: &PgPool,
    after: i64,
    limit: usize,
) -> Result<Vec<RecordedEvent>, LogError> {
    sequence(pool).await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = sqlx::query(TAIL).bind(after).bind(limit).fetch(pool);
    let mut events = Vec::new();
    while let Some(row) = rows.try_next().await? {
        events.push(recorded(&row)?);
    }
    Ok(events)
}

/// Places every waiting event in the global order.
async fn sequence(pool: &PgPool) -> Result<(), sqlx::Error> {
    loop {
        let placed: i64 = sqlx::query_scalar("SELECT sequence_events($1::integer)")
            .bind(SEQUENCER_BATCH as i32)
            .fetch_one(pool)
            .await?;
        if placed < SEQUENCER_BATCH {
            return Ok(());
        }
    }
}

pub(crate) async fn read_stream(
    pool: &PgPool,
    aggregate_type: &str,
    id: &str,
    (first, last): (i64, i64),
) -> Result<Vec<RecordedEvent>, LogError> {
    let rows = sqlx::query(STREAM)
        .bind(aggregate_type)
        .bind(id)
        .bind(first)
        .bind(last)
        .fetch_all(pool)
        .await?;
    rows.iter().map(recorded).collect()
}

fn recorded(row: &PgRow) -> Result<RecordedEvent, LogError> {
    let recorded_at: OffsetDateTime = row.try_get(8)?;
    let row = Row {
        position: row.try_get(0)?,
        aggregate_type: row.try_get(1)?,
        aggregate_id: row.try_get(2)?,
        sequence: row.try_get(3)?,
        event_type: row.try_get(4)?,
        event_version: row.try_get(5)?,
        payload: row.try_get(6)?,
        metadata: row.try_get(7)?,
        recorded_at: recorded_at.unix_timestamp() * 1_000_000
            + i64::from(recorded_at.microsecond()),
    };
    row.decode()
}

pub(crate) async fn head(pool: &PgPool) -> Result<i64, LogError> {
    sequence(pool).await?;
    Ok(sqlx::query_scalar("SELECT position FROM event_head")
        .fetch_one(pool)
        .await?)
}

/// Whether the order goes beyond `after`, or will as soon as someone sequences.
pub(crate) async fn is_beyond(pool: &PgPool, after: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT (SELECT position FROM event_head) > $1 OR EXISTS (SELECT 1 FROM event_inbox)",
    )
    .bind(after)
    .fetch_one(pool)
    .await
}

pub(crate) async fn last_number(pool: &PgPool, series: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM document_numbers WHERE series = $1")
        .bind(series)
        .fetch_one(pool)
        .await
}

pub(crate) async fn outcome_of(
    pool: &PgPool,
    command_id: &str,
) -> Result<Option<OutcomeRow>, sqlx::Error> {
    sqlx::query_as(OUTCOME)
        .bind(command_id)
        .fetch_optional(pool)
        .await
}
