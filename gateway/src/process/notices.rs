//! A provider's notice → recorded. A notice is kept, under the provider's id of it, before it is acted upon: it may
//! come twice, in any order, and before what it is about is known here, and none is lost.
//!
//! What it comes to is the payment's own decision. Money that arrives counts, whatever was said before; a refusal of
//! money that has arrived is not believed, for taking it back is another matter (a chargeback).

use std::sync::Arc;

use anyhow::Context as _;
use domain::ids::{PaymentId, RefundId};
use domain::numbering::Series;
use domain::payment::{Payment, PaymentCommand, PaymentError};
use eventlog::{ExecuteError, Executed, Metadata};
use time::{Date, Duration};
use uuid::Uuid;

use super::provider::{News, Notice};
use super::{because_of, settlement};
use crate::app::App;

const PROCESS: &str = "Payment provider";
/// For how long a notice of an unknown payment is tried again.
const TRIED_FOR: Duration = Duration::days(3);
/// For how long notices are kept once they are dealt with.
const KEPT_FOR: Duration = Duration::days(90);
/// Notices tried again at once.
const AT_ONCE: i64 = 100;

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is acted upon.
    Done,
    /// It was acted upon when it came before.
    DoneEarlier,
    /// It does not concern us.
    Ignored,
    /// It is kept and will be tried again.
    Kept,
}

/// Keeps a notice, whose signature is verified, and acts upon it. The same one again changes nothing.
///
/// # Errors
/// Where it could not be kept: the provider has to send it again.
pub async fn take(app: &Arc<App>, notice: &Notice) -> anyhow::Result<Taken> {
    if notice.news == News::Other {
        return Ok(Taken::Ignored);
    }
    if keep(app, notice).await? == Kept::Handled {
        return Ok(Taken::DoneEarlier);
    }
    match act(app, notice).await {
        Ok(true) => Ok(Taken::Done),
        Ok(false) => Ok(Taken::Kept),
        Err(fault) => {
            let fault = format!("{fault:#}");
            tracing::warn!(notice = notice.id, fault, "a notice waits for the next try");
            Ok(Taken::Kept)
        }
    }
}

/// Tries again what could not be acted upon when it came.
pub async fn retry(app: &Arc<App>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let sql = "SELECT event_id, notice FROM provider_events
               WHERE provider = $1 AND handled_at IS NULL AND received_at > $2 ORDER BY tried_at LIMIT $3";
    let args = [
        app.provider.name().into(),
        now.saturating_sub(TRIED_FOR).into(),
        AT_ONCE.into(),
    ];
    for row in app.tables.fetch(sql, &args).await? {
        let sql = "UPDATE provider_events SET tried_at = $1 WHERE provider = $2 AND event_id = $3";
        let id: String = row.get("event_id")?;
        let args = [now.into(), app.provider.name().into(), id.as_str().into()];
        app.tables.execute(sql, &args).await?;
        if let Err(fault) = act_again(app, &row.get::<String>("notice")?).await {
            let fault = format!("{fault:#}");
            tracing::warn!(notice = id, fault, "a notice waits for the next try");
        }
    }
    Ok(())
}

async fn act_again(app: &Arc<App>, kept: &str) -> anyhow::Result<()> {
    let notice: Notice = serde_json::from_str(kept).context("a kept notice cannot be read")?;
    act(app, &notice).await.map(|_| ())
}

/// Forgets notices that were dealt with long ago. What was done is in the log, under ids that derive from theirs.
pub async fn prune(app: &App) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM provider_events WHERE handled_at < $1";
    let before = app.clock.now().saturating_sub(KEPT_FOR);
    app.tables.execute(sql, &[before.into()]).await
}

#[derive(PartialEq, Eq)]
enum Kept {
    New,
    Handled,
}

