//! The application: what every request shares.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use eventlog::EventLog;
use tokio::sync::{Semaphore, watch};

use crate::auth::{Accounts, Sessions, Throttle};
use crate::clock::Clock;
use crate::config::Config;
use crate::idempotency::Idempotency;
use crate::tables::Tables;

/// What every request of a node shares.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The event log: the only truth.
    pub log: EventLog,
    /// The side tables of the event store's database.
    pub tables: Tables,
    /// Who may sign in.
    pub accounts: Accounts,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Sign-in attempts by network address.
    pub tries_by_address: Throttle,
    /// Sign-in attempts by e-mail address.
    pub tries_by_email: Throttle,
    /// Answers given under idempotency keys.
    pub idempotency: Arc<Idempotency>,
    /// Places for live connections.
    pub sockets: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

/// How many live connections a node holds at once.
pub const MAX_SOCKETS: u32 = 10_000;

impl App {
    /// Opens the event store and everything beside it.
    pub async fn open(config: Config) -> anyhow::Result<Arc<Self>> {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("DATA_DIR {} cannot be made", config.data_dir.display()))?;
        let log = EventLog::open(&config.database_url)
            .await
            .context("the event store cannot be opened")?;
        let tables = Tables::new(log.clone());
        let clock = Clock;
        Ok(Arc::new(Self {
            clock,
            accounts: Accounts::new(tables.clone())?,
            sessions: Sessions::new(tables.clone(), clock, config.session_time()),
            tries_by_address: Throttle::new(100, Duration::from_secs(10)),
            tries_by_email: Throttle::new(10, Duration::from_secs(60)),
            idempotency: Idempotency::new(tables.clone(), clock),
            tables,
            log,
            config,
            sockets: Arc::new(Semaphore::new(MAX_SOCKETS as usize)),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Tells everything that runs for long to come to an end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether the node is about to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the node is about to stop.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives in self, so this ends only with the value.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Writes what is still in memory and closes the event store.
    pub async fn close(&self) {
        self.idempotency.finish().await;
        self.log.close().await;
    }
}
