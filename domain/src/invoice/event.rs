//! What has happened to an invoice.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::document::Document;
use crate::ids::{
    CreditNoteId, CustomerId, DisputeId, EstimateId, InvoiceId, PaymentId, PlanId, SubscriptionId,
};
use crate::money::Money;
use crate::party::Party;

/// A fact about an invoice; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
#[allow(
    clippy::large_enum_variant,
    reason = "events live shortly, in small vectors"
)]
pub enum InvoiceEvent {
    /// A draft was written.
    #[serde(rename = "InvoiceDrafted")]
    Drafted {
        customer_id: CustomerId,
        document: Document,
        source: Option<InvoiceSource>,
        on: Date,
    },
    /// The draft was written anew.
    #[serde(rename = "InvoiceDraftRevised")]
    DraftRevised { document: Document, on: Date },
    /// The draft was thrown away.
    #[serde(rename = "InvoiceDraftDiscarded")]
    DraftDiscarded { on: Date },
    /// It was issued: number, dates and parties are fixed.
    #[serde(rename = "InvoiceIssued")]
    Issued {
        number: String,
        issue_date: Date,
        due_date: Date,
        total: Money,
        seller: Party,
        buyer: Party,
    },
    /// The customer looked at it for the first time.
    #[serde(rename = "InvoiceViewed")]
    Viewed { on: Date },
    /// It was forwarded to other people.
    #[serde(rename = "InvoiceForwarded")]
    Forwarded {
        recipients: Vec<String>,
        message: Option<String>,
        on: Date,
    },
    /// The customer was reminded.
    #[serde(rename = "InvoiceReminded")]
    Reminded { stage: u16, on: Date },
    /// It never was due.
    #[serde(rename = "InvoiceVoided")]
    Voided { reason: String, on: Date },
    /// What was still due was given up.
    #[serde(rename = "InvoiceWrittenOff")]
    WrittenOff {
        amount: Money,
        reason: String,
        on: Date,
    },
    /// What was given up is due again.
    #[serde(rename = "InvoiceWriteOffReversed")]
    WriteOffReversed {
        amount: Money,
        reason: String,
        on: Date,
    },
    /// A payment under way reserved an amount.
    #[serde(rename = "InvoicePaymentReserved")]
    PaymentReserved {
        payment_id: PaymentId,
        amount: Money,
        on: Date,
    },
    /// A reservation was given back.
    #[serde(rename = "InvoicePaymentReleased")]
    PaymentReleased {
        payment_id: PaymentId,
        amount: Money,
        on: Date,
    },
    /// A payment settled an amount.
    #[serde(rename = "InvoicePaymentApplied")]
    PaymentApplied {
        payment_id: PaymentId,
        #[serde(default = "first_round", skip_serializing_if = "is_first_round")]
        round: u32,
        amount: Money,
        on: Date,
    },
    /// A payment could not be applied; its reservation, if any, was given back.
    #[serde(rename = "InvoicePaymentRefused")]
    PaymentRefused {
        payment_id: PaymentId,
        round: u32,
        reason: String,
        on: Date,
    },
    /// What a payment had settled is due again.
    #[serde(rename = "InvoicePaymentUnapplied")]
    PaymentUnapplied {
        payment_id: PaymentId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// A credit note settled an amount.
    #[serde(rename = "InvoiceCreditApplied")]
    CreditApplied {
        credit_note_id: CreditNoteId,
        #[serde(default = "first_round", skip_serializing_if = "is_first_round")]
        round: u32,
        amount: Money,
        on: Date,
    },
    /// A credit note could not be applied.
    #[serde(rename = "InvoiceCreditRefused")]
    CreditRefused {
        credit_note_id: CreditNoteId,
        round: u32,
        reason: String,
        on: Date,
    },
    /// What a credit note had settled is due again.
    #[serde(rename = "InvoiceCreditUnapplied")]
    CreditUnapplied {
        credit_note_id: CreditNoteId,
        amount: Money,
        reason: String,
        on: Date,
    },
    /// A credit note that corrects it is about to be issued: so much is credited from here on. `lines` says which line
    /// of the invoice each line credits; it is empty where they credit something else.
    #[serde(rename = "InvoiceCorrectionReserved")]
    CorrectionReserved {
        credit_note_id: CreditNoteId,
        version: u64,
        document: Document,
        lines: Vec<u32>,
        on: Date,
    },
    /// That credit note is not issued, or voided.
    #[serde(rename = "InvoiceCorrectionReleased")]
    CorrectionReleased {
        credit_note_id: CreditNoteId,
        amount: Money,
        on: Date,
    },
    /// That credit note is issued, and applied as far as something was due.
    #[serde(rename = "InvoiceCorrected")]
    Corrected {
        credit_note_id: CreditNoteId,
        on: Date,
    },
    /// Reminders and late fees go on, though what an upheld dispute asks for was not corrected.
    #[serde(rename = "InvoiceRemindersResumed")]
    RemindersResumed { reason: String, on: Date },
    /// Nothing is due any more.
    #[serde(rename = "InvoicePaid")]
    Paid { on: Date },
    /// The customer disputes it, or one line of it.
    #[serde(rename = "InvoiceDisputed")]
    Disputed {
        dispute_id: DisputeId,
        line_id: Option<u32>,
        reason: String,
        amount: Option<Money>,
        on: Date,
    },
    /// A dispute was settled.
    #[serde(rename = "InvoiceDisputeSettled")]
    DisputeSettled {
        dispute_id: DisputeId,
        outcome: DisputeOutcome,
        words: String,
        on: Date,
    },
    /// A fee for paying late was charged, by an invoice of its own.
    #[serde(rename = "InvoiceLateFeeCharged")]
    LateFeeCharged {
        stage: u16,
        amount: Money,
        fee_invoice_id: InvoiceId,
        on: Date,
    },
    /// No late fees are charged on it from now on.
    #[serde(rename = "InvoiceLateFeesWaived")]
    LateFeesWaived { reason: String, on: Date },
    /// A deposit invoice: the final invoice takes it off.
    #[serde(rename = "InvoiceDepositDeducted")]
    DepositDeducted {
        final_invoice_id: InvoiceId,
        on: Date,
    },
    /// A deposit invoice that was not to be paid (a draft, or written off): the final invoice bills everything.
    #[serde(rename = "InvoiceDepositForgone")]
    DepositForgone {
        final_invoice_id: InvoiceId,
        on: Date,
    },
}

/// Before allocations to one invoice added up, an application did not say which one it was.
fn first_round() -> u32 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_first_round(round: &u32) -> bool {
    *round == 1
}

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DisputeOutcome {
    /// The customer was right; a credit note usually follows.
    Upheld,
    /// The invoice stands as it is.
    Rejected,
    /// The customer took it back.
    Withdrawn,
}

/// What an invoice came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceSource {
    /// An accepted revision of an estimate.
    Estimate {
        /// The estimate.
        estimate_id: EstimateId,
        /// The revision that was accepted.
        revision: u32,
    },
    /// A period of a subscription, or a change of it.
    Subscription {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// The plan that it bills.
        plan_id: PlanId,
        /// The number of the period that it bills, from 1.
        period: u32,
        /// The period's first day.
        period_start: Date,
        /// The period's last day (EN 16931 BT-74).
        period_end: Date,
        /// What of the subscription it bills.
        kind: SubscriptionBilling,
    },
    /// What an accepted revision of an estimate asks to be paid first.
    Deposit {
        /// The estimate.
        estimate_id: EstimateId,
        /// The revision that was accepted.
        revision: u32,
    },
    /// An invoice that was not paid in time.
    LateFee {
        /// That invoice.
        invoice_id: InvoiceId,
        /// The stage of the settings, from 1.
        stage: u16,
    },
}

