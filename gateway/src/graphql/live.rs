//! Live news, fed by the projector: a document changed, something happened.

use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject, Subscription};
use futures::{Stream, StreamExt as _, stream};
use projections::{Change, ReadModels, Viewer, list_activity_at};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::activity::{Activity, SubjectType};
use super::context::{app, require_viewer};
use super::scalars::Uuid;

/// A document changed.
#[derive(SimpleObject, Clone)]
pub struct DocumentChange {
    /// What changed.
    id: Uuid,
    /// What it is.
    subject_type: SubjectType,
    /// Its version now.
    version: i64,
    /// What happened to it.
    event: String,
}

/// Live news about documents.
#[derive(Default)]
pub struct LiveSubscription;

#[Subscription]
impl LiveSubscription {
    /// Changes of one document or, where none is named, of every document that the viewer may see.
    async fn document_changed(
        &self,
        ctx: &Context<'_>,
        id: Option<Uuid>,
    ) -> Result<impl Stream<Item = DocumentChange> + use<>> {
        Ok(news(ctx)?.filter_map(move |activity| {
            let wanted = id.is_none_or(|id| id.0 == activity.subject_id);
            let change =
                SubjectType::from_name(&activity.subject_type).map(|subject_type| DocumentChange {
                    id: activity.subject_id.into(),
                    subject_type,
                    version: activity.version,
                    event: activity.event_type,
                });
            futures::future::ready(change.filter(|_| wanted))
        }))
    }

    /// Everything that happens and that the viewer may know.
    async fn activity_added(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Activity> + use<>> {
        Ok(news(ctx)?.map(Activity::from))
    }
}

/// What happens from now on, row by row, as the viewer may see it. Which rows those are is decided in SQL, as ever.
fn news(ctx: &Context<'_>) -> Result<impl Stream<Item = projections::ActivityRow> + use<>> {
    let (reads, viewer) = (app(ctx)?.reads.clone(), require_viewer(ctx)?.clone());
    let changes = reads.changes();
    Ok(stream::unfold(
        (reads, viewer, changes),
        |(reads, viewer, mut changes)| async move {
            let rows = next(&reads, &viewer, &mut changes).await?;
            Some((stream::iter(rows), (reads, viewer, changes)))
        },
    )
    .flatten()
    .boxed())
}

async fn next(
    reads: &ReadModels,
    viewer: &Viewer,
    changes: &mut broadcast::Receiver<Arc<Vec<Change>>>,
) -> Option<Vec<projections::ActivityRow>> {
    loop {
        let batch = match changes.recv().await {
            Ok(batch) => batch,
            // News with a gap would be worse than none: the subscription ends, and the page reads anew.
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(
                    missed,
                    "a live listener was too slow; its subscription ends"
                );
                return None;
            }
            Err(RecvError::Closed) => return None,
        };
        let own = viewer.only_customer();
        let concerned = batch
            .iter()
            .filter(|change| own.is_none() || change.customer_id == own);
        let positions: Vec<i64> = concerned.map(|change| change.position).collect();
        if positions.is_empty() {
            continue;
        }
        match reads.read(|db| list_activity_at(db, viewer, &positions)) {
            Ok(rows) if rows.is_empty() => {}
            Ok(rows) => return Some(rows),
            Err(error) => tracing::error!(%error, "live news could not be read"),
        }
    }
}
