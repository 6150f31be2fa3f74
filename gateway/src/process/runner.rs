//! Follows the log from a checkpoint and reacts to each event; sweeps up what a crash or a silent provider left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::ids::{ContactId, CreditNoteId, PaymentId};
use eventlog::RecordedEvent;
use futures::StreamExt as _;
use projections::{
    Cursor, LARGEST_PAGE, Page, PaymentFilter, PaymentState, Reach, Role, Slice, Viewer,
    list_payments, list_refunds_under_way,
};
use uuid::Uuid;

use super::{
    arrears, conversion, crediting, notices, outbox, people, refunds, renewing, settlement,
};
use crate::app::App;

/// The checkpoint's name.
const NAME: &str = "processes";
/// Events taken at once.
const BATCH: usize = 500;
/// How long events gather after the first before they are reacted to.
const GATHER: Duration = Duration::from_millis(10);
/// How often the checkpoint is written. What a crash leaves behind it is reacted to again, with the same effect once.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// Waits after a fault before the next try.
const AFTER_FAULT: Duration = Duration::from_secs(1);
/// How often an event is tried before it is set aside.
const TRIES: u32 = 3;
/// Waits between those tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(300);
/// Undecided payments carried on at once by the sweep.
const AT_ONCE: usize = 4;
/// How often undecided payments are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// Reacts to every event of the log, once it is there, until the node stops.
pub async fn follow_log(app: Arc<App>) {
    let mut place = None;
    while !app.is_stopping() {
        match turn(&app, &mut place).await {
            Ok(position) => {
                app.set_process_fault(None);
                tokio::select! {
                    () = wait_beyond(&app, position) => {}
                    () = tokio::time::sleep(KEEP_EVERY) => {}
                    () = app.stopped() => {}
                }
            }
            Err(_) if app.is_stopping() => {} // The log is closed under it; the next start goes on here.
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "a process stands still and tries again");
                app.set_process_fault(Some(error));
                tokio::time::sleep(AFTER_FAULT).await;
            }
        }
    }
    if let Some(place) = &mut place
        && let Err(error) = place.keep(&app).await
    {
        tracing::warn!(
            error = format!("{error:#}"),
            "the next start will react to some events again"
        );
    }
}

async fn wait_beyond(app: &App, position: i64) {
    app.log.wait_beyond(position).await;
    tokio::time::sleep(GATHER).await;
}

/// Where this node is in the log, and how much of that the checkpoint knows.
struct Place {
    position: i64,
    kept: i64,
    kept_at: Instant,
}

impl Place {
    async fn find(app: &App) -> anyhow::Result<Self> {
        let position = checkpoint(app).await?;
        Ok(Self {
            position,
            kept: position,
            kept_at: Instant::now(),
        })
    }

    /// Moves the checkpoint forward; another node may have moved it further, and that is as good.
    async fn keep(&mut self, app: &App) -> anyhow::Result<()> {
        if self.kept < self.position {
            let sql = "UPDATE checkpoints SET position = $1 WHERE name = $2 AND position < $1";
            let args = [self.position.into(), NAME.into()];
            app.tables.execute(sql, &args).await?;
            self.kept = self.position;
        }
        self.kept_at = Instant::now();
        Ok(())
    }
}

/// Reacts to all that is in the log, and to what comes of it, and returns: for whoever runs a node by hand, such as
/// tests with a clock of their own. The provider is asked here and now.
///
/// # Errors
/// The first reaction that fails; what was reacted to before it is not forgotten.
pub async fn catch_up(app: &Arc<App>) -> anyhow::Result<()> {
    let mut place = Place::find(app).await?;
    loop {
        let events = app.log.tail(place.position, BATCH).await?;
        if events.is_empty() {
            return place.keep(app).await;
        }
        for event in &events {
            if event.event_type == "PaymentInitiated" {
                let payment = PaymentId(event.aggregate_id);
                settlement::settle(app, payment, event.metadata.correlation_id).await?;
            } else {
                react(app, event).await?;
            }
            place.position = event.position;
        }
        place.keep(app).await?;
    }
}

/// Carries on payments that nobody has decided: once at the start, then every so often.
pub async fn sweep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    while !app.is_stopping() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.stopped() => return,
        }
        if let Err(error) = carry_on_undecided(&app).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "undecided payments wait for the next sweep"
            );
        }
        if let Err(error) = notices::retry(&app).await {
            let error = format!("{error:#}");
            tracing::warn!(error, "notices wait for the next sweep");
        }
    }
}

async fn turn(app: &Arc<App>, place: &mut Option<Place>) -> anyhow::Result<i64> {
    let place = match place {
        Some(place) => place,
        None => place.insert(Place::find(app).await?),
    };
    let events = app.log.tail(place.position, BATCH).await?;
    for event in &events {
        digest(app, event).await?;
    }
    place.position = events.last().map_or(place.position, |last| last.position);
    if place.kept_at.elapsed() >= KEEP_EVERY {
        place.keep(app).await?;
    }
    Ok(place.position)
}

