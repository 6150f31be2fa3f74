//! Payment → applied: reserve on the invoices, ask the provider, settle. Carried on from wherever it stopped.
//!
//! Whoever finds a payment undecided runs [`settle`]: the mutation that started it, the process that follows the log,
//! the sweep after a crash or a silent provider. Every step is a command whose id derives from the payment's, and the
//! provider is asked under the payment's id, so that two nodes doing it at once still charge once.

use std::collections::HashMap;

use anyhow::Context as _;
use domain::ids::{InvoiceId, PaymentId};
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError, InvoiceEvent};
use domain::money::Money;
use domain::numbering::Series;
use domain::payment::{Payment, PaymentCommand, Progress, Started};
use eventlog::{ExecuteError, Metadata, RecordedEvent};
use time::Date;
use uuid::Uuid;

use super::because_of;
use super::provider::{Charge, Charged};
use crate::app::App;

const PROCESS: &str = "Payment processing";
/// How long the provider may take to answer.
const PROVIDER_WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// How a payment stands after all that could be done for it.
#[derive(Debug, Default)]
pub struct Settled {
    /// The version of everything that was touched.
    pub versions: HashMap<Uuid, u64>,
    /// Why the payment did not succeed, as a code and in words.
    pub refusal: Option<(String, String)>,
}

/// Carries a payment on as far as it goes. Doing it again changes nothing.
///
/// # Errors
/// Where the log failed or the provider gave no answer: the payment stays as it is, to be carried on later.
pub async fn settle(app: &App, payment: PaymentId, correlation: Uuid) -> anyhow::Result<Settled> {
    let _turn = app.payment_turns.lock(payment.0).await;
    let mut settlement = Settlement {
        app,
        payment,
        correlation,
        settled: Settled::default(),
    };
    settlement.carry_on().await?;
    Ok(settlement.settled)
}

/// What was taken off an invoice again: which event of which invoice said so, and why.
pub struct Unapplied {
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// The place of the event in the invoice's stream: the allocation ends once for it, whoever is first to end it.
    pub sequence: u64,
    /// Why.
    pub reason: String,
    /// Business date.
    pub on: Date,
}

/// An invoice gave up what a payment had settled: the payment's allocation ends with it, so that it is credit again.
/// Answers with the payment's version. Doing it again changes nothing, also where it was allocated anew meanwhile.
pub async fn end_allocation(
    app: &App,
    payment: PaymentId,
    unapplied: Unapplied,
    correlation: Uuid,
) -> anyhow::Result<u64> {
    let Unapplied {
        invoice_id,
        sequence,
        reason,
        on,
    } = unapplied;
    let cause = Uuid::new_v5(&invoice_id.0, format!("unapplied/{sequence}").as_bytes());
    let meta = because_of(cause, "deallocate", PROCESS, correlation);
    let command = PaymentCommand::Deallocate {
        invoice_id,
        reason,
        on,
    };
    match app.log.execute::<Payment>(payment.0, command, &meta).await {
        Ok(done) => Ok(done.version),
        // It never was allocated here, or ended already: nothing is left to end.
        Err(ExecuteError::Refused(_)) => Ok(app.log.load::<Payment>(payment.0).await?.version),
        Err(error) => Err(error.into()),
    }
}

/// The same from the log, for where a crash came between the two.
pub(super) async fn on_unapplied(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let InvoiceEvent::PaymentUnapplied {
        payment_id,
        reason,
        on,
        ..
    } = serde_json::from_str(&event.payload)?
    else {
        anyhow::bail!("{} is no unapplied payment", event.event_type);
    };
    let unapplied = Unapplied {
        invoice_id: InvoiceId(event.aggregate_id),
        sequence: u64::try_from(event.sequence)?,
        reason,
        on,
    };
    end_allocation(app, payment_id, unapplied, event.metadata.correlation_id)
        .await
        .map(|_| ())
}

struct Settlement<'a> {
    app: &'a App,
    payment: PaymentId,
    correlation: Uuid,
    settled: Settled,
}

