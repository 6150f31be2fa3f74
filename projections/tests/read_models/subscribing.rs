//! Plans and subscriptions: the part of the scenario in which every event of them happens, and what the rows say of it.

use domain::ids::{CustomerId, InvoiceId, PlanId, SubscriptionId};
use domain::invoice::{InvoiceSource, SubscriptionBilling};
use domain::money::{Currency, Money};
use domain::organisation::{AfterDunning, Dunning};
use domain::plan::{Plan, PlanCommand, PlanDetails};
use domain::schedule::{Interval, IntervalUnit, Period};
use domain::subscription::{
    CancelSubscription, ChangeSubscription, Cleared, Collection, CollectionFailure, End, Standing,
    StartSubscription, Subscription, SubscriptionCommand, Terms, When,
};
use domain::tax::Tax;
use projections::*;
use rusqlite::Connection;
use time::{Date, macros::date};
use uuid::{Uuid, uuid};

use crate::scenario::{ACME, BOLT, played};
use crate::testbed::{Node, Testbed};
use crate::world::{World, contact_of, day, draft, eur, first, staff};

pub(crate) const GOLD: Uuid = uuid!("00000000-0000-7000-8000-0000000000d1");
/// By the year.
pub(crate) const YEARLY: Uuid = uuid!("00000000-0000-7000-8000-0000000000d2");
/// In yen.
const YEN: Uuid = uuid!("00000000-0000-7000-8000-0000000000d3");
/// Updated, then archived.
pub(crate) const OLD: Uuid = uuid!("00000000-0000-7000-8000-0000000000d4");
/// Acme's: paused, changed, in arrears, cancelled.
pub(crate) const CANCELLED: Uuid = uuid!("00000000-0000-7000-8000-000000000051");
/// Acme's: a fixed number of periods, over.
pub(crate) const EXPIRED: Uuid = uuid!("00000000-0000-7000-8000-000000000052");
/// Acme's: unpaid.
pub(crate) const UNPAID: Uuid = uuid!("00000000-0000-7000-8000-000000000053");
pub(crate) const BOLTS: Uuid = uuid!("00000000-0000-7000-8000-000000000054");

fn details(name: &str, price: Money, unit: IntervalUnit) -> PlanDetails {
    PlanDetails {
        name: name.to_owned(),
        description: None,
        price,
        interval: Interval { unit, count: 1 },
        trial_days: 0,
        setup_fee: None,
        tax: Tax::NONE,
        terms: None,
    }
}

fn gold() -> PlanDetails {
    details("gold", eur(3_000), IntervalUnit::Month)
}

fn terms(plan: Uuid, plan_details: PlanDetails, quantity: i64) -> Terms {
    Terms {
        plan_id: PlanId(plan),
        plan: plan_details,
        quantity: quantity.into(),
    }
}

pub(crate) async fn play(world: &World<'_>) {
    plans(world).await;
    cancelled(world).await;
    expired(world).await;
    unpaid(world).await;
    let yen = Money::from_minor(500, Currency::JPY);
    let terms = terms(YEN, details("Yen", yen, IntervalUnit::Week), 1);
    start(world, BOLTS, BOLT, terms, None).await;
}

async fn plans(world: &World<'_>) {
    let year = details("Gold, by the year", eur(30_000), IntervalUnit::Year);
    let yen = Money::from_minor(500, Currency::JPY);
    let old = |name: &str| details(name, eur(1_000), IntervalUnit::Month);
    for (id, details) in [
        (GOLD, gold()),
        (YEARLY, year),
        (YEN, details("Yen", yen, IntervalUnit::Week)),
        (OLD, old("Bronze")),
    ] {
        let create = PlanCommand::Create {
            details,
            on: day(1),
        };
        world.tell::<Plan>(id, create).await;
    }
    let update = PlanCommand::Update {
        details: old("Old Bronze"),
        on: day(2),
    };
    world.tell::<Plan>(OLD, update).await;
    let archive = PlanCommand::Archive { on: day(3) };
    world.tell::<Plan>(OLD, archive).await;
}

async fn start(world: &World<'_>, id: Uuid, customer: Uuid, terms: Terms, end: Option<End>) {
    let command = StartSubscription {
        customer_id: CustomerId(customer),
        terms,
        start: day(1),
        collection: Collection::Automatic,
        end,
        on: day(1),
    };
    tell(world, id, SubscriptionCommand::Start(command)).await;
}

