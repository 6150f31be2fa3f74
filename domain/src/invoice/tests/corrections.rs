//! Credit notes that correct an invoice: reserved, released, concluded; and what they come to together.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::disputes::{disputed, settle, settled};
use super::*;
use crate::credit_note::LinePick;
use crate::document::{Discount, Document, LineDraft, Prices};
use crate::tax::Tax;
use crate::testing::{draft_of, line, vat};

const OTHER: CreditNoteId = CreditNoteId(uuid::Uuid::from_u128(22));

pub(super) fn reserve_note(note: CreditNoteId, version: u64, euros_of_it: i64) -> InvoiceCommand {
    InvoiceCommand::ReserveCorrection {
        credit_note_id: note,
        version,
        document: priced(&euros(euros_of_it)),
        on: day(5),
    }
}

fn note_reserved(note: CreditNoteId, version: u64, euros_of_it: i64) -> InvoiceEvent {
    InvoiceEvent::CorrectionReserved {
        credit_note_id: note,
        version,
        document: priced(&euros(euros_of_it)),
        lines: if euros_of_it == 100 { vec![1] } else { vec![] },
        on: day(5),
    }
}

fn released_note(note: CreditNoteId, cents: i64) -> InvoiceEvent {
    InvoiceEvent::CorrectionReleased {
        credit_note_id: note,
        amount: eur(cents),
        on: day(5),
    }
}

fn release_note(note: CreditNoteId) -> InvoiceCommand {
    InvoiceCommand::ReleaseCorrection {
        credit_note_id: note,
        on: day(5),
    }
}

pub(super) fn conclude(note: CreditNoteId) -> InvoiceCommand {
    InvoiceCommand::ConcludeCorrection {
        credit_note_id: note,
        on: day(6),
    }
}

fn corrected(note: CreditNoteId) -> InvoiceEvent {
    InvoiceEvent::Corrected {
        credit_note_id: note,
        on: day(6),
    }
}

pub(super) fn resume() -> InvoiceCommand {
    InvoiceCommand::ResumeReminders {
        reason: " nothing to correct ".to_owned(),
        on: day(9),
    }
}

#[test]
fn credits_what_the_invoice_says_and_no_more() {
    let exceeds = |cents| InvoiceError::ExceedsInvoice {
        creditable: eur(cents),
    };
    open([])
        .when(reserve_note(C, 1, 100))
        .once([note_reserved(C, 1, 100)]);
    open([note_reserved(C, 1, 100)])
        .when(reserve_note(OTHER, 1, 1))
        .refused(exceeds(0));
    open([note_reserved(C, 1, 60)])
        .when(reserve_note(OTHER, 1, 41))
        .refused(exceeds(40_00));
    open([note_reserved(C, 1, 60)])
        .when(reserve_note(OTHER, 1, 40))
        .once([note_reserved(OTHER, 1, 40)]);
    open([note_reserved(C, 1, 60), released_note(C, 60_00)])
        .when(reserve_note(OTHER, 1, 100))
        .once([note_reserved(OTHER, 1, 100)]);
    let mut dollars = euros(1);
    dollars.currency = Currency::USD;
    let command = InvoiceCommand::ReserveCorrection {
        credit_note_id: C,
        version: 1,
        document: priced(&dollars),
        on: day(5),
    };
    let refusal = Invalid::new("currency", Rule::WrongCurrency("EUR"));
    open([]).when(command).refused(refusal);
}

#[test]
fn what_a_revised_draft_says_takes_the_place_of_what_it_said() {
    let first = note_reserved(C, 1, 60);
    open([first.clone()])
        .when(reserve_note(C, 2, 90))
        .once([note_reserved(C, 2, 90)]);
    // The first one to come late changes nothing.
    open([first.clone(), note_reserved(C, 2, 90)])
        .when(reserve_note(C, 1, 60))
        .quiet();
    // What does not fit any more is not reserved any more.
    open([first.clone(), note_reserved(OTHER, 1, 40)])
        .when(reserve_note(C, 2, 61))
        .then([released_note(C, 60_00)])
        .refused(InvoiceError::ExceedsInvoice {
            creditable: eur(60_00),
        });
    open([first, corrected(C)])
        .when(reserve_note(C, 3, 10))
        .quiet();
}

#[test]
fn releases_and_concludes_once() {
    open([note_reserved(C, 1, 60)])
        .when(release_note(C))
        .once([released_note(C, 60_00)]);
    open([]).when(release_note(C)).quiet();
    open([note_reserved(C, 1, 60)])
        .when(conclude(C))
        .once([corrected(C)]);
    open([]).when(conclude(C)).quiet();
}

