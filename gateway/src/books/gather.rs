//! The rows of a file gathered by what tells documents or customers apart, wherever in the file they stand.

use anyhow::bail;
use domain::document::MOST_LINES;
use time::Date;

use super::sheet::{Expression, Row, Sheet};
use super::sorter::{Sorted, Sorter};

/// Rows of one key, in the order of the file. Very many of them come in parts.
pub(super) struct Group {
    pub(super) rows: Vec<Row>,
    /// The line that the group began on, where this is not its first part.
    pub(super) begun: Option<u64>,
    /// Whether more rows of the key follow.
    pub(super) more: bool,
}

/// Groups of rows, one after the other.
pub(super) struct Groups {
    sorted: Sorted,
    next: Option<(Vec<u8>, Row)>,
    /// The group that goes on in the next part.
    begun: Option<u64>,
    /// How many rows there are.
    pub(super) rows: u64,
    /// How many more hold separators only.
    pub(super) blank: u64,
}

impl Groups {
    /// The rows by their keys. A row without one is a group of its own.
    pub(super) fn by_key(sheet: &Sheet, key: &Expression) -> anyhow::Result<Self> {
        let (mut sorter, mut count) = (Sorter::new(), 0);
        let mut rows = sheet.rows()?;
        for row in rows.by_ref() {
            let row = row?;
            count += 1;
            sorter.add(sort_key(key, &row), serde_json::to_vec(&row)?)?;
        }
        Self::of(sorter, (count, rows.blank))
    }

    /// The same in the order of what date the first row of each group says: earlier documents come in before later
    /// ones, however the file is ordered.
    pub(super) fn in_order_of(self, date: impl Fn(&Row) -> Option<Date>) -> anyhow::Result<Self> {
        let mut sorter = Sorter::new();
        let counted = (self.rows, self.blank);
        let mut last: Option<(Vec<u8>, Vec<u8>)> = None;
        let first = self.next.map(Ok).into_iter();
        for entry in first.chain(self.sorted.map(read)) {
            let (key, row) = entry?;
            let known = last.take().filter(|(known, _)| *known == key);
            let (key, dated) = known.unwrap_or_else(|| {
                let day = date(&row).map_or(0, Date::to_julian_day);
                let mut dated = u32::try_from(day).unwrap_or(0).to_be_bytes().to_vec();
                dated.extend(&key);
                (key, dated)
            });
            sorter.add(dated.clone(), serde_json::to_vec(&row)?)?;
            last = Some((key, dated));
        }
        Self::of(sorter, counted)
    }

    fn of(sorter: Sorter, (rows, blank): (u64, u64)) -> anyhow::Result<Self> {
        let mut sorted = sorter.sorted()?;
        let next = sorted.next().map(read).transpose()?;
        Ok(Self {
            sorted,
            next,
            begun: None,
            rows,
            blank,
        })
    }

    fn group(&mut self) -> anyhow::Result<Option<Group>> {
        let Some((key, first)) = self.next.take() else {
            return Ok(None);
        };
        let mut group = Group {
            begun: self.begun.take(),
            rows: vec![first],
            more: false,
        };
        while let Some((next, row)) = self.sorted.next().map(read).transpose()? {
            if next == key && group.rows.len() < MOST_LINES {
                group.rows.push(row);
                continue;
            }
            group.more = next == key;
            self.next = Some((next, row));
            break;
        }
        if group.more {
            let first = group.rows.first().map(|row| row.line);
            self.begun = group.begun.or(first);
        }
        Ok(Some(group))
    }
}

impl Iterator for Groups {
    type Item = anyhow::Result<Group>;

    fn next(&mut self) -> Option<Self::Item> {
        self.group().transpose()
    }
}

fn sort_key(key: &Expression, row: &Row) -> Vec<u8> {
    match key.key(row) {
        Some(key) => [&[1], key.as_bytes()].concat(),
        None => [&[0], row.line.to_be_bytes().as_slice()].concat(),
    }
}

fn read(entry: anyhow::Result<(Vec<u8>, Vec<u8>)>) -> anyhow::Result<(Vec<u8>, Row)> {
    let (key, row) = entry?;
    match serde_json::from_slice(&row) {
        Ok(row) => Ok((key, row)),
        Err(error) => bail!("a temporary file does not hold what was written: {error}"),
    }
}
