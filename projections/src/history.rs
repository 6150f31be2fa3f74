//! Whether a read-model file and the log tell the same history, and where they part.

use std::fmt;

use eventlog::EventLog;
use rusqlite::{Connection, OptionalExtension as _};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::error::ProjectionError;
use crate::{build, projector};

/// The most lost events that are named; the rest are counted.
const MOST_NAMED: i64 = 1_000;

/// Events that a file was built from and that the log does not hold any more.
#[derive(Clone, Debug)]
pub struct Lost {
    /// The last position at which file and log agree.
    pub common: i64,
    /// How many events after it are lost.
    pub count: i64,
    /// The first of them.
    pub named: Vec<LostEvent>,
}

/// An event that the log does not hold any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostEvent {
    /// Where it was in the log.
    pub position: i64,
    /// Its stored name.
    pub event_type: String,
    /// `invoice`, `payment` and so on.
    pub subject_type: String,
    /// What it changed.
    pub subject_id: Uuid,
    /// When it was recorded, in microseconds since 1970 UTC.
    pub recorded_at: i64,
}

impl fmt::Display for LostEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (position, name) = (self.position, &self.event_type);
        let (kind, id) = (&self.subject_type, self.subject_id);
        write!(f, "position {position}: {name} of {kind} {id}")
    }
}

/// Whether the last event that a file says stands at that position in this log.
pub(crate) fn is_of_this_log(
    log: &EventLog,
    runtime: &Handle,
    file: &Connection,
) -> Result<bool, ProjectionError> {
    let at = projector::checkpoint(file)?;
    if at.position == 0 {
        return Ok(true);
    }
    let position = at.position;
    let log = log.clone();
    let stored = build::wait(runtime, async move { log.stored_at(position).await })??;
    Ok(stored.is_some_and(|event| Some(event.event_id) == at.event_id))
}

/// The events of a file that the log does not hold, found by halves: two histories agree up to one position and never
/// after it.
pub(crate) fn lost(
    log: &EventLog,
    runtime: &Handle,
    file: &Connection,
) -> Result<Lost, ProjectionError> {
    let reached = projector::checkpoint(file)?.position;
    let (mut common, mut differs) = (0, reached);
    while differs - common > 1 {
        let middle = common + (differs - common) / 2;
        if agrees(log, runtime, file, middle)? {
            common = middle;
        } else {
            differs = middle;
        }
    }
    Ok(Lost {
        common,
        count: reached - common,
        named: name(file, common)?,
    })
}

/// Whether file and log have the same event at a position, by all that the file keeps of it.
fn agrees(
    log: &EventLog,
    runtime: &Handle,
    file: &Connection,
    position: i64,
) -> Result<bool, ProjectionError> {
    let sql =
        "SELECT subject_id, sequence, event_type, recorded_at FROM activity WHERE position = ?";
    let kept: Option<(Uuid, i64, String, i64)> = file
        .query_row(sql, [position], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let log = log.clone();
    let stored = build::wait(runtime, async move { log.stored_at(position).await })??;
    let stored = stored.map(|event| {
        let micros = event.recorded_at.unix_timestamp_nanos() / 1_000;
        let recorded_at = i64::try_from(micros).unwrap_or(i64::MAX);
        (
            event.aggregate_id,
            event.sequence,
            event.event_type,
            recorded_at,
        )
    });
    Ok(kept.is_some() && kept == stored)
}

fn name(file: &Connection, common: i64) -> rusqlite::Result<Vec<LostEvent>> {
    let mut events = file.prepare(
        "SELECT position, event_type, subject_type, subject_id, recorded_at FROM activity
          WHERE position > ?1 ORDER BY position LIMIT ?2",
    )?;
    let events = events.query_map([common, MOST_NAMED], |row| {
        Ok(LostEvent {
            position: row.get(0)?,
            event_type: row.get(1)?,
            subject_type: row.get(2)?,
            subject_id: row.get(3)?,
            recorded_at: row.get(4)?,
        })
    })?;
    events.collect()
}
