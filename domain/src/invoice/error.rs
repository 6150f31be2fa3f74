//! Why an invoice command is refused.

use crate::invalid::Invalid;
use crate::money::Money;

/// The rule that refused an invoice command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such invoice.
    #[error("there is no such invoice")]
    NotDrafted,
    /// The id is taken by another invoice.
    #[error("an invoice with this id exists already")]
    AlreadyDrafted,
    /// Nothing issued is ever edited: corrections are credit notes.
    #[error("the invoice is issued: corrections are credit notes")]
    AlreadyIssued,
    /// Its draft was thrown away.
    #[error("the draft was discarded")]
    Discarded,
    /// What an accepted estimate, a subscription or a late fee has to bill is not thrown away: nothing would bill it.
    #[error("this draft bills what was agreed: change it, or issue it")]
    DraftNeeded,
    /// Only an issued invoice can be paid, voided, written off, viewed, forwarded or reminded of.
    #[error("the invoice is not issued")]
    NotIssued,
    /// An invoice is not issued for less than nothing: that is a credit note.
    #[error("the total is less than zero: issue a credit note instead")]
    NegativeTotal,
    /// Voided: nothing changes any more.
    #[error("the invoice is voided")]
    Voided,
    /// Written off: reverse the write-off first.
    #[error("the invoice is written off: reverse the write-off first")]
    WrittenOff,
    /// Only what is written off can be taken back.
    #[error("the invoice is not written off")]
    NotWrittenOff,
    /// Only an invoice with nothing settled can be voided.
    #[error("{0} is settled: an invoice with payments or credit applied cannot be voided")]
    PaymentsApplied(Money),
    /// What is corrected by credit notes is not voided: then they would credit what nobody owes.
    #[error("credit notes over {0} correct this invoice: void them first")]
    Credited(Money),
    /// An invoice is credited for what it says at most.
    #[error("only {creditable} of the invoice is not credited yet")]
    ExceedsInvoice {
        /// What the invoice says less its credit notes.
        creditable: Money,
    },
    /// A credit note is about to settle what would be given up.
    #[error("a credit note of {0} is about to settle this invoice")]
    CreditPending(Money),
    /// What an upheld dispute asks for is still to be corrected.
    #[error("a dispute was upheld, and its correction is still to come")]
    CorrectionAwaited,
    /// A payment is under way.
    #[error("a payment of {0} on this invoice is under way")]
    PaymentPending(Money),
    /// The payment's reservation was given back: it is over.
    #[error("this payment was released already")]
    PaymentReleased,
    /// The payment is applied with another amount.
    #[error("{0} of this payment is applied already")]
    PaymentAlreadyApplied(Money),
    /// The credit note is applied with another amount.
    #[error("{0} of this credit note is applied already")]
    CreditAlreadyApplied(Money),
    /// Nothing is due.
    #[error("the invoice is paid")]
    AlreadyPaid,
    /// More than is due.
    #[error("only {due} is due")]
    PaymentExceedsAmountDue {
        /// What is due.
        due: Money,
    },
    /// The payment settled nothing here.
    #[error("the payment is not applied to this invoice")]
    PaymentNotApplied,
    /// The credit note settled nothing here.
    #[error("the credit note is not applied to this invoice")]
    CreditNotApplied,
    /// The invoice has no such line.
    #[error("the invoice has no line {0}")]
    NoSuchLine(u32),
    /// The same thing is disputed already.
    #[error("this is disputed already")]
    DisputeOpen,
    /// The id is taken by another dispute.
    #[error("a dispute with this id exists already")]
    DisputeExists,
    /// The invoice has no such dispute.
    #[error("the invoice has no such dispute")]
    NoSuchDispute,
    /// The dispute was settled otherwise.
    #[error("the dispute was settled already")]
    DisputeSettled,
    /// What is disputed is neither reminded of nor charged late fees on.
    #[error("the invoice is disputed")]
    Disputed,
    /// Staff have waived late fees on this invoice.
    #[error("late fees are waived on this invoice")]
    LateFeesWaived,
    /// A fee for paying late bears no fees itself.
    #[error("this is a late fee itself")]
    FeeOnAFee,
    /// The fee comes to nothing, or is in another currency.
    #[error("no fee comes of it")]
    NoFee,
    /// A late fee is for paying late.
    #[error("the invoice is not overdue")]
    NotOverdue,
    /// It was charged already, by another invoice.
    #[error("the fee of this stage was charged already")]
    FeeCharged,
    /// The invoice is no deposit.
    #[error("the invoice is no deposit")]
    NotADeposit,
    /// The final invoice was made: a deposit that it took off stands, and one that it did not stays given up.
    #[error("the final invoice was made: the deposit cannot change any more")]
    DepositClosed,
}

impl InvoiceError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotDrafted => "INVOICE_NOT_FOUND",
            Self::AlreadyDrafted => "INVOICE_EXISTS",
            Self::AlreadyIssued => "ALREADY_ISSUED",
            Self::Discarded => "DISCARDED",
            Self::DraftNeeded => "DRAFT_NEEDED",
            Self::NotIssued => "NOT_ISSUED",
            Self::NegativeTotal => "NEGATIVE_TOTAL",
            Self::Voided => "VOIDED",
            Self::WrittenOff => "WRITTEN_OFF",
            Self::NotWrittenOff => "NOT_WRITTEN_OFF",
            Self::PaymentsApplied(_) => "PAYMENTS_APPLIED",
            Self::Credited(_) => "CREDITED",
            Self::ExceedsInvoice { .. } => "EXCEEDS_INVOICE",
            Self::CreditPending(_) => "CREDIT_PENDING",
            Self::CorrectionAwaited => "CORRECTION_AWAITED",
            Self::PaymentPending(_) => "PAYMENT_PENDING",
            Self::PaymentReleased => "PAYMENT_RELEASED",
            Self::PaymentAlreadyApplied(_) => "PAYMENT_ALREADY_APPLIED",
            Self::CreditAlreadyApplied(_) => "CREDIT_ALREADY_APPLIED",
            Self::AlreadyPaid => "ALREADY_PAID",
            Self::PaymentExceedsAmountDue { .. } => "PAYMENT_EXCEEDS_AMOUNT_DUE",
            Self::PaymentNotApplied => "PAYMENT_NOT_APPLIED",
            Self::CreditNotApplied => "CREDIT_NOT_APPLIED",
            Self::NoSuchLine(_) => "NO_SUCH_LINE",
            Self::DisputeOpen => "DISPUTE_OPEN",
            Self::DisputeExists => "DISPUTE_EXISTS",
            Self::NoSuchDispute => "NO_SUCH_DISPUTE",
            Self::DisputeSettled => "DISPUTE_SETTLED",
            Self::Disputed => "DISPUTED",
            Self::LateFeesWaived => "LATE_FEES_WAIVED",
            Self::FeeOnAFee => "FEE_ON_A_FEE",
            Self::NoFee => "NO_FEE",
            Self::NotOverdue => "NOT_OVERDUE",
            Self::FeeCharged => "FEE_CHARGED",
            Self::NotADeposit => "NOT_A_DEPOSIT",
            Self::DepositClosed => "DEPOSIT_CLOSED",
        }
    }
}
