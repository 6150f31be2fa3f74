//! Estimates with every revision that was drafted or offered.

use domain::deposit::{self, Deposit};
use domain::document::Document;
use domain::estimate::{Agreed, EstimateEvent};
use domain::money::Money;
use domain::text::folded;
use rusqlite::Connection;
use rust_decimal::Decimal;
use time::Date;
use uuid::Uuid;

use crate::Viewer;
use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::scope;
use crate::sql::{self, Columns, Writer, date_text, dated_text, json_text, missing};
use crate::texts;

/// An estimate as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimateRow {
    /// The estimate's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// For whom.
    pub customer_id: Uuid,
    /// Assigned with the first offer.
    pub number: Option<String>,
    /// Where the newest revision stands.
    pub state: EstimateState,
    /// The newest revision, drafted or offered.
    pub revision: u32,
    /// The newest revision that the customer has been offered.
    pub offered_revision: Option<u32>,
    /// What the newest offer (before the first: the draft) comes to.
    pub total: Money,
    /// Business date of the newest offer, before the first of the draft.
    pub dated: Date,
    /// The last day on which the newest offer can be accepted.
    pub valid_until: Option<Date>,
    /// The invoice it became.
    pub invoice_id: Option<Uuid>,
    /// The invoice that bills its deposit.
    pub deposit_id: Option<Uuid>,
}

/// Where an estimate stands. That an open offer has expired follows from `valid_until` and a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateState {
    /// Being written or reworked.
    Draft,
    /// Thrown away before it was offered.
    Discarded,
    /// Waiting for an answer.
    Offered,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined,
    /// Taken back by staff.
    Withdrawn,
    /// Turned into an invoice.
    Invoiced,
}

impl EstimateState {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discarded => "discarded",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Invoiced => "invoiced",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Discarded,
            Self::Offered,
            Self::Accepted,
            Self::Declined,
            Self::Withdrawn,
            Self::Invoiced,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

impl EstimateRow {
    /// Whether the open offer is past its last day on `today`.
    pub fn is_expired(&self, today: Date) -> bool {
        self.state == EstimateState::Offered && self.valid_until.is_some_and(|until| today > until)
    }
}

/// One revision of an estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    /// Of which estimate.
    pub estimate_id: Uuid,
    /// From 1.
    pub revision: u32,
    /// What it comes to.
    pub total: Money,
    /// Business date of the draft.
    pub drafted_on: Date,
    /// Business date of the offer; None until offered.
    pub offered_on: Option<Date>,
    /// The last day on which it can be accepted.
    pub valid_until: Option<Date>,
    /// When the customer first looked at it.
    pub viewed_on: Option<Date>,
    /// `accepted`, `declined` or `withdrawn`.
    pub answer: Option<String>,
    /// Business date of the answer.
    pub answered_on: Option<Date>,
    /// The name typed with an acceptance.
    pub answered_by: Option<String>,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
    /// What would be accepted instead.
    pub would_accept: Option<String>,
    /// What it says.
    pub document: Document,
    /// Percent of it that is billed first once it is accepted.
    pub deposit_percent: Option<Decimal>,
    /// What its acceptance agreed to, where that was kept.
    pub agreed: Option<Agreed>,
}

impl RevisionRow {
    /// What is billed first once it is accepted.
    pub fn deposit(&self) -> Option<Deposit> {
        deposit::of(&self.document, self.deposit_percent?)
    }
}

/// Which estimates are wanted.
#[derive(Clone, Debug, Default)]
pub struct EstimateFilter {
    /// In one of these states; empty for all.
    pub states: Vec<EstimateState>,
    /// Offered and past their last day on this date (true), or offered and not (false).
    pub expired: Option<(bool, Date)>,
    /// Of this customer.
    pub customer_id: Option<Uuid>,
    /// Whose number begins so.
    pub number: Option<String>,
    /// That a search for these words finds: see `texts.rs`.
    pub text: Option<String>,
    /// Offered, and valid from the first of these dates (today) to at most the second.
    pub expiring: Option<(Date, Date)>,
}

