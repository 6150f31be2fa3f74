//! Idempotency keys as Stripe's users know them: the same key and request get the same answer, byte for byte.
//!
//! Answers are written to the database in the background, within 50 ms. What a crash loses of them the event log makes
//! up for: it remembers command ids, so the retry finds what was done and answers with it again. Only a command that
//! changed nothing left no trace there, and is decided anew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue};
use eventlog::{EventLog, LogError};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::tables::Tables;

/// How long the store may take to say whether a key has an answer.
const READ_WITHIN: Duration = Duration::from_secs(3);

/// The most characters a key may have.
pub const MAX_KEY: usize = 255;
/// How long an answer is kept.
const KEPT_FOR: time::Duration = time::Duration::days(30);
/// How many answers may wait to be written; beyond, new ones are left to the event log's memory.
const MAX_PENDING: usize = 20_000;
/// How many answers go into one statement.
const ROWS_PER_WRITE: usize = 200;
/// How long answers gather before they are written.
const GATHER: Duration = Duration::from_millis(50);
/// How long a stop waits for mutations that still run.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// The idempotency key of a request, within its account; in the GraphQL context of every mutation that takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    scope: Scope,
    request_hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scope {
    account_id: Uuid,
    key: String,
}

/// What a mutation answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// Headers of the GraphQL answer; not kept.
    pub headers: HeaderMap,
    /// Whether it took effect whole; an answer that holds a refusal is not kept.
    pub keep: bool,
}

/// What a request under a key gets.
#[derive(Debug)]
pub enum Outcome {
    /// This request ran.
    Fresh(Answer),
    /// An earlier one, or one at the same moment, ran; this is its answer.
    Replayed(Bytes),
    /// The key belongs to another request.
    Reused,
    /// The store is away: whether there is an earlier answer cannot be told now. Nothing ran.
    Away,
    /// The earlier answers could not be read, or the run broke off.
    Failed,
}

/// The answers given under idempotency keys.
pub struct Idempotency {
    tables: Tables,
    clock: Clock,
    state: Mutex<State>,
    work: Notify,
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    running: HashMap<Scope, Running>,
    pending: HashMap<Scope, Kept>,
}

struct Running {
    request_hash: String,
    result: watch::Receiver<Option<Shared>>,
}

#[derive(Clone)]
struct Kept {
    request_hash: String,
    body: Bytes,
    created_at: OffsetDateTime,
}

/// What the one that ran tells those that waited.
#[derive(Clone)]
enum Shared {
    Ran(Answer),
    Earlier(Kept),
    Away,
    Failed,
}

enum Place {
    First(
        watch::Sender<Option<Shared>>,
        watch::Receiver<Option<Shared>>,
    ),
    Waiting(watch::Receiver<Option<Shared>>),
    Known(Kept),
    Reused,
}

