//! Payments: taken through a provider, or recorded by staff.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::ids::{CustomerId, PaymentId};
use domain::invoice::Settler;
use domain::money::Money as DomainMoney;
use domain::numbering::Series;
use domain::payment::{InitiatePayment, Payment as Aggregate, PaymentCommand, RecordPayment};
use eventlog::Metadata;
use projections::{
    PaymentFilter, PaymentRow, PaymentTargetRow, count_payments, find_customer, find_invoice,
    find_payment, list_allocations_of, list_payments, list_refunds_of, list_targets_of,
};

use super::act::{
    Outcome, Refusal as _, act, act_numbered, find, invalid, not_found, query, shown,
};
use super::allocations::Allocation;
use super::context::{app, caller, metadata, require_allowed, require_staff};
use super::customers::{Customer, customer_of};
use super::error::{UserError, internal, key_reused};
use super::invoices::Invoice;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::payables::{AllocationInput, payables};
use super::payment_methods::{check_token, require_provider};
use super::refunds::Refund;
use super::scalars::{CurrencyCode, Date, Decimal, Uuid};
use crate::process::applying;
use crate::process::collecting::stored_method;
use crate::process::intents::Intent;
use crate::process::settlement::{self, Settled};

/// How long an answer waits for a payment to be settled; after that it says how the payment stands.
const SETTLED_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// How far a payment has come.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::PaymentState")]
pub enum PaymentState {
    /// The provider is being asked.
    Initiated,
    /// The provider will say later.
    Pending,
    /// The money is ours.
    Succeeded,
    /// The provider refused it.
    Failed,
    /// Given up before the provider was asked.
    Cancelled,
}

/// Ways that money comes in without a provider.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::payment::OfflineMethod")]
pub enum OfflineMethod {
    /// Credit transfer to the merchant's bank account.
    BankTransfer,
    /// Notes and coins.
    Cash,
    /// A cheque.
    Cheque,
    /// Any other way.
    Other,
}

/// Money that came in, or was to.
pub struct Payment(pub PaymentRow);

#[Object]
impl Payment {
    /// The payment's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its events.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Assigned when the money is ours.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// How far it came.
    async fn state(&self) -> PaymentState {
        self.0.state.into()
    }

    /// How much, all in all.
    async fn amount(&self) -> Money {
        Money(self.0.amount)
    }

    /// What of it settles invoices.
    async fn applied(&self) -> Money {
        Money(self.0.applied)
    }

    /// What of it was given back.
    async fn refunded(&self) -> Money {
        Money(self.0.refunded)
    }

    /// What of it is the customer's credit.
    async fn unapplied(&self) -> Money {
        Money(self.0.unapplied())
    }

    /// The provider's name, or `bank_transfer`, `cash`, `cheque`, `other`.
    async fn method(&self) -> &str {
        &self.0.method
    }

    /// What stood with a payment that staff recorded.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The provider's reference.
    async fn provider_reference(&self) -> Option<&str> {
        self.0.provider_reference.as_deref()
    }

    /// The provider's code for a refusal.
    async fn failure_code(&self) -> Option<&str> {
        self.0.failure_code.as_deref()
    }

    /// The refusal in words.
    async fn failure_reason(&self) -> Option<&str> {
        self.0.failure_reason.as_deref()
    }

    /// When the money came in; before that, when the payment was started.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }

    /// Who paid.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// What of it was given back, or was meant to be; the oldest first.
    #[graphql(complexity = "1 + child_complexity * 2")]
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        let rows = find(ctx, |db, viewer| list_refunds_of(db, viewer, &[self.0.id]))?;
        Ok(rows.into_iter().map(Refund).collect())
    }

    /// The invoices that it was started for, whatever came of it; none where the money came in by another way.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn started_for(&self, ctx: &Context<'_>) -> Result<Vec<PaymentTarget>> {
        let rows = find(ctx, |db, viewer| list_targets_of(db, viewer, self.0.id))?;
        Ok(rows.into_iter().map(PaymentTarget).collect())
    }

    /// What it settles, or is under way to.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn allocations(&self, ctx: &Context<'_>) -> Result<Vec<Allocation>> {
        let rows = find(ctx, |db, viewer| {
            list_allocations_of(db, viewer, &[self.0.id])
        })?;
        Ok(rows.into_iter().map(Allocation).collect())
    }
}

