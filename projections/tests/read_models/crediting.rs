//! What happens to credit notes in the scenario, and how they stand afterwards.

use std::collections::BTreeSet;

use domain::credit_note::{CreditNote, CreditNoteCommand, CreditNoteSource};
use domain::ids::{CreditNoteId, InvoiceId, PaymentId, RefundId};
use domain::invoice::{Invoice, InvoiceCommand, Settler};
use domain::money::{Currency, Money};
use projections::*;
use rusqlite::Connection;
use uuid::{Uuid, uuid};

use crate::scenario::*;
use crate::testbed::Testbed;
use crate::world::{World, contact_of, day, draft, eur, first, party, staff};

/// Acme's, settled by the credit note alone.
pub(crate) const CREDITED_INVOICE: Uuid = uuid!("00000000-0000-7000-8000-000000000017");
/// Acme's: corrects the open invoice; given to another one, taken back, refunded, refused; 50 euros are left.
pub(crate) const CREDIT_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d1");
pub(crate) const VOIDED_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d2");
pub(crate) const DISCARDED_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d3");
pub(crate) const DRAFT_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d4");
pub(crate) const BOLTS_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d5");
/// Acme's: all of it is given back.
pub(crate) const CLOSED_NOTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d6");

pub(crate) async fn play(world: &World<'_>) {
    world
        .invoice(CREDITED_INVOICE, ACME, Currency::EUR, 5_000)
        .await;
    let invoice_id = InvoiceId(OPEN_INVOICE);
    let source = Some(CreditNoteSource::Invoice { invoice_id });
    let id = CREDIT_NOTE;
    world.draft_credit_note(id, ACME, draft(90), source).await;
    let revise = CreditNoteCommand::ReviseDraft {
        draft: draft(100),
        on: day(4),
    };
    world.tell::<CreditNote>(id, revise).await;
    world.issue_credit_note(id, day(13)).await;
    allocate(world, CREDITED_INVOICE, 6_000).await;
    apply(world, CREDITED_INVOICE, 1, 6_000).await;
    take_back(world).await;
    refused(world).await;
    refund(world, id, 1_000).await;
    others(world, source).await;
}

async fn allocate(world: &World<'_>, invoice: Uuid, cents: i64) {
    let allocate = CreditNoteCommand::Allocate {
        invoice_id: InvoiceId(invoice),
        amount: eur(cents),
        on: day(14),
    };
    world.tell::<CreditNote>(CREDIT_NOTE, allocate).await;
}

async fn apply(world: &World<'_>, invoice: Uuid, round: u32, cents: i64) {
    let apply = InvoiceCommand::ApplyCredit {
        round,
        credit_note_id: CreditNoteId(CREDIT_NOTE),
        amount: eur(cents),
        on: day(14),
    };
    world.tell::<Invoice>(invoice, apply).await;
}

async fn deallocate(world: &World<'_>, invoice: Uuid) {
    let deallocate = CreditNoteCommand::Deallocate {
        invoice_id: InvoiceId(invoice),
        amount: None,
        reason: "meant for another".to_owned(),
        on: day(15),
    };
    world.tell::<CreditNote>(CREDIT_NOTE, deallocate).await;
}

/// Given to the open invoice, and taken off it again.
async fn take_back(world: &World<'_>) {
    allocate(world, OPEN_INVOICE, 2_000).await;
    apply(world, OPEN_INVOICE, 1, 2_000).await;
    let unapply = InvoiceCommand::UnapplyCredit {
        credit_note_id: CreditNoteId(CREDIT_NOTE),
        reason: "meant for another".to_owned(),
        on: day(15),
    };
    world.tell::<Invoice>(OPEN_INVOICE, unapply).await;
    deallocate(world, OPEN_INVOICE).await;
}

async fn refused(world: &World<'_>) {
    allocate(world, VOIDED_INVOICE, 500).await;
    let refuse = InvoiceCommand::RefuseCredit {
        credit_note_id: CreditNoteId(CREDIT_NOTE),
        round: 1,
        reason: "the invoice is voided".to_owned(),
        on: day(15),
    };
    world.tell::<Invoice>(VOIDED_INVOICE, refuse).await;
    deallocate(world, VOIDED_INVOICE).await;
}

