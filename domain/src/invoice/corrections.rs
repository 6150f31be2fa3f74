//! Credit notes that correct an invoice. The invoice's own stream decides how much they may credit, so that no two of
//! them, on whatever node, credit more than the invoice says.
//!
//! A correction is reserved here, then issued as a credit note, then applied here as far as something is due, then
//! concluded. Its amounts are fitted so that all corrections of an invoice come to exactly what the invoice says:
//! - A credit note whose lines are all lines of the invoice gets of each line the difference between two rounded running
//!   totals: the share of the quantity credited so far, with and without this credit note. A discount of the document is
//!   shared in the same way, rate by rate.
//! - The tax of a rate is the tax on everything credited of that rate, less the tax credited before. For other credit
//!   notes this holds where they credit all that is left of a rate; else they are taxed as any document is.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{DraftedInvoice, InvoiceCommand, InvoiceError, InvoiceEvent, Issued};
use crate::credit_note::{LinePick, copy_lines, line_share, shared_discount};
use crate::deposit::in_mode;
use crate::document::{
    Document, DocumentDraft, Line, LineDraft, Prices, TaxTotal, Totals, sums_by_rate, tax_total,
};
use crate::ids::CreditNoteId;
use crate::invalid::{Invalid, Rule, required_text};
use crate::money::{self, Money};
use crate::tax::Tax;

type Decision = Result<Vec<InvoiceEvent>, InvoiceError>;

/// What a line is called that makes up for earlier credit notes over other things than lines of the invoice.
const DIFFERENCE: &str = "Difference to earlier credit notes";

/// A credit note that corrects the invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// The version of the credit note for which it is reserved: a later one takes its place.
    pub version: u64,
    /// What the credit note says, amounts fitted to the invoice.
    pub document: Document,
    /// Which line of the invoice each of its lines credits; empty where it credits something else.
    pub lines: Vec<u32>,
    /// Whether it is issued, and applied as far as something was due.
    pub concluded: bool,
}

/// How a credit note's document fits the invoice.
struct Fitted {
    document: Document,
    lines: Vec<u32>,
}

impl DraftedInvoice {
    /// What of the total no other credit note corrects.
    pub fn creditable(&self, note: CreditNoteId) -> Money {
        let others = self.others(note).map(|other| other.document.totals.gross);
        let credited: Decimal = others.sum();
        Money::rounded(
            self.document.totals.gross - credited,
            self.document.currency,
        )
    }

    /// What the corrections come to, issued or about to be.
    pub fn credited(&self) -> Money {
        let all = self.corrections().values();
        let sum = all.map(|correction| correction.document.totals.gross).sum();
        Money::rounded(sum, self.document.currency)
    }

    /// Its corrections that are not concluded yet.
    pub fn pending_corrections(&self) -> Vec<CreditNoteId> {
        let all = self.corrections().iter();
        all.filter(|(_, correction)| !correction.concluded)
            .map(|(id, _)| *id)
            .collect()
    }

    fn corrections(&self) -> &BTreeMap<CreditNoteId, Correction> {
        const NONE: &BTreeMap<CreditNoteId, Correction> = &BTreeMap::new();
        self.issued
            .as_ref()
            .map_or(NONE, |issued| &issued.corrections)
    }

    fn others(&self, note: CreditNoteId) -> impl Iterator<Item = &Correction> {
        let all = self.corrections().iter();
        all.filter(move |(id, _)| **id != note)
            .map(|(_, correction)| correction)
    }

    /// What a credit note would say that corrects this invoice, amounts fitted; and why it would be refused.
    ///
    /// # Errors
    /// [`Rule::WrongCurrency`] at `currency`, [`InvoiceError::ExceedsInvoice`], or why nothing can be corrected here.
    pub fn correction(
        &self,
        note: CreditNoteId,
        document: &Document,
    ) -> Result<Document, InvoiceError> {
        self.open()?;
        self.check_correction(note, document)
            .map(|fitted| fitted.document)
    }

    fn check_correction(
        &self,
        note: CreditNoteId,
        document: &Document,
    ) -> Result<Fitted, InvoiceError> {
        let currency = self.document.currency;
        if document.currency != currency {
            let rule = Rule::WrongCurrency(currency.code());
            return Err(Invalid::new("currency", rule).into());
        }
        let fitted = self.fitted(note, document)?;
        let creditable = self.creditable(note);
        if fitted.document.totals.gross > creditable.amount {
            return Err(InvoiceError::ExceedsInvoice { creditable });
        }
        Ok(fitted)
    }

