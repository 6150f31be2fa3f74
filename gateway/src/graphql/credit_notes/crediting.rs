//! What a credit note is used for: given to invoices, taken back, refunded.

use async_graphql::{Context, Result};
use domain::credit_note::{CreditNote as Aggregate, CreditNoteCommand, CreditNoteError};
use domain::ids::{CreditNoteId, InvoiceId, RefundId};
use domain::invoice::{Invoice as InvoiceAggregate, InvoiceCommand, Settler};
use domain::money::{Currency, Money};
use eventlog::Metadata;
use projections::{CreditNoteRow, find_invoice};

use super::super::act::{Outcome, Refusal as _, act, find, not_found, shown};
use super::super::context::{app, caller, metadata};
use super::super::credit::{taken, taken_back};
use super::super::error::{UserError, internal};
use super::super::invoices::Invoice;
use super::super::payments::{SettlementNotice, is_retry};
use super::super::scalars::{Decimal, Uuid};
use super::changes::issue_under;
use super::{
    AllocateCreditNoteInput, CreditNote, DeallocateCreditNoteInput, IssueAndApplyCreditNoteInput,
    IssueAndApplyPayload, RefundCreditNoteInput, note_row,
};
use crate::process::crediting;
use crate::process::settlement::Unapplied;

/// First the credit note, then the invoice; the process does the second where a crash comes between.
pub(super) async fn allocate(ctx: &Context<'_>, input: &AllocateCreditNoteInput) -> Outcome<()> {
    let (note_id, invoice_id) = (input.credit_note_id.0, input.invoice_id.0);
    let Some(note) = note_row(ctx, note_id)? else {
        return Ok(Err(not_found("creditNoteId")));
    };
    let invoice = find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id))?;
    if invoice.is_none_or(|invoice| invoice.customer_id != note.customer_id) {
        return Ok(Err(not_found("invoiceId")));
    }
    let meta = metadata(ctx, "")?;
    allocate_under(ctx, &note, input, &meta).await
}

/// The same for a credit note and an invoice that are known to belong together.
pub(super) async fn allocate_under(
    ctx: &Context<'_>,
    note: &CreditNoteRow,
    input: &AllocateCreditNoteInput,
    meta: &Metadata,
) -> Outcome<()> {
    let app = app(ctx)?;
    let (note_id, invoice_id) = (note.id, InvoiceId(input.invoice_id.0));
    // What a first try has recorded is carried on, whatever is due by now.
    let retry = is_retry(ctx, meta).await?;
    let command = match command(ctx, note, input, retry).await? {
        Ok(command) => command,
        Err(refused) => return Ok(Err(refused)),
    };
    let done = match act::<Aggregate>(ctx, note_id, command, meta).await? {
        Ok(done) => done,
        Err(refused) => return Ok(Err(refused)),
    };
    let issued = done.state.drafted.and_then(|note| note.issued);
    let round = issued.map_or(0, |issued| issued.allocations.rounds(invoice_id));
    let expectations = [note_id, invoice_id.0].map(|id| (id, app.reads.expect(id)));
    let correlation = caller(ctx)?.correlation_id;
    let credited = crediting::apply(app, CreditNoteId(note_id), correlation)
        .await
        .map_err(internal)?;
    for (id, expectation) in &expectations {
        if let Some(version) = credited.versions.get(id) {
            shown(ctx, *id, expectation, *version).await?;
        }
    }
    let settler = Settler::CreditNote(CreditNoteId(note_id));
    taken(ctx, invoice_id, settler, round).await
}

/// Issues the draft, then applies it; a retry finishes what a crash has left.
pub(super) async fn issue_and_apply(
    ctx: &Context<'_>,
    input: &IssueAndApplyCreditNoteInput,
) -> Result<IssueAndApplyPayload> {
    let id = input.credit_note_id.0;
    let refused = |why| IssueAndApplyPayload {
        credit_note: None,
        invoice: None,
        notices: vec![],
        user_errors: vec![why],
    };
    let Some(note) = note_row(ctx, id)? else {
        return Ok(refused(not_found("creditNoteId")));
    };
    let Some(invoice_id) = input.invoice_id.or(note.invoice_id.map(Uuid)) else {
        let why = "name the invoice that it shall settle";
        let field = ["input", "invoiceId"];
        return Ok(refused(UserError::new(&field, "REQUIRED", why)));
    };
    let row = find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id.0))?;
    let Some(row) = row.filter(|row| row.customer_id == note.customer_id) else {
        return Ok(refused(not_found("invoiceId")));
    };
    let meta = metadata(ctx, "")?.expecting(input.expected_version);
    let currency = note.total.currency;
    let amount = match input.amount {
        Some(Decimal(amount)) => Money { amount, currency },
        None => Money::from_minor(note.total.minor().min(row.due.minor()), currency),
    };
    if !is_retry(ctx, &meta).await? {
        if let Err(why) = would_apply(ctx, &note, invoice_id.0, amount).await? {
            return Ok(refused(why));
        }
        if let Err(why) = issue_under(ctx, id, &meta).await? {
            return Ok(refused(why));
        }
    }
    let apply = AllocateCreditNoteInput {
        credit_note_id: input.credit_note_id,
        invoice_id,
        amount: input.amount,
    };
    let applied = allocate_under(ctx, &note, &apply, &metadata(ctx, "apply")?).await?;
    let invoice = || -> Result<Option<Invoice>> {
        let row = find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id.0))?;
        Ok(row.map(Invoice))
    };
    let notices = match applied {
        Ok(()) => vec![],
        Err(why) => vec![SettlementNotice::not_applied(
            why.into_message(),
            amount,
            invoice()?,
        )],
    };
    Ok(IssueAndApplyPayload {
        credit_note: note_row(ctx, id)?.map(CreditNote),
        invoice: invoice()?,
        notices,
        user_errors: vec![],
    })
}

/// Whether the invoice would take that much of the draft: asked before it is issued, so that both happen or neither.
async fn would_apply(
    ctx: &Context<'_>,
    note: &CreditNoteRow,
    invoice: uuid::Uuid,
    amount: Money,
) -> Outcome<()> {
    if amount.amount > note.total.amount {
        let unapplied = note.total;
        return Ok(Err(
            CreditNoteError::ExceedsUnapplied { unapplied }.user_error()
        ));
    }
    let invoice = app(ctx)?.log.load::<InvoiceAggregate>(invoice).await;
    let payable = invoice.map_err(internal)?.state.check_payable(amount);
    Ok(payable.map_err(|refusal| refusal.user_error()))
}

/// The command, where the invoice would take it.
async fn command(
    ctx: &Context<'_>,
    note: &CreditNoteRow,
    input: &AllocateCreditNoteInput,
    retry: bool,
) -> Result<std::result::Result<CreditNoteCommand, UserError>> {
    let app = app(ctx)?;
    let invoice = app.log.load::<InvoiceAggregate>(input.invoice_id.0).await;
    let invoice = invoice.map_err(internal)?.state;
    let currency = note.total.currency;
    let amount = match input.amount {
        Some(Decimal(amount)) => Money { amount, currency },
        None => most(ctx, note.id, &invoice, currency).await?,
    };
    if let (false, Err(refusal)) = (retry, invoice.check_payable(amount)) {
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
            amount: taken_back(&executed.state, Settler::CreditNote(CreditNoteId(note_id)))?,
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
