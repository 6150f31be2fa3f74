//! What a subscription bills: a plan as it was offered when the customer took it, and how much of it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::ids::PlanId;
use crate::invalid::{Invalid, Rule};
use crate::money::{self, Currency, Money};
use crate::plan::PlanDetails;

/// A frozen copy of a plan, and the quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The plan.
    pub plan_id: PlanId,
    /// What it offered when the customer took it.
    pub plan: PlanDetails,
    /// How many units of it: more than nothing, at most a million, at most six places.
    pub quantity: Decimal,
}

impl Terms {
    /// The terms with every value within its bounds.
    ///
    /// # Errors
    /// The first field that breaks a rule; the plan's as `plan.…`.
    pub fn checked(&self) -> Result<Self, Invalid> {
        let quantity = self.quantity.normalize();
        if quantity.scale() > 6 {
            return Err(Invalid::new("quantity", Rule::TooManyDecimals(6)));
        }
        if quantity <= Decimal::ZERO {
            return Err(Invalid::new("quantity", Rule::NotPositive));
        }
        let most = Decimal::from(1_000_000);
        if quantity > most {
            let rule = Rule::OutOfRange(Decimal::ZERO, most);
            return Err(Invalid::new("quantity", rule));
        }
        Ok(Self {
            plan_id: self.plan_id,
            plan: self.plan.checked().map_err(|e| e.within("plan"))?,
            quantity,
        })
    }

    /// The currency that it is billed in.
    pub fn currency(&self) -> Currency {
        self.plan.price.currency
    }

    /// For a whole period, without tax.
    pub fn amount(&self) -> Money {
        Money::rounded(self.amount_for(1, 1), self.currency())
    }

    /// For `days` of a period of so many days, without tax: rounded once, half away from zero.
    pub(super) fn amount_for(&self, days: i64, of: i64) -> Decimal {
        let full = self.plan.price.amount * self.quantity;
        money::portion(full, days, of, self.currency()).amount
    }
}
