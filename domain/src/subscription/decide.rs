//! The subscription's decisions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use time::{Date, Duration};
use uuid::Uuid;

use super::command::{
    CancelSubscription, ChangeSubscription, CollectionFailure, StartSubscription, When,
};
use super::{
    Arrears, Bill, Cleared, End, Ended, FirstTerms, Started, Subscription, SubscriptionCommand,
    SubscriptionError, SubscriptionEvent, Terms,
};
use crate::dates;
use crate::ids::InvoiceId;
use crate::invalid::{Invalid, Rule, optional_text, required_line};
use crate::organisation::AfterDunning;
use crate::schedule::Period;

type Decision = Result<Vec<SubscriptionEvent>, SubscriptionError>;

/// A subscription starts at most so many days before or after the day on which it is entered.
const START_WITHIN: Duration = Duration::days(366);
/// The most periods that a fixed end counts.
const MOST_PERIODS: u32 = 10_000;

impl Subscription {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: SubscriptionCommand) -> Decision {
        let started = || self.started.as_ref().ok_or(SubscriptionError::NotStarted);
        match command {
            SubscriptionCommand::Start(command) => start(self.started.as_ref(), command),
            SubscriptionCommand::Renew {
                period,
                invoice_id,
                on,
            } => started()?.renew(period, invoice_id, on),
            SubscriptionCommand::Change(command) => started()?.change_terms(&command),
            SubscriptionCommand::CancelPendingChange { on } => started()?.cancel_pending_change(on),
            SubscriptionCommand::Pause { on } => started()?.pause(on),
            SubscriptionCommand::Resume { on } => started()?.resume(on),
            SubscriptionCommand::Cancel(command) => started()?.cancel(&command),
            SubscriptionCommand::Reactivate { on } => started()?.reactivate(on),
            SubscriptionCommand::Finish { on } => started()?.finish(on),
            SubscriptionCommand::RecordCollectionFailure(command) => {
                started()?.record_failure(&command)
            }
            SubscriptionCommand::RecordCollection {
                invoice_id,
                cleared,
                on,
            } => Ok(started()?.record_collection(invoice_id, cleared, on)),
        }
    }

    /// What a command would bring about on that day, and how the subscription would stand then: periods that are
    /// due are billed first, as they will be before the command is carried out. Nothing is changed.
    ///
    /// # Errors
    /// The rule that would refuse it.
    pub fn preview(
        &self,
        command: SubscriptionCommand,
        on: Date,
    ) -> Result<(Vec<SubscriptionEvent>, Self), SubscriptionError> {
        let mut then = self.up_to(on)?;
        let events = then.decide(command)?;
        for event in &events {
            then.apply_event(event.clone());
        }
        Ok((events, then))
    }

    /// The subscription once everything is done that is due by that day: its periods billed, its end come. Nothing is
    /// changed.
    ///
    /// # Errors
    /// The rule that keeps a period from being billed.
    pub fn up_to(&self, on: Date) -> Result<Self, SubscriptionError> {
        let mut then = self.clone();
        while let Some(next) = then.overdue(on) {
            for event in then.decide(next)? {
                then.apply_event(event);
            }
        }
        Ok(then)
    }

    /// What the day alone asks for: to bill the next period, or to end it.
    fn overdue(&self, on: Date) -> Option<SubscriptionCommand> {
        let started = self.started.as_ref()?;
        if started.is_finished(on) {
            return Some(SubscriptionCommand::Finish { on });
        }
        started.due(on).map(|period| SubscriptionCommand::Renew {
            period: period.number,
            invoice_id: InvoiceId(Uuid::from_u128(period.number.into())),
            on,
        })
    }

    /// Moves on to how it stands after the event; read models keep a subscription by this, too.
    pub fn apply_event(&mut self, event: SubscriptionEvent) {
        if let SubscriptionEvent::Started {
            customer_id,
            terms,
            start,
            anchor,
            collection,
            end,
            on,
        } = event
        {
            let first = FirstTerms {
                terms: terms.clone(),
                start,
            };
            self.started = Some(Started {
                customer_id,
                first,
                terms,
                collection,
                end,
                anchor: (anchor, 1),
                current: Period {
                    number: 0,
                    start,
                    next: anchor,
                },
                days: 0,
                trialing: anchor > on,
                pending: None,
                paused_on: None,
                resumed: false,
                non_renewing: false,
                reactivated: false,
                ended: None,
                renewals: BTreeMap::new(),
                changes: BTreeSet::new(),
                arrears: BTreeMap::new(),
                cleared: BTreeSet::new(),
                unpaid: false,
            });
        } else if let Some(started) = &mut self.started {
            started.apply_event(event);
        }
    }
}

