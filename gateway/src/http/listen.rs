//! Takes connections until the node stops: bounded in number, and in the time they may stay silent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::app::{App, MAX_SOCKETS};

/// How many connections a node holds at once; further ones wait to be taken.
const MAX_CONNECTIONS: u32 = 20_000;
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
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let stopped = app.stopped();
    tokio::pin!(stopped);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stopped => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let served = serve(http.clone(), stream, peer, router.clone(), Arc::clone(&app));
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: some will come back.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WITHIN, places.acquire_many(MAX_CONNECTIONS))
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time");
    }
    let _ = tokio::time::timeout(FAREWELL_WITHIN, app.sockets.acquire_many(MAX_SOCKETS)).await;
}

async fn serve(http: Builder, stream: TcpStream, peer: SocketAddr, router: Router, app: Arc<App>) {
    let _ = stream.set_nodelay(true);
    let service = tower::service_fn(move |mut request: Request<_>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = app.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}