#[test]
fn what_was_credited_before_reservations_is_taken_as_it_is() {
    let adopt = InvoiceCommand::AdoptCorrection {
        credit_note_id: C,
        version: 2,
        document: priced(&euros(70)),
        on: day(6),
    };
    let taken = InvoiceEvent::CorrectionReserved {
        credit_note_id: C,
        version: 2,
        document: priced(&euros(70)),
        lines: vec![],
        on: day(6),
    };
    open([note_reserved(OTHER, 1, 60)])
        .when(adopt)
        .once([taken, corrected(C)]);
}

#[test]
fn void_and_write_off_know_of_credit_notes() {
    open([note_reserved(C, 1, 60)])
        .when(void("never due"))
        .refused(InvoiceError::Credited(eur(60_00)));
    open([note_reserved(C, 1, 60), corrected(C)])
        .when(void("never due"))
        .refused(InvoiceError::Credited(eur(60_00)));
    open([note_reserved(C, 1, 60), released_note(C, 60_00)])
        .when(void("never due"))
        .once([voided()]);
    open([voided()])
        .when(reserve_note(C, 1, 60))
        .refused(InvoiceError::Voided);
    open([written_off(100_00)])
        .when(reserve_note(C, 1, 60))
        .refused(InvoiceError::WrittenOff);
    open([note_reserved(C, 1, 60)])
        .when(write_off("insolvent"))
        .refused(InvoiceError::CreditPending(eur(60_00)));
    let applied = [note_reserved(C, 1, 60), credit_applied(60_00), corrected(C)];
    open(applied)
        .when(write_off("insolvent"))
        .once([written_off(40_00)]);
}

#[test]
fn an_upheld_dispute_lets_reminders_and_fees_rest_until_the_correction_or_the_staff() {
    let upheld = |n| settled(n, DisputeOutcome::Upheld, "you are right");
    let resumed = || InvoiceEvent::RemindersResumed {
        reason: "nothing to correct".to_owned(),
        on: day(9),
    };
    let remind = || InvoiceCommand::Remind {
        stage: 1,
        on: day(20),
    };
    let reminded = || InvoiceEvent::Reminded {
        stage: 1,
        on: day(20),
    };
    let fee = || InvoiceCommand::ChargeLateFee {
        stage: 1,
        fee: crate::organisation::Fee::Fixed(eur(5_00)),
        fee_invoice_id: InvoiceId(id(41)),
        on: day(20),
    };
    let rests = [disputed(1, None), upheld(1)];
    open(rests.clone())
        .when(remind())
        .refused(InvoiceError::CorrectionAwaited);
    open(rests.clone())
        .when(fee())
        .refused(InvoiceError::CorrectionAwaited);
    let [one, two] = rests;
    open([
        one.clone(),
        two.clone(),
        note_reserved(C, 1, 60),
        corrected(C),
    ])
    .when(remind())
    .once([reminded()]);
    open([one.clone(), two.clone()])
        .when(resume())
        .once([resumed()]);
    open([one.clone(), two, resumed()])
        .when(remind())
        .once([reminded()]);
    // Corrected before the dispute was settled: nothing is to come.
    open([
        one.clone(),
        note_reserved(C, 1, 60),
        corrected(C),
        upheld(1),
    ])
    .when(remind())
    .once([reminded()]);
    open([one, settled(1, DisputeOutcome::Rejected, "no")])
        .when(remind())
        .once([reminded()]);
    open([]).when(resume()).quiet();
    let outcome = DisputeOutcome::Upheld;
    open([disputed(1, None)])
        .when(settle(1, outcome, "you are right"))
        .once([upheld(1)]);
}

// What corrections come to together.

fn bill(draft: &DocumentDraft) -> Invoice {
    let mut invoice = Invoice::default();
    let document = priced(draft);
    let total = document.total();
    invoice.apply_event(InvoiceEvent::Drafted {
        customer_id: CUSTOMER,
        document,
        source: None,
        on: day(1),
    });
    invoice.apply_event(issued_for(total));
    invoice
}

fn said(invoice: &Invoice) -> &DraftedInvoice {
    invoice.drafted.as_ref().unwrap()
}

