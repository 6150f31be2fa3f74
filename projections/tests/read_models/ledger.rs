//! The ledger adds up: to balances, to what is due, page by page and on any day.

use std::collections::BTreeMap;

use domain::ids::{PaymentId, RefundId};
use domain::invoice::{Invoice, InvoiceCommand};
use domain::money::{Currency, Money};
use domain::payment::{Payment, PaymentCommand, RefundPayment};
use projections::*;
use time::Date;
use uuid::Uuid;

use crate::scenario::{ACME, BOLT, played};
use crate::testbed::{Node, Testbed};
use crate::world::{World, contact_of, day, draft_in, eur, first, staff};

fn all_of(node: &Node, viewer: &Viewer, filter: &LedgerFilter, page_size: usize) -> Vec<LedgerRow> {
    let mut page = first(page_size);
    let mut rows = vec![];
    loop {
        let slice = node.read(|db| list_ledger(db, viewer, filter, &page));
        page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        rows.extend(slice.rows.into_iter().map(|(_, row)| row));
        if !slice.has_next {
            return rows;
        }
    }
}

fn euros_of(customer_id: Uuid) -> LedgerFilter {
    LedgerFilter {
        customer_id,
        currency: Currency::EUR,
        from: None,
        to: None,
        applications: true,
    }
}

fn minor(row: &LedgerRow) -> (LedgerKind, Date, i64, i64, i64) {
    let (change, due) = (row.change.minor(), row.due_change.minor());
    (row.kind, row.happened_on, change, due, row.balance.minor())
}

/// What ledger, accounts and ageing say of these customers is what their balances and invoices say; called for random
/// business too.
pub(crate) fn assert_adds_up(node: &Node, customers: &[Uuid], when: &str) {
    let far = Date::from_calendar_date(2999, time::Month::December, 31).unwrap();
    for customer in customers {
        let balances: BTreeMap<&str, (i64, i64)> = node
            .read(|db| list_balances(db, &staff(), &[*customer]))
            .into_iter()
            .map(|(_, row)| {
                let sums = (row.outstanding.minor(), row.credit.minor());
                (row.credit.currency.code(), sums)
            })
            .collect();
        let accounts = node.read(|db| list_accounts(db, &staff(), *customer, None, None));
        let shown: BTreeMap<&str, i64> = accounts
            .iter()
            .map(|row| (row.closing.currency.code(), row.closing.minor()))
            .collect();
        let expected: BTreeMap<&str, i64> = balances
            .iter()
            .map(|(currency, (outstanding, credit))| (*currency, outstanding - credit))
            .collect();
        assert_eq!(shown, expected, "{when}: accounts of {customer}");
        let aged: BTreeMap<&str, (i64, i64)> = node
            .read(|db| sum_ageing(db, &staff(), far, Some(*customer)))
            .into_iter()
            .map(|row| {
                (
                    row.due.currency.code(),
                    (row.due.minor(), row.credit.minor()),
                )
            })
            .collect();
        let mut owing = balances.clone();
        owing.retain(|_, sums| *sums != (0, 0));
        assert_eq!(aged, owing, "{when}: ageing of {customer}");
        for account in accounts {
            let currency = account.closing.currency;
            let filter = LedgerFilter {
                currency,
                ..euros_of(*customer)
            };
            let rows = all_of(node, &staff(), &filter, 7);
            let sum: i64 = rows.iter().map(|row| row.change.minor()).sum();
            assert_eq!(sum, account.closing.minor(), "{when}: ledger of {customer}");
            let last = rows.last().map(|row| row.balance.minor());
            assert_eq!(last, Some(sum), "{when}: running balance of {customer}");
            let mut dues: BTreeMap<Uuid, i64> = BTreeMap::new();
            for row in &rows {
                if let Some(invoice) = row.invoice_id {
                    *dues.entry(invoice).or_default() += row.due_change.minor();
                }
            }
            for (invoice, due) in dues {
                let row = node.read(|db| find_invoice(db, &staff(), invoice)).unwrap();
                assert_eq!(row.due.minor(), due, "{when}: due of {invoice}");
            }
        }
    }
}

