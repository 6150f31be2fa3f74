//! Proof that the read models say what the log says: build them aside from the log, compare every row.

use std::fmt;
use std::path::{Path, PathBuf};

use eventlog::EventLog;
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio::runtime::Handle;

use crate::error::ProjectionError;
use crate::file::Folder;
use crate::{build, file, projector};

/// The most differences that are named; the rest are counted.
const MOST_NAMED: usize = 50;

/// Events read at once beyond the served file's position.
const READ_AT_ONCE: usize = 4_000;

/// What a check found.
#[derive(Debug)]
pub struct Report {
    /// The file that was checked.
    pub file: PathBuf,
    /// Up to which position of the log it was compared: as far as it has come.
    pub position: i64,
    /// The log's last position. Every event up to it can be read.
    pub head: i64,
    /// Rows compared, all tables together.
    pub rows: u64,
    /// The first differences.
    pub named: Vec<Difference>,
    /// All differences.
    pub differences: u64,
}

/// A row that is not what the log makes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// The read model.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.key, self.what)
    }
}

/// Rebuilds the read models of `folder` aside, as far as the served file has come, and compares. Blocks.
///
/// # Errors
/// Where there is nothing to check, or the log or a file cannot be read.
pub fn check(
    log: &EventLog,
    runtime: &Handle,
    folder: &Path,
    progress: &dyn Fn(i64),
) -> Result<Report, ProjectionError> {
    let folder_handle = Folder::open(folder)?;
    let served = folder_handle.current().ok_or_else(|| {
        ProjectionError::Stopped("there is no read model to check yet".to_owned())
    })?;
    let live = file::open_reader(&served)?;
    live.execute_batch("BEGIN")?; // One snapshot, whatever the projector writes meanwhile.
    let position = projector::checkpoint(&live)?.position;
    let aside = folder_handle.aside();
    let compared = build::build(log, runtime, &aside, position, progress)
        .and_then(|rebuilt| compare(&live, &rebuilt).map_err(ProjectionError::from));
    let removed = std::fs::remove_file(&aside);
    let (rows, named, differences) = compared?;
    removed.map_err(|source| file::file_error(&aside, source))?;
    let head = read_to_head(log, runtime, position)?;
    Ok(Report {
        file: served,
        position,
        head,
        rows,
        named,
        differences,
    })
}

/// Reads and decodes the events that the file has not come to yet; answers with the last position.
fn read_to_head(log: &EventLog, runtime: &Handle, from: i64) -> Result<i64, ProjectionError> {
    let mut position = from;
    loop {
        let records = build::fetch(log, runtime, position, READ_AT_ONCE)?;
        for record in &records {
            if record.position != position + 1 {
                return Err(ProjectionError::Gap(position, record.position));
            }
            position = record.position;
        }
        if records.is_empty() {
            return Ok(position);
        }
    }
}

type Comparison = (u64, Vec<Difference>, u64);

fn compare(live: &Connection, rebuilt: &Connection) -> rusqlite::Result<Comparison> {
    let mut total: Comparison = (0, vec![], 0);
    let mut tables = rebuilt.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")?;
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        compare_table(live, rebuilt, &table, &mut total)?;
    }
    Ok(total)
}

fn compare_table(
    live: &Connection,
    rebuilt: &Connection,
    table: &str,
    (rows, named, differences): &mut Comparison,
) -> rusqlite::Result<()> {
    let mut keys =
        rebuilt.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")?;
    let keys: Vec<String> = keys
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let text = format!("SELECT * FROM {table} ORDER BY {}", keys.join(", "));
    let (mut left, mut right) = (live.prepare(&text)?, rebuilt.prepare(&text)?);
    let columns: Vec<String> = right.column_names().map(str::to_owned).collect();
    let key_columns: Vec<usize> = keys
        .iter()
        .filter_map(|key| columns.iter().position(|column| column == key))
        .collect();
    let (mut left, mut right) = (left.query([])?, right.query([])?);
    let (mut a, mut b) = (
        values(&mut left, columns.len())?,
        values(&mut right, columns.len())?,
    );
    loop {
        let order = match (&a, &b) {
            (None, None) => return Ok(()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => compare_keys(a, b, &key_columns),
        };
        let what = match (order, &a, &b) {
            (std::cmp::Ordering::Less, ..) => {
                Some("is served, but the log does not make it".to_owned())
            }
            (std::cmp::Ordering::Greater, ..) => {
                Some("the log makes it, but it is not served".to_owned())
            }
            (std::cmp::Ordering::Equal, Some(a), Some(b)) => difference(a, b, &columns),
            (std::cmp::Ordering::Equal, ..) => None,
        };
        *rows += 1;
        if let Some(what) = what {
            *differences += 1;
            let row = if order == std::cmp::Ordering::Greater {
                &b
            } else {
                &a
            };
            if let (true, Some(row)) = (named.len() < MOST_NAMED, row) {
                named.push(Difference {
                    table: table.to_owned(),
                    key: key_text(row, &key_columns),
                    what,
                });
            }
        }
        if order != std::cmp::Ordering::Greater {
            a = values(&mut left, columns.len())?;
        }
        if order != std::cmp::Ordering::Less {
            b = values(&mut right, columns.len())?;
        }
    }
}

fn values(rows: &mut rusqlite::Rows<'_>, count: usize) -> rusqlite::Result<Option<Vec<Value>>> {
    match rows.next()? {
        Some(row) => (0..count)
            .map(|index| row.get(index))
            .collect::<Result<Vec<Value>, _>>()
            .map(Some),
        None => Ok(None),
    }
}

fn compare_keys(a: &[Value], b: &[Value], keys: &[usize]) -> std::cmp::Ordering {
    keys.iter()
        .map(|key| compare_values(&a[*key], &b[*key]))
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

/// In SQLite's order of the kinds that keys are made of.
fn compare_values(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        (a, b) => format!("{a:?}").cmp(&format!("{b:?}")),
    }
}

fn difference(a: &[Value], b: &[Value], columns: &[String]) -> Option<String> {
    let differing: Vec<String> = columns
        .iter()
        .zip(a.iter().zip(b))
        .filter(|(_, (a, b))| a != b)
        .map(|(column, (a, b))| {
            format!(
                "{column} is {}, the log makes it {}",
                value_text(a),
                value_text(b)
            )
        })
        .collect();
    (!differing.is_empty()).then(|| differing.join("; "))
}

fn key_text(row: &[Value], keys: &[usize]) -> String {
    let parts: Vec<String> = keys.iter().map(|key| value_text(&row[*key])).collect();
    parts.join("/")
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => match uuid::Uuid::from_slice(bytes) {
            Ok(id) => id.to_string(),
            Err(_) => format!("{bytes:02x?}"),
        },
    }
}
