//! Word of changes, and a rebuild under full load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::customer::{Customer, CustomerCommand};
use domain::money::Currency;
use projections::{Change, find_customer, list_history};
use uuid::Uuid;

use crate::scenario::*;
use crate::testbed::{Node, Testbed, files, served_file};
use crate::world::{World, day, staff};

/// Sets the payment terms once more and waits until that is shown.
async fn write_and_wait(node: &Node, n: u16) {
    let expectation = node.reads.expect(ACME);
    let command = CustomerCommand::UpdatePaymentTerms {
        days: n % 365,
        on: day(1),
    };
    let version = World(&node.log).tell::<Customer>(ACME, command).await;
    let version = i64::try_from(version).unwrap();
    let reached = expectation.reached(version, Duration::from_secs(5)).await;
    assert!(reached, "nobody told of version {version}");
    let row = node.read(|db| find_customer(db, &staff(), ACME)).unwrap();
    assert!(row.version >= version, "told before it is shown");
}

pub(crate) async fn whoever_waits_is_told(bed: Testbed) {
    let node = bed.node().await;
    World(&node.log).register(ACME, "Acme", Currency::EUR).await;
    for n in 1..20 {
        write_and_wait(&node, n).await;
    }
    let expectation = node.reads.expect(BOLT);
    let (soon, none) = (Duration::from_millis(50), Uuid::now_v7());
    assert!(!expectation.reached(1, soon).await, "nothing happens to it");
    assert!(!node.reads.expect(none).reached(1, soon).await);
    // Two who wait for the same thing are both told.
    let (one, two) = (node.reads.expect(BOLT), node.reads.expect(BOLT));
    let register = async { World(&node.log).register(BOLT, "Bolt", Currency::EUR).await };
    let limit = Duration::from_secs(5);
    let ((), one, two) = tokio::join!(register, one.reached(1, limit), two.reached(1, limit));
    assert!(one && two);
}

pub(crate) async fn changes_are_told_in_order(bed: Testbed) {
    let node = bed.node().await;
    let mut changes = node.reads.changes();
    play(&World(&node.log)).await;
    node.caught_up().await;
    let events = node.log.tail(0, 1_000).await.unwrap();
    let mut told: Vec<Change> = vec![];
    while told.len() < events.len() {
        told.extend(changes.recv().await.unwrap().iter().cloned());
    }
    for (change, event) in told.iter().zip(&events) {
        assert_eq!(change.position, event.position);
        assert_eq!(change.subject_type, event.aggregate_type);
        assert_eq!(change.subject_id, event.aggregate_id);
        assert_eq!(change.version, event.sequence);
        assert_eq!(change.event_type, event.event_type);
    }
    let invoice = told
        .iter()
        .find(|change| change.subject_id == BOLTS_INVOICE);
    assert_eq!(invoice.unwrap().customer_id, Some(BOLT));
}

pub(crate) async fn a_rebuild_takes_over_while_readers_and_writers_go_on(bed: Testbed) {
    let node = Arc::new(played(&bed).await);
    let happened = node
        .read(|db| list_history(db, &staff(), OPEN_INVOICE))
        .len();
    let stop = Arc::new(AtomicBool::new(false));
    let reads = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (node, stop, reads) = (node.clone(), stop.clone(), reads.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let history = node
                        .reads
                        .read(|db| list_history(db, &staff(), OPEN_INVOICE));
                    assert_eq!(history.unwrap().len(), happened);
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let writer = tokio::spawn({
        let (node, stop) = (node.clone(), stop.clone());
        async move {
            let mut n = 100;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                write_and_wait(&node, n).await;
            }
            n - 100
        }
    });
    for _ in 0..3 {
        let before = served_file(&node.folder);
        let started = Instant::now();
        node.rebuild().await;
        let built = started.elapsed();
        while files(&node.folder).contains(&before) {
            let waited = started.elapsed() - built;
            assert!(
                waited < Duration::from_secs(20),
                "the old file is still there"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_ne!(served_file(&node.folder), before);
    }
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(written > 3, "{written} written");
    assert!(reads.load(Ordering::Relaxed) > 100, "{reads:?} read");
    assert_eq!(node.reads.fault(), None);
    node.assert_clean().await;
    let left = std::fs::read_dir(&node.folder).unwrap().flatten();
    let left: Vec<String> = left
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        left.len(),
        5,
        "the file, -wal, -shm, the pointer, the lock: {left:?}"
    );
}
