//! Plans: what customers can subscribe to.

use domain::plan::{PlanDetails, PlanEvent};
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::Viewer;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text, json_text};

/// A plan as it is offered now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The plan's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// Whether it is offered no more.
    pub archived: bool,
    /// What it offers.
    pub details: PlanDetails,
    /// When it was created.
    pub created_on: Date,
}

const COLUMNS: &str = "id, version, archived, details, created_on";
/// A customer sees what is offered. What it subscribed to stands on its subscription.
const SHOWN: &str = "archived = 0";

/// The plan, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_plan(db: &Connection, viewer: &Viewer, id: Uuid) -> rusqlite::Result<Option<PlanRow>> {
    let mut text = format!("SELECT {COLUMNS} FROM plans WHERE id = ?1");
    if viewer.only_customer().is_some() {
        text.push_str(" AND archived = 0");
    }
    sql::one(db, &text, &[&id], read)
}

/// Plans by name: those that are offered, or those that are no more.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_plans(
    db: &Connection,
    viewer: &Viewer,
    archived: bool,
    page: &Page,
) -> rusqlite::Result<Slice<PlanRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, archived);
    query.page(db, page, Order::by_text("name", false), |row| {
        let row = read(row)?;
        let name = row.details.name.clone();
        Ok((Cursor::new(Key::Text(name), row.id), row))
    })
}

/// How many plans [`list_plans`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_plans(db: &Connection, viewer: &Viewer, archived: bool) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, archived).count(db)
}

fn filtered(select: &str, viewer: &Viewer, archived: bool) -> Query {
    let mut query = Query::new(&format!("{select} FROM plans WHERE TRUE"));
    if viewer.only_customer().is_some() {
        query.and(SHOWN, vec![]);
    }
    query.and("archived = ?", vec![Box::new(archived)]);
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PlanRow> {
    let mut columns = Columns::of(row);
    Ok(PlanRow {
        id: columns.get()?,
        version: columns.get()?,
        archived: columns.get()?,
        details: columns.json()?,
        created_on: columns.date()?,
    })
}

/// Plans are nobody's: they concern no customer.
pub(crate) fn on_plan(
    db: &Writer<'_>,
    record: &Record,
    event: &PlanEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let (id, version) = (&record.id, &record.version);
    match event {
        PlanEvent::Created { details, on } => db.run(
            "INSERT INTO plans VALUES (?, ?, ?, 0, ?, ?)",
            &[
                id,
                version,
                &details.name,
                &json_text(details)?,
                &date_text(*on),
            ],
        )?,
        PlanEvent::Updated { details, on: _ } => db.run(
            "UPDATE plans SET version = ?2, name = ?3, details = ?4 WHERE id = ?1",
            &[id, version, &details.name, &json_text(details)?],
        )?,
        PlanEvent::Archived { on: _ } => db.run(
            "UPDATE plans SET version = ?2, archived = 1 WHERE id = ?1",
            &[id, version],
        )?,
    };
    Ok(None)
}