async fn refund(world: &World<'_>, id: Uuid, cents: i64) {
    let refund = CreditNoteCommand::Refund {
        refund_id: RefundId(Uuid::from_u128(2)),
        amount: eur(cents),
        reason: "by transfer".to_owned(),
        on: day(16),
    };
    world.tell::<CreditNote>(id, refund).await;
}

async fn others(world: &World<'_>, source: Option<CreditNoteSource>) {
    world
        .credit_note(VOIDED_NOTE, ACME, Currency::EUR, 700)
        .await;
    let void = CreditNoteCommand::Void {
        reason: "issued twice".to_owned(),
        on: day(17),
    };
    world.tell::<CreditNote>(VOIDED_NOTE, void).await;
    world
        .credit_note(BOLTS_NOTE, BOLT, Currency::JPY, 1_000)
        .await;
    world
        .credit_note(CLOSED_NOTE, ACME, Currency::EUR, 1_000)
        .await;
    refund(world, CLOSED_NOTE, 1_200).await;
    world
        .draft_credit_note(DISCARDED_NOTE, ACME, draft(3), source)
        .await;
    let discard = CreditNoteCommand::DiscardDraft { on: day(17) };
    world.tell::<CreditNote>(DISCARDED_NOTE, discard).await;
    world
        .draft_credit_note(DRAFT_NOTE, ACME, draft(4), source)
        .await;
}

pub(crate) async fn credit_notes_stand_with_what_they_say(bed: Testbed) {
    let node = played(&bed).await;
    let note = |id| node.read(|db| find_credit_note(db, &staff(), id)).unwrap();
    let open = CreditNoteRow {
        id: CREDIT_NOTE,
        version: 9,
        customer_id: ACME,
        number: Some("CN-00001".to_owned()),
        state: CreditNoteState::Open,
        total: eur(12_000),
        net: eur(10_000),
        tax: eur(2_000),
        applied: eur(6_000),
        refunded: eur(1_000),
        dated: day(13),
        voided_reason: None,
        invoice_id: Some(OPEN_INVOICE),
    };
    assert_eq!(open.unapplied(), eur(5_000));
    assert_eq!(note(CREDIT_NOTE), open);
    let voided = note(VOIDED_NOTE);
    assert_eq!(voided.voided_reason.as_deref(), Some("issued twice"));
    let stands = |id| {
        let row = note(id);
        (row.state, row.unapplied().minor())
    };
    assert_eq!(stands(VOIDED_NOTE), (CreditNoteState::Voided, 0));
    assert_eq!(stands(CLOSED_NOTE), (CreditNoteState::Closed, 0));
    assert_eq!(stands(DISCARDED_NOTE), (CreditNoteState::Discarded, 0));
    assert_eq!(stands(DRAFT_NOTE), (CreditNoteState::Draft, 0));
    assert_eq!(stands(BOLTS_NOTE), (CreditNoteState::Open, 1_200));

    let ids = [CREDIT_NOTE, DRAFT_NOTE];
    let documents = node.read(|db| list_credit_note_documents(db, &staff(), &ids));
    let [issued, drafted] = documents.as_slice() else {
        panic!("{documents:?}")
    };
    assert_eq!(issued.document.total(), eur(12_000));
    assert_eq!(issued.seller, Some(party("Lumen Studio")));
    assert_eq!(issued.buyer, Some(party("Acme")));
    assert_eq!((&drafted.seller, &drafted.buyer), (&None, &None));

    let row = node
        .read(|db| find_invoice(db, &staff(), CREDITED_INVOICE))
        .unwrap();
    assert_eq!(
        (row.state, row.settled, row.due, row.paid_on),
        (InvoiceState::Paid, eur(6_000), eur(0), Some(day(14)))
    );
    let corrections = node.read(|db| list_corrections(db, &staff(), OPEN_INVOICE));
    let corrections: Vec<Uuid> = corrections.iter().map(|row| row.id).collect();
    assert_eq!(corrections, [DISCARDED_NOTE, DRAFT_NOTE, CREDIT_NOTE]);
}

