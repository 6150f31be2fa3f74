//! Credit notes, what they say, and what of them is applied or given back.

use domain::credit_note::{CreditNoteEvent, CreditNoteSource};
use domain::document::Document;
use domain::money::{Currency, Money};
use domain::party::Party;
use domain::text::folded;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::sql::{self, Columns, Writer, date_text, dated_text, missing};
use crate::{Viewer, balances, scope};

/// A credit note as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNoteRow {
    /// The credit note's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// Who is credited.
    pub customer_id: Uuid,
    /// Assigned when issued.
    pub number: Option<String>,
    /// Where it stands.
    pub state: CreditNoteState,
    /// What is credited in all.
    pub total: Money,
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// What of it settles invoices.
    pub applied: Money,
    /// What of it was given back in money.
    pub refunded: Money,
    /// Date of issue, before that of the draft.
    pub dated: Date,
    /// Why it was voided.
    pub voided_reason: Option<String>,
    /// The invoice that it corrects.
    pub invoice_id: Option<Uuid>,
}

/// Where a credit note stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditNoteState {
    /// Not issued yet.
    Draft,
    /// Thrown away before it was issued.
    Discarded,
    /// Issued, something is unapplied.
    Open,
    /// Issued, all of it is applied or given back.
    Closed,
    /// Never was owed.
    Voided,
}

impl CreditNoteState {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discarded => "discarded",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Voided => "voided",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Discarded,
            Self::Open,
            Self::Closed,
            Self::Voided,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

impl CreditNoteRow {
    /// What is the customer's credit: neither applied nor given back.
    pub fn unapplied(&self) -> Money {
        match self.state {
            CreditNoteState::Open | CreditNoteState::Closed => {
                let minor = self.total.minor() - self.applied.minor() - self.refunded.minor();
                Money::from_minor(minor, self.total.currency)
            }
            CreditNoteState::Draft | CreditNoteState::Discarded | CreditNoteState::Voided => {
                Money::zero(self.total.currency)
            }
        }
    }
}

/// What a credit note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNoteDocumentRow {
    /// Of which credit note.
    pub credit_note_id: Uuid,
    /// Lines, discounts, taxes, totals.
    pub document: Document,
    /// The merchant as it stood when the credit note was issued.
    pub seller: Option<Party>,
    /// The customer as it stood when the credit note was issued.
    pub buyer: Option<Party>,
}

/// Which credit notes are wanted; all conditions hold at once.
#[derive(Clone, Debug, Default)]
pub struct CreditNoteFilter {
    /// In one of these states; empty for all.
    pub states: Vec<CreditNoteState>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
    /// That correct this invoice.
    pub invoice_id: Option<Uuid>,
    /// Whose number begins so.
    pub number: Option<String>,
    /// Dated on or after.
    pub from: Option<Date>,
    /// Dated on or before.
    pub to: Option<Date>,
}

const COLUMNS: &str = "id, version, customer_id, number, state, currency, total, net, tax, applied, refunded, dated, \
                       voided_reason, invoice_id";
/// A customer sees what is issued.
const SHOWN: &str = "number IS NOT NULL";

/// The credit note, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_credit_note(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<CreditNoteRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM credit_notes WHERE id = ?1 AND {}",
        scope::clause("customer_id", SHOWN, "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], read)
}

/// Credit notes, the newest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_credit_notes(
    db: &Connection,
    viewer: &Viewer,
    filter: &CreditNoteFilter,
    page: &Page,
) -> rusqlite::Result<Slice<CreditNoteRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, filter);
    query.page(db, page, Order::by_unique_text("dated", true), |row| {
        let dated = row.get("dated")?;
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(dated), row.id), row))
    })
}

/// How many credit notes [`list_credit_notes`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_credit_notes(
    db: &Connection,
    viewer: &Viewer,
    filter: &CreditNoteFilter,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, filter).count(db)
}

/// The credit notes that correct an invoice, the oldest first.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_corrections(
    db: &Connection,
    viewer: &Viewer,
    invoice: Uuid,
) -> rusqlite::Result<Vec<CreditNoteRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM credit_notes INDEXED BY credit_notes_by_invoice
         WHERE invoice_id = ?1 AND {} ORDER BY dated",
        scope::clause("customer_id", SHOWN, "?2")
    );
    sql::all(db, &text, &[&invoice, &scope::parameter(viewer)], read)
}

