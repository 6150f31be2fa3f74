//! The projector's thread: applies what the log gets, takes rebuilt files, and builds anew where the served file is broken
//! or the log has another history than the file.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use eventlog::EventLog;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::error::ProjectionError;
use crate::reads::{Shared, build_and_serve, catch_up};
use crate::{build, file, history, projector};

/// Events that the live projector takes at once.
const LIVE_BATCH: usize = 500;
/// How long the projector waits for word of an append on this node before it looks for those of other nodes.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How often it looks for a rebuilt file.
const LOOK_FOR_FILE: Duration = Duration::from_millis(200);
/// How often it compares its last event with the log's.
const COMPARE: Duration = Duration::from_secs(1);
/// Waits after a fault before the next try.
const AFTER_FAULT: Duration = Duration::from_secs(1);

pub(crate) struct Follower {
    pub(crate) shared: Weak<Shared>,
    pub(crate) log: EventLog,
    pub(crate) runtime: Handle,
    pub(crate) writer: Connection,
    pub(crate) looked: Instant,
    /// `None` where the next turn is to compare: at the start and after every fault, which may have been a reconnect.
    pub(crate) compared: Option<Instant>,
}

impl Follower {
    /// One turn; false when the read models are gone.
    pub(crate) fn step(&mut self) -> bool {
        let Some(shared) = self.shared.upgrade() else {
            return false;
        };
        if shared.is_stopping() {
            return false;
        }
        let appends = self.log.appends();
        match self.turn(&shared) {
            Ok(true) => {}
            Ok(false) => {
                shared.set_fault(None);
                drop(shared);
                self.log.wait_for_append(appends, LOOK_AGAIN);
            }
            // The runtime shuts down.
            Err(ProjectionError::Stopped(_)) => return false,
            Err(_) if shared.is_stopping() => return false,
            Err(error) => {
                tracing::error!(%error, "the projector stands still and tries again");
                shared.set_fault(Some(error.to_string()));
                self.compared = None;
                drop(shared);
                std::thread::sleep(AFTER_FAULT);
            }
        }
        true
    }

    /// One batch at a time, so that a rebuilt file is taken even while events never stop coming. Answers whether there
    /// was anything.
    fn turn(&mut self, shared: &Shared) -> Result<bool, ProjectionError> {
        if self.looked.elapsed() >= LOOK_FOR_FILE {
            self.looked = Instant::now();
            self.take_rebuilt(shared)?;
        }
        if self.compared.is_none_or(|at| at.elapsed() >= COMPARE) {
            self.compare(shared)?;
            self.compared = Some(Instant::now());
        }
        let broken = shared.take_suspicion();
        match self.follow_batch(shared, i64::MAX) {
            Ok(any) if !broken => Ok(any),
            Ok(_) => self
                .build_anew(shared, "the file cannot be read")
                .map(|()| true),
            Err(error) if error.is_broken_file() => {
                self.build_anew(shared, &error.to_string()).map(|()| true)
            }
            Err(error) => Err(error),
        }
    }

    /// Applies and tells the next events up to a position; answers whether there were any.
    fn follow_batch(&mut self, shared: &Shared, upto: i64) -> Result<bool, ProjectionError> {
        let position = shared.position();
        let wanted = usize::try_from(upto - position)
            .unwrap_or(0)
            .min(LIVE_BATCH);
        let records = build::fetch(&self.log, &self.runtime, position, wanted)?;
        if records.is_empty() {
            return Ok(false);
        }
        shared.tell(projector::apply(&mut self.writer, &records)?);
        Ok(true)
    }

    /// Takes the file that a rebuild has put in the place of this one.
    fn take_rebuilt(&mut self, shared: &Shared) -> Result<(), ProjectionError> {
        match shared.folder.current() {
            Some(path) if path != shared.served_path() => self.take(shared, &path),
            Some(_) | None => Ok(()),
        }
    }

    fn take(&mut self, shared: &Shared, path: &Path) -> Result<(), ProjectionError> {
        let mut writer = file::open_writer(path)?;
        let position = catch_up(&self.log, &self.runtime, &mut writer)?;
        // Whoever waits is told of every event, whichever file it went to. From a file that is broken nothing can be
        // told; then whoever waits looks into the new one.
        while shared.position() < position {
            match self.follow_batch(shared, position) {
                Ok(_) => {}
                Err(error) if error.is_broken_file() => {
                    tracing::warn!(%error, "the read models are broken; a rebuilt file takes their place");
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.writer = writer;
        shared.serve(path.to_owned(), position);
        shared.tell_waiting(&self.writer)?;
        shared.folder.remove_others(path);
        tracing::info!(position, "a rebuilt read model is served");
        Ok(())
    }

    /// Compares the event at this file's position with the log's. Where they differ, the log has another history: a
    /// standby without the last events was promoted, or a backup restored. Nothing is served until the read models are
    /// built from it.
    fn compare(&mut self, shared: &Shared) -> Result<(), ProjectionError> {
        self.log.follow_file()?;
        if history::is_of_this_log(&self.log, &self.runtime, &self.writer)? {
            return Ok(());
        }
        let lost = history::lost(&self.log, &self.runtime, &self.writer)?;
        shared.refuse(&format!(
            "the event log has another history: {} events after position {} are not in it any more",
            lost.count, lost.common
        ));
        for event in &lost.named {
            tracing::error!(%event, "an event is not in the log any more");
        }
        shared.tell_lost(lost);
        self.build_anew(shared, "the event log has another history")
    }

    fn build_anew(&mut self, shared: &Shared, reason: &str) -> Result<(), ProjectionError> {
        tracing::error!(reason, "the read models are built anew");
        let head = build::wait(&self.runtime, {
            let log = self.log.clone();
            async move { log.head().await }
        })??;
        let path = build_and_serve(&self.log, &self.runtime, &shared.folder, head, &|_, _| {})?;
        let mut writer = file::open_writer(&path)?;
        let position = catch_up(&self.log, &self.runtime, &mut writer)?;
        self.writer = writer;
        shared.serve(path.clone(), position);
        shared.tell_waiting(&self.writer)?;
        shared.folder.remove_others(&path);
        tracing::info!(position, "the read models are served again");
        Ok(())
    }
}

/// Starts the thread.
pub(crate) fn follow(
    shared: &Arc<Shared>,
    log: EventLog,
    runtime: Handle,
    writer: Connection,
) -> Result<(), ProjectionError> {
    let mut follower = Follower {
        shared: Arc::downgrade(shared),
        log,
        runtime,
        writer,
        looked: Instant::now(),
        compared: None,
    };
    std::thread::Builder::new()
        .name("projector".to_owned())
        .spawn(move || while follower.step() {})
        .map(|_| ())
        .map_err(|error| ProjectionError::Stopped(error.to_string()))
}
