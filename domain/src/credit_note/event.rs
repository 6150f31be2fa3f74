//! What has happened to a credit note.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::document::Document;
use crate::ids::{CustomerId, InvoiceId, PlanId, RefundId, SubscriptionId};
use crate::money::Money;
use crate::party::Party;

/// A fact about a credit note; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
#[allow(
    clippy::large_enum_variant,
    reason = "events live shortly, in small vectors"
)]
pub enum CreditNoteEvent {
    /// A draft was written.
    #[serde(rename = "CreditNoteDrafted")]
    Drafted {
        customer_id: CustomerId,
        document: Document,
        source: Option<CreditNoteSource>,
        on: Date,
    },
    /// The draft was written anew.
    #[serde(rename = "CreditNoteDraftRevised")]
    DraftRevised { document: Document, on: Date },
    /// The draft was thrown away.
    #[serde(rename = "CreditNoteDraftDiscarded")]
    DraftDiscarded { on: Date },
    /// It was issued: number, date and parties are fixed.
    #[serde(rename = "CreditNoteIssued")]
    Issued {
        number: String,
        issue_date: Date,
        total: Money,
        seller: Party,
        buyer: Party,
    },
    /// An amount was meant for an invoice.
    #[serde(rename = "CreditNoteAllocated")]
    Allocated {
        invoice_id: InvoiceId,
        amount: Money,
        on: Date,
    },
    /// An allocation was taken back.
    #[serde(rename = "CreditNoteDeallocated")]
    Deallocated {
        invoice_id: InvoiceId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// Money was given back for it.
    #[serde(rename = "CreditNoteRefunded")]
    Refunded {
        refund_id: RefundId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// It never was owed.
    #[serde(rename = "CreditNoteVoided")]
    Voided { reason: String, on: Date },
}

/// What a credit note came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreditNoteSource {
    /// An invoice that it corrects, in part or whole.
    Invoice {
        /// The invoice.
        invoice_id: InvoiceId,
    },
    /// A subscription: days that were paid for, and are not used as they were meant.
    Subscription {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// The plan that it is to since then.
        plan_id: PlanId,
    },
}

impl CreditNoteSource {
    /// The invoice that the credit note corrects.
    pub fn invoice_id(self) -> Option<InvoiceId> {
        match self {
            Self::Invoice { invoice_id } => Some(invoice_id),
            Self::Subscription { .. } => None,
        }
    }
}

impl cqrs_es::DomainEvent for CreditNoteEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Drafted { .. } => "CreditNoteDrafted",
            Self::DraftRevised { .. } => "CreditNoteDraftRevised",
            Self::DraftDiscarded { .. } => "CreditNoteDraftDiscarded",
            Self::Issued { .. } => "CreditNoteIssued",
            Self::Allocated { .. } => "CreditNoteAllocated",
            Self::Deallocated { .. } => "CreditNoteDeallocated",
            Self::Refunded { .. } => "CreditNoteRefunded",
            Self::Voided { .. } => "CreditNoteVoided",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
