//! What documents are found by: number, customer's name, notes and lines, in SQLite's full-text index.
//!
//! A row for every invoice, estimate and customer. The index over them (`search`) is made with the other indexes and
//! kept by triggers. Every text in it is folded (`domain::text::folded`), and so is what is searched for: SQLite itself
//! knows upper and lower case of ASCII and of an old Unicode only. So a rebuilt file finds what the live one finds. Of an estimate only what was offered is found once
//! it was offered: a rework is not the customer's to see.

use domain::document::Document;
use domain::text::folded;
use rusqlite::ToSql;
use uuid::Uuid;

use crate::Viewer;
use crate::page::Query;
use crate::record::Record;
use crate::sql::Writer;

/// The most characters of a document's notes and lines that it is found by.
const LONGEST_BODY: usize = 20_000;
/// The most documents and customers that a search finds, the newest first; whoever finds more asks more narrowly.
const MOST_FOUND: i64 = 10_000;
/// The most words of a search that count.
const MOST_WORDS: usize = 8;

/// Notes and lines of a document, for the index.
pub(crate) fn body(document: &Document) -> String {
    let lines = document.lines.iter().map(|line| line.description.as_str());
    let mut body = String::new();
    for text in document.notes.as_deref().into_iter().chain(lines) {
        let room = LONGEST_BODY.saturating_sub(body.len());
        if room == 0 {
            break;
        }
        body.extend(text.chars().take(room));
        body.push('\n');
    }
    body
}

/// A new document, without a number yet, under the customer's name of today.
pub(crate) fn insert(
    db: &Writer<'_>,
    record: &Record,
    customer: Uuid,
    body: &str,
) -> rusqlite::Result<()> {
    db.run(
        "INSERT INTO texts VALUES (?1, ?2, hex(?3), '',
             coalesce((SELECT name_key FROM customers WHERE id = ?3), ''), ?4)",
        &[&record.position, &record.id, &customer, &folded(body)],
    )?;
    Ok(())
}

/// A draft was written anew.
pub(crate) fn set_body(db: &Writer<'_>, id: Uuid, body: &str) -> rusqlite::Result<()> {
    let text = "UPDATE texts SET body = ? WHERE subject_id = ?";
    db.run(text, &[&folded(body), &id])?;
    Ok(())
}

/// It has a number, and the buyer's name stands on it.
pub(crate) fn set_number(
    db: &Writer<'_>,
    id: Uuid,
    number: &str,
    name: Option<&str>,
) -> rusqlite::Result<()> {
    db.run(
        "UPDATE texts SET number = ?, name = coalesce(?, name) WHERE subject_id = ?",
        &[&folded(number), &name.map(folded), &id],
    )?;
    Ok(())
}

/// A customer is called so from now on: all of its documents are found by that name.
pub(crate) fn set_customer(db: &Writer<'_>, record: &Record, name: &str) -> rusqlite::Result<()> {
    db.run(
        "INSERT INTO texts VALUES (?1, ?2, hex(?2), '', ?3, '')
         ON CONFLICT (subject_id) DO UPDATE SET name = excluded.name",
        &[&record.position, &record.id, &folded(name)],
    )?;
    Ok(())
}

/// Confines a list of `table` to the documents that a search finds: those that hold every word, as it is or as a
/// word's beginning, and those of customers whose name does.
pub(crate) fn confine(
    query: &mut Query,
    viewer: &Viewer,
    customer: Option<Uuid>,
    table: &str,
    text: &str,
) {
    let Some(words) = matching(text) else {
        query.and("FALSE", vec![]);
        return;
    };
    let wanted = match viewer.only_customer().or(customer) {
        // Within one customer's documents no other's are looked at.
        Some(id) => format!("customer : \"{}\" AND {words}", id.simple()),
        None => words,
    };
    let found = format!(
        "id IN (WITH found AS MATERIALIZED (
             SELECT t.subject_id AS id FROM search JOIN texts t ON t.id = search.rowid
             WHERE search MATCH ? ORDER BY search.rowid DESC LIMIT {MOST_FOUND})
         SELECT id FROM found
         UNION SELECT d.id FROM found CROSS JOIN {table} d INDEXED BY {table}_by_customer
               ON d.customer_id = found.id)"
    );
    let wanted: Box<dyn ToSql> = Box::new(wanted);
    query.and(&found, vec![wanted]);
}

/// The words of a search as FTS5 wants them; None where there is nothing to look for.
fn matching(text: &str) -> Option<String> {
    let text = folded(text);
    let words = text.split_whitespace();
    let words: Vec<String> = words
        .filter(|word| word.contains(char::is_alphanumeric))
        .take(MOST_WORDS)
        .map(|word| {
            // Many words begin with any one letter: that stands for itself.
            let beginning = if word.chars().count() > 1 { "*" } else { "" };
            format!("\"{}\"{beginning}", word.replace('"', "\"\""))
        })
        .collect();
    let all = words.join(" AND ");
    (!all.is_empty()).then(|| format!("{{number name body}} : ({all})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_typed_is_words() {
        assert_eq!(
            matching("INV-1 \"x\" OR"),
            Some(r#"{number name body} : ("inv-1"* AND """x"""* AND "or"*)"#.to_owned())
        );
        assert_eq!(
            matching("a b*"),
            Some(r#"{number name body} : ("a" AND "b*"*)"#.to_owned())
        );
        assert_eq!(
            matching("MU\u{308}ller"),
            Some(r#"{number name body} : ("müller"*)"#.to_owned())
        );
        assert_eq!(matching(" -- * \" "), None);
    }
}
