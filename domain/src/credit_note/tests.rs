//! The credit note's commands: what each brings about, and what refuses it.

use super::*;
use crate::document::{Discount, DocumentDraft};
use crate::ids::InvoiceId;
use crate::invalid::{Invalid, Rule};
use crate::invoice::InvoiceError;
use crate::money::Currency;
use crate::party::Party;
use crate::testing::{
    Given, assert_every_refusal_is_tested, day, dec, draft as euros, eur, given, id, line, party,
    priced, usd, vat,
};

const CUSTOMER: CustomerId = CustomerId(uuid::Uuid::from_u128(1));
/// Two invoices.
const A: InvoiceId = InvoiceId(uuid::Uuid::from_u128(11));
const B: InvoiceId = InvoiceId(uuid::Uuid::from_u128(12));
const REFUND: RefundId = RefundId(uuid::Uuid::from_u128(31));

// What has happened: a credit note of 100 euros, issued on the 2nd.

fn drafted() -> CreditNoteEvent {
    drafted_from(None, &euros(100))
}

fn drafted_from(source: Option<CreditNoteSource>, draft: &DocumentDraft) -> CreditNoteEvent {
    CreditNoteEvent::Drafted {
        customer_id: CUSTOMER,
        document: priced(draft),
        source,
        on: day(1),
    }
}

fn discarded() -> CreditNoteEvent {
    CreditNoteEvent::DraftDiscarded { on: day(2) }
}

fn issued() -> CreditNoteEvent {
    CreditNoteEvent::Issued {
        number: "CN-00001".to_owned(),
        issue_date: day(2),
        total: eur(100_00),
        seller: party("Seller"),
        buyer: party("Buyer"),
    }
}

fn allocated(invoice_id: InvoiceId, cents: i64) -> CreditNoteEvent {
    CreditNoteEvent::Allocated {
        invoice_id,
        amount: eur(cents),
        on: day(4),
    }
}

fn deallocated(invoice_id: InvoiceId, cents: i64) -> CreditNoteEvent {
    CreditNoteEvent::Deallocated {
        invoice_id,
        amount: eur(cents),
        reason: "voided".to_owned(),
        on: day(4),
    }
}

fn refunded(cents: i64) -> CreditNoteEvent {
    CreditNoteEvent::Refunded {
        refund_id: REFUND,
        amount: eur(cents),
        reason: "by cheque".to_owned(),
        on: day(5),
    }
}

fn voided() -> CreditNoteEvent {
    CreditNoteEvent::Voided {
        reason: "never owed".to_owned(),
        on: day(6),
    }
}

// What is asked.

fn draft(draft: DocumentDraft, source: Option<CreditNoteSource>) -> CreditNoteCommand {
    CreditNoteCommand::Draft(DraftCreditNote {
        customer_id: CUSTOMER,
        draft,
        source,
        on: day(1),
    })
}

fn revise(draft: DocumentDraft) -> CreditNoteCommand {
    CreditNoteCommand::ReviseDraft { draft, on: day(1) }
}

fn discard() -> CreditNoteCommand {
    CreditNoteCommand::DiscardDraft { on: day(2) }
}

fn issue_with(change: impl FnOnce(&mut IssueCreditNote)) -> CreditNoteCommand {
    let mut command = IssueCreditNote {
        number: "CN-00001".to_owned(),
        seller: party("Seller"),
        buyer: party("Buyer"),
        creditable: None,
        on: day(2),
    };
    change(&mut command);
    CreditNoteCommand::Issue(command)
}

fn issue() -> CreditNoteCommand {
    issue_with(|_| {})
}

fn allocate(invoice_id: InvoiceId, amount: Money) -> CreditNoteCommand {
    CreditNoteCommand::Allocate {
        invoice_id,
        amount,
        on: day(4),
    }
}

fn deallocate(invoice_id: InvoiceId, reason: &str) -> CreditNoteCommand {
    CreditNoteCommand::Deallocate {
        invoice_id,
        amount: None,
        reason: reason.to_owned(),
        on: day(4),
    }
}

fn refund(amount: Money, reason: &str) -> CreditNoteCommand {
    CreditNoteCommand::Refund {
        refund_id: REFUND,
        amount,
        reason: reason.to_owned(),
        on: day(5),
    }
}

fn void(reason: &str) -> CreditNoteCommand {
    CreditNoteCommand::Void {
        reason: reason.to_owned(),
        on: day(6),
    }
}

fn from_invoice(invoice_id: InvoiceId) -> Option<CreditNoteSource> {
    Some(CreditNoteSource::Invoice { invoice_id })
}

