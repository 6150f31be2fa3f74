//! Ageing: what was due on a day, by how long it had been due.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Object, Result, SimpleObject};
use projections::{AgeingRow, CustomerAgeingRow, list_ageing, sum_ageing};

use super::act::query;
use super::context::require_viewer;
use super::customers::{Customer, customer_of};
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::scalars::{CurrencyCode, Date, Uuid};

/// What was due in one currency, by days past the due date.
#[derive(SimpleObject)]
pub struct AgedAmounts {
    /// The one currency of its amounts.
    currency: CurrencyCode,
    /// Not past its due date.
    current: Money,
    /// 1 to 30 days past it.
    days_1_to_30: Money,
    /// 31 to 60 days past it.
    days_31_to_60: Money,
    /// 61 to 90 days past it.
    days_61_to_90: Money,
    /// More than 90 days past it.
    days_over_90: Money,
    /// All of these together.
    due: Money,
    /// Beside it: what of payments and credit notes was not applied to any invoice.
    credit: Money,
}

impl From<AgeingRow> for AgedAmounts {
    fn from(row: AgeingRow) -> Self {
        Self {
            currency: CurrencyCode(row.due.currency),
            current: Money(row.current),
            days_1_to_30: Money(row.to_30),
            days_31_to_60: Money(row.to_60),
            days_61_to_90: Money(row.to_90),
            days_over_90: Money(row.over_90),
            due: Money(row.due),
            credit: Money(row.credit),
        }
    }
}

/// What was due of one customer.
pub struct CustomerAgeing(CustomerAgeingRow);

#[Object]
impl CustomerAgeing {
    /// Of whom.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        customer_of(ctx, self.0.customer_id)
    }

    /// By currency.
    #[graphql(complexity = "1 + child_complexity")]
    async fn amounts(&self) -> Vec<AgedAmounts> {
        self.0
            .ageing
            .iter()
            .copied()
            .map(AgedAmounts::from)
            .collect()
    }
}

/// What was due on a day.
pub struct Ageing {
    as_of: time::Date,
    customer_id: Option<uuid::Uuid>,
}

#[Object]
impl Ageing {
    /// The day, by business dates.
    async fn as_of(&self) -> Date {
        self.as_of.into()
    }

    /// All that the viewer sees together, by currency.
    #[graphql(complexity = "20 + child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Result<Vec<AgedAmounts>> {
        let (as_of, customer) = (self.as_of, self.customer_id);
        let rows = query(ctx, move |db, viewer| {
            sum_ageing(db, viewer, as_of, customer)
        })
        .await?;
        Ok(rows.into_iter().map(AgedAmounts::from).collect())
    }

    /// Customer by customer, in the order of their names; who owed nothing and had no credit is left out.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, CustomerAgeing, EmptyFields, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let (as_of, customer) = (self.as_of, self.customer_id);
        let slice = query(ctx, move |db, viewer| {
            list_ageing(db, viewer, as_of, customer, &page)
        })
        .await?;
        Ok(connection(slice, has_previous, EmptyFields, CustomerAgeing))
    }
}

/// Queries about what is due since when.
#[derive(Default)]
pub struct AgeingQuery;

#[Object]
impl AgeingQuery {
    /// What was due on a day, past or to come, and for how long: of one customer, or of all that the viewer sees.
    async fn ageing(
        &self,
        ctx: &Context<'_>,
        as_of: Date,
        customer_id: Option<Uuid>,
    ) -> Result<Ageing> {
        require_viewer(ctx)?;
        Ok(Ageing {
            as_of: as_of.0,
            customer_id: customer_id.map(|id| id.0),
        })
    }
}