/// What estimates are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateSort {
    /// Date of the newest offer, before the first of the draft.
    Dated,
    /// The last day of the newest offer; what was never offered is last.
    ValidUntil,
}

const COLUMNS: &str = "id, version, customer_id, number, state, revision, offered_revision, currency, total, dated, \
                       valid_until, invoice_id, deposit_id";
const REVISION_COLUMNS: &str = "estimate_id, revision, currency, total, drafted_on, offered_on, valid_until, \
                                viewed_on, answer, answered_on, answered_by, reason, would_accept, document, deposit_percent, \
                                agreed";
/// The last day of the newest offer; of what was never offered, after all others.
const VALIDITY: &str = "coalesce(valid_until, '9999-12-31')";
/// A customer sees what it was offered.
const SHOWN: &str = "offered_revision IS NOT NULL";

/// The estimate, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_estimate(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<EstimateRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM estimates WHERE id = ?1 AND {}",
        scope::clause("customer_id", SHOWN, "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], read)
}

/// Estimates in the order of `sort`; `descending` turns it around.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_estimates(
    db: &Connection,
    viewer: &Viewer,
    filter: &EstimateFilter,
    (sort, descending): (EstimateSort, bool),
    page: &Page,
) -> rusqlite::Result<Slice<EstimateRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, filter);
    let order = match sort {
        EstimateSort::Dated => Order::by_unique_text("dated", descending),
        EstimateSort::ValidUntil => Order::by_text(VALIDITY, descending),
    };
    query.page(db, page, order, |found| {
        let row = read(found)?;
        let key = match sort {
            EstimateSort::Dated => found.get("dated")?,
            EstimateSort::ValidUntil => row
                .valid_until
                .map_or_else(|| "9999-12-31".to_owned(), date_text),
        };
        Ok((Cursor::new(Key::Text(key), row.id), row))
    })
}

/// How many estimates [`list_estimates`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_estimates(
    db: &Connection,
    viewer: &Viewer,
    filter: &EstimateFilter,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, filter).count(db)
}

/// The revisions of several estimates at once, oldest first; to a customer only those that were offered.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_revisions(
    db: &Connection,
    viewer: &Viewer,
    estimates: &[Uuid],
) -> rusqlite::Result<Vec<RevisionRow>> {
    let text = format!(
        "SELECT {REVISION_COLUMNS} FROM estimate_revisions
         WHERE estimate_id = (SELECT id FROM estimates WHERE id = ?1 AND {})
           AND (?2 IS NULL OR offered_on IS NOT NULL)
         ORDER BY revision",
        scope::clause("customer_id", SHOWN, "?2")
    );
    let mut found = vec![];
    for estimate in estimates {
        found.extend(sql::all(
            db,
            &text,
            &[estimate, &scope::parameter(viewer)],
            read_revision,
        )?);
    }
    Ok(found)
}

