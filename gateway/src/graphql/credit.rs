//! A customer's credit: what of a payment is unapplied, given to invoices, and taken back.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::ids::{InvoiceId, PaymentId};
use domain::invoice::{Invoice as InvoiceAggregate, InvoiceCommand, Settler};
use domain::money::Money as DomainMoney;
use domain::payment::{
    Allocation as DomainAllocation, Payment as Aggregate, PaymentCommand, PaymentError,
};
use eventlog::Metadata;
use projections::{PaymentRow, PaymentState, find_invoice, find_payment};

use super::act::{Outcome, Refusal as _, act, find, not_found, shown};
use super::context::{app, caller, metadata, require_allowed, require_staff};
use super::error::{UserError, internal};
use super::invoices::Invoice;
use super::payments::{Payment, is_retry};
use super::scalars::{Decimal, Uuid};
use crate::process::applying;
use crate::process::settlement::{self, Unapplied};

/// What of a payment shall settle an invoice.
#[derive(InputObject)]
pub struct AllocatePaymentInput {
    /// From which payment.
    payment_id: Uuid,
    /// To which invoice, of the same customer and currency.
    invoice_id: Uuid,
    /// How much; left out, as much as is unapplied and due.
    amount: Option<Decimal>,
}

/// What of a payment shall no longer settle an invoice.
#[derive(InputObject)]
pub struct DeallocatePaymentInput {
    /// Of which payment.
    pub(super) payment_id: Uuid,
    /// From which invoice.
    pub(super) invoice_id: Uuid,
    /// Why.
    pub(super) reason: String,
}

/// The outcome of a change to a customer's credit.
#[derive(SimpleObject)]
pub struct CreditPayload {
    /// The payment now.
    payment: Option<Payment>,
    /// The invoice now.
    invoice: Option<Invoice>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Mutations of a customer's credit.
#[derive(Default)]
pub struct CreditMutation;

#[Object]
impl CreditMutation {
    /// Settles an invoice from what is unapplied of a payment; it adds up with what the payment settles there already.
    /// Staff, and contacts from their own customer's credit where the settings allow it.
    async fn allocate_payment(
        &self,
        ctx: &Context<'_>,
        input: AllocatePaymentInput,
    ) -> Result<CreditPayload> {
        require_allowed(ctx, |portal| portal.use_credit)?;
        let refused = allocate(ctx, &input).await?.err();
        payload(ctx, input.payment_id, Some(input.invoice_id), refused)
    }

    /// Makes what a payment had settled due again; it becomes the customer's credit.
    async fn deallocate_payment(
        &self,
        ctx: &Context<'_>,
        input: DeallocatePaymentInput,
    ) -> Result<CreditPayload> {
        require_staff(ctx)?;
        let meta = metadata(ctx, "")?;
        let refused = deallocate_under(ctx, &input, &meta).await?.err();
        payload(ctx, input.payment_id, Some(input.invoice_id), refused)
    }
}

async fn allocate(ctx: &Context<'_>, input: &AllocatePaymentInput) -> Outcome<()> {
    let app = app(ctx)?;
    let (payment_id, invoice_id) = (input.payment_id.0, input.invoice_id.0);
    let Some(payment) = payment_row(ctx, payment_id)? else {
        return Ok(Err(not_found("paymentId")));
    };
    let invoice = find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id))?;
    let Some(invoice) = invoice.filter(|invoice| invoice.customer_id == payment.customer_id) else {
        return Ok(Err(not_found("invoiceId")));
    };
    let meta = metadata(ctx, "")?;
    let currency = payment.amount.currency;
    let most = payment.unapplied().minor().min(invoice.due.minor());
    let amount = match input.amount {
        Some(Decimal(amount)) => DomainMoney { amount, currency },
        None => DomainMoney::from_minor(most, currency),
    };
    // What a first try has recorded is carried on, whatever is due by now.
    if !is_retry(ctx, &meta).await? {
        let loaded = app.log.load::<InvoiceAggregate>(invoice_id).await;
        if let Err(refusal) = loaded.map_err(internal)?.state.check_payable(amount) {
            return Ok(Err(refusal.user_error()));
        }
    }
    let invoice_id = InvoiceId(invoice_id);
    let command = PaymentCommand::Allocate {
        allocation: DomainAllocation { invoice_id, amount },
        on: app.today(),
    };
    let done = match act::<Aggregate>(ctx, payment_id, command, &meta).await? {
        Ok(done) => done,
        Err(refused) => return Ok(Err(refused)),
    };
    let started = done.state.started.as_ref();
    let round = started.map_or(0, |started| started.allocations.rounds(invoice_id));
    let expectation = app.reads.expect(invoice_id.0);
    let correlation = caller(ctx)?.correlation_id;
    let settled = settlement::settle(app, PaymentId(payment_id), correlation)
        .await
        .map_err(internal)?;
    if let Some(version) = settled.versions.get(&invoice_id.0) {
        shown(ctx, invoice_id.0, &expectation, *version).await?;
    }
    let settler = Settler::Payment(PaymentId(payment_id));
    taken(ctx, invoice_id, settler, round).await
}

