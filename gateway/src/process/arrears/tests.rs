//! Reminders and late fees over days, on two nodes, and after a crash between the two streams.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.
#![allow(clippy::inconsistent_digit_grouping)] // Tests write cents as 100_00.

use std::sync::Arc;

use domain::ids::DisputeId;
use domain::invoice::{DisputeInvoice, DisputeOutcome, InvoiceEvent};
use domain::money::Money;
use domain::organisation::{Fee, LateFee, OrganisationSettings};

use super::super::schedule::run_due;
use super::super::world::{World, caught_up, eur, eventually, meta};
use super::*;

/// Reminded three days before the due date, and five and twelve after it; charged ten percent, then fifteen euros.
fn settings() -> OrganisationSettings {
    OrganisationSettings {
        reminders: vec![-3, 5, 12],
        late_fees: vec![
            LateFee {
                after_days: 5,
                fee: Fee::Percent(10.into()),
            },
            LateFee {
                after_days: 10,
                fee: Fee::Fixed(eur(15_00)),
            },
        ],
        ..OrganisationSettings::default()
    }
}

/// What the calendar sets off on that day (the n-th after the first).
async fn run(world: &World, n: i64) {
    world.day(n);
    caught_up(&world.app).await;
    run_due(&world.app).await.unwrap();
    caught_up(&world.app).await;
}

async fn reminded(world: &World, invoice: Uuid) -> Vec<u16> {
    let loaded = world.load(InvoiceId(invoice)).await.unwrap();
    loaded.issued.unwrap().reminded
}

/// The fees that were charged, and what their invoices come to.
async fn charged(world: &World, invoice: Uuid) -> Vec<(u16, Money)> {
    let loaded = world.load(InvoiceId(invoice)).await.unwrap();
    let mut found = vec![];
    for (stage, (fee_invoice, amount)) in loaded.issued.unwrap().late_fees {
        let fee = world.load(fee_invoice).await.unwrap();
        assert_eq!(fee.document.total(), amount);
        assert_eq!(fee.amount_due(), amount, "it is issued");
        assert_eq!(fee.document.totals.taxes[0].tax, Tax::NONE);
        found.push((stage, amount));
    }
    found
}

