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
    let done = app
        .log
        .execute::<Payment>(payment.0, command, &meta)
        .await?;
    Ok(done.version)
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
    async fn carry_on(&mut self) -> anyhow::Result<()> {
        let loaded = self.app.log.load::<Payment>(self.payment.0).await?;
        let payment = loaded.state.started.context("the payment is not there")?;
        self.settled.versions.insert(self.payment.0, loaded.version);
        match &payment.progress {
            Progress::Initiated => self.charge(&payment).await,
            Progress::Pending => Ok(()),
            Progress::Succeeded => self.apply(&payment).await,
            Progress::Failed { code } => {
                self.settled.refusal = Some((code.clone(), "the payment failed".to_owned()));
                self.release(&payment).await
            }
            Progress::Cancelled => {
                self.settled.refusal = Some((
                    "PAYMENT_CANCELLED".to_owned(),
                    "the payment was cancelled".to_owned(),
                ));
                self.release(&payment).await
            }
        }
    }

    async fn charge(&mut self, payment: &Started) -> anyhow::Result<()> {
        for (invoice, amount) in &payment.allocations {
            if let Err(refusal) = self.reserve(invoice.0, *amount).await? {
                return self
                    .cancel(payment, refusal.code(), &refusal.to_string())
                    .await;
            }
        }
        let Some(token) = self.app.intents.get(self.payment.0).await? else {
            return self
                .cancel(
                    payment,
                    "PAYMENT_TOKEN_LOST",
                    "the payment token is gone; pay again",
                )
                .await;
        };
        let charge = Charge {
            idempotency_key: self.payment.0,
            amount: payment.amount,
            token,
        };
        let answer = tokio::time::timeout(PROVIDER_WITHIN, self.app.provider.charge(&charge)).await;
        match answer.context("the payment provider took too long")?? {
            Charged::Succeeded { reference } => self.succeed(payment, reference).await?,
            Charged::Pending {
                reference: provider_reference,
            } => {
                let on = self.app.clock.today();
                self.tell(
                    "pending",
                    PaymentCommand::MarkPending {
                        provider_reference,
                        on,
                    },
                )
                .await?;
            }
            Charged::Failed { code, reason } => {
                let on = self.app.clock.today();
                self.settled.refusal = Some((code.clone(), reason.clone()));
                self.tell("fail", PaymentCommand::Fail { code, reason, on })
                    .await?;
                self.release(payment).await?;
            }
        }
        self.app.intents.remove(self.payment.0).await?;
        Ok(())
    }

    async fn succeed(
        &mut self,
        payment: &Started,
        provider_reference: String,
    ) -> anyhow::Result<()> {
        let on = self.app.clock.today();
        let make = |_: &Payment, _: u64, number: u64| {
            Ok(PaymentCommand::Succeed {
                number: Series::Payments.format(number),
                provider_reference: provider_reference.clone(),
                on,
            })
        };
        let meta = self.because("succeed");
        let series = Series::Payments.name();
        let done = self
            .app
            .log
            .execute_numbered::<Payment, _>(self.payment.0, series, &meta, make)
            .await?;
        self.settled.versions.insert(self.payment.0, done.version);
        self.apply(payment).await
    }

    async fn cancel(&mut self, payment: &Started, code: &str, reason: &str) -> anyhow::Result<()> {
        let on = self.app.clock.today();
        self.tell(
            "cancel",
            PaymentCommand::Cancel {
                reason: reason.to_owned(),
                on,
            },
        )
        .await?;
        self.settled.refusal = Some((code.to_owned(), reason.to_owned()));
        self.release(payment).await?;
        self.app.intents.remove(self.payment.0).await?;
        Ok(())
    }

    /// The invoices are settled; what one will not take stays with the payment as the customer's credit.
    async fn apply(&mut self, payment: &Started) -> anyhow::Result<()> {
        for (invoice, amount) in &payment.allocations {
            let on = self.app.clock.today();
            let command = InvoiceCommand::ApplyPayment {
                payment_id: self.payment,
                amount: *amount,
                on,
            };
            let round = payment.allocation_round(*invoice);
            if let Err(refusal) = self
                .ask(invoice.0, &format!("apply/{round}"), command)
                .await?
            {
                if let InvoiceError::PaymentAlreadyApplied(_) = refusal {
                    anyhow::bail!("payment {} on invoice {invoice}: {refusal}", self.payment);
                }
                let reason = refusal.to_string();
                let step = format!("deallocate/{round}/{invoice}");
                let command = PaymentCommand::Deallocate {
                    invoice_id: *invoice,
                    reason,
                    on,
                };
                self.tell(&step, command).await?;
            }
        }
        Ok(())
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
    ) -> anyhow::Result<Result<(), InvoiceError>> {
        let on = self.app.clock.today();
        let command = InvoiceCommand::ReservePayment {
            payment_id: self.payment,
            amount,
            on,
        };
        self.ask(invoice, "reserve", command).await
    }

    /// A command to an invoice; a refusal is an answer, not a fault.
    async fn ask(
        &mut self,
        invoice: Uuid,
        step: &str,
        command: InvoiceCommand,
    ) -> anyhow::Result<Result<(), InvoiceError>> {
        let meta = self.because(&format!("{step}/{invoice}"));
        match self
            .app
            .log
            .execute::<Invoice>(invoice, command, &meta)
            .await
        {
            Ok(done) => {
                self.settled.versions.insert(invoice, done.version);
                Ok(Ok(()))
            }
            Err(ExecuteError::Refused(refusal)) => Ok(Err(refusal)),
            Err(error) => Err(error.into()),
        }
    }

    fn because(&self, step: &str) -> Metadata {
        because_of(self.payment.0, step, PROCESS, self.correlation)
    }

    /// A command to the payment itself.
    async fn tell(&mut self, step: &str, command: PaymentCommand) -> anyhow::Result<()> {
        let meta = self.because(step);
        let done = self
            .app
            .log
            .execute::<Payment>(self.payment.0, command, &meta)
            .await?;
        self.settled.versions.insert(self.payment.0, done.version);
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
            self.app.intents.put(id, "tok_success").await.unwrap();
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
            assert_eq!(world.progress(payment).await, Progress::Initiated);
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
}
