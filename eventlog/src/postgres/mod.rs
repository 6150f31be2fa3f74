//! PostgreSQL: connections, queries and the sequencer.

mod servers;

use std::time::Duration;

use cqrs_es::persist::SerializedEvent;
use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::types::Json;
use sqlx::{Connection as _, PgPool, Row as _};
use time::OffsetDateTime;

use crate::outcome::{OUTCOME, OutcomeRow};
use crate::recorded::Row;
use crate::{LogError, RecordedEvent};

pub(crate) use servers::Servers;
use servers::Turned;

/// Connections of one node.
const CONNECTIONS: u32 = 16;
/// Within the time a request may wait for the store, so that one that gets no connection is told to come again.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(4);
/// How long one small question or one append may take before the request is told that the store is away. A server that
/// stands still says nothing at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Events placed in the global order by one statement.
const SEQUENCER_BATCH: i64 = 5_000;
/// A connection idle for longer is tested before it is used: the server may have restarted
/// meanwhile.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(15);

/// What every connection has in common, whichever the server.
fn configured(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("billing").options([
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "60s"),
        // The sequencer must see what was committed while it waited for its lock.
        ("default_transaction_isolation", "read\\ committed"),
    ])
}

/// Opens the pool on the chosen server, and follows when another one takes its place.
pub(crate) async fn open(servers: Servers, chosen: PgConnectOptions) -> Result<PgPool, LogError> {
    let turned = Turned::default();
    let before = turned.clone();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_WITHIN)
        .test_before_acquire(false)
        .before_acquire(move |connection, state| {
            let outdated = before.since(state.age);
            Box::pin(async move {
                if outdated {
                    return Ok(false);
                }
                if state.idle_for < TEST_AFTER_IDLE {
                    return Ok(true);
                }
                Ok(connection.ping().await.is_ok())
            })
        })
        .connect_with(chosen.clone())
        .await?;
    servers::follow(servers, chosen, pool.clone(), turned);
    Ok(pool)
}

/// What the server answers, if it does in time. An append that was given up may have been made: its command id tells.
pub(crate) async fn in_time<F: Future>(asked: F) -> Result<F::Output, LogError> {
    tokio::time::timeout(ANSWER_WITHIN, asked)
        .await
        .map_err(|_| LogError::Unavailable("the server does not answer".to_owned()))
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
                | sqlx::Error::Protocol(_)
                | sqlx::Error::BeginFailed
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

// Sequences and reads in one round trip; the last column says that more events wait than it sequenced.
const TAIL: &str = "
SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version,
       payload, metadata, recorded_at, more_waits
  FROM read_event_log($1, $2, $3)";

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
    let (events, more_waits) = read_log(pool, after, limit).await?;
    if !more_waits || events.len() >= limit {
        return Ok(events);
    }
    sequence(pool).await?;
    Ok(read_log(pool, after, limit).await?.0)
}

/// Events of the order, and whether others wait that are not yet in it.
async fn read_log(
    pool: &PgPool,
    after: i64,
    limit: usize,
) -> Result<(Vec<RecordedEvent>, bool), LogError> {
    let mut rows = sqlx::query(TAIL)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(SEQUENCER_BATCH as i32)
        .fetch(pool);
    let (mut events, mut more_waits) = (Vec::new(), false);
    while let Some(row) = rows.try_next().await? {
        more_waits = row.try_get(9)?;
        events.push(recorded(&row)?);
    }
    Ok((events, more_waits))
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

const APPEND: &str = "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[])";

/// Appends all of `events` or none, in one statement that is its own transaction: one round trip where the
/// repository of `postgres-es` takes two more than there are events.
pub(crate) async fn append(pool: &PgPool, events: &[SerializedEvent]) -> Result<(), sqlx::Error> {
    let column = |of: fn(&SerializedEvent) -> &str| events.iter().map(of).collect::<Vec<_>>();
    let sequences = events
        .iter()
        .map(|event| i64::try_from(event.sequence))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let payloads: Vec<_> = events.iter().map(|event| &event.payload).collect();
    let metadata: Vec<_> = events.iter().map(|event| &event.metadata).collect();
    sqlx::query(APPEND)
        .bind(column(|event| &event.aggregate_type))
        .bind(column(|event| &event.aggregate_id))
        .bind(sequences)
        .bind(column(|event| &event.event_type))
        .bind(column(|event| &event.event_version))
        .bind(payloads.into_iter().map(Json).collect::<Vec<_>>())
        .bind(metadata.into_iter().map(Json).collect::<Vec<_>>())
        .execute(pool)
        .await?;
    Ok(())
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
