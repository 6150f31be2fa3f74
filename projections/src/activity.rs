//! Everything that happened, one row for every event: the feed of the portal and the history of each document.

use domain::credit_note::CreditNoteEvent;
use domain::customer::CustomerEvent;
use domain::estimate::EstimateEvent;
use domain::event::Event;
use domain::invoice::InvoiceEvent;
use domain::money::Money;
use domain::organisation::OrganisationEvent;
use domain::payment::PaymentEvent;
use domain::plan::PlanEvent;
use domain::subscription::{Bill, SubscriptionEvent};
use rusqlite::Connection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::Viewer;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::scope;
use crate::sql::{self, Columns, Writer, date_text};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// Its place in the log.
    pub position: i64,
    /// The customer it concerns.
    pub customer_id: Option<Uuid>,
    /// `credit_note`, `customer`, `estimate`, `invoice`, `payment`, `plan`, `subscription` or `organisation`.
    pub subject_type: String,
    /// What it happened to.
    pub subject_id: Uuid,
    /// The document's number, once it has one.
    pub number: Option<String>,
    /// The subject's version after it.
    pub version: i64,
    /// The event's stored name.
    pub event_type: String,
    /// The account that did it.
    pub actor_id: String,
    /// Its name at that time.
    pub actor_name: String,
    /// `customer_contact`, `staff`, `accountant`, `owner` or `system`.
    pub actor_role: String,
    /// Business date: when it happened.
    pub happened_on: Date,
    /// When it was recorded, UTC.
    pub recorded_at: OffsetDateTime,
    /// The amount it is about.
    pub amount: Option<Money>,
    /// What was said: a reason, a name.
    pub detail: Option<String>,
}

const SELECT: &str = "SELECT a.position, a.customer_id, a.subject_type, a.subject_id,
    CASE a.subject_type WHEN 'invoice' THEN (SELECT number FROM invoices WHERE id = a.subject_id)
                        WHEN 'estimate' THEN (SELECT number FROM estimates WHERE id = a.subject_id)
                        WHEN 'payment' THEN (SELECT number FROM payments WHERE id = a.subject_id)
                        WHEN 'credit_note' THEN (SELECT number FROM credit_notes WHERE id = a.subject_id) END,
    a.sequence, a.event_type, a.actor_id, a.actor_name, a.actor_role, a.happened_on, a.recorded_at,
    a.currency, a.amount, a.detail
    FROM activity a WHERE TRUE";

/// What happened, to one customer or to all, the newest first. A customer sees of its own what it may know.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_activity(
    db: &Connection,
    viewer: &Viewer,
    customer: Option<Uuid>,
    page: &Page,
) -> rusqlite::Result<Slice<ActivityRow>> {
    let mut query = Query::new(SELECT);
    scope::confine(&mut query, viewer, "a.customer_id", "a.for_customer");
    if let Some(customer) = customer {
        query.and("a.customer_id = ?", vec![Box::new(customer)]);
    }
    query.page(
        db,
        page,
        Order::by_unique_number("a.position", true),
        |row| {
            let row = read(row)?;
            Ok((Cursor::new(Key::Number(row.position), Uuid::nil()), row))
        },
    )
}

/// The history of one document, the oldest first; empty where the viewer may not see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_history(
    db: &Connection,
    viewer: &Viewer,
    subject: Uuid,
) -> rusqlite::Result<Vec<ActivityRow>> {
    let text = format!(
        "{SELECT} AND a.subject_id = ?1 AND {} ORDER BY a.position",
        scope::clause("a.customer_id", "a.for_customer", "?2")
    );
    sql::all(db, &text, &[&subject, &scope::parameter(viewer)], read)
}

