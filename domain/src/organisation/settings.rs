//! How the organisation works: what its owner may set.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Rule};
use crate::money::{self, Currency, Money};
use crate::numbering::NumberSeries;
use crate::tax::Tax;
use crate::text::{optional_text, required_line};
use crate::zone::Zone;

/// How the organisation works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationSettings {
    /// What becomes of an accepted estimate.
    pub invoice_on_acceptance: InvoiceOnAcceptance,
    /// Days that an offer stays valid where staff name no date, 1 to 365.
    pub offer_valid_days: u16,
    /// Where its days begin and end: every business date is a date of this zone.
    pub time_zone: Zone,
    /// Days from issue to due date that a new customer gets where staff name no number, 0 to 365.
    pub payment_terms_days: u16,
    /// The currencies that customers may be billed in; empty for any.
    pub currencies: Vec<Currency>,
    /// The taxes it proposes on new documents.
    pub tax_rates: Vec<TaxRate>,
    /// How document numbers are written.
    pub series: NumberSeries,
    /// What customers may do in the portal.
    pub portal: PortalSettings,
    /// Percent of an accepted estimate that is billed first; None for no deposit.
    pub deposit_percent: Option<Decimal>,
    /// The stages of reminder: days after the due date (negative: before it), ascending.
    pub reminders: Vec<i16>,
    /// The stages of late fee, ascending.
    pub late_fees: Vec<LateFee>,
    /// What happens where the collection of a subscription fails.
    pub dunning: Dunning,
    /// Words to every customer on the first page.
    pub banner: Option<String>,
}

/// What becomes of an accepted estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceOnAcceptance {
    /// Staff convert it; the invoice is issued at once.
    ByStaff,
    /// It is converted, and the invoice waits as a draft.
    Draft,
    /// It is converted, and the invoice is issued.
    Issue,
}

/// A tax under the name that staff know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// For example `USt 20 %`.
    pub name: String,
    /// Category (EN 16931) and rate.
    pub tax: Tax,
}

/// What customers may do in the portal; what is false is refused by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalSettings {
    /// Accept offers.
    pub accept: bool,
    /// Decline offers and ask for better ones.
    pub decline: bool,
    /// Comment on estimates.
    pub comment: bool,
    /// Pay invoices through the payment provider.
    pub pay: bool,
    /// Pay less than what is due.
    pub part_pay: bool,
    /// Settle invoices from their own credit. Settings from before it was there allow it: the money is the customer's.
    #[serde(default = "allowed", skip_serializing_if = "is_allowed")]
    pub use_credit: bool,
    /// Write to the merchant.
    pub mail: bool,
    /// Review the merchant.
    pub review: bool,
    /// Dispute an invoice.
    pub dispute: bool,
    /// Forward invoices to other people.
    pub forward: bool,
    /// Cancel their own subscriptions.
    pub cancel_subscription: bool,
    /// Pause and resume their own subscriptions.
    pub pause_subscription: bool,
    /// Change plan or quantity of their own subscriptions.
    pub change_subscription: bool,
    /// Change their own personal and company details.
    pub edit_details: bool,
    /// Put another card or bank account in the place of the attached one.
    pub update_payment_method: bool,
}

fn allowed() -> bool {
    true
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_allowed(setting: &bool) -> bool {
    *setting
}

/// A fee for paying late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFee {
    /// So many days after the due date, 1 to 365.
    pub after_days: u16,
    /// How much.
    pub fee: Fee,
}

/// How much a fee is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fee {
    /// Percent of the amount due, more than 0 to 100, at most four places.
    Percent(Decimal),
    /// That much, on invoices in that currency only.
    Fixed(Money),
}

/// What happens where the collection of a subscription's invoice fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dunning {
    /// When it is tried again: days after the first failure, ascending, 1 to 90.
    pub retry_after_days: Vec<u16>,
    /// What becomes of the subscription once all tries have failed.
    pub then: AfterDunning,
}

/// What becomes of a subscription that could not be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterDunning {
    /// It goes on, unpaid, and nothing more is collected by itself.
    MarkUnpaid,
    /// It is cancelled.
    Cancel,
}

/// The most entries of any list in the settings.
const MOST: usize = 50;

