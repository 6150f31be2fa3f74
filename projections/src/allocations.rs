//! What settles invoices: payments and credit notes alike, and what payments under way have reserved.

use domain::ids::{CreditNoteId, PaymentId};
use domain::invoice::Settler;
use domain::money::Money;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::sql::{self, Columns, Writer, date_text};
use crate::{Viewer, credit_notes, payments, scope};

/// What of a payment or credit note is allocated to an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationRow {
    /// The invoice.
    pub invoice_id: Uuid,
    /// The payment or credit note.
    pub settler: Settler,
    /// True once applied, false while it is only reserved.
    pub applied: bool,
    /// How much.
    pub amount: Money,
    /// Business date.
    pub dated: Date,
}

/// What is allocated to several invoices.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_allocations_to(
    db: &Connection,
    viewer: &Viewer,
    invoices: &[Uuid],
) -> rusqlite::Result<Vec<AllocationRow>> {
    list(db, viewer, "a.invoice_id", invoices)
}

/// What several payments or credit notes are allocated to.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_allocations_of(
    db: &Connection,
    viewer: &Viewer,
    settlers: &[Uuid],
) -> rusqlite::Result<Vec<AllocationRow>> {
    list(db, viewer, "a.settler_id", settlers)
}

fn list(
    db: &Connection,
    viewer: &Viewer,
    column: &str,
    ids: &[Uuid],
) -> rusqlite::Result<Vec<AllocationRow>> {
    let text = format!(
        "SELECT a.invoice_id, a.settler_id, a.settler, a.state = 'applied', a.currency, a.amount, a.dated
         FROM allocations a JOIN invoices i ON i.id = a.invoice_id
         WHERE {column} = ?1 AND {} ORDER BY a.dated, a.settler_id, a.invoice_id",
        scope::clause("i.customer_id", "i.number IS NOT NULL", "?2")
    );
    let mut found = vec![];
    for id in ids {
        found.extend(sql::all(db, &text, &[id, &scope::parameter(viewer)], read)?);
    }
    Ok(found)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<AllocationRow> {
    let mut columns = Columns::of(row);
    let (invoice_id, by) = (columns.get()?, columns.get()?);
    let settler = columns.name(|name| match name {
        "payment" => Some(Settler::Payment(PaymentId(by))),
        "credit_note" => Some(Settler::CreditNote(CreditNoteId(by))),
        _ => None,
    })?;
    let applied = columns.get()?;
    let currency = columns.currency()?;
    Ok(AllocationRow {
        invoice_id,
        settler,
        applied,
        amount: columns.money(currency)?,
        dated: columns.date()?,
    })
}

/// A settler as the table has it: its kind and its id.
pub(crate) fn columns_of(settler: Settler) -> (&'static str, Uuid) {
    match settler {
        Settler::Payment(id) => ("payment", id.0),
        Settler::CreditNote(id) => ("credit_note", id.0),
    }
}

pub(crate) fn reserve(
    db: &Writer<'_>,
    invoice: Uuid,
    payment: PaymentId,
    amount: Money,
    on: Date,
) -> rusqlite::Result<()> {
    put(
        db,
        invoice,
        Settler::Payment(payment),
        "reserved",
        amount,
        on,
    )
}

/// An amount settles the invoice from here on; it is taken from what is unapplied of the settler, and adds up with what
/// the settler has settled there before.
pub(crate) fn apply(
    db: &Writer<'_>,
    invoice: Uuid,
    settler: Settler,
    amount: Money,
    on: Date,
) -> rusqlite::Result<()> {
    put(db, invoice, settler, "applied", amount, on)?;
    add_applied(db, settler, amount)
}

/// The amount settles the invoice no more.
pub(crate) fn unapply(
    db: &Writer<'_>,
    invoice: Uuid,
    settler: Settler,
    amount: Money,
) -> rusqlite::Result<()> {
    remove(db, invoice, settler)?;
    let back = Money::from_minor(-amount.minor(), amount.currency);
    add_applied(db, settler, back)
}

pub(crate) fn remove(db: &Writer<'_>, invoice: Uuid, settler: Settler) -> rusqlite::Result<()> {
    let (name, by) = columns_of(settler);
    db.run(
        "DELETE FROM allocations WHERE invoice_id = ? AND settler_id = ? AND settler = ?",
        &[&invoice, &by, &name],
    )?;
    Ok(())
}

fn put(
    db: &Writer<'_>,
    invoice: Uuid,
    settler: Settler,
    state: &str,
    amount: Money,
    on: Date,
) -> rusqlite::Result<()> {
    let (name, by) = columns_of(settler);
    db.run(
        "INSERT INTO allocations VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET state = excluded.state, dated = excluded.dated,
             amount = excluded.amount + CASE state WHEN 'applied' THEN amount ELSE 0 END",
        &[
            &invoice,
            &by,
            &name,
            &state,
            &amount.currency.code(),
            &amount.minor(),
            &date_text(on),
        ],
    )?;
    Ok(())
}

fn add_applied(db: &Writer<'_>, settler: Settler, amount: Money) -> rusqlite::Result<()> {
    match settler {
        Settler::Payment(payment) => payments::add_applied(db, payment.0, amount),
        Settler::CreditNote(note) => credit_notes::add_applied(db, note.0, amount),
    }
}
