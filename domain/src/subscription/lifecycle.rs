//! Whatever is asked of a subscription, in whatever order: it does what a small model of it says, and nothing else.
//!
//! The model counts days from the first and money in cents. Its plans are billed by the week or by ten days, so that a
//! period's dates need no calendar.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use time::Date;
use uuid::Uuid;

use super::*;
use crate::ids::PlanId;
use crate::organisation::{AfterDunning, Dunning};
use crate::schedule::{Interval, IntervalUnit};
use crate::testing::{day, id, plan_details, play};

/// Cents, days and days of trial of a plan that has the number as its id.
const PLANS: [(i64, i64, u16); 4] = [(70_00, 7, 0), (35_00, 7, 3), (99_99, 10, 5), (0, 7, 0)];
const DUNNING: [u16; 2] = [2, 5];

type Have = (usize, i64);

#[derive(Clone, Debug, PartialEq)]
struct Model {
    started: bool,
    over: bool,
    have: Have,
    next_have: Option<Have>,
    /// Number, first day, day after the last, days billed.
    period: (u32, i64, i64, i64),
    paused: Option<i64>,
    ending: bool,
    periods: Option<u32>,
    arrears: BTreeMap<u32, (i64, u32)>,
    cleared: Vec<u32>,
    billed: Vec<u32>,
    unpaid: bool,
    /// All that was ever billed less what was credited, and what the days used should come to.
    balance: i64,
}

impl Model {
    fn new() -> Self {
        Self {
            started: false,
            over: false,
            have: (0, 1),
            next_have: None,
            period: (0, 0, 0, 0),
            paused: None,
            ending: false,
            periods: None,
            arrears: BTreeMap::new(),
            cleared: vec![],
            billed: vec![],
            unpaid: false,
            balance: 0,
        }
    }

    fn price((plan, quantity): Have) -> i64 {
        PLANS[plan].0 * quantity
    }

    /// Rounded half up; nothing here is less than nothing.
    fn share(have: Have, days: i64, of: i64) -> i64 {
        if of == 0 {
            return 0;
        }
        (2 * Self::price(have) * days + of) / (2 * of)
    }

    fn runs(&self) -> bool {
        self.started && !self.over
    }

    fn has_next(&self) -> bool {
        !self.ending && self.periods.is_none_or(|most| self.period.0 < most)
    }

    /// Whether the day asks for nothing that has not been done.
    fn up_to_date(&self, on: i64) -> bool {
        self.runs() && (self.paused.is_some() || on < self.period.2)
    }

    fn unused(&self, on: i64) -> i64 {
        let from = self.paused.unwrap_or(on);
        (self.period.2 - from).clamp(0, self.period.3)
    }

    fn renew(&mut self, number: u32, on: i64) -> bool {
        let due = self.runs() && self.paused.is_none() && self.has_next() && self.period.2 <= on;
        if !due || number != self.period.0 + 1 {
            return false;
        }
        self.have = self.next_have.take().unwrap_or(self.have);
        let (start, days) = (self.period.2, PLANS[self.have.0].1);
        self.period = (number, start, start + days, days);
        self.balance += Self::price(self.have);
        self.billed.push(number);
        true
    }

    fn change(&mut self, have: Have, when: When, on: i64) -> bool {
        if !self.up_to_date(on) || self.paused.is_some() {
            return false;
        }
        if when == When::PeriodEnd {
            let wanted = self.next_have.unwrap_or(self.have);
            if have == wanted || !self.has_next() {
                return false;
            }
            self.next_have = (have != self.have).then_some(have);
            return true;
        }
        if have == self.have {
            return false;
        }
        if self.period.0 > 0 {
            let (left, of) = (self.unused(on), self.period.3);
            let new_days = PLANS[have.0].1;
            let charge = if new_days == PLANS[self.have.0].1 {
                Self::share(have, left, of)
            } else {
                if self.periods.is_some_and(|most| self.period.0 >= most) {
                    return false;
                }
                Self::price(have)
            };
            self.balance += charge - Self::share(self.have, left, of);
            if new_days != PLANS[self.have.0].1 {
                self.period = (self.period.0 + 1, on, on + new_days, new_days);
            }
        }
        self.have = have;
        self.next_have = None;
        true
    }

