//! The side tables (accounts, sessions, idempotency, …) beside the event log: one SQL text for both engines.
//!
//! SQL here is what SQLite and PostgreSQL share: `$1` placeholders, text, bigint and bytes.

use eventlog::{Database, EventLog};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments as _, Decode, Encode, Postgres, Row as _, Sqlite, Type};
use time::OffsetDateTime;
use uuid::Uuid;

/// The small tables in the event store's database that are shared by nodes but are not history.
#[derive(Clone)]
pub struct Tables {
    log: EventLog,
}

/// One value for a placeholder.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Text; an id is text too.
    Text(String),
    /// Text, or null.
    TextOrNull(Option<String>),
    /// A number, or an instant in milliseconds.
    Int(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// One row of an answer.
pub struct Row(EngineRow);

enum EngineRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Tables {
    /// The side tables of this log's database.
    pub fn new(log: EventLog) -> Self {
        Self { log }
    }

    /// Reads rows.
    pub async fn fetch(&self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, sqlx::Error> {
        match self.log.database() {
            Database::Sqlite { read, .. } => {
                let rows = sqlx::query_with(sql, arguments::<Sqlite>(args)?)
                    .fetch_all(read)
                    .await?;
                Ok(rows
                    .into_iter()
                    .map(|row| Row(EngineRow::Sqlite(row)))
                    .collect())
            }
            Database::Postgres(pool) => {
                let rows = sqlx::query_with(sql, arguments::<Postgres>(args)?)
                    .fetch_all(pool)
                    .await?;
                Ok(rows
                    .into_iter()
                    .map(|row| Row(EngineRow::Postgres(row)))
                    .collect())
            }
        }
    }

    /// Reads the first row, if there is one.
    pub async fn fetch_one(
        &self,
        sql: &'static str,
        args: &[Arg],
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Writes, and says how many rows it concerned.
    pub async fn execute(&self, sql: &str, args: &[Arg]) -> Result<u64, sqlx::Error> {
        match self.log.database() {
            Database::Sqlite { write, .. } => {
                let done = sqlx::query_with(sql, arguments::<Sqlite>(args)?)
                    .execute(write)
                    .await?;
                Ok(done.rows_affected())
            }
            Database::Postgres(pool) => {
                let done = sqlx::query_with(sql, arguments::<Postgres>(args)?)
                    .execute(pool)
                    .await?;
                Ok(done.rows_affected())
            }
        }
    }
}

impl Row {
    /// The value of a column.
    pub fn get<T>(&self, column: &str) -> Result<T, sqlx::Error>
    where
        T: for<'r> Decode<'r, Sqlite>
            + Type<Sqlite>
            + for<'r> Decode<'r, Postgres>
            + Type<Postgres>,
    {
        match &self.0 {
            EngineRow::Sqlite(row) => row.try_get(column),
            EngineRow::Postgres(row) => row.try_get(column),
        }
    }

    /// The id in a column of text.
    pub fn id(&self, column: &str) -> Result<Uuid, sqlx::Error> {
        let text: String = self.get(column)?;
        Uuid::parse_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
    }

    /// The id in a column of text that may be null.
    pub fn id_or_null(&self, column: &str) -> Result<Option<Uuid>, sqlx::Error> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| Uuid::parse_str(&text))
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))
    }

    /// The instant in a column of milliseconds.
    pub fn instant(&self, column: &str) -> Result<OffsetDateTime, sqlx::Error> {
        let millis: i64 = self.get(column)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Uuid> for Arg {
    fn from(id: Uuid) -> Self {
        Self::Text(id.to_string())
    }
}

impl From<Option<Uuid>> for Arg {
    fn from(id: Option<Uuid>) -> Self {
        Self::TextOrNull(id.map(|id| id.to_string()))
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::TextOrNull(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<OffsetDateTime> for Arg {
    fn from(instant: OffsetDateTime) -> Self {
        Self::Int(i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
    }
}

impl From<Vec<u8>> for Arg {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

fn arguments<DB>(args: &[Arg]) -> Result<DB::Arguments<'static>, sqlx::Error>
where
    DB: sqlx::Database,
    String: Encode<'static, DB> + Type<DB>,
    Option<String>: Encode<'static, DB> + Type<DB>,
    i64: Encode<'static, DB> + Type<DB>,
    Vec<u8>: Encode<'static, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for arg in args.iter().cloned() {
        match arg {
            Arg::Text(text) => arguments.add(text),
            Arg::TextOrNull(text) => arguments.add(text),
            Arg::Int(number) => arguments.add(number),
            Arg::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
