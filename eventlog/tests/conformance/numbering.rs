//! Document numbers without gaps.

use eventlog::{EventLog, ExecuteError};
use uuid::Uuid;

use crate::tally::{Command, Event, Refusal, Tally, request};
use crate::testbed::{Testbed, insert, number, raw, refusal};

fn take(_: &Tally, _: u64, number: u64) -> Result<Command, Refusal> {
    Ok(Command::TakeNumber(number))
}

pub(crate) async fn sixteen_writers_on_two_nodes_number_without_gap(bed: Testbed) {
    const EACH: u64 = 10;
    let (here, there) = (bed.open().await, bed.open().await);
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            tokio::spawn(issue(
                if writer % 2 == 0 {
                    here.clone()
                } else {
                    there.clone()
                },
                EACH,
            ))
        })
        .collect();
    let mut numbers = Vec::new();
    for writer in writers {
        numbers.extend(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=16 * EACH));
    assert_eq!(here.last_number("INV").await.unwrap(), 16 * EACH);
    for event in here.tail(0, 1000).await.unwrap() {
        let number = event.metadata.number.unwrap();
        assert_eq!(event.metadata.series.as_deref(), Some("INV"));
        assert_eq!(
            serde_json::from_str::<Event>(&event.payload).unwrap(),
            Event::NumberTaken { number },
            "the number decided on is the number recorded"
        );
    }
}

/// Issues documents, and tries some that are refused in between.
async fn issue(log: EventLog, documents: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    for _ in 0..documents {
        let refuse = |_: &Tally, _, _| Ok(Command::BeRefused);
        log.execute_numbered(Uuid::now_v7(), "INV", &request(), refuse)
            .await
            .unwrap_err();
        let executed = log
            .execute_numbered(Uuid::now_v7(), "INV", &request(), take)
            .await
            .unwrap();
        numbers.extend(executed.state.numbers);
    }
    numbers
}

pub(crate) async fn a_refused_or_quiet_command_takes_no_number(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let refuse = |_: &Tally, _, _| Ok(Command::BeRefused);
    let refused = log
        .execute_numbered(id, "INV", &request(), refuse)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Refused(Refusal)));
    let quiet = |_: &Tally, _, _| Ok(Command::DoNothing);
    log.execute_numbered(id, "INV", &request(), quiet)
        .await
        .unwrap();
    assert_eq!(log.last_number("INV").await.unwrap(), 0);
    let executed = log
        .execute_numbered(id, "INV", &request(), take)
        .await
        .unwrap();
    assert_eq!(executed.state.numbers, [1]);
}

pub(crate) async fn each_series_counts_for_itself(bed: Testbed) {
    let log = bed.open().await;
    for (series, expected) in [("INV", 1), ("CN", 1), ("INV", 2), ("INV", 3), ("CN", 2)] {
        let executed = log
            .execute_numbered(Uuid::now_v7(), series, &request(), take)
            .await
            .unwrap();
        assert_eq!(executed.state.numbers, [expected]);
        assert_eq!(log.last_number(series).await.unwrap(), expected);
    }
}

pub(crate) async fn a_retried_command_keeps_its_number(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let meta = request();
    for replayed in [false, true] {
        let executed = log.execute_numbered(id, "INV", &meta, take).await.unwrap();
        assert_eq!(
            (executed.state.numbers, executed.replayed),
            (vec![1], replayed)
        );
    }
    assert_eq!(log.last_number("INV").await.unwrap(), 1);
    // The number belongs to the first event alone, also when the command has several.
    let two = |_: &Tally, _, number| Ok(Command::AddEach(number, number));
    log.execute_numbered(id, "INV", &request(), two)
        .await
        .unwrap();
    assert_eq!(
        number(&log, "SELECT count(*) FROM document_numbers").await,
        2
    );
}

pub(crate) async fn the_database_refuses_a_skipped_or_repeated_number(bed: Testbed) {
    let log = bed.open().await;
    log.execute_numbered(Uuid::now_v7(), "INV", &request(), take)
        .await
        .unwrap();
    for wrong in [0, 1, 3] {
        let keys = format!(r#""series":"INV","number":"{wrong}","actor_id""#);
        let sql = insert(Uuid::now_v7(), 1, "TallyNumberTaken", "2", "{}")
            .replace(r#""actor_id""#, &keys);
        assert!(
            refusal(raw(&log, &sql).await).contains("number_not_next"),
            "{wrong}"
        );
    }
    let sql = insert(Uuid::now_v7(), 1, "TallyNumberTaken", "2", "{}")
        .replace(r#""actor_id""#, r#""number":"2","actor_id""#);
    refusal(raw(&log, &sql).await);
    assert_eq!(log.last_number("INV").await.unwrap(), 1);
    assert_eq!(log.head().await.unwrap(), 1);
}
