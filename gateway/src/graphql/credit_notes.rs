//! Credit notes: what is credited to a customer, given to invoices or refunded. Customers read theirs, staff make them.

mod changes;
mod crediting;
mod drafting;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use projections::{
    CreditNoteDocumentRow, CreditNoteFilter, CreditNoteRow, count_credit_notes, find_credit_note,
    find_invoice, list_allocations_of, list_credit_note_documents, list_credit_notes,
};

use super::act::{find, query};
use super::allocations::Allocation;
use super::context::{require_allowed, require_staff};
use super::customers::{Customer, customer_of};
use super::document_preview::DocumentPreview;
use super::documents::{Document, DocumentInput};
use super::error::UserError;
use super::invoices::Invoice;
use super::lists::{self, ListCursor, connection};
use super::money::{Money, Party};
use super::payments::SettlementNotice;
use super::scalars::{Date, Decimal, Uuid};

/// Where a credit note stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::CreditNoteState")]
pub enum CreditNoteStatus {
    /// Not issued yet.
    Draft,
    /// Thrown away before it was issued.
    Discarded,
    /// Issued, something is unapplied.
    Open,
    /// Issued, all of it is applied or given back.
    Closed,
    /// Never was owed.
    Voided,
}

/// What is credited to a customer. Its amounts are what the customer gets: positive, like those of an invoice.
pub struct CreditNote(pub CreditNoteRow);

#[Object]
impl CreditNote {
    /// The credit note's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its events; goes into `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Assigned when issued.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> CreditNoteStatus {
        self.0.state.into()
    }

    /// What is credited in all.
    async fn total(&self) -> Money {
        Money(self.0.total)
    }

    /// Without tax.
    async fn net(&self) -> Money {
        Money(self.0.net)
    }

    /// The tax.
    async fn tax(&self) -> Money {
        Money(self.0.tax)
    }

    /// What of it settles invoices.
    async fn applied(&self) -> Money {
        Money(self.0.applied)
    }

    /// What of it was given back in money.
    async fn refunded(&self) -> Money {
        Money(self.0.refunded)
    }

    /// What of it is the customer's credit.
    async fn unapplied(&self) -> Money {
        Money(self.0.unapplied())
    }

    /// Date of issue, before that of the draft.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// Why it was voided.
    async fn voided_reason(&self) -> Option<&str> {
        self.0.voided_reason.as_deref()
    }

    /// Who is credited.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// The invoice that it corrects.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let Some(id) = self.0.invoice_id else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }

    /// What it says.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
        Ok(self.said(ctx)?.map(|row| Document(row.document)))
    }

    /// The merchant as it stood when the credit note was issued.
    async fn seller(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        Ok(self.said(ctx)?.and_then(|row| row.seller).map(Party::from))
    }

    /// The customer as it stood when the credit note was issued.
    async fn buyer(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        Ok(self.said(ctx)?.and_then(|row| row.buyer).map(Party::from))
    }

    /// The invoices that it settles.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn allocations(&self, ctx: &Context<'_>) -> Result<Vec<Allocation>> {
        let rows = find(ctx, |db, viewer| {
            list_allocations_of(db, viewer, &[self.0.id])
        })?;
        Ok(rows.into_iter().map(Allocation).collect())
    }
}

impl CreditNote {
    fn said(&self, ctx: &Context<'_>) -> Result<Option<CreditNoteDocumentRow>> {
        Ok(find(ctx, |db, viewer| {
            list_credit_note_documents(db, viewer, &[self.0.id])
        })?
        .pop())
    }
}

/// Which credit notes are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct CreditNoteFilterInput {
    /// Standing so.
    status: Option<Vec<CreditNoteStatus>>,
    /// Of this customer.
    customer_id: Option<Uuid>,
    /// That correct this invoice.
    invoice_id: Option<Uuid>,
    /// Whose number begins so.
    number: Option<String>,
    /// Dated on or after.
    from: Option<Date>,
    /// Dated on or before.
    to: Option<Date>,
}

impl From<CreditNoteFilterInput> for CreditNoteFilter {
    fn from(input: CreditNoteFilterInput) -> Self {
        let states = input.status.unwrap_or_default();
        Self {
            states: states.into_iter().map(Into::into).collect(),
            customer_id: input.customer_id.map(|id| id.0),
            invoice_id: input.invoice_id.map(|id| id.0),
            number: input.number,
            from: input.from.map(|date| date.0),
            to: input.to.map(|date| date.0),
        }
    }
}

