//! Settlement with a provider that goes silent, beside other nodes, and after crashes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use domain::customer::{
    CustomerAddresses, CustomerCommand, CustomerDetails, PaymentMethodKind, RegisterCustomer,
};
use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::ids::{CustomerId, InvoiceId};
use domain::invoice::{DraftInvoice, IssueInvoice};
use domain::money::{Currency, Money};
use domain::party::Party;
use domain::payment::{InitiatePayment, RefundProgress};
use domain::tax::Tax;
use eventlog::Actor;

use super::super::applying::refusal_of;
use super::super::collecting::{Collected, collect};
use super::super::provider::{
    Answer, Malformed, Notice, PaymentProvider, ProviderKind, Refund, Refunded, StoredMethod,
    Unavailable,
};
use super::super::refunds::give_back;
use super::*;
use crate::clock::Clock;
use crate::config::Cli;

/// Charges at the first call and answers as it is told, call by call; the charge for a key is made once.
#[derive(Clone, Default)]
struct Flaky {
    silent_calls: usize,
    seen: Arc<Mutex<Seen>>,
}

/// How often it was called, and for which keys.
#[derive(Default)]
struct Seen(usize, HashSet<Uuid>);

impl Seen {
    fn answer<T>(&mut self, silent_calls: usize, key: Uuid, answer: T) -> Result<T, Unavailable> {
        self.0 += 1;
        self.1.insert(key);
        if self.0 <= silent_calls {
            Err(Unavailable("the line is dead".to_owned()))
        } else {
            Ok(answer)
        }
    }
}

