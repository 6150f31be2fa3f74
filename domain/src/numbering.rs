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
