//! How SQLite answers: what runs inline must be bounded by an index, whatever else is in the file.

use std::cell::RefCell;

use projections::*;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use uuid::Uuid;

use crate::crediting::CREDIT_NOTE;
use crate::scenario::*;
use crate::testbed::{Testbed, served_file};
use crate::world::{contact_of, day, first, staff};

thread_local! {
    static SQL: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
}

const BY_DATE: (EstimateSort, bool) = (EstimateSort::Dated, true);

type Run = Box<dyn Fn(&Connection, &Viewer)>;

/// The plans of the statements that a query runs.
fn plans(db: &mut Connection, viewer: &Viewer, query: &Run) -> Vec<String> {
    SQL.take();
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(remember))
        .unwrap();
    query(db, viewer);
    db.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .unwrap();
    let mut statements = SQL.take();
    // What the full-text index asks of its own tables is told as a comment.
    statements.retain(|sql| !sql.starts_with("--"));
    assert!(!statements.is_empty());
    let explain = |sql: String| {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.query_map([], |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<String>>()
    };
    statements.into_iter().flat_map(explain).collect()
}

fn remember(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, sql) = event {
        // The full-text index's own statements come as comments, and have no text to expand.
        let comment = sql.starts_with("--").then(|| sql.to_owned());
        let sql = comment.or_else(|| statement.expanded_sql()).unwrap();
        SQL.with_borrow_mut(|all| all.push(sql));
    }
}

fn page_after(db: &Connection, viewer: &Viewer, sort: InvoiceSort) -> Page {
    let listed = list_invoices(
        db,
        viewer,
        &InvoiceFilter::default(),
        (sort, true),
        &first(1),
    );
    Page {
        first: 20,
        after: listed
            .unwrap()
            .rows
            .first()
            .map(|(cursor, _)| cursor.clone()),
    }
}

fn run<T>(query: impl Fn(&Connection, &Viewer) -> rusqlite::Result<T> + 'static) -> Run {
    Box::new(move |db, viewer| {
        query(db, viewer).unwrap();
    })
}

fn boxed((name, query): crate::subscribing::Asked) -> (&'static str, Run) {
    (name, Box::new(query))
}

fn invoices(filter: InvoiceFilter, sort: InvoiceSort) -> Run {
    run(move |db, viewer| {
        let page = page_after(db, viewer, sort);
        list_invoices(db, viewer, &filter, (sort, true), &page)
    })
}

/// The second page of a statement over some days.
fn statement(db: &Connection, viewer: &Viewer) -> rusqlite::Result<Slice<LedgerRow>> {
    let filter = LedgerFilter {
        customer_id: ACME,
        currency: domain::money::Currency::EUR,
        from: Some(day(5)),
        to: Some(day(20)),
        applications: false,
    };
    let mut page = first(1);
    let seen = list_ledger(db, viewer, &filter, &page)?;
    page.after = seen.rows.last().map(|(cursor, _)| cursor.clone());
    list_ledger(db, viewer, &filter, &page)
}

fn credit_notes(filter: CreditNoteFilter) -> Run {
    run(move |db, viewer| list_credit_notes(db, viewer, &filter, &first(20)))
}

fn with_invoices(change: impl Fn(&mut InvoiceFilter)) -> InvoiceFilter {
    let mut filter = InvoiceFilter::default();
    change(&mut filter);
    filter
}

/// Everything that is asked for one customer, or of one thing.
fn bounded() -> Vec<(&'static str, Run)> {
    let mut all = things();
    all.extend(lists());
    all.extend(crate::subscribing::bounded().into_iter().map(boxed));
    all
}

