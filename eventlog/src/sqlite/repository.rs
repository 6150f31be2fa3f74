//! The repository of `cqrs-es` on SQLite: streams are read where the command runs, and appended by the writing thread.

use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use rusqlite::Row;
use serde_json::Value;

use super::SqliteDatabase;
use crate::LogError;
use crate::sqlite::is_contention;

const STREAM: &str = "
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
  FROM events
 WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND sequence > ?3
 ORDER BY sequence";

const EVERY_STREAM: &str = "
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
  FROM events
 WHERE aggregate_type = ?1
 ORDER BY sequence";

/// Events in the SQLite database of the log. Snapshots are not kept: those of `cqrs-es` corrupt state.
pub(crate) struct SqliteEventRepository {
    database: SqliteDatabase,
}

impl SqliteEventRepository {
    pub(crate) fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }

    fn select(
        &self,
        sql: &str,
        args: impl rusqlite::Params,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let selected = self.database.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(args, event)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        selected.map_err(persistence)
    }
}

impl PersistedEventRepository for SqliteEventRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.select(STREAM, (A::TYPE, aggregate_id, 0_i64))
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let after = i64::try_from(last_sequence).unwrap_or(i64::MAX);
        self.select(STREAM, (A::TYPE, aggregate_id, after))
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            let reason = LogError::Unavailable("snapshots are not kept".to_owned());
            return Err(persistence(reason));
        }
        let events = events.iter().map(Into::into).collect();
        self.database
            .writer
            .append(events)
            .await
            .map_err(persistence)
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        replay(self.get_events::<A>(aggregate_id).await?).await
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        replay(self.select(EVERY_STREAM, (A::TYPE,))?).await
    }
}

/// A stream of events that were read already: a fault of the database has ended the call, not the stream.
async fn replay(events: Vec<SerializedEvent>) -> Result<ReplayStream, PersistenceError> {
    let (mut feed, stream) = ReplayStream::new(events.len().max(1));
    for event in events {
        feed.push(Ok(event)).await?;
    }
    Ok(stream)
}

fn event(row: &Row<'_>) -> rusqlite::Result<SerializedEvent> {
    let json = |index: usize| {
        let text = row.get_ref(index)?.as_str()?;
        serde_json::from_str(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                index,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })
    };
    Ok(SerializedEvent {
        aggregate_type: row.get(0)?,
        aggregate_id: row.get(1)?,
        sequence: row.get(2)?,
        event_type: row.get(3)?,
        event_version: row.get(4)?,
        payload: json(5)?,
        metadata: json(6)?,
    })
}

fn persistence(error: LogError) -> PersistenceError {
    if let LogError::Sqlite(error) = &error
        && is_contention(error)
    {
        return PersistenceError::OptimisticLockError;
    }
    PersistenceError::UnknownError(Box::new(error))
}