/// What happened at these positions of the log, where the viewer may know of it.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_activity_at(
    db: &Connection,
    viewer: &Viewer,
    positions: &[i64],
) -> rusqlite::Result<Vec<ActivityRow>> {
    let text = format!(
        "{SELECT} AND a.position = ?1 AND {}",
        scope::clause("a.customer_id", "a.for_customer", "?2")
    );
    let mut found = vec![];
    for position in positions {
        found.extend(sql::one(
            db,
            &text,
            &[position, &scope::parameter(viewer)],
            read,
        )?);
    }
    Ok(found)
}

/// The version of an aggregate of any type that the read models show, 0 where they show nothing of it yet.
/// For whoever waits for the projector: it says nothing but a number, so it asks for no viewer.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_version(db: &Connection, subject: Uuid) -> rusqlite::Result<i64> {
    let version = sql::one(
        db,
        "SELECT sequence FROM activity WHERE subject_id = ? ORDER BY position DESC LIMIT 1",
        &[&subject],
        |row| row.get(0),
    )?;
    Ok(version.unwrap_or(0))
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<ActivityRow> {
    let mut columns = Columns::of(row);
    let mut entry = ActivityRow {
        position: columns.get()?,
        customer_id: columns.get()?,
        subject_type: columns.get()?,
        subject_id: columns.get()?,
        number: columns.get()?,
        version: columns.get()?,
        event_type: columns.get()?,
        actor_id: columns.get()?,
        actor_name: columns.get()?,
        actor_role: columns.get()?,
        happened_on: columns.date()?,
        recorded_at: columns.time()?,
        amount: None,
        detail: None,
    };
    let currency: Option<String> = columns.get()?;
    let minor: Option<i64> = columns.get()?;
    entry.amount = currency
        .and_then(|code| domain::money::Currency::from_code(&code))
        .zip(minor)
        .map(|(currency, minor)| Money::from_minor(minor, currency));
    entry.detail = columns.get()?;
    Ok(entry)
}

/// What a row of activity says of an event.
struct Entry<'e> {
    on: Date,
    /// Whether the customer may know.
    for_customer: bool,
    amount: Option<Money>,
    detail: Option<&'e str>,
}

impl<'e> Entry<'e> {
    fn shown(on: Date) -> Self {
        Self {
            on,
            for_customer: true,
            amount: None,
            detail: None,
        }
    }

    fn internal(on: Date) -> Self {
        Self {
            for_customer: false,
            ..Self::shown(on)
        }
    }

    fn amount(self, amount: Money) -> Self {
        Self {
            amount: Some(amount),
            ..self
        }
    }

    fn detail(self, detail: &'e str) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }
}

pub(crate) fn on_event(
    db: &Writer<'_>,
    record: &Record,
    customer: Option<Uuid>,
) -> rusqlite::Result<()> {
    let entry = match &record.event {
        Event::CreditNote(event) => of_credit_note(event),
        Event::Customer(event) => of_customer(event),
        Event::Estimate(event) => of_estimate(event),
        Event::Invoice(event) => of_invoice(event),
        Event::Organisation(event) => of_organisation(event),
        Event::Payment(event) => of_payment(event),
        Event::Plan(event) => of_plan(event),
        Event::Subscription(event) => of_subscription(event),
    };
    let actor = &record.actor;
    let columns: [&dyn rusqlite::ToSql; 15] = [
        &record.position,
        &customer,
        &record.aggregate_type,
        &record.id,
        &record.version,
        &record.event_type,
        &actor.id,
        &actor.name,
        &actor.role,
        &date_text(entry.on),
        &record.recorded_at,
        &entry.amount.map(|amount| amount.currency.code()),
        &entry.amount.map(Money::minor),
        &entry.detail,
        &entry.for_customer,
    ];
    db.run(
        "INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &columns,
    )?;
    Ok(())
}

fn of_credit_note(event: &CreditNoteEvent) -> Entry<'_> {
    match event {
        CreditNoteEvent::Drafted { document, on, .. } => {
            Entry::internal(*on).amount(document.total())
        }
        CreditNoteEvent::DraftRevised { document, on } => {
            Entry::internal(*on).amount(document.total())
        }
        CreditNoteEvent::DraftDiscarded { on } => Entry::internal(*on),
        CreditNoteEvent::Issued {
            number,
            issue_date,
            total,
            ..
        } => Entry::shown(*issue_date).amount(*total).detail(number),
        CreditNoteEvent::Allocated { amount, on, .. } => Entry::internal(*on).amount(*amount),
        CreditNoteEvent::Deallocated {
            amount, reason, on, ..
        } => Entry::internal(*on).amount(*amount).detail(reason),
        CreditNoteEvent::Refunded {
            amount, reason, on, ..
        } => Entry::shown(*on).amount(*amount).detail(reason),
        CreditNoteEvent::Voided { reason, on } => Entry::shown(*on).detail(reason),
    }
}

