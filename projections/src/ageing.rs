//! Ageing: what was due on a day, by how long it had been due, and the credit beside it. For any day: what counts are
//! business dates, not when something was recorded.

use domain::money::{Currency, Money};
use rusqlite::{Connection, ToSql};
use time::Date;
use uuid::Uuid;

use crate::Viewer;
use crate::ledger::before;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::scope;
use crate::sql::Columns;

/// What was due in one currency, by days past the due date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeingRow {
    /// Not past its due date.
    pub current: Money,
    /// 1 to 30 days past it.
    pub to_30: Money,
    /// 31 to 60 days past it.
    pub to_60: Money,
    /// 61 to 90 days past it.
    pub to_90: Money,
    /// More than 90 days past it.
    pub over_90: Money,
    /// All of these together.
    pub due: Money,
    /// What of payments and credit notes was not applied to any invoice.
    pub credit: Money,
}

/// What was due of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerAgeingRow {
    /// Of whom.
    pub customer_id: Uuid,
    /// By currency.
    pub ageing: Vec<AgeingRow>,
}

/// What was due on `as_of`, all customers or the one together, by currency.
///
/// # Errors
/// Whatever SQLite says.
pub fn sum_ageing(
    db: &Connection,
    viewer: &Viewer,
    as_of: Date,
    customer: Option<Uuid>,
) -> rusqlite::Result<Vec<AgeingRow>> {
    let customer = match (viewer.only_customer(), customer) {
        (Some(own), Some(asked)) if own != asked => return Ok(vec![]),
        (own, asked) => own.or(asked),
    };
    let condition = customer.map_or("", |_| "l.customer_id = ?2 AND ");
    let dues = format!(
        "SELECT l.currency, i.due_date, SUM(l.due_change)
         FROM ledger l INDEXED BY ledger_by_invoice CROSS JOIN invoices i ON i.id = l.invoice_id
         WHERE {condition} l.due_change <> 0 AND l.dated < ?1
         GROUP BY l.customer_id, l.currency, l.invoice_id"
    );
    let balances = format!(
        "SELECT l.currency, SUM(l.balance_change) FROM ledger l INDEXED BY ledger_by_customer
         WHERE {condition} l.dated < ?1 GROUP BY l.customer_id, l.currency"
    );
    let before = before(Some(as_of));
    let mut params: Vec<&dyn ToSql> = vec![&before];
    if let Some(customer) = &customer {
        params.push(customer);
    }
    let mut sums = Sums::default();
    let mut statement = db.prepare_cached(&dues)?;
    let mut rows = statement.query(params.as_slice())?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let (currency, due_date) = (columns.currency()?, columns.date()?);
        sums.add_due(currency, (as_of - due_date).whole_days(), columns.get()?);
    }
    let mut statement = db.prepare_cached(&balances)?;
    let mut rows = statement.query(params.as_slice())?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let (currency, balance): (Currency, i64) = (columns.currency()?, columns.get()?);
        sums.of(currency).balance += balance;
    }
    Ok(sums.rows())
}

/// The same customer by customer, in the order of their names; who owed nothing and had no credit is left out.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_ageing(
    db: &Connection,
    viewer: &Viewer,
    as_of: Date,
    customer: Option<Uuid>,
    page: &Page,
) -> rusqlite::Result<Slice<CustomerAgeingRow>> {
    let mut query = Query::new("SELECT name_key, id FROM customers WHERE TRUE");
    scope::confine(&mut query, viewer, "id", "TRUE");
    if let Some(customer) = customer {
        query.and("id = ?", vec![Box::new(customer)]);
    }
    query.and(
        "(EXISTS (SELECT 1 FROM ledger l INDEXED BY ledger_by_customer
                  WHERE l.customer_id = customers.id AND l.dated < ?
                  GROUP BY l.currency HAVING SUM(l.balance_change) <> 0)
          OR EXISTS (SELECT 1 FROM ledger l INDEXED BY ledger_by_invoice
                     WHERE l.customer_id = customers.id AND l.due_change <> 0 AND l.dated < ?
                     GROUP BY l.currency, l.invoice_id HAVING SUM(l.due_change) <> 0))",
        vec![Box::new(before(Some(as_of))), Box::new(before(Some(as_of)))],
    );
    let slice = query.page(db, page, Order::by_text("name_key", false), |row| {
        let (name, id): (String, Uuid) = (row.get(0)?, row.get(1)?);
        Ok((Cursor::new(Key::Text(name), id), id))
    })?;
    let mut rows = Vec::with_capacity(slice.rows.len());
    for (cursor, customer_id) in slice.rows {
        let ageing = sum_ageing(db, viewer, as_of, Some(customer_id))?;
        let row = CustomerAgeingRow {
            customer_id,
            ageing,
        };
        rows.push((cursor, row));
    }
    Ok(Slice {
        rows,
        has_next: slice.has_next,
    })
}

/// In minor units, by currency in order of its code.
#[derive(Default)]
struct Sums(Vec<(Currency, Sum)>);

#[derive(Default)]
struct Sum {
    buckets: [i64; 5],
    balance: i64,
}

impl Sums {
    fn of(&mut self, currency: Currency) -> &mut Sum {
        let at = match self.0.iter().position(|(known, _)| *known == currency) {
            Some(at) => at,
            None => {
                self.0.push((currency, Sum::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn add_due(&mut self, currency: Currency, days: i64, due: i64) {
        let bucket = match days {
            ..=0 => 0,
            1..=30 => 1,
            31..=60 => 2,
            61..=90 => 3,
            91.. => 4,
        };
        self.of(currency).buckets[bucket] += due;
    }

    fn rows(mut self) -> Vec<AgeingRow> {
        self.0.sort_by_key(|(currency, _)| currency.code());
        let rows = self.0.into_iter().map(|(currency, sum)| {
            let money = |minor| Money::from_minor(minor, currency);
            let [current, to_30, to_60, to_90, over_90] = sum.buckets.map(money);
            let due: i64 = sum.buckets.iter().sum();
            AgeingRow {
                current,
                to_30,
                to_60,
                to_90,
                over_90,
                due: money(due),
                credit: money(due - sum.balance),
            }
        });
        rows.filter(|row| !row.due.is_zero() || !row.credit.is_zero())
            .collect()
    }
}
