//! The application: what every request shares.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use domain::event::upcast;
use domain::numbering::{Numbers, Series};
use domain::organisation::{OrganisationSettings, RegisteredOrganisation};
use eventlog::EventLog;
use projections::ReadModels;
use time::Date;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::auth::places::Places;
use crate::auth::{Accounts, Devices, Sessions, Tries};
use crate::capacity::capacity;
use crate::clock::Clock;
use crate::config::Config;
use crate::graphql::opaque;
use crate::idempotency::Idempotency;
use crate::process::intents::Intents;
use crate::process::keyed::KeyedLocks;
use crate::process::parking::Parking;
use crate::process::provider::{PaymentProvider, Sandbox};
use crate::progress;
use crate::settings::Settings;
use crate::tables::Tables;

/// What every request of a node shares.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// How the organisation works, as this node knows it.
    settings: Settings,
    /// The event log: the only truth.
    pub log: EventLog,
    /// The side tables of the event store's database.
    pub tables: Tables,
    /// Who may sign in.
    pub accounts: Accounts,
    /// Who is signed in.
    pub sessions: Sessions,
    /// The devices that people have signed in on.
    pub devices: Devices,
    /// Failed sign-ins, on all nodes.
    pub tries: Tries,
    /// Sign-ins of strangers that are under way, by network.
    pub trying: Arc<Places<IpAddr>>,
    /// Answers given under idempotency keys.
    pub idempotency: Arc<Idempotency>,
    /// Places for live connections.
    pub sockets: Arc<Semaphore>,
    /// Live connections by network.
    pub sockets_by_network: Arc<Places<IpAddr>>,
    /// Live connections by account.
    pub sockets_by_account: Arc<Places<Uuid>>,
    /// Requests under way by account.
    pub requests_by_account: Arc<Places<Uuid>>,
    /// What cursors are encrypted with.
    pub cursor_key: opaque::Key,
    /// The read models that this node serves.
    pub reads: ReadModels,
    /// Who really moves money.
    pub provider: Box<dyn PaymentProvider>,
    /// Payment tokens that the provider has not decided yet.
    pub intents: Intents,
    /// Events that a process could not digest.
    pub parking: Parking,
    /// One settlement of a payment or credit note at a time.
    pub payment_turns: KeyedLocks,
    process_fault: Mutex<Option<String>>,
    stopping: watch::Sender<bool>,
}

impl App {
    /// Opens the event store and everything beside it; payments go to the sandbox.
    pub async fn open(config: Config) -> anyhow::Result<Arc<Self>> {
        let clock = config.clock()?;
        Self::open_with(config, Box::new(Sandbox), clock).await
    }

    /// The same with another payment provider and clock.
    pub async fn open_with(
        config: Config,
        provider: Box<dyn PaymentProvider>,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("DATA_DIR {} cannot be made", config.data_dir.display()))?;
        let log = open_log(&config).await?;
        let reads = open_reads(&config, &log).await?;
        let tables = Tables::new(log.clone());
        Ok(Arc::new(Self {
            settings: Settings::follow(&log, &reads).await?,
            accounts: Accounts::new(tables.clone())?,
            sessions: Sessions::new(tables.clone(), clock.clone(), config.session_time()),
            devices: Devices::new(tables.clone(), clock.clone()),
            tries: Tries::new(tables.clone(), clock.clone()),
            trying: Places::new(),
            idempotency: Idempotency::new(tables.clone(), clock.clone()),
            clock,
            reads,
            provider,
            intents: Intents::new(tables.clone()),
            parking: Parking::new(tables.clone()),
            payment_turns: KeyedLocks::default(),
            cursor_key: opaque::Key::of(&tables).await?,
            tables,
            log,
            config,
            sockets: Arc::new(Semaphore::new(capacity().sockets)),
            sockets_by_network: Places::new(),
            sockets_by_account: Places::new(),
            requests_by_account: Places::new(),
            process_fault: Mutex::new(None),
            stopping: watch::Sender::new(false),
        }))
    }

    /// How the organisation works.
    pub fn settings(&self) -> Arc<OrganisationSettings> {
        self.settings.current()
    }

    /// The organisation with its settings; None until it is registered.
    pub fn organisation(&self) -> Option<Arc<RegisteredOrganisation>> {
        self.settings.registered()
    }

    /// Reads the settings again: for whoever has just changed them and wants this node to know at once.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn refresh_settings(&self) -> Result<(), eventlog::LogError> {
        self.settings.refresh(&self.log).await
    }

    /// Today's date in the organisation's time zone.
    pub fn today(&self) -> Date {
        self.settings().time_zone.date_of(self.clock.now())
    }

    /// The numbers that documents of a business date take.
    pub fn numbers(&self, series: Series, on: Date) -> Numbers {
        self.settings().series.numbers(series, on)
    }

    /// Why a process stands still, if one does.
    pub fn process_fault(&self) -> Option<String> {
        self.process_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_process_fault(&self, fault: Option<String>) {
        metrics::gauge!("billing_processes_stand_still").set(f64::from(u8::from(fault.is_some())));
        *self
            .process_fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = fault;
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

    /// Waits until every live connection has ended.
    pub async fn farewell(&self) {
        let all = u32::try_from(capacity().sockets).unwrap_or(u32::MAX);
        // Nobody closes the semaphore.
        let _ = self.sockets.acquire_many(all).await;
    }

    /// Writes what is still in memory and closes the event store.
    pub async fn close(&self) {
        self.reads.stop();
        self.idempotency.finish().await;
        self.log.close().await;
    }
}

/// Opens the event store.
///
/// # Errors
/// Where it cannot be reached, or is newer than this program.
pub async fn open_log(config: &Config) -> anyhow::Result<EventLog> {
    EventLog::open_with(&config.database_url, upcast)
        .await
        .context("the event store cannot be opened")
}

/// Opens the read models, building them where there are none yet.
async fn open_reads(config: &Config, log: &EventLog) -> anyhow::Result<ReadModels> {
    let (log, folder) = (log.clone(), config.read_models());
    let opening = tokio::task::spawn_blocking(move || {
        let bar = progress::Bar::new("building the read models");
        ReadModels::open(&log, &Handle::current(), &folder, &|at, head| {
            bar.at(at, head)
        })
    });
    opening.await?.context("the read models cannot be opened")
}
