//! Why a payment command is refused.

use crate::invalid::Invalid;
use crate::money::Money;

/// The rule that refused a payment command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such payment.
    #[error("there is no such payment")]
    NotStarted,
    /// The id is taken by another payment.
    #[error("a payment with this id exists already")]
    AlreadyStarted,
    /// It succeeded already.
    #[error("the payment succeeded already")]
    AlreadySucceeded,
    /// It failed already.
    #[error("the payment failed already")]
    AlreadyFailed,
    /// It was cancelled already.
    #[error("the payment was cancelled already")]
    AlreadyCancelled,
    /// The provider has it in hand: it cannot be cancelled any more.
    #[error("the provider has the payment in hand")]
    InProvidersHand,
    /// Only money that is ours can be allocated or given back.
    #[error("the payment has not succeeded")]
    NotSucceeded,
    /// More than is unapplied.
    #[error("only {unapplied} is unapplied")]
    ExceedsUnapplied {
        /// What is neither allocated nor given back.
        unapplied: Money,
    },
    /// The invoice has no allocation of this payment.
    #[error("the payment is not allocated to this invoice")]
    NotAllocated,
    /// The refund's id is taken by another amount.
    #[error("a refund with this id exists already")]
    RefundExists,
    /// No provider took the money, so none can give it back.
    #[error("no provider took this payment: the refund is given by hand, and recorded")]
    NoProvider,
    /// The payment has no such refund under way.
    #[error("the payment has no such refund at the provider")]
    UnknownRefund,
    /// A refund that failed stays so.
    #[error("the refund failed already")]
    RefundAlreadyFailed,
}

impl PaymentError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotStarted => "PAYMENT_NOT_FOUND",
            Self::AlreadyStarted => "PAYMENT_EXISTS",
            Self::AlreadySucceeded => "ALREADY_SUCCEEDED",
            Self::AlreadyFailed => "ALREADY_FAILED",
            Self::AlreadyCancelled => "ALREADY_CANCELLED",
            Self::InProvidersHand => "IN_PROVIDERS_HAND",
            Self::NotSucceeded => "NOT_SUCCEEDED",
            Self::ExceedsUnapplied { .. } => "EXCEEDS_UNAPPLIED",
            Self::NotAllocated => "NOT_ALLOCATED",
            Self::RefundExists => "REFUND_EXISTS",
            Self::NoProvider => "NO_PROVIDER",
            Self::UnknownRefund => "UNKNOWN_REFUND",
            Self::RefundAlreadyFailed => "REFUND_ALREADY_FAILED",
        }
    }
}
