//! Disputes, and deposits that a final invoice closes.

use super::*;

const FINAL: InvoiceId = InvoiceId(uuid::Uuid::from_u128(31));

fn by(n: u128, line_id: Option<u32>) -> DisputeInvoice {
    DisputeInvoice {
        dispute_id: DisputeId(id(n)),
        line_id,
        reason: " never delivered ".to_owned(),
        amount: Some(eur(40_00)),
        on: day(7),
    }
}

pub(super) fn dispute(n: u128, line_id: Option<u32>) -> InvoiceCommand {
    InvoiceCommand::Dispute(by(n, line_id))
}

fn dispute_over(amount: Money) -> InvoiceCommand {
    InvoiceCommand::Dispute(DisputeInvoice {
        amount: Some(amount),
        ..by(1, None)
    })
}

pub(super) fn disputed(n: u128, line_id: Option<u32>) -> InvoiceEvent {
    InvoiceEvent::Disputed {
        dispute_id: DisputeId(id(n)),
        line_id,
        reason: "never delivered".to_owned(),
        amount: Some(eur(40_00)),
        on: day(7),
    }
}

pub(super) fn settle(n: u128, outcome: DisputeOutcome, words: &str) -> InvoiceCommand {
    InvoiceCommand::SettleDispute {
        dispute_id: DisputeId(id(n)),
        outcome,
        words: words.to_owned(),
        on: day(8),
    }
}

pub(super) fn settled(n: u128, outcome: DisputeOutcome, words: &str) -> InvoiceEvent {
    InvoiceEvent::DisputeSettled {
        dispute_id: DisputeId(id(n)),
        outcome,
        words: words.to_owned(),
        on: day(8),
    }
}

#[test]
fn disputes_the_whole_or_a_line() {
    open([]).when(dispute(1, None)).once([disputed(1, None)]);
    open([disputed(1, None)])
        .when(dispute(2, Some(1)))
        .once([disputed(2, Some(1))]);
}

#[test]
fn disputes_what_is_paid_or_written_off() {
    for past in [vec![applied(P, 100_00), paid()], vec![written_off(100_00)]] {
        open(past).when(dispute(1, None)).once([disputed(1, None)]);
    }
}

#[test]
fn disputes_again_once_the_last_dispute_is_settled() {
    let past = [
        disputed(1, None),
        settled(1, DisputeOutcome::Rejected, "It was."),
    ];
    open(past).when(dispute(2, None)).once([disputed(2, None)]);
}

#[test]
fn refuses_a_second_dispute_of_the_same_thing() {
    open([disputed(1, None)])
        .when(dispute(2, None))
        .refused(InvoiceError::DisputeOpen);
    open([disputed(1, Some(1))])
        .when(dispute(2, Some(1)))
        .refused(InvoiceError::DisputeOpen);
}

#[test]
fn refuses_another_dispute_under_the_same_id() {
    open([disputed(1, None)])
        .when(dispute(1, Some(1)))
        .refused(InvoiceError::DisputeExists);
}

#[test]
fn refuses_to_dispute_a_line_that_is_not_there_and_what_is_voided() {
    open([])
        .when(dispute(1, Some(2)))
        .refused(InvoiceError::NoSuchLine(2));
    open([voided()])
        .when(dispute(1, None))
        .refused(InvoiceError::Voided);
}

#[test]
fn refuses_a_dispute_that_breaks_a_rule_of_its_fields() {
    let bounds = Rule::OutOfRange(dec("0.00"), dec("100.00"));
    for (command, refusal) in [
        (dispute_over(eur(100_01)), Invalid::new("amount", bounds)),
        (
            dispute_over(eur(0)),
            Invalid::new("amount", Rule::NotPositive),
        ),
        (
            dispute_over(usd(1)),
            Invalid::new("amount", Rule::WrongCurrency("EUR")),
        ),
        (
            InvoiceCommand::Dispute(DisputeInvoice {
                on: day(1),
                ..by(1, None)
            }),
            Invalid::new("on", Rule::TooEarly(day(2))),
        ),
        (
            InvoiceCommand::Dispute(DisputeInvoice {
                reason: String::new(),
                ..by(1, None)
            }),
            required("reason"),
        ),
    ] {
        open([]).when(command).refused(refusal);
    }
}