fn things() -> Vec<(&'static str, Run)> {
    vec![
        (
            "customer",
            run(|db, viewer| find_customer(db, viewer, ACME)),
        ),
        (
            "contacts",
            run(|db, viewer| list_contacts(db, viewer, &[ACME])),
        ),
        (
            "balances",
            run(|db, viewer| list_balances(db, viewer, &[ACME])),
        ),
        ("balance", run(sum_balances)),
        (
            "estimate",
            run(|db, viewer| find_estimate(db, viewer, REWORKED_ESTIMATE)),
        ),
        (
            "revisions",
            run(|db, viewer| list_revisions(db, viewer, &[REWORKED_ESTIMATE])),
        ),
        (
            "invoice",
            run(|db, viewer| find_invoice(db, viewer, OPEN_INVOICE)),
        ),
        (
            "overdue",
            run(|db, viewer| sum_overdue(db, viewer, day(35))),
        ),
        (
            "documents",
            run(|db, viewer| list_invoice_documents(db, viewer, &[OPEN_INVOICE])),
        ),
        (
            "allocations to",
            run(|db, viewer| list_allocations_to(db, viewer, &[OPEN_INVOICE])),
        ),
        (
            "allocations of",
            run(|db, viewer| list_allocations_of(db, viewer, &[CARD_PAYMENT])),
        ),
        (
            "credit note",
            run(|db, viewer| find_credit_note(db, viewer, CREDIT_NOTE)),
        ),
        (
            "credit note documents",
            run(|db, viewer| list_credit_note_documents(db, viewer, &[CREDIT_NOTE])),
        ),
        (
            "corrections",
            run(|db, viewer| list_corrections(db, viewer, OPEN_INVOICE)),
        ),
        ("credit", run(|db, viewer| list_credit(db, viewer, ACME))),
        (
            "payment",
            run(|db, viewer| find_payment(db, viewer, CARD_PAYMENT)),
        ),
        (
            "refunds of",
            run(|db, viewer| list_refunds_of(db, viewer, &[LATE_PAYMENT])),
        ),
        (
            "history",
            run(|db, viewer| list_history(db, viewer, OPEN_INVOICE)),
        ),
        (
            "activity at",
            run(|db, viewer| list_activity_at(db, viewer, &[1, 2])),
        ),
        (
            "accounts",
            run(|db, viewer| list_accounts(db, viewer, ACME, Some(day(5)), Some(day(20)))),
        ),
        (
            "months",
            run(|db, viewer| list_months(db, viewer, domain::money::Currency::EUR, day(40), 3)),
        ),
        ("statement", run(statement)),
        (
            "ageing",
            run(|db, viewer| sum_ageing(db, viewer, day(40), Some(ACME))),
        ),
        (
            "ageing listed",
            run(|db, viewer| list_ageing(db, viewer, day(40), Some(ACME), &first(20))),
        ),
        (
            "disputes of",
            run(|db, viewer| list_disputes_of(db, viewer, &[OPEN_INVOICE])),
        ),
        (
            "thread",
            run(|db, viewer| list_thread(db, viewer, REWORKED_ESTIMATE, &first(20))),
        ),
        ("organisation", run(|db, _| find_organisation(db))),
        ("version", run(|db, _| find_version(db, ACME))),
    ]
}

