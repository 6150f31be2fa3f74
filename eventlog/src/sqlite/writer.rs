//! The one writing thread: what waits is written in one transaction, and answered when that is on disk.
//!
//! Each change runs within a savepoint, so that one which breaks a rule fails alone with its own error. After any other
//! error nothing of the transaction counts: every change of it fails, and the connection is thrown away, because SQLite
//! may have ended the transaction by itself. A change is answered with success only after a commit that succeeded on a
//! connection that was in no transaction before and is in none after.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::append::Append;
use super::connection::{FileId, open_writer};
use super::fault::is_the_statements_own;
use super::readers::Readers;
use crate::LogError;
use crate::recent::Recent;

/// The most changes of one transaction.
const MOST: usize = 256;
/// How often the thread lets others run first, as long as more changes come while it does.
const GATHER: u32 = 16;

/// The sending side: hands changes to the writing thread.
pub(super) struct Writer {
    /// `None` once the log is closed.
    changes: Mutex<Option<Sender<Change>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// What the writing thread is to do.
pub(super) enum Change {
    /// Events to append.
    Append(Append),
    /// Anything else.
    Other(Box<dyn Other>),
}

/// A change other than an append: rows of a side table.
pub(super) trait Other: Send {
    /// Makes the change within the transaction.
    fn make(&mut self, db: &Connection) -> rusqlite::Result<()>;
    /// Tells whoever waits what became of it.
    fn answer(self: Box<Self>, outcome: Result<(), LogError>);
}

/// A closure, its result, and who waits for it.
struct Closure<F, T> {
    make: Option<F>,
    made: Option<T>,
    reply: oneshot::Sender<Result<T, LogError>>,
}

impl<F, T> Other for Closure<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn make(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if let Some(make) = self.make.take() {
            self.made = Some(make(db)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), LogError>) {
        let Self { made, reply, .. } = *self;
        // Nobody may wait for it any longer; it is made all the same.
        let _ = reply.send(outcome.and_then(|()| made.ok_or_else(broke_off)));
    }
}

impl Change {
    fn make(&mut self, db: &Connection, position: &mut i64) -> rusqlite::Result<()> {
        match self {
            Self::Append(append) => append.make(db, position),
            Self::Other(other) => other.make(db),
        }
    }

    fn answer(self, outcome: Result<(), LogError>) {
        match self {
            Self::Append(append) => append.answer(outcome),
            Self::Other(other) => other.answer(outcome),
        }
    }
}

impl Writer {
    /// Starts the thread with a connection that is open already.
    pub(super) fn start(
        path: PathBuf,
        connection: Connection,
        readers: Readers,
        recent: Arc<Recent>,
    ) -> Result<Self, LogError> {
        let (sender, receiver) = channel();
        let file = FileId::of(&path)?;
        let mut thread = Thread {
            path,
            open: Some((connection, file)),
            readers,
            recent,
        };
        let handle = std::thread::Builder::new()
            .name("event-writer".to_owned())
            .spawn(move || thread.run(&receiver))
            .map_err(|error| LogError::Unavailable(error.to_string()))?;
        Ok(Self {
            changes: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(handle)),
        })
    }

    /// Makes a change and waits until it is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        make: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        let closure = Closure {
            make: Some(make),
            made: None,
            reply,
        };
        self.send(Change::Other(Box::new(closure)))?;
        answer.await.unwrap_or_else(|_| Err(broke_off()))
    }

    /// Appends events and waits until they are on disk.
    pub(super) async fn append(&self, events: Vec<super::append::Event>) -> Result<(), LogError> {
        let (reply, answer) = oneshot::channel();
        self.send(Change::Append(Append::new(events, reply)))?;
        answer.await.unwrap_or_else(|_| Err(broke_off()))
    }

    /// Takes no more changes, and waits until those that wait are written and the connection is closed.
    pub(super) async fn close(&self) {
        lock(&self.changes).take();
        let Some(thread) = lock(&self.thread).take() else {
            return;
        };
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::warn!("the writing thread did not end as it should");
        }
    }

    fn send(&self, change: Change) -> Result<(), LogError> {
        let changes = lock(&self.changes);
        let sender = changes.as_ref().ok_or(LogError::Closed)?;
        sender.send(change).map_err(|_| LogError::Closed)
    }
}

/// The receiving side.
struct Thread {
    path: PathBuf,
    /// The connection and the file that it is connected to; `None` after a fault.
    open: Option<(Connection, FileId)>,
    readers: Readers,
    recent: Arc<Recent>,
}

/// A change's own refusal, or the reason why the whole transaction came to nothing.
type Made = Result<Vec<Result<(), LogError>>, String>;

