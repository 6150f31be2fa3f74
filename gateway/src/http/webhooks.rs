//! POST /webhooks/{provider}: what a payment provider tells of its own accord.
//!
//! No session and no cookie: who sends it is proven by the signature over the body alone. Nothing is read of a body, or
//! written because of it, before that.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::{Shared, body, signature};
use crate::process::notices::{self, Taken};
use crate::process::provider::ProviderKind;

/// The most bytes of a notice.
const MOST_BYTES: usize = 64 * 1024;

/// Takes a notice:
///
/// | answer | what it means | whether the provider should send it again |
/// |---|---|---|
/// | 200 | done, now or earlier, or of a kind that does not concern us | no |
/// | 202 | kept, and tried again here: its payment is not known yet, or something failed on our side | no |
/// | 400 | signed, but not in the provider's form | no |
/// | 401 | not signed by the provider, or too long ago; nothing was read | if its clock is right |
/// | 404 | there is no such provider | no |
/// | 413, 408 | more than 64 KiB, or too slow | |
/// | 503 | it could not be kept | yes |
pub(super) async fn receive(
    State(shared): State<Arc<Shared>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (status, said) = match take(&shared, &provider, &headers, body).await {
        Ok(answer) => answer,
        Err((status, error)) => (status, error.message),
    };
    metrics::counter!("billing_webhooks_total", "status" => status.as_u16().to_string())
        .increment(1);
    (status, format!("{said}\n")).into_response()
}

async fn take(
    shared: &Shared,
    provider: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<(StatusCode, String), body::Refusal> {
    let app = &shared.app;
    let answer = |status, said: &str| Ok((status, said.to_owned()));
    if provider != app.provider.name() || app.provider.kind() == ProviderKind::Absent {
        return answer(StatusCode::NOT_FOUND, "there is no such provider");
    }
    let bytes = body::read(headers, body, MOST_BYTES).await?;
    let header = headers.get(signature::HEADER);
    let header = header.and_then(|header| header.to_str().ok());
    let (secrets, now) = (&app.config.webhook_secrets, app.clock.now());
    if let Err(bad) = signature::verify(header.unwrap_or_default(), &bytes, secrets, now) {
        tracing::warn!(provider, %bad, "a webhook was refused");
        return answer(StatusCode::UNAUTHORIZED, &bad.to_string());
    }
    let notice = match app.provider.read_notice(&bytes) {
        Ok(notice) => notice,
        Err(malformed) => {
            tracing::warn!(provider, %malformed, "a signed webhook cannot be read");
            return answer(
                StatusCode::BAD_REQUEST,
                &format!("cannot be read: {malformed}"),
            );
        }
    };
    match notices::take(app, &notice).await {
        Ok(Taken::Done) => answer(StatusCode::OK, "done"),
        Ok(Taken::DoneEarlier) => answer(StatusCode::OK, "done earlier"),
        Ok(Taken::Ignored) => answer(StatusCode::OK, "does not concern us"),
        Ok(Taken::Kept) => answer(StatusCode::ACCEPTED, "kept, and tried again"),
        Err(fault) => {
            tracing::error!(
                provider,
                notice = notice.id,
                fault = format!("{fault:#}"),
                "a webhook was not kept"
            );
            answer(
                StatusCode::SERVICE_UNAVAILABLE,
                "could not be kept; send it again",
            )
        }
    }
}
