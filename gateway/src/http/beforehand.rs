//! What a page of the portal asks first, answered with the page itself: it stands without going back to the server.
//!
//! The portal's build lists in `pages.json`, page by page, what its program is made of and which queries it begins with.
//! A query is asked as its page would ask it: for the same viewer, within the same limits.

use std::sync::Arc;

use async_graphql::{Name, Request, Value, Variables};
use projections::Viewer;
use serde::{Deserialize, Serialize};

use super::{Shared, graphql};
use crate::graphql::Caller;

/// The pages of both sides, as the portal's build lists them.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Pages {
    client: Vec<Arc<Page>>,
    staff: Vec<Arc<Page>>,
}

/// One page, at an address such as `/invoices/:id`.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    path: String,
    /// Goes into the first page's head: links to the files of this page.
    pub(super) head: String,
    /// The names of the texts that it needs, whatever their language.
    pub(super) words: Vec<String>,
    queries: Vec<Query>,
}

#[derive(Debug, Deserialize)]
struct Query {
    name: String,
    text: String,
    /// Its variables that the path may hold.
    variables: Vec<String>,
    /// Its other variables, of a list that the address neither filters nor sorts: the query is for such an address only.
    unfiltered: Option<Variables>,
}

/// What the server says to one query of a page.
#[derive(Serialize)]
pub(super) struct Answer {
    name: String,
    variables: Variables,
    data: Value,
}

impl Pages {
    /// The page at an address as a viewer sees it, with the variable parts of the address.
    pub(super) fn find(&self, viewer: &Viewer, address: &str) -> Option<(Arc<Page>, Variables)> {
        let pages = match viewer.only_customer() {
            Some(_) => &self.client,
            None => &self.staff,
        };
        let found = pages.iter().filter_map(|page| {
            let parts = page.at(address)?;
            Some((Arc::clone(page), parts))
        });
        // `/estimates/new` is no estimate: the fewest variable parts are meant.
        found.min_by_key(|(_, parts)| parts.len())
    }
}

impl Page {
    /// The variable parts of an address, where it is this page's.
    fn at(&self, address: &str) -> Option<Variables> {
        let mut given = address.split('/');
        let mut parts = Variables::default();
        for wanted in self.path.split('/') {
            let part = given.next()?;
            match wanted.strip_prefix(':') {
                Some(_) if part.is_empty() => return None,
                Some(name) => {
                    parts.insert(Name::new(name), Value::from(part));
                }
                None if part != wanted => return None,
                None => {}
            }
        }
        given.next().is_none().then_some(parts)
    }

    /// What the server says to the page's queries; what cannot be answered the page asks itself, and is told why.
    pub(super) async fn answers(
        &self,
        shared: &Arc<Shared>,
        caller: &Caller,
        parts: &Variables,
        is_unfiltered: bool,
    ) -> Vec<Answer> {
        let asked = self
            .queries
            .iter()
            .filter(|query| is_unfiltered || query.unfiltered.is_none())
            .map(|query| query.answer(shared, caller, parts));
        futures::future::join_all(asked)
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Query {
    async fn answer(
        &self,
        shared: &Arc<Shared>,
        caller: &Caller,
        parts: &Variables,
    ) -> Option<Answer> {
        let given = |name: &String| Some((Name::new(name), parts.get(name.as_str())?.clone()));
        let mut variables = self.unfiltered.clone().unwrap_or_default();
        variables.extend(self.variables.iter().filter_map(given));
        let request = Request::new(&self.text)
            .operation_name(&self.name)
            .variables(variables.clone());
        let data = match graphql::beforehand(shared, caller, request).await {
            Ok(answered) => answered?,
            Err(error) => {
                tracing::warn!(
                    query = self.name,
                    error = error.message,
                    "not answered with its page"
                );
                return None;
            }
        };
        Some(Answer {
            name: self.name.clone(),
            variables,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use projections::{Reach, Role};
    use uuid::Uuid;

    use super::*;

    fn viewer(reach: Reach) -> Viewer {
        Viewer {
            account_id: Uuid::nil(),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            reach,
        }
    }

    fn page(path: &str) -> serde_json::Value {
        serde_json::json!({ "path": path, "head": path, "words": [], "queries": [] })
    }

    #[test]
    fn an_address_is_the_page_with_the_fewest_variable_parts_of_the_viewers_own_side() {
        let pages: Pages = serde_json::from_value(serde_json::json!({
            "client": [page("/"), page("/estimates/:id")],
            "staff": [page("/estimates/:id"), page("/estimates/new"), page("/estimates/:id/edit")],
        }))
        .unwrap();
        let staff = viewer(Reach::Organisation(Role::Staff));
        let contact = viewer(Reach::Customer {
            customer_id: Uuid::nil(),
            contact_id: Uuid::nil(),
        });
        for (viewer, address, found, part) in [
            (&contact, "/", Some("/"), None),
            (&staff, "/", None, None),
            (&staff, "/estimates/new", Some("/estimates/new"), None),
            (
                &contact,
                "/estimates/new",
                Some("/estimates/:id"),
                Some("new"),
            ),
            (
                &staff,
                "/estimates/4/edit",
                Some("/estimates/:id/edit"),
                Some("4"),
            ),
            (&staff, "/estimates/4/", None, None),
            (&staff, "/estimates/", None, None),
            (&staff, "/estimates/4/edit/5", None, None),
        ] {
            let page = pages.find(viewer, address);
            let head = page.as_ref().map(|(page, _)| page.head.as_str());
            assert_eq!(head, found, "{address}");
            let id = page.and_then(|(_, parts)| parts.get("id").cloned());
            assert_eq!(id, part.map(Value::from), "{address}");
        }
    }
}
