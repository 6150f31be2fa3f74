//! Documents as they stand in a file: rows gathered by number, their values read, and what is wrong with them found.

use std::collections::BTreeSet;

use domain::customer::{CustomerAddresses, CustomerDetails};
use domain::document::{Discount, DocumentDraft, LineDraft, Prices};
use domain::money::Currency;
use domain::party::Address;
use domain::tax::{Tax, TaxCategory};
use rust_decimal::Decimal;
use time::Date;

use super::import::Refused;
use super::mapping::{Layout, Mapping, PricesName, ZeroPrices};
use super::refusals::Finding;
use super::sheet::{Expression, Row, Rows, Sheet};
use super::value::{DateFormat, decimal};

/// The mapping with its expressions over the columns of one file.
pub(super) struct Columns {
    pub(super) mapping: Mapping,
    pub(super) sheet: Sheet,
    dates: DateFormat,
    pub(super) customer: CustomerFields,
    document: Option<DocumentFields>,
}

pub(super) struct CustomerFields {
    pub(super) key: Expression,
    name: Option<Expression>,
    email: Option<Expression>,
    phone: Option<Expression>,
    tax_id: Option<Expression>,
    language: Option<Expression>,
    currency: Option<Expression>,
    payment_terms_days: Option<Expression>,
    registered: Option<Expression>,
    street: Option<Expression>,
    postal_code: Option<Expression>,
    city: Option<Expression>,
    region: Option<Expression>,
    country: Option<Expression>,
}

struct DocumentFields {
    number: Expression,
    issued: Expression,
    due: Option<Expression>,
    currency: Option<Expression>,
    prices: Option<Expression>,
    discount_percent: Option<Expression>,
    discount_amount: Option<Expression>,
    notes: Option<Expression>,
    terms: Option<Expression>,
    line: LineFields,
    settled_on: Option<Expression>,
    settled_amount: Option<Expression>,
    settled_number: Option<Expression>,
    disputed: Option<Expression>,
    skip: Option<Expression>,
}

struct LineFields {
    description: Expression,
    amount: Option<Expression>,
    quantity: Option<Expression>,
    unit_price: Option<Expression>,
    discount_percent: Option<Expression>,
    discount_amount: Option<Expression>,
    tax_category: Option<Expression>,
    tax_percent: Option<Expression>,
}

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

/// A document as the file says it.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) credit_note: bool,
    pub(super) customer: CustomerContent,
    pub(super) issued: Date,
    pub(super) due: Option<Date>,
    pub(super) draft: DocumentDraft,
    pub(super) settlement: Option<Settlement>,
    pub(super) disputed: bool,
}

/// The money that settled a document.
#[derive(Clone, Debug)]
pub(super) struct Settlement {
    pub(super) on: Date,
    /// None for all of the document.
    pub(super) amount: Option<Decimal>,
    pub(super) number: String,
}

/// The rows of one number, and what they say.
pub(super) struct Document {
    pub(super) number: String,
    pub(super) rows: Vec<Row>,
    pub(super) findings: Vec<Finding>,
    /// None where a finding refuses it.
    pub(super) content: Option<Content>,
    /// Whether the mapping leaves it out.
    pub(super) skipped: bool,
}

impl Columns {
    pub(super) fn new(mapping: Mapping, sheet: Sheet) -> anyhow::Result<Self> {
        let dates = mapping.date_format()?;
        let customer = customer_fields(&mapping, &sheet)?;
        let document = match mapping.document {
            Some(_) => Some(document_fields(&mapping, &sheet)?),
            None => None,
        };
        Ok(Self {
            mapping,
            sheet,
            dates,
            customer,
            document,
        })
    }

    fn document(&self) -> anyhow::Result<&DocumentFields> {
        let missing = || anyhow::anyhow!("the mapping has no [document]");
        self.document.as_ref().ok_or_else(missing)
    }

    /// What tells one document from another.
    pub(super) fn number(&self) -> anyhow::Result<&Expression> {
        Ok(&self.document()?.number)
    }

