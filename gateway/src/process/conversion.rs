//! Accepted → invoiced: an accepted estimate becomes an invoice, by itself or when staff say so.
//!
//! Where the offer asks for a deposit, that is billed first, as soon as the offer is accepted; the invoice over the
//! whole follows when the deposit is paid, or when staff convert the estimate, and takes the deposit off. The settings
//! say what is done by itself ([`after_acceptance`], the same that the preview tells by):
//!
//! | setting | without a deposit | with one |
//! |---|---|---|
//! | `ByStaff` | staff convert, and the invoice is issued | the deposit invoice waits as a draft; staff convert |
//! | `Draft` | the invoice waits as a draft | the deposit invoice waits as a draft; once it is paid, so does the final one |
//! | `Issue` | the invoice is issued | the deposit invoice is issued; once it is paid, so is the final one |
//!
//! A deposit invoice that is still a draft when staff convert the estimate is issued or dropped first, as they say
//! ([`deposit_first`]).
//!
//! Whether a deposit is taken off is decided on its own stream, once and for all (`CloseDeposit`): one that is issued
//! is, and cannot be voided from then on; one that is voided, given up or still a draft is not, and cannot come back.

use domain::deposit::deducted;
use domain::document::{Document, DocumentDraft};
use domain::estimate::{Drafted, Estimate, EstimateCommand, EstimateError, Phase};
use domain::ids::{EstimateId, InvoiceId};
use domain::invoice::{
    ClosedDeposit, DraftInvoice, DraftedInvoice, Invoice, InvoiceCommand, InvoiceError,
    InvoiceSource,
};
use domain::organisation::{InvoiceOnAcceptance, ORGANISATION_ID, Organisation};
use eventlog::{Actor, ExecuteError, Metadata, RecordedEvent};
use uuid::Uuid;

use super::because_of;
use super::issuing::{IssueError, issue_invoice};
use crate::app::App;

const PROCESS: &str = "Invoicing of accepted estimates";

/// The invoice that a revision of an estimate becomes: always the same, so that there is never a second one.
pub fn invoice_id(estimate: Uuid, revision: u32) -> InvoiceId {
    InvoiceId(Uuid::new_v5(
        &estimate,
        format!("invoice/{revision}").as_bytes(),
    ))
}

/// The invoice over the deposit of an estimate. One that was voided is not used again: should the estimate be accepted
/// anew, the next one has an id of its own.
fn deposit_id(estimate: Uuid, drafted: &Drafted) -> InvoiceId {
    let (revision, round) = (drafted.revision(), drafted.released_deposits.len());
    InvoiceId(Uuid::new_v5(
        &estimate,
        format!("deposit/{revision}/{round}").as_bytes(),
    ))
}

/// What follows by itself from an acceptance.
#[derive(Clone, Debug)]
pub enum AfterAcceptance {
    /// Nothing: staff convert it.
    Nothing,
    /// The deposit is billed.
    Deposit {
        /// What that invoice says.
        draft: DocumentDraft,
        /// Whether it is issued, or waits as a draft.
        issued: bool,
    },
    /// The whole is billed.
    Invoice {
        /// What that invoice says.
        draft: DocumentDraft,
        /// Whether it is issued, or waits as a draft.
        issued: bool,
    },
}

/// What follows by itself from the acceptance of the current revision.
pub fn after_acceptance(drafted: &Drafted, setting: InvoiceOnAcceptance) -> AfterAcceptance {
    let issued = match setting {
        InvoiceOnAcceptance::ByStaff | InvoiceOnAcceptance::Draft => false,
        InvoiceOnAcceptance::Issue => true,
    };
    if let Some(draft) = deposit_draft(drafted) {
        return AfterAcceptance::Deposit { draft, issued };
    }
    match (setting, drafted.current()) {
        (InvoiceOnAcceptance::ByStaff, _) | (_, None) => AfterAcceptance::Nothing,
        (InvoiceOnAcceptance::Draft | InvoiceOnAcceptance::Issue, Some(current)) => {
            AfterAcceptance::Invoice {
                draft: current.document.to_draft(),
                issued,
            }
        }
    }
}

/// What the deposit invoice says.
fn deposit_draft(drafted: &Drafted) -> Option<DocumentDraft> {
    let deposit = drafted.asked_deposit()?;
    let number = drafted.number.as_deref().unwrap_or_default();
    let description = format!("Deposit of {} % on estimate {number}", deposit.percent);
    Some(deposit.draft(&description))
}

