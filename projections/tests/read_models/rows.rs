//! What the rows say after the scenario, and that a rebuild says the same.

use std::collections::BTreeSet;

use domain::customer::CustomerAddresses;
use domain::ids::PaymentId;
use domain::invoice::Settler;
use domain::money::{Currency, Money};
use projections::*;
use rusqlite::Connection;
use time::Duration;
use uuid::Uuid;

use crate::scenario::*;
use crate::testbed::{Node, Testbed, raw, served_file};
use crate::world::{address, day, eur, first, party, staff};

/// The stored names of all events there are, from the domain's own sources.
fn every_event() -> BTreeSet<String> {
    let sources = [
        include_str!("../../../domain/src/credit_note/event.rs"),
        include_str!("../../../domain/src/customer/event.rs"),
        include_str!("../../../domain/src/estimate/event.rs"),
        include_str!("../../../domain/src/invoice/event.rs"),
        include_str!("../../../domain/src/organisation/event.rs"),
        include_str!("../../../domain/src/payment/event.rs"),
        include_str!("../../../domain/src/plan/event.rs"),
        include_str!("../../../domain/src/subscription/event.rs"),
    ];
    let lines = sources.iter().flat_map(|source| source.lines());
    let names = lines.filter_map(|line| {
        let (name, _) = line
            .trim()
            .strip_prefix("#[serde(rename = \"")?
            .split_once('"')?;
        Some(name.to_owned())
    });
    names.collect()
}

pub(crate) async fn the_scenario_reaches_every_event_and_rebuilt_equals_live(bed: Testbed) {
    let node = played(&bed).await;
    let events = node.log.tail(0, 10_000).await.unwrap();
    let happened: BTreeSet<String> = events.iter().map(|e| e.event_type.clone()).collect();
    assert_eq!(happened, every_event());

    let live = dump(&served_file(&node.folder));
    for (table, rows) in &live {
        assert!(!rows.is_empty(), "{table} is empty: nothing is compared");
    }
    let report = node.assert_clean().await;
    assert_eq!(report.position, i64::try_from(events.len()).unwrap());
    let rows: usize = live.iter().map(|(_, rows)| rows.len()).sum();
    assert_eq!(report.rows, u64::try_from(rows).unwrap());

    // The check has compared row by row; the rebuilt file itself is looked at from the outside too.
    let log = node.kill().await;
    projections_folder_emptied(&bed);
    let rebuilt = Node::start(log, &bed.folder()).await;
    assert_eq!(dump(&served_file(&rebuilt.folder)), live);
}

fn projections_folder_emptied(bed: &Testbed) {
    std::fs::remove_dir_all(bed.folder()).unwrap();
}

/// Every table with every row as text.
fn dump(file: &std::path::Path) -> Vec<(String, Vec<String>)> {
    let db = Connection::open(file).unwrap();
    let names = "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut names = db.prepare(names).unwrap();
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let rows_of = |table: &str| {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = rows.column_count();
        let text = |row: &rusqlite::Row<'_>| {
            let value = |index| row.get::<_, rusqlite::types::Value>(index);
            Ok(format!("{:?}", (0..width).map(value).collect::<Vec<_>>()))
        };
        let rows = rows.query_map([], text).unwrap();
        let mut rows: Vec<String> = rows.map(Result::unwrap).collect();
        rows.sort();
        rows
    };
    names
        .iter()
        .map(|table| (table.clone(), rows_of(table)))
        .collect()
}

pub(crate) async fn customers_stand_with_contacts_and_payment_method(bed: Testbed) {
    let node = played(&bed).await;
    let acme = CustomerRow {
        id: ACME,
        version: 18,
        name: "Acme Ltd".to_owned(),
        email: None,
        phone: Some("+43 1 234".to_owned()),
        tax_id: Some("ATU12345678".to_owned()),
        language: "de-AT".to_owned(),
        currency: Currency::EUR,
        payment_terms_days: 14,
        addresses: CustomerAddresses {
            billing: Some(address("Linz")),
            shipping: Some(address("Wels")),
        },
        payment_method_kind: Some("bank_account".to_owned()),
        payment_method_label: Some("AT12 3456".to_owned()),
        registered_on: day(1),
    };
    assert_eq!(
        node.read(|db| find_customer(db, &staff(), ACME)),
        Some(acme)
    );
    let contact = |contact_id, name: &str, portal: &str| ContactRow {
        customer_id: ACME,
        contact_id,
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase()),
        phone: None,
        portal: portal.to_owned(),
    };
    let contacts = node.read(|db| list_contacts(db, &staff(), &[ACME]));
    let expected = [
        contact(ANA, "Anabel", "joined"),
        contact(CLEO, "Cleo", "revoked"),
    ];
    assert_eq!(contacts, expected);
    let customers = node.read(|db| list_customers(db, &staff(), None, &first(10)));
    let names: Vec<&str> = customers
        .rows
        .iter()
        .map(|(_, c)| c.name.as_str())
        .collect();
    assert_eq!(names, ["Acme Ltd", "Bolt", "Dune Traders"]);
    assert_eq!(node.read(|db| count_customers(db, &staff(), None)), 3);
}

