//! What SQLite's writing thread does when something goes wrong.

use std::time::Duration;

use eventlog::{Database, EventLog, ExecuteError, LogError, SqliteDatabase};
use rusqlite::Connection;
use uuid::Uuid;

use crate::tally::{Command, Refusal, Tally, request};
use crate::testbed::{Testbed, insert, number, raw};

fn sqlite(log: &EventLog) -> SqliteDatabase {
    match log.database() {
        Database::Sqlite(database) => database.clone(),
        Database::Postgres(_) => panic!("not SQLite"),
    }
}

/// The file may not grow any more, as on a full disk.
async fn fill(log: &EventLog) {
    let full = |db: &Connection| {
        let pages: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        db.pragma_update(None, "max_page_count", pages)
    };
    sqlite(log).write(full).await.unwrap();
}

async fn add(log: &EventLog, id: Uuid) -> Result<(), ExecuteError<Refusal>> {
    log.execute::<Tally>(id, Command::Add(1), &request())
        .await
        .map(|_| ())
}

pub(crate) async fn acknowledges_nothing_while_the_disk_is_full_and_recovers(bed: Testbed) {
    let log = bed.open().await;
    let mut acknowledged = Vec::new();
    for episode in 0..10 {
        fill(&log).await;
        let mut failed = 0;
        // Bounded: each stream takes room in three indexes.
        for _ in 0..2_000 {
            let id = Uuid::now_v7();
            match add(&log, id).await {
                Ok(()) => acknowledged.push(id),
                Err(error) => {
                    assert!(
                        matches!(&error, ExecuteError::Log(error) if error.is_passing()),
                        "{error}"
                    );
                    failed += 1;
                    break;
                }
            }
        }
        assert_eq!(failed, 1, "episode {episode}: the disk never was full");
        // The next connection may grow the file again: the fault passes by itself, and others can write.
        let id = Uuid::now_v7();
        add(&log, id).await.unwrap();
        acknowledged.push(id);
        log.prove_commit().await.unwrap();
        let other = Connection::open(bed.url().trim_start_matches("sqlite:")).unwrap();
        other.busy_timeout(Duration::from_secs(5)).unwrap();
        let sql = insert(
            Uuid::now_v7(),
            1,
            "TallyAdded",
            "2",
            r#"{"Added":{"amount":1}}"#,
        );
        other.execute_batch(&sql).unwrap();
    }
    log.close().await;
    let log = bed.open().await;
    for id in &acknowledged {
        assert_eq!(log.load::<Tally>(*id).await.unwrap().version, 1);
    }
    let expected = acknowledged.len() as i64 + 10;
    assert_eq!(log.head().await.unwrap(), expected);
    assert_eq!(log.check().await.unwrap(), Vec::<String>::new());
}

/// Many changes wait while the thread is busy, so that they share a transaction.
async fn hold(log: &EventLog) -> tokio::task::JoinHandle<()> {
    let database = sqlite(log);
    let (begun, held) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        database
            .write(|_| {
                let _ = begun.send(());
                std::thread::sleep(Duration::from_millis(200));
                Ok(())
            })
            .await
            .unwrap();
    });
    held.await.unwrap();
    task
}

pub(crate) async fn a_change_that_breaks_a_rule_fails_alone(bed: Testbed) {
    let log = bed.open().await;
    let busy = hold(&log).await;
    let good: Vec<_> = (0..8)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { add(&log, Uuid::now_v7()).await })
        })
        .collect();
    let bad = raw(
        &log,
        "INSERT INTO document_numbers VALUES ('INV', 7, 'a', 'b', 1)",
    )
    .await;
    assert!(bad.unwrap_err().to_string().contains("number_not_next"));
    let wrong = raw(&log, "INSERT INTO nowhere VALUES (1)").await;
    assert!(matches!(wrong, Err(LogError::Sqlite(_))));
    busy.await.unwrap();
    for task in good {
        task.await.unwrap().unwrap();
    }
    assert_eq!(log.head().await.unwrap(), 8);
    assert_eq!(
        number(&log, "SELECT count(*) FROM document_numbers").await,
        0
    );
}

pub(crate) async fn a_change_that_panics_does_not_end_the_writing_thread(bed: Testbed) {
    let log = bed.open().await;
    let broken = sqlite(&log)
        .write(|db| -> rusqlite::Result<()> {
            db.execute_batch("CREATE TABLE left_behind (x INTEGER)")?;
            panic!("on purpose")
        })
        .await;
    assert!(matches!(broken, Err(LogError::Unavailable(_))));
    add(&log, Uuid::now_v7()).await.unwrap();
    let left = "SELECT count(*) FROM sqlite_schema WHERE name = 'left_behind'";
    assert_eq!(number(&log, left).await, 0);
}

pub(crate) async fn changes_that_wait_share_a_commit(bed: Testbed) {
    let log = bed.open().await;
    let before = log.appends();
    let busy = hold(&log).await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { add(&log, Uuid::now_v7()).await.unwrap() })
        })
        .collect();
    busy.await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    // Readers are told once a commit. All 32 wait by the time the thread is free, or nearly all.
    let commits = log.appends() - before;
    assert!(commits <= 8, "{commits} commits for 32 changes");
}

/// A backup that is restored under a running node is another file under the same path.
pub(crate) async fn a_file_put_in_the_place_of_the_database_is_taken(bed: Testbed) {
    let path = bed.url().trim_start_matches("sqlite:").to_owned();
    let log = bed.open().await;
    let (kept, gone) = (Uuid::now_v7(), Uuid::now_v7());
    add(&log, kept).await.unwrap();
    let backup = format!("{path}.backup");
    let other = Connection::open(&path).unwrap();
    other.execute("VACUUM INTO ?1", [&backup]).unwrap();
    drop(other);
    add(&log, gone).await.unwrap();
    log.follow_file().unwrap();
    std::fs::remove_file(format!("{path}-wal")).unwrap();
    std::fs::remove_file(format!("{path}-shm")).unwrap();
    std::fs::rename(&backup, &path).unwrap();
    log.follow_file().unwrap();
    assert_eq!(log.head().await.unwrap(), 1);
    let id = Uuid::now_v7();
    add(&log, id).await.unwrap();
    assert_eq!(log.load::<Tally>(gone).await.unwrap().version, 0);
    assert_eq!(log.tail(0, 10).await.unwrap().len(), 2);
    log.close().await;
    let log = bed.open().await;
    assert_eq!(log.load::<Tally>(id).await.unwrap().version, 1);
    assert_eq!(log.load::<Tally>(kept).await.unwrap().version, 1);
}
