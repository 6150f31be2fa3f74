//! What a contact sees: its own customer's, and of that what the customer was shown.

use domain::money::{Currency, Money};
use projections::*;
use rusqlite::Connection;
use uuid::Uuid;

use crate::documents::{DISPUTED, DUNE, ESTIMATE};
use crate::scenario::*;
use crate::testbed::Testbed;
use crate::world::{World, contact_of, day, eur, first, staff};

/// Every query there is must stand in this file.
#[test]
fn every_query_is_scoped_here() {
    let library = include_str!("../../src/lib.rs");
    let names = library.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let queries = names.filter(|name| {
        ["find_", "list_", "count_", "sum_"]
            .iter()
            .any(|verb| name.starts_with(verb))
    });
    let mut count = 0;
    for query in queries {
        count += 1;
        let used = [format!("{query}("), format!("({query})")];
        let this = concat!(
            include_str!("scoping.rs"),
            include_str!("crediting.rs"),
            include_str!("subscribing.rs")
        );
        assert!(
            used.iter().any(|used| this.contains(used)),
            "{query} is not tried here"
        );
    }
    assert!(count >= 20, "{count}");
}

/// Of each kind of thing: Bolt's, one that is nobody's, and Acme's.
const CUSTOMERS: [Uuid; 3] = [BOLT, Uuid::max(), ACME];
const ESTIMATES: [Uuid; 3] = [BOLTS_ESTIMATE, Uuid::max(), INVOICED_ESTIMATE];
const INVOICES: [Uuid; 3] = [BOLTS_INVOICE, Uuid::max(), OPEN_INVOICE];
const PAYMENTS: [Uuid; 3] = [BOLTS_PAYMENT, Uuid::max(), CARD_PAYMENT];

pub(crate) async fn a_contact_finds_nothing_of_another_customer(bed: Testbed) {
    let node = played(&bed).await;
    let ana = contact_of(ACME);
    let found = |find: &dyn Fn(&Connection, &Viewer, Uuid) -> rusqlite::Result<bool>,
                 ids: [Uuid; 3]| {
        ids.map(|id| node.read(|db| find(db, &ana, id)))
    };
    let only_own = [false, false, true];
    let customer =
        |db: &Connection, viewer: &Viewer, id| Ok(find_customer(db, viewer, id)?.is_some());
    assert_eq!(found(&customer, CUSTOMERS), only_own);
    let estimate =
        |db: &Connection, viewer: &Viewer, id| Ok(find_estimate(db, viewer, id)?.is_some());
    assert_eq!(found(&estimate, ESTIMATES), only_own);
    let accepted = |db: &Connection, viewer: &Viewer, id| {
        let times = (1..=9).map(|revision| find_acceptance_time(db, viewer, id, revision));
        let times = times.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(times.iter().any(Option::is_some))
    };
    assert_eq!(found(&accepted, ESTIMATES), only_own);
    let target =
        |db: &Connection, viewer: &Viewer, id| Ok(!list_targets_of(db, viewer, id)?.is_empty());
    assert_eq!(found(&target, PAYMENTS), only_own);
    let invoice =
        |db: &Connection, viewer: &Viewer, id| Ok(find_invoice(db, viewer, id)?.is_some());
    assert_eq!(found(&invoice, INVOICES), only_own);
    let payment =
        |db: &Connection, viewer: &Viewer, id| Ok(find_payment(db, viewer, id)?.is_some());
    assert_eq!(found(&payment, PAYMENTS), only_own);
    let history =
        |db: &Connection, viewer: &Viewer, id| Ok(!list_history(db, viewer, id)?.is_empty());
    for ids in [CUSTOMERS, ESTIMATES, INVOICES, PAYMENTS] {
        assert_eq!(found(&history, ids), only_own);
    }
    let organisation = domain::organisation::ORGANISATION_ID;
    assert_eq!(node.read(|db| list_history(db, &ana, organisation)), []);
    // These two say nothing that is anybody's: what everyone may see, and a number for whoever waits.
    assert!(node.read(find_organisation).is_some());
    assert!(node.read(|db| find_version(db, BOLT)) > 0);
}

