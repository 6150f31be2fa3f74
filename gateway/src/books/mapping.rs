//! Mappings: what the columns of a file mean, declared in TOML. mappings/README.md says the same for people.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use domain::document::Prices;
use domain::money::Currency;
use domain::payment::OfflineMethod;
use domain::tax::{Tax, TaxCategory};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::value::DateFormat;

/// What the columns of a file mean.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// Names the books that the file is from: the same key or number of the same source is the same customer or document.
    pub(super) source: String,
    /// How documents stand in the file; customers stand one a row.
    pub(super) layout: Option<Layout>,
    /// The currency of all amounts where no column says it, and of customers.
    pub(super) currency: Currency,
    #[serde(default)]
    pub(super) file: FileFormat,
    pub(super) customer: CustomerColumns,
    pub(super) document: Option<DocumentColumns>,
    pub(super) line: Option<LineColumns>,
    pub(super) settlement: Option<SettlementColumns>,
    pub(super) dispute: Option<DisputeColumns>,
    pub(super) credit_notes: Option<CreditNotes>,
    pub(super) skip: Option<Skip>,
    #[serde(default)]
    pub(super) defaults: Defaults,
    /// Country codes (ISO 3166-1 alpha-2) by the names that the file uses.
    #[serde(default)]
    pub(super) countries: BTreeMap<String, String>,
}

/// How documents stand in a file.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Layout {
    /// One row is one document.
    InvoicePerRow,
    /// One row is one line; the rows of a document are gathered from the whole file by their number.
    LinePerRow,
}

/// How the file is written.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileFormat {
    pub(super) delimiter: char,
    pub(super) encoding: Encoding,
    pub(super) date_format: String,
    pub(super) decimal_mark: char,
    pub(super) grouping_mark: Option<char>,
    /// Whether an apostrophe before what a spreadsheet takes for a formula is taken away, as `billing export` puts it there.
    pub(super) neutral_cells: bool,
}

impl Default for FileFormat {
    fn default() -> Self {
        Self {
            delimiter: ',',
            encoding: Encoding::Utf8,
            date_format: "YYYY-MM-DD".to_owned(),
            decimal_mark: '.',
            grouping_mark: None,
            neutral_cells: true,
        }
    }
}

/// Encodings of text.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    /// With a byte order mark; a file that has one is read so whatever is declared.
    #[serde(rename = "utf-16")]
    Utf16,
    #[serde(rename = "iso-8859-1")]
    Latin1,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Columns about the customer. A text with braces is a template of columns.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerColumns {
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) tax_id: Option<String>,
    pub(super) language: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) payment_terms_days: Option<String>,
    pub(super) registered: Option<String>,
    pub(super) street: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) city: Option<String>,
    pub(super) region: Option<String>,
    pub(super) country: Option<String>,
}

/// Columns about the document.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentColumns {
    pub(super) number: String,
    pub(super) issued: String,
    pub(super) due: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) prices: Option<String>,
    pub(super) discount_percent: Option<String>,
    pub(super) discount_amount: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) terms: Option<String>,
}

/// Columns about a line. `amount` alone is one of that price.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct LineColumns {
    pub(super) description: String,
    pub(super) amount: Option<String>,
    pub(super) quantity: Option<String>,
    pub(super) unit_price: Option<String>,
    pub(super) discount_percent: Option<String>,
    pub(super) discount_amount: Option<String>,
    pub(super) tax_category: Option<String>,
    pub(super) tax_percent: Option<String>,
}

/// Columns about the money that settled the document: recorded as a payment of its own.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementColumns {
    /// When it came in; empty where the document is not settled.
    pub(super) on: String,
    /// How much; all of the document where there is no such column.
    pub(super) amount: Option<String>,
    /// The payment's number.
    pub(super) number: String,
    #[serde(default)]
    pub(super) method: Method,
}

/// How the money came.
#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    BankTransfer,
    Cash,
    Cheque,
    #[default]
    Other,
}

