//! The bytes of a CSV file as spreadsheets write it: byte order marks, UTF-16, a first line `sep=;`, and the line of
//! the file that each record begins on.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::mapping::{Encoding, FileFormat};

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF16_LITTLE: &[u8] = &[0xFF, 0xFE];
const UTF16_BIG: &[u8] = &[0xFE, 0xFF];
/// A byte that UTF-8 never holds. It marks UTF-16 that is no text, so that its row is refused.
const NO_TEXT: u8 = 0xFF;
/// A line `sep=;` is shorter than this.
const LONGEST_FIRST: u64 = 16;

/// A file, opened at its header.
pub(super) struct Opened {
    pub(super) bytes: Source,
    /// The encoding of the bytes; a byte order mark counts for more than the mapping.
    pub(super) encoding: Encoding,
    /// The file's own word on its delimiter counts for more than the mapping too.
    pub(super) delimiter: u8,
}

/// Opens a file behind its byte order mark and its line `sep=;`.
pub(super) fn open(path: &Path, format: &FileFormat) -> anyhow::Result<Opened> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (encoding, mut bytes) = decoded(path, file, format.encoding)?;
    let mut first = vec![];
    bytes
        .by_ref()
        .take(LONGEST_FIRST)
        .read_until(b'\n', &mut first)?;
    let (mut line, mut delimiter) = (1, u8::try_from(format.delimiter)?);
    if let Some(said) = separator(&first) {
        (line, delimiter) = (2, said);
        first.clear();
    }
    let bytes = Box::new(Cursor::new(first).chain(bytes));
    Ok(Opened {
        bytes: Source {
            bytes,
            records: Records::new(delimiter, line),
        },
        encoding,
        delimiter,
    })
}

type Bytes = Box<dyn BufRead + Send>;

/// The file without its byte order mark, in UTF-8 or in an encoding that ASCII is part of.
fn decoded(path: &Path, file: File, declared: Encoding) -> anyhow::Result<(Encoding, Bytes)> {
    let mut file = BufReader::new(file);
    let mut mark = vec![];
    file.by_ref().take(3).read_to_end(&mut mark)?;
    let utf16 = |from: usize, little: bool, file: BufReader<File>| -> (Encoding, Bytes) {
        let rest = mark.get(from..).unwrap_or_default().to_vec();
        let bytes = Utf16 {
            bytes: Cursor::new(rest).chain(file),
            little,
            pending: VecDeque::new(),
            unit: None,
        };
        (Encoding::Utf16, Box::new(BufReader::new(bytes)))
    };
    if mark.starts_with(UTF16_LITTLE) {
        return Ok(utf16(2, true, file));
    }
    if mark.starts_with(UTF16_BIG) {
        return Ok(utf16(2, false, file));
    }
    if mark == UTF8_MARK {
        return Ok((Encoding::Utf8, Box::new(file)));
    }
    if declared == Encoding::Utf16 {
        bail!(
            "{} has no byte order mark, so its UTF-16 cannot be told apart; save it with one, or as UTF-8",
            path.display()
        );
    }
    if mark.contains(&0) {
        bail!(
            "{} looks like UTF-16 without a byte order mark; save it with one, or as UTF-8",
            path.display()
        );
    }
    Ok((declared, Box::new(Cursor::new(mark).chain(file))))
}

