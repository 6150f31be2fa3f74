//! An event as it stands in the log.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::LogError;
use crate::metadata::{self, RecordedMetadata};

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// Its place in the one global order, from 1 without gaps; 0 when its stream was read before it
    /// had one.
    pub position: i64,
    /// The event's own id, a UUID v7.
    pub event_id: Uuid,
    /// The type of the aggregate whose stream it is in.
    pub aggregate_type: String,
    /// The aggregate whose stream it is in.
    pub aggregate_id: Uuid,
    /// Its place in that stream, from 1 without gaps.
    pub sequence: i64,
    /// The stored name of the event, for example `InvoiceIssued`.
    pub event_type: String,
    /// The version of that name's payload.
    pub event_version: String,
    /// The payload as JSON text, as stored: not upcast.
    pub payload: String,
    /// Who did it by which request.
    pub metadata: RecordedMetadata,
    /// When the database recorded it. UTC; in microseconds, of which SQLite's clock knows whole
    /// milliseconds.
    pub recorded_at: OffsetDateTime,
}

/// A row of the database before its texts are understood.
pub(crate) struct Row<'r> {
    pub(crate) position: i64,
    pub(crate) aggregate_type: &'r str,
    pub(crate) aggregate_id: &'r str,
    pub(crate) sequence: i64,
    pub(crate) event_type: &'r str,
    pub(crate) event_version: &'r str,
    pub(crate) payload: &'r str,
    pub(crate) metadata: &'r str,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) recorded_at: i64,
}

impl Row<'_> {
    /// Understands the row, or says which event is corrupt and how.
    pub(crate) fn decode(&self) -> Result<RecordedEvent, LogError> {
        let corrupt = |reason: String| LogError::Corrupt {
            event: format!(
                "{}/{}/{}",
                self.aggregate_type, self.aggregate_id, self.sequence
            ),
            reason,
        };
        let (event_id, metadata) = metadata::decode(self.metadata).map_err(corrupt)?;
        let aggregate_id =
            Uuid::try_parse(self.aggregate_id).map_err(|error| corrupt(error.to_string()))?;
        let recorded_at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.recorded_at) * 1000)
                .map_err(|error| corrupt(error.to_string()))?;
        Ok(RecordedEvent {
            position: self.position,
            event_id,
            aggregate_type: self.aggregate_type.to_owned(),
            aggregate_id,
            sequence: self.sequence,
            event_type: self.event_type.to_owned(),
            event_version: self.event_version.to_owned(),
            payload: self.payload.to_owned(),
            metadata,
            recorded_at,
        })
    }
}
