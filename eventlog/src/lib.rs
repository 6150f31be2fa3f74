//! The event log on SQLite and PostgreSQL: the only truth of the system.
//!
//! One [`EventLog`] appends what aggregates decide, each stream with an expected sequence, and
//! reads it back: one stream at a time, or everything in one global order without gaps. What holds
//! on both engines, and is kept by the database rather than by this code:
//!
//! - events, their order and document numbers are append-only;
//! - one command id has one outcome, however often and wherever it is retried;
//! - document numbers run 1, 2, 3 … in each series, and a refused command takes none;
//! - positions run 1, 2, 3 … and a reader that follows them misses nothing.
//!
//! Deliberately absent: snapshots, the query dispatch and the event streaming of `cqrs-es`, and
//! LISTEN/NOTIFY. Nothing here knows the aggregates; they come in through [`cqrs_es::Aggregate`]
//! with `Services = ()`.

mod backoff;
mod check;
mod database;
mod error;
mod execute;
mod failure;
mod history;
mod log;
mod metadata;
mod migrate;
mod numbers;
mod outcome;
mod postgres;
mod recent;
mod recorded;
mod sqlite;
mod store;
mod tail;
mod url;

pub use database::{Database, Engine};
pub use error::{ExecuteError, LogError, is_passing};
pub use execute::Executed;
pub use history::Loaded;
pub use log::{EventLog, Upcast};
pub use metadata::{Actor, Metadata, RecordedMetadata};
pub use outcome::Outcome;
pub use recorded::RecordedEvent;
pub use sqlite::SqliteDatabase;
