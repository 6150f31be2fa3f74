//! The ledger: one row for every event that moves what a customer owes, or what is due on an invoice.
//!
//! Its amounts are the very changes that [`crate::balances`] was given while the event was applied, so the sum of a
//! customer's `balance_change` is its outstanding less its credit, and the sum of an invoice's `due_change` is what is
//! due on it, at any time. Statements, ageing and the answer to "why is my balance" are sums of these rows.

use domain::credit_note::CreditNoteEvent;
use domain::event::Event;
use domain::invoice::InvoiceEvent;
use domain::money::{Currency, Money};
use domain::payment::PaymentEvent;
use rusqlite::{Connection, ToSql};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::Viewer;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::scope;
use crate::sql::{self, Columns, Writer, date_text, dated_text};

/// What moved a balance, or an amount due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// An invoice was issued.
    InvoiceIssued,
    /// An invoice never was due.
    InvoiceVoided,
    /// What was due was given up.
    InvoiceWrittenOff,
    /// What was given up is due again.
    WriteOffReversed,
    /// Money came in.
    PaymentReceived,
    /// Money was given back, or is on its way back.
    PaymentRefunded,
    /// It did not go back, or came back.
    RefundReturned,
    /// Money that had come in settles an invoice: due falls, the balance stays.
    PaymentApplied,
    /// It settles the invoice no longer: due rises, the balance stays.
    PaymentUnapplied,
    /// A credit note was issued.
    CreditNoteIssued,
    /// A credit note never was owed.
    CreditNoteVoided,
    /// Money was given back for a credit note.
    CreditNoteRefunded,
    /// A credit note settles an invoice: due falls, the balance stays.
    CreditApplied,
    /// It settles the invoice no longer: due rises, the balance stays.
    CreditUnapplied,
}

impl LedgerKind {
    const ALL: [Self; 14] = [
        Self::InvoiceIssued,
        Self::InvoiceVoided,
        Self::InvoiceWrittenOff,
        Self::WriteOffReversed,
        Self::PaymentReceived,
        Self::PaymentRefunded,
        Self::RefundReturned,
        Self::PaymentApplied,
        Self::PaymentUnapplied,
        Self::CreditNoteIssued,
        Self::CreditNoteVoided,
        Self::CreditNoteRefunded,
        Self::CreditApplied,
        Self::CreditUnapplied,
    ];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvoiceIssued => "invoice_issued",
            Self::InvoiceVoided => "invoice_voided",
            Self::InvoiceWrittenOff => "invoice_written_off",
            Self::WriteOffReversed => "write_off_reversed",
            Self::PaymentReceived => "payment_received",
            Self::PaymentRefunded => "payment_refunded",
            Self::RefundReturned => "refund_returned",
            Self::PaymentApplied => "payment_applied",
            Self::PaymentUnapplied => "payment_unapplied",
            Self::CreditNoteIssued => "credit_note_issued",
            Self::CreditNoteVoided => "credit_note_voided",
            Self::CreditNoteRefunded => "credit_note_refunded",
            Self::CreditApplied => "credit_applied",
            Self::CreditUnapplied => "credit_unapplied",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One movement of a customer's account in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The event's place in the log.
    pub position: i64,
    /// Business date: when it happened.
    pub happened_on: Date,
    /// When it was recorded, UTC.
    pub recorded_at: OffsetDateTime,
    /// What it was.
    pub kind: LedgerKind,
    /// The document that moved it: invoice, payment or credit note.
    pub document_id: Uuid,
    /// That document's number.
    pub number: Option<String>,
    /// The invoice whose amount due changed.
    pub invoice_id: Option<Uuid>,
    /// That invoice's number.
    pub invoice_number: Option<String>,
    /// By how much the customer owes more; less than nothing where it owes less.
    pub change: Money,
    /// By how much more is due on the invoice.
    pub due_change: Money,
    /// What the customer owes after it, net of credit: the sum of all changes so far.
    pub balance: Money,
    /// Who did it, by the name of that time.
    pub actor_name: String,
    /// `customer_contact`, `staff`, `accountant`, `owner` or `system`.
    pub actor_role: String,
    /// The reason that was given, where the viewer may know it.
    pub detail: Option<String>,
}

/// Which movements are wanted, of one customer in one currency.
#[derive(Clone, Copy, Debug)]
pub struct LedgerFilter {
    /// Whose.
    pub customer_id: Uuid,
    /// In which currency.
    pub currency: Currency,
    /// That happened on or after.
    pub from: Option<Date>,
    /// That happened on or before.
    pub to: Option<Date>,
    /// Whether applications are wanted that leave the balance as it is.
    pub applications: bool,
}

