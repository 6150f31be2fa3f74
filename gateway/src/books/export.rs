//! Exporting: customers, documents and payments from the read models, events from the log; row by row, so that memory
//! stays as it is however long the books are.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::document::Discount;
use domain::money::Money;
use domain::party::Address;
use eventlog::RecordedEvent;
use projections::{
    CreditNoteFilter, CreditNoteRow, Cursor, CustomerRow, InvoiceDocumentRow, InvoiceFilter,
    InvoiceRow, InvoiceSort, LARGEST_PAGE, Page, PaymentFilter, PaymentRow, Slice, Viewer,
    find_customer, find_invoice, list_allocations_of, list_allocations_to, list_credit_notes,
    list_customers, list_invoice_documents, list_invoices, list_payments,
};
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::cli::{ExportCommand, Format, What};
use super::figures::{operator, read};
use super::neutral::{neutral, neutral_number};
use crate::app::open_log;
use crate::config::Config;

/// Events read at once.
const BATCH: usize = 1_000;

/// Exports.
pub(super) async fn run(config: Config, command: ExportCommand) -> anyhow::Result<()> {
    let what = match command.what.as_slice() {
        [] => What::ALL.to_vec(),
        some => some.to_vec(),
    };
    let to_stdout = command.to == Path::new("-");
    if to_stdout && what.len() != 1 {
        bail!("standard output takes one kind of thing: name it with --what");
    }
    if !to_stdout {
        std::fs::create_dir_all(&command.to)
            .with_context(|| format!("{} cannot be made", command.to.display()))?;
    }
    for what in what {
        let target = if to_stdout {
            Target::stdout()
        } else {
            Target::file(&command.to, what, command.format)?
        };
        let form = (command.format, command.raw);
        export(&config, what, form, target).await?;
    }
    Ok(())
}

/// Where an export goes. A file has its name when it is whole.
struct Target {
    out: Box<dyn Write + Send>,
    rename: Option<(PathBuf, PathBuf)>,
}

impl Target {
    fn stdout() -> Self {
        Self {
            out: Box::new(BufWriter::new(std::io::stdout())),
            rename: None,
        }
    }

    fn file(folder: &Path, what: What, format: Format) -> anyhow::Result<Self> {
        let ending = match (what, format) {
            (What::Events, _) | (_, Format::Jsonl) => "jsonl",
            (_, Format::Csv) => "csv",
        };
        let path = folder.join(format!("{}.{ending}", what.name()));
        let part = folder.join(format!("{}.{ending}.part", what.name()));
        let file =
            File::create(&part).with_context(|| format!("{} cannot be written", part.display()))?;
        Ok(Self {
            out: Box::new(BufWriter::new(file)),
            rename: Some((part, path)),
        })
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.out.flush()?;
        drop(self.out);
        match self.rename {
            Some((part, path)) => std::fs::rename(part, path),
            None => Ok(()),
        }
    }
}

async fn export(
    config: &Config,
    what: What,
    form: (Format, bool),
    target: Target,
) -> anyhow::Result<()> {
    match what {
        What::Events => events(config, target).await,
        What::Customers => rows(config, form, target, &CUSTOMERS, customers).await,
        What::Invoices => rows(config, form, target, &INVOICES, invoices).await,
        What::InvoiceLines => rows(config, form, target, &LINES, lines).await,
        What::Payments => rows(config, form, target, &PAYMENTS, payments).await,
        What::CreditNotes => rows(config, form, target, &CREDIT_NOTES, credit_notes).await,
    }
}

/// Takes rows and writes them.
struct Sheet {
    form: Form,
    columns: &'static [&'static str],
    /// Whether CSV cells stay as they are although a spreadsheet would take them for formulas.
    raw: bool,
}

/// Columns of numbers: less than nothing is no formula there, and stays a number that can be added up.
const NUMBERS: [&str; 18] = [
    "payment_terms_days",
    "net",
    "tax",
    "total",
    "settled",
    "reserved",
    "due",
    "document_discount_percent",
    "document_discount_amount",
    "line",
    "quantity",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "tax_percent",
    "amount",
    "applied",
    "unapplied",
];

