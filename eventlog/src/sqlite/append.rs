//! Appending events: what is stored, and what readers of the log get of it without reading it back.

use cqrs_es::persist::SerializedEvent;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::recorded::Row;
use crate::{LogError, RecordedEvent};

const INSERT: &str = "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
RETURNING recorded_at";

/// One event as it is stored.
pub(super) struct Event {
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
}

/// Events of one command, appended together or not at all.
pub(super) struct Append {
    events: Vec<Event>,
    /// Position and time of each event, once it is inserted.
    places: Vec<(i64, i64)>,
    reply: oneshot::Sender<Result<(), LogError>>,
}

impl From<&SerializedEvent> for Event {
    fn from(event: &SerializedEvent) -> Self {
        Self {
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            sequence: i64::try_from(event.sequence).unwrap_or(i64::MAX),
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            payload: event.payload.to_string(),
            metadata: event.metadata.to_string(),
        }
    }
}

impl Append {
    pub(super) fn new(events: Vec<Event>, reply: oneshot::Sender<Result<(), LogError>>) -> Self {
        Self {
            places: Vec::with_capacity(events.len()),
            events,
            reply,
        }
    }

    /// Inserts the events after `position`, and moves it on.
    pub(super) fn make(&mut self, db: &Connection, position: &mut i64) -> rusqlite::Result<()> {
        let mut insert = db.prepare_cached(INSERT)?;
        for event in &self.events {
            let recorded_at = insert.query_row(
                (
                    &event.aggregate_type,
                    &event.aggregate_id,
                    event.sequence,
                    &event.event_type,
                    &event.event_version,
                    &event.payload,
                    &event.metadata,
                ),
                |row| row.get(0),
            )?;
            *position += 1;
            self.places.push((*position, recorded_at));
        }
        Ok(())
    }

    /// The events as readers of the log get them. None where they cannot be read back: the log itself then says why.
    pub(super) fn recorded(&self) -> impl Iterator<Item = RecordedEvent> {
        let placed = self.events.iter().zip(&self.places);
        placed.map_while(|(event, (position, recorded_at))| event.recorded(*position, *recorded_at))
    }

    pub(super) fn answer(self, outcome: Result<(), LogError>) {
        // Nobody may wait for it any longer; the events are recorded all the same.
        let _ = self.reply.send(outcome);
    }
}

impl Event {
    fn recorded(&self, position: i64, recorded_at: i64) -> Option<RecordedEvent> {
        let row = Row {
            position,
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: &self.metadata,
            recorded_at,
        };
        row.decode().ok()
    }
}