fn lists() -> Vec<(&'static str, Run)> {
    let numbered = || with_invoices(|filter| filter.number = Some("INV-0".to_owned()));
    let open = || with_invoices(|filter| filter.states = vec![InvoiceState::Open]);
    let overdue = || with_invoices(|filter| filter.overdue = Some((true, day(35))));
    let estimates = |filter: EstimateFilter| {
        run(move |db, viewer| list_estimates(db, viewer, &filter, BY_DATE, &first(20)))
    };
    let payments = PaymentFilter::default();
    let offered = EstimateFilter {
        states: vec![EstimateState::Offered],
        expired: Some((false, day(5))),
        number: Some("EST".to_owned()),
        ..EstimateFilter::default()
    };
    vec![
        (
            "customers",
            run(|db, viewer| list_customers(db, viewer, None, &first(20))),
        ),
        (
            "customers named",
            run(|db, viewer| count_customers(db, viewer, Some("A"))),
        ),
        ("estimates", estimates(EstimateFilter::default())),
        ("estimates offered", estimates(offered)),
        (
            "invoices",
            invoices(InvoiceFilter::default(), InvoiceSort::Dated),
        ),
        (
            "invoices numbered",
            invoices(numbered(), InvoiceSort::Dated),
        ),
        ("invoices open", invoices(open(), InvoiceSort::Dated)),
        ("invoices overdue", invoices(overdue(), InvoiceSort::Dated)),
        (
            "invoice count",
            run(move |db, viewer| count_invoices(db, viewer, &open())),
        ),
        (
            "payments",
            run(move |db, viewer| list_payments(db, viewer, &payments, &first(20))),
        ),
        ("credit notes", credit_notes(CreditNoteFilter::default())),
        (
            "credit notes numbered",
            credit_notes(CreditNoteFilter {
                number: Some("CN-0".to_owned()),
                invoice_id: Some(OPEN_INVOICE),
                ..CreditNoteFilter::default()
            }),
        ),
        (
            "credit notes open",
            credit_notes(CreditNoteFilter {
                states: vec![CreditNoteState::Open],
                ..CreditNoteFilter::default()
            }),
        ),
        (
            "activity",
            run(|db, viewer| list_activity(db, viewer, None, &first(20))),
        ),
        (
            "messages",
            run(|db, viewer| list_messages(db, viewer, None, &first(20))),
        ),
        (
            "reviews",
            run(|db, viewer| list_reviews(db, viewer, None, &first(20))),
        ),
        (
            "disputes",
            run(|db, viewer| {
                let filter = DisputeFilter::default();
                list_disputes(db, viewer, &filter, &first(20))
            }),
        ),
    ]
}

/// Sorting what belongs to one customer or hangs on one document is no matter.
const SORTS_A_FEW: [&str; 7] = [
    "months",
    "contacts",
    "allocations to",
    "allocations of",
    "overdue",
    "refunds of",
    "disputes of",
];

pub(crate) async fn contacts_queries_are_bounded_by_an_index(bed: Testbed) {
    let node = played(&bed).await;
    // As live files are, and as rebuilt ones are: no statistics make a difference.
    node.rebuild().await;
    let mut db = node.tamper_after_swap().await;
    for (name, query) in bounded() {
        let plans = plans(&mut db, &contact_of(ACME), &query);
        for step in &plans {
            // Found by the id of something, or of the customer: no filter leads through other customers' rows.
            let looks = step.starts_with("SCAN") || step.starts_with("SEARCH");
            let by_id = !looks || step.contains("id=?");
            let bounded = by_id || name == "organisation";
            let sorts = step.contains("TEMP B-TREE") && !SORTS_A_FEW.contains(&name);
            assert!(bounded && !sorts, "{name}: {plans:#?}");
        }
    }
    // Other sorts sort the rows of one customer, and of no other.
    for sort in [
        InvoiceSort::DueDate,
        InvoiceSort::Total,
        InvoiceSort::Number,
        InvoiceSort::Due,
    ] {
        let plans = plans(
            &mut db,
            &contact_of(ACME),
            &invoices(InvoiceFilter::default(), sort),
        );
        assert!(
            plans.iter().all(|step| !step.starts_with("SCAN")),
            "{plans:#?}"
        );
    }
}

/// What is added up from the ledger of everybody.
fn accounts_of_all() -> Vec<(&'static str, Run)> {
    vec![
        ("balances", run(sum_balances)),
        (
            "refunds under way",
            run(|db, viewer| list_refunds_under_way(db, viewer, &first(20))),
        ),
        (
            "months",
            run(|db, viewer| list_months(db, viewer, domain::money::Currency::EUR, day(40), 3)),
        ),
        ("statement", run(statement)),
        (
            "ageing of all",
            run(|db, viewer| sum_ageing(db, viewer, day(35), None)),
        ),
        (
            "ageing by name",
            run(|db, viewer| list_ageing(db, viewer, day(35), None, &first(20))),
        ),
    ]
}

fn credit() -> Vec<(&'static str, Run)> {
    vec![
        ("credit notes", credit_notes(CreditNoteFilter::default())),
        (
            "credit notes of one",
            credit_notes(CreditNoteFilter {
                customer_id: Some(ACME),
                ..CreditNoteFilter::default()
            }),
        ),
        ("credit", run(|db, viewer| list_credit(db, viewer, ACME))),
        (
            "corrections",
            run(|db, viewer| list_corrections(db, viewer, OPEN_INVOICE)),
        ),
    ]
}

