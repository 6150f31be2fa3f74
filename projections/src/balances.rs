//! What customers owe and have to their credit: kept by amounts due of invoices and unapplied parts of payments and
//! credit notes.

use domain::money::{Currency, Money};
use rusqlite::Connection;
use uuid::Uuid;

use crate::Viewer;
use crate::ledger::Moved;
use crate::scope;
use crate::sql::{self, Columns, Writer};

/// What a customer owes and has to its credit in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// Amounts due on issued invoices.
    pub outstanding: Money,
    /// Parts of payments and of issued credit notes that are neither applied nor refunded.
    pub credit: Money,
}

/// Adds to a customer's balance, in minor units of the currency. The ledger says the same of the event at hand.
pub(crate) fn add(
    db: &Writer<'_>,
    customer: Uuid,
    currency: Currency,
    outstanding: i64,
    credit: i64,
) -> rusqlite::Result<()> {
    db.run(
        "INSERT INTO balances VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET outstanding = outstanding + ?3, credit = credit + ?4",
        &[&customer, &currency.code(), &outstanding, &credit],
    )?;
    db.note_moved(Moved {
        customer,
        currency,
        outstanding,
        credit,
    });
    Ok(())
}

/// The balances of several customers at once, each with its customer, by currency.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_balances(
    db: &Connection,
    viewer: &Viewer,
    customers: &[Uuid],
) -> rusqlite::Result<Vec<(Uuid, BalanceRow)>> {
    let text = format!(
        "SELECT customer_id, currency, outstanding, credit FROM balances
         WHERE customer_id = ?1 AND {} ORDER BY currency",
        scope::clause("customer_id", "TRUE", "?2")
    );
    let mut found = vec![];
    for customer in customers {
        let rows = sql::all(db, &text, &[customer, &scope::parameter(viewer)], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.get()?, read(&mut columns)?))
        })?;
        found.extend(rows);
    }
    Ok(found)
}

/// The sums of all that the viewer sees, by currency; currencies in which everything is zero are left out.
///
/// # Errors
/// Whatever SQLite says.
pub fn sum_balances(db: &Connection, viewer: &Viewer) -> rusqlite::Result<Vec<BalanceRow>> {
    let map = |row: &rusqlite::Row<'_>| read(&mut Columns::of(row));
    match viewer.only_customer() {
        Some(customer) => sql::all(
            db,
            "SELECT currency, outstanding, credit FROM balances
             WHERE customer_id = ? AND (outstanding <> 0 OR credit <> 0) ORDER BY currency",
            &[&customer],
            map,
        ),
        None => sql::all(
            db,
            "SELECT currency, SUM(outstanding), SUM(credit) FROM balances
             WHERE outstanding <> 0 OR credit <> 0 GROUP BY currency ORDER BY currency",
            &[],
            map,
        ),
    }
}

fn read(columns: &mut Columns<'_, '_>) -> rusqlite::Result<BalanceRow> {
    let currency = columns.currency()?;
    Ok(BalanceRow {
        outstanding: columns.money(currency)?,
        credit: columns.money(currency)?,
    })
}
