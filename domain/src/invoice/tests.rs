//! The invoice's commands: what each brings about, and what refuses it.

mod arrears;
mod corrections;
mod disputes;

use super::*;
use crate::document::DocumentDraft;
use crate::ids::EstimateId;
use crate::invalid::{Invalid, Rule};
use crate::money::Currency;
use crate::party::Party;
use crate::testing::{
    Given, assert_every_refusal_is_tested, day, dec, draft as euros, eur, given, id, party, priced,
    usd,
};

const CUSTOMER: CustomerId = CustomerId(uuid::Uuid::from_u128(1));
/// Two payments.
const P: PaymentId = PaymentId(uuid::Uuid::from_u128(21));
const Q: PaymentId = PaymentId(uuid::Uuid::from_u128(22));
/// A credit note, by the id of a payment: that it is a credit note has to tell them apart.
const C: CreditNoteId = CreditNoteId(uuid::Uuid::from_u128(21));

// What has happened: an invoice of 100 euros, issued on the 2nd, due on the 16th.

fn drafted() -> InvoiceEvent {
    drafted_from(None, &euros(100))
}

fn drafted_from(source: Option<InvoiceSource>, draft: &DocumentDraft) -> InvoiceEvent {
    InvoiceEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(draft),
        source,
        on: day(1),
    }
}

fn issued() -> InvoiceEvent {
    issued_for(eur(100_00))
}

fn issued_for(total: Money) -> InvoiceEvent {
    InvoiceEvent::Issued {
        number: "INV-00001".to_owned(),
        issue_date: day(2),
        due_date: day(16),
        total,
        seller: party("Seller"),
        buyer: party("Buyer"),
    }
}

fn reserved(payment_id: PaymentId, cents: i64) -> InvoiceEvent {
    InvoiceEvent::PaymentReserved {
        payment_id,
        amount: eur(cents),
        on: day(3),
    }
}

fn released(payment_id: PaymentId, cents: i64) -> InvoiceEvent {
    InvoiceEvent::PaymentReleased {
        payment_id,
        amount: eur(cents),
        on: day(3),
    }
}

fn applied(payment_id: PaymentId, cents: i64) -> InvoiceEvent {
    InvoiceEvent::PaymentApplied {
        payment_id,
        round: 1,
        amount: eur(cents),
        on: day(3),
    }
}

fn unapplied(payment_id: PaymentId, cents: i64) -> InvoiceEvent {
    InvoiceEvent::PaymentUnapplied {
        payment_id,
        amount: eur(cents),
        reason: "bounced".to_owned(),
        on: day(4),
    }
}

fn paid() -> InvoiceEvent {
    InvoiceEvent::Paid { on: day(3) }
}

fn voided() -> InvoiceEvent {
    InvoiceEvent::Voided {
        reason: "never due".to_owned(),
        on: day(5),
    }
}

fn written_off(cents: i64) -> InvoiceEvent {
    InvoiceEvent::WrittenOff {
        amount: eur(cents),
        reason: "insolvent".to_owned(),
        on: day(5),
    }
}

fn write_off_reversed(cents: i64) -> InvoiceEvent {
    InvoiceEvent::WriteOffReversed {
        amount: eur(cents),
        reason: "solvent".to_owned(),
        on: day(6),
    }
}

// What is asked.

fn draft(draft: DocumentDraft, source: Option<InvoiceSource>) -> InvoiceCommand {
    InvoiceCommand::Draft(DraftInvoice {
        customer_id: CUSTOMER,
        draft,
        source,
        on: day(1),
    })
}

fn revise(draft: DocumentDraft) -> InvoiceCommand {
    InvoiceCommand::ReviseDraft { draft, on: day(1) }
}

fn issue_with(change: impl FnOnce(&mut IssueInvoice)) -> InvoiceCommand {
    let mut command = IssueInvoice {
        number: "INV-00001".to_owned(),
        due_date: day(16),
        seller: party("Seller"),
        buyer: party("Buyer"),
        on: day(2),
    };
    change(&mut command);
    InvoiceCommand::Issue(command)
}

fn issue() -> InvoiceCommand {
    issue_with(|_| {})
}

fn view() -> InvoiceCommand {
    InvoiceCommand::MarkViewed { on: day(3) }
}

fn forward(recipients: &[&str]) -> InvoiceCommand {
    InvoiceCommand::Forward {
        recipients: recipients.iter().copied().map(str::to_owned).collect(),
        message: Some(" ".to_owned()),
        on: day(3),
    }
}