    /// A draft over the lines picked, or over all that is left where none is picked.
    ///
    /// # Errors
    /// The first pick that names no line, names one twice or wants more than the line has;
    /// [`InvoiceError::ExceedsInvoice`] where more is wanted than is left.
    pub fn draft_correction(&self, picks: &[LinePick]) -> Result<DocumentDraft, InvoiceError> {
        let none = CreditNoteId(uuid::Uuid::nil());
        let creditable = self.creditable(none);
        if self.corrections().is_empty() {
            return Ok(copy_lines(&self.document, picks)?);
        }
        if !creditable.is_positive() {
            return Err(InvoiceError::ExceedsInvoice { creditable });
        }
        let credited = self.credited_lines(none);
        if picks.is_empty() {
            return self.draft_rest(&credited);
        }
        let mut limited = picks.to_vec();
        for pick in &mut limited {
            let mut lines = self.document.lines.iter();
            let Some(line) = lines.find(|line| line.line_id == pick.line_id) else {
                continue; // The copy refuses it at its place.
            };
            let gone = credited.get(&line.line_id).map_or(Decimal::ZERO, |c| c.0);
            let left = line.quantity - gone;
            let wanted = pick.quantity.unwrap_or(left);
            let within = |most: Decimal| {
                (most.min(Decimal::ZERO)..=most.max(Decimal::ZERO)).contains(&wanted)
            };
            if left.is_zero() || (within(line.quantity) && !within(left)) {
                return Err(InvoiceError::ExceedsInvoice { creditable });
            }
            pick.quantity = Some(wanted);
        }
        Ok(copy_lines(&self.document, &limited)?)
    }

    /// The lines that are left; where that does not come to exactly what is left of each rate, because something else
    /// than lines was credited, with lines that make the difference.
    fn draft_rest(
        &self,
        credited: &BTreeMap<u32, (Decimal, Decimal)>,
    ) -> Result<DocumentDraft, InvoiceError> {
        let none = CreditNoteId(uuid::Uuid::nil());
        let picks: Vec<LinePick> = self
            .document
            .lines
            .iter()
            .map(|line| LinePick {
                line_id: line.line_id,
                quantity: Some(
                    line.quantity - credited.get(&line.line_id).map_or(Decimal::ZERO, |c| c.0),
                ),
            })
            .filter(|pick| pick.quantity.is_some_and(|quantity| !quantity.is_zero()))
            .collect();
        let mut left: BTreeMap<Tax, Decimal> = amounts_of(&self.document);
        for (tax, credited) in self.by_rate(none) {
            *left.entry(tax).or_default() -= credited;
        }
        let mut draft = DocumentDraft {
            lines: vec![],
            discount: None,
            notes: None,
            terms: None,
            ..self.document.to_draft()
        };
        let mut lines = BTreeMap::new();
        if !picks.is_empty() {
            draft = copy_lines(&self.document, &picks)?;
            let mut exact = amounts_of(&self.fitted(none, &price(&draft)?)?.document);
            exact.retain(|_, amount| !amount.is_zero());
            left.retain(|_, amount| !amount.is_zero());
            if exact == left {
                return Ok(draft);
            }
            draft.discount = None;
            lines = sums_by_rate(&price(&draft)?.lines);
        }
        let all: BTreeSet<Tax> = left.keys().chain(lines.keys()).copied().collect();
        for tax in all {
            let amount = |of: &BTreeMap<Tax, Decimal>| of.get(&tax).copied().unwrap_or_default();
            let difference = amount(&left) - amount(&lines);
            if !difference.is_zero() {
                draft.lines.push(difference_line(tax, difference));
            }
        }
        if draft.lines.is_empty() {
            let creditable = self.creditable(none);
            return Err(InvoiceError::ExceedsInvoice { creditable });
        }
        Ok(draft)
    }

    /// How much was credited of which line by the other credit notes: quantity and amount.
    fn credited_lines(&self, note: CreditNoteId) -> BTreeMap<u32, (Decimal, Decimal)> {
        let mut credited: BTreeMap<u32, (Decimal, Decimal)> = BTreeMap::new();
        for other in self.others(note) {
            for (line, of) in other.document.lines.iter().zip(&other.lines) {
                let known = credited.entry(*of).or_default();
                known.0 += line.quantity;
                known.1 += line.amount;
            }
        }
        credited
    }

