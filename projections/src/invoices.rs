//! Invoices, and what they say.

use domain::document::Document;
use domain::invoice::{Arrears, InvoiceEvent, InvoiceSource, Settler};
use domain::money::{Currency, Money};
use domain::party::Party;
use domain::text::folded;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text, dated_text, missing};
use crate::{Viewer, allocations, balances, disputes, scope, texts};

/// An invoice as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRow {
    /// The invoice's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// Who is billed.
    pub customer_id: Uuid,
    /// Assigned when issued.
    pub number: Option<String>,
    /// Where it stands.
    pub state: InvoiceState,
    /// To pay in all.
    pub total: Money,
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// What payments and credit notes have settled.
    pub settled: Money,
    /// What payments under way have reserved.
    pub reserved: Money,
    /// What is still to pay; nothing on a draft, once voided or written off.
    pub due: Money,
    /// Date of issue, before that of the draft.
    pub dated: Date,
    /// The last day to pay; None on a draft.
    pub due_date: Option<Date>,
    /// When the customer first looked at it.
    pub viewed_on: Option<Date>,
    /// When nothing was due any more.
    pub paid_on: Option<Date>,
    /// Why it was voided or written off; a customer is not told why it was written off.
    pub closed_reason: Option<String>,
    /// The estimate it came from, and the revision.
    pub estimate: Option<(Uuid, u32)>,
    /// The subscription that it bills, and the plan.
    pub subscription: Option<(Uuid, Uuid)>,
    /// Whether it bills the deposit of that estimate.
    pub is_deposit: bool,
    /// The invoice that was not paid in time, and the stage, where this is a late fee.
    pub late_fee_of: Option<(Uuid, u16)>,
    /// Whether a dispute is open.
    pub disputed: bool,
    /// The highest stage of reminder that was sent, 0 for none.
    pub reminded: u16,
    /// The highest stage of late fee that was charged, 0 for none.
    pub charged: u16,
    /// Whether staff have waived late fees on it.
    pub late_fees_waived: bool,
    /// Whether reminders and late fees wait for the correction that an upheld dispute asks for.
    pub is_resting: bool,
}

/// Where an invoice stands. Overdue and part-paid follow from amounts and a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceState {
    /// Not issued yet.
    Draft,
    /// Thrown away before it was issued.
    Discarded,
    /// Issued, something is due.
    Open,
    /// Issued, nothing is due any more.
    Paid,
    /// Never was due.
    Voided,
    /// Given up.
    WrittenOff,
}

impl InvoiceState {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discarded => "discarded",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Voided => "voided",
            Self::WrittenOff => "written_off",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Discarded,
            Self::Open,
            Self::Paid,
            Self::Voided,
            Self::WrittenOff,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

impl InvoiceRow {
    /// Whether something is due after its last day on `today`.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.due.is_positive() && self.due_date.is_some_and(|due| today > due)
    }

    /// What decides about reminders and late fees; None unless it is issued and stands.
    pub fn arrears(&self) -> Option<Arrears> {
        let due_date = self.due_date?;
        match self.state {
            InvoiceState::Open | InvoiceState::Paid => {}
            InvoiceState::Draft
            | InvoiceState::Discarded
            | InvoiceState::Voided
            | InvoiceState::WrittenOff => return None,
        }
        let owed = self.due.minor() - self.reserved.minor();
        Some(Arrears {
            issue_date: self.dated,
            due_date,
            owed: Money::from_minor(owed, self.due.currency),
            disputed: self.disputed || self.is_resting,
            bears_fees: !self.late_fees_waived && self.late_fee_of.is_none(),
            reminded: self.reminded,
            charged: self.charged,
        })
    }
}

/// What an invoice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceDocumentRow {
    /// Of which invoice.
    pub invoice_id: Uuid,
    /// Lines, discounts, taxes, totals.
    pub document: Document,
    /// The merchant as it stood when the invoice was issued.
    pub seller: Option<Party>,
    /// The customer as it stood when the invoice was issued.
    pub buyer: Option<Party>,
}

