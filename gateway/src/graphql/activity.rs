//! What happened: the feed, and the history of one document.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, Json, Object, Result};
use projections::{ActivityRow, list_activity, list_history};

use super::act::{find, query};
use super::context::{app, require_viewer};
use super::customers::{Customer, customer_of};
use super::error::internal;
use super::lists::{self, ListCursor, connection};
use super::money::Money;
use super::scalars::{Date, DateTime, Uuid};

/// What something happened to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectType {
    /// A credit note.
    CreditNote,
    /// A customer.
    Customer,
    /// An estimate.
    Estimate,
    /// An invoice.
    Invoice,
    /// The organisation.
    Organisation,
    /// A payment.
    Payment,
    /// A plan.
    Plan,
    /// A subscription.
    Subscription,
}

impl SubjectType {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "credit_note" => Some(Self::CreditNote),
            "customer" => Some(Self::Customer),
            "estimate" => Some(Self::Estimate),
            "invoice" => Some(Self::Invoice),
            "organisation" => Some(Self::Organisation),
            "payment" => Some(Self::Payment),
            "plan" => Some(Self::Plan),
            "subscription" => Some(Self::Subscription),
            _ => None,
        }
    }
}

/// One thing that happened.
pub struct Activity(ActivityRow);

#[Object]
impl Activity {
    /// Tells it from everything else that happened.
    async fn id(&self) -> Uuid {
        uuid::Uuid::new_v5(&self.0.subject_id, &self.0.version.to_be_bytes()).into()
    }

    /// Its place in the log; null for contacts.
    async fn position(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let is_contact = require_viewer(ctx)?.only_customer().is_some();
        Ok((!is_contact).then_some(self.0.position))
    }

    /// The kind of thing it happened to.
    async fn subject_type(&self) -> Result<SubjectType> {
        SubjectType::from_name(&self.0.subject_type).ok_or_else(|| internal("unknown subject type"))
    }

    /// What it happened to.
    async fn subject_id(&self) -> Uuid {
        self.0.subject_id.into()
    }

    /// Whom it concerns; null for the organisation's own, such as plans.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match self.0.customer_id {
            Some(id) => customer_of(ctx, id),
            None => Ok(None),
        }
    }

    /// The document's number, once it has one.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// The subject's version after it.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The event's stored name, such as `InvoiceIssued`.
    async fn event(&self) -> &str {
        &self.0.event_type
    }

    /// Who did it, by the name of that time.
    async fn actor(&self) -> &str {
        &self.0.actor_name
    }

    /// `customer_contact`, `staff`, `accountant`, `owner` or `system`.
    async fn actor_role(&self) -> &str {
        &self.0.actor_role
    }

    /// When it happened: the business date.
    async fn happened_on(&self) -> Date {
        self.0.happened_on.into()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.0.recorded_at.into()
    }

    /// The amount it is about.
    async fn amount(&self) -> Option<Money> {
        self.0.amount.map(Money)
    }

    /// What was said: a reason, a name; of what failed, the code why.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The event as it stands in the log; null for contacts.
    #[graphql(complexity = "5")]
    async fn payload(&self, ctx: &Context<'_>) -> Result<Option<Json<serde_json::Value>>> {
        if require_viewer(ctx)?.only_customer().is_some() {
            return Ok(None);
        }
        let (kind, id, version) = (&self.0.subject_type, self.0.subject_id, self.0.version);
        let recorded = app(ctx)?
            .log
            .read_event(kind, id, version)
            .await
            .map_err(internal)?;
        let payload = recorded
            .map(|event| serde_json::from_str(&event.payload))
            .transpose();
        Ok(payload.map_err(internal)?.map(Json))
    }
}

/// Queries about what happened.
#[derive(Default)]
pub struct ActivityQuery;

#[Object]
impl ActivityQuery {
    /// What happened, the newest first; staff may name a customer.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn activity(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<Uuid>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Activity, EmptyFields, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let customer = customer_id.map(|id| id.0);
        let slice = query(ctx, move |db, viewer| {
            list_activity(db, viewer, customer, &page)
        })
        .await?;
        Ok(connection(slice, has_previous, EmptyFields, Activity))
    }

    /// The history of one document, customer or payment, the oldest first: who did what, when it happened and when
    /// it was recorded. Empty where there is none that the viewer may see.
    #[graphql(complexity = "1 + child_complexity * 50")]
    async fn history(&self, ctx: &Context<'_>, of: Uuid) -> Result<Vec<Activity>> {
        let rows = find(ctx, |db, viewer| list_history(db, viewer, of.0))?;
        Ok(rows.into_iter().map(Activity).collect())
    }
}

impl From<ActivityRow> for Activity {
    fn from(row: ActivityRow) -> Self {
        Self(row)
    }
}
