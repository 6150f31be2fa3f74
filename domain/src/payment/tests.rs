//! The payment's commands: what each brings about, and what refuses it.

use super::*;
use crate::ids::InvoiceId;
use crate::invalid::{Invalid, Rule};
use crate::money::Currency;
use crate::testing::{Given, assert_every_refusal_is_tested, day, dec, eur, given, id, usd};

const CUSTOMER: CustomerId = CustomerId(uuid::Uuid::from_u128(1));
/// Two invoices.
const A: InvoiceId = InvoiceId(uuid::Uuid::from_u128(11));
const B: InvoiceId = InvoiceId(uuid::Uuid::from_u128(12));
const REFUND: RefundId = RefundId(uuid::Uuid::from_u128(31));

fn part(invoice_id: InvoiceId, amount: Money) -> Allocation {
    Allocation { invoice_id, amount }
}

// What has happened: 100 euros, by a provider for two invoices, or by cheque with 40 left over.

fn initiated() -> PaymentEvent {
    PaymentEvent::Initiated {
        customer_id: CUSTOMER,
        amount: eur(100_00),
        allocations: vec![part(A, eur(60_00)), part(B, eur(40_00))],
        provider: "bank".to_owned(),
        on: day(1),
    }
}

fn recorded() -> PaymentEvent {
    PaymentEvent::Recorded {
        number: "PAY-00001".to_owned(),
        customer_id: CUSTOMER,
        amount: eur(100_00),
        allocations: vec![part(A, eur(60_00))],
        method: OfflineMethod::Cheque,
        reference: Some("No. 7".to_owned()),
        received_on: day(1),
        on: day(2),
    }
}

fn pending() -> PaymentEvent {
    PaymentEvent::Pending {
        provider_reference: "tx-1".to_owned(),
        on: day(2),
    }
}

fn succeeded() -> PaymentEvent {
    PaymentEvent::Succeeded {
        number: "PAY-00001".to_owned(),
        provider_reference: "tx-1".to_owned(),
        on: day(3),
    }
}

fn failed() -> PaymentEvent {
    PaymentEvent::Failed {
        code: "no_funds".to_owned(),
        reason: "The account is empty".to_owned(),
        on: day(3),
    }
}

fn cancelled() -> PaymentEvent {
    PaymentEvent::Cancelled {
        code: None,
        reason: "changed my mind".to_owned(),
        on: day(2),
    }
}

fn allocated(invoice_id: InvoiceId, cents: i64) -> PaymentEvent {
    PaymentEvent::Allocated {
        invoice_id,
        amount: eur(cents),
        on: day(4),
    }
}

fn deallocated(invoice_id: InvoiceId, cents: i64) -> PaymentEvent {
    PaymentEvent::Deallocated {
        invoice_id,
        amount: eur(cents),
        reason: "voided".to_owned(),
        on: day(4),
    }
}

fn refunded(cents: i64) -> PaymentEvent {
    PaymentEvent::Refunded {
        refund_id: REFUND,
        amount: eur(cents),
        reason: "paid twice".to_owned(),
        on: day(5),
    }
}

fn arrived_late() -> PaymentEvent {
    PaymentEvent::ArrivedLate {
        number: "PAY-00001".to_owned(),
        provider_reference: "tx-1".to_owned(),
        on: day(3),
    }
}

fn refund_initiated(cents: i64) -> PaymentEvent {
    PaymentEvent::RefundInitiated {
        refund_id: REFUND,
        amount: eur(cents),
        reason: "paid twice".to_owned(),
        on: day(5),
    }
}

fn refund_succeeded(cents: i64) -> PaymentEvent {
    PaymentEvent::RefundSucceeded {
        refund_id: REFUND,
        amount: eur(cents),
        provider_reference: "re-1".to_owned(),
        on: day(6),
    }
}

fn refund_failed(cents: i64) -> PaymentEvent {
    PaymentEvent::RefundFailed {
        refund_id: REFUND,
        amount: eur(cents),
        code: "account_closed".to_owned(),
        reason: "The account is closed".to_owned(),
        on: day(7),
    }
}

/// Taken by a provider, and 40 of it credit.
fn with_credit() -> Vec<PaymentEvent> {
    vec![initiated(), submitted(), succeeded(), deallocated(B, 40_00)]
}