async fn tell(world: &World<'_>, id: Uuid, command: SubscriptionCommand) {
    world.tell::<Subscription>(id, command).await;
}

/// The invoice of a period; it is in no log, for the rows of subscriptions do not need it.
pub(crate) fn invoice(subscription: Uuid, period: u32) -> InvoiceId {
    InvoiceId(Uuid::new_v5(&subscription, &period.to_be_bytes()))
}

async fn renew(world: &World<'_>, id: Uuid, period: u32, on: Date) {
    let command = SubscriptionCommand::Renew {
        period,
        invoice_id: invoice(id, period),
        on,
    };
    tell(world, id, command).await;
}

fn change(terms: Terms, when: When, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Change(ChangeSubscription {
        terms,
        when,
        bill_id: Uuid::from_u128(77),
        on,
    })
}

fn cancel(when: When, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Cancel(CancelSubscription {
        when,
        credit: true,
        reason: Some("too dear".to_owned()),
        bill_id: Uuid::from_u128(78),
        on,
    })
}

async fn fail(world: &World<'_>, id: Uuid, then: AfterDunning) {
    let failure = CollectionFailure {
        invoice_id: invoice(id, 1),
        attempt: 1,
        code: "NO_FUNDS".to_owned(),
        dunning: Dunning {
            retry_after_days: if then == AfterDunning::Cancel {
                vec![3]
            } else {
                vec![]
            },
            then,
        },
        on: day(1),
    };
    let command = SubscriptionCommand::RecordCollectionFailure(failure);
    tell(world, id, command).await;
}

/// March at 60.00; paused for four days; by the year from day 11 on; cancelled, with credit.
async fn cancelled(world: &World<'_>) {
    let id = CANCELLED;
    start(world, id, ACME, terms(GOLD, gold(), 2), None).await;
    renew(world, id, 1, day(1)).await;
    fail(world, id, AfterDunning::Cancel).await;
    let year = details("Gold, by the year", eur(30_000), IntervalUnit::Year);
    for command in [
        SubscriptionCommand::RecordCollection {
            invoice_id: invoice(id, 1),
            cleared: Cleared::Paid,
            on: day(2),
        },
        SubscriptionCommand::Pause { on: day(3) },
        SubscriptionCommand::Resume { on: day(7) },
        change(terms(GOLD, gold(), 3), When::PeriodEnd, day(8)),
        SubscriptionCommand::CancelPendingChange { on: day(8) },
        cancel(When::PeriodEnd, day(9)),
        SubscriptionCommand::Reactivate { on: day(10) },
        change(terms(YEARLY, year, 1), When::Now, day(11)),
        cancel(When::Now, day(12)),
    ] {
        tell(world, id, command).await;
    }
}

async fn expired(world: &World<'_>) {
    let end = Some(End::AfterPeriods(1));
    start(world, EXPIRED, ACME, terms(GOLD, gold(), 1), end).await;
    renew(world, EXPIRED, 1, day(1)).await;
    let finish = SubscriptionCommand::Finish { on: day(32) };
    tell(world, EXPIRED, finish).await;
}

async fn unpaid(world: &World<'_>) {
    start(world, UNPAID, ACME, terms(GOLD, gold(), 1), None).await;
    renew(world, UNPAID, 1, day(1)).await;
    fail(world, UNPAID, AfterDunning::MarkUnpaid).await;
}

fn period(number: u32, start: Date, next: Date) -> Period {
    Period {
        number,
        start,
        next,
    }
}

fn standings(node: &Node, viewer: &Viewer, filter: &SubscriptionFilter) -> Vec<(Uuid, Standing)> {
    let listed = node.read(|db| list_subscriptions(db, viewer, filter, &first(100)));
    let count = node.read(|db| count_subscriptions(db, viewer, filter));
    assert_eq!(usize::try_from(count), Ok(listed.rows.len()));
    let rows = listed.rows.into_iter();
    rows.map(|(_, row)| (row.id, row.subscription.standing()))
        .collect()
}

