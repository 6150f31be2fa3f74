//! The side tables (accounts, sessions, idempotency, …) beside the event log: one SQL text for both engines.
//!
//! SQL here is what SQLite and PostgreSQL share: `$1` placeholders, text, bigint and bytes.

use eventlog::{Database, EventLog, LogError};
use rusqlite::types::{FromSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments as _, Decode, Postgres, Row as _, Type};
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
    Sqlite(Vec<(String, Value)>),
    Postgres(PgRow),
}

impl Tables {
    /// The side tables of this log's database.
    pub fn new(log: EventLog) -> Self {
        Self { log }
    }

    /// Reads rows.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn fetch(&self, sql: &'static str, args: &[Arg]) -> Result<Vec<Row>, LogError> {
        match self.log.database() {
            Database::Sqlite(database) => database.read(|db| rows(db, sql, args)),
            Database::Postgres(pool) => {
                let rows = sqlx::query_with(sql, arguments(args)?)
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
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn fetch_one(
        &self,
        sql: &'static str,
        args: &[Arg],
    ) -> Result<Option<Row>, LogError> {
        Ok(self.fetch(sql, args).await?.into_iter().next())
    }

    /// Writes, and says how many rows it concerned. Answers once that is on disk.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn execute(&self, sql: &str, args: &[Arg]) -> Result<u64, LogError> {
        match self.log.database() {
            Database::Sqlite(database) => {
                let (sql, args) = (numbered(sql), args.to_vec());
                database
                    .write(move |db| {
                        let mut statement = db.prepare_cached(&sql)?;
                        let changed = statement.execute(rusqlite::params_from_iter(args))?;
                        Ok(changed as u64)
                    })
                    .await
            }
            Database::Postgres(pool) => {
                let done = sqlx::query_with(sql, arguments(args)?)
                    .execute(pool)
                    .await?;
                Ok(done.rows_affected())
            }
        }
    }
}

/// SQLite counts `$1` by its first appearance, and `?1` by its number.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn rows(db: &Connection, sql: &str, args: &[Arg]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = db.prepare_cached(&numbered(sql))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map(rusqlite::params_from_iter(args), |row| {
        let values = columns.iter().enumerate();
        let values = values.map(|(index, column)| Ok((column.clone(), row.get(index)?)));
        Ok(Row(EngineRow::Sqlite(
            values.collect::<rusqlite::Result<_>>()?,
        )))
    })?;
    rows.collect()
}

impl ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Text(text) | Self::TextOrNull(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::TextOrNull(None) => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn get<T>(&self, column: &str) -> Result<T, LogError>
    where
        T: FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match &self.0 {
            EngineRow::Sqlite(values) => {
                let value = values.iter().find(|(name, _)| name == column);
                let (_, value) =
                    value.ok_or_else(|| rusqlite::Error::InvalidColumnName(column.to_owned()))?;
                T::column_result(value.into()).map_err(unreadable)
            }
            EngineRow::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// The id in a column of text.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn id(&self, column: &str) -> Result<Uuid, LogError> {
        let text: String = self.get(column)?;
        Uuid::parse_str(&text).map_err(unreadable)
    }

    /// The id in a column of text that may be null.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn id_or_null(&self, column: &str) -> Result<Option<Uuid>, LogError> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| Uuid::parse_str(&text))
            .transpose()
            .map_err(unreadable)
    }

    /// The instant in a column of milliseconds.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn instant(&self, column: &str) -> Result<OffsetDateTime, LogError> {
        let millis: i64 = self.get(column)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .map_err(unreadable)
    }
}

/// A value in a side table that is not what this program wrote there.
pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> LogError {
    LogError::Unreadable(Box::new(error))
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

fn arguments(args: &[Arg]) -> Result<PgArguments, LogError> {
    let mut arguments = PgArguments::default();
    for arg in args.iter().cloned() {
        match arg {
            Arg::Text(text) => arguments.add(text),
            Arg::TextOrNull(text) => arguments.add(text),
            Arg::Int(number) => arguments.add(number),
            Arg::Bytes(bytes) => arguments.add(bytes),
        }
        .map_err(|error| LogError::Database(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}