    fn cancel(&mut self, when: When, credit: bool, on: i64) -> bool {
        if !self.up_to_date(on) {
            return false;
        }
        match when {
            When::Now => {
                if credit {
                    self.balance -= Self::share(self.have, self.unused(on), self.period.3);
                }
                self.over = true;
                true
            }
            When::PeriodEnd => {
                let new = !self.ending && self.paused.is_none();
                self.ending |= new;
                self.next_have = self.next_have.filter(|_| !new);
                new
            }
        }
    }

    fn resume(&mut self, on: i64) -> bool {
        let Some(paused) = self.paused.filter(|_| self.runs()) else {
            return false;
        };
        self.period.2 += on - paused;
        self.paused = None;
        true
    }

    fn fail(&mut self, failure: &CollectionFailure, number: u32, on: i64) -> bool {
        let (since, attempts) = self.arrears.get(&number).copied().unwrap_or((on, 0));
        let new = self.started
            && self.billed.contains(&number)
            && !self.cleared.contains(&number)
            && failure.attempt == attempts + 1;
        if new {
            self.arrears.insert(number, (since, attempts + 1));
            if attempts as usize >= DUNNING.len() && !self.over {
                match failure.dunning.then {
                    AfterDunning::MarkUnpaid => self.unpaid = true,
                    AfterDunning::Cancel => self.over = true,
                }
            }
        }
        new
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &SubscriptionCommand) -> bool {
        let days = |date: Date| (date - day(0)).whole_days();
        match command {
            SubscriptionCommand::Start(start) => {
                let new = !self.started;
                if new {
                    self.started = true;
                    self.have = have(&start.terms);
                    let (from, trial) = (days(start.start), start.terms.plan.trial_days);
                    self.period = (0, from, from + i64::from(trial), 0);
                    self.periods = start.end.map(|end| match end {
                        End::AfterPeriods(periods) => periods,
                        End::Before(_) => unreachable!("the model counts periods only"),
                    });
                }
                new
            }
            SubscriptionCommand::Renew { period, on, .. } => self.renew(*period, days(*on)),
            SubscriptionCommand::Change(change) => {
                self.change(have(&change.terms), change.when, days(change.on))
            }
            SubscriptionCommand::CancelPendingChange { .. } => {
                self.started && self.next_have.take().is_some()
            }
            SubscriptionCommand::Pause { on } => {
                let new = self.up_to_date(days(*on)) && self.paused.is_none() && !self.ending;
                self.paused = self.paused.or(new.then_some(days(*on)));
                new
            }
            SubscriptionCommand::Resume { on } => self.resume(days(*on)),
            SubscriptionCommand::Cancel(cancel) => {
                self.cancel(cancel.when, cancel.credit, days(cancel.on))
            }
            SubscriptionCommand::Reactivate { on } => {
                let new = self.up_to_date(days(*on)) && self.ending;
                self.ending &= !new;
                new
            }
            SubscriptionCommand::Finish { on } => {
                let ended = self.paused.is_none() && !self.has_next() && self.period.2 <= days(*on);
                let new = self.runs() && ended;
                self.over |= new;
                new
            }
            SubscriptionCommand::RecordCollectionFailure(failure) => {
                let number = number_of(failure.invoice_id);
                self.fail(failure, number, days(failure.on))
            }
            SubscriptionCommand::RecordCollection { invoice_id, .. } => {
                let number = number_of(*invoice_id);
                let new = self.arrears.remove(&number).is_some();
                if new {
                    self.cleared.push(number);
                    self.unpaid &= !self.arrears.is_empty();
                }
                new
            }
        }
    }

