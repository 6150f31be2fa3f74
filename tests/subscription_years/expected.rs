//! What should come of a subscription, computed day by day in integers: days since 1970, cents, thousandths of a unit.
//! It shares nothing with the program: no date, decimal or rounding of its, and no rule but those written down.

use crate::scripts::{Ends, PLANS, PlanSketch, Script, Step, Unit};

/// Days since 1 January 1970 of a date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
pub(crate) fn day(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of days since 1970.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    (year + era * 400 + i64::from(month <= 2), month, date)
}

fn month_length(year: i64, month: i64) -> i64 {
    let next = if month == 12 {
        day(year + 1, 1, 1)
    } else {
        day(year, month + 1, 1)
    };
    next - day(year, month, 1)
}

/// `times` intervals after the anchor; the month's last day where it has no such day.
fn after(anchor: i64, plan: &PlanSketch, times: i64) -> i64 {
    let many = plan.count * times;
    let months = match plan.unit {
        Unit::Days => return anchor + many,
        Unit::Weeks => return anchor + 7 * many,
        Unit::Months => many,
        Unit::Years => 12 * many,
    };
    let (year, month, date) = civil(anchor);
    let total = year * 12 + month - 1 + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
    day(year, month, date.min(month_length(year, month)))
}

/// Rounded half away from nothing.
fn divide(dividend: i64, divisor: i64) -> i64 {
    let half = (2 * dividend.abs() + divisor) / (2 * divisor);
    half * dividend.signum()
}

/// What was billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bill {
    /// A period's number, first day, last day, and what was to pay.
    Period(i64, i64, i64, i64),
    /// A change, in which period, and what was to pay.
    Change(i64, i64),
    /// What was credited.
    Credit(i64),
}

type Have = (usize, i64);

/// A subscription as it should be.
pub(crate) struct Expectation {
    pub(crate) bills: Vec<Bill>,
    have: Have,
    pending: Option<Have>,
    anchor: (i64, i64),
    number: i64,
    next: i64,
    billed_days: i64,
    paused: Option<i64>,
    ending: bool,
    over: bool,
    ends: Ends,
}

impl Expectation {
    pub(crate) fn new(script: &Script) -> Self {
        let first = script.start + PLANS[script.plan].trial;
        Self {
            bills: vec![],
            have: (script.plan, script.quantity),
            pending: None,
            anchor: (first, 1),
            number: 0,
            next: first,
            billed_days: 0,
            paused: None,
            ending: false,
            over: false,
            ends: script.ends,
        }
    }

    /// Bills what begins up to that day, that day included.
    pub(crate) fn live_to(&mut self, today: i64) {
        loop {
            let fixed = match self.ends {
                Ends::Never => false,
                Ends::AfterPeriods(most) => self.number >= most,
                Ends::Before(day) => self.next >= day,
            };
            if let (Some(_), Ends::Before(day)) = (self.paused, self.ends) {
                self.over |= day <= today;
            }
            if self.over || self.paused.is_some() || self.next > today {
                return;
            }
            if self.ending || fixed {
                self.over = true;
                return;
            }
            self.bill_period();
        }
    }

    fn bill_period(&mut self) {
        let number = self.number + 1;
        if let Some(have) = self.pending.take() {
            if !same_interval(have, self.have) {
                self.anchor = (self.next, number);
            }
            self.have = have;
        }
        let plan = &PLANS[self.have.0];
        let start = self.next;
        self.next = after(self.anchor.0, plan, number - self.anchor.1 + 1);
        self.number = number;
        self.billed_days = self.next - start;
        let fee = if number == 1 { plan.fee } else { 0 };
        let net = full(self.have) + fee;
        let gross = net + divide(net * plan.tax, 100);
        // A period for nothing is not billed, and takes no number.
        if gross > 0 {
            self.bills
                .push(Bill::Period(number, start, self.next - 1, gross));
        }
    }

    fn unused(&self, today: i64) -> i64 {
        if self.number == 0 {
            return 0;
        }
        let from = self.paused.unwrap_or(today);
        (self.next - from).clamp(0, self.billed_days)
    }

    /// Does the step, if it is to be accepted.
    pub(crate) fn tell(&mut self, today: i64, step: &Step) -> bool {
        if let Step::CardFails | Step::CardIsGood = step {
            return true;
        }
        if self.over {
            return false;
        }
        match *step {
            Step::ChangeNow(plan, quantity) => {
                self.paused.is_none() && self.change((plan, quantity), today)
            }
            Step::ChangeLater(plan, quantity) => {
                let fine = self.paused.is_none() && !self.ending;
                if fine {
                    self.pending = Some((plan, quantity));
                }
                fine
            }
            Step::Pause => {
                let fine = self.paused.is_none() && !self.ending;
                self.paused = self.paused.or(fine.then_some(today));
                fine
            }
            Step::Resume => {
                let Some(since) = self.paused.take() else {
                    return false;
                };
                if today > since {
                    self.next += today - since;
                    self.anchor = (self.next, self.number + 1);
                }
                true
            }
            Step::CancelNow => {
                let plan = &PLANS[self.have.0];
                let unused = share(self.have, self.unused(today), self.billed_days);
                let credit = unused + divide(unused * plan.tax, 100);
                if credit > 0 {
                    self.bills.push(Bill::Credit(credit));
                }
                self.over = true;
                true
            }
            Step::CancelLater => {
                self.pending = None;
                self.ending = true;
                true
            }
            Step::Reactivate => {
                let fine = self.ending;
                self.ending = false;
                fine
            }
            Step::CardFails | Step::CardIsGood => true,
        }
    }

    fn change(&mut self, have: Have, today: i64) -> bool {
        let (old, new) = (&PLANS[self.have.0], &PLANS[have.0]);
        self.pending = None;
        if self.number == 0 {
            if !same_interval(have, self.have) {
                self.anchor = (self.next, 1);
            }
            self.have = have;
            return true;
        }
        let unused = self.unused(today);
        let credit = share(self.have, unused, self.billed_days);
        let charge = if same_interval(have, self.have) {
            share(have, unused, self.billed_days)
        } else {
            self.number += 1;
            self.anchor = (today, self.number);
            self.next = after(today, new, 1);
            self.billed_days = self.next - today;
            full(have)
        };
        let tax = if old.tax == new.tax {
            divide((charge - credit) * new.tax, 100)
        } else {
            divide(charge * new.tax, 100) - divide(credit * old.tax, 100)
        };
        let gross = charge - credit + tax;
        match gross {
            0 => {}
            1.. => self.bills.push(Bill::Change(self.number, gross)),
            _ => self.bills.push(Bill::Credit(-gross)),
        }
        self.have = have;
        true
    }
}

fn same_interval(one: Have, other: Have) -> bool {
    let (one, other) = (&PLANS[one.0], &PLANS[other.0]);
    (one.unit, one.count) == (other.unit, other.count)
}

fn full((plan, quantity): Have) -> i64 {
    divide(PLANS[plan].cents * quantity, 1_000)
}

fn share((plan, quantity): Have, days: i64, of: i64) -> i64 {
    if of == 0 {
        return 0;
    }
    divide(PLANS[plan].cents * quantity * days, 1_000 * of)
}

#[test]
fn the_calendar_of_this_test_is_the_calendar() {
    assert_eq!(day(1970, 1, 1), 0);
    assert_eq!(day(2024, 2, 29), 19_782);
    assert_eq!(civil(19_782), (2024, 2, 29));
    for days in 15_000..30_000 {
        let (year, month, date) = civil(days);
        assert_eq!(day(year, month, date), days);
    }
}
