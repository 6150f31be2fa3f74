//! Reading the read models from the command line, also beside the node that serves them.

use std::path::Path;
use std::time::{Duration, Instant};

use eventlog::EventLog;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::error::ProjectionError;
use crate::file::{self, Folder};
use crate::{projector, reads};

/// How long a node that serves the folder may take to catch up with the log.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Runs a query on the read models of `folder`, as far as the log has come now: one state of them, however long the
/// query takes. Where a node serves the folder, what it serves is read; else they are brought up to date, or built.
/// Blocks.
///
/// # Errors
/// Where the log or a file cannot be read, or the node that serves the folder does not catch up.
pub fn read_beside<T>(
    log: &EventLog,
    runtime: &Handle,
    folder: &Path,
    progress: &dyn Fn(i64, i64),
    query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, ProjectionError> {
    let head = runtime.block_on(log.head())?;
    let folder = Folder::open(folder)?;
    let lock = folder.lock();
    let path = match &lock {
        Ok(_) => reads::make_ready(log, runtime, &folder, progress)?,
        Err(_) => served(&folder, head)?,
    };
    let db = file::open_reader(&path)?;
    db.execute_batch("BEGIN")?;
    Ok(query(&db)?)
}

/// The file that a node serves, once it has come as far as `head`.
fn served(folder: &Folder, head: i64) -> Result<std::path::PathBuf, ProjectionError> {
    let since = Instant::now();
    loop {
        let path = folder.current();
        if let Some(path) = path {
            let db = file::open_reader(&path)?;
            if projector::checkpoint(&db)?.position >= head {
                return Ok(path);
            }
        }
        if since.elapsed() > CATCH_UP_WITHIN {
            let why = "the node that serves these read models does not catch up".to_owned();
            return Err(ProjectionError::Stopped(why));
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