pub(crate) async fn an_invoice_lists_payments_and_credit_notes_alike(bed: Testbed) {
    let node = played(&bed).await;
    let settler = Settler::CreditNote(CreditNoteId(CREDIT_NOTE));
    let allocation = AllocationRow {
        invoice_id: CREDITED_INVOICE,
        settler,
        applied: true,
        amount: eur(6_000),
        dated: day(14),
    };
    let to = node.read(|db| list_allocations_to(db, &staff(), &[CREDITED_INVOICE]));
    assert_eq!(to.as_slice(), std::slice::from_ref(&allocation));
    let of = node.read(|db| list_allocations_of(db, &staff(), &[CREDIT_NOTE]));
    assert_eq!(of, [allocation]);

    // A payment of the same id would be another one.
    let world = World(&node.log);
    world.record(CREDIT_NOTE, ACME, eur(36_000), vec![]).await;
    let pay = InvoiceCommand::ApplyPayment {
        round: 1,
        payment_id: PaymentId(CREDIT_NOTE),
        amount: eur(30_000),
        on: day(16),
    };
    world.tell::<Invoice>(OPEN_INVOICE, pay).await;
    apply(&world, OPEN_INVOICE, 2, 6_000).await;
    node.caught_up().await;
    let to = node.read(|db| list_allocations_to(db, &staff(), &[OPEN_INVOICE]));
    let to: BTreeSet<(Settler, i64)> = to
        .iter()
        .map(|row| (row.settler, row.amount.minor()))
        .collect();
    let expected = [
        (Settler::Payment(PaymentId(CARD_PAYMENT)), 60_000),
        (Settler::Payment(PaymentId(CREDIT_NOTE)), 30_000),
        (settler, 6_000),
    ];
    assert_eq!(to, expected.into());
    node.assert_clean().await;
}

pub(crate) async fn the_parts_of_a_customers_credit_add_up_to_it(bed: Testbed) {
    let node = played(&bed).await;
    let credit = node.read(|db| list_credit(db, &staff(), ACME));
    let expected = [
        CreditRow {
            settler: Settler::Payment(PaymentId(CHEQUE_PAYMENT)),
            number: Some("PAY-00003".to_owned()),
            dated: day(5),
            amount: eur(30_000),
        },
        CreditRow {
            settler: Settler::Payment(PaymentId(LATE_PAYMENT)),
            number: Some("PAY-00002".to_owned()),
            dated: day(8),
            amount: eur(5_000),
        },
        CreditRow {
            settler: Settler::CreditNote(CreditNoteId(CREDIT_NOTE)),
            number: Some("CN-00001".to_owned()),
            dated: day(13),
            amount: eur(5_000),
        },
    ];
    assert_eq!(credit, expected);
    let balances = node.read(|db| list_balances(db, &staff(), &[ACME]));
    assert_eq!(balances[0].1.credit, eur(40_000));
}