pub(crate) async fn estimates_stand_with_every_revision(bed: Testbed) {
    let node = played(&bed).await;
    let estimate = |id| node.read(|db| find_estimate(db, &staff(), id)).unwrap();
    let invoiced = EstimateRow {
        id: INVOICED_ESTIMATE,
        version: 12,
        customer_id: ACME,
        number: Some("EST-00001".to_owned()),
        state: EstimateState::Invoiced,
        revision: 2,
        offered_revision: Some(2),
        total: eur(96_000),
        dated: day(7),
        valid_until: Some(day(40)),
        invoice_id: Some(OPEN_INVOICE),
        deposit_id: None,
    };
    assert_eq!(estimate(INVOICED_ESTIMATE), invoiced);
    let reworked = EstimateRow {
        id: REWORKED_ESTIMATE,
        version: 4,
        customer_id: ACME,
        number: Some("EST-00002".to_owned()),
        state: EstimateState::Draft,
        revision: 2,
        offered_revision: Some(1),
        total: eur(36_000),
        dated: day(3),
        valid_until: Some(day(33)),
        invoice_id: None,
        deposit_id: None,
    };
    assert_eq!(estimate(REWORKED_ESTIMATE), reworked);
    let drafted = estimate(DRAFT_ESTIMATE);
    assert_eq!(
        (drafted.state, drafted.number, drafted.offered_revision),
        (EstimateState::Draft, None, None)
    );
    assert_eq!(
        (drafted.total, drafted.dated, drafted.valid_until),
        (eur(6_000), day(2), None)
    );

    let revisions = node.read(|db| list_revisions(db, &staff(), &[INVOICED_ESTIMATE]));
    let [one, two] = revisions.as_slice() else {
        panic!("{revisions:?}")
    };
    let expected = RevisionRow {
        estimate_id: INVOICED_ESTIMATE,
        revision: 1,
        total: eur(120_000),
        drafted_on: day(2),
        offered_on: Some(day(3)),
        valid_until: Some(day(33)),
        viewed_on: Some(day(4)),
        answer: Some("declined".to_owned()),
        answered_on: Some(day(5)),
        answered_by: None,
        reason: Some("too dear".to_owned()),
        would_accept: Some("800".to_owned()),
        document: one.document.clone(),
        deposit_percent: None,
        agreed: None,
    };
    assert_eq!(*one, expected);
    assert_eq!(one.document.total(), eur(120_000));
    let expected = RevisionRow {
        estimate_id: INVOICED_ESTIMATE,
        revision: 2,
        total: eur(96_000),
        drafted_on: day(6),
        offered_on: Some(day(7)),
        valid_until: Some(day(40)),
        viewed_on: None,
        answer: Some("accepted".to_owned()),
        answered_on: Some(day(10)),
        answered_by: Some("Anabel".to_owned()),
        reason: None,
        would_accept: None,
        document: two.document.clone(),
        deposit_percent: None,
        agreed: two.agreed.clone(),
    };
    assert_eq!(*two, expected);
    let withdrawn = &node.read(|db| list_revisions(db, &staff(), &[REWORKED_ESTIMATE]))[0];
    assert_eq!(withdrawn.answer.as_deref(), Some("withdrawn"));
    assert_eq!(withdrawn.reason.as_deref(), Some("prices rose"));

    let open = node
        .read(|db| find_estimate(db, &staff(), BOLTS_ESTIMATE))
        .unwrap();
    let last_day = open.valid_until.unwrap();
    assert!(!open.is_expired(last_day));
    assert!(open.is_expired(last_day + Duration::DAY));
}

