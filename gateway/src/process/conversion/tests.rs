//! Deposits: billed when the offer is accepted, taken off by the final invoice, once, whatever happens in between.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.
#![allow(clippy::inconsistent_digit_grouping)] // Tests write cents as 100_00.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::estimate::{AcceptEstimate, DraftEstimate, OfferEstimate};
use domain::money::Money;
use domain::organisation::OrganisationSettings;
use domain::tax::{Tax, TaxCategory};

use super::super::issuing;
use super::super::world::{World, draft, eur, eventually, meta};
use super::*;

const VAT: Tax = Tax {
    category: TaxCategory::Standard,
    percent: rust_decimal::Decimal::TEN,
};

async fn world(setting: InvoiceOnAcceptance) -> World {
    let settings = OrganisationSettings {
        invoice_on_acceptance: setting,
        ..OrganisationSettings::default()
    };
    let world = World::new(settings).await;
    tokio::spawn(super::super::follow_log(Arc::clone(&world.app)));
    world
}

/// Offered over a thousand euros and tax for that deposit, in percent, and accepted.
async fn accepted(world: &World, deposit: Option<i64>) -> Uuid {
    let (id, on) = (Uuid::now_v7(), world.app.today());
    for command in [
        EstimateCommand::Draft(DraftEstimate {
            customer_id: world.customer,
            draft: draft(1_000, VAT),
            on,
        }),
        EstimateCommand::Offer(OfferEstimate {
            number: "EST-00001".into(),
            valid_until: on,
            deposit_percent: deposit.map(Into::into),
            on,
        }),
        EstimateCommand::Accept(AcceptEstimate {
            revision: 1,
            name: "Ann".into(),
            terms_accepted: false,
            on,
        }),
    ] {
        world.tell::<Estimate>(id, command).await;
    }
    id
}

async fn estimate(world: &World, id: Uuid) -> Drafted {
    load(&world.app, id).await.unwrap().unwrap()
}

/// The deposit invoice, once it is there.
async fn deposit(world: &World, id: Uuid) -> InvoiceId {
    eventually("the deposit is billed", || async {
        match estimate(world, id).await.deposit {
            Some(deposit) => world.load(deposit).await.is_some(),
            None => false,
        }
    })
    .await;
    estimate(world, id).await.deposit.unwrap()
}

async fn issued(world: &World, invoice: InvoiceId) -> DraftedInvoice {
    eventually("it is issued", || async {
        let loaded = world.load(invoice).await;
        loaded.is_some_and(|drafted| drafted.issued.is_some())
    })
    .await;
    world.load(invoice).await.unwrap()
}

/// Staff convert it; answers with the final invoice.
async fn converted(world: &World, id: Uuid) -> DraftedInvoice {
    let invoice_id = invoice_id(id, 1);
    let on = world.app.today();
    let convert = EstimateCommand::Convert { invoice_id, on };
    world.tell::<Estimate>(id, convert).await;
    make_invoice(&world.app, id, meta().actor, Uuid::nil())
        .await
        .unwrap();
    world.load(invoice_id).await.unwrap()
}