// What is asked.

fn initiate_with(change: impl FnOnce(&mut InitiatePayment)) -> PaymentCommand {
    let mut command = InitiatePayment {
        customer_id: CUSTOMER,
        amount: eur(100_00),
        allocations: vec![part(A, eur(60_00)), part(B, eur(40_00))],
        provider: "bank".to_owned(),
        on: day(1),
    };
    change(&mut command);
    PaymentCommand::Initiate(command)
}

fn record_with(change: impl FnOnce(&mut RecordPayment)) -> PaymentCommand {
    let mut command = RecordPayment {
        number: "PAY-00001".to_owned(),
        customer_id: CUSTOMER,
        amount: eur(100_00),
        allocations: vec![part(A, eur(60_00))],
        method: OfflineMethod::Cheque,
        reference: Some("No. 7".to_owned()),
        received_on: day(1),
        on: day(2),
    };
    change(&mut command);
    PaymentCommand::Record(command)
}

fn mark_pending(reference: &str) -> PaymentCommand {
    PaymentCommand::MarkPending {
        provider_reference: reference.to_owned(),
        on: day(2),
    }
}

fn succeed(number: &str, reference: &str) -> PaymentCommand {
    PaymentCommand::Succeed {
        number: number.to_owned(),
        provider_reference: reference.to_owned(),
        on: day(3),
    }
}

fn fail(code: &str, reason: &str) -> PaymentCommand {
    PaymentCommand::Fail {
        code: code.to_owned(),
        reason: reason.to_owned(),
        on: day(3),
    }
}

fn cancel(reason: &str) -> PaymentCommand {
    PaymentCommand::Cancel {
        code: None,
        reason: reason.to_owned(),
        on: day(2),
    }
}

fn allocate(invoice_id: InvoiceId, amount: Money) -> PaymentCommand {
    PaymentCommand::Allocate {
        allocation: part(invoice_id, amount),
        on: day(4),
    }
}

