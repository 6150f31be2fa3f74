//! What can be asked of a payment.

use time::Date;

use super::event::{Allocation, OfflineMethod};
use crate::ids::{CustomerId, InvoiceId, RefundId};
use crate::money::Money;

/// A command to a payment; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentCommand {
    /// Start a payment that a provider will be asked for.
    Initiate(InitiatePayment),
    /// Record money that came in by another way.
    Record(RecordPayment),
    /// From here on the provider may be asked: it can no longer be cancelled.
    Submit {
        /// Business date.
        on: Date,
    },
    /// The provider has taken it on and will say later.
    MarkPending {
        /// The provider's reference.
        provider_reference: String,
        /// Business date.
        on: Date,
    },
    /// The provider says the money is ours. Where the payment had failed or was cancelled, the money came late: the
    /// reservations are gone, others may have paid the invoices meanwhile, and all of it is the customer's credit.
    Succeed {
        /// The next number of its series.
        number: String,
        /// The provider's reference.
        provider_reference: String,
        /// Business date.
        on: Date,
    },
    /// The provider refused it.
    Fail {
        /// The provider's code for why.
        code: String,
        /// In words for the customer.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Given up before the provider was asked.
    Cancel {
        /// The rule that refused it, as a stable code.
        code: Option<String>,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Allocate from what is unapplied; it adds up with what is allocated to the same invoice already. One command, one
    /// allocation: the log knows a command that is repeated by its id.
    Allocate {
        /// Which invoice, how much.
        allocation: Allocation,
        /// Business date.
        on: Date,
    },
    /// Take allocations back: they become the customer's credit.
    Deallocate {
        /// From which invoice.
        invoice_id: InvoiceId,
        /// How much, from the oldest allocation on; None for everything.
        amount: Option<Money>,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Record that money was given back by another way than the provider, from what is unapplied.
    Refund(RefundPayment),
    /// Give money back through the provider that took it, from what is unapplied; from here on it counts as gone.
    InitiateRefund(RefundPayment),
    /// The provider says that the money went back.
    SucceedRefund {
        /// The refund.
        refund_id: RefundId,
        /// The provider's reference.
        provider_reference: String,
        /// Business date.
        on: Date,
    },
    /// The provider says that the money did not go back, or that it came back: it is the customer's credit again.
    FailRefund {
        /// The refund.
        refund_id: RefundId,
        /// The provider's code for why.
        code: String,
        /// In words.
        reason: String,
        /// Business date.
        on: Date,
    },
}

/// See [`PaymentCommand::Initiate`].
#[derive(Clone, Debug, PartialEq)]
pub struct InitiatePayment {
    /// Who pays.
    pub customer_id: CustomerId,
    /// How much: the allocations' sum.
    pub amount: Money,
    /// What of it is meant for which invoice, at least one.
    pub allocations: Vec<Allocation>,
    /// The provider that will be asked.
    pub provider: String,
    /// Business date.
    pub on: Date,
}

/// See [`PaymentCommand::Record`].
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPayment {
    /// The next number of its series.
    pub number: String,
    /// Who paid.
    pub customer_id: CustomerId,
    /// How much came in.
    pub amount: Money,
    /// What of it is for which invoice; at most the amount. The rest is credit.
    pub allocations: Vec<Allocation>,
    /// How it came.
    pub method: OfflineMethod,
    /// What stood with it (remittance advice, cheque number).
    pub reference: Option<String>,
    /// When it came in, not after `on`.
    pub received_on: Date,
    /// Business date.
    pub on: Date,
}

/// See [`PaymentCommand::Refund`] and [`PaymentCommand::InitiateRefund`].
#[derive(Clone, Debug, PartialEq)]
pub struct RefundPayment {
    /// The refund's id, made by the caller.
    pub refund_id: RefundId,
    /// More than nothing, at most what is unapplied.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Business date.
    pub on: Date,
}
