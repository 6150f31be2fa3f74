//! Subscriptions, and the periods that they billed.

use domain::ids::InvoiceId;
use domain::schedule::Period;
use domain::subscription::{Bill, Standing, Started, Subscription, SubscriptionEvent};
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text, dated_text, json_text, missing};
use crate::{Viewer, scope};

/// A subscription as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionRow {
    /// The subscription's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// Who is billed.
    pub customer_id: Uuid,
    /// When it was entered.
    pub dated: Date,
    /// All that the domain knows of it, but what billed which period: that is in [`list_periods`].
    pub subscription: Started,
}

/// A period that was billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodRow {
    /// Of which subscription.
    pub subscription_id: Uuid,
    /// The period; where it was cut short or a pause lengthened it, as it turned out.
    pub period: Period,
    /// The invoice that bills it; None where nothing was to pay.
    pub invoice_id: Option<Uuid>,
}

/// Which subscriptions are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionFilter {
    /// Standing so; empty for all.
    pub states: Vec<Standing>,
    /// To this plan.
    pub plan_id: Option<Uuid>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
}

const COLUMNS: &str = "id, version, customer_id, dated, subscription";

/// The stored name of a standing.
fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Trialing => "trialing",
        Standing::Active => "active",
        Standing::PastDue => "past_due",
        Standing::Unpaid => "unpaid",
        Standing::Paused => "paused",
        Standing::NonRenewing => "non_renewing",
        Standing::Cancelled => "cancelled",
        Standing::Expired => "expired",
    }
}

/// The subscription, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_subscription(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<SubscriptionRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM subscriptions WHERE id = ?1 AND {}",
        scope::clause("customer_id", "TRUE", "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], read)
}

/// Subscriptions, the newest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_subscriptions(
    db: &Connection,
    viewer: &Viewer,
    filter: &SubscriptionFilter,
    page: &Page,
) -> rusqlite::Result<Slice<SubscriptionRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, filter);
    query.page(db, page, Order::by_unique_text("dated", true), |row| {
        let dated = row.get("dated")?;
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(dated), row.id), row))
    })
}

/// How many subscriptions [`list_subscriptions`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_subscriptions(
    db: &Connection,
    viewer: &Viewer,
    filter: &SubscriptionFilter,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, filter).count(db)
}

/// Subscriptions that ask for something on `today`: a period to be billed, an end, a collection to be tried again.
/// The longest overdue first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_acting_subscriptions(
    db: &Connection,
    viewer: &Viewer,
    today: Date,
    page: &Page,
) -> rusqlite::Result<Slice<SubscriptionRow>> {
    let index = scope::index(viewer, None, "INDEXED BY subscriptions_by_customer");
    let select = format!("SELECT {COLUMNS}, acts_on FROM subscriptions {index} WHERE TRUE");
    let mut query = Query::new(&select);
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    query.and(
        "acts_on IS NOT NULL AND acts_on <= ?",
        vec![Box::new(date_text(today))],
    );
    query.page(db, page, Order::by_text("acts_on", false), |row| {
        let acts_on = row.get("acts_on")?;
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(acts_on), row.id), row))
    })
}

/// The periods that several subscriptions billed, the first one first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_periods(
    db: &Connection,
    viewer: &Viewer,
    subscriptions: &[Uuid],
) -> rusqlite::Result<Vec<PeriodRow>> {
    let text = format!(
        "SELECT p.subscription_id, p.number, p.start, p.next, p.invoice_id
         FROM subscription_periods p JOIN subscriptions s ON s.id = p.subscription_id
         WHERE p.subscription_id = ?1 AND {} ORDER BY p.number",
        scope::clause("s.customer_id", "TRUE", "?2")
    );
    let mut found = vec![];
    for id in subscriptions {
        found.extend(sql::all(
            db,
            &text,
            &[id, &scope::parameter(viewer)],
            |row| {
                let mut columns = Columns::of(row);
                Ok(PeriodRow {
                    subscription_id: columns.get()?,
                    period: Period {
                        number: columns.get()?,
                        start: columns.date()?,
                        next: columns.date()?,
                    },
                    invoice_id: columns.get()?,
                })
            },
        )?);
    }
    Ok(found)
}