pub(crate) async fn a_contact_lists_nothing_of_another_customer(bed: Testbed) {
    let node = played(&bed).await;
    let (ana, page) = (contact_of(ACME), first(100));
    let own = |customers: Vec<Uuid>| {
        assert!(!customers.is_empty());
        assert!(
            customers.iter().all(|customer| *customer == ACME),
            "{customers:?}"
        );
    };
    own(node.read(|db| {
        let listed = list_customers(db, &ana, None, &page)?;
        Ok(listed.rows.iter().map(|(_, row)| row.id).collect())
    }));
    own(node.read(|db| {
        let listed = list_contacts(db, &ana, &CUSTOMERS)?;
        Ok(listed.iter().map(|row| row.customer_id).collect())
    }));
    own(node.read(|db| {
        let listed = list_balances(db, &ana, &CUSTOMERS)?;
        Ok(listed.iter().map(|(customer, _)| *customer).collect())
    }));
    own(node.read(|db| {
        let sort = (EstimateSort::Dated, true);
        let listed = list_estimates(db, &ana, &EstimateFilter::default(), sort, &page)?;
        Ok(listed.rows.iter().map(|(_, row)| row.customer_id).collect())
    }));
    own(node.read(|db| {
        let sort = (InvoiceSort::Total, false);
        let listed = list_invoices(db, &ana, &InvoiceFilter::default(), sort, &page)?;
        Ok(listed.rows.iter().map(|(_, row)| row.customer_id).collect())
    }));
    own(node.read(|db| {
        let listed = list_payments(db, &ana, &PaymentFilter::default(), &page)?;
        Ok(listed.rows.iter().map(|(_, row)| row.customer_id).collect())
    }));
    own(node.read(|db| {
        let listed = list_activity(db, &ana, None, &page)?;
        Ok(listed
            .rows
            .iter()
            .filter_map(|(_, row)| row.customer_id)
            .collect())
    }));
    let acmes = |ids: Vec<Uuid>, expected: Uuid| {
        assert!(!ids.is_empty());
        assert!(ids.iter().all(|id| *id == expected), "{ids:?}");
    };
    let revisions = node.read(|db| list_revisions(db, &ana, &ESTIMATES));
    acmes(
        revisions.iter().map(|row| row.estimate_id).collect(),
        INVOICED_ESTIMATE,
    );
    let documents = node.read(|db| list_invoice_documents(db, &ana, &INVOICES));
    acmes(
        documents.iter().map(|row| row.invoice_id).collect(),
        OPEN_INVOICE,
    );
    let allocations = node.read(|db| list_allocations_to(db, &ana, &INVOICES));
    acmes(
        allocations.iter().map(|row| row.invoice_id).collect(),
        OPEN_INVOICE,
    );
    let allocations = node.read(|db| list_allocations_of(db, &ana, &PAYMENTS));
    acmes(
        allocations.iter().map(|row| row.invoice_id).collect(),
        OPEN_INVOICE,
    );

    let refunds = node.read(|db| list_refunds_of(db, &ana, &[LATE_PAYMENT, BOLTS_PAYMENT]));
    acmes(
        refunds.iter().map(|row| row.payment_id).collect(),
        LATE_PAYMENT,
    );
    letters(&node);
    ledger_and_ageing(&node);

    let dora = contact_of(BOLT);
    assert_eq!(
        node.read(|db| list_revisions(db, &dora, &[INVOICED_ESTIMATE])),
        []
    );
    assert_eq!(
        node.read(|db| list_invoice_documents(db, &dora, &[OPEN_INVOICE])),
        []
    );
    assert_eq!(
        node.read(|db| list_allocations_to(db, &dora, &[OPEN_INVOICE])),
        []
    );
    assert_eq!(
        node.read(|db| list_allocations_of(db, &dora, &[CARD_PAYMENT])),
        []
    );
    assert_eq!(node.read(|db| list_balances(db, &dora, &[ACME])), []);
    assert_eq!(node.read(|db| list_contacts(db, &dora, &[ACME])), []);
    sums_and_filters(&node);
    disputes_and_threads(&node);
}

fn disputes_and_threads(node: &crate::testbed::Node) {
    let (dora, page) = (contact_of(BOLT), first(100));
    for (viewer, seen) in [(&dora, 0), (&contact_of(DUNE), 2), (&staff(), 2)] {
        let of = node.read(|db| list_disputes_of(db, viewer, &[DISPUTED]));
        assert_eq!(of.len(), seen);
        let filter = DisputeFilter::default();
        let all = node.read(|db| list_disputes(db, viewer, &filter, &page));
        assert_eq!(all.rows.len(), seen);
        let count = node.read(|db| count_disputes(db, viewer, &filter));
        assert_eq!(count, seen as i64);
        let thread = node.read(|db| list_thread(db, viewer, ESTIMATE, &page));
        assert_eq!(thread.rows.is_empty(), seen == 0);
    }
    let dunes = DisputeFilter {
        customer_id: Some(DUNE),
        open: None,
    };
    assert_eq!(node.read(|db| count_disputes(db, &dora, &dunes)), 0);
}