pub(crate) async fn plans_stand_as_they_are_offered(bed: Testbed) {
    let node = played(&bed).await;
    let names = |viewer: &Viewer, archived| {
        let listed = node.read(|db| list_plans(db, viewer, archived, &first(9)));
        let count = node.read(|db| count_plans(db, viewer, archived));
        assert_eq!(usize::try_from(count), Ok(listed.rows.len()));
        let rows = listed.rows.into_iter();
        rows.map(|(_, row)| row.details.name).collect::<Vec<_>>()
    };
    let offered = ["gold", "Gold, by the year", "Yen"];
    assert_eq!(names(&staff(), false), offered);
    assert_eq!(names(&staff(), true), ["Old Bronze"]);
    assert_eq!(names(&contact_of(ACME), false), offered);
    assert_eq!(names(&contact_of(ACME), true), [""; 0]);
    let row = node.read(|db| find_plan(db, &staff(), GOLD)).unwrap();
    assert_eq!((row.version, row.created_on), (1, day(1)));
    assert_eq!(row.details, gold());
    assert!(
        node.read(|db| find_plan(db, &contact_of(ACME), OLD))
            .is_none()
    );
    // By page.
    let one = node.read(|db| list_plans(db, &staff(), false, &first(1)));
    let next = Page {
        first: 1,
        after: Some(one.rows[0].0.clone()),
    };
    let two = node.read(|db| list_plans(db, &staff(), false, &next));
    assert_eq!(two.rows[0].1.details.name, "Gold, by the year");
}

pub(crate) async fn subscriptions_stand_with_their_periods(bed: Testbed) {
    let node = played(&bed).await;
    let all = standings(&node, &staff(), &SubscriptionFilter::default());
    let expected = [
        (BOLTS, Standing::Active),
        (UNPAID, Standing::Unpaid),
        (EXPIRED, Standing::Expired),
        (CANCELLED, Standing::Cancelled),
    ];
    assert_eq!(all, expected);
    let of = |filter: SubscriptionFilter| standings(&node, &staff(), &filter);
    let to_gold = of(SubscriptionFilter {
        plan_id: Some(GOLD),
        ..SubscriptionFilter::default()
    });
    assert_eq!(
        to_gold,
        [(UNPAID, Standing::Unpaid), (EXPIRED, Standing::Expired)]
    );
    let over = of(SubscriptionFilter {
        states: vec![Standing::Cancelled, Standing::Expired],
        customer_id: Some(ACME),
        ..SubscriptionFilter::default()
    });
    assert_eq!(over.len(), 2);

    let row = node.read(|db| find_subscription(db, &staff(), CANCELLED));
    let row = row.unwrap();
    assert_eq!(
        (row.version, row.customer_id, row.dated),
        (12, ACME, day(1))
    );
    assert_eq!(row.subscription.terms.plan_id, PlanId(YEARLY));
    let periods = node.read(|db| list_periods(db, &staff(), &[CANCELLED]));
    let expected = [
        PeriodRow {
            subscription_id: CANCELLED,
            period: period(1, day(1), day(11)),
            invoice_id: Some(invoice(CANCELLED, 1).0),
        },
        PeriodRow {
            subscription_id: CANCELLED,
            period: period(2, day(11), date!(2026 - 03 - 11)),
            invoice_id: Some(Uuid::from_u128(77)),
        },
    ];
    assert_eq!(periods, expected);
}

pub(crate) async fn what_asks_for_something_is_found_on_its_day(bed: Testbed) {
    let node = played(&bed).await;
    let acting = |viewer: &Viewer, today| {
        let listed = node.read(|db| list_acting_subscriptions(db, viewer, today, &first(9)));
        let rows = listed.rows.into_iter();
        rows.map(|(_, row)| row.id).collect::<Vec<_>>()
    };
    assert!(acting(&staff(), day(0)).is_empty());
    assert_eq!(acting(&staff(), day(1)), [BOLTS]);
    assert_eq!(acting(&staff(), date!(2025 - 04 - 01)), [BOLTS, UNPAID]);
    assert_eq!(acting(&contact_of(ACME), date!(2025 - 04 - 01)), [UNPAID]);
}

pub(crate) async fn a_contact_sees_no_subscription_of_another_customer(bed: Testbed) {
    let node = played(&bed).await;
    let ana = contact_of(ACME);
    let found = |id| node.read(|db| find_subscription(db, &ana, id)).is_some();
    assert_eq!(
        [BOLTS, Uuid::max(), UNPAID].map(found),
        [false, false, true]
    );
    let listed = standings(&node, &ana, &SubscriptionFilter::default());
    assert_eq!(listed.len(), 3);
    let bolts = SubscriptionFilter {
        customer_id: Some(BOLT),
        ..SubscriptionFilter::default()
    };
    assert_eq!(standings(&node, &ana, &bolts), []);
    let dora = contact_of(BOLT);
    let periods = |viewer: &Viewer| node.read(|db| list_periods(db, viewer, &[UNPAID, BOLTS]));
    assert_eq!(periods(&dora), []);
    assert_eq!(periods(&ana).len(), 1);
}

