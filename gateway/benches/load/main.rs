//! Measures the real binary under load, each figure beside its raw limit on the same machine and the same data:
//! `make bench`, or `cargo bench -p gateway --bench load [-- PART…]` with PART of `reads`, `writes` and `log`.
//!
//! Nothing here passes or fails. PostgreSQL is the server of TEST_DATABASE_URL and left out without it. BENCH_FOLDER
//! keeps the big log for the next run.
#![allow(clippy::print_stdout, clippy::float_arithmetic)] // It is a report of rates.
#![allow(missing_docs, unreachable_pub)] // Modules of one program.

#[path = "../../../tests/support/big_log.rs"]
mod big_log;
mod node;
mod people;
mod reads;
mod table;
mod wire;
mod writes;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::event::upcast;
use eventlog::EventLog;
use node::Node;
use reads::Question;
use sqlx::Executor as _;
use sqlx::postgres::PgPoolOptions;
use table::{Table, time};
use tokio::runtime::Runtime;
use uuid::Uuid;
use wire::Measured;
use writes::{Deed, Scene};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long each point is measured.
const TIME: Duration = Duration::from_secs(3);
const CONNECTIONS: [usize; 3] = [1, 8, 32];
const CUSTOMERS: usize = 20_000;
/// Contacts who are signed in.
const PEOPLE: usize = 1_000;

fn main() -> Outcome<()> {
    let parts: Vec<_> = std::env::args()
        .skip(1)
        .filter(|part| !part.starts_with("--"))
        .collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| name == part);
    let temporary = tempfile::tempdir()?;
    let folder = match std::env::var("BENCH_FOLDER") {
        Ok(folder) => folder.into(),
        Err(_) => temporary.path().join("big"),
    };
    let runtime = Runtime::new()?;
    let mut table = Table::default();
    if wanted("log") || wanted("reads") {
        big(
            &runtime,
            &folder,
            &mut table,
            wanted("log"),
            wanted("reads"),
        )?;
    }
    if wanted("writes") {
        writing_on_sqlite(&runtime, temporary.path(), &mut table)?;
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) => writing_on_postgres(&runtime, temporary.path(), &server, &mut table)?,
            Err(_) => table.part("mutations on PostgreSQL: left out, TEST_DATABASE_URL is not set (use scripts/with-postgres.sh)"),
        }
    }
    println!();
    table.print();
    Ok(())
}

/// What is measured on the big log.
fn big(
    runtime: &Runtime,
    folder: &Path,
    table: &mut Table,
    log_too: bool,
    reads_too: bool,
) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join("billing.db");
    let url = format!("sqlite:{}", file.display());
    let log = runtime.block_on(EventLog::open_with(&url, upcast))?;
    if runtime.block_on(log.head())? == 0 {
        big_log::fill(&file, CUSTOMERS)?;
    }
    let head = runtime.block_on(log.head())?;
    let read_models = folder.join("data/read-models");
    if log_too || !read_models.exists() {
        rebuilding(runtime, &log, &read_models, head, table)?;
    }
    let file = reads::file_in(&read_models)?;
    let customers = reads::customers(&file, PEOPLE)?;
    let contacts = runtime.block_on(people::sign_in(
        &log,
        customers.into_iter().map(reads::contact),
    ))?;
    let staff = runtime.block_on(people::sign_in(&log, std::iter::repeat_n(reads::STAFF, 8)))?;
    runtime.block_on(log.close());
    let node = Node::start(&url, &folder.join("data"))?;
    table.plain("ready", &time(node.ready), "", "", "", "", "≤ 500 ms");
    if reads_too {
        table.part(&format!(
            "queries over HTTP and GraphQL; raw: the same SQL, two threads ({head} events)"
        ));
        reading(
            &node,
            &file,
            &contacts,
            Question::Dashboard,
            "",
            "≥ 50 %",
            table,
        )?;
        reading(
            &node,
            &file,
            &contacts,
            Question::Dashboard,
            reads::BROWSER,
            "",
            table,
        )?;
        reading(&node, &file, &contacts, Question::Invoices, "", "", table)?;
        reading(&node, &file, &staff, Question::AllInvoices, "", "", table)?;
        table.part("memory after these queries");
        for name in ["VmRSS", "VmHWM", "RssAnon"] {
            let found = format!("{:.0} MB", node.memory(name)?);
            table.plain(name, &found, "", "", "", "", "≤ 120 MB");
        }
    }
    node.stop()
}

fn rebuilding(
    runtime: &Runtime,
    log: &EventLog,
    folder: &Path,
    head: i64,
    table: &mut Table,
) -> Outcome<()> {
    let started = Instant::now();
    let mut position = 0;
    while position < head {
        let events = runtime.block_on(log.tail(position, 4_000))?;
        position = events.last().map_or(head, |event| event.position);
    }
    let tail = started.elapsed();
    let started = Instant::now();
    projections::rebuild(log, runtime.handle(), folder, &|_, _| {})?;
    let rebuilt = started.elapsed();
    let rate = |took: Duration| head as f64 / took.as_secs_f64();
    table.plain(
        &format!("rebuild of {head} events"),
        &format!("{:.0} /s", rate(rebuilt)),
        "",
        "",
        &format!("{:.0} /s", rate(tail)),
        &format!("{:.0} %", 100.0 * rate(rebuilt) / rate(tail)),
        "≥ 100000 /s",
    );
    Ok(())
}

