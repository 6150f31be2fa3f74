//! The columns of a file by what the mapping says of them.

use domain::organisation::OrganisationSettings;
use time::Date;

use super::mapping::Mapping;
use super::refusals::Finding;
use super::sheet::{Expression, Row, Sheet};
use super::value::DateFormat;

/// What the organisation says about values in its books.
pub(super) struct House {
    /// Today in its time zone: nothing that is imported has happened later.
    pub(super) today: Date,
    pub(super) settings: OrganisationSettings,
}

/// The mapping with its expressions over the columns of one file.
pub(super) struct Columns {
    pub(super) mapping: Mapping,
    pub(super) sheet: Sheet,
    pub(super) house: House,
    pub(super) dates: DateFormat,
    pub(super) customer: CustomerFields,
    document: Option<DocumentFields>,
}

pub(super) struct CustomerFields {
    pub(super) key: Expression,
    pub(super) name: Option<Expression>,
    pub(super) email: Option<Expression>,
    pub(super) phone: Option<Expression>,
    pub(super) tax_id: Option<Expression>,
    pub(super) language: Option<Expression>,
    pub(super) currency: Option<Expression>,
    pub(super) payment_terms_days: Option<Expression>,
    pub(super) registered: Option<Expression>,
    pub(super) street: Option<Expression>,
    pub(super) postal_code: Option<Expression>,
    pub(super) city: Option<Expression>,
    pub(super) region: Option<Expression>,
    pub(super) country: Option<Expression>,
}

pub(super) struct DocumentFields {
    pub(super) number: Expression,
    pub(super) issued: Expression,
    pub(super) due: Option<Expression>,
    pub(super) currency: Option<Expression>,
    pub(super) prices: Option<Expression>,
    pub(super) discount_percent: Option<Expression>,
    pub(super) discount_amount: Option<Expression>,
    pub(super) notes: Option<Expression>,
    pub(super) terms: Option<Expression>,
    pub(super) line: LineFields,
    pub(super) settled_on: Option<Expression>,
    pub(super) settled_amount: Option<Expression>,
    pub(super) settled_number: Option<Expression>,
    pub(super) disputed: Option<Expression>,
    pub(super) skip: Option<Expression>,
}

pub(super) struct LineFields {
    pub(super) description: Expression,
    pub(super) amount: Option<Expression>,
    pub(super) quantity: Option<Expression>,
    pub(super) unit_price: Option<Expression>,
    pub(super) discount_percent: Option<Expression>,
    pub(super) discount_amount: Option<Expression>,
    pub(super) tax_category: Option<Expression>,
    pub(super) tax_percent: Option<Expression>,
}

impl Columns {
    pub(super) fn new(mapping: Mapping, sheet: Sheet, house: House) -> anyhow::Result<Self> {
        let dates = mapping.date_format()?;
        let customer = customer_fields(&mapping, &sheet)?;
        let document = match mapping.document {
            Some(_) => Some(document_fields(&mapping, &sheet)?),
            None => None,
        };
        Ok(Self {
            mapping,
            sheet,
            house,
            dates,
            customer,
            document,
        })
    }

    pub(super) fn document(&self) -> anyhow::Result<&DocumentFields> {
        let missing = || anyhow::anyhow!("the mapping has no [document]");
        self.document.as_ref().ok_or_else(missing)
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

    /// The expression and its column for a field that the domain refused, as the domain calls it.
    pub(super) fn place(&self, field: &str) -> Option<&Expression> {
        let document = self.document.as_ref();
        if let Some(field) = field.strip_prefix("settlement.") {
            return document.and_then(|document| document.settlement_place(field));
        }
        if let Some((of, kind)) = field.split_once("discount.") {
            return document.and_then(|document| document.discount_place(of, kind));
        }
        let last = field.rsplit('.').find(|part| part.parse::<u32>().is_err());
        let line = document.map(|document| &document.line);
        match last? {
            "description" => line.map(|line| &line.description),
            "quantity" => line.and_then(|line| line.quantity.as_ref().or(line.amount.as_ref())),
            "unitPrice" => line.and_then(|line| line.unit_price.as_ref().or(line.amount.as_ref())),
            "percent" | "category" => line.and_then(|line| line.tax_percent.as_ref()),
            "number" => document.map(|document| &document.number),
            "issued" | "on" => document.map(|document| &document.issued),
            "dueDate" => document.and_then(|document| document.due.as_ref()),
            "notes" => document.and_then(|document| document.notes.as_ref()),
            "terms" => document.and_then(|document| document.terms.as_ref()),
            "currency" => document
                .and_then(|document| document.currency.as_ref())
                .or(self.customer.currency.as_ref()),
            other => self.customer.place(other),
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
}

impl CustomerFields {
    /// The column for a field as the domain calls it.
    fn place(&self, field: &str) -> Option<&Expression> {
        match field {
            "name" => self.name.as_ref().or(Some(&self.key)),
            "email" => self.email.as_ref(),
            "phone" => self.phone.as_ref(),
            "taxId" => self.tax_id.as_ref(),
            "language" => self.language.as_ref(),
            "street" => self.street.as_ref(),
            "postalCode" => self.postal_code.as_ref(),
            "city" => self.city.as_ref(),
            "region" => self.region.as_ref(),
            "country" => self.country.as_ref(),
            "paymentTermsDays" => self.payment_terms_days.as_ref(),
            "registered" => self.registered.as_ref(),
            _ => None,
        }
    }

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
    fn settlement_place(&self, field: &str) -> Option<&Expression> {
        match field {
            "amount" => self.settled_amount.as_ref(),
            "receivedOn" | "on" => self.settled_on.as_ref(),
            "number" => self.settled_number.as_ref(),
            _ => None,
        }
    }

    fn discount_place(&self, of: &str, kind: &str) -> Option<&Expression> {
        let (percent, amount) = if of.is_empty() {
            (&self.discount_percent, &self.discount_amount)
        } else {
            (&self.line.discount_percent, &self.line.discount_amount)
        };
        match kind {
            "percent" => percent.as_ref(),
            _ => amount.as_ref(),
        }
    }

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
