//! The one place that turns a viewer into SQL: every query of a document adds this clause.

use rusqlite::ToSql;
use uuid::Uuid;

use crate::Viewer;
use crate::page::Query;

/// Confines a query to the viewer's own customer, and there to what the customer has been shown.
/// `column` holds the customer's id; `shown` is the condition for rows that a customer may see.
pub(crate) fn confine(query: &mut Query, viewer: &Viewer, column: &str, shown: &str) {
    if let Some(customer) = viewer.only_customer() {
        let condition = format!("{column} = ? AND {shown}");
        query.and(&condition, vec![Box::new(customer)]);
    }
}

/// Names the index by customer where a list is of one customer. SQLite might think another filter narrower, and look
/// at every customer's rows.
pub(crate) fn index(
    viewer: &Viewer,
    customer: Option<Uuid>,
    by_customer: &'static str,
) -> &'static str {
    if viewer.only_customer().or(customer).is_some() {
        by_customer
    } else {
        ""
    }
}

/// The same as a piece of SQL with one parameter: the customer's id, or NULL for those who see all.
pub(crate) fn clause(column: &str, shown: &str, parameter: &str) -> String {
    format!("({parameter} IS NULL OR ({column} = {parameter} AND {shown}))")
}

/// The parameter that goes with [`clause`].
pub(crate) fn parameter(viewer: &Viewer) -> impl ToSql {
    viewer.only_customer()
}
