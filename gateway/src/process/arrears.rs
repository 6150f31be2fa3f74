//! What is owed late: reminders and late fees, by the organisation's schedule.
//!
//! What is due is found by the rules of [`domain::invoice::Arrears`], the same that the previews tell by; the invoice's
//! own aggregate decides again. A late fee is charged in two steps: the event on the invoice that was not paid, then an
//! invoice of its own, whose id follows from the first. If a node dies between the two, the log tells the next one.

use domain::document::{DocumentDraft, LineDraft, Prices};
use domain::ids::InvoiceId;
use domain::invoice::{
    Arrears, DraftInvoice, DueFee, Invoice, InvoiceCommand, InvoiceSource, Schedule,
};
use domain::tax::Tax;
use eventlog::{ExecuteError, RecordedEvent};
use projections::{InvoiceFilter, InvoiceRow, InvoiceSort, LARGEST_PAGE, Page, list_invoices};
use time::{Date, Duration};
use uuid::Uuid;

use super::because_of;
use super::issuing::{IssueError, issue_invoice};
use super::runner::whole_view;
use crate::app::App;

const PROCESS: &str = "Reminders and late fees";

/// The invoice over a late fee: always the same, so that there is never a second one.
pub fn fee_invoice_id(invoice: Uuid, stage: u16) -> InvoiceId {
    InvoiceId(Uuid::new_v5(
        &invoice,
        format!("late-fee/{stage}").as_bytes(),
    ))
}

/// Sends the reminders that are due: of each invoice the newest stage, once.
pub(super) async fn remind(app: &App, today: Date) -> anyhow::Result<()> {
    let Some(organisation) = app.organisation() else {
        return Ok(());
    };
    let schedule = organisation.reminders();
    let mut done = Faults::default();
    let stages: Vec<(i16, u16)> = schedule.stages.iter().copied().zip(1..).collect();
    for (days, stage) in stages.into_iter().rev() {
        let filter = InvoiceFilter {
            below_reminder: Some(stage),
            ..late_by(i64::from(days), schedule.since, today)
        };
        let mut rows = Candidates::new(filter);
        while let Some(row) = rows.next(app).await? {
            let due = row.arrears().and_then(|a| a.reminder_on(schedule, today));
            if let Some(due) = due {
                let command = InvoiceCommand::Remind {
                    stage: due.stage,
                    on: today,
                };
                done.note(send(app, &row, &format!("remind/{}", due.stage), command).await);
            }
        }
    }
    done.first()
}

/// Charges the late fees that are due, each once.
pub(super) async fn charge_late_fees(app: &App, today: Date) -> anyhow::Result<()> {
    let mut done = Faults::default();
    let mut fees = Fees::on(app, today);
    while let Some((row, due)) = fees.next(app).await? {
        done.note(charge(app, &row, due, today).await);
    }
    done.first()
}

async fn charge(app: &App, row: &InvoiceRow, due: DueFee, today: Date) -> anyhow::Result<()> {
    let command = InvoiceCommand::ChargeLateFee {
        stage: due.stage,
        fee: due.fee,
        fee_invoice_id: fee_invoice_id(row.id, due.stage),
        on: today,
    };
    send(app, row, &format!("late-fee/{}", due.stage), command).await?;
    make_fee_invoice(app, row.id, due.stage, row.id).await
}

