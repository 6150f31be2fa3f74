//! Building a file from the log: one thread reads and understands events, the other writes rows.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use eventlog::EventLog;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::error::ProjectionError;
use crate::record::Record;
use crate::sql::Writer;
use crate::{file, projector};

/// Events that travel together while a file is built.
const BATCH: usize = 4_000;
/// Batches that wait for the writing thread.
const WAITING: usize = 4;

/// Builds a new file from the first event up to position `upto`, telling `progress` how far it is. It has no indexes
/// yet: see [`file::finish`]. Blocks.
///
/// # Errors
/// Whatever stands in the way of reading the log or writing the file.
pub(crate) fn build(
    log: &EventLog,
    runtime: &Handle,
    path: &Path,
    upto: i64,
    progress: &dyn Fn(i64),
) -> Result<Connection, ProjectionError> {
    let db = file::create(path)?;
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read(log, runtime, upto, sender));
        let written = write(&db, receiver, progress);
        let read = reader
            .join()
            .map_err(|_| ProjectionError::Stopped("the reader panicked".to_owned()))?;
        written.and(read)
    })?;
    Ok(db)
}

fn read(
    log: &EventLog,
    runtime: &Handle,
    upto: i64,
    sender: SyncSender<Vec<Record>>,
) -> Result<(), ProjectionError> {
    let mut position = 0;
    while position < upto {
        let wanted = usize::try_from(upto - position).unwrap_or(BATCH).min(BATCH);
        let records = fetch(log, runtime, position, wanted)?;
        match records.last() {
            Some(last) => position = last.position,
            None => return Err(ProjectionError::Gap(position, upto)),
        }
        if sender.send(records).is_err() {
            return Ok(()); // The writer stopped, and says why.
        }
    }
    Ok(())
}

/// Waits for what runs on the runtime's own threads: a runtime that shuts down gives an error then, and no panic.
pub(crate) fn wait<T: Send + 'static>(
    runtime: &Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, ProjectionError> {
    let done = runtime.block_on(runtime.spawn(future));
    done.map_err(|error| ProjectionError::Stopped(error.to_string()))
}

/// The events after `position`, understood.
pub(crate) fn fetch(
    log: &EventLog,
    runtime: &Handle,
    position: i64,
    limit: usize,
) -> Result<Vec<Record>, ProjectionError> {
    // What this node has just appended is at hand; only the rest is read.
    let recorded = match log.recent(position, limit) {
        Some(recent) => recent,
        None => {
            let log = log.clone();
            wait(runtime, async move { log.tail(position, limit).await })??
        }
    };
    recorded
        .into_iter()
        .map(|recorded| {
            let position = recorded.position;
            Record::decode(recorded).map_err(|source| ProjectionError::Decode { position, source })
        })
        .collect()
}

/// One transaction from the first event to the last: a page that many events change is written once.
fn write(
    db: &Connection,
    receiver: Receiver<Vec<Record>>,
    progress: &dyn Fn(i64),
) -> Result<(), ProjectionError> {
    db.execute_batch("BEGIN")?;
    let writer = Writer::new(db);
    for records in receiver {
        projector::apply_within(&writer, &records, |_, _| {})?;
        progress(projector::checkpoint(db)?.position);
    }
    db.execute_batch("COMMIT")?;
    Ok(())
}