pub(crate) async fn staff_lists_follow_an_index(bed: Testbed) {
    let node = played(&bed).await;
    let mut db = Connection::open(served_file(&node.folder)).unwrap();
    let one_state = || with_invoices(|filter| filter.states = vec![InvoiceState::Draft]);
    let of_one = || with_invoices(|filter| filter.customer_id = Some(ACME));
    let overdue = || with_invoices(|filter| filter.overdue = Some((true, day(35))));
    let payments = |customer_id: Option<Uuid>| {
        run(move |db, viewer| {
            let filter = PaymentFilter {
                customer_id,
                ..PaymentFilter::default()
            };
            list_payments(db, viewer, &filter, &first(20))
        })
    };
    let drafts = EstimateFilter {
        states: vec![EstimateState::Draft],
        ..EstimateFilter::default()
    };
    let mut all: Vec<(&str, Run)> = vec![
        (
            "customers",
            run(|db, viewer| list_customers(db, viewer, None, &first(20))),
        ),
        (
            "customers named",
            run(|db, viewer| list_customers(db, viewer, Some("A"), &first(20))),
        ),
        (
            "estimates",
            run(|db, viewer| {
                list_estimates(db, viewer, &EstimateFilter::default(), BY_DATE, &first(20))
            }),
        ),
        (
            "estimates drafted",
            run(move |db, viewer| list_estimates(db, viewer, &drafts, BY_DATE, &first(20))),
        ),
        (
            "invoices",
            invoices(InvoiceFilter::default(), InvoiceSort::Dated),
        ),
        (
            "invoices by due date",
            invoices(InvoiceFilter::default(), InvoiceSort::DueDate),
        ),
        (
            "invoices by total",
            invoices(InvoiceFilter::default(), InvoiceSort::Total),
        ),
        (
            "invoices drafted",
            invoices(one_state(), InvoiceSort::Dated),
        ),
        ("invoices of one", invoices(of_one(), InvoiceSort::Dated)),
        (
            "invoices overdue",
            invoices(overdue(), InvoiceSort::DueDate),
        ),
        ("payments", payments(None)),
        ("payments of one", payments(Some(ACME))),
        (
            "activity",
            run(|db, viewer| list_activity(db, viewer, None, &first(20))),
        ),
        (
            "activity of one",
            run(|db, viewer| list_activity(db, viewer, Some(ACME), &first(20))),
        ),
        (
            "drafts",
            run(move |db, viewer| count_invoices(db, viewer, &one_state())),
        ),
        (
            "overdue",
            run(|db, viewer| sum_overdue(db, viewer, day(35))),
        ),
        (
            "messages of one",
            run(|db, viewer| list_messages(db, viewer, Some(ACME), &first(20))),
        ),
        (
            "reviews",
            run(|db, viewer| list_reviews(db, viewer, None, &first(20))),
        ),
    ];
    all.extend(crate::subscribing::lists().into_iter().map(boxed));
    all.extend(credit());
    for (name, query) in all.into_iter().chain(accounts_of_all()) {
        let plans = plans(&mut db, &staff(), &query);
        for step in &plans {
            // The feed of everything goes back along the table itself, whose key is the position.
            let whole = step.starts_with("SCAN") && !step.contains("INDEX") && step != "SCAN a";
            // What is added up is gathered by currency, or by month.
            let sorts = step.contains("TEMP B-TREE") && !["overdue", "months"].contains(&name);
            assert!(!whole && !sorts, "{name}: {plans:#?}");
        }
    }
}

