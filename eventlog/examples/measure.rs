//! Measures the log: commands per second, and events per second when everything is read again.
//!
//! `cargo run --release -p eventlog --example measure -- URL [EVENTS]`, on an empty database; SQLite in a temporary
//! directory without a url. Fills the log with EVENTS (200,000) in streams of ten, then reads them
//! from the start.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // It is a report of rates.

use std::error::Error;
use std::time::Instant;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use eventlog::{Actor, Database, EventLog, Metadata};
use serde::{Deserialize, Serialize};
use sqlx::Executor as _;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Default, Serialize, Deserialize)]
struct Note(u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Written {
        text: String,
        amount: String,
        on: String,
    },
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        "NoteWritten".to_owned()
    }
    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Note {
    const TYPE: &'static str = "note";
    type Command = ();
    type Event = Event;
    type Error = std::fmt::Error;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
        let event = Event::Written {
            text: "Monthly retainer, April, as agreed on the phone".to_owned(),
            amount: "1250.00".to_owned(),
            on: "2026-04-01".to_owned(),
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Event) {
        self.0 += 1;
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let directory = tempfile::tempdir()?;
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| format!("sqlite:{}", directory.path().join("log.db").display()));
    let events: u64 = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let log = EventLog::open(&url).await?;
    for writers in [1, 4, 16] {
        let rate = commands(&log, writers, 3_000 / writers).await?;
        println!(
            "{writers:>2} writers: {rate:>8.0} commands/s (load and append one event, streams of ten)"
        );
    }
    fill(&log, events).await?;
    let head = log.head().await?;
    for batch in [1_000, 5_000, 20_000] {
        let started = Instant::now();
        let mut after = 0;
        while after < head {
            after = log
                .tail(after, batch)
                .await?
                .last()
                .map_or(head, |event| event.position);
        }
        let rate = head as f64 / started.elapsed().as_secs_f64();
        println!("tail of {head} events in batches of {batch}: {rate:>8.0} events/s");
    }
    log.close().await;
    Ok(())
}

async fn commands(log: &EventLog, writers: u64, each: u64) -> Outcome<f64> {
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut id = Uuid::now_v7();
                for n in 0..each {
                    if n % 10 == 0 {
                        id = Uuid::now_v7();
                    }
                    log.execute::<Note>(id, (), &Metadata::new(Uuid::now_v7(), actor()))
                        .await?;
                }
                Ok::<(), Box<dyn Error + Send + Sync>>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok((writers * each) as f64 / started.elapsed().as_secs_f64())
}

fn actor() -> Actor {
    Actor {
        id: Uuid::nil().to_string(),
        name: "Ana Ruiz".to_owned(),
        role: "staff".to_owned(),
        on_behalf_of: None,
    }
}

/// Fills the log past the commands, many events to a transaction, streams interleaved as they are
/// in real life.
async fn fill(log: &EventLog, events: u64) -> Outcome<()> {
    const STREAMS: u64 = 500;
    let mut written = 0;
    while written < events {
        let ids: Vec<Uuid> = (0..STREAMS).map(|_| Uuid::now_v7()).collect();
        let mut sql = String::new();
        for sequence in 1..=10 {
            for id in &ids {
                sql.push_str(&insert(*id, sequence));
            }
        }
        match log.database() {
            Database::Sqlite(database) => {
                database.write(move |db| db.execute_batch(&sql)).await?;
            }
            Database::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                transaction.execute(sql.as_str()).await?;
                transaction.commit().await?;
            }
        }
        written += STREAMS * 10;
    }
    Ok(())
}

fn insert(id: Uuid, sequence: u64) -> String {
    let (event, command, correlation) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         VALUES ('note', '{id}', {sequence}, 'NoteWritten', '1',
         '{{\"Written\":{{\"amount\":\"1250.00\",\"on\":\"2026-04-01\",\"text\":\"Monthly retainer, April, as agreed on the phone\"}}}}',
         '{{\"actor_id\":\"{command}\",\"actor_name\":\"Ana Ruiz\",\"actor_role\":\"staff\",\"command_id\":\"{command}\",\"command_index\":\"0\",\"correlation_id\":\"{correlation}\",\"event_id\":\"{event}\",\"request_hash\":\"0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b\"}}');"
    )
}
