//! Issuing an invoice: the next number, the due date, and both parties as they stand today, frozen.

use domain::customer::Customer;
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError, IssueInvoice};
use domain::numbering::Series;
use domain::organisation::{ORGANISATION_ID, Organisation};
use eventlog::{ExecuteError, LogError, Metadata};
use time::{Date, Duration};
use uuid::Uuid;

use crate::app::App;

/// Why an invoice was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The aggregate refused.
    #[error(transparent)]
    Refused(InvoiceError),
    /// Something that stands on every invoice is missing.
    #[error("{0}")]
    NotReady(&'static str),
    /// Somebody else changed it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// The log could not be read or written.
    #[error(transparent)]
    Fault(#[from] LogError),
}

impl From<ExecuteError<InvoiceError>> for IssueError {
    fn from(error: ExecuteError<InvoiceError>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal),
            ExecuteError::Log(fault) => Self::Fault(fault),
            error @ (ExecuteError::Conflict
            | ExecuteError::Stale { .. }
            | ExecuteError::KeyReused) => Self::Conflict(error.to_string()),
        }
    }
}

/// Issues a draft; answers with its version. Without a due date the customer's payment terms say it.
pub async fn issue_invoice(
    app: &App,
    id: Uuid,
    due_date: Option<Date>,
    meta: &Metadata,
) -> Result<u64, IssueError> {
    let on = app.today();
    let organisation = app
        .log
        .load::<Organisation>(ORGANISATION_ID)
        .await?
        .state
        .registered;
    let organisation =
        organisation.ok_or(IssueError::NotReady("the organisation is not registered"))?;
    let invoice = app.log.load::<Invoice>(id).await?.state.drafted;
    let invoice = invoice.ok_or(IssueError::Refused(InvoiceError::NotDrafted))?;
    let customer = app
        .log
        .load::<Customer>(invoice.customer_id.0)
        .await?
        .state
        .registered;
    let customer = customer.ok_or(IssueError::NotReady("the customer is not registered"))?;
    let terms = Duration::days(i64::from(customer.payment_terms_days));
    let due_date = due_date.unwrap_or_else(|| on.saturating_add(terms));
    let numbers = app.numbers(Series::Invoices, on);
    let make = |_: &Invoice, _: u64, number: u64| {
        Ok(InvoiceCommand::Issue(IssueInvoice {
            number: numbers.text(number),
            due_date,
            seller: organisation.profile.party.clone(),
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
