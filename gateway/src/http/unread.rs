//! What a refusal leaves unread of a request's body.
//!
//! A connection over which the rest of a body still comes cannot carry another request, and to close it at once may
//! take the refusal from a client that is still writing (RFC 9112, section 9.6). So what is left is read and thrown
//! away, within bounds; where that does not reach the end, the answer says that the connection ends with it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;

/// The most bytes that are thrown away.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// How long they may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Answers once nothing of the request is left, or says that the connection ends.
pub(super) async fn read_away(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let (back, mut left) = oneshot::channel();
    let mut response = next
        .run(request.map(|body| Body::new(Lent::new(body, back))))
        .await;
    let Ok(rest) = left.try_recv() else {
        return response;
    };
    // Who waits to be told to go on is not told (RFC 9110, section 10.1.1).
    if waits || !is_read_away(rest).await {
        ends_connection(response.headers_mut());
    }
    response
}

fn ends_connection(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// Whether the body came to its end within the bounds.
async fn is_read_away(body: Body) -> bool {
    if body.size_hint().lower() > MOST_BYTES {
        return false;
    }
    let mut chunks = body.into_data_stream();
    let to_the_end = async {
        let mut bytes = 0;
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else { return false };
            bytes += chunk.len() as u64;
            if bytes > MOST_BYTES {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(WITHIN, to_the_end)
        .await
        .unwrap_or(false)
}

/// A body that comes back when it is dropped before its end.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl Lent {
    fn new(body: Body, back: oneshot::Sender<Body>) -> Self {
        Self {
            body,
            back: Some(back),
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.back = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.body.is_end_stream() {
            return;
        }
        if let Some(back) = self.back.take() {
            // Nobody waits for it where the caller has gone away.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}
