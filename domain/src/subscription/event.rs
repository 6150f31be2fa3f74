//! What has happened to a subscription.

use serde::{Deserialize, Serialize};
use time::Date;

use super::terms::Terms;
use crate::document::Document;
use crate::ids::{CreditNoteId, CustomerId, InvoiceId, PlanId};
use crate::schedule::Period;

/// A fact about a subscription; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
#[allow(
    clippy::large_enum_variant,
    reason = "events live shortly, in small vectors"
)]
pub enum SubscriptionEvent {
    /// A customer took a plan. `anchor` is the first day that is billed.
    #[serde(rename = "SubscriptionStarted")]
    Started {
        customer_id: CustomerId,
        terms: Terms,
        start: Date,
        anchor: Date,
        collection: Collection,
        end: Option<End>,
        on: Date,
    },
    /// A period was billed; the invoice says this document.
    #[serde(rename = "SubscriptionRenewed")]
    Renewed {
        plan_id: PlanId,
        period: Period,
        invoice_id: InvoiceId,
        document: Document,
        on: Date,
    },
    /// Plan or quantity changed. `period` is the new one that began with it, where the interval changed.
    #[serde(rename = "SubscriptionChanged")]
    Changed {
        terms: Terms,
        period: Option<Period>,
        bill: Option<Bill>,
        on: Date,
    },
    /// Plan or quantity change with the next period.
    #[serde(rename = "SubscriptionChangeScheduled")]
    ChangeScheduled { terms: Terms, on: Date },
    /// That change was given up.
    #[serde(rename = "SubscriptionScheduledChangeCancelled")]
    ScheduledChangeCancelled { on: Date },
    /// Time stands still.
    #[serde(rename = "SubscriptionPaused")]
    Paused { on: Date },
    /// Time goes on; `next` is the first day of the next period.
    #[serde(rename = "SubscriptionResumed")]
    Resumed { next: Date, on: Date },
    /// It ends with the current period.
    #[serde(rename = "SubscriptionCancellationScheduled")]
    CancellationScheduled {
        reason: Option<String>,
        ends_on: Date,
        on: Date,
    },
    /// It goes on after all.
    #[serde(rename = "SubscriptionReactivated")]
    Reactivated { on: Date },
    /// It is over: cancelled.
    #[serde(rename = "SubscriptionCancelled")]
    Cancelled {
        reason: Option<String>,
        bill: Option<Bill>,
        on: Date,
    },
    /// It is over: its fixed end came.
    #[serde(rename = "SubscriptionExpired")]
    Expired { on: Date },
    /// An invoice could not be collected.
    #[serde(rename = "SubscriptionCollectionFailed")]
    CollectionFailed {
        invoice_id: InvoiceId,
        attempt: u32,
        code: String,
        retry_on: Option<Date>,
        on: Date,
    },
    /// All tries to collect an invoice failed: nothing more is collected by itself.
    #[serde(rename = "SubscriptionMarkedUnpaid")]
    MarkedUnpaid { on: Date },
    /// An invoice in arrears was paid or given up.
    #[serde(rename = "SubscriptionArrearsCleared")]
    ArrearsCleared {
        invoice_id: InvoiceId,
        cleared: Cleared,
        on: Date,
    },
}

/// How the invoices of a subscription are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Collection {
    /// From the customer's stored payment method, without anybody's doing.
    Automatic,
    /// As any other invoice.
    Offline,
}

/// When a subscription ends by itself. Periods are billed whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// After so many periods.
    AfterPeriods(u32),
    /// With the last period that starts before this day.
    Before(Date),
}

/// What came of a change: the difference, to pay or to the customer's credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "the same document in both, boxed it would only be harder to read"
)]
pub enum Bill {
    /// To pay.
    Invoice {
        /// The invoice.
        invoice_id: InvoiceId,
        /// In which period.
        period: Period,
        /// What it says.
        document: Document,
    },
    /// To the customer's credit.
    CreditNote {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// In which period.
        period: Period,
        /// What it says: what is credited is more than nothing.
        document: Document,
    },
}

/// What became of an invoice that was in arrears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cleared {
    /// Paid, in whatever way.
    Paid,
    /// It never was due.
    Voided,
    /// It was given up.
    WrittenOff,
}

impl Bill {
    /// What it says.
    pub fn document(&self) -> &Document {
        match self {
            Self::Invoice { document, .. } | Self::CreditNote { document, .. } => document,
        }
    }
}

impl cqrs_es::DomainEvent for SubscriptionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Started { .. } => "SubscriptionStarted",
            Self::Renewed { .. } => "SubscriptionRenewed",
            Self::Changed { .. } => "SubscriptionChanged",
            Self::ChangeScheduled { .. } => "SubscriptionChangeScheduled",
            Self::ScheduledChangeCancelled { .. } => "SubscriptionScheduledChangeCancelled",
            Self::Paused { .. } => "SubscriptionPaused",
            Self::Resumed { .. } => "SubscriptionResumed",
            Self::CancellationScheduled { .. } => "SubscriptionCancellationScheduled",
            Self::Reactivated { .. } => "SubscriptionReactivated",
            Self::Cancelled { .. } => "SubscriptionCancelled",
            Self::Expired { .. } => "SubscriptionExpired",
            Self::CollectionFailed { .. } => "SubscriptionCollectionFailed",
            Self::MarkedUnpaid { .. } => "SubscriptionMarkedUnpaid",
            Self::ArrearsCleared { .. } => "SubscriptionArrearsCleared",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
