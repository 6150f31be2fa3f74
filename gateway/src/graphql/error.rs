//! What a refusal looks like: GraphQL errors with a code, and user errors inside a payload.
//!
//! An error that a resolver makes through this module is shown as it is. Any other (a `?` on a database error, say)
//! is logged under an id and shown as INTERNAL with that id only: see [`tidy`].

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;

use async_graphql::{ErrorExtensionValues, Response, ServerError, SimpleObject, Value};
use eventlog::{ExecuteError, LogError};
use projections::ProjectionError;
use uuid::Uuid;

use crate::auth::{AccountError, SessionError};

/// The most errors one answer lists.
const MAX_ERRORS: usize = 10;
/// The most characters an error message has; what was sent is never echoed at length.
const MAX_MESSAGE: usize = 240;

tokio::task_local! {
    static REFUSED: Cell<bool>;
}

/// The code of a GraphQL error, under `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// Whoever is signed in may not do this.
    Forbidden,
    /// What the whole request is about is not there.
    NotFound,
    /// The organisation's portal settings do not allow customers to do this.
    NotAllowed,
    /// Somebody else changed the same thing meanwhile.
    Conflict,
    /// A value is not acceptable; `extensions.field` may name it.
    BadInput,
    /// A mutation came without the header `Idempotency-Key`.
    IdempotencyKeyRequired,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// Tried too often; `extensions.retryAfter` is in seconds.
    RateLimited,
    /// The request asks for too much.
    LimitExceeded,
    /// The command is recorded, but this node's read models do not show it yet; `extensions.recordedId` and
    /// `extensions.recordedVersion` say what was recorded. The same key gets the whole answer later.
    RecordedNotVisible,
    /// This cannot be answered now, but perhaps in a moment; `extensions.retryAfter` is in seconds.
    Unavailable,
    /// The request took too long.
    Timeout,
    /// Our fault; `extensions.id` is the id it is logged under.
    Internal,
}

impl Code {
    /// The name clients see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::Conflict => "CONFLICT",
            Self::BadInput => "BAD_INPUT",
            Self::IdempotencyKeyRequired => "IDEMPOTENCY_KEY_REQUIRED",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::RateLimited => "RATE_LIMITED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::RecordedNotVisible => "RECORDED_NOT_VISIBLE",
            Self::Unavailable => "UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A rule that refused a mutation, for the person to read and correct.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The path of the input field concerned; empty where it is none in particular.
    field: Vec<String>,
    /// The rule that refused, for programs.
    code: String,
    /// The reason, for people.
    message: String,
}

