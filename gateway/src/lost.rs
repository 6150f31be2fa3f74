//! Events that this node has seen and that the log does not hold any more: kept by name, because what followed from them
//! outside, a charge or a mail, did happen.

use std::sync::Arc;

use eventlog::LogError;
use projections::{Lost, LostEvent};

use crate::app::App;
use crate::tables::Tables;

/// The most lost events that are listed.
const SQL: &str =
    "SELECT position, event_type, subject_type, subject_id, recorded_at FROM lost_events
    ORDER BY position, recorded_at LIMIT 1000";

/// The lost events, the oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(tables: &Tables) -> Result<Vec<LostEvent>, LogError> {
    let rows = tables.fetch(SQL, &[]).await?;
    let events = rows.iter().map(|row| {
        Ok(LostEvent {
            position: row.get("position")?,
            event_type: row.get("event_type")?,
            subject_type: row.get("subject_type")?,
            subject_id: row.id("subject_id")?,
            recorded_at: row.get("recorded_at")?,
        })
    });
    events.collect()
}

/// Keeps the names of events that are lost whenever the log turns out to have another history, until the node stops.
pub async fn keep_names(app: Arc<App>) {
    let mut lost = app.reads.lost();
    loop {
        tokio::select! {
            changed = lost.changed() => if changed.is_err() { return },
            () = app.stopped() => return,
        }
        let found = lost.borrow_and_update().clone();
        if let Some(found) = found
            && let Err(error) = keep(&app, &found).await
        {
            tracing::error!(%error, "the names of lost events are in this log only");
        }
    }
}

async fn keep(app: &App, lost: &Lost) -> Result<(), LogError> {
    let sql = "INSERT INTO lost_events (position, event_type, subject_type, subject_id, recorded_at, found_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    for event in &lost.named {
        let args = [
            event.position.into(),
            event.event_type.as_str().into(),
            event.subject_type.as_str().into(),
            event.subject_id.into(),
            event.recorded_at.into(),
            app.clock.now().into(),
        ];
        app.tables.execute(sql, &args).await?;
    }
    Ok(())
}
