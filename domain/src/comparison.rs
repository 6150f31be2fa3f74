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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::document::Prices;
    use crate::money::Currency;
    use crate::tax::Tax;
    use crate::testing::{draft_of, line, priced};

    fn document(descriptions: &[u8]) -> Document {
        let lines = descriptions.iter();
        let lines = lines.map(|text| line(&text.to_string(), "1", "1", Tax::NONE));
        priced(&draft_of(
            Currency::EUR,
            Prices::TaxExclusive,
            lines.collect(),
        ))
    }

    /// What a rework makes of it: some lines gone, some changed, some new.
    fn rework(before: &Document, keep: &[bool], change: &[bool], new: &[u8]) -> Document {
        let mut draft = before.to_draft();
        for (line, change) in draft.lines.iter_mut().zip(change) {
            if *change {
                line.quantity += line.quantity;
            }
        }
        let mut keep = keep.iter().copied().chain(std::iter::repeat(true));
        draft.lines.retain(|_| keep.next() == Some(true));
        for text in new {
            draft
                .lines
                .insert(0, line(&text.to_string(), "2", "2", Tax::NONE));
        }
        let known: BTreeSet<u32> = before.lines.iter().map(|line| line.line_id).collect();
        draft.price(&known).unwrap()
    }

    #[test]
    fn tells_what_became_of_every_line() {
        let before = document(&[1, 2, 3]);
        let after = rework(&before, &[true, true, false], &[false, true], &[4]);
        let changed = LineChange::Changed {
            before: before.lines[1].clone(),
            after: after.lines[2].clone(),
        };
        assert_eq!(
            compare(&before, &after),
            [
                LineChange::Added(after.lines[0].clone()),
                LineChange::Unchanged(before.lines[0].clone()),
                changed,
                LineChange::Removed(before.lines[2].clone()),
            ]
        );
    }

    proptest! {
        #[test]
        fn every_line_appears_exactly_once(
            before in proptest::collection::vec(any::<u8>(), 1..8),
            keep in proptest::collection::vec(any::<bool>(), 8),
            change in proptest::collection::vec(any::<bool>(), 8),
            new in proptest::collection::vec(any::<u8>(), 1..4),
        ) {
            let before = document(&before);
            let after = rework(&before, &keep, &change, &new);
            let (mut left, mut right) = (vec![], vec![]);
            for became in compare(&before, &after) {
                match became {
                    LineChange::Added(line) => right.push(line),
                    LineChange::Removed(line) => left.push(line),
                    LineChange::Unchanged(line) => {
                        left.push(line.clone());
                        right.push(line);
                    }
                    LineChange::Changed { before, after } => {
                        prop_assert_eq!(before.line_id, after.line_id);
                        prop_assert_ne!(&before, &after);
                        left.push(before);
                        right.push(after);
                    }
                }
            }
            left.sort_by_key(|line| line.line_id);
            prop_assert_eq!(left, before.lines);
            prop_assert_eq!(right, after.lines);
        }

        #[test]
        fn a_document_is_unchanged_against_itself(texts in proptest::collection::vec(any::<u8>(), 1..8)) {
            let document = document(&texts);
            let expected: Vec<LineChange> =
                document.lines.iter().cloned().map(LineChange::Unchanged).collect();
            prop_assert_eq!(compare(&document, &document), expected);
        }
    }
}
