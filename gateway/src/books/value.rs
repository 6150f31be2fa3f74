//! Values as they are written in a file: dates in the declared format and no other, amounts digit by digit.

use std::str::FromStr as _;

use domain::invalid::{Invalid, Rule};
use icu_normalizer::ComposingNormalizer;
use rust_decimal::Decimal;
use time::macros::date;
use time::{Date, Month};

/// A date format as people write it: `M/D/YYYY`, `DD.MM.YYYY`, `MM-DD-YYYY hh:mm`. A doubled letter is exactly two
/// digits, a single one one or two; everything else must stand there as it is. A time of day is read and left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateFormat {
    parts: Vec<Part>,
    pub(super) written: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month {
        digits: usize,
    },
    Day {
        digits: usize,
    },
    /// Hours, minutes or seconds: two digits up to this.
    Time(u16),
    Literal(char),
}

impl DateFormat {
    /// Reads a format; it must name year, month and day once each.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = vec![];
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let known = [
                ("YYYY", Part::Year),
                ("MM", Part::Month { digits: 2 }),
                ("M", Part::Month { digits: 1 }),
                ("DD", Part::Day { digits: 2 }),
                ("D", Part::Day { digits: 1 }),
                ("hh", Part::Time(23)),
                ("mm", Part::Time(59)),
                ("ss", Part::Time(59)),
            ];
            let found = known.iter().find(|(name, _)| rest.starts_with(name));
            let (length, part) = match found {
                Some((name, part)) => (name.len(), *part),
                None if first.is_ascii_alphabetic() && first != 'T' => {
                    return Err(format!("{first} in the date format {text} is unknown"));
                }
                None => (first.len_utf8(), Part::Literal(first)),
            };
            parts.push(part);
            rest = rest.get(length..).unwrap_or_default();
        }
        let count = |is: fn(&Part) -> bool| parts.iter().filter(|part| is(part)).count();
        let once = [
            count(|part| matches!(part, Part::Year)),
            count(|part| matches!(part, Part::Month { .. })),
            count(|part| matches!(part, Part::Day { .. })),
        ];
        if once != [1, 1, 1] {
            return Err(format!(
                "the date format {text} must name YYYY, M or MM, and D or DD once each"
            ));
        }
        Ok(Self {
            parts,
            written: text.to_owned(),
        })
    }

    /// The date that stands there, or None where it is not written so, or is no day of the calendar.
    pub(super) fn read(&self, text: &str) -> Option<Date> {
        let (mut year, mut month, mut day) = (None, None, None);
        let mut rest = text;
        for part in &self.parts {
            match *part {
                Part::Year => year = Some(digits(&mut rest, 4, 4)?),
                Part::Month { digits: least } => month = Some(digits(&mut rest, least, 2)?),
                Part::Day { digits: least } => day = Some(digits(&mut rest, least, 2)?),
                Part::Time(most) => {
                    digits(&mut rest, 2, 2).filter(|value| *value <= most)?;
                }
                Part::Literal(literal) => rest = rest.strip_prefix(literal)?,
            }
        }
        let month = Month::try_from(u8::try_from(month?).ok()?).ok()?;
        let day = u8::try_from(day?).ok()?;
        let date = Date::from_calendar_date(i32::from(year?), month, day).ok()?;
        rest.is_empty().then_some(date)
    }
}

fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u16> {
    let found = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if found < least {
        return None;
    }
    let (number, after) = rest.split_at_checked(found)?;
    *rest = after;
    number.parse().ok()
}

/// A number as written: digits with at most one decimal mark, perhaps a sign, and grouping only where it is declared
/// and in its place. Nothing is guessed: no currency signs, no exponents.
pub(super) fn decimal(text: &str, mark: char, grouping: Option<char>) -> Option<Decimal> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match unsigned.split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let whole = match grouping {
        Some(grouping) if whole.contains(grouping) => ungrouped(whole, grouping)?,
        Some(_) | None => whole.to_owned(),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(&whole) || !fraction.is_none_or(all_digits) {
        return None;
    }
    let written = match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    };
    // Beyond 28 digits a decimal would round in silence.
    let count = written.bytes().filter(u8::is_ascii_digit).count();
    (count <= 28).then(|| Decimal::from_str(&written).ok())?
}

