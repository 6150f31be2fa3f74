//! A log for each test, on either engine, and a node that serves read models of it.

use std::future::Future;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eventlog::{Database, EventLog};
use futures::FutureExt as _;
use projections::{ProjectionError, ReadModels, Report};
use rusqlite::Connection;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Handle;
use uuid::Uuid;

/// A new, empty log and an empty folder.
pub(crate) struct Testbed {
    url: String,
    folder: TempDir,
}

pub(crate) async fn on_sqlite<F: Future<Output = ()>>(rule: impl FnOnce(Testbed) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("billing.db").display());
    rule(Testbed { url, folder }).await;
}

pub(crate) async fn on_postgres<F: Future<Output = ()>>(rule: impl FnOnce(Testbed) -> F) {
    let Ok(admin) = std::env::var("TEST_DATABASE_URL") else {
        if std::env::var("SKIP_POSTGRES").is_ok_and(|skip| skip == "1") {
            // Written past the test harness, which keeps what a passing test prints to itself.
            std::io::stderr()
                .write_all(b"skipped PostgreSQL\n")
                .unwrap();
            return;
        }
        panic!(
            "TEST_DATABASE_URL is not set: run the tests through scripts/with-postgres.sh, \
             or set SKIP_POSTGRES=1 to leave PostgreSQL out"
        );
    };
    let name = format!("projections_{}", Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&admin).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    connection.execute(create.as_str()).await.unwrap();
    let (server, _) = admin
        .rsplit_once('/')
        .expect("TEST_DATABASE_URL names a database");
    let bed = Testbed {
        url: format!("{server}/{name}"),
        folder: tempfile::tempdir().unwrap(),
    };
    let outcome = AssertUnwindSafe(rule(bed)).catch_unwind().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    connection.execute(drop.as_str()).await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Testbed {
    pub(crate) async fn log(&self) -> EventLog {
        EventLog::open(&self.url).await.unwrap()
    }

    /// A log of its own beside the first one.
    pub(crate) async fn another_log(&self) -> EventLog {
        let file = self.folder.path().join("another.db");
        EventLog::open(&format!("sqlite:{}", file.display()))
            .await
            .unwrap()
    }

    /// The file of the log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("billing.db")
    }

    /// The folder of the read models.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("reads")
    }

    /// A node that serves the log.
    pub(crate) async fn node(&self) -> Node {
        Node::start(self.log().await, &self.folder()).await
    }
}

/// A node: a log and the read models that follow it.
pub(crate) struct Node {
    pub(crate) log: EventLog,
    pub(crate) reads: ReadModels,
    pub(crate) folder: PathBuf,
}

impl Node {
    pub(crate) async fn start(log: EventLog, folder: &Path) -> Self {
        let reads = open(&log, folder).await.unwrap();
        let folder = folder.to_owned();
        Self { log, reads, folder }
    }

    /// Waits until everything in the log is shown.
    pub(crate) async fn caught_up(&self) {
        let head = self.log.head().await.unwrap();
        eventually("the read models catch up", || self.reads.position() >= head).await;
    }

    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        self.reads.read(query).unwrap()
    }

    pub(crate) async fn check(&self) -> Report {
        check(&self.log, &self.folder).await.unwrap()
    }

    /// The check's report on a file that says what the log says.
    pub(crate) async fn assert_clean(&self) -> Report {
        self.caught_up().await;
        let report = self.check().await;
        let named: Vec<String> = report.named.iter().map(ToString::to_string).collect();
        assert_eq!(named, Vec::<String>::new());
        assert_eq!(report.differences, 0);
        assert!(report.rows > 0);
        report
    }

    pub(crate) async fn rebuild(&self) -> i64 {
        let (log, folder, runtime) = (self.log.clone(), self.folder.clone(), Handle::current());
        blocking(move || projections::rebuild(&log, &runtime, &folder, &|_, _| {}))
            .await
            .unwrap()
    }

    /// A connection that may write to the served file, past the projector.
    pub(crate) fn tamper(&self) -> Connection {
        let db = Connection::open(served_file(&self.folder)).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        db
    }

    /// The same to the file that a rebuild has put in the place of this one.
    pub(crate) async fn tamper_after_swap(&self) -> Connection {
        eventually("one file is left", || files(&self.folder).len() == 1).await;
        self.tamper()
    }

    /// Ends the node as a kill would, and waits until its thread has let go of the folder.
    pub(crate) async fn kill(self) -> EventLog {
        let Self { log, reads, folder } = self;
        drop(reads);
        let lock = std::fs::File::open(folder.join("lock")).unwrap();
        eventually("the folder is free", || lock.try_lock().is_ok()).await;
        log
    }
}

pub(crate) async fn open(log: &EventLog, folder: &Path) -> Result<ReadModels, ProjectionError> {
    let (log, folder, runtime) = (log.clone(), folder.to_owned(), Handle::current());
    blocking(move || ReadModels::open(&log, &runtime, &folder, &|_, _| {})).await
}

pub(crate) async fn check(log: &EventLog, folder: &Path) -> Result<Report, ProjectionError> {
    let (log, folder, runtime) = (log.clone(), folder.to_owned(), Handle::current());
    blocking(move || projections::check(&log, &runtime, &folder, &|_| {})).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

pub(crate) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "in vain: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The read-model files in a folder, those apart that are being built.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.ends_with(".sqlite") && !name.starts_with("aside-")
        })
        .collect()
}

pub(crate) fn served_file(folder: &Path) -> PathBuf {
    let mut files = files(folder);
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// Runs SQL past the log, as somebody with a database client would.
pub(crate) async fn raw(log: &EventLog, sql: &str) {
    match log.database() {
        Database::Sqlite(database) => {
            let sql = sql.to_owned();
            database
                .write(move |db| db.execute_batch(&sql))
                .await
                .unwrap();
        }
        Database::Postgres(pool) => {
            pool.execute(sql).await.unwrap();
        }
    }
}
