//! Invoices.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::ids::{CustomerId, InvoiceId};
use domain::invoice::{DraftInvoice, Invoice as Aggregate, InvoiceCommand};
use domain::money::Money as DomainMoney;
use projections::{
    InvoiceDocumentRow, InvoiceFilter, InvoiceRow, InvoiceSort as RowSort, InvoiceState,
    count_invoices, find_customer, find_estimate, find_invoice, find_subscription,
    list_allocations_to, list_corrections, list_invoice_documents, list_invoices,
};

use super::act::{Outcome, Refusal as _, act, find, not_found, query, shown};
use super::allocations::Allocation;
use super::context::{app, metadata, require_staff};
use super::credit_notes::CreditNote;
use super::customers::{Customer, customer_of};
use super::disputes::{Dispute, disputes_of};
use super::documents::{Document, DocumentInput, not_billed};
use super::error::{UserError, bad_input, conflict, internal};
use super::estimates::Estimate;
use super::lists::{self, ListCursor, connection};
use super::money::{Money, Party};
use super::previews::{UpcomingLateFee, UpcomingReminder, upcoming_late_fee, upcoming_reminder};
use super::scalars::{CurrencyCode, Date, Decimal, Uuid};
use super::subscriptions::Subscription;
use crate::process::issuing::{self, IssueError};

/// Where an invoice stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceStatus {
    /// Not issued yet.
    Draft,
    /// Thrown away before it was issued.
    Discarded,
    /// Issued, nothing settled.
    Unpaid,
    /// Issued, settled in part.
    PartiallyPaid,
    /// Nothing is due any more.
    Paid,
    /// Never was due.
    Voided,
    /// Given up.
    WrittenOff,
}

/// Where the invoice of a row stands.
pub(super) fn status_of(row: &InvoiceRow) -> InvoiceStatus {
    match row.state {
        InvoiceState::Draft => InvoiceStatus::Draft,
        InvoiceState::Discarded => InvoiceStatus::Discarded,
        InvoiceState::Open if row.settled.is_zero() => InvoiceStatus::Unpaid,
        InvoiceState::Open => InvoiceStatus::PartiallyPaid,
        InvoiceState::Paid => InvoiceStatus::Paid,
        InvoiceState::Voided => InvoiceStatus::Voided,
        InvoiceState::WrittenOff => InvoiceStatus::WrittenOff,
    }
}

/// A bill.
pub struct Invoice(pub InvoiceRow);

#[Object]
impl Invoice {
    /// The invoice's id.
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
    async fn status(&self) -> InvoiceStatus {
        status_of(&self.0)
    }