fn required(field: &str) -> Invalid {
    Invalid::new(field, Rule::Required)
}

/// A credit note to which this has happened.
fn note(events: impl IntoIterator<Item = CreditNoteEvent>) -> Given<CreditNote> {
    given(events)
}

/// The credit note of 100 euros, issued, to which this has happened since.
fn open(events: impl IntoIterator<Item = CreditNoteEvent>) -> Given<CreditNote> {
    given([drafted(), issued()].into_iter().chain(events))
}

fn commands_to_an_issued_one() -> [CreditNoteCommand; 4] {
    [
        allocate(A, eur(1)),
        deallocate(A, "voided"),
        refund(eur(1), "by cheque"),
        void("never owed"),
    ]
}

#[test]
fn every_refusal_is_tested() {
    let tests = include_str!("tests.rs");
    assert_every_refusal_is_tested("CreditNoteError", include_str!("error.rs"), tests);
}

#[test]
fn refuses_anything_but_a_draft_of_what_is_not_there() {
    let all = [revise(euros(90)), discard(), issue()];
    for command in all.into_iter().chain(commands_to_an_issued_one()) {
        note([]).when(command).refused(CreditNoteError::NotDrafted);
    }
}

#[test]
fn refuses_what_needs_an_issued_credit_note_while_it_is_a_draft() {
    for command in commands_to_an_issued_one() {
        note([drafted()])
            .when(command.clone())
            .refused(CreditNoteError::NotIssued);
        note([drafted(), discarded()])
            .when(command)
            .refused(CreditNoteError::Discarded);
    }
}

// Draft, ReviseDraft, DiscardDraft

#[test]
fn drafts_for_a_customer_or_for_an_invoice() {
    for source in [None, from_invoice(A)] {
        note([])
            .when(draft(euros(100), source))
            .once([drafted_from(source, &euros(100))]);
    }
}

#[test]
fn refuses_another_credit_note_under_the_same_id() {
    let other_customer = CreditNoteCommand::Draft(DraftCreditNote {
        customer_id: CustomerId(id(9)),
        draft: euros(100),
        source: None,
        on: day(1),
    });
    for command in [
        other_customer,
        draft(euros(90), None),
        draft(euros(100), from_invoice(A)),
    ] {
        note([drafted()])
            .when(command)
            .refused(CreditNoteError::AlreadyDrafted);
    }
}

#[test]
fn stays_quiet_when_drafted_from_its_source_again_whatever_has_become_of_it() {
    let source = from_invoice(A);
    let revised = CreditNoteEvent::DraftRevised {
        document: priced(&euros(90)),
        on: day(1),
    };
    for since in [revised, discarded(), issued()] {
        let history = [drafted_from(source, &euros(100)), since];
        note(history).when(draft(euros(100), source)).quiet();
    }
}

#[test]
fn revises_a_draft() {
    let mut document = priced(&euros(90));
    document.lines[0].line_id = 2;
    let event = CreditNoteEvent::DraftRevised {
        document,
        on: day(1),
    };
    note([drafted()]).when(revise(euros(90))).once([event]);
    note([drafted()]).when(revise(euros(100))).quiet();
}

#[test]
fn refuses_a_draft_that_breaks_a_rule_of_its_fields() {
    let mut dollars = euros(100);
    dollars.currency = Currency::USD;
    let refusal = Invalid::new("currency", Rule::WrongCurrency("EUR"));
    note([drafted()]).when(revise(dollars)).refused(refusal);
    let mut none = euros(100);
    none.lines[0].quantity = dec("0");
    let refusal = Invalid::new("lines.0.quantity", Rule::Zero);
    note([]).when(draft(none, None)).refused(refusal);
}

#[test]
fn a_draft_is_thrown_away_once_and_for_all() {
    note([drafted()]).when(discard()).once([discarded()]);
    for command in [revise(euros(90)), issue()] {
        note([drafted(), discarded()])
            .when(command)
            .refused(CreditNoteError::Discarded);
    }
}

#[test]
fn refuses_to_edit_or_throw_away_what_is_issued() {
    for command in [revise(euros(90)), discard()] {
        open([])
            .when(command)
            .refused(CreditNoteError::AlreadyIssued);
    }
}

// Issue

#[test]
fn issues_a_draft_under_its_number_with_both_parties_frozen() {
    note([drafted()]).when(issue()).once([issued()]);
}