/// An invoice that a payment was started for.
pub struct PaymentTarget(PaymentTargetRow);

#[Object]
impl PaymentTarget {
    /// What of the payment was meant for it.
    async fn amount(&self) -> Money {
        Money(self.0.amount)
    }

    /// The invoice.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let id = self.0.invoice_id;
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }
}

/// Which payments are wanted; all conditions hold at once.
#[derive(InputObject, Clone, Default)]
pub struct PaymentFilterInput {
    /// In one of these states.
    states: Option<Vec<PaymentState>>,
    /// Of this customer.
    customer_id: Option<Uuid>,
}

/// Beside a page of payments.
pub struct PaymentsInAll {
    filter: PaymentFilter,
}

#[Object]
impl PaymentsInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| count_payments(db, viewer, &filter)).await
    }
}

/// Invoices to be paid through a provider.
#[derive(InputObject)]
pub struct PayInvoicesInput {
    /// One or several, of one customer and one currency.
    invoices: Vec<AllocationInput>,
    /// What the provider's page gave for the card or account; in the sandbox one of its test tokens. Left out, the
    /// customer's attached payment method is charged. Never a card number.
    payment_token: Option<String>,
    /// Whether what the token stands for becomes the customer's payment method, once the payment has succeeded.
    #[graphql(default)]
    remember: bool,
}

/// Money that came in by another way.
#[derive(InputObject)]
pub struct RecordPaymentInput {
    /// Who paid.
    customer_id: Uuid,
    /// How much came in.
    amount: Decimal,
    /// In which currency.
    currency: CurrencyCode,
    /// How it came.
    method: OfflineMethod,
    /// What stood with it.
    reference: Option<String>,
    /// When it came in; left out, today.
    received_on: Option<Date>,
    /// What of it is for which invoice; the rest is the customer's credit.
    #[graphql(default)]
    allocations: Vec<AllocationInput>,
}

/// Something that went otherwise than asked, though what was asked for is recorded.
#[derive(SimpleObject)]
pub struct SettlementNotice {
    /// A stable code, such as `NOT_APPLIED` where an invoice did not take its part, which is the customer's credit.
    code: String,
    /// In words.
    message: String,
    /// How much it is about.
    amount: Money,
    /// The invoice it is about.
    invoice: Option<Invoice>,
}

impl SettlementNotice {
    /// What an invoice did not take. It is made of no [`UserError`]: an answer that holds one is not kept for its key.
    pub(super) fn not_applied(
        message: String,
        amount: DomainMoney,
        invoice: Option<Invoice>,
    ) -> Self {
        Self {
            code: "NOT_APPLIED".to_owned(),
            message,
            amount: Money(amount),
            invoice,
        }
    }
}

/// The outcome of a payment.
#[derive(SimpleObject)]
pub struct PaymentPayload {
    /// The payment now; look at its state: the provider may have refused it.
    payment: Option<Payment>,
    /// The invoices it was meant for, now.
    invoices: Vec<Invoice>,
    /// What of the payment did not settle what it was meant for: the money is recorded, and is the customer's credit.
    notices: Vec<SettlementNotice>,
    /// Why nothing was done, or why the provider refused. Empty where the money is ours.
    user_errors: Vec<UserError>,
}

impl PaymentPayload {
    /// Nothing was recorded.
    fn refused(why: UserError) -> Self {
        Self {
            payment: None,
            invoices: vec![],
            notices: vec![],
            user_errors: vec![why],
        }
    }
}

/// Queries about payments.
#[derive(Default)]
pub struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// A payment; null where there is none that the viewer may see.
    async fn payment(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Payment>> {
        Ok(find(ctx, |db, viewer| find_payment(db, viewer, id.0))?.map(Payment))
    }

    /// Payments, the newest first.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        filter: Option<PaymentFilterInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Payment, PaymentsInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = filter.unwrap_or_default();
        let filter = PaymentFilter {
            states: filter
                .states
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            customer_id: filter.customer_id.map(|id| id.0),
        };
        let wanted = filter.clone();
        let slice = query(ctx, move |db, viewer| {
            list_payments(db, viewer, &wanted, &page)
        })
        .await?;
        Ok(connection(
            slice,
            has_previous,
            PaymentsInAll { filter },
            Payment,
        ))
    }
}

