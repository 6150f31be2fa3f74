//! What is asked of subscriptions.

use async_graphql::{Enum, InputObject};
use domain::subscription::Standing;
use projections::SubscriptionFilter;

use super::{Collection, SubscriptionState};
use crate::graphql::scalars::{Date, Decimal, Uuid};

/// Which subscriptions are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct SubscriptionFilterInput {
    /// Standing so.
    state: Option<SubscriptionState>,
    /// To this plan.
    plan_id: Option<Uuid>,
    /// Of this customer.
    customer_id: Option<Uuid>,
}

impl From<SubscriptionFilterInput> for SubscriptionFilter {
    fn from(input: SubscriptionFilterInput) -> Self {
        Self {
            states: input.state.map(Standing::from).into_iter().collect(),
            plan_id: input.plan_id.map(|id| id.0),
            customer_id: input.customer_id.map(|id| id.0),
        }
    }
}

/// When something takes effect.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::subscription::When")]
pub enum ChangeTime {
    /// Today.
    Now,
    /// With the end of the current period.
    PeriodEnd,
}

/// A customer takes a plan.
#[derive(InputObject)]
pub(super) struct StartSubscriptionInput {
    /// Who is billed.
    pub(super) customer_id: Uuid,
    /// Which plan; its terms are copied as they are now.
    pub(super) plan_id: Uuid,
    /// How many units of it, more than nothing, at most six places; left out, one.
    pub(super) quantity: Option<Decimal>,
    /// Its first day, at most 366 days away; left out, today. With it the trial begins.
    pub(super) start: Option<Date>,
    /// How its invoices are paid.
    pub(super) collection: Collection,
    /// It ends after so many periods. Either this or `endsBefore`.
    pub(super) periods: Option<u32>,
    /// It ends with the last period that starts before this day.
    pub(super) ends_before: Option<Date>,
}

/// Another plan, or another quantity.
#[derive(InputObject)]
pub struct ChangeSubscriptionInput {
    /// Which subscription.
    pub(super) subscription_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    pub(super) expected_version: Option<u64>,
    /// Which plan, on the terms that it offers now; left out, it stays with the terms it has.
    pub(super) plan_id: Option<Uuid>,
    /// How many units of it; left out, as many as it has.
    pub(super) quantity: Option<Decimal>,
    /// Now: what is unused is credited, what remains is charged; another interval begins a new period today.
    pub(super) when: ChangeTime,
}

/// Something done to a subscription.
#[derive(InputObject)]
pub(super) struct SubscriptionInput {
    /// Which subscription.
    pub(super) subscription_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    pub(super) expected_version: Option<u64>,
}

/// The end of a subscription.
#[derive(InputObject)]
pub(super) struct CancelSubscriptionInput {
    /// Which subscription.
    pub(super) subscription_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    pub(super) expected_version: Option<u64>,
    /// Today, or with the end of the current period.
    pub(super) when: ChangeTime,
    /// Whether days that were paid for and not used are credited, where it ends today. Staff only.
    #[graphql(default)]
    pub(super) credit_unused: bool,
    /// Why.
    pub(super) reason: Option<String>,
}
