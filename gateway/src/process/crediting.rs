//! Credit note → applied: what a credit note allocates settles the invoice, or is refused there and unapplied again.
//!
//! The mutation that allocates runs [`apply`] for a quick answer, and the process that follows the log runs it for every
//! allocation and does not pass it before it is done. Every step is a command whose id derives from the credit note's,
//! so that it does not matter who is first, or how often, or where a crash comes between.
//!
//! A process that makes a credit note of its own sends `Draft` with its source, [`super::issuing::issue_credit_note`]
//! and `Allocate` under ids that derive from its cause; the rest follows from the log.

use std::collections::HashMap;

use anyhow::Context as _;
use domain::credit_note::{
    CreditNote, CreditNoteCommand, CreditNoteSource, DraftedCreditNote, Standing,
};
use domain::ids::{CreditNoteId, InvoiceId};
use domain::invoice::{Invoice, InvoiceCommand, InvoiceEvent, Settler};
use domain::money::Money;
use eventlog::{ExecuteError, Metadata, RecordedEvent};
use uuid::Uuid;

use super::applying::{Application, Applied, apply_or_refuse};
use super::because_of;
use super::issuing::{IssueError, issue_credit_note};
use super::settlement::Unapplied;
use crate::app::App;

const PROCESS: &str = "Credit processing";
/// How often a correction is looked at anew, where something changes meanwhile.
const ROUNDS: u32 = 16;

/// How a credit note stands after all that it allocates was applied or refused.
#[derive(Debug, Default)]
pub struct Credited {
    /// The version of everything that was touched.
    pub versions: HashMap<Uuid, u64>,
}

/// Applies everything that a credit note allocates. Doing it again changes nothing.
///
/// # Errors
/// Where the log failed: what is not done stays to be done later.
pub async fn apply(app: &App, note: CreditNoteId, correlation: Uuid) -> anyhow::Result<Credited> {
    let _turn = app.payment_turns.lock(note.0).await;
    let mut crediting = Crediting {
        app,
        note,
        correlation,
        credited: Credited::default(),
    };
    crediting.carry_on().await?;
    Ok(crediting.credited)
}

/// Carries on what a credit note does to the invoice that it corrects: once issued it is applied there, as far as
/// something is due, and concluded; what is left of it is the customer's credit. Once discarded or voided its reservation
/// is given back. Doing it again changes nothing.
///
/// # Errors
/// Where the log failed: what is not done stays to be done later.
pub async fn correct(app: &App, note: CreditNoteId, correlation: Uuid) -> anyhow::Result<Credited> {
    let mut credited = Credited::default();
    for _ in 0..ROUNDS {
        let loaded = app.log.load::<CreditNote>(note.0).await?;
        // What is allocated by now is applied before anything is concluded, whoever allocated it.
        let applied = apply(app, note, correlation).await?;
        let changed = applied.versions.get(&note.0) != Some(&loaded.version);
        credited.versions.extend(applied.versions);
        if changed {
            continue;
        }
        let drafted = loaded.state.drafted;
        let drafted = drafted.context("the credit note is not there")?;
        let Some(id) = drafted.source.and_then(CreditNoteSource::invoice_id) else {
            return Ok(credited);
        };
        let on = app.today();
        let end = match drafted.standing() {
            Standing::Draft => return Ok(credited),
            Standing::Discarded | Standing::Voided => InvoiceCommand::ReleaseCorrection {
                credit_note_id: note,
                on,
            },
            Standing::Open | Standing::Closed => {
                let invoice = app.log.load::<Invoice>(id.0).await?.state.drafted;
                let invoice = invoice.context("the invoice is not there")?;
                if !invoice.pending_corrections().contains(&note) {
                    return Ok(credited);
                }
                let (unapplied, reserved) = (drafted.unapplied(), invoice.reserved());
                let free = invoice.amount_due().minor() - reserved.minor();
                let amount = Money::from_minor(unapplied.minor().min(free), unapplied.currency);
                let name = format!("correct/{}", loaded.version);
                let meta = because_of(note.0, &name, PROCESS, correlation);
                if amount.is_positive() && allocate(app, note, (id, amount), &meta).await? {
                    continue;
                }
                if unapplied.is_positive() && reserved.is_positive() {
                    return Ok(credited); // A payment is under way: once that is decided, this goes on.
                }
                InvoiceCommand::ConcludeCorrection {
                    credit_note_id: note,
                    on,
                }
            }
        };
        let meta = because_of(Uuid::now_v7(), "correct", PROCESS, correlation);
        match app.log.execute::<Invoice>(id.0, end, &meta).await {
            Ok(done) => {
                credited.versions.insert(id.0, done.version);
            }
            Err(ExecuteError::Refused(refusal)) => {
                tracing::debug!(%note, %refusal, "nothing was reserved");
            }
            Err(error) => return Err(error.into()),
        }
        return Ok(credited);
    }
    anyhow::bail!("credit note {note} keeps changing")
}