/// Beside a page of credit notes.
pub struct CreditNotesInAll {
    filter: CreditNoteFilter,
}

#[Object]
impl CreditNotesInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| {
            count_credit_notes(db, viewer, &filter)
        })
        .await
    }
}

/// A line of an invoice that is credited.
#[derive(InputObject)]
pub struct CreditLineInput {
    /// Which line of the invoice.
    line_id: u32,
    /// How much of it; left out, all.
    quantity: Option<Decimal>,
}

/// A new credit note: for a customer with a document of its own, or for an invoice that it corrects.
#[derive(InputObject)]
pub struct DraftCreditNoteInput {
    /// Who is credited; with `invoiceId` it may be left out.
    customer_id: Option<Uuid>,
    /// The invoice that it corrects, issued.
    invoice_id: Option<Uuid>,
    /// Which lines of the invoice; left out (and without `document`), all of them.
    lines: Option<Vec<CreditLineInput>>,
    /// What it shall say, amounts as the customer gets them; instead of the invoice's own lines.
    document: Option<DocumentInput>,
    /// Words to the customer on lines that are the invoice's.
    notes: Option<String>,
}

/// A draft written anew.
#[derive(InputObject)]
pub struct ReviseCreditNoteInput {
    /// Which credit note.
    credit_note_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// What it shall say.
    document: DocumentInput,
}

/// A draft to be issued or thrown away.
#[derive(InputObject)]
pub struct CreditNoteDraftInput {
    /// Which credit note.
    credit_note_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
}

/// What of a credit note shall settle an invoice.
#[derive(InputObject)]
pub struct AllocateCreditNoteInput {
    /// From which credit note.
    credit_note_id: Uuid,
    /// To which invoice, of the same customer and currency.
    invoice_id: Uuid,
    /// How much; left out, as much as is unapplied and due.
    amount: Option<Decimal>,
}

/// A draft to be issued, and an invoice that it shall settle.
#[derive(InputObject)]
pub struct IssueAndApplyCreditNoteInput {
    /// Which credit note.
    credit_note_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Which invoice it shall settle, of the same customer and currency; left out, the one that it corrects.
    invoice_id: Option<Uuid>,
    /// How much of it; left out, as much as it comes to and is due.
    amount: Option<Decimal>,
}

/// The outcome of issuing and applying a credit note.
#[derive(SimpleObject)]
pub struct IssueAndApplyPayload {
    /// The credit note now.
    credit_note: Option<CreditNote>,
    /// The invoice now.
    invoice: Option<Invoice>,
    /// Why the invoice did not take it, though the credit note is issued: it is the customer's credit.
    notices: Vec<SettlementNotice>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// What of a credit note shall no longer settle an invoice.
#[derive(InputObject)]
pub struct DeallocateCreditNoteInput {
    /// Of which credit note.
    credit_note_id: Uuid,
    /// From which invoice.
    invoice_id: Uuid,
    /// Why.
    reason: String,
}

/// Money that was given back for a credit note.
#[derive(InputObject)]
pub struct RefundCreditNoteInput {
    /// For which credit note.
    credit_note_id: Uuid,
    /// How much; left out, all that is unapplied.
    amount: Option<Decimal>,
    /// Why, and how.
    reason: String,
}

/// A credit note that never was owed.
#[derive(InputObject)]
pub struct VoidCreditNoteInput {
    /// Which credit note.
    credit_note_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Why.
    reason: String,
}

/// The outcome of something done to a credit note.
#[derive(SimpleObject)]
pub struct CreditNotePayload {
    /// The credit note now.
    credit_note: Option<CreditNote>,
    /// The invoice now, where one was named.
    invoice: Option<Invoice>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Queries about credit notes.
#[derive(Default)]
pub struct CreditNoteQuery;

#[Object]
impl CreditNoteQuery {
    /// A credit note; null where there is none that the viewer may see.
    async fn credit_note(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<CreditNote>> {
        Ok(find(ctx, |db, viewer| find_credit_note(db, viewer, id.0))?.map(CreditNote))
    }

    /// Credit notes, the newest first. A customer sees its own, once they are issued.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn credit_notes(
        &self,
        ctx: &Context<'_>,
        filter: Option<CreditNoteFilterInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, CreditNote, CreditNotesInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = CreditNoteFilter::from(filter.unwrap_or_default());
        let wanted = filter.clone();
        let slice = query(ctx, move |db, viewer| {
            list_credit_notes(db, viewer, &wanted, &page)
        })
        .await?;
        Ok(connection(
            slice,
            has_previous,
            CreditNotesInAll { filter },
            CreditNote,
        ))
    }

