//! The GraphQL schema: one file per noun, joined here.

pub mod act;
pub mod activity;
pub mod ageing;
pub mod allocations;
pub mod context;
pub mod credit;
pub mod credit_notes;
pub mod customers;
pub mod dashboard;
pub mod disputes;
pub mod document_preview;
pub mod documents;
pub mod error;
pub mod estimates;
pub mod invoices;
pub mod letters;
pub mod lists;
pub mod live;
pub mod money;
pub mod opaque;
pub mod organisation;
pub mod outbox;
pub mod payables;
pub mod payment_methods;
pub mod payments;
pub mod plans;
pub mod previews;
pub mod profile;
pub mod quota;
pub mod refunds;
pub mod scalars;
pub mod session;
pub mod settings;
pub mod statements;
pub mod subscriptions;
pub mod thread;
pub mod views;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, SchemaBuilder};

pub use context::{
    Caller, actor, app, caller, metadata, request_key, require_allowed, require_staff,
    require_viewer,
};

use crate::app::App;

/// The fields that nobody has to be signed in for. Every other field is refused before any resolver runs.
pub const PUBLIC_FIELDS: &[&str] = &[
    "__typename",
    "__schema",
    "__type",
    "viewer",
    "signIn",
    "signOut",
];

/// The mutations that take no idempotency key and whose answers are never kept: they hold secrets.
pub const KEYLESS_MUTATIONS: &[&str] = &["signIn", "signOut", "changePassword"];

/// The only mutation for one of the organisation's people who looks as a customer does.
pub const MUTATIONS_WHILE_LOOKING: &[&str] = &["__typename", "signOut"];

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    session::SessionQuery,
    dashboard::DashboardQuery,
    organisation::OrganisationQuery,
    customers::CustomerQuery,
    estimates::EstimateQuery,
    invoices::InvoiceQuery,
    disputes::DisputeQuery,
    previews::PreviewQuery,
    payments::PaymentQuery,
    credit_notes::CreditNoteQuery,
    plans::PlanQuery,
    subscriptions::SubscriptionQuery,
    activity::ActivityQuery,
    statements::StatementQuery,
    ageing::AgeingQuery,
    document_preview::DocumentPreviewQuery,
    letters::LetterQuery,
    outbox::OutboxQuery,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    session::SessionMutation,
    organisation::OrganisationMutation,
    customers::CustomerMutation,
    estimates::EstimateMutation,
    invoices::InvoiceMutation,
    disputes::DisputeMutation,
    thread::ThreadMutation,
    payments::PaymentMutation,
    payment_methods::PaymentMethodMutation,
    plans::PlanMutation,
    subscriptions::SubscriptionMutation,
    refunds::RefundMutation,
    outbox::OutboxMutation,
    letters::LetterMutation,
    profile::ProfileMutation,
    credit::CreditMutation,
    credit_notes::CreditNoteMutation,
    views::ViewMutation,
);

/// Everything that can be followed.
#[derive(MergedSubscription, Default)]
pub struct Subscription(session::SessionSubscription, live::LiveSubscription);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema, ready to serve.
pub fn build_schema(app: Arc<App>) -> Schema {
    let limits = &app.config.limits;
    let mut builder = builder()
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(limits.directives);
    if !app.config.allows_introspection() {
        builder = builder.disable_introspection();
    }
    builder.data(app).finish()
}

/// The schema in its definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .disable_suggestions()
}