/// A customer's account in one currency over some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// What the customer owed before the first day, net of credit.
    pub opening: Money,
    /// What was added to it within the days.
    pub charged: Money,
    /// What was taken from it within the days, as an amount less than nothing.
    pub credited: Money,
    /// What the customer owed after the last day: opening, charged and credited together.
    pub closing: Money,
}

/// The customer's account over the days from `from` to `to`, both included, in every currency it ever had.
/// Empty where the viewer may not see the customer.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_accounts(
    db: &Connection,
    viewer: &Viewer,
    customer: Uuid,
    from: Option<Date>,
    to: Option<Date>,
) -> rusqlite::Result<Vec<AccountRow>> {
    let text = format!(
        "SELECT currency,
                SUM(balance_change) FILTER (WHERE dated < ?3),
                SUM(balance_change) FILTER (WHERE dated >= ?3 AND balance_change > 0),
                SUM(balance_change) FILTER (WHERE dated >= ?3 AND balance_change < 0)
         FROM ledger INDEXED BY ledger_by_customer
         WHERE customer_id = ?1 AND dated < ?4 AND {} GROUP BY currency",
        scope::clause("customer_id", "TRUE", "?2")
    );
    let (from, before) = (from.map_or_else(String::new, date_text), before(to));
    let params: [&dyn ToSql; 4] = [&customer, &scope::parameter(viewer), &from, &before];
    sql::all(db, &text, &params, |row| {
        let mut columns = Columns::of(row);
        let currency = columns.currency()?;
        let mut sum = || columns.get::<Option<i64>>().map(Option::unwrap_or_default);
        let (opening, charged, credited) = (sum()?, sum()?, sum()?);
        let money = |minor| Money::from_minor(minor, currency);
        Ok(AccountRow {
            opening: money(opening),
            charged: money(charged),
            credited: money(credited),
            closing: money(opening + charged + credited),
        })
    })
}

/// What one kind of movement comes to in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnoverRow {
    /// The kind.
    pub kind: LedgerKind,
    /// How many movements.
    pub count: i64,
    /// By how much customers owe more for them.
    pub change: Money,
    /// By how much more is due on invoices for them.
    pub due_change: Money,
}

/// What every kind of movement comes to, of all that the viewer sees, by currency. Looks at every row.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_turnover(db: &Connection, viewer: &Viewer) -> rusqlite::Result<Vec<TurnoverRow>> {
    let text = format!(
        "SELECT currency, kind, count(*), SUM(balance_change), SUM(due_change) FROM ledger
         WHERE {} GROUP BY currency, kind ORDER BY currency, kind",
        scope::clause("customer_id", "TRUE", "?1")
    );
    sql::all(db, &text, &[&scope::parameter(viewer)], |row| {
        let mut columns = Columns::of(row);
        let currency = columns.currency()?;
        Ok(TurnoverRow {
            kind: columns.name(LedgerKind::from_name)?,
            count: columns.get()?,
            change: columns.money(currency)?,
            due_change: columns.money(currency)?,
        })
    })
}

/// Movements of one account in the order of business dates, those of one day as they were recorded; each with the
/// balance after it.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_ledger(
    db: &Connection,
    viewer: &Viewer,
    filter: &LedgerFilter,
    page: &Page,
) -> rusqlite::Result<Slice<LedgerRow>> {
    let mut query = Query::new(SELECT);
    query.and(
        "l.customer_id = ? AND l.currency = ?",
        vec![
            Box::new(filter.customer_id),
            Box::new(filter.currency.code()),
        ],
    );
    scope::confine(&mut query, viewer, "l.customer_id", "TRUE");
    if let Some(from) = filter.from {
        query.and("l.dated >= ?", vec![Box::new(date_text(from))]);
    }
    if filter.to.is_some() {
        query.and("l.dated < ?", vec![Box::new(before(filter.to))]);
    }
    if !filter.applications {
        query.and(
            "(l.balance_change <> 0 OR l.kind NOT IN ('payment_applied', 'payment_unapplied',
                                                      'credit_applied', 'credit_unapplied'))",
            vec![],
        );
    }
    let mut balance = balance_before(db, viewer, filter, page)?;
    let mut slice = query.page(db, page, Order::by_unique_text("l.dated", false), |found| {
        let dated: String = found.get(0)?;
        let row = read(found, viewer, filter.currency)?;
        Ok((Cursor::new(Key::Text(dated), row.document_id), row))
    })?;
    for (_, row) in &mut slice.rows {
        balance += row.change.minor();
        row.balance = Money::from_minor(balance, filter.currency);
    }
    Ok(slice)
}

