//! Payment → applied: reserve on the invoices, ask the provider, settle. Carried on from wherever it stopped.
//!
//! Whoever finds a payment undecided runs [`settle`]: the mutation that started it, the process that follows the log,
//! the sweep after a crash or a silent provider. Every step is a command whose id derives from the payment's, and the
//! provider is asked under the payment's id, so that two nodes doing it at once still charge once.

use std::collections::HashMap;

use anyhow::Context as _;
use domain::customer::{AttachedBy, Customer, CustomerCommand, PaymentMethodDetails};
use domain::ids::{InvoiceId, PaymentId};
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError, InvoiceEvent, Settler};
use domain::money::Money;
use domain::numbering::Series;
use domain::payment::{Allocation, Payment, PaymentCommand, Progress, Started};
use eventlog::{ExecuteError, Metadata, RecordedEvent};
use time::Date;
use uuid::Uuid;

use super::applying::{Application, Applied, apply_or_refuse};
use super::because_of;
use super::intents::Intent;
use super::provider::{Charge, Charged, Refusal, Source, Storing};
use crate::app::App;

const PROCESS: &str = "Payment processing";
/// How long the provider may take to answer.
const PROVIDER_WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// How a payment stands after all that could be done for it.
#[derive(Debug, Default)]
pub struct Settled {
    /// The version of everything that was touched.
    pub versions: HashMap<Uuid, u64>,
    /// Why the payment did not succeed, as a code and in words. An invoice that did not take its part is no reason: the
    /// money is there (see [`super::applying::refusal_of`]).
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
    /// How much.
    pub amount: Money,
    /// The place of the event in the invoice's stream: the allocation ends once for it, whoever is first to end it.
    pub sequence: u64,
    /// Why.
    pub reason: String,
    /// Business date.
    pub on: Date,
}

impl Unapplied {
    /// What the end of the allocation derives from.
    pub(super) fn cause(&self) -> Uuid {
        let name = format!("unapplied/{}", self.sequence);
        Uuid::new_v5(&self.invoice_id.0, name.as_bytes())
    }
}

/// An invoice gave up what a payment had settled: the payment's allocation ends with it, so that it is credit again.
/// Answers with the payment's version. Doing it again changes nothing, also where it was allocated anew meanwhile.
pub async fn end_allocation(
    app: &App,
    payment: PaymentId,
    unapplied: Unapplied,
    correlation: Uuid,
) -> anyhow::Result<u64> {
    let meta = because_of(unapplied.cause(), "deallocate", PROCESS, correlation);
    let command = PaymentCommand::Deallocate {
        invoice_id: unapplied.invoice_id,
        amount: Some(unapplied.amount),
        reason: unapplied.reason,
        on: unapplied.on,
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
        amount,
        reason,
        on,
        ..
    } = serde_json::from_str(&event.payload)?
    else {
        anyhow::bail!("{} is no unapplied payment", event.event_type);
    };
    let unapplied = Unapplied {
        invoice_id: InvoiceId(event.aggregate_id),
        amount,
        sequence: u64::try_from(event.sequence)?,
        reason,
        on,
    };
    end_allocation(app, payment_id, unapplied, event.metadata.correlation_id)
        .await
        .map(|_| ())
}

