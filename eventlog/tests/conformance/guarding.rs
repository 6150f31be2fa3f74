//! What the database itself refuses.

use eventlog::{Database, Engine};
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::{Testbed, insert, number, raw, refusal};

const TABLES: [&str; 3] = ["events", "event_log", "document_numbers"];

pub(crate) async fn the_database_refuses_to_change_or_delete_history(bed: Testbed) {
    let log = bed.open().await;
    let take = |_: &Tally, _, number| Ok(Command::TakeNumber(number));
    log.execute_numbered(Uuid::now_v7(), "INV", &request(), take)
        .await
        .unwrap();
    log.head().await.unwrap();
    for table in TABLES {
        let update = raw(&log, &format!("UPDATE {table} SET sequence = 7")).await;
        assert!(refusal(update).contains("append_only"), "UPDATE {table}");
        let delete = raw(&log, &format!("DELETE FROM {table}")).await;
        assert!(refusal(delete).contains("append_only"), "DELETE {table}");
        if log.engine() == Engine::Postgres {
            let truncate = raw(&log, &format!("TRUNCATE {table}")).await;
            assert!(
                refusal(truncate).contains("append_only"),
                "TRUNCATE {table}"
            );
        }
        assert_eq!(
            number(&log, &format!("SELECT count(*) FROM {table}")).await,
            1,
            "{table}"
        );
    }
}

pub(crate) async fn the_database_refuses_an_event_without_a_command(bed: Testbed) {
    let log = bed.open().await;
    for missing in ["event_id", "command_id", "command_index"] {
        let sql =
            insert(Uuid::now_v7(), 1, "TallyAdded", "2", "{}").replace(missing, "something_else");
        refusal(raw(&log, &sql).await);
    }
    assert_eq!(log.head().await.unwrap(), 0);
}

pub(crate) async fn the_database_refuses_a_second_event_of_the_same_sequence(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    raw(&log, &insert(id, 1, "TallyAdded", "2", "{}"))
        .await
        .unwrap();
    refusal(raw(&log, &insert(id, 1, "TallyAdded", "2", "{}")).await);
    refusal(raw(&log, &insert(id, 0, "TallyAdded", "2", "{}")).await);
    assert_eq!(log.head().await.unwrap(), 1);
}

/// SQLite's REPLACE deletes what is in its way without firing the triggers that forbid deleting.
pub(crate) async fn sqlite_refuses_to_replace_history(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let executed = log
        .execute::<Tally>(id, Command::Add(1), &request())
        .await
        .unwrap();
    assert_eq!(executed.version, 1);
    let command = log.read_stream("tally", id).await.unwrap()[0]
        .metadata
        .command_id
        .to_string();

    let same_key = insert(id, 1, "TallyAdded", "2", "{}");
    let same_row = insert(Uuid::now_v7(), 1, "TallyAdded", "2", "{}")
        .replace("(aggregate_type,", "(rowid, aggregate_type,")
        .replace("VALUES (", "VALUES (1, ");
    let same_command = "INSERT INTO events
        (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
        VALUES ('tally', 'x', 1, 'TallyAdded', '2', '{}',
                json_object('event_id', 'e', 'command_index', '0', 'command_id', 'COMMAND'))"
        .replace("COMMAND", &command);
    let same_position = "INSERT INTO event_log VALUES (1, 'tally', 'x', 1)".to_owned();
    for sql in [same_key, same_row, same_command, same_position] {
        let replace = sql.replacen("INSERT INTO", "INSERT OR REPLACE INTO", 1);
        assert!(
            refusal(raw(&log, &replace).await).contains("already_recorded"),
            "{replace}"
        );
    }
    assert_eq!(log.load::<Tally>(id).await.unwrap().state.total, 1);
    assert_eq!(log.head().await.unwrap(), 1);
}

pub(crate) async fn sqlite_readers_cannot_write(bed: Testbed) {
    let log = bed.open().await;
    let Database::Sqlite(database) = log.database() else {
        panic!("not SQLite")
    };
    let refused = database
        .read(|db| db.execute("CREATE TABLE t (x INTEGER)", []))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("readonly"), "{refused}");
}
