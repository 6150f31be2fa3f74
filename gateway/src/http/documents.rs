//! Documents that were parsed and found within the limits before: the portal sends the same few over and over.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::parser::types::ExecutableDocument;

/// The most documents that are remembered, all together a few megabytes.
const MAX_DOCUMENTS: usize = 256;
/// Longer ones are parsed every time.
const MAX_BYTES: usize = 8 * 1024;

/// The documents that this node remembers, by their text.
#[derive(Default)]
pub(super) struct Documents {
    known: RwLock<HashMap<String, Arc<ExecutableDocument>>>,
}

impl Documents {
    pub(super) fn find(&self, query: &str) -> Option<Arc<ExecutableDocument>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(query).map(Arc::clone)
    }

    /// Remembers a document. Once there are too many, all are forgotten: those in use are back at once, and whoever
    /// sends a new one with every request gains nothing.
    pub(super) fn keep(&self, query: &str, document: &Arc<ExecutableDocument>) {
        if query.len() > MAX_BYTES {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_DOCUMENTS {
            known.clear();
        }
        known.insert(query.to_owned(), Arc::clone(document));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn remembers_a_bounded_number_of_short_documents() {
        let documents = Documents::default();
        let document = Arc::new(async_graphql::parser::parse_query("{ a }").unwrap());
        for number in 0..1_000 {
            documents.keep(&format!("{{ a{number} }}"), &document);
        }
        assert!(documents.find("{ a999 }").is_some() && documents.find("{ a0 }").is_none());
        assert!(documents.known.read().unwrap().len() <= MAX_DOCUMENTS);
        let long = "#".repeat(MAX_BYTES + 1);
        documents.keep(&long, &document);
        assert!(documents.find(&long).is_none());
    }
}
