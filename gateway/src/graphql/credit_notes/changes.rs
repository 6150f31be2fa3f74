//! What happens to a credit note by itself: written anew, thrown away, issued, voided.

use async_graphql::Context;
use domain::credit_note::{CreditNote as Aggregate, CreditNoteCommand};
use eventlog::Metadata;

use super::super::act::{Outcome, Refusal as _, act, not_found, shown};
use super::super::context::{app, metadata};
use super::super::error::{UserError, conflict, internal};
use super::{CreditNoteDraftInput, ReviseCreditNoteInput, VoidCreditNoteInput, note_row};
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
    send(ctx, input.credit_note_id.0, command, input.expected_version).await
}

pub(super) async fn void(ctx: &Context<'_>, input: VoidCreditNoteInput) -> Outcome<()> {
    let command = CreditNoteCommand::Void {
        reason: input.reason,
        on: app(ctx)?.today(),
    };
    send(ctx, input.credit_note_id.0, command, input.expected_version).await
}

pub(super) async fn issue(ctx: &Context<'_>, input: &CreditNoteDraftInput) -> Outcome<()> {
    let meta = metadata(ctx, "")?.expecting(input.expected_version);
    issue_under(ctx, input.credit_note_id.0, &meta).await
}

pub(super) async fn issue_under(ctx: &Context<'_>, id: uuid::Uuid, meta: &Metadata) -> Outcome<()> {
    let app = app(ctx)?;
    if note_row(ctx, id)?.is_none() {
        return Ok(Err(not_found("creditNoteId")));
    }
    let expectation = app.reads.expect(id);
    match issuing::issue_credit_note(app, id, meta).await {
        Ok(version) => {
            shown(ctx, id, &expectation, version).await?;
            Ok(Ok(()))
        }
        Err(IssueError::Refused(refusal)) => Ok(Err(refusal.user_error())),
        Err(IssueError::NotReady(why)) => Ok(Err(UserError::new(&[], "NOT_READY", why))),
        Err(IssueError::Conflict(why)) => Err(conflict(why)),
        Err(IssueError::Fault(fault)) => Err(internal(fault)),
    }
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