const SELECT: &str = "SELECT l.dated, l.position, a.recorded_at, l.kind, l.document_id,
    coalesce((SELECT number FROM invoices WHERE id = l.document_id),
             (SELECT number FROM payments WHERE id = l.document_id),
             (SELECT number FROM credit_notes WHERE id = l.document_id)),
    l.invoice_id, (SELECT number FROM invoices WHERE id = l.invoice_id), l.balance_change, l.due_change,
    a.actor_name, a.actor_role, a.detail, a.for_customer
    FROM ledger l INDEXED BY ledger_by_customer CROSS JOIN activity a ON a.position = l.position WHERE TRUE";

/// The balance that the page's first row is added to, in minor units.
fn balance_before(
    db: &Connection,
    viewer: &Viewer,
    filter: &LedgerFilter,
    page: &Page,
) -> rusqlite::Result<i64> {
    let (compare, bound) = match page.after.as_ref().and_then(Cursor::text) {
        Some(seen) => ("<=", seen.to_owned()),
        None => ("<", filter.from.map_or_else(String::new, date_text)),
    };
    let text = format!(
        "SELECT coalesce(SUM(balance_change), 0) FROM ledger INDEXED BY ledger_by_customer
         WHERE customer_id = ?1 AND currency = ?2 AND dated {compare} ?3 AND {}",
        scope::clause("customer_id", "TRUE", "?4")
    );
    let viewer = scope::parameter(viewer);
    let params: [&dyn ToSql; 4] = [
        &filter.customer_id,
        &filter.currency.code(),
        &bound,
        &viewer,
    ];
    let sum = sql::one(db, &text, &params, |row| row.get(0))?;
    Ok(sum.unwrap_or(0))
}

fn read(
    row: &rusqlite::Row<'_>,
    viewer: &Viewer,
    currency: Currency,
) -> rusqlite::Result<LedgerRow> {
    let mut columns = Columns::of(row);
    let mut entry = LedgerRow {
        happened_on: columns.dated()?,
        position: columns.get()?,
        recorded_at: columns.time()?,
        kind: columns.name(LedgerKind::from_name)?,
        document_id: columns.get()?,
        number: columns.get()?,
        invoice_id: columns.get()?,
        invoice_number: columns.get()?,
        change: columns.money(currency)?,
        due_change: columns.money(currency)?,
        balance: Money::zero(currency),
        actor_name: columns.get()?,
        actor_role: columns.get()?,
        detail: columns.get()?,
    };
    let for_customer: bool = columns.get()?;
    if viewer.only_customer().is_some() && !for_customer {
        entry.detail = None; // Such as why a write-off was made: words among the merchant's people.
    }
    Ok(entry)
}

/// What every `dated` of that day and of earlier ones comes before: '0' comes right after '/'.
pub(crate) fn before(last: Option<Date>) -> String {
    last.map_or_else(|| "~".to_owned(), |last| date_text(last) + "0")
}

/// What of a balance an event has changed, in minor units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moved {
    pub(crate) customer: Uuid,
    pub(crate) currency: Currency,
    pub(crate) outstanding: i64,
    pub(crate) credit: i64,
}

/// What the ledger says of an event: its kind, when it happened, and the document where it is not the event's own.
type Entry = (LedgerKind, Date, Option<Uuid>);

/// Writes what the event has moved; called after the handlers that moved it.
pub(crate) fn on_event(db: &Writer<'_>, record: &Record) -> rusqlite::Result<()> {
    let moved = db.take_moved();
    if moved.is_empty() {
        return Ok(());
    }
    // No other aggregate moves a balance; one that did would have no entry, and stop the projector.
    let entry = if let Event::Invoice(event) = &record.event {
        of_invoice(event)
    } else if let Event::Payment(event) = &record.event {
        of_payment(event)
    } else if let Event::CreditNote(event) = &record.event {
        of_credit_note(event)
    } else {
        None
    };
    let Some((kind, on, document)) = entry else {
        if moved
            .iter()
            .all(|part| (part.outstanding, part.credit) == (0, 0))
        {
            return Ok(());
        }
        let reason = format!("{} moves a balance, but no entry", record.event_type);
        return Err(rusqlite::Error::ToSqlConversionFailure(reason.into()));
    };
    let dated = dated_text(on, record.position);
    for part in moved {
        let invoice = (part.outstanding != 0).then_some(record.id);
        let columns: [&dyn ToSql; 9] = [
            &record.position,
            &part.customer,
            &part.currency.code(),
            &dated,
            &kind.name(),
            &document.unwrap_or(record.id),
            &(part.outstanding - part.credit),
            &invoice,
            &part.outstanding,
        ];
        db.run(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &columns,
        )?;
    }
    Ok(())
}

