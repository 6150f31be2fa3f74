//! Subscriptions as the days go by: periods are billed, ends come, collections are tried and tried again.
//!
//! The calendar ([`renew_due`]) only tells the subscription what the day asks for; the subscription's own stream lets
//! every period happen once. What follows from its events, the log sets off: the invoice of a period or of a change, its
//! collection, and what comes of that. Ids derive from the subscription, the period and the try, so that nothing happens
//! twice: however often it is asked for, on whatever node, after any crash, and after any days of silence.

use std::collections::HashSet;

use anyhow::Context as _;
use domain::credit_note::{CreditNote, CreditNoteCommand, CreditNoteSource, DraftCreditNote};
use domain::document::Document;
use domain::ids::{CustomerId, InvoiceId, PaymentId, PlanId, SubscriptionId};
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, InvoiceSource, SubscriptionBilling};
use domain::payment::{Payment, Progress};
use domain::schedule::Period;
use domain::subscription::{
    Bill, Cleared, CollectionFailure, Started, Subscription, SubscriptionCommand,
    SubscriptionError, SubscriptionEvent, is_invoiced,
};
use eventlog::{ExecuteError, Executed, RecordedEvent};
use projections::{LARGEST_PAGE, Page, list_acting_subscriptions};
use time::Date;
use uuid::Uuid;

use super::issuing::{IssueError, issue_credit_note, issue_invoice};
use super::runner::whole_view;
use super::{because_of, collecting};
use crate::app::App;

const PROCESS: &str = "Subscriptions";

/// The invoice of a period: always the same, so that there is never a second one.
pub fn invoice_id(subscription: Uuid, period: u32) -> InvoiceId {
    let name = format!("period/{period}");
    InvoiceId(Uuid::new_v5(&subscription, name.as_bytes()))
}

/// The payment of a try to collect an invoice, the first of which is number 1.
pub fn payment_id(invoice: InvoiceId, attempt: u32) -> PaymentId {
    let name = format!("collect/{attempt}");
    PaymentId(Uuid::new_v5(&invoice.0, name.as_bytes()))
}

/// The most periods that a request bills at once: a daily plan that starts a year back would bill hundreds.
pub const MOST_IN_A_REQUEST: u32 = 12;

/// Does for every subscription what is due by today. One that cannot be helped does not keep the others.
///
/// # Errors
/// The first fault.
pub async fn renew_due(app: &App, today: Date) -> anyhow::Result<()> {
    let viewer = whole_view();
    let mut after = None;
    let mut done = HashSet::new();
    let mut first = Ok(());
    loop {
        let page = Page {
            first: LARGEST_PAGE,
            after: after.take(),
        };
        let viewer = viewer.clone();
        let found = app
            .reads
            .read_long(move |db| list_acting_subscriptions(db, &viewer, today, &page))
            .await?;
        after = found.rows.last().map(|(cursor, _)| cursor.clone());
        for (_, row) in found.rows {
            // One that was done may come again, for it now acts on a later day that has come as well.
            if !done.insert(row.id) {
                continue;
            }
            if let Err(fault) = bring_up_to_date(app, row.id, today, None).await {
                let fault = fault.context(format!("subscription {}", row.id));
                tracing::warn!(error = format!("{fault:#}"), "a subscription waits");
                first = first.and(Err(fault));
            }
        }
        if !found.has_next {
            return first;
        }
    }
}

