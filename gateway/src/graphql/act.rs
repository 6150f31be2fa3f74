//! From a mutation to the log and back: send the command, wait until this node's read models show what it did.

use std::time::Duration;

use async_graphql::{Context, Result};
use cqrs_es::Aggregate;
use domain::credit_note::CreditNoteError;
use domain::customer::CustomerError;
use domain::estimate::EstimateError;
use domain::invalid::Invalid;
use domain::invoice::InvoiceError;
use domain::numbering::Series;
use domain::organisation::OrganisationError;
use domain::payment::PaymentError;
use domain::plan::PlanError;
use domain::subscription::SubscriptionError;
use eventlog::{ExecuteError, Executed, Metadata};
use projections::{Expectation, ForeignCursor, Viewer};
use rusqlite::Connection;
use uuid::Uuid;

use super::context::{app, require_viewer};
use super::error::{UserError, bad_input, internal, recorded_not_visible, refused};

/// How long an answer waits for the read models. They are milliseconds behind; past this the answer says that the command
/// is recorded but not visible yet.
const WAIT: Duration = Duration::from_secs(5);

/// What an aggregate's refusal looks like in an answer.
pub trait Refusal: std::error::Error {
    /// The rule's stable code.
    fn code(&self) -> &'static str;
    /// The value that was refused, where it was one.
    fn invalid(&self) -> Option<&Invalid>;

    /// The refusal for the person to read; fields are named as in the mutation's input.
    fn user_error(&self) -> UserError {
        match self.invalid() {
            Some(broken) => invalid(broken),
            None => UserError::new(&[], self.code(), self.to_string()),
        }
    }
}

macro_rules! refusal {
    ($($error:ident),*) => {
        $(impl Refusal for $error {
            fn code(&self) -> &'static str {
                $error::code(self)
            }

            fn invalid(&self) -> Option<&Invalid> {
                if let $error::Invalid(invalid) = self { Some(invalid) } else { None }
            }
        })*
    };
}
refusal!(
    CreditNoteError,
    CustomerError,
    EstimateError,
    InvoiceError,
    OrganisationError,
    PaymentError,
    PlanError,
    SubscriptionError
);

/// Done, or refused for a reason that the person can read.
pub type Outcome<T> = Result<std::result::Result<T, UserError>>;

/// Sends a command and waits until the read models show it.
pub async fn act<A>(
    ctx: &Context<'_>,
    id: Uuid,
    command: A::Command,
    meta: &Metadata,
) -> Outcome<Executed<A>>
where
    A: Aggregate<Services = ()>,
    A::Command: Clone,
    A::Error: Refusal,
{
    let app = app(ctx)?;
    let expectation = app.reads.expect(id);
    let executed = app.log.execute::<A>(id, command, meta).await;
    settle(ctx, id, expectation, executed).await
}

/// The same for a command that takes the next number of a series, as it stands on the document.
pub async fn act_numbered<A, F>(
    ctx: &Context<'_>,
    id: Uuid,
    series: Series,
    meta: &Metadata,
    make: F,
) -> Outcome<Executed<A>>
where
    A: Aggregate<Services = ()>,
    A::Error: Refusal,
    F: Fn(&A, String) -> A::Command + Send + Sync,
{
    let app = app(ctx)?;
    let expectation = app.reads.expect(id);
    let numbers = app.numbers(series, app.today());
    let make = |state: &A, _: u64, number: u64| Ok(make(state, numbers.text(number)));
    let executed = app
        .log
        .execute_numbered::<A, _>(id, &numbers.name, meta, make)
        .await;
    settle(ctx, id, expectation, executed).await
}

async fn settle<A>(
    ctx: &Context<'_>,
    id: Uuid,
    expectation: Expectation,
    executed: std::result::Result<Executed<A>, ExecuteError<A::Error>>,
) -> Outcome<Executed<A>>
where
    A: Aggregate<Services = ()>,
    A::Error: Refusal,
{
    match executed {
        Ok(executed) => {
            if executed.version > 0 {
                shown(ctx, id, &expectation, executed.version).await?;
            }
            Ok(Ok(executed))
        }
        Err(error) => Ok(Err(refused(error)?.user_error())),
    }
}

/// Waits until the read models show `id` at `version`.
pub async fn shown(
    ctx: &Context<'_>,
    id: Uuid,
    expectation: &Expectation,
    version: u64,
) -> Result<()> {
    let app = app(ctx)?;
    let version = i64::try_from(version).map_err(internal)?;
    if app
        .reads
        .read(|db| projections::find_version(db, id))
        .map_err(internal)?
        >= version
    {
        return Ok(());
    }
    if expectation.reached(version, WAIT).await {
        return Ok(());
    }
    tracing::warn!(%id, version, "the read models are more than {WAIT:?} behind");
    Err(recorded_not_visible(id, version))
}

/// Runs a query as the signed-in viewer. A contact's queries are bounded by its customer and run here; the
/// organisation's may have to look at everything and run where they hold up nobody.
pub async fn query<T: Send + 'static>(
    ctx: &Context<'_>,
    query: impl FnOnce(&Connection, &Viewer) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    let (app, viewer) = (app(ctx)?, require_viewer(ctx)?.clone());
    if viewer.only_customer().is_some() {
        app.reads.read(|db| query(db, &viewer)).map_err(unread)
    } else {
        app.reads
            .read_long(move |db| query(db, &viewer))
            .await
            .map_err(unread)
    }
}

/// Runs a query for one thing, or for what hangs on one thing, here and now.
pub fn find<T>(
    ctx: &Context<'_>,
    query: impl FnOnce(&Connection, &Viewer) -> rusqlite::Result<T>,
) -> Result<T> {
    let viewer = require_viewer(ctx)?;
    app(ctx)?.reads.read(|db| query(db, viewer)).map_err(unread)
}

/// Why a query brought nothing: the caller's cursor is of another list, or a fault of ours.
fn unread(error: impl std::error::Error + 'static) -> async_graphql::Error {
    if ForeignCursor::caused(&error) {
        bad_input("after", ForeignCursor.to_string())
    } else {
        internal(error)
    }
}

/// A value that breaks a rule of its field, named as in the mutation's input.
pub fn invalid(broken: &Invalid) -> UserError {
    let path = broken.field.split('.');
    let field: Vec<&str> = std::iter::once("input").chain(path).collect();
    UserError::new(&field, broken.rule.code(), broken.rule.to_string())
}

/// What the viewer may not see is not there.
pub fn not_found(field: &str) -> UserError {
    UserError::new(&["input", field], "NOT_FOUND", "there is no such thing")
}
