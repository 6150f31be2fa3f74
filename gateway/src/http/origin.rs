//! Whether a request comes from our own pages (cross-site request forgery).

use axum::http::{HeaderMap, header};

use crate::config::PublicUrl;

/// The header that programs without an Origin send beside a cookie; a page of another site cannot add it.
pub(super) const OWN_REQUEST: &str = "x-billing-request";

/// Where a request says it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// One of our own pages.
    Own,
    /// A page of another site.
    Foreign,
    /// It does not say.
    Absent,
}

/// Reads where a request comes from. Our own origin is the public address, or the host that was asked for under the
/// same scheme (a plain one also where people come over plain http only).
pub(super) fn of(headers: &HeaderMap, public_url: &PublicUrl) -> Origin {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Origin::Absent;
    };
    let Ok(origin) = origin.to_str() else {
        return Origin::Foreign;
    };
    let origin = origin.to_ascii_lowercase();
    if origin == public_url.origin() {
        return Origin::Own;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let from_host = match origin.split_once("://") {
        Some(("https", from)) => from,
        Some(("http", from)) if !public_url.is_secure() => from,
        Some(_) | None => return Origin::Foreign,
    };
    if !host.is_empty() && from_host.eq_ignore_ascii_case(host) {
        Origin::Own
    } else {
        Origin::Foreign
    }
}

/// Whether a cookie may be believed: only with our own origin, or with none and the header [`OWN_REQUEST`].
pub(super) fn lets_cookie_in(origin: Origin, headers: &HeaderMap) -> bool {
    match origin {
        Origin::Own => true,
        Origin::Foreign => false,
        Origin::Absent => headers.get(OWN_REQUEST).is_some_and(|value| value == "1"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    fn origin(public_url: &str, host: &str, origin: Option<&str>) -> Origin {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        of(&headers, &PublicUrl::parse(public_url).unwrap())
    }

    #[test]
    fn our_own_origin_is_the_public_address_or_the_host() {
        let own = |from| origin("https://billing.example.com", "10.0.0.7:8080", Some(from));
        assert_eq!(own("https://billing.example.com"), Origin::Own);
        assert_eq!(own("https://10.0.0.7:8080"), Origin::Own);
        assert_eq!(
            origin(
                "http://localhost:8080",
                "127.0.0.1:8080",
                Some("http://127.0.0.1:8080")
            ),
            Origin::Own
        );
        assert_eq!(
            origin("http://localhost:8080", "127.0.0.1:8080", None),
            Origin::Absent
        );
    }

    #[test]
    fn every_other_origin_is_foreign() {
        for from in [
            "null",
            "",
            "https://evil.example",
            "https://billing.example.com.evil.example",
            "https://billing.example.com:444",
            "http://billing.example.com",
            "http://10.0.0.7:8080",
            "file://10.0.0.7:8080",
        ] {
            let read = origin("https://billing.example.com", "10.0.0.7:8080", Some(from));
            assert_eq!(read, Origin::Foreign, "{from}");
        }
    }
}
