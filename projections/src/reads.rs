//! The read models that a node serves: connections per thread, a projector that follows the log, and word of changes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use eventlog::EventLog;
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, broadcast, watch};
use uuid::Uuid;

use crate::error::{ProjectionError, is_broken_file};
use crate::file::{self, Folder};
use crate::history::Lost;
use crate::projector::Change;
use crate::{activity, build, follow, history, projector};

/// Events that a file which is behind takes at once.
const CATCH_UP_BATCH: usize = 4_000;
/// Changes that a slow listener may be behind before it loses some.
const LISTENER_BACKLOG: usize = 1_024;
/// Queries that no index bounds and that run at once, each on a thread where blocking is allowed.
const LONG_QUERIES: usize = 4;

/// The read models of one node. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    shared: Arc<Shared>,
}

/// What the projector's thread and the readers share.
pub(crate) struct Shared {
    served: ArcSwap<Served>,
    pub(crate) folder: Folder,
    position: AtomicI64,
    changes: broadcast::Sender<Arc<Vec<Change>>>,
    waiting: Mutex<HashMap<Uuid, Weak<watch::Sender<i64>>>>,
    long_queries: Semaphore,
    fault: Mutex<Option<String>>,
    /// Set while the log has another history than the served file: then nothing is read from it.
    refusing: AtomicBool,
    /// Set when a reader found the file broken.
    suspect: AtomicBool,
    /// The events that were lost when the log last turned out to have another history.
    lost: watch::Sender<Option<Arc<Lost>>>,
    stopping: AtomicBool,
    _lock: std::fs::File,
}

/// The file that is served now. The generation tells threads when to open another one.
struct Served {
    path: PathBuf,
    generation: u64,
}

static GENERATIONS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static CONNECTION: RefCell<Option<(u64, Connection)>> = const { RefCell::new(None) };
}

impl Served {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            generation: GENERATIONS.fetch_add(1, Ordering::Relaxed),
        }
    }
}

/// A promise to hear of one aggregate's changes, made before it is changed.
pub struct Expectation {
    version: Arc<watch::Sender<i64>>,
}

impl ReadModels {
    /// Opens the read models in `folder`, builds them where there are none of this schema (telling `progress`), and
    /// starts to follow the log. Blocks while building: call it where blocking is allowed.
    ///
    /// # Errors
    /// Where the folder is another process's, or the log or a file cannot be read or written.
    pub fn open(
        log: &EventLog,
        runtime: &Handle,
        folder: &Path,
        progress: &dyn Fn(i64, i64),
    ) -> Result<Self, ProjectionError> {
        let folder = Folder::open(folder)?;
        let lock = folder.lock()?;
        let (path, writer, position) = match resume(log, runtime, &folder)? {
            Some(resumed) => resumed,
            None => start(log, runtime, &folder, progress)?,
        };
        folder.remove_others(&path);
        let reads = Self {
            shared: Arc::new(Shared {
                served: ArcSwap::from_pointee(Served::new(path)),
                folder,
                position: AtomicI64::new(position),
                changes: broadcast::channel(LISTENER_BACKLOG).0,
                waiting: Mutex::new(HashMap::new()),
                long_queries: Semaphore::new(LONG_QUERIES),
                fault: Mutex::new(None),
                refusing: AtomicBool::new(false),
                suspect: AtomicBool::new(false),
                lost: watch::Sender::new(None),
                stopping: AtomicBool::new(false),
                _lock: lock,
            }),
        };
        follow::follow(&reads.shared, log.clone(), runtime.clone(), writer)?;
        Ok(reads)
    }

