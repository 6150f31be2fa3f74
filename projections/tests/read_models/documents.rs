//! Disputes, late fees, deposits, the thread of an estimate, and finding documents by their words.

use std::collections::BTreeSet;

use domain::estimate::{
    AcceptEstimate, Agreed, CommentOnEstimate, Estimate, EstimateCommand, OfferEstimate, Side,
};
use domain::ids::{CommentId, CreditNoteId, DisputeId, EstimateId, InvoiceId};
use domain::invoice::{DisputeInvoice, DisputeOutcome, Invoice, InvoiceCommand, InvoiceSource};
use domain::money::{Currency, Money};
use domain::organisation::Fee;
use projections::*;
use rusqlite::Connection;
use uuid::{Uuid, uuid};

use crate::scenario::{ACME, played};
use crate::testbed::{Node, Testbed};
use crate::world::{World, contact_of, day, draft_in, first, staff};

/// A third customer, all of whose books are settled in the end.
pub(crate) const DUNE: Uuid = uuid!("00000000-0000-7000-8000-00000000000d");
/// Dune's: accepted under terms, with a deposit that was voided.
pub(crate) const ESTIMATE: Uuid = uuid!("00000000-0000-7000-8000-0000000000e8");
/// Dune's: disputed twice, charged a late fee, written off.
pub(crate) const DISPUTED: Uuid = uuid!("00000000-0000-7000-8000-000000000018");
pub(crate) const FEE: Uuid = uuid!("00000000-0000-7000-8000-000000000019");
/// Of the estimate: one that a final invoice took off, one that was never issued.
pub(crate) const DEDUCTED: Uuid = uuid!("00000000-0000-7000-8000-00000000001a");
pub(crate) const FORGONE: Uuid = uuid!("00000000-0000-7000-8000-00000000001b");
const FINAL: InvoiceId = InvoiceId(uuid!("00000000-0000-7000-8000-00000000001c"));
pub(crate) const SETTLED_DISPUTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d1");
/// Dune's: one whose dispute was upheld, corrected and written off.
const CORRECTED: Uuid = uuid!("00000000-0000-7000-8000-00000000001d");
const UPHELD_DISPUTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d3");
const OPEN_DISPUTE: Uuid = uuid!("00000000-0000-7000-8000-0000000000d2");

fn usd(cents: i64) -> Money {
    Money::from_minor(cents, Currency::USD)
}

pub(crate) async fn play(world: &World<'_>) {
    world.register(DUNE, "Dune Traders", Currency::USD).await;
    estimate(world).await;
    disputed(world).await;
    deposits(world).await;
    corrected(world).await;
}

/// The customer was right about a part of it: a correction is given up, another one made.
async fn corrected(world: &World<'_>) {
    let tell = |command| world.tell::<Invoice>(CORRECTED, command);
    world.invoice(CORRECTED, DUNE, Currency::USD, 2_000).await;
    let dispute_id = DisputeId(UPHELD_DISPUTE);
    tell(dispute(UPHELD_DISPUTE, None, None, 28)).await;
    tell(InvoiceCommand::SettleDispute {
        dispute_id,
        outcome: DisputeOutcome::Upheld,
        words: "You are right.".to_owned(),
        on: day(29),
    })
    .await;
    let reason = "they asked for it".to_owned();
    tell(InvoiceCommand::ResumeReminders {
        reason,
        on: day(30),
    })
    .await;
    let document = draft_in(Currency::USD, 500)
        .price(&BTreeSet::new())
        .unwrap();
    let [first, second] = [1, 2].map(|n| CreditNoteId(Uuid::from_u128(n)));
    for credit_note_id in [first, second] {
        tell(InvoiceCommand::ReserveCorrection {
            credit_note_id,
            version: 1,
            document: document.clone(),
            on: day(31),
        })
        .await;
        if credit_note_id == first {
            let on = day(31);
            tell(InvoiceCommand::ReleaseCorrection { credit_note_id, on }).await;
        }
    }
    let (credit_note_id, on) = (second, day(31));
    tell(InvoiceCommand::ConcludeCorrection { credit_note_id, on }).await;
    tell(InvoiceCommand::WriteOff {
        reason: "not worth it".to_owned(),
        on: day(39),
    })
    .await;
}

