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
    kept: Arc<Kept>,
}

struct Kept {
    known: ArcSwap<Known>,
    /// Held from before the log is read until what it said is known: an older reading never replaces a newer one.
    reading: tokio::sync::Mutex<()>,
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
        let mut lost = reads.lost();
        let kept = Arc::new(Kept {
            known: ArcSwap::from_pointee(load(log).await?),
            reading: tokio::sync::Mutex::default(),
        });
        let (log, following) = (log.clone(), Arc::clone(&kept));
        tokio::spawn(async move {
            use tokio::sync::broadcast::error::RecvError;
            loop {
                let changed = tokio::select! {
                    changes = changes.recv() => match changes {
                        Ok(changes) => changes
                            .iter()
                            .any(|change| change.subject_id == ORGANISATION_ID),
                        Err(RecvError::Lagged(_)) => true,
                        Err(RecvError::Closed) => return,
                    },
                    // The log has another history, and perhaps other settings.
                    another = lost.changed() => match another {
                        Ok(()) => true,
                        Err(_) => return,
                    },
                };
                if !changed {
                    continue;
                }
                if let Err(error) = following.read_again(&log).await {
                    tracing::warn!(%error, "the settings stay as they were known");
                }
            }
        });
        Ok(Self { kept })
    }

    /// The settings now.
    pub fn current(&self) -> Arc<OrganisationSettings> {
        Arc::clone(&self.kept.known.load().settings)
    }

    /// The organisation with its settings; None until it is registered.
    pub fn registered(&self) -> Option<Arc<RegisteredOrganisation>> {
        self.kept.known.load().registered.clone()
    }

    /// Reads them again at once: for whoever has just changed them.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub async fn refresh(&self, log: &EventLog) -> Result<(), LogError> {
        self.kept.read_again(log).await
    }
}

impl Kept {
    async fn read_again(&self, log: &EventLog) -> Result<(), LogError> {
        let _turn = self.reading.lock().await;
        self.known.store(Arc::new(load(log).await?));
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
