//! Pages by keyset: every row once, whatever ties there are.

use std::collections::BTreeSet;
use std::fmt::Debug;

use domain::money::Currency;
use projections::*;
use rusqlite::Connection;
use uuid::Uuid;

use crate::testbed::{Node, Testbed};
use crate::world::{World, contact_of, day, draft, eur, first, staff};

const MANY: usize = 23;
const CUSTOMER: Uuid = Uuid::from_u128(7);

/// Things in numbers that page sizes do not divide, with dates and totals that many share.
async fn crowded(bed: &Testbed) -> Node {
    let node = bed.node().await;
    let world = World(&node.log);
    for n in 0..MANY {
        // Neither the order of events nor that of ids is the order of any list.
        let id = |kind: u128| Uuid::from_u128((kind << 64) | ((n as u128 * 7_919) % 104_729));
        let name = ["Acme", "acme", "Bolt", "Émile"][n % 4];
        let customer = if n == 0 { CUSTOMER } else { id(1) };
        world.register(customer, name, Currency::EUR).await;
        let on = day([4, 9, 5][n % 3]);
        world.draft_estimate(id(2), CUSTOMER, 10).await;
        world.offer(id(2), on).await;
        let euros = [100, 7][n % 2];
        world.draft_invoice(id(3), CUSTOMER, draft(euros)).await;
        if n % 5 > 0 {
            world.issue(id(3), on, day([40, 30, 35, 30][n % 4])).await;
        }
        world.record(id(4), CUSTOMER, eur(100), vec![]).await;
    }
    node.caught_up().await;
    node
}

/// Every row of a list, page by page, each page turned by its last row's cursor as clients hand it back.
fn walk<Row>(
    node: &Node,
    size: usize,
    list: impl Fn(&Connection, &Page) -> rusqlite::Result<Slice<Row>>,
) -> Vec<Row> {
    let mut page = first(size);
    let mut rows = vec![];
    loop {
        let slice = node.read(|db| list(db, &page));
        assert!(slice.rows.len() <= size);
        let Some((last, _)) = slice.rows.last() else {
            assert!(!slice.has_next);
            return rows;
        };
        page.after = Some(Cursor::decode(&last.encode()).unwrap());
        let full = slice.rows.len() == size;
        assert!(full || !slice.has_next);
        rows.extend(slice.rows.into_iter().map(|(_, row)| row));
        assert!(rows.len() <= 10 * MANY, "pages never end");
        if !slice.has_next {
            assert!(node.read(|db| list(db, &page)).rows.is_empty());
            return rows;
        }
    }
}

/// Walks in pages of several sizes: each row once, always in the same order.
fn walk_in_all_sizes<Row, Key: Ord + Debug + Clone>(
    node: &Node,
    list: impl Fn(&Connection, &Page) -> rusqlite::Result<Slice<Row>>,
    key: impl Fn(&Row) -> Key,
) -> Vec<Key> {
    let keys = |size| {
        walk(node, size, &list)
            .iter()
            .map(&key)
            .collect::<Vec<Key>>()
    };
    let whole = keys(LARGEST_PAGE);
    for size in [1, 2, 5, MANY - 1, MANY] {
        assert_eq!(keys(size), whole, "pages of {size}");
    }
    let different: BTreeSet<Key> = whole.iter().cloned().collect();
    assert_eq!(different.len(), whole.len());
    whole
}

pub(crate) async fn every_sort_visits_every_row_once_in_both_directions(bed: Testbed) {
    let node = crowded(&bed).await;
    let filter = InvoiceFilter::default();
    let issued = MANY - MANY.div_ceil(5);
    for (viewer, expected) in [(staff(), MANY), (contact_of(CUSTOMER), issued)] {
        for sort in EVERY_SORT {
            let walked = |descending| {
                let list = |db: &Connection, page: &Page| {
                    list_invoices(db, &viewer, &filter, (sort, descending), page)
                };
                walk_in_all_sizes(&node, list, |row| match sort {
                    InvoiceSort::Dated => (row.dated.to_string(), row.id),
                    InvoiceSort::DueDate => {
                        let last = || "9999".to_owned();
                        (
                            row.due_date.map_or_else(last, |due| due.to_string()),
                            row.id,
                        )
                    }
                    InvoiceSort::Total => (format!("{:09}", row.total.minor()), row.id),
                    InvoiceSort::Number => (row.number.clone().unwrap_or_default(), row.id),
                    InvoiceSort::Due => (format!("{:09}", row.due.minor()), row.id),
                })
            };
            let ascending = walked(false);
            assert_eq!(ascending.len(), expected);
            // Within a day documents stand in the order it happened, not by id.
            let by_id = sort != InvoiceSort::Dated;
            let in_order =
                |a: &(String, _), b: &(String, _)| if by_id { a <= b } else { a.0 <= b.0 };
            assert!(ascending.is_sorted_by(in_order), "{sort:?}: {ascending:?}");
            let mut descending = walked(true);
            descending.reverse();
            assert_eq!(descending, ascending, "{sort:?}");
        }
    }
}

