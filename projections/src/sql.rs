//! Between Rust values and SQLite's: money in minor units, dates as text, ids as blobs, JSON as text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::money::{Currency, Money};
use rusqlite::types::{Type, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

use crate::ledger::Moved;
use crate::record::Record;

/// The connection that rows are written through, with its statements at hand: looking each up by its text would take
/// a tenth of the time of a rebuild.
pub(crate) struct Writer<'c> {
    pub(crate) db: &'c Connection,
    statements: RefCell<HashMap<(*const u8, usize), CachedStatement<'c>>>,
    /// Whose the documents are that events were of lately.
    customers: RefCell<HashMap<Uuid, Uuid>>,
    /// What the event at hand has moved so far.
    moved: RefCell<Vec<Moved>>,
}

/// The most documents whose customers are remembered.
const REMEMBERED: usize = 100_000;

impl<'c> Writer<'c> {
    pub(crate) fn new(db: &'c Connection) -> Self {
        Self {
            db,
            statements: RefCell::default(),
            customers: RefCell::default(),
            moved: RefCell::default(),
        }
    }

    /// Notes for the ledger what the event at hand has moved: one sum for each customer and currency.
    pub(crate) fn note_moved(&self, part: Moved) {
        let mut moved = self.moved.borrow_mut();
        let known = moved
            .iter_mut()
            .find(|known| known.customer == part.customer && known.currency == part.currency);
        match known {
            Some(known) => {
                known.outstanding += part.outstanding;
                known.credit += part.credit;
            }
            None => moved.push(part),
        }
    }

    /// What the event at hand has moved, in all.
    pub(crate) fn take_moved(&self) -> Vec<Moved> {
        self.moved.take()
    }

    /// Remembers whose a document is.
    pub(crate) fn remember(&self, document: Uuid, customer: Uuid) {
        let mut customers = self.customers.borrow_mut();
        if customers.len() >= REMEMBERED {
            customers.clear();
        }
        customers.insert(document, customer);
    }

    /// Whose a document is; `text` finds it where it is not remembered.
    fn customer_of(&self, document: Uuid, text: &'static str) -> rusqlite::Result<Uuid> {
        let known = self.customers.borrow().get(&document).copied();
        match known {
            Some(customer) => Ok(customer),
            None => missing(self.one(text, &[&document], |row| row.get(0))?),
        }
    }

