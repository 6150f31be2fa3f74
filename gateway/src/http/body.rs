//! The body of a GraphQL request: JSON only, of bounded size, read in bounded time.

use std::time::Duration;

use async_graphql::Request;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};

use crate::graphql::error::{Code, bad_input, error};

/// How long a client may take to send a body.
const READ_WITHIN: Duration = Duration::from_secs(15);

/// A refusal of the transport: a status and what to say.
pub(super) type Refusal = (StatusCode, async_graphql::Error);

/// One request or several.
pub(super) enum Requests {
    /// One.
    Single(Box<Request>),
    /// Several, answered as a list.
    Batch(Vec<Request>),
}

/// Whether the body says it is JSON. Anything a form or a plain `fetch` of another site could send is not.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(only) = only.to_str() else {
        return false;
    };
    let mut parts = only.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
}

/// Reads a body of at most so many bytes.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    max_bytes: usize,
) -> Result<Bytes, Refusal> {
    let too_large = || {
        let message = format!("a request body may have at most {max_bytes} bytes");
        (
            StatusCode::PAYLOAD_TOO_LARGE,
            error(Code::LimitExceeded, message),
        )
    };
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > max_bytes) {
        return Err(too_large());
    }
    match tokio::time::timeout(READ_WITHIN, to_bytes(body, max_bytes)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) if declared.is_none() => Err(too_large()),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, bad_input("body", "broke off"))),
        Err(_) => Err((
            StatusCode::REQUEST_TIMEOUT,
            error(Code::Timeout, "the body took too long to arrive"),
        )),
    }
}

/// Reads one request or a list of them.
pub(super) fn parse(bytes: &[u8], max_batch: usize) -> Result<Requests, Refusal> {
    let is_list = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if !is_list {
        return serde_json::from_slice(bytes)
            .map(|one| Requests::Single(Box::new(one)))
            .map_err(|e| malformed(&e));
    }
    let several: Vec<Request> = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    match several.len() {
        0 => Err((
            StatusCode::BAD_REQUEST,
            bad_input("body", "is an empty list"),
        )),
        count if count > max_batch => {
            let message = format!("a batch may hold at most {max_batch} queries");
            Err((StatusCode::BAD_REQUEST, error(Code::LimitExceeded, message)))
        }
        _ => Ok(Requests::Batch(several)),
    }
}

/// Says where JSON is wrong, without repeating any of it.
fn malformed(wrong: &serde_json::Error) -> Refusal {
    // serde_json tells its syntax errors apart by text only.
    let text = wrong.to_string();
    let what = if text.contains("surrogate") || text.contains("hex escape") {
        "holds an unpaired surrogate (\\ud800 to \\udfff)"
    } else if wrong.is_data() {
        "is not a GraphQL request {query, operationName, variables}"
    } else {
        "is not valid JSON"
    };
    let place = format!("{what} (line {}, column {})", wrong.line(), wrong.column());
    (StatusCode::BAD_REQUEST, bad_input("body", place))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    fn json(content_type: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        is_json(&headers)
    }

    #[test]
    fn only_json_is_json() {
        assert!(json("application/json") && json("Application/JSON; charset=UTF-8"));
        for other in [
            "text/plain",
            "text/plain; application/json",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
            "application/jsonp",
            "",
        ] {
            assert!(!json(other), "{other}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn malformed_bodies_are_not_repeated() {
        for (body, why) in [
            (
                r#"{"query": "{a}", "variables": {"x": "\ud800"}}"#,
                "surrogate",
            ),
            (
                r#"{"query": "{a}", "variables": {"x": "\udc00 and on"}}"#,
                "surrogate",
            ),
            (
                r#"{"query": "{a}", "variables": {"x": "\ud800A"}}"#,
                "surrogate",
            ),
            (r#"{"query": "secret"#, "not valid JSON"),
            (r#"{"query": {"secret": 1}}"#, "not a GraphQL request"),
            (
                r#"{"query": "{a}", "variables": "secret"}"#,
                "not a GraphQL request",
            ),
            (r#""secret""#, "not a GraphQL request"),
            ("[]", "empty"),
            ("", "not valid JSON"),
        ] {
            let Err((status, error)) = parse(body.as_bytes(), 10) else {
                panic!("{body} was read")
            };
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(
                error.message.contains(why) && !error.message.contains("secret"),
                "{body}: {}",
                error.message
            );
        }
    }
}
