//! A CSV file with a header: its rows with their lines, and expressions over its columns.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use uuid::Uuid;

use super::mapping::{Encoding, FileFormat};

/// A row as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// One text for each column of the header.
    cells: Vec<String>,
    /// Why it is no row of this file: code and reason.
    pub(super) broken: Option<(&'static str, String)>,
}

/// A file that can be read from the beginning as often as needed.
pub(super) struct Sheet {
    path: PathBuf,
    format: FileFormat,
    pub(super) header: Vec<String>,
}

/// Rows one after the other.
pub(super) struct Rows {
    csv: csv::Reader<File>,
    record: csv::ByteRecord,
    encoding: Encoding,
    width: usize,
}

impl Sheet {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path, format: &FileFormat) -> anyhow::Result<Self> {
        let mut sheet = Self {
            path: path.to_owned(),
            format: format.clone(),
            header: vec![],
        };
        let mut csv = sheet.reader()?;
        let header = csv
            .byte_headers()
            .with_context(|| format!("{} has no header", path.display()))?;
        for name in header {
            let (name, why) = decode(name, format.encoding);
            if let Some((_, reason)) = why {
                bail!("the header of {}: {reason}", path.display());
            }
            sheet
                .header
                .push(name.trim_start_matches('\u{feff}').trim().to_owned());
        }
        let mut seen = HashSet::new();
        if let Some(twice) = sheet.header.iter().find(|name| !seen.insert(*name)) {
            bail!("{} has two columns {twice}", path.display());
        }
        Ok(sheet)
    }

    fn reader(&self) -> anyhow::Result<csv::Reader<File>> {
        let file = File::open(&self.path)
            .with_context(|| format!("{} cannot be read", self.path.display()))?;
        let delimiter = u8::try_from(self.format.delimiter)?;
        Ok(csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(file))
    }

    /// The rows from the first on.
    pub(super) fn rows(&self) -> anyhow::Result<Rows> {
        Ok(Rows {
            csv: self.reader()?,
            record: csv::ByteRecord::new(),
            encoding: self.format.encoding,
            width: self.header.len(),
        })
    }

    /// An expression of the mapping over this file's columns: a column's name, or a template with columns in braces.
    pub(super) fn expression(&self, field: &'static str, text: &str) -> anyhow::Result<Expression> {
        let column = |name: &str| {
            let found = self.header.iter().position(|known| known == name);
            found.with_context(|| {
                format!(
                    "{field}: there is no column {name}; the columns are {}",
                    self.header.join(", ")
                )
            })
        };
        let mut parts = vec![];
        if !text.contains('{') {
            parts.push(Part::Column(column(text)?));
        }
        let mut rest = if parts.is_empty() { text } else { "" };
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .with_context(|| format!("{field}: a brace in {text} is not closed"))?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Column(column(name)?));
            rest = after;
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Expression { field, parts })
    }

    /// The same where the mapping may leave it out.
    pub(super) fn optional(
        &self,
        field: &'static str,
        text: Option<&String>,
    ) -> anyhow::Result<Option<Expression>> {
        text.map(|text| self.expression(field, text)).transpose()
    }
}

impl Iterator for Rows {
    type Item = anyhow::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.csv.read_byte_record(&mut self.record) {
            Ok(true) => Some(Ok(self.row())),
            Ok(false) => None,
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl Rows {
    fn row(&self) -> Row {
        let line = self.record.position().map_or(0, csv::Position::line);
        let mut broken = None;
        let mut cells: Vec<String> = self
            .record
            .iter()
            .map(|cell| {
                let (text, why) = decode(cell, self.encoding);
                broken = broken.take().or(why);
                text
            })
            .collect();
        if cells.len() != self.width {
            let reason = format!("has {} columns, the header {}", cells.len(), self.width);
            broken = Some(("COLUMN_COUNT", reason));
            cells.resize(self.width, String::new());
        }
        Row {
            line,
            cells,
            broken,
        }
    }
}

impl Row {
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.cells.hash(&mut hasher);
        hasher.finish()
    }
}

fn decode(bytes: &[u8], encoding: Encoding) -> (String, Option<(&'static str, String)>) {
    match encoding {
        Encoding::Latin1 => (bytes.iter().copied().map(char::from).collect(), None),
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => {
                let why = ("NOT_UTF8", "is not UTF-8; declare file.encoding".to_owned());
                (String::from_utf8_lossy(bytes).into_owned(), Some(why))
            }
        },
    }
}

/// A text made of columns.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// What it is for, in the mapping's words.
    pub(super) field: &'static str,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Column(usize),
}

impl Expression {
    /// The text, without blanks around it; None where a column of it is blank.
    pub(super) fn text(&self, row: &Row) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Column(column) => {
                    let cell = row.cells.get(*column).map_or("", |cell| cell.trim());
                    if cell.is_empty() {
                        return None;
                    }
                    text.push_str(cell);
                }
            }
        }
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// What stands in its columns, for a report.
    pub(super) fn written(&self, row: &Row) -> String {
        let cells = self.columns().filter_map(|column| row.cells.get(column));
        cells.cloned().collect::<Vec<_>>().join(" ")
    }

    /// The names of its columns, for a report.
    pub(super) fn names(&self, header: &[String]) -> String {
        let names = self.columns().filter_map(|column| header.get(column));
        names.cloned().collect::<Vec<_>>().join(" ")
    }

    /// The columns that it is made of.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Column(column) => Some(*column),
        })
    }
}

/// What a first look at all rows has shown.
#[derive(Default)]
pub(super) struct Survey {
    /// How many rows there are.
    pub(super) rows: u64,
    /// Keys that cannot be imported: scattered over the file, or said twice and differently.
    pub(super) unclear: HashSet<Uuid>,
    /// Every key, until its first row is taken.
    untaken: HashMap<Uuid, u64>,
}

impl Survey {
    /// Looks at the keys of all rows. Rows of one key either stand `together`, or are the same row.
    pub(super) fn of(sheet: &Sheet, key: &Expression, together: bool) -> anyhow::Result<Self> {
        let mut survey = Self::default();
        let mut last = None;
        for row in sheet.rows()? {
            let row = row?;
            survey.rows += 1;
            let Some(key) = key.text(&row).map(|key| key_id(&key)) else {
                last = None;
                continue;
            };
            let hash = if together { 0 } else { row.hash() };
            let known = survey.untaken.insert(key, hash);
            let unclear = match known {
                None => false,
                Some(_) if together => last != Some(key),
                Some(known) => known != hash,
            };
            if unclear {
                survey.unclear.insert(key);
            }
            last = Some(key);
        }
        Ok(survey)
    }

    /// Whether this is the first time that the key is asked for.
    pub(super) fn take(&mut self, key: &str) -> bool {
        self.untaken.remove(&key_id(key)).is_some()
    }

    /// Whether the rows of a key do not say clearly what it is.
    pub(super) fn is_unclear(&self, key: &str) -> bool {
        self.unclear.contains(&key_id(key))
    }
}

/// A key in little room.
fn key_id(key: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())
}