#[test]
fn stays_quiet_when_issued_again_with_a_later_number() {
    let again = || issue_with(|i| i.number = "CN-00002".to_owned());
    open([]).when(again()).quiet();
    open([voided()]).when(again()).quiet();
}

#[test]
fn refuses_to_issue_over_more_than_its_invoice_is_not_credited_for() {
    let with = |left| move |issue: &mut IssueCreditNote| issue.creditable = Some(eur(left));
    for left in [9_999, 0, -1] {
        note([drafted()])
            .when(issue_with(with(left)))
            .refused(CreditNoteError::ExceedsInvoice {
                creditable: eur(left),
            });
    }
    note([drafted()])
        .when(issue_with(with(10_000)))
        .once([issued()]);
    open([]).when(issue_with(with(0))).quiet();
    let yen = Money::from_minor(20_000, Currency::JPY);
    note([drafted()])
        .when(issue_with(|issue| issue.creditable = Some(yen)))
        .refused(Invalid::new("currency", Rule::WrongCurrency("JPY")));
}

#[test]
fn refuses_to_issue_over_nothing_or_less() {
    let mut negative = euros(100);
    negative.lines[0].quantity = dec("-1");
    for draft in [euros(0), negative] {
        note([drafted_from(None, &draft)])
            .when(issue())
            .refused(CreditNoteError::TotalNotPositive);
    }
}

#[test]
fn refuses_to_issue_what_breaks_a_rule_of_its_fields() {
    for (command, refusal) in [
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
        note([drafted()]).when(command).refused(refusal);
    }
}

// Allocate, Deallocate, Refund

#[test]
fn is_given_to_one_or_several_invoices() {
    open([])
        .when(allocate(A, eur(60_00)))
        .then([allocated(A, 60_00)])
        .refused(CreditNoteError::ExceedsUnapplied {
            unapplied: eur(40_00),
        });
    open([allocated(A, 60_00)])
        .when(allocate(B, eur(40_00)))
        .then([allocated(B, 40_00)])
        .refused(CreditNoteError::ExceedsUnapplied { unapplied: eur(0) });
}

#[test]
fn refuses_to_allocate_or_refund_more_than_is_unapplied() {
    for (history, unapplied) in [
        (vec![], eur(100_00)),
        (vec![allocated(B, 60_00)], eur(40_00)),
        (vec![allocated(B, 60_00), refunded(15_00)], eur(25_00)),
        (vec![allocated(B, 100_00)], eur(0)),
    ] {
        let more = eur(unapplied.minor() + 1);
        let exceeds = || CreditNoteError::ExceedsUnapplied { unapplied };
        let refund = CreditNoteCommand::Refund {
            refund_id: RefundId(id(32)),
            amount: more,
            reason: "by cheque".to_owned(),
            on: day(5),
        };
        open(history.clone())
            .when(allocate(A, more))
            .refused(exceeds());
        open(history).when(refund).refused(exceeds());
    }
}

#[test]
fn allocations_to_the_same_invoice_add_up() {
    open([allocated(A, 60_00)])
        .when(allocate(A, eur(10_00)))
        .each_time([allocated(A, 10_00)]);
    open([allocated(A, 60_00), allocated(A, 10_00)])
        .when(allocate(A, eur(30_01)))
        .refused(CreditNoteError::ExceedsUnapplied {
            unapplied: eur(30_00),
        });
    open([allocated(A, 60_00), allocated(A, 10_00)])
        .when(deallocate(A, "voided"))
        .once([deallocated(A, 70_00)]);
}

#[test]
fn what_is_deallocated_is_unapplied_again() {
    let history = [allocated(A, 60_00)];
    open(history.clone())
        .when(deallocate(A, "voided"))
        .once([deallocated(A, 60_00)]);
    let history = history.into_iter().chain([deallocated(A, 60_00)]);
    open(history)
        .when(allocate(B, eur(100_00)))
        .then([allocated(B, 100_00)])
        .refused(CreditNoteError::ExceedsUnapplied { unapplied: eur(0) });
}

#[test]
fn refuses_to_deallocate_what_is_not_allocated() {
    open([allocated(A, 1)])
        .when(deallocate(B, "voided"))
        .refused(CreditNoteError::NotAllocated);
}

#[test]
fn is_given_back_in_part_or_whole() {
    for cents in [15_00, 100_00] {
        open([])
            .when(refund(eur(cents), "by cheque"))
            .once([refunded(cents)]);
    }
}

#[test]
fn refuses_another_refund_under_the_same_id() {
    open([refunded(15_00)])
        .when(refund(eur(10_00), "by cheque"))
        .refused(CreditNoteError::RefundExists);
}

