//! What has happened to a payment.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::ids::{CustomerId, InvoiceId, RefundId};
use crate::money::Money;

/// A fact about a payment; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
pub enum PaymentEvent {
    /// A payment was started; the provider will be asked.
    #[serde(rename = "PaymentInitiated")]
    Initiated {
        customer_id: CustomerId,
        amount: Money,
        allocations: Vec<Allocation>,
        provider: String,
        on: Date,
    },
    /// Money that came in by another way was recorded.
    #[serde(rename = "PaymentRecorded")]
    Recorded {
        number: String,
        customer_id: CustomerId,
        amount: Money,
        allocations: Vec<Allocation>,
        method: OfflineMethod,
        reference: Option<String>,
        received_on: Date,
        on: Date,
    },
    /// Everything is reserved, and the provider is asked.
    #[serde(rename = "PaymentSubmitted")]
    Submitted { on: Date },
    /// The provider has taken it on and will say later.
    #[serde(rename = "PaymentPending")]
    Pending {
        provider_reference: String,
        on: Date,
    },
    /// The money is ours.
    #[serde(rename = "PaymentSucceeded")]
    Succeeded {
        number: String,
        provider_reference: String,
        on: Date,
    },
    /// The money came after the payment had failed or was cancelled: it is ours, and the customer's credit, for what it
    /// was meant to settle may have been paid by others since.
    #[serde(rename = "PaymentArrivedLate")]
    ArrivedLate {
        number: String,
        provider_reference: String,
        on: Date,
    },
    /// The provider refused it.
    #[serde(rename = "PaymentFailed")]
    Failed {
        code: String,
        reason: String,
        on: Date,
    },
    /// Given up before the provider was asked.
    #[serde(rename = "PaymentCancelled")]
    Cancelled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        reason: String,
        on: Date,
    },
    /// An amount was meant for an invoice.
    #[serde(rename = "PaymentAllocated")]
    Allocated {
        invoice_id: InvoiceId,
        amount: Money,
        on: Date,
    },
    /// An allocation was taken back.
    #[serde(rename = "PaymentDeallocated")]
    Deallocated {
        invoice_id: InvoiceId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// Money was given back by another way than the provider.
    #[serde(rename = "PaymentRefunded")]
    Refunded {
        refund_id: RefundId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// The provider is asked to give money back; what is unapplied is less by it from here on.
    #[serde(rename = "PaymentRefundInitiated")]
    RefundInitiated {
        refund_id: RefundId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// The money went back.
    #[serde(rename = "PaymentRefundSucceeded")]
    RefundSucceeded {
        refund_id: RefundId,
        amount: Money,
        provider_reference: String,
        on: Date,
    },
    /// The money did not go back, or came back: it is unapplied again.
    #[serde(rename = "PaymentRefundFailed")]
    RefundFailed {
        refund_id: RefundId,
        amount: Money,
        code: String,
        reason: String,
        on: Date,
    },
}

/// What of a payment is meant for an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// More than nothing.
    pub amount: Money,
}

/// Ways that money comes in without a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfflineMethod {
    /// Credit transfer to the merchant's bank account.
    BankTransfer,
    /// Notes and coins.
    Cash,
    /// A cheque.
    Cheque,
    /// Any other way.
    Other,
}

impl cqrs_es::DomainEvent for PaymentEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Initiated { .. } => "PaymentInitiated",
            Self::Recorded { .. } => "PaymentRecorded",
            Self::Submitted { .. } => "PaymentSubmitted",
            Self::Pending { .. } => "PaymentPending",
            Self::Succeeded { .. } => "PaymentSucceeded",
            Self::ArrivedLate { .. } => "PaymentArrivedLate",
            Self::Failed { .. } => "PaymentFailed",
            Self::Cancelled { .. } => "PaymentCancelled",
            Self::Allocated { .. } => "PaymentAllocated",
            Self::Deallocated { .. } => "PaymentDeallocated",
            Self::Refunded { .. } => "PaymentRefunded",
            Self::RefundInitiated { .. } => "PaymentRefundInitiated",
            Self::RefundSucceeded { .. } => "PaymentRefundSucceeded",
            Self::RefundFailed { .. } => "PaymentRefundFailed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