    /// Whether something is due after its last day.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.is_overdue(app(ctx)?.today()))
    }

    /// To pay in all.
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

    /// What payments and credit notes have settled.
    async fn settled(&self) -> Money {
        Money(self.0.settled)
    }

    /// What payments under way have reserved.
    async fn reserved(&self) -> Money {
        Money(self.0.reserved)
    }

    /// What is still to pay.
    async fn due(&self) -> Money {
        Money(self.0.due)
    }

    /// Date of issue, before that of the draft.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// The last day to pay.
    async fn due_date(&self) -> Option<Date> {
        self.0.due_date.map(Date)
    }

    /// When the customer first looked at it.
    async fn viewed_on(&self) -> Option<Date> {
        self.0.viewed_on.map(Date)
    }

    /// When nothing was due any more.
    async fn paid_on(&self) -> Option<Date> {
        self.0.paid_on.map(Date)
    }

    /// Why it was voided or written off.
    async fn closed_reason(&self) -> Option<&str> {
        self.0.closed_reason.as_deref()
    }

    /// Whether a dispute is open: then it is neither reminded of nor charged late fees on.
    async fn disputed(&self) -> bool {
        self.0.disputed
    }

    /// Whether a dispute was upheld and its correction is still to come: until then, or until staff let them go on
    /// (`resumeReminders`), it is neither reminded of nor charged late fees on.
    async fn reminders_rest(&self) -> bool {
        self.0.is_resting
    }

    /// Its disputes, open and settled, the oldest first.
    #[graphql(complexity = "1 + child_complexity * 3")]
    async fn disputes(&self, ctx: &Context<'_>) -> Result<Vec<Dispute>> {
        disputes_of(ctx, self.0.id)
    }

    /// Whether it bills the deposit of its estimate.
    async fn is_deposit(&self) -> bool {
        self.0.is_deposit
    }

    /// The invoice that was not paid in time, where this is a late fee.
    async fn late_fee_of(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let Some((id, _)) = self.0.late_fee_of else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }

    /// The reminder to come next, if nothing changes.
    async fn upcoming_reminder(&self, ctx: &Context<'_>) -> Result<Option<UpcomingReminder>> {
        upcoming_reminder(ctx, &self.0)
    }

    /// The late fee to come next, if nothing changes.
    async fn upcoming_late_fee(&self, ctx: &Context<'_>) -> Result<Option<UpcomingLateFee>> {
        upcoming_late_fee(ctx, &self.0)
    }

    /// Who is billed.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// The estimate it came from.
    async fn estimate(&self, ctx: &Context<'_>) -> Result<Option<Estimate>> {
        let Some((id, _)) = self.0.estimate else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_estimate(db, viewer, id))?.map(Estimate))
    }

    /// The subscription that it bills.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<Subscription>> {
        let Some((id, _)) = self.0.subscription else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_subscription(db, viewer, id))?.map(Subscription))
    }

    /// The plan that the subscription was to; goes into `planId` of the filter.
    async fn plan_id(&self) -> Option<Uuid> {
        self.0.subscription.map(|(_, plan)| plan.into())
    }

    /// What it says.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
        Ok(self.said(ctx)?.map(|row| Document(row.document)))
    }

    /// The merchant as it stood when the invoice was issued.
    async fn seller(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        Ok(self.said(ctx)?.and_then(|row| row.seller).map(Party::from))
    }

    /// The customer as it stood when the invoice was issued.
    async fn buyer(&self, ctx: &Context<'_>) -> Result<Option<Party>> {
        Ok(self.said(ctx)?.and_then(|row| row.buyer).map(Party::from))
    }

    /// The payments and credit notes that settle it, or are under way to.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn allocations(&self, ctx: &Context<'_>) -> Result<Vec<Allocation>> {
        let rows = find(ctx, |db, viewer| {
            list_allocations_to(db, viewer, &[self.0.id])
        })?;
        Ok(rows.into_iter().map(Allocation).collect())
    }

    /// The credit notes that correct it, the oldest first; what of them settles it stands under its allocations.
    #[graphql(complexity = "1 + child_complexity * 2")]
    async fn credit_notes(&self, ctx: &Context<'_>) -> Result<Vec<CreditNote>> {
        let rows = find(ctx, |db, viewer| list_corrections(db, viewer, self.0.id))?;
        Ok(rows.into_iter().map(CreditNote).collect())
    }
}

impl Invoice {
    fn said(&self, ctx: &Context<'_>) -> Result<Option<InvoiceDocumentRow>> {
        Ok(find(ctx, |db, viewer| {
            list_invoice_documents(db, viewer, &[self.0.id])
        })?
        .pop())
    }
}

/// Which invoices are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct InvoiceFilterInput {
    /// Standing so.
    status: Option<InvoiceStatus>,
    /// Something due after its last day.
    overdue: Option<bool>,
    /// Of this customer.
    customer_id: Option<Uuid>,
    /// Of subscriptions to this plan.
    plan_id: Option<Uuid>,
    /// Of this subscription.
    subscription_id: Option<Uuid>,
    /// Whose number begins so.
    number: Option<String>,
    /// Dated on or after.
    from: Option<Date>,
    /// Dated on or before.
    to: Option<Date>,
    /// To be paid on or after; drafts are left out.
    due_from: Option<Date>,
    /// To be paid on or before; drafts are left out.
    due_to: Option<Date>,
    /// In this currency.
    currency: Option<CurrencyCode>,
    /// With a total of at least so much; needs a currency.
    amount_from: Option<Decimal>,
    /// With a total of at most so much; needs a currency.
    amount_to: Option<Decimal>,
    /// With an open dispute (true) or none (false).
    disputed: Option<bool>,
    /// That hold all these words, or words that begin so, in number, customer's name, notes or lines; 2 to 100
    /// characters. At most the newest 10,000 are found.
    text: Option<String>,
}