fn filtered(select: &str, viewer: &Viewer, filter: &SubscriptionFilter) -> Query {
    let index = scope::index(
        viewer,
        filter.customer_id,
        "INDEXED BY subscriptions_by_customer",
    );
    let mut query = Query::new(&format!("{select} FROM subscriptions {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    if let Some(customer) = filter.customer_id {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    if let Some(plan) = filter.plan_id {
        query.and("plan_id = ?", vec![Box::new(plan)]);
    }
    if !filter.states.is_empty() {
        let names = filter.states.iter().map(|s| format!("'{}'", name(*s)));
        let names: Vec<String> = names.collect();
        query.and(&format!("state IN ({})", names.join(", ")), vec![]);
    }
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<SubscriptionRow> {
    let mut columns = Columns::of(row);
    Ok(SubscriptionRow {
        id: columns.get()?,
        version: columns.get()?,
        customer_id: columns.get()?,
        dated: columns.dated()?,
        subscription: columns.json()?,
    })
}

pub(crate) fn on_subscription(
    db: &Writer<'_>,
    record: &Record,
    event: &SubscriptionEvent,
) -> rusqlite::Result<Option<Uuid>> {
    if let SubscriptionEvent::Started { on, .. } = event {
        return insert(db, record, event, *on).map(Some);
    }
    bill_period(db, record, event)?;
    let known = db.one(
        "SELECT subscription FROM subscriptions WHERE id = ?",
        &[&record.id],
        |row| Columns::of(row).json(),
    )?;
    let started = after(Some(missing(known)?), event)?;
    db.run(
        "UPDATE subscriptions SET version = ?2, plan_id = ?3, state = ?4, acts_on = ?5, subscription = ?6
         WHERE id = ?1",
        &[
            &record.id,
            &record.version,
            &started.terms.plan_id.0,
            &name(started.standing()),
            &started.acts_on().map(date_text),
            &json_text(&started)?,
        ],
    )?;
    Ok(Some(started.customer_id.0))
}

fn insert(
    db: &Writer<'_>,
    record: &Record,
    event: &SubscriptionEvent,
    on: Date,
) -> rusqlite::Result<Uuid> {
    let started = after(None, event)?;
    db.run(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            &record.id,
            &record.version,
            &started.customer_id.0,
            &started.terms.plan_id.0,
            &name(started.standing()),
            &dated_text(on, record.position),
            &started.acts_on().map(date_text),
            &json_text(&started)?,
        ],
    )?;
    Ok(started.customer_id.0)
}

/// The subscription after the event, without what grows with every period.
fn after(before: Option<Started>, event: &SubscriptionEvent) -> rusqlite::Result<Started> {
    let mut subscription = Subscription { started: before };
    subscription.apply_event(event.clone());
    let mut started = missing(subscription.started)?;
    started.renewals.clear();
    started.changes.clear();
    started.cleared.clear();
    Ok(started)
}

/// Keeps the periods: a new one, or how long the current one turns out to be.
fn bill_period(
    db: &Writer<'_>,
    record: &Record,
    event: &SubscriptionEvent,
) -> rusqlite::Result<()> {
    match event {
        SubscriptionEvent::Renewed {
            period, invoice_id, ..
        } => add_period(db, record, *period, Some(*invoice_id)),
        SubscriptionEvent::Changed {
            period: Some(period),
            bill,
            ..
        } => {
            last_until(db, record, period.start)?;
            let invoice = bill.as_ref().and_then(|bill| match bill {
                Bill::Invoice { invoice_id, .. } => Some(*invoice_id),
                Bill::CreditNote { .. } => None,
            });
            add_period(db, record, *period, invoice)
        }
        SubscriptionEvent::Resumed { next, .. } => last_until(db, record, *next),
        SubscriptionEvent::Started { .. }
        | SubscriptionEvent::Changed { period: None, .. }
        | SubscriptionEvent::ChangeScheduled { .. }
        | SubscriptionEvent::ScheduledChangeCancelled { .. }
        | SubscriptionEvent::Paused { .. }
        | SubscriptionEvent::CancellationScheduled { .. }
        | SubscriptionEvent::Reactivated { .. }
        | SubscriptionEvent::Cancelled { .. }
        | SubscriptionEvent::Expired { .. }
        | SubscriptionEvent::CollectionFailed { .. }
        | SubscriptionEvent::MarkedUnpaid { .. }
        | SubscriptionEvent::ArrearsCleared { .. } => Ok(()),
    }
}

fn add_period(
    db: &Writer<'_>,
    record: &Record,
    period: Period,
    invoice: Option<InvoiceId>,
) -> rusqlite::Result<()> {
    db.run(
        "INSERT INTO subscription_periods VALUES (?, ?, ?, ?, ?)",
        &[
            &record.id,
            &period.number,
            &date_text(period.start),
            &date_text(period.next),
            &invoice.map(|id| id.0),
        ],
    )?;
    Ok(())
}

fn last_until(db: &Writer<'_>, record: &Record, next: Date) -> rusqlite::Result<()> {
    db.run(
        "UPDATE subscription_periods SET next = ?2
         WHERE subscription_id = ?1
               AND number = (SELECT max(number) FROM subscription_periods WHERE subscription_id = ?1)",
        &[&record.id, &date_text(next)],
    )?;
    Ok(())
}
