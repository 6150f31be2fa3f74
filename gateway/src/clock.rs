//! The one place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

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
        Self(Source::Shifted(at - machine_time()))
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
            Source::System => machine_time(),
            Source::Shifted(by) => machine_time().saturating_add(*by),
            Source::Manual(seconds) => {
                let seconds = seconds.load(Ordering::SeqCst);
                OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }
    }
}

/// The machine's time. A clock that is set beyond what dates can be stands still at the first or the last of them.
fn machine_time() -> OffsetDateTime {
    let nanos = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |n| -n),
    };
    let edge = if nanos < 0 {
        PrimitiveDateTime::MIN
    } else {
        PrimitiveDateTime::MAX
    };
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(edge.assume_utc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_clock_at_the_end_of_time_stands_still() {
        let end = PrimitiveDateTime::MAX.assume_utc();
        let clock = Clock::starting_at(end);
        assert_eq!((clock.now(), clock.now()), (end, end));
        let first = PrimitiveDateTime::MIN.assume_utc();
        assert!(Clock::starting_at(first).now() >= first);
    }

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
