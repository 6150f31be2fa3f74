//! Whether a request asks for us: by our public name, or one that the configuration adds.
//!
//! A page of another site can let its own name lead to our address (DNS rebinding). Its requests then come from its own
//! origin, as browsers see it, but they name its host.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;
use super::body::Refusal;
use crate::config::Config;
use crate::graphql::error::{Code, bad_input, error};

/// Refuses requests that name no host, several, or one that is not ours.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match judge(&shared.app.config, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err((status, error)) => super::refuse(status, error),
    }
}

fn judge(config: &Config, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut given = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (given.next(), given.next()) else {
        let why = bad_input("Host", "must be there once");
        return Err((StatusCode::BAD_REQUEST, why));
    };
    let host = host.to_str().ok().and_then(|host| host.parse().ok());
    let Some(host) = host.filter(|host: &Authority| !host.as_str().contains('@')) else {
        let why = bad_input("Host", "is not a host");
        return Err((StatusCode::BAD_REQUEST, why));
    };
    // Those who look after a node ask it by its address, and are told nothing but that it lives.
    let is_probe = matches!(uri.path(), "/healthz" | "/readyz")
        || (uri.path() == "/metrics" && config.metrics_token.is_some());
    let asked = std::iter::once(&host).chain(uri.authority());
    if is_probe || asked.into_iter().all(|host| is_ours(config, host.host())) {
        return Ok(());
    }
    let why = "this is not the address of the portal; see PUBLIC_URL and ALLOWED_HOSTS";
    Err((StatusCode::MISDIRECTED_REQUEST, error(Code::Forbidden, why)))
}

fn is_ours(config: &Config, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let public = config.public_url.host();
    host == public
        || config.allowed_hosts.contains(&host)
        || (is_loopback(&host) && (config.is_development() || is_loopback(public)))
}

/// A name or an address of one's own machine; no name server says where those lead.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use clap::Parser as _;

    use super::*;

    fn status(settings: &[&str], uri: &str, hosts: &[&str]) -> u16 {
        let settings = std::iter::once("billing").chain(settings.iter().copied());
        let config = crate::config::Cli::parse_from(settings).config;
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        let judged = judge(&config, &uri.parse().unwrap(), &headers);
        judged.map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    const PUBLIC: [&str; 2] = ["--public-url", "https://billing.example.com"];

    #[test]
    fn only_our_own_names_are_answered() {
        let with = [
            &PUBLIC[..],
            &["--allowed-hosts", "Portal.example.org,10.0.0.7"],
        ]
        .concat();
        for host in [
            "billing.example.com",
            "BILLING.example.com.",
            "billing.example.com:443",
            "portal.example.org",
            "10.0.0.7:8080",
        ] {
            assert_eq!(status(&with, "/graphql", &[host]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "billing.example.com.evil.example",
            "localhost",
            "127.0.0.1:8080",
            "10.0.0.8",
        ] {
            assert_eq!(status(&with, "/graphql", &[host]), 421, "{host}");
        }
    }

    #[test]
    fn a_missing_double_or_malformed_host_is_refused_everywhere() {
        for uri in ["/", "/healthz", "/graphql"] {
            assert_eq!(status(&[], uri, &[]), 400);
            assert_eq!(status(&[], uri, &["localhost", "localhost"]), 400);
            for wrong in ["", "a b", "me@localhost", "localhost/x"] {
                assert_eq!(status(&[], uri, &[wrong]), 400, "{wrong:?}");
            }
        }
    }

    #[test]
    fn loopback_names_are_for_ones_own_machine() {
        let own = ["localhost:8080", "127.0.0.1:1", "[::1]:8080", "a.localhost"];
        let development = [&PUBLIC[..], &["--environment", "development"]].concat();
        for host in own {
            assert_eq!(status(&[], "/", &[host]), 200, "{host}");
            assert_eq!(status(&development, "/", &[host]), 200, "{host}");
            assert_eq!(status(&PUBLIC, "/", &[host]), 421, "{host}");
            assert_eq!(status(&PUBLIC, "/healthz", &[host]), 200, "{host}");
        }
        assert_eq!(status(&development, "/", &["rebound.example"]), 421);
    }

    #[test]
    fn an_address_in_full_counts_as_well() {
        let asked = |uri: &str| status(&PUBLIC, uri, &["billing.example.com"]);
        assert_eq!(asked("http://billing.example.com/"), 200);
        assert_eq!(asked("http://evil.example/"), 421);
    }
}