async fn estimate(world: &World<'_>) {
    let tell = |command| world.tell::<Estimate>(ESTIMATE, command);
    let mut draft = draft_in(Currency::USD, 100_000);
    draft.lines[0].description = "Signage for the harbour café".to_owned();
    draft.terms = Some("Half beforehand.".to_owned());
    world.draft_estimate_saying(ESTIMATE, DUNE, draft).await;
    tell(EstimateCommand::Offer(OfferEstimate {
        number: "EST-00900".to_owned(),
        valid_until: day(40),
        deposit_percent: Some(50.into()),
        on: day(10),
    }))
    .await;
    for (n, side, author, text) in [
        (1, Side::Customer, "Dee", "Is travel included?"),
        (2, Side::Staff, "Sam", "It is."),
    ] {
        tell(EstimateCommand::Comment(CommentOnEstimate {
            comment_id: CommentId(Uuid::from_u128(n)),
            side,
            author: author.to_owned(),
            text: text.to_owned(),
            on: day(11),
        }))
        .await;
    }
    tell(EstimateCommand::Accept(AcceptEstimate {
        revision: 1,
        name: "Dee Dune".to_owned(),
        terms_accepted: true,
        on: day(12),
    }))
    .await;
    let invoice_id = InvoiceId(DEDUCTED);
    let on = day(12);
    tell(EstimateCommand::BillDeposit { invoice_id, on }).await;
    tell(EstimateCommand::ReleaseDeposit { invoice_id, on }).await;
}

fn dispute(id: Uuid, line_id: Option<u32>, amount: Option<Money>, on: i64) -> InvoiceCommand {
    InvoiceCommand::Dispute(DisputeInvoice {
        dispute_id: DisputeId(id),
        line_id,
        reason: "never delivered".to_owned(),
        amount,
        on: day(on),
    })
}

async fn disputed(world: &World<'_>) {
    let tell = |command| world.tell::<Invoice>(DISPUTED, command);
    world.invoice(DISPUTED, DUNE, Currency::USD, 10_000).await;
    tell(dispute(SETTLED_DISPUTE, Some(1), Some(usd(4_000)), 20)).await;
    tell(InvoiceCommand::SettleDispute {
        dispute_id: DisputeId(SETTLED_DISPUTE),
        outcome: DisputeOutcome::Rejected,
        words: "It was signed for.".to_owned(),
        on: day(22),
    })
    .await;
    tell(InvoiceCommand::ChargeLateFee {
        stage: 2,
        fee: Fee::Fixed(usd(1_500)),
        fee_invoice_id: InvoiceId(FEE),
        on: day(36),
    })
    .await;
    tell(InvoiceCommand::WaiveLateFees {
        reason: "a good customer".to_owned(),
        on: day(37),
    })
    .await;
    tell(dispute(OPEN_DISPUTE, None, None, 38)).await;
    tell(InvoiceCommand::WriteOff {
        reason: "not worth it".to_owned(),
        on: day(39),
    })
    .await;
    let source = Some(InvoiceSource::LateFee {
        invoice_id: InvoiceId(DISPUTED),
        stage: 2,
    });
    let draft = draft_in(Currency::USD, 1_500);
    world.draft_invoice_from(FEE, DUNE, draft, source).await;
}

async fn deposits(world: &World<'_>) {
    let source = Some(InvoiceSource::Deposit {
        estimate_id: EstimateId(ESTIMATE),
        revision: 1,
    });
    for id in [DEDUCTED, FORGONE] {
        let draft = draft_in(Currency::USD, 0);
        world.draft_invoice_from(id, DUNE, draft, source).await;
    }
    world.issue(DEDUCTED, day(13), day(27)).await;
    for id in [DEDUCTED, FORGONE] {
        let close = InvoiceCommand::CloseDeposit {
            final_invoice_id: FINAL,
            on: day(14),
        };
        world.tell::<Invoice>(id, close).await;
    }
}

pub(crate) async fn disputes_stand_with_how_they_ended(bed: Testbed) {
    let node = played(&bed).await;
    let rows = node.read(|db| list_disputes_of(db, &staff(), &[DISPUTED]));
    let settled = DisputeRow {
        id: SETTLED_DISPUTE,
        invoice_id: DISPUTED,
        customer_id: DUNE,
        line_id: Some(1),
        reason: "never delivered".to_owned(),
        amount: Some(usd(4_000)),
        raised_by: "Sam Staff".to_owned(),
        raised_by_role: "staff".to_owned(),
        dated: day(20),
        outcome: Some(DisputeOutcome::Rejected),
        words: Some("It was signed for.".to_owned()),
        settled_on: Some(day(22)),
    };
    assert_eq!(rows[0], settled);
    assert_eq!((rows[1].id, rows[1].outcome), (OPEN_DISPUTE, None));
    assert_eq!(rows.len(), 2);

    let listed = |open| {
        let filter = DisputeFilter {
            open,
            customer_id: None,
        };
        let listed = node.read(|db| list_disputes(db, &staff(), &filter, &first(10)));
        let ids: Vec<Uuid> = listed.rows.iter().map(|(_, row)| row.id).collect();
        let count = node.read(|db| count_disputes(db, &staff(), &filter));
        assert_eq!(count, ids.len() as i64);
        ids
    };
    assert_eq!(
        listed(None),
        [SETTLED_DISPUTE, UPHELD_DISPUTE, OPEN_DISPUTE]
    );
    assert_eq!(listed(Some(true)), [OPEN_DISPUTE]);
    assert_eq!(listed(Some(false)), [SETTLED_DISPUTE, UPHELD_DISPUTE]);

    let row = node
        .read(|db| find_invoice(db, &staff(), DISPUTED))
        .unwrap();
    assert!(row.disputed && row.late_fees_waived);
    assert_eq!((row.charged, row.reminded), (2, 0));
    let fee = node.read(|db| find_invoice(db, &staff(), FEE)).unwrap();
    assert_eq!(fee.late_fee_of, Some((DISPUTED, 2)));
    let deposit = node
        .read(|db| find_invoice(db, &staff(), DEDUCTED))
        .unwrap();
    assert_eq!(
        (deposit.is_deposit, deposit.estimate),
        (true, Some((ESTIMATE, 1)))
    );
}

