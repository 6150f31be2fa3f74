//! What an earlier command recorded.

use uuid::Uuid;

use crate::log::EventLog;
use crate::{Database, LogError, Metadata, postgres, sqlite};

/// What a command recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The type of the aggregate it changed.
    pub aggregate_type: String,
    /// The aggregate it changed.
    pub aggregate_id: Uuid,
    /// The sequence of its last event.
    pub version: u64,
    /// The hash of the request it came from.
    pub request_hash: Option<String>,
}

impl Outcome {
    /// Whether the command that recorded this was the same request to the same aggregate.
    pub(crate) fn answers(&self, aggregate_type: &str, id: Uuid, meta: &Metadata) -> bool {
        self.aggregate_type == aggregate_type
            && self.aggregate_id == id
            && self.request_hash == meta.request_hash
    }
}

/// The first event of the command and the last sequence it wrote, which share one stream.
pub(crate) const OUTCOME: &str = "
SELECT first.aggregate_type, first.aggregate_id, first.metadata ->> 'request_hash' AS request_hash,
       (SELECT max(e.sequence) FROM events e
         WHERE e.aggregate_type = first.aggregate_type AND e.aggregate_id = first.aggregate_id
           AND e.sequence >= first.sequence AND e.metadata ->> 'command_id' = $1) AS version
  FROM events first
 WHERE first.metadata ->> 'command_id' = $1 AND first.metadata ->> 'command_index' = '0'";

/// A row of [`OUTCOME`]: type, id, request hash, last sequence.
pub(crate) type OutcomeRow = (String, String, Option<String>, i64);

impl EventLog {
    /// What an earlier command with this id recorded, in whichever stream, or `None`.
    ///
    /// # Errors
    /// [`LogError::Database`] if the database fails.
    pub async fn outcome_of(&self, command_id: Uuid) -> Result<Option<Outcome>, LogError> {
        let command_id = command_id.to_string();
        let row = match &self.inner.database {
            Database::Sqlite(database) => sqlite::outcome_of(database, &command_id)?,
            Database::Postgres(pool) => {
                postgres::in_time(postgres::outcome_of(pool, &command_id)).await??
            }
        };
        row.map(|(aggregate_type, id, request_hash, version)| {
            let aggregate_id = Uuid::try_parse(&id).map_err(|error| LogError::Corrupt {
                event: format!("{aggregate_type}/{id}/{version}"),
                reason: error.to_string(),
            })?;
            Ok(Outcome {
                aggregate_type,
                aggregate_id,
                version: version as u64,
                request_hash,
            })
        })
        .transpose()
    }
}
