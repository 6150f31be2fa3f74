//! What a credit note is used for: given to invoices, taken back, refunded.

use async_graphql::{Context, Result};
use domain::credit_note::{CreditNote as Aggregate, CreditNoteCommand};
use domain::ids::{CreditNoteId, InvoiceId, RefundId};
use domain::invoice::{Invoice as InvoiceAggregate, InvoiceCommand};
use domain::money::{Currency, Money};
use projections::{CreditNoteRow, find_invoice};

use super::super::act::{Outcome, Refusal as _, act, find, not_found, shown};
use super::super::context::{app, caller, metadata};
use super::super::credit::not_applied;
use super::super::error::{UserError, internal};
use super::super::payments::is_retry;
use super::super::scalars::Decimal;
use super::{AllocateCreditNoteInput, DeallocateCreditNoteInput, RefundCreditNoteInput, note_row};
use crate::process::crediting;
use crate::process::settlement::Unapplied;

/// First the credit note, then the invoice; the process does the second where a crash comes between.
pub(super) async fn allocate(ctx: &Context<'_>, input: &AllocateCreditNoteInput) -> Outcome<()> {
    let app = app(ctx)?;
    let (note_id, invoice_id) = (input.credit_note_id.0, input.invoice_id.0);
    let Some(note) = note_row(ctx, note_id)? else {
        return Ok(Err(not_found("creditNoteId")));
    };
    let invoice = find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id))?;
    if invoice.is_none_or(|invoice| invoice.customer_id != note.customer_id) {
        return Ok(Err(not_found("invoiceId")));
    }
    let meta = metadata(ctx, "")?;
    if !is_retry(ctx, &meta).await? {
        let command = match command(ctx, &note, input).await? {
            Ok(command) => command,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = act::<Aggregate>(ctx, note_id, command, &meta).await? {
            return Ok(Err(refused));
        }
    }
    let expectations = [note_id, invoice_id].map(|id| (id, app.reads.expect(id)));
    let correlation = caller(ctx)?.correlation_id;
    let credited = crediting::apply(app, CreditNoteId(note_id), correlation)
        .await
        .map_err(internal)?;
    for (id, expectation) in &expectations {
        if let Some(version) = credited.versions.get(id) {
            shown(ctx, *id, expectation, *version).await?;
        }
    }
    if let Some((code, reason)) = credited.refusal {
        return Ok(Err(UserError::new(&[], &code, reason)));
    }
    still_allocated(ctx, note_id, InvoiceId(invoice_id)).await
}

/// Something else may have settled the invoice first, and the process may have been the one to hear of it: then what
/// was allocated is unapplied again, and the answer has to say so.
async fn still_allocated(ctx: &Context<'_>, note: uuid::Uuid, invoice: InvoiceId) -> Outcome<()> {
    let note = app(ctx)?.log.load::<Aggregate>(note).await;
    let note = note.map_err(internal)?.state.drafted;
    let issued = note.and_then(|note| note.issued);
    if issued.is_some_and(|issued| issued.allocations.contains_key(&invoice)) {
        return Ok(Ok(()));
    }
    Ok(Err(not_applied()))
}

/// The command, where the invoice would take it.
async fn command(
    ctx: &Context<'_>,
    note: &CreditNoteRow,
    input: &AllocateCreditNoteInput,
) -> Result<std::result::Result<CreditNoteCommand, UserError>> {
    let app = app(ctx)?;
    let invoice = app.log.load::<InvoiceAggregate>(input.invoice_id.0).await;
    let invoice = invoice.map_err(internal)?.state;
    let currency = note.total.currency;
    let amount = match input.amount {
        Some(Decimal(amount)) => Money { amount, currency },
        None => most(ctx, note.id, &invoice, currency).await?,
    };
    if let Err(refusal) = invoice.check_payable(amount) {
        return Ok(Err(refusal.user_error()));
    }
    Ok(Ok(CreditNoteCommand::Allocate {
        invoice_id: InvoiceId(input.invoice_id.0),
        amount,
        on: app.today(),
    }))
}

/// As much as is unapplied on the one side, and due and not reserved on the other.
async fn most(
    ctx: &Context<'_>,
    note: uuid::Uuid,
    invoice: &InvoiceAggregate,
    currency: Currency,
) -> Result<Money> {
    let note = app(ctx)?.log.load::<Aggregate>(note).await;
    let note = note.map_err(internal)?.state.drafted;
    let unapplied = note.map_or(0, |note| note.unapplied().minor());
    let due = invoice.drafted.as_ref().map_or(0, |invoice| {
        let (due, reserved) = (invoice.amount_due(), invoice.reserved());
        let free = due.minor() - reserved.minor();
        if free > 0 { free } else { due.minor() } // All of it is reserved: the refusal says so.
    });
    Ok(Money::from_minor(unapplied.min(due), currency))
}

/// First the invoice, then the credit note; a process does the second where a crash comes between.
pub(super) async fn deallocate(
    ctx: &Context<'_>,
    input: &DeallocateCreditNoteInput,
) -> Outcome<()> {
    let (app, correlation) = (app(ctx)?, caller(ctx)?.correlation_id);
    let (note_id, invoice_id) = (input.credit_note_id.0, input.invoice_id.0);
    if note_row(ctx, note_id)?.is_none() {
        return Ok(Err(not_found("creditNoteId")));
    }
    if find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id))?.is_none() {
        return Ok(Err(not_found("invoiceId")));
    }
    let on = app.today();
    let command = InvoiceCommand::UnapplyCredit {
        credit_note_id: CreditNoteId(note_id),
        reason: input.reason.clone(),
        on,
    };
    let meta = metadata(ctx, "")?;
    let unapplied = match act::<InvoiceAggregate>(ctx, invoice_id, command, &meta).await? {
        Ok(executed) if executed.events.is_empty() && !executed.replayed => return Ok(Ok(())),
        Ok(executed) => Unapplied {
            invoice_id: InvoiceId(invoice_id),
            sequence: executed.version,
            reason: input.reason.clone(),
            on,
        },
        Err(refused) => return Ok(Err(refused)),
    };
    let expectation = app.reads.expect(note_id);
    let ended = crediting::end_allocation(app, CreditNoteId(note_id), unapplied, correlation);
    shown(ctx, note_id, &expectation, ended.await.map_err(internal)?).await?;
    Ok(Ok(()))
}

pub(super) async fn refund(ctx: &Context<'_>, input: &RefundCreditNoteInput) -> Outcome<()> {
    let Some(note) = note_row(ctx, input.credit_note_id.0)? else {
        return Ok(Err(not_found("creditNoteId")));
    };
    let meta = metadata(ctx, "")?;
    let command = CreditNoteCommand::Refund {
        refund_id: RefundId(uuid::Uuid::new_v5(&meta.command_id, b"refund")),
        amount: match input.amount {
            Some(Decimal(amount)) => Money {
                amount,
                currency: note.total.currency,
            },
            None => note.unapplied(),
        },
        reason: input.reason.clone(),
        on: app(ctx)?.today(),
    };
    let done = act::<Aggregate>(ctx, note.id, command, &meta).await?;
    Ok(done.map(|_| ()))
}
