//! Whether this node can record anything now: proven by a commit, at most once a second.

use std::time::{Duration, Instant};

use eventlog::EventLog;
use tokio::sync::Mutex;

/// How long a proof, or the lack of one, holds. Whoever asks more often gets the last answer.
const HOLDS: Duration = Duration::from_secs(1);
/// How long the event store may take to prove itself.
const WITHIN: Duration = Duration::from_secs(2);

/// The last proof.
#[derive(Default)]
pub struct Readiness {
    last: Mutex<Option<(Instant, Result<(), &'static str>)>>,
}

impl Readiness {
    /// Proves that the event store takes changes.
    ///
    /// # Errors
    /// The reason why it does not, fit for strangers; the cause is logged.
    pub async fn prove(&self, log: &EventLog) -> Result<(), &'static str> {
        // Who asks meanwhile waits for the answer to this.
        let mut last = self.last.lock().await;
        if let Some((at, proven)) = *last
            && at.elapsed() < HOLDS
        {
            return proven;
        }
        let proven = match tokio::time::timeout(WITHIN, log.prove_commit()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready");
                Err("nothing can be written to the event store")
            }
            Err(_) => Err("the event store does not answer in time"),
        };
        *last = Some((Instant::now(), proven));
        proven
    }
}
