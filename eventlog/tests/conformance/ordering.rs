//! The one global order.

use std::collections::HashMap;

use eventlog::{Database, EventLog, ExecuteError, RecordedEvent};
use sqlx::Executor as _;
use tokio::sync::watch;
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::{Testbed, insert, raw};

const WRITERS: usize = 16;
const ROUNDS: usize = 20;

pub(crate) async fn positions_have_no_gap_after_refused_and_rolled_back_appends(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    for round in 1..=5 {
        log.execute::<Tally>(id, Command::Add(1), &request())
            .await
            .unwrap();
        roll_back(
            &log,
            &insert(
                Uuid::now_v7(),
                1,
                "TallyAdded",
                "2",
                r#"{"Added":{"amount":1}}"#,
            ),
        )
        .await;
        raw(
            &log,
            &insert(id, round, "TallyAdded", "2", r#"{"Added":{"amount":1}}"#),
        )
        .await
        .unwrap_err();
        log.execute::<Tally>(id, Command::BeRefused, &request())
            .await
            .unwrap_err();
    }
    assert_eq!(log.head().await.unwrap(), 5);
    let events = log.tail(0, 100).await.unwrap();
    assert!(events.iter().map(|event| event.position).eq(1..=5));
}

async fn roll_back(log: &EventLog, sql: &str) {
    match log.database() {
        Database::Sqlite(database) => {
            let sql = sql.to_owned();
            let refused = database.write(move |db| {
                db.execute_batch(&sql)?;
                Err::<(), _>(rusqlite::Error::InvalidQuery)
            });
            refused.await.unwrap_err();
        }
        Database::Postgres(pool) => {
            let mut transaction = pool.begin().await.unwrap();
            transaction.execute(sql).await.unwrap();
            transaction.rollback().await.unwrap();
        }
    }
}

pub(crate) async fn a_reader_beside_sixteen_writers_sees_every_event_once_and_in_order(
    bed: Testbed,
) {
    let (here, there) = (bed.open().await, bed.open().await);
    let shared: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let log = if writer % 2 == 0 {
                here.clone()
            } else {
                there.clone()
            };
            tokio::spawn(write(log, shared[writer % shared.len()]))
        })
        .collect();
    // Each round is one event on a shared stream and two on the writer's own.
    let expected = WRITERS * ROUNDS * 3;
    let done = watch::Sender::new(false);
    let reader = tokio::spawn(follow(here.clone(), done.subscribe()));
    for writer in writers {
        writer.await.unwrap();
    }
    done.send_replace(true);
    let seen = reader.await.unwrap();
    assert!(
        seen.iter()
            .map(|event| event.position)
            .eq(1..=expected as i64)
    );
    let mut last = HashMap::new();
    for event in &seen {
        let sequence = last.entry(event.aggregate_id).or_insert(0);
        assert_eq!(
            event.sequence,
            *sequence + 1,
            "each stream in its own order, nothing skipped or repeated"
        );
        *sequence = event.sequence;
    }
    assert_eq!(there.head().await.unwrap(), expected as i64);
}

async fn write(log: EventLog, shared: Uuid) {
    let own = Uuid::now_v7();
    for _ in 0..ROUNDS {
        log.execute::<Tally>(own, Command::AddEach(1, 2), &request())
            .await
            .unwrap();
        let meta = request();
        while let Err(error) = log.execute::<Tally>(shared, Command::Add(1), &meta).await {
            assert!(matches!(error, ExecuteError::Conflict), "{error}");
        }
    }
}

/// Follows the log in small bites, as a projector does, until the writers are done and nothing is
/// left to read.
async fn follow(log: EventLog, mut done: watch::Receiver<bool>) -> Vec<RecordedEvent> {
    let mut seen: Vec<RecordedEvent> = Vec::new();
    loop {
        let after = seen.last().map_or(0, |event| event.position);
        tokio::select! {
            () = log.wait_beyond(after) => {}
            _ = done.wait_for(|done| *done) => {}
        }
        let last_look = *done.borrow();
        let events = log.tail(after, 17).await.unwrap();
        if events.is_empty() && last_look {
            return seen;
        }
        seen.extend(events);
    }
}

pub(crate) async fn readers_on_two_nodes_see_the_same_order(bed: Testbed) {
    let (here, there) = (bed.open().await, bed.open().await);
    let id = Uuid::now_v7();
    let writers = [here.clone(), there.clone()].map(|log| tokio::spawn(write(log, id)));
    let done = watch::Sender::new(false);
    let readers =
        [here.clone(), there.clone()].map(|log| tokio::spawn(follow(log, done.subscribe())));
    for writer in writers {
        writer.await.unwrap();
    }
    done.send_replace(true);
    let [one, two] = readers;
    let one = one.await.unwrap();
    assert_eq!(one.len(), 2 * ROUNDS * 3);
    assert_eq!(one, two.await.unwrap());
}

pub(crate) async fn a_reader_gets_no_more_than_it_asks_for(bed: Testbed) {
    let log = bed.open().await;
    assert_eq!(log.head().await.unwrap(), 0);
    assert_eq!(log.tail(0, 10).await.unwrap(), []);
    for _ in 0..5 {
        log.execute::<Tally>(Uuid::now_v7(), Command::Add(1), &request())
            .await
            .unwrap();
    }
    let some = log.tail(1, 3).await.unwrap();
    assert!(some.iter().map(|event| event.position).eq(2..=4));
    assert_eq!(log.tail(5, 3).await.unwrap(), []);
}
