//! Document numbers: one gapless series per kind of document, assigned when a document is issued, never reused.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::invalid::{Invalid, Rule};

/// A series of document numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Estimates, with their first offer.
    Estimates,
    /// Invoices, when issued.
    Invoices,
    /// Credit notes, when issued.
    CreditNotes,
    /// Payments, when the money is ours.
    Payments,
}

/// How the numbers of each series are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberSeries {
    /// Of estimates.
    pub estimates: SeriesFormat,
    /// Of invoices.
    pub invoices: SeriesFormat,
    /// Of credit notes.
    pub credit_notes: SeriesFormat,
    /// Of payments.
    pub payments: SeriesFormat,
}

/// How the numbers of one series are written, for example `INV-00042`, or `INV-2026-00042` where it restarts yearly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesFormat {
    /// What every number begins with; no two series share one, however it is written.
    pub prefix: String,
    /// The counter is padded with zeros to so many digits, 1 to 12; it grows beyond them.
    pub digits: u8,
    /// Whether every year begins again with 1, and numbers name the year.
    pub yearly: bool,
}

/// A series as it counts on one day: where the log keeps it, and how its numbers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The name under which the log counts; a year that begins again has one of its own.
    pub name: String,
    head: String,
    digits: usize,
}

/// The most characters of a prefix.
const LONGEST_PREFIX: usize = 12;

impl Series {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Estimates,
        Self::Invoices,
        Self::CreditNotes,
        Self::Payments,
    ];

    /// The series' stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Estimates => "estimates",
            Self::Invoices => "invoices",
            Self::CreditNotes => "credit_notes",
            Self::Payments => "payments",
        }
    }
}

impl Numbers {
    /// The number as it stands on the document.
    pub fn text(&self, number: u64) -> String {
        format!("{}-{number:0digits$}", self.head, digits = self.digits)
    }
}

impl SeriesFormat {
    /// Whether a number of this series could be written so, in whatever year and in upper or lower case.
    pub fn could_give(&self, number: &str) -> bool {
        let rest = number.split_at_checked(self.prefix.len());
        let rest = rest.filter(|(prefix, _)| prefix.eq_ignore_ascii_case(&self.prefix));
        let rest = rest.map(|(_, rest)| rest);
        let rest = rest.and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| {
            let counts = rest.split('-');
            counts.clone().count() <= 2
                && counts
                    .clone()
                    .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        })
    }
}

impl NumberSeries {
    /// The numbers that documents of a business date take.
    pub fn numbers(&self, series: Series, on: Date) -> Numbers {
        let format = self.of(series);
        let digits = usize::from(format.digits);
        if format.yearly {
            let year = on.year();
            Numbers {
                name: format!("{}/{year}", series.name()),
                head: format!("{}-{year}", format.prefix),
                digits,
            }
        } else {
            Numbers {
                name: series.name().to_owned(),
                head: format.prefix.clone(),
                digits,
            }
        }
    }

    /// How the numbers of one series are written.
    pub fn of(&self, series: Series) -> &SeriesFormat {
        match series {
            Series::Estimates => &self.estimates,
            Series::Invoices => &self.invoices,
            Series::CreditNotes => &self.credit_notes,
            Series::Payments => &self.payments,
        }
    }

    /// Whether prefixes and digits are in order, and no two series could give one number.
    ///
    /// # Errors
    /// [`Rule::NotAPrefix`], [`Rule::OutOfRange`] or [`Rule::Duplicate`] at the field of a series.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut seen: Vec<String> = vec![];
        for series in Series::ALL {
            let (format, field) = (self.of(series), series.field());
            format.check().map_err(|e| e.within(field))?;
            // People read and type numbers without regard to case.
            let prefix = format.prefix.to_ascii_lowercase();
            if seen.contains(&prefix) {
                return Err(Invalid::new(format!("{field}.prefix"), Rule::Duplicate));
            }
            seen.push(prefix);
        }
        Ok(())
    }
}

impl Series {
    fn field(self) -> &'static str {
        match self {
            Self::Estimates => "estimates",
            Self::Invoices => "invoices",
            Self::CreditNotes => "creditNotes",
            Self::Payments => "payments",
        }
    }
}

