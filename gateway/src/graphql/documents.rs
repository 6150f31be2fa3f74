//! What estimates and invoices say: lines, discounts, taxes, totals.

use async_graphql::{Context, Enum, InputObject, Object, OneofObject, Result};
use domain::comparison::LineChange;
use domain::document::{
    Discount as DomainDiscount, Document as DomainDocument, DocumentDraft, Line as DomainLine,
    LineDraft, Prices as DomainPrices, TaxTotal as DomainTaxTotal,
};
use domain::money::{Currency, Money as DomainMoney};
use domain::tax::{Tax, TaxCategory as DomainTaxCategory};

use super::act::invalid;
use super::context::app;
use super::error::UserError;
use super::money::Money;
use super::scalars::{CurrencyCode, Decimal};

/// Whether unit prices include tax.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::document::Prices")]
pub enum Prices {
    /// Tax is added to the prices.
    TaxExclusive,
    /// Tax is contained in the prices.
    TaxInclusive,
}

/// The VAT categories of EN 16931.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::tax::TaxCategory")]
pub enum TaxCategory {
    /// S: standard or reduced rate.
    Standard,
    /// Z: zero rated goods.
    ZeroRated,
    /// E: exempt from tax.
    Exempt,
    /// AE: VAT reverse charge.
    ReverseCharge,
    /// K: intra-community supply.
    IntraCommunity,
    /// G: export outside the EU.
    Export,
    /// O: outside the scope of tax.
    OutOfScope,
}

/// What a document says.
pub struct Document(pub DomainDocument);

#[Object]
impl Document {
    /// The one currency of all its amounts.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// Whether unit prices include tax.
    async fn prices(&self) -> Prices {
        self.0.prices.into()
    }

    /// Its lines.
    #[graphql(complexity = "1 + child_complexity * 20")]
    async fn lines(&self) -> Vec<Line> {
        self.0
            .lines
            .iter()
            .map(|line| Line::new(line, self.0.currency))
            .collect()
    }

    /// Reduction of the whole document.
    async fn discount(&self) -> Option<Discount> {
        self.0.discount.map(Discount)
    }

    /// Words to the customer.
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
    }

    /// Terms that acceptance agrees to.
    async fn terms(&self) -> Option<&str> {
        self.0.terms.as_deref()
    }

    /// Sum of the line amounts, in the mode of the prices.
    async fn lines_total(&self) -> Money {
        self.money(self.0.totals.lines)
    }

    /// What the document discount takes off, in the mode of the prices.
    async fn discount_total(&self) -> Money {
        self.money(self.0.totals.discount)
    }

    /// Without tax.
    async fn net(&self) -> Money {
        self.money(self.0.totals.net)
    }

    /// The sum of the taxes.
    async fn tax(&self) -> Money {
        self.money(self.0.totals.tax)
    }

    /// To pay: net and tax.
    async fn total(&self) -> Money {
        self.money(self.0.totals.gross)
    }

    /// The taxes by rate.
    #[graphql(complexity = "1 + child_complexity * 3")]
    async fn taxes(&self) -> Vec<TaxTotal> {
        let taxes = self.0.totals.taxes.iter();
        taxes
            .map(|tax| TaxTotal {
                tax: tax.clone(),
                currency: self.0.currency,
            })
            .collect()
    }
}

impl Document {
    fn money(&self, amount: rust_decimal::Decimal) -> Money {
        Money(DomainMoney::rounded(amount, self.0.currency))
    }
}

/// One line of a document.
pub struct Line {
    line: DomainLine,
    currency: Currency,
}

impl Line {
    fn new(line: &DomainLine, currency: Currency) -> Self {
        Self {
            line: line.clone(),
            currency,
        }
    }
}

#[Object(name = "DocumentLine")]
impl Line {
    /// Stable across the revisions of one document.
    async fn line_id(&self) -> u32 {
        self.line.line_id
    }

    /// What is sold.
    async fn description(&self) -> &str {
        &self.line.description
    }

    /// How much of it.
    async fn quantity(&self) -> Decimal {
        Decimal(self.line.quantity)
    }

    /// The price of one, at most six places.
    async fn unit_price(&self) -> Decimal {
        Decimal(self.line.unit_price)
    }

    /// Reduction of this line.
    async fn discount(&self) -> Option<Discount> {
        self.line.discount.map(Discount)
    }

    /// The tax's category.
    async fn tax_category(&self) -> TaxCategory {
        self.line.tax.category.into()
    }

    /// The tax's rate in percent.
    async fn tax_percent(&self) -> Decimal {
        Decimal(self.line.tax.percent)
    }

    /// Quantity × unit price less the line's discount, in the mode of the prices.
    async fn amount(&self) -> Money {
        Money(DomainMoney::rounded(self.line.amount, self.currency))
    }
}

/// What one tax rate comes to on a document.
pub struct TaxTotal {
    tax: DomainTaxTotal,
    currency: Currency,
}

#[Object]
impl TaxTotal {
    /// The tax's category.
    async fn category(&self) -> TaxCategory {
        self.tax.tax.category.into()
    }

    /// The tax's rate in percent.
    async fn percent(&self) -> Decimal {
        Decimal(self.tax.tax.percent)
    }

    /// The amount taxed, without tax.
    async fn taxable(&self) -> Money {
        Money(DomainMoney::rounded(self.tax.taxable, self.currency))
    }

