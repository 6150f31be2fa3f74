//! How many mails a contact may cause: at most 20 in each hour of the clock (UTC), counted by their recipients, on all
//! nodes together. The merchant's own people are not counted.

use async_graphql::{Context, Result};
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use eventlog::{LogError, Metadata};

use super::context::{app, require_viewer};
use super::error::{internal, rate_limited};
use super::payments::is_retry;
use crate::app::App;

/// Mails per contact and hour.
const MOST: i64 = 20;
const HOUR: i64 = 3_600;

/// Counts the mails that a command will cause, before it is sent; refuses with RATE_LIMITED where they are too many.
/// A repetition of what is recorded already, and what the aggregate refuses, or would change nothing, is not counted.
pub(super) async fn spend<A>(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: &A::Command,
    meta: &Metadata,
    mails: usize,
) -> Result<()>
where
    A: Aggregate<Services = ()>,
    A::Command: Clone,
{
    let viewer = require_viewer(ctx)?;
    if viewer.only_customer().is_none() || is_retry(ctx, meta).await? {
        return Ok(());
    }
    let app = app(ctx)?;
    let mut state = app.log.load::<A>(id).await.map_err(internal)?.state;
    let sink = EventSink::default();
    let decided = state.handle(command.clone(), &(), &sink).await;
    if decided.is_err() || sink.collect().await.is_empty() {
        return Ok(());
    }
    let seconds = app.clock.now().unix_timestamp();
    let hour = seconds.div_euclid(HOUR);
    let mails = i64::try_from(mails).map_err(internal)?;
    if mails <= MOST {
        let sql = "INSERT INTO mail_quota (account_id, hour, used) VALUES ($1, $2, $3)
                   ON CONFLICT (account_id, hour) DO UPDATE SET used = mail_quota.used + $3
                   WHERE mail_quota.used + $3 <= $4";
        let account = viewer.account_id;
        let args = [account.into(), hour.into(), mails.into(), MOST.into()];
        if app.tables.execute(sql, &args).await.map_err(internal)? > 0 {
            return Ok(());
        }
    }
    let left = u64::try_from(HOUR - seconds.rem_euclid(HOUR)).unwrap_or(0);
    let why = "at most 20 mails an hour, counted by their recipients";
    Err(rate_limited(why, std::time::Duration::from_secs(left)))
}

/// Forgets the counts of hours that are over.
pub(crate) async fn prune(app: &App) -> std::result::Result<u64, LogError> {
    let hour = app.clock.now().unix_timestamp().div_euclid(HOUR);
    let sql = "DELETE FROM mail_quota WHERE hour < $1";
    app.tables.execute(sql, &[hour.into()]).await
}