fn of_customer(event: &CustomerEvent) -> Entry<'_> {
    match event {
        CustomerEvent::Registered { details, on, .. } => Entry::shown(*on).detail(&details.name),
        CustomerEvent::DetailsUpdated { details, on } => Entry::shown(*on).detail(&details.name),
        CustomerEvent::AddressesUpdated { on, .. } => Entry::shown(*on),
        CustomerEvent::PaymentTermsUpdated { on, .. } => Entry::shown(*on),
        CustomerEvent::ContactAdded { details, on, .. } => Entry::shown(*on).detail(&details.name),
        CustomerEvent::ContactUpdated { details, on, .. } => {
            Entry::shown(*on).detail(&details.name)
        }
        CustomerEvent::ContactRemoved { on, .. } => Entry::shown(*on),
        CustomerEvent::PortalInvited { on, .. } => Entry::shown(*on),
        CustomerEvent::PortalJoined { on, .. } => Entry::shown(*on),
        CustomerEvent::PortalRevoked { reason, on, .. } => Entry::internal(*on).detail(reason),
        CustomerEvent::PaymentMethodAttached { method, on, .. } => {
            Entry::shown(*on).detail(&method.label)
        }
        CustomerEvent::PaymentMethodUpdated { method, on } => {
            Entry::shown(*on).detail(&method.label)
        }
        CustomerEvent::MerchantMailed { subject, on, .. } => Entry::shown(*on).detail(subject),
        CustomerEvent::MerchantReviewed { on, .. } => Entry::shown(*on),
    }
}

fn of_estimate(event: &EstimateEvent) -> Entry<'_> {
    match event {
        EstimateEvent::Drafted { document, on, .. } => {
            Entry::internal(*on).amount(document.total())
        }
        EstimateEvent::DraftRevised { document, on, .. } => {
            Entry::internal(*on).amount(document.total())
        }
        EstimateEvent::DraftDiscarded { on } => Entry::internal(*on),
        EstimateEvent::Offered { number, on, .. } => Entry::shown(*on).detail(number),
        EstimateEvent::Viewed { on, .. } => Entry::shown(*on),
        EstimateEvent::Accepted { name, on, .. } => Entry::shown(*on).detail(name),
        EstimateEvent::Declined { reason, on, .. } => Entry::shown(*on).detail(reason),
        EstimateEvent::Reworked { document, on, .. } => {
            Entry::internal(*on).amount(document.total())
        }
        EstimateEvent::Reoffered { number, on, .. } => Entry::shown(*on).detail(number),
        EstimateEvent::Withdrawn { reason, on, .. } => Entry::shown(*on).detail(reason),
        EstimateEvent::AcceptanceUndone { reason, on, .. } => Entry::shown(*on).detail(reason),
        EstimateEvent::Invoiced { on, .. } => Entry::shown(*on),
        EstimateEvent::DepositBilled { amount, on, .. } => Entry::shown(*on).amount(*amount),
        EstimateEvent::DepositReleased { on, .. } => Entry::shown(*on),
        EstimateEvent::Forwarded { on, .. } => Entry::shown(*on),
        EstimateEvent::Commented { text, on, .. } => Entry::shown(*on).detail(text),
    }
}