    /// The tax.
    async fn amount(&self) -> Money {
        Money(DomainMoney::rounded(self.tax.amount, self.currency))
    }
}

/// A reduction: percent or an amount.
pub struct Discount(DomainDiscount);

#[Object]
impl Discount {
    /// In percent, where it is given so.
    async fn percent(&self) -> Option<Decimal> {
        match self.0 {
            DomainDiscount::Percent(percent) => Some(Decimal(percent)),
            DomainDiscount::Amount(_) => None,
        }
    }

    /// As an amount, where it is given so.
    async fn amount(&self) -> Option<Decimal> {
        match self.0 {
            DomainDiscount::Amount(amount) => Some(Decimal(amount)),
            DomainDiscount::Percent(_) => None,
        }
    }
}

/// What became of a line between two revisions.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineChangeKind {
    /// The line is new.
    Added,
    /// The line is gone.
    Removed,
    /// The line differs.
    Changed,
    /// The line is as it was.
    Unchanged,
}

/// One line of a comparison of two revisions.
pub struct ComparedLine {
    change: LineChange,
    currency: Currency,
}

impl ComparedLine {
    pub(super) fn new(change: LineChange, currency: Currency) -> Self {
        Self { change, currency }
    }
}

#[Object]
impl ComparedLine {
    /// What became of it.
    async fn kind(&self) -> LineChangeKind {
        match self.change {
            LineChange::Added(_) => LineChangeKind::Added,
            LineChange::Removed(_) => LineChangeKind::Removed,
            LineChange::Changed { .. } => LineChangeKind::Changed,
            LineChange::Unchanged(_) => LineChangeKind::Unchanged,
        }
    }

    /// As it was; null for a new line.
    async fn before(&self) -> Option<Line> {
        match &self.change {
            LineChange::Added(_) => None,
            LineChange::Removed(line)
            | LineChange::Unchanged(line)
            | LineChange::Changed { before: line, .. } => Some(Line::new(line, self.currency)),
        }
    }

    /// As it is; null for a line that is gone.
    async fn after(&self) -> Option<Line> {
        match &self.change {
            LineChange::Removed(_) => None,
            LineChange::Added(line)
            | LineChange::Unchanged(line)
            | LineChange::Changed { after: line, .. } => Some(Line::new(line, self.currency)),
        }
    }
}

/// What a document shall say.
#[derive(InputObject)]
pub struct DocumentInput {
    /// The one currency of all its amounts.
    currency: CurrencyCode,
    /// Whether unit prices include tax.
    #[graphql(default_with = "Prices::TaxExclusive")]
    prices: Prices,
    /// Its lines, 1 to 1,000.
    lines: Vec<LineInput>,
    /// Reduction of the whole document.
    discount: Option<DiscountInput>,
    /// Words to the customer.
    notes: Option<String>,
    /// Terms that acceptance agrees to.
    terms: Option<String>,
}

/// A line of a document.
#[derive(InputObject)]
pub struct LineInput {
    /// The line it continues when a document is reworked; left out for a new line.
    line_id: Option<u32>,
    /// What is sold.
    description: String,
    /// How much of it, not zero, at most six places.
    quantity: Decimal,
    /// The price of one, at most six places.
    unit_price: Decimal,
    /// Reduction of this line.
    discount: Option<DiscountInput>,
    /// The tax on it; left out, it is outside the scope of tax.
    tax: Option<TaxInput>,
}

/// A tax: its category and rate.
#[derive(InputObject)]
pub struct TaxInput {
    /// The category.
    category: TaxCategory,
    /// The rate in percent.
    percent: Decimal,
}

/// A reduction: percent or an amount.
#[derive(OneofObject)]
pub enum DiscountInput {
    /// More than 0 to 100.
    Percent(Decimal),
    /// In the document's currency.
    Amount(Decimal),
}

/// Why a new document may not be in its currency.
pub(super) fn not_billed(ctx: &Context<'_>, document: &DocumentInput) -> Result<Option<UserError>> {
    let settings = app(ctx)?.settings();
    let billed = settings.billed("currency", document.currency.0);
    Ok(billed.err().map(|broken| invalid(&broken)))
}

impl From<DocumentInput> for DocumentDraft {
    fn from(input: DocumentInput) -> Self {
        Self {
            currency: input.currency.0,
            prices: DomainPrices::from(input.prices),
            lines: input.lines.into_iter().map(LineDraft::from).collect(),
            discount: input.discount.map(DomainDiscount::from),
            notes: input.notes,
            terms: input.terms,
        }
    }
}

impl From<LineInput> for LineDraft {
    fn from(input: LineInput) -> Self {
        let tax = input.tax.map_or(Tax::NONE, Tax::from);
        Self {
            line_id: input.line_id,
            description: input.description,
            quantity: input.quantity.0,
            unit_price: input.unit_price.0,
            discount: input.discount.map(DomainDiscount::from),
            tax,
        }
    }
}

impl From<TaxInput> for Tax {
    fn from(input: TaxInput) -> Self {
        Self {
            category: DomainTaxCategory::from(input.category),
            percent: input.percent.0,
        }
    }
}

impl From<DiscountInput> for DomainDiscount {
    fn from(input: DiscountInput) -> Self {
        match input {
            DiscountInput::Percent(percent) => Self::Percent(percent.0),
            DiscountInput::Amount(amount) => Self::Amount(amount.0),
        }
    }
}
