//! The subscription: a customer takes a plan, and is billed for it in advance, period by period.
//!
//! **Periods.** Period n starts on the anchor + k × interval ([`crate::schedule`]); the anchor is the first day that
//! is billed: the start, or the day after the trial. Two things set a new anchor: a change of plan to another interval
//! starts a new period on its day, and a pause moves the next period by as many days as it lasted.
//!
//! **Pause.** Time stands still: nothing is billed while it lasts, and the days that were paid for and not used
//! are there still afterwards. The next period starts on the day of resuming + those days.
//!
//! **End.** Cancelled at the end of a period, or after a fixed number of periods, or with the last period that starts
//! before a fixed date: periods are billed whole. Cancelled now, the unused days are credited where the command says so.
//!
//! **Arrears.** An invoice whose collection failed is in arrears until it is paid or given up. With one in arrears the
//! subscription is past due, and unpaid once all tries have failed; periods are billed all the same.

mod billing;
mod command;
mod decide;
mod error;
mod event;
#[cfg(test)]
mod lifecycle;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::Date;

pub use billing::{Upcoming, is_invoiced};
pub use command::{
    CancelSubscription, ChangeSubscription, CollectionFailure, StartSubscription,
    SubscriptionCommand, When,
};
pub use error::SubscriptionError;
pub use event::{Bill, Cleared, Collection, End, SubscriptionEvent};
pub use terms::Terms;

use crate::ids::{CustomerId, InvoiceId};
use crate::schedule::Period;

/// The state that decides what a subscription command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// None until started.
    pub started: Option<Started>,
}

/// A subscription from its start on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Who is billed.
    pub customer_id: CustomerId,
    /// What it started with.
    pub first: FirstTerms,
    /// What is billed now.
    pub terms: Terms,
    /// How its invoices are paid.
    pub collection: Collection,
    /// When it ends by itself.
    pub end: Option<End>,
    /// The day from which periods are counted, and the number of the period that starts on it.
    pub anchor: (Date, u32),
    /// The period that was billed last; before the first, number 0: from the start to the first day that is billed.
    pub current: Period,
    /// The days that were billed with the current period, whenever they are used.
    pub days: i64,
    /// Whether what runs is not billed yet: a trial, or the time before the start.
    pub trialing: bool,
    /// What it changes to with the next period.
    pub pending: Option<Terms>,
    /// Since when time stands still.
    pub paused_on: Option<Date>,
    /// Whether it was resumed before: a late repeat stays quiet.
    pub resumed: bool,
    /// Cancelled with the end of the current period.
    pub non_renewing: bool,
    /// Whether that was taken back before: a late repeat stays quiet.
    pub reactivated: bool,
    /// Over.
    pub ended: Option<Ended>,
    /// What billed which period.
    pub renewals: BTreeMap<u32, InvoiceId>,
    /// The invoices of changes.
    pub changes: BTreeSet<InvoiceId>,
    /// Invoices whose collection failed, until they are paid.
    pub arrears: BTreeMap<InvoiceId, Arrears>,
    /// Invoices that were in arrears and are no more.
    pub cleared: BTreeSet<InvoiceId>,
    /// All tries to collect failed.
    pub unpaid: bool,
}

/// What a subscription was started with; a repeat of it stays quiet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstTerms {
    /// Plan and quantity.
    pub terms: Terms,
    /// Its first day.
    pub start: Date,
}

/// Why a subscription is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// Cancelled.
    Cancelled,
    /// Its fixed end came.
    Expired,
}

/// How the collection of an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrears {
    /// The day of the first failure: retries are counted from it.
    pub since: Date,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again; None when it is not.
    pub retry_on: Option<Date>,
}

/// Where a subscription stands. Several things may be true at once; this says the first of: over, paused, unpaid,
/// past due, not renewing, on trial, active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// What runs is not billed yet.
    Trialing,
    /// Billed period by period.
    Active,
    /// The collection of an invoice failed, and is tried again.
    PastDue,
    /// The collection of an invoice failed for good.
    Unpaid,
    /// Time stands still.
    Paused,
    /// Cancelled with the end of the current period.
    NonRenewing,
    /// Over: cancelled.
    Cancelled,
    /// Over: its fixed end came.
    Expired,
}

impl Started {
    /// Where it stands.
    pub fn standing(&self) -> Standing {
        match self.ended {
            Some(Ended::Cancelled) => Standing::Cancelled,
            Some(Ended::Expired) => Standing::Expired,
            None if self.paused_on.is_some() => Standing::Paused,
            None if self.unpaid => Standing::Unpaid,
            None if !self.arrears.is_empty() => Standing::PastDue,
            None if self.non_renewing => Standing::NonRenewing,
            None if self.trialing => Standing::Trialing,
            None => Standing::Active,
        }
    }

    /// Whether the invoice is one of this subscription's.
    pub fn has_billed(&self, invoice_id: InvoiceId) -> bool {
        self.changes.contains(&invoice_id) || self.renewals.values().any(|id| *id == invoice_id)
    }

    /// Whether the provider is to be asked for its invoices without anybody's doing.
    pub fn collects(&self) -> bool {
        self.collection == Collection::Automatic && self.ended.is_none() && !self.unpaid
    }
}

crate::aggregate::aggregate!(
    Subscription,
    "subscription",
    SubscriptionCommand,
    SubscriptionEvent,
    SubscriptionError
);
