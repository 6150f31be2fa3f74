//! Issuing an invoice or a credit note: the next number, and both parties as they stand today, frozen.

use cqrs_es::Aggregate as _;
use domain::credit_note::{
    CreditNote, CreditNoteCommand, CreditNoteError, CreditNoteSource, DraftedCreditNote,
    IssueCreditNote, Standing,
};
use domain::customer::{Customer, Registered};
use domain::ids::{CreditNoteId, CustomerId, InvoiceId};
use domain::invoice::{DraftedInvoice, Invoice, InvoiceCommand, InvoiceError, IssueInvoice};
use domain::numbering::Series;
use domain::organisation::{ORGANISATION_ID, Organisation};
use domain::party::Party;
use eventlog::{ExecuteError, LogError, Metadata};
use projections::{ProjectionError, list_corrections};
use time::{Date, Duration};
use uuid::Uuid;

use super::because_of;
use super::runner::whole_view;
use crate::app::App;

const PROCESS: &str = "Credit processing";

/// Why a document was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError<E> {
    /// The aggregate refused.
    #[error(transparent)]
    Refused(E),
    /// Something that stands on every document is missing.
    #[error("{0}")]
    NotReady(&'static str),
    /// Somebody else changed it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// The log or the read models could not be read or written.
    #[error(transparent)]
    Fault(#[from] ProjectionError),
}

impl<E> From<LogError> for IssueError<E> {
    fn from(fault: LogError) -> Self {
        Self::Fault(fault.into())
    }
}

impl<E: std::error::Error> From<ExecuteError<E>> for IssueError<E> {
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal),
            ExecuteError::Log(fault) => Self::Fault(fault.into()),
            error @ (ExecuteError::Conflict
            | ExecuteError::Stale { .. }
            | ExecuteError::KeyReused) => Self::Conflict(error.to_string()),
        }
    }
}

/// The last day to pay of what is issued on a day, by the customer's payment terms.
pub fn usual_due_date(on: Date, payment_terms_days: u16) -> Date {
    on.saturating_add(Duration::days(i64::from(payment_terms_days)))
}

/// Issues a draft; answers with its version. Without a due date the customer's payment terms say it.
pub async fn issue_invoice(
    app: &App,
    id: Uuid,
    due_date: Option<Date>,
    meta: &Metadata,
) -> Result<u64, IssueError<InvoiceError>> {
    let on = app.today();
    let invoice = app.log.load::<Invoice>(id).await?.state.drafted;
    let invoice = invoice.ok_or(IssueError::Refused(InvoiceError::NotDrafted))?;
    let (seller, customer) = parties(app, invoice.customer_id).await?;
    let due_date = due_date.unwrap_or_else(|| usual_due_date(on, customer.payment_terms_days));
    let numbers = app.numbers(Series::Invoices, on);
    let make = |_: &Invoice, _: u64, number: u64| {
        Ok(InvoiceCommand::Issue(IssueInvoice {
            number: numbers.text(number),
            due_date,
            seller: seller.clone(),
            buyer: customer.as_party(),
            on,
        }))
    };
    let executed = app
        .log
        .execute_numbered::<Invoice, _>(id, &numbers.name, meta, make)
        .await?;
    Ok(executed.version)
}

/// How often the amounts of a credit note are fitted and reserved anew, where its draft or the invoice changes meanwhile.
const TRIES: u32 = 8;