    /// The columns of the file that the mapping does not use: nothing is left out in silence.
    pub(super) fn unused(&self) -> Vec<&str> {
        let mut used: Vec<&Expression> = self.customer.all();
        if let Some(document) = &self.document {
            used.extend(document.all());
        }
        let used: Vec<usize> = used.iter().flat_map(|expr| expr.columns()).collect();
        let names = self.sheet.header.iter().enumerate();
        names
            .filter(|(index, _)| !used.contains(index))
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// The documents of the file, one after the other.
    pub(super) fn documents(&self) -> anyhow::Result<Documents<'_>> {
        Ok(Documents {
            columns: self,
            fields: self.document()?,
            rows: self.sheet.rows()?,
            next: None,
        })
    }

    /// The expression and its column for a field that the domain refused, as the domain calls it.
    pub(super) fn place(&self, field: &str) -> Option<&Expression> {
        let last = field.rsplit('.').find(|part| part.parse::<u32>().is_err());
        let (customer, document) = (&self.customer, self.document.as_ref());
        let line = document.map(|document| &document.line);
        match last? {
            "description" => line.map(|line| &line.description),
            "quantity" => line.and_then(|line| line.quantity.as_ref().or(line.amount.as_ref())),
            "unitPrice" => line.and_then(|line| line.unit_price.as_ref().or(line.amount.as_ref())),
            "percent" | "category" => line.and_then(|line| line.tax_percent.as_ref()),
            "number" => document.map(|document| &document.number),
            "dueDate" => document.and_then(|document| document.due.as_ref()),
            "notes" => document.and_then(|document| document.notes.as_ref()),
            "terms" => document.and_then(|document| document.terms.as_ref()),
            "currency" => document
                .and_then(|document| document.currency.as_ref())
                .or(customer.currency.as_ref()),
            "name" => customer.name.as_ref().or(Some(&customer.key)),
            "email" => customer.email.as_ref(),
            "phone" => customer.phone.as_ref(),
            "taxId" => customer.tax_id.as_ref(),
            "language" => customer.language.as_ref(),
            "street" => customer.street.as_ref(),
            "postalCode" => customer.postal_code.as_ref(),
            "city" => customer.city.as_ref(),
            "region" => customer.region.as_ref(),
            "country" => customer.country.as_ref(),
            "paymentTermsDays" => customer.payment_terms_days.as_ref(),
            _ => None,
        }
    }

    /// A refusal of a row at a field as the domain calls it.
    pub(super) fn finding(&self, row: &Row, field: &str, (code, reason): (&str, &str)) -> Finding {
        let expression = self.place(field);
        let names = |expr: &Expression| expr.names(&self.sheet.header);
        Finding {
            line: row.line,
            document: String::new(),
            field: expression.map_or_else(|| field.to_owned(), |expr| expr.field.to_owned()),
            column: expression.map_or_else(String::new, names),
            value: expression.map_or_else(String::new, |expr| expr.written(row)),
            code: code.to_owned(),
            reason: reason.to_owned(),
            refused: true,
        }
    }