#[test]
fn refuses_amounts_and_reasons_that_break_a_rule_of_their_fields() {
    let finer = Money {
        amount: dec("0.001"),
        ..eur(0)
    };
    for (command, field, rule) in [
        (allocate(B, eur(0)), "amount", Rule::NotPositive),
        (allocate(B, usd(1)), "amount", Rule::WrongCurrency("EUR")),
        (allocate(B, finer), "amount", Rule::TooManyDecimals(2)),
        (refund(eur(-1), "by cheque"), "amount", Rule::NotPositive),
        (
            refund(usd(1), "by cheque"),
            "amount",
            Rule::WrongCurrency("EUR"),
        ),
        (refund(eur(1), ""), "reason", Rule::Required),
        (deallocate(A, ""), "reason", Rule::Required),
        (void(" "), "reason", Rule::Required),
    ] {
        open([allocated(A, 1)])
            .when(command)
            .refused(Invalid::new(field, rule));
    }
}

#[test]
fn writes_amounts_with_just_the_places_of_their_currency() {
    let ten = Money {
        amount: dec("10"),
        currency: Currency::EUR,
    };
    let note = state([drafted(), issued()]);
    for command in [allocate(A, ten), refund(ten, "by cheque")] {
        let events = format!("{:?}", note.decide(command));
        assert!(events.contains("amount: 10.00,"), "{events}");
    }
}

// Void

#[test]
fn voids_what_nothing_is_used_of() {
    open([]).when(void("never owed")).once([voided()]);
    open([allocated(A, 60_00), deallocated(A, 60_00)])
        .when(void("never owed"))
        .once([voided()]);
}

#[test]
fn refuses_to_void_what_is_used() {
    for (history, used) in [
        (vec![allocated(A, 60_00)], eur(60_00)),
        (vec![refunded(15_00)], eur(15_00)),
        (vec![allocated(A, 60_00), refunded(15_00)], eur(75_00)),
    ] {
        open(history)
            .when(void("never owed"))
            .refused(CreditNoteError::Used(used));
    }
}

#[test]
fn refuses_to_use_what_is_voided() {
    for command in [allocate(A, eur(1)), refund(eur(1), "by cheque")] {
        open([voided()])
            .when(command)
            .refused(CreditNoteError::Voided);
    }
}

// Questions

fn state(events: impl IntoIterator<Item = CreditNoteEvent>) -> CreditNote {
    let mut note = CreditNote::default();
    for event in events {
        note.apply_event(event);
    }
    note
}

#[test]
fn where_it_stands_follows_from_what_has_happened() {
    let stands = |history: Vec<CreditNoteEvent>| {
        let drafted = state(history).drafted.unwrap();
        (drafted.standing(), drafted.unapplied().minor())
    };
    let issued = |since: Vec<CreditNoteEvent>| [vec![drafted(), issued()], since].concat();
    assert_eq!(stands(vec![drafted()]), (Standing::Draft, 0));
    assert_eq!(
        stands(vec![drafted(), discarded()]),
        (Standing::Discarded, 0)
    );
    assert_eq!(stands(issued(vec![])), (Standing::Open, 100_00));
    assert_eq!(
        stands(issued(vec![allocated(A, 60_00), refunded(39_99)])),
        (Standing::Open, 1)
    );
    assert_eq!(
        stands(issued(vec![allocated(A, 60_00), refunded(40_00)])),
        (Standing::Closed, 0)
    );
    assert_eq!(stands(issued(vec![voided()])), (Standing::Voided, 0));
}

#[test]
fn an_allocation_made_anew_is_another_one() {
    let round = |history: Vec<CreditNoteEvent>| {
        let issued = [vec![drafted(), issued()], history].concat();
        let drafted = state(issued).drafted.unwrap();
        drafted.issued.unwrap().allocations.rounds(A)
    };
    assert_eq!(round(vec![allocated(A, 1)]), 1);
    assert_eq!(
        round(vec![
            allocated(A, 1),
            deallocated(A, 1),
            allocated(B, 1),
            allocated(A, 2)
        ]),
        2
    );
}

// Copying an invoice's lines

/// Three hours at 33.33 less 5 euros, and 2 stamps, all less 10 euros.
fn bill() -> Document {
    let mut hours = line("Hours", "3", "33.33", vat("20"));
    hours.discount = Some(Discount::Amount(dec("5")));
    let mut bill = euros(0);
    bill.lines = vec![hours, line("Stamps", "2", "1.10", vat("10"))];
    bill.discount = Some(Discount::Amount(dec("10")));
    bill.notes = Some("Thank you".to_owned());
    priced(&bill)
}