impl From<Method> for OfflineMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::BankTransfer => Self::BankTransfer,
            Method::Cash => Self::Cash,
            Method::Cheque => Self::Cheque,
            Method::Other => Self::Other,
        }
    }
}

/// The column that says whether the document was disputed.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct DisputeColumns {
    pub(super) column: String,
    pub(super) yes: Vec<String>,
    pub(super) no: Vec<String>,
    /// What is recorded as the reason.
    pub(super) reason: String,
    /// What is recorded as the settlement of the dispute where the document is settled.
    pub(super) resolution: String,
}

/// What marks a credit note. Its quantities or amounts stand in the file as less than nothing.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct CreditNotes {
    pub(super) number_prefix: String,
}

/// Rows that are left out on purpose; they are counted.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    pub(super) column: String,
    pub(super) values: Vec<String>,
}

/// What counts where no column says it.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Defaults {
    pub(super) payment_terms_days: u16,
    pub(super) language: String,
    pub(super) prices: PricesName,
    pub(super) tax_category: TaxCategory,
    pub(super) tax_percent: Decimal,
    /// What becomes of lines that cost nothing: the domain has them, some books do not.
    pub(super) zero_prices: ZeroPrices,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            payment_terms_days: 30,
            language: "en".to_owned(),
            prices: PricesName::TaxExclusive,
            tax_category: Tax::NONE.category,
            tax_percent: Tax::NONE.percent,
            zero_prices: ZeroPrices::Note,
        }
    }
}

/// Whether prices contain tax.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum PricesName {
    TaxExclusive,
    TaxInclusive,
}

impl PricesName {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "tax_exclusive" => Some(Self::TaxExclusive),
            "tax_inclusive" => Some(Self::TaxInclusive),
            _ => None,
        }
    }
}

impl From<PricesName> for Prices {
    fn from(name: PricesName) -> Self {
        match name {
            PricesName::TaxExclusive => Self::TaxExclusive,
            PricesName::TaxInclusive => Self::TaxInclusive,
        }
    }
}

/// What becomes of lines that cost nothing.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ZeroPrices {
    /// They are imported, and noted in the report.
    Note,
    /// They are refused, and the document with them.
    Refuse,
}

impl Mapping {
    /// Reads and checks a mapping.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("the mapping {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        let mapping: Self = toml::from_str(&text).with_context(named)?;
        mapping.check().with_context(named)?;
        Ok(mapping)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.source.trim().is_empty() {
            bail!("source must name the books that the file is from");
        }
        if !self.file.delimiter.is_ascii() {
            bail!("file.delimiter must be an ASCII character");
        }
        if self.file.grouping_mark == Some(self.file.decimal_mark) {
            bail!("file.grouping_mark and file.decimal_mark must differ");
        }
        let is_no_mark = |mark: char| mark.is_alphanumeric() || matches!(mark, '+' | '-');
        if is_no_mark(self.file.decimal_mark) || self.file.grouping_mark.is_some_and(is_no_mark) {
            bail!(
                "file.decimal_mark and file.grouping_mark must be marks, not digits, letters or signs"
            );
        }
        self.date_format()?;
        let address = &self.customer;
        if address.country.is_some() && (address.street.is_none() || address.city.is_none()) {
            bail!(
                "customer.country is part of an address: it needs customer.street and customer.city. \
                 A country alone can stand in document.notes."
            );
        }
        if let Some(line) = &self.line {
            match (&line.amount, &line.quantity, &line.unit_price) {
                (Some(_), None, None) | (None, Some(_), Some(_)) => {}
                _ => bail!("line needs either amount, or quantity and unit_price"),
            }
        }
        Ok(())
    }

    pub(super) fn date_format(&self) -> anyhow::Result<DateFormat> {
        DateFormat::parse(&self.file.date_format).map_err(|why| anyhow::anyhow!("file.{why}"))
    }
}
