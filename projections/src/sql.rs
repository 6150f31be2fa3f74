//! Between Rust values and SQLite's: money in minor units, dates as text, ids as blobs, JSON as text.

use domain::money::{Currency, Money};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// Runs one cached statement.
pub(crate) fn run(db: &Connection, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(params)
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
        let code = self.get::<String>()?;
        Currency::from_code(&code).ok_or_else(|| self.broken(format!("{code} is no currency")))
    }

    pub(crate) fn date(&mut self) -> rusqlite::Result<Date> {
        let text = self.get::<String>()?;
        self.parse_date(&text)
    }

    pub(crate) fn optional_date(&mut self) -> rusqlite::Result<Option<Date>> {
        match self.get::<Option<String>>()? {
            Some(text) => self.parse_date(&text).map(Some),
            None => Ok(None),
        }
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
        let text = self.get::<String>()?;
        parse(&text).ok_or_else(|| self.broken(format!("unknown name {text}")))
    }

    fn parse_date(&self, text: &str) -> rusqlite::Result<Date> {
        Date::parse(text, format_description!("[year]-[month]-[day]"))
            .map_err(|error| self.broken(error.to_string()))
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