/// Credits it, as the processes do: the draft fitted, then reserved; answers with what the credit note says.
fn credit(invoice: &mut Invoice, n: u128, draft: &DocumentDraft) -> Result<Document, InvoiceError> {
    let note = CreditNoteId(id(1000 + n));
    let known: BTreeSet<u32> = draft.lines.iter().filter_map(|line| line.line_id).collect();
    let document = draft.price(&known).unwrap();
    let fitted = said(invoice).correction(note, &document)?;
    assert_eq!(
        fitted.to_draft(),
        document.to_draft(),
        "only amounts are fitted"
    );
    let command = InvoiceCommand::ReserveCorrection {
        credit_note_id: note,
        version: 1,
        document: fitted.clone(),
        on: day(5),
    };
    for event in invoice.decide(command)? {
        if let InvoiceEvent::CorrectionReserved { document, .. } = &event {
            assert_eq!(*document, fitted, "fitting again changes nothing");
        }
        invoice.apply_event(event);
    }
    assert_adds_up(&fitted);
    Ok(fitted)
}

fn assert_adds_up(document: &Document) {
    let totals = &document.totals;
    let sum = |part: fn(&crate::document::TaxTotal) -> Decimal| -> Decimal {
        totals.taxes.iter().map(part).sum()
    };
    assert_eq!(totals.net, sum(|t| t.taxable));
    assert_eq!(totals.tax, sum(|t| t.amount));
    assert_eq!(totals.gross, totals.net + totals.tax);
    let lines: Decimal = document.lines.iter().map(|line| line.amount).sum();
    assert_eq!(totals.lines, lines);
    let kept = match document.prices {
        Prices::TaxExclusive => totals.net,
        Prices::TaxInclusive => totals.gross,
    };
    assert_eq!(totals.lines - totals.discount, kept);
}

/// All corrections together say what the invoice says: net, tax and total, rate by rate.
fn assert_closed(invoice: &Invoice) {
    let invoice = said(invoice);
    let issued = invoice.issued.as_ref().unwrap();
    for whole in &invoice.document.totals.taxes {
        let parts = issued.corrections.values();
        let parts = parts
            .flat_map(|correction| &correction.document.totals.taxes)
            .filter(|part| part.tax == whole.tax);
        let (net, tax): (Decimal, Decimal) = parts.fold(Default::default(), |sum, part| {
            (sum.0 + part.taxable, sum.1 + part.amount)
        });
        assert_eq!((net, tax), (whole.taxable, whole.amount));
    }
    assert!(invoice.creditable(C).is_zero());
}

fn three_at(price: &str) -> DocumentDraft {
    let one = || line("Signs", "1", price, vat("19"));
    draft_of(
        Currency::EUR,
        Prices::TaxExclusive,
        vec![one(), one(), one()],
    )
}

#[test]
fn line_by_line_the_cents_close() {
    for (price, cents) in [
        ("10.03", [11_94, 11_93, 11_94]),
        ("10.01", [11_91, 11_91, 11_92]),
    ] {
        let mut invoice = bill(&three_at(price));
        for (n, expected) in (0_u32..).zip(cents) {
            let pick = LinePick {
                line_id: 3 - n,
                quantity: None,
            };
            let draft = said(&invoice).draft_correction(&[pick]).unwrap();
            let note = credit(&mut invoice, n.into(), &draft).unwrap();
            assert_eq!(note.total(), eur(expected), "{price}");
        }
        assert_closed(&invoice);
    }
}

#[test]
fn refuses_more_of_a_line_than_is_left_of_it() {
    let mut invoice = bill(&three_at("10.03"));
    let pick = LinePick {
        line_id: 2,
        quantity: None,
    };
    let draft = said(&invoice).draft_correction(&[pick]).unwrap();
    credit(&mut invoice, 1, &draft).unwrap();
    let creditable = said(&invoice).creditable(C);
    let again = said(&invoice).draft_correction(&[pick]);
    assert_eq!(again, Err(InvoiceError::ExceedsInvoice { creditable }));
    let rest = said(&invoice).draft_correction(&[]).unwrap();
    credit(&mut invoice, 2, &rest).unwrap();
    assert_closed(&invoice);
    let exceeds = InvoiceError::ExceedsInvoice { creditable: eur(0) };
    assert_eq!(said(&invoice).draft_correction(&[]), Err(exceeds));
}

prop_compose! {
    fn a_discount(most: i64)(kind in 0_u8..4, percent in 1_i64..5_000, minor in 1_i64..=most) -> Option<Discount> {
        match kind {
            0 => Some(Discount::Percent(Decimal::new(percent, 2))),
            1 => Some(Discount::Amount(Decimal::new(minor, 2))),
            _ => None,
        }
    }
}

prop_compose! {
    fn a_line()(
        quantity in 1_i64..40, places in 0_u32..3, price in 2_0000_i64..900_0000, rate in 0_usize..3,
        discount in a_discount(90), n in 0_u8..3,
    ) -> LineDraft {
        LineDraft {
            discount,
            ..line(
                &format!("Signs {n}"),
                &Decimal::new(quantity * 10_i64.pow(places) + i64::from(places), places).to_string(),
                &Decimal::new(price, 4).to_string(),
                [vat("19"), vat("7"), Tax::NONE][rate],
            )
        }
    }
}

