//! Answers that are never older than what the caller has seen, on whichever node.
//!
//! Every answer names how far this node's read models had come, in the header `X-Billing-Position` and, for a browser, in
//! a cookie. A request that brings it back is answered by a node that has come as far, which waits for that if it must.
//! The value is sealed: it says nothing of how much happens here to who cannot open it. Who brings none still never hears
//! that something is not there, or is refused, by read models that are behind the log.

use std::time::Duration;

use async_graphql::{Error, Response as Answered, Value};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::body::Refusal;
use super::{Shared, cookie};
use crate::app::App;
use crate::graphql::error::{Code, code_of, internal, unavailable};

/// Names the position that an answer was given at, and that a request wants to be answered at or after.
const POSITION: HeaderName = HeaderName::from_static("x-billing-position");
/// How long a request waits for this node to come as far as the caller has seen.
const WITHIN: Duration = Duration::from_secs(3);

/// Seals and opens positions, with the secret that all nodes of an event store share.
pub(super) struct Seal {
    secret: Vec<u8>,
}

impl Seal {
    pub(super) fn new(secret: Vec<u8>) -> Self {
        Self { secret }
    }

    /// A position as eight bytes of chance, the position hidden by them, and eight bytes that prove both.
    fn close(&self, position: i64) -> String {
        let chance = rand::random::<[u8; 8]>();
        let hidden = (position ^ self.mask(&chance)).to_be_bytes();
        let proof = self.proof(&chance, &hidden);
        URL_SAFE_NO_PAD.encode([chance, hidden, proof].concat())
    }

    /// The position that was sealed here or on another node; anything else says nothing.
    fn open(&self, sealed: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let parts: &[[u8; 8]] = bytes.as_chunks().0;
        let [chance, hidden, proof] = parts else {
            return None;
        };
        let proven: bool = self.proof(chance, hidden).ct_eq(proof).into();
        (proven && bytes.len() == 24).then(|| i64::from_be_bytes(*hidden) ^ self.mask(chance))
    }

    fn mask(&self, chance: &[u8; 8]) -> i64 {
        i64::from_be_bytes(self.digest(&[b"mask", chance]))
    }

    fn proof(&self, chance: &[u8; 8], hidden: &[u8; 8]) -> [u8; 8] {
        self.digest(&[b"proof", chance, hidden])
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 8] {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return [0; 8];
        };
        for part in parts {
            mac.update(part);
        }
        let digest = mac.finalize().into_bytes();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

/// Waits until this node has come as far as the caller has seen.
///
/// # Errors
/// UNAVAILABLE where that takes too long.
pub(super) async fn reach_seen(shared: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(seen) = seen(shared, headers) else {
        return Ok(());
    };
    let app = &shared.app;
    if app.reads.reached(seen, WITHIN).await {
        return Ok(());
    }
    // A log that went back to an earlier backup may never come as far again: what was seen is not there any more.
    match app.log.head().await {
        Ok(head) if head < seen && app.reads.position() >= head => Ok(()),
        Ok(_) | Err(_) => {
            let behind = "this node is behind what you have seen; try again in a moment";
            Err((StatusCode::SERVICE_UNAVAILABLE, unavailable(behind)))
        }
    }
}

/// The newest position that the header or the cookie brings.
fn seen(shared: &Shared, headers: &HeaderMap) -> Option<i64> {
    let header = headers.get(POSITION).and_then(|value| value.to_str().ok());
    let cookie = cookie::read_position(&shared.app.config, headers);
    let open = |sealed: Option<&str>| shared.seal.open(sealed?);
    open(header).max(open(cookie))
}

/// Adds the position to an answer as a header, and as a cookie for browsers that signed in with one.
pub(super) fn name_position(shared: &Shared, headers: &HeaderMap, response: &mut Response) {
    let position = shared.app.reads.position();
    let sealed = shared.seal.close(position);
    let config = &shared.app.config;
    if cookie::read(config, headers).is_some()
        && seen(shared, headers).is_none_or(|seen| seen < position)
        && let Ok(value) = HeaderValue::from_str(&cookie::set_position(config, &sealed))
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&sealed) {
        response.headers_mut().insert(POSITION, value);
    }
}

/// Whether the log held more than this node knew at position `answered_at`; if so, this node has come as far by now.
///
/// # Errors
/// UNAVAILABLE where that takes too long, or the log does not answer.
pub(super) async fn was_behind(app: &App, answered_at: i64) -> Result<bool, Error> {
    let asked = tokio::time::timeout(WITHIN, app.log.head()).await;
    let head = match asked {
        Ok(Ok(head)) => head,
        Ok(Err(error)) if !error.is_passing() => return Err(internal(error)),
        Ok(Err(_)) | Err(_) => return Err(unavailable("the event store does not answer")),
    };
    if answered_at >= head {
        return Ok(false);
    }
    if app.reads.reached(head, WITHIN).await {
        return Ok(true);
    }
    Err(unavailable(
        "this node is behind the event log; try again in a moment",
    ))
}

/// Whether an answer says that something is not there, which is only true where nothing is missing here.
pub(super) fn says_missing(answered: &Answered) -> bool {
    let not_found = Some(Code::NotFound.name());
    if answered
        .errors
        .iter()
        .any(|error| code_of(error) == not_found)
    {
        return true;
    }
    matches!(&answered.data, Value::Object(roots)
        if answered.errors.is_empty() && roots.values().any(|root| matches!(root, Value::Null)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn a_position_is_opened_by_who_has_the_secret_only() {
        let (ours, theirs) = (Seal::new(vec![1; 32]), Seal::new(vec![2; 32]));
        for position in [0, 1, 416_000, i64::MAX] {
            let sealed = ours.close(position);
            assert_eq!(ours.open(&sealed), Some(position));
            assert_eq!(theirs.open(&sealed), None);
            assert_ne!(
                sealed,
                ours.close(position),
                "two seals of one position differ"
            );
        }
    }

    #[test]
    fn what_is_no_seal_says_nothing() {
        let seal = Seal::new(vec![1; 32]);
        let sealed = seal.close(7);
        for wrong in [
            "",
            "7",
            "not base64!",
            &sealed[1..],
            &format!("{sealed}AAAA"),
        ] {
            assert_eq!(seal.open(wrong), None, "{wrong}");
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        bytes[10] ^= 1;
        assert_eq!(seal.open(&URL_SAFE_NO_PAD.encode(bytes)), None);
    }
}