fn filtered(select: &str, viewer: &Viewer, filter: &EstimateFilter) -> Query {
    let index = if filter.text.is_some() {
        "NOT INDEXED" // By the ids that the search finds.
    } else if viewer.only_customer().or(filter.customer_id).is_some() {
        "INDEXED BY estimates_by_customer"
    } else if filter.number.is_some() {
        "INDEXED BY estimates_numbered"
    } else if filter.expiring.is_some() || matches!(filter.expired, Some((true, _))) {
        "INDEXED BY estimates_waiting"
    } else {
        ""
    };
    let mut query = Query::new(&format!("{select} FROM estimates {index} WHERE TRUE"));
    scope::confine(&mut query, viewer, "customer_id", SHOWN);
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
    } else {
        query.and("state <> 'discarded'", vec![]); // Who wants to see those asks for them.
    }
    if let Some((expired, today)) = filter.expired {
        let compare = if expired { "<" } else { ">=" };
        let condition = format!("state = 'offered' AND {VALIDITY} {compare} ?");
        query.and(&condition, vec![Box::new(date_text(today))]);
    }
    if let Some((from, to)) = filter.expiring {
        query.and(
            &format!("state = 'offered' AND {VALIDITY} BETWEEN ? AND ?"),
            vec![Box::new(date_text(from)), Box::new(date_text(to))],
        );
    }
    if let Some(text) = &filter.text {
        texts::confine(&mut query, viewer, filter.customer_id, "estimates", text);
    }
    if let Some(number) = &filter.number {
        query.begins_with("number_key", &folded(number));
    }
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<EstimateRow> {
    let mut columns = Columns::of(row);
    let (id, version, customer_id, number) = (
        columns.get()?,
        columns.get()?,
        columns.get()?,
        columns.get()?,
    );
    let state = columns.name(EstimateState::from_name)?;
    let (revision, offered_revision) = (columns.get()?, columns.get()?);
    let currency = columns.currency()?;
    Ok(EstimateRow {
        id,
        version,
        customer_id,
        number,
        state,
        revision,
        offered_revision,
        total: columns.money(currency)?,
        dated: columns.dated()?,
        valid_until: columns.optional_date()?,
        invoice_id: columns.get()?,
        deposit_id: columns.get()?,
    })
}

fn read_revision(row: &rusqlite::Row<'_>) -> rusqlite::Result<RevisionRow> {
    let mut columns = Columns::of(row);
    let (estimate_id, revision) = (columns.get()?, columns.get()?);
    let currency = columns.currency()?;
    Ok(RevisionRow {
        estimate_id,
        revision,
        total: columns.money(currency)?,
        drafted_on: columns.date()?,
        offered_on: columns.optional_date()?,
        valid_until: columns.optional_date()?,
        viewed_on: columns.optional_date()?,
        answer: columns.get()?,
        answered_on: columns.optional_date()?,
        answered_by: columns.get()?,
        reason: columns.get()?,
        would_accept: columns.get()?,
        document: columns.json()?,
        deposit_percent: columns.optional_name(|text| text.parse().ok())?,
        agreed: columns.optional_json()?,
    })
}

pub(crate) fn on_estimate(
    db: &Writer<'_>,
    record: &Record,
    event: &EstimateEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let id = record.id;
    let customer = match event {
        EstimateEvent::Drafted {
            customer_id,
            document,
            on,
        } => {
            insert(db, record, customer_id.0, document, *on)?;
            customer_id.0
        }
        EstimateEvent::DraftRevised {
            revision,
            document,
            on: _,
        } => revise_draft(db, record, *revision, document)?,
        EstimateEvent::Offered {
            revision,
            number,
            valid_until,
            deposit_percent,
            on,
        }
        | EstimateEvent::Reoffered {
            revision,
            number,
            valid_until,
            deposit_percent,
            on,
        } => {
            let deposit = deposit_percent.map(|percent| percent.to_string());
            offer(db, record, *revision, number, (*valid_until, deposit), *on)?
        }
        EstimateEvent::DraftDiscarded { on: _ } => set_state(db, record, EstimateState::Discarded)?,
        EstimateEvent::Viewed { revision, on } => view(db, record, *revision, *on)?,
        EstimateEvent::Accepted {
            revision,
            name,
            agreed,
            on,
        } => {
            let said = [Some(name.as_str()), None, None];
            answer(db, id, *revision, ("accepted", *on), said)?;
            keep_agreed(db, id, *revision, agreed.as_ref())?;
            set_state(db, record, EstimateState::Accepted)?
        }
        EstimateEvent::Declined {
            revision,
            reason,
            would_accept,
            on,
        } => {
            let said = [None, Some(reason.as_str()), would_accept.as_deref()];
            answer(db, id, *revision, ("declined", *on), said)?;
            set_state(db, record, EstimateState::Declined)?
        }
        EstimateEvent::Reworked {
            revision,
            document,
            on,
        } => {
            insert_revision(db, record, *revision, document, *on)?;
            update(db, record, REWORKED, &[revision])?
        }
        EstimateEvent::Withdrawn {
            revision,
            reason,
            on,
        } => {
            let said = [None, Some(reason.as_str()), None];
            answer(db, id, *revision, ("withdrawn", *on), said)?;
            set_state(db, record, EstimateState::Withdrawn)?
        }
        EstimateEvent::AcceptanceUndone { revision, .. } => {
            forget_answer(db, id, *revision)?;
            set_state(db, record, EstimateState::Offered)?
        }
        EstimateEvent::Invoiced { invoice_id, .. } => {
            update(db, record, INVOICED, &[&invoice_id.0])?
        }
        EstimateEvent::DepositBilled { invoice_id, .. } => {
            update(db, record, DEPOSIT, &[&Some(invoice_id.0)])?
        }
        EstimateEvent::DepositReleased { .. } => update(db, record, DEPOSIT, &[&None::<Uuid>])?,
        EstimateEvent::Forwarded { .. } | EstimateEvent::Commented { .. } => {
            update(db, record, ONLY_VERSION, &[])?
        }
    };
    Ok(Some(customer))
}

