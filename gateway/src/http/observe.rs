//! Request ids, spans and counts: enough to follow a request, without what it said.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use uuid::Uuid;

use super::Shared;

const REQUEST_ID: &str = "x-request-id";
/// Names correlation ids made of request ids that are not UUIDs.
const CORRELATION: Uuid = Uuid::from_u128(0x6b0c_5a1e_42f7_4d0b_9b7e_0d5a_90c3_77f1);

/// The id of a request: the caller's own, or one of ours.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The caller's id if it is short and plain, else a fresh one.
    fn of(headers: &HeaderMap) -> Self {
        let plain = |id: &&str| {
            (1..=100).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        let given = headers
            .get(REQUEST_ID)
            .and_then(|id| id.to_str().ok())
            .filter(plain);
        Self(given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }

    /// What the events of this request are correlated by.
    pub(super) fn correlation_id(&self) -> Uuid {
        Uuid::parse_str(&self.0).unwrap_or_else(|_| Uuid::new_v5(&CORRELATION, self.0.as_bytes()))
    }
}

/// Gives every request an id, a span and its place in the metrics.
pub(super) async fn observe(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::of(request.headers());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!(
        "request",
        id = %id.0,
        method = %request.method(),
        route = %route,
        operation = tracing::field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    let in_flight = InFlight::new();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    let status = response.status().as_u16();
    let took = started.elapsed();
    span.in_scope(|| {
        if response.status().is_server_error() {
            tracing::warn!(status, milliseconds = took.as_millis(), "answered");
        } else {
            tracing::debug!(status, milliseconds = took.as_millis(), "answered");
        }
    });
    let labels = [("route", route), ("status", status.to_string())];
    metrics::counter!("billing_http_requests_total", &labels).increment(1);
    metrics::histogram!("billing_http_duration_seconds", &labels[..1]).record(took);
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    super::headers::secure(&shared.app.config, &mut response);
    response
}

/// Counts what is going on now, also where the caller goes away before the answer.
struct InFlight;

impl InFlight {
    fn new() -> Self {
        metrics::gauge!("billing_http_requests_in_flight").increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("billing_http_requests_in_flight").decrement(1);
    }
}
