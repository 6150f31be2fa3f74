//! Measures how fast the read models are built from the log, where the time goes, and what queries cost.
//!
//! `cargo run --release -p projections --example rebuild_speed -- [FOLDER] [CUSTOMERS]`: fills an SQLite log in FOLDER
//! (a temporary one without; a log that is there already is used as it is) with CUSTOMERS (20,000) customers, five
//! invoices of three lines each, and three payments for every five invoices.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // It is a report of rates.

use std::cell::Cell;
use std::collections::VecDeque;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use cqrs_es::DomainEvent;
use domain::customer::{CustomerAddresses, CustomerDetails, CustomerEvent};
use domain::document::{Document, DocumentDraft, LineDraft, Prices};
use domain::ids::{CustomerId, InvoiceId, PaymentId};
use domain::invoice::InvoiceEvent;
use domain::money::{Currency, Money};
use domain::party::{Address, Party};
use domain::payment::{Allocation, OfflineMethod, PaymentEvent};
use domain::tax::{Tax, TaxCategory};
use eventlog::EventLog;
use projections::{
    InvoiceFilter, InvoiceSort, Page, PaymentFilter, Reach, ReadModels, Role, Viewer,
};
use rusqlite::Connection;
use rust_decimal::Decimal;
use serde::Serialize;
use time::macros::date;
use time::{Date, Duration as Days};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const INVOICES_EACH: usize = 5;
/// Invoices between an invoice and its payment.
const PAID_AFTER: usize = 2_000;
const EVENTS_PER_TRANSACTION: usize = 20_000;
const BATCH: usize = 4_000;

fn main() -> Outcome<()> {
    let temporary = tempfile::tempdir()?;
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .map_or_else(|| temporary.path().to_owned(), Into::into);
    let customers: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let runtime = tokio::runtime::Runtime::new()?;
    let file = folder.join("billing.db");
    let log = runtime.block_on(EventLog::open(&format!("sqlite:{}", file.display())))?;
    if runtime.block_on(log.head())? == 0 {
        let started = Instant::now();
        Writer::new(&file)?.fill(customers)?;
        println!("log filled in {:.1?}", started.elapsed());
    }
    let head = runtime.block_on(log.head())?;
    read_and_understand(&log, &runtime, head)?;
    rebuild(&log, &runtime, &folder.join("reads"), head)?;
    queries(&log, &runtime, &folder.join("reads"))?;
    runtime.block_on(log.close());
    Ok(())
}

fn rate(events: i64, time: Duration) -> String {
    format!(
        "{:>9.0} events/s ({time:.2?})",
        events as f64 / time.as_secs_f64()
    )
}

/// The two things that happen before rows are written, each alone.
fn read_and_understand(
    log: &EventLog,
    runtime: &tokio::runtime::Runtime,
    head: i64,
) -> Outcome<()> {
    let (mut reading, mut understanding, mut position) = (Duration::ZERO, Duration::ZERO, 0);
    while position < head {
        let started = Instant::now();
        let events = runtime.block_on(log.tail(position, BATCH))?;
        reading += started.elapsed();
        let started = Instant::now();
        for event in &events {
            let (aggregate, name) = (&event.aggregate_type, &event.event_type);
            domain::event::decode(aggregate, name, &event.event_version, &event.payload)?;
            position = event.position;
        }
        understanding += started.elapsed();
    }
    println!("reading alone        {}", rate(head, reading));
    println!("understanding alone  {}", rate(head, understanding));
    Ok(())
}

fn rebuild(
    log: &EventLog,
    runtime: &tokio::runtime::Runtime,
    folder: &Path,
    head: i64,
) -> Outcome<()> {
    for _ in 0..3 {
        let (started, cpu) = (Instant::now(), [cpu("self")?, cpu("thread-self")?]);
        let rows = Cell::new((Duration::ZERO, 0.0));
        projections::rebuild(log, runtime.handle(), folder, &|at, _| {
            if at == head {
                let writing = self::cpu("thread-self").unwrap_or_default() - cpu[1];
                rows.set((started.elapsed(), writing));
            }
        })?;
        let whole = started.elapsed();
        let (all, writer) = (
            self::cpu("self")? - cpu[0],
            self::cpu("thread-self")? - cpu[1],
        );
        let (rows, writing) = rows.get();
        println!("rebuild              {}", rate(head, whole));
        println!(
            "  rows {rows:.2?}, indexes and disk {:.2?}; processor: writing rows {writing:.2} s, indexes {:.2} s, \
             reading and understanding {:.2} s",
            whole - rows,
            writer - writing,
            all - writer,
        );
    }
    Ok(())
}

