//! Collection: an invoice is paid with what the customer has stored, without anybody asking.

use anyhow::Context as _;
use domain::customer::{Customer, CustomerError, PaymentMethod};
use domain::ids::{CustomerId, InvoiceId, PaymentId};
use domain::invoice::{Invoice, InvoiceError};
use domain::payment::{Allocation, InitiatePayment, Payment, PaymentCommand, Progress};
use eventlog::ExecuteError;
use uuid::Uuid;

use super::because_of;
use super::intents::Intent;
use super::settlement;
use crate::app::App;

const PROCESS: &str = "Collection";

/// What became of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// The money is ours, and applied as far as the invoice took it.
    Paid,
    /// The provider has it in hand and will say later (bank debits); the invoice is reserved meanwhile.
    UnderWay,
    /// Nothing was charged, for this reason: the provider's, or the rule's that refused it.
    Refused {
        /// The code, for example `CARD_DECLINED`, `NO_PAYMENT_METHOD`, `ALREADY_PAID`, `PAYMENT_PENDING`.
        code: String,
        /// In words.
        reason: String,
    },
}

/// Pays all that is due on an invoice with the customer's stored payment method, as the payment of that id. Asked again
/// for the same payment, whatever has become of the first try, it carries that one on and answers with its outcome: it
/// never charges twice, and never another amount. `correlation` ties it to what set it off.
///
/// # Errors
/// Where the log failed or the provider gave no answer: the payment stays under way, and the sweep carries it on.
pub async fn collect(
    app: &App,
    invoice: InvoiceId,
    payment: PaymentId,
    correlation: Uuid,
) -> anyhow::Result<Collected> {
    if let Err((code, reason)) = start(app, invoice, payment, correlation).await? {
        return Ok(Collected::Refused { code, reason });
    }
    let settled = settlement::settle(app, payment, correlation).await?;
    let started = app.log.load::<Payment>(payment.0).await?.state.started;
    let started = started.context("the payment is not there")?;
    Ok(match started.progress {
        Progress::Succeeded => Collected::Paid,
        Progress::Initiated | Progress::Submitted | Progress::Pending => Collected::UnderWay,
        Progress::Failed { .. } | Progress::Cancelled => {
            let (code, reason) = settled.refusal.context("a refusal has a reason")?;
            Collected::Refused { code, reason }
        }
    })
}

/// Why a collection was not started: a code, and in words.
pub type Refused = (String, String);

/// The first step of [`collect`]: starts the payment, which the settlement then carries on from the log. Nothing where
/// it was started already.
///
/// # Errors
/// Where the log failed.
pub async fn start(
    app: &App,
    invoice: InvoiceId,
    payment: PaymentId,
    correlation: Uuid,
) -> anyhow::Result<Result<(), Refused>> {
    if app.log.load::<Payment>(payment.0).await?.version > 0 {
        return Ok(Ok(()));
    }
    let state = app.log.load::<Invoice>(invoice.0).await?.state;
    let refused = |refusal: InvoiceError| Ok(Err((refusal.code().to_owned(), refusal.to_string())));
    let Some(drafted) = &state.drafted else {
        return refused(InvoiceError::NotDrafted);
    };
    let amount = drafted.amount_due();
    if let Err(refusal) = state.check_payable(amount) {
        return refused(refusal);
    }
    let method = match stored_method(app, drafted.customer_id).await? {
        Ok(method) => method,
        Err(refusal) => return Ok(Err((refusal.code().to_owned(), refusal.to_string()))),
    };
    let command = PaymentCommand::Initiate(InitiatePayment {
        customer_id: drafted.customer_id,
        amount,
        allocations: vec![Allocation {
            invoice_id: invoice,
            amount,
        }],
        provider: method.provider,
        on: app.today(),
    });
    let intent = Intent::stored(&method.reference);
    app.intents.put(payment.0, &intent, app.clock.now()).await?;
    let meta = because_of(payment.0, "initiate", PROCESS, correlation);
    match app.log.execute::<Payment>(payment.0, command, &meta).await {
        Ok(_) => Ok(Ok(())),
        // Another node started it meanwhile, over what was due then.
        Err(ExecuteError::Refused(domain::payment::PaymentError::AlreadyStarted)) => Ok(Ok(())),
        Err(ExecuteError::Refused(refusal)) => {
            app.intents.remove(payment.0).await?;
            Ok(Err((refusal.code().to_owned(), refusal.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// The customer's stored payment method, where the provider that this node knows keeps it.
///
/// # Errors
/// Where the log failed.
pub async fn stored_method(
    app: &App,
    customer: CustomerId,
) -> anyhow::Result<Result<PaymentMethod, CustomerError>> {
    let state = app.log.load::<Customer>(customer.0).await?.state;
    let Some(registered) = state.registered else {
        return Ok(Err(CustomerError::NotRegistered));
    };
    let method = registered.payment_method;
    let method = method.filter(|method| method.provider == app.provider.name());
    Ok(method.ok_or(CustomerError::NoPaymentMethod))
}
