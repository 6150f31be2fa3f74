//! The projector: takes events in the log's order and keeps every read model, rows and checkpoint in one transaction.

use domain::event::Event;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use crate::error::ProjectionError;
use crate::record::Record;
use crate::sql::Writer;
use crate::{
    activity, credit_notes, customers, estimates, invoices, ledger, organisation, payments, plans,
    subscriptions, thread,
};

/// What a batch of events changed: told to whoever waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The event's place in the log.
    pub position: i64,
    /// `credit_note`, `customer`, `estimate`, `invoice`, `payment`, `plan`, `subscription` or `organisation`.
    pub subject_type: String,
    /// What changed.
    pub subject_id: Uuid,
    /// Its version now.
    pub version: i64,
    /// The customer it concerns.
    pub customer_id: Option<Uuid>,
    /// The event's stored name.
    pub event_type: String,
}

/// How far a file has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) position: i64,
    /// The event at that position; None before the first.
    pub(crate) event_id: Option<Uuid>,
}

impl Change {
    fn of(record: &Record, customer_id: Option<Uuid>) -> Self {
        Self {
            position: record.position,
            subject_type: record.aggregate_type.to_owned(),
            subject_id: record.id,
            version: record.version,
            customer_id,
            event_type: record.event_type.clone(),
        }
    }
}

pub(crate) fn checkpoint(db: &Connection) -> rusqlite::Result<Checkpoint> {
    db.prepare_cached("SELECT position, event_id FROM checkpoint")?
        .query_row([], |row| {
            Ok(Checkpoint {
                position: row.get(0)?,
                event_id: row.get(1)?,
            })
        })
}

/// Applies events that follow the checkpoint without a gap, all or none of them.
pub(crate) fn apply(
    db: &mut Connection,
    records: &[Record],
) -> Result<Vec<Change>, ProjectionError> {
    let transaction = Transaction::new(db, TransactionBehavior::Immediate)?;
    let mut changes = Vec::with_capacity(records.len());
    apply_within(&Writer::new(&transaction), records, |record, customer| {
        changes.push(Change::of(record, customer));
    })?;
    transaction.commit()?;
    Ok(changes)
}

/// The same within the caller's transaction, telling `applied` of each event and of the customer it concerns.
pub(crate) fn apply_within(
    writer: &Writer<'_>,
    records: &[Record],
    mut applied: impl FnMut(&Record, Option<Uuid>),
) -> Result<(), ProjectionError> {
    let Some(last) = records.last() else {
        return Ok(());
    };
    let mut position = checkpoint(writer.db)?.position;
    for record in records {
        let next = record.position;
        if next != position + 1 {
            return Err(ProjectionError::Gap(position, next));
        }
        let customer = apply_one(writer, record).map_err(|source| ProjectionError::Apply {
            position: next,
            source,
        })?;
        applied(record, customer);
        position = next;
    }
    writer.run(
        "UPDATE checkpoint SET position = ?, event_id = ?",
        &[&position, &last.event_id],
    )?;
    Ok(())
}

/// The one list of what each event concerns: a new read model is called from here.
fn apply_one(db: &Writer<'_>, record: &Record) -> rusqlite::Result<Option<Uuid>> {
    let customer = match &record.event {
        Event::CreditNote(event) => credit_notes::on_credit_note(db, record, event)?,
        Event::Customer(event) => customers::on_customer(db, record, event)?,
        Event::Estimate(event) => {
            let customer = estimates::on_estimate(db, record, event)?;
            thread::on_estimate(db, record, event, customer)?;
            customer
        }
        Event::Invoice(event) => invoices::on_invoice(db, record, event)?,
        Event::Organisation(event) => organisation::on_organisation(db, record, event)?,
        Event::Payment(event) => payments::on_payment(db, record, event)?,
        Event::Plan(event) => plans::on_plan(db, record, event)?,
        Event::Subscription(event) => subscriptions::on_subscription(db, record, event)?,
    };
    if let Some(customer) = customer {
        db.remember(record.id, customer);
    }
    ledger::on_event(db, record)?;
    activity::on_event(db, record, customer)?;
    Ok(customer)
}