/// The first one under its id stays.
async fn keep(app: &App, notice: &Notice) -> anyhow::Result<Kept> {
    let sql = "INSERT INTO provider_events (provider, event_id, payment_id, notice, received_at, tried_at)
               VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING";
    let (provider, now) = (app.provider.name(), app.clock.now());
    let json = serde_json::to_string(notice)?;
    let args = [
        provider.into(),
        notice.id.as_str().into(),
        notice.news.payment().into(),
        json.as_str().into(),
        now.into(),
    ];
    app.tables.execute(sql, &args).await?;
    let sql = "SELECT handled_at FROM provider_events WHERE provider = $1 AND event_id = $2";
    let args = [provider.into(), notice.id.as_str().into()];
    let row = app.tables.fetch_one(sql, &args).await?;
    let handled: Option<i64> = match row {
        Some(row) => row.get("handled_at")?,
        None => None,
    };
    Ok(handled.map_or(Kept::New, |_| Kept::Handled))
}

/// Acts upon a notice; says whether there is nothing left to do.
async fn act(app: &Arc<App>, notice: &Notice) -> anyhow::Result<bool> {
    let Some(payment) = notice.news.payment().map(PaymentId) else {
        return Ok(true);
    };
    let cause = Uuid::new_v5(
        &payment.0,
        format!("notice/{}/{}", app.provider.name(), notice.id).as_bytes(),
    );
    let meta = because_of(cause, "notice", PROCESS, cause);
    let outcome = match tell(app, payment, notice, &meta).await {
        Ok(executed) if executed.events.is_empty() && !executed.replayed => "known already",
        Ok(_) => "recorded",
        Err(ExecuteError::Refused(PaymentError::NotStarted | PaymentError::UnknownRefund)) => {
            tracing::warn!(%payment, notice = notice.id, "a notice of a payment or refund that is not known here");
            return Ok(false);
        }
        Err(ExecuteError::Refused(refusal)) => {
            tracing::warn!(%payment, notice = notice.id, %refusal, "a notice changes nothing");
            refusal.code()
        }
        Err(error) => return Err(error.into()),
    };
    settlement::settle(app, payment, cause).await?;
    let sql = "UPDATE provider_events SET handled_at = $1, outcome = $2 WHERE provider = $3 AND event_id = $4";
    let args = [
        app.clock.now().into(),
        outcome.into(),
        app.provider.name().into(),
        notice.id.as_str().into(),
    ];
    app.tables.execute(sql, &args).await?;
    Ok(true)
}

type Told = Result<Executed<Payment>, ExecuteError<PaymentError>>;

async fn tell(app: &App, payment: PaymentId, notice: &Notice, meta: &Metadata) -> Told {
    let on = day_of(app, notice);
    let command = match notice.news.clone() {
        News::PaymentSucceeded { reference, .. } => {
            return succeed(app, payment, &reference, on, meta).await;
        }
        News::PaymentFailed { refusal, .. } => PaymentCommand::Fail {
            code: refusal.code,
            reason: refusal.reason,
            on,
        },
        News::RefundSucceeded {
            refund, reference, ..
        } => PaymentCommand::SucceedRefund {
            refund_id: RefundId(refund),
            provider_reference: reference,
            on,
        },
        News::RefundFailed {
            refund, refusal, ..
        } => PaymentCommand::FailRefund {
            refund_id: RefundId(refund),
            code: refusal.code,
            reason: refusal.reason,
            on,
        },
        News::Other => return Err(ExecuteError::Refused(PaymentError::NotStarted)),
    };
    app.log.execute::<Payment>(payment.0, command, meta).await
}

async fn succeed(
    app: &App,
    payment: PaymentId,
    reference: &str,
    on: Date,
    meta: &Metadata,
) -> Told {
    let numbers = app.numbers(Series::Payments, on);
    let make = |_: &Payment, _: u64, number: u64| {
        Ok(PaymentCommand::Succeed {
            number: numbers.text(number),
            provider_reference: reference.to_owned(),
            on,
        })
    };
    app.log
        .execute_numbered::<Payment, _>(payment.0, &numbers.name, meta, make)
        .await
}

/// The day on which it happened at the provider, in the organisation's time zone; a clock of theirs that runs ahead
/// does not date anything in the future.
fn day_of(app: &App, notice: &Notice) -> Date {
    app.settings().time_zone.date_of(notice.at).min(app.today())
}
