//! Document numbers: one after the other in each series, without gaps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::log::EventLog;
use crate::{Database, LogError, postgres, sqlite};

/// One lock per series, so that writers on this node queue for the next number instead of colliding
/// in the database. Nothing depends on them for safety: other nodes have their own.
#[derive(Default)]
pub(crate) struct SeriesLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl SeriesLocks {
    /// Waits for the series' turn, in order of arrival.
    pub(crate) async fn lock(&self, series: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(series.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }
}

impl EventLog {
    /// The last document number taken in `series`, or 0.
    ///
    /// # Errors
    /// [`LogError::Database`] if the database fails.
    pub async fn last_number(&self, series: &str) -> Result<u64, LogError> {
        let last = match &self.inner.database {
            Database::Sqlite(database) => sqlite::last_number(database, series)?,
            Database::Postgres(pool) => {
                postgres::in_time(postgres::last_number(pool, series)).await??
            }
        };
        Ok(last as u64)
    }
}
