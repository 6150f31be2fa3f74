//! Plans.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use domain::money::Money as DomainMoney;
use domain::plan::{Plan as Aggregate, PlanCommand, PlanDetails};
use domain::schedule::{Interval as DomainInterval, IntervalUnit as DomainUnit};
use domain::tax::Tax;
use projections::{PlanRow, count_plans, find_plan, list_plans};

use super::act::{act, find, invalid, not_found, query};
use super::context::{app, metadata, require_staff};
use super::documents::{TaxCategory, TaxInput};
use super::error::UserError;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::scalars::{CurrencyCode, Date, Decimal, Uuid};

/// What an interval counts.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "domain::schedule::IntervalUnit")]
pub enum IntervalUnit {
    /// Days.
    Day,
    /// Seven days.
    Week,
    /// Months of the calendar; a day that a month does not have is its last.
    Month,
    /// Years of the calendar.
    Year,
}

/// How often something is billed.
#[derive(SimpleObject, InputObject, Clone, Copy)]
#[graphql(input_name = "IntervalInput")]
pub struct Interval {
    /// What is counted.
    unit: IntervalUnit,
    /// How many of it, at most ten years of it.
    count: u16,
}

impl From<DomainInterval> for Interval {
    fn from(interval: DomainInterval) -> Self {
        Self {
            unit: interval.unit.into(),
            count: interval.count,
        }
    }
}

/// Something to subscribe to. A change of it concerns only subscriptions that start or change afterwards.
pub struct Plan(pub PlanRow);

#[Object]
impl Plan {
    /// The plan's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its events; goes into `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// What it is called, on invoices too.
    async fn name(&self) -> &str {
        &self.0.details.name
    }

    /// In words.
    async fn description(&self) -> Option<&str> {
        self.0.details.description.as_deref()
    }

    /// For one unit and one period, without tax.
    async fn price(&self) -> Money {
        Money(self.0.details.price)
    }

    /// How long a period is.
    async fn interval(&self) -> Interval {
        self.0.details.interval.into()
    }

    /// Days before the first period that are not billed.
    async fn trial_days(&self) -> u16 {
        self.0.details.trial_days
    }

    /// Billed once with the first period, whatever the quantity; without tax.
    async fn setup_fee(&self) -> Option<Money> {
        self.0.details.setup_fee.map(Money)
    }

    /// The category of the tax on price and fee.
    async fn tax_category(&self) -> TaxCategory {
        self.0.details.tax.category.into()
    }

    /// The rate of that tax.
    async fn tax_percent(&self) -> Decimal {
        Decimal(self.0.details.tax.percent)
    }

    /// Terms that stand on its invoices.
    async fn terms(&self) -> Option<&str> {
        self.0.details.terms.as_deref()
    }

    /// Whether it is offered no more.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// When it was created.
    async fn created_on(&self) -> Date {
        self.0.created_on.into()
    }
}

/// What a plan offers.
#[derive(InputObject)]
pub struct PlanDetailsInput {
    /// What it is called, on invoices too.
    name: String,
    /// In words.
    description: Option<String>,
    /// For one unit and one period, without tax, at the currency's scale.
    price: Decimal,
    /// The currency of price and fee.
    currency: CurrencyCode,
    /// How long a period is.
    interval: Interval,
    /// Days before the first period that are not billed, 0 to 730.
    #[graphql(default)]
    trial_days: u16,
    /// Billed once with the first period, whatever the quantity; without tax.
    setup_fee: Option<Decimal>,
    /// The tax on price and fee; left out, they are outside the scope of tax.
    tax: Option<TaxInput>,
    /// Terms that stand on its invoices.
    terms: Option<String>,
}

impl From<PlanDetailsInput> for PlanDetails {
    fn from(input: PlanDetailsInput) -> Self {
        let currency = input.currency.0;
        let money = |amount: Decimal| DomainMoney {
            amount: amount.0,
            currency,
        };
        Self {
            name: input.name,
            description: input.description,
            price: money(input.price),
            interval: DomainInterval {
                unit: DomainUnit::from(input.interval.unit),
                count: input.interval.count,
            },
            trial_days: input.trial_days,
            setup_fee: input.setup_fee.map(money),
            tax: input.tax.map_or(Tax::NONE, Tax::from),
            terms: input.terms,
        }
    }
}

/// A new plan.
#[derive(InputObject)]
pub struct CreatePlanInput {
    /// What it offers.
    details: PlanDetailsInput,
}

