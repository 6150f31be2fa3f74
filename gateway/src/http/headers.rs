//! The headers that keep browsers from doing what nobody asked for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use crate::config::Config;

const NOTHING: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Puts the headers on a response; a page that needs more than the strict policy has set its own already.
pub(super) fn secure(config: &Config, response: &mut Response) {
    let headers = response.headers_mut();
    default(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
    default(headers, header::CACHE_CONTROL, "no-store");
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, header::X_FRAME_OPTIONS, "DENY");
    default(headers, header::REFERRER_POLICY, "no-referrer");
    default(
        headers,
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    default(
        headers,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    default(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    if config.public_url.is_secure() {
        default(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=63072000; includeSubDomains",
        );
    }
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
