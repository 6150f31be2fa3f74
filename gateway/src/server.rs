//! Starting and stopping.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::app::App;
use crate::config::{AccountCommand, Cli, Command, Config, LogFormat, WebhookCommand};
use crate::process::notices;
use crate::{books, commands, demo, graphql, http, playing, process};

const TIDY_EVERY: Duration = Duration::from_secs(3600);
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Seconds; from a read out of the cache to a mutation that waits for a disk.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Does what the command line says; answers with the exit code.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    start_logging(&cli.config);
    let done = match cli.command.unwrap_or(Command::Serve) {
        Command::Import(command) => return books::import(cli.config, command).await,
        Command::Export(command) => books::export(cli.config, command).await,
        Command::Report(command) => books::report(cli.config, command).await,
        Command::Serve => serve(cli.config).await,
        Command::Rebuild => commands::rebuild(cli.config).await,
        Command::Check => commands::check(cli.config).await,
        Command::Schema => commands::schema(),
        Command::Webhook(WebhookCommand::Send(send)) => playing::send(&cli.config, &send).await,
        Command::Account(AccountCommand::Create(create)) => {
            commands::create_account(cli.config, create).await
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listen = config.listen;
    let metrics = start_metrics()?;
    let app = App::open(config).await?;
    let holds_demo = app.config.demo
        && demo::make(&app)
            .await
            .context("the demonstration organisation")?;
    let schema = graphql::build_schema(Arc::clone(&app));
    let router = http::router(Arc::clone(&app), schema, metrics.clone(), holds_demo);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("LISTEN {listen} cannot be taken"))?;
    let address = listener.local_addr()?;
    tokio::spawn(Arc::clone(&app.idempotency).keep_writing());
    tokio::spawn(keep_tidy(Arc::clone(&app)));
    tokio::spawn(process::follow_log(Arc::clone(&app)));
    tokio::spawn(follow_people(Arc::clone(&app)));
    tokio::spawn(process::sweep(Arc::clone(&app)));
    tokio::spawn(process::retry_parked(Arc::clone(&app)));
    tokio::spawn(process::schedule::follow_calendar(Arc::clone(&app)));
    tokio::spawn(keep_up(Arc::clone(&app), metrics));
    tokio::spawn(stop_on_signal(Arc::clone(&app)));
    say_hello(&app, address, holds_demo)?;
    tracing::info!(%address, engine = ?app.log.engine(), "listening");
    if app.config.public_url.is_secure() && !app.config.trust_forwarded_for {
        tracing::warn!(
            "PUBLIC_URL is https, so a proxy is in front, but TRUST_FORWARDED_FOR is not set: everybody behind it counts \
             as one address. If the proxy is yours and sets X-Forwarded-For, set TRUST_FORWARDED_FOR=true"
        );
    }
    http::listen(listener, router, Arc::clone(&app)).await;
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Says where the portal is and, with the demonstration, who can sign in.
fn say_hello(app: &App, address: SocketAddr, holds_demo: bool) -> anyhow::Result<()> {
    let origin = app.config.public_url.origin();
    let mut text = format!(
        "listening on http://{address}\nportal at {origin}/\nGraphQL at {origin}/graphql\n"
    );
    if app.config.serves_graphiql() {
        text += &format!("GraphiQL at {origin}/graphiql\n");
    }
    if holds_demo {
        text += &format!(
            "demonstration sign-ins, all with the password {}:\n",
            demo::PASSWORD
        );
        for (role, email) in demo::SIGN_INS {
            text += &format!("  {role:<10}  {email}\n");
        }
    }
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

async fn stop_on_signal(app: Arc<App>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals cannot be heard");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    app.stop();
}

/// Once at the start; from then on each change is followed as it happens.
async fn follow_people(app: Arc<App>) {
    if let Err(error) = process::people::catch_up(&app).await {
        let error = format!("{error:#}");
        tracing::warn!(error, "sign-ins may differ from their contacts");
    }
}

/// Removes what is over from the side tables.
async fn keep_tidy(app: Arc<App>) {
    let mut hours = tokio::time::interval(TIDY_EVERY);
    loop {
        hours.tick().await;
        for (what, pruned) in [
            ("sessions", app.sessions.prune().await),
            ("sign-in tries", app.tries.prune().await),
            ("devices", app.devices.prune().await),
            ("answers", app.idempotency.prune().await),
            ("payment tokens", app.intents.prune(app.clock.now()).await),
            ("notices", notices::prune(&app).await),
            ("mail counts", graphql::quota::prune(&app).await),
        ] {
            match pruned {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, what, "pruned"),
                Err(error) => tracing::warn!(%error, what, "not pruned"),
            }
        }
    }
}

async fn keep_up(app: Arc<App>, metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
        metrics::gauge!("billing_read_models_position").set(gauge(app.reads.position()));
        match app.log.head().await {
            Ok(head) => metrics::gauge!("billing_event_log_position").set(gauge(head)),
            Err(error) => tracing::warn!(%error, "the head of the event log is not known"),
        }
    }
}

/// Positions stay far below the 2^53 that a gauge holds exactly.
#[allow(
    clippy::cast_precision_loss,
    reason = "see above; a gauge is a float by Prometheus's format"
)]
fn gauge(position: i64) -> f64 {
    position as f64
}

fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?;
    builder
        .install_recorder()
        .context("the metrics cannot be recorded")
}

fn start_logging(config: &Config) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second start in one process fails here, and then lines are written already.
    drop(started);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let payload = panic.payload();
        let message = payload.downcast_ref::<&str>().copied();
        let message = message
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or_default();
        tracing::error!(place, message, "panic");
    }));
}
