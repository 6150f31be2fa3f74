//! What an estimate or an invoice says: its lines, discounts and taxes, and the totals that follow.
//!
//! The rule (stored on the document as [`TaxRounding`]): each line's net is quantity × unit price rounded to the
//! currency, less its discount; a document discount is split over the tax rates in proportion; tax is computed
//! **once per rate on the document total** and rounded half away from zero (EN 16931 BR-CO-17). Where prices
//! include tax, the tax is taken out of the gross of each rate by the same rounding. Sums always re-add.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Rule, optional_text, required_text};
use crate::money::{self, Currency, Money};
use crate::tax::Tax;
use crate::text::{mended, mended_optional};

/// The most lines one document may have.
pub const MOST_LINES: usize = 1_000;

/// Whether unit prices include tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prices {
    /// Tax is added to the prices.
    TaxExclusive,
    /// Tax is contained in the prices.
    TaxInclusive,
}

/// The rounding rule that a document was computed by; kept on it, so that a later rule never changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaxRounding {
    /// Once per tax rate on the document total, half away from zero (EN 16931 BR-CO-17).
    PerRateOnDocument,
}

/// A reduction of a line or of a document, before tax is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Discount {
    /// Percent of the amount, more than 0 to 100, at most four places.
    Percent(Decimal),
    /// An amount in the document's currency, in the same mode (with or without tax) as the prices.
    Amount(Decimal),
}

/// A line as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDraft {
    /// The line it continues when a document is reworked; None for a new line.
    pub line_id: Option<u32>,
    /// What is sold.
    pub description: String,
    /// How much of it, not zero, at most six places. Negative takes something back.
    pub quantity: Decimal,
    /// The price of one, not negative (EN 16931 BR-27), at most six places.
    pub unit_price: Decimal,
    /// Reduction of this line.
    pub discount: Option<Discount>,
    /// The tax on it.
    pub tax: Tax,
}

/// A document as somebody wrote it, before it is priced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDraft {
    /// The one currency of all its amounts.
    pub currency: Currency,
    /// Whether unit prices include tax.
    pub prices: Prices,
    /// Its lines, 1 to [`MOST_LINES`].
    pub lines: Vec<LineDraft>,
    /// Reduction of the whole document.
    pub discount: Option<Discount>,
    /// Words to the customer.
    pub notes: Option<String>,
    /// Terms that acceptance agrees to.
    pub terms: Option<String>,
}

/// A priced line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Stable across the revisions of one document, so that revisions compare line by line.
    pub line_id: u32,
    /// What is sold.
    pub description: String,
    /// How much of it.
    pub quantity: Decimal,
    /// The price of one.
    pub unit_price: Decimal,
    /// Reduction of this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// The tax on it.
    pub tax: Tax,
    /// Quantity × unit price less the line's discount, at the currency's scale, in the mode of the prices.
    pub amount: Decimal,
}

/// What one tax rate comes to on a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// Category and rate.
    pub tax: Tax,
    /// The amount taxed, without tax, after the document discount.
    pub taxable: Decimal,
    /// The tax.
    pub amount: Decimal,
}

/// The sums of a document, all at the currency's scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Sum of the line amounts, in the mode of the prices.
    pub lines: Decimal,
    /// What the document discount takes off, in the mode of the prices.
    pub discount: Decimal,
    /// Without tax: the sum of `taxable` over all rates.
    pub net: Decimal,
    /// The sum of the taxes.
    pub tax: Decimal,
    /// To pay: net + tax.
    pub gross: Decimal,
    /// By rate, in order of category and rate.
    pub taxes: Vec<TaxTotal>,
}

/// A priced document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The one currency of all its amounts.
    pub currency: Currency,
    /// Whether unit prices include tax.
    pub prices: Prices,
    /// The rule the taxes were rounded by.
    pub rounding: TaxRounding,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Reduction of the whole document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// Words to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Terms that acceptance agrees to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// The sums.
    pub totals: Totals,
}

impl Document {
    /// What is to pay.
    pub fn total(&self) -> Money {
        Money::rounded(self.totals.gross, self.currency)
    }

    /// The draft that would price to this document again; older texts in the form of today.
    pub fn to_draft(&self) -> DocumentDraft {
        DocumentDraft {
            currency: self.currency,
            prices: self.prices,
            lines: self.lines.iter().map(Line::to_draft).collect(),
            discount: self.discount,
            notes: mended_optional(self.notes.as_deref()),
            terms: mended_optional(self.terms.as_deref()),
        }
    }
}