/// What one's own people wrote, and what of one's own is going back.
fn letters(node: &crate::testbed::Node) {
    let (ana, dora, page) = (contact_of(ACME), contact_of(BOLT), first(100));
    for (viewer, own) in [(&ana, ACME), (&dora, BOLT)] {
        let messages = node.read(|db| list_messages(db, viewer, None, &page)).rows;
        let reviews = node.read(|db| list_reviews(db, viewer, None, &page)).rows;
        assert!(!messages.is_empty() && !reviews.is_empty());
        assert!(messages.iter().all(|(_, row)| row.customer_id == own));
        assert!(reviews.iter().all(|(_, row)| row.customer_id == own));
    }
    let of_acme = Some(ACME);
    let messages = node.read(|db| list_messages(db, &dora, of_acme, &page));
    let reviews = node.read(|db| list_reviews(db, &dora, of_acme, &page));
    assert!(messages.rows.is_empty() && reviews.rows.is_empty());
    let refunds = |viewer| {
        node.read(|db| list_refunds_under_way(db, viewer, &page))
            .rows
    };
    assert_eq!((refunds(&ana).len(), refunds(&dora).len()), (1, 0));
    let other = node.read(|db| list_refunds_of(db, &dora, &[LATE_PAYMENT]));
    assert_eq!(other, []);
    let other = node.read(|db| list_targets_of(db, &dora, CARD_PAYMENT));
    assert_eq!(other, []);
}

/// The same of what is added up from the ledger.
fn ledger_and_ageing(node: &crate::testbed::Node) {
    let (ana, page) = (contact_of(ACME), first(100));
    let assert_own = |customers: Vec<Uuid>| {
        assert!(!customers.is_empty());
        assert!(customers.iter().all(|customer| *customer == ACME));
    };
    let whose = |db: &Connection, customer| {
        let accounts = list_accounts(db, &ana, customer, None, None)?;
        Ok(vec![customer; accounts.len()])
    };
    assert_own(CUSTOMERS.map(|id| node.read(|db| whose(db, id))).concat());
    let entries = |db: &Connection, customer_id| {
        let filter = LedgerFilter {
            customer_id,
            currency: if customer_id == BOLT {
                Currency::JPY
            } else {
                Currency::EUR
            },
            from: None,
            to: None,
            applications: true,
        };
        let listed = list_ledger(db, &ana, &filter, &page)?;
        Ok(vec![customer_id; listed.rows.len()])
    };
    assert_own(CUSTOMERS.map(|id| node.read(|db| entries(db, id))).concat());
    assert_own(node.read(|db| {
        let listed = list_ageing(db, &ana, day(40), None, &page)?;
        Ok(listed.rows.iter().map(|(_, row)| row.customer_id).collect())
    }));
    let bolts = node.read(|db| list_ageing(db, &ana, day(40), Some(BOLT), &page));
    assert!(bolts.rows.is_empty());
    assert_eq!(
        node.read(|db| sum_ageing(db, &ana, day(40), Some(BOLT))),
        []
    );
    let all = node.read(|db| sum_ageing(db, &ana, day(40), None));
    assert_eq!(all.len(), 1, "Bolt's yen are not in it: {all:?}");
    let months = |viewer: &Viewer, currency| {
        let rows = node.read(|db| list_months(db, viewer, currency, day(40), 24));
        rows.iter()
            .any(|row| !row.billed.is_zero() || !row.paid.is_zero())
    };
    assert!(months(&ana, Currency::EUR) && !months(&ana, Currency::JPY));
    assert!(
        months(&staff(), Currency::JPY),
        "Bolt's yen, which Ana does not see"
    );
    let turnover = node.read(|db| list_turnover(db, &ana));
    assert!(!turnover.is_empty());
    assert!(
        turnover
            .iter()
            .all(|row| row.change.currency == Currency::EUR)
    );
}