/// Sends a command to an invoice. It may have been paid or disputed since the row was written; then nothing is due.
async fn send(
    app: &App,
    row: &InvoiceRow,
    step: &str,
    command: InvoiceCommand,
) -> anyhow::Result<()> {
    let meta = because_of(row.id, step, PROCESS, row.id);
    match app.log.execute::<Invoice>(row.id, command, &meta).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Refused(refusal)) => {
            tracing::debug!(invoice = %row.id, %refusal, "nothing is due any more");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// A late fee was charged: see to it that the invoice over it is there.
pub(super) async fn on_charged(app: &App, event: &RecordedEvent) -> anyhow::Result<()> {
    let invoice = app.log.load::<Invoice>(event.aggregate_id).await?.state;
    let issued = invoice.drafted.and_then(|drafted| drafted.issued);
    for stage in issued.iter().flat_map(|issued| issued.late_fees.keys()) {
        let correlation = event.metadata.correlation_id;
        make_fee_invoice(app, event.aggregate_id, *stage, correlation).await?;
    }
    Ok(())
}

/// Drafts and issues the invoice over a late fee that was charged. Doing it again changes nothing.
async fn make_fee_invoice(
    app: &App,
    invoice: Uuid,
    stage: u16,
    correlation: Uuid,
) -> anyhow::Result<()> {
    let Some(late) = app.log.load::<Invoice>(invoice).await?.state.drafted else {
        return Ok(());
    };
    let Some(issued) = &late.issued else {
        return Ok(());
    };
    let Some((InvoiceId(fee_invoice), amount)) = issued.late_fees.get(&stage).copied() else {
        return Ok(()); // It was refused.
    };
    let line = LineDraft {
        line_id: None,
        description: format!(
            "Late fee {stage} on invoice {}, due on {}",
            issued.number, issued.due_date
        ),
        quantity: 1.into(),
        unit_price: amount.amount,
        discount: None,
        // Damages for late payment are no consideration for a supply: CJEU C-222/81, BAZ Bausystem.
        tax: Tax::NONE,
    };
    let command = InvoiceCommand::Draft(DraftInvoice {
        customer_id: late.customer_id,
        draft: DocumentDraft {
            currency: amount.currency,
            prices: Prices::TaxExclusive,
            lines: vec![line],
            discount: None,
            notes: None,
            terms: None,
        },
        source: Some(InvoiceSource::LateFee {
            invoice_id: InvoiceId(invoice),
            stage,
        }),
        on: app.today(),
    });
    let meta = |step: &str| because_of(fee_invoice, step, PROCESS, correlation);
    app.log
        .execute::<Invoice>(fee_invoice, command, &meta("draft"))
        .await?;
    match issue_invoice(app, fee_invoice, None, &meta("issue")).await {
        Ok(_) => Ok(()),
        // Staff issue it once what stands in the way is mended.
        Err(refusal @ (IssueError::Refused(_) | IssueError::NotReady(_))) => {
            tracing::warn!(%fee_invoice, %refusal, "the invoice over a late fee stays a draft");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The late fees that are due on a day, invoice by invoice and stage by stage.
pub struct Fees {
    on: Date,
    /// The stages to be looked for, the last one first: an invoice found has all of its fees charged.
    stages: Vec<(u16, Candidates)>,
    found: Vec<(InvoiceRow, DueFee)>,
    seen: std::collections::HashSet<Uuid>,
}

impl Fees {
    /// Those that are due on that day, also one to come, if nothing changes.
    pub fn on(app: &App, on: Date) -> Self {
        let organisation = app.organisation();
        let stages = organisation.iter().flat_map(|organisation| {
            let schedule = organisation.late_fees();
            let stages = (1_u16..).zip(schedule.stages);
            stages.map(move |(stage, fee)| {
                let filter = InvoiceFilter {
                    below_fee: Some(stage),
                    ..late_by(i64::from(fee.after_days), schedule.since, on)
                };
                (stage, Candidates::new(filter))
            })
        });
        Self {
            on,
            stages: stages.collect(),
            found: vec![],
            seen: std::collections::HashSet::new(),
        }
    }

    /// The next one.
    ///
    /// # Errors
    /// Where the read models cannot be read.
    pub async fn next(&mut self, app: &App) -> anyhow::Result<Option<(InvoiceRow, DueFee)>> {
        loop {
            if !self.found.is_empty() {
                return Ok(Some(self.found.remove(0)));
            }
            let (Some((_, candidates)), Some(organisation)) =
                (self.stages.last_mut(), app.organisation())
            else {
                return Ok(None);
            };
            match candidates.next(app).await? {
                Some(row) if self.seen.insert(row.id) => {
                    let due = fees_of(row.arrears(), organisation.late_fees(), self.on);
                    self.found = due.into_iter().map(|due| (row.clone(), due)).collect();
                }
                Some(_) => {}
                None => {
                    self.stages.pop();
                }
            }
        }
    }
}

fn fees_of(
    arrears: Option<Arrears>,
    schedule: Schedule<'_, domain::organisation::LateFee>,
    on: Date,
) -> Vec<DueFee> {
    arrears.map_or(vec![], |arrears| arrears.fees_on(schedule, on))
}

/// Invoices with something due, undisputed, whose stage so many days after the due date lies between the day the
/// schedule was set and `on`.
fn late_by(days: i64, since: Date, on: Date) -> InvoiceFilter {
    let days = Duration::days(days);
    InvoiceFilter {
        owing: true,
        disputed: Some(false),
        due_from: Some(since.saturating_sub(days)),
        due_to: Some(on.saturating_sub(days)),
        ..InvoiceFilter::default()
    }
}

/// Invoices that a filter finds, page by page in the order of their due dates.
struct Candidates {
    filter: InvoiceFilter,
    page: Option<Page>,
    rows: std::vec::IntoIter<InvoiceRow>,
}

impl Candidates {
    fn new(filter: InvoiceFilter) -> Self {
        let page = Page {
            first: LARGEST_PAGE,
            after: None,
        };
        Self {
            filter,
            page: Some(page),
            rows: vec![].into_iter(),
        }
    }

    async fn next(&mut self, app: &App) -> anyhow::Result<Option<InvoiceRow>> {
        if let Some(row) = self.rows.next() {
            return Ok(Some(row));
        }
        let Some(page) = self.page.take() else {
            return Ok(None);
        };
        let filter = self.filter.clone();
        let slice = app
            .reads
            .read_long(move |db| {
                let sort = (InvoiceSort::DueDate, false);
                list_invoices(db, &whole_view(), &filter, sort, &page)
            })
            .await?;
        if slice.has_next {
            self.page = slice.rows.last().map(|(cursor, _)| Page {
                first: LARGEST_PAGE,
                after: Some(cursor.clone()),
            });
        }
        let rows: Vec<InvoiceRow> = slice.rows.into_iter().map(|(_, row)| row).collect();
        self.rows = rows.into_iter();
        Ok(self.rows.next())
    }
}

/// One invoice's fault does not keep the others; the first is told.
#[derive(Default)]
struct Faults(Option<anyhow::Error>);

impl Faults {
    fn note(&mut self, done: anyhow::Result<()>) {
        if let Err(error) = done {
            tracing::warn!(
                error = format!("{error:#}"),
                "an invoice waits for the next minute"
            );
            self.0.get_or_insert(error);
        }
    }

    fn first(self) -> anyhow::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests;