/// Bills every period of a subscription that has begun by `today`, in their order, ends it where its end has come, and
/// tries again what is to be collected again. `most` bounds the periods of one call; the calendar bills the rest.
/// Answers with its version.
///
/// # Errors
/// Where the log failed, or a period cannot be billed.
pub async fn bring_up_to_date(
    app: &App,
    id: Uuid,
    today: Date,
    most: Option<u32>,
) -> anyhow::Result<u64> {
    let mut left = most;
    loop {
        let loaded = app.log.load::<Subscription>(id).await?;
        let Some(started) = &loaded.state.started else {
            return Ok(loaded.version);
        };
        let (step, command) = if started.is_finished(today) {
            (
                "finish".to_owned(),
                SubscriptionCommand::Finish { on: today },
            )
        } else if let Some(period) = started.due(today) {
            if left == Some(0) {
                return Ok(loaded.version);
            }
            left = left.map(|left| left - 1);
            let command = SubscriptionCommand::Renew {
                period: period.number,
                invoice_id: invoice_id(id, period.number),
                on: today,
            };
            (format!("renew/{}", period.number), command)
        } else {
            collect_again(app, id, started, today).await?;
            return Ok(loaded.version);
        };
        let meta = because_of(id, &step, PROCESS, id);
        match app.log.execute::<Subscription>(id, command, &meta).await {
            Ok(done) => anyhow::ensure!(done.version > loaded.version, "{step} changed nothing"),
            // Somebody else changed it meanwhile: the next look shows what is due now.
            Err(ExecuteError::Refused(refusal)) if moved_on(app, id, loaded.version).await? => {
                tracing::debug!(subscription = %id, %refusal, "looked at anew");
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn moved_on(app: &App, id: Uuid, version: u64) -> anyhow::Result<bool> {
    Ok(app.log.load::<Subscription>(id).await?.version > version)
}

async fn collect_again(app: &App, id: Uuid, started: &Started, today: Date) -> anyhow::Result<()> {
    for (invoice, arrears) in &started.arrears {
        if arrears.retry_on.is_some_and(|day| day <= today) {
            collect(app, id, *invoice, arrears.attempts + 1, id).await?;
        }
    }
    Ok(())
}

/// A period was billed: makes its invoice, unless the period costs nothing.
pub(super) async fn on_renewed(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let SubscriptionEvent::Renewed {
        plan_id,
        period,
        invoice_id,
        document,
        ..
    } = serde_json::from_str(&event.payload)?
    else {
        anyhow::bail!("{} is no renewal", event.event_type);
    };
    if !is_invoiced(&document) {
        return Ok(());
    }
    let billed = Billed {
        subscription: event.aggregate_id,
        plan_id,
        period,
        kind: SubscriptionBilling::Period,
        document,
        correlation: event.metadata.correlation_id,
    };
    billed.invoice(app, invoice_id).await
}

/// Terms changed, or a subscription was cancelled: makes the invoice or the credit note of the difference.
pub(super) async fn on_billed(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let (bill, plan) = match serde_json::from_str(&event.payload)? {
        SubscriptionEvent::Changed { bill, terms, .. } => (bill, Some(terms.plan_id)),
        SubscriptionEvent::Cancelled { bill, .. } => (bill, None),
        SubscriptionEvent::Started { .. }
        | SubscriptionEvent::Renewed { .. }
        | SubscriptionEvent::ChangeScheduled { .. }
        | SubscriptionEvent::ScheduledChangeCancelled { .. }
        | SubscriptionEvent::Paused { .. }
        | SubscriptionEvent::Resumed { .. }
        | SubscriptionEvent::CancellationScheduled { .. }
        | SubscriptionEvent::Reactivated { .. }
        | SubscriptionEvent::Expired { .. }
        | SubscriptionEvent::CollectionFailed { .. }
        | SubscriptionEvent::MarkedUnpaid { .. }
        | SubscriptionEvent::ArrearsCleared { .. } => {
            anyhow::bail!("{} has no bill", event.event_type)
        }
    };
    let Some(bill) = bill else {
        return Ok(());
    };
    let plan_id = match plan {
        Some(plan) => plan,
        None => started(app, event.aggregate_id).await?.terms.plan_id,
    };
    let billed = |period: Period, document: Document| Billed {
        subscription: event.aggregate_id,
        plan_id,
        period,
        kind: SubscriptionBilling::Change,
        document,
        correlation: event.metadata.correlation_id,
    };
    match bill {
        Bill::Invoice {
            invoice_id,
            period,
            document,
        } => billed(period, document).invoice(app, invoice_id).await,
        Bill::CreditNote {
            credit_note_id,
            period,
            document,
        } => {
            let note = credit_note_id.0;
            billed(period, document).credit_note(app, note).await
        }
    }
}

/// An invoice was paid, voided or written off: where it was in arrears, it is no more.
pub(super) async fn on_cleared(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let cleared = match event.event_type.as_str() {
        "InvoiceVoided" => Cleared::Voided,
        "InvoiceWrittenOff" => Cleared::WrittenOff,
        "InvoicePaid" => Cleared::Paid,
        other => anyhow::bail!("{other} clears nothing"),
    };
    let invoice_id = InvoiceId(event.aggregate_id);
    let Some((_, subscription)) = invoice_of_subscription(app, invoice_id).await? else {
        return Ok(());
    };
    let command = SubscriptionCommand::RecordCollection {
        invoice_id,
        cleared,
        on: app.today(),
    };
    let correlation = event.metadata.correlation_id;
    let meta = because_of(event.event_id, "cleared", PROCESS, correlation);
    app.log
        .execute::<Subscription>(subscription, command, &meta)
        .await?;
    Ok(())
}

/// A payment failed, or was given up: where it was a try to collect an invoice, the try failed.
pub(super) async fn on_payment_failed(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let payment = PaymentId(event.aggregate_id);
    let state = app.log.load::<Payment>(payment.0).await?.state.started;
    let state = state.context("the payment is not there")?;
    let code = match state.progress {
        Progress::Failed { code } => code,
        Progress::Initiated
        | Progress::Submitted
        | Progress::Pending
        | Progress::Succeeded
        | Progress::Cancelled => "PAYMENT_CANCELLED".to_owned(),
    };
    let Some(allocation) = state.first_allocations.first() else {
        return Ok(());
    };
    let invoice = allocation.invoice_id;
    let Some((due, subscription)) = invoice_of_subscription(app, invoice).await? else {
        return Ok(());
    };
    let known = started(app, subscription).await?.arrears;
    let next = known.get(&invoice).map_or(0, |known| known.attempts) + 1;
    let attempt = (1..=next).find(|attempt| payment_id(invoice, *attempt) == payment);
    match attempt {
        // What is paid meanwhile is collected.
        Some(attempt) if due => {
            let correlation = event.metadata.correlation_id;
            record_failure(app, subscription, (invoice, attempt), code, correlation).await
        }
        Some(_) | None => Ok(()),
    }
}

/// What a subscription bills, on its way to the customer.
struct Billed {
    subscription: Uuid,
    plan_id: PlanId,
    period: Period,
    kind: SubscriptionBilling,
    document: Document,
    correlation: Uuid,
}

impl Billed {
    /// Drafts and issues the invoice, and asks for its money where that goes by itself.
    async fn invoice(self, app: &App, invoice: InvoiceId) -> anyhow::Result<()> {
        let by = |step| because_of(invoice.0, step, PROCESS, self.correlation);
        let command = InvoiceCommand::Draft(DraftInvoice {
            customer_id: self.customer(app).await?,
            draft: self.document.to_draft(),
            source: Some(InvoiceSource::Subscription {
                subscription_id: SubscriptionId(self.subscription),
                plan_id: self.plan_id,
                period: self.period.number,
                period_start: self.period.start,
                period_end: self.period.last_day(),
                kind: self.kind,
            }),
            on: app.today(),
        });
        app.log
            .execute::<Invoice>(invoice.0, command, &by("draft"))
            .await?;
        match issue_invoice(app, invoice.0, None, &by("issue")).await {
            Ok(_) => collect(app, self.subscription, invoice, 1, self.correlation).await,
            // Staff issue it once what stands in the way is mended.
            Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
                tracing::warn!(%invoice, %refusal, "the invoice stays a draft");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Drafts and issues the credit note.
    async fn credit_note(self, app: &App, note: Uuid) -> anyhow::Result<()> {
        let by = |step| because_of(note, step, PROCESS, self.correlation);
        let command = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id: self.customer(app).await?,
            draft: self.document.to_draft(),
            source: Some(CreditNoteSource::Subscription {
                subscription_id: SubscriptionId(self.subscription),
                plan_id: self.plan_id,
            }),
            on: app.today(),
        });
        app.log
            .execute::<CreditNote>(note, command, &by("draft"))
            .await?;
        match issue_credit_note(app, note, &by("issue")).await {
            Ok(_) => Ok(()),
            // Staff issue it once what stands in the way is mended.
            Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
                tracing::warn!(%note, %refusal, "the credit note stays a draft");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn customer(&self, app: &App) -> anyhow::Result<CustomerId> {
        Ok(started(app, self.subscription).await?.customer_id)
    }
}

/// Tries to collect an invoice, where it is collected by itself and something is due: starts the payment that the
/// settlement carries on. What stands in its way is a try that failed.
async fn collect(
    app: &App,
    subscription: Uuid,
    invoice: InvoiceId,
    attempt: u32,
    correlation: Uuid,
) -> anyhow::Result<()> {
    if !started(app, subscription).await?.collects() {
        return Ok(());
    }
    let Some((true, _)) = invoice_of_subscription(app, invoice).await? else {
        return Ok(());
    };
    let payment = payment_id(invoice, attempt);
    match collecting::start(app, invoice, payment, correlation).await? {
        Ok(()) => Ok(()),
        Err((code, _)) => {
            record_failure(app, subscription, (invoice, attempt), code, correlation).await
        }
    }
}

async fn record_failure(
    app: &App,
    subscription: Uuid,
    (invoice_id, attempt): (InvoiceId, u32),
    code: String,
    correlation: Uuid,
) -> anyhow::Result<()> {
    let command = SubscriptionCommand::RecordCollectionFailure(CollectionFailure {
        invoice_id,
        attempt,
        code,
        dunning: app.settings().dunning.clone(),
        on: app.today(),
    });
    let cause = payment_id(invoice_id, attempt).0;
    let meta = because_of(cause, "collection failed", PROCESS, correlation);
    let told: Result<Executed<Subscription>, ExecuteError<SubscriptionError>> =
        app.log.execute(subscription, command, &meta).await;
    told.map(|_| ()).map_err(Into::into)
}

async fn started(app: &App, id: Uuid) -> anyhow::Result<Started> {
    let state = app.log.load::<Subscription>(id).await?.state.started;
    state.with_context(|| format!("subscription {id} is not there"))
}

/// Whether something is due on an invoice, and whose it is; None where it is no subscription's.
async fn invoice_of_subscription(
    app: &App,
    invoice: InvoiceId,
) -> anyhow::Result<Option<(bool, Uuid)>> {
    let drafted = app.log.load::<Invoice>(invoice.0).await?.state.drafted;
    Ok(drafted.and_then(|drafted| match drafted.source {
        Some(InvoiceSource::Subscription {
            subscription_id, ..
        }) => Some((drafted.amount_due().is_positive(), subscription_id.0)),
        Some(
            InvoiceSource::Estimate { .. }
            | InvoiceSource::Deposit { .. }
            | InvoiceSource::LateFee { .. },
        )
        | None => None,
    }))
}
