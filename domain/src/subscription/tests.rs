//! The subscription's commands: what each brings about, and what refuses it.

use rust_decimal::Decimal;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::*;
use crate::document::Document;
use crate::ids::{CreditNoteId, PlanId};
use crate::invalid::{Invalid, Rule};
use crate::organisation::{AfterDunning, Dunning};
use crate::plan::PlanDetails;
use crate::schedule::{Interval, IntervalUnit};
use crate::testing::{
    Given, assert_every_refusal_is_tested, day, dec, eur, id, plan_details, usd, vat,
};

const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(1));
const GOLD: PlanId = PlanId(Uuid::from_u128(2));
const SILVER: PlanId = PlanId(Uuid::from_u128(3));
const BILL: Uuid = Uuid::from_u128(90);
/// The invoices of the first two periods.
const FIRST: InvoiceId = InvoiceId(Uuid::from_u128(11));
const SECOND: InvoiceId = InvoiceId(Uuid::from_u128(12));
/// 1 March 2025; periods are months of 31 and 30 days.
const START: Date = date!(2025 - 03 - 01);
const APRIL: Date = date!(2025 - 04 - 01);
const MAY: Date = date!(2025 - 05 - 01);

fn given(events: impl IntoIterator<Item = SubscriptionEvent>) -> Given<Subscription> {
    crate::testing::given(events)
}

// What has happened: two units of Gold, 30.00 a month each, from 1 March.

fn terms(plan_id: PlanId, plan: PlanDetails, quantity: &str) -> Terms {
    Terms {
        plan_id,
        plan,
        quantity: dec(quantity),
    }
}

fn gold(quantity: &str) -> Terms {
    terms(GOLD, plan_details("Gold", 30_00), quantity)
}

fn silver(quantity: &str) -> Terms {
    terms(SILVER, plan_details("Silver", 20_00), quantity)
}

/// 300.00 a year.
fn yearly() -> Terms {
    let interval = Interval {
        unit: IntervalUnit::Year,
        count: 1,
    };
    let plan = PlanDetails {
        interval,
        ..plan_details("Gold, by the year", 300_00)
    };
    terms(SILVER, plan, "1")
}

fn started_with(change: impl FnOnce(&mut StartSubscription)) -> SubscriptionEvent {
    let mut with = start_details();
    change(&mut with);
    let trial = time::Duration::days(with.terms.plan.trial_days.into());
    SubscriptionEvent::Started {
        customer_id: with.customer_id,
        anchor: with.start + trial,
        terms: with.terms,
        start: with.start,
        collection: with.collection,
        end: with.end,
        on: with.on,
    }
}

fn started() -> SubscriptionEvent {
    started_with(|_| ())
}

fn on_trial() -> SubscriptionEvent {
    started_with(|with| with.terms.plan.trial_days = 14)
}

fn period(number: u32, start: Date, next: Date) -> Period {
    Period {
        number,
        start,
        next,
    }
}

fn march() -> Period {
    period(1, START, APRIL)
}

fn april() -> Period {
    period(2, APRIL, MAY)
}

fn renewed(terms: &Terms, period: Period, invoice_id: InvoiceId) -> SubscriptionEvent {
    SubscriptionEvent::Renewed {
        plan_id: terms.plan_id,
        period,
        invoice_id,
        document: terms.period_document(period).unwrap(),
        on: period.start,
    }
}

fn march_renewed() -> SubscriptionEvent {
    renewed(&gold("2"), march(), FIRST)
}

fn april_renewed() -> SubscriptionEvent {
    renewed(&gold("2"), april(), SECOND)
}

fn changed(terms: Terms, on: Date) -> SubscriptionEvent {
    SubscriptionEvent::Changed {
        terms,
        period: None,
        bill: None,
        on,
    }
}

fn paused(on: Date) -> SubscriptionEvent {
    SubscriptionEvent::Paused { on }
}

fn ending() -> SubscriptionEvent {
    SubscriptionEvent::CancellationScheduled {
        reason: None,
        ends_on: APRIL,
        on: day(5),
    }
}

fn cancelled() -> SubscriptionEvent {
    SubscriptionEvent::Cancelled {
        reason: None,
        bill: None,
        on: day(5),
    }
}

fn expired() -> SubscriptionEvent {
    SubscriptionEvent::Expired { on: MAY }
}

fn failed(attempt: u32, on: Date, retry_on: Option<Date>) -> SubscriptionEvent {
    SubscriptionEvent::CollectionFailed {
        invoice_id: FIRST,
        attempt,
        code: "NO_FUNDS".to_owned(),
        retry_on,
        on,
    }
}

/// Started on 1 March, March billed.
fn active(events: impl IntoIterator<Item = SubscriptionEvent>) -> Given<Subscription> {
    given([started(), march_renewed()].into_iter().chain(events))
}

