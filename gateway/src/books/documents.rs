//! Documents as they stand in a file: rows gathered by number, their values read, and what is wrong with them found.

use std::collections::BTreeSet;

use domain::document::{Discount, DocumentDraft, LineDraft, MOST_LINES, Prices};
use domain::money::Currency;
use time::Date;

use super::agreement::{Shared, shared};
use super::columns::{Columns, DocumentFields};
use super::gather::{Group, Groups};
use super::import::Refused;
use super::mapping::Layout;
use super::reading::{CustomerContent, Reading, Settlement};
use super::refusals::Finding;
use super::sheet::{Expression, Row};
use super::value::normal;

/// A document as the file says it.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) credit_note: bool,
    pub(super) customer: CustomerContent,
    pub(super) issued: Date,
    pub(super) due: Option<Date>,
    pub(super) draft: DocumentDraft,
    pub(super) settlement: Option<Settlement>,
    pub(super) disputed: bool,
}

/// The rows of one number, and what they say.
pub(super) struct Document {
    pub(super) number: String,
    pub(super) rows: Vec<Row>,
    pub(super) findings: Vec<Finding>,
    /// None where a finding refuses it.
    pub(super) content: Option<Content>,
    /// Whether the mapping leaves it out.
    pub(super) skipped: bool,
    /// Whether it is only the rest of a document that was refused for its length.
    pub(super) is_rest: bool,
}

/// The documents of a file, one after the other, by their dates.
pub(super) struct Documents<'c> {
    columns: &'c Columns,
    fields: &'c DocumentFields,
    shared: Vec<Shared<'c>>,
    groups: Groups,
}

impl Iterator for Documents<'_> {
    type Item = anyhow::Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        let group = self.groups.next()?;
        Some(group.map(|group| self.document(group)))
    }
}

impl<'c> Documents<'c> {
    pub(super) fn of(columns: &'c Columns) -> anyhow::Result<Self> {
        let fields = columns.document()?;
        let groups = Groups::by_key(&columns.sheet, &fields.number)?;
        let issued = |row: &Row| columns.dates.read(&fields.issued.text(row)?);
        Ok(Self {
            columns,
            fields,
            shared: shared(columns, fields),
            groups: groups.in_order_of(issued)?,
        })
    }

    /// How many rows there are, and how many more hold separators only.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.groups.rows, self.groups.blank)
    }

    fn document(&self, group: Group) -> Document {
        let (columns, fields) = (self.columns, self.fields);
        let Group { rows, begun, more } = group;
        let number = rows.first().and_then(|row| fields.number.key(row));
        let mut document = Document {
            number: number.unwrap_or_default(),
            rows,
            findings: vec![],
            content: None,
            skipped: false,
            is_rest: begun.is_some(),
        };
        if let Some(begun) = begun {
            document.refuse_rows(begun);
        } else if more {
            let reason = format!(
                "more than {MOST_LINES} rows have this number, the most lines of a document"
            );
            document.refuse(columns, "number", "BAD_COUNT", &reason);
        } else if is_skipped(columns, fields, &document.rows) {
            document.skipped = true;
        } else if columns.mapping.layout == Some(Layout::InvoicePerRow) && document.rows.len() > 1 {
            self.read_same_row(&mut document);
        } else {
            self.read_rows(&mut document);
        }
        document
    }

    /// Rows of one number where each should be a document: the same row again counts once, another one is refused.
    fn read_same_row(&self, document: &mut Document) {
        let columns = self.columns;
        let Some(first) = document.rows.first().cloned() else {
            return;
        };
        let again = document.rows.iter().skip(1).cloned().collect::<Vec<Row>>();
        let Some(other) = again.iter().find(|row| !row.says(&first)) else {
            self.read_rows(document);
            for row in again {
                let mut reading = columns.read(&row, &document.number);
                reading.note(&self.fields.number, "DUPLICATE_ROW", DUPLICATE_ROW);
                document.findings.append(&mut reading.findings);
            }
            return;
        };
        for row in std::iter::once(&first).chain(&again) {
            let line = if row.line == first.line {
                other.line
            } else {
                first.line
            };
            let reason = format!("line {line} says something else under the same number");
            let mut reading = columns.read(row, &document.number);
            match &row.broken {
                Some((code, why)) => reading.refuse(&self.fields.number, code, why),
                None => drop(read_head(columns, self.fields, &mut reading)),
            }
            reading.refuse(&self.fields.number, "AMBIGUOUS", &reason);
            document.findings.append(&mut reading.findings);
        }
    }

    /// Reads the rows as one document; of rows that stand twice, the first.
    fn read_rows(&self, document: &mut Document) {
        let (columns, fields) = (self.columns, self.fields);
        let credit_note = columns
            .mapping
            .credit_notes
            .as_ref()
            .is_some_and(|marked| document.number.starts_with(&normal(&marked.number_prefix)));
        let one = columns.mapping.layout == Some(Layout::InvoicePerRow);
        let rows = if one { 1 } else { document.rows.len() };
        let mut lines = vec![];
        let mut head: Option<Head> = None;
        let mut first: Option<&Row> = None;
        let mut findings = vec![];
        for row in document.rows.iter().take(rows) {
            let mut reading = columns.read(row, &document.number);
            if let Some((code, reason)) = &row.broken {
                reading.refuse(&fields.number, code, reason);
            } else {
                let said = read_head(columns, fields, &mut reading);
                let currency = said
                    .as_ref()
                    .map_or(columns.mapping.currency, |said| said.currency);
                lines.extend(reading.line(&fields.line, credit_note, currency));
                match first {
                    Some(first) => must_agree(&self.shared, columns, first, &mut reading),
                    None => first = Some(row),
                }
                // Only the first is kept whole; the others only have to agree with it.
                head = head.or(said);
            }
            findings.append(&mut reading.findings);
        }
        let refused = findings.iter().any(|finding| finding.refused);
        document.content = head
            .filter(|_| !refused)
            .map(|head| head.content(credit_note, lines));
        document.findings = findings;
    }
}

