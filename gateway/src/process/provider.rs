//! Payment providers: who really moves money, and keeps what it is moved with. We know cards and accounts by the
//! provider's tokens and references only.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use domain::customer::PaymentMethodKind;
use domain::money::Money;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use super::sandbox::Sandbox;
use crate::config::PaymentProviderName;

/// What a charge is made with. Shown nowhere: neither prints what it holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// What the provider's page gave, good for one use.
    Token(String),
    /// The provider's reference for what it has stored, good for many.
    Stored(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Stored(_) => "Stored",
        })
    }
}

/// A charge to be made.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The payment's id: the provider's idempotency key, so that asking twice charges once.
    pub idempotency_key: Uuid,
    /// How much.
    pub amount: Money,
    /// What stands for the card or account.
    pub source: Source,
}

/// What the provider says to a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The money is ours.
    Succeeded {
        /// The provider's reference.
        reference: String,
    },
    /// The provider will say later, by a notice.
    Pending {
        /// The provider's reference.
        reference: String,
    },
    /// The provider refused.
    Failed(Refusal),
}

/// Money to be given back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The refund's id: the provider's idempotency key, so that asking twice gives back once.
    pub idempotency_key: Uuid,
    /// The provider's reference for the charge that it is of.
    pub charge: String,
    /// How much, in the charge's currency; at most what is left of it.
    pub amount: Money,
}

/// What the provider says to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunded {
    /// The money went back.
    Succeeded {
        /// The provider's reference.
        reference: String,
    },
    /// The provider will say later: by a notice, or when it is asked again.
    Pending,
    /// The provider refused.
    Failed(Refusal),
}

/// A card or account that the provider keeps for us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMethod {
    /// Card or bank account.
    pub kind: PaymentMethodKind,
    /// What the customer recognises it by, for example `Visa •••• 4242`.
    pub label: String,
    /// The provider's reference for it.
    pub reference: String,
}

/// What the provider says to a token that it shall keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storing {
    /// It is kept.
    Stored(StoredMethod),
    /// The provider refused.
    Refused(Refusal),
}

/// Why the provider refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The provider's code.
    pub code: String,
    /// In words for the customer.
    pub reason: String,
}

/// What the provider tells of its own accord, by a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's id of the notice: the same one may come more than once.
    pub id: String,
    /// When it happened at the provider; notices come in any order.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened.
    pub news: News,
}

/// What a notice says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// A charge became money.
    PaymentSucceeded {
        /// The payment: the charge's idempotency key.
        payment: Uuid,
        /// The provider's reference.
        reference: String,
    },
    /// A charge came to nothing.
    PaymentFailed {
        /// The payment.
        payment: Uuid,
        /// Why.
        refusal: Refusal,
    },
    /// Money went back.
    RefundSucceeded {
        /// The payment.
        payment: Uuid,
        /// The refund: its idempotency key.
        refund: Uuid,
        /// The provider's reference.
        reference: String,
    },
    /// Money did not go back, or came back.
    RefundFailed {
        /// The payment.
        payment: Uuid,
        /// The refund.
        refund: Uuid,
        /// Why.
        refusal: Refusal,
    },
    /// Of a kind that does not concern us.
    Other,
}

impl News {
    /// The payment that it is about.
    pub fn payment(&self) -> Option<Uuid> {
        match self {
            Self::PaymentSucceeded { payment, .. }
            | Self::PaymentFailed { payment, .. }
            | Self::RefundSucceeded { payment, .. }
            | Self::RefundFailed { payment, .. } => Some(*payment),
            Self::Other => None,
        }
    }
}

/// A notice that is not in the provider's form; says which part, and repeats nothing of it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// The provider gave no answer: whether it did what it was asked is not known, and it must be asked again under the
/// same key.
#[derive(Debug, thiserror::Error)]
#[error("the payment provider gave no answer: {0}")]
pub struct Unavailable(pub String);

/// The answer of a provider, when it comes.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// What a provider is to people who pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// There is none: nothing can be paid online.
    Absent,
    /// It plays a provider's part and moves no money.
    Sandbox,
    /// It moves money.
    Live,
}

/// Who really moves money. Whatever is asked twice under one key is done once, and the answer to a key never changes,
/// except from pending to decided.
pub trait PaymentProvider: Send + Sync {
    /// Its name, as payments show it and as its webhook's address ends.
    fn name(&self) -> &'static str;

    /// What it is to people who pay.
    fn kind(&self) -> ProviderKind;

    /// Where its own page is, which takes cards and accounts and gives a token for them: an address, or a path of ours;
    /// None where it takes no payments.
    fn hosted_page(&self) -> Option<&str>;

    /// Charges once for an idempotency key, however often it is asked.
    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a, Charged>;

    /// Gives back once for an idempotency key, however often it is asked.
    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, Refunded>;

    /// Keeps what a token stands for, once for an idempotency key; a payment's is its id.
    fn store<'a>(&'a self, idempotency_key: Uuid, token: &'a str) -> Answer<'a, Storing>;

    /// Reads a notice whose signature is verified already.
    ///
    /// # Errors
    /// Where it is not in the provider's form.
    fn read_notice(&self, body: &[u8]) -> Result<Notice, Malformed>;
}

/// The provider of that name.
pub fn named(name: PaymentProviderName) -> Box<dyn PaymentProvider> {
    match name {
        PaymentProviderName::None => Box::new(NoProvider),
        PaymentProviderName::Sandbox => Box::new(Sandbox),
    }
}

/// No provider: mutations refuse to pay online. What another provider has under way waits until that one is back.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProvider;

impl NoProvider {
    fn answer<'a, T: Send + 'a>() -> Answer<'a, T> {
        let why = "PAYMENT_PROVIDER names none".to_owned();
        Box::pin(std::future::ready(Err(Unavailable(why))))
    }
}

impl PaymentProvider for NoProvider {
    fn name(&self) -> &'static str {
        "none"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Absent
    }

    fn hosted_page(&self) -> Option<&str> {
        None
    }

    fn charge<'a>(&'a self, _: &'a Charge) -> Answer<'a, Charged> {
        Self::answer()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> Answer<'a, Refunded> {
        Self::answer()
    }

    fn store<'a>(&'a self, _: Uuid, _: &'a str) -> Answer<'a, Storing> {
        Self::answer()
    }

    fn read_notice(&self, _: &[u8]) -> Result<Notice, Malformed> {
        Err(Malformed("there is no payment provider".to_owned()))
    }
}