fn state(events: impl IntoIterator<Item = SubscriptionEvent>) -> Subscription {
    let mut state = Subscription::default();
    for event in events {
        state.apply_event(event);
    }
    state
}

fn standing(events: impl IntoIterator<Item = SubscriptionEvent>) -> Standing {
    state(events).started.unwrap().standing()
}

// What is asked.

fn start_details() -> StartSubscription {
    StartSubscription {
        customer_id: CUSTOMER,
        terms: gold("2"),
        start: START,
        collection: Collection::Automatic,
        end: None,
        on: START,
    }
}

fn start_with(change: impl FnOnce(&mut StartSubscription)) -> SubscriptionCommand {
    let mut command = start_details();
    change(&mut command);
    SubscriptionCommand::Start(command)
}

fn renew(period: u32, invoice_id: InvoiceId, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Renew {
        period,
        invoice_id,
        on,
    }
}

fn change(terms: Terms, when: When, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Change(ChangeSubscription {
        terms,
        when,
        bill_id: BILL,
        on,
    })
}

fn cancel(when: When, credit: bool, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Cancel(CancelSubscription {
        when,
        credit,
        reason: None,
        bill_id: BILL,
        on,
    })
}

fn pause(on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Pause { on }
}

fn resume(on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Resume { on }
}

fn reactivate(on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Reactivate { on }
}

fn finish(on: Date) -> SubscriptionCommand {
    SubscriptionCommand::Finish { on }
}

fn give_up_change(on: Date) -> SubscriptionCommand {
    SubscriptionCommand::CancelPendingChange { on }
}

fn fail_with(attempt: u32, on: Date, then: AfterDunning) -> SubscriptionCommand {
    SubscriptionCommand::RecordCollectionFailure(CollectionFailure {
        invoice_id: FIRST,
        attempt,
        code: "NO_FUNDS".to_owned(),
        dunning: Dunning {
            retry_after_days: vec![3, 7],
            then,
        },
        on,
    })
}

fn fail(attempt: u32, on: Date) -> SubscriptionCommand {
    fail_with(attempt, on, AfterDunning::MarkUnpaid)
}

fn collected(invoice_id: InvoiceId, on: Date) -> SubscriptionCommand {
    SubscriptionCommand::RecordCollection {
        invoice_id,
        cleared: Cleared::Paid,
        on,
    }
}

/// Everything that can be asked of a subscription that runs.
fn all_but_start(on: Date) -> Vec<SubscriptionCommand> {
    vec![
        renew(2, SECOND, on),
        change(silver("1"), When::Now, on),
        change(silver("1"), When::PeriodEnd, on),
        pause(on),
        resume(on),
        reactivate(on),
    ]
}

// Start.

#[test]
fn starts_and_bills_from_the_start() {
    given([]).when(start_with(|_| ())).once([started()]);
    assert_eq!(standing([started()]), Standing::Active);
}

#[test]
fn a_period_that_costs_nothing_is_not_invoiced_and_a_price_is_invoiced_again() {
    let mut free = gold("2");
    free.plan.price = eur(0);
    free.plan.setup_fee = None;
    let begun = || started_with(|with| with.terms = free.clone());
    given([begun()])
        .when(renew(1, FIRST, START))
        .once([renewed(&free, march(), FIRST)]);
    assert!(!is_invoiced(&free.period_document(march()).unwrap()));
    let upcoming = |more: Vec<SubscriptionEvent>| {
        let events = [vec![begun(), renewed(&free, march(), FIRST)], more].concat();
        state(events).started.unwrap().upcoming().unwrap()
    };
    assert_eq!(upcoming(vec![]), None);
    let priced = SubscriptionEvent::ChangeScheduled {
        terms: gold("2"),
        on: day(5),
    };
    let next = upcoming(vec![priced]).unwrap();
    assert_eq!(next.period, april());
    assert!(is_invoiced(&next.document));
    // With a fee for setting it up, the first period costs something.
    free.plan.setup_fee = Some(eur(5_00));
    assert!(is_invoiced(&free.period_document(march()).unwrap()));
    assert!(!is_invoiced(&free.period_document(april()).unwrap()));
}

#[test]
fn a_trial_is_not_billed() {
    given([])
        .when(start_with(|with| with.terms.plan.trial_days = 14))
        .once([on_trial()]);
    assert_eq!(standing([on_trial()]), Standing::Trialing);
    let upcoming = state([on_trial()]).started.unwrap().upcoming();
    let period = upcoming.unwrap().unwrap().period;
    assert_eq!(period.start, date!(2025 - 03 - 15));
    assert_eq!(period.next, date!(2025 - 04 - 15));
}

#[test]
fn before_its_first_day_nothing_is_billed() {
    let later = started_with(|with| with.start = APRIL);
    assert_eq!(standing([later.clone()]), Standing::Trialing);
    given([later])
        .when(renew(1, FIRST, START))
        .refused(SubscriptionError::NotDue(APRIL));
}

