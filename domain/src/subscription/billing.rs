//! What a subscription bills: periods in advance, and the difference that a change within a period makes.
//!
//! **Proration** is by whole days. The day of a change counts to the new terms: what is left of the period from that day
//! on is credited at the old terms and charged at the new ones, each as its share of the days that were billed, rounded
//! once, half away from zero. Where the interval differs, a new period starts on that day and is charged whole.
//! Commands and their previews compute it here, and nowhere else.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use time::Date;
use uuid::Uuid;

use super::{Bill, End, Started, Terms};
use crate::document::{Document, DocumentDraft, LineDraft, Prices};
use crate::ids::{CreditNoteId, InvoiceId};
use crate::invalid::Invalid;
use crate::schedule::Period;
use crate::text::{mended, mended_optional};

/// What the next period will bill, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The period; it is billed on its first day.
    pub period: Period,
    /// Plan and quantity.
    pub terms: Terms,
    /// What the invoice will say.
    pub document: Document,
}

/// What a change brings about today.
pub(super) struct Change {
    /// The period that begins with it.
    pub(super) period: Option<Period>,
    /// What there is to pay or to credit.
    pub(super) bill: Option<Bill>,
}

/// Whether a period that costs this is invoiced. A period that costs nothing makes no invoice and takes no number.
pub fn is_invoiced(document: &Document) -> bool {
    !document.total().is_zero()
}

impl Started {
    /// The next invoice; None where there will be none, the next period costs nothing, or time stands still.
    ///
    /// # Errors
    /// The amount that is too large for a document.
    pub fn upcoming(&self) -> Result<Option<Upcoming>, Invalid> {
        if self.paused_on.is_some() {
            return Ok(None);
        }
        self.next_period()
            .map(|period| {
                let terms = self.next_terms().clone();
                let document = terms.period_document(period)?;
                Ok(Upcoming {
                    period,
                    terms,
                    document,
                })
            })
            .transpose()
            .map(|upcoming| upcoming.filter(|upcoming| is_invoiced(&upcoming.document)))
    }

    /// The period that has begun on that day and is not billed yet.
    pub fn due(&self, on: Date) -> Option<Period> {
        self.next_period()
            .filter(|period| self.paused_on.is_none() && period.start <= on)
    }

    /// Whether its end has come on that day.
    pub fn is_finished(&self, on: Date) -> bool {
        let over = match self.paused_on {
            Some(_) => matches!(self.end, Some(End::Before(day)) if day <= on),
            None => self.next_period().is_none() && self.current.next <= on,
        };
        self.ended.is_none() && over
    }

    /// The first day on which something is to be done without anybody's doing: a period to be billed, an end, a
    /// collection to be tried again. None where there is no such day.
    pub fn acts_on(&self) -> Option<Date> {
        if self.ended.is_some() {
            return None;
        }
        let goes_on = match (self.paused_on, self.end) {
            (None, _) => Some(self.current.next),
            (Some(_), Some(End::Before(day))) => Some(day),
            (Some(_), Some(End::AfterPeriods(_)) | None) => None,
        };
        let retries = self.arrears.values().filter(|_| self.collects());
        let retry = retries.filter_map(|arrears| arrears.retry_on).min();
        goes_on.into_iter().chain(retry).min()
    }

    /// The period after the current one, unless it ends with that.
    pub fn next_period(&self) -> Option<Period> {
        let number = self.current.number + 1;
        let interval = self.next_terms().plan.interval;
        let (anchor, first) = if interval == self.terms.plan.interval {
            self.anchor
        } else {
            (self.current.next, number)
        };
        let period = Period {
            number,
            start: self.current.next,
            next: interval.after(anchor, number - first + 1),
        };
        let goes_on = self.ended.is_none() && !self.non_renewing;
        (goes_on && self.has_room_for(number, period.start)).then_some(period)
    }

    /// Plan and quantity of the next period.
    pub fn next_terms(&self) -> &Terms {
        self.pending.as_ref().unwrap_or(&self.terms)
    }

    fn has_room_for(&self, number: u32, start: Date) -> bool {
        match self.end {
            None => true,
            Some(End::AfterPeriods(periods)) => number <= periods,
            Some(End::Before(day)) => start < day,
        }
    }

    /// The days that were billed and are not used on that day; none before the first period is billed.
    pub fn unused_days(&self, on: Date) -> i64 {
        if self.current.number == 0 {
            return 0;
        }
        let from = self.paused_on.unwrap_or(on);
        (self.current.next - from).whole_days().clamp(0, self.days)
    }

