//! Lists as Relay connections: pages by keyset cursor, forwards.

use async_graphql::connection::{
    Connection, ConnectionNameType, CursorType, Edge, EdgeNameType, EmptyFields,
};
use async_graphql::{ObjectType, OutputType, Result};
use projections::{Cursor, LARGEST_PAGE, Page, Slice};

use super::error::bad_input;
use super::opaque;

/// Rows of a page where the client names no number.
const USUAL_PAGE: usize = 20;

/// A cursor in GraphQL's clothes: it says nothing to whom it is given, and is taken from the same viewer only.
pub struct ListCursor(Cursor);

impl CursorType for ListCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> std::result::Result<Self, Self::Error> {
        opaque::reveal(text)
            .and_then(|text| Cursor::decode(&text))
            .map(Self)
            .ok_or("is no cursor of this list")
    }

    fn encode_cursor(&self) -> String {
        opaque::hide(&self.0.encode())
    }
}

/// The page that `first` and `after` ask for.
pub fn page(first: Option<i32>, after: Option<&str>) -> Result<Page> {
    let first = match first {
        None => USUAL_PAGE,
        Some(first) => usize::try_from(first)
            .ok()
            .filter(|first| (1..=LARGEST_PAGE).contains(first))
            .ok_or_else(|| bad_input("first", format!("must be between 1 and {LARGEST_PAGE}")))?,
    };
    let after = after.map(ListCursor::decode_cursor).transpose();
    let after = after.map_err(|why| bad_input("after", why))?;
    Ok(Page {
        first,
        after: after.map(|cursor| cursor.0),
    })
}

/// The shortest and the longest text that may be searched for.
const SEARCHED: std::ops::RangeInclusive<usize> = 2..=100;
/// The longest beginning of a number.
const LONGEST_NUMBER: usize = 50;

/// What is searched for, trimmed.
pub fn text(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim) else {
        return Ok(None);
    };
    if !SEARCHED.contains(&text.chars().count()) {
        let why = format!(
            "must have between {} and {} characters",
            SEARCHED.start(),
            SEARCHED.end()
        );
        return Err(bad_input(field, why));
    }
    Ok(Some(text.to_owned()))
}

/// The beginning of a number that is looked for.
pub fn number(field: &str, number: Option<String>) -> Result<Option<String>> {
    match number {
        Some(number) if number.chars().count() > LONGEST_NUMBER => {
            let why = format!("must have at most {LONGEST_NUMBER} characters");
            Err(bad_input(field, why))
        }
        number => Ok(number),
    }
}

/// A page of rows as a connection; `fields` are those beside `edges` and `pageInfo`.
pub fn connection<Row, Node, Fields, Name, EdgeName>(
    slice: Slice<Row>,
    has_previous: bool,
    fields: Fields,
    node: impl Fn(Row) -> Node,
) -> Connection<ListCursor, Node, Fields, EmptyFields, Name, EdgeName>
where
    Node: OutputType,
    Fields: ObjectType,
    Name: ConnectionNameType,
    EdgeName: EdgeNameType,
{
    let mut connection = Connection::with_additional_fields(has_previous, slice.has_next, fields);
    let rows = slice.rows.into_iter();
    connection
        .edges
        .extend(rows.map(|(cursor, row)| Edge::new(ListCursor(cursor), node(row))));
    connection
}

/// What asking for a list of so many rows costs, for the complexity limit.
pub fn cost(first: Option<i32>, each: usize) -> usize {
    let rows = first
        .and_then(|first| usize::try_from(first).ok())
        .unwrap_or(USUAL_PAGE);
    1 + rows.min(LARGEST_PAGE) * each.max(1)
}
