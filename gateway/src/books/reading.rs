//! The values of one row, and what is wrong with them.

use domain::customer::{CustomerAddresses, CustomerDetails};
use domain::document::{Discount, LineDraft, Prices};
use domain::invalid::Rule;
use domain::money::{Currency, Money};
use domain::party::Address;
use domain::tax::{Tax, TaxCategory};
use rust_decimal::Decimal;
use time::Date;

use super::columns::{Columns, DocumentFields, LineFields};
use super::mapping::{PricesName, ZeroPrices};
use super::refusals::Finding;
use super::sheet::{Expression, Row};
use super::value::{decimal, happened, not_a_number};

/// A customer as the file says it.
#[derive(Clone, Debug)]
pub(super) struct CustomerContent {
    pub(super) key: String,
    pub(super) details: CustomerDetails,
    pub(super) addresses: CustomerAddresses,
    pub(super) currency: Currency,
    pub(super) payment_terms_days: u16,
    pub(super) registered: Option<Date>,
}

/// The money that settled a document.
#[derive(Clone, Debug)]
pub(super) struct Settlement {
    pub(super) on: Date,
    /// None for all of the document.
    pub(super) amount: Option<Decimal>,
    pub(super) number: String,
}

/// One row being read, and what was found wrong with it.
pub(super) struct Reading<'r> {
    columns: &'r Columns,
    pub(super) row: &'r Row,
    document: String,
    pub(super) findings: Vec<Finding>,
}

impl Columns {
    /// A reading of one row; what is wrong with it is noted under `document`.
    pub(super) fn read<'r>(&'r self, row: &'r Row, document: &str) -> Reading<'r> {
        Reading {
            columns: self,
            row,
            document: document.to_owned(),
            findings: vec![],
        }
    }
}

