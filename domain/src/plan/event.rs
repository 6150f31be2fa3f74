//! What has happened to a plan.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::invalid::{Invalid, Rule};
use crate::money::{self, Money};
use crate::schedule::Interval;
use crate::tax::Tax;
use crate::text::{mended, mended_optional, optional_text, required_line};

/// The longest trial, in days.
const LONGEST_TRIAL: u16 = 730;

/// A fact about a plan; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
pub enum PlanEvent {
    /// Something to subscribe to was offered.
    #[serde(rename = "PlanCreated")]
    Created { details: PlanDetails, on: Date },
    /// It is offered otherwise from then on.
    #[serde(rename = "PlanUpdated")]
    Updated { details: PlanDetails, on: Date },
    /// It is offered no more.
    #[serde(rename = "PlanArchived")]
    Archived { on: Date },
}

/// What a plan offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDetails {
    /// What it is called, on invoices too.
    pub name: String,
    /// In words.
    pub description: Option<String>,
    /// For one unit and one period, without tax, at the currency's scale.
    pub price: Money,
    /// How long a period is.
    pub interval: Interval,
    /// Days before the first period that are not billed, 0 to 730.
    pub trial_days: u16,
    /// Billed once with the first period, whatever the quantity; without tax, in the price's currency.
    pub setup_fee: Option<Money>,
    /// The tax on price and fee.
    pub tax: Tax,
    /// Terms that stand on its invoices.
    pub terms: Option<String>,
}

impl PlanDetails {
    /// An older plan for a new subscription: texts without what is refused today.
    #[must_use]
    pub fn mended(&self) -> Self {
        Self {
            name: mended(&self.name),
            description: mended_optional(self.description.as_deref()),
            terms: mended_optional(self.terms.as_deref()),
            ..self.clone()
        }
    }

    /// The details with texts trimmed and every value within its bounds.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn checked(&self) -> Result<Self, Invalid> {
        let currency = money::payable("price.currency", self.price.currency)?;
        let most = Decimal::from(LONGEST_TRIAL);
        if self.trial_days > LONGEST_TRIAL {
            let rule = Rule::OutOfRange(Decimal::ZERO, most);
            return Err(Invalid::new("trialDays", rule));
        }
        let setup_fee = match self.setup_fee {
            Some(fee) if fee.currency != currency => {
                let rule = Rule::WrongCurrency(currency.code());
                return Err(Invalid::new("setupFee", rule));
            }
            Some(fee) => {
                let fee = Money::not_negative("setupFee", fee.amount, currency)?;
                Some(fee).filter(|fee| fee.is_positive())
            }
            None => None,
        };
        Ok(Self {
            name: required_line("name", &self.name, 200)?,
            description: optional_text("description", self.description.as_deref(), 5_000)?,
            price: Money::not_negative("price", self.price.amount, currency)?,
            interval: self.interval.checked().map_err(|e| e.within("interval"))?,
            trial_days: self.trial_days,
            setup_fee,
            tax: self.tax.checked().map_err(|e| e.within("tax"))?,
            terms: optional_text("terms", self.terms.as_deref(), 20_000)?,
        })
    }
}

impl cqrs_es::DomainEvent for PlanEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Created { .. } => "PlanCreated",
            Self::Updated { .. } => "PlanUpdated",
            Self::Archived { .. } => "PlanArchived",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