/// Processor seconds that this process (`self`) or this thread (`thread-self`) has used: on a busy machine the only
/// figure that compares.
fn cpu(which: &str) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{which}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no stat")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}

/// What a query costs, the connection being open.
fn queries(log: &EventLog, runtime: &tokio::runtime::Runtime, folder: &Path) -> Outcome<()> {
    let reads = ReadModels::open(log, runtime.handle(), folder, &|_, _| {})?;
    let staff = viewer(Reach::Organisation(Role::Staff));
    let page = Page {
        first: 20,
        after: None,
    };
    let sort = (InvoiceSort::Dated, true);
    let all = InvoiceFilter::default();
    let some = reads.read(|db| projections::list_invoices(db, &staff, &all, sort, &page))?;
    let row = some.rows.last().ok_or("no invoice")?.1.clone();
    let contact = viewer(Reach::Customer {
        customer_id: row.customer_id,
        contact_id: Uuid::nil(),
    });
    let today = date!(2026 - 07 - 01);
    let bytes = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum::<u64>();
    println!("read models          {:>9} MB", bytes / 1_000_000);
    cost("find_invoice", || {
        reads.read(|db| projections::find_invoice(db, &contact, row.id).map(|_| ()))
    })?;
    for (name, viewer) in [("contact", &contact), ("staff", &staff)] {
        cost(&format!("list_invoices, {name}"), || {
            reads.read(|db| projections::list_invoices(db, viewer, &all, sort, &page).map(|_| ()))
        })?;
        cost(&format!("list_payments, {name}"), || {
            let filter = PaymentFilter::default();
            reads.read(|db| projections::list_payments(db, viewer, &filter, &page).map(|_| ()))
        })?;
        cost(&format!("list_activity, {name}"), || {
            reads.read(|db| projections::list_activity(db, viewer, None, &page).map(|_| ()))
        })?;
        cost(&format!("sum_overdue, {name}"), || {
            reads.read(|db| projections::sum_overdue(db, viewer, today).map(|_| ()))
        })?;
        cost(&format!("sum_balances, {name}"), || {
            reads.read(|db| projections::sum_balances(db, viewer).map(|_| ()))
        })?;
    }
    cost("list_invoice_documents, 1", || {
        reads.read(|db| projections::list_invoice_documents(db, &contact, &[row.id]).map(|_| ()))
    })
}

fn cost(name: &str, query: impl Fn() -> rusqlite::Result<()>) -> Outcome<()> {
    query()?;
    let started = Instant::now();
    let mut times = 0;
    while started.elapsed() < Duration::from_millis(300) {
        query()?;
        times += 1;
    }
    let micros = started.elapsed().as_secs_f64() * 1e6 / f64::from(times);
    println!("{name:<28} {micros:>9.1} µs");
    Ok(())
}

fn viewer(reach: Reach) -> Viewer {
    Viewer {
        account_id: Uuid::nil(),
        name: "Ana Ruiz".to_owned(),
        email: "ana@example.com".to_owned(),
        reach,
    }
}

/// Writes events past the commands, as they would have been written.
struct Writer {
    db: Connection,
    events: usize,
    numbers: [u64; 2],
}

struct Invoice {
    id: Uuid,
    customer: Uuid,
    due: Money,
}

impl Writer {
    fn new(file: &Path) -> Outcome<Self> {
        let db = Connection::open(file)?;
        db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")?;
        Ok(Self {
            db,
            events: 0,
            numbers: [0, 0],
        })
    }

    fn fill(mut self, customers: usize) -> Outcome<()> {
        let ids: Vec<Uuid> = (0..customers).map(|_| Uuid::now_v7()).collect();
        let mut unpaid = VecDeque::new();
        for number in 0..customers * INVOICES_EACH {
            let on = date!(2024 - 01 - 01) + Days::days((number * 900 / customers / 5) as i64);
            if number % INVOICES_EACH == 0 {
                let id = ids[number / INVOICES_EACH];
                self.append("customer", id, 1, &registered(number, on), None)?;
            }
            // Customers come one after the other, and their invoices all along.
            let known = number / INVOICES_EACH + 1;
            let customer = ids[number.wrapping_mul(2_654_435_761) % known];
            unpaid.push_back(self.invoice(customer, number, on)?);
            if number % 5 < 3
                && unpaid.len() > PAID_AFTER
                && let Some(invoice) = unpaid.pop_front()
            {
                self.payment(&invoice, on)?;
            }
            if number % 5 > 2 && unpaid.len() > PAID_AFTER {
                unpaid.pop_front();
            }
        }
        self.db.execute_batch("COMMIT")?;
        self.db
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(Into::into)
    }