    /// What it comes to when other terms hold from that day on; None where there is no room for the period that
    /// would begin.
    pub(super) fn change(
        &self,
        terms: &Terms,
        bill_id: Uuid,
        on: Date,
    ) -> Result<Option<Change>, Invalid> {
        if self.current.number == 0 {
            return Ok(Some(Change {
                period: None,
                bill: None,
            }));
        }
        let unused = self.unused_days(on);
        let period = (terms.plan.interval != self.terms.plan.interval).then(|| Period {
            number: self.current.number + 1,
            start: on,
            next: terms.plan.interval.after(on, 1),
        });
        let charge = match period {
            Some(period) if !self.has_room_for(period.number, on) => return Ok(None),
            Some(period) => terms.period_line(period),
            None => terms.part_line("", 1, unused, (on, self.current), self.days),
        };
        let bill = self.difference(Some((terms, charge)), (period, bill_id), on)?;
        Ok(Some(Change { period, bill }))
    }

    /// The credit for what is unused on that day.
    pub(super) fn credit(&self, bill_id: Uuid, on: Date) -> Result<Option<Bill>, Invalid> {
        self.difference(None, (None, bill_id), on)
    }

    /// A charge, if any, less what is unused: an invoice, a credit note, or nothing.
    fn difference(
        &self,
        charge: Option<(&Terms, LineDraft)>,
        (begins, bill_id): (Option<Period>, Uuid),
        on: Date,
    ) -> Result<Option<Bill>, Invalid> {
        let unused = self.unused_days(on);
        let period = begins.unwrap_or(self.current);
        let credit = self
            .terms
            .part_line("Unused: ", -1, unused, (on, self.current), self.days);
        let notes = charge
            .as_ref()
            .map_or(&self.terms, |(terms, _)| terms)
            .plan
            .terms
            .clone();
        let lines: Vec<LineDraft> = charge
            .map(|(_, line)| line)
            .into_iter()
            .chain([credit])
            .filter(|line| !line.unit_price.is_zero())
            .collect();
        if lines.is_empty() {
            return Ok(None);
        }
        let document = document(&self.terms, lines, notes)?;
        Ok(if document.total().is_positive() {
            Some(Bill::Invoice {
                invoice_id: InvoiceId(bill_id),
                period,
                document,
            })
        } else if document.total().is_zero() {
            None
        } else {
            Some(Bill::CreditNote {
                credit_note_id: CreditNoteId(bill_id),
                period,
                document: turned_around(&document)?,
            })
        })
    }
}

impl Terms {
    /// What the invoice of a period says. The first one has the set-up fee on it.
    ///
    /// # Errors
    /// The amount that is too large for a document.
    pub fn period_document(&self, period: Period) -> Result<Document, Invalid> {
        let mut lines = vec![self.period_line(period)];
        if let Some(fee) = self.plan.setup_fee.filter(|_| period.number == 1) {
            let description = format!("Set-up fee: {}", self.plan.name);
            lines.push(self.line(description, Decimal::ONE, fee.amount));
        }
        document(self, lines, self.plan.terms.clone())
    }

    fn period_line(&self, period: Period) -> LineDraft {
        let (start, last) = (period.start, period.last_day());
        let description = format!("{}, {start} to {last}", self.plan.name);
        self.line(description, self.quantity, self.plan.price.amount)
    }

    /// For so many of the days billed with a period, from `on` on.
    fn part_line(
        &self,
        what: &str,
        sign: i64,
        days: i64,
        (on, period): (Date, Period),
        of: i64,
    ) -> LineDraft {
        let (name, quantity, last) = (
            &self.plan.name,
            self.quantity.normalize(),
            period.last_day(),
        );
        let description =
            format!("{what}{quantity} × {name}, {on} to {last} ({days} of {of} days)");
        self.line(description, Decimal::from(sign), self.amount_for(days, of))
    }

    fn line(&self, description: String, quantity: Decimal, unit_price: Decimal) -> LineDraft {
        LineDraft {
            line_id: None,
            // The plan's name may be older than what is refused today.
            description: mended(&description),
            quantity,
            unit_price,
            discount: None,
            tax: self.plan.tax,
        }
    }
}

fn document(
    terms: &Terms,
    lines: Vec<LineDraft>,
    words: Option<String>,
) -> Result<Document, Invalid> {
    let draft = DocumentDraft {
        currency: terms.currency(),
        prices: Prices::TaxExclusive,
        lines,
        discount: None,
        notes: None,
        terms: mended_optional(words.as_deref()),
    };
    draft.price(&BTreeSet::new())
}

/// The same from the other side: what was to be paid is credited.
fn turned_around(document: &Document) -> Result<Document, Invalid> {
    let mut draft = document.to_draft();
    for line in &mut draft.lines {
        line.quantity = -line.quantity;
    }
    draft.price(&BTreeSet::new())
}
