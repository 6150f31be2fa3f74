//! Mutations until their answer holds the new row, beside the same statements issued directly.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cqrs_es::DomainEvent;
use domain::customer::{
    Customer, CustomerAddresses, CustomerCommand, CustomerDetails, RegisterCustomer,
};
use domain::ids::CustomerId;
use domain::invoice::InvoiceEvent;
use domain::money::{Currency, Money};
use domain::payment::{OfflineMethod, PaymentEvent};
use eventlog::{Actor, EventLog, Metadata};
use projections::ReadModels;
use rusqlite::Connection;
use serde::Serialize;
use sqlx::{Executor as _, PgPool};
use time::macros::date;
use uuid::Uuid;

use crate::people::{self, Person};
use crate::reads::STAFF;
use crate::wire::{self, Measured, Requests};
use crate::{Outcome, TIME, big_log};

/// What is done.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// A draft of three lines: one event in a stream of its own.
    DraftInvoice,
    /// A payment to the customer's credit: one event that takes the next number.
    RecordPayment,
}

const DRAFT: &str = "mutation Draft($input: DraftInvoiceInput!) { draftInvoice(input: $input) { \
    userErrors { code message } invoice { id version status total { amount currency } customer { name } } } }";
const RECORD: &str = "mutation Record($input: RecordPaymentInput!) { recordPayment(input: $input) { \
    userErrors { code message } payment { id version number state amount { amount currency } } } }";

/// A database with customers and people of the merchant's who are signed in.
pub struct Scene {
    customers: Vec<Uuid>,
    staff: Vec<Person>,
}

impl Scene {
    pub async fn set(log: &EventLog) -> Outcome<Self> {
        let mut customers = vec![];
        for _ in 0..200 {
            let id = Uuid::now_v7();
            register(log, id).await?;
            customers.push(id);
        }
        let staff = people::sign_in(log, std::iter::repeat_n(STAFF, 8)).await?;
        Ok(Self { customers, staff })
    }
}

async fn register(log: &EventLog, id: Uuid) -> Outcome<u64> {
    let command = CustomerCommand::Register(RegisterCustomer {
        details: CustomerDetails {
            name: "Bakery on the Corner Ltd".to_owned(),
            email: Some("office@bakery.example".to_owned()),
            phone: None,
            tax_id: None,
            language: "en".to_owned(),
        },
        addresses: CustomerAddresses {
            billing: None,
            shipping: None,
        },
        currency: Currency::EUR,
        payment_terms_days: 30,
        on: date!(2026 - 01 - 01),
    });
    let executed = log.execute::<Customer>(id, command, &metadata()).await?;
    Ok(executed.version)
}

fn metadata() -> Metadata {
    let actor = Actor {
        id: Uuid::now_v7().to_string(),
        name: "Ana Ruiz".to_owned(),
        role: "staff".to_owned(),
        on_behalf_of: None,
    };
    let hash = "0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b";
    Metadata::new(Uuid::now_v7(), actor).with_request_hash(hash)
}

/// Over HTTP and GraphQL.
pub fn through_the_node(
    address: std::net::SocketAddr,
    scene: &Scene,
    deed: Deed,
    connections: usize,
) -> Outcome<Measured> {
    let next = Cell::new(0);
    let write = |number: u64, into: &mut Vec<u8>| {
        let person = &scene.staff[number as usize % scene.staff.len()];
        let customer = scene.customers[number as usize % scene.customers.len()];
        let key = format!("idempotency-key: {}\r\n", Uuid::now_v7());
        wire::post(into, &person.token, &key, &body(deed, customer));
    };
    let requests = Requests {
        write: &write,
        answer: match deed {
            Deed::DraftInvoice => r#"{"data":{"draftInvoice":{"userErrors":[],"invoice":{"id""#,
            Deed::RecordPayment => r#"{"data":{"recordPayment":{"userErrors":[],"payment":{"id""#,
        },
    };
    wire::drive(address, connections, TIME / 6, &requests, &next)?;
    wire::drive(address, connections, TIME, &requests, &next)
}