enum Form {
    Csv(Box<csv::Writer<Box<dyn Write + Send>>>),
    Jsonl(Box<dyn Write + Send>),
}

impl Sheet {
    fn new(
        out: Box<dyn Write + Send>,
        (format, raw): (Format, bool),
        columns: &'static [&'static str],
    ) -> anyhow::Result<Self> {
        let form = match format {
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(columns)?;
                Form::Csv(Box::new(csv))
            }
            Format::Jsonl => Form::Jsonl(out),
        };
        Ok(Self { form, columns, raw })
    }

    fn row(&mut self, values: Vec<Option<String>>) -> anyhow::Result<()> {
        match &mut self.form {
            Form::Csv(csv) => {
                let cells = self.columns.iter().zip(&values).map(|(column, value)| {
                    let value = value.as_deref().unwrap_or_default();
                    match (self.raw, NUMBERS.contains(column)) {
                        (true, _) => Cow::Borrowed(value),
                        (false, true) => neutral_number(value),
                        (false, false) => neutral(value),
                    }
                });
                csv.write_record(cells.map(Cell))?;
            }
            Form::Jsonl(out) => {
                let fields = self.columns.iter().zip(values);
                let fields: Map<String, Value> = fields
                    .map(|(name, value)| {
                        ((*name).to_owned(), value.map_or(Value::Null, Value::from))
                    })
                    .collect();
                serde_json::to_writer(&mut *out, &fields)?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn into_inner(self) -> anyhow::Result<Box<dyn Write + Send>> {
        match self.form {
            Form::Csv(csv) => csv.into_inner().map_err(|error| {
                anyhow::anyhow!("the export cannot be written: {}", error.error())
            }),
            Form::Jsonl(out) => Ok(out),
        }
    }
}

/// A text that `csv` takes as bytes.
struct Cell<'c>(Cow<'c, str>);

impl AsRef<[u8]> for Cell<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

type Walk = fn(&Connection, &Viewer, &mut Sheet) -> rusqlite::Result<anyhow::Result<()>>;

async fn rows(
    config: &Config,
    (format, raw): (Format, bool),
    target: Target,
    columns: &'static [&'static str],
    walk: Walk,
) -> anyhow::Result<()> {
    let Target { out, rename } = target;
    let mut sheet = Sheet::new(out, (format, raw), columns)?;
    let walked = read(config, move |db| {
        let walked = walk(db, &operator(), &mut sheet)?;
        Ok(walked.and_then(|()| sheet.into_inner()))
    });
    let out = walked.await??;
    Ok(Target { out, rename }.finish()?)
}

/// Goes through a list page by page.
fn each<T>(
    mut list: impl FnMut(&Page) -> rusqlite::Result<Slice<T>>,
    mut with: impl FnMut(T) -> rusqlite::Result<anyhow::Result<()>>,
) -> rusqlite::Result<anyhow::Result<()>> {
    let mut page = Page {
        first: LARGEST_PAGE,
        after: None,
    };
    loop {
        let slice = list(&page)?;
        let last: Option<Cursor> = slice.rows.last().map(|(cursor, _)| cursor.clone());
        for (_, row) in slice.rows {
            if let Err(error) = with(row)? {
                return Ok(Err(error));
            }
        }
        if !slice.has_next {
            return Ok(Ok(()));
        }
        page.after = last;
    }
}

const CUSTOMERS: [&str; 20] = [
    "id",
    "name",
    "email",
    "phone",
    "tax_id",
    "language",
    "currency",
    "payment_terms_days",
    "registered_on",
    "billing_street",
    "billing_postal_code",
    "billing_city",
    "billing_region",
    "billing_country",
    "shipping_street",
    "shipping_postal_code",
    "shipping_city",
    "shipping_region",
    "shipping_country",
    "payment_method",
];