/// Starting it again as it was started stays quiet, whatever has become of it since.
fn start(existing: Option<&Started>, command: StartSubscription) -> Decision {
    let terms = command.terms.checked()?;
    let StartSubscription {
        customer_id,
        start,
        collection,
        end,
        on,
        ..
    } = command;
    if let Some(known) = existing {
        let same = known.customer_id == customer_id
            && known.first.terms == terms
            && known.first.start == start
            && known.collection == collection
            && known.end == end;
        return if same {
            Ok(vec![])
        } else {
            Err(SubscriptionError::AlreadyStarted)
        };
    }
    let (earliest, latest) = (
        on.saturating_sub(START_WITHIN),
        on.saturating_add(START_WITHIN),
    );
    dates::between("start", start, earliest, latest)?;
    let anchor = start.saturating_add(Duration::days(terms.plan.trial_days.into()));
    check_end(end, anchor)?;
    let first = Period {
        number: 1,
        start: anchor,
        next: terms.plan.interval.after(anchor, 1),
    };
    terms.period_document(first)?;
    Ok(vec![SubscriptionEvent::Started {
        customer_id,
        terms,
        start,
        anchor,
        collection,
        end,
        on,
    }])
}

fn check_end(end: Option<End>, anchor: Date) -> Result<(), Invalid> {
    match end {
        Some(End::AfterPeriods(periods)) if !(1..=MOST_PERIODS).contains(&periods) => {
            let rule = Rule::OutOfRange(Decimal::ONE, Decimal::from(MOST_PERIODS));
            Err(Invalid::new("periods", rule))
        }
        Some(End::Before(day)) => dates::contract_end("endsBefore", day, anchor).map(drop),
        Some(End::AfterPeriods(_)) | None => Ok(()),
    }
}

impl Started {
    fn running(&self) -> Result<(), SubscriptionError> {
        match self.ended {
            None => Ok(()),
            Some(Ended::Cancelled) => Err(SubscriptionError::Cancelled),
            Some(Ended::Expired) => Err(SubscriptionError::Expired),
        }
    }

    /// Whether everything is done that the day asks for: else a command would decide on what was yesterday.
    fn up_to_date(&self, on: Date) -> Result<(), SubscriptionError> {
        self.running()?;
        match self.due(on) {
            Some(period) => Err(SubscriptionError::RenewalDue(period.start)),
            None if self.is_finished(on) => Err(SubscriptionError::RenewalDue(self.current.next)),
            None => Ok(()),
        }
    }

    fn renew(&self, number: u32, invoice_id: InvoiceId, on: Date) -> Decision {
        match self.renewals.get(&number) {
            Some(known) if *known == invoice_id => return Ok(vec![]),
            Some(_) => return Err(SubscriptionError::AlreadyRenewed),
            None if number <= self.current.number => return Err(SubscriptionError::AlreadyRenewed),
            None => self.running()?,
        }
        if number != self.current.number + 1 {
            return Err(SubscriptionError::OutOfOrder(self.current.number + 1));
        }
        if self.paused_on.is_some() {
            return Err(SubscriptionError::Paused);
        }
        let next = self.next_period();
        let period = next.ok_or(SubscriptionError::NoFurtherPeriod)?;
        if period.start > on {
            return Err(SubscriptionError::NotDue(period.start));
        }
        let changed = self
            .pending
            .clone()
            .map(|terms| SubscriptionEvent::Changed {
                terms,
                period: None,
                bill: None,
                on,
            });
        let renewed = SubscriptionEvent::Renewed {
            plan_id: self.next_terms().plan_id,
            period,
            invoice_id,
            document: self.next_terms().period_document(period)?,
            on,
        };
        Ok(changed.into_iter().chain([renewed]).collect())
    }

    fn change_terms(&self, command: &ChangeSubscription) -> Decision {
        let ChangeSubscription {
            when, bill_id, on, ..
        } = *command;
        let terms = command.terms.checked()?;
        if terms.currency() != self.terms.currency() {
            let rule = Rule::WrongCurrency(self.terms.currency().code());
            return Err(Invalid::new("planId", rule).into());
        }
        self.running()?;
        if self.paused_on.is_some() {
            return Err(SubscriptionError::Paused);
        }
        match when {
            When::Now => self.change_now(terms, bill_id, on),
            When::PeriodEnd => self.change_later(terms, on),
        }
    }