/// Sums and counts are of one's own, and a filter that names another customer finds nothing.
fn sums_and_filters(node: &crate::testbed::Node) {
    let (ana, dora, page) = (contact_of(ACME), contact_of(BOLT), first(100));
    let yen = |minor| Money::from_minor(minor, Currency::JPY);
    let bolts = BalanceRow {
        outstanding: yen(1_200),
        credit: yen(1_700),
    };
    assert_eq!(node.read(|db| sum_balances(db, &dora)), [bolts]);
    assert_eq!(
        node.read(|db| sum_overdue(db, &dora, day(40))),
        [(1, yen(1_200))]
    );
    assert_eq!(
        node.read(|db| sum_overdue(db, &ana, day(40))),
        [(1, eur(36_000))]
    );
    assert_eq!(node.read(|db| count_customers(db, &dora, None)), 1);
    assert_eq!(node.read(|db| count_customers(db, &dora, Some("Acme"))), 0);

    let estimates = EstimateFilter {
        customer_id: Some(ACME),
        ..EstimateFilter::default()
    };
    assert_eq!(node.read(|db| count_estimates(db, &dora, &estimates)), 0);
    assert_eq!(
        node.read(|db| count_estimates(db, &dora, &EstimateFilter::default())),
        1
    );
    let invoices = InvoiceFilter {
        customer_id: Some(ACME),
        ..InvoiceFilter::default()
    };
    assert_eq!(node.read(|db| count_invoices(db, &dora, &invoices)), 0);
    assert_eq!(
        node.read(|db| count_invoices(db, &dora, &InvoiceFilter::default())),
        1
    );
    let payments = PaymentFilter {
        customer_id: Some(ACME),
        ..PaymentFilter::default()
    };
    assert_eq!(node.read(|db| count_payments(db, &dora, &payments)), 0);
    assert_eq!(
        node.read(|db| count_payments(db, &dora, &PaymentFilter::default())),
        1
    );
    assert!(
        node.read(|db| list_activity(db, &dora, Some(ACME), &page))
            .rows
            .is_empty()
    );
    let every: Vec<i64> = (-1..=node.reads.position() + 1).collect();
    let at = node.read(|db| list_activity_at(db, &dora, &every));
    assert!(!at.is_empty() && at.iter().all(|row| row.customer_id == Some(BOLT)));
}

pub(crate) async fn a_contact_sees_no_draft(bed: Testbed) {
    let node = played(&bed).await;
    let ana = contact_of(ACME);
    assert_eq!(
        node.read(|db| find_estimate(db, &ana, DRAFT_ESTIMATE)),
        None
    );
    assert_eq!(
        node.read(|db| list_revisions(db, &ana, &[DRAFT_ESTIMATE])),
        []
    );
    assert_eq!(node.read(|db| list_history(db, &ana, DRAFT_ESTIMATE)), []);
    assert_eq!(node.read(|db| find_invoice(db, &ana, DRAFT_INVOICE)), None);
    assert_eq!(
        node.read(|db| list_invoice_documents(db, &ana, &[DRAFT_INVOICE])),
        []
    );
    assert_eq!(node.read(|db| list_history(db, &ana, DRAFT_INVOICE)), []);
    let drafts = InvoiceFilter {
        states: vec![InvoiceState::Draft],
        ..InvoiceFilter::default()
    };
    assert_eq!(node.read(|db| count_invoices(db, &ana, &drafts)), 0);
    assert_eq!(
        node.read(|db| count_invoices(db, &ana, &InvoiceFilter::default())),
        5
    );
    assert_eq!(
        node.read(|db| count_estimates(db, &ana, &EstimateFilter::default())),
        2
    );
    // What is due counts from the issue on: the draft's 6 euros are not in it.
    assert_eq!(
        node.read(|db| sum_balances(db, &ana))[0].outstanding,
        eur(36_000)
    );
}

pub(crate) async fn a_reworked_revision_stays_hidden_until_it_is_offered_again(bed: Testbed) {
    use domain::estimate::{Estimate, EstimateCommand, OfferEstimate};
    let node = played(&bed).await;
    let ana = contact_of(ACME);
    let id = REWORKED_ESTIMATE;
    let revisions = || {
        let listed = node.read(|db| list_revisions(db, &ana, &[id]));
        listed.iter().map(|row| row.revision).collect::<Vec<_>>()
    };
    let row = node.read(|db| find_estimate(db, &ana, id)).unwrap();
    assert_eq!((row.total, row.offered_revision), (eur(36_000), Some(1)));
    assert_eq!(revisions(), [1]);
    assert_eq!(node.read(|db| list_revisions(db, &staff(), &[id])).len(), 2);

    // Written anew it is as hidden as before.
    let world = World(&node.log);
    let revise = EstimateCommand::ReviseDraft {
        draft: crate::world::draft(360),
        on: day(6),
    };
    world.tell::<Estimate>(id, revise).await;
    node.caught_up().await;
    let row = node.read(|db| find_estimate(db, &ana, id)).unwrap();
    assert_eq!((row.total, row.valid_until), (eur(36_000), Some(day(33))));
    assert_eq!(revisions(), [1]);
    let told = |event: &str| {
        let history = node.read(|db| list_history(db, &ana, id));
        history.iter().any(|row| row.event_type == event)
    };
    assert!(!told("EstimateReworked") && !told("EstimateDraftRevised"));

    let reoffer = EstimateCommand::Reoffer(OfferEstimate {
        number: String::new(),
        valid_until: day(50),
        deposit_percent: None,
        on: day(7),
    });
    world.tell::<Estimate>(id, reoffer).await;
    node.caught_up().await;
    let row = node.read(|db| find_estimate(db, &ana, id)).unwrap();
    assert_eq!((row.total, row.offered_revision), (eur(43_200), Some(2)));
    assert_eq!((row.dated, row.valid_until), (day(7), Some(day(50))));
    assert_eq!(revisions(), [1, 2]);
    assert!(told("EstimateReoffered"));
}

