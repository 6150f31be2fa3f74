//! The dashboard: what is open, at a glance. Every part is read only where it is asked for.

use async_graphql::{Context, Object, Result, SimpleObject};
use projections::{
    EstimateFilter, EstimateSort, EstimateState, InvoiceFilter, InvoiceSort, LARGEST_PAGE, Page,
    PaymentFilter, PaymentState, SubscriptionFilter, SubscriptionRow, Viewer, count_estimates,
    find_customer, list_activity, list_estimates, list_invoices, list_months, list_payments,
    list_subscriptions, sum_balances, sum_overdue,
};
use rusqlite::Connection;

use super::act::{find, query};
use super::activity::Activity;
use super::context::{app, require_viewer};
use super::customers::Balance;
use super::error::{bad_input, internal};
use super::estimates::Estimate;
use super::invoices::Invoice;
use super::money::Money;
use super::payments::Payment;
use super::scalars::Date;
use super::subscriptions::Subscription;

/// Rows of each short list.
const FEW: usize = 5;

/// What is open for the viewer: a contact's own customer, or all of them.
pub struct Dashboard;

/// What a month comes to.
#[derive(SimpleObject)]
pub struct MonthFigures {
    /// Its first day.
    month: Date,
    /// Invoices issued less those voided; credit notes are not taken off.
    billed: Money,
    /// Money received less what was given back.
    paid: Money,
}

/// The most months that are asked for at once.
const MOST_MONTHS: usize = 24;

/// What is overdue in one currency.
#[derive(SimpleObject)]
pub struct Overdue {
    /// How many invoices.
    count: i64,
    /// How much.
    amount: Money,
}

#[Object]
impl Dashboard {
    /// What is owed and credited, by currency.
    async fn balances(&self, ctx: &Context<'_>) -> Result<Vec<Balance>> {
        Ok(query(ctx, sum_balances)
            .await?
            .into_iter()
            .map(Balance::from)
            .collect())
    }

