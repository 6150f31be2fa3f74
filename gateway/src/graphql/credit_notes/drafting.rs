//! What a new credit note says: a document of its own, or lines of the invoice that it corrects.

use async_graphql::{Context, Result};
use domain::credit_note::{
    CreditNote as Aggregate, CreditNoteCommand, CreditNoteSource, DraftCreditNote, LinePick,
};
use domain::document::{Document, DocumentDraft, MOST_LINES};
use domain::ids::{CreditNoteId, CustomerId, InvoiceId};
use domain::invalid::{Invalid, Rule};
use domain::invoice::InvoiceError;
use projections::{InvoiceRow, InvoiceState, find_customer, find_invoice};

use super::super::act::{Refusal as _, act, find, invalid, not_found};
use super::super::context::{app, metadata};
use super::super::document_preview::DocumentPreview;
use super::super::documents::not_billed;
use super::super::error::{UserError, internal};
use super::{CreditLineInput, DraftCreditNoteInput, note_row};
use crate::process::issuing::corrected_invoice;

/// Writes a draft; answers with its id, and why there is none.
pub(super) async fn draft(
    ctx: &Context<'_>,
    input: DraftCreditNoteInput,
) -> Result<(uuid::Uuid, Option<UserError>)> {
    let meta = metadata(ctx, "")?;
    let id = uuid::Uuid::new_v5(&meta.command_id, b"credit note");
    let own_lines = input.document.is_some();
    let command = match command(ctx, input).await? {
        Ok(command) => command,
        Err(refused) => return Ok((id, Some(refused))),
    };
    let is_new = note_row(ctx, id)?.is_none();
    let fitted = fitted(ctx, &command).await?;
    if let (true, Some(Err(refused))) = (is_new, &fitted) {
        return Ok((id, Some(placed(refused.clone(), own_lines))));
    }
    let on = command.on;
    let command = CreditNoteCommand::Draft(command);
    if let Err(refused) = act::<Aggregate>(ctx, id, command, &meta).await? {
        return Ok((id, Some(placed(refused, own_lines))));
    }
    if let (true, Some(Ok(document))) = (is_new, fitted) {
        let fit = metadata(ctx, "fit")?;
        let command = CreditNoteCommand::FitDraft { document, on };
        let refused = act::<Aggregate>(ctx, id, command, &fit).await?.err();
        return Ok((id, refused));
    }
    Ok((id, None))
}

/// What the draft would come to, or why there would be none.
pub(super) async fn preview(
    ctx: &Context<'_>,
    input: DraftCreditNoteInput,
) -> Result<DocumentPreview> {
    let own_lines = input.document.is_some();
    let command = match command(ctx, input).await? {
        Ok(command) => command,
        Err(refused) => return Ok(DocumentPreview::refused(refused)),
    };
    Ok(match fitted(ctx, &command).await? {
        Some(Err(refused)) => DocumentPreview::refused(placed(refused, own_lines)),
        Some(Ok(document)) => DocumentPreview::priced(document),
        None => DocumentPreview::of(&command.draft, |why| placed(why, own_lines)),
    })
}

/// A refusal of the document, at its field of the input.
fn placed(why: UserError, own_lines: bool) -> UserError {
    if own_lines {
        why.under("document")
    } else {
        why
    }
}

async fn command(
    ctx: &Context<'_>,
    input: DraftCreditNoteInput,
) -> Result<std::result::Result<DraftCreditNote, UserError>> {
    let on = app(ctx)?.today();
    let Some(invoice_id) = input.invoice_id else {
        return free(ctx, input, on);
    };
    let invoice = match corrected(ctx, invoice_id.0)? {
        Ok(invoice) => invoice,
        Err(refused) => return Ok(Err(refused)),
    };
    let of_another = |id: &super::Uuid| id.0 != invoice.customer_id;
    if input.customer_id.as_ref().is_some_and(of_another) {
        return Ok(Err(not_found("invoiceId")));
    }
    let draft = match (input.document, input.lines) {
        (Some(_), Some(_)) => return Ok(Err(ambiguous())),
        (Some(document), None) => document.into(),
        (None, lines) => match copied(ctx, &invoice, lines, input.notes).await? {
            Ok(draft) => draft,
            Err(refused) => return Ok(Err(refused)),
        },
    };
    let invoice_id = InvoiceId(invoice.id);
    Ok(Ok(DraftCreditNote {
        customer_id: CustomerId(invoice.customer_id),
        draft,
        source: Some(CreditNoteSource::Invoice { invoice_id }),
        on,
    }))
}

