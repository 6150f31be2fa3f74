//! Document numbers: one gapless series per kind of document, assigned when a document is issued, never reused.

/// A series of document numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// Estimates, with their first offer.
    Estimates,
    /// Invoices, when issued.
    Invoices,
    /// Payments, when the money is ours.
    Payments,
}

impl Series {
    /// The series' stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Estimates => "estimates",
            Self::Invoices => "invoices",
            Self::Payments => "payments",
        }
    }

    /// The number as it stands on the document, for example `INV-00042`.
    pub fn format(self, number: u64) -> String {
        let prefix = match self {
            Self::Estimates => "EST",
            Self::Invoices => "INV",
            Self::Payments => "PAY",
        };
        format!("{prefix}-{number:05}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_series_and_grow_beyond_five_digits() {
        assert_eq!(Series::Estimates.format(1), "EST-00001");
        assert_eq!(Series::Invoices.format(42), "INV-00042");
        assert_eq!(Series::Payments.format(123_456), "PAY-123456");
    }

    #[test]
    fn every_series_has_its_own_name() {
        let all = [Series::Estimates, Series::Invoices, Series::Payments];
        assert_eq!(all.map(Series::name), ["estimates", "invoices", "payments"]);
    }
}
