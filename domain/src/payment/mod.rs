//! The payment: taken by a provider or recorded by staff, allocated to invoices; the rest is the customer's credit.

mod command;
mod decide;
mod error;
mod event;
#[cfg(test)]
mod lifecycle;
mod refunds;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

pub use command::{InitiatePayment, PaymentCommand, RecordPayment, RefundPayment};
pub use error::PaymentError;
pub use event::{Allocation, OfflineMethod, PaymentEvent};
pub use refunds::{Refund, RefundProgress};

use crate::allocation::{Allocations, Part};
use crate::ids::{CustomerId, RefundId};
use crate::money::Money;

/// The state that decides what a payment command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// None until initiated or recorded.
    pub started: Option<Started>,
}

/// A payment from its start on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Who pays.
    pub customer_id: CustomerId,
    /// How much, all in all.
    pub amount: Money,
    /// The provider that takes it; None for money that staff recorded.
    pub provider: Option<String>,
    /// What of it was meant for which invoice when it started.
    pub first_allocations: Vec<Allocation>,
    /// What of it is meant for which invoice now.
    pub allocations: Allocations,
    /// How far it has come.
    pub progress: Progress,
    /// When the money came in; before that when it was started, and after a refusal when it failed or was cancelled.
    pub dated: Date,
    /// What the provider calls it, once it took it on.
    pub provider_reference: Option<String>,
    /// What was given back, or is about to be, or was not after all; by refund.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// The rule that cancelled it, where that is known.
    pub cancelled_by: Option<String>,
}

/// How far a payment has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// The provider is about to be asked.
    Initiated,
    /// The provider is being asked; whether it charged is known only when it answers.
    Submitted,
    /// The provider has taken it on and will say later (bank debits).
    Pending,
    /// The money is ours.
    Succeeded,
    /// The provider refused it.
    Failed {
        /// The provider's code for why.
        code: String,
    },
    /// Given up before the provider was asked.
    Cancelled,
}

impl Started {
    /// What is allocated to invoices.
    pub fn allocated(&self) -> Money {
        Money::rounded(self.allocations.sum(), self.amount.currency)
    }

    /// The business date on which an allocation settles its invoice (never before the invoice is issued, which the
    /// invoice sees to): the payment's own for what it was started with, the day of the allocation for later ones.
    pub fn settles_on(&self, part: &Part) -> Date {
        part.on.unwrap_or(self.dated)
    }

    /// What was given back, or is about to be.
    pub fn refunded(&self) -> Money {
        let gone = self.refunds.values().filter(|refund| refund.is_gone());
        self.sum(gone.map(|refund| &refund.amount))
    }

    /// What is neither allocated nor given back nor about to be: the customer's credit once the payment has succeeded.
    pub fn unapplied(&self) -> Money {
        let used = self.allocated().amount + self.refunded().amount;
        Money::rounded(self.amount.amount - used, self.amount.currency)
    }

    fn sum<'a>(&self, parts: impl Iterator<Item = &'a Money>) -> Money {
        let sum: Decimal = parts.map(|money| money.amount).sum();
        Money::rounded(sum, self.amount.currency)
    }
}

crate::aggregate::aggregate!(
    Payment,
    "payment",
    PaymentCommand,
    PaymentEvent,
    PaymentError
);