fn customers(
    db: &Connection,
    viewer: &Viewer,
    sheet: &mut Sheet,
) -> rusqlite::Result<anyhow::Result<()>> {
    each(
        |page| list_customers(db, viewer, None, page),
        |row: CustomerRow| {
            let mut values = vec![
                Some(row.id.to_string()),
                Some(row.name),
                row.email,
                row.phone,
                row.tax_id,
                Some(row.language),
                code(row.currency),
                Some(row.payment_terms_days.to_string()),
                Some(row.registered_on.to_string()),
            ];
            values.extend(address(row.addresses.billing));
            values.extend(address(row.addresses.shipping));
            values.push(row.payment_method_label);
            Ok(sheet.row(values))
        },
    )
}

fn address(address: Option<Address>) -> [Option<String>; 5] {
    match address {
        None => [None, None, None, None, None],
        Some(address) => [
            Some(address.street),
            address.postal_code,
            Some(address.city),
            address.region,
            Some(address.country),
        ],
    }
}

fn code(currency: domain::money::Currency) -> Option<String> {
    Some(currency.code().to_owned())
}

fn amount(money: Money) -> Option<String> {
    Some(money.amount.to_string())
}

fn name_of(
    db: &Connection,
    viewer: &Viewer,
    customer: uuid::Uuid,
) -> rusqlite::Result<Option<String>> {
    Ok(find_customer(db, viewer, customer)?.map(|customer| customer.name))
}

const INVOICES: [&str; 16] = [
    "id",
    "number",
    "state",
    "customer_id",
    "customer_name",
    "issued",
    "due_date",
    "currency",
    "net",
    "tax",
    "total",
    "settled",
    "reserved",
    "due",
    "paid_on",
    "closed_reason",
];

fn each_invoice(
    db: &Connection,
    viewer: &Viewer,
    with: impl FnMut(InvoiceRow) -> rusqlite::Result<anyhow::Result<()>>,
) -> rusqlite::Result<anyhow::Result<()>> {
    let (filter, sort) = (InvoiceFilter::default(), (InvoiceSort::Dated, false));
    each(|page| list_invoices(db, viewer, &filter, sort, page), with)
}

fn invoices(
    db: &Connection,
    viewer: &Viewer,
    sheet: &mut Sheet,
) -> rusqlite::Result<anyhow::Result<()>> {
    each_invoice(db, viewer, |row| {
        let customer = name_of(db, viewer, row.customer_id)?;
        Ok(sheet.row(vec![
            Some(row.id.to_string()),
            row.number,
            Some(row.state.name().to_owned()),
            Some(row.customer_id.to_string()),
            customer,
            Some(row.dated.to_string()),
            row.due_date.map(|date| date.to_string()),
            code(row.total.currency),
            amount(row.net),
            amount(row.tax),
            amount(row.total),
            amount(row.settled),
            amount(row.reserved),
            amount(row.due),
            row.paid_on.map(|date| date.to_string()),
            row.closed_reason,
        ]))
    })
}

const LINES: [&str; 26] = [
    "number",
    "state",
    "customer_id",
    "customer_name",
    "customer_email",
    "issued",
    "due_date",
    "currency",
    "prices",
    "document_discount_percent",
    "document_discount_amount",
    "notes",
    "terms",
    "line",
    "description",
    "quantity",
    "unit_price",
    "discount_percent",
    "discount_amount",
    "tax_category",
    "tax_percent",
    "amount",
    "total",
    "settled",
    "settled_on",
    "due",
];

