//! Pages of lists by keyset: a cursor names the last row seen, so that later pages cost what the first one did.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::ToSql;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The most rows of one page.
pub const LARGEST_PAGE: usize = 100;

/// Which rows of a list are wanted.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many, 1 to [`LARGEST_PAGE`]; less or more counts as that.
    pub first: usize,
    /// After which row, of a list that is sorted the same way.
    pub after: Option<Cursor>,
}

/// Rows of a list, and whether more follow.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The rows, each with its own cursor.
    pub rows: Vec<(Cursor, T)>,
    /// Whether more follow.
    pub has_next: bool,
}

impl<T> Slice<T> {
    /// No row, and none to follow.
    pub fn empty() -> Self {
        Self {
            rows: vec![],
            has_next: false,
        }
    }
}

/// Where a row stands in a sorted list: the value it is sorted by, its id, and a mark of what the list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    key: Key,
    id: Uuid,
    /// None on cursors of lists that are kept elsewhere, and on those handed out before there were marks.
    mark: Option<String>,
}

/// The cursor of one list was handed to another, or to the same one sorted otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is of another list, or of another order")]
pub struct ForeignCursor;

impl ForeignCursor {
    /// Whether this is why a query failed.
    pub fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source())
            .any(|error| error.downcast_ref::<Self>().is_some())
    }
}

impl From<ForeignCursor> for rusqlite::Error {
    fn from(foreign: ForeignCursor) -> Self {
        Self::ToSqlConversionFailure(Box::new(foreign))
    }
}

/// A value that lists are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Number(i64),
    Text(String),
}

/// What a list is sorted by.
#[derive(Clone, Copy)]
pub(crate) struct Order {
    column: &'static str,
    descending: bool,
    numbers: bool,
    /// Whether rows may share a value: then their ids decide.
    ties: bool,
}

impl Order {
    /// By a column of texts, then by id.
    pub(crate) fn by_text(column: &'static str, descending: bool) -> Self {
        Self {
            column,
            descending,
            numbers: false,
            ties: true,
        }
    }

    /// By a column of texts that no two rows share.
    pub(crate) fn by_unique_text(column: &'static str, descending: bool) -> Self {
        Self {
            ties: false,
            ..Self::by_text(column, descending)
        }
    }

    /// By a column of whole numbers, then by id.
    pub(crate) fn by_number(column: &'static str, descending: bool) -> Self {
        Self {
            numbers: true,
            ..Self::by_text(column, descending)
        }
    }

    /// By a column of whole numbers that no two rows share.
    pub(crate) fn by_unique_number(column: &'static str, descending: bool) -> Self {
        Self {
            ties: false,
            ..Self::by_number(column, descending)
        }
    }

    fn check(self, cursor: &Cursor) -> Result<(), ForeignCursor> {
        let is_of_kind = match cursor.key {
            Key::Number(_) => self.numbers,
            Key::Text(_) => !self.numbers,
        };
        let has_mark = cursor.mark.as_ref().is_none_or(|mark| *mark == self.mark());
        if is_of_kind && has_mark {
            Ok(())
        } else {
            Err(ForeignCursor)
        }
    }

    /// Tells cursors of one sort from those of another.
    fn mark(self) -> String {
        let hash = Sha256::digest(self.column);
        hash.iter()
            .take(3)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl Cursor {
    pub(crate) fn new(key: Key, id: Uuid) -> Self {
        Self {
            key,
            id,
            mark: None,
        }
    }

    fn marked(self, mark: &str) -> Self {
        Self {
            mark: Some(mark.to_owned()),
            ..self
        }
    }

    /// The text that the list is sorted by, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.key {
            Key::Text(text) => Some(text),
            Key::Number(_) => None,
        }
    }

    /// A row that stands by a number, of a list that is kept elsewhere than in the read models.
    pub fn of_number(number: i64, id: Uuid) -> Self {
        Self::new(Key::Number(number), id)
    }

    /// The number and id of such a row; None where the cursor is of another list.
    pub fn as_number(&self) -> Option<(i64, Uuid)> {
        match self.key {
            Key::Number(number) => Some((number, self.id)),
            Key::Text(_) => None,
        }
    }

    /// The opaque text that clients hand back.
    pub fn encode(&self) -> String {
        let mut text = match &self.key {
            Key::Number(number) => format!("n{number}:{}", self.id.simple()),
            Key::Text(text) => format!("t{text}:{}", self.id.simple()),
        };
        if let Some(mark) = &self.mark {
            text.push('@');
            text.push_str(mark);
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads back what [`Cursor::encode`] wrote; None where the text is anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        // Texts may hold either sign; a mark never holds a colon.
        let marked = text
            .rsplit_once('@')
            .filter(|(_, mark)| !mark.contains(':'));
        let (text, mark) = marked.map_or((text.as_str(), None), |(text, mark)| (text, Some(mark)));
        let (key, id) = text.rsplit_once(':')?;
        let id = Uuid::try_parse(id).ok()?;
        let key = match key.split_at_checked(1)? {
            ("n", number) => Key::Number(number.parse().ok()?),
            ("t", text) => Key::Text(text.to_owned()),
            _ => return None,
        };
        let mark = mark.map(str::to_owned);
        Some(Self { key, id, mark })
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
        }
    }
}