    /// What the other credit notes credit by rate, in the mode of the invoice's prices.
    fn by_rate(&self, note: CreditNoteId) -> BTreeMap<Tax, Decimal> {
        let mut credited: BTreeMap<Tax, Decimal> = BTreeMap::new();
        for total in self
            .others(note)
            .flat_map(|other| &other.document.totals.taxes)
        {
            *credited.entry(total.tax).or_default() += in_mode(total, self.document.prices);
        }
        credited
    }

    /// The document with its amounts fitted to what the other credit notes left.
    fn fitted(&self, note: CreditNoteId, document: &Document) -> Result<Fitted, InvoiceError> {
        let known = document.lines.iter().map(|line| line.line_id).collect();
        let mut document = document.to_draft().price(&known)?;
        let credited = self.credited_lines(note);
        let lines = self.lines_of(&document, &credited);
        let mut amounts = amounts_of(&document);
        if !lines.is_empty() {
            amounts = self.share_lines(note, &mut document, &lines, &credited);
        }
        document.totals = self.taxed(note, &document, &amounts, !lines.is_empty());
        Ok(Fitted { document, lines })
    }

    /// Which line of the invoice each line credits a part of: empty unless all of them do, at the invoice's terms.
    fn lines_of(
        &self,
        document: &Document,
        credited: &BTreeMap<u32, (Decimal, Decimal)>,
    ) -> Vec<u32> {
        let mut left: BTreeMap<u32, Decimal> = self
            .document
            .lines
            .iter()
            .map(|line| {
                let gone = credited
                    .get(&line.line_id)
                    .map_or(Decimal::ZERO, |credited| credited.0);
                (line.line_id, line.quantity - gone)
            })
            .collect();
        let mut found = Vec::with_capacity(document.lines.len());
        for line in &document.lines {
            let fits = |of: &&Line| {
                let left = left.get(&of.line_id).copied().unwrap_or_default();
                let within = (left.min(Decimal::ZERO)..=left.max(Decimal::ZERO))
                    .contains(&line.quantity)
                    && !left.is_zero();
                within && says_a_part_of(line, of, &self.document)
            };
            let same = self
                .document
                .lines
                .iter()
                .find(|of| of.line_id == line.line_id);
            let all = self.document.lines.iter();
            let Some(of) = same.filter(fits).or_else(|| all.clone().find(fits)) else {
                return vec![];
            };
            *left.entry(of.line_id).or_default() -= line.quantity;
            found.push(of.line_id);
        }
        let discount = shared_discount(&self.document, &document.lines);
        if document.prices == self.document.prices && discount == document.discount {
            found
        } else {
            vec![]
        }
    }

    /// Sets each line to the difference of two running totals; answers with what each rate comes to, less its share of
    /// the document's discount.
    fn share_lines(
        &self,
        note: CreditNoteId,
        document: &mut Document,
        lines: &[u32],
        credited: &BTreeMap<u32, (Decimal, Decimal)>,
    ) -> BTreeMap<Tax, Decimal> {
        let currency = self.document.currency;
        let mut credited = credited.clone();
        for (line, of) in document.lines.iter_mut().zip(lines) {
            let Some(whole) = self.document.lines.iter().find(|l| l.line_id == *of) else {
                continue;
            };
            let known = credited.entry(*of).or_default();
            let upto = known.0 + line.quantity;
            let amount = if upto == whole.quantity {
                whole.amount
            } else {
                money::round(whole.amount * upto / whole.quantity, currency)
            };
            line.amount = amount - known.1;
            *known = (upto, amount);
        }
        let (all, whole) = (sums_by_rate(&self.document.lines), rates(&self.document));
        let mut before: BTreeMap<Tax, (Decimal, Decimal)> = BTreeMap::new();
        for other in self.others(note).filter(|other| !other.lines.is_empty()) {
            for (tax, sum) in sums_by_rate(&other.document.lines) {
                let kept = rates(&other.document)
                    .get(&tax)
                    .map_or(sum, |total| total.0);
                let known = before.entry(tax).or_default();
                known.0 += sum;
                known.1 += sum - kept;
            }
        }
        let mut amounts = BTreeMap::new();
        for (tax, sum) in sums_by_rate(&document.lines) {
            let (all, kept) = (
                all.get(&tax).copied().unwrap_or_default(),
                whole.get(&tax).map_or(Decimal::ZERO, |total| total.0),
            );
            let (lines, off) = before.get(&tax).copied().unwrap_or_default();
            let upto = if lines + sum == all {
                all - kept
            } else if all.is_zero() {
                Decimal::ZERO
            } else {
                money::round((all - kept) * (lines + sum) / all, currency)
            };
            amounts.insert(tax, sum - (upto - off));
        }
        amounts
    }