    /// What drafting this credit note would come to, and why it would be refused. Nothing is recorded. Staff only.
    async fn preview_credit_note(
        &self,
        ctx: &Context<'_>,
        input: DraftCreditNoteInput,
    ) -> Result<DocumentPreview> {
        require_staff(ctx)?;
        drafting::preview(ctx, input).await
    }
}

/// Mutations of credit notes.
#[derive(Default)]
pub struct CreditNoteMutation;

#[Object]
impl CreditNoteMutation {
    /// Writes a draft; staff only.
    async fn draft_credit_note(
        &self,
        ctx: &Context<'_>,
        input: DraftCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let (id, refused) = drafting::draft(ctx, input).await?;
        payload(ctx, id, None, refused)
    }

    /// Writes the draft anew; staff only.
    async fn revise_credit_note(
        &self,
        ctx: &Context<'_>,
        input: ReviseCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let id = input.credit_note_id.0;
        let refused = changes::revise(ctx, input).await?.err();
        payload(ctx, id, None, refused)
    }

    /// Throws the draft away; staff only.
    async fn discard_credit_note(
        &self,
        ctx: &Context<'_>,
        input: CreditNoteDraftInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let id = input.credit_note_id.0;
        let refused = changes::discard(ctx, &input).await?.err();
        payload(ctx, id, None, refused)
    }

    /// Issues a draft under the next number; from here on nothing on it changes. Staff only.
    async fn issue_credit_note(
        &self,
        ctx: &Context<'_>,
        input: CreditNoteDraftInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let id = input.credit_note_id.0;
        let refused = changes::issue(ctx, &input).await?.err();
        payload(ctx, id, None, refused)
    }

    /// Issues a draft and settles an invoice from it. Either it is refused and nothing is done, or the credit note is
    /// issued: what the invoice does not take then is the customer's credit, and said in `notices`. Staff only.
    async fn issue_and_apply_credit_note(
        &self,
        ctx: &Context<'_>,
        input: IssueAndApplyCreditNoteInput,
    ) -> Result<IssueAndApplyPayload> {
        require_staff(ctx)?;
        crediting::issue_and_apply(ctx, &input).await
    }

    /// Settles an invoice from what is unapplied of a credit note; it adds up with what the credit note settles there
    /// already. Staff, and contacts from their own customer's credit where the settings allow it.
    async fn allocate_credit_note(
        &self,
        ctx: &Context<'_>,
        input: AllocateCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_allowed(ctx, |portal| portal.use_credit)?;
        let refused = crediting::allocate(ctx, &input).await?.err();
        let invoice = Some(input.invoice_id.0);
        payload(ctx, input.credit_note_id.0, invoice, refused)
    }

    /// Makes what a credit note had settled due again; it becomes the customer's credit. Staff only.
    async fn deallocate_credit_note(
        &self,
        ctx: &Context<'_>,
        input: DeallocateCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let refused = crediting::deallocate(ctx, &input).await?.err();
        let invoice = Some(input.invoice_id.0);
        payload(ctx, input.credit_note_id.0, invoice, refused)
    }

    /// Records that money was given back for what is unapplied of a credit note, in part or whole; staff only.
    async fn refund_credit_note(
        &self,
        ctx: &Context<'_>,
        input: RefundCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let refused = crediting::refund(ctx, &input).await?.err();
        payload(ctx, input.credit_note_id.0, None, refused)
    }

    /// Declares that an issued credit note of which nothing is used never was owed; staff only.
    async fn void_credit_note(
        &self,
        ctx: &Context<'_>,
        input: VoidCreditNoteInput,
    ) -> Result<CreditNotePayload> {
        require_staff(ctx)?;
        let id = input.credit_note_id.0;
        let refused = changes::void(ctx, input).await?.err();
        payload(ctx, id, None, refused)
    }
}

fn note_row(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<CreditNoteRow>> {
    find(ctx, |db, viewer| find_credit_note(db, viewer, id))
}

fn payload(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    invoice: Option<uuid::Uuid>,
    refused: Option<UserError>,
) -> Result<CreditNotePayload> {
    let invoice = match invoice {
        Some(id) => find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice),
        None => None,
    };
    Ok(CreditNotePayload {
        credit_note: note_row(ctx, id)?.map(CreditNote),
        invoice,
        user_errors: refused.into_iter().collect(),
    })
}