/// A short life of Acme's account (and Bolt's yen), told for its dates: two invoices of day 4, due on day 34; a cheque
/// received on day 5, of which some is applied on day 9, taken back on day 10 and given back on day 11; one invoice
/// written off, taken back, and written off again; the other voided; a third one issued on day 12, due on day 26.
async fn story(bed: &Testbed) -> Node {
    let node = bed.node().await;
    let world = World(&node.log);
    world.register(ACME, "Acme", Currency::EUR).await;
    world.register(BOLT, "Bolt", Currency::JPY).await;
    world.invoice(LOST, ACME, Currency::EUR, 10_000).await;
    world.invoice(WRONG, ACME, Currency::EUR, 20_000).await;
    world.invoice(YEN, BOLT, Currency::JPY, 1_000).await;
    world.record(CHEQUE, ACME, eur(50_000), vec![]).await;
    let apply = |cents, on| InvoiceCommand::ApplyPayment {
        round: 1,
        payment_id: PaymentId(CHEQUE),
        amount: eur(cents),
        on,
    };
    world.tell::<Invoice>(WRONG, apply(4_000, day(9))).await;
    let unapply = InvoiceCommand::UnapplyPayment {
        payment_id: PaymentId(CHEQUE),
        reason: "meant for another".to_owned(),
        on: day(10),
    };
    world.tell::<Invoice>(WRONG, unapply).await;
    let refund = PaymentCommand::Refund(RefundPayment {
        refund_id: RefundId(Uuid::from_u128(1)),
        amount: eur(20_000),
        reason: "asked for it".to_owned(),
        on: day(11),
    });
    world.tell::<Payment>(CHEQUE, refund).await;
    world
        .draft_invoice(OPEN, ACME, draft_in(Currency::EUR, 80_000))
        .await;
    world.issue(OPEN, day(12), day(26)).await;
    world.tell::<Invoice>(OPEN, apply(30_000, day(12))).await;
    let write_off = |reason: &str| InvoiceCommand::WriteOff {
        reason: reason.to_owned(),
        on: day(20),
    };
    let reverse = InvoiceCommand::ReverseWriteOff {
        reason: "they called".to_owned(),
        on: day(21),
    };
    let void = InvoiceCommand::Void {
        reason: "issued twice".to_owned(),
        on: day(20),
    };
    for (id, command) in [
        (LOST, write_off("gone quiet")),
        (LOST, reverse),
        (LOST, write_off("insolvent")),
        (WRONG, void),
    ] {
        world.tell::<Invoice>(id, command).await;
    }
    node.assert_clean().await;
    node
}

const LOST: Uuid = Uuid::from_u128(0x11);
const WRONG: Uuid = Uuid::from_u128(0x12);
const OPEN: Uuid = Uuid::from_u128(0x13);
const YEN: Uuid = Uuid::from_u128(0x14);
const CHEQUE: Uuid = Uuid::from_u128(0xf1);

pub(crate) async fn every_movement_stands_in_the_ledger(bed: Testbed) {
    use LedgerKind::*;
    let node = story(&bed).await;
    let rows = all_of(&node, &staff(), &euros_of(ACME), 100);
    // Those of one day stand as they were recorded: the second write-off is of day 20 too.
    let expected = [
        (InvoiceIssued, day(4), 12_000, 12_000, 12_000),
        (InvoiceIssued, day(4), 24_000, 24_000, 36_000),
        (PaymentReceived, day(5), -50_000, 0, -14_000),
        (PaymentApplied, day(9), 0, -4_000, -14_000),
        (PaymentUnapplied, day(10), 0, 4_000, -14_000),
        (PaymentRefunded, day(11), 20_000, 0, 6_000),
        (InvoiceIssued, day(12), 96_000, 96_000, 102_000),
        (PaymentApplied, day(12), 0, -30_000, 102_000),
        (InvoiceWrittenOff, day(20), -12_000, -12_000, 90_000),
        (InvoiceWrittenOff, day(20), -12_000, -12_000, 78_000),
        (InvoiceVoided, day(20), -24_000, -24_000, 54_000),
        (WriteOffReversed, day(21), 12_000, 12_000, 66_000),
    ];
    assert_eq!(rows.iter().map(minor).collect::<Vec<_>>(), expected);
    let applied = &rows[3];
    assert_eq!(
        (applied.document_id, applied.invoice_id),
        (CHEQUE, Some(WRONG))
    );
    assert_eq!(applied.number.as_deref(), Some("PAY-00001"));
    assert_eq!(applied.invoice_number.as_deref(), Some("INV-00002"));
    let who = (applied.actor_name.as_str(), applied.actor_role.as_str());
    assert_eq!(who, ("Sam Staff", "staff"));
    assert_adds_up(&node, &[ACME, BOLT], "after the story");
}

