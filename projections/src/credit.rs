//! What makes up a customer's credit: each payment and credit note with something unapplied.

use domain::ids::{CreditNoteId, PaymentId};
use domain::invoice::Settler;
use domain::money::Money;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::Viewer;
use crate::scope;
use crate::sql::{self, Columns};

/// Something of a payment or credit note that is neither applied nor given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditRow {
    /// The payment or credit note.
    pub settler: Settler,
    /// Its number.
    pub number: Option<String>,
    /// When the money came in, or the credit note was issued.
    pub dated: Date,
    /// How much is unapplied.
    pub amount: Money,
}

/// The parts of a customer's credit, the oldest first. By currency they add up to the balances' credit.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_credit(
    db: &Connection,
    viewer: &Viewer,
    customer: Uuid,
) -> rusqlite::Result<Vec<CreditRow>> {
    let clause = scope::clause("customer_id", "TRUE", "?2");
    let text = format!(
        "SELECT 'payment', id, number, dated, currency, amount - applied - refunded
         FROM payments INDEXED BY payments_with_credit
         WHERE state = 'succeeded' AND amount > applied + refunded AND customer_id = ?1 AND {clause}
         UNION ALL
         SELECT 'credit_note', id, number, dated, currency, total - applied - refunded
         FROM credit_notes INDEXED BY credit_notes_open
         WHERE state = 'open' AND customer_id = ?1 AND {clause}
         ORDER BY dated"
    );
    sql::all(db, &text, &[&customer, &scope::parameter(viewer)], read)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<CreditRow> {
    let mut columns = Columns::of(row);
    let of_payment = columns.name(|name| match name {
        "payment" => Some(true),
        "credit_note" => Some(false),
        _ => None,
    })?;
    let id = columns.get()?;
    let (number, dated) = (columns.get()?, columns.dated()?);
    let currency = columns.currency()?;
    Ok(CreditRow {
        settler: if of_payment {
            Settler::Payment(PaymentId(id))
        } else {
            Settler::CreditNote(CreditNoteId(id))
        },
        number,
        dated,
        amount: columns.money(currency)?,
    })
}
