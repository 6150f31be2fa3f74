//! Disputes: what a customer does not want to pay, and how staff settle it.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::dates;
use domain::ids::DisputeId;
use domain::invoice::{DisputeInvoice, InvoiceCommand};
use domain::money::Money as DomainMoney;
use projections::{
    DisputeFilter, DisputeRow, count_disputes, find_invoice, list_disputes, list_disputes_of,
};

use super::act::{find, invalid, not_found, query};
use super::context::{app, metadata, require_allowed, require_staff};
use super::error::{UserError, bad_input};
use super::invoices::{self, Invoice, InvoicePayload};
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::scalars::{Date, Decimal, Uuid};

/// How a dispute ended.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::invoice::DisputeOutcome")]
pub enum DisputeOutcome {
    /// The customer was right; a credit note usually follows.
    Upheld,
    /// The invoice stands as it is.
    Rejected,
    /// The customer took it back.
    Withdrawn,
}

/// A customer's reason not to pay an invoice, or a line of it. While one is open the invoice is neither reminded of nor
/// charged late fees on.
pub struct Dispute(DisputeRow);

#[Object]
impl Dispute {
    /// The dispute's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// What is disputed.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let id = self.0.invoice_id;
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }

    /// The line that is disputed; null for the whole invoice.
    async fn line_id(&self) -> Option<u32> {
        self.0.line_id
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How much is disputed; null where nobody said.
    async fn amount(&self) -> Option<Money> {
        self.0.amount.map(Money)
    }

    /// Who recorded it, by name at that time.
    async fn raised_by(&self) -> &str {
        &self.0.raised_by
    }

    /// Business date of the dispute, in the organisation's time zone.
    async fn raised_on(&self) -> Date {
        self.0.dated.into()
    }

    /// How it ended; null while it is open.
    async fn outcome(&self) -> Option<DisputeOutcome> {
        self.0.outcome.map(Into::into)
    }

    /// Words of the staff who settled it, or of who took it back.
    async fn words(&self) -> Option<&str> {
        self.0.words.as_deref()
    }

    /// Business date of the settlement.
    async fn settled_on(&self) -> Option<Date> {
        self.0.settled_on.map(Date)
    }
}

/// The disputes of one invoice, the oldest first.
pub(super) fn disputes_of(ctx: &Context<'_>, invoice: uuid::Uuid) -> Result<Vec<Dispute>> {
    let rows = find(ctx, |db, viewer| list_disputes_of(db, viewer, &[invoice]))?;
    Ok(rows.into_iter().map(Dispute).collect())
}

/// Which disputes are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct DisputeFilterInput {
    /// Open (true) or settled (false).
    open: Option<bool>,
    /// Of this customer.
    customer_id: Option<Uuid>,
}

/// Beside a page of disputes.
pub struct DisputesInAll {
    filter: DisputeFilter,
}

#[Object]
impl DisputesInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| count_disputes(db, viewer, &filter)).await
    }
}

/// A dispute of an invoice.
#[derive(InputObject)]
pub struct DisputeInvoiceInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// The line that is disputed; left out, the whole invoice is.
    line_id: Option<u32>,
    /// Why, at most 2,000 characters.
    reason: String,
    /// How much is disputed, in the invoice's currency, at most its total.
    amount: Option<Decimal>,
    /// Business date, from the date of issue to today; left out, today. For staff, who record what a customer told them.
    on: Option<Date>,
}

/// A dispute to be settled.
#[derive(InputObject)]
pub struct SettleDisputeInput {
    /// Of which invoice.
    invoice_id: Uuid,
    /// Which dispute.
    dispute_id: Uuid,
    /// How it ends.
    outcome: DisputeOutcome,
    /// Words to the customer, at most 2,000 characters.
    words: String,
}

/// A dispute to be taken back.
#[derive(InputObject)]
pub struct WithdrawDisputeInput {
    /// Of which invoice.
    invoice_id: Uuid,
    /// Which dispute.
    dispute_id: Uuid,
    /// Why, at most 2,000 characters.
    words: String,
}

/// An invoice to be charged no late fees on.
#[derive(InputObject)]
pub struct WaiveLateFeesInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// Why; the customer is not told.
    reason: String,
}

/// An invoice to be reminded of again.
#[derive(InputObject)]
pub struct ResumeRemindersInput {
    /// Which invoice.
    invoice_id: Uuid,
    /// Why; the customer is not told.
    reason: String,
}

/// The outcome of something done about a dispute.
#[derive(SimpleObject)]
pub struct DisputePayload {
    /// The invoice now.
    invoice: Option<Invoice>,
    /// The dispute now.
    dispute: Option<Dispute>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Queries about disputes.
#[derive(Default)]
pub struct DisputeQuery;

#[Object]
impl DisputeQuery {
    /// Disputes, the oldest first. With `open: true` the work list of the staff.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn disputes(
        &self,
        ctx: &Context<'_>,
        filter: Option<DisputeFilterInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Dispute, DisputesInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = filter.unwrap_or_default();
        let filter = DisputeFilter {
            open: filter.open,
            customer_id: filter.customer_id.map(|id| id.0),
        };
        let wanted = filter.clone();
        let slice = query(ctx, move |db, viewer| {
            list_disputes(db, viewer, &wanted, &page)
        })
        .await?;
        let fields = DisputesInAll { filter };
        Ok(connection(slice, has_previous, fields, Dispute))
    }
}

