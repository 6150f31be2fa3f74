//! Payment providers: who really moves money. The built-in sandbox takes test tokens.

use std::future::Future;
use std::pin::Pin;

use domain::money::Money;
use uuid::Uuid;

/// A charge to be made.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The payment's id: the provider's idempotency key, so that asking twice charges once.
    pub idempotency_key: Uuid,
    /// How much.
    pub amount: Money,
    /// What stands for the card or account.
    pub token: String,
}

/// What the provider says to a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    /// The money is ours.
    Succeeded {
        /// The provider's reference.
        reference: String,
    },
    /// The provider will say later.
    Pending {
        /// The provider's reference.
        reference: String,
    },
    /// The provider refused.
    Failed {
        /// The provider's code for why.
        code: String,
        /// In words for the customer.
        reason: String,
    },
}

/// The provider gave no answer: whether it charged is not known, and it must be asked again under the same key.
#[derive(Debug, thiserror::Error)]
#[error("the payment provider gave no answer: {0}")]
pub struct Unavailable(pub String);

/// The answer of a provider, when it comes.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Charged, Unavailable>> + Send + 'a>>;

/// Who really moves money.
pub trait PaymentProvider: Send + Sync {
    /// Its name, as payments show it.
    fn name(&self) -> &'static str;

    /// Charges once for an idempotency key, however often it is asked; the answer to a key never changes.
    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a>;
}

/// Takes test tokens: `tok_success` succeeds; `tok_insufficient_funds`, `tok_card_declined` and `tok_expired_card`
/// fail with that reason; any other token is refused as unknown. It keeps nothing: an answer follows from the charge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sandbox;

impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a> {
        let failed = |code: &str, reason: &str| Charged::Failed {
            code: code.to_owned(),
            reason: reason.to_owned(),
        };
        let charged = match charge.token.as_str() {
            "tok_success" => Charged::Succeeded {
                reference: format!("sandbox_{}", charge.idempotency_key.simple()),
            },
            "tok_insufficient_funds" => {
                failed("INSUFFICIENT_FUNDS", "the account has not enough funds")
            }
            "tok_card_declined" => failed("CARD_DECLINED", "the bank declined the card"),
            "tok_expired_card" => failed("EXPIRED_CARD", "the card has expired"),
            _ => failed("UNKNOWN_TOKEN", "the payment token is not known"),
        };
        Box::pin(std::future::ready(Ok(charged)))
    }
}