prop_compose! {
    fn a_bill()(
        lines in prop::collection::vec(a_line(), 1..6), inclusive in any::<bool>(), discount in a_discount(90),
    ) -> DocumentDraft {
        let prices = if inclusive { Prices::TaxInclusive } else { Prices::TaxExclusive };
        DocumentDraft { discount, ..draft_of(Currency::EUR, prices, lines) }
    }
}

/// So many parts of each line, in a random order, some of them in one credit note.
fn picks_of(draft: &DocumentDraft, parts: &[usize], order: &[usize]) -> Vec<Vec<LinePick>> {
    let mut all = vec![];
    for (line_id, (line, parts)) in (1..).zip(draft.lines.iter().zip(parts)) {
        let one = (line.quantity / Decimal::from(*parts)).round_dp(3);
        for n in 0..*parts {
            let quantity = (n + 1 < *parts).then_some(one);
            all.push(LinePick { line_id, quantity });
        }
    }
    let mut notes: Vec<Vec<LinePick>> = vec![];
    for place in order {
        if all.is_empty() {
            break;
        }
        let pick = all.remove(place % all.len());
        match notes.last_mut() {
            Some(last)
                if place % 3 == 0 && !last.iter().any(|other| other.line_id == pick.line_id) =>
            {
                last.push(pick);
            }
            _ => notes.push(vec![pick]),
        }
    }
    notes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// By lines, by parts of their quantities, in any order, with discounts, with and without tax in the prices.
    #[test]
    fn crediting_all_parts_comes_to_exactly_the_invoice(
        draft in a_bill(), parts in prop::collection::vec(1_usize..4, 6), order in prop::collection::vec(0_usize..1_000, 18),
    ) {
        let mut invoice = bill(&draft);
        let mut last_of_line: std::collections::BTreeMap<u32, usize> = Default::default();
        for (line_id, n) in (1..).zip(&parts) {
            last_of_line.insert(line_id, *n);
        }
        for (n, mut picks) in (0..).zip(picks_of(&draft, &parts, &order)) {
            for pick in &mut picks {
                let left = last_of_line.get_mut(&pick.line_id).unwrap();
                *left -= 1;
                if *left == 0 {
                    pick.quantity = None; // What is left of it.
                } else if pick.quantity.is_none() {
                    let line = &draft.lines[usize::try_from(pick.line_id).unwrap() - 1];
                    pick.quantity = Some((line.quantity / Decimal::from(parts[usize::try_from(pick.line_id).unwrap() - 1])).round_dp(3));
                }
            }
            let note = said(&invoice).draft_correction(&picks).unwrap();
            credit(&mut invoice, n, &note).unwrap();
        }
        assert_closed(&invoice);
    }

    /// Some lines, something else, and then the rest.
    #[test]
    fn crediting_the_rest_comes_to_exactly_the_rest(
        draft in a_bill(), line_id in 1_u32..6, part in 1_i64..100, goodwill in 1_i64..100, rate in 0_usize..4, goodwill_first in any::<bool>(),
    ) {
        let mut invoice = bill(&draft);
        let index = line_id % u32::try_from(draft.lines.len()).unwrap();
        let quantity = draft.lines[usize::try_from(index).unwrap()].quantity;
        let pick = LinePick {
            line_id: index + 1,
            quantity: Some((quantity * Decimal::new(part, 2)).round_dp(3).max(Decimal::new(1, 3))),
        };
        let something_else = draft_of(Currency::EUR, draft.prices, vec![
            line("Goodwill", "1", &Decimal::new(goodwill, 2).to_string(), [vat("19"), vat("7"), Tax::NONE, vat("10")][rate]),
        ]);
        let all = said(&invoice).document.total();
        let some = said(&invoice).draft_correction(&[pick]).unwrap();
        let mut notes = vec![some, something_else];
        if goodwill_first {
            notes.reverse();
        }
        let mut credited = Decimal::ZERO;
        for (n, note) in (0..).zip(&notes) {
            // Not all of them fit on a small invoice.
            if let Ok(note) = credit(&mut invoice, n, note) {
                credited += note.totals.gross;
            }
        }
        let left = said(&invoice).creditable(C);
        prop_assert_eq!(left.amount, all.amount - credited);
        if !left.is_positive() {
            return Ok(());
        }
        let rest = said(&invoice).draft_correction(&[]).unwrap();
        let rest = credit(&mut invoice, 9, &rest).unwrap();
        prop_assert_eq!(rest.total(), left);
        assert_closed(&invoice);
    }
}
