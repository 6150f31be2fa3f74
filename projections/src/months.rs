//! What months come to: billed and paid, from the ledger.

use std::collections::BTreeMap;

use domain::money::{Currency, Money};
use rusqlite::{Connection, ToSql};
use time::Date;

use crate::ledger::LedgerKind;
use crate::sql::{self, Columns, date_text};
use crate::{Viewer, scope};

/// What one month comes to in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthRow {
    /// Its first day.
    pub month: Date,
    /// Invoices issued less those voided; credit notes are not taken off.
    pub billed: Money,
    /// Money received less what was given back.
    pub paid: Money,
}

/// So many months up to the one that `today` is in, the oldest first; those in which nothing happened too.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_months(
    db: &Connection,
    viewer: &Viewer,
    currency: Currency,
    today: Date,
    count: usize,
) -> rusqlite::Result<Vec<MonthRow>> {
    let mut starts: Vec<Date> = std::iter::successors(Some(first_of(today)), |start| {
        start.previous_day().map(first_of)
    })
    .take(count)
    .collect();
    starts.reverse();
    let mut rows: BTreeMap<String, MonthRow> = starts
        .iter()
        .map(|start| (month_text(*start), nothing_in(*start, currency)))
        .collect();
    let (index, own) = match viewer.only_customer() {
        Some(_) => ("ledger_by_customer", "customer_id = ?1"),
        None => ("ledger_by_currency", "?1 IS NULL"),
    };
    let text = format!(
        "SELECT substr(dated, 1, 7), kind, SUM(balance_change) FROM ledger INDEXED BY {index}
         WHERE {own} AND currency = ?2 AND dated >= ?3 AND dated < ?4 AND balance_change <> 0 GROUP BY 1, 2"
    );
    let from = starts.first().copied().map_or_else(String::new, date_text);
    let to = month_text(today) + "~"; // Comes after every day of the month.
    let params: [&dyn ToSql; 4] = [&scope::parameter(viewer), &currency.code(), &from, &to];
    let found = sql::all(db, &text, &params, |row| {
        let mut columns = Columns::of(row);
        let month: String = columns.get()?;
        let kind = columns.name(LedgerKind::from_name)?;
        Ok((month, kind, columns.get::<i64>()?))
    })?;
    for (month, kind, change) in found {
        if let Some(row) = rows.get_mut(&month) {
            row.add(kind, change);
        }
    }
    Ok(rows.into_values().collect())
}

impl MonthRow {
    fn add(&mut self, kind: LedgerKind, change: i64) {
        let (figure, change) = match kind {
            LedgerKind::InvoiceIssued | LedgerKind::InvoiceVoided => (&mut self.billed, change),
            // Who pays owes less.
            LedgerKind::PaymentReceived
            | LedgerKind::PaymentRefunded
            | LedgerKind::RefundReturned
            | LedgerKind::CreditNoteRefunded => (&mut self.paid, -change),
            LedgerKind::InvoiceWrittenOff
            | LedgerKind::WriteOffReversed
            | LedgerKind::PaymentApplied
            | LedgerKind::PaymentUnapplied
            | LedgerKind::CreditNoteIssued
            | LedgerKind::CreditNoteVoided
            | LedgerKind::CreditApplied
            | LedgerKind::CreditUnapplied => return,
        };
        *figure = Money::from_minor(figure.minor() + change, figure.currency);
    }
}

fn nothing_in(month: Date, currency: Currency) -> MonthRow {
    MonthRow {
        month,
        billed: Money::zero(currency),
        paid: Money::zero(currency),
    }
}

fn first_of(day: Date) -> Date {
    day.replace_day(1).unwrap_or(day)
}

/// The beginning of every `dated` of that month.
fn month_text(day: Date) -> String {
    let mut text = date_text(day);
    text.truncate("2026-01".len());
    text
}
