//! What can be asked of a subscription.

use time::Date;
use uuid::Uuid;

use super::event::{Cleared, Collection, End};
use super::terms::Terms;
use crate::ids::{CustomerId, InvoiceId};
use crate::organisation::Dunning;

/// A command to a subscription; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time is decided")]
pub enum SubscriptionCommand {
    /// Take a plan.
    Start(StartSubscription),
    /// Bill a period that has begun: the next one, once.
    Renew {
        /// The period's number.
        period: u32,
        /// The invoice that bills it, always the same for a period.
        invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
    /// Take another plan, or another quantity of it.
    Change(ChangeSubscription),
    /// Keep what it has: the change that waits for the next period is given up.
    CancelPendingChange {
        /// Business date.
        on: Date,
    },
    /// Let time stand still.
    Pause {
        /// Business date.
        on: Date,
    },
    /// Let time go on.
    Resume {
        /// Business date.
        on: Date,
    },
    /// End it.
    Cancel(CancelSubscription),
    /// It goes on after all: it does not end with the current period.
    Reactivate {
        /// Business date.
        on: Date,
    },
    /// Its end has come: of the last period, once cancelled, or the fixed one.
    Finish {
        /// Business date.
        on: Date,
    },
    /// An invoice could not be collected.
    RecordCollectionFailure(CollectionFailure),
    /// An invoice is collected no more: it was paid, in whatever way, or given up.
    RecordCollection {
        /// The invoice.
        invoice_id: InvoiceId,
        /// What became of it.
        cleared: Cleared,
        /// Business date.
        on: Date,
    },
}

/// See [`SubscriptionCommand::Start`].
#[derive(Clone, Debug, PartialEq)]
pub struct StartSubscription {
    /// Who is billed.
    pub customer_id: CustomerId,
    /// The plan as it is offered now, and how much of it.
    pub terms: Terms,
    /// Its first day, at most 366 days away from `on`. With it the trial begins.
    pub start: Date,
    /// How its invoices are paid.
    pub collection: Collection,
    /// When it ends by itself.
    pub end: Option<End>,
    /// Business date.
    pub on: Date,
}

/// When something takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Today.
    Now,
    /// With the next period.
    PeriodEnd,
}

/// See [`SubscriptionCommand::Change`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSubscription {
    /// The plan as it is offered now, and how much of it.
    pub terms: Terms,
    /// Now, with what is unused credited and what remains charged; or with the next period.
    pub when: When,
    /// The id of the invoice or credit note that comes of it.
    pub bill_id: Uuid,
    /// Business date.
    pub on: Date,
}

/// See [`SubscriptionCommand::Cancel`].
#[derive(Clone, Debug, PartialEq)]
pub struct CancelSubscription {
    /// Today, or with the end of the current period.
    pub when: When,
    /// Whether unused days are credited, where it ends today.
    pub credit: bool,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// The id of the credit note that comes of it.
    pub bill_id: Uuid,
    /// Business date.
    pub on: Date,
}

/// See [`SubscriptionCommand::RecordCollectionFailure`].
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionFailure {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// The provider's code for why.
    pub code: String,
    /// When it is tried again, and what becomes of the subscription in the end.
    pub dunning: Dunning,
    /// Business date.
    pub on: Date,
}
