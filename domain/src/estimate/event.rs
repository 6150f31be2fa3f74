//! What has happened to an estimate.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::document::Document;
use crate::ids::{CustomerId, InvoiceId};

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
    /// The first revision was offered, and the estimate got its number.
    #[serde(rename = "EstimateOffered")]
    Offered {
        revision: u32,
        number: String,
        valid_until: Date,
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
}

impl cqrs_es::DomainEvent for EstimateEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Drafted { .. } => "EstimateDrafted",
            Self::DraftRevised { .. } => "EstimateDraftRevised",
            Self::Offered { .. } => "EstimateOffered",
            Self::Viewed { .. } => "EstimateViewed",
            Self::Accepted { .. } => "EstimateAccepted",
            Self::Declined { .. } => "EstimateDeclined",
            Self::Reworked { .. } => "EstimateReworked",
            Self::Reoffered { .. } => "EstimateReoffered",
            Self::Withdrawn { .. } => "EstimateWithdrawn",
            Self::AcceptanceUndone { .. } => "EstimateAcceptanceUndone",
            Self::Invoiced { .. } => "EstimateInvoiced",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