impl UserError {
    /// A refusal. The answer that holds it is not kept for its idempotency key, so that the same key may be used for
    /// the corrected request; that is why making one is noted.
    pub fn new(field: &[&str], code: &str, message: impl Into<String>) -> Self {
        let _ = REFUSED.try_with(|refused| refused.set(true));
        Self {
            field: field.iter().map(|part| (*part).to_owned()).collect(),
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

impl UserError {
    /// The same refusal with a field of the domain's called as the input calls it.
    #[must_use]
    pub fn renaming(mut self, from: &str, to: &str) -> Self {
        for part in self.field.iter_mut().filter(|part| *part == from) {
            to.clone_into(part);
        }
        self
    }

    /// The same refusal of an entry of a list in the input.
    #[must_use]
    pub fn at(mut self, list: &str, index: usize) -> Self {
        let own = self.field.split_off(self.field.len().min(1));
        self.field = ["input", list, &index.to_string()]
            .map(str::to_owned)
            .into_iter()
            .chain(own)
            .collect();
        self
    }

    /// The same refusal of a field that lies deeper in the input: `lines` of `document` is `input.document.lines`.
    #[must_use]
    pub fn under(mut self, outer: &str) -> Self {
        if self.field.len() > 1 {
            self.field.insert(1, outer.to_owned());
        }
        self
    }
}

/// Runs a mutation and says whether it made a [`UserError`], also one that the client did not ask to see.
pub(crate) async fn noting_refusals<F: Future>(work: F) -> (F::Output, bool) {
    REFUSED
        .scope(Cell::new(false), async move {
            let output = work.await;
            (output, REFUSED.with(Cell::get))
        })
        .await
}

/// An error with a code.
pub fn error(code: Code, message: impl Into<String>) -> async_graphql::Error {
    let mut error = async_graphql::Error::new(message);
    error
        .extensions
        .get_or_insert_default()
        .set("code", code.name());
    error
}

/// Nobody is signed in.
pub fn unauthenticated() -> async_graphql::Error {
    error(Code::Unauthenticated, "sign in first")
}

/// Whoever is signed in may not do this.
pub fn forbidden() -> async_graphql::Error {
    error(Code::Forbidden, "your role does not allow this")
}

/// One of the organisation's people looks as a customer does, and cannot act meanwhile.
pub fn only_looking() -> async_graphql::Error {
    let message = "you are looking at the portal as the customer sees it: nothing can be done here";
    error(Code::Forbidden, message)
}

/// The organisation's portal settings do not allow customers to do this.
pub fn not_allowed() -> async_graphql::Error {
    error(
        Code::NotAllowed,
        "the organisation's portal settings do not allow this",
    )
}

/// Somebody else changed the same thing meanwhile.
pub fn conflict(message: impl Into<String>) -> async_graphql::Error {
    error(Code::Conflict, message)
}

/// A value is not acceptable.
pub fn bad_input(field: &str, message: impl Display) -> async_graphql::Error {
    let mut error = error(Code::BadInput, format!("{field}: {message}"));
    error.extensions.get_or_insert_default().set("field", field);
    error
}

/// Tried too often.
pub fn rate_limited(message: &str, retry_after: std::time::Duration) -> async_graphql::Error {
    let mut error = error(Code::RateLimited, message);
    error
        .extensions
        .get_or_insert_default()
        .set("retryAfter", retry_after.as_secs().saturating_add(1));
    error
}

/// This cannot be answered now.
pub fn unavailable(message: &str) -> async_graphql::Error {
    let mut error = error(Code::Unavailable, message);
    error
        .extensions
        .get_or_insert_default()
        .set("retryAfter", 1);
    error
}

/// The command is recorded, but the read models do not show it yet.
pub fn recorded_not_visible(id: Uuid, version: i64) -> async_graphql::Error {
    let message = "this is recorded, but cannot be shown yet; look again in a moment, or send it again with the same Idempotency-Key";
    let mut error = error(Code::RecordedNotVisible, message);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("recordedId", id.to_string());
    extensions.set("recordedVersion", version);
    error
}

/// Our own failure: logged with an id, of which only the id is shown. What passes by itself is UNAVAILABLE instead.
pub fn internal(cause: impl Display + 'static) -> async_graphql::Error {
    if is_passing(&cause) {
        tracing::warn!(cause = %format_args!("{cause:#}"), "the store is not available");
        return store_away();
    }
    let id = Uuid::now_v7();
    tracing::error!(error_id = %id, cause = %format_args!("{cause:#}"), "internal error");
    let mut error = error(
        Code::Internal,
        format!("something went wrong here; it is logged as {id}"),
    );
    error
        .extensions
        .get_or_insert_default()
        .set("id", id.to_string());
    error
}

/// The store is away for a moment.
pub fn store_away() -> async_graphql::Error {
    unavailable(
        "this cannot be done at the moment; try again shortly, a mutation with the same Idempotency-Key",
    )
}

/// Whether an error of ours is about a store that is away for a moment.
fn is_passing(cause: &dyn Any) -> bool {
    fn is<E: std::error::Error + 'static>(cause: &dyn Any) -> bool {
        cause
            .downcast_ref::<E>()
            .is_some_and(|error| eventlog::is_passing(error))
    }
    let inside = |error: &anyhow::Error| eventlog::is_passing(error.as_ref());
    is::<LogError>(cause)
        || is::<SessionError>(cause)
        || is::<AccountError>(cause)
        || is::<ProjectionError>(cause)
        || is::<rusqlite::Error>(cause)
        || cause.downcast_ref::<anyhow::Error>().is_some_and(inside)
}

/// Why the log did not carry a command out: the aggregate's own refusal, to be told as a [`UserError`]; anything else is
/// an error of the whole answer already.
pub fn refused<E>(error: ExecuteError<E>) -> async_graphql::Result<E> {
    match error {
        ExecuteError::Refused(refusal) => Ok(refusal),
        ExecuteError::Conflict => Err(conflict("others were changing the same thing; try again")),
        ExecuteError::Stale { actual, .. } => Err(conflict(format!(
            "this has changed meanwhile and is at version {actual} now; look again"
        ))),
        ExecuteError::KeyReused => Err(key_reused()),
        ExecuteError::Log(failure) => Err(internal(failure)),
    }
}

/// The idempotency key belongs to another request.
pub fn key_reused() -> async_graphql::Error {
    error(
        Code::IdempotencyKeyReused,
        "this Idempotency-Key was used for another request; take a new one",
    )
}

/// The same as a whole answer.
pub(crate) fn refusal(error: async_graphql::Error) -> Response {
    Response::from_errors(vec![at_no_place(error)])
}

pub(crate) fn at_no_place(error: async_graphql::Error) -> ServerError {
    let mut server_error = ServerError::new(error.message, None);
    server_error.extensions = error.extensions;
    server_error.source = error.source;
    server_error
}

/// Makes every error of an answer fit to be seen: coded, short, few, and without our internals.
pub(crate) fn tidy(mut response: Response) -> Response {
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        if code_of(error).is_none() {
            classify(error);
        }
        shorten(&mut error.message);
        error.locations.truncate(2);
    }
    response
}

/// The code of an error, if it has one.
pub(crate) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

fn classify(error: &mut ServerError) {
    if let Some(source) = &error.source {
        // Made by `?` from some error of ours, whose text is not for clients.
        let hidden = if is_passing(source.as_ref()) {
            store_away()
        } else {
            internal(error.message.clone())
        };
        error.message = hidden.message;
        error.extensions = hidden.extensions;
        error.source = None;
        return;
    }
    // async-graphql tells its limits apart by these two sentences only; a test holds them to it.
    let code = match error.message.as_str() {
        "Query is too complex." | "Query is nested too deep." => Code::LimitExceeded,
        _ => Code::BadInput,
    };
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code.name());
}

