//! Refunds: money given back, through the provider that took it or by hand. Staff only.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use cqrs_es::Aggregate as _;
use domain::ids::{InvoiceId, PaymentId, RefundId};
use domain::money::Money as DomainMoney;
use domain::payment::{
    Payment as Aggregate, PaymentCommand, PaymentError, PaymentEvent, RefundPayment,
    RefundProgress, Started,
};
use projections::{PaymentRow, RefundRow, find_payment};

use super::act::{Outcome, Refusal as _, act, find, not_found, shown};
use super::context::{app, caller, metadata, require_staff};
use super::credit::{CreditPayload, DeallocatePaymentInput, deallocate_under, payload};
use super::error::{UserError, internal};
use super::money::Money;
use super::payments::is_retry;
use super::scalars::{Date, Decimal, Uuid};
use crate::process::refunds::give_back;

/// How far a refund has come.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::RefundState")]
pub enum RefundState {
    /// The provider is asked for it; it counts as gone.
    UnderWay,
    /// The money went back.
    Succeeded,
    /// The money did not go back: it is credit again.
    Failed,
}

/// Money given back.
pub struct Refund(pub RefundRow);

#[Object]
impl Refund {
    /// The refund's id.
    async fn id(&self) -> Uuid {
        self.0.refund_id.into()
    }

    /// How far it came.
    async fn state(&self) -> RefundState {
        self.0.state.into()
    }