pub(crate) async fn the_ledger_adds_up_after_everything_that_can_happen(bed: Testbed) {
    let node = played(&bed).await;
    assert_adds_up(&node, &[ACME, BOLT], "after the scenario");
}

pub(crate) async fn a_statement_reads_the_same_in_pages_of_any_size(bed: Testbed) {
    let node = story(&bed).await;
    let some_days = LedgerFilter {
        from: Some(day(5)),
        to: Some(day(20)),
        applications: false,
        ..euros_of(ACME)
    };
    let whole = all_of(&node, &staff(), &some_days, 100);
    assert_eq!(whole.len(), 6);
    for size in 1..5 {
        assert_eq!(all_of(&node, &staff(), &some_days, size), whole, "{size}");
    }
    assert!(whole.iter().all(|row| !row.change.is_zero()));
    let accounts = node.read(|db| list_accounts(db, &staff(), ACME, some_days.from, some_days.to));
    let [account] = accounts.as_slice() else {
        panic!("{accounts:?}");
    };
    assert_eq!(account.opening, eur(36_000));
    assert_eq!(
        whole[0].balance.minor(),
        account.opening.minor() + whole[0].change.minor()
    );
    assert_eq!(whole.last().unwrap().balance, account.closing);
    let sum = account.opening.minor() + account.charged.minor() + account.credited.minor();
    assert_eq!(sum, account.closing.minor());
    // Whoever asks with the cursor of another list is shown nothing rather than anything.
    let mut page = first(5);
    page.after = Cursor::decode("bjU6MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA");
    assert!(page.after.is_some());
    let slice = node.read(|db| list_ledger(db, &staff(), &some_days, &page));
    assert!(slice.rows.is_empty());
}

