//! Whatever becomes of a file, the log brings it back; and what no log may hold is refused.

use std::path::Path;

use domain::money::Currency;
use projections::{ProjectionError, find_customer};
use rusqlite::Connection;
use uuid::Uuid;

use crate::rows::insert;
use crate::scenario::*;
use crate::testbed::{Node, Testbed, eventually, files, open, raw, served_file};
use crate::world::{World, staff};

/// Ends the node, does something to its file, and starts it again.
async fn after(bed: &Testbed, happens: impl FnOnce(&Path)) -> Node {
    let log = played(bed).await.kill().await;
    happens(&served_file(&bed.folder()));
    Node::start(log, &bed.folder()).await
}

/// The node serves another file than before, and it is clean.
async fn assert_built_anew(node: &Node, before: &Path) {
    let now = served_file(&node.folder);
    assert_ne!(now, before);
    node.assert_clean().await;
    assert!(node.read(|db| find_customer(db, &staff(), ACME)).is_some());
}

pub(crate) async fn a_node_goes_on_where_it_stopped(bed: Testbed) {
    let node = bed.node().await;
    let file = served_file(&node.folder);
    let mut log = node.kill().await;
    for n in 0..6 {
        let world = World(&log);
        world
            .register(Uuid::from_u128(n), "Offline", Currency::EUR)
            .await;
        let node = Node::start(log.clone(), &bed.folder()).await;
        assert_eq!(node.reads.position(), node.log.head().await.unwrap());
        let world = World(&node.log);
        world
            .register(Uuid::from_u128(100 + n), "Online", Currency::EUR)
            .await;
        log = node.kill().await;
    }
    let node = Node::start(log, &bed.folder()).await;
    assert_eq!(
        served_file(&node.folder),
        file,
        "nothing had to be built anew"
    );
    node.assert_clean().await;
}

/// As after a power cut: the file and its write-ahead log as they stand at some moment.
pub(crate) async fn a_file_copied_in_full_flight_is_brought_up_to_date(bed: Testbed) {
    let node = bed.node().await;
    let file = served_file(&node.folder);
    let copies = bed.folder().with_file_name("copies");
    std::fs::create_dir(&copies).unwrap();
    let copy = |n: u32| {
        let folder = copies.join(n.to_string());
        std::fs::create_dir(&folder).unwrap();
        // The write-ahead log first: what it misses is in no page of the file yet.
        for ending in ["-wal", ""] {
            let name = format!("{}{ending}", file.file_name().unwrap().to_string_lossy());
            std::fs::copy(node.folder.join(&name), folder.join(&name)).unwrap();
        }
        for entry in std::fs::read_dir(&node.folder).unwrap().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "current")
            {
                std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
            }
        }
        folder
    };
    let mut folders = vec![];
    let copying = async {
        for n in 0..5 {
            folders.push(copy(n));
            tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        }
    };
    let world = World(&node.log);
    tokio::join!(play(&world), copying);
    for folder in folders {
        let restored = Node::start(node.log.clone(), &folder).await;
        restored.assert_clean().await;
    }
}

pub(crate) async fn a_corrupt_file_is_built_anew(bed: Testbed) {
    let mut before = None;
    let node = after(&bed, |file| {
        std::fs::write(file, b"this is no database").unwrap();
        // Else SQLite brings every page back from there.
        let _ = std::fs::remove_file(file.with_extension("sqlite-wal"));
        before = Some(file.to_owned());
    })
    .await;
    assert_built_anew(&node, &before.unwrap()).await;
}

pub(crate) async fn a_deleted_file_is_built_anew(bed: Testbed) {
    let mut before = None;
    let node = after(&bed, |file| {
        std::fs::remove_file(file).unwrap();
        before = Some(file.to_owned());
    })
    .await;
    assert_built_anew(&node, &before.unwrap()).await;
}

/// The log was restored from a backup that ends before what the file says.
pub(crate) async fn a_file_beyond_the_log_is_built_anew(bed: Testbed) {
    let mut before = None;
    let node = after(&bed, |file| {
        let db = Connection::open(file).unwrap();
        db.execute("UPDATE checkpoint SET position = position + 10", [])
            .unwrap();
        before = Some(file.to_owned());
    })
    .await;
    assert_built_anew(&node, &before.unwrap()).await;
}

/// The log was restored from a backup and has gone on: as long as the file, with another end.
pub(crate) async fn a_file_of_another_log_is_built_anew(bed: Testbed) {
    let (one, other) = (bed.log().await, bed.another_log().await);
    World(&one).register(BOLT, "Bolt", Currency::EUR).await;
    World(&other).register(ACME, "Acme", Currency::EUR).await;
    Node::start(one, &bed.folder()).await.kill().await;
    let before = served_file(&bed.folder());
    let node = Node::start(other, &bed.folder()).await;
    assert_built_anew(&node, &before).await;
    assert_eq!(node.read(|db| find_customer(db, &staff(), BOLT)), None);
}

pub(crate) async fn a_file_that_does_not_fit_its_log_is_built_anew(bed: Testbed) {
    let log = played(&bed).await.kill().await;
    let before = served_file(&bed.folder());
    let db = Connection::open(&before).unwrap();
    db.execute("DELETE FROM invoices", []).unwrap();
    drop(db);
    let void = domain::invoice::InvoiceCommand::Void {
        reason: "free anyway".to_owned(),
        on: crate::world::day(30),
    };
    World(&log)
        .tell::<domain::invoice::Invoice>(FREE_INVOICE, void)
        .await;
    let node = Node::start(log, &bed.folder()).await;
    assert_built_anew(&node, &before).await;
}