fn lines(invoice: &DraftedInvoice) -> Vec<(&str, Money)> {
    let lines = invoice.document.lines.iter();
    let amount = |amount| Money::rounded(amount, invoice.document.currency);
    lines
        .map(|line| (line.description.as_str(), amount(line.amount)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_deposit_is_taken_off_the_final_invoice() {
    let world = world(InvoiceOnAcceptance::Issue).await;
    let id = accepted(&world, Some(30)).await;
    let deposit = deposit(&world, id).await;
    let billed = issued(&world, deposit).await;
    assert_eq!(billed.document.total(), eur(330_00));
    let text = "Deposit of 30 % on estimate EST-00001";
    assert_eq!(lines(&billed), [(text, eur(300_00))]);
    assert!(matches!(
        estimate(&world, id).await.phase,
        Phase::Accepted { .. }
    ));

    world.pay(deposit.0, eur(330_00)).await;
    let last = issued(&world, invoice_id(id, 1)).await;
    let number = billed.issued.unwrap().number;
    let text = format!("Less deposit, invoice {number} of 2025-03-01");
    let expected = [("Signs", eur(1_000_00)), (text.as_str(), eur(-300_00))];
    assert_eq!(lines(&last), expected);
    assert_eq!(last.document.total(), eur(770_00));
    let void = InvoiceCommand::Void {
        reason: "never due".into(),
        on: world.app.today(),
    };
    let meta = meta();
    let refused = world.app.log.execute::<Invoice>(deposit.0, void, &meta);
    assert!(refused.await.is_err(), "it is taken off elsewhere");
    world.app.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_may_convert_before_the_deposit_is_paid() {
    let world = world(InvoiceOnAcceptance::Issue).await;
    let id = accepted(&world, Some(30)).await;
    let deposit = deposit(&world, id).await;
    issued(&world, deposit).await;
    let last = converted(&world, id).await;
    assert_eq!(last.document.total(), eur(770_00));
    world.app.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_that_was_never_issued_is_not_taken_off_and_never_issued() {
    let world = world(InvoiceOnAcceptance::ByStaff).await;
    let id = accepted(&world, Some(30)).await;
    let deposit = deposit(&world, id).await;
    assert!(
        world.load(deposit).await.unwrap().issued.is_none(),
        "it waits for staff"
    );
    let last = converted(&world, id).await;
    assert_eq!(last.document.total(), eur(1_100_00));
    let late = issuing::issue_invoice(&world.app, deposit.0, None, &meta()).await;
    assert!(matches!(late, Err(IssueError::Refused(_))));
    world.app.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_deposit_is_not_taken_off_and_the_acceptance_can_be_undone() {
    let world = world(InvoiceOnAcceptance::Issue).await;
    let id = accepted(&world, Some(30)).await;
    let first = deposit(&world, id).await;
    issued(&world, first).await;
    let on = world.app.today();
    let undo = EstimateCommand::UndoAcceptance {
        reason: "a slip".into(),
        on,
    };
    let by_staff = meta();
    let log = &world.app.log;
    let refused = log.execute::<Estimate>(id, undo.clone(), &by_staff);
    assert!(refused.await.is_err(), "a deposit invoice stands");
    let void = InvoiceCommand::Void {
        reason: "a slip".into(),
        on,
    };
    world.tell::<Invoice>(first.0, void).await;
    eventually("the estimate knows", || async {
        estimate(&world, id).await.deposit.is_none()
    })
    .await;
    world.tell::<Estimate>(id, undo).await;
    let accept = EstimateCommand::Accept(AcceptEstimate {
        revision: 1,
        name: "Bob".into(),
        terms_accepted: false,
        on,
    });
    world.tell::<Estimate>(id, accept).await;
    let second = deposit(&world, id).await;
    assert_ne!(second, first);
    issued(&world, second).await;
    let last = converted(&world, id).await;
    assert_eq!(last.document.total(), eur(770_00));
    world.app.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_makes_up_for_a_deposit_that_a_crash_left_unmade() {
    let settings = OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::Issue,
        ..OrganisationSettings::default()
    };
    let world = World::new(settings).await; // No process runs.
    let id = accepted(&world, Some(50)).await;
    let drafted = estimate(&world, id).await;
    let bill = EstimateCommand::BillDeposit {
        invoice_id: deposit_id(id, &drafted),
        on: world.app.today(),
    };
    world.tell::<Estimate>(id, bill).await;
    let last = converted(&world, id).await;
    assert_eq!(last.document.total(), eur(550_00));
    let again = converted(&world, id).await;
    assert_eq!(again, last);
    assert_eq!(world.count("InvoiceIssued").await, 2);
}

/// What is told of an acceptance beforehand is what the process then does.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_foretold_follows() {
    for setting in [
        InvoiceOnAcceptance::ByStaff,
        InvoiceOnAcceptance::Draft,
        InvoiceOnAcceptance::Issue,
    ] {
        for percent in [None, Some(30)] {
            let world = world(setting).await;
            let id = accepted(&world, percent).await;
            let drafted = estimate(&world, id).await;
            let (invoice, draft, is_issued) = match after_acceptance(&drafted, setting) {
                AfterAcceptance::Nothing => {
                    assert_eq!((setting, percent), (InvoiceOnAcceptance::ByStaff, None));
                    world.app.stop();
                    continue;
                }
                AfterAcceptance::Deposit { draft, issued } => {
                    (deposit(&world, id).await, draft, issued)
                }
                AfterAcceptance::Invoice { draft, issued } => (invoice_id(id, 1), draft, issued),
            };
            eventually("the invoice is made", || async {
                let made = world.load(invoice).await;
                made.is_some_and(|made| made.issued.is_some() == is_issued)
            })
            .await;
            let made = world.load(invoice).await.unwrap();
            assert_eq!(made.document, draft.price(&BTreeSet::new()).unwrap());
            if let Some(issued) = made.issued {
                assert_eq!(
                    issued.due_date,
                    issuing::usual_due_date(world.app.today(), 14)
                );
            }
            world.app.stop();
        }
    }
}
