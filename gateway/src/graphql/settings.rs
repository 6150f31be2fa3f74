//! How the organisation works, as its people see and its owner sets it.

use async_graphql::{Enum, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::money::Money as DomainMoney;
use domain::numbering;
use domain::organisation as settings;
use domain::organisation::OrganisationSettings;
use domain::tax::{Tax, TaxCategory as DomainTaxCategory};
use domain::zone::Zone;

use super::act::Refusal as _;
use super::documents::TaxCategory;
use super::error::UserError;
use super::scalars::{CurrencyCode, Decimal};

/// What becomes of an accepted estimate.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::organisation::InvoiceOnAcceptance")]
pub enum InvoiceOnAcceptance {
    /// Staff convert it; the invoice is issued at once.
    ByStaff,
    /// It is converted by itself, and the invoice waits as a draft.
    Draft,
    /// It is converted by itself, and the invoice is issued.
    Issue,
}

/// What becomes of a subscription that could not be collected.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::organisation::AfterDunning")]
pub enum AfterDunning {
    /// It goes on, unpaid, and nothing more is collected by itself.
    MarkUnpaid,
    /// It is cancelled.
    Cancel,
}

/// What customers may do in the portal; what is false is refused by the server. Their people are never concerned.
#[derive(SimpleObject, InputObject, Clone, Copy)]
#[graphql(input_name = "PortalSettingsInput")]
pub struct PortalSettings {
    /// Accept offers.
    accept: bool,
    /// Decline offers and ask for better ones.
    decline: bool,
    /// Comment on estimates.
    comment: bool,
    /// Pay invoices through the payment provider.
    pay: bool,
    /// Pay less than what is due.
    part_pay: bool,
    /// Settle invoices from their own credit.
    #[graphql(default = true)]
    use_credit: bool,
    /// Write to the merchant.
    mail: bool,
    /// Review the merchant.
    review: bool,
    /// Dispute an invoice.
    dispute: bool,
    /// Forward invoices to other people.
    forward: bool,
    /// Cancel their own subscriptions.
    cancel_subscription: bool,
    /// Pause and resume their own subscriptions.
    pause_subscription: bool,
    /// Change plan or quantity of their own subscriptions.
    change_subscription: bool,
    /// Change their own personal and company details.
    edit_details: bool,
    /// Put another card or bank account in the place of the attached one.
    update_payment_method: bool,
}

/// How the numbers of each series are written.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "NumberSeriesInput")]
pub struct NumberSeries {
    /// Of estimates.
    estimates: SeriesFormat,
    /// Of invoices.
    invoices: SeriesFormat,
    /// Of credit notes.
    credit_notes: SeriesFormat,
    /// Of payments.
    payments: SeriesFormat,
}

/// How the numbers of one series are written, for example INV-00042, or INV-2026-00042 where it restarts yearly.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "SeriesFormatInput")]
pub struct SeriesFormat {
    /// What every number begins with, 1 to 12 letters, digits or dashes ending in a letter; no two series share one.
    prefix: String,
    /// The counter is padded with zeros to so many digits, 1 to 12.
    digits: u8,
    /// Whether every year begins again with 1, and numbers name the year.
    yearly: bool,
}

/// A tax under the name that staff know it by.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "TaxRateInput")]
pub struct TaxRate {
    /// For example USt 20 %.
    name: String,
    /// The category of EN 16931.
    category: TaxCategory,
    /// The rate in percent.
    percent: Decimal,
}

/// A fee for paying late: a percentage of the amount due, or a fixed amount on invoices in its currency.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "LateFeeInput")]
pub struct LateFee {
    /// So many days after the due date, 1 to 365.
    after_days: u16,
    /// Percent of the amount due, where it is given so.
    percent: Option<Decimal>,
    /// A fixed amount, where it is given so.
    fixed: Option<Decimal>,
    /// The fixed amount's currency.
    currency: Option<CurrencyCode>,
}

/// What happens where the collection of a subscription's invoice fails.
#[derive(SimpleObject, InputObject, Clone)]
#[graphql(input_name = "DunningInput")]
pub struct Dunning {
    /// When it is tried again: days after the first failure, ascending, 1 to 90.
    retry_after_days: Vec<u16>,
    /// What becomes of the subscription once all tries have failed.
    then: AfterDunning,
}

/// How the organisation works.
pub struct Settings(pub OrganisationSettings);

#[Object(name = "OrganisationSettings")]
impl Settings {
    /// What becomes of an accepted estimate.
    async fn invoice_on_acceptance(&self) -> InvoiceOnAcceptance {
        self.0.invoice_on_acceptance.into()
    }

    /// Days that an offer stays valid where staff name no date.
    async fn offer_valid_days(&self) -> u16 {
        self.0.offer_valid_days
    }

    /// Days from issue to due date that a new customer gets where staff name no number.
    async fn payment_terms_days(&self) -> u16 {
        self.0.payment_terms_days
    }

    /// The currencies that customers may be billed in; empty for any.
    async fn currencies(&self) -> Vec<CurrencyCode> {
        self.0
            .currencies
            .iter()
            .copied()
            .map(CurrencyCode)
            .collect()
    }

    /// The taxes it proposes on new documents.
    async fn tax_rates(&self) -> Vec<TaxRate> {
        self.0.tax_rates.iter().map(TaxRate::from).collect()
    }

    /// How document numbers are written.
    async fn series(&self) -> NumberSeries {
        NumberSeries::from(&self.0.series)
    }

    /// Percent of an accepted estimate that is billed first; null for no deposit.
    async fn deposit_percent(&self) -> Option<Decimal> {
        self.0.deposit_percent.map(Decimal)
    }

    /// The stages of reminder: days after the due date (negative: before it).
    async fn reminders(&self) -> &[i16] {
        &self.0.reminders
    }

    /// The stages of late fee.
    async fn late_fees(&self) -> Vec<LateFee> {
        self.0.late_fees.iter().map(LateFee::from).collect()
    }

    /// What happens where the collection of a subscription fails.
    async fn dunning(&self) -> Dunning {
        Dunning {
            retry_after_days: self.0.dunning.retry_after_days.clone(),
            then: self.0.dunning.then.into(),
        }
    }
}

/// New settings; what is left out stays.
#[derive(InputObject)]
pub struct UpdateSettingsInput {
    /// The organisation's version that was seen; where it has changed since, nothing is changed.
    pub(super) expected_version: Option<u64>,
    /// What becomes of an accepted estimate.
    invoice_on_acceptance: Option<InvoiceOnAcceptance>,
    /// Days that an offer stays valid where staff name no date, 1 to 365.
    offer_valid_days: Option<u16>,
    /// Where its days begin and end: an IANA name such as Europe/Vienna.
    time_zone: Option<String>,
    /// Days from issue to due date that a new customer gets where staff name no number, 0 to 365.
    payment_terms_days: Option<u16>,
    /// The currencies that customers may be billed in; empty for any.
    currencies: Option<Vec<CurrencyCode>>,
    /// The taxes it proposes on new documents.
    tax_rates: Option<Vec<TaxRate>>,
    /// How document numbers are written, from the next one on.
    series: Option<NumberSeries>,
    /// What customers may do in the portal.
    portal: Option<PortalSettings>,
    /// Percent of an accepted estimate that is billed first, more than 0 to 100; null for no deposit.
    deposit_percent: MaybeUndefined<Decimal>,
    /// The stages of reminder: days after the due date (negative: before it), ascending.
    reminders: Option<Vec<i16>>,
    /// The stages of late fee, ascending.
    late_fees: Option<Vec<LateFee>>,
    /// What happens where the collection of a subscription fails.
    dunning: Option<Dunning>,
    /// Words to every customer on the first page; null for none.
    banner: MaybeUndefined<String>,
}

impl UpdateSettingsInput {
    /// The known settings with what is given in their place.
    pub(super) fn over(
        self,
        known: OrganisationSettings,
    ) -> Result<OrganisationSettings, UserError> {
        let time_zone = match &self.time_zone {
            Some(name) => Zone::named("timeZone", name)
                .map_err(|e| domain::organisation::OrganisationError::Invalid(e).user_error())?,
            None => known.time_zone,
        };
        let late_fees = match self.late_fees {
            Some(fees) => late_fees(fees)?,
            None => known.late_fees,
        };
        Ok(OrganisationSettings {
            invoice_on_acceptance: self
                .invoice_on_acceptance
                .map_or(known.invoice_on_acceptance, Into::into),
            offer_valid_days: self.offer_valid_days.unwrap_or(known.offer_valid_days),
            time_zone,
            payment_terms_days: self.payment_terms_days.unwrap_or(known.payment_terms_days),
            currencies: self.currencies.map_or(known.currencies, |currencies| {
                currencies.into_iter().map(|code| code.0).collect()
            }),
            tax_rates: self.tax_rates.map_or(known.tax_rates, |rates| {
                rates.into_iter().map(Into::into).collect()
            }),
            series: self.series.map_or(known.series, Into::into),
            portal: self.portal.map_or(known.portal, Into::into),
            deposit_percent: match self.deposit_percent {
                MaybeUndefined::Undefined => known.deposit_percent,
                MaybeUndefined::Null => None,
                MaybeUndefined::Value(percent) => Some(percent.0),
            },
            reminders: self.reminders.unwrap_or(known.reminders),
            late_fees,
            dunning: self
                .dunning
                .map_or(known.dunning, |dunning| settings::Dunning {
                    retry_after_days: dunning.retry_after_days,
                    then: dunning.then.into(),
                }),
            banner: match self.banner {
                MaybeUndefined::Undefined => known.banner,
                MaybeUndefined::Null => None,
                MaybeUndefined::Value(banner) => Some(banner),
            },
        })
    }
}

fn late_fees(fees: Vec<LateFee>) -> Result<Vec<settings::LateFee>, UserError> {
    let read = |(index, fee): (usize, LateFee)| {
        let amount = match (fee.percent, fee.fixed, fee.currency) {
            (Some(Decimal(percent)), None, None) => settings::Fee::Percent(percent),
            (None, Some(Decimal(amount)), Some(CurrencyCode(currency))) => {
                settings::Fee::Fixed(DomainMoney { amount, currency })
            }
            (Some(_), ..) | (None, Some(_), None) | (None, None, _) => {
                let why = "give a percentage, or a fixed amount with its currency";
                return Err(
                    UserError::new(&["input", "fee"], "ONE_KIND_OF_FEE", why).at("lateFees", index)
                );
            }
        };
        Ok(settings::LateFee {
            after_days: fee.after_days,
            fee: amount,
        })
    };
    fees.into_iter().enumerate().map(read).collect()
}

impl From<&settings::LateFee> for LateFee {
    fn from(fee: &settings::LateFee) -> Self {
        let (percent, fixed) = match fee.fee {
            settings::Fee::Percent(percent) => (Some(percent), None),
            settings::Fee::Fixed(money) => (None, Some(money)),
        };
        Self {
            after_days: fee.after_days,
            percent: percent.map(Decimal),
            fixed: fixed.map(|money| Decimal(money.amount)),
            currency: fixed.map(|money| CurrencyCode(money.currency)),
        }
    }
}

impl From<&settings::TaxRate> for TaxRate {
    fn from(rate: &settings::TaxRate) -> Self {
        Self {
            name: rate.name.clone(),
            category: rate.tax.category.into(),
            percent: Decimal(rate.tax.percent),
        }
    }
}

impl From<TaxRate> for settings::TaxRate {
    fn from(rate: TaxRate) -> Self {
        Self {
            name: rate.name,
            tax: Tax {
                category: DomainTaxCategory::from(rate.category),
                percent: rate.percent.0,
            },
        }
    }
}

impl From<&numbering::NumberSeries> for NumberSeries {
    fn from(series: &numbering::NumberSeries) -> Self {
        let format = |format: &numbering::SeriesFormat| SeriesFormat {
            prefix: format.prefix.clone(),
            digits: format.digits,
            yearly: format.yearly,
        };
        Self {
            estimates: format(&series.estimates),
            invoices: format(&series.invoices),
            credit_notes: format(&series.credit_notes),
            payments: format(&series.payments),
        }
    }
}

impl From<NumberSeries> for numbering::NumberSeries {
    fn from(series: NumberSeries) -> Self {
        let format = |format: SeriesFormat| numbering::SeriesFormat {
            prefix: format.prefix,
            digits: format.digits,
            yearly: format.yearly,
        };
        Self {
            estimates: format(series.estimates),
            invoices: format(series.invoices),
            credit_notes: format(series.credit_notes),
            payments: format(series.payments),
        }
    }
}

impl From<settings::PortalSettings> for PortalSettings {
    fn from(portal: settings::PortalSettings) -> Self {
        let settings::PortalSettings {
            accept,
            decline,
            comment,
            pay,
            part_pay,
            use_credit,
            mail,
            review,
            dispute,
            forward,
            cancel_subscription,
            pause_subscription,
            change_subscription,
            edit_details,
            update_payment_method,
        } = portal;
        Self {
            accept,
            decline,
            comment,
            pay,
            part_pay,
            use_credit,
            mail,
            review,
            dispute,
            forward,
            cancel_subscription,
            pause_subscription,
            change_subscription,
            edit_details,
            update_payment_method,
        }
    }
}

impl From<PortalSettings> for settings::PortalSettings {
    fn from(portal: PortalSettings) -> Self {
        let PortalSettings {
            accept,
            decline,
            comment,
            pay,
            part_pay,
            use_credit,
            mail,
            review,
            dispute,
            forward,
            cancel_subscription,
            pause_subscription,
            change_subscription,
            edit_details,
            update_payment_method,
        } = portal;
        Self {
            accept,
            decline,
            comment,
            pay,
            part_pay,
            use_credit,
            mail,
            review,
            dispute,
            forward,
            cancel_subscription,
            pause_subscription,
            change_subscription,
            edit_details,
            update_payment_method,
        }
    }
}
