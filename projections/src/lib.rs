//! Read models: what the portal shows, kept in a local SQLite file that is built from the event log alone.
//!
//! One file of this crate holds one read model: its row, its event handler, its queries. No query works without a
//! [`Viewer`], and what a viewer may see is decided in SQL. Nothing here knows a clock: what depends on today is
//! computed from a date that the caller gives.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot go on should stop loudly"
    )
)]

mod activity;
mod ageing;
mod allocations;
mod balances;
mod beside;
mod build;
mod check;
mod credit;
mod credit_notes;
mod customers;
mod disputes;
mod error;
mod estimates;
mod file;
mod follow;
mod history;
mod invoices;
mod ledger;
mod letters;
mod months;
mod organisation;
mod page;
mod payments;
mod plans;
mod projector;
mod reads;
mod record;
mod refunds;
mod scope;
mod sql;
mod subscriptions;
mod texts;
mod thread;
mod viewer;

pub use activity::{ActivityRow, find_version, list_activity, list_activity_at, list_history};
pub use ageing::{AgeingRow, CustomerAgeingRow, list_ageing, sum_ageing};
pub use allocations::{AllocationRow, list_allocations_of, list_allocations_to};
pub use balances::{BalanceRow, list_balances, sum_balances};
pub use beside::read_beside;
pub use check::{Difference, Report, check};
pub use credit::{CreditRow, list_credit};
pub use credit_notes::{
    CreditNoteDocumentRow, CreditNoteFilter, CreditNoteRow, CreditNoteState, count_credit_notes,
    find_credit_note, list_corrections, list_credit_note_documents, list_credit_notes,
};
pub use customers::{
    ContactRow, CustomerRow, count_customers, find_customer, list_contacts, list_customers,
};
pub use disputes::{DisputeFilter, DisputeRow, count_disputes, list_disputes, list_disputes_of};
pub use error::ProjectionError;
pub use estimates::{
    EstimateFilter, EstimateRow, EstimateSort, EstimateState, RevisionRow, count_estimates,
    find_estimate, list_estimates, list_revisions,
};
pub use history::{Lost, LostEvent};
pub use invoices::{
    InvoiceDocumentRow, InvoiceFilter, InvoiceRow, InvoiceSort, InvoiceState, count_invoices,
    find_invoice, list_invoice_documents, list_invoices, sum_overdue,
};
pub use ledger::{
    AccountRow, LedgerFilter, LedgerKind, LedgerRow, TurnoverRow, list_accounts, list_ledger,
    list_turnover,
};
pub use letters::{MessageRow, ReviewRow, list_messages, list_reviews};
pub use months::{MonthRow, list_months};
pub use organisation::{OrganisationRow, find_organisation};
pub use page::{Cursor, ForeignCursor, LARGEST_PAGE, Page, Slice};
pub use payments::{
    PaymentFilter, PaymentRow, PaymentState, PaymentTargetRow, count_payments, find_payment,
    list_payments, list_targets_of,
};
pub use plans::{PlanRow, count_plans, find_plan, list_plans};
pub use projector::Change;
pub use reads::{Expectation, ReadModels, rebuild};
pub use refunds::{RefundRow, RefundState, list_refunds_of, list_refunds_under_way};
pub use subscriptions::{
    PeriodRow, SubscriptionFilter, SubscriptionRow, count_subscriptions, find_subscription,
    list_acting_subscriptions, list_periods, list_subscriptions,
};
pub use thread::{ThreadKind, ThreadRow, find_acceptance_time, list_thread};
pub use viewer::{Reach, Role, Viewer};