const ONLY_VERSION: &str = "UPDATE estimates SET version = ?2 WHERE id = ?1";
const STATE: &str = "UPDATE estimates SET version = ?2, state = ?3 WHERE id = ?1";
const REVISED: &str =
    "UPDATE estimates SET version = ?2, total = iif(offered_revision IS NULL, ?3, total)
     WHERE id = ?1";
const OFFERED: &str =
    "UPDATE estimates SET version = ?2, state = 'offered', number = ?3, offered_revision = ?4,
                         total = ?5, dated = ?6, valid_until = ?7, number_key = ?8
     WHERE id = ?1";
const REWORKED: &str = "UPDATE estimates SET version = ?2, state = 'draft', revision = ?3
     WHERE id = ?1";
const DEPOSIT: &str = "UPDATE estimates SET version = ?2, deposit_id = ?3 WHERE id = ?1";
const INVOICED: &str = "UPDATE estimates SET version = ?2, state = 'invoiced', invoice_id = ?3
     WHERE id = ?1";

/// Runs an UPDATE of the event's estimate; answers with the customer. See [`Writer::update`].
fn update(
    db: &Writer<'_>,
    record: &Record,
    text: &'static str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Uuid> {
    let customer = "SELECT customer_id FROM estimates WHERE id = ?";
    db.update(record, [text, customer], values)
}

fn set_state(db: &Writer<'_>, record: &Record, state: EstimateState) -> rusqlite::Result<Uuid> {
    update(db, record, STATE, &[&state.name()])
}

fn insert(
    db: &Writer<'_>,
    record: &Record,
    customer: Uuid,
    document: &Document,
    on: Date,
) -> rusqlite::Result<()> {
    let id = record.id;
    db.run(
        "INSERT INTO estimates VALUES (?, ?, ?, NULL, 'draft', 1, NULL, ?, ?, ?, NULL, NULL, NULL, NULL)",
        &[
            &id,
            &record.version,
            &customer,
            &document.currency.code(),
            &document.total().minor(),
            &dated_text(on, record.position),
        ],
    )?;
    texts::insert(db, record, customer, missing(record.text.as_deref())?)?;
    insert_revision(db, record, 1, document, on)
}

fn insert_revision(
    db: &Writer<'_>,
    record: &Record,
    revision: u32,
    document: &Document,
    on: Date,
) -> rusqlite::Result<()> {
    db.run(
        "INSERT INTO estimate_revisions
         VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ?, NULL, NULL)",
        &[
            &record.id,
            &revision,
            &document.currency.code(),
            &document.total().minor(),
            &date_text(on),
            &missing(record.document.as_ref())?,
        ],
    )?;
    Ok(())
}