impl Reading<'_> {
    fn find(&mut self, expression: &Expression, code: &str, reason: &str, refused: bool) {
        self.findings.push(Finding {
            line: self.row.line,
            document: self.document.clone(),
            field: expression.field.to_owned(),
            column: expression.names(&self.columns.sheet.header),
            value: expression.written(self.row),
            code: code.to_owned(),
            reason: reason.to_owned(),
            refused,
        });
    }

    pub(super) fn refuse(&mut self, expression: &Expression, code: &str, reason: &str) {
        self.find(expression, code, reason, true);
    }

    /// What the row says of the customer.
    pub(super) fn customer_content(&mut self) -> Option<CustomerContent> {
        let (columns, row) = (self.columns, self.row);
        let fields = &columns.customer;
        let key = self.required_key(&fields.key);
        let optional =
            |expression: &Option<Expression>| expression.as_ref().and_then(|expr| expr.text(row));
        let name = match &fields.name {
            Some(name) => name.text(row),
            None => key.clone(),
        };
        let details = CustomerDetails {
            name: name.unwrap_or_default(),
            email: optional(&fields.email),
            phone: optional(&fields.phone),
            tax_id: optional(&fields.tax_id),
            language: optional(&fields.language)
                .unwrap_or_else(|| columns.mapping.defaults.language.clone()),
        };
        let billing = optional(&fields.street).map(|street| {
            let country = optional(&fields.country).unwrap_or_default();
            let known = columns.mapping.countries.get(&country).cloned();
            Address {
                street,
                postal_code: optional(&fields.postal_code),
                city: optional(&fields.city).unwrap_or_default(),
                region: optional(&fields.region),
                country: known.unwrap_or(country),
            }
        });
        self.note_half_an_address(billing.is_some());
        let currency = self.currency(fields.currency.as_ref(), columns.mapping.currency);
        let terms = match &fields.payment_terms_days {
            None => Some(columns.mapping.defaults.payment_terms_days),
            Some(expression) => match expression.text(row) {
                None => Some(columns.mapping.defaults.payment_terms_days),
                Some(text) => {
                    let days = text.parse().ok();
                    if days.is_none() {
                        self.refuse(expression, "NOT_A_NUMBER", "must be a whole number of days");
                    }
                    days
                }
            },
        };
        let registered = self.past_date(fields.registered.as_ref());
        Some(CustomerContent {
            key: key?,
            details,
            addresses: CustomerAddresses {
                billing,
                shipping: None,
            },
            currency: currency?,
            payment_terms_days: terms?,
            registered: registered?,
        })
    }

    /// An address without a street is none; whoever maps one should know that the rest of it is left out.
    fn note_half_an_address(&mut self, complete: bool) {
        let fields = &self.columns.customer;
        let rest = [
            &fields.postal_code,
            &fields.city,
            &fields.region,
            &fields.country,
        ];
        let mut rest = rest.into_iter().flatten();
        if let (false, Some(said)) = (complete, rest.find(|expr| expr.text(self.row).is_some())) {
            let reason = "is left out: an address needs a street";
            self.note(said, "INCOMPLETE_ADDRESS", reason);
        }
    }

    /// Notes something that refuses nothing.
    pub(super) fn note(&mut self, expression: &Expression, code: &str, reason: &str) {
        self.find(expression, code, reason, false);
    }

    pub(super) fn required(&mut self, expression: &Expression) -> Option<String> {
        let text = expression.text(self.row);
        if text.is_none() {
            self.refuse(expression, "REQUIRED", "must be given");
        }
        text
    }

    /// What tells one thing from another, in normal form.
    pub(super) fn required_key(&mut self, expression: &Expression) -> Option<String> {
        self.required(expression)?;
        expression.key(self.row)
    }

    pub(super) fn date(&mut self, expression: &Expression) -> Option<Date> {
        self.required(expression)?;
        self.past_date(Some(expression))?
    }

    /// A date on which something has happened, not before there were books and not later than today.
    pub(super) fn past_date(&mut self, expression: Option<&Expression>) -> Option<Option<Date>> {
        let date = self.optional_date(expression)?;
        if let (Some(date), Some(expression)) = (date, expression)
            && let Err(invalid) = happened(expression.field, date, self.columns.house.today)
        {
            self.refuse(expression, invalid.rule.code(), &invalid.rule.to_string());
            return None;
        }
        Some(date)
    }

    /// Some(None) where there is none; None where there is one that cannot be read.
    pub(super) fn optional_date(
        &mut self,
        expression: Option<&Expression>,
    ) -> Option<Option<Date>> {
        let Some((expression, text)) = self.said(expression) else {
            return Some(None);
        };
        let date = self.columns.dates.read(&text);
        if date.is_none() {
            let reason = format!("must be a date in the form {}", self.columns.dates.written);
            self.refuse(expression, "NOT_A_DATE", &reason);
        }
        date.map(Some)
    }

    fn decimal(&mut self, expression: &Expression) -> Option<Decimal> {
        self.required(expression)?;
        self.optional_decimal(Some(expression))?
    }

    fn optional_decimal(&mut self, expression: Option<&Expression>) -> Option<Option<Decimal>> {
        let Some((expression, text)) = self.said(expression) else {
            return Some(None);
        };
        let file = &self.columns.mapping.file;
        let value = decimal(&text, file.decimal_mark, file.grouping_mark);
        if value.is_none() {
            let reason = not_a_number(&text, file.decimal_mark, file.grouping_mark);
            self.refuse(expression, "NOT_A_NUMBER", &reason);
        }
        value.map(Some)
    }

    /// A currency that the organisation bills in; `usual` where the row says none.
    pub(super) fn currency(
        &mut self,
        expression: Option<&Expression>,
        usual: Currency,
    ) -> Option<Currency> {
        let said = self.said(expression);
        let currency = match &said {
            None => usual,
            Some((expression, text)) => {
                let Some(currency) = Currency::from_code(text) else {
                    let reason = "must be a currency code (ISO 4217)";
                    self.refuse(expression, "NOT_A_CURRENCY", reason);
                    return None;
                };
                currency
            }
        };
        if self.columns.house.settings.billed("currency", currency).is_ok() {
            return Some(currency);
        }
        let (code, written) = ("CURRENCY_NOT_BILLED", currency.code());
        let reason = format!(
            "must be a currency that the organisation bills in, and {written} is none (settings)"
        );
        match said {
            Some((expression, _)) => self.refuse(expression, code, &reason),
            None => {
                let finding = self.columns.finding(self.row, "currency", (code, &reason));
                if !self.findings.iter().any(|known| known.code == code) {
                    self.findings.push(Finding {
                        document: self.document.clone(),
                        ..finding
                    });
                }
            }
        }
        None
    }

    fn said<'e>(&self, expression: Option<&'e Expression>) -> Option<(&'e Expression, String)> {
        let expression = expression?;
        Some((expression, expression.text(self.row)?))
    }

    pub(super) fn discount(
        &mut self,
        percent: Option<&Expression>,
        amount: Option<&Expression>,
    ) -> Option<Option<Discount>> {
        let (by_percent, by_amount) = (
            self.optional_decimal(percent)?,
            self.optional_decimal(amount)?,
        );
        match (by_percent, by_amount) {
            (None, None) => Some(None),
            (Some(percent), None) => Some(Some(Discount::Percent(percent))),
            (None, Some(amount)) => Some(Some(Discount::Amount(amount))),
            (Some(_), Some(_)) => {
                let reason = "a discount is either a percentage or an amount";
                if let Some(percent) = percent {
                    self.refuse(percent, "TWO_DISCOUNTS", reason);
                }
                None
            }
        }
    }

    fn tax(&mut self, line: &LineFields) -> Option<Tax> {
        let defaults = &self.columns.mapping.defaults;
        let (usual_category, usual_percent) = (defaults.tax_category, defaults.tax_percent);
        let category = match self.said(line.tax_category.as_ref()) {
            None => Some(usual_category),
            Some((expression, code)) => {
                let category = category(&code);
                if category.is_none() {
                    let reason = "must be a VAT category of EN 16931: S, Z, E, AE, K, G or O";
                    self.refuse(expression, "NOT_A_TAX_CATEGORY", reason);
                }
                category
            }
        };
        let percent = self.optional_decimal(line.tax_percent.as_ref())?;
        Some(Tax {
            category: category?,
            percent: percent.unwrap_or(usual_percent),
        })
    }

    /// The line of this row. A credit note's is turned around: what it takes back it says as more than nothing.
    pub(super) fn line(
        &mut self,
        line: &LineFields,
        credit_note: bool,
        currency: Currency,
    ) -> Option<LineDraft> {
        let description = self.required(&line.description);
        let turned = |value: Decimal| if credit_note { -value } else { value };
        let (quantity, unit_price) = match (&line.amount, &line.quantity, &line.unit_price) {
            (_, Some(quantity), Some(price)) => {
                (self.decimal(quantity).map(turned), self.decimal(price))
            }
            (Some(amount), _, _) => (
                Some(Decimal::ONE),
                self.amount(amount, credit_note, currency),
            ),
            (None, _, _) => (None, None), // Mapping::check has refused that.
        };
        let price = line.unit_price.as_ref().or(line.amount.as_ref());
        if let (Some(price), Some(true)) = (price, unit_price.map(|price| price.is_zero())) {
            match self.columns.mapping.defaults.zero_prices {
                ZeroPrices::Note => {
                    let reason = "costs nothing; imported as it stands unless the row is refused";
                    self.find(price, "ZERO_PRICE", reason, false);
                }
                ZeroPrices::Refuse => {
                    self.refuse(
                        price,
                        "ZERO_PRICE",
                        "the mapping refuses lines that cost nothing",
                    );
                }
            }
        }
        let discount = self.discount(
            line.discount_percent.as_ref(),
            line.discount_amount.as_ref(),
        );
        let tax = self.tax(line);
        Some(LineDraft {
            line_id: None,
            description: description?,
            quantity: quantity?,
            unit_price: unit_price?,
            discount: discount?,
            tax: tax?,
        })
    }

    /// An amount of a line: exact in its currency, and of the sign that its document has.
    fn amount(
        &mut self,
        expression: &Expression,
        credit_note: bool,
        currency: Currency,
    ) -> Option<Decimal> {
        let written = self.decimal(expression)?;
        let amount = if credit_note { -written } else { written };
        let exact = self.exact(expression, amount, currency);
        if amount >= Decimal::ZERO {
            return exact;
        }
        let reason = if credit_note {
            "is more than nothing, but the amounts of a credit note stand in the file as less than nothing ([credit_notes]). \
             Is it an invoice? Then its number must not begin with the prefix of credit notes"
        } else {
            "is less than nothing, which no price is (EN 16931 BR-27). If the document is a credit note, declare in \
             [credit_notes] what its number begins with; if the line takes something back, map quantity (less than \
             nothing) and unit_price instead of amount; if it is a discount, map it to discount_amount"
        };
        self.refuse(expression, "OUT_OF_RANGE", reason);
        None
    }

    /// An amount that is not finer than its currency: nothing is rounded in silence.
    fn exact(
        &mut self,
        expression: &Expression,
        amount: Decimal,
        currency: Currency,
    ) -> Option<Decimal> {
        let Err(invalid) = Money::exact(expression.field, amount, currency) else {
            return Some(amount);
        };
        let mut reason = format!("{} in {}", invalid.rule, currency.code());
        if matches!(invalid.rule, Rule::TooManyDecimals(_)) {
            let mark = self.columns.mapping.file.decimal_mark;
            reason += &format!(
                "; nothing is rounded in silence. If {mark:?} groups thousands in this file, declare file.decimal_mark and \
                 file.grouping_mark"
            );
        }
        self.refuse(expression, invalid.rule.code(), &reason);
        None
    }

    pub(super) fn prices(&mut self, expression: Option<&Expression>) -> Option<Prices> {
        let Some((expression, text)) = self.said(expression) else {
            return Some(self.columns.mapping.defaults.prices.into());
        };
        let prices = PricesName::from_name(&text);
        if prices.is_none() {
            let reason = "must be tax_exclusive or tax_inclusive";
            self.refuse(expression, "NOT_A_PRICE_MODE", reason);
        }
        prices.map(Prices::from)
    }

    /// `currency` where the row says one that can be read.
    pub(super) fn settlement(
        &mut self,
        fields: &DocumentFields,
        currency: Option<Currency>,
    ) -> Option<Option<Settlement>> {
        let on = self.past_date(fields.settled_on.as_ref())?;
        let amount = self.optional_decimal(fields.settled_amount.as_ref())?;
        if amount.is_some_and(|amount| amount.is_zero()) {
            return Some(None);
        }
        let Some(on) = on else {
            if let (Some(_), Some(settled_on)) = (amount, &fields.settled_on) {
                let reason = "must be given where an amount has settled the document";
                self.refuse(settled_on, "REQUIRED", reason);
                return None;
            }
            return Some(None);
        };
        if let (Some(amount), Some(expression)) = (amount, &fields.settled_amount) {
            if amount < Decimal::ZERO {
                let reason = "is less than nothing: money that went back is no settlement; leave it out of the file, and \
                              refund it in the portal";
                self.refuse(expression, "OUT_OF_RANGE", reason);
                return None;
            }
            self.exact(expression, amount, currency?)?;
        }
        let number = fields.settled_number.as_ref()?;
        Some(Some(Settlement {
            on,
            amount,
            number: self.required_key(number)?,
        }))
    }

    pub(super) fn disputed(&mut self, expression: Option<&Expression>) -> Option<bool> {
        let Some(expression) = expression else {
            return Some(false);
        };
        let said = self.columns.mapping.dispute.as_ref()?;
        let text = expression.text(self.row).unwrap_or_default();
        if said.yes.contains(&text) {
            Some(true)
        } else if said.no.contains(&text) {
            Some(false)
        } else {
            let reason = format!(
                "must be one of {}",
                [&said.yes[..], &said.no[..]].concat().join(", ")
            );
            self.refuse(expression, "NOT_A_CHOICE", &reason);
            None
        }
    }
}

fn category(code: &str) -> Option<TaxCategory> {
    [
        TaxCategory::Standard,
        TaxCategory::ZeroRated,
        TaxCategory::Exempt,
        TaxCategory::ReverseCharge,
        TaxCategory::IntraCommunity,
        TaxCategory::Export,
        TaxCategory::OutOfScope,
    ]
    .into_iter()
    .find(|category| category.code() == code)
}