/// What several credit notes say.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_credit_note_documents(
    db: &Connection,
    viewer: &Viewer,
    credit_notes: &[Uuid],
) -> rusqlite::Result<Vec<CreditNoteDocumentRow>> {
    let text = format!(
        "SELECT d.credit_note_id, d.document, d.seller, d.buyer
         FROM credit_note_documents d JOIN credit_notes n ON n.id = d.credit_note_id
         WHERE d.credit_note_id = ?1 AND {}",
        scope::clause("n.customer_id", "n.number IS NOT NULL", "?2")
    );
    let mut found = vec![];
    for credit_note in credit_notes {
        found.extend(sql::one(
            db,
            &text,
            &[credit_note, &scope::parameter(viewer)],
            |row| {
                let mut columns = Columns::of(row);
                Ok(CreditNoteDocumentRow {
                    credit_note_id: columns.get()?,
                    document: columns.json()?,
                    seller: columns.optional_json()?,
                    buyer: columns.optional_json()?,
                })
            },
        )?);
    }
    Ok(found)
}

fn filtered(select: &str, viewer: &Viewer, filter: &CreditNoteFilter) -> Query {
    let by_customer = "INDEXED BY credit_notes_by_customer";
    let index = scope::index(viewer, filter.customer_id, by_customer);
    let mut query = Query::new(&format!("{select} FROM credit_notes {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", SHOWN);
    if let Some(customer) = filter.customer_id {
        query.and("customer_id = ?", vec![Box::new(customer)]);
    }
    if let Some(invoice) = filter.invoice_id {
        query.and("invoice_id = ?", vec![Box::new(invoice)]);
    }
    if !filter.states.is_empty() {
        let names: Vec<String> = filter
            .states
            .iter()
            .map(|s| format!("'{}'", s.name()))
            .collect();
        query.and(&format!("state IN ({})", names.join(", ")), vec![]);
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
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<CreditNoteRow> {
    let mut columns = Columns::of(row);
    let (id, version, customer_id, number) = (
        columns.get()?,
        columns.get()?,
        columns.get()?,
        columns.get()?,
    );
    let state = columns.name(CreditNoteState::from_name)?;
    let currency = columns.currency()?;
    Ok(CreditNoteRow {
        id,
        version,
        customer_id,
        number,
        state,
        total: columns.money(currency)?,
        net: columns.money(currency)?,
        tax: columns.money(currency)?,
        applied: columns.money(currency)?,
        refunded: columns.money(currency)?,
        dated: columns.dated()?,
        voided_reason: columns.get()?,
        invoice_id: columns.get()?,
    })
}

/// Adds to what of a credit note settles invoices, and takes it from the customer's credit; the invoice's event says so.
pub(crate) fn add_applied(db: &Writer<'_>, id: Uuid, amount: Money) -> rusqlite::Result<()> {
    let changed = db.run(
        "UPDATE credit_notes SET applied = applied + ?2,
             state = CASE WHEN total = applied + ?2 + refunded THEN 'closed' ELSE 'open' END
         WHERE id = ?1 AND state IN ('open', 'closed')",
        &[&id, &amount.minor()],
    )?;
    if changed == 0 {
        return Ok(()); // Nothing of it is anybody's credit.
    }
    let (customer, _, _) = unapplied(db, id)?;
    balances::add(db, customer, amount.currency, 0, -amount.minor())
}

pub(crate) fn on_credit_note(
    db: &Writer<'_>,
    record: &Record,
    event: &CreditNoteEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let customer = match event {
        CreditNoteEvent::Drafted {
            customer_id,
            document,
            source,
            on,
        } => {
            insert(db, record, customer_id.0, document, *source, *on)?;
            customer_id.0
        }
        CreditNoteEvent::DraftRevised { document, on: _ } => revise_draft(db, record, document)?,
        CreditNoteEvent::DraftDiscarded { on: _ } => update(db, record, DISCARDED, &[])?,
        CreditNoteEvent::Issued {
            number,
            issue_date,
            total,
            seller: _,
            buyer: _,
        } => issue(db, record, number, *issue_date, *total)?,
        // What is applied follows the invoices' events; these are the credit note's own guard.
        CreditNoteEvent::Allocated { .. } | CreditNoteEvent::Deallocated { .. } => {
            update(db, record, ONLY_VERSION, &[])?
        }
        CreditNoteEvent::Refunded { amount, .. } => {
            let customer = update(db, record, REFUNDED, &[&amount.minor()])?;
            balances::add(db, customer, amount.currency, 0, -amount.minor())?;
            customer
        }
        CreditNoteEvent::Voided { reason, on: _ } => {
            let (customer, currency, credit) = unapplied(db, record.id)?;
            balances::add(db, customer, currency, 0, -credit)?;
            update(db, record, VOIDED, &[reason])?
        }
    };
    Ok(Some(customer))
}

const ONLY_VERSION: &str = "UPDATE credit_notes SET version = ?2 WHERE id = ?1";
const REVISED: &str =
    "UPDATE credit_notes SET version = ?2, total = ?3, net = ?4, tax = ?5 WHERE id = ?1";
const DISCARDED: &str = "UPDATE credit_notes SET version = ?2, state = 'discarded' WHERE id = ?1";
const ISSUED: &str =
    "UPDATE credit_notes SET version = ?2, number = ?3, state = 'open', dated = ?4, number_key = ?5
     WHERE id = ?1";
const REFUNDED: &str = "UPDATE credit_notes SET version = ?2, refunded = refunded + ?3,
         state = CASE WHEN total = applied + refunded + ?3 THEN 'closed' ELSE 'open' END
     WHERE id = ?1";
const VOIDED: &str =
    "UPDATE credit_notes SET version = ?2, state = 'voided', voided_reason = ?3 WHERE id = ?1";

/// Runs an UPDATE of the event's credit note; answers with the customer. See [`Writer::update`].
fn update(
    db: &Writer<'_>,
    record: &Record,
    text: &'static str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Uuid> {
    let customer = "SELECT customer_id FROM credit_notes WHERE id = ?";
    db.update(record, [text, customer], values)
}

/// Whose a credit note is, its currency, and what is unapplied of it in minor units.
fn unapplied(db: &Writer<'_>, id: Uuid) -> rusqlite::Result<(Uuid, Currency, i64)> {
    let found = db.one(
        "SELECT customer_id, currency, total - applied - refunded FROM credit_notes WHERE id = ?",
        &[&id],
        |row| {
            let mut columns = Columns::of(row);
            Ok((columns.get()?, columns.currency()?, columns.get()?))
        },
    )?;
    missing(found)
}

fn insert(
    db: &Writer<'_>,
    record: &Record,
    customer: Uuid,
    document: &Document,
    source: Option<CreditNoteSource>,
    on: Date,
) -> rusqlite::Result<()> {
    let invoice = source.and_then(CreditNoteSource::invoice_id);
    let currency = document.currency;
    let minor = |amount| Money::rounded(amount, currency).minor();
    let columns: [&dyn rusqlite::ToSql; 9] = [
        &record.id,
        &record.version,
        &customer,
        &currency.code(),
        &minor(document.totals.gross),
        &minor(document.totals.net),
        &minor(document.totals.tax),
        &dated_text(on, record.position),
        &invoice.map(|id| id.0),
    ];
    db.run(
        "INSERT INTO credit_notes VALUES (?, ?, ?, NULL, 'draft', ?, ?, ?, ?, 0, 0, ?, NULL, ?, NULL)",
        &columns,
    )?;
    db.run(
        "INSERT INTO credit_note_documents VALUES (?, ?, NULL, NULL)",
        &[&record.id, &missing(record.document.as_ref())?],
    )?;
    Ok(())
}

fn revise_draft(db: &Writer<'_>, record: &Record, document: &Document) -> rusqlite::Result<Uuid> {
    db.run(
        "UPDATE credit_note_documents SET document = ? WHERE credit_note_id = ?",
        &[&missing(record.document.as_ref())?, &record.id],
    )?;
    let minor = |amount| Money::rounded(amount, document.currency).minor();
    let totals = &document.totals;
    let values: [&dyn rusqlite::ToSql; 3] =
        [&minor(totals.gross), &minor(totals.net), &minor(totals.tax)];
    update(db, record, REVISED, &values)
}

fn issue(
    db: &Writer<'_>,
    record: &Record,
    number: &str,
    issue_date: Date,
    total: Money,
) -> rusqlite::Result<Uuid> {
    let [seller, buyer] = missing(record.parties.as_ref())?;
    db.run(
        "UPDATE credit_note_documents SET seller = ?, buyer = ? WHERE credit_note_id = ?",
        &[seller, buyer, &record.id],
    )?;
    let dated = dated_text(issue_date, record.position);
    let customer = update(db, record, ISSUED, &[&number, &dated, &folded(number)])?;
    balances::add(db, customer, total.currency, 0, total.minor())?;
    Ok(customer)
}
