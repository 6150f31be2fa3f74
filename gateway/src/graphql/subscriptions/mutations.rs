//! What is done to subscriptions: by staff, and by contacts to their own as the settings allow.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::ids::CustomerId;
use domain::invalid::{Invalid, Rule};
use domain::subscription::{
    CancelSubscription, ChangeSubscription, End, StartSubscription, Started,
    Subscription as Aggregate, SubscriptionCommand,
};
use eventlog::Metadata;
use projections::{find_customer, find_subscription};
use time::Date;
use uuid::Uuid;

use super::input::{CancelSubscriptionInput, StartSubscriptionInput, SubscriptionInput};
use super::{ChangeSubscriptionInput, Subscription, preview};
use crate::graphql::act::{Outcome, act, find, invalid, not_found, shown};
use crate::graphql::context::{app, metadata, require_allowed, require_staff};
use crate::graphql::error::{UserError, forbidden, internal};
use crate::graphql::payments::is_retry;
use crate::process::renewing;

/// The outcome of something done to a subscription.
#[derive(SimpleObject)]
pub(super) struct SubscriptionPayload {
    /// The subscription now.
    subscription: Option<Subscription>,
    /// Why nothing was done.
    user_errors: Vec<UserError>,
}

/// Mutations of subscriptions.
#[derive(Default)]
pub struct SubscriptionMutation;

#[Object]
impl SubscriptionMutation {
    /// Lets a customer take a plan. What is due by today is billed at once: up to 12 periods with the request, the rest
    /// within minutes. Staff only.
    async fn start_subscription(
        &self,
        ctx: &Context<'_>,
        input: StartSubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_staff(ctx)?;
        let meta = metadata(ctx, "")?;
        let id = Uuid::new_v5(&meta.command_id, b"subscription");
        let refused = start(ctx, id, &input, &meta).await?.err();
        if refused.is_none() {
            bring_up_to_date(ctx, id).await?;
        }
        payload(ctx, id, refused)
    }

    /// Changes plan or quantity: staff, and contacts their own where the settings allow it.
    /// `previewSubscriptionChange` says beforehand what comes of it.
    async fn change_subscription(
        &self,
        ctx: &Context<'_>,
        input: ChangeSubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_allowed(ctx, |portal| portal.change_subscription)?;
        let target = Target::of(input.subscription_id.0, input.expected_version);
        let Some(started) = target.bring_up_to_date(ctx).await? else {
            return payload(ctx, target.id, Some(not_found("subscriptionId")));
        };
        let on = app(ctx)?.today();
        let meta = metadata(ctx, "")?;
        let terms = match preview::terms(ctx, &started, &input).await? {
            Ok(terms) => terms,
            // It is changed, whatever became of the plan since: the log answers without deciding again.
            Err(_) if is_retry(ctx, &meta).await? => started.terms,
            Err(refused) => return payload(ctx, target.id, Some(refused)),
        };
        let command = SubscriptionCommand::Change(ChangeSubscription {
            terms,
            when: input.when.into(),
            bill_id: bill_id(&meta),
            on,
        });
        target.send(ctx, command).await
    }

    /// Gives up the change that waits for the next period: staff, and contacts their own where the settings allow it.
    async fn cancel_subscription_change(
        &self,
        ctx: &Context<'_>,
        input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_allowed(ctx, |portal| portal.change_subscription)?;
        let on = app(ctx)?.today();
        let command = SubscriptionCommand::CancelPendingChange { on };
        Target::from(input).send(ctx, command).await
    }

    /// Lets time stand still: nothing is billed, and days that were paid for are kept. Staff, and contacts their own
    /// where the settings allow it.
    async fn pause_subscription(
        &self,
        ctx: &Context<'_>,
        input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_allowed(ctx, |portal| portal.pause_subscription)?;
        let on = app(ctx)?.today();
        let command = SubscriptionCommand::Pause { on };
        Target::from(input).send(ctx, command).await
    }

    /// Lets time go on: days that were paid for before the pause come first, then the next period. Staff, and contacts
    /// their own where the settings allow it.
    async fn resume_subscription(
        &self,
        ctx: &Context<'_>,
        input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_allowed(ctx, |portal| portal.pause_subscription)?;
        let on = app(ctx)?.today();
        let command = SubscriptionCommand::Resume { on };
        let (target, id) = (Target::from(&input), input.subscription_id.0);
        let outcome = target.send(ctx, command).await?;
        if outcome.user_errors.is_empty() {
            bring_up_to_date(ctx, id).await?; // The last unused day may have been before the pause.
            return payload(ctx, id, None);
        }
        Ok(outcome)
    }

    /// Ends a subscription, today or with the current period: staff, and contacts their own where the settings allow
    /// it.
    async fn cancel_subscription(
        &self,
        ctx: &Context<'_>,
        input: CancelSubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        let viewer = require_allowed(ctx, |portal| portal.cancel_subscription)?;
        if input.credit_unused && viewer.only_customer().is_some() {
            return Err(forbidden());
        }
        let command = SubscriptionCommand::Cancel(CancelSubscription {
            when: input.when.into(),
            credit: input.credit_unused,
            reason: input.reason,
            bill_id: bill_id(&metadata(ctx, "")?),
            on: app(ctx)?.today(),
        });
        let target = Target::of(input.subscription_id.0, input.expected_version);
        target.send(ctx, command).await
    }