/// Which invoices are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    /// In one of these states; empty for all.
    pub states: Vec<InvoiceState>,
    /// With something settled and something due (true), or nothing settled (false).
    pub partially_paid: Option<bool>,
    /// With something due.
    pub owing: bool,
    /// With something due after its last day on this date (true), or not (false).
    pub overdue: Option<(bool, Date)>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
    /// Of subscriptions to this plan.
    pub plan_id: Option<Uuid>,
    /// Of this subscription.
    pub subscription_id: Option<Uuid>,
    /// Whose number begins so.
    pub number: Option<String>,
    /// Dated on or after.
    pub from: Option<Date>,
    /// Dated on or before.
    pub to: Option<Date>,
    /// To be paid on or after; drafts are left out.
    pub due_from: Option<Date>,
    /// To be paid on or before; drafts are left out.
    pub due_to: Option<Date>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// With a total of at least so many minor units.
    pub total_from: Option<i64>,
    /// With a total of at most so many minor units.
    pub total_to: Option<i64>,
    /// With a dispute open (true) or none (false).
    pub disputed: Option<bool>,
    /// That a search for these words finds: see `texts.rs`.
    pub text: Option<String>,
    /// Reminded at no stage from this one on.
    pub below_reminder: Option<u16>,
    /// Charged a late fee at no stage from this one on, and charged any at all.
    pub below_fee: Option<u16>,
}

/// What invoices are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceSort {
    /// Date of issue, before that of the draft.
    Dated,
    /// The last day to pay; drafts are last.
    DueDate,
    /// The total, in minor units whatever the currency.
    Total,
    /// The number, as text; drafts have none and are first.
    Number,
    /// What is due, in minor units whatever the currency.
    Due,
}

const COLUMNS: &str = "id, version, customer_id, number, state, currency, total, net, tax, settled, reserved, due, \
                       dated, due_date, viewed_on, paid_on, closed_reason, estimate_id, estimate_revision, \
                       subscription_id, plan_id, \
                       deposit, late_fee_of, late_fee_stage, disputed, reminded, charged, fees_waived, \
                       resting";
/// Drafts have no number.
const NUMBER: &str = "coalesce(number, '')";
/// A customer sees what is issued.
const SHOWN: &str = "number IS NOT NULL";
/// Where a draft's due date stands: after all others.
const NO_DUE_DATE: &str = "9999-12-31";

/// The invoice, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_invoice(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<InvoiceRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM invoices WHERE id = ?1 AND {}",
        scope::clause("customer_id", SHOWN, "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], |row| {
        read(row, viewer)
    })
}

/// Invoices in the order of `sort`; `descending` turns it around.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_invoices(
    db: &Connection,
    viewer: &Viewer,
    filter: &InvoiceFilter,
    (sort, descending): (InvoiceSort, bool),
    page: &Page,
) -> rusqlite::Result<Slice<InvoiceRow>> {
    let order = match sort {
        InvoiceSort::Dated => Order::by_unique_text("dated", descending),
        InvoiceSort::DueDate => Order::by_text("due_date", descending),
        InvoiceSort::Total => Order::by_number("total", descending),
        InvoiceSort::Number => Order::by_text(NUMBER, descending),
        InvoiceSort::Due => Order::by_number("due", descending),
    };
    let index = index(viewer, filter, Some(sort));
    let query = filtered(&format!("SELECT {COLUMNS}"), index, viewer, filter);
    query.page(db, page, order, |found| {
        let row = read(found, viewer)?;
        let key = match sort {
            InvoiceSort::Dated => Key::Text(found.get("dated")?),
            InvoiceSort::DueDate => Key::Text(
                row.due_date
                    .map_or_else(|| NO_DUE_DATE.to_owned(), date_text),
            ),
            InvoiceSort::Total => Key::Number(row.total.minor()),
            InvoiceSort::Number => Key::Text(row.number.clone().unwrap_or_default()),
            InvoiceSort::Due => Key::Number(row.due.minor()),
        };
        Ok((Cursor::new(key, row.id), row))
    })
}

