//! Torture: full disks, failing calls, kill -9, two nodes, a PostgreSQL that dies. Whatever was acknowledged must be
//! there exactly once afterwards, and every answer must have been true.
//!
//! The ordinary tests play a few episodes. `make torture-quick` and `make torture` play many (`the_whole_torture`,
//! which is ignored otherwise); `SEED=… EPISODE=… PARTS=…` plays one of them again.
#![allow(missing_docs)]
#![allow(unreachable_pub)] // Modules of one test program.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

#[path = "../support/mod.rs"]
mod support;

mod books;
mod caller;
mod dice;
mod disk_full;
mod ending;
mod faults;
mod finds;
mod kills;
mod load;
mod nodes;
mod old_store;
mod plan;
mod postgres;
mod servers;

use std::sync::Arc;
use std::time::Duration;

use finds::Finds;
use plan::Plan;
use servers::Harm;
use support::{Engine, engines};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing() {
    let finds = Arc::new(Finds::default());
    if disk_full::play(&Plan::few(2), &finds).await {
        finds.assert_none("disk full");
    } else {
        eprintln!("SKIPPED: no disk can be mounted here");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_writes_lose_nothing() {
    let finds = Arc::new(Finds::default());
    faults::play(&Plan::few(4), &finds).await;
    finds.assert_none("failing calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_nothing() {
    for engine in engines() {
        let finds = Arc::new(Finds::default());
        kills::play(engine, &Plan::few(1), &finds).await;
        finds.assert_none("kill -9");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_say_the_same() {
    if engines().contains(&Engine::Postgres) {
        let finds = Arc::new(Finds::default());
        nodes::play(&Plan::few(1), &finds).await;
        finds.assert_none("two nodes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_takes_nothing_along() {
    harmed(Harm::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_takes_nothing_along() {
    harmed(Harm::HeldUp(Duration::from_secs(3))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_with_all_events_goes_on_where_the_server_ended() {
    harmed(Harm::PromotedWithAll).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_without_the_last_events_is_noticed() {
    harmed(Harm::PromotedWithoutTheLast).await;
}

async fn harmed(harm: Harm) {
    if engines().contains(&Engine::Postgres) {
        let finds = Arc::new(Finds::default());
        servers::play(&[harm], &Plan::few(1), &finds).await;
        finds.assert_none("PostgreSQL");
    }
}

/// All parts, as long as TORTURE_SECONDS says.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "make torture-quick, make torture"]
#[allow(clippy::print_stdout, reason = "its report is for people")]
async fn the_whole_torture() {
    let parts =
        std::env::var("PARTS").unwrap_or_else(|_| "disk,faults,kills,nodes,server".to_owned());
    let mut found = 0;
    for part in parts.split(',') {
        let finds = Arc::new(Finds::default());
        match part {
            "disk" => {
                if !disk_full::play(&Plan::from_environment(200, 20), &finds).await {
                    println!("disk full        SKIPPED: no disk can be mounted here (needs root)");
                }
            }
            "faults" => faults::play(&Plan::from_environment(400, 20), &finds).await,
            "kills" => {
                for engine in [Engine::Sqlite, Engine::Postgres] {
                    kills::play(engine, &Plan::from_environment(40, 10), &finds).await;
                }
            }
            "nodes" => nodes::play(&Plan::from_environment(100, 15), &finds).await,
            "server" => {
                let plan = Plan::from_environment(100, 25);
                servers::play(&servers::HARMS, &plan, &finds).await;
            }
            other => panic!("PARTS names {other}"),
        }
        found += finds.len();
        print!("{}", finds.report(part));
    }
    if found > 0 {
        println!("{found} finds");
        std::process::exit(1);
    }
    println!("nothing found");
}