/// The row knows of arrears what the aggregate does.
pub(crate) async fn rows_and_aggregates_agree_on_arrears(bed: Testbed) {
    let node = played(&bed).await;
    let page = first(100);
    let listed = node.read(|db| {
        let sort = (InvoiceSort::Number, false);
        list_invoices(db, &staff(), &InvoiceFilter::default(), sort, &page)
    });
    assert!(listed.rows.len() > 8);
    for (_, row) in listed.rows {
        let loaded = node.log.load::<Invoice>(row.id).await.unwrap();
        let arrears = loaded.state.drafted.unwrap().arrears();
        assert_eq!(row.arrears(), arrears, "{:?}", row.number);
    }
}

pub(crate) async fn what_was_agreed_to_is_kept_until_it_is_undone(bed: Testbed) {
    let node = played(&bed).await;
    let revision = || {
        node.read(|db| list_revisions(db, &staff(), &[ESTIMATE]))
            .remove(0)
    };
    let agreed = Agreed {
        total: usd(120_000),
        deposit: Some(usd(60_000)),
        terms: Some("Half beforehand.".to_owned()),
    };
    assert_eq!(revision().agreed, Some(agreed));
    assert_eq!(revision().deposit().unwrap().total, usd(60_000));
    let undo = EstimateCommand::UndoAcceptance {
        reason: "a slip".to_owned(),
        on: day(14),
    };
    World(&node.log).tell::<Estimate>(ESTIMATE, undo).await;
    node.caught_up().await;
    assert_eq!(revision().agreed, None);
}

fn thread(node: &Node, viewer: &Viewer) -> Vec<(ThreadKind, u32, Option<String>)> {
    let mut page = first(2);
    let mut said = vec![];
    loop {
        let slice = node.read(|db| list_thread(db, viewer, ESTIMATE, &page));
        page.after = slice.rows.last().map(|(cursor, _)| cursor.clone());
        let rows = slice.rows.into_iter();
        said.extend(rows.map(|(_, row)| (row.kind, row.revision, row.text.or(row.name))));
        if !slice.has_next {
            return said;
        }
    }
}

pub(crate) async fn a_thread_tells_what_was_said_in_order(bed: Testbed) {
    let node = played(&bed).await;
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        (ThreadKind::Offer, 1, None),
        (ThreadKind::Comment, 1, text("Is travel included?")),
        (ThreadKind::Comment, 1, text("It is.")),
        (ThreadKind::Acceptance, 1, text("Dee Dune")),
    ];
    assert_eq!(thread(&node, &staff()), expected);
    assert_eq!(thread(&node, &contact_of(DUNE)), expected);
    assert_eq!(thread(&node, &contact_of(ACME)), []);
}

fn invoices_found(db: &Connection, viewer: &Viewer, text: &str) -> BTreeSet<Uuid> {
    let filter = InvoiceFilter {
        text: Some(text.to_owned()),
        ..InvoiceFilter::default()
    };
    let sort = (InvoiceSort::Dated, true);
    let listed = list_invoices(db, viewer, &filter, sort, &first(100)).unwrap();
    let found: BTreeSet<Uuid> = listed.rows.iter().map(|(_, row)| row.id).collect();
    let count = count_invoices(db, viewer, &filter).unwrap();
    assert_eq!(count, found.len() as i64);
    found
}

fn estimates_found(db: &Connection, viewer: &Viewer, text: &str) -> Vec<Uuid> {
    let filter = EstimateFilter {
        text: Some(text.to_owned()),
        ..EstimateFilter::default()
    };
    let sort = (EstimateSort::ValidUntil, true);
    let listed = list_estimates(db, viewer, &filter, sort, &first(100)).unwrap();
    listed.rows.iter().map(|(_, row)| row.id).collect()
}

