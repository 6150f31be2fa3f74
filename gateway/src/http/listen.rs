//! Takes connections until the node stops: bounded in number, for all and for each network, and in the time they may
//! stay silent or leave an answer unread.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse as _;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use super::crowd::{Crowd, Seat};
use super::identity;
use super::patient::Patient;
use crate::app::App;
use crate::auth::throttle::network_of;
use crate::capacity::capacity;
use crate::config::Config;

/// How long a new connection may take to ask its first question. Browsers open some that they do not need.
const FIRST_WITHIN: Duration = Duration::from_secs(15);
/// How long a stop waits for requests that still run.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// How long a stop waits for live connections to be told.
const FAREWELL_WITHIN: Duration = Duration::from_secs(3);

/// Serves connections until the node is told to stop, and then waits for the requests that still run.
pub async fn listen(listener: TcpListener, router: Router, app: Arc<App>) {
    // Reverse proxies speak HTTP/1.1, and what is not spoken cannot be abused.
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(app.config.limits.idle_time());
    let crowd = Crowd::new(capacity().connections);
    let stopped = app.stopped();
    tokio::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let network = network_of(peer.ip());
                let Some(seat) = crowd.seat(network, share_of(&app.config, peer.ip())) else {
                    metrics::counter!("billing_connections_refused_total").increment(1);
                    continue; // Dropped, and so closed.
                };
                let (router, app) = (router.clone(), Arc::clone(&app));
                tokio::spawn(serve(http.clone(), stream, peer, router, app, seat));
            }
            Err(error) => {
                // Out of file descriptors, most likely: some will come back.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WITHIN, crowd.empty())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time");
    }
    let _ = tokio::time::timeout(FAREWELL_WITHIN, app.farewell()).await;
}

/// How many connections a network may have. Through a proxy of our own everybody comes from its address.
fn share_of(config: &Config, peer: IpAddr) -> usize {
    let behind_proxy =
        config.trust_forwarded_for || (config.public_url.is_secure() && identity::is_near(peer));
    if behind_proxy {
        capacity().connections
    } else {
        capacity().connections_per_network
    }
}

async fn serve(
    http: Builder,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    app: Arc<App>,
    seat: Seat,
) {
    let _ = stream.set_nodelay(true);
    let stream = Patient::new(stream, app.config.limits.unread_time());
    let member = Arc::clone(&seat.member);
    let service = tower::service_fn(move |mut request: Request<_>| {
        let (asking, router) = (member.ask(), router.clone());
        request.extensions_mut().insert(ConnectInfo(peer));
        async move {
            let Some(_asking) = asking else {
                return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
            };
            router.oneshot(request).await
        }
    });
    let connection = http
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    tokio::pin!(connection);
    let first = async {
        tokio::time::sleep(FIRST_WITHIN).await;
        if seat.member.has_asked() {
            std::future::pending::<()>().await;
        }
    };
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = first => return,
        () = seat.member.put_out() => return,
        () = app.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}
