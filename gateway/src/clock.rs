//! The one place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::{Duration, OffsetDateTime};

/// A clock (UTC). Dates are of the organisation's time zone: see [`crate::app::App::today`].
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// The machine's clock, so much ahead.
    Shifted(Duration),
    /// Seconds since 1970, moved by hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows this instant now, and goes on from there as the machine's does.
    pub fn starting_at(at: OffsetDateTime) -> Self {
        Self(Source::Shifted(at - OffsetDateTime::now_utc()))
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
            Source::System | Source::Shifted(_) => {}
            Source::Manual(seconds) => seconds.store(at.unix_timestamp(), Ordering::SeqCst),
        }
    }

    /// This instant.
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Shifted(by) => OffsetDateTime::now_utc().saturating_add(*by),
            Source::Manual(seconds) => {
                let seconds = seconds.load(Ordering::SeqCst);
                OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_clock_that_starts_at_an_instant_goes_on_from_there() {
        let start = datetime!(2024-02-29 23:59:59 UTC);
        let clock = Clock::starting_at(start);
        let (first, second) = (clock.now(), clock.now());
        assert!(start <= first && first <= second);
        assert!(second - start < Duration::minutes(1));
        clock.set(datetime!(2030-01-01 0:00 UTC));
        assert!(clock.now() < datetime!(2024-03-01 1:00 UTC));
    }
}
