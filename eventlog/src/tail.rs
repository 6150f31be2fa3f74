//! Reading: one stream, or everything in the one global order.

use std::time::Duration;

use uuid::Uuid;

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
            Database::Sqlite(database) => sqlite::read_stream(database, aggregate_type, &id, part),
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
        if let Some(events) = self.recent(after, limit) {
            return Ok(events);
        }
        self.read_tail(after, limit).await
    }

    async fn read_tail(&self, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
        match &self.inner.database {
            Database::Sqlite(database) => {
                let database = database.clone();
                let read =
                    tokio::task::spawn_blocking(move || sqlite::tail(&database, after, limit));
                // An error here means that the runtime is shutting down.
                read.await.map_err(|_| LogError::Closed)?
            }
            Database::Postgres(pool) => postgres::tail(pool, after, limit).await,
        }
    }

    /// The event at a position as the database has it, whatever this node remembers; None where there is none.
    ///
    /// # Errors
    /// As [`EventLog::tail`].
    pub async fn stored_at(&self, position: i64) -> Result<Option<RecordedEvent>, LogError> {
        let mut stored = self.read_tail(position - 1, 1).await?;
        Ok(stored.pop().filter(|event| event.position == position))
    }

    /// Lets go of connections to a database file that is not the one under its path any more, as after a backup was
    /// restored. PostgreSQL's connections end with their server.
    ///
    /// # Errors
    /// Where there is no file.
    pub fn follow_file(&self) -> Result<(), LogError> {
        match &self.inner.database {
            Database::Sqlite(database) => {
                if database.follow_file()? {
                    self.inner.recent.forget();
                }
                Ok(())
            }
            Database::Postgres(_) => Ok(()),
        }
    }

    /// The events after position `after`, at most `limit`, where this node has them in memory because it appended them
    /// just now. None says nothing: [`EventLog::tail`] asks the database.
    pub fn recent(&self, after: i64, limit: usize) -> Option<Vec<RecordedEvent>> {
        self.inner.recent.after(after, limit)
    }

    /// How many appends through this log there were: to be asked for before looking for events, and waited beyond.
    pub fn appends(&self) -> u64 {
        self.inner.recent.appends()
    }

    /// Blocks until more than `seen` appends were made through this log, or for `limit`: for a thread of its own.
    pub fn wait_for_append(&self, seen: u64, limit: Duration) {
        self.inner.recent.wait(seen, limit);
    }

    /// The position of the last event, or 0. Includes everything committed before the call.
    ///
    /// # Errors
    /// [`LogError::Database`] if the database fails.
    pub async fn head(&self) -> Result<i64, LogError> {
        match &self.inner.database {
            Database::Sqlite(database) => sqlite::head(database),
            Database::Postgres(pool) => postgres::head(pool).await,
        }
    }

    /// Returns as soon as there may be something after position `after`: at once when this node
    /// appends, within a tenth of a second when another does. Returns too if the database fails, so
    /// that the caller's next [`EventLog::tail`] reports it.
    pub async fn wait_beyond(&self, after: i64) {
        // Subscribe first: an append between the look and the wait must still wake us.
        let mut appended = self.inner.recent.subscribe();
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

    async fn is_beyond(&self, after: i64) -> Result<bool, LogError> {
        if self.recent(after, 1).is_some() {
            return Ok(true);
        }
        match &self.inner.database {
            Database::Sqlite(database) => Ok(sqlite::head(database)? > after),
            Database::Postgres(pool) => Ok(postgres::is_beyond(pool, after).await?),
        }
    }
}