/// The digits of a whole number in groups of three. A number that begins with nothing is none: `0.125` with points for
/// grouping is hardly 125.
fn ungrouped(whole: &str, grouping: char) -> Option<String> {
    let mut groups = whole.split(grouping);
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len()) && !first.starts_with('0');
    let rest: Vec<&str> = groups.collect();
    (well_formed && rest.iter().all(|group| group.len() == 3))
        .then(|| format!("{first}{}", rest.concat()))
}

/// What to say of a text that [`decimal`] does not read: where a mark is the likely reason, what to declare.
pub(super) fn not_a_number(text: &str, mark: char, grouping: Option<char>) -> String {
    let declared = match grouping {
        Some(grouping) => {
            format!("digits with {mark:?} before decimals and {grouping:?} between groups of three")
        }
        None => format!("digits with {mark:?} before decimals and no mark between groups"),
    };
    let hint = match grouping {
        Some(grouping) if text.contains(grouping) => format!(
            "; here {grouping:?} groups no thousands. If it marks decimals, declare file.decimal_mark = {:?}",
            grouping.to_string()
        ),
        Some(_) | None => {
            let other = text
                .chars()
                .find(|char| matches!(char, '.' | ',' | '\'' | '’') || char.is_whitespace());
            match other.filter(|other| *other != mark && grouping != Some(*other)) {
                Some(other) => format!(
                    "; if {other:?} groups thousands, declare file.grouping_mark = {0:?}, if it marks decimals, \
                     file.decimal_mark = {0:?}",
                    other.to_string()
                ),
                None => String::new(),
            }
        }
    };
    format!("must be {declared}, as the mapping declares them{hint}")
}