/// How many invoices [`list_invoices`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_invoices(
    db: &Connection,
    viewer: &Viewer,
    filter: &InvoiceFilter,
) -> rusqlite::Result<i64> {
    let index = index(viewer, filter, None);
    filtered("SELECT count(*)", index, viewer, filter).count(db)
}

/// What is overdue on `today`: how many invoices and how much, by currency.
///
/// # Errors
/// Whatever SQLite says.
pub fn sum_overdue(
    db: &Connection,
    viewer: &Viewer,
    today: Date,
) -> rusqlite::Result<Vec<(i64, Money)>> {
    let map = |row: &rusqlite::Row<'_>| {
        let mut columns = Columns::of(row);
        let currency = columns.currency()?;
        Ok((columns.get()?, columns.money(currency)?))
    };
    let today = date_text(today);
    match viewer.only_customer() {
        Some(customer) => sql::all(
            db,
            "SELECT currency, count(*), SUM(due) FROM invoices INDEXED BY invoices_owed_by
             WHERE customer_id = ? AND due > 0 AND due_date < ? GROUP BY currency ORDER BY currency",
            &[&customer, &today],
            map,
        ),
        None => sql::all(
            db,
            "SELECT currency, count(*), SUM(due) FROM invoices INDEXED BY invoices_owing
             WHERE due > 0 AND due_date < ? GROUP BY currency ORDER BY currency",
            &[&today],
            map,
        ),
    }
}

/// What several invoices say.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_invoice_documents(
    db: &Connection,
    viewer: &Viewer,
    invoices: &[Uuid],
) -> rusqlite::Result<Vec<InvoiceDocumentRow>> {
    let text = format!(
        "SELECT d.invoice_id, d.document, d.seller, d.buyer FROM invoice_documents d JOIN invoices i ON i.id = d.invoice_id
         WHERE d.invoice_id = ?1 AND {}",
        scope::clause("i.customer_id", "i.number IS NOT NULL", "?2")
    );
    let mut found = vec![];
    for invoice in invoices {
        found.extend(sql::one(
            db,
            &text,
            &[invoice, &scope::parameter(viewer)],
            |row| {
                let mut columns = Columns::of(row);
                Ok(InvoiceDocumentRow {
                    invoice_id: columns.get()?,
                    document: columns.json()?,
                    seller: columns.optional_json()?,
                    buyer: columns.optional_json()?,
                })
            },
        )?);
    }
    Ok(found)
}

/// The index that a list goes by: that of the narrowest condition, for SQLite has no statistics to tell by. What is left
/// is sorted; where there is no narrow condition, the order of the list has an index of its own, which SQLite takes.
fn index(viewer: &Viewer, filter: &InvoiceFilter, sort: Option<InvoiceSort>) -> &'static str {
    let of_one = viewer.only_customer().or(filter.customer_id).is_some();
    let owing = filter.owing
        || filter.partially_paid == Some(true)
        || matches!(filter.overdue, Some((true, _)));
    let narrow = |state: &InvoiceState| match state {
        InvoiceState::Draft
        | InvoiceState::Discarded
        | InvoiceState::Open
        | InvoiceState::Voided
        | InvoiceState::WrittenOff => true,
        InvoiceState::Paid => sort == Some(InvoiceSort::Dated) && filter.states.len() == 1,
    };
    if filter.text.is_some() {
        "NOT INDEXED" // By the ids that the search finds.
    } else if of_one && filter.owing {
        "INDEXED BY invoices_owed_by"
    } else if of_one {
        "INDEXED BY invoices_by_customer"
    } else if filter.subscription_id.is_some() {
        "INDEXED BY invoices_by_subscription"
    } else if filter.number.is_some() {
        "INDEXED BY invoices_numbered"
    } else if filter.disputed == Some(true) {
        "INDEXED BY invoices_disputed"
    } else if owing && sort != Some(InvoiceSort::Due) {
        "INDEXED BY invoices_owing"
    } else if owing {
        "INDEXED BY invoices_by_due"
    } else if filter.plan_id.is_some() {
        "INDEXED BY invoices_by_plan"
    } else if filter.due_from.or(filter.due_to).is_some() {
        "INDEXED BY invoices_by_due_date"
    } else if filter.total_from.or(filter.total_to).is_some() {
        "INDEXED BY invoices_by_total"
    } else if !filter.states.is_empty() && filter.states.iter().all(narrow) {
        "INDEXED BY invoices_by_state"
    } else if filter.from.or(filter.to).is_some() {
        "INDEXED BY invoices_by_date"
    } else if filter.currency.is_some() {
        "INDEXED BY invoices_by_currency"
    } else {
        ""
    }
}