fn shorten(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn our_own_failures_are_shown_by_id_only() {
        let leak = std::io::Error::other("password=hunter2 at /var/lib");
        let error = async_graphql::Error::new_with_source(leak);
        let shown = tidy(refusal(error));
        assert_eq!(code_of(&shown.errors[0]), Some("INTERNAL"));
        assert!(!shown.errors[0].message.contains("hunter2"));
    }

    #[test]
    fn a_store_that_is_away_is_unavailable_and_any_other_fault_is_ours() {
        let away = || LogError::Database(sqlx::Error::PoolTimedOut);
        let wrong = || LogError::Database(sqlx::Error::RowNotFound);
        for (error, code) in [
            (internal(away()), "UNAVAILABLE"),
            (
                internal(anyhow::Error::new(away()).context("while settling")),
                "UNAVAILABLE",
            ),
            (internal(SessionError::Storage(away())), "UNAVAILABLE"),
            (async_graphql::Error::new_with_source(away()), "UNAVAILABLE"),
            (internal(wrong()), "INTERNAL"),
            (async_graphql::Error::new_with_source(wrong()), "INTERNAL"),
        ] {
            assert_eq!(code_of(&tidy(refusal(error)).errors[0]), Some(code));
        }
    }

    #[test]
    fn errors_are_short_and_few() {
        let long = ServerError::new("é".repeat(100_000), None);
        let shown = tidy(Response::from_errors(vec![long; 500]));
        assert_eq!(shown.errors.len(), MAX_ERRORS);
        assert!(
            shown
                .errors
                .iter()
                .all(|error| error.message.chars().count() <= MAX_MESSAGE + 1)
        );
        assert_eq!(code_of(&shown.errors[0]), Some("BAD_INPUT"));
    }

    #[tokio::test]
    async fn a_user_error_is_noted_even_when_nobody_asks_to_see_it() {
        let (_, refused) =
            noting_refusals(async { UserError::new(&["name"], "EMPTY", "must not be empty") })
                .await;
        assert!(refused);
        let ((), refused) = noting_refusals(async {}).await;
        assert!(!refused);
    }
}