#[test]
fn starting_it_again_stays_quiet_whatever_has_become_of_it() {
    active([changed(silver("1"), day(3)), cancelled()])
        .when(start_with(|_| ()))
        .quiet();
}

#[test]
fn refuses_another_subscription_under_the_same_id() {
    for other in [
        start_with(|with| with.customer_id = CustomerId(id(7))),
        start_with(|with| with.terms.quantity = dec("3")),
        start_with(|with| with.start = APRIL),
        start_with(|with| with.collection = Collection::Offline),
        start_with(|with| with.end = Some(End::AfterPeriods(2))),
    ] {
        active([])
            .when(other)
            .refused(SubscriptionError::AlreadyStarted);
    }
}

#[test]
fn refuses_a_start_out_of_bounds() {
    type Change = fn(&mut StartSubscription);
    let million = Rule::OutOfRange(dec("0"), dec("1000000"));
    let periods = || Rule::OutOfRange(dec("1"), dec("10000"));
    let cases: [(Change, &str, Rule); 9] = [
        (
            |with| with.terms.quantity = dec("0"),
            "quantity",
            Rule::NotPositive,
        ),
        (
            |with| with.terms.quantity = dec("0.0000001"),
            "quantity",
            Rule::TooManyDecimals(6),
        ),
        (
            |with| with.terms.quantity = dec("1000001"),
            "quantity",
            million,
        ),
        (
            |with| with.terms.plan.name.clear(),
            "plan.name",
            Rule::Required,
        ),
        (
            |with| with.start = START - time::Duration::days(367),
            "start",
            Rule::TooEarly(START - time::Duration::days(366)),
        ),
        (
            |with| with.start = START + time::Duration::days(367),
            "start",
            Rule::TooLate(START + time::Duration::days(366)),
        ),
        (
            |with| with.end = Some(End::AfterPeriods(0)),
            "periods",
            periods(),
        ),
        (
            |with| with.end = Some(End::AfterPeriods(10_001)),
            "periods",
            periods(),
        ),
        (
            |with| with.end = Some(End::Before(START)),
            "endsBefore",
            Rule::TooEarly(day(2)),
        ),
    ];
    for (change, field, rule) in cases {
        given([])
            .when(start_with(change))
            .refused(Invalid::new(field, rule));
    }
}

#[test]
fn refuses_what_no_invoice_could_say() {
    let most = Decimal::from(1_000_000_000);
    given([])
        .when(start_with(|with| {
            with.terms.plan.price = eur(1_000_000_001_00);
        }))
        .refused(Invalid::new(
            "lines.0.unitPrice",
            Rule::OutOfRange(-most, most),
        ));
}

// Renew.

#[test]
fn bills_the_first_period_with_the_set_up_fee() {
    let mut with_fee = gold("2");
    with_fee.plan.setup_fee = Some(eur(15_00));
    with_fee.plan.tax = vat("20");
    let terms = with_fee.clone();
    let begun = started_with(|with| with.terms = terms);
    let document = with_fee.period_document(march()).unwrap();
    let lines: Vec<(&str, Decimal, Decimal)> = document
        .lines
        .iter()
        .map(|line| (line.description.as_str(), line.quantity, line.amount))
        .collect();
    assert_eq!(
        lines,
        [
            ("Gold, 2025-03-01 to 2025-03-31", dec("2"), dec("60.00")),
            ("Set-up fee: Gold", dec("1"), dec("15.00"))
        ]
    );
    assert_eq!(document.total(), eur(90_00));
    given([begun.clone()])
        .when(renew(1, FIRST, START))
        .once([renewed(&with_fee, march(), FIRST)]);
    let second = with_fee.period_document(april()).unwrap();
    assert_eq!(second.total(), eur(72_00));
}

#[test]
fn bills_periods_in_their_order_however_late() {
    active([])
        .when(renew(2, SECOND, date!(2025 - 06 - 10)))
        .once([SubscriptionEvent::Renewed {
            plan_id: GOLD,
            period: april(),
            invoice_id: SECOND,
            document: gold("2").period_document(april()).unwrap(),
            on: date!(2025 - 06 - 10),
        }]);
    active([])
        .when(renew(3, SECOND, date!(2025 - 06 - 10)))
        .refused(SubscriptionError::OutOfOrder(2));
}

#[test]
fn a_trial_becomes_active_with_its_first_period() {
    let first = period(1, date!(2025 - 03 - 15), date!(2025 - 04 - 15));
    let mut terms = gold("2");
    terms.plan.trial_days = 14;
    given([on_trial()])
        .when(renew(1, FIRST, first.start))
        .once([renewed(&terms, first, FIRST)]);
    let events = [on_trial(), renewed(&terms, first, FIRST)];
    assert_eq!(standing(events), Standing::Active);
}

