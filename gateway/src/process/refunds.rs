//! Refund → given back: the provider that took the money is asked, under the refund's id, until it has decided.
//!
//! The payment's own stream is the outbox: a refund that is initiated and undecided is a call to be made. The mutation
//! that began it makes it for a quick answer; the process that follows the log and the sweep make it where that did
//! not come to an end. Asked twice under one key, the provider gives back once.

use std::time::Duration;

use anyhow::Context as _;
use domain::ids::{PaymentId, RefundId};
use domain::payment::{Payment, PaymentCommand, Started};
use eventlog::ExecuteError;
use uuid::Uuid;

use super::because_of;
use super::provider::{Refund, Refunded};
use crate::app::App;

const PROCESS: &str = "Refunds";
/// How long the provider may take to answer.
const PROVIDER_WITHIN: Duration = Duration::from_secs(20);

/// Asks the provider for every refund of a payment that it has not decided. Doing it again changes nothing. Answers
/// with the payment's version.
///
/// # Errors
/// Where the log failed or the provider gave no answer to one of them: that one is asked for again later.
pub async fn give_back(app: &App, payment: PaymentId, correlation: Uuid) -> anyhow::Result<u64> {
    let _turn = app.payment_turns.lock(payment.0).await;
    let loaded = app.log.load::<Payment>(payment.0).await?;
    let started = loaded.state.started.context("the payment is not there")?;
    let mut fault = None;
    for (refund_id, amount) in started.refunds_under_way() {
        let refund = Refund {
            idempotency_key: refund_id.0,
            charge: charge_of(app, &started)?,
            amount,
        };
        if let Err(error) = ask(app, payment, refund_id, &refund, correlation).await {
            fault = fault.or(Some(error));
        }
    }
    match fault {
        Some(fault) => Err(fault),
        None => Ok(app.log.load::<Payment>(payment.0).await?.version),
    }
}

/// What the provider calls the charge, if it is the provider that this node knows.
fn charge_of(app: &App, payment: &Started) -> anyhow::Result<String> {
    anyhow::ensure!(
        payment.provider.as_deref() == Some(app.provider.name()),
        "the payment was taken by another provider"
    );
    let reference = payment.provider_reference.clone();
    reference.context("the provider's reference is not known")
}

async fn ask(
    app: &App,
    payment: PaymentId,
    refund_id: RefundId,
    refund: &Refund,
    correlation: Uuid,
) -> anyhow::Result<()> {
    let answer = tokio::time::timeout(PROVIDER_WITHIN, app.provider.refund(refund)).await;
    let on = app.today();
    let (step, command) = match answer.context("the payment provider took too long")?? {
        Refunded::Pending => return Ok(()),
        Refunded::Succeeded { reference } => (
            "succeed",
            PaymentCommand::SucceedRefund {
                refund_id,
                provider_reference: reference,
                on,
            },
        ),
        Refunded::Failed(why) => (
            "fail",
            PaymentCommand::FailRefund {
                refund_id,
                code: why.code,
                reason: why.reason,
                on,
            },
        ),
    };
    let meta = because_of(refund_id.0, step, PROCESS, correlation);
    match app.log.execute::<Payment>(payment.0, command, &meta).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refusal)) => {
            tracing::debug!(%payment, %refund_id, %refusal, "a notice was first");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
