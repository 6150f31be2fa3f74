//! GET /graphql/ws: subscriptions over WebSocket (graphql-transport-ws), and nothing else over it.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::http::{ClientMessage, WebSocket as Protocol, WebSocketProtocols, WsMessage};
use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Error, Executor, Request, Response as Answered};
use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::stream::SplitStream;
use futures::{SinkExt as _, Stream, StreamExt as _};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, watch};
use uuid::Uuid;

use super::inspect::inspect_short;
use super::observe::RequestId;
use super::origin::{self, Origin};
use super::{Shared, cookie, graphql, identity};
use crate::app::App;
use crate::auth::Session;
use crate::auth::places::Place as Share;
use crate::auth::throttle::network_of;
use crate::capacity::capacity;
use crate::graphql::Caller;
use crate::graphql::error::{Code, bad_input, error, refusal, tidy, unauthenticated};

/// How long a client may take to say who it is.
const INIT_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may be silent; ours are pinged well before.
const SILENT_FOR: Duration = Duration::from_secs(90);
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long saying goodbye may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// The library's own would cost 128 KiB for every connection.
const BUFFER_BYTES: usize = 4 * 1024;
/// How many subscriptions one connection may have at once.
const MAX_SUBSCRIPTIONS: usize = 50;

/// Takes a WebSocket from one of our own pages, or from a program that has a token.
pub(super) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let config = &shared.app.config;
    let origin = origin::of(&headers, &config.public_url);
    if origin == Origin::Foreign {
        return super::refuse(
            StatusCode::FORBIDDEN,
            error(Code::Forbidden, "requests from other sites are refused"),
        );
    }
    let Ok(place) = Arc::clone(&shared.app.sockets).try_acquire_owned() else {
        return super::refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            error(Code::RateLimited, "too many connections"),
        );
    };
    let address = identity::address_of(config, peer, &headers);
    let shares_address = identity::shares_address(config, peer, &headers);
    let (network, most) = (network_of(address), capacity().sockets_per_network);
    let of_network = match shared.app.sockets_by_network.take(network, most) {
        Some(place) => Some(place),
        None if shares_address => None,
        None => {
            return super::refuse(
                StatusCode::TOO_MANY_REQUESTS,
                error(
                    Code::RateLimited,
                    "too many live connections of one network",
                ),
            );
        }
    };
    // Without an Origin a cookie counts for nothing here: who sends none has a token to show.
    let cookie = match origin {
        Origin::Own => cookie::read(config, &headers).map(str::to_owned),
        Origin::Absent | Origin::Foreign => None,
    };
    let caller = Caller {
        session: None,
        viewing_as: None,
        address,
        shares_address,
        device: None,
        correlation_id: id.correlation_id(),
    };
    let max = config.limits.body_bytes;
    let upgrade = upgrade
        .protocols(["graphql-transport-ws"])
        .max_message_size(max)
        .max_frame_size(max)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    if upgrade.selected_protocol().is_none() {
        let message = "ask for the protocol graphql-transport-ws";
        return super::refuse(
            StatusCode::BAD_REQUEST,
            bad_input("Sec-WebSocket-Protocol", message),
        );
    }
    upgrade
        .on_upgrade(move |socket| serve(shared, socket, caller, cookie, (place, of_network)))
        .into_response()
}

async fn serve(
    shared: Arc<Shared>,
    socket: WebSocket,
    caller: Caller,
    cookie: Option<String>,
    _places: (OwnedSemaphorePermit, Option<Share<IpAddr>>),
) {
    metrics::gauge!("billing_websockets_open").increment(1);
    let close = converse(&shared, socket, caller, cookie).await;
    metrics::gauge!("billing_websockets_open").decrement(1);
    tracing::debug!(code = close, "a WebSocket closed");
}

/// Runs a connection to its end and says the code it was closed with.
async fn converse(
    shared: &Arc<Shared>,
    socket: WebSocket,
    caller: Caller,
    cookie: Option<String>,
) -> u16 {
    let (mut sink, stream) = socket.split();
    let (signed_in, session) = watch::channel(None);
    let heard = Heard::default();
    let messages = Box::pin(messages(stream, heard.clone()));
    let executor = Subscriptions {
        shared: Arc::clone(shared),
        caller: caller.clone(),
        session: session.clone(),
        running: Arc::default(),
    };
    let seat = Arc::new(Seat::default());
    let init = {
        let shared = Arc::clone(shared);
        let seat = Arc::clone(&seat);
        move |payload: Value| async move {
            let found = sign_in(&shared, &payload, cookie).await?;
            seat.take(&shared.app, found.viewer.account_id)?;
            let viewing_as = match payload.get("viewAs") {
                None | Some(Value::Null) => None,
                Some(Value::String(customer)) => {
                    let refused = |(_, error)| error;
                    Some(identity::view_as(&shared, &found, customer).map_err(refused)?)
                }
                Some(_) => return Err(bad_input("viewAs", "must be a customer's id")),
            };
            let mut data = Data::default();
            data.insert(Caller {
                session: Some(Arc::clone(&found)),
                viewing_as,
                ..caller
            });
            signed_in.send_replace(Some(found));
            Ok(data)
        }
    };
    let mut answers =
        Protocol::from_message_stream(executor, messages, WebSocketProtocols::GraphQLWS)
            .on_connection_init(init);
    let over = until_over(shared, session.clone());
    tokio::pin!(over);
    let mut pings = tokio::time::interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
    let (code, reason) = loop {
        let message = tokio::select! {
            answer = answers.next() => match answer {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(..)) if seat.is_refused() => {
                    break (1013, "too many live connections of one account");
                }
                Some(WsMessage::Close(1002, _)) if session.borrow().is_none() => break (4403, "sign in first"),
                Some(WsMessage::Close(code, _)) => break (code, "against the protocol graphql-transport-ws"),
                None => break (1000, "goodbye"),
            },
            _ = pings.tick() => {
                if heard.silent_for() > SILENT_FOR {
                    break (1001, "nobody there");
                }
                Message::Ping(Vec::new().into())
            }
            close = &mut over => break close,
            () = shared.app.stopped() => break (1001, "the server stops"),
        };
        if sink.send(message).await.is_err() {
            return 1006;
        }
    };
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    let _ = tokio::time::timeout(CLOSE_WITHIN, sink.send(Message::Close(Some(frame)))).await;
    code
}