fn reading(
    node: &Node,
    file: &Path,
    people: &[people::Person],
    question: Question,
    headers: &str,
    target: &str,
    table: &mut Table,
) -> Outcome<()> {
    let raw = reads::through_sql(file, people, question)?;
    let name = match question {
        Question::Dashboard => "dashboard",
        Question::Invoices => "20 of one's own invoices",
        Question::AllInvoices => "20 of all invoices (staff)",
    };
    let how = if headers.is_empty() {
        ""
    } else {
        ", as browsers ask (br)"
    };
    for connections in CONNECTIONS {
        let before = node.processor_time()?;
        let found = reads::through_the_node(node.address, people, question, connections, headers)?;
        let used = node.processor_time()? - before;
        let each = used.as_secs_f64() * 1e6 / (found.per_second * (TIME + TIME / 6).as_secs_f64());
        let what = format!("{name}, {connections:>2} connections{how} [{each:.0} µs CPU]");
        table.rate(
            &what,
            "/s",
            &found,
            &raw,
            if connections == 8 { target } else { "" },
        );
    }
    Ok(())
}

const DEEDS: [(Deed, &str); 2] = [
    (Deed::DraftInvoice, "draftInvoice"),
    (Deed::RecordPayment, "recordPayment"),
];

fn writing_on_sqlite(runtime: &Runtime, folder: &Path, table: &mut Table) -> Outcome<()> {
    let open = |name: &str| {
        let file = folder.join(name);
        let url = format!("sqlite:{}", file.display());
        let log = runtime.block_on(EventLog::open_with(&url, upcast))?;
        Outcome::Ok((file, url, log))
    };
    let (_, _, log) = open("lag.db")?;
    let lag = runtime.block_on(writes::lag(&log, &folder.join("lag")))?;
    table.plain(
        "SQLite: append → visible",
        "",
        &time(lag.p50),
        &time(lag.p99),
        "",
        "",
        "",
    );
    let (_, url, log) = open("node.db")?;
    let scene = runtime.block_on(Scene::set(&log))?;
    runtime.block_on(log.close());
    let (raw_file, _, log) = open("raw.db")?;
    runtime.block_on(log.close());
    table.part("mutations on SQLite, until the answer holds the new row; raw: the same statements, same concurrency");
    let node = Node::start(&url, &folder.join("sqlite"))?;
    for (deed, name) in DEEDS {
        for connections in CONNECTIONS {
            let raw = writes::directly_on_sqlite(&raw_file, deed, connections)?;
            writing(&node, &scene, (deed, name), connections, &raw, table)?;
        }
    }
    node.stop()
}

fn writing_on_postgres(
    runtime: &Runtime,
    folder: &Path,
    server: &str,
    table: &mut Table,
) -> Outcome<()> {
    let (base, _) = server
        .rsplit_once('/')
        .ok_or("TEST_DATABASE_URL ends in a database")?;
    let admin = runtime.block_on(PgPoolOptions::new().max_connections(1).connect(server))?;
    let names =
        ["node", "raw"].map(|name| format!("billing_bench_{name}_{}", Uuid::now_v7().simple()));
    for name in &names {
        runtime.block_on(admin.execute(format!("CREATE DATABASE {name}").as_str()))?;
    }
    let urls = names.each_ref().map(|name| format!("{base}/{name}"));
    let measured = on_postgres(runtime, folder, &urls, table);
    for name in &names {
        runtime.block_on(admin.execute(format!("DROP DATABASE {name} WITH (FORCE)").as_str()))?;
    }
    measured
}

fn on_postgres(
    runtime: &Runtime,
    folder: &Path,
    [url, raw_url]: &[String; 2],
    table: &mut Table,
) -> Outcome<()> {
    let log = runtime.block_on(EventLog::open_with(url, upcast))?;
    let lag = runtime.block_on(writes::lag(&log, &folder.join("lag-postgres")))?;
    table.plain(
        "PostgreSQL: append → visible",
        "",
        &time(lag.p50),
        &time(lag.p99),
        "",
        "",
        "",
    );
    let scene = runtime.block_on(Scene::set(&log))?;
    runtime.block_on(log.close());
    let raw_log = runtime.block_on(EventLog::open_with(raw_url, upcast))?;
    runtime.block_on(raw_log.close());
    let pool = runtime.block_on(PgPoolOptions::new().max_connections(16).connect(raw_url))?;
    table.part("mutations on PostgreSQL, until the answer holds the new row; raw: the same statements, same concurrency");
    let node = Node::start(url, &folder.join("postgres"))?;
    for (deed, name) in DEEDS {
        for connections in CONNECTIONS {
            let raw = runtime.block_on(writes::directly_on_postgres(&pool, deed, connections))?;
            writing(&node, &scene, (deed, name), connections, &raw, table)?;
        }
    }
    runtime.block_on(pool.close());
    node.stop()
}

fn writing(
    node: &Node,
    scene: &Scene,
    (deed, name): (Deed, &str),
    connections: usize,
    raw: &Measured,
    table: &mut Table,
) -> Outcome<()> {
    let before = node.processor_time()?;
    let found = writes::through_the_node(node.address, scene, deed, connections)?;
    let used = node.processor_time()? - before;
    let each = used.as_secs_f64() * 1e6 / (found.per_second * (TIME + TIME / 6).as_secs_f64());
    let what = format!("{name}, {connections:>2} connections [{each:.0} µs CPU]");
    table.rate(
        &what,
        "/s",
        &found,
        raw,
        if connections == 8 { "≥ 50 %" } else { "" },
    );
    Ok(())
}