pub(crate) async fn invoices_are_found_by_plan_and_by_subscription(bed: Testbed) {
    let node = played(&bed).await;
    let world = World(&node.log);
    let source = InvoiceSource::Subscription {
        subscription_id: SubscriptionId(UNPAID),
        plan_id: PlanId(GOLD),
        period: 1,
        period_start: day(1),
        period_end: day(31),
        kind: SubscriptionBilling::Period,
    };
    let id = invoice(UNPAID, 1).0;
    world
        .draft_invoice_from(id, ACME, draft(30), Some(source))
        .await;
    world.issue(id, day(1), day(31)).await;
    node.caught_up().await;
    let found = |viewer: &Viewer, filter: &InvoiceFilter| {
        let sort = (InvoiceSort::Dated, true);
        let listed = node.read(|db| list_invoices(db, viewer, filter, sort, &first(9)));
        let rows = listed.rows.into_iter();
        rows.map(|(_, row)| (row.id, row.subscription))
            .collect::<Vec<_>>()
    };
    let by_plan = |plan| InvoiceFilter {
        plan_id: Some(plan),
        ..InvoiceFilter::default()
    };
    let by_subscription = InvoiceFilter {
        subscription_id: Some(UNPAID),
        ..InvoiceFilter::default()
    };
    let expected = [(id, Some((UNPAID, GOLD)))];
    for viewer in [staff(), contact_of(ACME)] {
        assert_eq!(found(&viewer, &by_plan(GOLD)), expected);
        assert_eq!(found(&viewer, &by_subscription), expected);
        assert_eq!(found(&viewer, &by_plan(YEARLY)), []);
    }
    assert_eq!(found(&contact_of(BOLT), &by_plan(GOLD)), []);
}

pub(crate) type Asked = (&'static str, fn(&Connection, &Viewer));

/// For the tests of query plans: what is asked of plans and subscriptions, for one customer or of one thing.
pub(crate) fn bounded() -> Vec<Asked> {
    vec![
        ("plan", |db, viewer| {
            find_plan(db, viewer, GOLD).unwrap();
        }),
        ("subscription", |db, viewer| {
            find_subscription(db, viewer, UNPAID).unwrap();
        }),
        ("periods", |db, viewer| {
            list_periods(db, viewer, &[UNPAID]).unwrap();
        }),
        ("subscriptions", |db, viewer| {
            let filter = SubscriptionFilter::default();
            list_subscriptions(db, viewer, &filter, &first(20)).unwrap();
        }),
        ("subscriptions to a plan", |db, viewer| {
            let filter = SubscriptionFilter {
                plan_id: Some(GOLD),
                states: vec![Standing::Active],
                ..SubscriptionFilter::default()
            };
            list_subscriptions(db, viewer, &filter, &first(20)).unwrap();
        }),
        ("invoices of a plan", |db, viewer| {
            let filter = InvoiceFilter {
                plan_id: Some(GOLD),
                ..InvoiceFilter::default()
            };
            let sort = (InvoiceSort::Dated, true);
            list_invoices(db, viewer, &filter, sort, &first(20)).unwrap();
        }),
        ("invoices of a subscription", |db, viewer| {
            let filter = InvoiceFilter {
                subscription_id: Some(UNPAID),
                ..InvoiceFilter::default()
            };
            let sort = (InvoiceSort::Dated, true);
            list_invoices(db, viewer, &filter, sort, &first(20)).unwrap();
        }),
    ]
}

/// The lists of staff: these follow an index too.
pub(crate) fn lists() -> Vec<Asked> {
    let mut all = bounded();
    all.extend::<[Asked; 2]>([
        ("plans", |db, viewer| {
            list_plans(db, viewer, false, &first(20)).unwrap();
        }),
        ("subscriptions that act", |db, viewer| {
            list_acting_subscriptions(db, viewer, day(9), &first(20)).unwrap();
        }),
    ]);
    all
}