/// What of a subscription an invoice bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionBilling {
    /// A whole period, in advance.
    Period,
    /// A change of plan or quantity within a period.
    Change,
}

impl cqrs_es::DomainEvent for InvoiceEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Drafted { .. } => "InvoiceDrafted",
            Self::DraftRevised { .. } => "InvoiceDraftRevised",
            Self::DraftDiscarded { .. } => "InvoiceDraftDiscarded",
            Self::Issued { .. } => "InvoiceIssued",
            Self::Viewed { .. } => "InvoiceViewed",
            Self::Forwarded { .. } => "InvoiceForwarded",
            Self::Reminded { .. } => "InvoiceReminded",
            Self::Voided { .. } => "InvoiceVoided",
            Self::WrittenOff { .. } => "InvoiceWrittenOff",
            Self::WriteOffReversed { .. } => "InvoiceWriteOffReversed",
            Self::PaymentReserved { .. } => "InvoicePaymentReserved",
            Self::PaymentReleased { .. } => "InvoicePaymentReleased",
            Self::PaymentApplied { .. } => "InvoicePaymentApplied",
            Self::PaymentRefused { .. } => "InvoicePaymentRefused",
            Self::PaymentUnapplied { .. } => "InvoicePaymentUnapplied",
            Self::CreditApplied { .. } => "InvoiceCreditApplied",
            Self::CreditRefused { .. } => "InvoiceCreditRefused",
            Self::CreditUnapplied { .. } => "InvoiceCreditUnapplied",
            Self::CorrectionReserved { .. } => "InvoiceCorrectionReserved",
            Self::CorrectionReleased { .. } => "InvoiceCorrectionReleased",
            Self::Corrected { .. } => "InvoiceCorrected",
            Self::RemindersResumed { .. } => "InvoiceRemindersResumed",
            Self::Paid { .. } => "InvoicePaid",
            Self::Disputed { .. } => "InvoiceDisputed",
            Self::DisputeSettled { .. } => "InvoiceDisputeSettled",
            Self::LateFeeCharged { .. } => "InvoiceLateFeeCharged",
            Self::LateFeesWaived { .. } => "InvoiceLateFeesWaived",
            Self::DepositDeducted { .. } => "InvoiceDepositDeducted",
            Self::DepositForgone { .. } => "InvoiceDepositForgone",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
