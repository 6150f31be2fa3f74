//! Disputes of invoices: what customers do not want to pay, and how staff settled it.

use domain::invoice::{DisputeOutcome, InvoiceEvent};
use domain::money::{Currency, Money};
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text, dated_text};
use crate::{Viewer, scope};

/// A dispute of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeRow {
    /// The dispute's id.
    pub id: Uuid,
    /// What is disputed.
    pub invoice_id: Uuid,
    /// Whose invoice that is.
    pub customer_id: Uuid,
    /// The line that is disputed; None for the whole invoice.
    pub line_id: Option<u32>,
    /// Why.
    pub reason: String,
    /// How much.
    pub amount: Option<Money>,
    /// Who recorded it, by name at that time.
    pub raised_by: String,
    /// `customer_contact`, `staff` or `owner`.
    pub raised_by_role: String,
    /// Business date of the dispute.
    pub dated: Date,
    /// How it ended; None while it is open.
    pub outcome: Option<DisputeOutcome>,
    /// Words to the customer.
    pub words: Option<String>,
    /// Business date of the settlement.
    pub settled_on: Option<Date>,
}

/// Which disputes are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct DisputeFilter {
    /// Open (true) or settled (false).
    pub open: Option<bool>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
}

const COLUMNS: &str = "invoice_id, id, customer_id, line_id, reason, currency, amount, raised_by, \
                       raised_by_role, dated, outcome, words, settled_on";

/// The disputes of several invoices, the oldest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_disputes_of(
    db: &Connection,
    viewer: &Viewer,
    invoices: &[Uuid],
) -> rusqlite::Result<Vec<DisputeRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM disputes WHERE invoice_id = ?1 AND {} ORDER BY dated",
        scope::clause("customer_id", "TRUE", "?2")
    );
    let mut found = vec![];
    for invoice in invoices {
        let params: [&dyn rusqlite::ToSql; 2] = [invoice, &scope::parameter(viewer)];
        found.extend(sql::all(db, &text, &params, read)?);
    }
    Ok(found)
}

/// Disputes, the oldest first: what has waited longest is settled first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_disputes(
    db: &Connection,
    viewer: &Viewer,
    filter: &DisputeFilter,
    page: &Page,
) -> rusqlite::Result<Slice<DisputeRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, filter);
    let order = Order::by_unique_text("dated", false);
    query.page(db, page, order, |row| {
        let dated = row.get("dated")?;
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(dated), row.id), row))
    })
}

/// How many disputes [`list_disputes`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_disputes(
    db: &Connection,
    viewer: &Viewer,
    filter: &DisputeFilter,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, filter).count(db)
}

fn filtered(select: &str, viewer: &Viewer, filter: &DisputeFilter) -> Query {
    let index = if viewer.only_customer().or(filter.customer_id).is_some() {
        "INDEXED BY disputes_by_customer"
    } else if filter.open == Some(true) {
        "INDEXED BY disputes_open"
    } else {
        "INDEXED BY disputes_by_date"
    };
    let mut query = Query::new(&format!("{select} FROM disputes {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    if let Some(customer) = filter.customer_id {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    match filter.open {
        Some(true) => query.and("outcome IS NULL", vec![]),
        Some(false) => query.and("outcome IS NOT NULL", vec![]),
        None => {}
    }
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<DisputeRow> {
    let mut columns = Columns::of(row);
    let (invoice_id, id, customer_id) = (columns.get()?, columns.get()?, columns.get()?);
    let (line_id, reason) = (columns.get()?, columns.get()?);
    let currency: Option<String> = columns.get()?;
    let minor: Option<i64> = columns.get()?;
    let amount = currency
        .and_then(|code| Currency::from_code(&code))
        .zip(minor)
        .map(|(currency, minor)| Money::from_minor(minor, currency));
    Ok(DisputeRow {
        id,
        invoice_id,
        customer_id,
        line_id,
        reason,
        amount,
        raised_by: columns.get()?,
        raised_by_role: columns.get()?,
        dated: columns.dated()?,
        outcome: columns.optional_name(outcome_from)?,
        words: columns.get()?,
        settled_on: columns.optional_date()?,
    })
}

fn outcome_name(outcome: DisputeOutcome) -> &'static str {
    match outcome {
        DisputeOutcome::Upheld => "upheld",
        DisputeOutcome::Rejected => "rejected",
        DisputeOutcome::Withdrawn => "withdrawn",
    }
}

fn outcome_from(name: &str) -> Option<DisputeOutcome> {
    [
        DisputeOutcome::Upheld,
        DisputeOutcome::Rejected,
        DisputeOutcome::Withdrawn,
    ]
    .into_iter()
    .find(|outcome| outcome_name(*outcome) == name)
}

/// A credit note has corrected the invoice: what its disputes ask for has been done.
pub(crate) fn set_corrected(db: &Writer<'_>, invoice: Uuid) -> rusqlite::Result<()> {
    db.run(
        "UPDATE disputes SET corrected = 1 WHERE invoice_id = ?",
        &[&invoice],
    )?;
    Ok(())
}

/// Keeps the disputes of an invoice; `customer` is the invoice's.
pub(crate) fn on_invoice(
    db: &Writer<'_>,
    record: &Record,
    event: &InvoiceEvent,
    customer: Uuid,
) -> rusqlite::Result<()> {
    if let InvoiceEvent::Disputed {
        dispute_id,
        line_id,
        reason,
        amount,
        on,
    } = event
    {
        db.run(
            "INSERT INTO disputes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, 0)",
            &[
                &record.id,
                &dispute_id.0,
                &customer,
                line_id,
                reason,
                &amount.map(|amount| amount.currency.code()),
                &amount.map(Money::minor),
                &record.actor.name,
                &record.actor.role,
                &dated_text(*on, record.position),
            ],
        )?;
    } else if let InvoiceEvent::DisputeSettled {
        dispute_id,
        outcome,
        words,
        on,
    } = event
    {
        if *outcome == DisputeOutcome::Upheld {
            db.run(
                "UPDATE invoices SET resting = max(resting, (SELECT 1 - corrected FROM disputes
                     WHERE invoice_id = ?1 AND id = ?2)) WHERE id = ?1 AND state <> 'voided'",
                &[&record.id, &dispute_id.0],
            )?;
        }
        db.run(
            "UPDATE disputes SET outcome = ?, words = ?, settled_on = ? WHERE invoice_id = ? AND id = ?",
            &[
                &outcome_name(*outcome),
                words,
                &date_text(*on),
                &record.id,
                &dispute_id.0,
            ],
        )?;
    }
    Ok(())
}