pub(crate) async fn invoices_stand_with_what_they_say(bed: Testbed) {
    let node = played(&bed).await;
    let invoice = |id| node.read(|db| find_invoice(db, &staff(), id)).unwrap();
    let open = InvoiceRow {
        id: OPEN_INVOICE,
        version: 20,
        customer_id: ACME,
        number: Some("INV-00001".to_owned()),
        state: InvoiceState::Open,
        total: eur(96_000),
        net: eur(80_000),
        tax: eur(16_000),
        settled: eur(60_000),
        reserved: eur(0),
        due: eur(36_000),
        dated: day(12),
        due_date: Some(day(26)),
        viewed_on: Some(day(13)),
        paid_on: None,
        closed_reason: None,
        estimate: Some((INVOICED_ESTIMATE, 2)),
        subscription: None,
        is_deposit: false,
        late_fee_of: None,
        disputed: false,
        reminded: 1,
        charged: 0,
        late_fees_waived: false,
        is_resting: false,
    };
    assert!(!open.is_overdue(day(26)));
    assert!(open.is_overdue(day(27)));
    assert_eq!(invoice(OPEN_INVOICE), open);
    let closed = |id| {
        let row = invoice(id);
        (row.state, row.due, row.closed_reason)
    };
    let (nothing, reason) = (eur(0), |text: &str| Some(text.to_owned()));
    let expected = (InvoiceState::WrittenOff, nothing, reason("insolvent"));
    assert_eq!(closed(WRITTEN_OFF_INVOICE), expected);
    let expected = (InvoiceState::Voided, nothing, reason("issued twice"));
    assert_eq!(closed(VOIDED_INVOICE), expected);
    let free = invoice(FREE_INVOICE);
    assert_eq!(
        (free.state, free.paid_on, free.total),
        (InvoiceState::Paid, Some(day(4)), eur(0))
    );
    let drafted = invoice(DRAFT_INVOICE);
    assert_eq!(
        (drafted.state, drafted.number, drafted.due_date, drafted.due),
        (InvoiceState::Draft, None, None, eur(0))
    );
    assert_eq!((drafted.total, drafted.dated), (eur(600), day(3)));

    let ids = [OPEN_INVOICE, DRAFT_INVOICE];
    let documents = node.read(|db| list_invoice_documents(db, &staff(), &ids));
    let [issued, drafted] = documents.as_slice() else {
        panic!("{documents:?}")
    };
    assert_eq!(issued.document.total(), eur(96_000));
    assert_eq!(issued.seller, Some(party("Lumen Studio")));
    assert_eq!(issued.buyer, Some(party("Acme")));
    assert_eq!((&drafted.seller, &drafted.buyer), (&None, &None));

    let overdue = node.read(|db| sum_overdue(db, &staff(), day(35)));
    let yen = Money::from_minor(1_200, Currency::JPY);
    assert_eq!(overdue, [(1, eur(36_000)), (1, yen)]);
    assert_eq!(
        node.read(|db| sum_overdue(db, &staff(), day(34))),
        [(1, eur(36_000))]
    );
}

