//! The part of an accepted estimate that is billed first, and the final invoice that takes it off again.
//!
//! A deposit is a percentage of what each tax rate comes to, so that it bears the taxes of what it is for; the final
//! invoice takes off, rate by rate, what the deposit invoice says. Together the two come to the estimate to the cent,
//! in amount and in tax: where the roundings of two smaller taxes would not add up to that of the whole (EN 16931
//! BR-CO-17), the deposit gives way by the few cents that it takes.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::document::{
    Document, DocumentDraft, LineDraft, Prices, TaxTotal, sums_by_rate, tax_total,
};
use crate::invalid::{Invalid, Rule};
use crate::money::{self, Currency, Money};
use crate::tax::Tax;

/// How far from its percentage, in minor units, a rate's part of a deposit may be looked for. A tax of 0.0001 % repeats
/// its rounding after so many; ordinary rates take a cent or two.
const FARTHEST: i64 = 1_000_000;

/// What is billed before an accepted estimate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Percent of the estimate.
    pub percent: Decimal,
    /// To pay, taxes and all.
    pub total: Money,
    prices: Prices,
    /// By rate, in the mode of the prices.
    parts: Vec<(Tax, Decimal)>,
}

/// A deposit's percentage: more than 0 to 100, at most four places.
///
/// # Errors
/// [`Rule::NotPositive`], [`Rule::OutOfRange`] or [`Rule::TooManyDecimals`] at `field`.
pub fn check_percent(field: &str, percent: Decimal) -> Result<Decimal, Invalid> {
    let percent = percent.normalize();
    if percent <= Decimal::ZERO {
        return Err(Invalid::new(field, Rule::NotPositive));
    }
    if percent > Decimal::ONE_HUNDRED {
        let rule = Rule::OutOfRange(Decimal::ZERO, Decimal::ONE_HUNDRED);
        return Err(Invalid::new(field, rule));
    }
    if percent.scale() > 4 {
        return Err(Invalid::new(field, Rule::TooManyDecimals(4)));
    }
    Ok(percent)
}

/// The deposit of that many percent on a document; None where it comes to nothing.
pub fn of(document: &Document, percent: Decimal) -> Option<Deposit> {
    let (prices, currency) = (document.prices, document.currency);
    let wholes: Vec<(Tax, Decimal)> = by_rate(document).collect();
    let weights: Vec<Decimal> = wholes.iter().map(|(_, whole)| *whole).collect();
    let sum: Decimal = weights.iter().sum();
    let target = money::round(sum * percent / Decimal::ONE_HUNDRED, currency);
    let parts: Vec<(Tax, Decimal)> = wholes
        .into_iter()
        .zip(money::split(target, &weights, currency))
        .map(|((tax, whole), part)| (tax, fitting(tax, (whole, part), prices, currency)))
        .filter(|(_, part)| !part.is_zero())
        .collect();
    let gross = parts.iter().map(|(tax, part)| {
        let total = tax_total(*tax, *part, prices, currency);
        total.taxable + total.amount
    });
    let total = Money::rounded(gross.sum(), currency);
    total.is_positive().then_some(Deposit {
        percent,
        total,
        prices,
        parts,
    })
}

impl Deposit {
    /// What the deposit invoice shall say: one line for each tax rate.
    pub fn draft(&self, description: &str) -> DocumentDraft {
        let parts = self.parts.iter();
        DocumentDraft {
            currency: self.total.currency,
            prices: self.prices,
            lines: parts
                .map(|(tax, part)| line(description, *tax, *part))
                .collect(),
            discount: None,
            notes: None,
            terms: None,
        }
    }
}

/// What the final invoice shall say: everything that `document` does, less what the deposit invoice billed, rate by
/// rate. A discount of the document is written out by rate too: it was not given on the deposit.
pub fn deducted(document: &Document, billed: &Document, description: &str) -> DocumentDraft {
    let mut draft = document.to_draft();
    if draft.discount.take().is_some() {
        let lines = sums_by_rate(&document.lines);
        let kept: BTreeMap<Tax, Decimal> = by_rate(document).collect();
        draft
            .lines
            .extend(lines.into_iter().filter_map(|(tax, sum)| {
                let off = sum - kept.get(&tax).copied().unwrap_or_default();
                (!off.is_zero()).then(|| line(DISCOUNT, tax, -off))
            }));
    }
    let billed = billed.totals.taxes.iter();
    let billed = billed.map(|total| (total.tax, in_mode(total, document.prices)));
    draft.lines.extend(
        billed
            .filter(|(_, part)| !part.is_zero())
            .map(|(tax, part)| line(description, tax, -part)),
    );
    draft
}

/// What the discount of a document is called where it is written out by rate.
const DISCOUNT: &str = "Discount";

/// One line of that amount: what is taken off has a quantity of minus one, for no price is negative (EN 16931 BR-27).
fn line(description: &str, tax: Tax, amount: Decimal) -> LineDraft {
    LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: if amount.is_sign_negative() {
            Decimal::NEGATIVE_ONE
        } else {
            Decimal::ONE
        },
        unit_price: amount.abs(),
        discount: None,
        tax,
    }
}

/// What each rate comes to, in the mode of the document's prices.
fn by_rate(document: &Document) -> impl Iterator<Item = (Tax, Decimal)> {
    let totals = document.totals.taxes.iter();
    totals.map(|total| (total.tax, in_mode(total, document.prices)))
}

/// What a rate comes to, in that mode.
pub(crate) fn in_mode(total: &TaxTotal, prices: Prices) -> Decimal {
    match prices {
        Prices::TaxExclusive => total.taxable,
        Prices::TaxInclusive => total.taxable + total.amount,
    }
}

/// The part nearest to `part` whose tax and that of the rest add up to the tax of the whole.
fn fitting(
    tax: Tax,
    (whole, part): (Decimal, Decimal),
    prices: Prices,
    currency: Currency,
) -> Decimal {
    let taxed = |amount| tax_total(tax, amount, prices, currency).amount;
    let all = taxed(whole);
    let within = |part: &Decimal| {
        let (low, high) = (whole.min(Decimal::ZERO), whole.max(Decimal::ZERO));
        (low..=high).contains(part)
    };
    let steps = (0..=FARTHEST).map(|minor| Money::from_minor(minor, currency).amount);
    let mut near = steps
        .flat_map(|step| [part + step, part - step])
        .filter(within);
    near.find(|part| taxed(*part) + taxed(whole - part) == all)
        .unwrap_or(Decimal::ZERO)
}

#[cfg(test)]
mod tests;