    /// What the row says of the customer; `reading` is told of what it says wrongly.
    pub(super) fn customer_content(&self, reading: &mut Reading<'_>) -> Option<CustomerContent> {
        let fields = &self.customer;
        let key = reading.required(&fields.key);
        let optional = |expression: &Option<Expression>| {
            expression.as_ref().and_then(|expr| expr.text(reading.row))
        };
        let name = match &fields.name {
            Some(name) => name.text(reading.row),
            None => key.clone(),
        };
        let details = CustomerDetails {
            name: name.unwrap_or_default(),
            email: optional(&fields.email),
            phone: optional(&fields.phone),
            tax_id: optional(&fields.tax_id),
            language: optional(&fields.language)
                .unwrap_or_else(|| self.mapping.defaults.language.clone()),
        };
        let billing = optional(&fields.street).map(|street| {
            let country = optional(&fields.country).unwrap_or_default();
            let known = self.mapping.countries.get(&country).cloned();
            Address {
                street,
                postal_code: optional(&fields.postal_code),
                city: optional(&fields.city).unwrap_or_default(),
                region: optional(&fields.region),
                country: known.unwrap_or(country),
            }
        });
        let currency = reading.currency(fields.currency.as_ref(), self.mapping.currency);
        let terms = match &fields.payment_terms_days {
            None => Some(self.mapping.defaults.payment_terms_days),
            Some(expression) => match expression.text(reading.row) {
                None => Some(self.mapping.defaults.payment_terms_days),
                Some(text) => {
                    let days = text.parse().ok();
                    if days.is_none() {
                        reading.refuse(
                            expression,
                            "NOT_A_NUMBER",
                            "must be a whole number of days",
                        );
                    }
                    days
                }
            },
        };
        let registered = reading.optional_date(fields.registered.as_ref());
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

impl CustomerFields {
    fn all(&self) -> Vec<&Expression> {
        let optional = [
            &self.name,
            &self.email,
            &self.phone,
            &self.tax_id,
            &self.language,
            &self.currency,
            &self.payment_terms_days,
            &self.registered,
            &self.street,
            &self.postal_code,
            &self.city,
            &self.region,
            &self.country,
        ];
        let optional = optional.into_iter().flatten();
        std::iter::once(&self.key).chain(optional).collect()
    }
}

impl DocumentFields {
    fn all(&self) -> Vec<&Expression> {
        let line = &self.line;
        let optional = [
            &self.due,
            &self.currency,
            &self.prices,
            &self.discount_percent,
            &self.discount_amount,
            &self.notes,
            &self.terms,
            &self.settled_on,
            &self.settled_amount,
            &self.settled_number,
            &self.disputed,
            &self.skip,
            &line.amount,
            &line.quantity,
            &line.unit_price,
            &line.discount_percent,
            &line.discount_amount,
            &line.tax_category,
            &line.tax_percent,
        ];
        let always = [&self.number, &self.issued, &line.description];
        always
            .into_iter()
            .chain(optional.into_iter().flatten())
            .collect()
    }
}

fn customer_fields(mapping: &Mapping, sheet: &Sheet) -> anyhow::Result<CustomerFields> {
    let said = &mapping.customer;
    let optional = |field, text: &Option<String>| sheet.optional(field, text.as_ref());
    Ok(CustomerFields {
        key: sheet.expression("customer.key", &said.key)?,
        name: optional("customer.name", &said.name)?,
        email: optional("customer.email", &said.email)?,
        phone: optional("customer.phone", &said.phone)?,
        tax_id: optional("customer.tax_id", &said.tax_id)?,
        language: optional("customer.language", &said.language)?,
        currency: optional("customer.currency", &said.currency)?,
        payment_terms_days: optional("customer.payment_terms_days", &said.payment_terms_days)?,
        registered: optional("customer.registered", &said.registered)?,
        street: optional("customer.street", &said.street)?,
        postal_code: optional("customer.postal_code", &said.postal_code)?,
        city: optional("customer.city", &said.city)?,
        region: optional("customer.region", &said.region)?,
        country: optional("customer.country", &said.country)?,
    })
}

fn document_fields(mapping: &Mapping, sheet: &Sheet) -> anyhow::Result<DocumentFields> {
    let missing = |what| anyhow::anyhow!("the mapping has no {what}");
    let said = mapping
        .document
        .as_ref()
        .ok_or_else(|| missing("[document]"))?;
    let line = mapping.line.as_ref().ok_or_else(|| missing("[line]"))?;
    mapping.layout.ok_or_else(|| missing("layout"))?;
    let optional = |field, text: &Option<String>| sheet.optional(field, text.as_ref());
    let settlement = mapping.settlement.as_ref();
    Ok(DocumentFields {
        number: sheet.expression("document.number", &said.number)?,
        issued: sheet.expression("document.issued", &said.issued)?,
        due: optional("document.due", &said.due)?,
        currency: optional("document.currency", &said.currency)?,
        prices: optional("document.prices", &said.prices)?,
        discount_percent: optional("document.discount_percent", &said.discount_percent)?,
        discount_amount: optional("document.discount_amount", &said.discount_amount)?,
        notes: optional("document.notes", &said.notes)?,
        terms: optional("document.terms", &said.terms)?,
        line: LineFields {
            description: sheet.expression("line.description", &line.description)?,
            amount: optional("line.amount", &line.amount)?,
            quantity: optional("line.quantity", &line.quantity)?,
            unit_price: optional("line.unit_price", &line.unit_price)?,
            discount_percent: optional("line.discount_percent", &line.discount_percent)?,
            discount_amount: optional("line.discount_amount", &line.discount_amount)?,
            tax_category: optional("line.tax_category", &line.tax_category)?,
            tax_percent: optional("line.tax_percent", &line.tax_percent)?,
        },
        settled_on: sheet.optional("settlement.on", settlement.map(|s| &s.on))?,
        settled_amount: sheet.optional(
            "settlement.amount",
            settlement.and_then(|s| s.amount.as_ref()),
        )?,
        settled_number: sheet.optional("settlement.number", settlement.map(|s| &s.number))?,
        disputed: sheet.optional(
            "dispute.column",
            mapping.dispute.as_ref().map(|d| &d.column),
        )?,
        skip: sheet.optional("skip.column", mapping.skip.as_ref().map(|s| &s.column))?,
    })
}

/// One row being read, and what was found wrong with it.
pub(super) struct Reading<'r> {
    columns: &'r Columns,
    pub(super) row: &'r Row,
    document: String,
    pub(super) findings: Vec<Finding>,
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

    fn date(&mut self, expression: &Expression) -> Option<Date> {
        self.required(expression)?;
        self.optional_date(Some(expression))?
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
            let reason = "must be digits as the mapping declares them";
            self.refuse(expression, "NOT_A_NUMBER", reason);
        }
        value.map(Some)
    }

