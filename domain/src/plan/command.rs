//! What can be asked of a plan.

use time::Date;

use super::event::PlanDetails;

/// A command to a plan; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time is decided")]
pub enum PlanCommand {
    /// Offer something to subscribe to.
    Create {
        /// What it offers.
        details: PlanDetails,
        /// Business date.
        on: Date,
    },
    /// Offer it otherwise from now on; subscriptions that run keep their terms.
    Update {
        /// What it offers.
        details: PlanDetails,
        /// Business date.
        on: Date,
    },
    /// Offer it no more; subscriptions that run go on.
    Archive {
        /// Business date.
        on: Date,
    },
}
