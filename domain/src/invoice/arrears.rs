//! What is owed late: which reminder is sent and which late fee is charged, and on what day.
//!
//! The rules, by which the schedule acts and the previews tell what it will do:
//! - A stage has its day: so many days after the due date (a reminder's may be before it).
//! - Nothing is done about an invoice on which nothing is owed, a payment under way counted as made, or that is disputed,
//!   or whose dispute was upheld, until a credit note has corrected it or staff let reminders go on.
//! - A schedule does not reach back: stages whose day was before it was set, or before the invoice was issued, are left
//!   out. So neither a first schedule nor imported books set off a flood.
//! - Of reminders only the newest stage that is due is sent; after days without a node the earlier ones are not sent late.
//! - Late fees are charged stage by stage, each once, also late: they are owed, whoever slept. A percentage is of what is
//!   owed when it is charged, rounded half away from zero.
//! - A late fee bears no fees itself.

use rust_decimal::Decimal;
use time::{Date, Duration};

use super::{DraftedInvoice, InvoiceError, InvoiceEvent, InvoiceSource, Standing};
use crate::ids::InvoiceId;
use crate::invalid::{Invalid, Rule, required_text};
use crate::money::Money;
use crate::organisation::{Fee, LateFee};

type Decision = Result<Vec<InvoiceEvent>, InvoiceError>;

/// What decides about reminders and late fees of an issued invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrears {
    /// The date of issue.
    pub issue_date: Date,
    /// The last day to pay.
    pub due_date: Date,
    /// What is due, less what payments under way have reserved.
    pub owed: Money,
    /// Whether a dispute is open, or upheld and its correction still to come.
    pub disputed: bool,
    /// Whether late fees may be charged: it is none itself, and staff have not waived them.
    pub bears_fees: bool,
    /// The highest stage of reminder that was sent, 0 for none.
    pub reminded: u16,
    /// The highest stage of late fee that was charged, 0 for none.
    pub charged: u16,
}

/// Stages, and the day they were set on.
#[derive(Clone, Copy, Debug)]
pub struct Schedule<'a, Stage> {
    /// Stage 1, 2, …
    pub stages: &'a [Stage],
    /// Since when.
    pub since: Date,
}

/// A reminder, and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueReminder {
    /// The stage, from 1.
    pub stage: u16,
    /// Its day.
    pub day: Date,
}

/// A late fee, and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueFee {
    /// The stage, from 1.
    pub stage: u16,
    /// Its day.
    pub day: Date,
    /// As the settings have it.
    pub fee: Fee,
    /// What it comes to on what is owed now.
    pub amount: Money,
}

impl Arrears {
    /// The reminder to be sent on that day: the newest whose day has come, unless it or a later one was sent.
    pub fn reminder_on(&self, schedule: Schedule<'_, i16>, on: Date) -> Option<DueReminder> {
        let newest = self.reminders(schedule).take_while(|due| due.day <= on);
        newest.last().filter(|due| due.stage > self.reminded)
    }

    /// The reminder to be sent next if nothing changes: on that day, or later.
    pub fn reminder_from(&self, schedule: Schedule<'_, i16>, on: Date) -> Option<DueReminder> {
        self.reminder_on(schedule, on).or_else(|| {
            let mut later = self.reminders(schedule);
            later.find(|due| due.day > on && due.stage > self.reminded)
        })
    }

    /// The late fees to be charged on that day, stage by stage.
    pub fn fees_on(&self, schedule: Schedule<'_, LateFee>, on: Date) -> Vec<DueFee> {
        self.fees(schedule).filter(|due| due.day <= on).collect()
    }

    /// The late fee to be charged next if nothing changes.
    pub fn fee_from(&self, schedule: Schedule<'_, LateFee>) -> Option<DueFee> {
        self.fees(schedule).next()
    }

