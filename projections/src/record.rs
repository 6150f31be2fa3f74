//! An event on its way into the read models: as recorded, and understood.

use domain::event::{DecodeError, Event, decode};
use eventlog::RecordedEvent;
use uuid::Uuid;

/// A recorded event with its payload decoded.
pub(crate) struct Record {
    pub(crate) recorded: RecordedEvent,
    pub(crate) event: Event,
}

impl Record {
    pub(crate) fn decode(recorded: RecordedEvent) -> Result<Self, DecodeError> {
        let event = decode(
            &recorded.aggregate_type,
            &recorded.event_type,
            &recorded.event_version,
            &recorded.payload,
        )?;
        Ok(Self { recorded, event })
    }

    /// The aggregate that the event is of.
    pub(crate) fn id(&self) -> Uuid {
        self.recorded.aggregate_id
    }

    /// The aggregate's version after this event.
    pub(crate) fn version(&self) -> i64 {
        self.recorded.sequence
    }
}