    fn agrees(&self, subscription: &Subscription) {
        let Some(started) = &subscription.started else {
            assert!(!self.started);
            return;
        };
        let (number, start, next, billed) = self.period;
        let dates = Period {
            number,
            start: day(start),
            next: day(next),
        };
        assert_eq!((started.current, started.days), (dates, billed));
        assert_eq!(have(&started.terms), self.have);
        assert_eq!(started.pending.as_ref().map(have), self.next_have);
        assert_eq!(started.paused_on, self.paused.map(day));
        assert_eq!(started.ended.is_some(), self.over);
        assert_eq!(started.non_renewing, self.ending);
        assert_eq!(started.unpaid, self.unpaid);
        let arrears = started.arrears.iter();
        let arrears = arrears.map(|(id, known)| {
            let since = (known.since - day(0)).whole_days();
            (number_of(*id), (since, known.attempts))
        });
        assert_eq!(arrears.collect::<BTreeMap<_, _>>(), self.arrears);
        if let Some(period) = started.next_period() {
            assert_eq!(period.start, started.current.next, "no gap and no overlap");
            assert!(period.days() > 0);
        }
        if !self.over && self.paused.is_none() {
            assert_eq!(started.next_period().is_some(), self.has_next());
        }
    }
}

fn have(terms: &Terms) -> Have {
    let plan = usize::try_from(terms.plan_id.0.as_u128()).unwrap();
    (plan, i64::try_from(terms.quantity).unwrap())
}

fn terms((plan, quantity): Have) -> Terms {
    let (cents, days, trial) = PLANS[plan];
    let mut details = plan_details("Plan", cents);
    details.trial_days = trial;
    details.interval = Interval {
        unit: IntervalUnit::Day,
        count: u16::try_from(days).unwrap(),
    };
    Terms {
        plan_id: PlanId(id(plan as u128)),
        plan: details,
        quantity: Decimal::from(quantity),
    }
}

fn invoice_of(period: u32) -> InvoiceId {
    InvoiceId(id(u128::from(period)))
}

fn number_of(invoice: InvoiceId) -> u32 {
    u32::try_from(invoice.0.as_u128()).unwrap()
}

/// What an event bills or credits, in cents.
fn billed(event: &SubscriptionEvent) -> i64 {
    match event {
        SubscriptionEvent::Renewed { document, .. } => document.total().minor(),
        SubscriptionEvent::Changed {
            bill: Some(bill), ..
        }
        | SubscriptionEvent::Cancelled {
            bill: Some(bill), ..
        } => {
            let cents = bill.document().total().minor();
            assert!(cents > 0);
            match bill {
                Bill::Invoice { .. } => cents,
                Bill::CreditNote { .. } => -cents,
            }
        }
        SubscriptionEvent::Started { .. }
        | SubscriptionEvent::Changed { bill: None, .. }
        | SubscriptionEvent::ChangeScheduled { .. }
        | SubscriptionEvent::ScheduledChangeCancelled { .. }
        | SubscriptionEvent::Paused { .. }
        | SubscriptionEvent::Resumed { .. }
        | SubscriptionEvent::CancellationScheduled { .. }
        | SubscriptionEvent::Reactivated { .. }
        | SubscriptionEvent::Cancelled { bill: None, .. }
        | SubscriptionEvent::Expired { .. }
        | SubscriptionEvent::CollectionFailed { .. }
        | SubscriptionEvent::MarkedUnpaid { .. }
        | SubscriptionEvent::ArrearsCleared { .. } => 0,
    }
}

fn start((have, end): (Have, Option<u32>)) -> SubscriptionCommand {
    let terms = terms(have);
    SubscriptionCommand::Start(StartSubscription {
        customer_id: CustomerId(id(1)),
        terms,
        start: day(1),
        collection: Collection::Automatic,
        end: end.map(End::AfterPeriods),
        on: day(1),
    })
}

