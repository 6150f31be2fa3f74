//! Who did what by which request: the metadata that stands beside every event.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Who gave a command.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Actor {
    /// The account's id, or the name of a process.
    pub id: String,
    /// The name people know the actor by, as it was at the time.
    pub name: String,
    /// `customer_contact`, `staff`, `accountant`, `owner` or `system`.
    pub role: String,
    /// Whom the actor stood in for, if anyone.
    pub on_behalf_of: Option<String>,
}

/// What is known about a command, and recorded with each of its events.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// Identifies the request; the same id never has two outcomes.
    pub command_id: Uuid,
    /// Ties together everything that one request set off.
    pub correlation_id: Uuid,
    /// The event that led to this command, if a process gave it.
    pub causation_id: Option<Uuid>,
    /// Who gave the command.
    pub actor: Actor,
    /// A hash of the request, to tell a retry from another request under the same key.
    pub request_hash: Option<String>,
    /// The only version of the aggregate that the command is meant for; checked, not recorded.
    pub expected_version: Option<u64>,
}

impl Metadata {
    /// Metadata of a request from outside: it is its own correlation and has no cause in the log.
    pub fn new(command_id: Uuid, actor: Actor) -> Self {
        Self {
            command_id,
            correlation_id: command_id,
            causation_id: None,
            actor,
            request_hash: None,
            expected_version: None,
        }
    }

    /// The same with the hash of the request.
    #[must_use]
    pub fn with_request_hash(mut self, hash: impl Into<String>) -> Self {
        self.request_hash = Some(hash.into());
        self
    }

    /// The same for one version of the aggregate only: any other refuses with [`crate::ExecuteError::Stale`].
    #[must_use]
    pub fn expecting(mut self, version: Option<u64>) -> Self {
        self.expected_version = version;
        self
    }

    /// The JSON object of strings that is stored with the command's event number `index`, counted
    /// from 0.
    pub(crate) fn encode(
        &self,
        event_id: Uuid,
        index: usize,
        number: Option<(&str, u64)>,
    ) -> Value {
        let mut fields = Map::new();
        let mut put =
            |key: &str, value: String| fields.insert(key.to_owned(), Value::String(value));
        put("event_id", event_id.to_string());
        put("command_id", self.command_id.to_string());
        put("command_index", index.to_string());
        put("correlation_id", self.correlation_id.to_string());
        put("actor_id", self.actor.id.clone());
        put("actor_name", self.actor.name.clone());
        put("actor_role", self.actor.role.clone());
        if let Some(cause) = self.causation_id {
            put("causation_id", cause.to_string());
        }
        if let Some(principal) = &self.actor.on_behalf_of {
            put("on_behalf_of", principal.clone());
        }
        if let Some(hash) = &self.request_hash {
            put("request_hash", hash.clone());
        }
        if let Some((series, number)) = number {
            put("series", series.to_owned());
            put("number", number.to_string());
        }
        Value::Object(fields)
    }
}

/// The metadata of an event as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedMetadata {
    /// The command that the event came from.
    pub command_id: Uuid,
    /// Which of the command's events this is, counted from 0.
    pub command_index: u32,
    /// Ties together everything that one request set off.
    pub correlation_id: Uuid,
    /// The event that led to the command, if a process gave it.
    pub causation_id: Option<Uuid>,
    /// Who gave the command.
    pub actor: Actor,
    /// The hash of the request.
    pub request_hash: Option<String>,
    /// The series of the document number that this event took.
    pub series: Option<String>,
    /// The document number that this event took. Only the first event of a numbered command carries
    /// it.
    pub number: Option<u64>,
}

/// The stored form, borrowed from the text it is read from: a rebuild parses millions of these.
#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    command_id: Cow<'a, str>,
    #[serde(borrow)]
    command_index: Cow<'a, str>,
    #[serde(borrow)]
    correlation_id: Cow<'a, str>,
    #[serde(borrow, default)]
    causation_id: Option<Cow<'a, str>>,
    actor_id: String,
    actor_name: String,
    actor_role: String,
    #[serde(default)]
    on_behalf_of: Option<String>,
    #[serde(default)]
    request_hash: Option<String>,
    #[serde(default)]
    series: Option<String>,
    #[serde(borrow, default)]
    number: Option<Cow<'a, str>>,
}

/// Reads stored metadata: the event's id and the rest. The error says what is wrong, in words.
pub(crate) fn decode(text: &str) -> Result<(Uuid, RecordedMetadata), String> {
    let stored: Stored<'_> =
        serde_json::from_str(text).map_err(|error| format!("metadata: {error}"))?;
    let id = |name: &str, text: &str| {
        Uuid::try_parse(text).map_err(|error| format!("metadata {name}: {error}"))
    };
    let metadata = RecordedMetadata {
        command_id: id("command_id", &stored.command_id)?,
        command_index: whole(&stored.command_index, "command_index")?,
        correlation_id: id("correlation_id", &stored.correlation_id)?,
        causation_id: stored
            .causation_id
            .as_deref()
            .map(|text| id("causation_id", text))
            .transpose()?,
        actor: Actor {
            id: stored.actor_id,
            name: stored.actor_name,
            role: stored.actor_role,
            on_behalf_of: stored.on_behalf_of,
        },
        request_hash: stored.request_hash,
        series: stored.series,
        number: stored
            .number
            .as_deref()
            .map(|text| whole(text, "number"))
            .transpose()?,
    };
    Ok((id("event_id", &stored.event_id)?, metadata))
}

fn whole<N: std::str::FromStr>(text: &str, name: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("metadata {name}: not a whole number"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.
    use super::*;

    fn actor() -> Actor {
        Actor {
            id: "7".into(),
            name: "Ana \"Nan\" Ruiz".into(),
            role: "staff".into(),
            on_behalf_of: None,
        }
    }

    #[test]
    fn what_is_stored_is_read_back_whole() {
        let mut metadata = Metadata::new(Uuid::from_u128(1), actor()).with_request_hash("abc");
        metadata.causation_id = Some(Uuid::from_u128(3));
        metadata.actor.on_behalf_of = Some("9".into());
        let stored = metadata
            .encode(Uuid::from_u128(2), 0, Some(("INV", 12)))
            .to_string();
        let (event_id, read) = decode(&stored).unwrap();
        assert_eq!(event_id, Uuid::from_u128(2));
        let expected = RecordedMetadata {
            command_id: metadata.command_id,
            command_index: 0,
            correlation_id: metadata.correlation_id,
            causation_id: metadata.causation_id,
            actor: metadata.actor,
            request_hash: metadata.request_hash,
            series: Some("INV".into()),
            number: Some(12),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn stores_only_strings_and_omits_what_is_absent() {
        let stored = Metadata::new(Uuid::from_u128(1), actor()).encode(Uuid::from_u128(2), 1, None);
        let fields = stored.as_object().unwrap();
        assert!(fields.values().all(Value::is_string));
        for absent in [
            "causation_id",
            "on_behalf_of",
            "request_hash",
            "series",
            "number",
        ] {
            assert!(!fields.contains_key(absent), "{absent}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_metadata_it_cannot_read() {
        let stored = Metadata::new(Uuid::from_u128(1), actor())
            .encode(Uuid::from_u128(2), 0, None)
            .to_string();
        let broken = stored.replace("\"command_index\":\"0\"", "\"command_index\":\"x\"");
        assert_eq!(
            decode(&broken).unwrap_err(),
            "metadata command_index: not a whole number"
        );
    }
}
