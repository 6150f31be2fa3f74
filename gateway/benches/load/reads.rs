//! Queries over HTTP and GraphQL, beside the same SQL on the same file.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use projections::{
    EstimateFilter, EstimateState, InvoiceFilter, InvoiceSort, InvoiceState, Page, PaymentFilter,
    PaymentState, Reach, Role, Viewer, count_estimates, find_customer, find_organisation,
    list_activity, list_invoices, list_payments, sum_balances, sum_overdue,
};
use rusqlite::{Connection, OpenFlags};
use time::macros::date;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::people::Person;
use crate::wire::{self, Measured, Requests};
use crate::{Outcome, TIME};

const DASHBOARD: &str = "query Dashboard { dashboard { \
    balances { outstanding { amount currency } credit { amount currency } } \
    overdue { count amount { amount currency } } \
    outstandingInvoices { number due { amount currency } dueDate } \
    estimatesWaiting \
    lastPayment { number amount { amount currency } } \
    recentActivity { event number happenedOn amount { amount currency } } } \
    organisation { details { name } } }";

const INVOICES: &str = "query Invoices($filter: InvoiceFilterInput, $first: Int) { \
    invoices(filter: $filter, first: $first) { edges { node { \
    number status total { amount currency } due { amount currency } dueDate customer { name } } } \
    pageInfo { hasNextPage endCursor } } }";

/// What a browser adds.
pub const BROWSER: &str = "accept-encoding: gzip, deflate, br, zstd\r\n";

/// Who is to ask, and what.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    Dashboard,
    /// A contact's own invoices.
    Invoices,
    /// Everybody's invoices, up to some day.
    AllInvoices,
}

/// The file that is served from that folder.
pub fn file_in(folder: &Path) -> Outcome<PathBuf> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "current")
        {
            return Ok(folder.join(std::fs::read_to_string(&path)?.trim()));
        }
    }
    Err("no read models".into())
}

/// A connection as the node's own are.
fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.set_prepared_statement_cache_capacity(128);
    db.execute_batch(
        "PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA mmap_size = 268435456;",
    )?;
    Ok(db)
}

/// Customers that fill a page with their invoices, at most so many.
pub fn customers(file: &Path, limit: usize) -> Outcome<Vec<Uuid>> {
    let db = open(file)?;
    let mut statement = db.prepare(
        "SELECT customer_id FROM invoices WHERE state <> 'draft' GROUP BY 1
         HAVING count(*) > 20 AND max(due) > 0 LIMIT ?",
    )?;
    let rows = statement.query_map([limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Over HTTP and GraphQL.
pub fn through_the_node(
    address: std::net::SocketAddr,
    people: &[Person],
    question: Question,
    connections: usize,
    headers: &str,
) -> Outcome<Measured> {
    let next = Cell::new(0);
    let write = |number: u64, into: &mut Vec<u8>| {
        let person = &people[number as usize % people.len()];
        wire::post(into, &person.token, headers, &body(question, number));
    };
    let begins = match question {
        _ if !headers.is_empty() => "",
        Question::Dashboard => r#"{"data":{"dashboard":{"balances":[{"#,
        Question::Invoices | Question::AllInvoices => {
            r#"{"data":{"invoices":{"edges":[{"node":{"number""#
        }
    };
    let requests = Requests {
        write: &write,
        answer: begins,
    };
    wire::drive(address, connections, TIME / 6, &requests, &next)?;
    wire::drive(address, connections, TIME, &requests, &next)
}

fn body(question: Question, number: u64) -> String {
    match question {
        Question::Dashboard => {
            format!(r#"{{"operationName":"Dashboard","query":"{DASHBOARD}"}}"#)
        }
        Question::Invoices => format!(
            r#"{{"operationName":"Invoices","query":"{INVOICES}","variables":{{"first":20}}}}"#
        ),
        Question::AllInvoices => format!(
            r#"{{"operationName":"Invoices","query":"{INVOICES}","variables":{{"first":20,"filter":{{"to":"{}"}}}}}}"#,
            day(number)
        ),
    }
}

fn day(number: u64) -> Date {
    date!(2024 - 06 - 01) + time::Duration::days((number * 7 % 700) as i64)
}

/// The same SQL through rusqlite, on two threads.
pub fn through_sql(file: &Path, people: &[Person], question: Question) -> Outcome<Measured> {
    let started = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|thread| scope.spawn(move || ask(file, people, question, thread)))
            .collect();
        let mut times = vec![];
        for thread in threads {
            times.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Outcome::Ok(times)
    })?;
    Ok(Measured::of(times, started.elapsed()))
}

fn ask(file: &Path, people: &[Person], question: Question, thread: u64) -> Outcome<Vec<Duration>> {
    let db = open(file)?;
    let (mut times, mut number) = (Vec::with_capacity(100_000), thread);
    let until = Instant::now() + TIME;
    while Instant::now() < until {
        let viewer = &people[number as usize % people.len()].viewer;
        let started = Instant::now();
        match question {
            Question::Dashboard => dashboard(&db, viewer)?,
            Question::Invoices => invoices(&db, viewer, InvoiceFilter::default())?,
            Question::AllInvoices => {
                let to = Some(day(number));
                let filter = InvoiceFilter {
                    to,
                    ..InvoiceFilter::default()
                };
                invoices(&db, viewer, filter)?;
            }
        }
        times.push(started.elapsed());
        number += 2;
    }
    Ok(times)
}

fn dashboard(db: &Connection, viewer: &Viewer) -> rusqlite::Result<()> {
    let today = OffsetDateTime::now_utc().date();
    let few = |first| Page { first, after: None };
    let owed = InvoiceFilter {
        states: vec![InvoiceState::Open],
        ..InvoiceFilter::default()
    };
    let waiting = EstimateFilter {
        states: vec![EstimateState::Offered],
        expired: Some((false, today)),
        ..EstimateFilter::default()
    };
    let paid = PaymentFilter {
        states: vec![PaymentState::Succeeded],
        ..PaymentFilter::default()
    };
    sum_balances(db, viewer)?;
    sum_overdue(db, viewer, today)?;
    list_invoices(db, viewer, &owed, (InvoiceSort::DueDate, false), &few(5))?;
    count_estimates(db, viewer, &waiting)?;
    list_payments(db, viewer, &paid, &few(1))?;
    list_activity(db, viewer, None, &few(5))?;
    find_organisation(db)?;
    Ok(())
}

/// The page, and each customer on it once.
fn invoices(db: &Connection, viewer: &Viewer, filter: InvoiceFilter) -> rusqlite::Result<()> {
    let page = Page {
        first: 20,
        after: None,
    };
    let slice = list_invoices(db, viewer, &filter, (InvoiceSort::Dated, true), &page)?;
    let mut customers: Vec<_> = slice.rows.iter().map(|(_, row)| row.customer_id).collect();
    customers.sort_unstable();
    customers.dedup();
    for customer in customers {
        find_customer(db, viewer, customer)?;
    }
    Ok(())
}

/// What a contact of that customer is.
pub fn contact(customer_id: Uuid) -> Reach {
    Reach::Customer {
        customer_id,
        contact_id: Uuid::new_v5(&customer_id, b"contact"),
    }
}

pub const STAFF: Reach = Reach::Organisation(Role::Staff);