fn fail((period, attempt, cancel): (u32, u32, bool)) -> SubscriptionCommand {
    let then = if cancel {
        AfterDunning::Cancel
    } else {
        AfterDunning::MarkUnpaid
    };
    SubscriptionCommand::RecordCollectionFailure(CollectionFailure {
        invoice_id: invoice_of(period),
        attempt,
        code: "NO_FUNDS".to_owned(),
        dunning: Dunning {
            retry_after_days: DUNNING.to_vec(),
            then,
        },
        on: day(1),
    })
}

/// The command, asked on that day.
fn asked(mut command: SubscriptionCommand, today: Date) -> SubscriptionCommand {
    match &mut command {
        SubscriptionCommand::Start(StartSubscription { start, on, .. }) => {
            *start = today;
            *on = today;
        }
        SubscriptionCommand::Renew { on, .. }
        | SubscriptionCommand::Change(ChangeSubscription { on, .. })
        | SubscriptionCommand::CancelPendingChange { on }
        | SubscriptionCommand::Pause { on }
        | SubscriptionCommand::Resume { on }
        | SubscriptionCommand::Cancel(CancelSubscription { on, .. })
        | SubscriptionCommand::Reactivate { on }
        | SubscriptionCommand::Finish { on }
        | SubscriptionCommand::RecordCollectionFailure(CollectionFailure { on, .. })
        | SubscriptionCommand::RecordCollection { on, .. } => *on = today,
    }
    command
}

fn command() -> impl Strategy<Value = SubscriptionCommand> {
    let haves = || (0..PLANS.len(), 1_i64..4);
    let whens = || prop_oneof![2 => Just(When::Now), 1 => Just(When::PeriodEnd)];
    let (bill_id, on) = (Uuid::from_u128(999), day(1));
    prop_oneof![
        1 => (haves(), proptest::option::of(1_u32..6)).prop_map(start),
        12 => (1_u32..9).prop_map(move |period| SubscriptionCommand::Renew {
            period,
            invoice_id: invoice_of(period),
            on,
        }),
        4 => (haves(), whens()).prop_map(move |(have, when)| {
            let terms = terms(have);
            SubscriptionCommand::Change(ChangeSubscription { terms, when, bill_id, on })
        }),
        1 => Just(SubscriptionCommand::CancelPendingChange { on }),
        1 => Just(SubscriptionCommand::Pause { on }),
        2 => Just(SubscriptionCommand::Resume { on }),
        1 => (whens(), any::<bool>()).prop_map(move |(when, credit)| {
            let reason = None;
            SubscriptionCommand::Cancel(CancelSubscription { when, credit, reason, bill_id, on })
        }),
        2 => Just(SubscriptionCommand::Reactivate { on }),
        1 => Just(SubscriptionCommand::Finish { on }),
        3 => (1_u32..6, 1_u32..5, any::<bool>()).prop_map(fail),
        2 => (1_u32..6).prop_map(move |period| SubscriptionCommand::RecordCollection {
            invoice_id: invoice_of(period),
            cleared: Cleared::Paid,
            on,
        }),
    ]
}

/// Commands as they come day after day.
fn commands() -> impl Strategy<Value = Vec<SubscriptionCommand>> {
    let first = ((0..PLANS.len(), 1_i64..4), proptest::option::of(1_u32..6));
    let later = proptest::collection::vec((0_i64..4, command()), 1..80);
    (first.prop_map(start), later).prop_map(|(first, later)| {
        let mut today = 1;
        let later = later.into_iter().map(|(days, command)| {
            today += days;
            asked(command, day(today))
        });
        std::iter::once(first).chain(later).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_its_model_says_in_any_order(commands in commands()) {
        let mut model = Model::new();
        let mut balance = 0;
        play(Subscription::decide, commands, |_| false, |command, events, subscription| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            balance += events.iter().map(billed).sum::<i64>();
            assert_eq!(model.balance, balance, "{command:?}");
            model.agrees(subscription);
        });
    }
}