    fn change_now(&self, terms: Terms, bill_id: Uuid, on: Date) -> Decision {
        if terms == self.terms {
            return Ok(vec![]);
        }
        self.up_to_date(on)?;
        let change = self.change(&terms, bill_id, on)?;
        let change = change.ok_or(SubscriptionError::NoFurtherPeriod)?;
        let changed = SubscriptionEvent::Changed {
            terms,
            period: change.period,
            bill: change.bill,
            on,
        };
        self.check_next(&changed)?;
        Ok(vec![changed])
    }

    fn change_later(&self, terms: Terms, on: Date) -> Decision {
        if terms == *self.next_terms() {
            return Ok(vec![]);
        }
        self.up_to_date(on)?;
        if self.non_renewing {
            return Err(SubscriptionError::NonRenewing);
        }
        if self.next_period().is_none() {
            return Err(SubscriptionError::NoFurtherPeriod);
        }
        if terms == self.terms {
            return self.cancel_pending_change(on);
        }
        let scheduled = SubscriptionEvent::ChangeScheduled { terms, on };
        self.check_next(&scheduled)?;
        Ok(vec![scheduled])
    }

    /// Refuses terms whose next invoice could not be written: renewals must never get stuck.
    fn check_next(&self, event: &SubscriptionEvent) -> Result<(), Invalid> {
        let mut then = self.clone();
        then.apply_event(event.clone());
        then.upcoming().map(|_| ())
    }

    fn cancel_pending_change(&self, on: Date) -> Decision {
        Ok(match self.pending {
            Some(_) => vec![SubscriptionEvent::ScheduledChangeCancelled { on }],
            None => vec![],
        })
    }

    fn pause(&self, on: Date) -> Decision {
        self.running()?;
        if self.paused_on.is_some() {
            return Ok(vec![]);
        }
        self.up_to_date(on)?;
        if self.non_renewing {
            return Err(SubscriptionError::NonRenewing);
        }
        Ok(vec![SubscriptionEvent::Paused { on }])
    }

    /// The days from the pause to the next period come after it.
    fn resume(&self, on: Date) -> Decision {
        self.running()?;
        let Some(paused_on) = self.paused_on else {
            return if self.resumed {
                Ok(vec![])
            } else {
                Err(SubscriptionError::NotPaused)
            };
        };
        self.up_to_date(on)?;
        let next = on
            .max(paused_on)
            .saturating_add(self.current.next - paused_on);
        Ok(vec![SubscriptionEvent::Resumed { next, on }])
    }

    fn cancel(&self, command: &CancelSubscription) -> Decision {
        let CancelSubscription {
            when, credit, on, ..
        } = *command;
        let reason = optional_text("reason", command.reason.as_deref(), 2_000)?;
        match self.ended {
            Some(Ended::Cancelled) => return Ok(vec![]),
            Some(Ended::Expired) => return Err(SubscriptionError::Expired),
            None => {}
        }
        if when == When::PeriodEnd && self.non_renewing {
            return Ok(vec![]);
        }
        self.up_to_date(on)?;
        match when {
            When::Now => {
                let bill = if credit {
                    self.credit(command.bill_id, on)?
                } else {
                    None
                };
                Ok(vec![SubscriptionEvent::Cancelled { reason, bill, on }])
            }
            When::PeriodEnd if self.paused_on.is_some() => Err(SubscriptionError::Paused),
            When::PeriodEnd => Ok(vec![SubscriptionEvent::CancellationScheduled {
                reason,
                ends_on: self.current.next,
                on,
            }]),
        }
    }

    fn reactivate(&self, on: Date) -> Decision {
        self.running()?;
        if !self.non_renewing {
            return if self.reactivated {
                Ok(vec![])
            } else {
                Err(SubscriptionError::NotEnding)
            };
        }
        self.up_to_date(on)?;
        Ok(vec![SubscriptionEvent::Reactivated { on }])
    }

    fn finish(&self, on: Date) -> Decision {
        if self.ended.is_some() {
            return Ok(vec![]);
        }
        if !self.is_finished(on) {
            return Err(SubscriptionError::NotDue(self.current.next));
        }
        Ok(vec![if self.non_renewing {
            SubscriptionEvent::Cancelled {
                reason: None,
                bill: None,
                on,
            }
        } else {
            SubscriptionEvent::Expired { on }
        }])
    }