/// Mutations of payments.
#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Pays one or several invoices in part or whole through the payment provider.
    async fn pay_invoices(
        &self,
        ctx: &Context<'_>,
        input: PayInvoicesInput,
    ) -> Result<PaymentPayload> {
        require_allowed(ctx, |portal| portal.pay)?;
        let started = match require_provider(ctx)? {
            Ok(()) => start_payment(ctx, &input).await?,
            Err(refused) => Err(refused),
        };
        match started {
            Ok(payment) => finish(ctx, payment, &input.invoices).await,
            Err(refused) => Ok(PaymentPayload::refused(refused)),
        }
    }

    /// Records money that came in by another way; staff only. Either it is refused and nothing is recorded, or it is
    /// recorded: what an invoice does not take then, because something else has settled it meanwhile, is the customer's
    /// credit and said in `notices`.
    async fn record_payment(
        &self,
        ctx: &Context<'_>,
        input: RecordPaymentInput,
    ) -> Result<PaymentPayload> {
        require_staff(ctx)?;
        let allocations = input.allocations.clone();
        match record(ctx, input).await? {
            Ok(payment) => finish(ctx, payment, &allocations).await,
            Err(refused) => Ok(PaymentPayload::refused(refused)),
        }
    }
}

/// Checks what is to be paid, keeps the token where only the process finds it, and starts the payment.
async fn start_payment(ctx: &Context<'_>, input: &PayInvoicesInput) -> Outcome<uuid::Uuid> {
    let app = app(ctx)?;
    let meta = metadata(ctx, "")?;
    let id = payment_id(&meta);
    if is_retry(ctx, &meta).await? {
        return Ok(Ok(id)); // After a crash: what was started is carried on.
    }
    if let Some(token) = &input.payment_token
        && let Err(refused) = check_token(token)
    {
        return Ok(Err(refused));
    }
    let payables = match payables(ctx, "invoices", &input.invoices, None).await? {
        Ok(payables) => payables,
        Err(refused) => return Ok(Err(refused)),
    };
    let intent = match &input.payment_token {
        Some(token) => Intent::token(token, input.remember),
        None => match stored(ctx, payables.customer_id).await? {
            Ok(intent) => intent,
            Err(refused) => return Ok(Err(refused)),
        },
    };
    app.intents
        .put(id, &intent, app.clock.now())
        .await
        .map_err(internal)?;
    let command = PaymentCommand::Initiate(InitiatePayment {
        customer_id: CustomerId(payables.customer_id),
        amount: payables.sum(),
        allocations: payables.allocations,
        provider: app.provider.name().to_owned(),
        on: app.today(),
    });
    let started = act::<Aggregate>(ctx, id, command, &meta).await?;
    if started.is_err() {
        app.intents.remove(id).await.map_err(internal)?;
    }
    Ok(started
        .map(|_| id)
        .map_err(|refused| refused.renaming("allocations", "invoices")))
}

/// What the customer has attached, to be charged.
async fn stored(ctx: &Context<'_>, customer: uuid::Uuid) -> Outcome<Intent> {
    let method = stored_method(app(ctx)?, CustomerId(customer))
        .await
        .map_err(internal)?;
    Ok(method
        .map(|method| Intent::stored(&method.reference))
        .map_err(|refusal| refusal.user_error()))
}

async fn record(ctx: &Context<'_>, input: RecordPaymentInput) -> Outcome<uuid::Uuid> {
    let app = app(ctx)?;
    let meta = metadata(ctx, "")?;
    let id = payment_id(&meta);
    if is_retry(ctx, &meta).await? {
        return Ok(Ok(id)); // After a crash: what was started is carried on.
    }
    let (customer_id, currency) = (input.customer_id.0, input.currency.0);
    if find(ctx, |db, viewer| find_customer(db, viewer, customer_id))?.is_none() {
        return Ok(Err(not_found("customerId")));
    }
    // Money for an invoice comes in the invoice's currency, whatever is billed today.
    let settings = app.settings();
    if input.allocations.is_empty()
        && let Err(broken) = settings.billed("currency", currency)
    {
        return Ok(Err(invalid(&broken)));
    }
    let of = Some((customer_id, currency));
    let payables = match payables(ctx, "allocations", &input.allocations, of).await? {
        Ok(payables) => payables,
        Err(refused) => return Ok(Err(refused)),
    };
    let on = app.today();
    let command = RecordPayment {
        number: String::new(),
        customer_id: CustomerId(customer_id),
        amount: DomainMoney {
            amount: input.amount.0,
            currency,
        },
        allocations: payables.allocations,
        method: input.method.into(),
        reference: input.reference,
        received_on: input.received_on.map_or(on, |date| date.0),
        on,
    };
    let make = |_: &Aggregate, number| {
        PaymentCommand::Record(RecordPayment {
            number,
            ..command.clone()
        })
    };
    Ok(act_numbered(ctx, id, Series::Payments, &meta, make)
        .await?
        .map(|_| id))
}

