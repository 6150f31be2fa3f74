//! Who sends a request: by bearer token, or by a cookie that is believed only from our own pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Once};

use async_graphql::Error;
use axum::http::{HeaderMap, StatusCode, header};
use projections::{Reach, Viewer, find_customer};
use rusqlite::Connection;
use uuid::Uuid;

use super::body::Refusal;
use super::origin::{self, Origin};
use super::{Shared, cookie};
use crate::auth::Session;
use crate::config::Config;
use crate::graphql::error::{Code, bad_input, error, internal};

/// Names the customer as whose contacts the request shall be answered.
const VIEW_AS: &str = "x-view-as";

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

/// As whom the request is answered, where one of the organisation's people asks to see what a customer sees
/// (`X-View-As`). Of who is not signed in the header means nothing.
pub(super) fn viewing_as_of(
    shared: &Shared,
    session: Option<&Arc<Session>>,
    headers: &HeaderMap,
) -> Result<Option<Arc<Viewer>>, Refusal> {
    let mut given = headers.get_all(VIEW_AS).iter();
    let (Some(customer), Some(session)) = (given.next(), session) else {
        return Ok(None);
    };
    // Text that is none, and a header that is there twice, name no customer.
    let customer = customer.to_str().unwrap_or_default();
    let customer = if given.next().is_some() { "" } else { customer };
    view_as(shared, session, customer).map(Some)
}

/// What the contacts of a customer see, for one of the organisation's people; the name stays the person's own.
pub(super) fn view_as(
    shared: &Shared,
    session: &Session,
    customer: &str,
) -> Result<Arc<Viewer>, Refusal> {
    let viewer = &session.viewer;
    if viewer.only_customer().is_some() {
        let message = "only the organisation's people look at the portal as a customer does";
        return Err((StatusCode::FORBIDDEN, error(Code::Forbidden, message)));
    }
    let customer_id = Uuid::parse_str(customer).map_err(|_| {
        let wrong = bad_input("X-View-As", "must be a customer's id");
        (StatusCode::BAD_REQUEST, wrong)
    })?;
    let find = |db: &Connection| find_customer(db, viewer, customer_id);
    let found = shared.app.reads.read(find);
    let found = found.map_err(|e| (StatusCode::INTERNAL_SERVER_ERROR, internal(e)))?;
    if found.is_none() {
        let message = "there is no such customer";
        return Err((StatusCode::NOT_FOUND, error(Code::NotFound, message)));
    }
    Ok(Arc::new(Viewer {
        reach: Reach::AsCustomer { customer_id },
        ..viewer.clone()
    }))
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
    if passed_on(headers) {
        static SAID: Once = Once::new();
        SAID.call_once(|| tracing::warn!("{UNTRUSTED_PROXY}"));
    }
    peer.ip()
}

/// Said once, when headers of a proxy arrive that is not trusted.
const UNTRUSTED_PROXY: &str = "requests arrive with X-Forwarded-For or Forwarded, but TRUST_FORWARDED_FOR is not set: \
    everybody behind that proxy counts as one address. If the proxy is yours, set TRUST_FORWARDED_FOR=true";

/// Whether the address is that of a proxy near us, and so of everybody who comes through it. Nobody who comes from
/// elsewhere can make us believe this.
pub(super) fn shares_address(config: &Config, peer: SocketAddr, headers: &HeaderMap) -> bool {
    // We speak no TLS: where people come over https, a proxy takes it off.
    let behind_proxy = config.public_url.is_secure() || passed_on(headers);
    !config.trust_forwarded_for && behind_proxy && is_near(peer.ip())
}

/// Whether an address is of this machine or of a network of one's own.
pub(super) fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

fn passed_on(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded"]
        .iter()
        .any(|name| headers.contains_key(*name))
}