/// A query that is put together from conditions, always with its parameters beside it.
pub(crate) struct Query {
    sql: String,
    params: Vec<Box<dyn ToSql>>,
}

impl Query {
    /// Starts with a SELECT whose WHERE clause is open: `SELECT … WHERE <condition>`.
    pub(crate) fn new(select: &str) -> Self {
        Self {
            sql: select.to_owned(),
            params: vec![],
        }
    }

    /// Adds `AND condition`; each `?` in it takes the next parameter.
    pub(crate) fn and(&mut self, condition: &str, params: Vec<Box<dyn ToSql>>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.params.extend(params);
    }

    /// Adds that a column of folded texts begins with `beginning`, in bounds that an index is searched by.
    pub(crate) fn begins_with(&mut self, column: &str, beginning: &str) {
        let upto = format!("{beginning}\u{10FFFF}");
        self.and(
            &format!("{column} >= ? AND {column} < ?"),
            vec![Box::new(beginning.to_owned()), Box::new(upto)],
        );
    }

    /// The page of rows after its cursor, in that order; `map` reads a row and its cursor.
    pub(crate) fn page<T>(
        mut self,
        db: &rusqlite::Connection,
        page: &Page,
        order: Order,
        mut map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<(Cursor, T)>,
    ) -> rusqlite::Result<Slice<T>> {
        let column = order.column;
        let (compare, direction) = if order.descending {
            ("<", "DESC")
        } else {
            (">", "ASC")
        };
        if let Some(cursor) = &page.after {
            order.check(cursor)?;
        }
        match page.after.clone() {
            Some(Cursor { key, id, .. }) if order.ties => self.and(
                &format!("({column}, id) {compare} (?, ?)"),
                vec![Box::new(key), Box::new(id)],
            ),
            Some(Cursor { key, .. }) => {
                self.and(&format!("{column} {compare} ?"), vec![Box::new(key)]);
            }
            None => {}
        }
        let first = page.first.clamp(1, LARGEST_PAGE);
        let tie = if order.ties {
            format!(", id {direction}")
        } else {
            String::new()
        };
        self.sql
            .push_str(&format!(" ORDER BY {column} {direction}{tie} LIMIT ?"));
        self.params.push(Box::new(first + 1));
        let params: Vec<&dyn ToSql> = self.params.iter().map(AsRef::as_ref).collect();
        let mut statement = db.prepare_cached(&self.sql)?;
        let mut found = statement.query(params.as_slice())?;
        let mark = order.mark();
        let mut rows = Vec::with_capacity(first);
        while let Some(row) = found.next()? {
            if rows.len() == first {
                return Ok(Slice {
                    rows,
                    has_next: true,
                });
            }
            let (cursor, row) = map(row)?;
            rows.push((cursor.marked(&mark), row));
        }
        Ok(Slice {
            rows,
            has_next: false,
        })
    }

    /// How many rows meet the conditions.
    pub(crate) fn count(&self, db: &rusqlite::Connection) -> rusqlite::Result<i64> {
        let params: Vec<&dyn ToSql> = self.params.iter().map(AsRef::as_ref).collect();
        let mut statement = db.prepare_cached(&self.sql)?;
        statement.query_row(params.as_slice(), |row| row.get(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_round_trip_and_nonsense_does_not() {
        for key in [Key::Number(-5), Key::Text("2026-01-31:x".to_owned())] {
            let cursor = Cursor::new(key, Uuid::from_u128(7));
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor.clone()));
            let marked = cursor.marked(&Order::by_text("name", false).mark());
            assert_eq!(Cursor::decode(&marked.encode()), Some(marked));
        }
        let older = Cursor::new(Key::Text("ann@a.example".to_owned()), Uuid::nil());
        assert_eq!(Cursor::decode(&older.encode()), Some(older));
        let by_name = Order::by_text("name", false);
        let cursor = Cursor::new(Key::Text(String::new()), Uuid::nil());
        let marked = cursor.clone().marked(&by_name.mark());
        assert_eq!(by_name.check(&marked), Ok(()));
        assert_eq!(by_name.check(&cursor), Ok(()));
        let others = [
            Order::by_text("dated", false),
            Order::by_number("name", false),
        ];
        for other in others {
            assert_eq!(other.check(&marked), Err(ForeignCursor));
            let error = rusqlite::Error::from(ForeignCursor);
            assert!(ForeignCursor::caused(&error));
        }
        assert_eq!(Cursor::decode("nonsense"), None);
        assert_eq!(Cursor::decode(""), None);
    }
}