    /// Retries are counted from the first failure; never twice on one day, however late one was.
    fn record_failure(&self, command: &CollectionFailure) -> Decision {
        let CollectionFailure {
            invoice_id,
            attempt,
            on,
            ..
        } = *command;
        let code = required_line("code", &command.code, 100)?;
        if !self.has_billed(invoice_id) {
            return Err(SubscriptionError::NotItsInvoice);
        }
        let known = self.arrears.get(&invoice_id);
        let attempts = known.map_or(0, |arrears| arrears.attempts);
        if self.cleared.contains(&invoice_id) || (1..=attempts).contains(&attempt) {
            return Ok(vec![]);
        }
        if attempt != attempts + 1 {
            return Err(SubscriptionError::AttemptOutOfOrder(attempts + 1));
        }
        let since = known.map_or(on, |arrears| arrears.since);
        let tomorrow = on.saturating_add(Duration::DAY);
        let retries = &command.dunning.retry_after_days;
        let retry_on = usize::try_from(attempts)
            .ok()
            .filter(|_| self.ended.is_none())
            .and_then(|failed_before| retries.get(failed_before))
            .map(|days| since.saturating_add(Duration::days((*days).into())))
            .map(|day| day.max(tomorrow));
        let failed = SubscriptionEvent::CollectionFailed {
            invoice_id,
            attempt,
            code: code.clone(),
            retry_on,
            on,
        };
        let given_up = retry_on.is_none() && self.ended.is_none();
        let consequence = given_up.then_some(match command.dunning.then {
            AfterDunning::MarkUnpaid => SubscriptionEvent::MarkedUnpaid { on },
            AfterDunning::Cancel => SubscriptionEvent::Cancelled {
                reason: Some(format!("collection failed: {code}")),
                bill: None,
                on,
            },
        });
        let consequence = consequence.filter(|event| {
            !(self.unpaid && matches!(event, SubscriptionEvent::MarkedUnpaid { .. }))
        });
        Ok(std::iter::once(failed).chain(consequence).collect())
    }

    fn record_collection(
        &self,
        invoice_id: InvoiceId,
        cleared: Cleared,
        on: Date,
    ) -> Vec<SubscriptionEvent> {
        if !self.arrears.contains_key(&invoice_id) {
            return vec![];
        }
        vec![SubscriptionEvent::ArrearsCleared {
            invoice_id,
            cleared,
            on,
        }]
    }

    fn apply_event(&mut self, event: SubscriptionEvent) {
        match event {
            SubscriptionEvent::Started { .. } => {}
            SubscriptionEvent::Renewed {
                period, invoice_id, ..
            } => {
                self.renewals.insert(period.number, invoice_id);
                self.enter(period);
            }
            SubscriptionEvent::Changed {
                terms,
                period,
                bill,
                ..
            } => self.change_to(terms, period, bill),
            SubscriptionEvent::ChangeScheduled { terms, .. } => self.pending = Some(terms),
            SubscriptionEvent::ScheduledChangeCancelled { .. } => self.pending = None,
            SubscriptionEvent::Paused { on } => self.paused_on = Some(on),
            SubscriptionEvent::Resumed { next, .. } => {
                if next != self.current.next {
                    self.anchor = (next, self.current.number + 1);
                    self.current.next = next;
                }
                self.paused_on = None;
                self.resumed = true;
            }
            SubscriptionEvent::CancellationScheduled { .. } => {
                self.non_renewing = true;
                self.pending = None;
            }
            SubscriptionEvent::Reactivated { .. } => {
                self.non_renewing = false;
                self.reactivated = true;
            }
            SubscriptionEvent::Cancelled { .. } => self.ended = Some(Ended::Cancelled),
            SubscriptionEvent::Expired { .. } => self.ended = Some(Ended::Expired),
            SubscriptionEvent::CollectionFailed {
                invoice_id,
                attempt,
                retry_on,
                on,
                ..
            } => {
                let since = self
                    .arrears
                    .get(&invoice_id)
                    .map_or(on, |known| known.since);
                let arrears = Arrears {
                    since,
                    attempts: attempt,
                    retry_on,
                };
                self.arrears.insert(invoice_id, arrears);
            }
            SubscriptionEvent::MarkedUnpaid { .. } => self.unpaid = true,
            SubscriptionEvent::ArrearsCleared { invoice_id, .. } => {
                self.arrears.remove(&invoice_id);
                self.cleared.insert(invoice_id);
                self.unpaid = self.unpaid && !self.arrears.is_empty();
            }
        }
    }

    fn change_to(&mut self, terms: Terms, period: Option<Period>, bill: Option<Bill>) {
        match period {
            Some(period) => {
                self.anchor = (period.start, period.number);
                self.enter(period);
            }
            None if terms.plan.interval != self.terms.plan.interval => {
                self.anchor = (self.current.next, self.current.number + 1);
            }
            None => {}
        }
        if let Some(Bill::Invoice { invoice_id, .. }) = bill {
            self.changes.insert(invoice_id);
        }
        self.terms = terms;
        self.pending = None;
    }

    fn enter(&mut self, period: Period) {
        self.current = period;
        self.days = period.days();
        self.trialing = false;
    }
}