impl Settlement<'_> {
    /// One step after the other until nothing is left to do; every step is decided by the payment's own state.
    async fn carry_on(&mut self) -> anyhow::Result<()> {
        loop {
            let payment = self.payment().await?;
            match &payment.progress {
                Progress::Initiated => self.submit(&payment).await?,
                Progress::Submitted => self.charge(&payment).await?,
                Progress::Pending => return Ok(()),
                Progress::Succeeded => return self.apply(&payment).await,
                Progress::Failed { code } => {
                    self.refuse(code, "the payment failed");
                    return self.release(&payment).await;
                }
                Progress::Cancelled => {
                    self.refuse("PAYMENT_CANCELLED", "the payment was cancelled");
                    return self.release(&payment).await;
                }
            }
        }
    }

    async fn payment(&mut self) -> anyhow::Result<Started> {
        let loaded = self.app.log.load::<Payment>(self.payment.0).await?;
        self.settled.versions.insert(self.payment.0, loaded.version);
        loaded.state.started.context("the payment is not there")
    }

    /// The first reason that is known stays: it says more than a later one.
    fn refuse(&mut self, code: &str, reason: &str) {
        let known = self.settled.refusal.take();
        self.settled.refusal = known.or_else(|| Some((code.to_owned(), reason.to_owned())));
    }

    /// Reserves on every invoice, then submits: from there on the payment cannot be cancelled, on whatever node.
    async fn submit(&mut self, payment: &Started) -> anyhow::Result<()> {
        for (invoice, amount) in &payment.allocations {
            if let Err(refusal) = self.reserve(invoice.0, *amount).await? {
                return self.cancel(refusal.code(), &refusal.to_string()).await;
            }
        }
        if self.app.intents.get(self.payment.0).await?.is_none() {
            return self
                .cancel("PAYMENT_TOKEN_LOST", "the payment token is gone; pay again")
                .await;
        }
        let on = self.app.clock.today();
        self.tell("submit", PaymentCommand::Submit { on }).await
    }

    /// Whoever else submitted it meanwhile is right: then it goes on, and is not cancelled.
    async fn cancel(&mut self, code: &str, reason: &str) -> anyhow::Result<()> {
        let on = self.app.clock.today();
        let reason = reason.to_owned();
        self.tell(
            "cancel",
            PaymentCommand::Cancel {
                reason: reason.clone(),
                on,
            },
        )
        .await?;
        if self.payment().await?.progress == Progress::Cancelled {
            self.refuse(code, &reason);
            self.app.intents.remove(self.payment.0).await?;
        }
        Ok(())
    }

    /// Asks the provider under the payment's id, and records what it says. The token is forgotten afterwards only.
    async fn charge(&mut self, payment: &Started) -> anyhow::Result<()> {
        let Some(token) = self.app.intents.get(self.payment.0).await? else {
            let decided = self.payment().await?.progress != Progress::Submitted;
            anyhow::ensure!(
                decided,
                "payment {} is submitted, but its token is gone",
                self.payment
            );
            return Ok(()); // Another node has recorded the answer.
        };
        let charge = Charge {
            idempotency_key: self.payment.0,
            amount: payment.amount,
            token,
        };
        let answer = tokio::time::timeout(PROVIDER_WITHIN, self.app.provider.charge(&charge)).await;
        let on = self.app.clock.today();
        match answer.context("the payment provider took too long")?? {
            Charged::Succeeded { reference } => self.succeed(reference).await?,
            Charged::Pending { reference } => {
                let command = PaymentCommand::MarkPending {
                    provider_reference: reference,
                    on,
                };
                self.tell("pending", command).await?;
            }
            Charged::Failed { code, reason } => {
                self.refuse(&code, &reason);
                self.tell("fail", PaymentCommand::Fail { code, reason, on })
                    .await?;
            }
        }
        Ok(self.app.intents.remove(self.payment.0).await?)
    }

    async fn succeed(&mut self, provider_reference: String) -> anyhow::Result<()> {
        let on = self.app.clock.today();
        let make = |_: &Payment, _: u64, number: u64| {
            Ok(PaymentCommand::Succeed {
                number: Series::Payments.format(number),
                provider_reference: provider_reference.clone(),
                on,
            })
        };
        let (meta, series) = (self.because("succeed"), Series::Payments.name());
        let log = &self.app.log;
        log.execute_numbered::<Payment, _>(self.payment.0, series, &meta, make)
            .await?;
        Ok(())
    }

    /// Settles the invoices. What one will not take is said on the invoice's own stream, under the same command id as
    /// the application, so that only one of the two is ever recorded; then it stays with the payment as credit.
    async fn apply(&mut self, payment: &Started) -> anyhow::Result<()> {
        for (invoice, amount) in &payment.allocations {
            let (on, round) = (self.app.clock.today(), payment.allocation_round(*invoice));
            let step = format!("apply/{round}");
            let command = InvoiceCommand::ApplyPayment {
                payment_id: self.payment,
                amount: *amount,
                on,
            };
            let reason = match self.ask(invoice.0, &step, command).await? {
                Ok(state) if self.is_applied(&state) => continue,
                Ok(_) => "the invoice did not take the payment".to_owned(), // So another node has recorded.
                Err(refusal) => {
                    self.refuse(refusal.code(), &refusal.to_string());
                    refusal.to_string()
                }
            };
            let command = InvoiceCommand::RefusePayment {
                payment_id: self.payment,
                round: u32::try_from(round)?,
                reason: reason.clone(),
                on,
            };
            match self.ask(invoice.0, &step, command).await? {
                Ok(state) if self.is_applied(&state) => continue, // Another node was first, and applied it.
                Ok(_) => {}
                Err(refusal) => anyhow::bail!("payment {} on {invoice}: {refusal}", self.payment),
            }
            let step = format!("deallocate/{round}/{invoice}");
            let command = PaymentCommand::Deallocate {
                invoice_id: *invoice,
                reason,
                on,
            };
            self.tell(&step, command).await?;
        }
        Ok(())
    }

    fn is_applied(&self, invoice: &Invoice) -> bool {
        let issued = invoice
            .drafted
            .as_ref()
            .and_then(|drafted| drafted.issued.as_ref());
        issued.is_some_and(|issued| issued.applied.contains_key(&self.payment))
    }

    async fn release(&mut self, payment: &Started) -> anyhow::Result<()> {
        for invoice in payment.allocations.keys() {
            let on = self.app.clock.today();
            let command = InvoiceCommand::ReleasePayment {
                payment_id: self.payment,
                on,
            };
            if let Err(refusal) = self.ask(invoice.0, "release", command).await? {
                tracing::warn!(%invoice, %refusal, "a reservation could not be released");
            }
        }
        Ok(())
    }

    async fn reserve(
        &mut self,
        invoice: Uuid,
        amount: Money,
    ) -> anyhow::Result<Result<Invoice, InvoiceError>> {
        let on = self.app.clock.today();
        let command = InvoiceCommand::ReservePayment {
            payment_id: self.payment,
            amount,
            on,
        };
        self.ask(invoice, "reserve", command).await
    }

    /// A command to an invoice, and the invoice as the command left it; a refusal is an answer, not a fault.
    async fn ask(
        &mut self,
        invoice: Uuid,
        step: &str,
        command: InvoiceCommand,
    ) -> anyhow::Result<Result<Invoice, InvoiceError>> {
        let meta = self.because(&format!("{step}/{invoice}"));
        match self
            .app
            .log
            .execute::<Invoice>(invoice, command, &meta)
            .await
        {
            Ok(done) => {
                self.settled.versions.insert(invoice, done.version);
                Ok(Ok(done.state))
            }
            Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal)),
            Err(error) => Err(error.into()),
        }
    }

    fn because(&self, step: &str) -> Metadata {
        because_of(self.payment.0, step, PROCESS, self.correlation)
    }

    /// A command to the payment itself. A refusal means that another node was first: the next look shows how it went.
    async fn tell(&mut self, step: &str, command: PaymentCommand) -> anyhow::Result<()> {
        let told = self
            .app
            .log
            .execute::<Payment>(self.payment.0, command, &self.because(step))
            .await;
        match told {
            Ok(done) => {
                self.settled.versions.insert(self.payment.0, done.version);
            }
            Err(ExecuteError::Refused(refusal)) => {
                tracing::debug!(payment = %self.payment, step, %refusal, "another node was first");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)] // A failed unwrap is a failed test.

    use std::collections::HashSet;
    use std::sync::{Arc, Mutex};

    use clap::Parser as _;
    use domain::customer::{
        Customer, CustomerAddresses, CustomerCommand, CustomerDetails, RegisterCustomer,
    };
    use domain::document::{DocumentDraft, LineDraft, Prices};
    use domain::ids::{CustomerId, InvoiceId};
    use domain::invoice::{DraftInvoice, IssueInvoice};
    use domain::money::Currency;
    use domain::party::Party;
    use domain::payment::{Allocation, InitiatePayment};
    use domain::tax::Tax;
    use eventlog::Actor;

    use super::super::provider::{Answer, PaymentProvider, Unavailable};
    use super::*;
    use crate::config::Cli;

    /// Charges at the first call and answers as it is told, call by call; the charge for a key is made once.
    #[derive(Clone, Default)]
    struct Flaky {
        silent_calls: usize,
        seen: Arc<Mutex<(usize, HashSet<Uuid>)>>,
    }

    impl PaymentProvider for Flaky {
        fn name(&self) -> &'static str {
            "flaky"
        }

        fn charge<'a>(&'a self, charge: &'a Charge) -> Answer<'a> {
            let mut seen = self.seen.lock().unwrap();
            seen.0 += 1;
            seen.1.insert(charge.idempotency_key);
            let answer = if seen.0 <= self.silent_calls {
                Err(Unavailable("the line is dead".to_owned()))
            } else {
                Ok(Charged::Succeeded {
                    reference: "ref".to_owned(),
                })
            };
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
            let app = App::open_with(cli.config, Box::new(provider.clone()))
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
                on: app.clock.today(),
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
            let (id, on) = (Uuid::now_v7(), self.app.clock.today());
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
                on: self.app.clock.today(),
            });
            self.app
                .intents
                .put(id, "tok_success", self.app.clock.now())
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
        let on = world.app.clock.today();
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
        for _ in 0..400 {
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
    async fn an_invoice_that_refused_a_payment_does_not_take_it_after_all() {
        let world = World::new(0).await;
        let invoice = world.invoice(100).await;
        let on = world.app.clock.today();
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
        assert_eq!(settled.refusal.unwrap().0, "VOIDED");
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
}
