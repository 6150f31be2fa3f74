//! Processes: what follows from an event in another aggregate. They read the log from a checkpoint and send commands
//! whose ids derive from what caused them, so that each effect happens once however often it is tried, on any node.

#[cfg(test)]
mod agreement;
mod applying;
pub mod arrears;
pub mod collecting;
pub mod conversion;
pub mod crediting;
pub mod intents;
pub mod issuing;
pub mod keyed;
pub mod notices;
pub mod outbox;
pub mod parking;
pub mod people;
pub mod provider;
pub mod refunds;
pub mod renewing;
mod runner;
pub mod sandbox;
pub mod schedule;
pub mod settlement;
#[cfg(test)]
mod world;

pub use runner::{catch_up, follow_log, retry_parked, sweep};

use eventlog::{Actor, Metadata};
use uuid::Uuid;

/// Metadata of a command that a process sends. Its id derives from what caused it and the step's name; `correlation`
/// ties it to the request that set it all off.
pub(crate) fn because_of(cause: Uuid, step: &str, process: &str, correlation: Uuid) -> Metadata {
    let actor = Actor {
        id: process.to_owned(),
        name: process.to_owned(),
        role: "system".to_owned(),
        on_behalf_of: None,
    };
    let mut metadata = Metadata::new(Uuid::new_v5(&cause, step.as_bytes()), actor);
    metadata.correlation_id = correlation;
    metadata
}