/// Whether so much of a credit note is meant for the invoice from now on.
async fn allocate(
    app: &App,
    note: CreditNoteId,
    (invoice_id, amount): (InvoiceId, Money),
    meta: &Metadata,
) -> anyhow::Result<bool> {
    let command = CreditNoteCommand::Allocate {
        invoice_id,
        amount,
        on: app.today(),
    };
    match app.log.execute::<CreditNote>(note.0, command, meta).await {
        Ok(done) => Ok(done.replayed || !done.events.is_empty()),
        Err(ExecuteError::Refused(refusal)) => {
            tracing::debug!(%note, %refusal, "it stays credit");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// A correction was reserved: issues the credit note, where whoever reserved it came to no end, and applies it.
pub(super) async fn on_reserved(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let InvoiceEvent::CorrectionReserved { credit_note_id, .. } =
        serde_json::from_str(&event.payload)?
    else {
        anyhow::bail!("{} reserves no correction", event.event_type);
    };
    let (actor, correlation) = (event.metadata.actor.clone(), event.metadata.correlation_id);
    let mut meta = Metadata::new(Uuid::new_v5(&event.event_id, b"issue"), actor);
    meta.correlation_id = correlation;
    match issue_credit_note(app, credit_note_id.0, &meta).await {
        Ok(_) => {}
        Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
            tracing::debug!(note = %credit_note_id, %refusal, "the credit note is not issued");
        }
        Err(error) => return Err(error.into()),
    }
    correct(app, credit_note_id, correlation).await.map(|_| ())
}

/// A payment under way on an invoice was decided: corrections that waited for that go on.
pub(super) async fn on_payment_decided(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let invoice = app.log.load::<Invoice>(event.aggregate_id).await?.state;
    let pending = invoice.drafted.map(|invoice| invoice.pending_corrections());
    for note in pending.unwrap_or_default() {
        correct(app, note, event.metadata.correlation_id).await?;
    }
    Ok(())
}

/// An invoice gave up what a credit note had settled: its allocation ends with it, so that it is unapplied again.
/// Answers with the credit note's version. Doing it again changes nothing, also where it was allocated anew meanwhile.
///
/// # Errors
/// Where the log failed.
pub async fn end_allocation(
    app: &App,
    note: CreditNoteId,
    unapplied: Unapplied,
    correlation: Uuid,
) -> anyhow::Result<u64> {
    let meta = because_of(unapplied.cause(), "deallocate", PROCESS, correlation);
    let command = CreditNoteCommand::Deallocate {
        invoice_id: unapplied.invoice_id,
        amount: Some(unapplied.amount),
        reason: unapplied.reason,
        on: unapplied.on,
    };
    match app.log.execute::<CreditNote>(note.0, command, &meta).await {
        Ok(done) => Ok(done.version),
        // It never was allocated here, or ended already: nothing is left to end.
        Err(ExecuteError::Refused(_)) => Ok(app.log.load::<CreditNote>(note.0).await?.version),
        Err(error) => Err(error.into()),
    }
}

/// The same from the log, for where a crash came between the two.
pub(super) async fn on_unapplied(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let InvoiceEvent::CreditUnapplied {
        credit_note_id,
        amount,
        reason,
        on,
    } = serde_json::from_str(&event.payload)?
    else {
        anyhow::bail!("{} is no unapplied credit", event.event_type);
    };
    let unapplied = Unapplied {
        invoice_id: InvoiceId(event.aggregate_id),
        amount,
        sequence: u64::try_from(event.sequence)?,
        reason,
        on,
    };
    let correlation = event.metadata.correlation_id;
    end_allocation(app, credit_note_id, unapplied, correlation)
        .await
        .map(|_| ())
}

struct Crediting<'a> {
    app: &'a App,
    note: CreditNoteId,
    correlation: Uuid,
    credited: Credited,
}

impl Crediting<'_> {
    async fn carry_on(&mut self) -> anyhow::Result<()> {
        let drafted = self.load().await?;
        let Some(issued) = &drafted.issued else {
            return Ok(());
        };
        for (invoice_id, part) in issued.allocations.parts() {
            let application = Application {
                settler: Settler::CreditNote(self.note),
                invoice_id,
                amount: part.amount,
                on: part.on.unwrap_or_else(|| self.app.today()),
                round: part.round,
            };
            self.apply_one(application).await?;
        }
        Ok(())
    }

    async fn apply_one(&mut self, application: Application) -> anyhow::Result<()> {
        let invoice = application.invoice_id;
        let step = format!("{}/{invoice}", application.round);
        let meta = self.because(&format!("apply/{step}"));
        match apply_or_refuse(self.app, &application, &meta).await? {
            Applied::Yes(version) => {
                self.credited.versions.insert(invoice.0, version);
                Ok(())
            }
            Applied::No { version, reason } => {
                self.credited.versions.insert(invoice.0, version);
                let command = CreditNoteCommand::Deallocate {
                    invoice_id: invoice,
                    amount: Some(application.amount),
                    reason,
                    on: application.on,
                };
                self.deallocate(&step, command).await
            }
        }
    }

    async fn deallocate(&mut self, step: &str, command: CreditNoteCommand) -> anyhow::Result<()> {
        let meta = self.because(&format!("deallocate/{step}"));
        let log = &self.app.log;
        match log.execute::<CreditNote>(self.note.0, command, &meta).await {
            Ok(done) => {
                self.credited.versions.insert(self.note.0, done.version);
            }
            Err(ExecuteError::Refused(refusal)) => {
                tracing::debug!(note = %self.note, step, %refusal, "another node was first");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn load(&mut self) -> anyhow::Result<DraftedCreditNote> {
        let loaded = self.app.log.load::<CreditNote>(self.note.0).await?;
        self.credited.versions.insert(self.note.0, loaded.version);
        loaded.state.drafted.context("the credit note is not there")
    }

    fn because(&self, step: &str) -> Metadata {
        because_of(self.note.0, step, PROCESS, self.correlation)
    }
}

#[cfg(test)]
mod tests;