/// Issues a credit note's draft; answers with its version. What corrects an invoice is reserved there first: the
/// invoice's own stream decides what may be credited, and the draft is issued at just the version that was reserved.
/// A crash after the reservation is no matter: the process carries it on from the reservation's event.
pub async fn issue_credit_note(
    app: &App,
    id: Uuid,
    meta: &Metadata,
) -> Result<u64, IssueError<CreditNoteError>> {
    let _turn = app.payment_turns.lock(id).await;
    let mut expected = meta.expected_version;
    for _ in 0..TRIES {
        let loaded = app.log.load::<CreditNote>(id).await?;
        let (version, note) = (loaded.version, loaded.state.drafted);
        let note = note.ok_or(IssueError::Refused(CreditNoteError::NotDrafted))?;
        let (seller, customer) = parties(app, note.customer_id).await?;
        let corrected = note.source.and_then(CreditNoteSource::invoice_id);
        let corrected = corrected.filter(|_| note.standing() == Standing::Draft);
        let mut meta = meta.clone();
        if let Some(invoice) = corrected {
            if let Some(expected) = expected.take().filter(|expected| *expected != version) {
                let why = format!("it is at version {version} now, not {expected}");
                return Err(IssueError::Conflict(why));
            }
            if !reserve(app, invoice, id, version, &note, meta.correlation_id).await? {
                continue;
            }
            meta = meta.expecting(Some(version));
        } else if note.issued.is_some() {
            meta = meta.expecting(None);
        }
        let numbers = app.numbers(Series::CreditNotes, app.today());
        let make = |note: &CreditNote, _: u64, number: u64| {
            let total = note.drafted.as_ref().map(|note| note.document.total());
            Ok(CreditNoteCommand::Issue(IssueCreditNote {
                number: numbers.text(number),
                seller: seller.clone(),
                buyer: customer.as_party(),
                creditable: total.filter(|_| corrected.is_some()),
                on: app.today(),
            }))
        };
        let log = &app.log;
        let issued = log.execute_numbered::<CreditNote, _>(id, &numbers.name, &meta, make);
        match issued.await {
            Ok(executed) => return Ok(executed.version),
            // The draft changed since, or another node has issued it.
            Err(ExecuteError::Stale { .. }) if corrected.is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let why = "the credit note or its invoice keeps changing: try again";
    Err(IssueError::Conflict(why.to_owned()))
}

/// Fits a draft to its invoice and reserves it there. False where something changed meanwhile: look again.
async fn reserve(
    app: &App,
    invoice: InvoiceId,
    id: Uuid,
    version: u64,
    note: &DraftedCreditNote,
    correlation: Uuid,
) -> Result<bool, IssueError<CreditNoteError>> {
    let (note_id, on) = (CreditNoteId(id), app.today());
    adopt_corrections(app, invoice, correlation).await?;
    let state = app.log.load::<Invoice>(invoice.0).await?.state.drafted;
    let state = state.ok_or_else(|| IssueError::Conflict("the invoice is not there".to_owned()))?;
    let meta = || because_of(Uuid::now_v7(), "correct", PROCESS, correlation);
    if let Ok(fitted) = state.correction(note_id, &note.document) {
        if !fitted.total().is_positive() {
            return Err(IssueError::Refused(CreditNoteError::TotalNotPositive));
        }
        if fitted != note.document {
            let fit = CreditNoteCommand::FitDraft {
                document: fitted,
                on,
            };
            let meta = meta().expecting(Some(version));
            return match app.log.execute::<CreditNote>(id, fit, &meta).await {
                Ok(_) | Err(ExecuteError::Stale { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            };
        }
    }
    let command = InvoiceCommand::ReserveCorrection {
        credit_note_id: note_id,
        version,
        document: note.document.clone(),
        on,
    };
    let log = &app.log;
    let state = match log.execute::<Invoice>(invoice.0, command, &meta()).await {
        Ok(executed) => executed.state,
        Err(ExecuteError::Refused(refusal)) => {
            return Err(match CreditNoteError::of_invoice(refusal) {
                Ok(refusal) => IssueError::Refused(refusal),
                Err(other) => IssueError::Conflict(other.to_string()),
            });
        }
        Err(ExecuteError::Log(fault)) => return Err(fault.into()),
        Err(error) => return Err(IssueError::Conflict(error.to_string())),
    };
    let issued = state.drafted.and_then(|drafted| drafted.issued);
    let reserved = issued.and_then(|issued| issued.corrections.get(&note_id).cloned());
    Ok(reserved.is_some_and(|known| known.version == version && known.document == note.document))
}

/// The invoice as it stands, with the credit notes that were issued before invoices knew of them.
pub async fn corrected_invoice(
    app: &App,
    id: InvoiceId,
) -> Result<Option<DraftedInvoice>, ProjectionError> {
    let mut invoice = app.log.load::<Invoice>(id.0).await?.state;
    for command in unadopted(app, id, &invoice).await? {
        for event in invoice.decide(command).unwrap_or_default() {
            invoice.apply(event);
        }
    }
    Ok(invoice.drafted)
}

/// Tells an invoice of the credit notes that were issued before invoices knew of them.
pub async fn adopt_corrections(
    app: &App,
    id: InvoiceId,
    correlation: Uuid,
) -> Result<(), ProjectionError> {
    let invoice = app.log.load::<Invoice>(id.0).await?.state;
    for command in unadopted(app, id, &invoice).await? {
        let meta = because_of(Uuid::now_v7(), "adopt", PROCESS, correlation);
        match app.log.execute::<Invoice>(id.0, command, &meta).await {
            Ok(_) => {}
            Err(ExecuteError::Log(fault)) => return Err(fault.into()),
            Err(other) => tracing::warn!(invoice = %id, %other, "a credit note is not adopted"),
        }
    }
    Ok(())
}

async fn unadopted(
    app: &App,
    id: InvoiceId,
    invoice: &Invoice,
) -> Result<Vec<InvoiceCommand>, ProjectionError> {
    let issued = invoice.drafted.as_ref().and_then(|d| d.issued.as_ref());
    let Some(issued) = issued else {
        return Ok(vec![]);
    };
    let shown = app
        .reads
        .read(|db| list_corrections(db, &whole_view(), id.0))?;
    let mut commands = vec![];
    for row in shown {
        let credit_note_id = CreditNoteId(row.id);
        if issued.corrections.contains_key(&credit_note_id) {
            continue;
        }
        let loaded = app.log.load::<CreditNote>(row.id).await?;
        let Some(note) = loaded.state.drafted else {
            continue;
        };
        match note.standing() {
            Standing::Open | Standing::Closed => commands.push(InvoiceCommand::AdoptCorrection {
                credit_note_id,
                version: loaded.version,
                document: note.document,
                on: app.today(),
            }),
            Standing::Draft | Standing::Discarded | Standing::Voided => {}
        }
    }
    Ok(commands)
}

/// The merchant and the customer as they stand today.
async fn parties<E>(app: &App, customer: CustomerId) -> Result<(Party, Registered), IssueError<E>> {
    let organisation = app.log.load::<Organisation>(ORGANISATION_ID).await?;
    let organisation = organisation.state.registered;
    let organisation =
        organisation.ok_or(IssueError::NotReady("the organisation is not registered"))?;
    let customer = app.log.load::<Customer>(customer.0).await?;
    let customer = customer.state.registered;
    let customer = customer.ok_or(IssueError::NotReady("the customer is not registered"))?;
    Ok((organisation.profile.party.mended(), customer))
}