/// A connection's place among those of its account; it is given back with the connection.
#[derive(Default)]
struct Seat {
    place: Mutex<Option<Share<Uuid>>>,
    refused: AtomicBool,
}

impl Seat {
    fn take(&self, app: &App, account: Uuid) -> Result<(), Error> {
        let most = capacity().sockets_per_account;
        let place = app.sockets_by_account.take(account, most);
        if place.is_none() {
            self.refused.store(true, Ordering::Relaxed);
            let why = format!("at most {most} live connections of one account");
            return Err(error(Code::RateLimited, why));
        }
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
        Ok(())
    }

    fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

/// The client's messages; whatever arrives shows that somebody is there.
fn messages(
    stream: SplitStream<WebSocket>,
    heard: Heard,
) -> impl Stream<Item = serde_json::Result<ClientMessage>> + Send {
    stream
        .take_while(|message| std::future::ready(message.is_ok()))
        .filter_map(move |message| {
            heard.now();
            std::future::ready(match message {
                Ok(Message::Text(text)) => Some(ClientMessage::from_bytes(text.as_bytes())),
                Ok(Message::Binary(bytes)) => Some(ClientMessage::from_bytes(&bytes)),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) | Err(_) => None,
            })
        })
}

/// Who connects: by the token of `connection_init {"authorization": "Bearer …"}`, or by the cookie of our own pages.
async fn sign_in(
    shared: &Shared,
    payload: &Value,
    cookie: Option<String>,
) -> Result<Arc<Session>, Error> {
    let said = ["authorization", "Authorization"]
        .iter()
        .find_map(|name| payload.get(name)?.as_str());
    let token = match said {
        Some(said) => identity::bearer_of(said).map(str::to_owned),
        None => cookie,
    };
    let token = token.ok_or_else(unauthenticated)?;
    identity::find(shared, &token)
        .await?
        .ok_or_else(unauthenticated)
}

/// Waits until the connection has no session any longer, or got none in time.
async fn until_over(shared: &Shared, mut session: SignedIn) -> (u16, &'static str) {
    let found = match tokio::time::timeout(INIT_WITHIN, session.wait_for(Option::is_some)).await {
        Ok(Ok(session)) => session.clone(),
        Ok(Err(_)) | Err(_) => None,
    };
    match found {
        Some(session) => {
            shared.app.sessions.wait_until_over(&session).await;
            (4401, "the session is over")
        }
        None => (4408, "connection_init took too long"),
    }
}

type SignedIn = watch::Receiver<Option<Arc<Session>>>;

/// When a client was last heard of.
#[derive(Clone)]
struct Heard(Arc<Mutex<Instant>>);

impl Default for Heard {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Heard {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn silent_for(&self) -> Duration {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

/// Runs subscriptions within the limits; refuses queries and mutations.
#[derive(Clone)]
struct Subscriptions {
    shared: Arc<Shared>,
    caller: Caller,
    session: SignedIn,
    running: Arc<AtomicUsize>,
}

impl Executor for Subscriptions {
    async fn execute(&self, _request: Request) -> Answered {
        refusal(not_here())
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Answered> {
        let place = Place::take(&self.running);
        let caller = Caller {
            session: self.session.borrow().clone(),
            ..self.caller.clone()
        };
        let (limits, known) = (&self.shared.app.config.limits, &self.shared.documents);
        let plan = inspect_short(&mut request, limits, known);
        let refused = match plan.and_then(|plan| graphql::permit(&caller, &plan).map(|()| plan)) {
            Err(error) => Some(error),
            Ok(plan) if plan.kind != OperationType::Subscription => Some(not_here()),
            Ok(_) if place.number > MAX_SUBSCRIPTIONS => Some(error(
                Code::LimitExceeded,
                format!("at most {MAX_SUBSCRIPTIONS} subscriptions at once"),
            )),
            Ok(_) => None,
        };
        if let Some(error) = refused {
            return futures::stream::iter([tidy(refusal(error))]).boxed();
        }
        metrics::counter!("billing_graphql_requests_total", "operation" => "subscription", "outcome" => "answered")
            .increment(1);
        let stream = self
            .shared
            .schema
            .execute_stream_with_session_data(request, session_data.unwrap_or_default());
        let mut stream = stream
            .map(move |answered| {
                // The place is given back with the stream.
                let _ = &place;
                tidy(answered)
            })
            .boxed();
        let veil = graphql::veil(&self.shared, &caller);
        futures::stream::poll_fn(move |context| veil.over_step(|| stream.poll_next_unpin(context)))
            .boxed()
    }
}

fn not_here() -> Error {
    bad_input(
        "query",
        "only subscriptions go over the WebSocket; send the rest to /graphql",
    )
}

/// One of a connection's subscriptions.
struct Place {
    running: Arc<AtomicUsize>,
    number: usize,
}

impl Place {
    fn take(running: &Arc<AtomicUsize>) -> Self {
        let number = running.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            running: Arc::clone(running),
            number,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}
