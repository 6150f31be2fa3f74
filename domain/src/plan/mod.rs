//! The plan: what customers can subscribe to. Subscriptions keep a copy of its terms: a change of the plan concerns
//! only those that start or change afterwards.

mod command;
mod decide;
mod error;
mod event;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use command::PlanCommand;
pub use error::PlanError;
pub use event::{PlanDetails, PlanEvent};

/// The state that decides what a plan command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// None until created.
    pub created: Option<Created>,
}

/// A plan from its creation on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// What it was created as.
    pub first: PlanDetails,
    /// What it offers now.
    pub details: PlanDetails,
    /// Nobody can subscribe to it any more.
    pub archived: bool,
}

crate::aggregate::aggregate!(Plan, "plan", PlanCommand, PlanEvent, PlanError);
