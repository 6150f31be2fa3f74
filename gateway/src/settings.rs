//! The organisation's settings as this node knows them: kept at hand, and read again whenever the organisation changes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::organisation::{ORGANISATION_ID, Organisation, OrganisationSettings};
use eventlog::{EventLog, LogError};
use projections::ReadModels;

/// The settings, cheap to ask for.
pub struct Settings {
    current: Arc<ArcSwap<OrganisationSettings>>,
}

impl Settings {
    /// The settings of this log, followed from now on through what the read models show.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn follow(log: &EventLog, reads: &ReadModels) -> Result<Self, LogError> {
        let mut changes = reads.changes(); // Before the first look, so that nothing slips between.
        let current = Arc::new(ArcSwap::from_pointee(load(log).await?));
        let (log, known) = (log.clone(), Arc::clone(&current));
        tokio::spawn(async move {
            use tokio::sync::broadcast::error::RecvError;
            loop {
                let changed = match changes.recv().await {
                    Ok(changes) => changes
                        .iter()
                        .any(|change| change.subject_id == ORGANISATION_ID),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                };
                if !changed {
                    continue;
                }
                match load(&log).await {
                    Ok(settings) => known.store(Arc::new(settings)),
                    Err(error) => tracing::warn!(%error, "the settings stay as they were known"),
                }
            }
        });
        Ok(Self { current })
    }

    /// The settings now.
    pub fn current(&self) -> Arc<OrganisationSettings> {
        self.current.load_full()
    }

    /// Reads them again at once: for whoever has just changed them.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn refresh(&self, log: &EventLog) -> Result<(), LogError> {
        self.current.store(Arc::new(load(log).await?));
        Ok(())
    }
}

async fn load(log: &EventLog) -> Result<OrganisationSettings, LogError> {
    let organisation = log.load::<Organisation>(ORGANISATION_ID).await?.state;
    let settings = organisation.registered.map(|known| known.settings);
    Ok(settings.unwrap_or_default())
}