pub(crate) async fn every_list_visits_every_row_once(bed: Testbed) {
    let node = crowded(&bed).await;
    let (staff, contact) = (staff(), contact_of(CUSTOMER));
    let customers = walk_in_all_sizes(
        &node,
        |db, page| list_customers(db, &staff, None, page),
        |row| (row.name.to_ascii_lowercase(), row.id),
    );
    assert_eq!(customers.len(), MANY);
    assert!(customers.is_sorted(), "{customers:?}");
    for viewer in [&staff, &contact] {
        let estimates = walk_in_all_sizes(
            &node,
            |db, page| {
                let sort = (EstimateSort::Dated, true);
                list_estimates(db, viewer, &EstimateFilter::default(), sort, page)
            },
            |row| (row.dated, row.id),
        );
        let by_validity = walk_in_all_sizes(
            &node,
            |db, page| {
                let sort = (EstimateSort::ValidUntil, false);
                list_estimates(db, viewer, &EstimateFilter::default(), sort, page)
            },
            |row| (row.valid_until, row.id),
        );
        assert_eq!(by_validity.len(), MANY);
        assert!(by_validity.is_sorted());
        assert_eq!(estimates.len(), MANY);
        assert!(estimates.iter().rev().is_sorted_by_key(|(dated, _)| dated));
        let payments = walk_in_all_sizes(
            &node,
            |db, page| list_payments(db, viewer, &PaymentFilter::default(), page),
            |row| (row.dated, row.id),
        );
        assert_eq!(payments.len(), MANY);
        assert!(payments.iter().rev().is_sorted_by_key(|(dated, _)| dated));
    }
    let head = node.log.head().await.unwrap();
    let everything = walk_in_all_sizes(
        &node,
        |db, page| list_activity(db, &staff, None, page),
        |row| row.position,
    );
    assert!(everything.into_iter().rev().eq(1..=head));
    let of_one = |viewer: &Viewer| {
        walk_in_all_sizes(
            &node,
            |db, page| list_activity(db, viewer, Some(CUSTOMER), page),
            |row| row.position,
        )
    };
    let (all, shown) = (of_one(&staff), of_one(&contact));
    assert!(all.iter().rev().is_sorted() && shown.iter().rev().is_sorted());
    assert!(shown.len() < all.len() && shown.iter().all(|position| all.contains(position)));
}

const EVERY_SORT: [InvoiceSort; 5] = [
    InvoiceSort::Dated,
    InvoiceSort::DueDate,
    InvoiceSort::Total,
    InvoiceSort::Number,
    InvoiceSort::Due,
];

type Meets = fn(&InvoiceRow) -> bool;

/// Filters, each with what it says.
fn filters() -> Vec<(InvoiceFilter, Meets)> {
    let mut all = by_state_and_date().to_vec();
    all.extend(by_amount_and_due_date());
    all
}

/// Amounts, due dates, and several conditions at once.
fn by_amount_and_due_date() -> [(InvoiceFilter, Meets); 8] {
    let none = InvoiceFilter::default;
    [
        (
            InvoiceFilter {
                due_from: Some(day(31)),
                due_to: Some(day(40)),
                ..none()
            },
            |row| {
                row.due_date
                    .is_some_and(|due| due >= day(31) && due <= day(40))
            },
        ),
        (
            InvoiceFilter {
                due_from: Some(day(31)),
                ..none()
            },
            |row| row.due_date.is_some_and(|due| due >= day(31)),
        ),
        (
            InvoiceFilter {
                currency: Some(Currency::EUR),
                total_from: Some(840),
                total_to: Some(900),
                ..none()
            },
            |row| row.total == eur(840),
        ),
        (
            InvoiceFilter {
                currency: Some(Currency::USD),
                ..none()
            },
            |_| false,
        ),
        (
            InvoiceFilter {
                disputed: Some(true),
                ..none()
            },
            |_| false,
        ),
        (
            InvoiceFilter {
                disputed: Some(false),
                owing: true,
                below_reminder: Some(1),
                below_fee: Some(1),
                ..none()
            },
            |row| row.due.is_positive(),
        ),
        (
            InvoiceFilter {
                text: Some("thank design".to_owned()),
                states: vec![InvoiceState::Open],
                to: Some(day(5)),
                ..none()
            },
            |row| row.state == InvoiceState::Open && row.dated <= day(5),
        ),
        (
            InvoiceFilter {
                text: Some("inv-0001".to_owned()),
                customer_id: Some(CUSTOMER),
                ..none()
            },
            |row| {
                row.number
                    .as_ref()
                    .is_some_and(|n| n.starts_with("INV-0001"))
            },
        ),
    ]
}

