//! What a change would do: the very decision, on a copy of the subscription.

use async_graphql::{Context, Enum, Object, Result};
use domain::plan::{Plan, PlanError};
use domain::subscription::{
    Bill, ChangeSubscription, Started, Subscription as Aggregate, SubscriptionCommand,
    SubscriptionEvent, Terms, When,
};
use projections::find_subscription;
use time::Date as Day;

use super::{ChangeSubscriptionInput, UpcomingInvoice};
use crate::graphql::act::{Outcome, Refusal as _, find, not_found};
use crate::graphql::context::{app, require_viewer};
use crate::graphql::documents::Document;
use crate::graphql::error::{UserError, conflict, internal};
use crate::graphql::scalars::Date;

/// What comes of a change.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// An invoice over the difference.
    Invoice,
    /// A credit note over the difference.
    CreditNote,
    /// Nothing to pay, nothing to credit.
    Nothing,
}

/// What a change would do.
pub struct SubscriptionPreview {
    bill: Option<Bill>,
    after: Option<Started>,
    effective_on: Option<Day>,
    refused: Option<UserError>,
}

#[Object]
impl SubscriptionPreview {
    /// What would come of it today.
    async fn outcome(&self) -> ChangeOutcome {
        match self.bill {
            Some(Bill::Invoice { .. }) => ChangeOutcome::Invoice,
            Some(Bill::CreditNote { .. }) => ChangeOutcome::CreditNote,
            None => ChangeOutcome::Nothing,
        }
    }

    /// What that invoice or credit note would say.
    async fn document(&self) -> Option<Document> {
        let document = self.bill.as_ref().map(Bill::document);
        document.cloned().map(Document)
    }

    /// The first day on which the new terms would hold.
    async fn effective_on(&self) -> Option<Date> {
        self.effective_on.map(Date)
    }

    /// The next invoice of a period after that.
    async fn upcoming_invoice(&self) -> Result<Option<UpcomingInvoice>> {
        match &self.after {
            Some(after) => super::upcoming(after),
            None => Ok(None),
        }
    }

    /// Why nothing would be done.
    async fn user_errors(&self) -> Vec<UserError> {
        self.refused.iter().cloned().collect()
    }
}

impl SubscriptionPreview {
    fn refused(refused: UserError) -> Self {
        Self {
            bill: None,
            after: None,
            effective_on: None,
            refused: Some(refused),
        }
    }
}

pub(super) async fn change(
    ctx: &Context<'_>,
    input: &ChangeSubscriptionInput,
) -> Result<SubscriptionPreview> {
    let (app, id) = (app(ctx)?, input.subscription_id.0);
    if find(ctx, |db, viewer| find_subscription(db, viewer, id))?.is_none() {
        return Ok(SubscriptionPreview::refused(not_found("subscriptionId")));
    }
    let loaded = app.log.load::<Aggregate>(id).await.map_err(internal)?;
    if let Some(expected) = input.expected_version.filter(|v| *v != loaded.version) {
        let now = loaded.version;
        return Err(conflict(format!(
            "it is at version {now} now, not {expected}"
        )));
    }
    let on = app.today();
    // As it will be when the change is carried out: periods that are due are billed before.
    let subscription = match loaded.state.up_to(on) {
        Ok(subscription) => subscription,
        Err(refusal) => return Ok(SubscriptionPreview::refused(refusal.user_error())),
    };
    let wanted = match &subscription.started {
        Some(started) => terms(ctx, started, input).await?,
        None => return Ok(SubscriptionPreview::refused(not_found("subscriptionId"))),
    };
    let terms = match wanted {
        Ok(terms) => terms,
        Err(refused) => return Ok(SubscriptionPreview::refused(refused)),
    };
    let command = SubscriptionCommand::Change(ChangeSubscription {
        terms,
        when: input.when.into(),
        bill_id: uuid::Uuid::nil(),
        on,
    });
    let (events, after) = match subscription.preview(command, on) {
        Ok(decided) => decided,
        Err(refusal) => return Ok(SubscriptionPreview::refused(refusal.user_error())),
    };
    let bill = events.into_iter().find_map(|event| {
        if let SubscriptionEvent::Changed { bill, .. } = event {
            bill
        } else {
            None
        }
    });
    let after = after.started;
    let next = after.as_ref().map(|after| after.current.next);
    Ok(SubscriptionPreview {
        bill,
        effective_on: match When::from(input.when) {
            When::Now => Some(on),
            When::PeriodEnd => next,
        },
        after,
        refused: None,
    })
}

/// The terms that a change asks for: a plan as it is offered now, or the one it has, and the quantity.
pub(super) async fn terms(
    ctx: &Context<'_>,
    started: &Started,
    input: &ChangeSubscriptionInput,
) -> Outcome<Terms> {
    let quantity = input.quantity.map_or(started.terms.quantity, |q| q.0);
    let Some(plan) = input.plan_id else {
        let terms = started.terms.clone();
        return Ok(Ok(Terms { quantity, ..terms }));
    };
    offered(ctx, plan.0, quantity).await
}

/// A plan as it is offered now, and how much of it.
pub(super) async fn offered(
    ctx: &Context<'_>,
    plan: uuid::Uuid,
    quantity: rust_decimal::Decimal,
) -> Outcome<Terms> {
    let loaded = app(ctx)?.log.load::<Plan>(plan).await.map_err(internal)?;
    Ok(match loaded.state.offered() {
        Ok(details) => Ok(Terms {
            plan_id: domain::ids::PlanId(plan),
            plan: details.clone(),
            quantity,
        }),
        // Of plans that are offered no more contacts know nothing.
        Err(refusal)
            if refusal == PlanError::NotCreated
                || require_viewer(ctx)?.only_customer().is_some() =>
        {
            Err(not_found("planId"))
        }
        Err(refusal) => Err(UserError::new(
            &["input", "planId"],
            refusal.code(),
            refusal.to_string(),
        )),
    })
}