fn filtered(select: &str, index: &str, viewer: &Viewer, filter: &InvoiceFilter) -> Query {
    let mut query = Query::new(&format!("{select} FROM invoices {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", SHOWN);
    if let Some(customer) = filter.customer_id {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    if let Some(plan) = filter.plan_id {
        query.and("plan_id = ?", vec![Box::new(plan)]);
    }
    if let Some(subscription) = filter.subscription_id {
        query.and("subscription_id = ?", vec![Box::new(subscription)]);
    }
    if !filter.states.is_empty() {
        let names: Vec<String> = filter
            .states
            .iter()
            .map(|s| format!("'{}'", s.name()))
            .collect();
        query.and(&format!("state IN ({})", names.join(", ")), vec![]);
    } else {
        query.and("state <> 'discarded'", vec![]); // Who wants to see those asks for them.
    }
    if filter.owing {
        query.and("due > 0", vec![]);
    }
    match filter.partially_paid {
        Some(true) => query.and("due > 0 AND settled > 0", vec![]),
        Some(false) => query.and("settled = 0", vec![]),
        None => {}
    }
    match filter.overdue {
        Some((true, today)) => {
            query.and("due > 0 AND due_date < ?", vec![Box::new(date_text(today))]);
        }
        Some((false, today)) => {
            query.and(
                "NOT (due > 0 AND due_date < ?)",
                vec![Box::new(date_text(today))],
            );
        }
        None => {}
    }
    if let Some(number) = &filter.number {
        query.begins_with("number_key", &folded(number));
    }
    if let Some(from) = filter.from {
        query.and("dated >= ?", vec![Box::new(date_text(from))]);
    }
    if let Some(to) = filter.to {
        query.and("dated < ? || '0'", vec![Box::new(date_text(to))]); // '0' comes right after '/'.
    }
    filter_due(&mut query, filter);
    if let Some(text) = &filter.text {
        texts::confine(&mut query, viewer, filter.customer_id, "invoices", text);
    }
    query
}

fn filter_due(query: &mut Query, filter: &InvoiceFilter) {
    if let Some(from) = filter.due_from {
        query.and("due_date >= ?", vec![Box::new(date_text(from))]);
    }
    if let Some(to) = filter.due_to {
        query.and("due_date <= ?", vec![Box::new(date_text(to))]);
    }
    if filter.due_from.or(filter.due_to).is_some() {
        query.and("due_date < ?", vec![Box::new(NO_DUE_DATE)]);
    }
    if let Some(currency) = filter.currency {
        query.and("currency = ?", vec![Box::new(currency.code())]);
    }
    if let Some(from) = filter.total_from {
        query.and("total >= ?", vec![Box::new(from)]);
    }
    if let Some(to) = filter.total_to {
        query.and("total <= ?", vec![Box::new(to)]);
    }
    match filter.disputed {
        Some(true) => query.and("disputed > 0", vec![]),
        Some(false) => query.and("disputed = 0", vec![]),
        None => {}
    }
    if let Some(stage) = filter.below_reminder {
        query.and("reminded < ?", vec![Box::new(stage)]);
    }
    if let Some(stage) = filter.below_fee {
        query.and(
            "charged < ? AND fees_waived = 0 AND late_fee_of IS NULL",
            vec![Box::new(stage)],
        );
    }
}

fn read(row: &rusqlite::Row<'_>, viewer: &Viewer) -> rusqlite::Result<InvoiceRow> {
    let mut columns = Columns::of(row);
    let (id, version, customer_id, number) = (
        columns.get()?,
        columns.get()?,
        columns.get()?,
        columns.get()?,
    );
    let state = columns.name(InvoiceState::from_name)?;
    let currency = columns.currency()?;
    let internal_reason = state == InvoiceState::WrittenOff && viewer.only_customer().is_some();
    Ok(InvoiceRow {
        id,
        version,
        customer_id,
        number,
        state,
        total: columns.money(currency)?,
        net: columns.money(currency)?,
        tax: columns.money(currency)?,
        settled: columns.money(currency)?,
        reserved: columns.money(currency)?,
        due: columns.money(currency)?,
        dated: columns.dated()?,
        due_date: columns
            .optional_date()?
            .filter(|_| state != InvoiceState::Draft && state != InvoiceState::Discarded),
        viewed_on: columns.optional_date()?,
        paid_on: columns.optional_date()?,
        closed_reason: columns
            .get::<Option<String>>()?
            .filter(|_| !internal_reason),
        estimate: Option::zip(columns.get()?, columns.get()?),
        subscription: Option::zip(columns.get()?, columns.get()?),
        is_deposit: columns.get()?,
        late_fee_of: Option::zip(columns.get()?, columns.get()?),
        disputed: columns.get::<i64>()? > 0,
        reminded: columns.get()?,
        charged: columns.get()?,
        late_fees_waived: columns.get()?,
        is_resting: columns.get()?,
    })
}

pub(crate) fn on_invoice(
    db: &Writer<'_>,
    record: &Record,
    event: &InvoiceEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let id = record.id;
    let customer = match event {
        InvoiceEvent::Drafted {
            customer_id,
            document,
            source,
            on,
        } => {
            insert(db, record, customer_id.0, document, *source, *on)?;
            return Ok(Some(customer_id.0));
        }
        InvoiceEvent::DraftRevised { document, on: _ } => revise_draft(db, record, document)?,
        InvoiceEvent::Issued {
            number,
            issue_date,
            due_date,
            total,
            seller: _,
            buyer,
        } => {
            set_parties(db, record)?;
            texts::set_number(db, id, number, Some(&buyer.name))?;
            issue(db, record, number, *issue_date, *due_date, *total)?
        }
        InvoiceEvent::DraftDiscarded { on: _ } => update(db, record, DISCARDED, &[])?,
        InvoiceEvent::Viewed { on } => update(db, record, VIEWED, &[&date_text(*on)])?,
        // What a refused payment had reserved is given back by an event of its own.
        InvoiceEvent::Forwarded { .. }
        | InvoiceEvent::PaymentRefused { .. }
        | InvoiceEvent::CreditRefused { .. }
        | InvoiceEvent::CorrectionReserved { .. }
        | InvoiceEvent::CorrectionReleased { .. }
        | InvoiceEvent::DepositDeducted { .. }
        | InvoiceEvent::DepositForgone { .. } => update(db, record, ONLY_VERSION, &[])?,
        InvoiceEvent::Reminded { stage, .. } => update(db, record, REMINDED, &[stage])?,
        InvoiceEvent::Disputed { .. } => dispute(db, record, event, 1)?,
        InvoiceEvent::DisputeSettled { .. } => dispute(db, record, event, -1)?,
        InvoiceEvent::Corrected { .. } => {
            disputes::set_corrected(db, id)?;
            update(db, record, RESTED, &[])?
        }
        InvoiceEvent::RemindersResumed { .. } => update(db, record, RESTED, &[])?,
        InvoiceEvent::LateFeeCharged { stage, .. } => update(db, record, CHARGED, &[stage])?,
        InvoiceEvent::LateFeesWaived { .. } => update(db, record, WAIVED, &[])?,
        InvoiceEvent::Voided { reason, on: _ } => close(db, record, InvoiceState::Voided, reason)?,
        InvoiceEvent::WrittenOff { reason, .. } => {
            close(db, record, InvoiceState::WrittenOff, reason)?
        }
        InvoiceEvent::WriteOffReversed { amount, .. } => {
            let customer = update(db, record, DUE_AGAIN, &[&amount.minor()])?;
            balances::add(db, customer, amount.currency, amount.minor(), 0)?;
            customer
        }
        InvoiceEvent::PaymentReserved {
            payment_id,
            amount,
            on,
        } => {
            allocations::reserve(db, id, *payment_id, *amount, *on)?;
            update(db, record, RESERVED, &[&amount.minor()])?
        }
        InvoiceEvent::PaymentReleased {
            payment_id,
            amount,
            on: _,
        } => {
            allocations::remove(db, id, Settler::Payment(*payment_id))?;
            update(db, record, RESERVED, &[&-amount.minor()])?
        }
        InvoiceEvent::PaymentApplied {
            payment_id,
            amount,
            on,
            ..
        } => apply(db, record, Settler::Payment(*payment_id), *amount, *on)?,
        InvoiceEvent::PaymentUnapplied {
            payment_id, amount, ..
        } => unapply(db, record, Settler::Payment(*payment_id), *amount)?,
        InvoiceEvent::CreditApplied {
            credit_note_id,
            amount,
            on,
            ..
        } => apply(
            db,
            record,
            Settler::CreditNote(*credit_note_id),
            *amount,
            *on,
        )?,
        InvoiceEvent::CreditUnapplied {
            credit_note_id,
            amount,
            ..
        } => unapply(db, record, Settler::CreditNote(*credit_note_id), *amount)?,
        InvoiceEvent::Paid { on } => update(db, record, PAID, &[&date_text(*on)])?,
    };
    Ok(Some(customer))
}

/// One dispute more or less that is open.
fn dispute(
    db: &Writer<'_>,
    record: &Record,
    event: &InvoiceEvent,
    change: i64,
) -> rusqlite::Result<Uuid> {
    let customer = update(db, record, DISPUTED, &[&change])?;
    disputes::on_invoice(db, record, event, customer)?;
    Ok(customer)
}

const DISCARDED: &str = "UPDATE invoices SET version = ?2, state = 'discarded' WHERE id = ?1";
const ONLY_VERSION: &str = "UPDATE invoices SET version = ?2 WHERE id = ?1";
const RESTED: &str = "UPDATE invoices SET version = ?2, resting = 0 WHERE id = ?1";
const REMINDED: &str =
    "UPDATE invoices SET version = ?2, reminded = max(reminded, ?3) WHERE id = ?1";
const DISPUTED: &str = "UPDATE invoices SET version = ?2, disputed = disputed + ?3 WHERE id = ?1";
const CHARGED: &str = "UPDATE invoices SET version = ?2, charged = max(charged, ?3) WHERE id = ?1";
const WAIVED: &str = "UPDATE invoices SET version = ?2, fees_waived = 1 WHERE id = ?1";
const REVISED: &str =
    "UPDATE invoices SET version = ?2, total = ?3, net = ?4, tax = ?5 WHERE id = ?1";
const ISSUED: &str =
    "UPDATE invoices SET version = ?2, number = ?3, state = 'open', due = total, dated = ?4,
                        due_date = ?5, number_key = ?6
     WHERE id = ?1";
const CLOSED: &str =
    "UPDATE invoices SET version = ?2, state = ?3, closed_reason = ?4, due = 0, paid_on = NULL
     WHERE id = ?1";
const APPLIED: &str = "UPDATE invoices SET version = ?2, settled = settled + ?3, due = due - ?3,
                         reserved = reserved - coalesce((SELECT amount FROM allocations
                             WHERE invoice_id = ?1 AND settler_id = ?4 AND settler = ?5
                               AND state = 'reserved'), 0)
     WHERE id = ?1";
const VIEWED: &str = "UPDATE invoices SET version = ?2, viewed_on = ?3 WHERE id = ?1";
const DUE_AGAIN: &str =
    "UPDATE invoices SET version = ?2, state = 'open', closed_reason = NULL, due = ?3
     WHERE id = ?1";
const RESERVED: &str = "UPDATE invoices SET version = ?2, reserved = reserved + ?3 WHERE id = ?1";
const PAID: &str = "UPDATE invoices SET version = ?2, state = 'paid', paid_on = ?3 WHERE id = ?1";
const UNAPPLIED: &str =
    "UPDATE invoices SET version = ?2, state = 'open', paid_on = NULL, settled = settled - ?3,
                         due = due + ?3
     WHERE id = ?1";

/// Runs an UPDATE of the event's invoice; answers with the customer. See [`Writer::update`].
fn update(
    db: &Writer<'_>,
    record: &Record,
    text: &'static str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Uuid> {
    let customer = "SELECT customer_id FROM invoices WHERE id = ?";
    db.update(record, [text, customer], values)
}

fn insert(
    db: &Writer<'_>,
    record: &Record,
    customer: Uuid,
    document: &Document,
    source: Option<InvoiceSource>,
    on: Date,
) -> rusqlite::Result<()> {
    let origin = Origin::of(source);
    let currency = document.currency;
    let minor = |amount| Money::rounded(amount, currency).minor();
    let columns: [&dyn rusqlite::ToSql; 16] = [
        &record.id,
        &record.version,
        &customer,
        &currency.code(),
        &minor(document.totals.gross),
        &minor(document.totals.net),
        &minor(document.totals.tax),
        &dated_text(on, record.position),
        &NO_DUE_DATE,
        &origin.estimate,
        &origin.revision,
        &origin.is_deposit,
        &origin.late_fee_of,
        &origin.late_fee_stage,
        &origin.plan,
        &origin.subscription,
    ];
    db.run(
        "INSERT INTO invoices (id, version, customer_id, state, currency, total, net, tax,
             settled, reserved, due, dated, due_date, estimate_id, estimate_revision, deposit,
             late_fee_of, late_fee_stage, plan_id, subscription_id)
         VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &columns,
    )?;
    texts::insert(db, record, customer, missing(record.text.as_deref())?)?;
    db.run(
        "INSERT INTO invoice_documents VALUES (?, ?, NULL, NULL)",
        &[&record.id, &missing(record.document.as_ref())?],
    )?;
    Ok(())
}

/// Where an invoice came from, column by column.
#[derive(Default)]
struct Origin {
    estimate: Option<Uuid>,
    revision: Option<u32>,
    is_deposit: bool,
    late_fee_of: Option<Uuid>,
    late_fee_stage: Option<u16>,
    plan: Option<Uuid>,
    subscription: Option<Uuid>,
}

impl Origin {
    fn of(source: Option<InvoiceSource>) -> Self {
        match source {
            None => Self::default(),
            Some(InvoiceSource::Estimate {
                estimate_id,
                revision,
            }) => Self {
                estimate: Some(estimate_id.0),
                revision: Some(revision),
                ..Self::default()
            },
            Some(InvoiceSource::Deposit {
                estimate_id,
                revision,
            }) => Self {
                estimate: Some(estimate_id.0),
                revision: Some(revision),
                is_deposit: true,
                ..Self::default()
            },
            Some(InvoiceSource::Subscription {
                plan_id,
                subscription_id,
                ..
            }) => Self {
                plan: Some(plan_id.0),
                subscription: Some(subscription_id.0),
                ..Self::default()
            },
            Some(InvoiceSource::LateFee { invoice_id, stage }) => Self {
                late_fee_of: Some(invoice_id.0),
                late_fee_stage: Some(stage),
                ..Self::default()
            },
        }
    }
}

fn revise_draft(db: &Writer<'_>, record: &Record, document: &Document) -> rusqlite::Result<Uuid> {
    db.run(
        "UPDATE invoice_documents SET document = ? WHERE invoice_id = ?",
        &[&missing(record.document.as_ref())?, &record.id],
    )?;
    texts::set_body(db, record.id, missing(record.text.as_deref())?)?;
    let minor = |amount| Money::rounded(amount, document.currency).minor();
    let totals = &document.totals;
    let values: [&dyn rusqlite::ToSql; 3] =
        [&minor(totals.gross), &minor(totals.net), &minor(totals.tax)];
    update(db, record, REVISED, &values)
}

fn set_parties(db: &Writer<'_>, record: &Record) -> rusqlite::Result<()> {
    let [seller, buyer] = missing(record.parties.as_ref())?;
    db.run(
        "UPDATE invoice_documents SET seller = ?, buyer = ? WHERE invoice_id = ?",
        &[seller, buyer, &record.id],
    )?;
    Ok(())
}

fn issue(
    db: &Writer<'_>,
    record: &Record,
    number: &str,
    issue_date: Date,
    due_date: Date,
    total: Money,
) -> rusqlite::Result<Uuid> {
    let dated = dated_text(issue_date, record.position);
    let (due_date, key) = (date_text(due_date), folded(number));
    let values: [&dyn rusqlite::ToSql; 4] = [&number, &dated, &due_date, &key];
    let customer = update(db, record, ISSUED, &values)?;
    balances::add(db, customer, total.currency, total.minor(), 0)?;
    Ok(customer)
}

fn close(
    db: &Writer<'_>,
    record: &Record,
    state: InvoiceState,
    reason: &str,
) -> rusqlite::Result<Uuid> {
    let (due, currency) = due_of(db, record.id)?;
    let customer = update(db, record, CLOSED, &[&state.name(), &reason])?;
    balances::add(db, customer, currency, -due, 0)?;
    Ok(customer)
}

fn due_of(db: &Writer<'_>, id: Uuid) -> rusqlite::Result<(i64, Currency)> {
    let found = db.one(
        "SELECT due, currency FROM invoices WHERE id = ?",
        &[&id],
        |row| {
            let mut columns = Columns::of(row);
            Ok((columns.get()?, columns.currency()?))
        },
    )?;
    missing(found)
}

/// The settler's own reservation, if there is one, is used up.
fn apply(
    db: &Writer<'_>,
    record: &Record,
    settler: Settler,
    amount: Money,
    on: Date,
) -> rusqlite::Result<Uuid> {
    let (name, by) = allocations::columns_of(settler);
    let customer = update(db, record, APPLIED, &[&amount.minor(), &by, &name])?;
    balances::add(db, customer, amount.currency, -amount.minor(), 0)?;
    allocations::apply(db, record.id, settler, amount, on)?;
    Ok(customer)
}

fn unapply(
    db: &Writer<'_>,
    record: &Record,
    settler: Settler,
    amount: Money,
) -> rusqlite::Result<Uuid> {
    let customer = update(db, record, UNAPPLIED, &[&amount.minor()])?;
    balances::add(db, customer, amount.currency, amount.minor(), 0)?;
    allocations::unapply(db, record.id, settler, amount)?;
    Ok(customer)
}