pub(crate) async fn a_contact_sees_its_own_credit_notes_once_they_are_issued(bed: Testbed) {
    let node = played(&bed).await;
    let (ana, dora) = (contact_of(ACME), contact_of(BOLT));
    let seen = |viewer: &Viewer, id| {
        let found = node.read(|db| find_credit_note(db, viewer, id)).is_some();
        let documents = node.read(|db| list_credit_note_documents(db, viewer, &[id]));
        let history = node.read(|db| list_history(db, viewer, id));
        assert_eq!(found, !documents.is_empty());
        assert_eq!(found, !history.is_empty());
        found
    };
    for (id, shown) in [
        (CREDIT_NOTE, true),
        (VOIDED_NOTE, true),
        (CLOSED_NOTE, true),
        (DRAFT_NOTE, false),
        (DISCARDED_NOTE, false),
        (BOLTS_NOTE, false),
        (Uuid::max(), false),
    ] {
        assert_eq!(seen(&ana, id), shown, "{id}");
        assert_eq!(seen(&dora, id), id == BOLTS_NOTE, "{id}");
    }
    let filter = CreditNoteFilter::default();
    let listed = |viewer: &Viewer, filter: &CreditNoteFilter| {
        let rows = node.read(|db| list_credit_notes(db, viewer, filter, &first(100)));
        let count = node.read(|db| count_credit_notes(db, viewer, filter));
        assert_eq!(i64::try_from(rows.rows.len()).unwrap(), count);
        let ids = rows.rows.into_iter().map(|(_, row)| row.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        listed(&ana, &filter),
        [CLOSED_NOTE, VOIDED_NOTE, CREDIT_NOTE]
    );
    assert_eq!(listed(&dora, &filter), [BOLTS_NOTE]);
    assert_eq!(listed(&staff(), &filter).len(), 6);
    let acmes = CreditNoteFilter {
        customer_id: Some(ACME),
        ..filter
    };
    assert!(listed(&dora, &acmes).is_empty());
    let corrections = node.read(|db| list_corrections(db, &ana, OPEN_INVOICE));
    assert_eq!(corrections.len(), 1, "drafts are not shown");
    assert_eq!(
        node.read(|db| list_corrections(db, &dora, OPEN_INVOICE)),
        []
    );
    assert_eq!(node.read(|db| list_credit(db, &dora, ACME)), []);
    assert_eq!(node.read(|db| list_credit(db, &ana, ACME)).len(), 3);
    let allocations = node.read(|db| list_allocations_of(db, &dora, &[CREDIT_NOTE]));
    assert_eq!(allocations, []);
}

type Meets = fn(&CreditNoteRow) -> bool;

fn filters() -> [(CreditNoteFilter, Meets); 8] {
    let none = CreditNoteFilter::default;
    let states = |states: &[CreditNoteState]| CreditNoteFilter {
        states: states.to_vec(),
        ..none()
    };
    [
        (none(), |_| true),
        (
            states(&[CreditNoteState::Draft, CreditNoteState::Voided]),
            |row| matches!(row.state, CreditNoteState::Draft | CreditNoteState::Voided),
        ),
        (states(&[CreditNoteState::Closed]), |row| {
            row.state == CreditNoteState::Closed
        }),
        (
            CreditNoteFilter {
                customer_id: Some(BOLT),
                ..none()
            },
            |row| row.customer_id == BOLT,
        ),
        (
            CreditNoteFilter {
                invoice_id: Some(OPEN_INVOICE),
                ..none()
            },
            |row| row.invoice_id == Some(OPEN_INVOICE),
        ),
        (
            CreditNoteFilter {
                number: Some("CN-0000".to_owned()),
                ..none()
            },
            |row| row.number.is_some(),
        ),
        (
            CreditNoteFilter {
                from: Some(day(13)),
                ..none()
            },
            |row| row.dated >= day(13),
        ),
        (
            CreditNoteFilter {
                to: Some(day(12)),
                ..none()
            },
            |row| row.dated <= day(12),
        ),
    ]
}

pub(crate) async fn credit_note_filters_keep_to_what_they_say(bed: Testbed) {
    let node = played(&bed).await;
    let list = |filter: &CreditNoteFilter, page: &Page| {
        let list = |db: &Connection| list_credit_notes(db, &staff(), filter, page);
        node.read(list)
    };
    let all = list(&CreditNoteFilter::default(), &first(100));
    let all: Vec<CreditNoteRow> = all.rows.into_iter().map(|(_, row)| row).collect();
    assert!(all.iter().rev().is_sorted_by_key(|row| row.dated));
    for (filter, meets) in filters() {
        let expected: Vec<Uuid> = all.iter().filter(|r| meets(r)).map(|r| r.id).collect();
        assert!(!expected.is_empty(), "{filter:?}");
        let (mut page, mut found) = (first(2), vec![]);
        loop {
            let slice = list(&filter, &page);
            page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
            found.extend(slice.rows.into_iter().map(|(_, row)| row.id));
            if !slice.has_next {
                break;
            }
        }
        assert_eq!(found, expected, "{filter:?}");
        let count = node.read(|db| count_credit_notes(db, &staff(), &filter));
        assert_eq!(count, expected.len() as i64, "{filter:?}");
    }
}

pub(crate) async fn credit_stands_by_currency(bed: Testbed) {
    let node = played(&bed).await;
    let yen = |minor| Money::from_minor(minor, Currency::JPY);
    let bolts = node.read(|db| list_credit(db, &contact_of(BOLT), BOLT));
    let bolts: Vec<Money> = bolts.iter().map(|row| row.amount).collect();
    assert_eq!(bolts, [yen(500), yen(1_200)]);
}
