//! What has happened to an estimate.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::document::Document;
use crate::ids::{CommentId, CustomerId, InvoiceId};
use crate::money::Money;

/// A fact about an estimate; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
pub enum EstimateEvent {
    /// The first revision was drafted.
    #[serde(rename = "EstimateDrafted")]
    Drafted {
        customer_id: CustomerId,
        document: Document,
        on: Date,
    },
    /// The current draft was written anew.
    #[serde(rename = "EstimateDraftRevised")]
    DraftRevised {
        revision: u32,
        document: Document,
        on: Date,
    },
    /// The first draft was thrown away, before it was ever offered.
    #[serde(rename = "EstimateDraftDiscarded")]
    DraftDiscarded { on: Date },
    /// The first revision was offered, and the estimate got its number. `deposit_percent` of it is billed first.
    #[serde(rename = "EstimateOffered")]
    Offered {
        revision: u32,
        number: String,
        valid_until: Date,
        deposit_percent: Option<Decimal>,
        on: Date,
    },
    /// The customer looked at a revision for the first time.
    #[serde(rename = "EstimateViewed")]
    Viewed { revision: u32, on: Date },
    /// The customer accepted; `name` is the person's, as typed.
    #[serde(rename = "EstimateAccepted")]
    Accepted {
        revision: u32,
        name: String,
        /// What was agreed to; None where it was not kept yet (version 1).
        agreed: Option<Agreed>,
        on: Date,
    },
    /// The customer declined, asking for a better offer.
    #[serde(rename = "EstimateDeclined")]
    Declined {
        revision: u32,
        reason: String,
        would_accept: Option<String>,
        on: Date,
    },
    /// Staff reworked the offer into a draft of the next revision.
    #[serde(rename = "EstimateReworked")]
    Reworked {
        revision: u32,
        document: Document,
        on: Date,
    },
    /// The reworked revision was offered.
    #[serde(rename = "EstimateReoffered")]
    Reoffered {
        revision: u32,
        number: String,
        valid_until: Date,
        deposit_percent: Option<Decimal>,
        on: Date,
    },
    /// Staff took the open offer back.
    #[serde(rename = "EstimateWithdrawn")]
    Withdrawn {
        revision: u32,
        reason: String,
        on: Date,
    },
    /// Staff undid an acceptance; the offer is open again.
    #[serde(rename = "EstimateAcceptanceUndone")]
    AcceptanceUndone {
        revision: u32,
        reason: String,
        on: Date,
    },
    /// The accepted revision became an invoice.
    #[serde(rename = "EstimateInvoiced")]
    Invoiced {
        revision: u32,
        invoice_id: InvoiceId,
        on: Date,
    },
    /// The deposit of the accepted revision became an invoice of that amount.
    #[serde(rename = "EstimateDepositBilled")]
    DepositBilled {
        revision: u32,
        invoice_id: InvoiceId,
        amount: Money,
        on: Date,
    },
    /// The deposit invoice was voided: there is no deposit any more.
    #[serde(rename = "EstimateDepositReleased")]
    DepositReleased { invoice_id: InvoiceId, on: Date },
    /// The newest offer was forwarded to other people.
    #[serde(rename = "EstimateForwarded")]
    Forwarded {
        revision: u32,
        recipients: Vec<String>,
        message: Option<String>,
        on: Date,
    },
    /// Somebody said something about the newest offer; `author` is the person's name at that time.
    #[serde(rename = "EstimateCommented")]
    Commented {
        comment_id: CommentId,
        revision: u32,
        side: Side,
        author: String,
        text: String,
        on: Date,
    },
}

/// What an acceptance agreed to, word for word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// What the revision came to.
    pub total: Money,
    /// What of it is billed first.
    pub deposit: Option<Money>,
    /// The terms that the person agreed to; None where the revision named none.
    pub terms: Option<String>,
}

/// Who speaks in the thread of an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// A contact of the customer.
    Customer,
    /// One of the merchant's people.
    Staff,
}

impl cqrs_es::DomainEvent for EstimateEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Drafted { .. } => "EstimateDrafted",
            Self::DraftRevised { .. } => "EstimateDraftRevised",
            Self::DraftDiscarded { .. } => "EstimateDraftDiscarded",
            Self::Offered { .. } => "EstimateOffered",
            Self::Viewed { .. } => "EstimateViewed",
            Self::Accepted { .. } => "EstimateAccepted",
            Self::Declined { .. } => "EstimateDeclined",
            Self::Reworked { .. } => "EstimateReworked",
            Self::Reoffered { .. } => "EstimateReoffered",
            Self::Withdrawn { .. } => "EstimateWithdrawn",
            Self::AcceptanceUndone { .. } => "EstimateAcceptanceUndone",
            Self::Invoiced { .. } => "EstimateInvoiced",
            Self::DepositBilled { .. } => "EstimateDepositBilled",
            Self::DepositReleased { .. } => "EstimateDepositReleased",
            Self::Forwarded { .. } => "EstimateForwarded",
            Self::Commented { .. } => "EstimateCommented",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
