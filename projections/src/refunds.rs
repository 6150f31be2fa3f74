//! Refunds of payments: given by hand, or through the provider that took the money.

use domain::money::Money;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text};
use crate::{Viewer, scope};

/// A refund as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// Of which payment.
    pub payment_id: Uuid,
    /// The refund's id.
    pub refund_id: Uuid,
    /// How far it came.
    pub state: RefundState,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Whether the provider gives it; otherwise it was given by hand.
    pub by_provider: bool,
    /// The provider's reference.
    pub provider_reference: Option<String>,
    /// The provider's code for a refusal.
    pub failure_code: Option<String>,
    /// The refusal in words.
    pub failure_reason: Option<String>,
    /// Business date on which it was begun.
    pub dated: Date,
}

/// How far a refund has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// The provider is asked for it.
    UnderWay,
    /// The money went back.
    Succeeded,
    /// The money did not go back: it is credit again.
    Failed,
}

impl RefundState {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnderWay => "under_way",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::UnderWay, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// The refunds of several payments at once, the oldest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_refunds_of(
    db: &Connection,
    viewer: &Viewer,
    payments: &[Uuid],
) -> rusqlite::Result<Vec<RefundRow>> {
    let text = format!(
        "SELECT payment_id, refund_id, state, currency, amount, reason, by_provider, provider_reference, failure_code,
                failure_reason, dated
         FROM refunds WHERE payment_id = ?1 AND {} ORDER BY position",
        scope::clause("customer_id", "TRUE", "?2")
    );
    let mut found = vec![];
    for payment in payments {
        found.extend(sql::all(
            db,
            &text,
            &[payment, &scope::parameter(viewer)],
            read,
        )?);
    }
    Ok(found)
}

/// The payments of which the provider is asked for a refund and has not decided, the oldest first, as often as there
/// are refunds.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_refunds_under_way(
    db: &Connection,
    viewer: &Viewer,
    page: &Page,
) -> rusqlite::Result<Slice<Uuid>> {
    let mut query =
        Query::new("SELECT payment_id, position FROM refunds WHERE state = 'under_way'");
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    query.page(
        db,
        page,
        Order::by_unique_number("position", false),
        |row| {
            let cursor = Cursor::new(Key::Number(row.get(1)?), Uuid::nil());
            Ok((cursor, row.get(0)?))
        },
    )
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<RefundRow> {
    let mut columns = Columns::of(row);
    let (payment_id, refund_id) = (columns.get()?, columns.get()?);
    let state = columns.name(RefundState::from_name)?;
    let currency = columns.currency()?;
    Ok(RefundRow {
        payment_id,
        refund_id,
        state,
        amount: columns.money(currency)?,
        reason: columns.get()?,
        by_provider: columns.get()?,
        provider_reference: columns.get()?,
        failure_code: columns.get()?,
        failure_reason: columns.get()?,
        dated: columns.date()?,
    })
}

/// A refund that begins; one by hand is over with that.
pub(crate) struct Begun<'e> {
    pub(crate) customer: Uuid,
    pub(crate) refund: Uuid,
    pub(crate) amount: Money,
    pub(crate) reason: &'e str,
    pub(crate) by_provider: bool,
    pub(crate) on: Date,
}

pub(crate) fn begin(db: &Writer<'_>, record: &Record, begun: &Begun<'_>) -> rusqlite::Result<()> {
    let state = if begun.by_provider {
        RefundState::UnderWay
    } else {
        RefundState::Succeeded
    };
    let columns: [&dyn rusqlite::ToSql; 10] = [
        &record.id,
        &begun.refund,
        &begun.customer,
        &record.position,
        &state.name(),
        &begun.amount.currency.code(),
        &begun.amount.minor(),
        &begun.reason,
        &begun.by_provider,
        &date_text(begun.on),
    ];
    db.run(
        "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)",
        &columns,
    )?;
    Ok(())
}

pub(crate) fn succeed(
    db: &Writer<'_>,
    record: &Record,
    refund: Uuid,
    reference: &str,
) -> rusqlite::Result<()> {
    db.run(
        "UPDATE refunds SET state = 'succeeded', provider_reference = ? WHERE payment_id = ? AND refund_id = ?",
        &[&reference, &record.id, &refund],
    )?;
    Ok(())
}

pub(crate) fn fail(
    db: &Writer<'_>,
    record: &Record,
    refund: Uuid,
    [code, reason]: [&str; 2],
) -> rusqlite::Result<()> {
    db.run(
        "UPDATE refunds SET state = 'failed', failure_code = ?, failure_reason = ?
         WHERE payment_id = ? AND refund_id = ?",
        &[&code, &reason, &record.id, &refund],
    )?;
    Ok(())
}