    /// Runs an UPDATE of the event's document (`?1`) to its version (`?2`) and further values; answers with the
    /// customer, which `customer` selects. Not by RETURNING: that takes SQLite as long as the UPDATE itself.
    pub(crate) fn update(
        &self,
        record: &Record,
        [text, customer]: [&'static str; 2],
        values: &[&dyn ToSql],
    ) -> rusqlite::Result<Uuid> {
        let mut params: Vec<&dyn ToSql> = vec![&record.id, &record.version];
        params.extend_from_slice(values);
        match self.run(text, &params)? {
            0 => Err(rusqlite::Error::QueryReturnedNoRows),
            _ => self.customer_of(record.id, customer),
        }
    }

    /// Runs one statement; answers with how many rows it changed.
    pub(crate) fn run(&self, text: &'static str, params: &[&dyn ToSql]) -> rusqlite::Result<usize> {
        self.with(text, |statement| statement.execute(params))
    }

    /// The first row of one statement, or None.
    pub(crate) fn one<T>(
        &self,
        text: &'static str,
        params: &[&dyn ToSql],
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.with(text, |statement| {
            let mut rows = statement.query(params)?;
            rows.next()?.map(map).transpose()
        })
    }

    /// Texts are told apart by where they stand in the program.
    fn with<T>(
        &self,
        text: &'static str,
        run: impl FnOnce(&mut CachedStatement<'c>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut statements = self.statements.borrow_mut();
        match statements.entry((text.as_ptr(), text.len())) {
            Entry::Occupied(mut known) => run(known.get_mut()),
            Entry::Vacant(new) => run(new.insert(self.db.prepare_cached(text)?)),
        }
    }
}

/// One row of one cached statement, or None.
pub(crate) fn one<T>(
    db: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
    map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    match rows.next()? {
        Some(row) => map(row).map(Some),
        None => Ok(None),
    }
}

/// All rows of one cached statement.
pub(crate) fn all<T>(
    db: &Connection,
    sql: &str,
    params: &[&dyn ToSql],
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    statement.query_map(params, map)?.collect()
}

/// A date as it is stored: `YYYY-MM-DD`.
pub(crate) fn date_text(date: Date) -> String {
    // By hand, because every event has a date.
    let digit = |number: i32| char::from(b'0' + u8::try_from(number % 10).unwrap_or(0));
    let (year, month, day) = date.to_calendar_date();
    let (month, day) = (i32::from(u8::from(month)), i32::from(day));
    let mut text = String::with_capacity(10);
    for part in [year / 1_000, year / 100, year / 10, year] {
        text.push(digit(part));
    }
    for part in [month, day] {
        text.push('-');
        text.push(digit(part / 10));
        text.push(digit(part));
    }
    text
}

/// Reads back what [`date_text`] wrote.
fn parse_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// A document's date as lists sort by it: the date, then the place in the log of the event that set it, so that what is
/// of one day stands in the order it happened, and no two documents of a kind share a value.
pub(crate) fn dated_text(date: Date, position: i64) -> String {
    format!("{}/{position:012}", date_text(date))
}

/// Reads the columns of a row one after the other.
pub(crate) struct Columns<'r, 'stmt> {
    row: &'r Row<'stmt>,
    next: usize,
}

impl<'r, 'stmt> Columns<'r, 'stmt> {
    pub(crate) fn of(row: &'r Row<'stmt>) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn get<T: rusqlite::types::FromSql>(&mut self) -> rusqlite::Result<T> {
        let value = self.row.get(self.next);
        self.next += 1;
        value
    }

    pub(crate) fn money(&mut self, currency: Currency) -> rusqlite::Result<Money> {
        Ok(Money::from_minor(self.get()?, currency))
    }

    pub(crate) fn currency(&mut self) -> rusqlite::Result<Currency> {
        self.name(Currency::from_code)
    }

    pub(crate) fn date(&mut self) -> rusqlite::Result<Date> {
        self.name(parse_date)
    }

    /// A date that [`dated_text`] wrote.
    pub(crate) fn dated(&mut self) -> rusqlite::Result<Date> {
        self.name(|text| text.split_once('/').and_then(|(date, _)| parse_date(date)))
    }

    pub(crate) fn optional_date(&mut self) -> rusqlite::Result<Option<Date>> {
        if self.row.get_ref(self.next)? == ValueRef::Null {
            self.next += 1;
            return Ok(None);
        }
        self.date().map(Some)
    }

    pub(crate) fn time(&mut self) -> rusqlite::Result<OffsetDateTime> {
        let micros = self.get::<i64>()?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
            .map_err(|error| self.broken(error.to_string()))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        let text = self.get::<String>()?;
        serde_json::from_str(&text).map_err(|error| self.broken(error.to_string()))
    }

    pub(crate) fn optional_json<T: DeserializeOwned>(&mut self) -> rusqlite::Result<Option<T>> {
        match self.get::<Option<String>>()? {
            Some(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| self.broken(error.to_string())),
            None => Ok(None),
        }
    }

    /// A stored name read back by `parse`, such as that of a state.
    pub(crate) fn name<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
        let text = self.row.get_ref(self.next)?.as_str()?;
        self.next += 1;
        parse(text).ok_or_else(|| self.broken(format!("{text} is unknown")))
    }

    /// The same for a name that may be missing.
    pub(crate) fn optional_name<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> rusqlite::Result<Option<T>> {
        if self.row.get_ref(self.next)? == ValueRef::Null {
            self.next += 1;
            return Ok(None);
        }
        self.name(parse).map(Some)
    }

    fn broken(&self, reason: String) -> rusqlite::Error {
        rusqlite::Error::FromSqlConversionFailure(self.next - 1, Type::Text, reason.into())
    }
}

/// A value as JSON text.
pub(crate) fn json_text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// The error of a row that must be there and is not: the log and the read models have parted.
pub(crate) fn missing<T>(found: Option<T>) -> rusqlite::Result<T> {
    found.ok_or(rusqlite::Error::QueryReturnedNoRows)
}
