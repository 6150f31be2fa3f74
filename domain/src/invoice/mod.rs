//! The invoice: drafted, issued under a number, and settled by payments and credit notes; corrected by other documents, never edited.

mod arrears;
mod command;
mod corrections;
mod decide;
mod dispute;
mod error;
mod event;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

pub use arrears::{Arrears, DueFee, DueReminder, Schedule};
pub use command::{DisputeInvoice, DraftInvoice, InvoiceCommand, IssueInvoice};
pub use corrections::Correction;
pub use error::InvoiceError;
pub use event::{DisputeOutcome, InvoiceEvent, InvoiceSource, SubscriptionBilling};

use crate::document::Document;
use crate::ids::{CreditNoteId, CustomerId, DisputeId, InvoiceId, PaymentId};
use crate::money::Money;

/// The state that decides what an invoice command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Invoice {
    /// None until drafted.
    pub drafted: Option<DraftedInvoice>,
}

/// An invoice from its draft on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftedInvoice {
    /// Who is billed.
    pub customer_id: CustomerId,
    /// What it says; frozen when issued.
    pub document: Document,
    /// What it came from.
    pub source: Option<InvoiceSource>,
    /// Whether the draft was thrown away.
    pub discarded: bool,
    /// None while it is a draft.
    pub issued: Option<Issued>,
    /// Of a deposit invoice: what became of it with the final invoice.
    pub closed_deposit: Option<ClosedDeposit>,
}

/// What became of a deposit when the final invoice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedDeposit {
    /// The final invoice.
    pub final_invoice_id: InvoiceId,
    /// Whether that takes the deposit off.
    pub deducted: bool,
}

/// What an invoice has beyond its draft once it is issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// The gapless number.
    pub number: String,
    /// The date of issue: nothing settles it before.
    pub issue_date: Date,
    /// The last day to pay.
    pub due_date: Date,
    /// Whether it stands.
    pub standing: Standing,
    /// What is settled, by what settled it.
    pub applied: BTreeMap<Settler, Money>,
    /// What payments under way have reserved, by payment.
    pub reserved: BTreeMap<PaymentId, Money>,
    /// What was reserved or applied and is so no more: a late repeat of taking it back stays quiet.
    pub released: Vec<Settler>,
    /// How many allocations of a settler are applied or refused: they are decided in their order.
    pub decided: BTreeMap<Settler, u32>,
    /// The allocations that could not be applied, and why.
    pub refused: BTreeMap<(Settler, u32), String>,
    /// What was last taken back of a settler.
    pub taken_back: BTreeMap<Settler, Money>,
    /// Whether the customer has looked at it.
    pub viewed: bool,
    /// The stages of reminder that were sent.
    pub reminded: Vec<u16>,
    /// Why a write-off was last reversed.
    pub write_off_reversed: Option<String>,
    /// Its disputes, open and settled.
    pub disputes: BTreeMap<DisputeId, Dispute>,
    /// The late fees that were charged, by stage: the invoices over them, and how much.
    pub late_fees: BTreeMap<u16, (InvoiceId, Money)>,
    /// Whether no late fees are charged any more.
    pub late_fees_waived: bool,
    /// The credit notes that correct it, from their reservation on.
    pub corrections: BTreeMap<CreditNoteId, Correction>,
    /// Whether reminders and late fees wait for the correction that an upheld dispute asks for.
    pub resting: bool,
}

/// A dispute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    /// The line that is disputed; None for the whole invoice.
    pub line_id: Option<u32>,
    /// Why.
    pub reason: String,
    /// How much.
    pub amount: Option<Money>,
    /// Whether a credit note has corrected the invoice since.
    pub corrected: bool,
    /// How it ended, and the words to the customer; None while it is open.
    pub settled: Option<(DisputeOutcome, String)>,
}

/// What an invoice has said to an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided<'a> {
    /// It settles the invoice, or did until it was taken back.
    Applied,
    /// It was refused, for this reason.
    Refused(&'a str),
}

/// What settles an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Settler {
    /// Money that came in.
    Payment(PaymentId),
    /// Credit that was given.
    CreditNote(CreditNoteId),
}

/// Whether an issued invoice stands. Paid, part-paid and overdue follow from amounts and dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// To be paid, or paid.
    Open,
    /// Never was due.
    Voided,
    /// Given up; can be taken back.
    WrittenOff,
}

impl DraftedInvoice {
    /// What payments and credit notes have settled.
    pub fn settled(&self) -> Money {
        self.sum(
            self.issued
                .iter()
                .flat_map(|issued| issued.applied.values()),
        )
    }

    /// What payments under way have reserved.
    pub fn reserved(&self) -> Money {
        self.sum(
            self.issued
                .iter()
                .flat_map(|issued| issued.reserved.values()),
        )
    }

    /// What is still to pay: total less settled; nothing once voided or written off.
    pub fn amount_due(&self) -> Money {
        match self.issued.as_ref().map(|issued| issued.standing) {
            Some(Standing::Voided | Standing::WrittenOff) => Money::zero(self.document.currency),
            Some(Standing::Open) | None => self.unsettled(),
        }
    }

    /// Total less settled, whatever the standing.
    pub(crate) fn unsettled(&self) -> Money {
        let total = self.document.totals.gross;
        Money::rounded(total - self.settled().amount, self.document.currency)
    }

    fn sum<'a>(&self, parts: impl Iterator<Item = &'a Money>) -> Money {
        let sum: Decimal = parts.map(|money| money.amount).sum();
        Money::rounded(sum, self.document.currency)
    }
}

crate::aggregate::aggregate!(
    Invoice,
    "invoice",
    InvoiceCommand,
    InvoiceEvent,
    InvoiceError
);