    /// Runs a query that an index bounds, here and now.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        if self.shared.refusing.load(Ordering::Acquire) {
            return Err(another_history());
        }
        let answer = CONNECTION.with_borrow_mut(|slot| query(self.connection(slot)?));
        if answer.as_ref().is_err_and(is_broken_file) {
            self.shared.suspect.store(true, Ordering::Release);
        }
        answer
    }

    /// This thread's connection to the file that is served now. While one is opened, a rebuilt file may take its
    /// place and the old one be removed: then that one is opened.
    fn connection<'c>(
        &self,
        slot: &'c mut Option<(u64, Connection)>,
    ) -> rusqlite::Result<&'c Connection> {
        let mut served = self.shared.served.load_full();
        while slot
            .as_ref()
            .is_none_or(|(generation, _)| *generation != served.generation)
        {
            let opened = file::open_reader(&served.path);
            let newest = self.shared.served.load_full();
            if newest.generation == served.generation {
                *slot = Some((served.generation, opened?));
            }
            served = newest;
        }
        let connection = slot.as_ref().map(|(_, db)| db);
        connection.ok_or(rusqlite::Error::InvalidQuery)
    }

    /// Runs a query that may take long on a thread where blocking is allowed, a few of them at once.
    ///
    /// # Errors
    /// Whatever SQLite says, or that the thread was lost.
    pub async fn read_long<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ProjectionError> {
        let stopped = |error: &dyn std::fmt::Display| ProjectionError::Stopped(error.to_string());
        let _turn = self
            .shared
            .long_queries
            .acquire()
            .await
            .map_err(|error| stopped(&error))?;
        let reads = self.clone();
        let ran = tokio::task::spawn_blocking(move || reads.read(query)).await;
        Ok(ran.map_err(|error| stopped(&error))??)
    }

    /// How far the served file has come in the log.
    pub fn position(&self) -> i64 {
        self.shared.position.load(Ordering::Acquire)
    }

    /// Why the projector stands still, if it does.
    pub fn fault(&self) -> Option<String> {
        self.shared
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes each time the log turns out to have another history than the read models, before they are built anew:
    /// holds what was lost. Whoever keeps something of the old history has to read it again.
    pub fn lost(&self) -> watch::Receiver<Option<Arc<Lost>>> {
        self.shared.lost.subscribe()
    }

    /// Waits until the read models are at `position` or later; false where that takes longer than `limit`.
    pub async fn reached(&self, position: i64, limit: Duration) -> bool {
        if self.position() >= position {
            return true;
        }
        let mut changes = self.changes();
        let reached = async {
            while self.position() < position {
                match changes.recv().await {
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return false,
                }
            }
            true
        };
        matches!(tokio::time::timeout(limit, reached).await, Ok(true))
    }

    /// Has the projector end before the log is closed under it.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Release);
    }

    /// All changes from now on, in the log's order.
    pub fn changes(&self) -> broadcast::Receiver<Arc<Vec<Change>>> {
        self.shared.changes.subscribe()
    }

    /// To be asked for before an aggregate is changed, and waited on afterwards.
    pub fn expect(&self, id: Uuid) -> Expectation {
        let mut waiting = self
            .shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = waiting.get(&id).and_then(Weak::upgrade) {
            return Expectation { version };
        }
        let version = Arc::new(watch::channel(0).0);
        waiting.insert(id, Arc::downgrade(&version));
        Expectation { version }
    }
}

impl Expectation {
    /// Waits until the read models hold the aggregate at `version` or later; false where that takes longer than `limit`.
    pub async fn reached(&self, version: i64, limit: Duration) -> bool {
        let mut seen = self.version.subscribe();
        let reached = seen.wait_for(|at| *at >= version);
        matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
    }
}

impl Shared {
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(crate) fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    pub(crate) fn served_path(&self) -> PathBuf {
        self.served.load().path.clone()
    }

    pub(crate) fn set_fault(&self, fault: Option<String>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Whether a reader has found the file broken since this was last asked.
    pub(crate) fn take_suspicion(&self) -> bool {
        self.suspect.swap(false, Ordering::AcqRel)
    }

    /// Serves nothing until another file is served.
    pub(crate) fn refuse(&self, reason: &str) {
        tracing::error!(reason, "nothing is served");
        self.refusing.store(true, Ordering::Release);
        self.set_fault(Some(reason.to_owned()));
    }

    pub(crate) fn serve(&self, path: PathBuf, position: i64) {
        self.served.store(Arc::new(Served::new(path)));
        self.position.store(position, Ordering::Release);
        self.suspect.store(false, Ordering::Release);
        self.refusing.store(false, Ordering::Release);
    }

    pub(crate) fn tell_lost(&self, lost: Lost) {
        self.lost.send_replace(Some(Arc::new(lost)));
    }

    /// Tells those who wait for an aggregate what the file says of it: for a file that did not come from the one before
    /// event by event.
    pub(crate) fn tell_waiting(&self, file: &Connection) -> rusqlite::Result<()> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, version) in waiting.iter() {
            if let Some(version) = version.upgrade() {
                version.send_replace(activity::find_version(file, *id)?);
            }
        }
        drop(waiting);
        // Whoever waits for a position looks again.
        let _ = self.changes.send(Arc::new(Vec::new()));
        Ok(())
    }

    pub(crate) fn tell(&self, changes: Vec<Change>) {
        if let Some(last) = changes.last() {
            self.position.store(last.position, Ordering::Release);
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.is_empty() {
            for change in &changes {
                if let Some(version) = waiting.get(&change.subject_id).and_then(Weak::upgrade) {
                    version.send_replace(change.version);
                }
            }
            waiting.retain(|_, version| version.strong_count() > 0);
        }
        drop(waiting);
        // Nobody listening is no fault.
        let _ = self.changes.send(Arc::new(changes));
    }
}

