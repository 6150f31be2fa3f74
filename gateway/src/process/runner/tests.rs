//! An event that cannot be digested is set aside: what follows goes on, and it is made up for once it can be.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A failed unwrap is a failed test.

use std::sync::Arc;

use clap::Parser as _;
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::ids::{CustomerId, InvoiceId};
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, IssueInvoice};
use domain::money::{Currency, Money};
use domain::party::Party;
use domain::payment::{Allocation, OfflineMethod, Payment, PaymentCommand, RecordPayment};
use domain::tax::Tax;
use eventlog::{Actor, Metadata};
use time::Date;
use time::macros::{date, datetime};

use super::super::provider::Sandbox;
use super::*;
use crate::clock::Clock;
use crate::config::Cli;

const ON: Date = date!(2026 - 03 - 01);

fn meta() -> Metadata {
    let actor = Actor {
        id: "t".into(),
        name: "T".into(),
        role: "staff".into(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

async fn issue(app: &App, id: Uuid) {
    let line = LineDraft {
        line_id: None,
        description: "Signs".into(),
        quantity: 1.into(),
        unit_price: 10.into(),
        discount: None,
        tax: Tax::NONE,
    };
    let draft = InvoiceCommand::Draft(DraftInvoice {
        customer_id: CustomerId(Uuid::nil()),
        draft: DocumentDraft {
            currency: Currency::EUR,
            prices: Prices::TaxExclusive,
            lines: vec![line],
            discount: None,
            notes: None,
            terms: None,
        },
        source: None,
        on: ON,
    });
    let party = Party {
        name: "P".into(),
        ..Party::default()
    };
    let issue = InvoiceCommand::Issue(IssueInvoice {
        number: id.to_string(),
        due_date: ON,
        seller: party.clone(),
        buyer: party,
        on: ON,
    });
    for command in [draft, issue] {
        app.log
            .execute::<Invoice>(id, command, &meta())
            .await
            .unwrap();
    }
}

async fn record(app: &App, invoice: Uuid) {
    let amount = Money::from_minor(10_00, Currency::EUR);
    let command = PaymentCommand::Record(RecordPayment {
        number: Uuid::now_v7().to_string(),
        customer_id: CustomerId(Uuid::nil()),
        amount,
        allocations: vec![Allocation {
            invoice_id: InvoiceId(invoice),
            amount,
        }],
        method: OfflineMethod::Cash,
        reference: None,
        received_on: ON,
        on: ON,
    });
    let id = Uuid::now_v7();
    app.log
        .execute::<Payment>(id, command, &meta())
        .await
        .unwrap();
}

async fn is_paid(app: &App, invoice: Uuid) -> bool {
    let invoice = app.log.load::<Invoice>(invoice).await.unwrap().state;
    invoice
        .drafted
        .is_some_and(|drafted| drafted.amount_due().is_zero())
}

#[tokio::test]
async fn an_event_that_cannot_be_digested_is_set_aside_and_made_up_for() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().display().to_string();
    let url = format!("sqlite:{data}/billing.db");
    let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
    let clock = Clock::manual(datetime!(2026-03-01 12:00 UTC));
    let app = App::open_with(cli.config, Box::new(Sandbox), clock.clone());
    let app: Arc<App> = app.await.unwrap();

    let (missing, known) = (Uuid::now_v7(), Uuid::now_v7());
    record(&app, missing).await; // For an invoice that is not there.
    issue(&app, known).await;
    record(&app, known).await;
    let mut place = None;
    while turn(&app, &mut place).await.unwrap() < app.log.head().await.unwrap() {}
    assert!(is_paid(&app, known).await, "what follows goes on");
    assert_eq!(app.parking.count().await.unwrap(), 1);

    issue(&app, missing).await;
    digest_parked(&app).await.unwrap();
    assert!(!is_paid(&app, missing).await, "it is not time yet");
    clock.set(datetime!(2026-03-01 12:02 UTC));
    digest_parked(&app).await.unwrap();
    assert!(is_paid(&app, missing).await);
    assert_eq!(app.parking.count().await.unwrap(), 0);
    app.close().await;
}
