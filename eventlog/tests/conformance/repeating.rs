//! One outcome per command id.

use eventlog::{ExecuteError, Outcome};
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::Testbed;

pub(crate) async fn sixteen_racing_retries_of_one_command_record_it_once(bed: Testbed) {
    let (here, there) = (bed.open().await, bed.open().await);
    let id = Uuid::now_v7();
    let meta = request().with_request_hash("h");
    let tries: Vec<_> = (0..16)
        .map(|n| {
            let (log, meta) = (
                if n % 2 == 0 {
                    here.clone()
                } else {
                    there.clone()
                },
                meta.clone(),
            );
            tokio::spawn(async move {
                log.execute::<Tally>(id, Command::AddEach(1, 2), &meta)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut first = 0;
    for executed in tries {
        let executed = executed.await.unwrap();
        assert_eq!((executed.version, executed.state.total), (2, 3));
        assert_eq!(executed.replayed, executed.events.is_empty());
        first += usize::from(!executed.replayed);
    }
    assert_eq!(first, 1);
    assert_eq!(here.read_stream("tally", id).await.unwrap().len(), 2);
}

pub(crate) async fn a_retry_gets_the_outcome_of_its_time(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let meta = request();
    log.execute::<Tally>(id, Command::AddEach(1, 2), &meta)
        .await
        .unwrap();
    log.execute::<Tally>(id, Command::Add(100), &request())
        .await
        .unwrap();
    // It is not decided again: this time the aggregate would refuse.
    let retried = log
        .execute::<Tally>(id, Command::BeRefused, &meta)
        .await
        .unwrap();
    assert!(retried.replayed && retried.events.is_empty());
    assert_eq!((retried.version, retried.state.total), (2, 3));
    assert_eq!(log.head().await.unwrap(), 3);
}

pub(crate) async fn a_command_id_with_another_request_is_refused(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let meta = request().with_request_hash("one");
    log.execute::<Tally>(id, Command::Add(1), &meta)
        .await
        .unwrap();
    let other = meta.clone().with_request_hash("two");
    let refused = log
        .execute::<Tally>(id, Command::Add(2), &other)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::KeyReused), "{refused}");
    assert_eq!(log.head().await.unwrap(), 1);
}

pub(crate) async fn a_command_id_on_another_stream_is_refused(bed: Testbed) {
    let log = bed.open().await;
    let meta = request();
    log.execute::<Tally>(Uuid::now_v7(), Command::Add(1), &meta)
        .await
        .unwrap();
    let refused = log
        .execute::<Tally>(Uuid::now_v7(), Command::Add(1), &meta)
        .await
        .unwrap_err();
    assert!(matches!(refused, ExecuteError::KeyReused), "{refused}");
    assert_eq!(log.head().await.unwrap(), 1);
}

pub(crate) async fn the_outcome_of_a_command_can_be_looked_up(bed: Testbed) {
    let log = bed.open().await;
    let id = Uuid::now_v7();
    let meta = request().with_request_hash("h");
    log.execute::<Tally>(id, Command::Add(1), &request())
        .await
        .unwrap();
    log.execute::<Tally>(id, Command::AddEach(2, 3), &meta)
        .await
        .unwrap();
    log.execute::<Tally>(id, Command::Add(4), &request())
        .await
        .unwrap();
    let expected = Outcome {
        aggregate_type: "tally".to_owned(),
        aggregate_id: id,
        version: 3,
        request_hash: Some("h".to_owned()),
    };
    assert_eq!(
        log.outcome_of(meta.command_id).await.unwrap(),
        Some(expected)
    );
    assert_eq!(log.outcome_of(Uuid::now_v7()).await.unwrap(), None);
}
