//! The dashboard: what is open, at a glance. Every part is read only where it is asked for.

use async_graphql::{Context, Object, Result, SimpleObject};
use projections::{
    EstimateFilter, EstimateSort, EstimateState, InvoiceFilter, InvoiceSort, Page, PaymentFilter,
    PaymentState, count_estimates, list_activity, list_estimates, list_invoices, list_payments,
    sum_balances, sum_overdue,
};

use super::act::query;
use super::activity::Activity;
use super::context::{app, require_viewer};
use super::customers::Balance;
use super::estimates::Estimate;
use super::invoices::Invoice;
use super::money::Money;
use super::payments::Payment;

/// Rows of each short list.
const FEW: usize = 5;

/// What is open for the viewer: a contact's own customer, or all of them.
pub struct Dashboard;

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

    /// What happened last (at most five).
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn recent_activity(&self, ctx: &Context<'_>) -> Result<Vec<Activity>> {
        let slice = query(ctx, |db, viewer| list_activity(db, viewer, None, &few())).await?;
        Ok(slice.rows.into_iter().map(|(_, row)| row.into()).collect())
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