impl SeriesFormat {
    /// Counting on without end, five digits.
    pub fn plain(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            digits: 5,
            yearly: false,
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        // No digit at the end: what follows is the year or the counter.
        let shape = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let ok = (1..=LONGEST_PREFIX).contains(&self.prefix.len())
            && self.prefix.chars().all(shape)
            && self.prefix.ends_with(|c: char| c.is_ascii_alphabetic());
        if !ok {
            return Err(Invalid::new("prefix", Rule::NotAPrefix(LONGEST_PREFIX)));
        }
        if !(1..=12).contains(&self.digits) {
            return Err(Invalid::new(
                "digits",
                Rule::OutOfRange(1.into(), 12.into()),
            ));
        }
        Ok(())
    }
}

impl Default for NumberSeries {
    fn default() -> Self {
        Self {
            estimates: SeriesFormat::plain("EST"),
            invoices: SeriesFormat::plain("INV"),
            credit_notes: SeriesFormat::plain("CN"),
            payments: SeriesFormat::plain("PAY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const ON: Date = date!(2026 - 12 - 31);

    #[test]
    fn a_number_that_a_series_could_give_is_known_in_whatever_year() {
        let series = SeriesFormat {
            prefix: "INV".to_owned(),
            digits: 5,
            yearly: false,
        };
        for own in ["INV-00001", "INV-7", "INV-2026-00001", "inv-00001"] {
            assert!(series.could_give(own), "{own}");
        }
        for other in [
            "INV00001",
            "INV-",
            "INV-1A",
            "XINV-1",
            "INV-1-2-3",
            "INV--1",
            "536365",
        ] {
            assert!(!series.could_give(other), "{other}");
        }
    }

    #[test]
    fn numbers_carry_their_series_and_grow_beyond_their_digits() {
        let series = NumberSeries::default();
        let text = |of, number| series.numbers(of, ON).text(number);
        assert_eq!(text(Series::Estimates, 1), "EST-00001");
        assert_eq!(text(Series::Invoices, 42), "INV-00042");
        assert_eq!(text(Series::CreditNotes, 7), "CN-00007");
        assert_eq!(text(Series::Payments, 123_456), "PAY-123456");
    }

    #[test]
    fn a_yearly_series_names_the_year_and_counts_each_by_itself() {
        let series = NumberSeries {
            invoices: SeriesFormat {
                prefix: "R".to_owned(),
                digits: 3,
                yearly: true,
            },
            ..NumberSeries::default()
        };
        let old = series.numbers(Series::Invoices, ON);
        let new = series.numbers(Series::Invoices, date!(2027 - 01 - 01));
        assert_eq!(
            (old.name.as_str(), old.text(9)),
            ("invoices/2026", "R-2026-009".to_owned())
        );
        assert_eq!(
            (new.name.as_str(), new.text(1)),
            ("invoices/2027", "R-2027-001".to_owned())
        );
    }

    #[test]
    fn every_series_has_its_own_name_and_prefix() {
        let names = Series::ALL.map(Series::name);
        assert_eq!(names, ["estimates", "invoices", "credit_notes", "payments"]);
        assert_eq!(NumberSeries::default().check(), Ok(()));
    }

    #[test]
    fn refuses_formats_that_could_give_one_number_twice() {
        let with = |prefix: &str, digits| {
            let payments = SeriesFormat {
                prefix: prefix.to_owned(),
                digits,
                yearly: false,
            };
            let series = NumberSeries {
                payments,
                ..NumberSeries::default()
            };
            series.check()
        };
        for bad in ["", "A B", "INV1", "Ü", "ABCDEFGHIJKLM", "INV-2026"] {
            let refusal = Invalid::new("payments.prefix", Rule::NotAPrefix(LONGEST_PREFIX));
            assert_eq!(with(bad, 5), Err(refusal), "{bad}");
        }
        let refusal = Invalid::new("payments.prefix", Rule::Duplicate);
        for taken in ["INV", "inv", "Est", "cN"] {
            assert_eq!(with(taken, 5), Err(refusal.clone()), "{taken}");
        }
        for digits in [0, 13] {
            let rule = Rule::OutOfRange(1.into(), 12.into());
            assert_eq!(
                with("P", digits),
                Err(Invalid::new("payments.digits", rule))
            );
        }
        assert_eq!(with("HF-PAY", 1), Ok(()));
    }
}
