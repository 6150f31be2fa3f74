//! Two revisions of a document, line by line.

use std::collections::BTreeMap;

use crate::document::{Document, Line};

/// What became of one line between two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineChange {
    /// The line is new.
    Added(Line),
    /// The line is gone.
    Removed(Line),
    /// The line differs in at least one field.
    Changed {
        /// As it was.
        before: Line,
        /// As it is.
        after: Line,
    },
    /// The line is as it was.
    Unchanged(Line),
}

/// Compares by line id, in the order of the later revision; lines that are gone come last.
pub fn compare(before: &Document, after: &Document) -> Vec<LineChange> {
    let mut left: BTreeMap<u32, &Line> = before
        .lines
        .iter()
        .map(|line| (line.line_id, line))
        .collect();
    let mut changes: Vec<LineChange> = after
        .lines
        .iter()
        .map(|line| match left.remove(&line.line_id) {
            None => LineChange::Added(line.clone()),
            Some(old) if old == line => LineChange::Unchanged(line.clone()),
            Some(old) => LineChange::Changed {
                before: old.clone(),
                after: line.clone(),
            },
        })
        .collect();
    changes.extend(left.into_values().cloned().map(LineChange::Removed));
    changes
}
