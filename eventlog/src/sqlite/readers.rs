//! Connections for reading: taken where a query runs, given back after it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::connection::{FileId, open_reader};
use super::fault::breaks_connection;
use crate::LogError;

/// Connections kept for the next query; more are opened when more read at once, and closed afterwards.
const RESTING: usize = 16;

/// The reading connections of one database file. Clones share them.
#[derive(Clone)]
pub(super) struct Readers {
    path: PathBuf,
    state: Arc<Mutex<State>>,
}

struct State {
    /// Connections at rest; `None` once the log is closed.
    resting: Option<Vec<Connection>>,
    /// Changes when the path names another file: connections to the old one are not kept.
    generation: u64,
    /// The file that the path named when somebody last looked.
    file: Option<FileId>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        let state = State {
            resting: Some(Vec::new()),
            generation: 0,
            file: None,
        };
        Self {
            path,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Runs a query on this thread.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let (connection, generation) = self.take()?;
        let answer = query(&connection);
        let broken = answer.as_ref().is_err_and(breaks_connection);
        if !broken {
            self.put_back(connection, generation);
        }
        Ok(answer?)
    }

    /// Closes the connections at rest. Those in use close when their query is done, and none is opened any more.
    pub(super) fn close(&self) {
        self.state().resting = None;
    }

    /// Looks which file the path names, and lets go of connections to another one.
    pub(super) fn follow_file(&self) -> Result<bool, LogError> {
        let file = FileId::of(&self.path)?;
        let replaced = self
            .state()
            .file
            .replace(file)
            .is_some_and(|old| old != file);
        if replaced {
            tracing::warn!("the database file is another one now");
            self.reopen();
        }
        Ok(replaced)
    }

    /// Lets go of all connections at rest, and of those in use when their query is done.
    pub(super) fn reopen(&self) {
        let mut state = self.state();
        state.generation += 1;
        if let Some(resting) = state.resting.as_mut() {
            resting.clear();
        }
    }

    fn take(&self) -> Result<(Connection, u64), LogError> {
        let (rested, generation) = {
            let mut state = self.state();
            let generation = state.generation;
            let resting = state.resting.as_mut().ok_or(LogError::Closed)?;
            (resting.pop(), generation)
        };
        let connection = match rested {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        Ok((connection, generation))
    }

    fn put_back(&self, connection: Connection, generation: u64) {
        let mut state = self.state();
        let current = state.generation == generation;
        if let Some(resting) = state.resting.as_mut()
            && current
            && resting.len() < RESTING
        {
            resting.push(connection);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