pub(crate) async fn allocations_and_payments_stand(bed: Testbed) {
    let node = played(&bed).await;
    let allocation = AllocationRow {
        invoice_id: OPEN_INVOICE,
        settler: Settler::Payment(PaymentId(CARD_PAYMENT)),
        applied: true,
        amount: eur(60_000),
        dated: day(12), // The money came on the 9th, the invoice was issued on the 12th.
    };
    let to = node.read(|db| list_allocations_to(db, &staff(), &[OPEN_INVOICE, BOLTS_INVOICE]));
    assert_eq!(to.as_slice(), std::slice::from_ref(&allocation));
    let of = node.read(|db| list_allocations_of(db, &staff(), &[CHEQUE_PAYMENT, CARD_PAYMENT]));
    assert_eq!(of, [allocation]);

    let payment = |id| node.read(|db| find_payment(db, &staff(), id)).unwrap();
    let card = PaymentRow {
        id: CARD_PAYMENT,
        version: 2,
        customer_id: ACME,
        number: Some("PAY-00001".to_owned()),
        state: PaymentState::Succeeded,
        amount: eur(60_000),
        applied: eur(60_000),
        refunded: eur(0),
        method: "stripe".to_owned(),
        reference: None,
        provider_reference: Some("pi_1".to_owned()),
        failure_code: None,
        failure_reason: None,
        dated: day(8),
    };
    assert_eq!(payment(CARD_PAYMENT), card);
    let cheque = PaymentRow {
        id: CHEQUE_PAYMENT,
        version: 4,
        customer_id: ACME,
        number: Some("PAY-00003".to_owned()),
        state: PaymentState::Succeeded,
        amount: eur(50_000),
        applied: eur(0),
        refunded: eur(20_000),
        method: "cheque".to_owned(),
        reference: Some("no. 17".to_owned()),
        provider_reference: None,
        failure_code: None,
        failure_reason: None,
        dated: day(5),
    };
    assert_eq!(cheque.unapplied(), eur(30_000));
    assert_eq!(payment(CHEQUE_PAYMENT), cheque);
    let failed = payment(FAILED_PAYMENT);
    assert_eq!(failed.state, PaymentState::Failed);
    assert_eq!(failed.provider_reference.as_deref(), Some("pi_0"));
    assert_eq!(failed.failure_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(failed.failure_reason.as_deref(), Some("not enough money"));
    assert_eq!((failed.unapplied(), failed.dated), (eur(0), day(7)));
    let cancelled = payment(CANCELLED_PAYMENT);
    assert_eq!(cancelled.state, PaymentState::Cancelled);
    assert_eq!(cancelled.failure_reason.as_deref(), Some("closed the page"));
}

pub(crate) async fn balances_stand_by_currency(bed: Testbed) {
    let node = played(&bed).await;
    let yen = |minor| Money::from_minor(minor, Currency::JPY);
    let acme = BalanceRow {
        outstanding: eur(36_000),
        credit: eur(40_000),
    };
    let bolt = BalanceRow {
        outstanding: yen(1_200),
        credit: yen(1_700),
    };
    let listed = node.read(|db| list_balances(db, &staff(), &[BOLT, ACME]));
    assert_eq!(listed, [(BOLT, bolt), (ACME, acme)]);
    assert_eq!(node.read(|db| sum_balances(db, &staff())), [acme, bolt]);
}

/// Of the eight bytes that a PNG begins with.
const LOGO_SHA256: &str = "4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6";

pub(crate) async fn the_organisation_stands(bed: Testbed) {
    let node = bed.node().await;
    assert_eq!(node.read(find_organisation), None);
    play(&crate::world::World(&node.log)).await;
    node.caught_up().await;
    let expected = OrganisationRow {
        version: 4,
        profile: profile("Lumen Studio"),
        settings: settings(),
        accent: Some("#1d4ed8".to_owned()),
        logo: Some(LOGO_SHA256.to_owned()),
    };
    assert_eq!(node.read(find_organisation), Some(expected));
}

pub(crate) async fn everything_that_happened_is_told_in_order(bed: Testbed) {
    let node = played(&bed).await;
    let history = node.read(|db| list_history(db, &staff(), INVOICED_ESTIMATE));
    let told: Vec<&str> = history.iter().map(|row| row.event_type.as_str()).collect();
    let expected = [
        "EstimateDrafted",
        "EstimateDraftRevised",
        "EstimateOffered",
        "EstimateViewed",
        "EstimateDeclined",
        "EstimateReworked",
        "EstimateReoffered",
        "EstimateForwarded",
        "EstimateAccepted",
        "EstimateAcceptanceUndone",
        "EstimateAccepted",
        "EstimateInvoiced",
    ];
    assert_eq!(told, expected);
    let declined = &history[4];
    let recorded = node.log.tail(declined.position - 1, 1).await.unwrap();
    let expected = ActivityRow {
        position: declined.position,
        customer_id: Some(ACME),
        subject_type: "estimate".to_owned(),
        subject_id: INVOICED_ESTIMATE,
        number: Some("EST-00001".to_owned()),
        version: 5,
        event_type: "EstimateDeclined".to_owned(),
        actor_id: "u-1".to_owned(),
        actor_name: "Sam Staff".to_owned(),
        actor_role: "staff".to_owned(),
        happened_on: day(5),
        recorded_at: recorded[0].recorded_at,
        amount: None,
        detail: Some("too dear".to_owned()),
    };
    assert_eq!(*declined, expected);

    // The feed is the log backwards, and each history a part of it.
    let feed = node.read(|db| list_activity(db, &staff(), None, &first(100)));
    let events = node.log.tail(0, 1_000).await.unwrap();
    assert_eq!(feed.rows.len(), events.len().min(100));
    for ((_, row), event) in feed.rows.iter().zip(events.iter().rev()) {
        assert_eq!(
            (row.position, row.subject_id),
            (event.position, event.aggregate_id)
        );
        assert_eq!(row.event_type, event.event_type);
        assert_eq!(row.version, event.sequence);
    }
    let applied = node.read(|db| list_history(db, &staff(), OPEN_INVOICE));
    let applied = applied
        .iter()
        .find(|row| row.event_type == "InvoicePaymentApplied");
    assert_eq!(applied.unwrap().amount, Some(eur(60_000)));
    let organisation = domain::organisation::ORGANISATION_ID;
    assert_eq!(
        node.read(|db| list_history(db, &staff(), organisation))
            .len(),
        4
    );
    assert_eq!(node.read(|db| find_version(db, INVOICED_ESTIMATE)), 12);
    assert_eq!(node.read(|db| find_version(db, Uuid::now_v7())), 0);
}

/// `CustomerRegistered` version 1 had no language.
pub(crate) async fn an_old_event_is_upcast(bed: Testbed) {
    let node = bed.node().await;
    let payload = r#"{"CustomerRegistered": {"details": {"name": "Old"}, "addresses": {},
                      "currency": "EUR", "payment_terms_days": 30, "on": "2024-05-17"}}"#;
    let id = Uuid::now_v7();
    raw(
        &node.log,
        &insert(id, 1, "customer", ["CustomerRegistered", "1"], payload),
    )
    .await;
    node.caught_up().await;
    let row = node.read(|db| find_customer(db, &staff(), id)).unwrap();
    assert_eq!((row.name.as_str(), row.language.as_str()), ("Old", "en"));
    assert_eq!(row.email, None);
}

