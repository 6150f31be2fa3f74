//! Subscriptions. In the schema their type is `BillingSubscription`, for `Subscription` is the root of what can be
//! followed.

mod input;
mod mutations;
mod preview;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, Object, Result};
use domain::subscription::{End, Started, Terms};
use projections::{
    PeriodRow, SubscriptionFilter, SubscriptionRow, count_subscriptions, find_invoice, find_plan,
    find_subscription, list_history, list_periods, list_subscriptions,
};

pub use input::{ChangeSubscriptionInput, ChangeTime, SubscriptionFilterInput};
pub use mutations::SubscriptionMutation;
pub use preview::SubscriptionPreview;

use super::act::{find, query};
use super::activity::Activity;
use super::customers::{Customer, customer_of};
use super::documents::Document;
use super::error::internal;
use super::invoices::Invoice;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::plans::{Interval, Plan};
use super::scalars::{Date, Decimal, Uuid};

/// Where a subscription stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::subscription::Standing")]
pub enum SubscriptionState {
    /// What runs is not billed yet: a trial, or the time before the start.
    Trialing,
    /// Billed period by period.
    Active,
    /// The collection of an invoice failed, and is tried again.
    PastDue,
    /// The collection of an invoice failed for good; periods are invoiced, but not collected by themselves.
    Unpaid,
    /// Time stands still: nothing is billed, and days paid for are kept.
    Paused,
    /// Cancelled with the end of the current period.
    NonRenewing,
    /// Over: cancelled.
    Cancelled,
    /// Over: its fixed end came.
    Expired,
}

/// How the invoices of a subscription are paid.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::subscription::Collection")]
pub enum Collection {
    /// From the customer's stored payment method, without anybody's doing.
    Automatic,
    /// As any other invoice.
    Offline,
}

/// A customer's subscription to a plan. It keeps the plan's terms as they were when the customer took them.
pub struct Subscription(pub SubscriptionRow);

#[Object(name = "BillingSubscription")]
impl Subscription {
    /// The subscription's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its events; goes into `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Who is billed.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// What is billed now.
    async fn terms(&self) -> SubscriptionTerms {
        SubscriptionTerms(self.started().terms.clone())
    }

    /// What the plan was called when the customer took it.
    async fn plan_name(&self) -> &str {
        &self.started().terms.plan.name
    }

    /// For a period, without tax.
    async fn amount(&self) -> Money {
        Money(self.started().terms.amount())
    }

    /// Where it stands.
    async fn state(&self) -> SubscriptionState {
        self.started().standing().into()
    }

    /// How its invoices are paid.
    async fn collection(&self) -> Collection {
        self.started().collection.into()
    }

    /// When it was entered.
    async fn created_on(&self) -> Date {
        self.0.dated.into()
    }

    /// Its first day.
    async fn started_on(&self) -> Date {
        self.started().first.start.into()
    }

    /// The first day that is billed, while there was none yet.
    async fn first_billed_on(&self) -> Option<Date> {
        let started = self.started();
        (started.current.number == 0).then(|| started.current.next.into())
    }

    /// The period that was billed last, as long as it turns out to be; null before the first.
    async fn current_period(&self) -> Option<SubscriptionPeriod> {
        let period = self.started().current;
        (period.number > 0).then_some(SubscriptionPeriod(PeriodRow {
            subscription_id: self.0.id,
            period,
            invoice_id: None,
        }))
    }

    /// All periods that were billed, the first one first.
    #[graphql(complexity = "1 + child_complexity * 12")]
    async fn periods(&self, ctx: &Context<'_>) -> Result<Vec<SubscriptionPeriod>> {
        let rows = find(ctx, |db, viewer| list_periods(db, viewer, &[self.0.id]))?;
        Ok(rows.into_iter().map(SubscriptionPeriod).collect())
    }

    /// The next invoice, as it stands now; null where there will be none, or time stands still.
    async fn upcoming_invoice(&self) -> Result<Option<UpcomingInvoice>> {
        upcoming(self.started())
    }

    /// What it changes to with the next period.
    async fn pending_change(&self) -> Option<SubscriptionTerms> {
        self.started().pending.clone().map(SubscriptionTerms)
    }

    /// The first day that it no longer covers: where it is cancelled with the end of the current period, or ends
    /// before a fixed day.
    async fn ends_on(&self) -> Option<Date> {
        let started = self.started();
        let fixed = match started.end {
            Some(End::Before(day)) => Some(day),
            Some(End::AfterPeriods(_)) | None => None,
        };
        let cancelled = started.non_renewing.then_some(started.current.next);
        cancelled.or(fixed).map(Date)
    }

    /// After how many periods it ends by itself.
    async fn ends_after_periods(&self) -> Option<u32> {
        match self.started().end {
            Some(End::AfterPeriods(periods)) => Some(periods),
            Some(End::Before(_)) | None => None,
        }
    }

    /// Since when time stands still.
    async fn paused_on(&self) -> Option<Date> {
        self.started().paused_on.map(Date)
    }

    /// Its invoices whose collection failed and that are not paid.
    async fn arrears(&self) -> Vec<Arrears> {
        let arrears = self.started().arrears.iter();
        arrears
            .map(|(invoice, known)| Arrears {
                invoice: invoice.0,
                known: *known,
            })
            .collect()
    }

    /// Who did what to it, the oldest first.
    #[graphql(complexity = "1 + child_complexity * 50")]
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<Activity>> {
        let rows = find(ctx, |db, viewer| list_history(db, viewer, self.0.id))?;
        Ok(rows.into_iter().map(Activity::from).collect())
    }
}