/// Reacts to an event, or sets it aside where that fails again and again: then the others go on.
///
/// # Errors
/// Where it cannot even be set aside.
async fn digest(app: &Arc<App>, event: &RecordedEvent) -> anyhow::Result<()> {
    let mut tried = 1;
    while let Err(error) = react(app, event).await {
        if app.is_stopping() {
            return Err(error);
        }
        if tried < TRIES {
            tried += 1;
            tokio::time::sleep(BETWEEN_TRIES).await;
            continue;
        }
        let (position, what) = (event.position, &event.event_type);
        let fault = format!("{error:#}");
        let parked = app.parking.park(position, what, &fault, app.clock.now());
        parked.await.with_context(|| {
            format!("{what} at {position}: {fault}; and it cannot be set aside")
        })?;
        tracing::error!(
            position,
            what,
            fault,
            "an event is set aside and tried again later"
        );
        break;
    }
    Ok(())
}

/// Tries events again that were set aside, until the node stops.
pub async fn retry_parked(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    while !app.is_stopping() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.stopped() => return,
        }
        if let Err(error) = digest_parked(&app).await {
            let error = format!("{error:#}");
            tracing::warn!(error, "events that are set aside wait for the next try");
        }
    }
}

async fn digest_parked(app: &Arc<App>) -> anyhow::Result<()> {
    for parked in app.parking.due(app.clock.now()).await? {
        let event = app.log.tail(parked.position - 1, 1).await?.pop();
        let event = event.with_context(|| format!("no event at {}", parked.position))?;
        match react(app, &event).await {
            Ok(()) => app.parking.release(&parked).await?,
            Err(error) => {
                let fault = format!("{error:#}");
                tracing::error!(position = parked.position, fault, "still set aside");
                app.parking.again(&parked, &fault, app.clock.now()).await?;
            }
        }
    }
    let count = u32::try_from(app.parking.count().await?).unwrap_or(u32::MAX);
    metrics::gauge!("billing_parked_events").set(f64::from(count));
    Ok(())
}

/// Money first: whoever is to be told of it is told afterwards.
async fn react(app: &Arc<App>, event: &RecordedEvent) -> anyhow::Result<()> {
    set_off(app, event).await?;
    outbox::queue(app, event).await
}

/// The one list of what each event sets off.
async fn set_off(app: &Arc<App>, event: &RecordedEvent) -> anyhow::Result<()> {
    let correlation = event.metadata.correlation_id;
    match event.event_type.as_str() {
        "EstimateAccepted" => conversion::on_accepted(app, event).await,
        "EstimateInvoiced" => {
            let actor = event.metadata.actor.clone();
            conversion::make_invoice(app, event.aggregate_id, actor, correlation)
                .await
                .map(|_| ())
        }
        "EstimateDepositBilled" => {
            let (estimate, actor) = (event.aggregate_id, event.metadata.actor.clone());
            conversion::make_deposit_invoice(app, estimate, actor, correlation).await
        }
        "InvoicePaid" => {
            conversion::on_paid(app, event).await?;
            renewing::on_cleared(app, event).await
        }
        "InvoiceVoided" => {
            conversion::on_voided(app, event).await?;
            renewing::on_cleared(app, event).await
        }
        "InvoiceWrittenOff" => renewing::on_cleared(app, event).await,
        "InvoiceLateFeeCharged" => arrears::on_charged(app, event).await,
        "PaymentInitiated" => {
            settle_apart(Arc::clone(app), PaymentId(event.aggregate_id), correlation);
            Ok(())
        }
        // No provider is asked here, so this is done before the checkpoint passes it.
        "PaymentRecorded" | "PaymentSucceeded" | "PaymentArrivedLate" | "PaymentAllocated" => {
            settlement::settle(app, PaymentId(event.aggregate_id), correlation)
                .await
                .map(|_| ())
        }
        "PaymentRefundInitiated" => {
            refund_apart(Arc::clone(app), PaymentId(event.aggregate_id), correlation);
            Ok(())
        }
        "CreditNoteAllocated" => {
            crediting::apply(app, CreditNoteId(event.aggregate_id), correlation)
                .await
                .map(|_| ())
        }
        "InvoiceCreditUnapplied" => crediting::on_unapplied(app, event).await,
        "PaymentFailed" | "PaymentCancelled" => {
            settlement::settle(app, PaymentId(event.aggregate_id), correlation).await?;
            renewing::on_payment_failed(app, event).await
        }
        "SubscriptionRenewed" => renewing::on_renewed(app, event).await,
        "SubscriptionChanged" | "SubscriptionCancelled" => renewing::on_billed(app, event).await,
        "InvoicePaymentUnapplied" => settlement::on_unapplied(app, event).await,
        "CustomerContactUpdated" | "CustomerContactRemoved" => {
            people::follow(app, event.aggregate_id, contact_of(event)?).await
        }
        "CustomerPortalRevoked" => {
            people::revoke(app, event.aggregate_id, contact_of(event)?).await
        }
        _ => Ok(()),
    }
}

