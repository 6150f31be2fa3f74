//! POST /graphql: reads, checks, authenticates, runs, answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Error, Request, Response as Answered, Value};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use super::body::{self, Requests};
use super::inspect::Plan;
use super::observe::RequestId;
use super::{Shared, cookie, identity};
use crate::auth::Session;
use crate::auth::places::Place;
use crate::graphql::customers::SeenCustomers;
use crate::graphql::error::{
    Code, bad_input, code_of, error, internal, key_reused, noting_refusals, only_looking,
    rate_limited, refusal, tidy, unauthenticated,
};
use crate::graphql::opaque::Veil;
use crate::graphql::{Caller, KEYLESS_MUTATIONS, MUTATIONS_WHILE_LOOKING, PUBLIC_FIELDS};
use crate::idempotency::{self, Answer, Outcome, RequestKey};

/// The header that names a mutation for its retries.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The most bytes of a request where nobody is signed in: there is little to ask.
const STRANGERS_BYTES: usize = 16 * 1024;
/// How many requests of one account may be under way at once.
const AT_ONCE: usize = 64;

/// Serves GraphQL over HTTP.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&shared, peer, &id, &headers, body).await {
        Ok(response) => response,
        Err((status, error)) => {
            count(
                "none",
                code_of(&super::refused(&error)).unwrap_or("REFUSED"),
            );
            super::refuse(status, error)
        }
    }
}