fn remind(stage: u16) -> InvoiceCommand {
    InvoiceCommand::Remind { stage, on: day(17) }
}

fn void(reason: &str) -> InvoiceCommand {
    InvoiceCommand::Void {
        reason: reason.to_owned(),
        on: day(5),
    }
}

fn write_off(reason: &str) -> InvoiceCommand {
    InvoiceCommand::WriteOff {
        reason: reason.to_owned(),
        on: day(5),
    }
}

fn reverse(reason: &str) -> InvoiceCommand {
    InvoiceCommand::ReverseWriteOff {
        reason: reason.to_owned(),
        on: day(6),
    }
}

fn reserve(payment_id: PaymentId, amount: Money) -> InvoiceCommand {
    InvoiceCommand::ReservePayment {
        payment_id,
        amount,
        on: day(3),
    }
}

fn release(payment_id: PaymentId) -> InvoiceCommand {
    InvoiceCommand::ReleasePayment {
        payment_id,
        on: day(3),
    }
}

fn apply(payment_id: PaymentId, amount: Money) -> InvoiceCommand {
    InvoiceCommand::ApplyPayment {
        payment_id,
        round: 1,
        amount,
        on: day(3),
    }
}

fn unapply(payment_id: PaymentId, reason: &str) -> InvoiceCommand {
    InvoiceCommand::UnapplyPayment {
        payment_id,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn required(field: &str) -> Invalid {
    Invalid::new(field, Rule::Required)
}

/// An invoice to which this has happened.
fn invoice(events: impl IntoIterator<Item = InvoiceEvent>) -> Given<Invoice> {
    given(events)
}

/// The invoice of 100 euros, issued, to which this has happened since.
fn open(events: impl IntoIterator<Item = InvoiceEvent>) -> Given<Invoice> {
    given([drafted(), issued()].into_iter().chain(events))
}

fn from_estimate(revision: u32) -> Option<InvoiceSource> {
    Some(InvoiceSource::Estimate {
        estimate_id: EstimateId(id(7)),
        revision,
    })
}

#[test]
fn every_refusal_is_tested() {
    let tests = concat!(
        include_str!("tests.rs"),
        include_str!("tests/arrears.rs"),
        include_str!("tests/corrections.rs"),
        include_str!("tests/disputes.rs")
    );
    assert_every_refusal_is_tested("InvoiceError", include_str!("error.rs"), tests);
}

#[test]
fn refuses_anything_but_a_draft_of_what_is_not_there() {
    for command in [revise(euros(90)), issue()]
        .into_iter()
        .chain(commands_to_an_issued_one())
    {
        invoice([]).when(command).refused(InvoiceError::NotDrafted);
    }
}

#[test]
fn refuses_what_needs_an_issued_invoice_while_it_is_a_draft() {
    for command in commands_to_an_issued_one() {
        invoice([drafted()])
            .when(command)
            .refused(InvoiceError::NotIssued);
    }
}

fn commands_to_an_issued_one() -> [InvoiceCommand; 20] {
    [
        view(),
        forward(&["ann@example.com"]),
        remind(1),
        void("never due"),
        write_off("insolvent"),
        reverse("solvent"),
        reserve(P, eur(1)),
        release(P),
        apply(P, eur(1)),
        unapply(P, "bounced"),
        apply_credit(eur(1)),
        refuse_credit(1, "voided"),
        unapply_credit("meant for another"),
        disputes::dispute(1, None),
        disputes::settle(1, DisputeOutcome::Upheld, "Yes."),
        arrears::charge_forty(),
        arrears::waive(),
        corrections::reserve_note(C, 1, 1),
        corrections::conclude(C),
        corrections::resume(),
    ]
}

// Draft and ReviseDraft

#[test]
fn drafts_an_invoice() {
    invoice([]).when(draft(euros(100), None)).once([drafted()]);
    let from_estimate = from_estimate(2);
    let event = drafted_from(from_estimate, &euros(100));
    invoice([])
        .when(draft(euros(100), from_estimate))
        .once([event]);
}

#[test]
fn refuses_another_invoice_under_the_same_id() {
    let other_customer = InvoiceCommand::Draft(DraftInvoice {
        customer_id: CustomerId(id(9)),
        draft: euros(100),
        source: None,
        on: day(1),
    });
    let other_text = draft(euros(90), None);
    let other_source = draft(euros(100), from_estimate(1));
    for command in [other_customer, other_text, other_source] {
        invoice([drafted()])
            .when(command)
            .refused(InvoiceError::AlreadyDrafted);
    }
}

#[test]
fn stays_quiet_when_drafted_from_its_estimate_again_after_staff_revised_it() {
    let source = from_estimate(1);
    let revised = InvoiceEvent::DraftRevised {
        document: priced(&euros(90)),
        on: day(1),
    };
    let history = [drafted_from(source, &euros(100)), revised];
    invoice(history).when(draft(euros(100), source)).quiet();
}

#[test]
fn revises_a_draft() {
    let mut document = priced(&euros(90));
    document.lines[0].line_id = 2;
    let event = InvoiceEvent::DraftRevised {
        document,
        on: day(1),
    };
    invoice([drafted()]).when(revise(euros(90))).once([event]);
    invoice([drafted()]).when(revise(euros(100))).quiet();
}

#[test]
fn refuses_a_draft_that_breaks_a_rule_of_its_fields() {
    let mut dollars = euros(100);
    dollars.currency = Currency::USD;
    let refusal = Invalid::new("currency", Rule::WrongCurrency("EUR"));
    invoice([drafted()]).when(revise(dollars)).refused(refusal);
    let mut none = euros(100);
    none.lines[0].quantity = dec("0");
    let refusal = Invalid::new("lines.0.quantity", Rule::Zero);
    invoice([]).when(draft(none, None)).refused(refusal);
}

#[test]
fn refuses_to_edit_what_is_issued() {
    open([])
        .when(revise(euros(90)))
        .refused(InvoiceError::AlreadyIssued);
}

// DiscardDraft

#[test]
fn a_draft_is_discarded_once_and_then_nothing_changes_any_more() {
    let discard = || InvoiceCommand::DiscardDraft { on: day(1) };
    let discarded = InvoiceEvent::DraftDiscarded { on: day(1) };
    invoice([drafted()])
        .when(discard())
        .once([discarded.clone()]);
    invoice([])
        .when(discard())
        .refused(InvoiceError::NotDrafted);
    open([])
        .when(discard())
        .refused(InvoiceError::AlreadyIssued);
    for command in [issue(), revise(euros(90)), view(), void("never due")] {
        invoice([drafted(), discarded.clone()])
            .when(command)
            .refused(InvoiceError::Discarded);
    }
}

#[test]
fn a_deposits_draft_may_go_and_what_bills_something_agreed_stays() {
    let estimate_id = crate::ids::EstimateId(id(8));
    let deposit = Some(InvoiceSource::Deposit {
        estimate_id,
        revision: 1,
    });
    let late_fee = Some(InvoiceSource::LateFee {
        invoice_id: crate::ids::InvoiceId(id(9)),
        stage: 1,
    });
    let discard = || InvoiceCommand::DiscardDraft { on: day(1) };
    invoice([drafted_from(deposit, &euros(100))])
        .when(discard())
        .once([InvoiceEvent::DraftDiscarded { on: day(1) }]);
    for source in [from_estimate(1), late_fee] {
        invoice([drafted_from(source, &euros(100))])
            .when(discard())
            .refused(InvoiceError::DraftNeeded);
    }
}

// Issue

#[test]
fn issues_a_draft_under_its_number_with_both_parties_frozen() {
    invoice([drafted()]).when(issue()).once([issued()]);
}

#[test]
fn an_invoice_over_nothing_is_paid_when_issued() {
    let draft = drafted_from(None, &euros(0));
    let paid = InvoiceEvent::Paid { on: day(2) };
    invoice([draft])
        .when(issue())
        .once([issued_for(eur(0)), paid]);
}

#[test]
fn stays_quiet_when_issued_again_with_a_later_number() {
    open([])
        .when(issue_with(|i| i.number = "INV-00002".to_owned()))
        .quiet();
}

#[test]
fn refuses_to_issue_again_with_another_due_date() {
    let command = issue_with(|i| i.due_date = day(17));
    open([]).when(command).refused(InvoiceError::AlreadyIssued);
}

#[test]
fn refuses_to_issue_for_less_than_nothing() {
    let mut credit = euros(100);
    credit.lines[0].quantity = dec("-1");
    let draft = drafted_from(None, &credit);
    invoice([draft])
        .when(issue())
        .refused(InvoiceError::NegativeTotal);
}

#[test]
fn refuses_to_issue_what_breaks_a_rule_of_its_fields() {
    for (command, refusal) in [
        (
            issue_with(|i| i.due_date = day(1)),
            Invalid::new("dueDate", Rule::TooEarly(day(2))),
        ),
        (issue_with(|i| i.number.clear()), required("number")),
        (
            issue_with(|i| i.seller.name.clear()),
            required("seller.name"),
        ),
        (
            issue_with(|i| i.buyer = Party::default()),
            required("buyer.name"),
        ),
    ] {
        invoice([drafted()]).when(command).refused(refusal);
    }
}

// MarkViewed, Forward, Remind

#[test]
fn is_viewed_once() {
    open([])
        .when(view())
        .once([InvoiceEvent::Viewed { on: day(3) }]);
}

#[test]
fn is_forwarded_each_time() {
    let event = InvoiceEvent::Forwarded {
        recipients: vec!["ann@example.com".to_owned(), "bob@example.com".to_owned()],
        message: None,
        on: day(3),
    };
    let command = forward(&["Ann@example.com", " bob@example.com"]);
    open([]).when(command).each_time([event]);
}

#[test]
fn refuses_to_forward_to_nobody_to_a_crowd_or_to_one_person_twice() {
    let crowd: Vec<String> = (0..21).map(|n| format!("p{n}@example.com")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    for (recipients, field, rule) in [
        (&[][..], "recipients", Rule::BadCount(20)),
        (&crowd, "recipients", Rule::BadCount(20)),
        (&["a@b.c", "A@b.c"], "recipients", Rule::Duplicate),
        (&["a@b.c", "ann"], "recipients.1", Rule::NotAnEmail),
    ] {
        open([])
            .when(forward(recipients))
            .refused(Invalid::new(field, rule));
    }
}

#[test]
fn reminds_once_at_each_stage() {
    let reminded = |stage| InvoiceEvent::Reminded { stage, on: day(17) };
    open([]).when(remind(1)).once([reminded(1)]);
    open([reminded(1)]).when(remind(2)).once([reminded(2)]);
}

#[test]
fn refuses_to_remind_of_what_is_paid_voided_or_written_off() {
    for (history, refusal) in [
        (vec![applied(P, 100_00), paid()], InvoiceError::AlreadyPaid),
        (vec![voided()], InvoiceError::Voided),
        (vec![written_off(100_00)], InvoiceError::WrittenOff),
    ] {
        open(history).when(remind(1)).refused(refusal);
    }
    open([])
        .when(remind(0))
        .refused(Invalid::new("stage", Rule::NotPositive));
}

// Void, WriteOff, ReverseWriteOff

#[test]
fn voids_what_nothing_has_settled() {
    open([]).when(void("never due")).once([voided()]);
    let history = [
        reserved(P, 100_00),
        released(P, 100_00),
        applied(Q, 1),
        unapplied(Q, 1),
    ];
    open(history).when(void("never due")).once([voided()]);
}

#[test]
fn refuses_to_void_while_something_is_settled_or_under_way() {
    for (history, refusal) in [
        (
            vec![applied(P, 10_00)],
            InvoiceError::PaymentsApplied(eur(10_00)),
        ),
        (
            vec![reserved(P, 10_00)],
            InvoiceError::PaymentPending(eur(10_00)),
        ),
        (vec![written_off(100_00)], InvoiceError::WrittenOff),
    ] {
        open(history).when(void("never due")).refused(refusal);
    }
}

#[test]
fn writes_off_what_is_still_due() {
    let history = [applied(P, 30_00)];
    open(history)
        .when(write_off("insolvent"))
        .once([written_off(70_00)]);
}

#[test]
fn refuses_to_write_off_what_is_paid_voided_or_being_paid() {
    for (history, refusal) in [
        (vec![applied(P, 100_00), paid()], InvoiceError::AlreadyPaid),
        (
            vec![reserved(P, 10_00)],
            InvoiceError::PaymentPending(eur(10_00)),
        ),
        (vec![voided()], InvoiceError::Voided),
    ] {
        open(history).when(write_off("insolvent")).refused(refusal);
    }
}

#[test]
fn reverses_a_write_off_and_all_of_it_is_due_again() {
    let history = [applied(P, 30_00), written_off(70_00)];
    open(history.clone())
        .when(reverse("solvent"))
        .once([write_off_reversed(70_00)]);
    let again = history.into_iter().chain([write_off_reversed(70_00)]);
    open(again)
        .when(write_off("insolvent"))
        .once([written_off(70_00)]);
}

#[test]
fn refuses_to_reverse_what_is_not_written_off() {
    for (history, refusal) in [
        (vec![], InvoiceError::NotWrittenOff),
        (vec![voided()], InvoiceError::Voided),
    ] {
        open(history).when(reverse("solvent")).refused(refusal);
    }
}

#[test]
fn refuses_to_void_write_off_reverse_or_unapply_without_a_reason() {
    for command in [void(""), write_off(" "), reverse(""), unapply(P, "")] {
        open([applied(P, 1)])
            .when(command)
            .refused(required("reason"));
    }
}

// ReservePayment, ReleasePayment

#[test]
fn reserves_for_a_payment_before_the_provider_is_asked() {
    open([])
        .when(reserve(P, eur(100_00)))
        .once([reserved(P, 100_00)]);
    open([reserved(P, 60_00)])
        .when(reserve(Q, eur(40_00)))
        .once([reserved(Q, 40_00)]);
    open([applied(P, 60_00)])
        .when(reserve(P, eur(60_00)))
        .quiet();
}

#[test]
fn refuses_a_second_payment_while_one_is_under_way() {
    let pending = || InvoiceError::PaymentPending(eur(60_00));
    open([reserved(P, 60_00)])
        .when(reserve(Q, eur(60_00)))
        .refused(pending());
    open([reserved(P, 60_00)])
        .when(apply(Q, eur(60_00)))
        .refused(pending());
    open([reserved(P, 60_00)])
        .when(reserve(P, eur(70_00)))
        .refused(pending());
}

#[test]
fn refuses_to_reserve_for_a_payment_that_is_over() {
    let over = InvoiceError::PaymentReleased;
    for history in [
        [reserved(P, 1), released(P, 1)],
        [applied(P, 1), unapplied(P, 1)],
    ] {
        open(history).when(reserve(P, eur(1))).refused(over.clone());
    }
}

#[test]
fn refuses_payments_that_do_not_fit_what_is_due() {
    let exceeds = InvoiceError::PaymentExceedsAmountDue { due: eur(70_00) };
    let finer = Money {
        amount: dec("0.001"),
        ..eur(0)
    };
    for command in [reserve, apply] {
        let part_paid = || open([applied(P, 30_00)]);
        part_paid()
            .when(command(Q, eur(70_01)))
            .refused(exceeds.clone());
        for (amount, rule) in [
            (usd(1_00), Rule::WrongCurrency("EUR")),
            (eur(0), Rule::NotPositive),
            (eur(-1), Rule::NotPositive),
            (finer, Rule::TooManyDecimals(2)),
        ] {
            part_paid()
                .when(command(Q, amount))
                .refused(Invalid::new("amount", rule));
        }
    }
}

#[test]
fn refuses_payments_of_what_is_paid_voided_or_written_off() {
    for (history, refusal) in [
        (vec![applied(P, 100_00), paid()], InvoiceError::AlreadyPaid),
        (vec![voided()], InvoiceError::Voided),
        (vec![written_off(100_00)], InvoiceError::WrittenOff),
    ] {
        open(history.clone())
            .when(reserve(Q, eur(1)))
            .refused(refusal.clone());
        open(history).when(apply(Q, eur(1))).refused(refusal);
    }
}

#[test]
fn gives_a_reservation_back() {
    open([reserved(P, 60_00)])
        .when(release(P))
        .once([released(P, 60_00)]);
    open([]).when(release(P)).quiet();
}

// ApplyPayment, UnapplyPayment

#[test]
fn applies_a_payment_in_part() {
    open([])
        .when(apply(P, eur(30_00)))
        .once([applied(P, 30_00)]);
}

#[test]
fn the_payment_of_the_last_cent_pays_the_invoice() {
    open([applied(P, 99_99)])
        .when(apply(Q, eur(1)))
        .once([applied(Q, 1), paid()]);
}

#[test]
fn money_that_came_before_the_invoice_settles_it_on_its_date_of_issue() {
    let (payment_id, amount, on) = (P, eur(100_00), day(2));
    let early = InvoiceCommand::ApplyPayment {
        payment_id,
        round: 1,
        amount,
        on: day(1),
    };
    let applied = InvoiceEvent::PaymentApplied {
        payment_id,
        round: 1,
        amount,
        on,
    };
    open([])
        .when(early)
        .once([applied, InvoiceEvent::Paid { on }]);
}

#[test]
fn a_payment_uses_up_its_own_reservation() {
    let both = [reserved(P, 60_00), reserved(Q, 40_00)];
    open(both.clone())
        .when(apply(P, eur(60_00)))
        .once([applied(P, 60_00)]);
    let too_much = InvoiceError::PaymentPending(eur(40_00));
    open(both).when(apply(P, eur(60_01))).refused(too_much);
}

#[test]
fn applies_a_payment_that_succeeds_after_its_reservation_was_given_back() {
    let history = [reserved(P, 60_00), released(P, 60_00)];
    open(history)
        .when(apply(P, eur(60_00)))
        .once([applied(P, 60_00)]);
}

#[test]
fn each_allocation_of_a_payment_or_credit_note_adds_to_what_it_has_settled() {
    let (payment_id, on) = (P, day(3));
    let again = |round, cents| InvoiceCommand::ApplyPayment {
        payment_id,
        round,
        amount: eur(cents),
        on,
    };
    let second = InvoiceEvent::PaymentApplied {
        payment_id,
        round: 2,
        amount: eur(15_00),
        on,
    };
    open([applied(P, 10_00)])
        .when(again(2, 15_00))
        .once([second.clone()]);
    open([applied(P, 10_00)]).when(again(1, 15_00)).quiet();
    let both = [applied(P, 10_00), second];
    open(both.clone())
        .when(unapply(P, "bounced"))
        .once([unapplied(P, 25_00)]);
    open(both)
        .when(again(3, 75_01))
        .refused(InvoiceError::PaymentExceedsAmountDue { due: eur(75_00) });
    let credit = |round, cents| InvoiceCommand::ApplyCredit {
        credit_note_id: C,
        round,
        amount: eur(cents),
        on,
    };
    let more = InvoiceEvent::CreditApplied {
        credit_note_id: C,
        round: 2,
        amount: eur(10_00),
        on,
    };
    open([credit_applied(10_00)])
        .when(credit(2, 10_00))
        .once([more]);
}

#[test]
fn an_allocation_is_refused_also_where_an_earlier_one_is_applied_and_then_stays_refused() {
    open([applied(P, 10_00)])
        .when(refuse(2, "voided"))
        .once([payment_refused(2)]);
    open([payment_refused(1)])
        .when(apply(P, eur(10_00)))
        .refused(InvoiceError::PaymentNotApplied);
}

#[test]
fn an_application_from_before_allocations_added_up_counts_on() {
    let stored = serde_json::to_string(&applied(P, 10_00)).unwrap();
    assert!(!stored.contains("round"), "{stored}");
    assert_eq!(
        serde_json::from_str::<InvoiceEvent>(&stored).unwrap(),
        applied(P, 10_00)
    );
    // Taken back and allocated anew, an old log calls both of them the first.
    let old = [applied(P, 10_00), unapplied(P, 10_00), applied(P, 20_00)];
    open(old)
        .when(refuse(2, "voided"))
        .refused(InvoiceError::PaymentAlreadyApplied(eur(20_00)));
}

#[test]
fn refuses_to_reserve_for_a_payment_that_is_applied_with_another_amount() {
    let refusal = InvoiceError::PaymentAlreadyApplied(eur(30_00));
    open([applied(P, 30_00)])
        .when(reserve(P, eur(40_00)))
        .refused(refusal);
}

#[test]
fn stays_quiet_when_a_payment_is_applied_again_after_the_rest_was_written_off() {
    open([applied(P, 30_00), written_off(70_00)])
        .when(apply(P, eur(30_00)))
        .quiet();
}

#[test]
fn what_is_unapplied_is_due_again() {
    let history = [applied(P, 100_00), paid()];
    open(history.clone())
        .when(unapply(P, "bounced"))
        .once([unapplied(P, 100_00)]);
    let history = history.into_iter().chain([unapplied(P, 100_00)]);
    open(history)
        .when(apply(Q, eur(100_00)))
        .once([applied(Q, 100_00), paid()]);
}

#[test]
fn stays_quiet_when_a_payment_is_unapplied_again_after_a_void() {
    let history = [applied(P, 1), unapplied(P, 1), voided()];
    open(history).when(unapply(P, "bounced")).quiet();
}

#[test]
fn refuses_to_unapply_what_is_not_applied() {
    open([])
        .when(unapply(P, "bounced"))
        .refused(InvoiceError::PaymentNotApplied);
}

#[test]
fn refuses_to_unapply_while_the_rest_is_written_off() {
    let history = [applied(P, 30_00), written_off(70_00)];
    open(history)
        .when(unapply(P, "bounced"))
        .refused(InvoiceError::WrittenOff);
}

#[test]
fn writes_amounts_with_just_the_places_of_their_currency() {
    let ten = Money {
        amount: dec("10"),
        currency: Currency::EUR,
    };
    let invoice = state([drafted(), issued()]);
    for command in [reserve(P, ten), apply(P, ten)] {
        let events = format!("{:?}", invoice.decide(command));
        assert!(events.contains("amount: 10.00,"), "{events}");
    }
}

fn state(events: impl IntoIterator<Item = InvoiceEvent>) -> Invoice {
    let mut invoice = Invoice::default();
    for event in events {
        invoice.apply_event(event);
    }
    invoice
}

// Questions

#[test]
fn says_beforehand_what_a_reservation_would_be_told() {
    for (history, amount) in [
        (vec![], eur(1)),
        (vec![drafted()], eur(1)),
        (vec![drafted(), issued()], eur(100_00)),
        (vec![drafted(), issued()], usd(1)),
        (vec![drafted(), issued(), reserved(P, 60_00)], eur(60_00)),
        (vec![drafted(), issued(), voided()], eur(1)),
    ] {
        let invoice = state(history.clone());
        let told = invoice.decide(reserve(Q, amount)).map(|_| ());
        assert_eq!(invoice.check_payable(amount), told, "{history:?}");
    }
}

// RefusePayment

fn refuse(round: u32, reason: &str) -> InvoiceCommand {
    InvoiceCommand::RefusePayment {
        payment_id: P,
        round,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn payment_refused(round: u32) -> InvoiceEvent {
    InvoiceEvent::PaymentRefused {
        payment_id: P,
        round,
        reason: "voided".to_owned(),
        on: day(4),
    }
}

#[test]
fn says_once_for_each_allocation_that_a_payment_cannot_be_applied() {
    open([])
        .when(refuse(1, "voided"))
        .once([payment_refused(1)]);
    open([payment_refused(1)])
        .when(refuse(2, "voided"))
        .once([payment_refused(2)]);
    open([voided()])
        .when(refuse(1, "voided"))
        .once([payment_refused(1)]);
}

#[test]
fn a_refused_payment_gives_its_reservation_back() {
    let release = InvoiceEvent::PaymentReleased {
        payment_id: P,
        amount: eur(60_00),
        on: day(4),
    };
    open([reserved(P, 60_00)])
        .when(refuse(1, "voided"))
        .once([payment_refused(1), release]);
}

#[test]
fn refuses_to_refuse_what_is_applied_and_what_has_no_reason() {
    open([applied(P, 60_00)])
        .when(refuse(1, "voided"))
        .refused(InvoiceError::PaymentAlreadyApplied(eur(60_00)));
    open([]).when(refuse(1, " ")).refused(required("reason"));
}

// ApplyCredit, RefuseCredit, UnapplyCredit

fn apply_credit(amount: Money) -> InvoiceCommand {
    InvoiceCommand::ApplyCredit {
        credit_note_id: C,
        round: 1,
        amount,
        on: day(3),
    }
}

fn refuse_credit(round: u32, reason: &str) -> InvoiceCommand {
    InvoiceCommand::RefuseCredit {
        credit_note_id: C,
        round,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn unapply_credit(reason: &str) -> InvoiceCommand {
    InvoiceCommand::UnapplyCredit {
        credit_note_id: C,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn credit_applied(cents: i64) -> InvoiceEvent {
    InvoiceEvent::CreditApplied {
        credit_note_id: C,
        round: 1,
        amount: eur(cents),
        on: day(3),
    }
}

fn credit_refused(round: u32) -> InvoiceEvent {
    InvoiceEvent::CreditRefused {
        credit_note_id: C,
        round,
        reason: "voided".to_owned(),
        on: day(4),
    }
}

fn credit_unapplied(cents: i64) -> InvoiceEvent {
    InvoiceEvent::CreditUnapplied {
        credit_note_id: C,
        amount: eur(cents),
        reason: "meant for another".to_owned(),
        on: day(4),
    }
}

#[test]
fn applies_a_credit_note_in_part_or_whole() {
    open([])
        .when(apply_credit(eur(30_00)))
        .once([credit_applied(30_00)]);
    open([])
        .when(apply_credit(eur(100_00)))
        .once([credit_applied(100_00), paid()]);
    open([applied(P, 60_00)])
        .when(apply_credit(eur(40_00)))
        .once([credit_applied(40_00), paid()]);
    open([credit_applied(60_00)])
        .when(apply(P, eur(40_00)))
        .once([applied(P, 40_00), paid()]);
}

#[test]
fn refuses_credit_that_does_not_fit_what_is_due_and_not_reserved() {
    for (history, amount, refusal) in [
        (
            vec![applied(P, 30_00)],
            eur(70_01),
            InvoiceError::PaymentExceedsAmountDue { due: eur(70_00) },
        ),
        (
            vec![reserved(P, 60_00)],
            eur(40_01),
            InvoiceError::PaymentPending(eur(60_00)),
        ),
        (
            vec![applied(P, 100_00), paid()],
            eur(1),
            InvoiceError::AlreadyPaid,
        ),
        (vec![voided()], eur(1), InvoiceError::Voided),
        (vec![written_off(100_00)], eur(1), InvoiceError::WrittenOff),
        (
            vec![],
            eur(0),
            Invalid::new("amount", Rule::NotPositive).into(),
        ),
        (
            vec![],
            usd(1),
            Invalid::new("amount", Rule::WrongCurrency("EUR")).into(),
        ),
    ] {
        open(history).when(apply_credit(amount)).refused(refusal);
    }
}

#[test]
fn an_invoice_with_credit_applied_cannot_be_voided() {
    open([credit_applied(10_00)])
        .when(void("never due"))
        .refused(InvoiceError::PaymentsApplied(eur(10_00)));
    open([credit_applied(10_00)])
        .when(write_off("insolvent"))
        .once([written_off(90_00)]);
}

#[test]
fn a_payment_and_a_credit_note_of_one_id_are_two() {
    open([applied(P, 30_00)])
        .when(apply_credit(eur(30_00)))
        .once([credit_applied(30_00)]);
    open([applied(P, 30_00)])
        .when(unapply_credit("meant for another"))
        .refused(InvoiceError::CreditNotApplied);
    open([reserved(P, 60_00)])
        .when(refuse_credit(1, "voided"))
        .once([credit_refused(1)]);
}

#[test]
fn credit_that_is_unapplied_is_due_again() {
    let history = [credit_applied(100_00), paid()];
    open(history.clone())
        .when(unapply_credit("meant for another"))
        .once([credit_unapplied(100_00)]);
    let history: Vec<_> = history
        .into_iter()
        .chain([credit_unapplied(100_00)])
        .collect();
    // The same allocation is not applied again; another one is.
    open(history.clone()).when(apply_credit(eur(50_00))).quiet();
    let (credit_note_id, round, amount, on) = (C, 2, eur(50_00), day(3));
    let again = InvoiceCommand::ApplyCredit {
        credit_note_id,
        round,
        amount,
        on,
    };
    let applied = InvoiceEvent::CreditApplied {
        credit_note_id,
        round,
        amount,
        on,
    };
    open(history).when(again).once([applied]);
}

#[test]
fn refuses_to_unapply_credit_that_is_not_applied_without_a_reason_or_while_the_rest_is_written_off()
{
    open([])
        .when(unapply_credit("meant for another"))
        .refused(InvoiceError::CreditNotApplied);
    open([credit_applied(1)])
        .when(unapply_credit(" "))
        .refused(required("reason"));
    open([credit_applied(30_00), written_off(70_00)])
        .when(unapply_credit("meant for another"))
        .refused(InvoiceError::WrittenOff);
}

#[test]
fn says_once_for_each_allocation_that_credit_cannot_be_applied() {
    for history in [vec![], vec![voided()], vec![written_off(100_00)]] {
        open(history)
            .when(refuse_credit(1, "voided"))
            .once([credit_refused(1)]);
    }
    open([credit_refused(1)])
        .when(refuse_credit(2, "voided"))
        .once([credit_refused(2)]);
    open([credit_applied(60_00)])
        .when(refuse_credit(1, "voided"))
        .refused(InvoiceError::CreditAlreadyApplied(eur(60_00)));
    open([])
        .when(refuse_credit(1, " "))
        .refused(required("reason"));
}
