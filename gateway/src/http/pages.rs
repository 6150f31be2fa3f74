//! The plain endpoints beside GraphQL: GraphiQL, health and metrics.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use super::{Shared, identity};

/// What GraphiQL needs: its scripts come from unpkg.com, which is why it is served in development only.
const GRAPHIQL_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' https://unpkg.com; \
    style-src 'unsafe-inline' https://unpkg.com; font-src data: https://unpkg.com; img-src data: https://graphql.org; \
    worker-src blob:; connect-src 'self' https://unpkg.com; frame-ancestors 'none'";

/// A page to try queries in.
pub(super) async fn graphiql() -> Response {
    let page = async_graphql::http::GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql/ws");
    let mut response = Html(page.finish()).into_response();
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(GRAPHIQL_POLICY),
    );
    response
}

/// The process lives.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The node can serve: a change was committed to its event store and seen by another connection, its projector moves, and
/// it is not about to stop.
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> (StatusCode, Cow<'static, str>) {
    if shared.app.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".into());
    }
    if let Some(fault) = shared.app.reads.fault() {
        tracing::warn!(fault, "not ready");
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the projector stands still\n".into(),
        );
    }
    if let Some(fault) = shared.app.process_fault() {
        // Said, not refused: the node still answers, and another one would stand still at the same event.
        tracing::warn!(fault, "a process stands still");
    }
    match shared.app.readiness.prove(&shared.app.log).await {
        Ok(()) => (StatusCode::OK, "ready\n".into()),
        Err(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{reason}\n").into(),
        ),
    }
}

/// The metrics, for Prometheus; in production for who has the token only.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let config = &shared.app.config;
    let allowed = match &config.metrics_token {
        // Hashes are compared, so that the time it takes says nothing of the token.
        Some(token) => identity::bearer(&headers)
            .is_some_and(|given| Sha256::digest(given) == Sha256::digest(token)),
        None => config.is_development(),
    };
    if !allowed {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    }
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, shared.metrics.render()).into_response()
}
