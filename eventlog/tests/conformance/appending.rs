//! Appending and loading.

use eventlog::{Actor, ExecuteError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::tally::{Command, Event, Refusal, Tally, request};
use crate::testbed::Testbed;

pub(crate) async fn a_command_is_recorded_with_its_metadata_after_the_last_event(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    log.execute::<Tally>(id, Command::Add(1), &request())
        .await
        .unwrap();
    let mut meta = request().with_request_hash("h");
    meta.causation_id = Some(Uuid::now_v7());
    meta.actor = Actor {
        id: "c-9".into(),
        name: "Zoë \"O'Hara\" \\ 李".into(),
        role: "customer_contact".into(),
        on_behalf_of: Some("c-1".into()),
    };
    let executed = log
        .execute::<Tally>(id, Command::AddEach(2, 3), &meta)
        .await
        .unwrap();
    assert_eq!(executed.version, 3);
    assert_eq!(executed.state.total, 6);
    assert_eq!(
        executed.events,
        [Event::Added { amount: 2 }, Event::Added { amount: 3 }]
    );
    assert!(!executed.replayed);

    let stream = log.read_stream("tally", id).await.unwrap();
    assert_eq!(
        stream
            .iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    for (index, event) in (0..).zip(&stream[1..]) {
        assert_eq!(event.event_id.get_version_num(), 7);
        assert_eq!(
            (event.event_type.as_str(), event.event_version.as_str()),
            ("TallyAdded", "2")
        );
        assert_eq!(
            (event.aggregate_type.as_str(), event.aggregate_id),
            ("tally", id)
        );
        assert_eq!(event.metadata.command_id, meta.command_id);
        assert_eq!(event.metadata.command_index, index);
        assert_eq!(event.metadata.correlation_id, meta.correlation_id);
        assert_eq!(event.metadata.causation_id, meta.causation_id);
        assert_eq!(event.metadata.actor, meta.actor);
        assert_eq!(event.metadata.request_hash, meta.request_hash);
        assert_eq!(
            (&event.metadata.series, event.metadata.number),
            (&None, None)
        );
    }
    assert_ne!(stream[1].event_id, stream[2].event_id);
    let payload: serde_json::Value = serde_json::from_str(&stream[2].payload).unwrap();
    assert_eq!(payload, serde_json::json!({"Added": {"amount": 3}}));
}

pub(crate) async fn a_loaded_aggregate_is_what_its_stream_says(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let nothing = log.load::<Tally>(id).await.unwrap();
    assert_eq!((nothing.state, nothing.version), (Tally::default(), 0));
    for amount in 1..=10 {
        log.execute::<Tally>(id, Command::Add(amount), &request())
            .await
            .unwrap();
    }
    let loaded = log.load::<Tally>(id).await.unwrap();
    assert_eq!((loaded.state.total, loaded.version), (55, 10));
}

pub(crate) async fn a_decision_sees_the_state_and_version_it_is_recorded_after(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    log.execute::<Tally>(id, Command::AddEach(2, 3), &request())
        .await
        .unwrap();
    let double = |state: &Tally, version| {
        assert_eq!(version, 2);
        Ok(Command::Add(state.total))
    };
    let executed = log.execute_with(id, &request(), double).await.unwrap();
    assert_eq!((executed.state.total, executed.version), (10, 3));
    let refuse = |_: &Tally, _| Err(Refusal);
    let refused = log.execute_with(id, &request(), refuse).await.unwrap_err();
    assert!(matches!(refused, ExecuteError::Refused(Refusal)));
}

pub(crate) async fn a_command_that_changes_nothing_records_nothing(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    log.execute::<Tally>(id, Command::Add(1), &request())
        .await
        .unwrap();
    let quiet = log
        .execute::<Tally>(id, Command::DoNothing, &request())
        .await
        .unwrap();
    assert_eq!(
        (quiet.version, quiet.events.len(), quiet.replayed),
        (1, 0, false)
    );
    assert_eq!(log.head().await.unwrap(), 1);
}

pub(crate) async fn a_refused_command_records_nothing(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let meta = request();
    let refused = log
        .execute::<Tally>(id, Command::BeRefused, &meta)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::Refused(Refusal)));
    assert_eq!(log.head().await.unwrap(), 0);
    assert_eq!(log.outcome_of(meta.command_id).await.unwrap(), None);
}

pub(crate) async fn writers_on_one_stream_lose_no_update(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let meta = request();
                    // Giving up after many lost races is allowed; losing an update is not.
                    while let Err(error) = log.execute::<Tally>(id, Command::Add(1), &meta).await {
                        assert!(matches!(error, ExecuteError::Conflict), "{error}");
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let loaded = log.load::<Tally>(id).await.unwrap();
    assert_eq!((loaded.state.total, loaded.version), (80, 80));
}

pub(crate) async fn one_stream_is_read_in_its_order_and_alone(bed: Testbed) {
    let log = bed.open().await;
    let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..12 {
        log.execute::<Tally>(id, Command::Add(1), &request())
            .await
            .unwrap();
        log.execute::<Tally>(other, Command::Add(1), &request())
            .await
            .unwrap();
    }
    log.head().await.unwrap();
    let stream = log.read_stream("tally", id).await.unwrap();
    assert!(stream.iter().all(|event| event.aggregate_id == id));
    assert!(stream.iter().map(|event| event.sequence).eq(1..=12));
    let everything = log.tail(0, 100).await.unwrap();
    let same: Vec<_> = everything
        .into_iter()
        .filter(|event| event.aggregate_id == id)
        .collect();
    assert_eq!(
        stream, same,
        "a stream's events are the same by whichever way they are read"
    );
    assert_eq!(log.read_stream("tally", Uuid::now_v7()).await.unwrap(), []);
    assert_eq!(log.read_stream("other", id).await.unwrap(), []);
}

pub(crate) async fn the_database_says_when_in_utc(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    // A second to spare on both sides: the database may stand on another clock, and SQLite's knows
    // milliseconds.
    let spare = time::Duration::SECOND;
    let before = OffsetDateTime::now_utc() - spare;
    log.execute::<Tally>(id, Command::Add(1), &request())
        .await
        .unwrap();
    let after = OffsetDateTime::now_utc() + spare;
    let event = log.read_stream("tally", id).await.unwrap().remove(0);
    assert!(event.recorded_at.offset().is_utc());
    assert!(
        before <= event.recorded_at && event.recorded_at <= after,
        "{}",
        event.recorded_at
    );
    assert_eq!(event.recorded_at.nanosecond() % 1000, 0);
}
