//! The credit note: drafted, issued under a number, and then given to invoices or refunded; what is left of it is the
//! customer's credit. It corrects what is issued, and is never edited itself.

mod command;
mod copy;
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

pub use command::{CreditNoteCommand, DraftCreditNote, IssueCreditNote};
pub use copy::{LinePick, copy_lines};
pub(crate) use copy::{line_share, shared_discount};
pub use decide::check_creditable;
pub use error::CreditNoteError;
pub use event::{CreditNoteEvent, CreditNoteSource};

use crate::allocation::Allocations;
use crate::document::Document;
use crate::ids::{CustomerId, RefundId};
use crate::money::Money;

/// The state that decides what a credit note command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CreditNote {
    /// None until drafted.
    pub drafted: Option<DraftedCreditNote>,
}

/// A credit note from its draft on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftedCreditNote {
    /// Who is credited.
    pub customer_id: CustomerId,
    /// What it says; frozen when issued.
    pub document: Document,
    /// What it came from.
    pub source: Option<CreditNoteSource>,
    /// Whether the draft was thrown away.
    pub discarded: bool,
    /// None while it is a draft.
    pub issued: Option<Issued>,
}

/// What a credit note has beyond its draft once it is issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// The gapless number.
    pub number: String,
    /// What of it is meant for which invoice now.
    pub allocations: Allocations,
    /// What was given back in money, by refund.
    pub refunds: BTreeMap<RefundId, Money>,
    /// Whether it never was owed.
    pub voided: bool,
}

/// Where a credit note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not issued yet.
    Draft,
    /// Thrown away before it was issued.
    Discarded,
    /// Issued, something is unapplied.
    Open,
    /// Issued, all of it is allocated or given back.
    Closed,
    /// Never was owed.
    Voided,
}

impl DraftedCreditNote {
    /// Where it stands: it follows from the rest.
    pub fn standing(&self) -> Standing {
        match &self.issued {
            None if self.discarded => Standing::Discarded,
            None => Standing::Draft,
            Some(issued) if issued.voided => Standing::Voided,
            Some(_) if self.unapplied().is_zero() => Standing::Closed,
            Some(_) => Standing::Open,
        }
    }

    /// What is meant for invoices.
    pub fn allocated(&self) -> Money {
        let issued = self.issued.iter();
        let sum: Decimal = issued.map(|issued| issued.allocations.sum()).sum();
        Money::rounded(sum, self.document.currency)
    }

    /// What was given back in money.
    pub fn refunded(&self) -> Money {
        let issued = self.issued.iter();
        self.sum(issued.flat_map(|issued| issued.refunds.values().copied()))
    }

    /// What is neither meant for invoices nor given back: the customer's credit. Nothing before it is issued and once
    /// it is voided.
    pub fn unapplied(&self) -> Money {
        let currency = self.document.currency;
        match &self.issued {
            Some(issued) if !issued.voided => {
                let used = self.allocated().amount + self.refunded().amount;
                Money::rounded(self.document.totals.gross - used, currency)
            }
            Some(_) | None => Money::zero(currency),
        }
    }

    fn sum(&self, parts: impl Iterator<Item = Money>) -> Money {
        let sum: Decimal = parts.map(|money| money.amount).sum();
        Money::rounded(sum, self.document.currency)
    }
}

crate::aggregate::aggregate!(
    CreditNote,
    "credit_note",
    CreditNoteCommand,
    CreditNoteEvent,
    CreditNoteError
);