/// The fees that the preview tells of for the n-th day.
async fn foretold(world: &World, n: i64) -> Vec<(Uuid, u16, Money)> {
    let mut fees = Fees::on(&world.app, super::super::world::START + Duration::days(n));
    let mut found = vec![];
    while let Some((row, due)) = fees.next(&world.app).await.unwrap() {
        found.push((row.id, due.stage, due.amount));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_comes_on_its_day_and_once_however_often_the_calendar_is_asked() {
    let world = World::new(settings()).await;
    let invoice = world.invoice(100).await; // Due on day 14.
    for n in 0..=40 {
        run(&world, n).await;
        run(&world, n).await;
        let stages = [11, 19, 26].iter().filter(|day| **day <= n).count();
        assert_eq!(reminded(&world, invoice).await.len(), stages, "day {n}");
        let fees = [19, 24].iter().filter(|day| **day <= n).count();
        assert_eq!(charged(&world, invoice).await.len(), fees, "day {n}");
    }
    assert_eq!(reminded(&world, invoice).await, [1, 2, 3]);
    let fees = [(1, eur(10_00)), (2, eur(15_00))];
    assert_eq!(charged(&world, invoice).await, fees);
    assert_eq!(
        world.count("InvoiceLateFeeCharged").await,
        2,
        "none on the fees themselves"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_days_without_a_node_the_newest_reminder_is_sent_and_every_fee_charged() {
    let world = World::new(settings()).await;
    let invoice = world.invoice(100).await;
    run(&world, 90).await;
    assert_eq!(reminded(&world, invoice).await, [3]);
    let fees = [(1, eur(10_00)), (2, eur(15_00))];
    assert_eq!(charged(&world, invoice).await, fees);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_disputed_or_waived_is_left_alone() {
    let world = World::new(settings()).await;
    let (paid, disputed, waived) = (
        world.invoice(100).await,
        world.invoice(100).await,
        world.invoice(100).await,
    );
    world.pay(paid, eur(100_00)).await;
    let dispute_id = DisputeId(Uuid::now_v7());
    let dispute = InvoiceCommand::Dispute(DisputeInvoice {
        dispute_id,
        line_id: None,
        reason: "never delivered".into(),
        amount: None,
        on: world.app.today(),
    });
    world.tell::<Invoice>(disputed, dispute).await;
    let waive = InvoiceCommand::WaiveLateFees {
        reason: "goodwill".into(),
        on: world.app.today(),
    };
    world.tell::<Invoice>(waived, waive).await;
    run(&world, 20).await;
    for (invoice, stages) in [(paid, vec![]), (disputed, vec![]), (waived, vec![2])] {
        assert_eq!(reminded(&world, invoice).await, stages);
        assert_eq!(charged(&world, invoice).await, []);
    }
    let settle = InvoiceCommand::SettleDispute {
        dispute_id,
        outcome: DisputeOutcome::Rejected,
        words: "It was signed for.".into(),
        on: world.app.today(),
    };
    world.tell::<Invoice>(disputed, settle).await;
    run(&world, 21).await;
    assert_eq!(reminded(&world, disputed).await, [2]);
    assert_eq!(charged(&world, disputed).await, [(1, eur(10_00))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_is_set_late_does_not_reach_back() {
    use domain::organisation::{ORGANISATION_ID, Organisation, OrganisationCommand};
    let world = World::new(OrganisationSettings::default()).await;
    let old = world.invoice(100).await;
    world.day(30);
    let recent = world.invoice(200).await;
    let set = OrganisationCommand::UpdateSettings {
        settings: settings(),
        on: world.app.today(),
    };
    world.tell::<Organisation>(ORGANISATION_ID, set).await;
    world.app.refresh_settings().await.unwrap();
    run(&world, 60).await;
    assert_eq!(reminded(&world, old).await, Vec::<u16>::new());
    assert_eq!(charged(&world, old).await, []);
    assert_eq!(
        charged(&world, recent).await,
        [(1, eur(20_00)), (2, eur(15_00))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foretold_for_a_day_is_what_happens_on_it() {
    let world = World::new(settings()).await;
    let (one, two) = (world.invoice(100).await, world.invoice(333).await);
    world.pay(two, eur(133_05)).await;
    caught_up(&world.app).await;
    assert_eq!(foretold(&world, 18).await, []);
    let told = foretold(&world, 30).await;
    run(&world, 30).await;
    let mut done = vec![];
    for invoice in [one, two] {
        let fees = charged(&world, invoice).await.into_iter();
        done.extend(fees.map(|(stage, amount)| (invoice, stage, amount)));
    }
    assert_eq!(done.len(), 4);
    assert!(
        done.contains(&(two, 1, eur(20_00))),
        "ten percent of 199.95, half away from zero"
    );
    let sorted = |mut fees: Vec<(Uuid, u16, Money)>| {
        fees.sort_by_key(|(id, stage, _)| (*id, *stage));
        fees
    };
    assert_eq!(sorted(told), sorted(done));
    assert_eq!(foretold(&world, 30).await, [], "nothing is left to charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_are_asked_at_once_charge_and_remind_once() {
    let world = World::new(settings()).await;
    let other = world.another_node().await;
    let mut invoices = vec![];
    for n in 1..=8 {
        invoices.push(world.invoice(n * 10).await);
    }
    world.day(30);
    caught_up(&world.app).await;
    caught_up(&other).await;
    let (one, two) = tokio::join!(run_due(&world.app), run_due(&other));
    one.unwrap();
    two.unwrap();
    for (n, invoice) in (1..).zip(invoices) {
        assert_eq!(reminded(&world, invoice).await, [3]);
        let fees = [(1, eur(n * 1_00)), (2, eur(15_00))];
        assert_eq!(charged(&world, invoice).await, fees);
    }
    assert_eq!(world.count("InvoiceLateFeeCharged").await, 16);
    assert_eq!(world.count("InvoiceIssued").await, 8 + 16);
    assert_eq!(world.count("InvoiceReminded").await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_two_streams_is_mended_from_the_log() {
    let world = World::new(settings()).await;
    let invoice = world.invoice(100).await;
    world.day(20);
    let fee_invoice_id = fee_invoice_id(invoice, 1);
    let charge = InvoiceCommand::ChargeLateFee {
        stage: 1,
        fee: Fee::Percent(10.into()),
        fee_invoice_id,
        on: world.app.today(),
    };
    let meta = meta();
    let executed = world.app.log.execute::<Invoice>(invoice, charge, &meta);
    let events = executed.await.unwrap().events;
    assert!(matches!(
        events.as_slice(),
        [InvoiceEvent::LateFeeCharged { .. }]
    ));
    assert!(
        world.load(fee_invoice_id).await.is_none(),
        "here the node dies"
    );
    tokio::spawn(super::super::follow_log(Arc::clone(&world.app)));
    eventually("the fee is billed", || async {
        let fee = world.load(fee_invoice_id).await;
        fee.is_some_and(|fee| fee.issued.is_some())
    })
    .await;
    run(&world, 20).await;
    assert_eq!(charged(&world, invoice).await, [(1, eur(10_00))]);
    world.app.stop();
}