/// Another request under the same key, such as one with another card, is another payment: what was kept for the first
/// is never taken for the second.
fn payment_id(meta: &Metadata) -> uuid::Uuid {
    let request = meta.request_hash.as_deref().unwrap_or_default();
    uuid::Uuid::new_v5(&meta.command_id, format!("payment/{request}").as_bytes())
}

/// Whether this very request was recorded before, by a node that crashed or was cut off before it answered.
pub(in crate::graphql) async fn is_retry(ctx: &Context<'_>, meta: &Metadata) -> Result<bool> {
    let outcome = app(ctx)?
        .log
        .outcome_of(meta.command_id)
        .await
        .map_err(internal)?;
    match outcome {
        Some(outcome) if outcome.request_hash != meta.request_hash => Err(key_reused()),
        Some(_) => Ok(true),
        None => Ok(false),
    }
}

/// Carries a started payment on as far as it goes, and answers with how it stands.
async fn finish(
    ctx: &Context<'_>,
    payment: uuid::Uuid,
    meant_for: &[AllocationInput],
) -> Result<PaymentPayload> {
    let app = app(ctx)?;
    let mut expectations = vec![(payment, app.reads.expect(payment))];
    expectations.extend(
        meant_for
            .iter()
            .map(|input| (input.invoice_id.0, app.reads.expect(input.invoice_id.0))),
    );
    let settling = settlement::settle(app, PaymentId(payment), caller(ctx)?.correlation_id);
    // Hundreds of invoices may take longer than a request may: then the process that follows the log carries it on.
    let settled = match tokio::time::timeout(SETTLED_WITHIN, settling).await {
        Ok(settled) => settled.map_err(internal)?,
        Err(_) => Settled::default(),
    };
    for (id, expectation) in &expectations {
        if let Some(version) = settled.versions.get(id) {
            shown(ctx, *id, expectation, *version).await?;
        }
    }
    let invoices = meant_for.iter().map(|input| {
        find(ctx, |db, viewer| {
            find_invoice(db, viewer, input.invoice_id.0)
        })
    });
    let invoices = invoices.collect::<Result<Vec<_>>>()?;
    let row = find(ctx, |db, viewer| find_payment(db, viewer, payment))?;
    let refusal = settled.refusal.map(|(code, reason)| {
        let told = row.as_ref().and_then(|row| row.failure_reason.clone());
        UserError::new(&["input"], &code, told.unwrap_or(reason))
    });
    Ok(PaymentPayload {
        payment: row.map(Payment),
        invoices: invoices.into_iter().flatten().map(Invoice).collect(),
        notices: notices(ctx, payment, meant_for).await?,
        user_errors: refusal.into_iter().collect(),
    })
}

/// What of a payment an invoice did not take when it was first asked. Read from the log, so that a retry says the same.
async fn notices(
    ctx: &Context<'_>,
    payment: uuid::Uuid,
    meant_for: &[AllocationInput],
) -> Result<Vec<SettlementNotice>> {
    let app = app(ctx)?;
    let loaded = app.log.load::<Aggregate>(payment).await;
    let Some(started) = loaded.map_err(internal)?.state.started else {
        return Ok(vec![]);
    };
    let settler = Settler::Payment(PaymentId(payment));
    let mut notices = vec![];
    for part in &started.first_allocations {
        let named = meant_for
            .iter()
            .any(|input| input.invoice_id.0 == part.invoice_id.0);
        let refusal = applying::refusal_of(app, part.invoice_id, settler, 1).await;
        if let (true, Some(message)) = (named, refusal.map_err(internal)?) {
            let id = part.invoice_id.0;
            let invoice = find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice);
            notices.push(SettlementNotice::not_applied(message, part.amount, invoice));
        }
    }
    Ok(notices)
}
