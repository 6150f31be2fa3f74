//! Carrying out a command: load, decide, append; again if another writer was first.

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::SerializedEvent;
use cqrs_es::{Aggregate, DomainEvent};
use uuid::Uuid;

use crate::failure::Failure;
use crate::log::EventLog;
use crate::outcome::Outcome;
use crate::{ExecuteError, Loaded, LogError, Metadata, backoff};

/// Tries before giving up on a stream that others keep writing to.
const TRIES: u32 = 8;
/// Tries for a document number: every node that issues documents wants the same next one.
const NUMBER_TRIES: u32 = 64;

/// What a command led to.
#[derive(Clone, Debug)]
pub struct Executed<A: Aggregate> {
    /// The aggregate as the command left it.
    pub state: A,
    /// The sequence of the command's last event, or of the stream's if the command changed nothing.
    pub version: u64,
    /// The events that this call recorded; none if the command changed nothing or was a retry.
    pub events: Vec<A::Event>,
    /// Whether an earlier call with the same command id had recorded the outcome.
    pub replayed: bool,
}

/// One try's end.
enum Try<A: Aggregate> {
    Done(Executed<A>),
    Lost(Failure),
}

impl EventLog {
    /// Carries out a command on the aggregate `id`.
    ///
    /// If the command id is recorded already, answers what it led to without deciding again.
    ///
    /// # Errors
    /// See [`ExecuteError`]. Retried by itself, with the stream loaded afresh, if another writer
    /// was first.
    pub async fn execute<A>(
        &self,
        id: Uuid,
        command: A::Command,
        meta: &Metadata,
    ) -> Result<Executed<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        let make = |_: &A, _: u64, _: u64| Ok(command.clone());
        self.run(id, None, meta, &make).await
    }

    /// Carries out the command that `make` builds from the loaded state and its version, or refuses
    /// to build.
    /// `make` is called again on every try, because the state may have changed.
    ///
    /// # Errors
    /// As [`EventLog::execute`]; a refusal of `make` is [`ExecuteError::Refused`] too.
    pub async fn execute_with<A, F>(
        &self,
        id: Uuid,
        meta: &Metadata,
        make: F,
    ) -> Result<Executed<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        F: Fn(&A, u64) -> Result<A::Command, A::Error> + Send + Sync,
    {
        let make = |state: &A, version: u64, _: u64| make(state, version);
        self.run(id, None, meta, &make).await
    }

    /// Carries out a command that takes the next document number of `series`: `make(state, version,
    /// number)` builds it. The number is recorded with the command's first event, in the same
    /// transaction; a command that is refused or changes nothing takes none.
    ///
    /// # Errors
    /// As [`EventLog::execute_with`].
    pub async fn execute_numbered<A, F>(
        &self,
        id: Uuid,
        series: &str,
        meta: &Metadata,
        make: F,
    ) -> Result<Executed<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        F: Fn(&A, u64, u64) -> Result<A::Command, A::Error> + Send + Sync,
    {
        let _turn = self.inner.series.lock(series).await;
        self.run(id, Some(series), meta, &make).await
    }

    async fn run<A, F>(
        &self,
        id: Uuid,
        series: Option<&str>,
        meta: &Metadata,
        make: &F,
    ) -> Result<Executed<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        F: Fn(&A, u64, u64) -> Result<A::Command, A::Error>,
    {
        let tries = if series.is_some() {
            NUMBER_TRIES
        } else {
            TRIES
        };
        let mut lost = 0;
        loop {
            let failure = match self.attempt(id, series, meta, make).await? {
                Try::Done(executed) => return Ok(executed),
                Try::Lost(failure) => failure,
            };
            lost += 1;
            match failure {
                Failure::Final(error) => return Err(ExecuteError::Log(error)),
                Failure::Contended if lost >= tries => return Err(ExecuteError::Conflict),
                Failure::ConnectionLost(error) if lost >= TRIES => {
                    return Err(ExecuteError::Log(error));
                }
                Failure::Contended | Failure::ConnectionLost(_) => {}
            }
            tracing::debug!(aggregate = A::TYPE, %id, lost, "an append lost its race; deciding again");
            backoff::pause(lost).await;
        }
    }

    /// One load, one decision, one append.
    async fn attempt<A, F>(
        &self,
        id: Uuid,
        series: Option<&str>,
        meta: &Metadata,
        make: &F,
    ) -> Result<Try<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
        F: Fn(&A, u64, u64) -> Result<A::Command, A::Error>,
    {
        let history = match self.history::<A>(id).await {
            Ok(history) => history,
            Err(failure) => return Ok(Try::Lost(failure)),
        };
        if let Some(outcome) = history.outcome_of(id, meta) {
            same_request::<A>(&outcome, id, meta)?;
            return Ok(Try::Done(replayed(
                history.replay(self.inner.upcast, outcome.version)?,
            )));
        }
        let Loaded { mut state, version } = history.replay::<A>(self.inner.upcast, u64::MAX)?;
        if let Some(expected) = meta
            .expected_version
            .filter(|expected| *expected != version)
        {
            return Err(ExecuteError::Stale {
                expected,
                actual: version,
            });
        }
        let number = match series {
            Some(series) => Some((series, self.last_number(series).await? + 1)),
            None => None,
        };
        let command = make(&state, version, number.map_or(0, |(_, number)| number))
            .map_err(ExecuteError::Refused)?;
        let sink = EventSink::default();
        state
            .handle(command, &(), &sink)
            .await
            .map_err(ExecuteError::Refused)?;
        let events = sink.collect().await;
        if events.is_empty() {
            return Ok(Try::Done(Executed {
                state,
                version,
                events,
                replayed: false,
            }));
        }
        let stored = encode::<A>(id, version, &events, meta, number)?;
        if let Err(error) = self.inner.store.append::<A>(&stored).await {
            return self.after_failure(id, meta, error.into()).await;
        }
        self.inner.told_of_append();
        let version = version + events.len() as u64;
        Ok(Try::Done(Executed {
            state,
            version,
            events,
            replayed: false,
        }))
    }

    /// A lost race may mean that the command itself is recorded, by a retry beside this one or in
    /// another stream.
    async fn after_failure<A>(
        &self,
        id: Uuid,
        meta: &Metadata,
        failure: Failure,
    ) -> Result<Try<A>, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = ()>,
    {
        if !matches!(failure, Failure::Contended) {
            return Ok(Try::Lost(failure));
        }
        if let Some(outcome) = self.outcome_of(meta.command_id).await? {
            same_request::<A>(&outcome, id, meta)?;
            let history = self
                .history::<A>(id)
                .await
                .map_err(Failure::into_log_error)?;
            return Ok(Try::Done(replayed(
                history.replay(self.inner.upcast, outcome.version)?,
            )));
        }
        Ok(Try::Lost(failure))
    }
}