/// The normal form in which keys and numbers are compared: composed (NFC), blanks folded. Case stays.
pub(super) fn normal(text: &str) -> String {
    let composed = ComposingNormalizer::new_nfc().normalize(text);
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Books reach back to here: an older date is a slip, such as the year 0026.
const EARLIEST: Date = date!(1970 - 01 - 01);

/// A day on which something has happened by `today`.
pub(super) fn happened(field: &str, day: Date, today: Date) -> Result<Date, Invalid> {
    if day < EARLIEST {
        Err(Invalid::new(field, Rule::TooEarly(EARLIEST)))
    } else if day > today {
        Err(Invalid::new(field, Rule::TooLate(today)))
    } else {
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use proptest::prelude::*;

    use super::*;

    fn read(format: &str, text: &str) -> Option<Date> {
        DateFormat::parse(format).unwrap().read(text)
    }

    #[test]
    fn reads_dates_in_the_declared_format_and_no_other() {
        assert_eq!(read("M/D/YYYY", "1/2/2013"), Some(date!(2013 - 01 - 02)));
        assert_eq!(read("M/D/YYYY", "11/22/2013"), Some(date!(2013 - 11 - 22)));
        assert_eq!(
            read("MM-DD-YYYY hh:mm", "12-01-2010 08:26"),
            Some(date!(2010 - 12 - 01))
        );
        assert_eq!(
            read("DD.MM.YYYY", "31.12.2020"),
            Some(date!(2020 - 12 - 31))
        );
        for (format, text) in [
            ("M/D/YYYY", "22/11/2013"),
            ("M/D/YYYY", "2/30/2013"),
            ("M/D/YYYY", "1/2/13"),
            ("M/D/YYYY", "1-2-2013"),
            ("M/D/YYYY", "1/2/2013 "),
            ("MM/DD/YYYY", "1/2/2013"),
            ("MM-DD-YYYY hh:mm", "12-01-2010 24:00"),
            ("MM-DD-YYYY hh:mm", "12-01-2010"),
            ("YYYY-MM-DD", "2013-1-02"),
            ("YYYY-MM-DD", "２０１３-01-02"),
        ] {
            assert_eq!(read(format, text), None, "{format}: {text}");
        }
    }

    #[test]
    fn refuses_a_format_that_names_no_whole_date() {
        for bad in [
            "",
            "YYYY",
            "MM/YYYY",
            "YY-MM-DD",
            "D/D/M/YYYY",
            "dd.mm.yyyy",
        ] {
            assert!(DateFormat::parse(bad).is_err(), "{bad}");
        }
        assert!(DateFormat::parse("YYYY-MM-DDThh:mm:ss").is_ok());
    }

    #[test]
    fn reads_amounts_as_written() {
        let plain = |text| decimal(text, '.', None).map(|value| value.to_string());
        assert_eq!(plain("55.94").as_deref(), Some("55.94"));
        assert_eq!(plain("-12").as_deref(), Some("-12"));
        assert_eq!(plain("+0.50").as_deref(), Some("0.50"));
        for bad in [
            "",
            ".",
            "1.",
            ".5",
            "1,5",
            "1.2.3",
            "$5",
            "1e3",
            "--1",
            " 1",
            "NaN",
            "٣",
            "12345678901234567890123456789",
        ] {
            assert_eq!(plain(bad), None, "{bad}");
        }
        let german = |text| decimal(text, ',', Some('.')).map(|value| value.to_string());
        assert_eq!(german("1.234.567,89").as_deref(), Some("1234567.89"));
        assert_eq!(german("1234567,89").as_deref(), Some("1234567.89"));
        for bad in [
            "1.23,4",
            "1234.567",
            ".123",
            "1..234",
            "0.125",
            "-0.125",
            "00.125",
            "0.125.000",
            "1.2345",
            "1,234.5",
            "012.345",
        ] {
            assert_eq!(german(bad), None, "{bad}");
        }
        let said = not_a_number("0.125", ',', Some('.'));
        assert!(said.ends_with("file.decimal_mark = \".\""), "{said}");
        let said = not_a_number("1,234.50", '.', None);
        assert!(said.contains("file.grouping_mark = \",\""), "{said}");
    }

    proptest! {
        /// Written with groups or without, a number is itself; with a group that has not three digits it is none.
        #[test]
        fn groups_stand_in_threes_or_nowhere(units in -999_999_999_i64..=999_999_999, scale in 0..4_u32, at in 1..9_usize) {
            let value = Decimal::new(units, scale);
            let plain = value.to_string().replace('.', ",");
            let (whole, fraction) = plain.split_once(',').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
            let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
            let grouped_at = |is: &dyn Fn(usize) -> bool| {
                let mut text = sign.to_owned();
                for (index, digit) in digits.chars().enumerate() {
                    if index > 0 && is(digits.len() - index) {
                        text.push('.');
                    }
                    text.push(digit);
                }
                fraction.map_or(text.clone(), |fraction| format!("{text},{fraction}"))
            };
            prop_assert_eq!(decimal(&plain, ',', Some('.')), Some(value));
            prop_assert_eq!(decimal(&grouped_at(&|left| left % 3 == 0), ',', Some('.')), Some(value));
            let odd = grouped_at(&|left| left == at);
            let in_place = at == 3 && digits.len() <= 6 || !odd.contains('.');
            prop_assert_eq!(decimal(&odd, ',', Some('.')), in_place.then_some(value), "{}", odd);
        }

        /// Nothing below one comes in as something above it, whatever marks are declared.
        #[test]
        fn a_fraction_never_becomes_a_whole(digits in "[0-9]{1,6}", grouping in prop::sample::select(vec!['.', ',', ' ', '\''])) {
            let text = format!("0{grouping}{digits}");
            let mark = if grouping == '.' { ',' } else { '.' };
            prop_assert_eq!(decimal(&text, mark, Some(grouping)), None);
            let read = decimal(&text, grouping, None);
            prop_assert!(read.is_some_and(|value| value < Decimal::ONE));
        }
    }
}
