//! Payments: how far they came, and what of them is applied or given back.

use domain::money::Money;
use domain::payment::{Allocation, OfflineMethod, PaymentEvent};
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::refunds::Begun;
use crate::sql::{self, Columns, Writer, dated_text, missing};
use crate::{Viewer, balances, refunds, scope};

/// A payment as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// The payment's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// Who paid.
    pub customer_id: Uuid,
    /// Assigned when the money is ours.
    pub number: Option<String>,
    /// How far it came.
    pub state: PaymentState,
    /// How much, all in all.
    pub amount: Money,
    /// What of it settles invoices.
    pub applied: Money,
    /// What of it was given back, or is about to be.
    pub refunded: Money,
    /// The provider's name, or `bank_transfer`, `cash`, `cheque`, `other`.
    pub method: String,
    /// What stood with a payment that staff recorded.
    pub reference: Option<String>,
    /// The provider's reference.
    pub provider_reference: Option<String>,
    /// The provider's code for a refusal.
    pub failure_code: Option<String>,
    /// The refusal in words.
    pub failure_reason: Option<String>,
    /// When the money came in; before that, when the payment was started.
    pub dated: Date,
}

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// The provider is being asked.
    Initiated,
    /// The provider will say later.
    Pending,
    /// The money is ours.
    Succeeded,
    /// The provider refused it.
    Failed,
    /// Given up before the provider was asked.
    Cancelled,
}

impl PaymentState {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Initiated,
            Self::Pending,
            Self::Succeeded,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

impl PaymentRow {
    /// What is the customer's credit: neither applied nor given back.
    pub fn unapplied(&self) -> Money {
        match self.state {
            PaymentState::Succeeded => {
                let minor = self.amount.minor() - self.applied.minor() - self.refunded.minor();
                Money::from_minor(minor, self.amount.currency)
            }
            PaymentState::Initiated
            | PaymentState::Pending
            | PaymentState::Failed
            | PaymentState::Cancelled => Money::zero(self.amount.currency),
        }
    }
}

/// An invoice that a payment through a provider was started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentTargetRow {
    /// The invoice.
    pub invoice_id: Uuid,
    /// What of the payment was meant for it.
    pub amount: Money,
}

/// Which payments are wanted.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// In one of these states; empty for all.
    pub states: Vec<PaymentState>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
}

const COLUMNS: &str = "id, version, customer_id, number, state, currency, amount, applied, refunded, method, \
                       reference, provider_reference, failure_code, failure_reason, dated";

/// The payment, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_payment(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<PaymentRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM payments WHERE id = ?1 AND {}",
        scope::clause("customer_id", "TRUE", "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], read)
}

/// Payments, the newest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_payments(
    db: &Connection,
    viewer: &Viewer,
    filter: &PaymentFilter,
    page: &Page,
) -> rusqlite::Result<Slice<PaymentRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, filter);
    query.page(db, page, Order::by_unique_text("dated", true), |row| {
        let dated = row.get("dated")?;
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(dated), row.id), row))
    })
}

/// How many payments [`list_payments`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_payments(
    db: &Connection,
    viewer: &Viewer,
    filter: &PaymentFilter,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, filter).count(db)
}

/// The invoices that a payment was started for; none for what came in by another way.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_targets_of(
    db: &Connection,
    viewer: &Viewer,
    payment: Uuid,
) -> rusqlite::Result<Vec<PaymentTargetRow>> {
    let text = format!(
        "SELECT t.invoice_id, t.currency, t.amount FROM payment_targets t JOIN payments p ON p.id = t.payment_id
         WHERE t.payment_id = ?1 AND {} ORDER BY t.invoice_id",
        scope::clause("p.customer_id", "TRUE", "?2")
    );
    sql::all(db, &text, &[&payment, &scope::parameter(viewer)], |row| {
        let mut columns = Columns::of(row);
        let invoice_id = columns.get()?;
        let currency = columns.currency()?;
        Ok(PaymentTargetRow {
            invoice_id,
            amount: columns.money(currency)?,
        })
    })
}

