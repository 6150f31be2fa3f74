//! Sorting more than memory holds: records are sorted in parts, the parts kept in unnamed temporary files, and merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek as _, Write as _};

use anyhow::Context as _;

/// Bytes that a sorter keeps in memory.
const IN_MEMORY: usize = 8 << 20;
/// Parts that are merged at once: each has a file and a buffer.
const MOST_PARTS: usize = 64;
/// What a record costs besides its bytes.
const OVERHEAD: usize = 96;

/// A record; those of one key keep their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    key: Vec<u8>,
    sequence: u64,
    value: Vec<u8>,
}

/// Takes records in any order.
pub(super) struct Sorter {
    in_memory: usize,
    held: Vec<Record>,
    bytes: usize,
    parts: Vec<File>,
    count: u64,
}

impl Sorter {
    /// A sorter with nothing in it.
    pub(super) fn new() -> Self {
        Self::holding(IN_MEMORY)
    }

    /// The same with other bounds.
    fn holding(in_memory: usize) -> Self {
        Self {
            in_memory,
            held: vec![],
            bytes: 0,
            parts: vec![],
            count: 0,
        }
    }

    /// Adds a record.
    pub(super) fn add(&mut self, key: Vec<u8>, value: Vec<u8>) -> anyhow::Result<()> {
        self.bytes += key.len() + value.len() + OVERHEAD;
        let sequence = self.count;
        self.count += 1;
        self.held.push(Record {
            key,
            sequence,
            value,
        });
        if self.bytes < self.in_memory {
            return Ok(());
        }
        self.held.sort_unstable();
        let part = write_part(self.held.drain(..).map(Ok))?;
        self.bytes = 0;
        self.parts.push(part);
        if self.parts.len() == MOST_PARTS {
            let parts = std::mem::take(&mut self.parts);
            self.parts
                .push(write_part(Sorted::of(parts, vec![])?.records())?);
        }
        Ok(())
    }

    /// The records in the order of their keys.
    pub(super) fn sorted(mut self) -> anyhow::Result<Sorted> {
        self.held.sort_unstable();
        Sorted::of(self.parts, self.held)
    }
}

fn write_part(records: impl Iterator<Item = anyhow::Result<Record>>) -> anyhow::Result<File> {
    let file = tempfile::tempfile().context(NO_FILE)?;
    let mut out = BufWriter::new(file);
    for record in records {
        let record = record?;
        let mut write = |bytes: &[u8]| -> std::io::Result<()> {
            out.write_all(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes())?;
            out.write_all(bytes)
        };
        write(&record.key).context(NO_FILE)?;
        write(&record.value).context(NO_FILE)?;
        out.write_all(&record.sequence.to_le_bytes())
            .context(NO_FILE)?;
    }
    let mut file = out.into_inner().context(NO_FILE)?;
    file.rewind().context(NO_FILE)?;
    Ok(file)
}

const NO_FILE: &str = "a temporary file cannot be written (TMPDIR names the folder; it needs about twice the room of the file)";

enum Part {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Record>),
}

impl Part {
    fn next(&mut self) -> anyhow::Result<Option<Record>> {
        let file = match self {
            Self::Memory(records) => return Ok(records.next()),
            Self::File(file) => file,
        };
        let mut length = [0; 8];
        match file.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let key = read_bytes(file, length)?;
        file.read_exact(&mut length)?;
        let value = read_bytes(file, length)?;
        file.read_exact(&mut length)?;
        Ok(Some(Record {
            key,
            sequence: u64::from_le_bytes(length),
            value,
        }))
    }
}

fn read_bytes(file: &mut BufReader<File>, length: [u8; 8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(u64::from_le_bytes(length))?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Records in the order of their keys, one after the other.
pub(super) struct Sorted {
    parts: Vec<Part>,
    next: BinaryHeap<Reverse<(Record, usize)>>,
}

impl Sorted {
    fn of(files: Vec<File>, held: Vec<Record>) -> anyhow::Result<Self> {
        let files = files
            .into_iter()
            .map(|file| Part::File(BufReader::new(file)));
        let mut sorted = Self {
            parts: files.chain([Part::Memory(held.into_iter())]).collect(),
            next: BinaryHeap::new(),
        };
        for (index, part) in sorted.parts.iter_mut().enumerate() {
            if let Some(record) = part.next()? {
                sorted.next.push(Reverse((record, index)));
            }
        }
        Ok(sorted)
    }

    fn least(&mut self) -> anyhow::Result<Option<Record>> {
        let Some(mut least) = self.next.peek_mut() else {
            return Ok(None);
        };
        let index = least.0.1;
        let following = match self.parts.get_mut(index) {
            Some(part) => part.next()?,
            None => None,
        };
        Ok(Some(match following {
            Some(record) => std::mem::replace(&mut least.0.0, record),
            None => PeekMut::pop(least).0.0,
        }))
    }

    fn records(mut self) -> impl Iterator<Item = anyhow::Result<Record>> {
        std::iter::from_fn(move || self.least().transpose())
    }
}

impl Iterator for Sorted {
    type Item = anyhow::Result<(Vec<u8>, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.least().transpose()?;
        Some(record.map(|record| (record.key, record.value)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use proptest::prelude::*;

    use super::*;

    fn sorted(in_memory: usize, records: &[(Vec<u8>, Vec<u8>)]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut sorter = Sorter::holding(in_memory);
        for (key, value) in records {
            sorter.add(key.clone(), value.clone()).unwrap();
            assert!(sorter.bytes < in_memory && sorter.parts.len() < MOST_PARTS);
        }
        sorter.sorted().unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn more_parts_than_are_merged_at_once_are_merged_in_steps() {
        let records: Vec<_> = (0..1_000_u64)
            .map(|n| {
                (
                    (n * 7919 % 251).to_be_bytes().to_vec(),
                    n.to_be_bytes().to_vec(),
                )
            })
            .collect();
        let mut expected = records.clone();
        expected.sort();
        assert_eq!(sorted(500, &records), expected);
    }

    proptest! {
        #[test]
        fn whatever_fits_in_memory_the_order_is_the_same(
            records in prop::collection::vec((prop::collection::vec(0..4_u8, 0..3), prop::collection::vec(any::<u8>(), 0..9)), 0..200),
            in_memory in 100..2_000_usize,
        ) {
            let mut expected = records.clone();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(sorted(in_memory, &records), expected);
        }
    }
}