fn by_state_and_date() -> [(InvoiceFilter, Meets); 9] {
    let none = InvoiceFilter::default;
    [
        (
            InvoiceFilter {
                states: vec![InvoiceState::Draft],
                ..none()
            },
            |row| row.state == InvoiceState::Draft,
        ),
        (
            InvoiceFilter {
                states: vec![InvoiceState::Open, InvoiceState::Paid],
                ..none()
            },
            |row| row.state == InvoiceState::Open,
        ),
        (
            InvoiceFilter {
                overdue: Some((true, day(35))),
                ..none()
            },
            |row| row.is_overdue(day(35)),
        ),
        (
            InvoiceFilter {
                overdue: Some((false, day(35))),
                ..none()
            },
            |row| !row.is_overdue(day(35)),
        ),
        (
            InvoiceFilter {
                partially_paid: Some(false),
                ..none()
            },
            |row| row.settled.is_zero(),
        ),
        (
            InvoiceFilter {
                from: Some(day(5)),
                to: Some(day(8)),
                ..none()
            },
            |row| row.dated >= day(5) && row.dated <= day(8),
        ),
        (
            InvoiceFilter {
                number: Some("INV-0001".to_owned()),
                ..none()
            },
            |row| {
                row.number
                    .as_ref()
                    .is_some_and(|n| n.starts_with("INV-0001"))
            },
        ),
        (
            InvoiceFilter {
                customer_id: Some(Uuid::max()),
                ..none()
            },
            |_| false,
        ),
        (
            InvoiceFilter {
                partially_paid: Some(true),
                ..none()
            },
            |_| false,
        ),
    ]
}

pub(crate) async fn filters_keep_to_what_they_say(bed: Testbed) {
    let node = crowded(&bed).await;
    let staff = staff();
    let all = node.read(|db| {
        let sort = (InvoiceSort::Dated, true);
        list_invoices(db, &staff, &InvoiceFilter::default(), sort, &first(100))
    });
    let all: Vec<InvoiceRow> = all.rows.into_iter().map(|(_, row)| row).collect();
    for (filter, meets) in filters() {
        let expected: BTreeSet<Uuid> = all
            .iter()
            .filter(|row| meets(row))
            .map(|row| row.id)
            .collect();
        for sort in EVERY_SORT {
            let list = |db: &Connection, page: &Page| {
                list_invoices(db, &staff, &filter, (sort, true), page)
            };
            let found: BTreeSet<Uuid> = walk(&node, 3, list).iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
        let count = node.read(|db| count_invoices(db, &staff, &filter));
        assert_eq!(count, expected.len() as i64, "{filter:?}");
    }
    let expired = |is| EstimateFilter {
        expired: Some((is, day(35))),
        ..EstimateFilter::default()
    };
    let count = |filter| node.read(|db| count_estimates(db, &staff, &filter));
    // Offered on the 4th, 5th and 9th, valid for thirty days.
    assert_eq!(count(expired(true)), MANY.div_ceil(3) as i64);
    assert_eq!(count(expired(true)) + count(expired(false)), MANY as i64);
}

pub(crate) async fn a_page_has_bounds(bed: Testbed) {
    let node = crowded(&bed).await;
    let list = |size| node.read(|db| list_activity(db, &staff(), None, &first(size)));
    assert_eq!((list(0).rows.len(), list(0).has_next), (1, true));
    assert_eq!(list(LARGEST_PAGE).rows.len(), LARGEST_PAGE);
    assert_eq!(list(usize::MAX).rows.len(), LARGEST_PAGE);
    assert!(list(usize::MAX).has_next);
}

pub(crate) async fn a_cursor_of_another_sort_leads_nowhere(bed: Testbed) {
    let node = crowded(&bed).await;
    let staff = staff();
    let list = |sort, after| {
        let page = Page { first: 3, after };
        let filter = InvoiceFilter::default();
        node.read(|db| list_invoices(db, &staff, &filter, (sort, true), &page))
    };
    let by_total = list(InvoiceSort::Total, None).rows[0].0.clone();
    let by_date = list(InvoiceSort::Dated, None).rows[0].0.clone();
    for (sort, cursor) in [
        (InvoiceSort::Dated, by_total),
        (InvoiceSort::Total, by_date),
    ] {
        let slice = list(sort, Some(cursor));
        assert_eq!((slice.rows.len(), slice.has_next), (0, false));
    }
    for nonsense in ["", "x", "bm9uc2Vuc2U", "🦀", "n1:2", &"A".repeat(10_000)] {
        assert_eq!(Cursor::decode(nonsense), None, "{nonsense}");
    }
}

pub(crate) async fn names_are_found_in_either_case(bed: Testbed) {
    let node = crowded(&bed).await;
    let count = |text: &str| node.read(|db| count_customers(db, &staff(), Some(text)));
    assert_eq!(count("ACM"), 12);
    assert_eq!(count("Acme"), count("acme"));
    assert_eq!(count("b"), 6);
    assert_eq!(count("Ém"), 5);
    assert_eq!(count("Acmes"), 0);
    assert_eq!(count("%"), 0);
}