pub(crate) async fn a_second_node_on_the_folder_is_refused(bed: Testbed) {
    let node = bed.node().await;
    let Err(refused) = open(&node.log, &node.folder).await else {
        panic!("two nodes serve one folder")
    };
    assert!(matches!(refused, ProjectionError::InUse(_)), "{refused}");
    assert!(refused.to_string().contains("DATA_DIR"), "{refused}");
    let log = node.kill().await;
    Node::start(log, &bed.folder()).await;
}

/// Takes the last event out of the order, and puts it in one place later.
fn make_a_gap(log: &Path) {
    let db = Connection::open(log).unwrap();
    db.execute_batch(
        "DROP TRIGGER event_log_refuses_update;
         UPDATE event_log SET position = position + 1
          WHERE position = (SELECT max(position) FROM event_log);",
    )
    .unwrap();
}

pub(crate) async fn a_gap_in_the_log_is_refused(bed: Testbed) {
    let node = played(&bed).await;
    let log = node.kill().await;
    let head = log.head().await.unwrap();
    World(&log)
        .register(Uuid::now_v7(), "Late", Currency::EUR)
        .await;
    log.close().await;
    make_a_gap(&bed.log_file());
    let log = bed.log().await;
    for _ in 0..2 {
        // The second time there is no file to go on with.
        let Err(refused) = open(&log, &bed.folder()).await else {
            panic!("a gap was passed over")
        };
        assert!(
            matches!(refused, ProjectionError::Gap(at, next) if at == head && next == head + 2),
            "{refused}"
        );
        let _ = std::fs::remove_dir_all(bed.folder());
    }
}

pub(crate) async fn an_event_of_a_later_program_stops_the_projector_and_says_why(bed: Testbed) {
    let node = played(&bed).await;
    let head = node.reads.position();
    assert_eq!(node.reads.fault(), None);
    let later = insert(
        Uuid::now_v7(),
        1,
        "customer",
        ["CustomerRegistered", "3"],
        "{}",
    );
    raw(&node.log, &later).await;
    eventually("the fault is told", || node.reads.fault().is_some()).await;
    let fault = node.reads.fault().unwrap();
    assert!(
        fault.contains("CustomerRegistered version 3 is unknown"),
        "{fault}"
    );
    assert!(fault.contains(&format!("position {}", head + 1)), "{fault}");
    assert_eq!(node.reads.position(), head);
    assert!(
        node.read(|db| find_customer(db, &staff(), ACME)).is_some(),
        "it serves what it has"
    );
    let log = node.kill().await;
    assert!(open(&log, &bed.folder()).await.is_err());
    assert_eq!(
        files(&bed.folder()).len(),
        1,
        "the file is not the one at fault"
    );
}

/// Under a running node the log is replaced by a backup of it, as an operator restores one.
pub(crate) async fn a_log_with_another_history_is_noticed_and_served_anew(bed: Testbed) {
    let node = played(&bed).await;
    node.caught_up().await;
    let backup = bed.log_file().with_extension("backup");
    let other = Connection::open(bed.log_file()).unwrap();
    other
        .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    drop(other);
    let common = node.log.head().await.unwrap();
    let (lost, new) = (Uuid::now_v7(), Uuid::now_v7());
    World(&node.log).register(lost, "Lost", Currency::EUR).await;
    node.caught_up().await;
    let before = node.log.head().await.unwrap();
    assert!(node.read(|db| find_customer(db, &staff(), lost)).is_some());
    let told = node.reads.lost();
    for extension in ["db-wal", "db-shm"] {
        std::fs::remove_file(bed.log_file().with_extension(extension)).unwrap();
    }
    std::fs::rename(&backup, bed.log_file()).unwrap();
    eventually("the other history is served", || {
        node.reads.position() == common && node.reads.fault().is_none()
    })
    .await;
    assert!(node.read(|db| find_customer(db, &staff(), lost)).is_none());
    let told = told.borrow().clone().unwrap();
    assert_eq!((told.common, told.count), (common, before - common));
    assert!(told.named.iter().all(|event| event.subject_id == lost));
    assert_eq!(told.named.len(), usize::try_from(before - common).unwrap());
    // It goes on from there.
    World(&node.log).register(new, "New", Currency::EUR).await;
    node.assert_clean().await;
    assert!(node.read(|db| find_customer(db, &staff(), new)).is_some());
}

/// The file is cut under a running node, and mended without a restart: by the next rebuild, or by itself once a reader or
/// the projector finds out.
pub(crate) async fn a_file_cut_under_a_running_node_is_mended(bed: Testbed) {
    let node = played(&bed).await;
    node.caught_up().await;
    for rebuild in [true, false] {
        let cut = served_file(&node.folder);
        // Otherwise the write-ahead log would hide the cut.
        node.tamper()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&cut).unwrap();
        file.set_len(16_384).unwrap();
        if rebuild {
            node.rebuild().await;
        } else {
            World(&node.log)
                .register(Uuid::now_v7(), "After", Currency::EUR)
                .await;
        }
        eventually("another file is served", || {
            !files(&node.folder).contains(&cut) && node.reads.fault().is_none()
        })
        .await;
        node.assert_clean().await;
    }
}