#[test]
fn month_ends_are_kept_through_february() {
    let mut state = state([started_with(|with| with.start = date!(2025 - 01 - 31))]);
    let mut starts = vec![];
    for number in 1..=4 {
        let invoice = InvoiceId(id(number.into()));
        for event in state.decide(renew(number, invoice, MAY)).unwrap() {
            if let SubscriptionEvent::Renewed { period, .. } = &event {
                starts.push(period.start);
            }
            state.apply_event(event);
        }
    }
    assert_eq!(
        starts,
        [
            date!(2025 - 01 - 31),
            date!(2025 - 02 - 28),
            date!(2025 - 03 - 31),
            date!(2025 - 04 - 30)
        ]
    );
}

#[test]
fn refuses_to_bill_before_the_period_begins() {
    active([])
        .when(renew(2, SECOND, day(31)))
        .refused(SubscriptionError::NotDue(APRIL));
}

#[test]
fn refuses_to_bill_a_period_twice() {
    active([])
        .when(renew(1, SECOND, START))
        .refused(SubscriptionError::AlreadyRenewed);
    active([cancelled()]).when(renew(1, FIRST, START)).quiet();
    active([])
        .when(renew(0, SECOND, START))
        .refused(SubscriptionError::AlreadyRenewed);
}

#[test]
fn refuses_to_bill_what_stands_still() {
    active([paused(day(10))])
        .when(renew(2, SECOND, APRIL))
        .refused(SubscriptionError::Paused);
}

#[test]
fn refuses_to_bill_beyond_the_end() {
    active([ending()])
        .when(renew(2, SECOND, APRIL))
        .refused(SubscriptionError::NoFurtherPeriod);
    for end in [End::AfterPeriods(1), End::Before(APRIL)] {
        given([started_with(|with| with.end = Some(end)), march_renewed()])
            .when(renew(2, SECOND, APRIL))
            .refused(SubscriptionError::NoFurtherPeriod);
    }
    for end in [End::AfterPeriods(2), End::Before(date!(2025 - 04 - 02))] {
        given([started_with(|with| with.end = Some(end)), march_renewed()])
            .when(renew(2, SECOND, APRIL))
            .once([april_renewed()]);
    }
}

// Change.

type SaidLine = (String, String, String);

/// What the bill of a change says: by line description, quantity and amount; and whether it is an invoice.
fn bill_of(event: &SubscriptionEvent) -> Option<(bool, Vec<SaidLine>, Document)> {
    let (SubscriptionEvent::Changed { bill, .. } | SubscriptionEvent::Cancelled { bill, .. }) =
        event
    else {
        panic!("{event:?} has no bill");
    };
    let bill = bill.as_ref()?;
    let invoice = match bill {
        Bill::Invoice { invoice_id, .. } => {
            assert_eq!(*invoice_id, InvoiceId(BILL));
            true
        }
        Bill::CreditNote { credit_note_id, .. } => {
            assert_eq!(*credit_note_id, CreditNoteId(BILL));
            false
        }
    };
    let lines = bill.document().lines.iter().map(|line| {
        let (quantity, amount) = (line.quantity.to_string(), line.amount.to_string());
        (line.description.clone(), quantity, amount)
    });
    Some((invoice, lines.collect(), bill.document().clone()))
}