fn of_invoice(event: &InvoiceEvent) -> Entry<'_> {
    match event {
        InvoiceEvent::Drafted { document, on, .. } => Entry::internal(*on).amount(document.total()),
        InvoiceEvent::DraftRevised { document, on } => {
            Entry::internal(*on).amount(document.total())
        }
        InvoiceEvent::Issued {
            number,
            issue_date,
            total,
            ..
        } => Entry::shown(*issue_date).amount(*total).detail(number),
        InvoiceEvent::DraftDiscarded { on } => Entry::internal(*on),
        InvoiceEvent::Viewed { on } => Entry::shown(*on),
        InvoiceEvent::Forwarded { on, .. } => Entry::shown(*on),
        InvoiceEvent::Reminded { on, .. } => Entry::shown(*on),
        InvoiceEvent::Voided { reason, on } => Entry::shown(*on).detail(reason),
        InvoiceEvent::WrittenOff { amount, reason, on } => {
            Entry::internal(*on).amount(*amount).detail(reason)
        }
        InvoiceEvent::WriteOffReversed { amount, reason, on } => {
            Entry::internal(*on).amount(*amount).detail(reason)
        }
        InvoiceEvent::PaymentReserved { amount, on, .. } => Entry::internal(*on).amount(*amount),
        InvoiceEvent::PaymentReleased { amount, on, .. } => Entry::internal(*on).amount(*amount),
        InvoiceEvent::PaymentApplied { amount, on, .. } => Entry::shown(*on).amount(*amount),
        InvoiceEvent::PaymentUnapplied {
            amount, reason, on, ..
        } => Entry::shown(*on).amount(*amount).detail(reason),
        InvoiceEvent::PaymentRefused { reason, on, .. } => Entry::internal(*on).detail(reason),
        InvoiceEvent::CreditApplied { amount, on, .. } => Entry::shown(*on).amount(*amount),
        InvoiceEvent::CreditUnapplied {
            amount, reason, on, ..
        } => Entry::shown(*on).amount(*amount).detail(reason),
        InvoiceEvent::CreditRefused { reason, on, .. } => Entry::internal(*on).detail(reason),
        InvoiceEvent::Paid { on } => Entry::shown(*on),
        InvoiceEvent::Disputed {
            reason, amount, on, ..
        } => Entry {
            amount: *amount,
            ..Entry::shown(*on).detail(reason)
        },
        InvoiceEvent::DisputeSettled { words, on, .. } => Entry::shown(*on).detail(words),
        InvoiceEvent::LateFeeCharged { amount, on, .. } => Entry::shown(*on).amount(*amount),
        InvoiceEvent::LateFeesWaived { reason, on } => Entry::internal(*on).detail(reason),
        InvoiceEvent::CorrectionReserved { document, on, .. } => {
            Entry::internal(*on).amount(document.total())
        }
        InvoiceEvent::CorrectionReleased { amount, on, .. } => Entry::internal(*on).amount(*amount),
        InvoiceEvent::Corrected { on, .. } => Entry::internal(*on),
        InvoiceEvent::RemindersResumed { reason, on } => Entry::internal(*on).detail(reason),
        InvoiceEvent::DepositDeducted { on, .. } => Entry::internal(*on),
        InvoiceEvent::DepositForgone { on, .. } => Entry::internal(*on),
    }
}

fn of_organisation(event: &OrganisationEvent) -> Entry<'_> {
    match event {
        OrganisationEvent::Registered { on, .. } => Entry::internal(*on),
        OrganisationEvent::ProfileUpdated { on, .. } => Entry::internal(*on),
        OrganisationEvent::SettingsUpdated { on, .. } => Entry::internal(*on),
        OrganisationEvent::BrandingUpdated { on, .. } => Entry::internal(*on),
    }
}

