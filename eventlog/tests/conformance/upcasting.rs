//! Old events.

use eventlog::{EventLog, LogError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::{Testbed, insert, raw};

/// Version 1 of `TallyAdded` had another name for its amount.
fn upcast(event_type: &str, event_version: &str, payload: Value) -> Value {
    match (event_type, event_version) {
        ("TallyAdded", "1") => json!({"Added": {"amount": payload["Plus"]["n"]}}),
        _ => payload,
    }
}

pub(crate) async fn an_old_event_is_upcast_for_the_aggregate_and_raw_for_readers(bed: Testbed) {
    let log = EventLog::open_with(bed.url(), upcast).await.unwrap();
    let id = Uuid::now_v7();
    raw(
        &log,
        &insert(id, 1, "TallyAdded", "1", r#"{"Plus":{"n":40}}"#),
    )
    .await
    .unwrap();
    let executed = log
        .execute::<Tally>(id, Command::Add(2), &request())
        .await
        .unwrap();
    assert_eq!((executed.state.total, executed.version), (42, 2));
    assert_eq!(log.load::<Tally>(id).await.unwrap().state.total, 42);
    for events in [
        log.tail(0, 10).await.unwrap(),
        log.read_stream("tally", id).await.unwrap(),
    ] {
        assert_eq!(events[0].event_version, "1");
        assert_eq!(
            serde_json::from_str::<Value>(&events[0].payload).unwrap(),
            json!({"Plus": {"n": 40}})
        );
    }
    // Without the upcaster the event is named, not ignored.
    let blind = bed.open().await;
    let refused = blind.load::<Tally>(id).await.unwrap_err();
    let LogError::Corrupt { event, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(event, format!("tally/{id}/1"));
}