    fn invoice(&mut self, customer: Uuid, number: usize, on: Date) -> Outcome<Invoice> {
        let id = Uuid::now_v7();
        let document = document(number)?;
        let due = document.total();
        let drafted = InvoiceEvent::Drafted {
            customer_id: CustomerId(customer),
            document,
            source: None,
            on,
        };
        self.append("invoice", id, 1, &drafted, None)?;
        let issued = InvoiceEvent::Issued {
            number: format!("INV-{:05}", self.numbers[0] + 1),
            issue_date: on,
            due_date: on + Days::days(30),
            total: due,
            seller: party("Lumen Design Studio"),
            buyer: party(&format!("Customer {number} Ltd")),
        };
        self.append("invoice", id, 2, &issued, Some(0))?;
        Ok(Invoice { id, customer, due })
    }

    fn payment(&mut self, invoice: &Invoice, on: Date) -> Outcome<()> {
        let id = Uuid::now_v7();
        let recorded = PaymentEvent::Recorded {
            number: format!("PAY-{:05}", self.numbers[1] + 1),
            customer_id: CustomerId(invoice.customer),
            amount: invoice.due,
            allocations: vec![Allocation {
                invoice_id: InvoiceId(invoice.id),
                amount: invoice.due,
            }],
            method: OfflineMethod::BankTransfer,
            reference: Some("RF18 5390 0754 7034".to_owned()),
            received_on: on,
            on,
        };
        self.append("payment", id, 1, &recorded, Some(1))?;
        let applied = InvoiceEvent::PaymentApplied {
            payment_id: PaymentId(id),
            amount: invoice.due,
            on,
        };
        self.append("invoice", invoice.id, 3, &applied, None)?;
        self.append("invoice", invoice.id, 4, &InvoiceEvent::Paid { on }, None)
    }

    fn append<E: DomainEvent + Serialize>(
        &mut self,
        aggregate: &str,
        id: Uuid,
        sequence: i64,
        event: &E,
        series: Option<usize>,
    ) -> Outcome<()> {
        let (event_id, command) = (Uuid::now_v7(), Uuid::now_v7());
        let mut metadata = serde_json::json!({
            "event_id": event_id, "command_id": command, "command_index": "0", "correlation_id": command,
            "actor_id": "0192f0c1-0000-7000-8000-0000000000b2", "actor_name": "Ana Ruiz", "actor_role": "staff",
            "request_hash": "0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b",
        });
        if let Some(series) = series {
            self.numbers[series] += 1;
            metadata["series"] = ["invoices", "payments"][series].into();
            metadata["number"] = self.numbers[series].to_string().into();
        }
        self.db
            .prepare_cached(
                "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute((
                aggregate,
                id.to_string(),
                sequence,
                event.event_type(),
                event.event_version(),
                serde_json::to_value(event)?.to_string(),
                metadata.to_string(),
            ))?;
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_PER_TRANSACTION) {
            self.db.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }
}

fn registered(number: usize, on: Date) -> CustomerEvent {
    CustomerEvent::Registered {
        details: CustomerDetails {
            name: format!("Customer {number} Ltd"),
            email: Some(format!("billing@customer{number}.example")),
            phone: None,
            tax_id: Some("ATU12345678".to_owned()),
            language: "en".to_owned(),
        },
        addresses: CustomerAddresses {
            billing: Some(address()),
            shipping: None,
        },
        currency: Currency::EUR,
        payment_terms_days: 30,
        on,
    }
}

fn document(number: usize) -> Outcome<Document> {
    let line = |description: &str, price: i64| LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: Decimal::new(25, 1),
        unit_price: Decimal::new(price, 2),
        discount: None,
        tax: Tax {
            category: TaxCategory::Standard,
            percent: Decimal::from(20),
        },
    };
    let draft = DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines: vec![
            line("Design of the spring campaign", 9_500),
            line("Photography, one day on location", 120_000),
            line("Hosting, per month", 1_900 + (number % 100) as i64),
        ],
        discount: None,
        notes: Some("Thank you for your business.".to_owned()),
        terms: None,
    };
    Ok(draft.price(&std::collections::BTreeSet::new())?)
}

fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        email: Some("office@example.com".to_owned()),
        phone: None,
        tax_id: Some("ATU12345678".to_owned()),
        address: Some(address()),
    }
}

fn address() -> Address {
    Address {
        street: "Ring 1".to_owned(),
        postal_code: Some("1010".to_owned()),
        city: "Vienna".to_owned(),
        region: None,
        country: "AT".to_owned(),
    }
}