fn filtered(select: &str, viewer: &Viewer, filter: &PaymentFilter) -> Query {
    let index = scope::index(
        viewer,
        filter.customer_id,
        "INDEXED BY payments_by_customer",
    );
    let mut query = Query::new(&format!("{select} FROM payments {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", "TRUE");
    if let Some(customer) = filter.customer_id {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    if !filter.states.is_empty() {
        let names: Vec<String> = filter
            .states
            .iter()
            .map(|s| format!("'{}'", s.name()))
            .collect();
        query.and(&format!("state IN ({})", names.join(", ")), vec![]);
    }
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
    let mut columns = Columns::of(row);
    let (id, version, customer_id, number) = (
        columns.get()?,
        columns.get()?,
        columns.get()?,
        columns.get()?,
    );
    let state = columns.name(PaymentState::from_name)?;
    let currency = columns.currency()?;
    Ok(PaymentRow {
        id,
        version,
        customer_id,
        number,
        state,
        amount: columns.money(currency)?,
        applied: columns.money(currency)?,
        refunded: columns.money(currency)?,
        method: columns.get()?,
        reference: columns.get()?,
        provider_reference: columns.get()?,
        failure_code: columns.get()?,
        failure_reason: columns.get()?,
        dated: columns.dated()?,
    })
}

/// Adds to what of a payment settles invoices, and takes it from the payer's credit; the invoice's event says so.
pub(crate) fn add_applied(db: &Writer<'_>, payment: Uuid, amount: Money) -> rusqlite::Result<()> {
    db.run(
        "UPDATE payments SET applied = applied + ? WHERE id = ?",
        &[&amount.minor(), &payment],
    )?;
    let payer: Option<(Uuid, bool)> = db.one(
        "SELECT customer_id, state = 'succeeded' FROM payments WHERE id = ?",
        &[&payment],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match payer {
        Some((customer, true)) => balances::add(db, customer, amount.currency, 0, -amount.minor()),
        // The money is not ours yet: there is no credit to take it from.
        Some((_, false)) | None => Ok(()),
    }
}

pub(crate) fn on_payment(
    db: &Writer<'_>,
    record: &Record,
    event: &PaymentEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let customer = match event {
        PaymentEvent::Initiated {
            customer_id,
            amount,
            provider,
            on,
            allocations,
        } => {
            for target in allocations {
                add_target(db, record.id, target)?;
            }
            let start = Start {
                state: PaymentState::Initiated,
                amount: *amount,
                method: provider,
                on: *on,
            };
            insert(db, record, customer_id.0, &start, None, None)?
        }
        PaymentEvent::Recorded {
            number,
            customer_id,
            amount,
            method,
            reference,
            received_on,
            ..
        } => {
            let method = offline_name(*method);
            let start = Start {
                state: PaymentState::Succeeded,
                amount: *amount,
                method,
                on: *received_on,
            };
            balances::add(db, customer_id.0, amount.currency, 0, amount.minor())?;
            insert(
                db,
                record,
                customer_id.0,
                &start,
                Some(number),
                reference.as_deref(),
            )?
        }
        PaymentEvent::Pending {
            provider_reference,
            on: _,
        } => update(db, record, PENDING, &[provider_reference])?,
        PaymentEvent::Succeeded {
            number,
            provider_reference,
            on,
        } => succeed(db, record, [number, provider_reference], *on)?,
        PaymentEvent::ArrivedLate {
            number,
            provider_reference,
            on,
        } => succeed(db, record, [number, provider_reference], *on)?,
        PaymentEvent::Failed {
            code,
            reason,
            on: _,
        } => update(db, record, FAILED, &[code, reason])?,
        PaymentEvent::Cancelled { reason, .. } => update(db, record, CANCELLED, &[reason])?,
        // Initiated still, to whoever looks: whether the provider takes it on is known when it answers.
        PaymentEvent::Submitted { .. } => update(db, record, ONLY_VERSION, &[])?,
        // What is applied follows the invoices' events; these are the payment's own guard.
        PaymentEvent::Allocated { .. } | PaymentEvent::Deallocated { .. } => {
            update(db, record, ONLY_VERSION, &[])?
        }
        event @ (PaymentEvent::Refunded { .. }
        | PaymentEvent::RefundInitiated { .. }
        | PaymentEvent::RefundSucceeded { .. }
        | PaymentEvent::RefundFailed { .. }) => on_refund(db, record, event)?,
    };
    Ok(Some(customer))
}

/// What a refund takes from the payer's credit it takes when it begins, and gives back if it fails.
fn on_refund(db: &Writer<'_>, record: &Record, event: &PaymentEvent) -> rusqlite::Result<Uuid> {
    let (refund, gone, begun) = match event {
        PaymentEvent::Refunded {
            refund_id,
            amount,
            reason,
            on,
        } => (refund_id, *amount, Some((reason, false, *on))),
        PaymentEvent::RefundInitiated {
            refund_id,
            amount,
            reason,
            on,
        } => (refund_id, *amount, Some((reason, true, *on))),
        PaymentEvent::RefundSucceeded {
            refund_id,
            amount,
            provider_reference,
            ..
        } => {
            refunds::succeed(db, record, refund_id.0, provider_reference)?;
            (refund_id, Money::zero(amount.currency), None)
        }
        PaymentEvent::RefundFailed {
            refund_id,
            amount,
            code,
            reason,
            ..
        } => {
            refunds::fail(db, record, refund_id.0, [code, reason])?;
            let back = Money::from_minor(-amount.minor(), amount.currency);
            (refund_id, back, None)
        }
        PaymentEvent::Initiated { .. }
        | PaymentEvent::Recorded { .. }
        | PaymentEvent::Submitted { .. }
        | PaymentEvent::Pending { .. }
        | PaymentEvent::Succeeded { .. }
        | PaymentEvent::ArrivedLate { .. }
        | PaymentEvent::Failed { .. }
        | PaymentEvent::Cancelled { .. }
        | PaymentEvent::Allocated { .. }
        | PaymentEvent::Deallocated { .. } => return update(db, record, ONLY_VERSION, &[]),
    };
    let customer = update(db, record, REFUNDED, &[&gone.minor()])?;
    balances::add(db, customer, gone.currency, 0, -gone.minor())?;
    if let Some((reason, by_provider, on)) = begun {
        let begun = Begun {
            customer,
            refund: refund.0,
            amount: gone,
            reason,
            by_provider,
            on,
        };
        refunds::begin(db, record, &begun)?;
    }
    Ok(customer)
}

fn offline_name(method: OfflineMethod) -> &'static str {
    match method {
        OfflineMethod::BankTransfer => "bank_transfer",
        OfflineMethod::Cash => "cash",
        OfflineMethod::Cheque => "cheque",
        OfflineMethod::Other => "other",
    }
}

struct Start<'a> {
    state: PaymentState,
    amount: Money,
    method: &'a str,
    on: Date,
}

fn insert(
    db: &Writer<'_>,
    record: &Record,
    customer: Uuid,
    start: &Start<'_>,
    number: Option<&str>,
    reference: Option<&str>,
) -> rusqlite::Result<Uuid> {
    let columns: [&dyn rusqlite::ToSql; 10] = [
        &record.id,
        &record.version,
        &customer,
        &number,
        &start.state.name(),
        &start.amount.currency.code(),
        &start.amount.minor(),
        &start.method,
        &reference,
        &dated_text(start.on, record.position),
    ];
    db.run(
        "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, NULL, NULL, NULL, ?)",
        &columns,
    )?;
    Ok(customer)
}

fn add_target(db: &Writer<'_>, payment: Uuid, target: &Allocation) -> rusqlite::Result<()> {
    let (invoice, amount) = (target.invoice_id.0, target.amount);
    db.run(
        "INSERT INTO payment_targets VALUES (?, ?, ?, ?)",
        &[&payment, &invoice, &amount.currency.code(), &amount.minor()],
    )
    .map(drop)
}

const PENDING: &str =
    "UPDATE payments SET version = ?2, state = 'pending', provider_reference = ?3 WHERE id = ?1";
const SUCCEEDED: &str =
    "UPDATE payments SET version = ?2, state = 'succeeded', number = ?3, provider_reference = ?4,
                           dated = ?5, failure_code = NULL, failure_reason = NULL
     WHERE id = ?1";
const FAILED: &str =
    "UPDATE payments SET version = ?2, state = 'failed', failure_code = ?3, failure_reason = ?4
     WHERE id = ?1";
const CANCELLED: &str =
    "UPDATE payments SET version = ?2, state = 'cancelled', failure_reason = ?3 WHERE id = ?1";
const REFUNDED: &str = "UPDATE payments SET version = ?2, refunded = refunded + ?3 WHERE id = ?1";
const ONLY_VERSION: &str = "UPDATE payments SET version = ?2 WHERE id = ?1";

/// Runs an UPDATE of the event's payment; answers with the customer. See [`Writer::update`].
fn update(
    db: &Writer<'_>,
    record: &Record,
    text: &'static str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Uuid> {
    let customer = "SELECT customer_id FROM payments WHERE id = ?";
    db.update(record, [text, customer], values)
}

/// The money is ours: what of it is not applied yet becomes the customer's credit.
fn succeed(
    db: &Writer<'_>,
    record: &Record,
    [number, provider_reference]: [&String; 2],
    on: Date,
) -> rusqlite::Result<Uuid> {
    let dated = dated_text(on, record.position);
    let values: [&dyn rusqlite::ToSql; 3] = [number, provider_reference, &dated];
    let customer = update(db, record, SUCCEEDED, &values)?;
    let unapplied = db.one(
        "SELECT currency, amount - applied - refunded FROM payments WHERE id = ?",
        &[&record.id],
        |row| {
            let mut columns = Columns::of(row);
            Ok((columns.currency()?, columns.get()?))
        },
    )?;
    let (currency, unapplied) = missing(unapplied)?;
    balances::add(db, customer, currency, 0, unapplied)?;
    Ok(customer)
}
