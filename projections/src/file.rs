//! Read-model files: each a whole copy of the read models, named after the schema it was made by. Which one is served
//! stands in a pointer file, so that a rebuilt file takes the place of the old one in one step.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::ProjectionError;

const SCHEMA: &str = include_str!("schema.sql");
const INDEXES: &str = include_str!("indexes.sql");

/// Raised when event handlers change what rows come out without the schema changing: old files are then left behind.
const PROJECTION: u32 = 3;

/// How the names of files begin that are being built.
const ASIDE: &str = "aside-";

/// The folder that a node keeps its read-model files in.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    schema: String,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self, ProjectionError> {
        fs::create_dir_all(path).map_err(|source| file_error(path, source))?;
        let mut hash = Sha256::new();
        hash.update(SCHEMA);
        hash.update(INDEXES);
        hash.update(PROJECTION.to_le_bytes());
        let schema = hash
            .finalize()
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            path: path.to_owned(),
            schema,
        })
    }

    /// Locks the folder for as long as the returned file lives: two nodes never write to one file.
    pub(crate) fn lock(&self) -> Result<fs::File, ProjectionError> {
        let path = self.path.join("lock");
        let file = fs::File::create(&path).map_err(|source| file_error(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(ProjectionError::InUse(self.path.clone())),
            Err(fs::TryLockError::Error(source)) => Err(file_error(&path, source)),
        }
    }

    /// The file that is to be served, if it is there.
    pub(crate) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.pointer()).ok()?;
        let path = self.path.join(name.trim());
        path.is_file().then_some(path)
    }

    /// The name of a file that is being built; nobody serves or removes it.
    pub(crate) fn aside(&self) -> PathBuf {
        self.path
            .join(format!("{ASIDE}{}.sqlite", Uuid::now_v7().simple()))
    }

    /// Makes a built file the one that is to be served; answers with its name from now on.
    pub(crate) fn serve(&self, built: &Path) -> Result<PathBuf, ProjectionError> {
        let name = format!("{}-{}.sqlite", self.schema, Uuid::now_v7().simple());
        let path = self.path.join(&name);
        fs::rename(built, &path).map_err(|source| file_error(built, source))?;
        let pointer = self.path.join(format!("{name}.pointer"));
        fs::write(&pointer, name).map_err(|source| file_error(&pointer, source))?;
        fs::rename(&pointer, self.pointer()).map_err(|source| file_error(&pointer, source))?;
        Ok(path)
    }

    /// Removes read-model files that `keep` has taken the place of, and what builds that never ended left a day ago.
    /// A file that is newer than `keep` is about to take its place. What cannot be removed stays until the next time.
    pub(crate) fn remove_others(&self, keep: &Path) {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return;
        };
        let keep = keep
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let unused = if name.starts_with(ASIDE) {
                is_a_day_old(&entry)
            } else {
                name.contains(".sqlite") && !name.starts_with(&keep) && made(&name) < made(&keep)
            };
            if unused && let Err(error) = fs::remove_file(entry.path()) {
                tracing::warn!(%error, name, "an old read-model file stays");
            }
        }
    }

    fn pointer(&self) -> PathBuf {
        self.path.join(format!("{}.current", self.schema))
    }
}

/// The part of a file's name that says when it was made: a UUID v7.
fn made(name: &str) -> Option<&str> {
    let (_, made) = name.split_once('-')?;
    made.split('.').next()
}

fn is_a_day_old(entry: &fs::DirEntry) -> bool {
    let age = entry
        .metadata()
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > std::time::Duration::from_secs(86_400))
}

/// Makes a new file with tables but no indexes, set up for loading: a crash while loading costs the file.
pub(crate) fn create(path: &Path) -> Result<Connection, ProjectionError> {
    let db = Connection::open(path)?;
    db.set_prepared_statement_cache_capacity(256);
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;",
    )?;
    db.execute_batch(SCHEMA)?;
    Ok(db)
}

/// Makes the indexes of a loaded file and puts it on disk.
pub(crate) fn finish(db: Connection, path: &Path) -> Result<(), ProjectionError> {
    db.execute_batch(INDEXES)?;
    db.close().map_err(|(_, error)| error)?;
    let file = fs::File::open(path).map_err(|source| file_error(path, source))?;
    file.sync_all().map_err(|source| file_error(path, source))
}

/// Opens a finished file for the projector. After a power cut it may be behind, never torn: the log makes it up.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, ProjectionError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.set_prepared_statement_cache_capacity(256);
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    Ok(db)
}

/// Opens a finished file for queries. Not memory-mapped: every connection's map would count the whole file as the
/// node's memory again.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.set_prepared_statement_cache_capacity(128);
    db.execute_batch(
        "PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -3072;",
    )?;
    // The first look opens the write-ahead log too: from here on the file may be unlinked and is read all the same.
    db.query_row("SELECT position FROM checkpoint", [], |_| Ok(()))?;
    Ok(db)
}

pub(crate) fn file_error(path: &Path, source: std::io::Error) -> ProjectionError {
    ProjectionError::File {
        path: path.to_owned(),
        source,
    }
}