async fn answer(
    shared: &Arc<Shared>,
    peer: SocketAddr,
    id: &RequestId,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, body::Refusal> {
    if !body::is_json(headers) {
        let message = "send Content-Type: application/json";
        return Err((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            bad_input("Content-Type", message),
        ));
    }
    let config = &shared.app.config;
    let session = identity::session_of(shared, headers).await?;
    let viewing_as = identity::viewing_as_of(shared, session.as_ref(), headers)?;
    let address = identity::address_of(config, peer, headers);
    let caller = Caller {
        session,
        viewing_as,
        address,
        shares_address: identity::shares_address(config, peer, headers),
        device: cookie::read_device(config, headers).map(str::to_owned),
        correlation_id: id.correlation_id(),
    };
    let _place = match &caller.session {
        None => None,
        Some(session) => Some(place_of(shared, session)?),
    };
    let most = match caller.session {
        Some(_) => config.limits.body_bytes,
        None => config.limits.body_bytes.min(STRANGERS_BYTES),
    };
    let bytes = body::read(headers, body, most).await?;
    match body::parse(&bytes, config.limits.batch)? {
        Requests::Single(request) => Ok(into_response(
            single(shared, &caller, headers, *request).await,
        )),
        Requests::Batch(requests) => {
            let answers = requests
                .into_iter()
                .map(|request| batched(shared, &caller, request));
            let answers = futures::future::join_all(answers).await;
            let body = [b"[", answers.join(&b","[..]).as_slice(), b"]"].concat();
            Ok(into_response(Done {
                body: body.into(),
                headers: HeaderMap::new(),
                replayed: false,
            }))
        }
    }
}

fn place_of(shared: &Shared, session: &Session) -> Result<Place<Uuid>, body::Refusal> {
    let requests = &shared.app.requests_by_account;
    requests
        .take(session.viewer.account_id, AT_ONCE)
        .ok_or_else(|| {
            let why = format!("at most {AT_ONCE} requests of one account at once");
            let why = rate_limited(&why, Duration::from_secs(1));
            (StatusCode::TOO_MANY_REQUESTS, why)
        })
}

/// What goes back for one request.
struct Done {
    body: Bytes,
    headers: HeaderMap,
    replayed: bool,
}

impl Done {
    fn of(answered: Answered) -> Self {
        let Answer { body, headers, .. } = into_answer(answered, false);
        Self {
            body,
            headers,
            replayed: false,
        }
    }
}

async fn single(
    shared: &Arc<Shared>,
    caller: &Caller,
    headers: &HeaderMap,
    request: Request,
) -> Done {
    let started = Instant::now();
    let (kind, done) = match plan(shared, caller, request).await {
        Err(error) => ("none", Err(error)),
        Ok((plan, request)) => {
            let kind = kind_name(plan.kind);
            tracing::Span::current().record("operation", kind);
            let request = request.data(caller.clone());
            let done = match plan.kind {
                OperationType::Query => run_query(shared, caller, request).await,
                OperationType::Mutation => {
                    run_mutation(shared, caller, headers, &plan, request).await
                }
                OperationType::Subscription => {
                    Err(bad_input("query", "subscriptions go to /graphql/ws"))
                }
            };
            (kind, done)
        }
    };
    let done = done.unwrap_or_else(|error| Done::of(refusal(error)));
    metrics::histogram!("billing_graphql_duration_seconds", "operation" => kind)
        .record(started.elapsed());
    count(
        kind,
        if done.replayed {
            "replayed"
        } else {
            "answered"
        },
    );
    done
}

/// Mutations are sent one by one, each with its key and its answer; that also keeps sign-in attempts countable.
async fn batched(shared: &Arc<Shared>, caller: &Caller, request: Request) -> Vec<u8> {
    let started = Instant::now();
    let done = match plan(shared, caller, request).await {
        Ok((plan, request)) => match plan.kind {
            OperationType::Query => run_query(shared, caller, request.data(caller.clone())).await,
            OperationType::Mutation | OperationType::Subscription => {
                Err(bad_input("query", "a batch may hold queries only"))
            }
        },
        Err(error) => Err(error),
    };
    metrics::histogram!("billing_graphql_duration_seconds", "operation" => "query")
        .record(started.elapsed());
    count("query", "batched");
    done.unwrap_or_else(|error| Done::of(refusal(error)))
        .body
        .to_vec()
}

/// Looks at a request; nobody who is not signed in comes past here with more than the public fields.
async fn plan(
    shared: &Shared,
    caller: &Caller,
    request: Request,
) -> Result<(Plan, Request), Error> {
    // What strangers send is not remembered.
    let known = caller.session.as_ref().map(|_| &shared.documents);
    let limits = &shared.app.config.limits;
    let (plan, request) = shared.parsing.inspect(request, limits, known).await?;
    permit(caller, &plan)?;
    Ok((plan, request))
}

/// Refuses what the caller may not ask for at all.
pub(super) fn permit(caller: &Caller, plan: &Plan) -> Result<(), Error> {
    if caller.session.is_none()
        && !plan
            .roots
            .iter()
            .all(|root| PUBLIC_FIELDS.contains(&root.as_str()))
    {
        return Err(unauthenticated());
    }
    let while_looking = |root: &String| MUTATIONS_WHILE_LOOKING.contains(&root.as_str());
    if caller.viewing_as.is_some()
        && plan.kind == OperationType::Mutation
        && !plan.roots.iter().all(while_looking)
    {
        return Err(only_looking());
    }
    Ok(())
}

/// What hides from the viewer what cursors hold.
pub(super) fn veil(shared: &Shared, caller: &Caller) -> Veil {
    let viewer = caller.viewer().map(|viewer| viewer.account_id);
    Veil::new(&shared.app.cursor_key, viewer)
}

async fn run_query(shared: &Shared, caller: &Caller, request: Request) -> Result<Done, Error> {
    read(shared, caller, request).await.map(Done::of)
}

async fn read(shared: &Shared, caller: &Caller, request: Request) -> Result<Answered, Error> {
    let time = shared.app.config.limits.request_time();
    // Only a query's: what a mutation has read it may change.
    let request = request.data(SeenCustomers::default());
    let answered = veil(shared, caller).over(shared.schema.execute(request));
    let answered = tokio::time::timeout(time, answered)
        .await
        .map_err(|_| timed_out())?;
    Ok(tidy(answered))
}

/// A page does not wait longer than this for what it could ask itself.
const BEFOREHAND: Duration = Duration::from_secs(1);

/// What a query of the portal's own gives, which is asked with its page; None where not all is well with the answer: then
/// the page asks, and is told.
///
/// # Errors
/// Where the query is refused as such, or takes too long.
pub(super) async fn beforehand(
    shared: &Shared,
    caller: &Caller,
    request: Request,
) -> Result<Option<Value>, Error> {
    let started = Instant::now();
    let (plan, request) = plan(shared, caller, request).await?;
    if plan.kind != OperationType::Query {
        return Err(bad_input("query", "a page begins with queries only"));
    }
    let answered = read(shared, caller, request.data(caller.clone()));
    let answered = tokio::time::timeout(BEFOREHAND, answered)
        .await
        .map_err(|_| timed_out())??;
    metrics::histogram!("billing_graphql_duration_seconds", "operation" => "query")
        .record(started.elapsed());
    count("query", "beforehand");
    Ok(answered.errors.is_empty().then_some(answered.data))
}

async fn run_mutation(
    shared: &Arc<Shared>,
    caller: &Caller,
    headers: &HeaderMap,
    plan: &Plan,
    request: Request,
) -> Result<Done, Error> {
    let is_keyless =
        |root: &String| KEYLESS_MUTATIONS.contains(&root.as_str()) || root == "__typename";
    if plan.roots.iter().all(is_keyless) {
        return run_keyless(shared, request).await;
    }
    if let Some(secret) = plan
        .roots
        .iter()
        .find(|root| KEYLESS_MUTATIONS.contains(&root.as_str()))
    {
        return Err(bad_input("query", format!("{secret} must stand alone")));
    }
    let key = request_key(caller, headers, &request)?;
    let schema = shared.schema.clone();
    let request = request.data(key.clone());
    let veil = veil(shared, caller);
    let work = async move {
        let answered = veil.over(schema.execute(request));
        let (answered, refused) = noting_refusals(answered).await;
        into_answer(tidy(answered), !refused)
    };
    let run = shared.app.idempotency.run(key, work);
    match tokio::time::timeout(shared.app.config.limits.request_time(), run).await {
        Err(_) => Err(timed_out()),
        Ok(Outcome::Fresh(Answer { body, headers, .. })) => Ok(Done {
            body,
            headers,
            replayed: false,
        }),
        Ok(Outcome::Replayed(body)) => Ok(Done {
            body,
            headers: HeaderMap::new(),
            replayed: true,
        }),
        Ok(Outcome::Reused) => Err(key_reused()),
        Ok(Outcome::Failed) => Err(internal("a mutation broke off")),
    }
}

/// Runs to its end also when nobody waits for it any longer.
async fn run_keyless(shared: &Shared, request: Request) -> Result<Done, Error> {
    let schema = shared.schema.clone();
    let run = tokio::spawn(async move { schema.execute(request).await });
    match tokio::time::timeout(shared.app.config.limits.request_time(), run).await {
        Err(_) => Err(timed_out()),
        Ok(Ok(answered)) => Ok(Done::of(tidy(answered))),
        Ok(Err(broken)) => Err(internal(broken)),
    }
}

fn request_key(
    caller: &Caller,
    headers: &HeaderMap,
    request: &Request,
) -> Result<RequestKey, Error> {
    let account_id = caller
        .session
        .as_ref()
        .ok_or_else(unauthenticated)?
        .viewer
        .account_id;
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        let message = "send one header Idempotency-Key with every mutation (a fresh UUID; the same one on a retry)";
        return Err(error(Code::IdempotencyKeyRequired, message));
    };
    let variables = serde_json::to_value(&request.variables).map_err(internal)?;
    let hash = idempotency::request_hash(
        &request.query,
        request.operation_name.as_deref(),
        &variables,
    );
    let key = key.to_str().unwrap_or_default();
    RequestKey::new(account_id, key, hash).map_err(|wrong| bad_input("Idempotency-Key", wrong))
}