impl InvoiceFilterInput {
    /// An amount in minor units of the currency that is asked for.
    fn minor(&self, field: &str, amount: Option<Decimal>) -> Result<Option<i64>> {
        match (amount, self.currency) {
            (None, _) => Ok(None),
            (Some(_), None) => Err(bad_input(field, "needs a currency")),
            (Some(amount), Some(currency)) => {
                let exact = DomainMoney::exact(field, amount.0, currency.0);
                let exact = exact.map_err(|e| bad_input(field, e.rule.to_string()))?;
                Ok(Some(exact.minor()))
            }
        }
    }

    fn for_day(self, today: time::Date) -> Result<InvoiceFilter> {
        let total_from = self.minor("amountFrom", self.amount_from)?;
        let total_to = self.minor("amountTo", self.amount_to)?;
        let (states, partially_paid) = match self.status {
            None => (vec![], None),
            Some(InvoiceStatus::Draft) => (vec![InvoiceState::Draft], None),
            Some(InvoiceStatus::Discarded) => (vec![InvoiceState::Discarded], None),
            Some(InvoiceStatus::Unpaid) => (vec![InvoiceState::Open], Some(false)),
            Some(InvoiceStatus::PartiallyPaid) => (vec![InvoiceState::Open], Some(true)),
            Some(InvoiceStatus::Paid) => (vec![InvoiceState::Paid], None),
            Some(InvoiceStatus::Voided) => (vec![InvoiceState::Voided], None),
            Some(InvoiceStatus::WrittenOff) => (vec![InvoiceState::WrittenOff], None),
        };
        Ok(InvoiceFilter {
            states,
            partially_paid,
            owing: false,
            overdue: self.overdue.map(|overdue| (overdue, today)),
            customer_id: self.customer_id.map(|id| id.0),
            plan_id: self.plan_id.map(|id| id.0),
            subscription_id: self.subscription_id.map(|id| id.0),
            number: lists::number("number", self.number)?,
            from: self.from.map(|date| date.0),
            to: self.to.map(|date| date.0),
            due_from: self.due_from.map(|date| date.0),
            due_to: self.due_to.map(|date| date.0),
            currency: self.currency.map(|currency| currency.0),
            total_from,
            total_to,
            disputed: self.disputed,
            text: lists::text("text", self.text.as_deref())?,
            ..InvoiceFilter::default()
        })
    }
}

/// What invoices are sorted by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::InvoiceSort")]
pub enum InvoiceSort {
    /// Date of issue, before that of the draft.
    Dated,
    /// The last day to pay; drafts are last.
    DueDate,
    /// The total, in minor units whatever the currency.
    Total,
    /// The number, as text; drafts have none and are first.
    Number,
    /// What is due, in minor units whatever the currency.
    Due,
}

/// Beside a page of invoices.
pub struct InvoicesInAll {
    filter: InvoiceFilter,
}

#[Object]
impl InvoicesInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| count_invoices(db, viewer, &filter)).await
    }
}

/// A new invoice.
#[derive(InputObject)]
pub struct DraftInvoiceInput {
    /// Who is billed.
    customer_id: Uuid,
    /// What it shall say.
    document: DocumentInput,
}

/// A draft written anew.
#[derive(InputObject)]
pub struct ReviseInvoiceInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// What it shall say.
    document: DocumentInput,
}

/// An invoice to be issued.
#[derive(InputObject)]
pub struct IssueInvoiceInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// The last day to pay; left out, as the customer's payment terms say.
    due_date: Option<Date>,
}

