//! What would happen: acceptances, reminders and late fees, told by the very rules that the commands and the schedule
//! go by.

use async_graphql::{Context, Object, Result, SimpleObject};
use cqrs_es::Aggregate as _;
use domain::document::Document as DomainDocument;
use domain::estimate::{AcceptEstimate, Estimate, EstimateCommand};
use domain::invoice::Arrears;
use projections::{InvoiceRow, find_customer, find_estimate};

use super::act::{Refusal as _, find, not_found};
use super::context::{app, require_staff, require_viewer};
use super::documents::Document;
use super::error::{UserError, bad_input, internal};
use super::invoices::Invoice;
use super::money::Money;
use super::scalars::{Date, Uuid};
use crate::process::arrears::Fees;
use crate::process::conversion::{AfterAcceptance, after_acceptance};
use crate::process::issuing::usual_due_date;

/// The most late fees that one preview tells of.
const MOST_FEES: u16 = 1_000;

/// What an acceptance would bring about.
#[derive(SimpleObject)]
pub struct AcceptancePreview {
    /// What would be agreed to.
    agreed: Option<AgreedPreview>,
    /// The invoice that would follow by itself; null where staff make it.
    invoice: Option<PlannedInvoice>,
    /// Why the acceptance would be refused. That terms have to be agreed to is no refusal here.
    user_errors: Vec<UserError>,
}

/// What an acceptance would agree to.
#[derive(SimpleObject)]
pub struct AgreedPreview {
    /// What the revision comes to.
    total: Money,
    /// What of it is billed first.
    deposit: Option<Money>,
    /// The terms to agree to.
    terms: Option<String>,
}

/// An invoice that would follow.
#[derive(SimpleObject)]
pub struct PlannedInvoice {
    /// Whether it bills the deposit only.
    is_deposit: bool,
    /// Whether it is issued at once (true), or waits as a draft for staff.
    issued: bool,
    /// The last day to pay, if it is issued today.
    due_date: Date,
    /// What it says.
    document: Document,
}

/// A reminder to come, if nothing changes.
#[derive(SimpleObject)]
pub struct UpcomingReminder {
    /// The stage, from 1.
    stage: u16,
    /// When, in the organisation's time zone.
    on: Date,
}

/// A late fee to come, if nothing changes.
#[derive(SimpleObject)]
pub struct UpcomingLateFee {
    /// The stage, from 1.
    stage: u16,
    /// When, in the organisation's time zone.
    on: Date,
    /// How much.
    amount: Money,
}

/// A late fee that would be charged.
#[derive(SimpleObject)]
pub struct LateFeePreview {
    /// On which invoice.
    invoice: Invoice,
    /// The stage, from 1.
    stage: u16,
    /// The day that the schedule names for it.
    day: Date,
    /// How much.
    amount: Money,
}

/// The next reminder of an invoice.
pub(super) fn upcoming_reminder(
    ctx: &Context<'_>,
    row: &InvoiceRow,
) -> Result<Option<UpcomingReminder>> {
    let today = app(ctx)?.today();
    let (organisation, arrears) = (app(ctx)?.organisation(), row.arrears());
    let due = arrears
        .zip(organisation)
        .and_then(|(arrears, known)| arrears.reminder_from(known.reminders(), today));
    Ok(due.map(|due| UpcomingReminder {
        stage: due.stage,
        on: due.day.max(today).into(),
    }))
}

/// The next late fee on an invoice.
pub(super) fn upcoming_late_fee(
    ctx: &Context<'_>,
    row: &InvoiceRow,
) -> Result<Option<UpcomingLateFee>> {
    let today = app(ctx)?.today();
    let (organisation, arrears) = (app(ctx)?.organisation(), row.arrears());
    let due = arrears
        .zip(organisation)
        .and_then(|(arrears, known): (Arrears, _)| arrears.fee_from(known.late_fees()));
    Ok(due.map(|due| UpcomingLateFee {
        stage: due.stage,
        on: due.day.max(today).into(),
        amount: Money(due.amount),
    }))
}

