//! A CSV file with a header: its rows with their lines, and expressions over its columns.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::mapping::{Encoding, FileFormat};
use super::neutral::original;
use super::source::{self, Source};
use super::value::normal;

/// A row as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// One text for each column of the header.
    cells: Vec<String>,
    /// Why it is no row of this file: code and reason.
    pub(super) broken: Option<(String, String)>,
}

/// A file that can be read from the beginning as often as needed.
pub(super) struct Sheet {
    path: PathBuf,
    format: FileFormat,
    pub(super) header: Vec<String>,
}

/// Rows one after the other.
pub(super) struct Rows {
    csv: csv::Reader<Source>,
    record: csv::ByteRecord,
    encoding: Encoding,
    neutral_cells: bool,
    width: usize,
    /// Rows of separators only, so far.
    pub(super) blank: u64,
}

impl Sheet {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path, format: &FileFormat) -> anyhow::Result<Self> {
        let mut sheet = Self {
            path: path.to_owned(),
            format: format.clone(),
            header: vec![],
        };
        let mut rows = sheet.rows()?;
        if !rows.csv.read_byte_record(&mut rows.record)? {
            bail!("{} has no header", path.display());
        }
        for name in &rows.record {
            let (name, why) = decode(name, rows.encoding);
            if let Some((_, reason)) = why {
                bail!("the header of {}: {reason}", path.display());
            }
            let name = if format.neutral_cells {
                original(&name)
            } else {
                &name
            };
            sheet.header.push(name.trim().to_owned());
        }
        let named = sheet.header.iter().filter(|name| !name.is_empty());
        let mut seen = HashSet::new();
        if let Some(twice) = named.into_iter().find(|name| !seen.insert(*name)) {
            bail!("{} has two columns {twice}", path.display());
        }
        Ok(sheet)
    }

    /// The rows from the first on.
    pub(super) fn rows(&self) -> anyhow::Result<Rows> {
        let opened = source::open(&self.path, &self.format)?;
        let csv = csv::ReaderBuilder::new()
            .delimiter(opened.delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(opened.bytes);
        let mut rows = Rows {
            csv,
            record: csv::ByteRecord::new(),
            encoding: opened.encoding,
            neutral_cells: self.format.neutral_cells,
            width: self.header.len(),
            blank: 0,
        };
        if !self.header.is_empty() {
            rows.csv.read_byte_record(&mut rows.record)?;
            rows.csv.get_mut().next_line();
        }
        Ok(rows)
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
        loop {
            match self.csv.read_byte_record(&mut self.record) {
                Ok(false) => return None,
                Err(error) => return Some(Err(error.into())),
                Ok(true) => {
                    let row = self.row();
                    if !row.is_blank() {
                        return Some(Ok(row));
                    }
                    self.blank += 1;
                }
            }
        }
    }
}

impl Rows {
    fn row(&mut self) -> Row {
        let line = self.csv.get_mut().next_line();
        let mut broken = None;
        let mut cells = Vec::with_capacity(self.width);
        for cell in &self.record {
            let (text, why) = decode(cell, self.encoding);
            broken = broken.or(why);
            cells.push(if self.neutral_cells {
                original(&text).to_owned()
            } else {
                text
            });
        }
        if cells.len() != self.width {
            let reason = format!("has {} columns, the header {}", cells.len(), self.width);
            broken = Some(("COLUMN_COUNT".to_owned(), reason));
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
    /// Whether two rows say the same.
    pub(super) fn says(&self, other: &Self) -> bool {
        self.cells == other.cells && self.broken == other.broken
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// A cell as text, and why it is none: code and reason.
fn decode(bytes: &[u8], encoding: Encoding) -> (String, Option<(String, String)>) {
    let why = |code: &str, reason: &str| Some((code.to_owned(), reason.to_owned()));
    match encoding {
        Encoding::Latin1 => {
            let text: String = bytes.iter().copied().map(char::from).collect();
            let holds_controls = bytes.iter().any(|byte| (0x80..0xA0).contains(byte));
            let reason = "holds control characters of ISO 8859-1, which are letters and signs of Windows-1252; declare \
                          file.encoding = \"windows-1252\"";
            (
                text,
                if holds_controls {
                    why("NOT_LATIN1", reason)
                } else {
                    None
                },
            )
        }
        Encoding::Windows1252 => {
            let text: Option<String> = bytes.iter().copied().map(windows_1252).collect();
            match text {
                Some(text) => (text, None),
                None => (
                    bytes.iter().copied().map(char::from).collect(),
                    why(
                        "NOT_WINDOWS_1252",
                        "holds bytes that are no character of Windows-1252",
                    ),
                ),
            }
        }
        Encoding::Utf8 | Encoding::Utf16 => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => {
                let why = match encoding {
                    Encoding::Utf16 => why("NOT_UTF16", "holds half of a UTF-16 pair"),
                    Encoding::Utf8 | Encoding::Latin1 | Encoding::Windows1252 => why(
                        "NOT_UTF8",
                        "is not UTF-8; declare file.encoding (older spreadsheets write windows-1252)",
                    ),
                };
                (String::from_utf8_lossy(bytes).into_owned(), why)
            }
        },
    }
}

/// The characters of Windows-1252 that ISO 8859-1 has not, from 0x80 on; five places are empty.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> Option<char> {
    let special = usize::from(byte).checked_sub(0x80);
    match special.and_then(|index| WINDOWS_1252.get(index)) {
        Some('\0') => None,
        Some(char) => Some(*char),
        None => Some(char::from(byte)),
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

    /// The same in normal form, for what tells one thing from another.
    pub(super) fn key(&self, row: &Row) -> Option<String> {
        self.text(row).map(|text| normal(&text))
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