/// The finding for a row that repeats an earlier one.
pub(super) const DUPLICATE_ROW: &str = "the same row stands in the file before; once is enough";

/// Whether every row of a document is one that the mapping leaves out; where only some are, they contradict each other.
fn is_skipped(columns: &Columns, fields: &DocumentFields, rows: &[Row]) -> bool {
    let (Some(skip), Some(expression)) = (&columns.mapping.skip, &fields.skip) else {
        return false;
    };
    rows.iter().all(|row| {
        expression
            .text(row)
            .is_some_and(|text| skip.values.contains(&text))
    })
}

/// Refuses a row that says otherwise than the first of its document.
fn must_agree(shared: &[Shared<'_>], columns: &Columns, first: &Row, reading: &mut Reading<'_>) {
    let said = |expression: &Expression, row: &Row| {
        expression
            .text(row)
            .map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"))
    };
    for what in shared {
        let meant = what.meaning(columns, first);
        if !meant.agrees(&what.meaning(columns, reading.row)) {
            let reason = format!(
                "the rows of a document must agree: line {} says {}, line {} {}",
                first.line,
                said(what.expression, first),
                reading.row.line,
                said(what.expression, reading.row),
            );
            reading.refuse(what.expression, "INCONSISTENT", &reason);
        }
    }
}

/// What every row of a document says alike.
struct Head {
    customer: CustomerContent,
    issued: Date,
    due: Option<Date>,
    currency: Currency,
    prices: Prices,
    discount: Option<Discount>,
    notes: Option<String>,
    terms: Option<String>,
    settlement: Option<Settlement>,
    disputed: bool,
}

fn read_head(
    columns: &Columns,
    fields: &DocumentFields,
    reading: &mut Reading<'_>,
) -> Option<Head> {
    let number = reading.required(&fields.number);
    let customer = reading.customer_content();
    let issued = reading.date(&fields.issued);
    let due = reading.optional_date(fields.due.as_ref());
    let currency = reading.currency(fields.currency.as_ref(), columns.mapping.currency);
    let prices = reading.prices(fields.prices.as_ref());
    let discount = reading.discount(
        fields.discount_percent.as_ref(),
        fields.discount_amount.as_ref(),
    );
    let settlement = reading.settlement(fields, currency);
    let disputed = reading.disputed(fields.disputed.as_ref());
    let words = |expression: &Option<Expression>| {
        expression.as_ref().and_then(|expr| expr.text(reading.row))
    };
    number?;
    Some(Head {
        customer: customer?,
        issued: issued?,
        due: due?,
        currency: currency?,
        prices: prices?,
        discount: discount?,
        notes: words(&fields.notes),
        terms: words(&fields.terms),
        settlement: settlement?,
        disputed: disputed?,
    })
}

impl Head {
    fn content(self, credit_note: bool, lines: Vec<LineDraft>) -> Content {
        Content {
            credit_note,
            customer: self.customer,
            issued: self.issued,
            due: self.due,
            draft: DocumentDraft {
                currency: self.currency,
                prices: self.prices,
                lines,
                discount: self.discount,
                notes: self.notes,
                terms: self.terms,
            },
            settlement: self.settlement,
            disputed: self.disputed,
        }
    }
}

impl Document {
    /// Adds a refusal of the whole document at a field as the domain calls it, on the row that it is of.
    pub(super) fn refuse(&mut self, columns: &Columns, field: &str, code: &str, reason: &str) {
        let line = field.split('.').find_map(|part| part.parse::<usize>().ok());
        let row = self.rows.get(line.unwrap_or(0)).or(self.rows.first());
        if let Some(row) = row {
            self.findings.push(Finding {
                document: self.number.clone(),
                ..columns.finding(row, field, (code, reason))
            });
        }
    }

    /// The same by a rule.
    pub(super) fn refuse_by(&mut self, columns: &Columns, refused: &Refused) {
        self.refuse(columns, &refused.field, &refused.code, &refused.reason);
    }

    /// Whether something refuses it.
    pub(super) fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.refused)
    }

    /// Refuses the rows with nothing wrong by themselves for the sake of `line`.
    fn refuse_rows(&mut self, line: u64) {
        let refused: BTreeSet<u64> = self.refused_lines();
        for row in self.rows.iter().filter(|row| !refused.contains(&row.line)) {
            self.findings.push(Finding {
                line: row.line,
                document: self.number.clone(),
                field: "document".to_owned(),
                column: String::new(),
                value: String::new(),
                code: "DOCUMENT_REFUSED".to_owned(),
                reason: format!("line {line} of the same document is refused"),
                refused: true,
            });
        }
    }

    fn refused_lines(&self) -> BTreeSet<u64> {
        let refused = self.findings.iter().filter(|finding| finding.refused);
        refused.map(|finding| finding.line).collect()
    }

    /// What to report. Documents are imported whole or not at all, so every row of a refused one is refused: those with
    /// nothing wrong by themselves for the sake of the others.
    pub(super) fn report(mut self) -> Vec<Finding> {
        let refused = self.refused_lines();
        if let Some(first) = refused.first() {
            self.refuse_rows(*first);
        }
        self.findings.sort_by_key(|finding| finding.line);
        self.findings
    }
}
