//! Billing periods: every one is computed from the anchor date, never from the period before it, so that nothing drifts.
//!
//! Period k after the anchor starts on the anchor + k × interval. Where the month has no such day it starts on the
//! month's last: 31 January + 1 month is 28 or 29 February, + 2 months is 31 March again; 29 February + 1 year is
//! 28 February, + 4 years is 29 February.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month};

use crate::invalid::{Invalid, Rule};

/// The longest interval, in years. Longer ones are typing errors.
const MOST_YEARS: u16 = 10;

/// What an interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntervalUnit {
    /// Days.
    Day,
    /// Seven days.
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

/// How often something is billed: so many days, weeks, months or years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// What is counted.
    pub unit: IntervalUnit,
    /// How many of it, at least one, at most ten years of it.
    pub count: u16,
}

/// One billing period: from `start` up to, but without, `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// 1 for the first that is billed.
    pub number: u32,
    /// Its first day, in the organisation's time zone.
    pub start: Date,
    /// The day after its last: the first of the next period.
    pub next: Date,
}

impl Interval {
    /// The interval, where it is one.
    ///
    /// # Errors
    /// [`Rule::OutOfRange`] at `count`.
    pub fn checked(self) -> Result<Self, Invalid> {
        let most = match self.unit {
            IntervalUnit::Day => 366 * MOST_YEARS,
            IntervalUnit::Week => 53 * MOST_YEARS,
            IntervalUnit::Month => 12 * MOST_YEARS,
            IntervalUnit::Year => MOST_YEARS,
        };
        if (1..=most).contains(&self.count) {
            Ok(self)
        } else {
            let rule = Rule::OutOfRange(Decimal::ONE, Decimal::from(most));
            Err(Invalid::new("count", rule))
        }
    }

    /// The anchor + `times` × this interval; the calendar's last day where it ends before that.
    pub fn after(self, anchor: Date, times: u32) -> Date {
        let count = i64::from(self.count) * i64::from(times);
        match self.unit {
            IntervalUnit::Day => plus_days(anchor, count),
            IntervalUnit::Week => plus_days(anchor, count.saturating_mul(7)),
            IntervalUnit::Month => plus_months(anchor, count),
            IntervalUnit::Year => plus_months(anchor, count.saturating_mul(12)),
        }
    }
}

impl Period {
    /// Its length in days.
    pub fn days(self) -> i64 {
        (self.next - self.start).whole_days()
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.next.previous_day().unwrap_or(self.next)
    }
}

fn plus_days(date: Date, days: i64) -> Date {
    date.checked_add(Duration::days(days)).unwrap_or(Date::MAX)
}

