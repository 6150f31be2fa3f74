//! The report of an import: every row that was refused, or that somebody should look at, with line, field and reason.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::neutral::neutral;
use super::sorter::Sorter;

/// What is to be said of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Finding {
    /// The line of the file that the row begins on, from 1; the header is line 1.
    pub(super) line: u64,
    /// The document's number or the customer's key, as written.
    pub(super) document: String,
    /// What of it, in the mapping's words.
    pub(super) field: String,
    /// The column of the file.
    pub(super) column: String,
    /// What stands there.
    pub(super) value: String,
    /// The rule, for programs.
    pub(super) code: String,
    /// The reason, for people.
    pub(super) reason: String,
    /// Whether the row is refused for it; else it is only noted.
    pub(super) refused: bool,
}

/// Counts findings as they come, and writes them in the order of the file.
pub(super) struct Report {
    path: PathBuf,
    csv: csv::Writer<File>,
    found: Sorter,
    /// Refused rows by the reason that is named first for each.
    by_code: BTreeMap<String, u64>,
    noted_by_code: BTreeMap<String, u64>,
    refused_rows: u64,
    last_refused: Option<u64>,
}

const HEADER: [&str; 8] = [
    "line", "outcome", "document", "field", "column", "value", "code", "reason",
];

impl Report {
    /// A new report in the place of an older one.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| {
            format!(
                "the report {} cannot be written; name another place with --report",
                path.display()
            )
        })?;
        let mut csv = csv::Writer::from_writer(file);
        csv.write_record(HEADER)?;
        Ok(Self {
            path: path.to_owned(),
            csv,
            found: Sorter::new(),
            by_code: BTreeMap::new(),
            noted_by_code: BTreeMap::new(),
            refused_rows: 0,
            last_refused: None,
        })
    }

    /// Findings of a document, those of one row together.
    pub(super) fn add(&mut self, findings: &[Finding]) -> anyhow::Result<()> {
        for finding in findings {
            let line = finding.line.to_be_bytes().to_vec();
            self.found.add(line, serde_json::to_vec(finding)?)?;
            if !finding.refused {
                *self.noted_by_code.entry(finding.code.clone()).or_default() += 1;
            } else if self.last_refused.replace(finding.line) != Some(finding.line) {
                self.refused_rows += 1;
                *self.by_code.entry(finding.code.clone()).or_default() += 1;
            }
        }
        Ok(())
    }

    /// How many rows were refused so far.
    pub(super) fn refused_rows(&self) -> u64 {
        self.refused_rows
    }

    /// Writes the report; answers with what to print.
    pub(super) fn finish(mut self) -> anyhow::Result<String> {
        for found in self.found.sorted()? {
            let finding: Finding = serde_json::from_slice(&found?.1)?;
            let outcome = if finding.refused { "refused" } else { "noted" };
            let line = finding.line.to_string();
            let record = [
                line.as_str(),
                outcome,
                &finding.document,
                &finding.field,
                &finding.column,
                &finding.value,
                &finding.code,
                &finding.reason,
            ];
            self.csv
                .write_record(record.map(|cell| neutral(cell).into_owned()))?;
        }
        self.csv.flush().context("the report cannot be written")?;
        let mut text = String::new();
        for (code, count) in &self.by_code {
            text += &format!("  {count:>8} rows refused: {code}\n");
        }
        for (code, count) in &self.noted_by_code {
            text += &format!("  {count:>8} rows noted: {code}\n");
        }
        text += &format!("report: {}\n", self.path.display());
        Ok(text)
    }
}
