//! Reading the global order from SQLite in bulk.
//!
//! A rebuild reads every event there is. Through sqlx every row crosses from the connection's
//! thread to ours, which costs more than the reading; here a whole batch is read on one blocking
//! thread, with texts borrowed from SQLite.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::recorded::Row;
use crate::{LogError, RecordedEvent};

/// How long a reader waits while the file is locked for recovery; readers never wait for writers.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

// CROSS JOIN keeps the log the outer table: the order is the log's and every event is found by its
// key.
const TAIL: &str = "
SELECT l.position, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, e.event_version,
       e.payload, e.metadata, e.recorded_at
  FROM event_log l CROSS JOIN events e
    ON e.aggregate_type = l.aggregate_type AND e.aggregate_id = l.aggregate_id AND e.sequence = l.sequence
 WHERE l.position > ?1
 ORDER BY l.position
 LIMIT ?2";

/// The connections for bulk reading, as many as there are readers at the same time.
#[derive(Clone)]
pub(crate) struct BulkReader {
    path: PathBuf,
    /// Connections at rest; `None` once the log is closed.
    resting: Arc<Mutex<Option<Vec<Connection>>>>,
}

impl BulkReader {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            resting: Arc::new(Mutex::new(Some(Vec::new()))),
        }
    }

    /// The events after position `after`, at most `limit`.
    pub(crate) async fn tail(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let reader = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let connection = reader.take()?;
            let events = read(&connection, after, limit);
            reader.put_back(connection);
            events
        });
        match read.await {
            Ok(events) => events,
            // The runtime is shutting down, or reading panicked.
            Err(error) => Err(LogError::Repository(Box::new(error))),
        }
    }

    /// Closes the connections at rest; those at work close when their batch is read.
    pub(crate) fn close(&self) {
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn take(&self) -> Result<Connection, LogError> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(connections) = resting.as_mut() else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        match connections.pop() {
            Some(connection) => Ok(connection),
            None => open(&self.path).map_err(failed),
        }
    }

    fn put_back(&self, connection: Connection) {
        if let Some(connections) = self
            .resting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            connections.push(connection);
        }
    }
}

fn open(path: &PathBuf) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn read(connection: &Connection, after: i64, limit: usize) -> Result<Vec<RecordedEvent>, LogError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(TAIL).map_err(failed)?;
    let mut rows = statement.query((after, limit)).map_err(failed)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        events.push(recorded(row)?);
    }
    Ok(events)
}

fn recorded(row: &rusqlite::Row<'_>) -> Result<RecordedEvent, LogError> {
    let text = |index| {
        let value: ValueRef<'_> = row.get_ref(index).map_err(failed)?;
        value.as_str().map_err(|error| failed(error.into()))
    };
    let row = Row {
        position: row.get(0).map_err(failed)?,
        aggregate_type: text(1)?,
        aggregate_id: text(2)?,
        sequence: row.get(3).map_err(failed)?,
        event_type: text(4)?,
        event_version: text(5)?,
        payload: text(6)?,
        metadata: text(7)?,
        recorded_at: row.get(8).map_err(failed)?,
    };
    row.decode()
}

fn failed(error: rusqlite::Error) -> LogError {
    LogError::Repository(Box::new(error))
}