    /// The totals of a document whose rates come to those amounts, in the mode of the prices.
    fn taxed(
        &self,
        note: CreditNoteId,
        document: &Document,
        amounts: &BTreeMap<Tax, Decimal>,
        all_lines: bool,
    ) -> Totals {
        let (currency, prices) = (document.currency, document.prices);
        let (credited, whole) = (self.by_rate(note), rates(&self.document));
        let same_mode = prices == self.document.prices;
        let taxes: Vec<TaxTotal> = amounts
            .iter()
            .map(|(tax, amount)| {
                let before = credited.get(tax).copied().unwrap_or_default();
                let upto = before + amount;
                let closes = whole.get(tax).is_some_and(|(all, _)| *all == upto);
                if !same_mode || !(all_lines || closes) {
                    return tax_total(*tax, *amount, prices, currency);
                }
                let others = self
                    .others(note)
                    .flat_map(|other| &other.document.totals.taxes);
                let taxed: Decimal = others.filter(|t| t.tax == *tax).map(|t| t.amount).sum();
                let all = match whole.get(tax) {
                    Some((_, all)) if closes => *all,
                    Some(_) | None => tax_total(*tax, upto, prices, currency).amount,
                };
                of_rate(*tax, *amount, all - taxed, document)
            })
            .collect();
        let lines: Decimal = document.lines.iter().map(|line| line.amount).sum();
        let kept: Decimal = amounts.values().sum();
        let net = money::round(taxes.iter().map(|t| t.taxable).sum(), currency);
        let tax = money::round(taxes.iter().map(|t| t.amount).sum(), currency);
        Totals {
            lines: money::round(lines, currency),
            discount: money::round(lines - kept, currency),
            net,
            tax,
            gross: money::round(net + tax, currency),
            taxes,
        }
    }

    /// Decides what is done about a correction.
    pub(super) fn correct(&self, command: InvoiceCommand) -> Decision {
        if let InvoiceCommand::ReserveCorrection {
            credit_note_id,
            version,
            document,
            on,
        } = &command
        {
            self.reserve_correction(*credit_note_id, *version, document, *on)
        } else if let InvoiceCommand::AdoptCorrection {
            credit_note_id,
            version,
            document,
            on,
        } = &command
        {
            self.adopt_correction(*credit_note_id, *version, document, *on)
        } else if let InvoiceCommand::ReleaseCorrection { credit_note_id, on } = command {
            self.release_correction(credit_note_id, on)
        } else if let InvoiceCommand::ConcludeCorrection { credit_note_id, on } = command {
            self.conclude_correction(credit_note_id, on)
        } else {
            Ok(vec![])
        }
    }

    /// What a credit note is about to settle is not given up.
    pub(super) fn check_no_credit_pending(&self) -> Result<(), InvoiceError> {
        let pending = self.corrections().values().filter(|c| !c.concluded);
        let pending: Decimal = pending.map(|c| c.document.totals.gross).sum();
        if pending > Decimal::ZERO {
            let pending = Money::rounded(pending, self.document.currency);
            return Err(InvoiceError::CreditPending(pending));
        }
        Ok(())
    }

    fn reserve_correction(
        &self,
        note: CreditNoteId,
        version: u64,
        document: &Document,
        on: Date,
    ) -> Decision {
        let known = self.issued()?.corrections.get(&note);
        if known.is_some_and(|known| known.concluded || known.version >= version) {
            return Ok(vec![]);
        }
        self.open()?;
        match (self.check_correction(note, document), known) {
            (Ok(fitted), _) => Ok(vec![InvoiceEvent::CorrectionReserved {
                credit_note_id: note,
                version,
                document: fitted.document,
                lines: fitted.lines,
                on,
            }]),
            // What the credit note said before it does not say any more.
            (Err(_), Some(_)) => self.release_correction(note, on),
            (Err(refusal), None) => Err(refusal),
        }
    }

