//! The organisation's logo, for everybody: it stands on the page before anybody signs in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use domain::organisation::Logo;

use super::{Shared, portal};

/// Where it is.
pub(super) const ADDRESS: &str = "/branding/logo";

/// Where a logo of that hash is: another logo is at another address, so that each may be kept for ever.
pub(crate) fn path(sha256: &str) -> String {
    format!("{ADDRESS}?v={sha256}")
}

/// Answers with the logo as it is now.
pub(super) async fn logo(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let registered = shared.app.organisation();
    let Some(logo) = registered
        .as_ref()
        .and_then(|known| known.branding.logo.as_ref())
    else {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    };
    let is_named = uri.query().and_then(|query| query.strip_prefix("v=")) == Some(&logo.sha256);
    let cache = if is_named {
        portal::FOR_EVER
    } else {
        portal::ASK_AGAIN
    };
    answer(logo, cache, &headers)
}

fn answer(logo: &Logo, cache: HeaderValue, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", logo.sha256);
    let mut response = if portal::is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static(logo.content_type.name());
        ([(header::CONTENT_TYPE, kind)], logo.bytes()).into_response()
    };
    let given = response.headers_mut();
    given.insert(header::CACHE_CONTROL, cache);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        given.insert(header::ETAG, tag);
    }
    response.extensions_mut().insert(portal::AsItIs);
    response
}
