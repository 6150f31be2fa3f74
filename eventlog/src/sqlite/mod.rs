//! The log on SQLite: connections that read, one thread that writes, and the queries.

mod append;
mod connection;
mod fault;
mod migrate;
mod query;
mod readers;
mod repository;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use crate::LogError;
use crate::recent::Recent;
use readers::Readers;
use writer::Writer;

pub(crate) use fault::{is_contention, is_passing};
pub(crate) use query::{head, last_number, outcome_of, read_stream, tail};
pub(crate) use repository::SqliteEventRepository;

/// Tries to open a file that another node is making at the same moment.
const OPEN_TRIES: u32 = 50;
/// Waits between those tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The log's SQLite database in WAL mode, with `synchronous = FULL`. Clones share its connections.
#[derive(Clone)]
pub struct SqliteDatabase {
    readers: Readers,
    writer: Arc<Writer>,
}

impl SqliteDatabase {
    /// Opens and migrates the file; makes it and its directory if they are missing. Blocks.
    pub(crate) fn open(path: &Path, recent: Arc<Recent>) -> Result<Self, LogError> {
        connection::make_directory(path)?;
        let mut connection = open_new(path)?;
        migrate::run(&mut connection)?;
        let readers = Readers::new(path.to_owned());
        // Fail at the start, not at the first query.
        readers.read(|db| db.query_row("SELECT 1", [], |_| Ok(())))?;
        let path: PathBuf = path.to_owned();
        let writer = Writer::start(path, connection, readers.clone(), recent)?;
        Ok(Self {
            readers,
            writer: Arc::new(writer),
        })
    }

    /// Runs a query here and now: only one that an index bounds.
    ///
    /// # Errors
    /// Whatever SQLite says; [`LogError::Closed`] after the log was closed.
    pub fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        self.readers.read(query)
    }

    /// Makes a change, together with others that wait, and answers when it is on disk.
    ///
    /// # Errors
    /// [`LogError::Sqlite`] where the change itself was refused; [`LogError::Unavailable`] where nothing could be
    /// written: then it was not made, unless the disk failed while it was being committed.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        self.writer.write(change).await
    }

    /// Lets go of connections to a file that the path does not name any more, as after a backup was restored. Answers
    /// whether there were any.
    ///
    /// # Errors
    /// Where there is no file.
    pub(crate) fn follow_file(&self) -> Result<bool, LogError> {
        self.readers.follow_file()
    }

    pub(crate) async fn close(&self) {
        // The writer last: the last connection to close checkpoints the write-ahead log, and readers may not.
        self.readers.close();
        self.writer.close().await;
    }
}

/// Turning a new file to WAL does not honour the busy timeout.
fn open_new(path: &Path) -> Result<Connection, LogError> {
    let mut lost = 0;
    loop {
        match connection::open_writer(path, true) {
            Err(error) if is_contention(&error) && lost < OPEN_TRIES => lost += 1,
            other => return Ok(other?),
        }
        std::thread::sleep(BETWEEN_TRIES);
    }
}