/// SQL that inserts an event past the commands.
pub(crate) fn insert(
    id: Uuid,
    sequence: u32,
    aggregate: &str,
    [name, version]: [&str; 2],
    payload: &str,
) -> String {
    let metadata = serde_json::json!({
        "event_id": Uuid::now_v7(), "command_id": Uuid::now_v7(), "command_index": "0",
        "correlation_id": Uuid::now_v7(), "actor_id": "u-1", "actor_name": "Ana", "actor_role": "staff",
    });
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         VALUES ('{aggregate}', '{id}', {sequence}, '{name}', '{version}', '{payload}', '{metadata}')"
    )
}

pub(crate) async fn refunds_stand_and_late_money_is_credit(bed: Testbed) {
    let node = played(&bed).await;
    let late = node
        .read(|db| find_payment(db, &staff(), LATE_PAYMENT))
        .unwrap();
    assert_eq!(late.state, PaymentState::Succeeded);
    assert_eq!((late.failure_code, late.failure_reason), (None, None));
    assert_eq!((late.applied, late.refunded), (eur(0), eur(5_000)));
    let rows = node.read(|db| list_refunds_of(db, &staff(), &[LATE_PAYMENT, CHEQUE_PAYMENT]));
    let figures: Vec<_> = rows
        .iter()
        .map(|row| (row.state, row.amount, row.by_provider))
        .collect();
    assert_eq!(
        figures,
        [
            (RefundState::Succeeded, eur(4_000), true),
            (RefundState::Failed, eur(2_500), true),
            (RefundState::UnderWay, eur(1_000), true),
            (RefundState::Succeeded, eur(20_000), false),
        ]
    );
    assert_eq!(rows[0].provider_reference.as_deref(), Some("re_2"));
    assert_eq!(rows[1].failure_code.as_deref(), Some("account_closed"));
    assert_eq!(
        rows[1].failure_reason.as_deref(),
        Some("the account is closed")
    );
    assert_eq!(
        (rows[2].reason.as_str(), rows[2].dated),
        ("not owed", day(9))
    );
    let under_way = node.read(|db| list_refunds_under_way(db, &staff(), &first(10)));
    let under_way: Vec<_> = under_way.rows.into_iter().map(|(_, id)| id).collect();
    assert_eq!(under_way, [LATE_PAYMENT]);
}

pub(crate) async fn messages_and_the_latest_reviews_stand(bed: Testbed) {
    let node = played(&bed).await;
    let messages = node.read(|db| list_messages(db, &staff(), None, &first(10)));
    let said: Vec<_> = messages
        .rows
        .iter()
        .map(|(_, row)| (row.customer_id, row.author.as_str(), row.subject.as_str()))
        .collect();
    assert_eq!(
        said,
        [(BOLT, "Dora", "Parking"), (ACME, "Anabel", "Opening hours")]
    );
    assert_eq!(messages.rows[0].1.message, "When are you there?");
    assert_eq!(messages.rows[0].1.sent_on, day(3));
    let reviews = node.read(|db| list_reviews(db, &staff(), None, &first(10)));
    let thought: Vec<_> = reviews
        .rows
        .iter()
        .map(|(_, row)| (row.author.as_str(), row.rating, row.text.as_deref()))
        .collect();
    assert_eq!(
        thought,
        [("Dora", 4, None), ("Anabel", 5, Some("Very good"))]
    );
    assert!(reviews.rows[0].1.may_be_published);
    assert_eq!(reviews.rows[0].1.reviewed_on, day(4));
}