pub(crate) async fn ageing_is_of_any_day(bed: Testbed) {
    let node = story(&bed).await;
    let aged = |on: Date| {
        let rows = node.read(|db| sum_ageing(db, &staff(), on, Some(ACME)));
        rows.into_iter()
            .map(|row| {
                let buckets = [row.current, row.to_30, row.to_60, row.to_90, row.over_90];
                let buckets = buckets.map(Money::minor);
                (buckets, row.due.minor(), row.credit.minor())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(aged(day(3)), []);
    assert_eq!(aged(day(4)), [([36_000, 0, 0, 0, 0], 36_000, 0)]);
    assert_eq!(aged(day(8)), [([36_000, 0, 0, 0, 0], 36_000, 50_000)]);
    assert_eq!(aged(day(9)), [([32_000, 0, 0, 0, 0], 32_000, 46_000)]);
    assert_eq!(aged(day(11)), [([36_000, 0, 0, 0, 0], 36_000, 30_000)]);
    assert_eq!(aged(day(19)), [([102_000, 0, 0, 0, 0], 102_000, 0)]);
    // From day 21 on only the third invoice is due, of which 660 are left: to be paid by day 26.
    for (on, bucket) in [
        (26, 0),
        (27, 1),
        (56, 1),
        (57, 2),
        (86, 2),
        (87, 3),
        (116, 3),
        (117, 4),
        (5_000, 4),
    ] {
        let mut buckets = [0; 5];
        buckets[bucket] = 66_000;
        assert_eq!(aged(day(on)), [(buckets, 66_000, 0)], "day {on}");
    }

    let listed = node.read(|db| list_ageing(db, &staff(), day(40), None, &first(1)));
    assert!(listed.has_next);
    assert_eq!(listed.rows[0].1.customer_id, ACME);
    let mut page = first(5);
    page.after = Some(listed.rows[0].0.clone());
    let rest = node.read(|db| list_ageing(db, &staff(), day(40), None, &page));
    assert_eq!(rest.rows[0].1.customer_id, BOLT);
    let all = node.read(|db| sum_ageing(db, &staff(), day(40), None));
    let parts = [&listed.rows[0].1.ageing[..], &rest.rows[0].1.ageing[..]].concat();
    assert_eq!(all, parts, "each owes in a currency of its own");
    let before = node.read(|db| list_ageing(db, &staff(), day(3), None, &first(5)));
    assert!(before.rows.is_empty());
}

pub(crate) async fn a_contact_reads_no_internal_words(bed: Testbed) {
    let node = story(&bed).await;
    let words = |viewer: &Viewer| {
        let rows = all_of(&node, viewer, &euros_of(ACME), 100);
        let words: Vec<String> = rows.into_iter().filter_map(|row| row.detail).collect();
        words.join(", ")
    };
    let internal = ["gone quiet", "insolvent", "they called"];
    let (to_staff, to_contact) = (words(&staff()), words(&contact_of(ACME)));
    for words in internal {
        assert!(to_staff.contains(words), "{to_staff}");
        assert!(!to_contact.contains(words), "{to_contact}");
    }
    assert!(to_contact.contains("issued twice"), "why it was voided");
}

pub(crate) async fn months_come_to_what_was_billed_and_paid_of_what_the_viewer_sees(bed: Testbed) {
    let node = story(&bed).await;
    // A payment of the day before yesterday's month, and one that is given back a month later.
    let world = World(&node.log);
    let early = Uuid::from_u128(0xf2);
    world.record(early, ACME, eur(7_000), vec![]).await;
    let refund = PaymentCommand::Refund(RefundPayment {
        refund_id: RefundId(Uuid::from_u128(2)),
        amount: eur(1_000),
        reason: "too much".to_owned(),
        on: day(33),
    });
    world.tell::<Payment>(early, refund).await;
    node.assert_clean().await;
    let months = |viewer: &Viewer, currency, today: Date, count| {
        let viewer = viewer.clone();
        let rows = node.read(move |db| list_months(db, &viewer, currency, today, count));
        let minor = |row: MonthRow| (row.month, row.billed.minor(), row.paid.minor());
        rows.into_iter().map(minor).collect::<Vec<_>>()
    };
    let (february, march, april) = (day(-27), day(1), day(32));
    let acmes = vec![
        (february, 0, 0),
        // 120 + 240 + 960 less the 240 that was voided; 500 + 70 less the 200 that went back. What is written off was
        // billed all the same.
        (march, 108_000, 37_000),
        (april, 0, -1_000),
    ];
    let today = day(40);
    for viewer in [staff(), contact_of(ACME)] {
        assert_eq!(months(&viewer, Currency::EUR, today, 3), acmes);
    }
    assert_eq!(months(&staff(), Currency::EUR, today, 1), acmes[2..]);
    assert_eq!(months(&staff(), Currency::EUR, day(31), 1), acmes[1..2]);
    let nothing = vec![(march, 0, 0), (april, 0, 0)];
    assert_eq!(months(&contact_of(BOLT), Currency::EUR, today, 2), nothing);
    let yen = months(&staff(), Currency::JPY, today, 2);
    assert_eq!(yen, [(march, 1_200, 0), (april, 0, 0)]);
    assert_eq!(months(&contact_of(BOLT), Currency::JPY, today, 2), yen);
    assert_eq!(months(&contact_of(ACME), Currency::JPY, today, 2), nothing);
}
