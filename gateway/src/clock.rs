//! The one place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

/// A clock (UTC). Dates are of the organisation's time zone: see [`crate::app::App::today`].
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// Seconds since 1970, moved by hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at that second until it is set; its clones are set with it.
    pub fn manual(at: OffsetDateTime) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(
            at.unix_timestamp(),
        ))))
    }

    /// Moves a manual clock; the machine's clock is not ours to set.
    pub fn set(&self, at: OffsetDateTime) {
        match &self.0 {
            Source::System => {}
            Source::Manual(seconds) => seconds.store(at.unix_timestamp(), Ordering::SeqCst),
        }
    }

    /// This instant.
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Manual(seconds) => {
                let seconds = seconds.load(Ordering::SeqCst);
                OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }
    }
}
