//! Payment → applied: reserve on the invoices, ask the provider, settle. Carried on from wherever it stopped.
//!
//! Whoever finds a payment undecided runs [`settle`]: the mutation that started it, the process that follows the log,
//! the sweep after a crash or a silent provider. Every step is a command whose id derives from the payment's, and the
//! provider is asked under the payment's id, so that two nodes doing it at once still charge once.

use std::collections::HashMap;

use anyhow::Context as _;
use domain::ids::PaymentId;
use domain::invoice::{Invoice, InvoiceCommand, InvoiceError};
use domain::money::Money;
use domain::numbering::Series;
use domain::payment::{Payment, PaymentCommand, Progress, Started};
use eventlog::ExecuteError;
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
pub async fn settle(app: &App, payment: PaymentId) -> anyhow::Result<Settled> {
    let _turn = app.payment_turns.lock(payment.0).await;
    let mut settlement = Settlement {
        app,
        payment,
        settled: Settled::default(),
    };
    settlement.carry_on().await?;
    Ok(settlement.settled)
}

struct Settlement<'a> {
    app: &'a App,
    payment: PaymentId,
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
        let meta = because_of(self.payment.0, "succeed", PROCESS);
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
            if let Err(refusal) = self.ask(invoice.0, "apply", command).await? {
                if let InvoiceError::PaymentAlreadyApplied(_) = refusal {
                    anyhow::bail!("payment {} on invoice {invoice}: {refusal}", self.payment);
                }
                let reason = refusal.to_string();
                let step = format!("deallocate/{invoice}");
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
        let meta = because_of(self.payment.0, &format!("{step}/{invoice}"), PROCESS);
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

    /// A command to the payment itself.
    async fn tell(&mut self, step: &str, command: PaymentCommand) -> anyhow::Result<()> {
        let meta = because_of(self.payment.0, step, PROCESS);
        let done = self
            .app
            .log
            .execute::<Payment>(self.payment.0, command, &meta)
            .await?;
        self.settled.versions.insert(self.payment.0, done.version);
        Ok(())
    }
}
