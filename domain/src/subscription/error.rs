//! Why a subscription command is refused.

use time::Date;

use crate::invalid::Invalid;

/// The rule that refused a subscription command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such subscription.
    #[error("there is no such subscription")]
    NotStarted,
    /// The id is taken by another subscription.
    #[error("a subscription with this id exists already")]
    AlreadyStarted,
    /// Cancelled: nothing changes any more.
    #[error("the subscription is cancelled")]
    Cancelled,
    /// Its fixed end came: nothing changes any more.
    #[error("the subscription has expired")]
    Expired,
    /// The next period has not begun, or the end has not come.
    #[error("nothing is due before {0}")]
    NotDue(Date),
    /// Periods are billed in their order.
    #[error("the next period to bill is number {0}")]
    OutOfOrder(u32),
    /// The period is billed by another invoice.
    #[error("the period is billed already")]
    AlreadyRenewed,
    /// A period has begun that is not billed yet: that comes first.
    #[error("a period that began on {0} is about to be billed: try again in a moment")]
    RenewalDue(Date),
    /// Nothing is billed or changed while time stands still.
    #[error("the subscription is paused: resume it first")]
    Paused,
    /// Only what is paused can be resumed.
    #[error("the subscription is not paused")]
    NotPaused,
    /// It ends with the current period: reactivate it first.
    #[error("the subscription ends with its current period: reactivate it first")]
    NonRenewing,
    /// Only what ends with its current period can be reactivated.
    #[error("the subscription is not cancelled")]
    NotEnding,
    /// Its fixed end comes before another period could begin.
    #[error("the subscription has no further period")]
    NoFurtherPeriod,
    /// The invoice is another's.
    #[error("the invoice is not one of this subscription's")]
    NotItsInvoice,
    /// A try to collect was left out.
    #[error("the next try to collect is number {0}")]
    AttemptOutOfOrder(u32),
}

impl SubscriptionError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotStarted => "SUBSCRIPTION_NOT_FOUND",
            Self::AlreadyStarted => "SUBSCRIPTION_EXISTS",
            Self::Cancelled => "SUBSCRIPTION_CANCELLED",
            Self::Expired => "SUBSCRIPTION_EXPIRED",
            Self::NotDue(_) => "NOT_DUE",
            Self::OutOfOrder(_) => "OUT_OF_ORDER",
            Self::AlreadyRenewed => "ALREADY_RENEWED",
            Self::RenewalDue(_) => "RENEWAL_DUE",
            Self::Paused => "SUBSCRIPTION_PAUSED",
            Self::NotPaused => "NOT_PAUSED",
            Self::NonRenewing => "NON_RENEWING",
            Self::NotEnding => "NOT_ENDING",
            Self::NoFurtherPeriod => "NO_FURTHER_PERIOD",
            Self::NotItsInvoice => "NOT_ITS_INVOICE",
            Self::AttemptOutOfOrder(_) => "ATTEMPT_OUT_OF_ORDER",
        }
    }
}