/// A plan offered otherwise from now on.
#[derive(InputObject)]
pub struct UpdatePlanInput {
    /// Which plan.
    plan_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// What it offers.
    details: PlanDetailsInput,
}

/// A plan offered no more.
#[derive(InputObject)]
pub struct ArchivePlanInput {
    /// Which plan.
    plan_id: Uuid,
    /// The version it was read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
}

/// The outcome of something done to a plan.
#[derive(SimpleObject)]
pub struct PlanPayload {
    /// The plan now.
    plan: Option<Plan>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Beside a page of plans.
pub struct PlansInAll {
    archived: bool,
}

#[Object]
impl PlansInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let archived = self.archived;
        query(ctx, move |db, viewer| count_plans(db, viewer, archived)).await
    }
}

/// Queries about plans.
#[derive(Default)]
pub struct PlanQuery;

#[Object]
impl PlanQuery {
    /// A plan; null where there is none that the viewer may see. Contacts see those that are offered.
    async fn plan(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Plan>> {
        Ok(find(ctx, |db, viewer| find_plan(db, viewer, id.0))?.map(Plan))
    }

    /// Plans by name: those that are offered, or (for the organisation's people) those that are no more.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] archived: bool,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Plan, PlansInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let slice = query(ctx, move |db, viewer| {
            list_plans(db, viewer, archived, &page)
        })
        .await?;
        let in_all = PlansInAll { archived };
        Ok(connection(slice, has_previous, in_all, Plan))
    }
}

/// Mutations of plans.
#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Offers something to subscribe to; staff only.
    async fn create_plan(&self, ctx: &Context<'_>, input: CreatePlanInput) -> Result<PlanPayload> {
        require_staff(ctx)?;
        let meta = metadata(ctx, "")?;
        let id = uuid::Uuid::new_v5(&meta.command_id, b"plan");
        if let Some(refused) = not_billed(ctx, &input.details)? {
            return payload(ctx, id, Some(refused));
        }
        let command = PlanCommand::Create {
            details: input.details.into(),
            on: app(ctx)?.today(),
        };
        let refused = act::<Aggregate>(ctx, id, command, &meta).await?.err();
        payload(ctx, id, refused.map(|error| error.under("details")))
    }

    /// Offers it otherwise from now on; subscriptions that run keep their terms. Staff only.
    async fn update_plan(&self, ctx: &Context<'_>, input: UpdatePlanInput) -> Result<PlanPayload> {
        require_staff(ctx)?;
        let known = find(ctx, |db, viewer| find_plan(db, viewer, input.plan_id.0))?;
        let stays =
            known.is_some_and(|plan| plan.details.price.currency == input.details.currency.0);
        if !stays && let Some(refused) = not_billed(ctx, &input.details)? {
            return payload(ctx, input.plan_id.0, Some(refused));
        }
        let command = PlanCommand::Update {
            details: input.details.into(),
            on: app(ctx)?.today(),
        };
        send(ctx, input.plan_id, command, input.expected_version).await
    }

    /// Offers it no more; subscriptions that run go on. Staff only.
    async fn archive_plan(
        &self,
        ctx: &Context<'_>,
        input: ArchivePlanInput,
    ) -> Result<PlanPayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = PlanCommand::Archive { on };
        send(ctx, input.plan_id, command, input.expected_version).await
    }
}

/// Why a plan may not be in a currency that it was not in before.
fn not_billed(ctx: &Context<'_>, details: &PlanDetailsInput) -> Result<Option<UserError>> {
    let settings = app(ctx)?.settings();
    let billed = settings.billed("details.currency", details.currency.0);
    Ok(billed.err().map(|broken| invalid(&broken)))
}

async fn send(
    ctx: &Context<'_>,
    id: Uuid,
    command: PlanCommand,
    expected_version: Option<u64>,
) -> Result<PlanPayload> {
    if find(ctx, |db, viewer| find_plan(db, viewer, id.0))?.is_none() {
        return payload(ctx, id.0, Some(not_found("planId")));
    }
    let meta = metadata(ctx, "")?.expecting(expected_version);
    let refused = act::<Aggregate>(ctx, id.0, command, &meta).await?.err();
    payload(ctx, id.0, refused.map(|error| error.under("details")))
}

fn payload(ctx: &Context<'_>, id: uuid::Uuid, refused: Option<UserError>) -> Result<PlanPayload> {
    Ok(PlanPayload {
        plan: find(ctx, |db, viewer| find_plan(db, viewer, id))?.map(Plan),
        user_errors: refused.into_iter().collect(),
    })
}