fn body(deed: Deed, customer: Uuid) -> String {
    match deed {
        Deed::DraftInvoice => {
            let line = |description: &str, price: &str| {
                format!(
                    r#"{{"description":"{description}","quantity":"2.5","unitPrice":"{price}","tax":{{"category":"STANDARD","percent":"20"}}}}"#
                )
            };
            format!(
                r#"{{"operationName":"Draft","query":"{DRAFT}","variables":{{"input":{{"customerId":"{customer}","document":{{"currency":"EUR","notes":"Thank you for your business.","lines":[{},{},{}]}}}}}}}}"#,
                line("Design of the spring campaign", "95.00"),
                line("Photography, one day on location", "1200.00"),
                line("Hosting, per month", "19.50"),
            )
        }
        Deed::RecordPayment => format!(
            r#"{{"operationName":"Record","query":"{RECORD}","variables":{{"input":{{"customerId":"{customer}","amount":"12.50","currency":"EUR","method":"BANK_TRANSFER","reference":"RF18 5390 0754 7034"}}}}}}"#
        ),
    }
}

/// The event that a deed records, as stored.
#[derive(Clone)]
struct Stored {
    aggregate: &'static str,
    event_type: String,
    version: String,
    payload: String,
    series: Option<&'static str>,
}

impl Stored {
    fn of(deed: Deed) -> Outcome<Self> {
        let customer_id = CustomerId(Uuid::now_v7());
        let on = date!(2026 - 01 - 01);
        match deed {
            Deed::DraftInvoice => {
                let event = InvoiceEvent::Drafted {
                    customer_id,
                    document: big_log::document(7)?,
                    source: None,
                    on,
                };
                Self::from("invoice", &event, None)
            }
            Deed::RecordPayment => {
                let event = PaymentEvent::Recorded {
                    number: "PAY-00001".to_owned(),
                    customer_id,
                    amount: Money::from_minor(1_250, Currency::EUR),
                    allocations: vec![],
                    method: OfflineMethod::BankTransfer,
                    reference: Some("RF18 5390 0754 7034".to_owned()),
                    received_on: on,
                    on,
                };
                Self::from("payment", &event, Some("payments"))
            }
        }
    }

    fn from<E: DomainEvent + Serialize>(
        aggregate: &'static str,
        event: &E,
        series: Option<&'static str>,
    ) -> Outcome<Self> {
        Ok(Self {
            aggregate,
            event_type: event.event_type(),
            version: event.event_version(),
            payload: serde_json::to_string(event)?,
            series,
        })
    }

    fn metadata(&self, number: i64) -> String {
        let (event, command) = (Uuid::now_v7(), Uuid::now_v7());
        let number = match self.series {
            Some(series) => format!(r#","series":"{series}","number":"{number}""#),
            None => String::new(),
        };
        format!(
            r#"{{"event_id":"{event}","command_id":"{command}","command_index":"0","correlation_id":"{command}","actor_id":"{event}","actor_name":"Ana Ruiz","actor_role":"staff","request_hash":"0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b"{number}}}"#
        )
    }
}

const LOAD: &str = "SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata \
    FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 ORDER BY sequence";
const LAST_NUMBER: &str = "SELECT coalesce(max(number), 0) FROM document_numbers WHERE series = $1";

/// The same statements on SQLite: a thread for each writer, one writing connection that they take turns with.
pub fn directly_on_sqlite(file: &Path, deed: Deed, writers: usize) -> Outcome<Measured> {
    let writer = Connection::open(file)?;
    writer.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    )?;
    let writer = Mutex::new(writer);
    let stored = Stored::of(deed)?;
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|_| scope.spawn(|| append_to_sqlite(file, &writer, &stored)))
            .collect();
        let mut times = vec![];
        for thread in threads {
            times.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Outcome::Ok(times)
    })?;
    Ok(Measured::of(times, started.elapsed()))
}