/// Something done to an invoice for a reason.
#[derive(InputObject)]
pub struct InvoiceReasonInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Why.
    reason: String,
}

/// A draft to be thrown away.
#[derive(InputObject)]
pub struct DiscardInvoiceInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
}

/// The outcome of something done to an invoice.
#[derive(SimpleObject)]
pub struct InvoicePayload {
    /// The invoice now.
    invoice: Option<Invoice>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Queries about invoices.
#[derive(Default)]
pub struct InvoiceQuery;

#[Object]
impl InvoiceQuery {
    /// An invoice; null where there is none that the viewer may see.
    async fn invoice(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Invoice>> {
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id.0))?.map(Invoice))
    }

    /// Invoices, by default the newest first. Discarded drafts are listed only where their status is asked for.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        filter: Option<InvoiceFilterInput>,
        #[graphql(default_with = "InvoiceSort::Dated")] sort: InvoiceSort,
        #[graphql(default = true)] descending: bool,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Invoice, InvoicesInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = filter.unwrap_or_default().for_day(app(ctx)?.today())?;
        let (wanted, sort) = (filter.clone(), (RowSort::from(sort), descending));
        let slice = query(ctx, move |db, viewer| {
            list_invoices(db, viewer, &wanted, sort, &page)
        })
        .await?;
        Ok(connection(
            slice,
            has_previous,
            InvoicesInAll { filter },
            Invoice,
        ))
    }
}

/// Mutations of invoices.
#[derive(Default)]
pub struct InvoiceMutation;

#[Object]
impl InvoiceMutation {
    /// Writes a draft; staff only.
    async fn draft_invoice(
        &self,
        ctx: &Context<'_>,
        input: DraftInvoiceInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let customer_id = input.customer_id.0;
        if find(ctx, |db, viewer| find_customer(db, viewer, customer_id))?.is_none() {
            return Ok(InvoicePayload {
                invoice: None,
                user_errors: vec![not_found("customerId")],
            });
        }
        if let Some(refused) = not_billed(ctx, &input.document)? {
            let user_errors = vec![refused.under("document")];
            return Ok(InvoicePayload {
                invoice: None,
                user_errors,
            });
        }
        let meta = metadata(ctx, "")?;
        let id = uuid::Uuid::new_v5(&meta.command_id, b"invoice");
        let command = InvoiceCommand::Draft(DraftInvoice {
            customer_id: CustomerId(customer_id),
            draft: input.document.into(),
            source: None,
            on: app(ctx)?.today(),
        });
        let refused = act::<Aggregate>(ctx, id, command, &meta).await?.err();
        payload(ctx, id, refused.map(|error| error.under("document")))
    }

    /// Writes the draft anew; staff only.
    async fn revise_invoice_draft(
        &self,
        ctx: &Context<'_>,
        input: ReviseInvoiceInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = InvoiceCommand::ReviseDraft {
            draft: input.document.into(),
            on,
        };
        send(ctx, input.invoice_id, command, input.expected_version).await
    }

    /// Throws a draft away; staff only. A deposit's may go: then the estimate is billed whole. The drafts that bill an
    /// accepted estimate, a subscription or a late fee stay.
    async fn discard_invoice(
        &self,
        ctx: &Context<'_>,
        input: DiscardInvoiceInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = InvoiceCommand::DiscardDraft { on };
        send(ctx, input.invoice_id, command, input.expected_version).await
    }

    /// Issues a draft under the next number; from here on nothing on it changes. Staff only.
    async fn issue_invoice(
        &self,
        ctx: &Context<'_>,
        input: IssueInvoiceInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        issue(ctx, input).await
    }

    /// Declares that an issued invoice never was due; staff only.
    async fn void_invoice(
        &self,
        ctx: &Context<'_>,
        input: InvoiceReasonInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = InvoiceCommand::Void {
            reason: input.reason,
            on,
        };
        adopt(ctx, input.invoice_id).await?;
        send(ctx, input.invoice_id, command, input.expected_version).await
    }