fn revise_draft(
    db: &Writer<'_>,
    record: &Record,
    revision: u32,
    document: &Document,
) -> rusqlite::Result<Uuid> {
    let total = document.total().minor();
    db.run("UPDATE estimate_revisions SET total = ?, document = ? WHERE estimate_id = ? AND revision = ?",
        &[
            &total,
            &missing(record.document.as_ref())?,
            &record.id,
            &revision,
        ],
    )?;
    let customer = update(db, record, REVISED, &[&total])?;
    if revision == 1 {
        texts::set_body(db, record.id, missing(record.text.as_deref())?)?;
    }
    Ok(customer)
}

fn offer(
    db: &Writer<'_>,
    record: &Record,
    revision: u32,
    number: &str,
    (valid_until, deposit_percent): (Date, Option<String>),
    on: Date,
) -> rusqlite::Result<Uuid> {
    let dated = dated_text(on, record.position);
    let (on, valid_until) = (date_text(on), date_text(valid_until));
    db.run("UPDATE estimate_revisions SET offered_on = ?, valid_until = ?, deposit_percent = ? WHERE estimate_id = ? AND revision = ?",
        &[&on, &valid_until, &deposit_percent, &record.id, &revision],
    )?;
    texts::set_number(db, record.id, number, None)?;
    if revision > 1 {
        show_words(db, record.id, revision)?;
    }
    let total: Option<i64> = db.one(
        "SELECT total FROM estimate_revisions WHERE estimate_id = ? AND revision = ?",
        &[&record.id, &revision],
        |row| row.get(0),
    )?;
    let (total, key) = (missing(total)?, folded(number));
    let values: [&dyn rusqlite::ToSql; 6] =
        [&number, &revision, &total, &dated, &valid_until, &key];
    update(db, record, OFFERED, &values)
}

/// From now on the estimate is found by what the reworked revision says.
fn show_words(db: &Writer<'_>, id: Uuid, revision: u32) -> rusqlite::Result<()> {
    let document: Option<Document> = db.one(
        "SELECT document FROM estimate_revisions WHERE estimate_id = ? AND revision = ?",
        &[&id, &revision],
        |row| Columns::of(row).json(),
    )?;
    texts::set_body(db, id, &texts::body(&missing(document)?))
}

fn view(db: &Writer<'_>, record: &Record, revision: u32, on: Date) -> rusqlite::Result<Uuid> {
    db.run(
        "UPDATE estimate_revisions SET viewed_on = ? WHERE estimate_id = ? AND revision = ?",
        &[&date_text(on), &record.id, &revision],
    )?;
    update(db, record, ONLY_VERSION, &[])
}

fn answer(
    db: &Writer<'_>,
    id: Uuid,
    revision: u32,
    (answer, on): (&str, Date),
    [by, reason, would_accept]: [Option<&str>; 3],
) -> rusqlite::Result<()> {
    db.run(
        "UPDATE estimate_revisions
         SET answer = ?, answered_on = ?, answered_by = ?, reason = ?, would_accept = ?
         WHERE estimate_id = ? AND revision = ?",
        &[
            &answer,
            &date_text(on),
            &by,
            &reason,
            &would_accept,
            &id,
            &revision,
        ],
    )?;
    Ok(())
}

fn keep_agreed(
    db: &Writer<'_>,
    id: Uuid,
    revision: u32,
    agreed: Option<&Agreed>,
) -> rusqlite::Result<()> {
    let agreed = agreed.map(json_text).transpose()?;
    db.run(
        "UPDATE estimate_revisions SET agreed = ? WHERE estimate_id = ? AND revision = ?",
        &[&agreed, &id, &revision],
    )?;
    Ok(())
}

fn forget_answer(db: &Writer<'_>, id: Uuid, revision: u32) -> rusqlite::Result<()> {
    db.run(
        "UPDATE estimate_revisions SET answer = NULL, answered_on = NULL, answered_by = NULL, agreed = NULL
         WHERE estimate_id = ? AND revision = ?",
        &[&id, &revision],
    )?;
    Ok(())
}
