//! What a payment or a credit note allocates to an invoice is applied there or refused there: one of the two, once.

use domain::ids::InvoiceId;
use domain::invoice::{Decided, Invoice, InvoiceCommand, InvoiceError, Settler};
use domain::money::Money;
use eventlog::{ExecuteError, Executed, LogError, Metadata};
use time::Date;

use crate::app::App;

/// What shall settle an invoice.
#[derive(Clone, Copy)]
pub(super) struct Application {
    /// The payment or credit note.
    pub(super) settler: Settler,
    /// The invoice.
    pub(super) invoice_id: InvoiceId,
    /// How much.
    pub(super) amount: Money,
    /// Business date.
    pub(super) on: Date,
    /// Which of the settler's allocations to this invoice, from 1.
    pub(super) round: u32,
}

/// How it went, with the invoice's version.
pub(super) enum Applied {
    /// It settles the invoice.
    Yes(u64),
    /// The invoice refused it for good.
    No { version: u64, reason: String },
}

/// Applies it, or else has the invoice say on its own stream that it will not take it. Both are sent under the command
/// id of `meta`, so that only one of the two is ever recorded, whoever else tries the same at the same time.
pub(super) async fn apply_or_refuse(
    app: &App,
    application: &Application,
    meta: &Metadata,
) -> anyhow::Result<Applied> {
    let reason = match ask(app, application, apply(application), meta).await? {
        Ok(done) if is_applied(&done.state, application) => return Ok(Applied::Yes(done.version)),
        Ok(_) => "the invoice did not take it".to_owned(), // So another node has recorded.
        Err(refusal) => refusal.to_string(),
    };
    match ask(app, application, refuse(application, &reason), meta).await? {
        // Another node was first, and applied it.
        Ok(done) if is_applied(&done.state, application) => Ok(Applied::Yes(done.version)),
        Ok(done) => Ok(Applied::No {
            version: done.version,
            reason,
        }),
        Err(refusal) => anyhow::bail!(
            "{:?} on {}: {refusal}",
            application.settler,
            application.invoice_id
        ),
    }
}

fn apply(application: &Application) -> InvoiceCommand {
    let Application {
        round, amount, on, ..
    } = *application;
    match application.settler {
        Settler::Payment(payment_id) => InvoiceCommand::ApplyPayment {
            payment_id,
            round,
            amount,
            on,
        },
        Settler::CreditNote(credit_note_id) => InvoiceCommand::ApplyCredit {
            credit_note_id,
            round,
            amount,
            on,
        },
    }
}

fn refuse(application: &Application, reason: &str) -> InvoiceCommand {
    let (reason, Application { round, on, .. }) = (reason.to_owned(), *application);
    match application.settler {
        Settler::Payment(payment_id) => InvoiceCommand::RefusePayment {
            payment_id,
            round,
            reason,
            on,
        },
        Settler::CreditNote(credit_note_id) => InvoiceCommand::RefuseCredit {
            credit_note_id,
            round,
            reason,
            on,
        },
    }
}

/// A command to the invoice; a refusal is an answer, not a fault.
async fn ask(
    app: &App,
    application: &Application,
    command: InvoiceCommand,
    meta: &Metadata,
) -> anyhow::Result<Result<Executed<Invoice>, InvoiceError>> {
    let id = application.invoice_id.0;
    match app.log.execute::<Invoice>(id, command, meta).await {
        Ok(done) => Ok(Ok(done)),
        Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    }
}

fn is_applied(invoice: &Invoice, application: &Application) -> bool {
    let drafted = invoice.drafted.as_ref();
    let issued = drafted.and_then(|drafted| drafted.issued.as_ref());
    let decision =
        issued.and_then(|issued| issued.decision(application.settler, application.round));
    decision == Some(Decided::Applied)
}

/// Why the invoice refused an allocation: that round of the settler's. None where it applied it, whatever became of it
/// since. Read from the log, so that a retry says what the first try said.
///
/// # Errors
/// Where the log failed.
pub async fn refusal_of(
    app: &App,
    invoice: InvoiceId,
    settler: Settler,
    round: u32,
) -> Result<Option<String>, LogError> {
    let drafted = app.log.load::<Invoice>(invoice.0).await?.state.drafted;
    let issued = drafted.and_then(|drafted| drafted.issued);
    let decision = issued.as_ref().and_then(|i| i.decision(settler, round));
    Ok(match decision {
        Some(Decided::Refused(reason)) => Some(reason.to_owned()),
        Some(Decided::Applied) | None => None,
    })
}