impl OrganisationSettings {
    /// The settings with texts trimmed and every value within its bounds.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn checked(&self) -> Result<Self, Invalid> {
        days("offerValidDays", self.offer_valid_days, 1, 365)?;
        days("paymentTermsDays", self.payment_terms_days, 0, 365)?;
        self.check_currencies()?;
        self.series.check().map_err(|e| e.within("series"))?;
        if let Some(deposit) = self.deposit_percent {
            percent("depositPercent", deposit)?;
        }
        ascending("reminders", &self.reminders, -365, 365, "")?;
        let retries = &self.dunning.retry_after_days;
        let retries: Vec<i16> = retries
            .iter()
            .map(|days| (*days).try_into().unwrap_or(i16::MAX))
            .collect();
        ascending("dunning.retryAfterDays", &retries, 1, 90, "")?;
        Ok(Self {
            tax_rates: self.checked_tax_rates()?,
            late_fees: self.checked_late_fees()?,
            banner: optional_text("banner", self.banner.as_deref(), 2_000)?,
            ..self.clone()
        })
    }

    fn check_currencies(&self) -> Result<(), Invalid> {
        few("currencies", self.currencies.len())?;
        for (index, currency) in self.currencies.iter().enumerate() {
            let field = format!("currencies.{index}");
            money::payable(&field, *currency)?;
            if self.currencies[..index].contains(currency) {
                return Err(Invalid::new(field, Rule::Duplicate));
            }
        }
        Ok(())
    }

    fn checked_tax_rates(&self) -> Result<Vec<TaxRate>, Invalid> {
        few("taxRates", self.tax_rates.len())?;
        let mut checked: Vec<TaxRate> = vec![];
        for (index, rate) in self.tax_rates.iter().enumerate() {
            let within = |e: Invalid| e.within(&format!("taxRates.{index}"));
            let name = required_line("name", &rate.name, 50).map_err(within)?;
            if checked.iter().any(|known| known.name == name) {
                return Err(within(Invalid::new("name", Rule::Duplicate)));
            }
            let tax = rate.tax.checked().map_err(within)?;
            checked.push(TaxRate { name, tax });
        }
        Ok(checked)
    }

    fn checked_late_fees(&self) -> Result<Vec<LateFee>, Invalid> {
        let after: Vec<i16> = self
            .late_fees
            .iter()
            .map(|fee| fee.after_days.try_into().unwrap_or(i16::MAX))
            .collect();
        ascending("lateFees", &after, 1, 365, ".afterDays")?;
        let checked = self.late_fees.iter().enumerate().map(|(index, late_fee)| {
            let fee = match late_fee.fee {
                Fee::Percent(rate) => {
                    percent(&format!("lateFees.{index}.percent"), rate)?;
                    Fee::Percent(rate)
                }
                Fee::Fixed(fee) => Fee::Fixed(positive(&format!("lateFees.{index}.fixed"), fee)?),
            };
            Ok(LateFee { fee, ..*late_fee })
        });
        checked.collect()
    }

    /// The currency, where customers may be billed in it. Everything new in a currency of its own is asked this:
    /// customers, documents, plans, recorded payments, imports. What follows from something older (a correction, a
    /// renewal, the payment of an invoice) keeps that one's currency and is not asked.
    ///
    /// # Errors
    /// [`Rule::CurrencyNotBilled`] at `field`.
    pub fn billed(&self, field: &str, currency: Currency) -> Result<Currency, Invalid> {
        if self.currencies.is_empty() || self.currencies.contains(&currency) {
            Ok(currency)
        } else {
            Err(Invalid::new(field, Rule::CurrencyNotBilled))
        }
    }
}

impl PortalSettings {
    /// Everything is allowed.
    pub const ALL: Self = Self {
        accept: true,
        decline: true,
        comment: true,
        pay: true,
        part_pay: true,
        use_credit: true,
        mail: true,
        review: true,
        dispute: true,
        forward: true,
        cancel_subscription: true,
        pause_subscription: true,
        change_subscription: true,
        edit_details: true,
        update_payment_method: true,
    };
}

impl Default for OrganisationSettings {
    /// What a new organisation begins with: subscriptions are changed by staff only, nothing is reminded or charged
    /// by itself.
    fn default() -> Self {
        Self {
            invoice_on_acceptance: InvoiceOnAcceptance::ByStaff,
            offer_valid_days: 30,
            time_zone: Zone::utc(),
            payment_terms_days: 30,
            currencies: vec![],
            tax_rates: vec![],
            series: NumberSeries::default(),
            portal: PortalSettings {
                cancel_subscription: false,
                pause_subscription: false,
                change_subscription: false,
                ..PortalSettings::ALL
            },
            deposit_percent: None,
            reminders: vec![],
            late_fees: vec![],
            dunning: Dunning {
                retry_after_days: vec![1, 3, 7],
                then: AfterDunning::MarkUnpaid,
            },
            banner: None,
        }
    }
}

fn days(field: &str, days: u16, least: u16, most: u16) -> Result<(), Invalid> {
    if (least..=most).contains(&days) {
        Ok(())
    } else {
        let rule = Rule::OutOfRange(least.into(), most.into());
        Err(Invalid::new(field, rule))
    }
}

fn few(field: &str, count: usize) -> Result<(), Invalid> {
    if count > MOST {
        return Err(Invalid::new(field, Rule::BadCount(MOST)));
    }
    Ok(())
}

fn positive(field: &str, money: Money) -> Result<Money, Invalid> {
    money::payable(field, money.currency)?;
    let money = Money::exact(field, money.amount, money.currency)?;
    if money.is_positive() {
        Ok(money)
    } else {
        Err(Invalid::new(field, Rule::NotPositive))
    }
}

fn percent(field: &str, percent: Decimal) -> Result<(), Invalid> {
    if percent <= Decimal::ZERO {
        return Err(Invalid::new(field, Rule::NotPositive));
    }
    if percent > Decimal::ONE_HUNDRED {
        let rule = Rule::OutOfRange(Decimal::ZERO, Decimal::ONE_HUNDRED);
        return Err(Invalid::new(field, rule));
    }
    if percent.normalize().scale() > 4 {
        return Err(Invalid::new(field, Rule::TooManyDecimals(4)));
    }
    Ok(())
}

/// Days that grow from entry to entry; `inner` is the field within an entry.
fn ascending(field: &str, days: &[i16], least: i16, most: i16, inner: &str) -> Result<(), Invalid> {
    few(field, days.len())?;
    for (index, day) in days.iter().enumerate() {
        let at = |rule| Invalid::new(format!("{field}.{index}{inner}"), rule);
        if !(least..=most).contains(day) {
            return Err(at(Rule::OutOfRange(least.into(), most.into())));
        }
        if index > 0 && days[index - 1] >= *day {
            return Err(at(Rule::NotAscending));
        }
    }
    Ok(())
}
