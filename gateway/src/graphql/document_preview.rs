//! What a document would come to, before anything is recorded.

use std::collections::BTreeSet;

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::document::DocumentDraft;

use super::act::invalid;
use super::context::require_staff;
use super::documents::{Document, DocumentInput, not_billed};
use super::error::UserError;

/// What a document would come to.
#[derive(SimpleObject)]
pub struct DocumentPreview {
    /// The document as the commands would price it; null where they would refuse it.
    document: Option<Document>,
    /// Why they would refuse it.
    user_errors: Vec<UserError>,
}

impl DocumentPreview {
    /// Of what is to be said; what is refused is named within the input, at the place that `placed` gives it.
    pub fn of(draft: &DocumentDraft, placed: impl FnOnce(UserError) -> UserError) -> Self {
        match draft.price(&BTreeSet::new()) {
            Ok(document) => Self {
                document: Some(Document(document)),
                user_errors: vec![],
            },
            Err(refusal) => Self::refused(placed(invalid(&refusal))),
        }
    }

    /// Of what has its price.
    pub fn priced(document: domain::document::Document) -> Self {
        Self {
            document: Some(Document(document)),
            user_errors: vec![],
        }
    }

    /// Of what would be refused.
    pub fn refused(why: UserError) -> Self {
        Self {
            document: None,
            user_errors: vec![why],
        }
    }
}

/// Queries about documents that are not written yet.
#[derive(Default)]
pub struct DocumentPreviewQuery;

#[Object]
impl DocumentPreviewQuery {
    /// What an estimate or invoice of this would come to: exactly what drafting it would compute, and the field that
    /// drafting would refuse. Nothing is recorded. Staff only.
    async fn preview_document(
        &self,
        ctx: &Context<'_>,
        input: DocumentInput,
    ) -> Result<DocumentPreview> {
        require_staff(ctx)?;
        if let Some(refused) = not_billed(ctx, &input)? {
            return Ok(DocumentPreview::refused(refused));
        }
        Ok(DocumentPreview::of(&DocumentDraft::from(input), |why| why))
    }
}
