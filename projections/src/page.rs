//! Pages of lists by keyset: a cursor names the last row seen, so that later pages cost what the first one did.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::ToSql;
use uuid::Uuid;

/// The most rows of one page.
pub const LARGEST_PAGE: usize = 100;

/// Which rows of a list are wanted.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many, 1 to [`LARGEST_PAGE`]; less or more counts as that.
    pub first: usize,
    /// After which row. Nothing comes after the cursor of a list that is sorted by another kind of value.
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

/// Where a row stands in a sorted list: the value it is sorted by, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    key: Key,
    id: Uuid,
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

    fn holds(self, key: &Key) -> bool {
        match key {
            Key::Number(_) => self.numbers,
            Key::Text(_) => !self.numbers,
        }
    }
}

impl Cursor {
    pub(crate) fn new(key: Key, id: Uuid) -> Self {
        Self { key, id }
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
        let text = match &self.key {
            Key::Number(number) => format!("n{number}:{}", self.id.simple()),
            Key::Text(text) => format!("t{text}:{}", self.id.simple()),
        };
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads back what [`Cursor::encode`] wrote; None where the text is anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (key, id) = text.rsplit_once(':')?;
        let id = Uuid::try_parse(id).ok()?;
        let key = match key.split_at_checked(1)? {
            ("n", number) => Key::Number(number.parse().ok()?),
            ("t", text) => Key::Text(text.to_owned()),
            _ => return None,
        };
        Some(Self { key, id })
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
        match page.after.clone() {
            Some(Cursor { key, .. }) if !order.holds(&key) => {
                return Ok(Slice {
                    rows: vec![],
                    has_next: false,
                });
            }
            Some(Cursor { key, id }) if order.ties => self.and(
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
        let mut rows = Vec::with_capacity(first);
        while let Some(row) = found.next()? {
            if rows.len() == first {
                return Ok(Slice {
                    rows,
                    has_next: true,
                });
            }
            rows.push(map(row)?);
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
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        assert_eq!(Cursor::decode("nonsense"), None);
        assert_eq!(Cursor::decode(""), None);
    }
}