impl Line {
    /// Whether a draft's line says the same, whatever its id.
    fn says(&self, draft: &LineDraft) -> bool {
        mended(&self.description) == mended(&draft.description)
            && self.quantity == draft.quantity
            && self.unit_price == draft.unit_price
            && self.discount == draft.discount
            && self.tax == draft.tax
    }

    fn to_draft(&self) -> LineDraft {
        LineDraft {
            line_id: Some(self.line_id),
            description: mended(&self.description),
            quantity: self.quantity,
            unit_price: self.unit_price,
            discount: self.discount,
            tax: self.tax,
        }
    }
}

impl DocumentDraft {
    /// Prices the draft. Lines without an id, or with one that `known` does not hold, get the next free one,
    /// so that a line keeps its id through every revision and no id is used for two things.
    ///
    /// # Errors
    /// The first field that breaks a rule, by its path (`lines.2.quantity`).
    pub fn price(&self, known: &BTreeSet<u32>) -> Result<Document, Invalid> {
        let currency = money::payable("currency", self.currency)?;
        if self.lines.is_empty() || self.lines.len() > MOST_LINES {
            return Err(Invalid::new("lines", Rule::BadCount(MOST_LINES)));
        }
        let ids = line_ids(&self.lines, known)?;
        let lines = self
            .lines
            .iter()
            .zip(ids)
            .enumerate()
            .map(|(index, (line, id))| {
                price_line(line, id, currency).map_err(|e| e.within(&format!("lines.{index}")))
            })
            .collect::<Result<Vec<Line>, Invalid>>()?;
        let totals = totals(&lines, self.discount, self.prices, currency)?;
        Ok(Document {
            currency,
            prices: self.prices,
            rounding: TaxRounding::PerRateOnDocument,
            lines,
            discount: self.discount,
            notes: optional_text("notes", self.notes.as_deref(), 5_000)?,
            terms: optional_text("terms", self.terms.as_deref(), 20_000)?,
            totals,
        })
    }

    /// Prices the draft in the place of `current`, in its currency. A line without an id that stands in `current`
    /// just so is that line: else a draft that is sent twice would number its lines anew and never be the same.
    ///
    /// # Errors
    /// As [`DocumentDraft::price`], or [`Rule::WrongCurrency`].
    pub(crate) fn price_anew(
        &self,
        current: &Document,
        known: &BTreeSet<u32>,
    ) -> Result<Document, Invalid> {
        if self.currency != current.currency {
            let rule = Rule::WrongCurrency(current.currency.code());
            return Err(Invalid::new("currency", rule));
        }
        let named: BTreeSet<u32> = self.lines.iter().filter_map(|line| line.line_id).collect();
        let unnamed = current.lines.iter();
        let mut unnamed: Vec<&Line> = unnamed.filter(|l| !named.contains(&l.line_id)).collect();
        let mut draft = self.clone();
        for line in draft.lines.iter_mut().filter(|l| !is_known(l, known)) {
            if let Some(index) = unnamed.iter().position(|old| old.says(line)) {
                line.line_id = Some(unnamed.remove(index).line_id);
            }
        }
        draft.price(known)
    }
}

fn is_known(line: &LineDraft, known: &BTreeSet<u32>) -> bool {
    line.line_id.is_some_and(|id| known.contains(&id))
}

fn line_ids(lines: &[LineDraft], known: &BTreeSet<u32>) -> Result<Vec<u32>, Invalid> {
    let mut used = BTreeSet::new();
    let mut next = known.last().copied().unwrap_or(0);
    let mut ids = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let id = match line.line_id.filter(|id| known.contains(id)) {
            Some(id) => id,
            None => {
                next += 1;
                next
            }
        };
        if !used.insert(id) {
            return Err(Invalid::new(
                format!("lines.{index}.lineId"),
                Rule::Duplicate,
            ));
        }
        ids.push(id);
    }
    Ok(ids)
}

fn price_line(line: &LineDraft, line_id: u32, currency: Currency) -> Result<Line, Invalid> {
    let description = required_text("description", &line.description, 2_000)?;
    let quantity = six_places("quantity", line.quantity)?;
    if quantity.is_zero() {
        return Err(Invalid::new("quantity", Rule::Zero));
    }
    let unit_price = six_places("unitPrice", line.unit_price)?;
    if unit_price.is_sign_negative() && !unit_price.is_zero() {
        let most = Decimal::from(LARGEST_FACTOR);
        return Err(Invalid::new(
            "unitPrice",
            Rule::OutOfRange(Decimal::ZERO, most),
        ));
    }
    let tax = line.tax.checked().map_err(|e| e.within("tax"))?;
    let full = Money::rounded(quantity * unit_price, currency).amount;
    Money::exact("unitPrice", full, currency)?;
    let off = discount_on(full, line.discount, currency)?;
    Ok(Line {
        line_id,
        description,
        quantity,
        unit_price,
        discount: line.discount,
        tax,
        amount: money::round(full - off, currency),
    })
}