/// Whether an invoice took what was allocated to it. Another payment may have been first: then it is credit again, and
/// all in all nothing was done.
pub(super) async fn taken(
    ctx: &Context<'_>,
    invoice: InvoiceId,
    settler: Settler,
    round: u32,
) -> Outcome<()> {
    let refusal = applying::refusal_of(app(ctx)?, invoice, settler, round).await;
    Ok(match refusal.map_err(internal)? {
        None => Ok(()),
        Some(why) => {
            let why = format!("the invoice did not take it: {why}");
            Err(UserError::new(&[], "NOT_APPLIED", why))
        }
    })
}

/// First the invoice, then the payment; a process does the second where a crash comes between.
pub(super) async fn deallocate_under(
    ctx: &Context<'_>,
    input: &DeallocatePaymentInput,
    meta: &Metadata,
) -> Outcome<()> {
    let on = app(ctx)?.today();
    let (payment_id, invoice_id) = (input.payment_id.0, input.invoice_id.0);
    let Some(payment) = payment_row(ctx, payment_id)? else {
        return Ok(Err(not_found("paymentId")));
    };
    if payment.state != PaymentState::Succeeded {
        return Ok(Err(PaymentError::NotSucceeded.user_error()));
    }
    if find(ctx, |db, viewer| find_invoice(db, viewer, invoice_id))?.is_none() {
        return Ok(Err(not_found("invoiceId")));
    }
    let command = InvoiceCommand::UnapplyPayment {
        payment_id: PaymentId(payment_id),
        reason: input.reason.clone(),
        on,
    };
    let unapplied = match act::<InvoiceAggregate>(ctx, invoice_id, command, meta).await? {
        Ok(executed) if executed.events.is_empty() && !executed.replayed => return Ok(Ok(())),
        Ok(executed) => Unapplied {
            invoice_id: InvoiceId(invoice_id),
            amount: taken_back(&executed.state, Settler::Payment(PaymentId(payment_id)))?,
            sequence: executed.version,
            reason: input.reason.clone(),
            on,
        },
        Err(refused) => return Ok(Err(refused)),
    };
    let (app, correlation) = (app(ctx)?, caller(ctx)?.correlation_id);
    let expectation = app.reads.expect(payment_id);
    let ended = settlement::end_allocation(app, PaymentId(payment_id), unapplied, correlation);
    shown(
        ctx,
        payment_id,
        &expectation,
        ended.await.map_err(internal)?,
    )
    .await?;
    Ok(Ok(()))
}

/// What the invoice has just taken back of the settler.
pub(super) fn taken_back(invoice: &InvoiceAggregate, settler: Settler) -> Result<DomainMoney> {
    let drafted = invoice.drafted.as_ref();
    let issued = drafted.and_then(|drafted| drafted.issued.as_ref());
    let amount = issued.and_then(|issued| issued.taken_back.get(&settler));
    let amount = amount.ok_or_else(|| internal("an invoice does not know what it took back"))?;
    Ok(*amount)
}

fn payment_row(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<PaymentRow>> {
    find(ctx, |db, viewer| find_payment(db, viewer, id))
}

pub(super) fn payload(
    ctx: &Context<'_>,
    payment: Uuid,
    invoice: Option<Uuid>,
    refused: Option<UserError>,
) -> Result<CreditPayload> {
    let invoice = match invoice {
        Some(id) => find(ctx, |db, viewer| find_invoice(db, viewer, id.0))?.map(Invoice),
        None => None,
    };
    Ok(CreditPayload {
        payment: payment_row(ctx, payment.0)?.map(Payment),
        invoice,
        user_errors: refused.into_iter().collect(),
    })
}