/// What this says, its amounts fitted to the invoice that it corrects, or why issuing it would be refused; None where it
/// corrects none. What has no price is refused elsewhere.
async fn fitted(
    ctx: &Context<'_>,
    command: &DraftCreditNote,
) -> Result<Option<std::result::Result<Document, UserError>>> {
    let corrected = command.source.and_then(CreditNoteSource::invoice_id);
    let lines = command.draft.lines.iter();
    let known = lines.filter_map(|line| line.line_id).collect();
    let (Some(id), Ok(document)) = (corrected, command.draft.price(&known)) else {
        return Ok(None);
    };
    let invoice = corrected_invoice(app(ctx)?, id).await.map_err(internal)?;
    let none = CreditNoteId(uuid::Uuid::nil());
    Ok(invoice.map(|invoice| {
        let fitted = invoice.correction(none, &document);
        fitted.map_err(|refusal| refusal.user_error())
    }))
}

fn free(
    ctx: &Context<'_>,
    input: DraftCreditNoteInput,
    on: time::Date,
) -> Result<std::result::Result<DraftCreditNote, UserError>> {
    let (Some(customer), Some(document), None) = (input.customer_id, input.document, input.lines)
    else {
        return Ok(Err(ambiguous()));
    };
    if let Some(refused) = not_billed(ctx, &document)? {
        return Ok(Err(refused.under("document")));
    }
    let known = find(ctx, |db, viewer| find_customer(db, viewer, customer.0))?;
    Ok(match known {
        None => Err(not_found("customerId")),
        Some(customer) => Ok(DraftCreditNote {
            customer_id: CustomerId(customer.id),
            draft: document.into(),
            source: None,
            on,
        }),
    })
}

fn ambiguous() -> UserError {
    let why = "name a customerId and a document, or an invoiceId with lines of it or a document";
    UserError::new(&["input"], "AMBIGUOUS", why)
}

/// The invoice to be corrected: issued, and neither voided nor written off.
fn corrected(
    ctx: &Context<'_>,
    id: uuid::Uuid,
) -> Result<std::result::Result<InvoiceRow, UserError>> {
    let Some(row) = find(ctx, |db, viewer| find_invoice(db, viewer, id))? else {
        return Ok(Err(not_found("invoiceId")));
    };
    Ok(match row.state {
        InvoiceState::Draft => Err(InvoiceError::NotIssued.user_error()),
        InvoiceState::Discarded => Err(InvoiceError::Discarded.user_error()),
        InvoiceState::Voided => Err(InvoiceError::Voided.user_error()),
        InvoiceState::WrittenOff => Err(InvoiceError::WrittenOff.user_error()),
        InvoiceState::Open | InvoiceState::Paid => Ok(row),
    })
}

async fn copied(
    ctx: &Context<'_>,
    invoice: &InvoiceRow,
    lines: Option<Vec<CreditLineInput>>,
    notes: Option<String>,
) -> Result<std::result::Result<DocumentDraft, UserError>> {
    if lines.as_ref().is_some_and(Vec::is_empty) {
        // All lines are credited where none are named, not where an empty list is.
        let none = Invalid::new("lines", Rule::BadCount(MOST_LINES));
        return Ok(Err(invalid(&none)));
    }
    let picks: Vec<LinePick> = lines
        .unwrap_or_default()
        .into_iter()
        .map(|line| LinePick {
            line_id: line.line_id,
            quantity: line.quantity.map(|quantity| quantity.0),
        })
        .collect();
    let id = InvoiceId(invoice.id);
    let said = corrected_invoice(app(ctx)?, id).await.map_err(internal)?;
    let said = said.ok_or_else(|| internal("an invoice without a document"))?;
    Ok(match said.draft_correction(&picks) {
        Ok(draft) => Ok(DocumentDraft { notes, ..draft }),
        Err(refusal) => Err(refusal.user_error()),
    })
}