/// Quantities and unit prices reach to a billion, so that their product fits a decimal with room to spare.
const LARGEST_FACTOR: i64 = 1_000_000_000;

fn six_places(field: &str, value: Decimal) -> Result<Decimal, Invalid> {
    let value = value.normalize();
    if value.scale() > 6 {
        return Err(Invalid::new(field, Rule::TooManyDecimals(6)));
    }
    let most = Decimal::from(LARGEST_FACTOR);
    if value.abs() > most {
        return Err(Invalid::new(field, Rule::OutOfRange(-most, most)));
    }
    Ok(value)
}

fn discount_on(
    amount: Decimal,
    discount: Option<Discount>,
    currency: Currency,
) -> Result<Decimal, Invalid> {
    match discount {
        None => Ok(Decimal::ZERO),
        Some(Discount::Percent(percent)) => {
            if percent <= Decimal::ZERO {
                return Err(Invalid::new("discount.percent", Rule::NotPositive));
            }
            if percent > Decimal::ONE_HUNDRED {
                let rule = Rule::OutOfRange(Decimal::ZERO, Decimal::ONE_HUNDRED);
                return Err(Invalid::new("discount.percent", rule));
            }
            if percent.normalize().scale() > 4 {
                return Err(Invalid::new("discount.percent", Rule::TooManyDecimals(4)));
            }
            Ok(money::round(
                amount * percent / Decimal::ONE_HUNDRED,
                currency,
            ))
        }
        Some(Discount::Amount(off)) => {
            let off = Money::exact("discount.amount", off, currency)?;
            if !off.is_positive() {
                return Err(Invalid::new("discount.amount", Rule::NotPositive));
            }
            if off.amount > amount {
                return Err(Invalid::new("discount.amount", Rule::DiscountTooLarge));
            }
            Ok(off.amount)
        }
    }
}

fn totals(
    lines: &[Line],
    discount: Option<Discount>,
    prices: Prices,
    currency: Currency,
) -> Result<Totals, Invalid> {
    let sum: Decimal = lines.iter().map(|line| line.amount).sum();
    Money::exact("lines", sum, currency)?;
    let discount = discount_on(sum, discount, currency)?;
    let by_rate = sums_by_rate(lines);
    let weights: Vec<Decimal> = by_rate.values().copied().collect();
    let shares = money::split(discount, &weights, currency);
    let taxes: Vec<TaxTotal> = by_rate
        .into_iter()
        .zip(shares)
        .map(|((tax, amount), share)| tax_total(tax, amount - share, prices, currency))
        .collect();
    let net = money::round(taxes.iter().map(|t| t.taxable).sum(), currency);
    let tax = money::round(taxes.iter().map(|t| t.amount).sum(), currency);
    let gross = Money::exact("lines", net + tax, currency)?.amount;
    Ok(Totals {
        lines: money::round(sum, currency),
        discount: money::round(discount, currency),
        net,
        tax,
        gross,
        taxes,
    })
}

/// The sums of the lines of each rate, before any discount of the document.
pub(crate) fn sums_by_rate(lines: &[Line]) -> BTreeMap<Tax, Decimal> {
    let mut by_rate: BTreeMap<Tax, Decimal> = BTreeMap::new();
    for line in lines {
        *by_rate.entry(line.tax).or_default() += line.amount;
    }
    by_rate
}

/// What a rate comes to on an amount in the mode of the prices.
pub(crate) fn tax_total(tax: Tax, amount: Decimal, prices: Prices, currency: Currency) -> TaxTotal {
    match prices {
        Prices::TaxExclusive => TaxTotal {
            tax,
            taxable: money::round(amount, currency),
            amount: money::round(amount * tax.percent / Decimal::ONE_HUNDRED, currency),
        },
        Prices::TaxInclusive => {
            let contained = amount * tax.percent / (Decimal::ONE_HUNDRED + tax.percent);
            let contained = money::round(contained, currency);
            TaxTotal {
                tax,
                taxable: money::round(amount - contained, currency),
                amount: contained,
            }
        }
    }
}

#[cfg(test)]
mod tests;