/// Every filter that may leave little, under every sort: staff are led to it by an index, and what is left is sorted.
pub(crate) async fn narrow_filters_are_served_by_an_index(bed: Testbed) {
    let node = played(&bed).await;
    let mut db = Connection::open(served_file(&node.folder)).unwrap();
    let none = InvoiceFilter::default;
    let (from, to) = (Some(day(5)), Some(day(8)));
    let filters = [
        (
            "(customer_id=?",
            with_invoices(|f| f.customer_id = Some(ACME)),
        ),
        (
            "(<expr>>? AND <expr><?)",
            with_invoices(|f| f.number = Some("INV".to_owned())),
        ),
        (
            "invoices_disputed",
            with_invoices(|f| f.disputed = Some(true)),
        ),
        (
            "invoices_",
            with_invoices(|f| f.overdue = Some((true, day(35)))),
        ),
        (
            "invoices_",
            with_invoices(|f| f.partially_paid = Some(true)),
        ),
        (
            "(due_date>? AND due_date<?)",
            InvoiceFilter {
                due_from: from,
                due_to: to,
                ..none()
            },
        ),
        (
            "(total>? AND total<?)",
            InvoiceFilter {
                total_from: Some(1),
                total_to: Some(2),
                ..none()
            },
        ),
        (
            "(state=?",
            with_invoices(|f| f.states = vec![InvoiceState::Open]),
        ),
        (
            "(state=?",
            with_invoices(|f| f.states = vec![InvoiceState::Draft, InvoiceState::Voided]),
        ),
        (
            "(dated>? AND dated<?)",
            InvoiceFilter { from, to, ..none() },
        ),
        (
            "(currency=?",
            with_invoices(|f| f.currency = Some(domain::money::Currency::JPY)),
        ),
        (
            "(id=?",
            with_invoices(|f| f.text = Some("design".to_owned())),
        ),
    ];
    for (expected, filter) in filters {
        for sort in [
            InvoiceSort::Dated,
            InvoiceSort::DueDate,
            InvoiceSort::Total,
            InvoiceSort::Number,
            InvoiceSort::Due,
        ] {
            let query = run({
                let filter = filter.clone();
                move |db, viewer| list_invoices(db, viewer, &filter, (sort, true), &first(20))
            });
            let plans = plans(&mut db, &staff(), &query);
            let led = plans.iter().any(|step| {
                step.starts_with("SEARCH invoices") && step.contains(expected)
                    || step.contains("USING INDEX") && step.contains(expected)
                    || step.contains("USING COVERING INDEX") && step.contains(expected)
            });
            assert!(led, "{filter:?} by {sort:?}: {plans:#?}");
            let whole = plans.iter().any(|step| step == "SCAN invoices");
            assert!(!whole, "{filter:?} by {sort:?}: {plans:#?}");
        }
    }
}

/// A search looks at the full-text index, and at nothing of anybody else.
pub(crate) async fn a_search_is_bounded_by_what_it_finds(bed: Testbed) {
    let node = played(&bed).await;
    let mut db = Connection::open(served_file(&node.folder)).unwrap();
    let invoices = with_invoices(|filter| filter.text = Some("design".to_owned()));
    let estimates = EstimateFilter {
        text: Some("design".to_owned()),
        ..EstimateFilter::default()
    };
    let runs: [Run; 3] = [
        run({
            let invoices = invoices.clone();
            move |db, viewer| {
                list_invoices(
                    db,
                    viewer,
                    &invoices,
                    (InvoiceSort::Dated, true),
                    &first(20),
                )
            }
        }),
        run(move |db, viewer| count_invoices(db, viewer, &invoices)),
        run(move |db, viewer| list_estimates(db, viewer, &estimates, BY_DATE, &first(20))),
    ];
    for query in &runs {
        for viewer in [staff(), contact_of(ACME)] {
            let plans = plans(&mut db, &viewer, query);
            for step in &plans {
                let looks = step.starts_with("SCAN") || step.starts_with("SEARCH");
                let bounded = step.contains("VIRTUAL TABLE INDEX")
                    || step.contains("id=?")
                    || step.contains("rowid=?")
                    || step == "SCAN found"
                    || step == "SCAN main.search_config"; // A few settings of the index itself.
                assert!(!looks || bounded, "{plans:#?}");
            }
        }
    }
}