impl RequestKey {
    /// The key of a request, or what is wrong with it.
    pub fn new(account_id: Uuid, key: &str, request_hash: String) -> Result<Self, String> {
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(format!("must have 1 to {MAX_KEY} visible ASCII characters"));
        }
        Ok(Self {
            scope: Scope {
                account_id,
                key: key.to_owned(),
            },
            request_hash,
        })
    }

    /// The id of the command that a resolver at this response path sends: the same whenever the request is repeated.
    pub fn command_id(&self, path: &str) -> Uuid {
        // A key has no line break, so that two different pairs never make one name.
        Uuid::new_v5(
            &self.scope.account_id,
            format!("{}\n{path}", self.scope.key).as_bytes(),
        )
    }

    /// Whether one of the commands that the root fields of this request send first is recorded, by whichever node.
    ///
    /// # Errors
    /// Where the log cannot be asked.
    pub async fn is_recorded(&self, log: &EventLog, roots: &[String]) -> Result<bool, LogError> {
        for root in roots {
            if log.outcome_of(self.command_id(root)).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The SHA-256 of what was asked.
    pub fn request_hash(&self) -> &str {
        &self.request_hash
    }
}

/// The SHA-256 of a request's query, variables and operation name; the order of keys in the variables does not matter.
pub fn request_hash(
    query: &str,
    operation_name: Option<&str>,
    variables: &serde_json::Value,
) -> String {
    let mut hash = Sha256::new();
    for part in [
        query,
        operation_name.unwrap_or_default(),
        &in_order(variables).to_string(),
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{:x}", hash.finalize())
}

fn in_order(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.clone(), in_order(value)))
                .collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(in_order).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

impl Idempotency {
    /// The answers kept in these tables.
    pub fn new(tables: Tables, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            tables,
            clock,
            state: Mutex::default(),
            work: Notify::new(),
            writing: tokio::sync::Mutex::default(),
        })
    }

    /// Runs a request unless it, or another one under its key, has run. The run goes on when the caller does not wait
    /// for it any longer, so that a lost connection never cuts a mutation short.
    pub async fn run<F>(self: &Arc<Self>, key: RequestKey, work: F) -> Outcome
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let (mut result, first) = match self.take_place(&key) {
            Place::Reused => return Outcome::Reused,
            Place::Known(kept) => return Outcome::Replayed(kept.body),
            Place::Waiting(result) => (result, false),
            Place::First(sender, result) => {
                let ticket = Ticket {
                    all: Arc::clone(self),
                    key: key.clone(),
                    sender,
                    ended: None,
                };
                tokio::spawn(ticket.run(work));
                (result, true)
            }
        };
        let shared = match result.wait_for(Option::is_some).await {
            Ok(shared) => shared.clone(),
            Err(_) => None,
        };
        match shared {
            Some(Shared::Ran(answer)) if first => Outcome::Fresh(answer),
            Some(Shared::Ran(answer)) => Outcome::Replayed(answer.body),
            Some(Shared::Earlier(kept)) if kept.request_hash == key.request_hash => {
                Outcome::Replayed(kept.body)
            }
            Some(Shared::Earlier(_)) => Outcome::Reused,
            Some(Shared::Away) => Outcome::Away,
            Some(Shared::Failed) | None => Outcome::Failed,
        }
    }

    /// Writes answers as they come, until dropped; prunes old ones.
    pub async fn keep_writing(self: Arc<Self>) {
        loop {
            self.work.notified().await;
            tokio::time::sleep(GATHER).await;
            if let Err(error) = self.write_pending().await {
                tracing::warn!(%error, "answers could not be kept; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.work.notify_one();
            }
        }
    }

    /// Removes answers that are older than the time they are kept for.
    pub async fn prune(&self) -> Result<u64, LogError> {
        let before = self.clock.now() - KEPT_FOR;
        self.tables
            .execute(
                "DELETE FROM idempotency WHERE created_at < $1",
                &[before.into()],
            )
            .await
    }

    /// Waits for the mutations that still run, for a while, and writes what is not written.
    pub async fn finish(&self) {
        let deadline = tokio::time::Instant::now() + FINISH_WITHIN;
        while !self.state().running.is_empty() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Err(error) = self.write_pending().await {
            tracing::warn!(%error, "the last answers could not be kept");
        }
    }

    fn take_place(&self, key: &RequestKey) -> Place {
        let mut state = self.state();
        if let Some(kept) = state.pending.get(&key.scope) {
            return if kept.request_hash == key.request_hash {
                Place::Known(kept.clone())
            } else {
                Place::Reused
            };
        }
        match state.running.entry(key.scope.clone()) {
            Entry::Occupied(entry) if entry.get().request_hash == key.request_hash => {
                Place::Waiting(entry.get().result.clone())
            }
            Entry::Occupied(_) => Place::Reused,
            Entry::Vacant(entry) => {
                let (sender, result) = watch::channel(None);
                entry.insert(Running {
                    request_hash: key.request_hash.clone(),
                    result: result.clone(),
                });
                Place::First(sender, result)
            }
        }
    }

    async fn read(&self, scope: &Scope) -> Result<Option<Kept>, LogError> {
        let sql = "SELECT request_hash, response, created_at FROM idempotency WHERE account_id = $1 AND key = $2";
        let row = self
            .tables
            .fetch_one(sql, &[scope.account_id.into(), scope.key.as_str().into()])
            .await?;
        row.map(|row| {
            Ok(Kept {
                request_hash: row.get("request_hash")?,
                body: row.get::<Vec<u8>>("response")?.into(),
                created_at: row.instant("created_at")?,
            })
        })
        .transpose()
    }

    fn keep(&self, key: &RequestKey, body: Bytes) {
        let kept = Kept {
            request_hash: key.request_hash.clone(),
            body,
            created_at: self.clock.now(),
        };
        let mut state = self.state();
        if state.pending.len() < MAX_PENDING {
            state.pending.insert(key.scope.clone(), kept);
            drop(state);
            self.work.notify_one();
        }
    }

    async fn write_pending(&self) -> Result<(), LogError> {
        let _turn = self.writing.lock().await;
        loop {
            let rows: Vec<(Scope, Kept)> = {
                let state = self.state();
                let some = state.pending.iter().take(ROWS_PER_WRITE);
                some.map(|(scope, kept)| (scope.clone(), kept.clone()))
                    .collect()
            };
            if rows.is_empty() {
                return Ok(());
            }
            self.write(&rows).await?;
            let mut state = self.state();
            for (scope, _) in &rows {
                state.pending.remove(scope);
            }
        }
    }

    async fn write(&self, rows: &[(Scope, Kept)]) -> Result<(), LogError> {
        let mut sql =
            "INSERT INTO idempotency (account_id, key, request_hash, response, created_at) VALUES "
                .to_owned();
        let mut args = Vec::with_capacity(rows.len() * 5);
        for (row, (scope, kept)) in rows.iter().enumerate() {
            let n = row * 5;
            let comma = if row == 0 { "" } else { ", " };
            sql += &format!(
                "{comma}(${}, ${}, ${}, ${}, ${})",
                n + 1,
                n + 2,
                n + 3,
                n + 4,
                n + 5
            );
            args.extend([
                scope.account_id.into(),
                scope.key.as_str().into(),
                kept.request_hash.as_str().into(),
                kept.body.to_vec().into(),
                kept.created_at.into(),
            ]);
        }
        sql += " ON CONFLICT (account_id, key) DO NOTHING";
        self.tables.execute(&sql, &args).await?;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run under a key. It is given back, even after a panic, before anybody is told how the run ended: who was
/// refused may try again at once.
struct Ticket {
    all: Arc<Idempotency>,
    key: RequestKey,
    sender: watch::Sender<Option<Shared>>,
    ended: Option<Shared>,
}

impl Ticket {
    async fn run(mut self, work: impl Future<Output = Answer>) {
        let read = tokio::time::timeout(READ_WITHIN, self.all.read(&self.key.scope)).await;
        let read = read.unwrap_or_else(|_| {
            let reason = "it did not say in time whether there is an earlier answer";
            Err(LogError::Unavailable(reason.to_owned()))
        });
        let ended = match read {
            Ok(Some(kept)) => Shared::Earlier(kept),
            Ok(None) => {
                let answer = work.await;
                if answer.keep {
                    self.all.keep(&self.key, answer.body.clone());
                }
                Shared::Ran(answer)
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "earlier answers cannot be read now");
                Shared::Away
            }
            Err(error) => {
                tracing::error!(%error, "earlier answers could not be read");
                Shared::Failed
            }
        };
        self.ended = Some(ended);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.all.state().running.remove(&self.key.scope);
        self.sender.send_replace(self.ended.take());
    }
}

/// The header that says an answer was given before.
pub fn replayed_header() -> (&'static str, HeaderValue) {
    ("idempotency-replayed", HeaderValue::from_static("true"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn store(dir: &tempfile::TempDir) -> Arc<Idempotency> {
        let url = format!("sqlite:{}/log.db", dir.path().display());
        let log = eventlog::EventLog::open(&url).await.unwrap();
        Idempotency::new(Tables::new(log), Clock::system())
    }

    fn key(key: &str, request: &str) -> RequestKey {
        RequestKey::new(Uuid::from_u128(1), key, request.to_owned()).unwrap()
    }

    fn answer(body: &'static str, keep: bool) -> Answer {
        Answer {
            body: Bytes::from_static(body.as_bytes()),
            headers: HeaderMap::new(),
            keep,
        }
    }

    fn body(outcome: Outcome) -> (Bytes, bool) {
        match outcome {
            Outcome::Fresh(answer) => (answer.body, false),
            Outcome::Replayed(body) => (body, true),
            Outcome::Reused | Outcome::Away | Outcome::Failed => panic!("{outcome:?}"),
        }
    }

    #[tokio::test]
    async fn the_same_request_gets_the_same_bytes_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let first = store(&dir).await;
        assert_eq!(
            body(
                first
                    .run(key("k", "r"), async { answer("one", true) })
                    .await
            ),
            ("one".into(), false)
        );
        assert_eq!(
            body(
                first
                    .run(key("k", "r"), async { answer("two", true) })
                    .await
            ),
            ("one".into(), true)
        );
        first.finish().await;
        assert_eq!(
            body(
                first
                    .run(key("k", "r"), async { answer("two", true) })
                    .await
            ),
            ("one".into(), true)
        );
        let restarted = store(&dir).await;
        assert_eq!(
            body(
                restarted
                    .run(key("k", "r"), async { answer("two", true) })
                    .await
            ),
            ("one".into(), true)
        );
        assert!(matches!(
            restarted
                .run(key("k", "other"), async { answer("two", true) })
                .await,
            Outcome::Reused
        ));
    }

    #[tokio::test]
    async fn another_request_under_the_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        store
            .run(key("k", "r"), async { answer("one", true) })
            .await;
        assert!(matches!(
            store
                .run(key("k", "other"), async { answer("two", true) })
                .await,
            Outcome::Reused
        ));
        let stranger = RequestKey::new(Uuid::from_u128(2), "k", "other".to_owned()).unwrap();
        assert_eq!(
            body(store.run(stranger, async { answer("mine", true) }).await),
            ("mine".into(), false)
        );
    }

    #[tokio::test]
    async fn a_refused_request_may_be_corrected_under_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        store
            .run(key("k", "wrong"), async { answer("refused", false) })
            .await;
        assert_eq!(
            body(
                store
                    .run(key("k", "right"), async { answer("done", true) })
                    .await
            ),
            ("done".into(), false)
        );
    }

    #[tokio::test]
    async fn of_two_at_once_one_runs_and_both_get_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let runs = Arc::new(AtomicUsize::new(0));
        let slow = || {
            let runs = Arc::clone(&runs);
            async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                runs.fetch_add(1, Ordering::SeqCst);
                answer("one", true)
            }
        };
        let (a, b) = tokio::join!(
            store.run(key("k", "r"), slow()),
            store.run(key("k", "r"), slow())
        );
        assert_eq!(body(a).0, body(b).0);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_run_goes_on_when_nobody_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let slow = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer("one", true)
        };
        let given_up =
            tokio::time::timeout(Duration::from_millis(20), store.run(key("k", "r"), slow)).await;
        assert!(given_up.is_err());
        assert_eq!(
            body(
                store
                    .run(key("k", "r"), async { answer("two", true) })
                    .await
            ),
            ("one".into(), true)
        );
    }

    #[tokio::test]
    async fn a_run_that_panics_gives_its_key_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        let broken = store
            .run(key("k", "r"), async { panic!("on purpose") })
            .await;
        assert!(matches!(broken, Outcome::Failed));
        assert_eq!(
            body(
                store
                    .run(key("k", "r"), async { answer("one", true) })
                    .await
            ),
            ("one".into(), false)
        );
    }

    #[test]
    fn keys_are_short_and_visible() {
        for wrong in ["", "a b", "ü", "a\n", &"k".repeat(256)] {
            assert!(
                RequestKey::new(Uuid::nil(), wrong, String::new()).is_err(),
                "{wrong:?}"
            );
        }
        assert!(RequestKey::new(Uuid::nil(), &"k".repeat(255), String::new()).is_ok());
    }

    #[test]
    fn a_command_id_is_of_account_key_and_path() {
        let id = key("k", "r").command_id("pay");
        assert_eq!(id, key("k", "other").command_id("pay"));
        assert_ne!(id, key("k", "r").command_id("pay2"));
        assert_ne!(id, key("k2", "r").command_id("pay"));
    }

    #[test]
    fn the_request_hash_is_of_what_is_asked() {
        let one = serde_json::json!({"a": {"x": 1, "y": 2}});
        let same: serde_json::Value = serde_json::from_str(r#"{"a": {"y": 2, "x": 1}}"#).unwrap();
        assert_eq!(
            request_hash("q", None, &one),
            request_hash("q", None, &same)
        );
        assert_ne!(
            request_hash("q", None, &one),
            request_hash("q2", None, &one)
        );
        assert_ne!(
            request_hash("q", None, &one),
            request_hash("q", Some("n"), &one)
        );
        assert_ne!(
            request_hash("q", None, &one),
            request_hash("q", None, &serde_json::json!({"a": {"x": 1}}))
        );
    }
}
