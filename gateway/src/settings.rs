//! The organisation's settings as this node knows them: kept at hand, and read again whenever the organisation changes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationSettings, RegisteredOrganisation,
};
use eventlog::{EventLog, LogError};
use projections::ReadModels;

/// The settings, cheap to ask for.
pub struct Settings {
    current: Arc<ArcSwap<Known>>,
}

/// The organisation, as this node knows it.
struct Known {
    settings: Arc<OrganisationSettings>,
    /// None until it is registered.
    registered: Option<Arc<RegisteredOrganisation>>,
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
                    Ok(loaded) => known.store(Arc::new(loaded)),
                    Err(error) => tracing::warn!(%error, "the settings stay as they were known"),
                }
            }
        });
        Ok(Self { current })
    }

    /// The settings now.
    pub fn current(&self) -> Arc<OrganisationSettings> {
        Arc::clone(&self.current.load().settings)
    }

    /// The organisation with its settings; None until it is registered.
    pub fn registered(&self) -> Option<Arc<RegisteredOrganisation>> {
        self.current.load().registered.clone()
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

async fn load(log: &EventLog) -> Result<Known, LogError> {
    let organisation = log.load::<Organisation>(ORGANISATION_ID).await?.state;
    let registered = organisation.registered.map(Arc::new);
    let settings = registered.as_ref().map(|known| known.settings.clone());
    Ok(Known {
        settings: Arc::new(settings.unwrap_or_default()),
        registered,
    })
}