fn of_invoice(event: &InvoiceEvent) -> Option<Entry> {
    match event {
        InvoiceEvent::Issued { issue_date, .. } => {
            Some((LedgerKind::InvoiceIssued, *issue_date, None))
        }
        InvoiceEvent::Voided { on, .. } => Some((LedgerKind::InvoiceVoided, *on, None)),
        InvoiceEvent::WrittenOff { on, .. } => Some((LedgerKind::InvoiceWrittenOff, *on, None)),
        InvoiceEvent::WriteOffReversed { on, .. } => {
            Some((LedgerKind::WriteOffReversed, *on, None))
        }
        InvoiceEvent::PaymentApplied { payment_id, on, .. } => {
            Some((LedgerKind::PaymentApplied, *on, Some(payment_id.0)))
        }
        InvoiceEvent::PaymentUnapplied { payment_id, on, .. } => {
            Some((LedgerKind::PaymentUnapplied, *on, Some(payment_id.0)))
        }
        InvoiceEvent::CreditApplied {
            credit_note_id, on, ..
        } => Some((LedgerKind::CreditApplied, *on, Some(credit_note_id.0))),
        InvoiceEvent::CreditUnapplied {
            credit_note_id, on, ..
        } => Some((LedgerKind::CreditUnapplied, *on, Some(credit_note_id.0))),
        InvoiceEvent::Drafted { .. }
        | InvoiceEvent::DraftRevised { .. }
        | InvoiceEvent::DraftDiscarded { .. }
        | InvoiceEvent::Viewed { .. }
        | InvoiceEvent::Forwarded { .. }
        | InvoiceEvent::Reminded { .. }
        | InvoiceEvent::PaymentReserved { .. }
        | InvoiceEvent::PaymentReleased { .. }
        | InvoiceEvent::PaymentRefused { .. }
        | InvoiceEvent::CreditRefused { .. }
        | InvoiceEvent::Disputed { .. }
        | InvoiceEvent::DisputeSettled { .. }
        // The fee is billed by an invoice of its own; of a deposit only the time of its taking off is told.
        | InvoiceEvent::LateFeeCharged { .. }
        | InvoiceEvent::LateFeesWaived { .. }
        // What a correction is worth, its credit note's own events say.
        | InvoiceEvent::CorrectionReserved { .. }
        | InvoiceEvent::CorrectionReleased { .. }
        | InvoiceEvent::Corrected { .. }
        | InvoiceEvent::RemindersResumed { .. }
        | InvoiceEvent::DepositDeducted { .. }
        | InvoiceEvent::DepositForgone { .. }
        | InvoiceEvent::Paid { .. } => None,
    }
}

fn of_payment(event: &PaymentEvent) -> Option<Entry> {
    match event {
        PaymentEvent::Recorded { received_on, .. } => {
            Some((LedgerKind::PaymentReceived, *received_on, None))
        }
        PaymentEvent::Succeeded { on, .. } | PaymentEvent::ArrivedLate { on, .. } => {
            Some((LedgerKind::PaymentReceived, *on, None))
        }
        PaymentEvent::Refunded { on, .. } | PaymentEvent::RefundInitiated { on, .. } => {
            Some((LedgerKind::PaymentRefunded, *on, None))
        }
        PaymentEvent::RefundFailed { on, .. } => Some((LedgerKind::RefundReturned, *on, None)),
        PaymentEvent::Initiated { .. }
        | PaymentEvent::Submitted { .. }
        | PaymentEvent::Pending { .. }
        | PaymentEvent::Failed { .. }
        | PaymentEvent::Cancelled { .. }
        | PaymentEvent::Allocated { .. }
        | PaymentEvent::Deallocated { .. }
        | PaymentEvent::RefundSucceeded { .. } => None,
    }
}

fn of_credit_note(event: &CreditNoteEvent) -> Option<Entry> {
    match event {
        CreditNoteEvent::Issued { issue_date, .. } => {
            Some((LedgerKind::CreditNoteIssued, *issue_date, None))
        }
        CreditNoteEvent::Voided { on, .. } => Some((LedgerKind::CreditNoteVoided, *on, None)),
        CreditNoteEvent::Refunded { on, .. } => Some((LedgerKind::CreditNoteRefunded, *on, None)),
        CreditNoteEvent::Drafted { .. }
        | CreditNoteEvent::DraftRevised { .. }
        | CreditNoteEvent::DraftDiscarded { .. }
        | CreditNoteEvent::Allocated { .. }
        | CreditNoteEvent::Deallocated { .. } => None,
    }
}
