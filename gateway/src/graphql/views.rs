//! Noting that a customer looked at something.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::context::require_viewer;
use super::error::UserError;
use super::scalars::Uuid;
use super::{estimates, invoices};

/// What was looked at: one of the two.
#[derive(InputObject)]
pub struct MarkViewedInput {
    /// An invoice.
    invoice_id: Option<Uuid>,
    /// An estimate, with the revision that was seen.
    estimate_id: Option<Uuid>,
    /// The revision that was seen.
    revision: Option<u32>,
}

/// The outcome.
#[derive(SimpleObject)]
pub struct MarkViewedPayload {
    /// Why nothing was noted.
    user_errors: Vec<UserError>,
}

/// Mutations of views.
#[derive(Default)]
pub struct ViewMutation;

#[Object]
impl ViewMutation {
    /// Notes that the customer looked at an invoice or a revision of an estimate. From anybody but a contact it
    /// changes nothing.
    async fn mark_viewed(
        &self,
        ctx: &Context<'_>,
        input: MarkViewedInput,
    ) -> Result<MarkViewedPayload> {
        if require_viewer(ctx)?.only_customer().is_none() {
            return Ok(MarkViewedPayload {
                user_errors: vec![],
            });
        }
        let refused = match (input.invoice_id, input.estimate_id, input.revision) {
            (Some(invoice), None, None) => invoices::mark_viewed(ctx, invoice.0).await?.err(),
            (None, Some(estimate), Some(revision)) => {
                estimates::mark_viewed(ctx, estimate.0, revision)
                    .await?
                    .err()
            }
            _ => Some(UserError::new(
                &["input"],
                "AMBIGUOUS",
                "name an invoiceId, or an estimateId with the revision",
            )),
        };
        Ok(MarkViewedPayload {
            user_errors: refused.into_iter().collect(),
        })
    }
}