/// An answer as bytes. It is kept for its key only if nothing in it is a refusal.
fn into_answer(mut answered: Answered, may_keep: bool) -> Answer {
    let keep = may_keep && answered.errors.is_empty() && !holds_user_errors(&answered.data);
    let headers = std::mem::take(&mut answered.http_headers);
    match serde_json::to_vec(&answered) {
        Ok(body) => Answer {
            body: body.into(),
            headers,
            keep,
        },
        Err(wrong) => {
            let _ = internal(wrong);
            let body = Bytes::from_static(br#"{"data":null,"errors":[{"message":"the answer could not be written","extensions":{"code":"INTERNAL"}}]}"#);
            Answer {
                body,
                headers,
                keep: false,
            }
        }
    }
}

fn holds_user_errors(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let is_error =
                matches!(value, Value::List(errors) if name == "userErrors" && !errors.is_empty());
            is_error || holds_user_errors(value)
        }),
        Value::List(items) => items.iter().any(holds_user_errors),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => false,
    }
}

fn into_response(done: Done) -> Response {
    let mut response = (StatusCode::OK, done.body).into_response();
    let headers = response.headers_mut();
    headers.extend(done.headers);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    if done.replayed {
        let (name, value) = idempotency::replayed_header();
        headers.insert(name, value);
    }
    response
}

fn timed_out() -> Error {
    error(
        Code::Timeout,
        "this took too long; a mutation may still take effect, so retry it with the same key",
    )
}

fn kind_name(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

fn count(kind: &'static str, outcome: &str) {
    metrics::counter!("billing_graphql_requests_total", "operation" => kind, "outcome" => outcome.to_owned())
        .increment(1);
}
