//! What all rows of a document say alike: its customer, dates, money and words. Rows that do not agree refuse it.

use rust_decimal::Decimal;
use time::Date;

use super::columns::{Columns, DocumentFields};
use super::mapping::PricesName;
use super::sheet::{Expression, Row};
use super::value::{decimal, normal};

/// Something that all rows of a document say alike.
pub(super) struct Shared<'c> {
    pub(super) expression: &'c Expression,
    kind: Kind,
}

/// How two ways to write it are compared.
enum Kind {
    /// What every row has to say, as text in normal form.
    Key,
    /// As text in normal form; where nothing is written, this is meant.
    Text(Option<String>),
    /// The day that every row has to say.
    Day,
    Date,
    Number,
    /// Whether it is one of these.
    OneOf(Vec<String>),
}

/// What a cell means.
#[derive(PartialEq, Eq)]
pub(super) enum Meaning {
    Text(Option<String>),
    Date(Option<Date>),
    Number(Option<Decimal>),
    OneOf(bool),
    /// It cannot be read, or should be there and is not: its row is refused for that.
    Unread,
}

impl Meaning {
    /// Whether two rows agree, as far as both can be read.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        *self == Self::Unread || *other == Self::Unread || self == other
    }
}

impl Shared<'_> {
    /// What a row says of it.
    pub(super) fn meaning(&self, columns: &Columns, row: &Row) -> Meaning {
        let text = self.expression.text(row);
        let file = &columns.mapping.file;
        match (&self.kind, text) {
            (Kind::Key | Kind::Day, None) => Meaning::Unread,
            (Kind::Key | Kind::Text(_), Some(text)) => Meaning::Text(Some(normal(&text))),
            (Kind::Text(usual), None) => Meaning::Text(usual.clone()),
            (Kind::Day | Kind::Date, Some(text)) => {
                let date = columns.dates.read(&text);
                date.map_or(Meaning::Unread, |date| Meaning::Date(Some(date)))
            }
            (Kind::Date, None) => Meaning::Date(None),
            (Kind::Number, Some(text)) => {
                let number = decimal(&text, file.decimal_mark, file.grouping_mark);
                number.map_or(Meaning::Unread, |number| Meaning::Number(Some(number)))
            }
            (Kind::Number, None) => Meaning::Number(None),
            (Kind::OneOf(values), text) => {
                Meaning::OneOf(text.is_some_and(|text| values.contains(&text)))
            }
        }
    }
}

/// Everything that the rows of a document say alike, as far as the mapping names a column for it.
pub(super) fn shared<'c>(columns: &'c Columns, fields: &'c DocumentFields) -> Vec<Shared<'c>> {
    let (mapping, customer) = (&columns.mapping, &columns.customer);
    let usual = |text: &str| Kind::Text(Some(text.to_owned()));
    let currency = || usual(mapping.currency.code());
    let prices = match mapping.defaults.prices {
        PricesName::TaxExclusive => "tax_exclusive",
        PricesName::TaxInclusive => "tax_inclusive",
    };
    let days = mapping.defaults.payment_terms_days.to_string();
    let disputed = mapping.dispute.as_ref().map(|said| said.yes.clone());
    let skipped = mapping.skip.as_ref().map(|said| said.values.clone());
    let all = [
        (Some(&customer.key), Kind::Key),
        (customer.name.as_ref(), Kind::Text(None)),
        (customer.email.as_ref(), Kind::Text(None)),
        (customer.phone.as_ref(), Kind::Text(None)),
        (customer.tax_id.as_ref(), Kind::Text(None)),
        (
            customer.language.as_ref(),
            usual(&mapping.defaults.language),
        ),
        (customer.currency.as_ref(), currency()),
        (customer.payment_terms_days.as_ref(), usual(&days)),
        (customer.registered.as_ref(), Kind::Date),
        (customer.street.as_ref(), Kind::Text(None)),
        (customer.postal_code.as_ref(), Kind::Text(None)),
        (customer.city.as_ref(), Kind::Text(None)),
        (customer.region.as_ref(), Kind::Text(None)),
        (customer.country.as_ref(), Kind::Text(None)),
        (Some(&fields.issued), Kind::Day),
        (fields.due.as_ref(), Kind::Date),
        (fields.currency.as_ref(), currency()),
        (fields.prices.as_ref(), usual(prices)),
        (fields.discount_percent.as_ref(), Kind::Number),
        (fields.discount_amount.as_ref(), Kind::Number),
        (fields.notes.as_ref(), Kind::Text(None)),
        (fields.terms.as_ref(), Kind::Text(None)),
        (fields.settled_on.as_ref(), Kind::Date),
        (fields.settled_amount.as_ref(), Kind::Number),
        (fields.settled_number.as_ref(), Kind::Text(None)),
        (
            fields.disputed.as_ref(),
            Kind::OneOf(disputed.unwrap_or_default()),
        ),
        (
            fields.skip.as_ref(),
            Kind::OneOf(skipped.unwrap_or_default()),
        ),
    ];
    all.into_iter()
        .filter_map(|(expression, kind)| expression.map(|expression| Shared { expression, kind }))
        .collect()
}