fn pick(line_id: u32, quantity: Option<&str>) -> LinePick {
    LinePick {
        line_id,
        quantity: quantity.map(dec),
    }
}

#[test]
fn a_copy_of_all_lines_comes_to_the_same() {
    let bill = bill();
    for picks in [vec![], vec![pick(1, None), pick(2, Some("2"))]] {
        let copy = priced(&copy_lines(&bill, &picks).unwrap());
        assert_eq!((copy.totals, copy.notes), (bill.totals.clone(), None));
    }
}

#[test]
fn a_copy_of_some_lines_has_its_share_of_the_discounts() {
    let copy = copy_lines(&bill(), &[pick(1, Some("1"))]).unwrap();
    assert_eq!(copy.lines[0].discount, Some(Discount::Amount(dec("1.67"))));
    let copy = priced(&copy);
    // 31.66 of 97.19 in all: 3.26 of the 10 euros.
    assert_eq!(copy.totals.lines, dec("31.66"));
    assert_eq!(copy.totals.discount, dec("3.26"));
    assert_eq!(copy.total(), eur(34_08));
    let mut percent = bill();
    percent.discount = Some(Discount::Percent(dec("10")));
    let copy = copy_lines(&percent, &[pick(2, None)]).unwrap();
    assert_eq!(copy.discount, percent.discount);
}

#[test]
fn refuses_picks_that_are_not_on_the_invoice() {
    let range = Rule::OutOfRange(dec("0"), dec("3"));
    for (picks, field, rule) in [
        (vec![pick(3, None)], "lines.0.lineId", Rule::NotThere),
        (
            vec![pick(1, Some("1")), pick(1, None)],
            "lines.1.lineId",
            Rule::Duplicate,
        ),
        (vec![pick(1, Some("0"))], "lines.0.quantity", Rule::Zero),
        (
            vec![pick(1, Some("3.1"))],
            "lines.0.quantity",
            range.clone(),
        ),
        (vec![pick(1, Some("-1"))], "lines.0.quantity", range),
    ] {
        let refusal = Invalid::new(field, rule);
        assert_eq!(copy_lines(&bill(), &picks), Err(refusal));
    }
}

#[test]
fn what_an_invoice_took_back_is_taken_back_on_the_copy() {
    let mut bill = euros(100);
    bill.lines.push(line("Returned", "-2", "10", vat("20")));
    let bill = priced(&bill);
    let copy = copy_lines(&bill, &[pick(1, None), pick(2, Some("-1"))]).unwrap();
    assert_eq!(priced(&copy).total(), eur(88_00));
    let refusal = Invalid::new("lines.0.quantity", Rule::OutOfRange(dec("-2"), dec("0")));
    assert_eq!(copy_lines(&bill, &[pick(2, Some("1"))]), Err(refusal));
}

#[test]
fn says_why_the_invoice_is_not_corrected() {
    let creditable = eur(1_00);
    for (refusal, said) in [
        (InvoiceError::Voided, CreditNoteError::InvoiceVoided),
        (InvoiceError::WrittenOff, CreditNoteError::InvoiceWrittenOff),
        (
            InvoiceError::ExceedsInvoice { creditable },
            CreditNoteError::ExceedsInvoice { creditable },
        ),
    ] {
        assert_eq!(CreditNoteError::of_invoice(refusal), Ok(said));
    }
    let other = InvoiceError::NotIssued;
    assert_eq!(CreditNoteError::of_invoice(other.clone()), Err(other));
}

#[test]
fn a_draft_takes_the_amounts_that_its_invoice_fits_it_to_and_no_other_words() {
    let mut fitted = priced(&euros(100));
    fitted.lines[0].amount = dec("99.99");
    fitted.totals.lines = dec("99.99");
    let fit = |document: &Document| CreditNoteCommand::FitDraft {
        document: document.clone(),
        on: day(2),
    };
    let revised = CreditNoteEvent::DraftRevised {
        document: fitted.clone(),
        on: day(2),
    };
    given::<CreditNote>([drafted()])
        .when(fit(&fitted))
        .once([revised]);
    fitted.notes = Some("Other words".to_owned());
    given::<CreditNote>([drafted()]).when(fit(&fitted)).quiet();
    let issued = [drafted(), issued()];
    given::<CreditNote>(issued).when(fit(&fitted)).quiet();
}
