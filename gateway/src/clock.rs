//! The one place that knows what time it is.

use time::{Date, OffsetDateTime};

/// The node's clock (UTC).
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// This instant.
    pub fn now(self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    /// Today's date in UTC.
    pub fn today(self) -> Date {
        self.now().date()
    }
}