    fn release_correction(&self, note: CreditNoteId, on: Date) -> Decision {
        let known = self.issued()?.corrections.get(&note);
        Ok(known
            .map(|known| InvoiceEvent::CorrectionReleased {
                credit_note_id: note,
                amount: known.document.total(),
                on,
            })
            .into_iter()
            .collect())
    }

    fn conclude_correction(&self, note: CreditNoteId, on: Date) -> Decision {
        let known = self.issued()?.corrections.get(&note);
        let open = known.filter(|known| !known.concluded);
        Ok(open
            .map(|_| InvoiceEvent::Corrected {
                credit_note_id: note,
                on,
            })
            .into_iter()
            .collect())
    }

    /// Of a credit note that was issued before corrections were reserved: it is a fact, whatever else was credited.
    fn adopt_correction(
        &self,
        note: CreditNoteId,
        version: u64,
        document: &Document,
        on: Date,
    ) -> Decision {
        if self.issued()?.corrections.contains_key(&note) {
            return Ok(vec![]);
        }
        let lines = self.lines_of(document, &self.credited_lines(note));
        let reserved = InvoiceEvent::CorrectionReserved {
            credit_note_id: note,
            version,
            document: document.clone(),
            lines,
            on,
        };
        let corrected = InvoiceEvent::Corrected {
            credit_note_id: note,
            on,
        };
        Ok(vec![reserved, corrected])
    }

    /// A dispute was upheld and its correction is still to come: until it is applied, or staff say that it goes on, the
    /// invoice is neither reminded of nor charged late fees on.
    pub fn is_resting(&self) -> bool {
        self.issued.as_ref().is_some_and(|issued| issued.resting)
    }

    pub(super) fn resume_reminders(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        Ok(if self.issued()?.resting {
            vec![InvoiceEvent::RemindersResumed { reason, on }]
        } else {
            vec![]
        })
    }
}

impl Issued {
    pub(super) fn apply_correction(&mut self, event: InvoiceEvent) {
        if let InvoiceEvent::CorrectionReserved {
            credit_note_id,
            version,
            document,
            lines,
            on: _,
        } = event
        {
            let correction = Correction {
                version,
                document,
                lines,
                concluded: false,
            };
            self.corrections.insert(credit_note_id, correction);
        } else if let InvoiceEvent::CorrectionReleased { credit_note_id, .. } = event {
            self.corrections.remove(&credit_note_id);
        } else if let InvoiceEvent::Corrected { credit_note_id, .. } = event {
            if let Some(correction) = self.corrections.get_mut(&credit_note_id) {
                correction.concluded = true;
            }
            self.on_corrected();
        }
    }
}

/// Whether the line says what a part of a line of the invoice does: so much of it, at its price, tax and discount.
fn says_a_part_of(line: &Line, of: &Line, invoice: &Document) -> bool {
    line.description == of.description
        && line.unit_price == of.unit_price
        && line.tax == of.tax
        && line.discount == line_share(of, line.quantity, invoice)
}

/// What each rate of a document comes to, in the mode of its prices, and its tax.
fn rates(document: &Document) -> BTreeMap<Tax, (Decimal, Decimal)> {
    let totals = document.totals.taxes.iter();
    totals
        .map(|total| (total.tax, (in_mode(total, document.prices), total.amount)))
        .collect()
}

fn amounts_of(document: &Document) -> BTreeMap<Tax, Decimal> {
    let rates = rates(document).into_iter();
    rates.map(|(tax, (amount, _))| (tax, amount)).collect()
}

fn of_rate(tax: Tax, amount: Decimal, taxed: Decimal, document: &Document) -> TaxTotal {
    let currency = document.currency;
    let taxable = match document.prices {
        Prices::TaxExclusive => amount,
        Prices::TaxInclusive => amount - taxed,
    };
    TaxTotal {
        tax,
        taxable: money::round(taxable, currency),
        amount: money::round(taxed, currency),
    }
}

fn price(draft: &DocumentDraft) -> Result<Document, Invalid> {
    draft.price(&draft.lines.iter().filter_map(|line| line.line_id).collect())
}

/// No price is negative (EN 16931 BR-27): what is taken off has a quantity of minus one.
fn difference_line(tax: Tax, amount: Decimal) -> LineDraft {
    LineDraft {
        line_id: None,
        description: DIFFERENCE.to_owned(),
        quantity: if amount.is_sign_negative() {
            Decimal::NEGATIVE_ONE
        } else {
            Decimal::ONE
        },
        unit_price: amount.abs(),
        discount: None,
        tax,
    }
}