#[test]
fn settles_a_dispute_in_words() {
    for outcome in [
        DisputeOutcome::Upheld,
        DisputeOutcome::Rejected,
        DisputeOutcome::Withdrawn,
    ] {
        open([disputed(1, None)])
            .when(settle(1, outcome, "So be it."))
            .once([settled(1, outcome, "So be it.")]);
    }
}

#[test]
fn refuses_to_settle_otherwise_what_is_not_there_or_without_words() {
    let past = || {
        [
            disputed(1, None),
            settled(1, DisputeOutcome::Upheld, "Yes."),
        ]
    };
    open(past())
        .when(settle(1, DisputeOutcome::Rejected, "Yes."))
        .refused(InvoiceError::DisputeSettled);
    open(past())
        .when(settle(2, DisputeOutcome::Upheld, "Yes."))
        .refused(InvoiceError::NoSuchDispute);
    open([disputed(1, None)])
        .when(settle(1, DisputeOutcome::Upheld, " "))
        .refused(required("words"));
}

#[test]
fn what_is_voided_is_disputed_no_more() {
    let upheld = InvoiceEvent::DisputeSettled {
        dispute_id: DisputeId(id(1)),
        outcome: DisputeOutcome::Upheld,
        words: "never due".to_owned(),
        on: day(5),
    };
    open([disputed(1, None)])
        .when(void("never due"))
        .once([voided(), upheld]);
}

#[test]
fn a_disputed_invoice_is_not_reminded_of() {
    open([disputed(1, Some(1))])
        .when(remind(1))
        .refused(InvoiceError::Disputed);
}

// CloseDeposit

fn deposit() -> InvoiceEvent {
    let source = InvoiceSource::Deposit {
        estimate_id: EstimateId(id(7)),
        revision: 1,
    };
    drafted_from(Some(source), &euros(100))
}

fn close(final_invoice_id: InvoiceId) -> InvoiceCommand {
    InvoiceCommand::CloseDeposit {
        final_invoice_id,
        on: day(9),
    }
}

fn deducted() -> InvoiceEvent {
    InvoiceEvent::DepositDeducted {
        final_invoice_id: FINAL,
        on: day(9),
    }
}

fn forgone() -> InvoiceEvent {
    InvoiceEvent::DepositForgone {
        final_invoice_id: FINAL,
        on: day(9),
    }
}

#[test]
fn a_deposit_that_stands_is_deducted_and_stands_for_ever() {
    invoice([deposit(), issued()])
        .when(close(FINAL))
        .once([deducted()]);
    invoice([deposit(), issued(), deducted()])
        .when(void("never due"))
        .refused(InvoiceError::DepositClosed);
    invoice([deposit(), issued(), deducted()])
        .when(close(InvoiceId(id(99))))
        .refused(InvoiceError::DepositClosed);
}

#[test]
fn a_deposit_that_is_a_draft_or_given_up_is_forgone_for_ever() {
    invoice([deposit()]).when(close(FINAL)).once([forgone()]);
    invoice([deposit(), forgone()])
        .when(issue())
        .refused(InvoiceError::DepositClosed);
    let given_up = [deposit(), issued(), written_off(100_00)];
    invoice(given_up.clone())
        .when(close(FINAL))
        .once([forgone()]);
    invoice(given_up.into_iter().chain([forgone()]))
        .when(reverse("solvent"))
        .refused(InvoiceError::DepositClosed);
}

#[test]
fn a_voided_deposit_is_closed_already() {
    invoice([deposit(), issued(), voided()])
        .when(close(FINAL))
        .quiet();
}

#[test]
fn refuses_to_close_what_is_no_deposit() {
    open([])
        .when(close(FINAL))
        .refused(InvoiceError::NotADeposit);
    invoice([drafted_from(from_estimate(1), &euros(100))])
        .when(close(FINAL))
        .refused(InvoiceError::NotADeposit);
}