    fn currency(&mut self, expression: Option<&Expression>, usual: Currency) -> Option<Currency> {
        let Some((expression, text)) = self.said(expression) else {
            return Some(usual);
        };
        let currency = Currency::from_code(&text);
        if currency.is_none() {
            let reason = "must be a currency code (ISO 4217)";
            self.refuse(expression, "NOT_A_CURRENCY", reason);
        }
        currency
    }

    fn said<'e>(&self, expression: Option<&'e Expression>) -> Option<(&'e Expression, String)> {
        let expression = expression?;
        Some((expression, expression.text(self.row)?))
    }

    fn discount(
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
    fn line(&mut self, line: &LineFields, credit_note: bool) -> Option<LineDraft> {
        let description = self.required(&line.description);
        let turned = |value: Decimal| if credit_note { -value } else { value };
        let (quantity, unit_price) = match (&line.amount, &line.quantity, &line.unit_price) {
            (_, Some(quantity), Some(price)) => {
                (self.decimal(quantity).map(turned), self.decimal(price))
            }
            (Some(amount), _, _) => (Some(Decimal::ONE), self.decimal(amount).map(turned)),
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

    fn prices(&mut self, expression: Option<&Expression>) -> Option<Prices> {
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

    fn settlement(&mut self, fields: &DocumentFields) -> Option<Option<Settlement>> {
        let on = self.optional_date(fields.settled_on.as_ref())?;
        let amount = self.optional_decimal(fields.settled_amount.as_ref())?;
        let Some(on) = on else {
            return Some(None);
        };
        if amount.is_some_and(|amount| amount.is_zero()) {
            return Some(None);
        }
        let number = fields.settled_number.as_ref()?;
        Some(Some(Settlement {
            on,
            amount,
            number: self.required(number)?,
        }))
    }

    fn disputed(&mut self, expression: Option<&Expression>) -> Option<bool> {
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

/// The documents of a file, one after the other; rows of a number that stand together are one.
pub(super) struct Documents<'c> {
    columns: &'c Columns,
    fields: &'c DocumentFields,
    rows: Rows,
    next: Option<Row>,
}

impl Iterator for Documents<'_> {
    type Item = anyhow::Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.next.take() {
            Some(row) => row,
            None => match self.rows.next()? {
                Ok(row) => row,
                Err(error) => return Some(Err(error)),
            },
        };
        let number = self.fields.number.text(&first);
        let mut rows = vec![first];
        if self.columns.mapping.layout == Some(Layout::LinePerRow) && number.is_some() {
            loop {
                match self.rows.next() {
                    None => break,
                    Some(Err(error)) => return Some(Err(error)),
                    Some(Ok(row)) if self.fields.number.text(&row) == number => rows.push(row),
                    Some(Ok(row)) => {
                        self.next = Some(row);
                        break;
                    }
                }
            }
        }
        Some(Ok(self.document(number.unwrap_or_default(), rows)))
    }
}

impl Documents<'_> {
    fn document(&self, number: String, rows: Vec<Row>) -> Document {
        let (columns, fields) = (self.columns, self.fields);
        if is_skipped(columns, fields, &rows) {
            return Document {
                number,
                rows,
                findings: vec![],
                content: None,
                skipped: true,
            };
        }
        let mut findings = vec![];
        let mut lines = vec![];
        let mut heads: Vec<Head> = vec![];
        let credit_note = columns
            .mapping
            .credit_notes
            .as_ref()
            .is_some_and(|marked| number.starts_with(&marked.number_prefix));
        for row in &rows {
            let mut reading = columns.read(row, &number);
            if let Some((code, reason)) = &row.broken {
                reading.refuse(&fields.number, code, reason);
            } else {
                let head = read_head(columns, fields, &mut reading);
                lines.extend(reading.line(&fields.line, credit_note));
                if let (Some(head), Some(first)) = (&head, heads.first()) {
                    head.must_agree(first, fields, columns, &mut reading);
                }
                // Only the first is kept whole; the others only have to agree with it.
                if heads.is_empty() {
                    heads.extend(head);
                }
            }
            findings.append(&mut reading.findings);
        }
        let refused = findings.iter().any(|finding| finding.refused);
        let content = match heads.pop() {
            Some(head) if !refused => Some(head.content(credit_note, lines)),
            Some(_) | None => None,
        };
        Document {
            number,
            rows,
            findings,
            content,
            skipped: false,
        }
    }
}

fn is_skipped(columns: &Columns, fields: &DocumentFields, rows: &[Row]) -> bool {
    let (Some(skip), Some(expression)) = (&columns.mapping.skip, &fields.skip) else {
        return false;
    };
    rows.first()
        .and_then(|row| expression.text(row))
        .is_some_and(|text| skip.values.contains(&text))
}

/// What every row of a document says alike.
struct Head {
    customer: CustomerContent,
    issued: Date,
    due: Option<Date>,
    currency: Currency,
    prices: Prices,
    discount: Option<Discount>,
    notes: Option<String>,
    terms: Option<String>,
    settlement: Option<Settlement>,
    disputed: bool,
}

fn read_head(
    columns: &Columns,
    fields: &DocumentFields,
    reading: &mut Reading<'_>,
) -> Option<Head> {
    let number = reading.required(&fields.number);
    let customer = columns.customer_content(reading);
    let issued = reading.date(&fields.issued);
    let due = reading.optional_date(fields.due.as_ref());
    let currency = reading.currency(fields.currency.as_ref(), columns.mapping.currency);
    let prices = reading.prices(fields.prices.as_ref());
    let discount = reading.discount(
        fields.discount_percent.as_ref(),
        fields.discount_amount.as_ref(),
    );
    let settlement = reading.settlement(fields);
    let disputed = reading.disputed(fields.disputed.as_ref());
    let words = |expression: &Option<Expression>| {
        expression.as_ref().and_then(|expr| expr.text(reading.row))
    };
    number?;
    Some(Head {
        customer: customer?,
        issued: issued?,
        due: due?,
        currency: currency?,
        prices: prices?,
        discount: discount?,
        notes: words(&fields.notes),
        terms: words(&fields.terms),
        settlement: settlement?,
        disputed: disputed?,
    })
}

impl Head {
    /// Every row of a document must say the same customer, dates and currency as its first.
    fn must_agree(
        &self,
        first: &Self,
        fields: &DocumentFields,
        columns: &Columns,
        reading: &mut Reading<'_>,
    ) {
        let pairs: [(bool, Option<&Expression>); 4] = [
            (
                self.customer.key == first.customer.key,
                Some(&columns.customer.key),
            ),
            (self.issued == first.issued, Some(&fields.issued)),
            (self.due == first.due, fields.due.as_ref()),
            (self.currency == first.currency, fields.currency.as_ref()),
        ];
        for (agrees, expression) in pairs {
            if let (false, Some(expression)) = (agrees, expression) {
                let reason = "must be what the first row of the document says";
                reading.refuse(expression, "INCONSISTENT", reason);
            }
        }
    }

    fn content(self, credit_note: bool, lines: Vec<LineDraft>) -> Content {
        Content {
            credit_note,
            customer: self.customer,
            issued: self.issued,
            due: self.due,
            draft: DocumentDraft {
                currency: self.currency,
                prices: self.prices,
                lines,
                discount: self.discount,
                notes: self.notes,
                terms: self.terms,
            },
            settlement: self.settlement,
            disputed: self.disputed,
        }
    }
}

impl Document {
    /// Adds a refusal of the whole document at a field as the domain calls it, on the row that it is of.
    pub(super) fn refuse(&mut self, columns: &Columns, field: &str, code: &str, reason: &str) {
        self.find(columns, field, (code, reason), true);
    }

    /// The same by a rule.
    pub(super) fn refuse_by(&mut self, columns: &Columns, refused: &Refused) {
        self.refuse(columns, &refused.field, &refused.code, &refused.reason);
    }

    /// Notes something that refuses nothing.
    pub(super) fn note(&mut self, columns: &Columns, field: &str, code: &str, reason: &str) {
        self.find(columns, field, (code, reason), false);
    }

    fn find(
        &mut self,
        columns: &Columns,
        field: &str,
        (code, reason): (&str, &str),
        refused: bool,
    ) {
        let line = field.split('.').find_map(|part| part.parse::<usize>().ok());
        let row = self.rows.get(line.unwrap_or(0)).or(self.rows.first());
        if let Some(row) = row {
            let finding = columns.finding(row, field, (code, reason));
            self.findings.push(Finding {
                document: self.number.clone(),
                refused,
                ..finding
            });
        }
    }

    /// Whether something refuses it.
    pub(super) fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.refused)
    }

    /// What to report. Documents are imported whole or not at all, so every row of a refused one is refused: those with
    /// nothing wrong by themselves for the sake of the others.
    pub(super) fn report(mut self) -> Vec<Finding> {
        let refused: BTreeSet<u64> = self
            .findings
            .iter()
            .filter(|finding| finding.refused)
            .map(|finding| finding.line)
            .collect();
        if let Some(first) = refused.first() {
            for row in self.rows.iter().filter(|row| !refused.contains(&row.line)) {
                self.findings.push(Finding {
                    line: row.line,
                    document: self.number.clone(),
                    field: "document".to_owned(),
                    column: String::new(),
                    value: String::new(),
                    code: "DOCUMENT_REFUSED".to_owned(),
                    reason: format!("line {first} of the same document is refused"),
                    refused: true,
                });
            }
        }
        self.findings.sort_by_key(|finding| finding.line);
        self.findings
    }
}