/// A provider may be slow, and must not hold up what else follows from the log. Until it has answered the payment is
/// undecided, and the sweep finds it whatever becomes of this task.
fn settle_apart(app: Arc<App>, payment: PaymentId, correlation: Uuid) {
    tokio::spawn(async move {
        if let Err(error) = settlement::settle(&app, payment, correlation).await {
            tracing::warn!(%payment, error = format!("{error:#}"), "a payment waits for the next sweep");
        }
    });
}

/// The same for a refund.
fn refund_apart(app: Arc<App>, payment: PaymentId, correlation: Uuid) {
    tokio::spawn(async move {
        if let Err(error) = refunds::give_back(&app, payment, correlation).await {
            tracing::warn!(%payment, error = format!("{error:#}"), "a refund waits for the next sweep");
        }
    });
}

fn contact_of(event: &RecordedEvent) -> anyhow::Result<ContactId> {
    let payload: serde_json::Value = serde_json::from_str(&event.payload)?;
    let contact = payload.pointer(&format!("/{}/contact_id", event.event_type));
    let contact = contact
        .and_then(serde_json::Value::as_str)
        .context("no contact_id")?;
    Ok(ContactId(Uuid::try_parse(contact)?))
}

async fn carry_on_undecided(app: &Arc<App>) -> anyhow::Result<()> {
    let undecided = PaymentFilter {
        states: vec![PaymentState::Initiated],
        ..PaymentFilter::default()
    };
    let (viewer, filter) = (whole_view(), undecided);
    in_pages(|page| {
        let (viewer, filter) = (viewer.clone(), filter.clone());
        async move {
            let found = app
                .reads
                .read_long(move |db| list_payments(db, &viewer, &filter, &page))
                .await?;
            let rows = found.rows.iter().map(|(_, payment)| payment.id).collect();
            at_once(rows, |payment| carry_on(app, payment)).await;
            Ok(rest_of(&found))
        }
    })
    .await?;
    in_pages(|page| {
        let viewer = viewer.clone();
        async move {
            let found = app
                .reads
                .read_long(move |db| list_refunds_under_way(db, &viewer, &page))
                .await?;
            let rows = found.rows.iter().map(|(_, payment)| *payment).collect();
            at_once(rows, |payment| give_back(app, payment)).await;
            Ok(rest_of(&found))
        }
    })
    .await
}

/// Everything that the organisation sees.
pub(super) fn whole_view() -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: NAME.to_owned(),
        email: String::new(),
        reach: Reach::Organisation(Role::Staff),
    }
}

/// Runs `page` for one page of a list after the other; it says after which row the next one begins, if there is one.
async fn in_pages<F>(page: impl Fn(Page) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<Option<Cursor>>>,
{
    let mut after = None;
    loop {
        let next = page(Page {
            first: LARGEST_PAGE,
            after,
        });
        after = next.await?;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn rest_of<T>(found: &Slice<T>) -> Option<Cursor> {
    let last = found.rows.last().filter(|_| found.has_next);
    last.map(|(cursor, _)| cursor.clone())
}

async fn at_once<F: Future<Output = ()>>(payments: Vec<Uuid>, work: impl Fn(Uuid) -> F) {
    futures::stream::iter(payments)
        .for_each_concurrent(AT_ONCE, work)
        .await;
}

async fn carry_on(app: &App, payment: Uuid) {
    if let Err(error) = settlement::settle(app, PaymentId(payment), payment).await {
        tracing::warn!(%payment, error = format!("{error:#}"), "a payment waits for the next sweep");
    }
}

async fn give_back(app: &App, payment: Uuid) {
    if let Err(error) = refunds::give_back(app, PaymentId(payment), payment).await {
        tracing::warn!(%payment, error = format!("{error:#}"), "a refund waits for the next sweep");
    }
}

async fn checkpoint(app: &App) -> anyhow::Result<i64> {
    let sql = "SELECT position FROM checkpoints WHERE name = $1";
    let row = app.tables.fetch_one(sql, &[NAME.into()]).await?;
    match row {
        Some(row) => Ok(row.get("position")?),
        None => {
            let sql =
                "INSERT INTO checkpoints (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING";
            app.tables.execute(sql, &[NAME.into()]).await?;
            Ok(0)
        }
    }
}

#[cfg(test)]
mod tests;