/// Metadata of the command that applies a payment to an invoice, whoever sends it: `round` counts the payment's
/// allocations to that invoice from 1.
pub fn apply_meta(
    payment: PaymentId,
    round: u32,
    invoice: InvoiceId,
    correlation: Uuid,
) -> Metadata {
    let step = format!("apply/{round}/{invoice}");
    because_of(payment.0, &step, PROCESS, correlation)
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
                Progress::Succeeded => {
                    self.release(&payment).await?;
                    self.apply(&payment).await?;
                    return self.remember(&payment).await;
                }
                Progress::Failed { code } => {
                    self.refuse(code, "the payment failed");
                    return self.give_up(&payment).await;
                }
                Progress::Cancelled => {
                    let rule = payment.cancelled_by.as_deref();
                    let why = "the payment was cancelled";
                    self.refuse(rule.unwrap_or("PAYMENT_CANCELLED"), why);
                    return self.give_up(&payment).await;
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
        for (invoice, part) in payment.allocations.parts() {
            let reserve = InvoiceCommand::ReservePayment {
                payment_id: self.payment,
                amount: part.amount,
                on: payment.dated,
            };
            if let Err(refusal) = self.ask(invoice.0, "reserve", reserve).await? {
                return self.cancel(refusal.code(), &refusal.to_string()).await;
            }
        }
        if self.app.intents.get(self.payment.0).await?.is_none() {
            return self
                .cancel("PAYMENT_TOKEN_LOST", "the payment token is gone; pay again")
                .await;
        }
        let on = self.app.today();
        self.tell("submit", PaymentCommand::Submit { on }).await
    }

    /// Whoever else submitted it meanwhile is right: then it goes on, and is not cancelled.
    async fn cancel(&mut self, code: &str, reason: &str) -> anyhow::Result<()> {
        let on = self.app.today();
        let reason = reason.to_owned();
        self.tell(
            "cancel",
            PaymentCommand::Cancel {
                code: Some(code.to_owned()),
                reason: reason.clone(),
                on,
            },
        )
        .await?;
        if self.payment().await?.progress == Progress::Cancelled {
            self.refuse(code, &reason);
        }
        Ok(())
    }

    /// Asks the provider under the payment's id, and records what it says. What it is charged is forgotten only when the
    /// payment has come to an end.
    async fn charge(&mut self, payment: &Started) -> anyhow::Result<()> {
        let Some(intent) = self.app.intents.get(self.payment.0).await? else {
            let decided = self.payment().await?.progress != Progress::Submitted;
            anyhow::ensure!(
                decided,
                "payment {} is submitted, but its token is gone",
                self.payment
            );
            return Ok(()); // Another node has recorded the answer.
        };
        let remember = intent.remember;
        let source = match self.source(intent).await? {
            Ok(source) => source,
            Err(refusal) => return self.fail(refusal).await,
        };
        let charge = Charge {
            idempotency_key: self.payment.0,
            amount: payment.amount,
            source,
        };
        let answer = tokio::time::timeout(PROVIDER_WITHIN, self.app.provider.charge(&charge)).await;
        match answer.context("the payment provider took too long")?? {
            Charged::Succeeded { reference } => self.succeed(reference).await?,
            Charged::Pending { reference } => {
                let command = PaymentCommand::MarkPending {
                    provider_reference: reference,
                    on: self.app.today(),
                };
                self.tell("pending", command).await?;
                if !remember {
                    self.app.intents.remove(self.payment.0).await?;
                }
            }
            Charged::Failed(refusal) => self.fail(refusal).await?,
        }
        Ok(())
    }

    async fn fail(&mut self, Refusal { code, reason }: Refusal) -> anyhow::Result<()> {
        self.refuse(&code, &reason);
        let on = self.app.today();
        self.tell("fail", PaymentCommand::Fail { code, reason, on })
            .await
    }

    /// What the payment is charged. What shall be remembered is stored first, and the payment is then charged what is
    /// stored of it: a token is good for one use only.
    async fn source(&self, intent: Intent) -> anyhow::Result<Result<Source, Refusal>> {
        let token = match intent.source {
            Source::Token(token) if intent.remember => token,
            source @ (Source::Token(_) | Source::Stored(_)) => return Ok(Ok(source)),
        };
        let provider = &self.app.provider;
        let storing =
            tokio::time::timeout(PROVIDER_WITHIN, provider.store(self.payment.0, &token)).await;
        match storing.context("the payment provider took too long")?? {
            Storing::Stored(method) => {
                self.app.intents.replace(self.payment, &method).await?;
                Ok(Ok(Source::Stored(method.reference)))
            }
            Storing::Refused(refusal) => Ok(Err(refusal)),
        }
    }

    /// What was stored for it becomes the customer's payment method, where it was to be remembered.
    async fn remember(&mut self, payment: &Started) -> anyhow::Result<()> {
        let Some(provider) = &payment.provider else {
            return Ok(());
        };
        let Some(intent) = self.app.intents.get(self.payment.0).await? else {
            return Ok(());
        };
        if let Some(method) = intent.method.filter(|_| intent.remember) {
            let command = CustomerCommand::AttachPaymentMethod {
                method: PaymentMethodDetails {
                    kind: method.kind,
                    label: method.label,
                    provider: provider.clone(),
                    reference: method.reference,
                },
                by: AttachedBy::Payment(self.payment),
                on: payment.dated,
            };
            let (customer, meta) = (payment.customer_id.0, self.because("attach"));
            let attached = self
                .app
                .log
                .execute::<Customer>(customer, command, &meta)
                .await;
            match attached {
                Ok(done) => {
                    self.settled.versions.insert(customer, done.version);
                }
                Err(ExecuteError::Refused(refusal)) => {
                    tracing::warn!(payment = %self.payment, %refusal, "a payment method is not remembered");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.app.intents.remove(self.payment.0).await?)
    }

    /// Nothing is paid, and what was to be charged is forgotten.
    async fn give_up(&mut self, payment: &Started) -> anyhow::Result<()> {
        self.release(payment).await?;
        if payment.provider.is_some() {
            self.app.intents.remove(self.payment.0).await?;
        }
        Ok(())
    }

    async fn succeed(&mut self, provider_reference: String) -> anyhow::Result<()> {
        let on = self.app.today();
        let numbers = self.app.numbers(Series::Payments, on);
        let make = |_: &Payment, _: u64, number: u64| {
            Ok(PaymentCommand::Succeed {
                number: numbers.text(number),
                provider_reference: provider_reference.clone(),
                on,
            })
        };
        let (meta, log) = (self.because("succeed"), &self.app.log);
        log.execute_numbered::<Payment, _>(self.payment.0, &numbers.name, &meta, make)
            .await?;
        Ok(())
    }

    /// Settles the invoices. What one will not take stays with the payment as credit. All of it is dated by the payment ([`Started::settles_on`]), whenever it is done.
    async fn apply(&mut self, payment: &Started) -> anyhow::Result<()> {
        for (invoice_id, part) in payment.allocations.parts() {
            let application = Application {
                settler: Settler::Payment(self.payment),
                invoice_id,
                amount: part.amount,
                on: payment.settles_on(&part),
                round: part.round,
            };
            let step = format!("{}/{invoice_id}", application.round);
            let round = application.round;
            let meta = apply_meta(
                self.payment,
                round,
                application.invoice_id,
                self.correlation,
            );
            let reason = match apply_or_refuse(self.app, &application, &meta).await? {
                Applied::Yes(version) => {
                    self.settled.versions.insert(invoice_id.0, version);
                    continue;
                }
                Applied::No { version, reason } => {
                    self.settled.versions.insert(invoice_id.0, version);
                    reason
                }
            };
            let command = PaymentCommand::Deallocate {
                invoice_id,
                amount: Some(part.amount),
                reason,
                on: application.on,
            };
            self.tell(&format!("deallocate/{step}"), command).await?;
        }
        Ok(())
    }

    /// Gives back what was reserved and is not to be applied: all of it where there is no money; and where the money
    /// came late, what nobody was there to give back when the payment had failed.
    async fn release(&mut self, payment: &Started) -> anyhow::Result<()> {
        if payment.provider.is_none() {
            return Ok(()); // What staff record reserves nothing.
        }
        for Allocation {
            invoice_id: invoice,
            ..
        } in &payment.first_allocations
        {
            let succeeded = payment.progress == Progress::Succeeded;
            if succeeded && payment.allocations.to(*invoice).is_some() {
                continue; // The application uses it up.
            }
            let command = InvoiceCommand::ReleasePayment {
                payment_id: self.payment,
                on: payment.dated,
            };
            if let Err(refusal) = self.ask(invoice.0, "release", command).await? {
                tracing::warn!(%invoice, %refusal, "a reservation could not be released");
            }
        }
        Ok(())
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
mod tests;