fn deallocate(invoice_id: InvoiceId, reason: &str) -> PaymentCommand {
    PaymentCommand::Deallocate {
        invoice_id,
        amount: None,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn refund(amount: Money, reason: &str) -> PaymentCommand {
    PaymentCommand::Refund(asked(amount, reason))
}

fn asked(amount: Money, reason: &str) -> RefundPayment {
    RefundPayment {
        refund_id: REFUND,
        amount,
        reason: reason.to_owned(),
        on: day(5),
    }
}

fn initiate_refund(amount: Money, reason: &str) -> PaymentCommand {
    PaymentCommand::InitiateRefund(asked(amount, reason))
}

fn succeed_refund(reference: &str) -> PaymentCommand {
    PaymentCommand::SucceedRefund {
        refund_id: REFUND,
        provider_reference: reference.to_owned(),
        on: day(6),
    }
}

fn fail_refund(code: &str, reason: &str) -> PaymentCommand {
    PaymentCommand::FailRefund {
        refund_id: REFUND,
        code: code.to_owned(),
        reason: reason.to_owned(),
        on: day(7),
    }
}

fn required(field: &str) -> Invalid {
    Invalid::new(field, Rule::Required)
}

fn state(events: impl IntoIterator<Item = PaymentEvent>) -> Payment {
    let mut payment = Payment::default();
    events
        .into_iter()
        .for_each(|event| payment.apply_event(event));
    payment
}

fn payment(events: impl IntoIterator<Item = PaymentEvent>) -> Given<Payment> {
    given(events)
}

#[test]
fn every_refusal_is_tested() {
    let tests = include_str!("tests.rs");
    assert_every_refusal_is_tested("PaymentError", include_str!("error.rs"), tests);
}

#[test]
fn refuses_anything_but_a_start_of_what_is_not_there() {
    for command in [
        mark_pending("tx-1"),
        succeed("PAY-00001", "tx-1"),
        fail("no_funds", "empty"),
        cancel("changed my mind"),
        allocate(A, eur(1)),
        deallocate(A, "voided"),
        refund(eur(1), "paid twice"),
        initiate_refund(eur(1), "paid twice"),
        succeed_refund("re-1"),
        fail_refund("account_closed", "The account is closed"),
    ] {
        payment([]).when(command).refused(PaymentError::NotStarted);
    }
}

// Initiate and Record

#[test]
fn initiates_a_payment_of_several_invoices() {
    payment([]).when(initiate_with(|_| {})).once([initiated()]);
}

#[test]
fn records_money_whose_rest_is_credit() {
    payment([]).when(record_with(|_| {})).once([recorded()]);
}

#[test]
fn stays_quiet_when_started_again_whatever_has_become_of_it() {
    let initiate = || initiate_with(|_| {});
    let history = [
        initiated(),
        succeeded(),
        deallocated(A, 60_00),
        allocated(A, 50_00),
    ];
    payment(history).when(initiate()).quiet();
    payment([initiated(), failed()]).when(initiate()).quiet();
    let later_number = record_with(|r| r.number = "PAY-00002".to_owned());
    payment([recorded(), refunded(10_00)])
        .when(later_number)
        .quiet();
}

#[test]
fn writes_amounts_with_just_the_places_of_their_currency() {
    let hundred = Money {
        amount: dec("100"),
        currency: Currency::EUR,
    };
    let parts = || vec![part(A, hundred)];
    for command in [
        initiate_with(|i| (i.amount, i.allocations) = (hundred, parts())),
        record_with(|r| (r.amount, r.allocations) = (hundred, parts())),
    ] {
        let events = format!("{:?}", Payment::default().decide(command));
        assert_eq!(events.matches("amount: 100.00,").count(), 2, "{events}");
    }
}

#[test]
fn refuses_another_payment_under_the_same_id() {
    for command in [
        initiate_with(|i| i.customer_id = CustomerId(id(9))),
        initiate_with(|i| i.provider = "cards".to_owned()),
        initiate_with(|i| i.allocations = vec![part(A, eur(100_00))]),
        initiate_with(|i| i.allocations = vec![part(A, eur(50_00)), part(B, eur(50_00))]),
        initiate_with(|i| {
            i.amount = eur(60_00);
            i.allocations.pop();
        }),
        record_with(|r| r.allocations.push(part(B, eur(40_00)))),
    ] {
        payment([initiated()])
            .when(command)
            .refused(PaymentError::AlreadyStarted);
    }
    let command = initiate_with(|_| {});
    payment([recorded()])
        .when(command)
        .refused(PaymentError::AlreadyStarted);
}

#[test]
fn refuses_to_initiate_what_breaks_a_rule_of_its_fields() {
    #[track_caller]
    fn refuses(field: &str, rule: Rule, change: impl FnOnce(&mut InitiatePayment)) {
        let refusal = Invalid::new(field, rule);
        payment([]).when(initiate_with(change)).refused(refusal);
    }
    let sum = |text| Rule::DoesNotAddUp(dec(text));
    refuses("amount", Rule::NotPositive, |i| i.amount = eur(0));
    refuses("amount", Rule::TooManyDecimals(2), |i| {
        i.amount.amount = dec("100.001")
    });
    refuses("currency", Rule::NotACurrency, |i| {
        i.amount.currency = Currency::XAU
    });
    refuses("allocations", sum("100"), |i| i.allocations.clear());
    refuses("allocations", sum("0.01"), |i| i.amount = eur(1));
    refuses("provider", Rule::Required, |i| i.provider.clear());
}

#[test]
fn refuses_to_record_what_breaks_a_rule_of_its_fields() {
    #[track_caller]
    fn refuses(field: &str, rule: Rule, change: impl FnOnce(&mut RecordPayment)) {
        let refusal = Invalid::new(field, rule);
        payment([]).when(record_with(change)).refused(refusal);
    }
    let many = (0..501).map(|n| part(InvoiceId(id(n)), eur(1))).collect();
    refuses("amount", Rule::NotPositive, |r| r.amount = eur(-1));
    refuses("allocations", Rule::DoesNotAddUp(dec("59.99")), |r| {
        r.amount = eur(59_99)
    });
    refuses("allocations", Rule::BadCount(500), |r| r.allocations = many);
    let (again, dollar) = (part(A, eur(1)), part(B, usd(1)));
    refuses("allocations.1.invoiceId", Rule::Duplicate, |r| {
        r.allocations.push(again)
    });
    refuses("allocations.1.amount", Rule::WrongCurrency("EUR"), |r| {
        r.allocations.push(dollar)
    });
    refuses("allocations.0.amount", Rule::NotPositive, |r| {
        r.allocations[0].amount = eur(0)
    });
    refuses("receivedOn", Rule::TooLate(day(2)), |r| {
        r.received_on = day(3)
    });
    refuses("number", Rule::Required, |r| r.number.clear());
    refuses("reference", Rule::TooLong(200), |r| {
        r.reference = Some("x".repeat(201))
    });
}

// Submit, MarkPending, Succeed, Fail, Cancel

fn submitted() -> PaymentEvent {
    PaymentEvent::Submitted { on: day(2) }
}

fn submit() -> PaymentCommand {
    PaymentCommand::Submit { on: day(2) }
}

#[test]
fn is_submitted_before_the_provider_is_asked() {
    payment([initiated()]).when(submit()).once([submitted()]);
    payment([initiated(), pending()]).when(submit()).quiet();
}

#[test]
fn refuses_to_submit_what_has_come_to_an_end() {
    for (end, refusal) in [
        (succeeded(), PaymentError::AlreadySucceeded),
        (failed(), PaymentError::AlreadyFailed),
        (cancelled(), PaymentError::AlreadyCancelled),
    ] {
        payment([initiated(), end]).when(submit()).refused(refusal);
    }
}

#[test]
fn what_is_submitted_succeeds_fails_or_is_pending_but_is_never_cancelled() {
    let history = || payment([initiated(), submitted()]);
    history().when(mark_pending("tx-1")).once([pending()]);
    history()
        .when(succeed("PAY-00001", "tx-1"))
        .once([succeeded()]);
    history()
        .when(fail("no_funds", "The account is empty"))
        .once([failed()]);
    history()
        .when(cancel("too late"))
        .refused(PaymentError::InProvidersHand);
}

#[test]
fn is_pending_while_the_provider_will_say_later() {
    payment([initiated()])
        .when(mark_pending("tx-1"))
        .once([pending()]);
}

#[test]
fn succeeds_at_once_or_after_being_pending() {
    for history in [vec![initiated()], vec![initiated(), pending()]] {
        payment(history)
            .when(succeed("PAY-00001", "tx-1"))
            .once([succeeded()]);
    }
    payment([initiated(), succeeded()])
        .when(succeed("PAY-00002", "tx-1"))
        .quiet();
}

#[test]
fn fails_at_once_or_after_being_pending() {
    for history in [vec![initiated()], vec![initiated(), pending()]] {
        payment(history)
            .when(fail("no_funds", "The account is empty"))
            .once([failed()]);
    }
}

#[test]
fn is_cancelled_before_the_provider_is_asked() {
    payment([initiated()])
        .when(cancel("changed my mind"))
        .once([cancelled()]);
}

#[test]
fn refuses_to_cancel_what_the_provider_has_in_hand() {
    let history = [initiated(), pending()];
    payment(history)
        .when(cancel("too late"))
        .refused(PaymentError::InProvidersHand);
}

#[test]
fn refuses_every_other_end_once_it_has_come_to_one() {
    let ends = || {
        [
            (
                succeeded(),
                succeed("PAY-00002", "tx-2"),
                PaymentError::AlreadySucceeded,
            ),
            (
                failed(),
                fail("late", "too late"),
                PaymentError::AlreadyFailed,
            ),
            (cancelled(), cancel("again"), PaymentError::AlreadyCancelled),
        ]
    };
    for (n, (end, _, refusal)) in ends().into_iter().enumerate() {
        let ended = || payment([initiated(), end.clone()]);
        ended().when(mark_pending("tx-1")).refused(refusal.clone());
        for (m, (_, command, _)) in ends().into_iter().enumerate() {
            if n == m {
                ended().when(command).quiet();
            } else if m == 0 {
                ended().when(command).once([PaymentEvent::ArrivedLate {
                    number: "PAY-00002".to_owned(),
                    provider_reference: "tx-2".to_owned(),
                    on: day(3),
                }]);
            } else {
                ended().when(command).refused(refusal.clone());
            }
        }
    }
    payment([recorded()])
        .when(fail("late", "bounced"))
        .refused(PaymentError::AlreadySucceeded);
}

#[test]
fn refuses_progress_without_its_details() {
    for (command, field) in [
        (mark_pending(""), "providerReference"),
        (succeed("", "tx-1"), "number"),
        (succeed("PAY-00001", " "), "providerReference"),
        (fail("", "empty"), "code"),
        (fail("no_funds", ""), "reason"),
        (cancel(" "), "reason"),
    ] {
        payment([initiated()])
            .when(command)
            .refused(required(field));
    }
}

// Allocate, Deallocate, Refund

#[test]
fn allocates_from_what_is_unapplied() {
    payment([recorded()])
        .when(allocate(B, eur(40_00)))
        .then([allocated(B, 40_00)])
        .refused(PaymentError::ExceedsUnapplied { unapplied: eur(0) });
}

#[test]
fn refuses_to_allocate_or_refund_more_than_is_unapplied() {
    for (history, unapplied) in [
        (vec![recorded()], eur(40_00)),
        (vec![recorded(), refunded(15_00)], eur(25_00)),
        (
            [with_credit(), vec![refund_initiated(15_00)]].concat(),
            eur(25_00),
        ),
        (vec![recorded(), allocated(B, 15_00)], eur(25_00)),
        (vec![initiated(), succeeded()], eur(0)),
    ] {
        let more = eur(unapplied.minor() + 1);
        let exceeds = || PaymentError::ExceedsUnapplied { unapplied };
        let refund = PaymentCommand::Refund(RefundPayment {
            refund_id: RefundId(id(32)),
            ..asked(more, "paid twice")
        });
        let other = InvoiceId(id(13));
        payment(history.clone())
            .when(allocate(other, more))
            .refused(exceeds());
        payment(history).when(refund).refused(exceeds());
    }
}

#[test]
fn allocations_to_the_same_invoice_add_up() {
    payment([recorded()])
        .when(allocate(A, eur(10_00)))
        .each_time([allocated(A, 10_00)]);
    let more = [recorded(), allocated(A, 10_00), allocated(A, 10_00)];
    let started = state(more.clone()).started.unwrap();
    assert_eq!(started.allocations.to(A), Some(eur(80_00)));
    assert_eq!(started.allocations.rounds(A), 3);
    payment(more.clone())
        .when(allocate(A, eur(20_01)))
        .refused(PaymentError::ExceedsUnapplied {
            unapplied: eur(20_00),
        });
    payment(more)
        .when(deallocate(A, "voided"))
        .once([deallocated(A, 80_00)]);
}

#[test]
fn takes_back_a_part_of_what_is_allocated() {
    let part = |cents| PaymentCommand::Deallocate {
        invoice_id: A,
        amount: Some(eur(cents)),
        reason: "voided".to_owned(),
        on: day(4),
    };
    payment([recorded()])
        .when(part(20_00))
        .then([deallocated(A, 20_00)])
        .then([deallocated(A, 20_00)]);
    payment([recorded()])
        .when(part(60_01))
        .refused(PaymentError::NotAllocated);
}

#[test]
fn keeps_the_rule_that_cancelled_it() {
    let cancel = PaymentCommand::Cancel {
        code: Some("ALREADY_PAID".to_owned()),
        reason: "the invoice is paid".to_owned(),
        on: day(2),
    };
    let cancelled = PaymentEvent::Cancelled {
        code: Some("ALREADY_PAID".to_owned()),
        reason: "the invoice is paid".to_owned(),
        on: day(2),
    };
    payment([initiated()])
        .when(cancel)
        .once([cancelled.clone()]);
    let stored = serde_json::to_string(&cancelled).unwrap();
    assert_eq!(
        serde_json::from_str::<PaymentEvent>(&stored).unwrap(),
        cancelled
    );
    let started = state([initiated(), cancelled]).started.unwrap();
    assert_eq!(started.cancelled_by.as_deref(), Some("ALREADY_PAID"));
}

#[test]
fn what_is_deallocated_is_credit_again() {
    payment([recorded()])
        .when(deallocate(A, "voided"))
        .once([deallocated(A, 60_00)]);
    let history = [recorded(), deallocated(A, 60_00)];
    payment(history)
        .when(allocate(B, eur(100_00)))
        .then([allocated(B, 100_00)])
        .refused(PaymentError::ExceedsUnapplied { unapplied: eur(0) });
}

#[test]
fn deallocates_again_what_was_allocated_again() {
    let history = [recorded(), deallocated(A, 60_00), allocated(A, 50_00)];
    payment(history)
        .when(deallocate(A, "voided"))
        .once([deallocated(A, 50_00)]);
}

#[test]
fn refuses_to_deallocate_what_is_not_allocated() {
    payment([recorded()])
        .when(deallocate(B, "voided"))
        .refused(PaymentError::NotAllocated);
}

#[test]
fn gives_money_back_in_part_or_whole() {
    payment([recorded()])
        .when(refund(eur(15_00), "paid twice"))
        .once([refunded(15_00)]);
    let history = [recorded(), deallocated(A, 60_00)];
    payment(history)
        .when(refund(eur(100_00), "paid twice"))
        .once([refunded(100_00)]);
}

#[test]
fn refuses_another_refund_under_the_same_id() {
    let history = [recorded(), refunded(15_00)];
    let command = refund(eur(10_00), "paid twice");
    payment(history)
        .when(command)
        .refused(PaymentError::RefundExists);
}

#[test]
fn refuses_to_allocate_or_give_back_what_is_not_ours() {
    for history in [
        vec![initiated()],
        vec![initiated(), pending()],
        vec![initiated(), failed()],
        vec![initiated(), cancelled()],
    ] {
        for command in [
            allocate(A, eur(60_00)),
            deallocate(A, "voided"),
            refund(eur(1), "paid twice"),
            initiate_refund(eur(1), "paid twice"),
        ] {
            payment(history.clone())
                .when(command)
                .refused(PaymentError::NotSucceeded);
        }
    }
}

#[test]
fn refuses_allocations_and_refunds_that_break_a_rule_of_their_fields() {
    for (command, field, rule) in [
        (allocate(B, eur(0)), "amount", Rule::NotPositive),
        (allocate(B, usd(1)), "amount", Rule::WrongCurrency("EUR")),
        (refund(eur(-1), "paid twice"), "amount", Rule::NotPositive),
        (
            refund(usd(1), "paid twice"),
            "amount",
            Rule::WrongCurrency("EUR"),
        ),
        (refund(eur(1), ""), "reason", Rule::Required),
        (deallocate(A, ""), "reason", Rule::Required),
    ] {
        payment([recorded()])
            .when(command)
            .refused(Invalid::new(field, rule));
    }
}

#[test]
fn an_allocation_made_anew_is_another_one() {
    let mut payment = Payment::default();
    payment.apply_event(recorded());
    let round = |payment: &Payment| payment.started.as_ref().unwrap().allocations.rounds(A);
    assert_eq!(round(&payment), 1);
    payment.apply_event(deallocated(A, 60_00));
    payment.apply_event(allocated(A, 50_00));
    assert_eq!(round(&payment), 2);
}

#[test]
fn what_it_was_started_with_settles_on_its_own_day_and_later_allocations_on_theirs() {
    let settles = |history: Vec<PaymentEvent>, invoice| {
        let mut payment = Payment::default();
        history
            .into_iter()
            .for_each(|event| payment.apply_event(event));
        let started = payment.started.unwrap();
        let mut parts = started.allocations.parts();
        let (_, part) = parts.find(|(to, _)| *to == invoice).unwrap();
        started.settles_on(&part)
    };
    assert_eq!(settles(vec![recorded()], A), day(1), "when it was received");
    let by_provider = vec![initiated(), submitted(), succeeded()];
    assert_eq!(settles(by_provider, A), day(3), "when it succeeded");
    let later = vec![recorded(), allocated(B, 40_00)];
    assert_eq!(settles(later.clone(), B), day(4));
    assert_eq!(settles(later, A), day(1));
    let anew = vec![recorded(), deallocated(A, 60_00), allocated(A, 60_00)];
    assert_eq!(settles(anew, A), day(4));
}

// Money that comes late

#[test]
fn money_that_comes_after_a_refusal_is_credit() {
    for end in [failed(), cancelled()] {
        payment([initiated(), end.clone()])
            .when(succeed("PAY-00001", "tx-1"))
            .once([arrived_late()]);
        let mut late = Payment::default();
        for event in [initiated(), end, arrived_late()] {
            late.apply_event(event);
        }
        let late = late.started.unwrap();
        assert_eq!(late.progress, Progress::Succeeded);
        assert_eq!((late.unapplied(), late.dated), (eur(100_00), day(3)));
    }
    let history = [initiated(), failed(), arrived_late()];
    payment(history.clone())
        .when(allocate(A, eur(60_00)))
        .then([allocated(A, 60_00)])
        .refused(PaymentError::ExceedsUnapplied {
            unapplied: eur(40_00),
        });
    payment(history)
        .when(fail("no_funds", "The account is empty"))
        .refused(PaymentError::AlreadySucceeded);
}

#[test]
fn comes_to_no_end_before_it_began() {
    let started = PaymentEvent::Initiated {
        customer_id: CUSTOMER,
        amount: eur(100_00),
        allocations: vec![part(A, eur(100_00))],
        provider: "bank".to_owned(),
        on: day(9),
    };
    let (number, provider_reference, on) = ("PAY-00001".to_owned(), "tx-1".to_owned(), day(9));
    payment([started.clone()])
        .when(succeed("PAY-00001", "tx-1"))
        .once([PaymentEvent::Succeeded {
            number,
            provider_reference,
            on,
        }]);
    let (code, reason) = ("no_funds".to_owned(), "The account is empty".to_owned());
    payment([started])
        .when(fail("no_funds", "The account is empty"))
        .once([PaymentEvent::Failed { code, reason, on }]);
}

// Refunds through the provider

#[test]
fn gives_money_back_through_the_provider_that_took_it() {
    let history = with_credit();
    payment(history.clone())
        .when(initiate_refund(eur(15_00), "paid twice"))
        .once([refund_initiated(15_00)]);
    let under_way = [history, vec![refund_initiated(15_00)]].concat();
    payment(under_way.clone())
        .when(succeed_refund("re-1"))
        .once([refund_succeeded(15_00)]);
    payment(under_way)
        .when(fail_refund("account_closed", "The account is closed"))
        .once([refund_failed(15_00)]);
}

#[test]
fn a_refund_under_way_counts_as_gone_and_a_failed_one_is_credit_again() {
    let unapplied = |more: &[PaymentEvent]| {
        let mut state = Payment::default();
        for event in with_credit().into_iter().chain(more.iter().cloned()) {
            state.apply_event(event);
        }
        let state = state.started.unwrap();
        (state.unapplied(), state.refunds_under_way().count())
    };
    let (begun, done, failed) = (
        refund_initiated(15_00),
        refund_succeeded(15_00),
        refund_failed(15_00),
    );
    assert_eq!(unapplied(&[]), (eur(40_00), 0));
    assert_eq!(unapplied(std::slice::from_ref(&begun)), (eur(25_00), 1));
    assert_eq!(unapplied(&[begun.clone(), done]), (eur(25_00), 0));
    assert_eq!(unapplied(&[begun, failed]), (eur(40_00), 0));
}

#[test]
fn a_refund_that_the_bank_sends_back_fails_after_all_and_one_that_failed_stays_so() {
    let done = [
        with_credit(),
        vec![refund_initiated(15_00), refund_succeeded(15_00)],
    ]
    .concat();
    payment(done)
        .when(fail_refund("account_closed", "The account is closed"))
        .once([refund_failed(15_00)]);
    let failed = [
        with_credit(),
        vec![refund_initiated(15_00), refund_failed(15_00)],
    ]
    .concat();
    payment(failed)
        .when(succeed_refund("re-1"))
        .refused(PaymentError::RefundAlreadyFailed);
}

#[test]
fn refuses_what_no_provider_can_give_back() {
    payment([recorded()])
        .when(initiate_refund(eur(15_00), "paid twice"))
        .refused(PaymentError::NoProvider);
    for command in [
        succeed_refund("re-1"),
        fail_refund("account_closed", "closed"),
    ] {
        payment(with_credit())
            .when(command)
            .refused(PaymentError::UnknownRefund);
    }
}

#[test]
fn refuses_outcomes_of_refunds_without_their_details() {
    let under_way = || [with_credit(), vec![refund_initiated(15_00)]].concat();
    for (command, field) in [
        (succeed_refund(" "), "providerReference"),
        (fail_refund("", "closed"), "code"),
        (fail_refund("account_closed", ""), "reason"),
    ] {
        payment(under_way()).when(command).refused(required(field));
    }
}
