//! Why a credit note command is refused.

use crate::invalid::Invalid;
use crate::invoice::InvoiceError;
use crate::money::Money;

/// The rule that refused a credit note command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditNoteError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such credit note.
    #[error("there is no such credit note")]
    NotDrafted,
    /// The id is taken by another credit note.
    #[error("a credit note with this id exists already")]
    AlreadyDrafted,
    /// Its draft was thrown away.
    #[error("the draft was discarded")]
    Discarded,
    /// Nothing issued is ever edited.
    #[error("the credit note is issued: void it instead")]
    AlreadyIssued,
    /// Only an issued credit note can be allocated, refunded or voided.
    #[error("the credit note is not issued")]
    NotIssued,
    /// A credit note over nothing, or less, would be an invoice.
    #[error("the total must be more than zero")]
    TotalNotPositive,
    /// An invoice is credited for what it says at most.
    #[error("only {creditable} of the invoice is not credited yet")]
    ExceedsInvoice {
        /// What the invoice says less its credit notes.
        creditable: Money,
    },
    /// What never was due cannot be corrected.
    #[error("the invoice is voided: there is nothing to correct")]
    InvoiceVoided,
    /// What was given up is not credited.
    #[error("the invoice is written off: reverse the write-off first")]
    InvoiceWrittenOff,
    /// Voided: nothing changes any more.
    #[error("the credit note is voided")]
    Voided,
    /// More than is unapplied.
    #[error("only {unapplied} is unapplied")]
    ExceedsUnapplied {
        /// What is neither allocated nor given back.
        unapplied: Money,
    },
    /// The invoice has no allocation of this credit note.
    #[error("the credit note is not allocated to this invoice")]
    NotAllocated,
    /// The refund's id is taken by another amount.
    #[error("a refund with this id exists already")]
    RefundExists,
    /// Only a credit note of which nothing is used can be voided.
    #[error("{0} is allocated or refunded: only an unused credit note can be voided")]
    Used(Money),
}

impl CreditNoteError {
    /// What it means for a credit note that the invoice does not let itself be corrected so.
    ///
    /// # Errors
    /// The invoice's refusal, where it is about something else.
    pub fn of_invoice(refusal: InvoiceError) -> Result<Self, InvoiceError> {
        if let InvoiceError::Invalid(invalid) = refusal {
            Ok(Self::Invalid(invalid))
        } else if let InvoiceError::ExceedsInvoice { creditable } = refusal {
            Ok(Self::ExceedsInvoice { creditable })
        } else if refusal == InvoiceError::Voided {
            Ok(Self::InvoiceVoided)
        } else if refusal == InvoiceError::WrittenOff {
            Ok(Self::InvoiceWrittenOff)
        } else {
            Err(refusal)
        }
    }

    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotDrafted => "CREDIT_NOTE_NOT_FOUND",
            Self::AlreadyDrafted => "CREDIT_NOTE_EXISTS",
            Self::Discarded => "DISCARDED",
            Self::AlreadyIssued => "ALREADY_ISSUED",
            Self::NotIssued => "NOT_ISSUED",
            Self::TotalNotPositive => "TOTAL_NOT_POSITIVE",
            Self::ExceedsInvoice { .. } => "EXCEEDS_INVOICE",
            Self::InvoiceVoided => "INVOICE_VOIDED",
            Self::InvoiceWrittenOff => "INVOICE_WRITTEN_OFF",
            Self::Voided => "VOIDED",
            Self::ExceedsUnapplied { .. } => "EXCEEDS_UNAPPLIED",
            Self::NotAllocated => "NOT_ALLOCATED",
            Self::RefundExists => "REFUND_EXISTS",
            Self::Used(_) => "CREDIT_USED",
        }
    }
}