impl Thread {
    fn run(&mut self, changes: &Receiver<Change>) {
        while let Ok(first) = changes.recv() {
            let mut batch = gather(first, changes);
            // A panic within a change must not end the thread; those of its transaction hear that it broke off.
            let made = catch_unwind(AssertUnwindSafe(|| self.commit(&mut batch)))
                .unwrap_or_else(|_| Err("a change panicked".to_owned()));
            match made {
                Ok(outcomes) => self.succeeded(batch, outcomes),
                Err(reason) => self.failed(batch, reason),
            }
        }
    }

    fn succeeded(&mut self, batch: Vec<Change>, outcomes: Vec<Result<(), LogError>>) {
        // Readers of the log first: the answers wake those who will ask what the readers make of it.
        let mut recorded = Vec::new();
        for (change, outcome) in batch.iter().zip(&outcomes) {
            if let (Change::Append(append), Ok(())) = (change, outcome) {
                recorded.extend(append.recorded());
            }
        }
        if !recorded.is_empty() {
            self.recent.push(recorded);
        }
        for (change, outcome) in batch.into_iter().zip(outcomes) {
            change.answer(outcome);
        }
    }

    fn failed(&mut self, batch: Vec<Change>, reason: String) {
        tracing::error!(reason, "nothing can be written to the event store");
        self.open = None;
        self.readers.reopen();
        for change in batch {
            change.answer(Err(LogError::Unavailable(reason.clone())));
        }
    }

    /// Makes all changes in one transaction and commits it.
    fn commit(&mut self, batch: &mut [Change]) -> Made {
        self.connect().map_err(|error| error.to_string())?;
        let Some((db, _)) = &self.open else {
            return Err("there is no connection".to_owned());
        };
        let outcomes = make_all(db, batch)?;
        db.execute_batch("COMMIT")
            .map_err(|error| error.to_string())?;
        if !db.is_autocommit() {
            return Err("the transaction is still open after its commit".to_owned());
        }
        Ok(outcomes)
    }

    /// Opens a connection where there is none, or where the path names another file by now.
    fn connect(&mut self) -> Result<(), LogError> {
        let file = FileId::of(&self.path)?;
        if let Some((db, opened)) = &self.open
            && *opened == file
            && db.is_autocommit()
        {
            return Ok(());
        }
        self.open = None;
        self.readers.reopen();
        self.recent.forget();
        self.open = Some((open_writer(&self.path, false)?, file));
        tracing::info!("the event store is opened anew");
        Ok(())
    }
}

/// All changes that wait, and those that come while others get to run: under load that is many, at rest none.
fn gather(first: Change, changes: &Receiver<Change>) -> Vec<Change> {
    let mut batch = vec![first];
    for _ in 0..GATHER {
        let before = batch.len();
        batch.extend(changes.try_iter().take(MOST - before));
        if batch.len() == MOST {
            break;
        }
        std::thread::yield_now();
        batch.extend(changes.try_iter().take(MOST - batch.len()));
        if batch.len() == before {
            break;
        }
    }
    batch
}

/// Begins the transaction and makes the changes.
fn make_all(db: &Connection, batch: &mut [Change]) -> Made {
    let run = |sql: &str| db.execute_batch(sql).map_err(|error| error.to_string());
    run("BEGIN IMMEDIATE")?;
    let before = head(db)?;
    let mut position = before;
    let alone = batch.len() == 1;
    let mut outcomes = Vec::with_capacity(batch.len());
    for change in batch {
        if !alone {
            run("SAVEPOINT change")?;
        }
        let reached = position;
        let outcome = change.make(db, &mut position);
        if db.is_autocommit() {
            return Err(match outcome {
                Err(error) => error.to_string(),
                Ok(()) => "SQLite ended the transaction by itself".to_owned(),
            });
        }
        match outcome {
            Ok(()) if alone => {}
            Ok(()) => run("RELEASE change")?,
            Err(error) if is_the_statements_own(&error) => {
                position = reached;
                // Alone, there is nothing else to keep: an empty transaction is committed.
                run(if alone {
                    "ROLLBACK; BEGIN"
                } else {
                    "ROLLBACK TO change; RELEASE change"
                })?;
                outcomes.push(Err(error.into()));
                continue;
            }
            Err(error) => return Err(error.to_string()),
        }
        outcomes.push(Ok(()));
    }
    if position != before && head(db)? != position {
        return Err("the log's order is not what was appended".to_owned());
    }
    Ok(outcomes)
}

fn head(db: &Connection) -> Result<i64, String> {
    db.prepare_cached("SELECT coalesce(max(position), 0) FROM event_log")
        .and_then(|mut head| head.query_row([], |row| row.get(0)))
        .map_err(|error| error.to_string())
}

fn broke_off() -> LogError {
    LogError::Unavailable("the change broke off; whether it was made, its id tells".to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