    /// Gives up what is still due; staff only.
    async fn write_off_invoice(
        &self,
        ctx: &Context<'_>,
        input: InvoiceReasonInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = InvoiceCommand::WriteOff {
            reason: input.reason,
            on,
        };
        adopt(ctx, input.invoice_id).await?;
        send(ctx, input.invoice_id, command, input.expected_version).await
    }

    /// Makes what was given up due again; staff only.
    async fn reverse_write_off(
        &self,
        ctx: &Context<'_>,
        input: InvoiceReasonInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = InvoiceCommand::ReverseWriteOff {
            reason: input.reason,
            on,
        };
        send(ctx, input.invoice_id, command, input.expected_version).await
    }
}

/// Before an invoice is closed it has to know of the credit notes that correct it, also of old ones.
async fn adopt(ctx: &Context<'_>, id: Uuid) -> Result<()> {
    if find(ctx, |db, viewer| find_invoice(db, viewer, id.0))?.is_none() {
        return Ok(());
    }
    let correlation = metadata(ctx, "")?.correlation_id;
    issuing::adopt_corrections(app(ctx)?, InvoiceId(id.0), correlation)
        .await
        .map_err(internal)
}

async fn issue(ctx: &Context<'_>, input: IssueInvoiceInput) -> Result<InvoicePayload> {
    let (app, id) = (app(ctx)?, input.invoice_id.0);
    if find(ctx, |db, viewer| find_invoice(db, viewer, id))?.is_none() {
        return Ok(InvoicePayload {
            invoice: None,
            user_errors: vec![not_found("invoiceId")],
        });
    }
    let meta = metadata(ctx, "")?.expecting(input.expected_version);
    let expectation = app.reads.expect(id);
    let due_date = input.due_date.map(|date| date.0);
    let refused = match issuing::issue_invoice(app, id, due_date, &meta).await {
        Ok(version) => {
            shown(ctx, id, &expectation, version).await?;
            None
        }
        Err(IssueError::Refused(refusal)) => Some(refusal.user_error()),
        Err(IssueError::NotReady(why)) => Some(UserError::new(&[], "NOT_READY", why)),
        Err(IssueError::Conflict(why)) => return Err(conflict(why)),
        Err(IssueError::Fault(fault)) => return Err(internal(fault)),
    };
    payload(ctx, id, refused)
}

pub(super) async fn send(
    ctx: &Context<'_>,
    id: Uuid,
    command: InvoiceCommand,
    expected_version: Option<u64>,
) -> Result<InvoicePayload> {
    let of_document = matches!(command, InvoiceCommand::ReviseDraft { .. });
    let refused = try_send(ctx, id.0, command, expected_version).await?.err();
    let refused = refused.map(|error| {
        if of_document {
            error.under("document")
        } else {
            error
        }
    });
    payload(ctx, id.0, refused)
}

/// Sends a command to an invoice that the viewer may see.
pub(super) async fn try_send(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: InvoiceCommand,
    expected_version: Option<u64>,
) -> Outcome<()> {
    if find(ctx, |db, viewer| find_invoice(db, viewer, id))?.is_none() {
        return Ok(Err(not_found("invoiceId")));
    }
    let meta = metadata(ctx, "")?.expecting(expected_version);
    Ok(act::<Aggregate>(ctx, id, command, &meta).await?.map(|_| ()))
}

/// Notes that a contact looked at an invoice.
pub(super) async fn mark_viewed(ctx: &Context<'_>, id: uuid::Uuid) -> Outcome<()> {
    let on = app(ctx)?.today();
    try_send(ctx, id, InvoiceCommand::MarkViewed { on }, None).await
}

pub(super) fn payload(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    refused: Option<UserError>,
) -> Result<InvoicePayload> {
    Ok(InvoicePayload {
        invoice: find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice),
        user_errors: refused.into_iter().collect(),
    })
}
