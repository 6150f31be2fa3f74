//! What can be asked of an invoice.

use time::Date;

use super::event::{DisputeOutcome, InvoiceSource};
use crate::document::{Document, DocumentDraft};
use crate::ids::{CreditNoteId, CustomerId, DisputeId, InvoiceId, PaymentId};
use crate::money::Money;
use crate::organisation::Fee;
use crate::party::Party;

/// A command to an invoice; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time is decided")]
pub enum InvoiceCommand {
    /// Write a draft.
    Draft(DraftInvoice),
    /// Write the draft anew.
    ReviseDraft {
        /// What it shall say.
        draft: DocumentDraft,
        /// Business date.
        on: Date,
    },
    /// Throw the draft away.
    DiscardDraft {
        /// Business date.
        on: Date,
    },
    /// Issue it under its number; from here on nothing on it changes.
    Issue(IssueInvoice),
    /// The customer looked at it.
    MarkViewed {
        /// Business date.
        on: Date,
    },
    /// It was forwarded to other people.
    Forward {
        /// Mail addresses, 1 to 20.
        recipients: Vec<String>,
        /// Words to them.
        message: Option<String>,
        /// Business date.
        on: Date,
    },
    /// The customer was reminded; each stage once.
    Remind {
        /// 1 for the first reminder.
        stage: u16,
        /// Business date.
        on: Date,
    },
    /// It never was due (only while nothing is settled or reserved).
    Void {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// What is still due is given up.
    WriteOff {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// What was given up is due again.
    ReverseWriteOff {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Reserve an amount before the payment provider is called, so that nothing is charged twice.
    ReservePayment {
        /// The payment under way.
        payment_id: PaymentId,
        /// More than nothing, at most what is due and not reserved.
        amount: Money,
        /// Business date.
        on: Date,
    },
    /// Give a reservation back: the payment failed or was cancelled.
    ReleasePayment {
        /// The payment.
        payment_id: PaymentId,
        /// Business date.
        on: Date,
    },
    /// A payment settles the invoice in part or whole; its reservation, if any, is used up.
    ApplyPayment {
        /// The payment.
        payment_id: PaymentId,
        /// Which of the payment's allocations to this invoice, from 1. Each adds to what the payment has settled.
        round: u32,
        /// More than nothing, at most what is due.
        amount: Money,
        /// Business date of the money; what came in before the invoice was issued settles it on its date of issue.
        on: Date,
    },
    /// A payment cannot be applied: said once, on the invoice's own stream, so that no later try applies it after all.
    RefusePayment {
        /// The payment.
        payment_id: PaymentId,
        /// Which of the payment's allocations to this invoice, from 1.
        round: u32,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// What a payment settled is due again.
    UnapplyPayment {
        /// The payment.
        payment_id: PaymentId,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// A credit note settles the invoice in part or whole.
    ApplyCredit {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Which of the credit note's allocations to this invoice, from 1.
        round: u32,
        /// More than nothing, at most what is due and not reserved.
        amount: Money,
        /// Business date of the allocation; never before the invoice's date of issue, as with payments.
        on: Date,
    },
    /// A credit note cannot be applied: said once, as of a payment.
    RefuseCredit {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Which of the credit note's allocations to this invoice, from 1.
        round: u32,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// What a credit note settled is due again.
    UnapplyCredit {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Reserve what a credit note is to correct, before it is issued, so that no two credit the same.
    ReserveCorrection {
        /// The credit note, still a draft.
        credit_note_id: CreditNoteId,
        /// Its version. A later one takes the place of an earlier one; the earlier one then stays quiet.
        version: u64,
        /// What it says.
        document: Document,
        /// Business date.
        on: Date,
    },
    /// The credit note will not be issued any more, or is voided.
    ReleaseCorrection {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Business date.
        on: Date,
    },
    /// The credit note is issued, and applied here as far as something was due.
    ConcludeCorrection {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Business date.
        on: Date,
    },
    /// A credit note corrects it that was issued before corrections were reserved.
    AdoptCorrection {
        /// The credit note.
        credit_note_id: CreditNoteId,
        /// Its version.
        version: u64,
        /// What it says.
        document: Document,
        /// Business date.
        on: Date,
    },
    /// Remind of it and charge late fees on it again, though the correction of an upheld dispute is still to come.
    ResumeReminders {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// The customer disputes it, or a line of it: also one that is paid or written off.
    Dispute(DisputeInvoice),
    /// Staff settle a dispute.
    SettleDispute {
        /// Which.
        dispute_id: DisputeId,
        /// How it ended.
        outcome: DisputeOutcome,
        /// Words to the customer.
        words: String,
        /// Business date.
        on: Date,
    },
    /// Charge a fee for paying late, by an invoice of that id; each stage once.
    ChargeLateFee {
        /// The stage of the settings, from 1.
        stage: u16,
        /// How much.
        fee: Fee,
        /// The invoice to be drafted over it.
        fee_invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
    /// Charge no late fees on it from now on.
    WaiveLateFees {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// The final invoice of a deposit is made: say whether it takes the deposit off, once and for all.
    CloseDeposit {
        /// The final invoice.
        final_invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
}

/// See [`InvoiceCommand::Dispute`].
#[derive(Clone, Debug, PartialEq)]
pub struct DisputeInvoice {
    /// The dispute's id.
    pub dispute_id: DisputeId,
    /// The line that is disputed; None for the whole invoice.
    pub line_id: Option<u32>,
    /// Why, 1 to 2,000 characters.
    pub reason: String,
    /// How much is disputed, at most the invoice's total; None where nobody said.
    pub amount: Option<Money>,
    /// Business date, not before the date of issue.
    pub on: Date,
}

/// See [`InvoiceCommand::Draft`].
#[derive(Clone, Debug, PartialEq)]
pub struct DraftInvoice {
    /// Who is billed.
    pub customer_id: CustomerId,
    /// What it shall say.
    pub draft: DocumentDraft,
    /// What it comes from.
    pub source: Option<InvoiceSource>,
    /// Business date.
    pub on: Date,
}

/// See [`InvoiceCommand::Issue`].
#[derive(Clone, Debug, PartialEq)]
pub struct IssueInvoice {
    /// The next number of its series.
    pub number: String,
    /// The last day to pay, not before `on`.
    pub due_date: Date,
    /// The merchant as it stands on the invoice, frozen.
    pub seller: Party,
    /// The customer as it stands on the invoice, frozen.
    pub buyer: Party,
    /// Business date: the date of issue.
    pub on: Date,
}
