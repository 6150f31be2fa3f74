//! HTTP: the routes, and what every request goes through.

mod beforehand;
mod body;
pub(crate) mod branding;
pub(crate) mod checkout;
pub mod cookie;
mod crowd;
mod documents;
mod graphql;
mod headers;
mod host;
mod identity;
mod inspect;
mod listen;
mod observe;
mod origin;
mod pages;
mod patient;
mod portal;
pub(crate) mod signature;
mod socket;
mod text;
mod unread;
mod webhooks;

use std::any::Any;
use std::sync::Arc;

use async_graphql::Error;
use axum::Router;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
pub use listen::listen;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate as _, SizeAbove};

use crate::app::App;
use crate::graphql::Schema;
use crate::graphql::error::{at_no_place, internal, refusal};

/// Answers smaller than this many bytes are not worth compressing: they arrive in the first round trip all the same, and
/// compressing them costs as much as a third of answering a query.
const COMPRESS_ABOVE: u16 = 8_192;

/// What the routes share.
pub struct Shared {
    app: Arc<App>,
    schema: Schema,
    metrics: PrometheusHandle,
    documents: Arc<documents::Documents>,
    /// Where long queries are parsed.
    parsing: inspect::Parsing,
    portal: portal::Portal,
}

/// The routes of a node; the portal shows how to sign in to the demonstration where this store holds it.
pub fn router(
    app: Arc<App>,
    schema: Schema,
    metrics: PrometheusHandle,
    holds_demo: bool,
) -> Router {
    let serves_graphiql = app.config.serves_graphiql();
    let shared = Arc::new(Shared {
        portal: portal::Portal::new(&app.config, holds_demo),
        app,
        schema,
        metrics,
        documents: Arc::default(),
        parsing: inspect::Parsing::new(),
    });
    let mut router = Router::new()
        .route("/", get(portal::start))
        .route("/assets/{*path}", get(portal::asset))
        .route(branding::ADDRESS, get(branding::logo))
        .route("/graphql", post(graphql::serve))
        .route("/graphql/ws", get(socket::upgrade))
        .route("/webhooks/{provider}", post(webhooks::receive))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/metrics", get(pages::metrics));
    if serves_graphiql {
        router = router.route("/graphiql", get(pages::graphiql));
    }
    if shared.app.provider.hosted_page() == checkout::ADDRESS {
        router = router
            .route(checkout::ADDRESS, get(checkout::show))
            .route(checkout::DONE, get(checkout::done));
    }
    router
        .fallback(portal::anything_else)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(
            CompressionLayer::new()
                .compress_when(SizeAbove::new(COMPRESS_ABOVE).and(is_unfinished)),
        )
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&shared),
            host::check,
        ))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&shared),
            observe::observe,
        ))
        .layer(axum::middleware::from_fn(unread::read_away))
        .with_state(shared)
}

/// Whether an answer may still be compressed.
fn is_unfinished(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<portal::AsItIs>().is_none()
}

/// A refusal of the transport, in the form of a GraphQL answer.
fn refuse(status: StatusCode, error: Error) -> Response {
    let body = serde_json::to_vec(&refusal(error)).unwrap_or_default();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

fn refused(error: &Error) -> async_graphql::ServerError {
    at_no_place(error.clone())
}

/// The panic itself is logged by the hook of the server's set-up, with its place.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        internal("a request panicked"),
    )
}