fn lines(
    db: &Connection,
    viewer: &Viewer,
    sheet: &mut Sheet,
) -> rusqlite::Result<anyhow::Result<()>> {
    each_invoice(db, viewer, |row| {
        let customer = find_customer(db, viewer, row.customer_id)?;
        let settled_on = list_allocations_to(db, viewer, &[row.id])?
            .into_iter()
            .filter(|part| part.applied)
            .map(|part| part.dated)
            .max();
        for said in list_invoice_documents(db, viewer, &[row.id])? {
            if let Err(error) = lines_of(&row, customer.as_ref(), &said, settled_on, sheet) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    })
}

fn lines_of(
    row: &InvoiceRow,
    customer: Option<&CustomerRow>,
    said: &InvoiceDocumentRow,
    settled_on: Option<time::Date>,
    sheet: &mut Sheet,
) -> anyhow::Result<()> {
    let document = &said.document;
    let prices = match document.prices {
        domain::document::Prices::TaxExclusive => "tax_exclusive",
        domain::document::Prices::TaxInclusive => "tax_inclusive",
    };
    let [by_percent, by_amount] = discount(document.discount);
    for (index, line) in document.lines.iter().enumerate() {
        let [line_percent, line_amount] = discount(line.discount);
        sheet.row(vec![
            row.number.clone(),
            Some(row.state.name().to_owned()),
            Some(row.customer_id.to_string()),
            customer.map(|customer| customer.name.clone()),
            customer.and_then(|customer| customer.email.clone()),
            Some(row.dated.to_string()),
            row.due_date.map(|date| date.to_string()),
            code(document.currency),
            Some(prices.to_owned()),
            by_percent.clone(),
            by_amount.clone(),
            document.notes.clone(),
            document.terms.clone(),
            Some((index + 1).to_string()),
            Some(line.description.clone()),
            Some(line.quantity.to_string()),
            Some(line.unit_price.to_string()),
            line_percent,
            line_amount,
            Some(line.tax.category.code().to_owned()),
            Some(line.tax.percent.to_string()),
            Some(line.amount.to_string()),
            amount(row.total),
            amount(row.settled),
            settled_on.map(|date| date.to_string()),
            amount(row.due),
        ])?;
    }
    Ok(())
}

fn discount(discount: Option<Discount>) -> [Option<String>; 2] {
    match discount {
        None => [None, None],
        Some(Discount::Percent(percent)) => [Some(percent.to_string()), None],
        Some(Discount::Amount(amount)) => [None, Some(amount.to_string())],
    }
}

const PAYMENTS: [&str; 17] = [
    "id",
    "number",
    "state",
    "customer_id",
    "customer_name",
    "dated",
    "currency",
    "amount",
    "applied",
    "refunded",
    "unapplied",
    "method",
    "reference",
    "provider_reference",
    "failure_code",
    "failure_reason",
    "allocations",
];

fn payments(
    db: &Connection,
    viewer: &Viewer,
    sheet: &mut Sheet,
) -> rusqlite::Result<anyhow::Result<()>> {
    let filter = PaymentFilter::default();
    each(
        |page| list_payments(db, viewer, &filter, page),
        |row: PaymentRow| {
            let customer = name_of(db, viewer, row.customer_id)?;
            let mut allocations = vec![];
            for part in list_allocations_of(db, viewer, &[row.id])? {
                let invoice = find_invoice(db, viewer, part.invoice_id)?;
                let number = invoice.and_then(|invoice| invoice.number);
                allocations.push(format!(
                    "{}={}",
                    number.unwrap_or_default(),
                    part.amount.amount
                ));
            }
            let unapplied = amount(row.unapplied());
            Ok(sheet.row(vec![
                Some(row.id.to_string()),
                row.number,
                Some(row.state.name().to_owned()),
                Some(row.customer_id.to_string()),
                customer,
                Some(row.dated.to_string()),
                code(row.amount.currency),
                amount(row.amount),
                amount(row.applied),
                amount(row.refunded),
                unapplied,
                Some(row.method),
                row.reference,
                row.provider_reference,
                row.failure_code,
                row.failure_reason,
                Some(allocations.join(" ")).filter(|text| !text.is_empty()),
            ]))
        },
    )
}

const CREDIT_NOTES: [&str; 15] = [
    "id",
    "number",
    "state",
    "customer_id",
    "customer_name",
    "issued",
    "currency",
    "net",
    "tax",
    "total",
    "applied",
    "refunded",
    "unapplied",
    "voided_reason",
    "invoice_number",
];

fn credit_notes(
    db: &Connection,
    viewer: &Viewer,
    sheet: &mut Sheet,
) -> rusqlite::Result<anyhow::Result<()>> {
    let filter = CreditNoteFilter::default();
    each(
        |page| list_credit_notes(db, viewer, &filter, page),
        |row: CreditNoteRow| {
            let customer = name_of(db, viewer, row.customer_id)?;
            let corrected = match row.invoice_id {
                Some(invoice) => find_invoice(db, viewer, invoice)?,
                None => None,
            };
            let unapplied = amount(row.unapplied());
            Ok(sheet.row(vec![
                Some(row.id.to_string()),
                row.number,
                Some(row.state.name().to_owned()),
                Some(row.customer_id.to_string()),
                customer,
                Some(row.dated.to_string()),
                code(row.total.currency),
                amount(row.net),
                amount(row.tax),
                amount(row.total),
                amount(row.applied),
                amount(row.refunded),
                unapplied,
                row.voided_reason,
                corrected.and_then(|invoice| invoice.number),
            ]))
        },
    )
}

async fn events(config: &Config, mut target: Target) -> anyhow::Result<()> {
    let log = open_log(config).await?;
    let head = log.head().await?;
    let mut position = 0;
    while position < head {
        let wanted = usize::try_from(head - position)?.min(BATCH);
        let events = log.tail(position, wanted).await?;
        let Some(last) = events.last() else {
            bail!("the log ends at {position}, before its head {head}");
        };
        position = last.position;
        for event in &events {
            serde_json::to_writer(&mut target.out, &event_value(event)?)?;
            target.out.write_all(b"\n")?;
        }
    }
    log.close().await;
    Ok(target.finish()?)
}

fn event_value(event: &RecordedEvent) -> anyhow::Result<Value> {
    let meta = &event.metadata;
    let payload: Value = serde_json::from_str(&event.payload)?;
    Ok(json!({
        "position": event.position,
        "event_id": event.event_id,
        "aggregate_type": event.aggregate_type,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "event_type": event.event_type,
        "event_version": event.event_version,
        "recorded_at": event.recorded_at.format(&Rfc3339)?,
        "actor": {
            "id": meta.actor.id,
            "name": meta.actor.name,
            "role": meta.actor.role,
            "on_behalf_of": meta.actor.on_behalf_of,
        },
        "command_id": meta.command_id,
        "correlation_id": meta.correlation_id,
        "causation_id": meta.causation_id,
        "series": meta.series,
        "number": meta.number,
        "payload": payload,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use proptest::prelude::*;

    use super::super::mapping::FileFormat;
    use super::super::sheet;
    use super::*;

    const COLUMNS: [&str; 3] = ["id", "name", "amount"];

    /// Writes texts as an export does and reads them as an import does.
    fn there_and_back(texts: &[String], raw: bool, neutral_cells: bool) -> Vec<[String; 2]> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let out = Box::new(file.reopen().unwrap());
        let mut out = Sheet::new(out, (Format::Csv, raw), &COLUMNS).unwrap();
        for text in texts {
            let (id, text) = (Some("x".to_owned()), Some(text.clone()));
            out.row(vec![id, text.clone(), text]).unwrap();
        }
        out.into_inner().unwrap().flush().unwrap();
        let format = FileFormat {
            neutral_cells,
            ..FileFormat::default()
        };
        let read = sheet::Sheet::open(file.path(), &format).unwrap();
        let [name, amount] = ["name", "amount"].map(|column| read.expression("x", column).unwrap());
        let rows = read.rows().unwrap().map(Result::unwrap);
        let text = |of: &sheet::Expression, row: &sheet::Row| of.text(row).unwrap_or_default();
        rows.map(|row| [text(&name, &row), text(&amount, &row)])
            .collect()
    }

    proptest! {
        /// Whatever a text begins with, the import has it as it was, blanks around it apart.
        #[test]
        fn whatever_is_exported_is_imported_as_it_was(
            texts in prop::collection::vec("[-'=+@\t\r\n,;\" a1.]{0,8}|\\PC{0,9}", 1..9),
            raw: bool,
        ) {
            let expected: Vec<[String; 2]> = texts
                .iter()
                .map(|text| [text.trim().to_owned(), text.trim().to_owned()])
                .collect();
            prop_assert_eq!(there_and_back(&texts, raw, !raw), expected);
        }
    }
}