fn append_to_sqlite(
    file: &Path,
    writer: &Mutex<Connection>,
    stored: &Stored,
) -> Outcome<Vec<Duration>> {
    let reader = Connection::open(file)?;
    reader.pragma_update(None, "query_only", true)?;
    let mut times = vec![];
    let until = Instant::now() + TIME;
    while Instant::now() < until {
        let started = Instant::now();
        let id = Uuid::now_v7().to_string();
        let mut load = reader.prepare_cached(LOAD)?;
        let mut rows = load.query((stored.aggregate, &id))?;
        while rows.next()?.is_some() {}
        let writer = writer.lock().map_err(|_| "another thread panicked")?;
        let last: i64 = match stored.series {
            Some(series) => writer
                .prepare_cached(LAST_NUMBER)?
                .query_row([series], |row| row.get(0))?,
            None => 0,
        };
        writer
            .prepare_cached(
                "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 VALUES (?, ?, 1, ?, ?, ?, ?)",
            )?
            .execute((
                stored.aggregate,
                &id,
                &stored.event_type,
                &stored.version,
                &stored.payload,
                stored.metadata(last + 1),
            ))?;
        drop(writer);
        times.push(started.elapsed());
    }
    Ok(times)
}

/// The same statements on PostgreSQL: as many connections as the node has.
pub async fn directly_on_postgres(pool: &PgPool, deed: Deed, writers: usize) -> Outcome<Measured> {
    let stored = Arc::new(Stored::of(deed)?);
    let turns = Arc::new(tokio::sync::Mutex::new(()));
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (pool, stored, turns) = (pool.clone(), Arc::clone(&stored), Arc::clone(&turns));
            tokio::spawn(async move {
                let mut times = vec![];
                while started.elapsed() < TIME {
                    let began = Instant::now();
                    append_to_postgres(&pool, &stored, &turns).await?;
                    times.push(began.elapsed());
                }
                Outcome::Ok(times)
            })
        })
        .collect();
    let mut times = vec![];
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Measured::of(times, started.elapsed()))
}

async fn append_to_postgres(
    pool: &PgPool,
    stored: &Stored,
    turns: &tokio::sync::Mutex<()>,
) -> Outcome<()> {
    let id = Uuid::now_v7().to_string();
    pool.fetch_all(sqlx::query(LOAD).bind(stored.aggregate).bind(&id))
        .await?;
    let (mut _turn, mut last) = (None, 0_i64);
    if let Some(series) = stored.series {
        _turn = Some(turns.lock().await);
        last = sqlx::query_scalar(LAST_NUMBER)
            .bind(series)
            .fetch_one(pool)
            .await?;
    }
    sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         VALUES ($1, $2, 1, $3, $4, $5::jsonb, $6::jsonb)",
    )
    .bind(stored.aggregate)
    .bind(&id)
    .bind(&stored.event_type)
    .bind(&stored.version)
    .bind(&stored.payload)
    .bind(stored.metadata(last + 1))
    .execute(pool)
    .await?;
    Ok(())
}

/// From the end of an append until the read models show it, with nothing else going on.
pub async fn lag(log: &EventLog, folder: &Path) -> Outcome<Measured> {
    let (opened, opening) = (log.clone(), folder.to_owned());
    let handle = tokio::runtime::Handle::current();
    let reads = tokio::task::spawn_blocking(move || {
        ReadModels::open(&opened, &handle, &opening, &|_, _| {})
    })
    .await??;
    let started = Instant::now();
    let mut times = vec![];
    while started.elapsed() < TIME {
        let id = Uuid::now_v7();
        let expectation = reads.expect(id);
        let version = i64::try_from(register(log, id).await?)?;
        let appended = Instant::now();
        if !expectation.reached(version, Duration::from_secs(5)).await {
            return Err("the read models are more than five seconds behind".into());
        }
        times.push(appended.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(Measured::of(times, started.elapsed()))
}
