//! The conversation about an estimate: offers, answers and comments in the order they came.

use domain::estimate::EstimateEvent;
use rusqlite::Connection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::Viewer;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::scope;
use crate::sql::{self, Columns, Writer, date_text};

/// One thing said about an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Its place in the log.
    pub position: i64,
    /// What it is.
    pub kind: ThreadKind,
    /// About which revision.
    pub revision: u32,
    /// Whose account did it, by name at that time.
    pub actor_name: String,
    /// `customer_contact`, `staff`, `owner` or `system`.
    pub actor_role: String,
    /// The name that stands under it: typed with an acceptance, or a comment's author.
    pub name: Option<String>,
    /// What was said: a comment, a reason.
    pub text: Option<String>,
    /// What would be accepted instead.
    pub would_accept: Option<String>,
    /// Business date.
    pub on: Date,
    /// When it was recorded, UTC.
    pub recorded_at: OffsetDateTime,
}

/// What was said about an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadKind {
    /// A revision was offered.
    Offer,
    /// A revision was accepted.
    Acceptance,
    /// A revision was declined.
    Refusal,
    /// The open offer was taken back.
    Withdrawal,
    /// An acceptance was undone.
    AcceptanceUndone,
    /// Somebody commented.
    Comment,
}

impl ThreadKind {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Acceptance => "acceptance",
            Self::Refusal => "refusal",
            Self::Withdrawal => "withdrawal",
            Self::AcceptanceUndone => "acceptance_undone",
            Self::Comment => "comment",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Offer,
            Self::Acceptance,
            Self::Refusal,
            Self::Withdrawal,
            Self::AcceptanceUndone,
            Self::Comment,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

const COLUMNS: &str = "position, kind, revision, actor_name, actor_role, name, text, would_accept, \
                       happened_on, recorded_at";

/// What was said about an estimate, the oldest first; nothing where the viewer may not see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_thread(
    db: &Connection,
    viewer: &Viewer,
    estimate: Uuid,
    page: &Page,
) -> rusqlite::Result<Slice<ThreadRow>> {
    let mut query = Query::new(&format!("SELECT {COLUMNS} FROM estimate_thread WHERE TRUE"));
    query.and("estimate_id = ?", vec![Box::new(estimate)]);
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    let order = Order::by_unique_number("position", false);
    query.page(db, page, order, |row| {
        let row = read(row)?;
        Ok((Cursor::new(Key::Number(row.position), estimate), row))
    })
}

/// When a revision was last accepted; None where it was not, or where the viewer may not see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_acceptance_time(
    db: &Connection,
    viewer: &Viewer,
    estimate: Uuid,
    revision: u32,
) -> rusqlite::Result<Option<OffsetDateTime>> {
    let text = format!(
        "SELECT recorded_at FROM estimate_thread WHERE estimate_id = ?1 AND revision = ?2 AND kind = 'acceptance'
         AND {} ORDER BY position DESC LIMIT 1",
        scope::clause("customer_id", "TRUE", "?3")
    );
    let parameters: [&dyn rusqlite::ToSql; 3] = [&estimate, &revision, &scope::parameter(viewer)];
    sql::one(db, &text, &parameters, |row| Columns::of(row).time())
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<ThreadRow> {
    let mut columns = Columns::of(row);
    Ok(ThreadRow {
        position: columns.get()?,
        kind: columns.name(ThreadKind::from_name)?,
        revision: columns.get()?,
        actor_name: columns.get()?,
        actor_role: columns.get()?,
        name: columns.get()?,
        text: columns.get()?,
        would_accept: columns.get()?,
        on: columns.date()?,
        recorded_at: columns.time()?,
    })
}

/// What an event says in the thread, and when.
struct Said<'e> {
    kind: ThreadKind,
    revision: u32,
    on: Date,
    name: Option<&'e str>,
    text: Option<&'e str>,
    would_accept: Option<&'e str>,
}

impl<'e> Said<'e> {
    fn new(kind: ThreadKind, revision: u32, on: Date) -> Self {
        Self {
            kind,
            revision,
            on,
            name: None,
            text: None,
            would_accept: None,
        }
    }

    fn by(self, name: &'e str) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    fn text(self, text: &'e str) -> Self {
        Self {
            text: Some(text),
            ..self
        }
    }
}

/// What is said to the other side; drafts, views and invoices are not.
fn said(event: &EstimateEvent) -> Option<Said<'_>> {
    match event {
        EstimateEvent::Offered { revision, on, .. }
        | EstimateEvent::Reoffered { revision, on, .. } => {
            Some(Said::new(ThreadKind::Offer, *revision, *on))
        }
        EstimateEvent::Accepted {
            revision, name, on, ..
        } => Some(Said::new(ThreadKind::Acceptance, *revision, *on).by(name)),
        EstimateEvent::Declined {
            revision,
            reason,
            would_accept,
            on,
        } => Some(Said {
            would_accept: would_accept.as_deref(),
            ..Said::new(ThreadKind::Refusal, *revision, *on).text(reason)
        }),
        EstimateEvent::Withdrawn {
            revision,
            reason,
            on,
        } => Some(Said::new(ThreadKind::Withdrawal, *revision, *on).text(reason)),
        EstimateEvent::AcceptanceUndone {
            revision,
            reason,
            on,
        } => Some(Said::new(ThreadKind::AcceptanceUndone, *revision, *on).text(reason)),
        EstimateEvent::Commented {
            revision,
            author,
            text,
            on,
            ..
        } => Some(
            Said::new(ThreadKind::Comment, *revision, *on)
                .by(author)
                .text(text),
        ),
        EstimateEvent::Drafted { .. }
        | EstimateEvent::DraftRevised { .. }
        | EstimateEvent::DraftDiscarded { .. }
        | EstimateEvent::Viewed { .. }
        | EstimateEvent::Forwarded { .. }
        | EstimateEvent::Reworked { .. }
        | EstimateEvent::Invoiced { .. }
        | EstimateEvent::DepositBilled { .. }
        | EstimateEvent::DepositReleased { .. } => None,
    }
}

pub(crate) fn on_estimate(
    db: &Writer<'_>,
    record: &Record,
    event: &EstimateEvent,
    customer: Option<Uuid>,
) -> rusqlite::Result<()> {
    let Some(said) = said(event) else {
        return Ok(());
    };
    db.run(
        "INSERT INTO estimate_thread VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            &record.id,
            &record.position,
            &customer,
            &said.kind.name(),
            &said.revision,
            &record.actor.name,
            &record.actor.role,
            &said.name,
            &said.text,
            &said.would_accept,
            &date_text(said.on),
            &record.recorded_at,
        ],
    )?;
    Ok(())
}
