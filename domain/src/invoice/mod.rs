//! The invoice: drafted, issued under a number, and settled by payments and credit notes; corrected by other documents, never edited.

mod command;
mod decide;
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

pub use command::{DraftInvoice, InvoiceCommand, IssueInvoice};
pub use error::InvoiceError;
pub use event::{InvoiceEvent, InvoiceSource, SubscriptionBilling};

use crate::document::Document;
use crate::ids::{CreditNoteId, CustomerId, PaymentId};
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
    /// The estimate it came from.
    pub source: Option<InvoiceSource>,
    /// None while it is a draft.
    pub issued: Option<Issued>,
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
    /// What could not be applied, and for which allocation.
    pub refused: Vec<(Settler, u32)>,
    /// Whether the customer has looked at it.
    pub viewed: bool,
    /// The stages of reminder that were sent.
    pub reminded: Vec<u16>,
    /// Why a write-off was last reversed.
    pub write_off_reversed: Option<String>,
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