fn same_request<A: Aggregate>(
    outcome: &Outcome,
    id: Uuid,
    meta: &Metadata,
) -> Result<(), ExecuteError<A::Error>> {
    if outcome.answers(A::TYPE, id, meta) {
        Ok(())
    } else {
        Err(ExecuteError::KeyReused)
    }
}

fn replayed<A: Aggregate>(loaded: Loaded<A>) -> Executed<A> {
    Executed {
        state: loaded.state,
        version: loaded.version,
        events: Vec::new(),
        replayed: true,
    }
}

/// The events as the repositories store them, after `version`; the first carries the document
/// number.
fn encode<A: Aggregate>(
    id: Uuid,
    version: u64,
    events: &[A::Event],
    meta: &Metadata,
    number: Option<(&str, u64)>,
) -> Result<Vec<SerializedEvent>, LogError> {
    let encoded = events.iter().enumerate().map(|(index, event)| {
        let number = number.filter(|_| index == 0);
        Ok(SerializedEvent::new(
            id.to_string(),
            version as usize + index + 1,
            A::TYPE.to_owned(),
            event.event_type(),
            event.event_version(),
            serde_json::to_value(event).map_err(LogError::Encode)?,
            meta.encode(Uuid::now_v7(), index, number),
        ))
    });
    encoded.collect()
}
