//! Accepted → invoiced: an accepted estimate becomes an invoice, by itself or when staff say so.

use domain::estimate::{Estimate, EstimateCommand, EstimateError, Phase};
use domain::ids::{EstimateId, InvoiceId};
use domain::invoice::{DraftInvoice, Invoice, InvoiceCommand, InvoiceSource};
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

/// An estimate was accepted: converts it where the settings say so.
pub(super) async fn on_accepted(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    if setting(app).await? == InvoiceOnAcceptance::ByStaff {
        return Ok(());
    }
    let estimate = app.log.load::<Estimate>(event.aggregate_id).await?.state;
    let Some(drafted) = estimate.drafted else {
        return Ok(());
    };
    let command = EstimateCommand::Convert {
        invoice_id: invoice_id(event.aggregate_id, drafted.revision()),
        on: app.today(),
    };
    let mut meta = because_of(
        event.event_id,
        "convert",
        PROCESS,
        event.metadata.correlation_id,
    );
    meta.causation_id = Some(event.event_id);
    match app
        .log
        .execute::<Estimate>(event.aggregate_id, command, &meta)
        .await
    {
        // The acceptance was undone meanwhile, or staff were first.
        Ok(_)
        | Err(ExecuteError::Refused(EstimateError::NotAccepted | EstimateError::AlreadyInvoiced)) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// An estimate was invoiced: drafts the invoice and, unless the settings want it to wait, issues it. Answers with the
/// invoice's version. Doing it again changes nothing. `actor` is who converted it.
pub async fn make_invoice(
    app: &App,
    estimate: Uuid,
    actor: Actor,
    correlation: Uuid,
) -> anyhow::Result<u64> {
    let loaded = app.log.load::<Estimate>(estimate).await?.state;
    let drafted = loaded
        .drafted
        .ok_or_else(|| anyhow::anyhow!("estimate {estimate} is not there"))?;
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
    let by = |step: &str| Metadata {
        actor: actor.clone(),
        ..because_of(invoice, step, PROCESS, correlation)
    };
    let command = InvoiceCommand::Draft(DraftInvoice {
        customer_id: drafted.customer_id,
        draft: document.to_draft(),
        source: Some(InvoiceSource::Estimate {
            estimate_id: EstimateId(estimate),
            revision,
        }),
        on: app.today(),
    });
    let executed = app
        .log
        .execute::<Invoice>(invoice, command, &by("draft"))
        .await?;
    if setting(app).await? == InvoiceOnAcceptance::Draft {
        return Ok(executed.version);
    }
    let meta = by("issue");
    match issue_invoice(app, invoice, None, &meta).await {
        Ok(version) => Ok(version),
        // Staff issue it once what stands in the way is mended.
        Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
            tracing::warn!(%invoice, %refusal, "the invoice stays a draft");
            Ok(executed.version)
        }
        Err(error) => Err(error.into()),
    }
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
