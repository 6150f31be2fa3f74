//! Issuing an invoice or a credit note: the next number, and both parties as they stand today, frozen.

use domain::credit_note::{
    CreditNote, CreditNoteCommand, CreditNoteError, CreditNoteSource, IssueCreditNote,
};
use domain::customer::{Customer, Registered};
use domain::ids::{CustomerId, InvoiceId};
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError, IssueInvoice};
use domain::money::Money;
use domain::numbering::Series;
use domain::organisation::{ORGANISATION_ID, Organisation};
use domain::party::Party;
use eventlog::{ExecuteError, LogError, Metadata};
use projections::{CreditNoteRow, CreditNoteState, ProjectionError, list_corrections};
use time::{Date, Duration};
use uuid::Uuid;

use super::runner::whole_view;
use crate::app::App;

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

/// Issues a credit note's draft; answers with its version.
pub async fn issue_credit_note(
    app: &App,
    id: Uuid,
    meta: &Metadata,
) -> Result<u64, IssueError<CreditNoteError>> {
    let on = app.today();
    let note = app.log.load::<CreditNote>(id).await?.state.drafted;
    let note = note.ok_or(IssueError::Refused(CreditNoteError::NotDrafted))?;
    let (seller, customer) = parties(app, note.customer_id).await?;
    let corrected = note.source.and_then(CreditNoteSource::invoice_id);
    let creditable = match corrected {
        Some(invoice) => left_of(app, invoice).await?,
        None => None,
    };
    let numbers = app.numbers(Series::CreditNotes, on);
    let make = |_: &CreditNote, _: u64, number: u64| {
        Ok(CreditNoteCommand::Issue(IssueCreditNote {
            number: numbers.text(number),
            seller: seller.clone(),
            buyer: customer.as_party(),
            creditable,
            on,
        }))
    };
    let executed = app
        .log
        .execute_numbered::<CreditNote, _>(id, &numbers.name, meta, make)
        .await?;
    Ok(executed.version)
}

/// What of an invoice's total is not credited yet, by the credit notes that correct it.
pub fn left_to_credit(total: Money, corrections: &[CreditNoteRow]) -> Money {
    let issued = corrections.iter().filter(|note| match note.state {
        CreditNoteState::Open | CreditNoteState::Closed => true,
        CreditNoteState::Draft | CreditNoteState::Discarded | CreditNoteState::Voided => false,
    });
    let credited: i64 = issued.map(|note| note.total.minor()).sum();
    Money::from_minor(total.minor() - credited, total.currency)
}

/// The same as this node shows it: of two credit notes that two nodes issue at the same moment, neither knows the other.
async fn left_of(app: &App, id: InvoiceId) -> Result<Option<Money>, ProjectionError> {
    let invoice = app.log.load::<Invoice>(id.0).await?.state.drafted;
    let corrections = app
        .reads
        .read(|db| list_corrections(db, &whole_view(), id.0))?;
    Ok(invoice.map(|invoice| left_to_credit(invoice.document.total(), &corrections)))
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
