//! What a credit note allocates, after crashes, beside other nodes, and more than once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.

use std::sync::Arc;

use clap::Parser as _;
use domain::credit_note::{CreditNoteSource, DraftCreditNote, Standing};
use domain::customer::{
    Customer, CustomerAddresses, CustomerCommand, CustomerDetails, RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::ids::CustomerId;
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, InvoiceError};
use domain::money::{Currency, Money};
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationProfile, OrganisationSettings,
};
use domain::party::Party;
use domain::tax::Tax;
use eventlog::Actor;

use super::super::applying::refusal_of;
use super::super::issuing::{issue_credit_note, issue_invoice};
use super::*;
use crate::config::Cli;

struct World {
    app: Arc<App>,
    customer: CustomerId,
    _dir: tempfile::TempDir,
}

fn meta() -> Metadata {
    let actor = Actor {
        id: "t".into(),
        name: "T".into(),
        role: "staff".into(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

fn eur(units: i64) -> Money {
    Money::from_minor(units * 100, Currency::EUR)
}

fn draft(units: i64) -> DocumentDraft {
    DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines: vec![LineDraft {
            line_id: None,
            description: "Signs".into(),
            quantity: 1.into(),
            unit_price: units.into(),
            discount: None,
            tax: Tax::NONE,
        }],
        discount: None,
        notes: None,
        terms: None,
    }
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().display().to_string();
        let url = format!("sqlite:{data}/billing.db");
        let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
        let app = App::open(cli.config).await.unwrap();
        let (customer, on) = (CustomerId(Uuid::now_v7()), app.today());
        let register = OrganisationCommand::Register {
            profile: OrganisationProfile {
                party: Party {
                    name: "P".into(),
                    ..Party::default()
                },
                website: None,
                currency: Currency::EUR,
                bank: None,
            },
            settings: OrganisationSettings::default(),
            on,
        };
        let log = &app.log;
        log.execute::<Organisation>(ORGANISATION_ID, register, &meta())
            .await
            .unwrap();
        let register = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: "C".into(),
                language: "en".into(),
                ..CustomerDetails::default()
            },
            addresses: CustomerAddresses::default(),
            currency: Currency::EUR,
            payment_terms_days: 30,
            on,
        });
        log.execute::<Customer>(customer.0, register, &meta())
            .await
            .unwrap();
        Self {
            app,
            customer,
            _dir: dir,
        }
    }

    async fn invoice(&self, units: i64) -> InvoiceId {
        let id = InvoiceId(Uuid::now_v7());
        let draft = InvoiceCommand::Draft(DraftInvoice {
            customer_id: self.customer,
            draft: draft(units),
            source: None,
            on: self.app.today(),
        });
        self.tell_invoice(id, draft).await.unwrap();
        issue_invoice(&self.app, id.0, None, &meta()).await.unwrap();
        id
    }

    async fn note(&self, units: i64) -> CreditNoteId {
        let id = CreditNoteId(Uuid::now_v7());
        let draft = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id: self.customer,
            draft: draft(units),
            source: None,
            on: self.app.today(),
        });
        self.tell(id, draft).await;
        issue_credit_note(&self.app, id.0, &meta()).await.unwrap();
        id
    }

    async fn tell(&self, id: CreditNoteId, command: CreditNoteCommand) {
        let log = &self.app.log;
        log.execute::<CreditNote>(id.0, command, &meta())
            .await
            .unwrap();
    }

    async fn tell_invoice(
        &self,
        id: InvoiceId,
        command: InvoiceCommand,
    ) -> Result<u64, ExecuteError<InvoiceError>> {
        let log = &self.app.log;
        let done = log.execute::<Invoice>(id.0, command, &meta()).await?;
        Ok(done.version)
    }

    /// What a mutation leaves behind before it applies, or a crash.
    async fn allocate(&self, id: CreditNoteId, invoice_id: InvoiceId, units: i64) {
        let command = CreditNoteCommand::Allocate {
            invoice_id,
            amount: eur(units),
            on: self.app.today(),
        };
        self.tell(id, command).await;
    }

    async fn apply(&self, id: CreditNoteId) -> Credited {
        apply(&self.app, id, Uuid::nil()).await.unwrap()
    }

    async fn due(&self, id: InvoiceId) -> Money {
        let loaded = self.app.log.load::<Invoice>(id.0).await.unwrap();
        loaded.state.drafted.unwrap().amount_due()
    }

    async fn unapplied(&self, id: CreditNoteId) -> Money {
        self.state(id).await.unapplied()
    }

    async fn state(&self, id: CreditNoteId) -> DraftedCreditNote {
        let loaded = self.app.log.load::<CreditNote>(id.0).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    async fn unapply(&self, id: CreditNoteId, invoice_id: InvoiceId) -> Unapplied {
        let (on, reason) = (self.app.today(), "Meant for another.".to_owned());
        let command = InvoiceCommand::UnapplyCredit {
            credit_note_id: id,
            reason: reason.clone(),
            on,
        };
        let sequence = self.tell_invoice(invoice_id, command).await.unwrap();
        let loaded = self.app.log.load::<Invoice>(invoice_id.0).await.unwrap();
        let issued = loaded.state.drafted.unwrap().issued.unwrap();
        Unapplied {
            sequence,
            invoice_id,
            amount: issued.taken_back[&Settler::CreditNote(id)],
            reason,
            on,
        }
    }

    /// Runs the processes until it is so.
    async fn processed(&self, is_so: impl AsyncFn() -> bool) {
        let following = tokio::spawn(super::super::follow_log(Arc::clone(&self.app)));
        for _ in 0..3_000 {
            if is_so().await {
                following.abort();
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the processes did not mend it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_unapplied_is_applied_by_the_process_without_anybody_asking() {
    let world = World::new().await;
    let (invoice, voided) = (world.invoice(100).await, world.invoice(50).await);
    let note = world.note(120).await;
    world.allocate(note, invoice, 90).await;
    world.allocate(note, voided, 20).await;
    let void = InvoiceCommand::Void {
        reason: "Wrong.".into(),
        on: world.app.today(),
    };
    world.tell_invoice(voided, void).await.unwrap();
    world
        .processed(async || {
            let due = world.due(invoice).await;
            (due, world.unapplied(note).await) == (eur(10), eur(30))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_allocated_though_it_was_unapplied_is_ended_by_the_process() {
    let world = World::new().await;
    let (invoice, note) = (world.invoice(100).await, world.note(60).await);
    world.allocate(note, invoice, 60).await;
    world.apply(note).await;
    assert_eq!(world.state(note).await.standing(), Standing::Closed);
    world.unapply(note, invoice).await;
    assert_eq!(world.unapplied(note).await, eur(0), "here came the crash");
    world
        .processed(async || world.unapplied(note).await == eur(60))
        .await;
    assert_eq!(world.due(invoice).await, eur(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn doing_it_all_again_changes_nothing() {
    let world = World::new().await;
    let (one, two) = (world.invoice(100).await, world.invoice(100).await);
    let note = world.note(150).await;
    world.allocate(note, one, 100).await;
    world.allocate(note, two, 50).await;
    let head = async || world.app.log.head().await.unwrap();
    tokio::join!(world.apply(note), world.apply(note));
    let before = head().await;
    world.apply(note).await;
    assert_eq!(head().await, before);
    assert_eq!(
        (world.due(one).await, world.due(two).await),
        (eur(0), eur(50))
    );
    let done = world.unapply(note, one).await;
    let again = Unapplied {
        reason: done.reason.clone(),
        ..done
    };
    end_allocation(&world.app, note, done, Uuid::nil())
        .await
        .unwrap();
    let before = head().await;
    end_allocation(&world.app, note, again, Uuid::nil())
        .await
        .unwrap();
    assert_eq!(head().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocation_made_anew_is_not_ended_by_the_end_of_the_former() {
    let world = World::new().await;
    let (invoice, note) = (world.invoice(100).await, world.note(60).await);
    world.allocate(note, invoice, 60).await;
    world.apply(note).await;
    let former = world.unapply(note, invoice).await;
    let late = Unapplied {
        reason: former.reason.clone(),
        ..former
    };
    end_allocation(&world.app, note, former, Uuid::nil())
        .await
        .unwrap();
    world.allocate(note, invoice, 25).await;
    world.apply(note).await;
    assert_eq!(world.due(invoice).await, eur(75));
    // Another node hears of the former one only now.
    end_allocation(&world.app, note, late, Uuid::nil())
        .await
        .unwrap();
    assert_eq!(world.unapplied(note).await, eur(35));
    assert_eq!(world.due(invoice).await, eur(75));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_refused_credit_does_not_take_it_after_all() {
    let world = World::new().await;
    let (invoice, note) = (world.invoice(100).await, world.note(60).await);
    world.allocate(note, invoice, 60).await;
    let on = world.app.today();
    let write_off = InvoiceCommand::WriteOff {
        reason: "Insolvent.".into(),
        on,
    };
    world.tell_invoice(invoice, write_off).await.unwrap();
    world.apply(note).await;
    let settler = Settler::CreditNote(note);
    let why = refusal_of(&world.app, invoice, settler, 1).await.unwrap();
    assert!(why.is_some_and(|why| why.contains("written off")));
    assert_eq!(world.unapplied(note).await, eur(60));
    let reverse = InvoiceCommand::ReverseWriteOff {
        reason: "Solvent.".into(),
        on,
    };
    world.tell_invoice(invoice, reverse).await.unwrap();
    // A node that had not heard of it sends the application late, under the command's own id.
    let apply = InvoiceCommand::ApplyCredit {
        round: 1,
        credit_note_id: note,
        amount: eur(60),
        on,
    };
    let late = because_of(note.0, &format!("apply/1/{invoice}"), PROCESS, Uuid::nil());
    let log = &world.app.log;
    let done = log.execute::<Invoice>(invoice.0, apply, &late).await;
    assert!(done.unwrap().replayed);
    assert_eq!(world.due(invoice).await, eur(100));
}

/// As a process does that makes a credit note because of something: everything under ids that derive from the cause.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_makes_one_credit_note_however_often_it_tries() {
    let world = World::new().await;
    let (invoice, cause) = (world.invoice(100).await, Uuid::now_v7());
    let id = CreditNoteId(Uuid::new_v5(&cause, b"credit note"));
    for _ in 0..2 {
        let by = |step| because_of(cause, step, "Corrections", Uuid::nil());
        let on = world.app.today();
        let draft = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id: world.customer,
            draft: draft(40),
            source: Some(CreditNoteSource::Invoice {
                invoice_id: invoice,
            }),
            on,
        });
        let allocate = CreditNoteCommand::Allocate {
            invoice_id: invoice,
            amount: eur(40),
            on,
        };
        let log = &world.app.log;
        log.execute::<CreditNote>(id.0, draft, &by("draft"))
            .await
            .unwrap();
        issue_credit_note(&world.app, id.0, &by("issue"))
            .await
            .unwrap();
        log.execute::<CreditNote>(id.0, allocate, &by("allocate"))
            .await
            .unwrap();
        world.apply(id).await;
    }
    assert_eq!(world.due(invoice).await, eur(60));
    let state = world.state(id).await;
    assert_eq!(state.standing(), Standing::Closed);
    assert_eq!(state.issued.unwrap().number, "CN-00001");
    let numbers = world
        .app
        .numbers(domain::numbering::Series::CreditNotes, world.app.today());
    assert_eq!(world.app.log.last_number(&numbers.name).await.unwrap(), 1);
}

// Corrections of an invoice: reserved there, issued, applied, concluded.

impl World {
    /// Another node on the same log.
    async fn another(&self) -> Arc<App> {
        let data = self._dir.path().display().to_string();
        let url = format!("sqlite:{data}/billing.db");
        let two = format!("{data}/two");
        let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &two]);
        App::open(cli.config).await.unwrap()
    }

    async fn correction(&self, invoice_id: InvoiceId, units: i64) -> CreditNoteId {
        let id = CreditNoteId(Uuid::now_v7());
        let draft = CreditNoteCommand::Draft(DraftCreditNote {
            customer_id: self.customer,
            draft: draft(units),
            source: Some(CreditNoteSource::Invoice { invoice_id }),
            on: self.app.today(),
        });
        self.tell(id, draft).await;
        id
    }

    async fn invoice_state(&self, id: InvoiceId) -> domain::invoice::DraftedInvoice {
        let loaded = self.app.log.load::<Invoice>(id.0).await.unwrap();
        loaded.state.drafted.unwrap()
    }

    /// What a crash leaves behind right after the reservation.
    async fn reserve(&self, invoice: InvoiceId, note: CreditNoteId) {
        let loaded = self.app.log.load::<CreditNote>(note.0).await.unwrap();
        let command = InvoiceCommand::ReserveCorrection {
            credit_note_id: note,
            version: loaded.version,
            document: loaded.state.drafted.unwrap().document,
            on: self.app.today(),
        };
        self.tell_invoice(invoice, command).await.unwrap();
    }

    fn void(&self) -> InvoiceCommand {
        InvoiceCommand::Void {
            reason: "Wrong.".into(),
            on: self.app.today(),
        }
    }

    fn write_off(&self) -> InvoiceCommand {
        InvoiceCommand::WriteOff {
            reason: "Insolvent.".into(),
            on: self.app.today(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_credit_notes_issued_at_once_on_two_nodes_the_invoice_takes_what_it_says() {
    let world = World::new().await;
    let other = world.another().await;
    for _ in 0..5 {
        let invoice = world.invoice(100).await;
        let mut notes = vec![];
        for _ in 0..4 {
            notes.push(world.correction(invoice, 100).await);
        }
        let issuing = notes.iter().enumerate().map(|(n, note)| {
            let app = if n % 2 == 0 { &world.app } else { &other };
            async move { issue_credit_note(app, note.0, &meta()).await }
        });
        let outcomes = futures::future::join_all(issuing).await;
        let issued = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(issued, 1, "{outcomes:?}");
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let code = match refused {
                IssueError::Refused(refusal) => refusal.code(),
                other @ (IssueError::NotReady(_)
                | IssueError::Conflict(_)
                | IssueError::Fault(_)) => panic!("{other}"),
            };
            assert_eq!(code, "EXCEEDS_INVOICE");
        }
        let concluded = async || world.invoice_state(invoice).await.pending_corrections() == vec![];
        world.processed(concluded).await;
        assert_eq!(
            world.due(invoice).await,
            eur(0),
            "applied to what it corrects"
        );
        assert_eq!(world.invoice_state(invoice).await.credited(), eur(100));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_reserved_is_issued_or_given_back() {
    let world = World::new().await;
    let (one, two) = (world.invoice(100).await, world.invoice(100).await);
    let (note, discarded) = (
        world.correction(one, 60).await,
        world.correction(two, 100).await,
    );
    world.reserve(one, note).await;
    world.reserve(two, discarded).await;
    let on = world.app.today();
    world
        .tell(discarded, CreditNoteCommand::DiscardDraft { on })
        .await;
    world
        .processed(async || {
            let issued = world.state(note).await.standing() == Standing::Closed;
            let free = world.invoice_state(two).await.credited() == eur(0);
            issued && free && world.due(one).await == eur(40)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voided_credit_note_leaves_its_invoice_to_be_credited_again() {
    let world = World::new().await;
    let (invoice, other) = (world.invoice(100).await, world.invoice(100).await);
    let note = world.correction(invoice, 100).await;
    issue_credit_note(&world.app, note.0, &meta())
        .await
        .unwrap();
    correct(&world.app, note, Uuid::nil()).await.unwrap();
    let unapplied = world.unapply(note, invoice).await;
    end_allocation(&world.app, note, unapplied, Uuid::nil())
        .await
        .unwrap();
    let void = CreditNoteCommand::Void {
        reason: "A slip.".into(),
        on: world.app.today(),
    };
    world.tell(note, void).await;
    world
        .processed(async || world.invoice_state(invoice).await.credited() == eur(0))
        .await;
    world.tell_invoice(invoice, world.void()).await.unwrap();
    assert_eq!(world.due(other).await, eur(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn void_or_write_off_and_credit_at_once_never_leave_credit_for_nothing_owed() {
    let world = World::new().await;
    let other = world.another().await;
    for round in 0..8 {
        let invoice = world.invoice(100).await;
        let note = world.correction(invoice, 100).await;
        let close = if round % 2 == 0 {
            world.void()
        } else {
            world.write_off()
        };
        let by = meta();
        let (issued, closed) = tokio::join!(
            issue_credit_note(&other, note.0, &by),
            world.tell_invoice(invoice, close)
        );
        assert!(issued.is_ok() != closed.is_ok(), "{issued:?} {closed:?}");
        if let Err(refused) = issued {
            let code = match refused {
                IssueError::Refused(refusal) => refusal.code(),
                other @ (IssueError::NotReady(_)
                | IssueError::Conflict(_)
                | IssueError::Fault(_)) => panic!("{other}"),
            };
            assert!(code == "INVOICE_VOIDED" || code == "INVOICE_WRITTEN_OFF");
        }
        let resting = async || world.invoice_state(invoice).await.pending_corrections() == vec![];
        world.processed(resting).await;
        assert_eq!(world.due(invoice).await, eur(0));
        assert_eq!(world.unapplied(note).await, eur(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_waits_for_a_payment_under_way_and_is_applied_when_that_fails() {
    let world = World::new().await;
    let invoice = world.invoice(100).await;
    let (payment_id, on) = (domain::ids::PaymentId(Uuid::now_v7()), world.app.today());
    let reserve = InvoiceCommand::ReservePayment {
        payment_id,
        amount: eur(100),
        on,
    };
    world.tell_invoice(invoice, reserve).await.unwrap();
    let note = world.correction(invoice, 100).await;
    issue_credit_note(&world.app, note.0, &meta())
        .await
        .unwrap();
    correct(&world.app, note, Uuid::nil()).await.unwrap();
    assert_eq!(world.unapplied(note).await, eur(100));
    let refused = world.tell_invoice(invoice, world.write_off()).await;
    assert!(refused.is_err());
    let release = InvoiceCommand::ReleasePayment { payment_id, on };
    world.tell_invoice(invoice, release).await.unwrap();
    world
        .processed(async || {
            let applied = world.due(invoice).await == eur(0);
            applied && world.invoice_state(invoice).await.pending_corrections() == vec![]
        })
        .await;
}