pub(crate) async fn documents_are_found_by_their_words(bed: Testbed) {
    let node = played(&bed).await;
    let everybody = |node: &Node, text: &str| {
        node.read(|db| {
            Ok((
                invoices_found(db, &staff(), text),
                estimates_found(db, &staff(), text),
            ))
        })
    };
    let estimates = |text: &str| everybody(&node, text).1;
    // By a line, from its beginning, without its accent, together with the customer's name; and by its number.
    for text in [
        "signage",
        "Harb",
        "CAFE harbour",
        "dune signage",
        "EST-00900",
        "00900",
    ] {
        assert_eq!(estimates(text), [ESTIMATE], "{text}");
    }
    for text in ["arbour", "signage nowhere", "--", "\"", "NEAR(", "name:x"] {
        assert_eq!(estimates(text), Vec::<Uuid>::new(), "{text}");
    }
    let dunes = BTreeSet::from([DISPUTED, FEE, DEDUCTED, FORGONE, CORRECTED]);
    assert_eq!(everybody(&node, "dune").0, dunes);
    assert!(everybody(&node, "design").0.len() > 4);

    // Within one customer's documents no other's are found, whatever is asked.
    node.read(|db| {
        assert_eq!(
            invoices_found(db, &contact_of(ACME), "dune"),
            BTreeSet::new()
        );
        // In this world every buyer is called Acme on paper.
        let acmes = invoices_found(db, &contact_of(DUNE), "acme");
        assert!(acmes.is_subset(&dunes), "{acmes:?}");
        let own = invoices_found(db, &contact_of(DUNE), "design");
        assert_eq!(
            own,
            BTreeSet::from([DISPUTED, DEDUCTED, CORRECTED]),
            "drafts are not theirs to see"
        );
        Ok(())
    });
}

pub(crate) async fn a_renamed_customers_documents_are_found_by_either_name(bed: Testbed) {
    use domain::customer::{Customer, CustomerCommand, CustomerDetails, UpdateCustomerDetails};
    let node = played(&bed).await;
    let details = CustomerDetails {
        name: "Oasis Traders".to_owned(),
        language: "en".to_owned(),
        ..CustomerDetails::default()
    };
    let command = CustomerCommand::UpdateDetails(UpdateCustomerDetails {
        details,
        on: day(40),
    });
    World(&node.log).tell::<Customer>(DUNE, command).await;
    node.caught_up().await;
    let found = |node: &Node, text: &str| node.read(|db| Ok(estimates_found(db, &staff(), text)));
    for text in ["oasis", "dune", "traders"] {
        assert_eq!(found(&node, text), [ESTIMATE], "{text}");
    }
    // A rebuilt file finds what the live one finds.
    node.rebuild().await;
    node.assert_clean().await;
    node.tamper_after_swap().await;
    assert_eq!(found(&node, "oasis"), [ESTIMATE]);
}

pub(crate) async fn a_rework_is_not_found_by_its_words_before_it_is_offered(bed: Testbed) {
    let node = played(&bed).await;
    let world = World(&node.log);
    let id = crate::scenario::BOLTS_ESTIMATE;
    let mut draft = draft_in(Currency::EUR, 7_000);
    draft.lines[0].description = "Secret discount".to_owned();
    let rework = EstimateCommand::Rework { draft, on: day(8) };
    world.tell::<Estimate>(id, rework).await;
    node.caught_up().await;
    let found = |node: &Node| node.read(|db| Ok(estimates_found(db, &staff(), "secret")));
    assert_eq!(found(&node), Vec::<Uuid>::new());
    let reoffer = EstimateCommand::Reoffer(OfferEstimate {
        number: String::new(),
        valid_until: day(40),
        deposit_percent: None,
        on: day(9),
    });
    world.tell::<Estimate>(id, reoffer).await;
    node.caught_up().await;
    assert_eq!(found(&node), [id]);
}

pub(crate) async fn offers_that_expire_soon_are_listed(bed: Testbed) {
    let node = played(&bed).await;
    let soon = |today, until| {
        let filter = EstimateFilter {
            expiring: Some((day(today), day(until))),
            ..EstimateFilter::default()
        };
        let sort = (EstimateSort::ValidUntil, false);
        let listed = node.read(|db| list_estimates(db, &staff(), &filter, sort, &first(10)));
        let ids: Vec<Uuid> = listed.rows.iter().map(|(_, row)| row.id).collect();
        ids
    };
    // Bolt's estimate was offered on the 6th for thirty days; Dune's is accepted.
    let bolts = crate::scenario::BOLTS_ESTIMATE;
    assert_eq!(soon(30, 36), [bolts]);
    assert_eq!(soon(36, 36), [bolts]);
    assert_eq!(soon(30, 35), Vec::<Uuid>::new());
    assert_eq!(soon(37, 60), Vec::<Uuid>::new());
}
