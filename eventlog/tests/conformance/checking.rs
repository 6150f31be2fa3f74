//! What `billing check` finds beside the events.

use eventlog::Engine;
use uuid::Uuid;

use crate::tally::{Command, Tally, request};
use crate::testbed::{Testbed, raw};

pub(crate) async fn what_stands_beside_the_events_is_checked(bed: Testbed) {
    let log = bed.open().await;
    let take = |_: &Tally, _, number| Ok(Command::TakeNumber(number));
    for _ in 0..3 {
        log.execute_numbered(Uuid::now_v7(), "INV", &request(), take)
            .await
            .unwrap();
    }
    assert_eq!(log.check().await.unwrap(), Vec::<String>::new());
    let (off, on) = match log.engine() {
        Engine::Sqlite => ("DROP TRIGGER document_numbers_refuse_delete", ""),
        Engine::Postgres => (
            "ALTER TABLE document_numbers DISABLE TRIGGER ALL",
            "ALTER TABLE document_numbers ENABLE TRIGGER ALL",
        ),
    };
    raw(&log, off).await.unwrap();
    raw(&log, "DELETE FROM document_numbers WHERE number = 2")
        .await
        .unwrap();
    if !on.is_empty() {
        raw(&log, on).await.unwrap();
    }
    let found = log.check().await.unwrap();
    assert_eq!(
        found,
        [
            "events whose document number is not in the table of numbers: 1",
            "gaps in series of document numbers: 1",
        ]
    );
}