/// The delimiter that a first line such as `sep=;` declares.
fn separator(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let bare = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""));
    match bare.unwrap_or(line) {
        [s, e, p, b'=', delimiter]
            if [*s, *e, *p].eq_ignore_ascii_case(b"sep")
                && delimiter.is_ascii()
                && !delimiter.is_ascii_alphanumeric() =>
        {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// UTF-16 read as UTF-8.
struct Utf16<R> {
    bytes: R,
    little: bool,
    /// UTF-8 that was not handed out yet.
    pending: VecDeque<u8>,
    /// A unit that was read while looking for the second half of a pair.
    unit: Option<u16>,
}

impl<R: BufRead> Utf16<R> {
    /// The next unit, None at the end; half a unit at the end is an error of its own.
    fn unit(&mut self) -> std::io::Result<Option<Result<u16, ()>>> {
        if let Some(unit) = self.unit.take() {
            return Ok(Some(Ok(unit)));
        }
        let mut pair = vec![];
        self.bytes.by_ref().take(2).read_to_end(&mut pair)?;
        Ok(match (pair.as_slice(), self.little) {
            ([], _) => None,
            ([low, high], true) | ([high, low], false) => {
                Some(Ok(u16::from_be_bytes([*high, *low])))
            }
            (_, _) => Some(Err(())),
        })
    }

    fn decode_next(&mut self) -> std::io::Result<bool> {
        let decoded = match self.unit()? {
            None => return Ok(false),
            Some(Err(())) => None,
            Some(Ok(first)) => match char::from_u32(u32::from(first)) {
                Some(char) => Some(char),
                None => self.second_half(first)?,
            },
        };
        match decoded {
            Some(char) => self
                .pending
                .extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => self.pending.push_back(NO_TEXT),
        }
        Ok(true)
    }

    /// The character of a pair that `first` begins; a unit that ends no pair is read again by itself.
    fn second_half(&mut self, first: u16) -> std::io::Result<Option<char>> {
        let Some(Ok(second)) = self.unit()? else {
            return Ok(None);
        };
        let char = char::decode_utf16([first, second]).next();
        if let Some(Ok(char)) = char {
            return Ok(Some(char));
        }
        self.unit = Some(second);
        Ok(None)
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.pending.len() < buffer.len() && self.decode_next()? {}
        self.pending.read(buffer)
    }
}

/// The bytes of a file from its header on. It remembers the line that each record begins on: `csv` counts a CRLF only
/// with the next record, and blank lines not at all.
pub(super) struct Source {
    bytes: Bytes,
    records: Records,
}

impl Source {
    /// The line that the next record begins on; asked once for each record.
    pub(super) fn next_line(&mut self) -> u64 {
        self.records.begun.pop_front().unwrap_or(self.records.line)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        for byte in buffer.iter().take(count) {
            self.records.see(*byte);
        }
        Ok(count)
    }
}

/// Finds where records begin, by the rules of RFC 4180 as `csv` reads them.
struct Records {
    delimiter: u8,
    line: u64,
    after_return: bool,
    place: Place,
    /// Lines of records that were not asked for yet: those of one buffer at most.
    begun: VecDeque<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeRecord,
    BeforeField,
    InField,
    InQuotes,
    /// A quote inside of quotes: the end, or the first of two.
    AfterQuote,
}

impl Records {
    fn new(delimiter: u8, line: u64) -> Self {
        Self {
            delimiter,
            line,
            after_return: false,
            place: Place::BeforeRecord,
            begun: VecDeque::new(),
        }
    }

    fn see(&mut self, byte: u8) {
        let ends = matches!(byte, b'\r' | b'\n');
        if self.place == Place::BeforeRecord && !ends {
            self.begun.push_back(self.line);
            self.place = Place::BeforeField;
        }
        self.place = match (self.place, byte) {
            (Place::InQuotes, b'"') => Place::AfterQuote,
            (Place::InQuotes, _) | (Place::BeforeField | Place::AfterQuote, b'"') => {
                Place::InQuotes
            }
            (_, _) if ends => Place::BeforeRecord,
            (_, byte) if byte == self.delimiter => Place::BeforeField,
            (_, _) => Place::InField,
        };
        if ends && !(byte == b'\n' && self.after_return) {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// The records of a file with the lines they begin on.
    fn records(bytes: &[u8], encoding: Encoding) -> Vec<(u64, Vec<Vec<u8>>)> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let format = FileFormat {
            encoding,
            ..FileFormat::default()
        };
        let opened = open(file.path(), &format).unwrap();
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(opened.delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(opened.bytes);
        let mut record = csv::ByteRecord::new();
        let mut found = vec![];
        while csv.read_byte_record(&mut record).unwrap() {
            let line = csv.get_mut().next_line();
            found.push((line, record.iter().map(<[u8]>::to_vec).collect()));
        }
        found
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(bytes)
            .collect()
    }

    #[test]
    fn the_file_says_its_delimiter_and_its_lines_are_counted() {
        let first = |text: &str| records(text.as_bytes(), Encoding::Utf8);
        for head in ["sep=;\n", "SEP=;\r\n", "\"sep=;\"\r\n", "\u{feff}sep=;\n"] {
            let found = first(&format!("{head}a;b\n1;2\n"));
            let expected =
                [(2, "a", "b"), (3, "1", "2")].map(|(line, a, b)| (line, vec![a.into(), b.into()]));
            assert_eq!(found, expected, "{head:?}");
        }
        assert_eq!(first("sep=tons\n").len(), 1, "a column named so");
        let lines =
            |text: &str| -> Vec<u64> { first(text).iter().map(|(line, _)| *line).collect() };
        assert_eq!(lines("a\r\n\r\nb\r\n\"x\r\ny\"\r\nc"), [1, 3, 4, 6]);
        assert_eq!(lines("\n\na\rb\r\"x\ry\"\rc"), [3, 4, 5, 7]);
    }

    #[test]
    fn utf16_that_is_no_text_is_seen() {
        let mut bytes = utf16("a,b", true);
        bytes.extend([0x00, 0xD8, b',', 0]);
        let found = records(&bytes, Encoding::Utf8);
        assert_eq!(found[0].1[1], [b'b', NO_TEXT]);
        let mut half = utf16("a", false);
        half.push(0);
        assert_eq!(records(&half, Encoding::Utf8)[0].1[0], [b'a', NO_TEXT]);
    }

    proptest! {
        #[test]
        fn utf16_is_read_as_utf8(cells in prop::collection::vec("[^\u{0}\r\n\",]{1,9}", 1..9), little: bool) {
            let text = cells.join(",");
            prop_assume!(!text.starts_with('\u{feff}'));
            let found = records(&utf16(&text, little), Encoding::Utf8);
            prop_assert_eq!(found, records(format!("\u{feff}{text}").as_bytes(), Encoding::Utf16));
        }

        /// Whatever is written, there is a line for each record, and it is the one on which its text is.
        #[test]
        fn every_record_has_its_line(rows in prop::collection::vec(("[a\"\r\n, ]{0,5}", prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"])), 1..20)) {
            let (mut text, mut line, mut expected) = (String::new(), 1, vec![]);
            for (cell, end) in &rows {
                expected.push(line);
                let written = format!("x,\"{}\"{end}", cell.replace('"', "\"\""));
                let breaks = written.replace("\r\n", "\n").replace('\r', "\n");
                line += breaks.matches('\n').count() as u64;
                text += &written;
            }
            let found = records(text.as_bytes(), Encoding::Utf8);
            let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
            prop_assert_eq!(lines, expected, "{:?}", text);
        }
    }
}
