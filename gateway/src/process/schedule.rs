//! What the calendar sets off: a list of jobs, each of which does what is due by today and has not been done.
//!
//! Jobs are asked at the start of a node and every minute, on every node. Their commands' ids derive from what they
//! are about, so it does not matter how often they are asked, by how many nodes, or after how many days of silence.

use std::sync::Arc;
use std::time::Duration;

use super::{arrears, renewing};
use crate::app::App;

/// How often the jobs are asked.
const EVERY: Duration = Duration::from_secs(60);

/// Does what is due, until the node stops.
pub async fn follow_calendar(app: Arc<App>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !app.is_stopping() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.stopped() => return,
        }
        if let Err(error) = run_due(&app).await
            && !app.is_stopping()
        {
            let error = format!("{error:#}");
            tracing::error!(error, "what is due today waits for the next minute");
        }
    }
}

/// Does everything that is due today, in the organisation's time zone. One job's fault does not keep the others; the
/// first is told.
///
/// # Errors
/// The first fault of a job.
pub async fn run_due(app: &App) -> anyhow::Result<()> {
    let today = app.today();
    let jobs: [(&str, anyhow::Result<()>); 3] = [
        ("subscriptions", renewing::renew_due(app, today).await),
        ("reminders", arrears::remind(app, today).await),
        ("late fees", arrears::charge_late_fees(app, today).await),
    ];
    let mut first = Ok(());
    for (job, done) in jobs {
        if let Err(error) = done {
            let error = error.context(format!("{job} on {today}"));
            if first.is_ok() {
                first = Err(error);
            } else {
                tracing::error!(error = format!("{error:#}"), "a job failed");
            }
        }
    }
    first
}