    fn reminders<'a>(
        &'a self,
        schedule: Schedule<'a, i16>,
    ) -> impl Iterator<Item = DueReminder> + 'a {
        let stages = (1_u16..).zip(schedule.stages);
        stages.filter_map(move |(stage, days)| {
            let day = self.day(*days, schedule.since)?;
            Some(DueReminder { stage, day })
        })
    }

    fn fees<'a>(&'a self, schedule: Schedule<'a, LateFee>) -> impl Iterator<Item = DueFee> + 'a {
        let stages = (1_u16..).zip(schedule.stages);
        stages.filter_map(move |(stage, LateFee { after_days, fee })| {
            let days = i16::try_from(*after_days).ok()?;
            let day = self.day(days, schedule.since)?;
            let amount = fee_on(*fee, self.owed)?;
            let new = self.bears_fees && stage > self.charged;
            new.then_some(DueFee {
                stage,
                day,
                fee: *fee,
                amount,
            })
        })
    }

    /// A stage's day, where anything is to be done on it.
    fn day(&self, days: i16, since: Date) -> Option<Date> {
        let day = self.due_date.checked_add(Duration::days(i64::from(days)))?;
        let acts = self.owed.is_positive() && !self.disputed;
        (acts && day >= since && day >= self.issue_date).then_some(day)
    }
}

/// What a fee comes to on what is owed; None where either is nothing, or the fee is in another currency.
fn fee_on(fee: Fee, owed: Money) -> Option<Money> {
    let amount = match fee {
        Fee::Percent(percent) => {
            Money::rounded(owed.amount * percent / Decimal::ONE_HUNDRED, owed.currency)
        }
        Fee::Fixed(amount) => amount,
    };
    let comes_of_it = owed.is_positive() && amount.is_positive();
    (comes_of_it && amount.currency == owed.currency).then_some(amount)
}

impl DraftedInvoice {
    /// What decides about reminders and late fees; None unless it is issued and stands.
    pub fn arrears(&self) -> Option<Arrears> {
        let issued = self.issued.as_ref()?;
        (issued.standing == Standing::Open).then(|| Arrears {
            issue_date: issued.issue_date,
            due_date: issued.due_date,
            owed: self.owed(),
            disputed: self.is_disputed() || self.is_resting(),
            bears_fees: !issued.late_fees_waived && !self.is_late_fee(),
            reminded: issued.reminded.iter().copied().max().unwrap_or(0),
            charged: issued.late_fees.keys().copied().max().unwrap_or(0),
        })
    }

    /// What is due, less what payments under way have reserved.
    fn owed(&self) -> Money {
        let due = self.amount_due();
        Money::rounded(due.amount - self.reserved().amount, due.currency)
    }

    fn is_late_fee(&self) -> bool {
        match self.source {
            Some(InvoiceSource::LateFee { .. }) => true,
            Some(
                InvoiceSource::Estimate { .. }
                | InvoiceSource::Deposit { .. }
                | InvoiceSource::Subscription { .. },
            )
            | None => false,
        }
    }

    pub(super) fn charge_late_fee(
        &self,
        stage: u16,
        fee: Fee,
        fee_invoice_id: InvoiceId,
        on: Date,
    ) -> Decision {
        if stage == 0 {
            return Err(Invalid::new("stage", Rule::NotPositive).into());
        }
        match self.issued()?.late_fees.get(&stage) {
            Some((known, _)) if *known == fee_invoice_id => return Ok(vec![]),
            Some(_) => return Err(InvoiceError::FeeCharged),
            None => {}
        }
        let issued = self.open()?;
        if self.is_late_fee() {
            return Err(InvoiceError::FeeOnAFee);
        }
        if issued.late_fees_waived {
            return Err(InvoiceError::LateFeesWaived);
        }
        if self.is_disputed() {
            return Err(InvoiceError::Disputed);
        }
        if self.is_resting() {
            return Err(InvoiceError::CorrectionAwaited);
        }
        if self.amount_due().is_zero() {
            return Err(InvoiceError::AlreadyPaid);
        }
        if on <= issued.due_date {
            return Err(InvoiceError::NotOverdue);
        }
        let amount = fee_on(fee, self.owed()).ok_or(InvoiceError::NoFee)?;
        Ok(vec![InvoiceEvent::LateFeeCharged {
            stage,
            amount,
            fee_invoice_id,
            on,
        }])
    }

    pub(super) fn waive_late_fees(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        Ok(if self.issued()?.late_fees_waived {
            vec![]
        } else {
            vec![InvoiceEvent::LateFeesWaived { reason, on }]
        })
    }
}
