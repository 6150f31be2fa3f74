//! A business in-process, whose clock the tests set: an organisation, a customer, and nodes on one log.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.

use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use cqrs_es::Aggregate;
use domain::customer::{
    Customer, CustomerAddresses, CustomerCommand, CustomerDetails, RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::ids::{CustomerId, InvoiceId, PaymentId};
use domain::invoice::{DraftInvoice, DraftedInvoice, Invoice, InvoiceCommand};
use domain::money::{Currency, Money};
use domain::organisation::{
    ORGANISATION_ID, Organisation, OrganisationCommand, OrganisationProfile, OrganisationSettings,
};
use domain::party::Party;
use domain::tax::Tax;
use eventlog::{Actor, Metadata};
use time::{Date, OffsetDateTime, macros::date};
use uuid::Uuid;

use super::issuing::issue_invoice;
use super::provider::Sandbox;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Cli;

/// The first day.
pub(crate) const START: Date = date!(2025 - 03 - 01);

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) customer: CustomerId,
    dir: tempfile::TempDir,
}

pub(crate) fn meta() -> Metadata {
    let actor = Actor {
        id: "t".into(),
        name: "T".into(),
        role: "staff".into(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

pub(crate) fn eur(cents: i64) -> Money {
    Money::from_minor(cents, Currency::EUR)
}

/// One line at that many euros.
pub(crate) fn draft(euros: i64, tax: Tax) -> DocumentDraft {
    let line = LineDraft {
        line_id: None,
        description: "Signs".into(),
        quantity: 1.into(),
        unit_price: euros.into(),
        discount: None,
        tax,
    };
    DocumentDraft {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        lines: vec![line],
        discount: None,
        notes: None,
        terms: None,
    }
}

fn noon(day: Date) -> OffsetDateTime {
    day.with_hms(12, 0, 0).unwrap().assume_utc()
}

impl World {
    /// On the first day, with those settings.
    pub(crate) async fn new(settings: OrganisationSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(noon(START));
        let app = open(&dir, "one", clock.clone()).await;
        let register = OrganisationCommand::Register {
            profile: OrganisationProfile {
                party: Party {
                    name: "Lumen".into(),
                    ..Party::default()
                },
                website: None,
                currency: Currency::EUR,
                bank: None,
            },
            settings,
            on: START,
        };
        let customer = CustomerId(Uuid::now_v7());
        let world = Self {
            app,
            clock,
            customer,
            dir,
        };
        world.tell::<Organisation>(ORGANISATION_ID, register).await;
        world.app.refresh_settings().await.unwrap();
        let command = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: "C".into(),
                language: "en".into(),
                ..CustomerDetails::default()
            },
            addresses: CustomerAddresses::default(),
            currency: Currency::EUR,
            payment_terms_days: 14,
            on: START,
        });
        world.tell::<Customer>(customer.0, command).await;
        world
    }

    /// The file of the event store.
    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.dir.path().join("billing.db")
    }

    /// Another node on the same log, under the same clock.
    pub(crate) async fn another_node(&self) -> Arc<App> {
        open(&self.dir, "two", self.clock.clone()).await
    }

    /// That many days after the first, at noon.
    pub(crate) fn day(&self, n: i64) -> Date {
        let day = START + time::Duration::days(n);
        self.clock.set(noon(day));
        day
    }

    pub(crate) async fn tell<A>(&self, id: Uuid, command: A::Command)
    where
        A: Aggregate<Services = ()>,
        A::Command: Clone,
    {
        self.app
            .log
            .execute::<A>(id, command, &meta())
            .await
            .unwrap();
    }

    /// An invoice over so many euros, issued today, due in fourteen days.
    pub(crate) async fn invoice(&self, euros: i64) -> Uuid {
        let id = Uuid::now_v7();
        let command = InvoiceCommand::Draft(DraftInvoice {
            customer_id: self.customer,
            draft: draft(euros, Tax::NONE),
            source: None,
            on: self.app.today(),
        });
        self.tell::<Invoice>(id, command).await;
        issue_invoice(&self.app, id, None, &meta()).await.unwrap();
        id
    }

    /// A payment settles so much of an invoice.
    pub(crate) async fn pay(&self, invoice: Uuid, amount: Money) {
        let command = InvoiceCommand::ApplyPayment {
            payment_id: PaymentId(Uuid::now_v7()),
            round: 1,
            amount,
            on: self.app.today(),
        };
        self.tell::<Invoice>(invoice, command).await;
    }

    pub(crate) async fn load(&self, InvoiceId(invoice): InvoiceId) -> Option<DraftedInvoice> {
        let loaded = self.app.log.load::<Invoice>(invoice).await;
        loaded.unwrap().state.drafted
    }

    /// How often that event has happened.
    pub(crate) async fn count(&self, event_type: &str) -> usize {
        let events = self.app.log.tail(0, 10_000).await.unwrap();
        events.iter().filter(|e| e.event_type == event_type).count()
    }
}

/// Waits until a node's read models show everything in the log.
pub(crate) async fn caught_up(app: &App) {
    let head = app.log.head().await.unwrap();
    eventually("the read models catch up", || {
        let behind = app.reads.position() < head;
        async move { !behind }
    })
    .await;
}

/// Waits until that is so.
pub(crate) async fn eventually<F>(what: &str, is_so: impl Fn() -> F)
where
    F: Future<Output = bool>,
{
    for _ in 0..1_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("in vain: {what}");
}

async fn open(dir: &tempfile::TempDir, node: &str, clock: Clock) -> Arc<App> {
    let folder = dir.path().display();
    let (url, data) = (
        format!("sqlite:{folder}/billing.db"),
        format!("{folder}/{node}"),
    );
    let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
    App::open_with(cli.config, Box::new(Sandbox), clock)
        .await
        .unwrap()
}
