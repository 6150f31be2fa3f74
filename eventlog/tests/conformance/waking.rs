//! How soon a waiting reader learns of new events. The only rules here that time anything.

use std::time::{Duration, Instant};

use eventlog::EventLog;
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::Testbed;

/// The quickest of some tries: a busy machine makes any of them slow, and nothing makes one quick that has to wait for
/// its poll, because every try appends at the same point of the reader's wait.
async fn quickest_delay(reader: &EventLog, writer: &EventLog) -> Duration {
    let mut delays = Vec::new();
    for _ in 0..8 {
        let after = reader.head().await.unwrap();
        let waiting = reader.clone();
        let woken = tokio::spawn(async move {
            waiting.wait_beyond(after).await;
            let events = waiting.tail(after, 10).await.unwrap();
            (Instant::now(), events.len())
        });
        // Let the reader look and begin to wait.
        tokio::time::sleep(Duration::from_millis(20)).await;
        writer
            .execute::<Tally>(Uuid::now_v7(), Command::Add(1), &request())
            .await
            .unwrap();
        let appended = Instant::now();
        let (read, events) = woken.await.unwrap();
        assert_eq!(events, 1, "woken with nothing to read");
        delays.push(read.saturating_duration_since(appended));
    }
    delays.into_iter().min().unwrap()
}

pub(crate) async fn an_append_wakes_a_reader_on_the_same_node_at_once(bed: Testbed) {
    let log = bed.open().await;
    let delay = quickest_delay(&log, &log).await;
    // A reader that only polled would need four fifths of its hundred milliseconds.
    assert!(delay < Duration::from_millis(50), "{delay:?}");
}

pub(crate) async fn an_append_wakes_a_reader_on_another_node_within_a_quarter_second(bed: Testbed) {
    let delay = quickest_delay(&bed.open().await, &bed.open().await).await;
    assert!(delay < Duration::from_millis(250), "{delay:?}");
}

pub(crate) async fn a_reader_that_is_behind_does_not_wait(bed: Testbed) {
    let log = bed.open().await;
    log.execute::<Tally>(Uuid::now_v7(), Command::Add(1), &request())
        .await
        .unwrap();
    // Nobody appends any more: if this waited, it would wait for ever.
    log.wait_beyond(0).await;
    assert_eq!(log.tail(0, 10).await.unwrap().len(), 1);
}