fn decided(
    events: impl IntoIterator<Item = SubscriptionEvent>,
    command: SubscriptionCommand,
) -> SubscriptionEvent {
    let mut events = state(events).decide(command).unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn text(parts: [(&str, &str, &str); 2]) -> Vec<SaidLine> {
    let own = |(a, b, c): (&str, &str, &str)| (a.to_owned(), b.to_owned(), c.to_owned());
    parts.map(own).to_vec()
}

#[test]
fn an_upgrade_now_is_charged_less_what_is_unused() {
    // 11 March: 21 of 31 days are left of 60.00 and of 90.00.
    let event = decided(
        [started(), march_renewed()],
        change(gold("3"), When::Now, day(11)),
    );
    let (invoice, lines, document) = bill_of(&event).unwrap();
    assert!(invoice);
    assert_eq!(
        lines,
        text([
            (
                "3 × Gold, 2025-03-11 to 2025-03-31 (21 of 31 days)",
                "1",
                "60.97"
            ),
            (
                "Unused: 2 × Gold, 2025-03-11 to 2025-03-31 (21 of 31 days)",
                "-1",
                "-40.65"
            ),
        ])
    );
    assert_eq!(document.total(), eur(2_032));
    active([])
        .when(change(gold("3"), When::Now, day(11)))
        .once([event.clone()]);
    // The next period is where it was, at the new terms.
    let after = state([started(), march_renewed(), event]).started.unwrap();
    let upcoming = after.upcoming().unwrap().unwrap();
    assert_eq!(
        (upcoming.period, upcoming.document.total()),
        (april(), eur(90_00))
    );
    assert!(after.has_billed(InvoiceId(BILL)));
}

#[test]
fn a_downgrade_now_is_credited() {
    let event = decided(
        [started(), march_renewed()],
        change(silver("2"), When::Now, day(11)),
    );
    let (invoice, lines, document) = bill_of(&event).unwrap();
    assert!(!invoice);
    assert_eq!(
        lines,
        text([
            (
                "2 × Silver, 2025-03-11 to 2025-03-31 (21 of 31 days)",
                "-1",
                "-27.10"
            ),
            (
                "Unused: 2 × Gold, 2025-03-11 to 2025-03-31 (21 of 31 days)",
                "1",
                "40.65"
            ),
        ])
    );
    assert_eq!(document.total(), eur(13_55));
    active([])
        .when(change(silver("2"), When::Now, day(11)))
        .once([event]);
}

#[test]
fn tax_is_on_both_sides_of_a_change() {
    let mut taxed = gold("3");
    taxed.plan.tax = vat("20");
    let event = decided(
        [started(), march_renewed()],
        change(taxed, When::Now, day(1)),
    );
    let (invoice, _, document) = bill_of(&event).unwrap();
    assert!(invoice);
    assert_eq!(document.total(), eur(90_00 + 18_00 - 60_00));
}

#[test]
fn terms_of_the_same_value_make_no_bill() {
    let same = terms(SILVER, plan_details("Silver", 60_00), "1");
    active([])
        .when(change(same.clone(), When::Now, day(11)))
        .once([changed(same, day(11))]);
    let free = terms(SILVER, plan_details("Free", 0), "1");
    let on = day(11);
    given([
        started_with(|with| with.terms.plan.price = eur(0)),
        march_renewed(),
    ])
    .when(change(free.clone(), When::Now, on))
    .once([changed(free, on)]);
}

#[test]
fn another_interval_begins_a_new_period_today() {
    let event = decided(
        [started(), march_renewed()],
        change(yearly(), When::Now, day(11)),
    );
    let (invoice, lines, document) = bill_of(&event).unwrap();
    assert!(invoice);
    assert_eq!(lines[0].0, "Gold, by the year, 2025-03-11 to 2026-03-10");
    assert_eq!(document.total(), eur(300_00 - 40_65));
    let after = state([started(), march_renewed(), event]).started.unwrap();
    assert_eq!(after.current, period(2, day(11), date!(2026 - 03 - 11)));
    let upcoming = after.upcoming().unwrap().unwrap();
    assert_eq!(
        upcoming.period,
        period(3, date!(2026 - 03 - 11), date!(2027 - 03 - 11))
    );
    given([started(), march_renewed(), changed(yearly(), day(11))])
        .when(change(yearly(), When::Now, day(12)))
        .quiet();
}

#[test]
fn a_change_on_trial_bills_nothing() {
    given([on_trial()])
        .when(change(yearly(), When::Now, day(3)))
        .once([changed(yearly(), day(3))]);
    let after = state([on_trial(), changed(yearly(), day(3))])
        .started
        .unwrap();
    assert_eq!(
        after.upcoming().unwrap().unwrap().period,
        period(1, date!(2025 - 03 - 15), date!(2026 - 03 - 15))
    );
}

#[test]
fn a_change_at_the_period_end_waits_for_it() {
    let scheduled = SubscriptionEvent::ChangeScheduled {
        terms: yearly(),
        on: day(11),
    };
    active([])
        .when(change(yearly(), When::PeriodEnd, day(11)))
        .once([scheduled.clone()]);
    let upcoming = state([started(), march_renewed(), scheduled.clone()])
        .started
        .unwrap()
        .upcoming();
    assert_eq!(upcoming.unwrap().unwrap().document.total(), eur(300_00));
    let year = period(2, APRIL, date!(2026 - 04 - 01));
    active([scheduled])
        .when(renew(2, SECOND, APRIL))
        .once([changed(yearly(), APRIL), renewed(&yearly(), year, SECOND)]);
}

#[test]
fn a_change_that_waits_can_be_given_up() {
    let scheduled = || SubscriptionEvent::ChangeScheduled {
        terms: silver("1"),
        on: day(11),
    };
    let given_up = SubscriptionEvent::ScheduledChangeCancelled { on: day(12) };
    active([scheduled()])
        .when(give_up_change(day(12)))
        .once([given_up.clone()]);
    // So does changing back to what it has.
    active([scheduled()])
        .when(change(gold("2"), When::PeriodEnd, day(12)))
        .once([given_up]);
    active([]).when(give_up_change(day(12))).quiet();
    active([])
        .when(change(gold("2"), When::PeriodEnd, day(12)))
        .quiet();
    active([])
        .when(change(gold("2"), When::Now, day(12)))
        .quiet();
}

#[test]
fn a_change_now_takes_the_place_of_one_that_waits() {
    let waiting = SubscriptionEvent::ChangeScheduled {
        terms: silver("1"),
        on: day(2),
    };
    let after = state([
        started(),
        march_renewed(),
        waiting,
        changed(gold("3"), day(3)),
    ]);
    assert_eq!(after.started.unwrap().pending, None);
}

#[test]
fn refuses_a_change_to_another_currency() {
    let dollars = PlanDetails {
        price: usd(30_00),
        ..plan_details("Gold", 0)
    };
    active([])
        .when(change(terms(GOLD, dollars, "1"), When::Now, day(3)))
        .refused(Invalid::new("planId", Rule::WrongCurrency("EUR")));
}

#[test]
fn refuses_a_change_where_no_period_follows() {
    for (end, terms, when) in [
        (End::AfterPeriods(1), yearly(), When::Now),
        (End::AfterPeriods(1), silver("1"), When::PeriodEnd),
    ] {
        given([started_with(|with| with.end = Some(end)), march_renewed()])
            .when(change(terms, when, day(3)))
            .refused(SubscriptionError::NoFurtherPeriod);
    }
    active([ending()])
        .when(change(silver("1"), When::PeriodEnd, day(6)))
        .refused(SubscriptionError::NonRenewing);
}

#[test]
fn what_is_due_comes_before_any_change() {
    for command in [
        change(silver("1"), When::Now, APRIL),
        change(silver("1"), When::PeriodEnd, APRIL),
        pause(APRIL),
        cancel(When::Now, true, APRIL),
        cancel(When::PeriodEnd, false, APRIL),
    ] {
        active([])
            .when(command)
            .refused(SubscriptionError::RenewalDue(APRIL));
    }
    for command in [reactivate(APRIL), change(silver("1"), When::Now, APRIL)] {
        active([ending()])
            .when(command)
            .refused(SubscriptionError::RenewalDue(APRIL));
    }
}

#[test]
fn a_preview_bills_what_is_due_first_and_changes_nothing() {
    let before = state([started(), march_renewed()]);
    let on = date!(2025 - 04 - 11);
    let (events, after) = before
        .preview(change(gold("3"), When::Now, on), on)
        .unwrap();
    let expected = decided(
        [started(), march_renewed(), april_renewed()],
        change(gold("3"), When::Now, on),
    );
    assert_eq!(events, [expected]);
    assert_eq!(after.started.unwrap().terms, gold("3"));
    assert_eq!(before, state([started(), march_renewed()]));
    // Nor does it go beyond its end.
    let over = state([started(), march_renewed(), ending()]);
    assert_eq!(
        over.preview(pause(APRIL), APRIL),
        Err(SubscriptionError::Cancelled)
    );
}

// Pause and resume.

#[test]
fn time_stands_still_while_paused() {
    active([]).when(pause(day(11))).once([paused(day(11))]);
    let events = || [started(), march_renewed(), paused(day(11))];
    assert_eq!(standing(events()), Standing::Paused);
    assert_eq!(state(events()).started.unwrap().upcoming(), Ok(None));
    // 21 days were left: they follow the pause, however long it was.
    let resumed = SubscriptionEvent::Resumed {
        next: date!(2025 - 07 - 22),
        on: date!(2025 - 07 - 01),
    };
    given(events())
        .when(resume(date!(2025 - 07 - 01)))
        .once([resumed.clone()]);
    let after = state(events().into_iter().chain([resumed]));
    let upcoming = after.started.unwrap().upcoming().unwrap().unwrap();
    assert_eq!(
        upcoming.period,
        period(2, date!(2025 - 07 - 22), date!(2025 - 08 - 22))
    );
}

#[test]
fn a_pause_of_no_day_changes_nothing() {
    let anchored = started_with(|with| with.start = date!(2025 - 01 - 31));
    let first = period(1, date!(2025 - 01 - 31), date!(2025 - 02 - 28));
    let on = date!(2025 - 02 - 10);
    let resumed = SubscriptionEvent::Resumed {
        next: first.next,
        on,
    };
    let events = [anchored, renewed(&gold("2"), first, FIRST), paused(on)];
    given(events.clone())
        .when(resume(on))
        .once([resumed.clone()]);
    let after = state(events.into_iter().chain([resumed]));
    assert_eq!(
        after.started.unwrap().next_period(),
        Some(period(2, date!(2025 - 02 - 28), date!(2025 - 03 - 31)))
    );
}

#[test]
fn unused_days_are_those_before_a_pause_and_after_it() {
    let resumed = SubscriptionEvent::Resumed {
        next: date!(2025 - 07 - 22),
        on: date!(2025 - 07 - 01),
    };
    let after = state([started(), march_renewed(), paused(day(11)), resumed]);
    let after = after.started.unwrap();
    assert_eq!(after.unused_days(date!(2025 - 07 - 12)), 10);
    assert_eq!(after.days, 31);
}

#[test]
fn refuses_to_resume_what_is_not_paused() {
    active([])
        .when(resume(day(11)))
        .refused(SubscriptionError::NotPaused);
}

#[test]
fn refuses_to_change_what_is_paused() {
    for command in [
        change(silver("1"), When::Now, day(12)),
        change(silver("1"), When::PeriodEnd, day(12)),
        cancel(When::PeriodEnd, false, day(12)),
    ] {
        active([paused(day(11))])
            .when(command)
            .refused(SubscriptionError::Paused);
    }
}

#[test]
fn refuses_to_pause_what_is_ending() {
    active([ending()])
        .when(pause(day(6)))
        .refused(SubscriptionError::NonRenewing);
}

// Cancel and reactivate.

#[test]
fn cancels_at_once_with_or_without_credit() {
    active([])
        .when(cancel(When::Now, false, day(5)))
        .once([cancelled()]);
    let event = decided(
        [started(), march_renewed()],
        cancel(When::Now, true, day(11)),
    );
    let (invoice, lines, document) = bill_of(&event).unwrap();
    assert!(!invoice);
    assert_eq!(lines.len(), 1);
    assert_eq!(document.total(), eur(40_65));
    active([])
        .when(cancel(When::Now, true, day(11)))
        .once([event]);
    assert_eq!(
        standing([started(), march_renewed(), cancelled()]),
        Standing::Cancelled
    );
}

#[test]
fn what_is_paused_is_credited_as_of_the_pause() {
    let event = decided(
        [started(), march_renewed(), paused(day(11))],
        cancel(When::Now, true, date!(2025 - 09 - 01)),
    );
    let (_, _, document) = bill_of(&event).unwrap();
    assert_eq!(document.total(), eur(40_65));
}

#[test]
fn a_trial_has_nothing_to_credit() {
    given([on_trial()])
        .when(cancel(When::Now, true, day(5)))
        .once([cancelled()]);
}

#[test]
fn cancels_with_the_end_of_the_period() {
    active([])
        .when(cancel(When::PeriodEnd, true, day(5)))
        .once([ending()]);
    let events = || [started(), march_renewed(), ending()];
    assert_eq!(standing(events()), Standing::NonRenewing);
    assert_eq!(state(events()).started.unwrap().upcoming(), Ok(None));
    given(events())
        .when(finish(day(31)))
        .refused(SubscriptionError::NotDue(APRIL));
    given(events())
        .when(finish(APRIL))
        .once([SubscriptionEvent::Cancelled {
            reason: None,
            bill: None,
            on: APRIL,
        }]);
}

#[test]
fn a_cancellation_at_the_period_end_gives_up_the_change_that_waits() {
    let waiting = SubscriptionEvent::ChangeScheduled {
        terms: silver("1"),
        on: day(2),
    };
    let after = state([started(), march_renewed(), waiting, ending()]);
    assert_eq!(after.started.unwrap().pending, None);
}

#[test]
fn goes_on_after_all_while_the_period_lasts() {
    let reactivated = SubscriptionEvent::Reactivated { on: day(6) };
    active([ending()])
        .when(reactivate(day(6)))
        .once([reactivated.clone()]);
    active([ending(), reactivated])
        .when(renew(2, SECOND, APRIL))
        .once([april_renewed()]);
    active([])
        .when(reactivate(day(6)))
        .refused(SubscriptionError::NotEnding);
}

#[test]
fn expires_with_its_fixed_end() {
    for end in [End::AfterPeriods(2), End::Before(MAY)] {
        let events = || {
            [
                started_with(|with| with.end = Some(end)),
                march_renewed(),
                april_renewed(),
            ]
        };
        given(events())
            .when(finish(date!(2025 - 04 - 30)))
            .refused(SubscriptionError::NotDue(MAY));
        given(events()).when(finish(MAY)).once([expired()]);
    }
    let events = [started(), march_renewed(), expired()];
    assert_eq!(standing(events), Standing::Expired);
    active([])
        .when(finish(MAY))
        .refused(SubscriptionError::NotDue(APRIL));
}

#[test]
fn a_fixed_day_comes_to_what_is_paused_too() {
    let ends = started_with(|with| with.end = Some(End::Before(MAY)));
    given([ends, march_renewed(), paused(day(11))])
        .when(finish(MAY))
        .once([expired()]);
}

#[test]
fn refuses_anything_once_it_is_over() {
    for command in all_but_start(day(9)) {
        active([cancelled()])
            .when(command.clone())
            .refused(SubscriptionError::Cancelled);
        active([expired()])
            .when(command)
            .refused(SubscriptionError::Expired);
    }
    active([cancelled()])
        .when(cancel(When::PeriodEnd, false, day(9)))
        .quiet();
    active([expired()])
        .when(cancel(When::Now, false, day(9)))
        .refused(SubscriptionError::Expired);
}

#[test]
fn refuses_what_is_not_there() {
    for command in all_but_start(day(9)) {
        given([])
            .when(command)
            .refused(SubscriptionError::NotStarted);
    }
}

// Collection.

#[test]
fn a_failed_collection_is_tried_again_as_set() {
    active([])
        .when(fail(1, START))
        .once([failed(1, START, Some(day(4)))]);
    let past_due = || failed(1, START, Some(day(4)));
    assert_eq!(
        standing([started(), march_renewed(), past_due()]),
        Standing::PastDue
    );
    active([past_due()])
        .when(fail(2, day(4)))
        .once([failed(2, day(4), Some(day(8)))]);
    // A late try is followed by the next day's, never by one of the same day.
    active([past_due()])
        .when(fail(2, day(20)))
        .once([failed(2, day(20), Some(day(21)))]);
}

#[test]
fn once_all_tries_failed_it_is_unpaid_and_goes_on() {
    let tries = || {
        [
            failed(1, START, Some(day(4))),
            failed(2, day(4), Some(day(8))),
        ]
    };
    let unpaid = SubscriptionEvent::MarkedUnpaid { on: day(8) };
    active(tries())
        .when(fail(3, day(8)))
        .once([failed(3, day(8), None), unpaid.clone()]);
    let events: Vec<SubscriptionEvent> = [started(), march_renewed()]
        .into_iter()
        .chain(tries())
        .chain([failed(3, day(8), None), unpaid])
        .collect();
    assert_eq!(standing(events.clone()), Standing::Unpaid);
    assert!(!state(events.clone()).started.unwrap().collects());
    given(events)
        .when(renew(2, SECOND, APRIL))
        .once([april_renewed()]);
}

#[test]
fn or_it_is_cancelled() {
    let tries = [
        failed(1, START, Some(day(4))),
        failed(2, day(4), Some(day(8))),
    ];
    active(tries)
        .when(fail_with(3, day(8), AfterDunning::Cancel))
        .once([
            failed(3, day(8), None),
            SubscriptionEvent::Cancelled {
                reason: Some("collection failed: NO_FUNDS".to_owned()),
                bill: None,
                on: day(8),
            },
        ]);
}

#[test]
fn paid_in_whatever_way_it_is_active_again() {
    let past_due = || failed(1, START, Some(day(4)));
    let cleared = || SubscriptionEvent::ArrearsCleared {
        invoice_id: FIRST,
        cleared: Cleared::Paid,
        on: day(5),
    };
    active([past_due()])
        .when(collected(FIRST, day(5)))
        .once([cleared()]);
    active([]).when(collected(FIRST, day(5))).quiet();
    let unpaid = SubscriptionEvent::MarkedUnpaid { on: day(4) };
    let events = [started(), march_renewed(), past_due(), unpaid, cleared()];
    assert_eq!(standing(events), Standing::Active);
    // A failure that is heard of afterwards is one of an invoice that is paid.
    active([past_due(), cleared()])
        .when(fail(2, day(6)))
        .quiet();
}

#[test]
fn after_its_end_nothing_is_tried_again() {
    active([cancelled()])
        .when(fail(1, day(6)))
        .once([failed(1, day(6), None)]);
}

#[test]
fn acts_on_the_first_day_that_asks_for_something() {
    let acts_on = |events: Vec<SubscriptionEvent>| {
        let events = [started(), march_renewed()].into_iter().chain(events);
        state(events).started.unwrap().acts_on()
    };
    let retry = || failed(1, START, Some(day(4)));
    let unpaid = SubscriptionEvent::MarkedUnpaid { on: day(4) };
    assert_eq!(acts_on(vec![]), Some(APRIL));
    assert_eq!(acts_on(vec![ending()]), Some(APRIL));
    assert_eq!(acts_on(vec![retry()]), Some(day(4)));
    assert_eq!(acts_on(vec![retry(), unpaid]), Some(APRIL));
    assert_eq!(acts_on(vec![paused(day(3))]), None);
    assert_eq!(acts_on(vec![retry(), paused(day(3))]), Some(day(4)));
    assert_eq!(acts_on(vec![retry(), cancelled()]), None);
    let ends = started_with(|with| with.end = Some(End::Before(MAY)));
    let paused = state([ends, march_renewed(), paused(day(3))]);
    assert_eq!(paused.started.unwrap().acts_on(), Some(MAY));
}

#[test]
fn refuses_a_failure_out_of_turn() {
    for attempt in [0, 2] {
        active([])
            .when(fail(attempt, START))
            .refused(SubscriptionError::AttemptOutOfOrder(1));
    }
}

#[test]
fn refuses_the_failure_of_anothers_invoice() {
    given([started()])
        .when(fail(1, START))
        .refused(SubscriptionError::NotItsInvoice);
}

#[test]
fn every_refusal_is_tested() {
    assert_every_refusal_is_tested(
        "SubscriptionError",
        include_str!("error.rs"),
        include_str!("tests.rs"),
    );
}