/// A file on its way to being served: its name, the projector's connection, how far it has come.
type Opened = (PathBuf, Connection, i64);

/// Goes on with the file that was served last. None where there is none, or where it is not fit to be served: it
/// cannot be opened, does not fit what the log says, or was built from another log (as after restoring a backup).
/// The log makes a new one then; only the log's own faults stop us.
fn resume(
    log: &EventLog,
    runtime: &Handle,
    folder: &Folder,
) -> Result<Option<Opened>, ProjectionError> {
    let Some(path) = folder.current() else {
        return Ok(None);
    };
    let resumed = file::open_writer(&path).and_then(|mut writer| {
        if !history::is_of_this_log(log, runtime, &writer)? {
            return Ok(None);
        }
        let position = catch_up(log, runtime, &mut writer)?;
        Ok(Some((path, writer, position)))
    });
    match resumed {
        Ok(Some(opened)) => return Ok(Some(opened)),
        Ok(None) => tracing::warn!("the read models are of another log; building them anew"),
        Err(error @ (ProjectionError::Sqlite(_) | ProjectionError::Apply { .. })) => {
            tracing::warn!(%error, "the read models are not usable; building them anew");
        }
        Err(error) => return Err(error),
    }
    Ok(None)
}

/// Builds the first file.
fn start(
    log: &EventLog,
    runtime: &Handle,
    folder: &Folder,
    progress: &dyn Fn(i64, i64),
) -> Result<Opened, ProjectionError> {
    let head = runtime.block_on(log.head())?;
    let path = build_and_serve(log, runtime, folder, head, progress)?;
    let mut writer = file::open_writer(&path)?;
    let position = catch_up(log, runtime, &mut writer)?;
    Ok((path, writer, position))
}

/// The file of a folder that nobody serves, brought up to date or built.
pub(crate) fn make_ready(
    log: &EventLog,
    runtime: &Handle,
    folder: &Folder,
    progress: &dyn Fn(i64, i64),
) -> Result<PathBuf, ProjectionError> {
    let (path, _, _) = match resume(log, runtime, folder)? {
        Some(resumed) => resumed,
        None => start(log, runtime, folder, progress)?,
    };
    Ok(path)
}

/// What a reader is told while nothing is served: the event store is not there for it now.
fn another_history() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
        Some("the event log has another history; the read models are being built anew".to_owned()),
    )
}

/// Builds a file aside up to `head` and makes it the one to be served.
pub(crate) fn build_and_serve(
    log: &EventLog,
    runtime: &Handle,
    folder: &Folder,
    head: i64,
    progress: &dyn Fn(i64, i64),
) -> Result<PathBuf, ProjectionError> {
    let aside = folder.aside();
    let built = build::build(log, runtime, &aside, head, &|at| progress(at, head))
        .and_then(|db| file::finish(db, &aside));
    if let Err(error) = built {
        // Whatever is left of it is of no use; that it stays is not the fault to tell of.
        let _ = std::fs::remove_file(&aside);
        return Err(error);
    }
    folder.serve(&aside)
}

/// Brings a file up to the log's head; answers with the position.
pub(crate) fn catch_up(
    log: &EventLog,
    runtime: &Handle,
    writer: &mut Connection,
) -> Result<i64, ProjectionError> {
    loop {
        let position = projector::checkpoint(writer)?.position;
        let records = build::fetch(log, runtime, position, CATCH_UP_BATCH)?;
        if records.is_empty() {
            return Ok(position);
        }
        projector::apply(writer, &records)?;
    }
}

/// Builds the read models of `folder` anew beside the served ones and has whoever serves them take the new file;
/// answers with its position. Blocks.
///
/// # Errors
/// Where the log or a file cannot be read or written.
pub fn rebuild(
    log: &EventLog,
    runtime: &Handle,
    folder: &Path,
    progress: &dyn Fn(i64, i64),
) -> Result<i64, ProjectionError> {
    let folder = Folder::open(folder)?;
    let head = runtime.block_on(log.head())?;
    build_and_serve(log, runtime, &folder, head, progress)?;
    Ok(head)
}