    /// How much.
    async fn amount(&self) -> Money {
        Money(self.0.amount)
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Whether the provider gives it; otherwise it was given by hand.
    async fn by_provider(&self) -> bool {
        self.0.by_provider
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

    /// Business date on which it was begun.
    async fn dated(&self) -> Date {
        self.0.dated.into()
    }
}

/// What of a payment shall be given back.
#[derive(InputObject)]
pub struct RefundPaymentInput {
    /// Of which payment.
    payment_id: Uuid,
    /// How much; left out, all that is unapplied. Must be given where an invoice is named.
    amount: Option<Decimal>,
    /// Why.
    reason: String,
    /// An invoice that the payment shall no longer settle: what it settled of it is due again, and can be given back.
    invoice_id: Option<Uuid>,
    /// Whether it was given back by another way than through the provider that took the payment. Payments that no
    /// provider took are always given back by hand; this only records it.
    #[graphql(default)]
    by_hand: bool,
}

/// Mutations of refunds.
#[derive(Default)]
pub struct RefundMutation;

#[Object]
impl RefundMutation {
    /// Gives back what is unapplied of a payment, in part or whole: through the provider that took it, or by hand. With
    /// an invoice, the payment is taken off it first, whole; what is not given back of that is the customer's credit.
    async fn refund_payment(
        &self,
        ctx: &Context<'_>,
        input: RefundPaymentInput,
    ) -> Result<CreditPayload> {
        require_staff(ctx)?;
        let refused = refund(ctx, &input).await?.err();
        payload(ctx, input.payment_id, input.invoice_id, refused)
    }
}

async fn refund(ctx: &Context<'_>, input: &RefundPaymentInput) -> Outcome<()> {
    let payment_id = input.payment_id.0;
    let payment = find(ctx, |db, viewer| find_payment(db, viewer, payment_id))?;
    let Some(payment) = payment else {
        return Ok(Err(not_found("paymentId")));
    };
    let meta = metadata(ctx, "")?;
    let refund_id = RefundId(uuid::Uuid::new_v5(&meta.command_id, b"refund"));
    let started = load(ctx, payment_id).await?;
    let by_provider = started.provider.is_some() && !input.by_hand;
    if !is_retry(ctx, &meta).await? {
        if by_provider && let Err(refused) = require_provider_of(ctx, &started)? {
            return Ok(Err(refused));
        }
        let command = match command(ctx, input, &payment, refund_id, by_provider)? {
            Ok(command) => command,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(invoice) = input.invoice_id
            && let Err(refused) = take_off(ctx, input, invoice, &started, &command).await?
        {
            return Ok(Err(refused));
        }
        if let Err(refused) = act::<Aggregate>(ctx, payment_id, command, &meta).await? {
            return Ok(Err(refused));
        }
    }
    if by_provider {
        ask_provider(ctx, payment_id, refund_id).await
    } else {
        Ok(Ok(()))
    }
}

/// Only the provider that took the money can give it back.
fn require_provider_of(ctx: &Context<'_>, payment: &Started) -> Outcome<()> {
    let ours = app(ctx)?.provider.name();
    Ok(match payment.provider.as_deref() {
        Some(provider) if provider != ours => {
            let why =
                "the provider that took the payment is not set up; record it as given back by hand";
            Err(UserError::new(&["input"], "NO_PAYMENT_PROVIDER", why))
        }
        Some(_) | None => Ok(()),
    })
}

async fn load(ctx: &Context<'_>, payment: uuid::Uuid) -> Result<Started> {
    let loaded = app(ctx)?.log.load::<Aggregate>(payment).await;
    let started = loaded.map_err(internal)?.state.started;
    started.ok_or_else(|| internal("a payment that is shown is not in the log"))
}

fn command(
    ctx: &Context<'_>,
    input: &RefundPaymentInput,
    payment: &PaymentRow,
    refund_id: RefundId,
    by_provider: bool,
) -> Outcome<PaymentCommand> {
    let amount = match (input.amount, input.invoice_id) {
        (Some(Decimal(amount)), _) => DomainMoney {
            amount,
            currency: payment.amount.currency,
        },
        (None, None) => payment.unapplied(),
        (None, Some(_)) => {
            let why = "say how much, where an invoice is named";
            return Ok(Err(UserError::new(&["input", "amount"], "REQUIRED", why)));
        }
    };
    let refund = RefundPayment {
        refund_id,
        amount,
        reason: input.reason.clone(),
        on: app(ctx)?.today(),
    };
    Ok(Ok(if by_provider {
        PaymentCommand::InitiateRefund(refund)
    } else {
        PaymentCommand::Refund(refund)
    }))
}

/// Takes the payment off an invoice, unless the refund would be refused even then: both happen or neither.
async fn take_off(
    ctx: &Context<'_>,
    input: &RefundPaymentInput,
    invoice: Uuid,
    started: &Started,
    refund: &PaymentCommand,
) -> Outcome<()> {
    let meta = metadata(ctx, "take-off")?;
    if !is_retry(ctx, &meta).await? {
        let Some(amount) = started.allocations.to(InvoiceId(invoice.0)) else {
            return Ok(Err(PaymentError::NotAllocated.user_error()));
        };
        let mut without = Aggregate {
            started: Some(started.clone()),
        };
        without.apply(PaymentEvent::Deallocated {
            invoice_id: InvoiceId(invoice.0),
            amount,
            reason: input.reason.clone(),
            on: app(ctx)?.today(),
        });
        if let Err(refusal) = without.decide(refund.clone()) {
            return Ok(Err(refusal.user_error()));
        }
    }
    let deallocate = DeallocatePaymentInput {
        payment_id: input.payment_id,
        invoice_id: invoice,
        reason: input.reason.clone(),
    };
    deallocate_under(ctx, &deallocate, &meta).await
}

/// Asks the provider now, for a quick answer; where it gives none, it is asked again later, and the refund is under way.
async fn ask_provider(ctx: &Context<'_>, payment: uuid::Uuid, refund: RefundId) -> Outcome<()> {
    let app = app(ctx)?;
    let expectation = app.reads.expect(payment);
    let correlation = caller(ctx)?.correlation_id;
    match give_back(app, PaymentId(payment), correlation).await {
        Ok(version) => shown(ctx, payment, &expectation, version).await?,
        Err(error) => {
            tracing::warn!(%payment, error = format!("{error:#}"), "a refund waits for the next sweep");
        }
    }
    let started = load(ctx, payment).await?;
    let progress = started.refunds.get(&refund).map(|refund| &refund.progress);
    Ok(match progress {
        Some(RefundProgress::Failed { code, reason }) => {
            Err(UserError::new(&["input"], code, reason.clone()))
        }
        Some(RefundProgress::UnderWay | RefundProgress::Succeeded) | None => Ok(()),
    })
}
