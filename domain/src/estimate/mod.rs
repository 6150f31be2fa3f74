//! The estimate: an offer made, answered, reworked and made again, until it is accepted and invoiced.

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

pub use command::{
    AcceptEstimate, CommentOnEstimate, DeclineEstimate, DraftEstimate, EstimateCommand,
    OfferEstimate,
};
pub use error::EstimateError;
pub use event::{Agreed, EstimateEvent, Side};

use crate::deposit::{self, Deposit};
use crate::document::Document;
use crate::ids::{CommentId, CustomerId, InvoiceId};

/// The state that decides what an estimate command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// None until drafted.
    pub drafted: Option<Drafted>,
}

/// An estimate from its first draft on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drafted {
    /// For whom.
    pub customer_id: CustomerId,
    /// Assigned with the first offer; kept through every revision.
    pub number: Option<String>,
    /// Every revision, the first at index 0. The last one is the current one.
    pub revisions: Vec<Revision>,
    /// Where the current revision stands.
    pub phase: Phase,
    /// The deposit invoice that stands.
    pub deposit: Option<InvoiceId>,
    /// Deposit invoices that were voided: a late repeat of one stays quiet.
    pub released_deposits: Vec<InvoiceId>,
    /// What was said, by whom: a repeated comment stays quiet.
    pub comments: BTreeMap<CommentId, (Side, String)>,
}

/// One revision of an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// What it says.
    pub document: Document,
    /// The last day on which it can be accepted; None until offered.
    pub valid_until: Option<Date>,
    /// Percent of it that is billed first once it is accepted.
    pub deposit_percent: Option<Decimal>,
    /// Whether the customer has looked at it.
    pub viewed: bool,
    /// Why its acceptance was last undone.
    pub undone: Option<String>,
}

/// Where the current revision of an estimate stands. That an offer has expired is decided by the date, not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Being written or reworked; the customer cannot answer it.
    Draft,
    /// Thrown away before it was offered; nothing changes any more.
    Discarded,
    /// Waiting for the customer's answer.
    Offered,
    /// Accepted, by whom.
    Accepted {
        /// The name typed by the person who accepted.
        by: String,
    },
    /// Declined, with what was said.
    Declined {
        /// Why.
        reason: String,
        /// What would be accepted instead.
        would_accept: Option<String>,
    },
    /// Taken back by staff.
    Withdrawn,
    /// Turned into an invoice; nothing changes any more.
    Invoiced {
        /// The invoice.
        invoice_id: InvoiceId,
    },
}

impl Drafted {
    /// The number of the current revision, from 1.
    pub fn revision(&self) -> u32 {
        u32::try_from(self.revisions.len()).unwrap_or(u32::MAX)
    }

    /// The current revision.
    pub fn current(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// What the current offer asks to be paid first.
    pub fn asked_deposit(&self) -> Option<Deposit> {
        let current = self.current()?;
        deposit::of(&current.document, current.deposit_percent?)
    }

    /// The document of a revision.
    pub fn document_of(&self, revision: u32) -> Option<&Document> {
        let index = usize::try_from(revision).ok()?.checked_sub(1)?;
        self.revisions.get(index).map(|revision| &revision.document)
    }
}

crate::aggregate::aggregate!(
    Estimate,
    "estimate",
    EstimateCommand,
    EstimateEvent,
    EstimateError
);