impl PaymentProvider for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    fn kind(&self) -> ProviderKind {
        ProviderKind::Live
    }

    fn hosted_page(&self) -> Option<&str> {
        Some("https://flaky.example/pay")
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, Refunded> {
        let answer = self.seen.lock().unwrap().answer(
            self.silent_calls,
            refund.idempotency_key,
            Refunded::Succeeded {
                reference: "back".to_owned(),
            },
        );
        Box::pin(std::future::ready(answer))
    }

    fn store<'a>(&'a self, idempotency_key: Uuid, _: &'a str) -> Answer<'a, Storing> {
        let stored = Storing::Stored(StoredMethod {
            kind: PaymentMethodKind::Card,
            label: "Visa 4242".to_owned(),
            reference: format!("pm_{idempotency_key}"),
        });
        Box::pin(std::future::ready(Ok(stored)))
    }

    fn read_notice(&self, _: &[u8]) -> Result<Notice, Malformed> {
        Err(Malformed("it tells nothing".to_owned()))
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a, Charged> {
        let answer = self.seen.lock().unwrap().answer(
            self.silent_calls,
            charge.idempotency_key,
            Charged::Succeeded {
                reference: "ref".to_owned(),
            },
        );
        Box::pin(std::future::ready(answer))
    }
}

struct World {
    app: Arc<App>,
    provider: Flaky,
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

impl World {
    async fn new(silent_calls: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().display().to_string();
        let url = format!("sqlite:{data}/billing.db");
        let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
        let provider = Flaky {
            silent_calls,
            ..Flaky::default()
        };
        let app = App::open_with(cli.config, Box::new(provider.clone()), Clock::system())
            .await
            .unwrap();
        let customer = CustomerId(Uuid::now_v7());
        let command = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: "C".into(),
                language: "en".into(),
                ..CustomerDetails::default()
            },
            addresses: CustomerAddresses::default(),
            currency: Currency::EUR,
            payment_terms_days: 30,
            on: app.today(),
        });
        app.log
            .execute::<Customer>(customer.0, command, &meta())
            .await
            .unwrap();
        Self {
            app,
            provider,
            customer,
            _dir: dir,
        }
    }

    async fn invoice(&self, units: i64) -> InvoiceId {
        let (id, on) = (Uuid::now_v7(), self.app.today());
        let line = LineDraft {
            line_id: None,
            description: "Signs".into(),
            quantity: 1.into(),
            unit_price: units.into(),
            discount: None,
            tax: Tax::NONE,
        };
        let draft = DocumentDraft {
            currency: Currency::EUR,
            prices: Prices::TaxExclusive,
            lines: vec![line],
            discount: None,
            notes: None,
            terms: None,
        };
        let draft = DraftInvoice {
            customer_id: self.customer,
            draft,
            source: None,
            on,
        };
        self.app
            .log
            .execute::<Invoice>(id, InvoiceCommand::Draft(draft), &meta())
            .await
            .unwrap();
        let party = Party {
            name: "P".into(),
            ..Party::default()
        };
        let issue = IssueInvoice {
            number: id.to_string(),
            due_date: on,
            seller: party.clone(),
            buyer: party,
            on,
        };
        self.app
            .log
            .execute::<Invoice>(id, InvoiceCommand::Issue(issue), &meta())
            .await
            .unwrap();
        InvoiceId(id)
    }

    /// A payment that is started, its token kept: what a mutation leaves behind before it settles.
    async fn payment(&self, invoices: &[(InvoiceId, i64)]) -> PaymentId {
        let id = Uuid::now_v7();
        let allocations: Vec<Allocation> = invoices
            .iter()
            .map(|(invoice_id, units)| Allocation {
                invoice_id: *invoice_id,
                amount: eur(*units),
            })
            .collect();
        let command = PaymentCommand::Initiate(InitiatePayment {
            customer_id: self.customer,
            amount: eur(invoices.iter().map(|(_, units)| units).sum()),
            allocations,
            provider: "flaky".into(),
            on: self.app.today(),
        });
        self.app
            .intents
            .put(
                id,
                &Intent::token("tok_success", false),
                self.app.clock.now(),
            )
            .await
            .unwrap();
        self.app
            .log
            .execute::<Payment>(id, command, &meta())
            .await
            .unwrap();
        PaymentId(id)
    }

    async fn due(&self, invoice: InvoiceId) -> (Money, Money) {
        let invoice = self
            .app
            .log
            .load::<Invoice>(invoice.0)
            .await
            .unwrap()
            .state
            .drafted
            .unwrap();
        (invoice.amount_due(), invoice.reserved())
    }

    async fn progress(&self, payment: PaymentId) -> Progress {
        self.app
            .log
            .load::<Payment>(payment.0)
            .await
            .unwrap()
            .state
            .started
            .unwrap()
            .progress
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_is_asked_again_under_the_same_key_and_charges_once() {
    let world = World::new(2).await;
    let invoice = world.invoice(100).await;
    let payment = world.payment(&[(invoice, 100)]).await;
    for _ in 0..2 {
        assert!(settle(&world.app, payment, Uuid::nil()).await.is_err());
        assert_eq!(world.progress(payment).await, Progress::Submitted);
        assert_eq!(
            world.due(invoice).await,
            (eur(100), eur(100)),
            "the reservation stands meanwhile"
        );
    }
    settle(&world.app, payment, Uuid::nil()).await.unwrap();
    settle(&world.app, payment, Uuid::nil()).await.unwrap();
    assert_eq!(world.due(invoice).await, (eur(0), eur(0)));
    let seen = world.provider.seen.lock().unwrap();
    assert_eq!(seen.1, HashSet::from([payment.0]), "one key, one charge");
    assert_eq!(seen.0, 3, "a decided payment is not asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_payments_of_one_invoice_never_both_reach_the_provider() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let first = world.payment(&[(invoice, 100)]).await;
    let second = world.payment(&[(invoice, 100)]).await;
    let (one, two) = tokio::join!(
        settle(&world.app, first, Uuid::nil()),
        settle(&world.app, second, Uuid::nil())
    );
    let refused = [one.unwrap(), two.unwrap()]
        .into_iter()
        .filter(|settled| settled.refusal.is_some())
        .count();
    assert_eq!(refused, 1);
    assert_eq!(world.provider.seen.lock().unwrap().1.len(), 1);
    assert_eq!(world.due(invoice).await, (eur(0), eur(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_several_invoices_is_cancelled_whole_where_one_is_refused() {
    let world = World::new(0).await;
    let (open, paid) = (world.invoice(100).await, world.invoice(50).await);
    let earlier = world.payment(&[(paid, 50)]).await;
    settle(&world.app, earlier, Uuid::nil()).await.unwrap();
    let payment = world.payment(&[(open, 100), (paid, 50)]).await;
    let settled = settle(&world.app, payment, Uuid::nil()).await.unwrap();
    assert_eq!(settled.refusal.unwrap().0, "ALREADY_PAID");
    assert_eq!(world.progress(payment).await, Progress::Cancelled);
    assert_eq!(
        world.due(open).await,
        (eur(100), eur(0)),
        "nothing stays reserved"
    );
    assert!(
        !world.provider.seen.lock().unwrap().1.contains(&payment.0),
        "the provider was never asked"
    );
    assert_eq!(
        world.app.intents.get(payment.0).await.unwrap(),
        None,
        "the token is forgotten"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_token_is_gone_is_cancelled_and_reserves_nothing() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let payment = world.payment(&[(invoice, 100)]).await;
    world.app.intents.remove(payment.0).await.unwrap();
    let settled = settle(&world.app, payment, Uuid::nil()).await.unwrap();
    assert_eq!(settled.refusal.unwrap().0, "PAYMENT_TOKEN_LOST");
    assert_eq!(world.due(invoice).await, (eur(100), eur(0)));
}

/// What another node, or a crash, left behind: the provider was paid, the invoice does not know.
async fn charged_but_not_applied(world: &World, invoice: InvoiceId) -> PaymentId {
    let payment = world.payment(&[(invoice, 100)]).await;
    let on = world.app.today();
    let reserve = InvoiceCommand::ReservePayment {
        payment_id: payment,
        amount: eur(100),
        on,
    };
    world
        .app
        .log
        .execute::<Invoice>(invoice.0, reserve, &meta())
        .await
        .unwrap();
    let succeed = PaymentCommand::Succeed {
        number: "PAY-1".into(),
        provider_reference: "ref".into(),
        on,
    };
    for command in [PaymentCommand::Submit { on }, succeed] {
        world
            .app
            .log
            .execute::<Payment>(payment.0, command, &meta())
            .await
            .unwrap();
    }
    payment
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_unapplied_is_applied_by_the_process_without_anybody_asking() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    charged_but_not_applied(&world, invoice).await;
    tokio::spawn(super::super::follow_log(Arc::clone(&world.app)));
    for _ in 0..3_000 {
        if world.due(invoice).await == (eur(0), eur(0)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the invoice still says {:?}", world.due(invoice).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_payment_is_never_cancelled_and_its_reservations_stand() {
    let world = World::new(1).await;
    let (first, second) = (world.invoice(100).await, world.invoice(50).await);
    let payment = world.payment(&[(first, 100), (second, 50)]).await;
    assert!(
        settle(&world.app, payment, Uuid::nil()).await.is_err(),
        "the provider is silent"
    );
    assert_eq!(world.progress(payment).await, Progress::Submitted);
    let mut late = Settlement {
        app: &world.app,
        payment,
        correlation: Uuid::nil(),
        settled: Settled::default(),
    };
    late.cancel("PAYMENT_PENDING", "another payment was under way")
        .await
        .unwrap();
    assert_eq!(
        world.progress(payment).await,
        Progress::Submitted,
        "a late node cannot take it back"
    );
    settle(&world.app, payment, Uuid::nil()).await.unwrap();
    assert_eq!(world.progress(payment).await, Progress::Succeeded);
    assert_eq!(
        (world.due(first).await, world.due(second).await),
        ((eur(0), eur(0)), (eur(0), eur(0)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_earlier_settles_on_the_day_it_came_whenever_it_is_recorded() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let today = world.app.today();
    let received_on = today - time::Duration::days(9);
    let record = PaymentCommand::Record(domain::payment::RecordPayment {
        number: "PAY-1".into(),
        customer_id: world.customer,
        amount: eur(100),
        allocations: vec![Allocation {
            invoice_id: invoice,
            amount: eur(40),
        }],
        method: domain::payment::OfflineMethod::Cash,
        reference: None,
        received_on,
        on: today,
    });
    let payment = PaymentId(Uuid::now_v7());
    let log = &world.app.log;
    log.execute::<Payment>(payment.0, record, &meta())
        .await
        .unwrap();
    settle(&world.app, payment, Uuid::nil()).await.unwrap();
    let state = log.load::<Payment>(payment.0).await.unwrap().state;
    assert_eq!(state.started.unwrap().dated, received_on);
    let dates = |events: Vec<RecordedEvent>| {
        let of = events
            .into_iter()
            .filter(|e| e.event_type == "InvoicePaymentApplied");
        of.map(|e| {
            let event: InvoiceEvent = serde_json::from_str(&e.payload).unwrap();
            let InvoiceEvent::PaymentApplied { on, .. } = event else {
                panic!("{event:?}")
            };
            on
        })
        .collect::<Vec<_>>()
    };
    // The invoice was issued today: what came before it settles it today.
    assert_eq!(dates(log.tail(0, 100).await.unwrap()), [today]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_refused_a_payment_does_not_take_it_after_all() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let on = world.app.today();
    let void = InvoiceCommand::Void {
        reason: "Wrong.".into(),
        on,
    };
    world
        .app
        .log
        .execute::<Invoice>(invoice.0, void, &meta())
        .await
        .unwrap();
    let record = PaymentCommand::Record(domain::payment::RecordPayment {
        number: "PAY-1".into(),
        customer_id: world.customer,
        amount: eur(100),
        allocations: vec![Allocation {
            invoice_id: invoice,
            amount: eur(100),
        }],
        method: domain::payment::OfflineMethod::Cash,
        reference: None,
        received_on: on,
        on,
    });
    let payment = PaymentId(Uuid::now_v7());
    world
        .app
        .log
        .execute::<Payment>(payment.0, record, &meta())
        .await
        .unwrap();
    let settled = settle(&world.app, payment, Uuid::nil()).await.unwrap();
    // The money is there: that the invoice did not take it is no refusal of the payment.
    assert_eq!(settled.refusal, None);
    let settler = Settler::Payment(payment);
    let why = refusal_of(&world.app, invoice, settler, 1).await.unwrap();
    assert_eq!(why.as_deref(), Some("the invoice is voided"));
    let state = world
        .app
        .log
        .load::<Payment>(payment.0)
        .await
        .unwrap()
        .state
        .started
        .unwrap();
    assert_eq!(state.unapplied(), eur(100), "it is the customer's credit");
    // A node that had not heard of it sends the application late, under the command's own id.
    let apply = InvoiceCommand::ApplyPayment {
        round: 1,
        payment_id: payment,
        amount: eur(100),
        on,
    };
    let late = because_of(
        payment.0,
        &format!("apply/1/{invoice}"),
        PROCESS,
        Uuid::nil(),
    );
    let done = world
        .app
        .log
        .execute::<Invoice>(invoice.0, apply, &late)
        .await
        .unwrap();
    assert!(done.replayed && done.state.drafted.unwrap().settled().is_zero());
}

/// A card that is stored for the payment and remembered when it has succeeded.
async fn remembered(world: &World, invoice: InvoiceId) -> PaymentId {
    let payment = world.payment(&[(invoice, 100)]).await;
    let (intents, now) = (&world.app.intents, world.app.clock.now());
    intents.remove(payment.0).await.unwrap();
    let intent = Intent::token("tok_visa", true);
    intents.put(payment.0, &intent, now).await.unwrap();
    payment
}

async fn attached(world: &World) -> Option<domain::customer::PaymentMethod> {
    let customer = world.app.log.load::<Customer>(world.customer.0).await;
    customer.unwrap().state.registered.unwrap().payment_method
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_stored_before_and_attached_after_the_payment_once() {
    let world = World::new(1).await;
    let invoice = world.invoice(100).await;
    let payment = remembered(&world, invoice).await;
    assert!(settle(&world.app, payment, Uuid::nil()).await.is_err());
    assert_eq!(attached(&world).await, None, "the provider is silent");
    let intent = world.app.intents.get(payment.0).await.unwrap().unwrap();
    let reference = format!("pm_{payment}");
    assert_eq!(intent.source, Source::Stored(reference.clone()));
    for _ in 0..2 {
        settle(&world.app, payment, Uuid::nil()).await.unwrap();
    }
    assert_eq!(attached(&world).await.unwrap().reference, reference);
    assert_eq!(world.app.intents.get(payment.0).await.unwrap(), None);
    let events = world.app.log.tail(0, 100).await.unwrap();
    let attached = events
        .iter()
        .filter(|e| e.event_type == "CustomerPaymentMethodAttached");
    assert_eq!(attached.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_unattached_is_attached_by_the_process() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let payment = remembered(&world, invoice).await;
    let method = StoredMethod {
        kind: PaymentMethodKind::Card,
        label: "Visa 4242".into(),
        reference: "pm_1".into(),
    };
    world.app.intents.replace(payment, &method).await.unwrap();
    let on = world.app.today();
    let succeed = PaymentCommand::Succeed {
        number: "PAY-1".into(),
        provider_reference: "ref".into(),
        on,
    };
    for command in [PaymentCommand::Submit { on }, succeed] {
        let log = &world.app.log;
        log.execute::<Payment>(payment.0, command, &meta())
            .await
            .unwrap();
    }
    tokio::spawn(super::super::follow_log(Arc::clone(&world.app)));
    for _ in 0..3_000 {
        if attached(&world).await.is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nothing is attached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_is_asked_again_for_a_refund_and_gives_back_once() {
    let world = World::new(1).await;
    let invoice = world.invoice(100).await;
    let payment = charged_but_not_applied(&world, invoice).await;
    let refund_id = domain::ids::RefundId(Uuid::now_v7());
    let on = world.app.today();
    let log = &world.app.log;
    for command in [
        PaymentCommand::Deallocate {
            invoice_id: invoice,
            amount: None,
            reason: "not owed".into(),
            on,
        },
        PaymentCommand::InitiateRefund(domain::payment::RefundPayment {
            refund_id,
            amount: eur(30),
            reason: "not owed".into(),
            on,
        }),
    ] {
        log.execute::<Payment>(payment.0, command, &meta())
            .await
            .unwrap();
    }
    let refunded = || async {
        let state = log.load::<Payment>(payment.0).await.unwrap().state;
        let started = state.started.unwrap();
        (
            started.unapplied(),
            started.refunds[&refund_id].progress.clone(),
        )
    };
    assert!(give_back(&world.app, payment, Uuid::nil()).await.is_err());
    assert_eq!(refunded().await, (eur(70), RefundProgress::UnderWay));
    for _ in 0..2 {
        give_back(&world.app, payment, Uuid::nil()).await.unwrap();
        assert_eq!(refunded().await, (eur(70), RefundProgress::Succeeded));
    }
    let seen = world.provider.seen.lock().unwrap();
    assert_eq!(seen.0, 2, "a decided refund is not asked for again");
    assert!(seen.1.contains(&refund_id.0), "under the refund's id");
}

/// Collection: see [`super::super::collecting`].
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_collected_once_with_what_the_customer_has_attached() {
    let world = World::new(1).await;
    let (invoice, payment) = (world.invoice(100).await, PaymentId(Uuid::now_v7()));
    let ask = || collect(&world.app, invoice, payment, Uuid::nil());
    let Collected::Refused { code, .. } = ask().await.unwrap() else {
        panic!("nothing is attached")
    };
    assert_eq!(code, "NO_PAYMENT_METHOD");
    let attach = CustomerCommand::AttachPaymentMethod {
        method: PaymentMethodDetails {
            kind: PaymentMethodKind::Card,
            label: "Visa 4242".into(),
            provider: "flaky".into(),
            reference: "pm_1".into(),
        },
        by: AttachedBy::Staff,
        on: world.app.today(),
    };
    let log = &world.app.log;
    log.execute::<Customer>(world.customer.0, attach, &meta())
        .await
        .unwrap();
    assert!(ask().await.is_err(), "the provider is silent");
    assert_eq!(world.due(invoice).await, (eur(100), eur(100)));
    let other = collect(&world.app, invoice, PaymentId(Uuid::now_v7()), Uuid::nil());
    let Collected::Refused { code, .. } = other.await.unwrap() else {
        panic!("one is under way")
    };
    assert_eq!(code, "PAYMENT_PENDING");
    for _ in 0..2 {
        assert_eq!(ask().await.unwrap(), Collected::Paid);
    }
    assert_eq!(world.due(invoice).await, (eur(0), eur(0)));
    let keys = world.provider.seen.lock().unwrap().1.clone();
    assert_eq!(keys, HashSet::from([payment.0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_before_a_failure_was_dealt_with_leaves_no_reservation_behind() {
    let world = World::new(0).await;
    let invoice = world.invoice(100).await;
    let payment = world.payment(&[(invoice, 100)]).await;
    let (on, log) = (world.app.today(), &world.app.log);
    let reserve = InvoiceCommand::ReservePayment {
        payment_id: payment,
        amount: eur(100),
        on,
    };
    log.execute::<Invoice>(invoice.0, reserve, &meta())
        .await
        .unwrap();
    let fail = PaymentCommand::Fail {
        code: "NO".into(),
        reason: "No.".into(),
        on,
    };
    let late = PaymentCommand::Succeed {
        number: "PAY-1".into(),
        provider_reference: "ref".into(),
        on,
    };
    for command in [fail, late] {
        log.execute::<Payment>(payment.0, command, &meta())
            .await
            .unwrap();
    }
    assert_eq!(world.due(invoice).await, (eur(100), eur(100)), "the crash");
    settle(&world.app, payment, Uuid::nil()).await.unwrap();
    assert_eq!(world.due(invoice).await, (eur(100), eur(0)));
    let state = log.load::<Payment>(payment.0).await.unwrap().state;
    assert_eq!(state.started.unwrap().unapplied(), eur(100));
}