/// On the same day of the month, or on its last where it has none such.
fn plus_months(date: Date, months: i64) -> Date {
    let since_zero = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1;
    let months = since_zero.saturating_add(months);
    let year = i32::try_from(months.div_euclid(12)).unwrap_or(i32::MAX);
    let month = u8::try_from(months.rem_euclid(12) + 1).ok();
    let month = month.and_then(|month| Month::try_from(month).ok());
    month
        .filter(|_| year <= Date::MAX.year())
        .and_then(|month| {
            let day = date.day().min(month.length(year));
            Date::from_calendar_date(year, month, day).ok()
        })
        .unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn every(count: u16, unit: IntervalUnit) -> Interval {
        Interval { unit, count }
    }

    #[test]
    fn a_month_after_its_last_day_is_the_last_day_and_nothing_drifts() {
        let monthly = every(1, IntervalUnit::Month);
        let starts = (0..5).map(|k| monthly.after(date!(2025 - 01 - 31), k));
        assert_eq!(
            starts.collect::<Vec<_>>(),
            [
                date!(2025 - 01 - 31),
                date!(2025 - 02 - 28),
                date!(2025 - 03 - 31),
                date!(2025 - 04 - 30),
                date!(2025 - 05 - 31),
            ]
        );
        assert_eq!(
            monthly.after(date!(2024 - 01 - 31), 1),
            date!(2024 - 02 - 29)
        );
        assert_eq!(
            monthly.after(date!(2024 - 12 - 30), 2),
            date!(2025 - 02 - 28)
        );
    }

    #[test]
    fn a_leap_day_comes_back_every_four_years() {
        let yearly = every(1, IntervalUnit::Year);
        let leap = date!(2024 - 02 - 29);
        assert_eq!(yearly.after(leap, 1), date!(2025 - 02 - 28));
        assert_eq!(yearly.after(leap, 3), date!(2027 - 02 - 28));
        assert_eq!(yearly.after(leap, 4), date!(2028 - 02 - 29));
        assert_eq!(
            every(2, IntervalUnit::Year).after(leap, 38),
            date!(2100 - 02 - 28)
        );
    }

    #[test]
    fn days_and_weeks_are_counted() {
        let start = date!(2025 - 02 - 27);
        assert_eq!(
            every(2, IntervalUnit::Day).after(start, 1),
            date!(2025 - 03 - 01)
        );
        assert_eq!(
            every(2, IntervalUnit::Week).after(start, 3),
            date!(2025 - 04 - 10)
        );
    }

    #[test]
    fn nothing_comes_after_the_calendars_end() {
        for unit in [
            IntervalUnit::Day,
            IntervalUnit::Week,
            IntervalUnit::Month,
            IntervalUnit::Year,
        ] {
            assert_eq!(
                every(10, unit).after(date!(2025 - 01 - 31), u32::MAX),
                Date::MAX
            );
        }
        assert_eq!(
            every(1, IntervalUnit::Day).after(date!(9999 - 12 - 31), 1),
            Date::MAX
        );
    }

    #[test]
    fn an_interval_is_at_least_one_and_at_most_ten_years() {
        for (count, unit, most) in [
            (3_660, IntervalUnit::Day, 3_660),
            (530, IntervalUnit::Week, 530),
            (120, IntervalUnit::Month, 120),
            (10, IntervalUnit::Year, 10),
        ] {
            assert_eq!(every(count, unit).checked(), Ok(every(count, unit)));
            let rule = Rule::OutOfRange(Decimal::ONE, Decimal::from(most));
            let refused = Err(Invalid::new("count", rule));
            assert_eq!(every(count + 1, unit).checked(), refused);
            assert_eq!(every(0, unit).checked(), refused);
        }
    }

    fn intervals() -> impl Strategy<Value = Interval> {
        let units = prop_oneof![
            Just(IntervalUnit::Day),
            Just(IntervalUnit::Week),
            Just(IntervalUnit::Month),
            Just(IntervalUnit::Year),
        ];
        (1_u16..=10, units).prop_map(|(count, unit)| every(count, unit))
    }

    fn anchors() -> impl Strategy<Value = Date> {
        (0_i64..80_000).prop_map(|days| date!(1950 - 01 - 01) + Duration::days(days))
    }

    proptest! {
        /// Contiguous by construction; what is to be shown is that every period has days, and that its start never
        /// drifts from the anchor's day.
        #[test]
        fn periods_follow_each_other_without_gap_overlap_or_drift(
            interval in intervals(), anchor in anchors(), k in 0_u32..600,
        ) {
            let (start, next) = (interval.after(anchor, k), interval.after(anchor, k + 1));
            prop_assert!(start < next);
            let length = (next - start).whole_days();
            let count = i64::from(interval.count);
            let (least, most) = match interval.unit {
                IntervalUnit::Day => (count, count),
                IntervalUnit::Week => (7 * count, 7 * count),
                IntervalUnit::Month => (28 * count, 31 * count),
                IntervalUnit::Year => (365 * count, 366 * count),
            };
            prop_assert!((least..=most).contains(&length), "{length} days");
            if matches!(interval.unit, IntervalUnit::Month | IntervalUnit::Year) {
                let last = start.month().length(start.year());
                prop_assert_eq!(start.day(), anchor.day().min(last));
            }
        }

        /// Every day lies in exactly one period.
        #[test]
        fn every_day_lies_in_one_period(
            interval in intervals(), anchor in anchors(), days in 0_i64..5_000,
        ) {
            let day = anchor + Duration::days(days);
            let holding = (0..=5_001_u32)
                .map(|k| (interval.after(anchor, k), interval.after(anchor, k + 1)))
                .take_while(|(start, _)| *start <= day)
                .filter(|(start, next)| *start <= day && day < *next);
            prop_assert_eq!(holding.count(), 1);
        }

        #[test]
        fn so_many_months_at_once_are_so_many_in_the_calendar(anchor in anchors(), months in 0_u32..600) {
            let date = every(1, IntervalUnit::Month).after(anchor, months);
            let count = |date: Date| date.year() * 12 + i32::from(u8::from(date.month()));
            prop_assert_eq!(i64::from(count(date) - count(anchor)), i64::from(months));
        }
    }
}
