//! What a business date may be, field by field: every date that somebody names goes through one of these.

use time::{Date, Duration};

use crate::invalid::{Invalid, Rule};

/// Books reach back to here: nothing that an import brings in is older.
pub const EARLIEST: Date = time::macros::date!(1970 - 01 - 01);

/// Money is recorded up to ten years after it came.
const RECORDED_WITHIN: Duration = Duration::days(3_653);
/// An invoice falls due, and an offer ends, within ten years.
const AGREED_WITHIN: Duration = Duration::days(3_653);
/// A subscription ends within fifty years of its first period.
const CONTRACT_WITHIN: Duration = Duration::days(18_263);

/// A day on which something has happened, by `today`: in books that are imported, in a dispute that is entered later.
///
/// # Errors
/// [`Rule::TooEarly`] before [`EARLIEST`], [`Rule::TooLate`] after today.
pub fn happened(field: &str, day: Date, today: Date) -> Result<Date, Invalid> {
    between(field, day, EARLIEST, today)
}

/// The day on which money came in that is recorded `on` a day: not later, at most ten years before.
///
/// # Errors
/// [`Rule::TooEarly`] or [`Rule::TooLate`].
pub fn received(field: &str, day: Date, on: Date) -> Result<Date, Invalid> {
    between(field, day, on.saturating_sub(RECORDED_WITHIN), on)
}

/// The last day of something that is agreed `on` a day (a due date, the end of an offer): not before, at most ten
/// years later.
///
/// # Errors
/// [`Rule::TooEarly`] or [`Rule::TooLate`].
pub fn agreed(field: &str, day: Date, on: Date) -> Result<Date, Invalid> {
    between(field, day, on, on.saturating_add(AGREED_WITHIN))
}

/// The day before which a subscription ends whose first period begins on `anchor`: after that, within fifty years.
///
/// # Errors
/// [`Rule::TooEarly`] or [`Rule::TooLate`].
pub fn contract_end(field: &str, day: Date, anchor: Date) -> Result<Date, Invalid> {
    let earliest = anchor.next_day().unwrap_or(anchor);
    between(field, day, earliest, anchor.saturating_add(CONTRACT_WITHIN))
}

/// A day between two, both included.
///
/// # Errors
/// [`Rule::TooEarly`] or [`Rule::TooLate`].
pub fn between(field: &str, day: Date, earliest: Date, latest: Date) -> Result<Date, Invalid> {
    if day < earliest {
        Err(Invalid::new(field, Rule::TooEarly(earliest)))
    } else if day > latest {
        Err(Invalid::new(field, Rule::TooLate(latest)))
    } else {
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const ON: Date = date!(2026 - 12 - 01);

    fn any_day() -> impl Strategy<Value = Date> {
        (Date::MIN.to_julian_day()..=Date::MAX.to_julian_day())
            .prop_map(|day| Date::from_julian_day(day).unwrap())
    }

    proptest! {
        #[test]
        fn every_rule_takes_a_span_and_says_its_nearer_end(day in any_day(), on in any_day()) {
            for rule in [happened, received, agreed, contract_end] {
                match rule("on", day, on) {
                    Ok(same) => prop_assert_eq!(same, day),
                    Err(Invalid { rule: Rule::TooEarly(earliest), .. }) => {
                        prop_assert!(day < earliest);
                    }
                    Err(Invalid { rule: Rule::TooLate(latest), .. }) => prop_assert!(day > latest),
                    Err(other) => prop_assert!(false, "{other}"),
                }
            }
        }
    }

    #[test]
    fn slips_of_the_keyboard_are_no_business_dates() {
        for year in [1, 26, 202, 1926] {
            let day = Date::from_calendar_date(year, time::Month::December, 1).unwrap();
            assert!(received("receivedOn", day, ON).is_err(), "{day}");
            assert!(happened("on", day, ON).is_err(), "{day}");
            assert!(agreed("dueDate", day, ON).is_err(), "{day}");
        }
        for year in [2062, 2206, 9999] {
            let day = Date::from_calendar_date(year, time::Month::December, 1).unwrap();
            assert!(received("receivedOn", day, ON).is_err(), "{day}");
            assert!(happened("on", day, ON).is_err(), "{day}");
            assert!(agreed("validUntil", day, ON).is_err(), "{day}");
        }
        assert!(contract_end("endsBefore", Date::MAX, ON).is_err());
        assert_eq!(received("receivedOn", ON, ON), Ok(ON));
        assert_eq!(
            agreed("dueDate", date!(2036 - 12 - 01), ON),
            Ok(date!(2036 - 12 - 01))
        );
        assert_eq!(
            contract_end("endsBefore", date!(2076 - 12 - 01), ON),
            Ok(date!(2076 - 12 - 01))
        );
    }
}
