//! Loading an aggregate from its stream.

use cqrs_es::Aggregate;
use cqrs_es::persist::SerializedEvent;
use serde_json::Value;
use uuid::Uuid;

use crate::failure::Failure;
use crate::log::EventLog;
use crate::outcome::Outcome;
use crate::{LogError, Metadata};

/// An aggregate as its stream leaves it.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// The state.
    pub state: A,
    /// The sequence of the stream's last event; 0 if there is no stream.
    pub version: u64,
}

/// A stream as loaded, not yet understood.
pub(crate) struct History(Vec<SerializedEvent>);

impl EventLog {
    /// Loads an aggregate. An id that nothing was recorded for gives the default state at version
    /// 0.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if an event does not fit the aggregate, [`LogError::Database`] if the
    /// database fails.
    pub async fn load<A: Aggregate>(&self, id: Uuid) -> Result<Loaded<A>, LogError> {
        let history = self
            .history::<A>(id)
            .await
            .map_err(Failure::into_log_error)?;
        history.replay(self.inner.upcast, u64::MAX)
    }

    pub(crate) async fn history<A: Aggregate>(&self, id: Uuid) -> Result<History, Failure> {
        Ok(History(self.inner.store.load::<A>(&id.to_string()).await?))
    }
}

impl History {
    /// The state after the events up to sequence `until`.
    pub(crate) fn replay<A: Aggregate>(
        self,
        upcast: crate::Upcast,
        until: u64,
    ) -> Result<Loaded<A>, LogError> {
        let mut loaded = Loaded {
            state: A::default(),
            version: 0,
        };
        for event in self.0 {
            let sequence = event.sequence as u64;
            if sequence > until {
                break;
            }
            let payload = upcast(&event.event_type, &event.event_version, event.payload);
            let event = serde_json::from_value(payload).map_err(|error| LogError::Corrupt {
                event: format!("{}/{}/{sequence}", event.aggregate_type, event.aggregate_id),
                reason: format!(
                    "{} version {}: {error}",
                    event.event_type, event.event_version
                ),
            })?;
            loaded.state.apply(event);
            loaded.version = sequence;
        }
        Ok(loaded)
    }

    /// What the command recorded in this stream, if it did.
    pub(crate) fn outcome_of(&self, id: Uuid, meta: &Metadata) -> Option<Outcome> {
        let command_id = meta.command_id.to_string();
        // Newest first: a retry follows soon after what it repeats.
        let last = self
            .0
            .iter()
            .rev()
            .find(|event| text(event, "command_id") == Some(command_id.as_str()))?;
        Some(Outcome {
            aggregate_type: last.aggregate_type.clone(),
            aggregate_id: id,
            version: last.sequence as u64,
            request_hash: text(last, "request_hash").map(str::to_owned),
        })
    }
}

fn text<'e>(event: &'e SerializedEvent, key: &str) -> Option<&'e str> {
    event.metadata.get(key).and_then(Value::as_str)
}
