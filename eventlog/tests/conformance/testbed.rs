//! A database for each test, on either engine.

use std::future::Future;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, resume_unwind};

use eventlog::{Database, EventLog, LogError};
use futures::FutureExt as _;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

/// A new, empty database.
pub(crate) struct Testbed {
    url: String,
}

impl Testbed {
    /// Opens the log, as one node does.
    pub(crate) async fn open(&self) -> EventLog {
        EventLog::open(&self.url).await.unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

pub(crate) async fn on_sqlite<F: Future<Output = ()>>(rule: impl FnOnce(Testbed) -> F) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("made/on/the/way/billing.db");
    let url = format!("sqlite:{}", file.display());
    rule(Testbed { url }).await;
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
    let name = format!("eventlog_{}", Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&admin).await.unwrap();
    connection
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await
        .unwrap();
    let (server, _) = admin
        .rsplit_once('/')
        .expect("TEST_DATABASE_URL names a database");
    let url = format!("{server}/{name}");
    let outcome = AssertUnwindSafe(rule(Testbed { url })).catch_unwind().await;
    connection
        .execute(format!("DROP DATABASE {name} WITH (FORCE)").as_str())
        .await
        .unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Runs SQL past the log, as somebody with a database client would.
pub(crate) async fn raw(log: &EventLog, sql: &str) -> Result<u64, LogError> {
    match log.database() {
        Database::Sqlite(database) => {
            let sql = sql.to_owned();
            database
                .write(move |db| Ok(db.execute(&sql, [])? as u64))
                .await
        }
        Database::Postgres(pool) => Ok(pool.execute(sql).await?.rows_affected()),
    }
}

/// One whole number from the database.
pub(crate) async fn number(log: &EventLog, sql: &str) -> i64 {
    match log.database() {
        Database::Sqlite(database) => database
            .read(|db| db.query_row(sql, [], |row| row.get(0)))
            .unwrap(),
        Database::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

/// The message of a database's refusal.
pub(crate) fn refusal(result: Result<u64, LogError>) -> String {
    result.expect_err("the database allowed it").to_string()
}

/// SQL that inserts an event past the log.
pub(crate) fn insert(
    id: Uuid,
    sequence: u32,
    event_type: &str,
    version: &str,
    payload: &str,
) -> String {
    let metadata = serde_json::json!({
        "event_id": Uuid::now_v7(), "command_id": Uuid::now_v7(), "command_index": "0",
        "correlation_id": Uuid::now_v7(), "actor_id": "u-1", "actor_name": "Ana", "actor_role": "staff",
    });
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         VALUES ('tally', '{id}', {sequence}, '{event_type}', '{version}', '{payload}', '{metadata}')"
    )
}