/// Mutations about disputes.
#[derive(Default)]
pub struct DisputeMutation;

#[Object]
impl DisputeMutation {
    /// Disputes an issued invoice or a line of it, also one that is paid. One dispute of the same thing is open at a time.
    async fn dispute_invoice(
        &self,
        ctx: &Context<'_>,
        input: DisputeInvoiceInput,
    ) -> Result<DisputePayload> {
        let viewer = require_allowed(ctx, |portal| portal.dispute)?;
        let today = app(ctx)?.today();
        if input.on.is_some() && viewer.only_customer().is_some() {
            return Err(bad_input("on", "is for staff only"));
        }
        let on = input.on.map_or(today, |on| on.0);
        let id = input.invoice_id.0;
        if let Err(broken) = dates::happened("on", on, today) {
            return payload(ctx, id, None, Some(invalid(&broken)));
        }
        let Some(invoice) = find(ctx, |db, viewer| find_invoice(db, viewer, id))? else {
            return payload(ctx, id, None, Some(not_found("invoiceId")));
        };
        let dispute_id = uuid::Uuid::new_v5(&metadata(ctx, "")?.command_id, b"dispute");
        let command = InvoiceCommand::Dispute(DisputeInvoice {
            dispute_id: DisputeId(dispute_id),
            line_id: input.line_id,
            reason: input.reason,
            amount: input.amount.map(|amount| DomainMoney {
                amount: amount.0,
                currency: invoice.total.currency,
            }),
            on,
        });
        let refused = invoices::try_send(ctx, id, command, None).await?.err();
        payload(ctx, id, Some(dispute_id), refused)
    }

    /// Settles a dispute; staff only. What follows from it, such as a credit note, is up to the staff.
    async fn settle_dispute(
        &self,
        ctx: &Context<'_>,
        input: SettleDisputeInput,
    ) -> Result<DisputePayload> {
        require_staff(ctx)?;
        settle(ctx, input).await
    }

    /// Takes a dispute back, for the customer whose invoice it is, where customers may dispute.
    async fn withdraw_dispute(
        &self,
        ctx: &Context<'_>,
        input: WithdrawDisputeInput,
    ) -> Result<DisputePayload> {
        require_allowed(ctx, |portal| portal.dispute)?;
        let id = input.invoice_id.0;
        if find(ctx, |db, viewer| find_invoice(db, viewer, id))?.is_none() {
            return payload(ctx, id, None, Some(not_found("invoiceId")));
        }
        let withdrawn = SettleDisputeInput {
            invoice_id: input.invoice_id,
            dispute_id: input.dispute_id,
            outcome: DisputeOutcome::Withdrawn,
            words: input.words,
        };
        settle(ctx, withdrawn).await
    }

    /// Reminds of an invoice and charges late fees on it again, though the correction of a dispute that was upheld is
    /// still to come; staff only.
    async fn resume_reminders(
        &self,
        ctx: &Context<'_>,
        input: ResumeRemindersInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let command = InvoiceCommand::ResumeReminders {
            reason: input.reason,
            on: app(ctx)?.today(),
        };
        invoices::send(ctx, input.invoice_id, command, None).await
    }

    /// Charges no late fees on an invoice from now on; staff only. What was charged stands.
    async fn waive_late_fees(
        &self,
        ctx: &Context<'_>,
        input: WaiveLateFeesInput,
    ) -> Result<InvoicePayload> {
        require_staff(ctx)?;
        let command = InvoiceCommand::WaiveLateFees {
            reason: input.reason,
            on: app(ctx)?.today(),
        };
        invoices::send(ctx, input.invoice_id, command, None).await
    }
}

async fn settle(ctx: &Context<'_>, input: SettleDisputeInput) -> Result<DisputePayload> {
    let id = input.invoice_id.0;
    let command = InvoiceCommand::SettleDispute {
        dispute_id: DisputeId(input.dispute_id.0),
        outcome: input.outcome.into(),
        words: input.words,
        on: app(ctx)?.today(),
    };
    let refused = invoices::try_send(ctx, id, command, None).await?.err();
    payload(ctx, id, Some(input.dispute_id.0), refused)
}

fn payload(
    ctx: &Context<'_>,
    invoice: uuid::Uuid,
    dispute: Option<uuid::Uuid>,
    refused: Option<UserError>,
) -> Result<DisputePayload> {
    let disputes = disputes_of(ctx, invoice)?;
    let mut disputes = disputes.into_iter();
    Ok(DisputePayload {
        invoice: find(ctx, |db, viewer| find_invoice(db, viewer, invoice))?.map(Invoice),
        dispute: disputes.find(|known| Some(known.0.id) == dispute),
        user_errors: refused.into_iter().collect(),
    })
}