impl Subscription {
    fn started(&self) -> &Started {
        &self.0.subscription
    }
}

fn upcoming(started: &Started) -> Result<Option<UpcomingInvoice>> {
    let upcoming = started.upcoming().map_err(internal)?;
    Ok(upcoming.map(UpcomingInvoice))
}

/// What a subscription bills: a plan as it was offered when the customer took it, and how much of it.
pub struct SubscriptionTerms(Terms);

#[Object]
impl SubscriptionTerms {
    /// The plan's id.
    async fn plan_id(&self) -> Uuid {
        self.0.plan_id.0.into()
    }

    /// The plan as it is offered now; null where the viewer may not see it, such as contacts one that is archived.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Option<Plan>> {
        let id = self.0.plan_id.0;
        Ok(find(ctx, |db, viewer| find_plan(db, viewer, id))?.map(Plan))
    }

    /// What it was called.
    async fn plan_name(&self) -> &str {
        &self.0.plan.name
    }

    /// For one unit and one period, without tax.
    async fn price(&self) -> Money {
        Money(self.0.plan.price)
    }

    /// How many units of it.
    async fn quantity(&self) -> Decimal {
        Decimal(self.0.quantity)
    }

    /// For a period, without tax.
    async fn amount(&self) -> Money {
        Money(self.0.amount())
    }

    /// How long a period is.
    async fn interval(&self) -> Interval {
        self.0.plan.interval.into()
    }
}

/// One billing period.
pub struct SubscriptionPeriod(PeriodRow);

#[Object]
impl SubscriptionPeriod {
    /// 1 for the first.
    async fn number(&self) -> u32 {
        self.0.period.number
    }

    /// Its first day.
    async fn start(&self) -> Date {
        self.0.period.start.into()
    }

    /// Its last day.
    async fn end(&self) -> Date {
        self.0.period.last_day().into()
    }

    /// The invoice that bills it; null where nothing was to pay, and until it is there.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        let (known, number) = (self.0.invoice_id, self.0.period.number);
        let id = match known {
            Some(id) => Some(id),
            None => find(ctx, |db, viewer| {
                list_periods(db, viewer, &[self.0.subscription_id])
            })?
            .into_iter()
            .find(|row| row.period.number == number)
            .and_then(|row| row.invoice_id),
        };
        let Some(id) = id else {
            return Ok(None);
        };
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, id))?.map(Invoice))
    }
}

/// An invoice that is to come.
pub struct UpcomingInvoice(domain::subscription::Upcoming);

#[Object]
impl UpcomingInvoice {
    /// When it will be issued: the first day of its period.
    async fn date(&self) -> Date {
        self.0.period.start.into()
    }

    /// The last day of its period.
    async fn period_end(&self) -> Date {
        self.0.period.last_day().into()
    }

    /// What it will say.
    async fn document(&self) -> Document {
        Document(self.0.document.clone())
    }

    /// What there will be to pay.
    async fn total(&self) -> Money {
        Money(self.0.document.total())
    }
}

/// An invoice whose collection failed.
pub struct Arrears {
    invoice: uuid::Uuid,
    known: domain::subscription::Arrears,
}

#[Object(name = "SubscriptionArrears")]
impl Arrears {
    /// The invoice.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        Ok(find(ctx, |db, viewer| find_invoice(db, viewer, self.invoice))?.map(Invoice))
    }

    /// The day of the first failure.
    async fn since(&self) -> Date {
        self.known.since.into()
    }

    /// How often it was tried.
    async fn attempts(&self) -> u32 {
        self.known.attempts
    }

    /// When it is tried again; null where it is not.
    async fn retry_on(&self) -> Option<Date> {
        self.known.retry_on.map(Date)
    }
}

/// Beside a page of subscriptions.
pub struct SubscriptionsInAll {
    filter: SubscriptionFilter,
}

#[Object]
impl SubscriptionsInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = self.filter.clone();
        query(ctx, move |db, viewer| {
            count_subscriptions(db, viewer, &filter)
        })
        .await
    }
}

/// Queries about subscriptions.
#[derive(Default)]
pub struct SubscriptionQuery;

#[Object]
impl SubscriptionQuery {
    /// A subscription; null where there is none that the viewer may see.
    async fn subscription(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Subscription>> {
        let row = find(ctx, |db, viewer| find_subscription(db, viewer, id.0))?;
        Ok(row.map(Subscription))
    }

    /// Subscriptions, the newest first.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn subscriptions(
        &self,
        ctx: &Context<'_>,
        filter: Option<SubscriptionFilterInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Subscription, SubscriptionsInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let filter = SubscriptionFilter::from(filter.unwrap_or_default());
        let wanted = filter.clone();
        let slice = query(ctx, move |db, viewer| {
            list_subscriptions(db, viewer, &wanted, &page)
        })
        .await?;
        let in_all = SubscriptionsInAll { filter };
        Ok(connection(slice, has_previous, in_all, Subscription))
    }

    /// What `changeSubscription` would do with the same input, to the cent. Nothing is changed.
    #[graphql(complexity = "5 + child_complexity")]
    async fn preview_subscription_change(
        &self,
        ctx: &Context<'_>,
        input: ChangeSubscriptionInput,
    ) -> Result<SubscriptionPreview> {
        preview::change(ctx, &input).await
    }
}
