//! Three years of fifty subscriptions in a minute: all intervals, month ends, trials, quantities, changes, pauses,
//! cancellations, failing and recovering collections. The clock is the test's; the scheduler is stopped for days, asked
//! twice, run by two nodes at once and cut off in the middle. What should have come of it is computed independently:
//! in `expected`, in whole days and cents, by date arithmetic of its own.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

#[path = "subscription_years/expected.rs"]
mod expected;
#[path = "subscription_years/scripts.rs"]
mod scripts;
mod support;
#[path = "subscription_years/world.rs"]
mod world;

use std::collections::BTreeMap;

use domain::subscription::Standing;

use expected::{Bill, Expectation};
use scripts::{Ends, Script, Step};
use support::Engine;
use time::macros::datetime;
use world::{World, noon_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_years_of_fifty_subscriptions_on_sqlite() {
    live_through(Engine::Sqlite, 50, 3 * 365 + 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_year_of_twelve_subscriptions_on_postgres() {
    if support::engines().contains(&Engine::Postgres) {
        live_through(Engine::Postgres, 12, 400).await;
    }
}

/// In Auckland, thirteen hours ahead of UTC in March, and in New York, four hours behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_day_turns_at_the_organisations_midnight() {
    for (zone, before, after) in [
        (
            "Pacific/Auckland",
            datetime!(2025-03-31 10:59:59 UTC),
            datetime!(2025-03-31 11:00 UTC),
        ),
        (
            "America/New_York",
            datetime!(2025-04-01 03:59:59 UTC),
            datetime!(2025-04-01 04:00 UTC),
        ),
    ] {
        let world = World::new(Engine::Sqlite).await;
        world.move_to(zone).await;
        let script = Script {
            plan: 0,
            quantity: 1_000,
            start: expected::day(2025, 3, 1),
            automatic: false,
            ends: Ends::Never,
            steps: vec![],
        };
        world.clock.set(datetime!(2025-03-01 12:00 UTC));
        world.register(0, &script).await;
        world.start(0, &script).await;
        world.finish().await;
        assert_eq!(world.state(0).await.current.number, 1, "{zone}");
        world.clock.set(before);
        world.finish().await;
        assert_eq!(world.state(0).await.current.number, 1, "{zone}");
        world.clock.set(after);
        world.finish().await;
        assert_eq!(world.state(0).await.current.number, 2, "{zone}");
        world.close().await;
    }
}

/// Whether the scheduler is stopped that day: for four days now and then, and once for a month.
fn is_stopped(day: i64) -> bool {
    (day / 4) % 5 == 2 || (600..630).contains(&day)
}

async fn live_through(engine: Engine, subscriptions: usize, days: i64) {
    let world = World::new(engine).await;
    let first = expected::day(2024, 1, 1);
    let scripts: Vec<Script> = (0..subscriptions)
        .map(|n| scripts::script(n, first))
        .collect();
    let mut expected: Vec<Expectation> = vec![];
    for (number, script) in scripts.iter().enumerate() {
        world.register(number, script).await;
        expected.push(Expectation::new(script));
    }
    for today in first..first + days {
        world.clock.set(noon_of(today));
        for (number, script) in scripts.iter().enumerate() {
            if script.start == today {
                world.start(number, script).await;
            }
            let done = script.steps.iter().filter(|(day, _)| *day == today);
            for (_, step) in done {
                let accepted = world.tell(number, script, step).await;
                expected[number].live_to(today);
                let foreseen = expected[number].tell(today, step);
                assert_eq!(
                    accepted, foreseen,
                    "subscription {number}: {step:?} on {today}"
                );
            }
        }
        if !is_stopped(today - first) {
            world.run(today).await;
        }
    }
    world.finish().await;
    let last = first + days - 1;
    let mut invoiced: BTreeMap<(usize, Bill), u32> = BTreeMap::new();
    for (number, expectation) in expected.iter_mut().enumerate() {
        expectation.live_to(last);
        for bill in &expectation.bills {
            *invoiced.entry((number, *bill)).or_default() += 1;
        }
    }
    let found = world.bills().await;
    let once = |bills: &BTreeMap<(usize, Bill), u32>| bills.values().all(|times| *times == 1);
    assert!(once(&found), "something is billed twice");
    for (bill, times) in &invoiced {
        assert_eq!(found.get(bill), Some(times), "{bill:?} is missing");
    }
    for (bill, times) in &found {
        assert_eq!(invoiced.get(bill), Some(times), "{bill:?} is too much");
    }
    assert!(found.len() > 5 * subscriptions, "{} bills", found.len());
    settled(&world, &scripts).await;
    world.assert_sums(&found).await;
    world.close().await;
}

/// What is collected by itself is paid once the card is good, and the subscription active again.
async fn settled(world: &World, scripts: &[Script]) {
    let mut recovered = 0;
    for (number, script) in scripts.iter().enumerate() {
        if !script.automatic {
            continue;
        }
        assert_eq!(world.unpaid(number).await, 0, "subscription {number} owes");
        let state = world.state(number).await;
        assert!(state.arrears.is_empty());
        let standing = state.standing();
        let fails = script
            .steps
            .iter()
            .any(|(_, step)| matches!(step, Step::CardFails));
        if fails && state.ended.is_none() {
            assert_eq!(standing, Standing::Active, "subscription {number}");
        }
        recovered += usize::from(!state.cleared.is_empty());
    }
    assert!(recovered > 0, "no collection failed and recovered");
}