fn of_payment(event: &PaymentEvent) -> Entry<'_> {
    match event {
        PaymentEvent::Initiated { amount, on, .. } => Entry::shown(*on).amount(*amount),
        PaymentEvent::Recorded {
            amount,
            number,
            received_on,
            ..
        } => Entry::shown(*received_on).amount(*amount).detail(number),
        PaymentEvent::Submitted { on } => Entry::internal(*on),
        PaymentEvent::Pending { on, .. } => Entry::shown(*on),
        PaymentEvent::Succeeded { number, on, .. } => Entry::shown(*on).detail(number),
        PaymentEvent::ArrivedLate { number, on, .. } => Entry::shown(*on).detail(number),
        PaymentEvent::Failed { code, on, .. } => Entry::shown(*on).detail(code),
        PaymentEvent::Cancelled { reason, on, .. } => Entry::shown(*on).detail(reason),
        PaymentEvent::Allocated { amount, on, .. } => Entry::internal(*on).amount(*amount),
        PaymentEvent::Deallocated {
            amount, reason, on, ..
        } => Entry::internal(*on).amount(*amount).detail(reason),
        PaymentEvent::Refunded {
            amount, reason, on, ..
        }
        | PaymentEvent::RefundInitiated {
            amount, reason, on, ..
        } => Entry::shown(*on).amount(*amount).detail(reason),
        PaymentEvent::RefundFailed {
            amount, code, on, ..
        } => Entry::shown(*on).amount(*amount).detail(code),
        PaymentEvent::RefundSucceeded { amount, on, .. } => Entry::shown(*on).amount(*amount),
    }
}

fn of_plan(event: &PlanEvent) -> Entry<'_> {
    match event {
        PlanEvent::Created { details, on } | PlanEvent::Updated { details, on } => {
            Entry::internal(*on)
                .amount(details.price)
                .detail(&details.name)
        }
        PlanEvent::Archived { on } => Entry::internal(*on),
    }
}

fn of_subscription(event: &SubscriptionEvent) -> Entry<'_> {
    let billed = |entry: Entry<'static>, bill: &Option<Bill>| match bill {
        Some(bill) => entry.amount(bill.document().total()),
        None => entry,
    };
    match event {
        SubscriptionEvent::Started { terms, on, .. } => Entry::shown(*on).detail(&terms.plan.name),
        SubscriptionEvent::Renewed { document, on, .. } => {
            Entry::shown(*on).amount(document.total())
        }
        SubscriptionEvent::Changed {
            terms, bill, on, ..
        } => billed(Entry::shown(*on), bill).detail(&terms.plan.name),
        SubscriptionEvent::ChangeScheduled { terms, on } => {
            Entry::shown(*on).detail(&terms.plan.name)
        }
        SubscriptionEvent::ScheduledChangeCancelled { on }
        | SubscriptionEvent::Paused { on }
        | SubscriptionEvent::Resumed { on, .. }
        | SubscriptionEvent::Reactivated { on }
        | SubscriptionEvent::Expired { on }
        | SubscriptionEvent::MarkedUnpaid { on }
        | SubscriptionEvent::ArrearsCleared { on, .. } => Entry::shown(*on),
        SubscriptionEvent::CancellationScheduled { reason, on, .. } => {
            with_reason(Entry::shown(*on), reason)
        }
        SubscriptionEvent::Cancelled { reason, bill, on } => {
            with_reason(billed(Entry::shown(*on), bill), reason)
        }
        SubscriptionEvent::CollectionFailed { code, on, .. } => Entry::shown(*on).detail(code),
    }
}

fn with_reason<'e>(entry: Entry<'e>, reason: &'e Option<String>) -> Entry<'e> {
    match reason {
        Some(reason) => entry.detail(reason),
        None => entry,
    }
}
