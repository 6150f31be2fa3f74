//! What a document would come to, before anything is recorded.

use std::collections::BTreeSet;

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::document::DocumentDraft;

use super::context::require_staff;
use super::documents::{Document, DocumentInput};
use super::error::UserError;

/// What a document would come to.
#[derive(SimpleObject)]
pub struct DocumentPreview {
    /// The document as the commands would price it; null where they would refuse it.
    document: Option<Document>,
    /// Why they would refuse it.
    user_errors: Vec<UserError>,
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
        Ok(match DocumentDraft::from(input).price(&BTreeSet::new()) {
            Ok(document) => DocumentPreview {
                document: Some(Document(document)),
                user_errors: vec![],
            },
            Err(refusal) => {
                let field: Vec<&str> = std::iter::once("input")
                    .chain(refusal.field.split('.'))
                    .collect();
                let (code, why) = (refusal.rule.code(), refusal.rule.to_string());
                DocumentPreview {
                    document: None,
                    user_errors: vec![UserError::new(&field, code, why)],
                }
            }
        })
    }
}
