//! Takes connections until the node stops: bounded in number, and in the time they may stay silent.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::app::{App, MAX_SOCKETS};

/// How many connections a node holds at once; further ones wait to be taken.
const MAX_CONNECTIONS: usize = 20_000;
/// How long a stop waits for live connections to be told.
const FAREWELL_WITHIN: Duration = Duration::from_secs(3);
/// How long a stop waits for requests that still run.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);

/// Serves connections until the node is told to stop, and then waits for the requests that still run.
pub async fn listen(listener: TcpListener, router: Router, app: &App) {
    // Reverse proxies speak HTTP/1.1, and what is not spoken cannot be abused.
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(app.config.limits.idle_time());
    let running = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
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
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: some will come back.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = tower::service_fn(move |mut request: Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = http.serve_connection_with_upgrades(
            TokioIo::new(stream),
            TowerToHyperService::new(service),
        );
        let connection = running.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WITHIN, running.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time");
    }
    let _ = tokio::time::timeout(FAREWELL_WITHIN, app.sockets.acquire_many(MAX_SOCKETS)).await;
}
