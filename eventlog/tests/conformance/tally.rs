//! An aggregate to try the log with: a total that grows, and document numbers that it was given.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use eventlog::{Actor, Metadata};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) total: u64,
    pub(crate) numbers: Vec<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Command {
    Add(u64),
    /// Two events in one command.
    AddEach(u64, u64),
    TakeNumber(u64),
    DoNothing,
    BeRefused,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    Added { amount: u64 },
    NumberTaken { number: u64 },
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no")]
pub(crate) struct Refusal;

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Added { .. } => "TallyAdded".to_owned(),
            Self::NumberTaken { .. } => "TallyNumberTaken".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "2".to_owned()
    }
}

impl Aggregate for Tally {
    const TYPE: &'static str = "tally";
    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refusal> {
        match command {
            Command::Add(amount) => sink.write(Event::Added { amount }, self).await,
            Command::AddEach(one, two) => {
                sink.write(Event::Added { amount: one }, self).await;
                sink.write(Event::Added { amount: two }, self).await;
            }
            Command::TakeNumber(number) => sink.write(Event::NumberTaken { number }, self).await,
            Command::DoNothing => {}
            Command::BeRefused => return Err(Refusal),
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Added { amount } => self.total += amount,
            Event::NumberTaken { number } => self.numbers.push(number),
        }
    }
}

/// Metadata of a new request.
pub(crate) fn request() -> Metadata {
    Metadata::new(Uuid::now_v7(), actor())
}

pub(crate) fn actor() -> Actor {
    Actor {
        id: "u-1".into(),
        name: "Ana Ruiz".into(),
        role: "staff".into(),
        on_behalf_of: None,
    }
}
