//! The conversation about an estimate: offers, answers and comments of both sides, in order.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, InputObject, Object, Result};
use domain::estimate::{CommentOnEstimate, EstimateCommand, Side};
use domain::ids::CommentId;
use domain::text::mended;
use projections::{ThreadRow, list_thread};

use super::act::find;
use super::context::{app, metadata, require_allowed};
use super::estimates::{self, EstimatePayload};
use super::lists::{self, ListCursor, connection};
use super::scalars::{Date, DateTime, Uuid};

/// What was said about an estimate.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "projections::ThreadKind")]
pub enum ThreadKind {
    /// A revision was offered.
    Offer,
    /// A revision was accepted.
    Acceptance,
    /// A revision was declined.
    Refusal,
    /// The open offer was taken back.
    Withdrawal,
    /// An acceptance was undone.
    AcceptanceUndone,
    /// Somebody commented.
    Comment,
}

/// Who speaks.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadSide {
    /// A contact of the customer.
    Customer,
    /// One of the merchant's people.
    Staff,
}

/// One thing said about an estimate.
pub struct ThreadEntry(ThreadRow);

#[Object]
impl ThreadEntry {
    /// What it is.
    async fn kind(&self) -> ThreadKind {
        self.0.kind.into()
    }

    /// About which revision.
    async fn revision(&self) -> u32 {
        self.0.revision
    }

    /// Which side it came from. What staff record for a customer, such as an acceptance by telephone, came from staff.
    async fn side(&self) -> ThreadSide {
        if self.0.actor_role == "customer_contact" {
            ThreadSide::Customer
        } else {
            ThreadSide::Staff
        }
    }

    /// Who did it, by name at that time.
    async fn by(&self) -> &str {
        &self.0.actor_name
    }

    /// The name that was typed with an acceptance.
    async fn signed(&self) -> Option<&str> {
        match self.0.kind {
            projections::ThreadKind::Acceptance => self.0.name.as_deref(),
            projections::ThreadKind::Offer
            | projections::ThreadKind::Refusal
            | projections::ThreadKind::Withdrawal
            | projections::ThreadKind::AcceptanceUndone
            | projections::ThreadKind::Comment => None,
        }
    }

    /// What was said: a comment, or the reason of a refusal, a withdrawal or an undoing.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// What would be accepted instead.
    async fn would_accept(&self) -> Option<&str> {
        self.0.would_accept.as_deref()
    }

    /// Business date, in the organisation's time zone.
    async fn on(&self) -> Date {
        self.0.on.into()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        self.0.recorded_at.into()
    }
}

/// A page of the thread, the oldest entry first.
pub(super) fn thread_of(
    ctx: &Context<'_>,
    estimate: uuid::Uuid,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Connection<ListCursor, ThreadEntry, EmptyFields, EmptyFields>> {
    let page = lists::page(first, after)?;
    let slice = find(ctx, |db, viewer| list_thread(db, viewer, estimate, &page))?;
    let has_previous = page.after.is_some();
    Ok(connection(slice, has_previous, EmptyFields, ThreadEntry))
}

/// A comment on an estimate.
#[derive(InputObject)]
pub struct CommentOnEstimateInput {
    /// Which estimate.
    estimate_id: Uuid,
    /// What is said, at most 5,000 characters.
    text: String,
}

/// Mutations of the conversation.
#[derive(Default)]
pub struct ThreadMutation;

#[Object]
impl ThreadMutation {
    /// Comments on an estimate that was offered, for the other side to read, whatever became of the offer.
    async fn comment_on_estimate(
        &self,
        ctx: &Context<'_>,
        input: CommentOnEstimateInput,
    ) -> Result<EstimatePayload> {
        let viewer = require_allowed(ctx, |portal| portal.comment)?;
        let comment_id = uuid::Uuid::new_v5(&metadata(ctx, "")?.command_id, b"comment");
        let command = EstimateCommand::Comment(CommentOnEstimate {
            comment_id: CommentId(comment_id),
            side: match viewer.only_customer() {
                Some(_) => Side::Customer,
                None => Side::Staff,
            },
            author: mended(&viewer.name),
            text: input.text,
            on: app(ctx)?.today(),
        });
        estimates::send(ctx, input.estimate_id, command, None).await
    }
}