    /// What is overdue today, by currency.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<Vec<Overdue>> {
        let today = app(ctx)?.today();
        let rows = query(ctx, move |db, viewer| sum_overdue(db, viewer, today)).await?;
        Ok(rows
            .into_iter()
            .map(|(count, amount)| Overdue {
                count,
                amount: Money(amount),
            })
            .collect())
    }

    /// Invoices with something due, the most urgent first (at most five).
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn outstanding_invoices(&self, ctx: &Context<'_>) -> Result<Vec<Invoice>> {
        let filter = InvoiceFilter {
            owing: true,
            ..InvoiceFilter::default()
        };
        let sort = (InvoiceSort::DueDate, false);
        let slice = query(ctx, move |db, viewer| {
            list_invoices(db, viewer, &filter, sort, &few())
        })
        .await?;
        Ok(slice
            .rows
            .into_iter()
            .map(|(_, row)| Invoice(row))
            .collect())
    }

    /// How many estimates wait for the customer's answer.
    async fn estimates_waiting(&self, ctx: &Context<'_>) -> Result<i64> {
        let filter = waiting(ctx)?;
        query(ctx, move |db, viewer| count_estimates(db, viewer, &filter)).await
    }

    /// Estimates that wait for the customer's answer, the newest first (at most five).
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn waiting_estimates(&self, ctx: &Context<'_>) -> Result<Vec<Estimate>> {
        let filter = waiting(ctx)?;
        let slice = query(ctx, move |db, viewer| {
            list_estimates(db, viewer, &filter, (EstimateSort::Dated, true), &few())
        })
        .await?;
        Ok(slice
            .rows
            .into_iter()
            .map(|(_, row)| Estimate(row))
            .collect())
    }

    /// The last payment that succeeded.
    async fn last_payment(&self, ctx: &Context<'_>) -> Result<Option<Payment>> {
        let filter = PaymentFilter {
            states: vec![PaymentState::Succeeded],
            ..PaymentFilter::default()
        };
        let page = Page {
            first: 1,
            after: None,
        };
        let mut slice = query(ctx, move |db, viewer| {
            list_payments(db, viewer, &filter, &page)
        })
        .await?;
        Ok(slice.rows.pop().map(|(_, row)| Payment(row)))
    }

    /// What was billed and paid in each of the last months, at most 24, the oldest first; the last is the current one in
    /// the organisation's time zone. For contacts in the customer's currency, for the organisation's people of all
    /// customers in the organisation's own. Other currencies are left out.
    #[graphql(complexity = "1 + child_complexity * 12")]
    async fn months(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 12)] count: i32,
    ) -> Result<Vec<MonthFigures>> {
        let count = usize::try_from(count)
            .ok()
            .filter(|count| (1..=MOST_MONTHS).contains(count))
            .ok_or_else(|| bad_input("count", format!("must be between 1 and {MOST_MONTHS}")))?;
        let app = app(ctx)?;
        let currency = match require_viewer(ctx)?.only_customer() {
            Some(id) => {
                find(ctx, |db, viewer| find_customer(db, viewer, id))?.map(|row| row.currency)
            }
            None => app.organisation().map(|known| known.profile.currency),
        };
        let Some(currency) = currency else {
            return Ok(vec![]);
        };
        let today = app.today();
        let rows = query(ctx, move |db, viewer| {
            list_months(db, viewer, currency, today, count)
        })
        .await?;
        let figures = rows.into_iter().map(|row| MonthFigures {
            month: row.month.into(),
            billed: Money(row.billed),
            paid: Money(row.paid),
        });
        Ok(figures.collect())
    }

    /// The subscription of the viewer's customer whose upcoming invoice comes first; null where none has one, and for the
    /// organisation's people.
    async fn next_subscription_invoice(&self, ctx: &Context<'_>) -> Result<Option<Subscription>> {
        if require_viewer(ctx)?.only_customer().is_none() {
            return Ok(None);
        }
        let rows = query(ctx, all_subscriptions).await?;
        let mut next = None;
        for row in rows {
            let upcoming = row.subscription.upcoming().map_err(internal)?;
            let Some(upcoming) = upcoming else { continue };
            let on = upcoming.period.start;
            if next.as_ref().is_none_or(|(first, _)| on < *first) {
                next = Some((on, row));
            }
        }
        Ok(next.map(|(_, row)| Subscription(row)))
    }

    /// What happened last (at most five).
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn recent_activity(&self, ctx: &Context<'_>) -> Result<Vec<Activity>> {
        let slice = query(ctx, |db, viewer| list_activity(db, viewer, None, &few())).await?;
        Ok(slice.rows.into_iter().map(|(_, row)| row.into()).collect())
    }
}

/// Every subscription that the viewer sees: for contacts, whose customer has a few.
fn all_subscriptions(db: &Connection, viewer: &Viewer) -> rusqlite::Result<Vec<SubscriptionRow>> {
    let (filter, mut found) = (SubscriptionFilter::default(), vec![]);
    let mut page = Page {
        first: LARGEST_PAGE,
        after: None,
    };
    loop {
        let slice = list_subscriptions(db, viewer, &filter, &page)?;
        page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        found.extend(slice.rows.into_iter().map(|(_, row)| row));
        if !slice.has_next {
            return Ok(found);
        }
    }
}

fn waiting(ctx: &Context<'_>) -> Result<EstimateFilter> {
    Ok(EstimateFilter {
        states: vec![EstimateState::Offered],
        expired: Some((false, app(ctx)?.today())),
        ..EstimateFilter::default()
    })
}

fn few() -> Page {
    Page {
        first: FEW,
        after: None,
    }
}

/// The query of the dashboard.
#[derive(Default)]
pub struct DashboardQuery;

#[Object]
impl DashboardQuery {
    /// What is open, at a glance.
    async fn dashboard(&self, ctx: &Context<'_>) -> Result<Dashboard> {
        require_viewer(ctx)?;
        Ok(Dashboard)
    }
}