pub(crate) async fn a_contact_is_told_no_internal_event_or_reason(bed: Testbed) {
    let node = played(&bed).await;
    let ana = contact_of(ACME);
    let feed = node.read(|db| list_activity(db, &ana, None, &first(100)));
    let own_filter = node.read(|db| list_activity(db, &ana, Some(ACME), &first(100)));
    assert_eq!(feed.rows, own_filter.rows);
    let mut told: Vec<ActivityRow> = feed.rows.into_iter().map(|(_, row)| row).collect();
    for subject in [
        ACME,
        INVOICED_ESTIMATE,
        OPEN_INVOICE,
        WRITTEN_OFF_INVOICE,
        CARD_PAYMENT,
        crate::crediting::CREDIT_NOTE,
        crate::crediting::CREDITED_INVOICE,
    ] {
        told.extend(node.read(|db| list_history(db, &ana, subject)));
    }
    let internal = [
        "CustomerPortalRevoked",
        "EstimateDrafted",
        "EstimateDraftRevised",
        "EstimateDraftDiscarded",
        "EstimateReworked",
        "InvoiceDrafted",
        "InvoiceDraftRevised",
        "InvoiceDraftDiscarded",
        "InvoiceWrittenOff",
        "InvoiceWriteOffReversed",
        "InvoicePaymentReserved",
        "InvoicePaymentReleased",
        "InvoicePaymentRefused",
        "PaymentSubmitted",
        "PaymentAllocated",
        "PaymentDeallocated",
        "InvoiceCreditRefused",
        "CreditNoteDrafted",
        "CreditNoteDraftRevised",
        "CreditNoteDraftDiscarded",
        "CreditNoteAllocated",
        "CreditNoteDeallocated",
    ];
    for row in &told {
        assert!(!internal.contains(&row.event_type.as_str()), "{row:?}");
    }
    let row = node
        .read(|db| find_invoice(db, &ana, WRITTEN_OFF_INVOICE))
        .unwrap();
    assert_eq!(
        (row.state, row.closed_reason),
        (InvoiceState::WrittenOff, None)
    );
    let sort = (InvoiceSort::Dated, true);
    let listed =
        node.read(|db| list_invoices(db, &ana, &InvoiceFilter::default(), sort, &first(9)));
    let reasons: Vec<String> = listed
        .rows
        .into_iter()
        .filter_map(|(_, row)| row.closed_reason)
        .collect();
    assert_eq!(
        reasons,
        ["issued twice"],
        "why it was voided, not why it was written off"
    );
}

pub(crate) async fn staff_see_everything(bed: Testbed) {
    let node = played(&bed).await;
    let staff = staff();
    assert_eq!(
        node.read(|db| count_estimates(db, &staff, &EstimateFilter::default())),
        5
    );
    assert_eq!(
        node.read(|db| count_invoices(db, &staff, &InvoiceFilter::default())),
        11
    );
    assert_eq!(
        node.read(|db| count_payments(db, &staff, &PaymentFilter::default())),
        6
    );
    let acmes = node.read(|db| list_activity(db, &staff, Some(ACME), &first(100)));
    let kinds: Vec<&str> = acmes
        .rows
        .iter()
        .map(|(_, row)| row.event_type.as_str())
        .collect();
    assert!(
        kinds.contains(&"InvoiceWrittenOff"),
        "internal events of the customer too"
    );
    assert!(
        acmes
            .rows
            .iter()
            .all(|(_, row)| row.customer_id == Some(ACME))
    );
}
