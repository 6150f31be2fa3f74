//! Reading: one stream, or everything in the one global order.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use crate::bulk::BulkReader;
use crate::log::EventLog;
use crate::{Database, LogError, RecordedEvent, postgres, sqlite};

/// How often a waiting reader looks for events that another node appended.
const POLL: Duration = Duration::from_millis(100);

impl EventLog {
    /// The events of one stream, oldest first, payloads as stored; empty if there is no such
    /// stream.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] or [`LogError::Database`].
    pub async fn read_stream(
        &self,
        aggregate_type: &str,
        id: Uuid,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        self.read_part(aggregate_type, id, (1, i64::MAX)).await
    }

    /// One event of one stream, payload as stored; None if there is none at that sequence.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] or [`LogError::Database`].
    pub async fn read_event(
        &self,
        aggregate_type: &str,
        id: Uuid,
        sequence: i64,
    ) -> Result<Option<RecordedEvent>, LogError> {
        let part = self
            .read_part(aggregate_type, id, (sequence, sequence))
            .await?;
        Ok(part.into_iter().next())
    }

    async fn read_part(
        &self,
        aggregate_type: &str,
        id: Uuid,
        part: (i64, i64),
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let id = id.to_string();
        match &self.inner.database {
            Database::Sqlite { read, .. } => {
                sqlite::read_stream(read, aggregate_type, &id, part).await
            }
            Database::Postgres(pool) => {
                postgres::read_stream(pool, aggregate_type, &id, part).await
            }
        }
    }

    /// The events after position `after` in the one global order, at most `limit`, payloads as
    /// stored.
    ///
    /// A reader that goes on from the last position it got sees every event exactly once, and each
    /// stream in its own order. Everything committed before the call is included.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] or [`LogError::Database`].
    pub async fn tail(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        self.inner.order.tail(after, limit).await
    }

    /// The position of the last event, or 0. Includes everything committed before the call.
    ///
    /// # Errors
    /// [`LogError::Database`] if the database fails.
    pub async fn head(&self) -> Result<i64, LogError> {
        match &self.inner.database {
            Database::Sqlite { read, .. } => Ok(sqlite::head(read).await?),
            Database::Postgres(pool) => postgres::head(pool).await,
        }
    }

    /// Returns as soon as there may be something after position `after`: at once when this node
    /// appends, within a tenth of a second when another does. Returns too if the database fails, so
    /// that the caller's next [`EventLog::tail`] reports it.
    pub async fn wait_beyond(&self, after: i64) {
        // Subscribe first: an append between the look and the wait must still wake us.
        let mut appended = self.inner.appended.subscribe();
        loop {
            match self.is_beyond(after).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(%error, "cannot look for new events");
                    return tokio::time::sleep(POLL).await;
                }
            }
            tokio::select! {
                _ = appended.changed() => return,
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn is_beyond(&self, after: i64) -> Result<bool, sqlx::Error> {
        match &self.inner.database {
            Database::Sqlite { read, .. } => Ok(sqlite::head(read).await? > after),
            Database::Postgres(pool) => postgres::is_beyond(pool, after).await,
        }
    }
}

/// What reads the global order.
pub(crate) enum OrderReader {
    Sqlite(BulkReader),
    Postgres(PgPool),
}

impl OrderReader {
    async fn tail(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        match self {
            Self::Sqlite(reader) => reader.tail(after, limit).await,
            Self::Postgres(pool) => postgres::tail(pool, after, limit).await,
        }
    }

    /// Closes what the pools of [`Database`] do not.
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(reader) => reader.close(),
            Self::Postgres(_) => {}
        }
    }
}
