//! What happens to a credit note by itself: written anew, thrown away, issued, voided.

use async_graphql::Context;
use domain::credit_note::{CreditNote as Aggregate, CreditNoteCommand};
use domain::ids::CreditNoteId;
use eventlog::Metadata;

use super::super::act::{Outcome, Refusal as _, act, not_found, shown};
use super::super::context::{app, metadata};
use super::super::error::{UserError, conflict, internal};
use super::{CreditNoteDraftInput, ReviseCreditNoteInput, VoidCreditNoteInput, note_row};
use crate::process::crediting;
use crate::process::issuing::{self, IssueError};

pub(super) async fn revise(ctx: &Context<'_>, input: ReviseCreditNoteInput) -> Outcome<()> {
    let command = CreditNoteCommand::ReviseDraft {
        draft: input.document.into(),
        on: app(ctx)?.today(),
    };
    let id = input.credit_note_id.0;
    let sent = send(ctx, id, command, input.expected_version).await?;
    Ok(sent.map_err(|refused| refused.under("document")))
}

pub(super) async fn discard(ctx: &Context<'_>, input: &CreditNoteDraftInput) -> Outcome<()> {
    let on = app(ctx)?.today();
    let command = CreditNoteCommand::DiscardDraft { on };
    give_back(ctx, input.credit_note_id.0, command, input.expected_version).await
}

pub(super) async fn void(ctx: &Context<'_>, input: VoidCreditNoteInput) -> Outcome<()> {
    let command = CreditNoteCommand::Void {
        reason: input.reason,
        on: app(ctx)?.today(),
    };
    give_back(ctx, input.credit_note_id.0, command, input.expected_version).await
}

pub(super) async fn issue(ctx: &Context<'_>, input: &CreditNoteDraftInput) -> Outcome<()> {
    let meta = metadata(ctx, "")?.expecting(input.expected_version);
    issue_under(ctx, input.credit_note_id.0, &meta).await
}

pub(super) async fn issue_under(ctx: &Context<'_>, id: uuid::Uuid, meta: &Metadata) -> Outcome<()> {
    let app = app(ctx)?;
    let note = note_row(ctx, id)?;
    if note.is_none() {
        return Ok(Err(not_found("creditNoteId")));
    }
    let corrected = note.and_then(|note| note.invoice_id);
    let expectations: Vec<_> = std::iter::once(id)
        .chain(corrected)
        .map(|id| (id, app.reads.expect(id)))
        .collect();
    match issuing::issue_credit_note(app, id, meta).await {
        Ok(version) => {
            let credited = crediting::correct(app, CreditNoteId(id), meta.correlation_id).await;
            let mut versions = credited
                .map_err(|fault| internal(format!("{fault:#}")))?
                .versions;
            let of_note = versions.entry(id).or_default();
            *of_note = version.max(*of_note);
            for (id, expectation) in &expectations {
                if let Some(version) = versions.get(id) {
                    shown(ctx, *id, expectation, *version).await?;
                }
            }
            Ok(Ok(()))
        }
        Err(IssueError::Refused(refusal)) => Ok(Err(refusal.user_error())),
        Err(IssueError::NotReady(why)) => Ok(Err(UserError::new(&[], "NOT_READY", why))),
        Err(IssueError::Conflict(why)) => Err(conflict(why)),
        Err(IssueError::Fault(fault)) => Err(internal(fault)),
    }
}

/// Ends a credit note, and gives back what was reserved for it on the invoice that it corrects.
async fn give_back(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: CreditNoteCommand,
    expected_version: Option<u64>,
) -> Outcome<()> {
    if let Err(refused) = send(ctx, id, command, expected_version).await? {
        return Ok(Err(refused));
    }
    let correlation = metadata(ctx, "")?.correlation_id;
    let given_back = crediting::correct(app(ctx)?, CreditNoteId(id), correlation).await;
    given_back.map_err(|fault| internal(format!("{fault:#}")))?;
    Ok(Ok(()))
}

/// Sends a command to a credit note that the viewer may see.
async fn send(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: CreditNoteCommand,
    expected_version: Option<u64>,
) -> Outcome<()> {
    if note_row(ctx, id)?.is_none() {
        return Ok(Err(not_found("creditNoteId")));
    }
    let meta = metadata(ctx, "")?.expecting(expected_version);
    Ok(act::<Aggregate>(ctx, id, command, &meta).await?.map(|_| ()))
}