    /// Takes a cancellation back while the current period lasts: staff, and contacts their own where the settings
    /// allow them to cancel.
    async fn reactivate_subscription(
        &self,
        ctx: &Context<'_>,
        input: SubscriptionInput,
    ) -> Result<SubscriptionPayload> {
        require_allowed(ctx, |portal| portal.cancel_subscription)?;
        let on = app(ctx)?.today();
        let command = SubscriptionCommand::Reactivate { on };
        Target::from(input).send(ctx, command).await
    }
}

async fn start(
    ctx: &Context<'_>,
    id: Uuid,
    input: &StartSubscriptionInput,
    meta: &Metadata,
) -> Outcome<()> {
    if is_retry(ctx, meta).await? {
        return Ok(Ok(())); // It is started, whatever became of the plan since.
    }
    let customer_id = input.customer_id.0;
    let Some(customer) = find(ctx, |db, viewer| find_customer(db, viewer, customer_id))? else {
        return Ok(Err(not_found("customerId")));
    };
    let quantity = input.quantity.map_or(rust_decimal::Decimal::ONE, |q| q.0);
    let terms = match preview::offered(ctx, input.plan_id.0, quantity).await? {
        Ok(terms) => terms,
        Err(refused) => return Ok(Err(refused)),
    };
    if terms.currency() != customer.currency {
        let rule = Rule::WrongCurrency(customer.currency.code());
        return Ok(Err(invalid(&Invalid::new("planId", rule))));
    }
    let end = match (input.periods, input.ends_before) {
        (None, None) => None,
        (Some(periods), None) => Some(End::AfterPeriods(periods)),
        (None, Some(day)) => Some(End::Before(day.0)),
        (Some(_), Some(_)) => {
            let field = ["input", "endsBefore"];
            let why = "name either periods or endsBefore";
            return Ok(Err(UserError::new(&field, "AMBIGUOUS", why)));
        }
    };
    let on = app(ctx)?.today();
    let command = SubscriptionCommand::Start(StartSubscription {
        customer_id: CustomerId(customer_id),
        terms,
        start: input.start.map_or(on, |day| day.0),
        collection: input.collection.into(),
        end,
        on,
    });
    Ok(act::<Aggregate>(ctx, id, command, meta).await?.map(|_| ()))
}

/// The invoice or credit note that a request brings about: its own, whatever becomes of other requests.
fn bill_id(meta: &Metadata) -> Uuid {
    Uuid::new_v5(&meta.command_id, b"bill")
}

/// A subscription, at the version that somebody has seen.
struct Target {
    id: Uuid,
    expected_version: Option<u64>,
}

impl From<&SubscriptionInput> for Target {
    fn from(input: &SubscriptionInput) -> Self {
        Self::of(input.subscription_id.0, input.expected_version)
    }
}

impl From<SubscriptionInput> for Target {
    fn from(input: SubscriptionInput) -> Self {
        Self::from(&input)
    }
}

impl Target {
    fn of(id: Uuid, expected_version: Option<u64>) -> Self {
        Self {
            id,
            expected_version,
        }
    }

    /// Does what is due by today; answers with the subscription as it is then, where the viewer may see it.
    async fn bring_up_to_date(&self, ctx: &Context<'_>) -> Result<Option<Started>> {
        let id = self.id;
        if find(ctx, |db, viewer| find_subscription(db, viewer, id))?.is_none() {
            return Ok(None);
        }
        bring_up_to_date(ctx, id).await?;
        let loaded = app(ctx)?.log.load::<Aggregate>(id).await;
        Ok(loaded.map_err(internal)?.state.started)
    }

    /// Sends a command to the subscription, where the viewer may see it. What is due by today is done before.
    async fn send(
        self,
        ctx: &Context<'_>,
        command: SubscriptionCommand,
    ) -> Result<SubscriptionPayload> {
        let id = self.id;
        if self.bring_up_to_date(ctx).await?.is_none() {
            return payload(ctx, id, Some(not_found("subscriptionId")));
        }
        let meta = metadata(ctx, "")?.expecting(self.expected_version);
        let refused = act::<Aggregate>(ctx, id, command, &meta).await?.err();
        payload(ctx, id, refused)
    }
}

/// Does what the calendar would do within the minute, at most [`renewing::MOST_IN_A_REQUEST`] periods of it, and waits
/// until the read models show it.
async fn bring_up_to_date(ctx: &Context<'_>, id: Uuid) -> Result<()> {
    let app = app(ctx)?;
    let today: Date = app.today();
    let expectation = app.reads.expect(id);
    let most = Some(renewing::MOST_IN_A_REQUEST);
    let version = renewing::bring_up_to_date(app, id, today, most).await;
    let version = version.map_err(|fault| internal(format!("{fault:#}")))?;
    shown(ctx, id, &expectation, version).await
}

fn payload(ctx: &Context<'_>, id: Uuid, refused: Option<UserError>) -> Result<SubscriptionPayload> {
    let row = find(ctx, |db, viewer| find_subscription(db, viewer, id))?;
    Ok(SubscriptionPayload {
        subscription: row.map(Subscription),
        user_errors: refused.into_iter().collect(),
    })
}
