//! What a payment or a credit note allocates to an invoice is applied there or refused there: one of the two, once.

use domain::ids::InvoiceId;
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError, Settler};
use domain::money::Money;
use eventlog::{ExecuteError, Executed, Metadata};
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
    No {
        version: u64,
        /// The rule that refused it, where it was refused here and now and not on another node.
        code: Option<&'static str>,
        reason: String,
    },
}

/// Applies it, or else has the invoice say on its own stream that it will not take it. Both are sent under the command
/// id of `meta`, so that only one of the two is ever recorded, whoever else tries the same at the same time.
pub(super) async fn apply_or_refuse(
    app: &App,
    application: &Application,
    meta: &Metadata,
) -> anyhow::Result<Applied> {
    let settler = application.settler;
    let (code, reason) = match ask(app, application, apply(application), meta).await? {
        Ok(done) if is_applied(&done.state, settler) => return Ok(Applied::Yes(done.version)),
        Ok(_) => (None, "the invoice did not take it".to_owned()), // So another node has recorded.
        Err(refusal) => (Some(refusal.code()), refusal.to_string()),
    };
    match ask(app, application, refuse(application, &reason), meta).await? {
        // Another node was first, and applied it.
        Ok(done) if is_applied(&done.state, settler) => Ok(Applied::Yes(done.version)),
        Ok(done) => Ok(Applied::No {
            version: done.version,
            code,
            reason,
        }),
        Err(refusal) => anyhow::bail!("{settler:?} on {}: {refusal}", application.invoice_id),
    }
}

fn apply(application: &Application) -> InvoiceCommand {
    let Application { amount, on, .. } = *application;
    match application.settler {
        Settler::Payment(payment_id) => InvoiceCommand::ApplyPayment {
            payment_id,
            amount,
            on,
        },
        Settler::CreditNote(credit_note_id) => InvoiceCommand::ApplyCredit {
            credit_note_id,
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

fn is_applied(invoice: &Invoice, settler: Settler) -> bool {
    let drafted = invoice.drafted.as_ref();
    let issued = drafted.and_then(|drafted| drafted.issued.as_ref());
    issued.is_some_and(|issued| issued.applied.contains_key(&settler))
}