/// An estimate was accepted: bills its deposit, or converts it where the settings say so.
pub(super) async fn on_accepted(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let estimate = event.aggregate_id;
    let Some(drafted) = load(app, estimate).await? else {
        return Ok(());
    };
    let on = app.today();
    let (step, command) = match after_acceptance(&drafted, setting(app).await?) {
        AfterAcceptance::Nothing => return Ok(()),
        AfterAcceptance::Deposit { .. } => {
            let invoice_id = deposit_id(estimate, &drafted);
            ("deposit", EstimateCommand::BillDeposit { invoice_id, on })
        }
        AfterAcceptance::Invoice { .. } => ("convert", convert(estimate, &drafted, app)),
    };
    tell(app, estimate, event, step, command).await
}

fn convert(estimate: Uuid, drafted: &Drafted, app: &App) -> EstimateCommand {
    EstimateCommand::Convert {
        invoice_id: invoice_id(estimate, drafted.revision()),
        on: app.today(),
    }
}

/// Sends what follows from an event to the estimate. Staff may have been first, or have undone the acceptance.
async fn tell(
    app: &App,
    estimate: Uuid,
    event: &RecordedEvent,
    step: &str,
    command: EstimateCommand,
) -> anyhow::Result<()> {
    let correlation = event.metadata.correlation_id;
    let mut meta = because_of(event.event_id, step, PROCESS, correlation);
    meta.causation_id = Some(event.event_id);
    match app.log.execute::<Estimate>(estimate, command, &meta).await {
        Ok(_)
        | Err(ExecuteError::Refused(
            EstimateError::NotAccepted
            | EstimateError::AlreadyInvoiced
            | EstimateError::DepositBilled
            | EstimateError::NoDeposit,
        )) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// An invoice was paid: if it bills a deposit, the estimate is invoiced, where the settings do that by themselves.
pub(super) async fn on_paid(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let Some(estimate) = estimate_of_deposit(app, event.aggregate_id).await? else {
        return Ok(());
    };
    match setting(app).await? {
        InvoiceOnAcceptance::ByStaff => return Ok(()),
        InvoiceOnAcceptance::Draft | InvoiceOnAcceptance::Issue => {}
    }
    let drafted = load(app, estimate).await?;
    // What is paid must be the deposit that stands: an older one was voided, and that is never paid.
    let Some(drafted) = drafted.filter(|d| d.deposit == Some(InvoiceId(event.aggregate_id))) else {
        return Ok(());
    };
    let command = convert(estimate, &drafted, app);
    tell(app, estimate, event, "convert", command).await
}

/// An invoice was voided, or its draft discarded: if it bills a deposit, the estimate has none any more.
pub(super) async fn on_voided(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let Some(estimate) = estimate_of_deposit(app, event.aggregate_id).await? else {
        return Ok(());
    };
    let command = EstimateCommand::ReleaseDeposit {
        invoice_id: InvoiceId(event.aggregate_id),
        on: app.today(),
    };
    tell(app, estimate, event, "release-deposit", command).await
}

async fn estimate_of_deposit(app: &App, invoice: Uuid) -> anyhow::Result<Option<Uuid>> {
    let loaded = app.log.load::<Invoice>(invoice).await?.state.drafted;
    Ok(match loaded.and_then(|drafted| drafted.source) {
        Some(InvoiceSource::Deposit {
            estimate_id: EstimateId(estimate),
            ..
        }) => Some(estimate),
        Some(
            InvoiceSource::Estimate { .. }
            | InvoiceSource::LateFee { .. }
            | InvoiceSource::Subscription { .. },
        )
        | None => None,
    })
}

/// A deposit was billed: drafts that invoice and, where the settings say so, issues it. Doing it again changes nothing.
/// `actor` is who accepted, or the process that billed.
pub(super) async fn make_deposit_invoice(
    app: &App,
    estimate: Uuid,
    actor: Actor,
    correlation: Uuid,
) -> anyhow::Result<()> {
    let Some(drafted) = load(app, estimate).await? else {
        return Ok(());
    };
    let (Some(InvoiceId(invoice)), Some(draft)) = (drafted.deposit, deposit_draft(&drafted)) else {
        return Ok(()); // It was voided meanwhile.
    };
    let source = InvoiceSource::Deposit {
        estimate_id: EstimateId(estimate),
        revision: drafted.revision(),
    };
    let issued = setting(app).await? == InvoiceOnAcceptance::Issue;
    let making = Making {
        app,
        invoice,
        actor,
        correlation,
    };
    making
        .invoice(drafted.customer_id, source, draft, issued)
        .await?;
    Ok(())
}

/// What staff want of a deposit invoice that is still a draft when they convert the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnissuedDeposit {
    /// It is issued, and taken off.
    Issue,
    /// It is discarded: the invoice is over the whole.
    Drop,
}

/// Why an estimate cannot be converted yet.
#[derive(Debug)]
pub enum NotFirst {
    /// The deposit invoice is a draft, and nobody said what becomes of it.
    Undecided,
    /// The deposit invoice refused what was wanted.
    Refused(InvoiceError),
    /// Something that stands on every invoice is missing.
    NotReady(&'static str),
}

/// The deposit comes first: before an estimate is converted, its deposit invoice is issued or dropped, as staff say. Where
/// it is neither a draft nor about to be one, nothing is done. `meta` is of the command that does it, so that a retry
/// does it once. Answers whether the deposit was dropped, which is a change of the estimate.
///
/// # Errors
/// Where the log failed.
pub async fn deposit_first(
    app: &App,
    estimate: Uuid,
    unissued: Option<UnissuedDeposit>,
    meta: &Metadata,
) -> anyhow::Result<Result<bool, NotFirst>> {
    let Some(InvoiceId(deposit)) = load(app, estimate).await?.and_then(|d| d.deposit) else {
        return Ok(Ok(false));
    };
    // Should the process that follows the log not have made it yet.
    let (actor, correlation) = (meta.actor.clone(), meta.correlation_id);
    make_deposit_invoice(app, estimate, actor, correlation).await?;
    let invoice = app.log.load::<Invoice>(deposit).await?.state.drafted;
    let (issued, discarded) = invoice.map_or((false, false), |known| {
        (known.issued.is_some(), known.discarded)
    });
    if discarded {
        // A crash came in between, or the process has not seen it yet.
        release_deposit(app, estimate, deposit, meta).await?;
        return Ok(Ok(true));
    }
    if issued {
        return Ok(Ok(false));
    }
    match unissued {
        None => Ok(Err(NotFirst::Undecided)),
        Some(UnissuedDeposit::Issue) => match issue_invoice(app, deposit, None, meta).await {
            Ok(_) => Ok(Ok(false)),
            Err(IssueError::Refused(refusal)) => Ok(Err(NotFirst::Refused(refusal))),
            Err(IssueError::NotReady(why)) => Ok(Err(NotFirst::NotReady(why))),
            Err(error) => Err(error.into()),
        },
        Some(UnissuedDeposit::Drop) => {
            let command = InvoiceCommand::DiscardDraft { on: app.today() };
            match app.log.execute::<Invoice>(deposit, command, meta).await {
                Ok(_) => {
                    release_deposit(app, estimate, deposit, meta).await?;
                    Ok(Ok(true))
                }
                Err(ExecuteError::Refused(refusal)) => Ok(Err(NotFirst::Refused(refusal))),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// The estimate has no deposit from here on; the process does the same where a crash comes before.
async fn release_deposit(
    app: &App,
    estimate: Uuid,
    deposit: Uuid,
    meta: &Metadata,
) -> anyhow::Result<()> {
    let command = EstimateCommand::ReleaseDeposit {
        invoice_id: InvoiceId(deposit),
        on: app.today(),
    };
    let correlation = meta.correlation_id;
    let mut meta = because_of(meta.command_id, "release-deposit", PROCESS, correlation);
    meta.causation_id = None;
    app.log
        .execute::<Estimate>(estimate, command, &meta)
        .await?;
    Ok(())
}

/// An estimate was invoiced: drafts the invoice and, unless the settings want it to wait, issues it. Answers with the
/// invoice's version. Doing it again changes nothing. `actor` is who converted it.
pub async fn make_invoice(
    app: &App,
    estimate: Uuid,
    actor: Actor,
    correlation: Uuid,
) -> anyhow::Result<u64> {
    let drafted = load(app, estimate).await?;
    let drafted = drafted.ok_or_else(|| anyhow::anyhow!("estimate {estimate} is not there"))?;
    let Phase::Invoiced {
        invoice_id: InvoiceId(invoice),
    } = drafted.phase
    else {
        anyhow::bail!("estimate {estimate} is not invoiced");
    };
    let revision = drafted.revision();
    let document = drafted.document_of(revision);
    let document = document
        .ok_or_else(|| anyhow::anyhow!("estimate {estimate} has no revision {revision}"))?;
    if drafted.deposit.is_some() {
        // Should the node that billed it have died before it was made.
        make_deposit_invoice(app, estimate, actor.clone(), correlation).await?;
    }
    let making = Making {
        app,
        invoice,
        actor,
        correlation,
    };
    let draft = match drafted.deposit {
        Some(InvoiceId(deposit)) => making.without_deposit(document, deposit).await?,
        None => document.to_draft(),
    };
    let source = InvoiceSource::Estimate {
        estimate_id: EstimateId(estimate),
        revision,
    };
    let issued = setting(app).await? != InvoiceOnAcceptance::Draft;
    making
        .invoice(drafted.customer_id, source, draft, issued)
        .await
}

/// An invoice on its way, and on whose account.
struct Making<'a> {
    app: &'a App,
    invoice: Uuid,
    actor: Actor,
    correlation: Uuid,
}

impl Making<'_> {
    fn by(&self, step: &str) -> Metadata {
        Metadata {
            actor: self.actor.clone(),
            ..because_of(self.invoice, step, PROCESS, self.correlation)
        }
    }

    /// Drafts it and, if wanted, issues it; answers with its version.
    async fn invoice(
        &self,
        customer_id: domain::ids::CustomerId,
        source: InvoiceSource,
        draft: DocumentDraft,
        issued: bool,
    ) -> anyhow::Result<u64> {
        let command = InvoiceCommand::Draft(DraftInvoice {
            customer_id,
            draft,
            source: Some(source),
            on: self.app.today(),
        });
        let invoice = self.invoice;
        let log = &self.app.log;
        let meta = self.by("draft");
        let executed = log.execute::<Invoice>(invoice, command, &meta).await?;
        let version = executed.version;
        if !issued {
            return Ok(version);
        }
        match issue_invoice(self.app, invoice, None, &self.by("issue")).await {
            Ok(version) => Ok(version),
            // Staff issue it once what stands in the way is mended.
            Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
                tracing::warn!(%invoice, %refusal, "the invoice stays a draft");
                Ok(version)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What this invoice says, less the deposit where that stands. From here on the deposit is closed.
    async fn without_deposit(
        &self,
        document: &Document,
        deposit: Uuid,
    ) -> anyhow::Result<DocumentDraft> {
        let close = InvoiceCommand::CloseDeposit {
            final_invoice_id: InvoiceId(self.invoice),
            on: self.app.today(),
        };
        let meta = self.by("close-deposit");
        let log = &self.app.log;
        log.execute::<Invoice>(deposit, close, &meta).await?;
        let closed = log.load::<Invoice>(deposit).await?.state.drafted;
        Ok(match closed.as_ref().and_then(taken_off) {
            Some((billed, description)) => deducted(document, billed, &description),
            None => document.to_draft(),
        })
    }
}

/// What a closed deposit billed, and how the final invoice calls it; None where it is not taken off.
fn taken_off(deposit: &DraftedInvoice) -> Option<(&Document, String)> {
    let ClosedDeposit { deducted, .. } = deposit.closed_deposit?;
    let issued = deposit.issued.as_ref()?;
    let description = format!(
        "Less deposit, invoice {} of {}",
        issued.number, issued.issue_date
    );
    deducted.then_some((&deposit.document, description))
}

async fn load(app: &App, estimate: Uuid) -> anyhow::Result<Option<Drafted>> {
    Ok(app.log.load::<Estimate>(estimate).await?.state.drafted)
}

async fn setting(app: &App) -> anyhow::Result<InvoiceOnAcceptance> {
    let organisation = app
        .log
        .load::<Organisation>(ORGANISATION_ID)
        .await?
        .state
        .registered;
    Ok(organisation.map_or(InvoiceOnAcceptance::ByStaff, |known| {
        known.settings.invoice_on_acceptance
    }))
}

#[cfg(test)]
mod tests;
