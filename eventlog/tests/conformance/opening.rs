//! Opening, migrating and reopening.

use eventlog::{Database, EventLog, LogError};
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::{Testbed, number, raw};

pub(crate) async fn nodes_that_start_together_migrate_once(bed: Testbed) {
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let url = bed.url().to_owned();
            tokio::spawn(async move { EventLog::open(&url).await.unwrap() })
        })
        .collect();
    let mut head = 0;
    for node in nodes {
        let log = node.await.unwrap();
        log.execute::<Tally>(Uuid::now_v7(), Command::Add(1), &request())
            .await
            .unwrap();
        head += 1;
        assert_eq!(log.head().await.unwrap(), head);
        let first = "SELECT count(*) FROM _sqlx_migrations WHERE version = 1 AND success";
        assert_eq!(number(&log, first).await, 1);
        log.close().await;
    }
}

pub(crate) async fn a_database_newer_than_the_program_is_refused(bed: Testbed) {
    let log = bed.open().await;
    let known = number(&log, "SELECT max(version) FROM _sqlx_migrations").await;
    raw(
        &log,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 99990101, 'from the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    )
    .await
    .unwrap();
    log.close().await;
    // Twice: a refused start must not keep the next one waiting for a lock.
    for _ in 0..2 {
        let refused = EventLog::open(bed.url()).await.map(|_| ()).unwrap_err();
        let LogError::NewerDatabase { found, known: ours } = refused else {
            panic!("{refused}")
        };
        assert_eq!((found, ours), (99_990_101, known));
    }
}

pub(crate) async fn what_was_recorded_is_there_after_reopening(bed: Testbed) {
    let id = Uuid::now_v7();
    let log = bed.open().await;
    log.execute::<Tally>(id, Command::AddEach(1, 2), &request())
        .await
        .unwrap();
    let before = log.tail(0, 10).await.unwrap();
    log.close().await;
    let log = bed.open().await;
    assert_eq!(log.tail(0, 10).await.unwrap(), before);
    assert_eq!(log.load::<Tally>(id).await.unwrap().state.total, 3);
}

pub(crate) async fn sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log(bed: Testbed) {
    let log = bed.open().await;
    let Database::Sqlite(database) = log.database() else {
        panic!("not SQLite")
    };
    let settings = |db: &rusqlite::Connection| {
        let full: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        let journal: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let keys: i64 = db.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
        Ok((full, journal, keys))
    };
    let expected = (2, "wal".to_owned(), 1);
    assert_eq!(database.read(settings).unwrap(), expected);
    assert_eq!(database.write(settings).await.unwrap(), expected);
}