/// Queries of what would happen.
#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What the acceptance of a revision would bring about today; nothing is changed.
    async fn preview_acceptance(
        &self,
        ctx: &Context<'_>,
        estimate_id: Uuid,
        revision: u32,
    ) -> Result<AcceptancePreview> {
        acceptance(ctx, estimate_id.0, revision).await
    }

    /// The late fees that would be charged on a day, today if left out, if nothing changes until then; staff only. At
    /// most `first` of them (1 to 1,000).
    #[graphql(complexity = "1 + usize::from(first) * child_complexity")]
    async fn preview_late_fees(
        &self,
        ctx: &Context<'_>,
        as_of: Option<Date>,
        #[graphql(default = 100)] first: u16,
    ) -> Result<Vec<LateFeePreview>> {
        require_staff(ctx)?;
        if first == 0 || first > MOST_FEES {
            return Err(bad_input(
                "first",
                format!("must be between 1 and {MOST_FEES}"),
            ));
        }
        let app = app(ctx)?;
        let mut fees = Fees::on(app, as_of.map_or_else(|| app.today(), |day| day.0));
        let mut found = vec![];
        while found.len() < usize::from(first) {
            let Some((row, due)) = fees.next(app).await.map_err(internal)? else {
                break;
            };
            found.push(LateFeePreview {
                invoice: Invoice(row),
                stage: due.stage,
                day: due.day.into(),
                amount: Money(due.amount),
            });
        }
        Ok(found)
    }
}

async fn acceptance(ctx: &Context<'_>, id: uuid::Uuid, revision: u32) -> Result<AcceptancePreview> {
    let app = app(ctx)?;
    let nothing = |error| AcceptancePreview {
        agreed: None,
        invoice: None,
        user_errors: vec![error],
    };
    let Some(row) = find(ctx, |db, viewer| find_estimate(db, viewer, id))? else {
        return Ok(nothing(not_found("estimateId")));
    };
    let mut estimate = app.log.load::<Estimate>(id).await.map_err(internal)?.state;
    let accept = EstimateCommand::Accept(AcceptEstimate {
        revision,
        name: require_viewer(ctx)?.name.clone(),
        terms_accepted: true,
        on: app.today(),
    });
    let events = match estimate.decide(accept) {
        Ok(events) => events,
        Err(refusal) => return Ok(nothing(refusal.user_error())),
    };
    for event in events {
        estimate.apply(event);
    }
    let Some(accepted) = estimate.drafted else {
        return Ok(nothing(not_found("estimateId")));
    };
    let agreed = accepted.agreed().map(|agreed| AgreedPreview {
        total: Money(agreed.total),
        deposit: agreed.deposit.map(Money),
        terms: agreed.terms,
    });
    let plan = match after_acceptance(&accepted, app.settings().invoice_on_acceptance) {
        AfterAcceptance::Nothing => None,
        AfterAcceptance::Deposit { draft, issued } => Some((draft, issued, true)),
        AfterAcceptance::Invoice { draft, issued } => Some((draft, issued, false)),
    };
    let customer = row.customer_id;
    let customer = find(ctx, |db, viewer| find_customer(db, viewer, customer))?;
    let terms = customer.map_or(0, |customer| customer.payment_terms_days);
    let invoice = plan.map(|(draft, issued, is_deposit)| {
        let document: DomainDocument = draft.price(&std::collections::BTreeSet::new())?;
        Ok::<_, domain::invalid::Invalid>(PlannedInvoice {
            is_deposit,
            issued,
            due_date: usual_due_date(app.today(), terms).into(),
            document: Document(document),
        })
    });
    Ok(AcceptancePreview {
        agreed,
        invoice: invoice.transpose().map_err(internal)?,
        user_errors: vec![],
    })
}
