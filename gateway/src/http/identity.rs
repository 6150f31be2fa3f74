//! Who sends a request: by bearer token, or by a cookie that is believed only from our own pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_graphql::Error;
use axum::http::{HeaderMap, StatusCode, header};

use super::body::Refusal;
use super::origin::{self, Origin};
use super::{Shared, cookie};
use crate::auth::Session;
use crate::config::Config;
use crate::graphql::error::{Code, error, internal};

/// The session a request is sent in. A page of another site is refused whatever it sends; a token that is not (or no
/// longer) one of ours makes the request anonymous.
pub(super) async fn session_of(
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Option<Arc<Session>>, Refusal> {
    let config = &shared.app.config;
    let origin = origin::of(headers, &config.public_url);
    if origin == Origin::Foreign {
        return Err((
            StatusCode::FORBIDDEN,
            error(Code::Forbidden, "requests from other sites are refused"),
        ));
    }
    let token = match (bearer(headers), cookie::read(config, headers)) {
        (Some(token), _) => token,
        (None, Some(token)) if origin::lets_cookie_in(origin, headers) => token,
        (None, Some(_)) => {
            let message = "a cookie needs the header X-Billing-Request: 1 where there is no Origin";
            return Err((StatusCode::FORBIDDEN, error(Code::Forbidden, message)));
        }
        (None, None) => return Ok(None),
    };
    find(shared, token)
        .await
        .map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error))
}

/// The session of a token.
pub(super) async fn find(shared: &Shared, token: &str) -> Result<Option<Arc<Session>>, Error> {
    shared.app.sessions.find(token).await.map_err(internal)
}

/// The token of `Authorization: Bearer …`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_of(headers.get(header::AUTHORIZATION)?.to_str().ok()?)
}

/// The token of "Bearer …".
pub(super) fn bearer_of(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address a request comes from.
pub(super) fn address_of(config: &Config, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    if config.trust_forwarded_for {
        // The last entry is the one our own proxy wrote; those before it are whatever the caller sent.
        let last = headers.get_all("x-forwarded-for").iter().next_back();
        let last =
            last.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        return last.unwrap_or(peer.ip());
    }
    peer.ip()
}
