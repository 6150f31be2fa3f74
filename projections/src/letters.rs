//! What contacts say to the merchant: messages, each one of its own, and reviews, one of each contact.

use domain::customer::Review;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{Columns, Writer, date_text};
use crate::{Viewer, scope};

/// A message to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Its place in the log.
    pub position: i64,
    /// From which customer.
    pub customer_id: Uuid,
    /// From which contact.
    pub contact_id: Uuid,
    /// The contact's name at that time.
    pub author: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub message: String,
    /// Business date.
    pub sent_on: Date,
}

/// What a contact thinks of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// The place in the log of the contact's latest review.
    pub position: i64,
    /// Of which customer.
    pub customer_id: Uuid,
    /// The contact.
    pub contact_id: Uuid,
    /// The contact's name at that time.
    pub author: String,
    /// 1 (poor) to 5 (excellent).
    pub rating: u8,
    /// In words.
    pub text: Option<String>,
    /// Whether the merchant may show it to others.
    pub may_be_published: bool,
    /// Business date.
    pub reviewed_on: Date,
}

/// Messages to the merchant, of one customer or of all, the newest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_messages(
    db: &Connection,
    viewer: &Viewer,
    customer: Option<Uuid>,
    page: &Page,
) -> rusqlite::Result<Slice<MessageRow>> {
    let index = scope::index(viewer, customer, "INDEXED BY messages_by_customer");
    let select = format!(
        "SELECT position, customer_id, contact_id, author, subject, message, sent_on FROM messages {index} WHERE TRUE"
    );
    newest_first(db, viewer, customer, page, &select, |row| {
        let mut columns = Columns::of(row);
        Ok(MessageRow {
            position: columns.get()?,
            customer_id: columns.get()?,
            contact_id: columns.get()?,
            author: columns.get()?,
            subject: columns.get()?,
            message: columns.get()?,
            sent_on: columns.date()?,
        })
    })
}

/// What contacts think of the merchant, of one customer or of all, the newest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_reviews(
    db: &Connection,
    viewer: &Viewer,
    customer: Option<Uuid>,
    page: &Page,
) -> rusqlite::Result<Slice<ReviewRow>> {
    let index = scope::index(viewer, customer, "INDEXED BY reviews_by_customer");
    let select = format!(
        "SELECT position, customer_id, contact_id, author, rating, text, may_be_published, reviewed_on
         FROM reviews {index} WHERE TRUE"
    );
    newest_first(db, viewer, customer, page, &select, |row| {
        let mut columns = Columns::of(row);
        Ok(ReviewRow {
            position: columns.get()?,
            customer_id: columns.get()?,
            contact_id: columns.get()?,
            author: columns.get()?,
            rating: columns.get()?,
            text: columns.get()?,
            may_be_published: columns.get()?,
            reviewed_on: columns.date()?,
        })
    })
}

fn newest_first<T>(
    db: &Connection,
    viewer: &Viewer,
    customer: Option<Uuid>,
    page: &Page,
    select: &str,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Slice<T>> {
    let mut query = Query::new(select);
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    if let Some(customer) = customer {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    query.page(db, page, Order::by_unique_number("position", true), |row| {
        let cursor = Cursor::new(Key::Number(row.get("position")?), Uuid::nil());
        Ok((cursor, read(row)?))
    })
}

pub(crate) fn on_mail(
    db: &Writer<'_>,
    record: &Record,
    contact: Uuid,
    [subject, message]: [&str; 2],
    on: Date,
) -> rusqlite::Result<usize> {
    db.run(
        "INSERT INTO messages
         VALUES (?1, ?2, ?3, (SELECT name FROM contacts WHERE customer_id = ?2 AND contact_id = ?3), ?4, ?5, ?6)",
        &[
            &record.position,
            &record.id,
            &contact,
            &subject,
            &message,
            &date_text(on),
        ],
    )
}

/// The contact's earlier review, if any, is one with it.
pub(crate) fn on_review(
    db: &Writer<'_>,
    record: &Record,
    contact: Uuid,
    review: &Review,
    on: Date,
) -> rusqlite::Result<usize> {
    db.run(
        "INSERT OR REPLACE INTO reviews
         VALUES (?1, ?2, (SELECT name FROM contacts WHERE customer_id = ?1 AND contact_id = ?2), ?3, ?4, ?5, ?6, ?7)",
        &[
            &record.id,
            &contact,
            &review.rating,
            &review.text,
            &review.may_be_published,
            &date_text(on),
            &record.position,
        ],
    )
}
