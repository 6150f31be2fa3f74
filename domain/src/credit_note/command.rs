//! What can be asked of a credit note.

use time::Date;

use super::event::CreditNoteSource;
use crate::document::{Document, DocumentDraft};
use crate::ids::{CustomerId, InvoiceId, RefundId};
use crate::money::Money;
use crate::party::Party;

/// A command to a credit note; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time is decided")]
pub enum CreditNoteCommand {
    /// Write a draft.
    Draft(DraftCreditNote),
    /// Write the draft anew.
    ReviseDraft {
        /// What it shall say.
        draft: DocumentDraft,
        /// Business date.
        on: Date,
    },
    /// Fit the amounts of the draft to the invoice that it corrects; its words stay.
    FitDraft {
        /// The same document, as the invoice fits it.
        document: Document,
        /// Business date.
        on: Date,
    },
    /// Throw the draft away.
    DiscardDraft {
        /// Business date.
        on: Date,
    },
    /// Issue it under its number; from here on nothing on it changes.
    Issue(IssueCreditNote),
    /// Give an invoice what is unapplied; it adds up with what the invoice has of it already.
    Allocate {
        /// Which invoice, of the same customer.
        invoice_id: InvoiceId,
        /// More than nothing, at most what is unapplied.
        amount: Money,
        /// Business date.
        on: Date,
    },
    /// Take allocations back: they are unapplied again.
    Deallocate {
        /// From which invoice.
        invoice_id: InvoiceId,
        /// How much, from the oldest allocation on; None for everything.
        amount: Option<Money>,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Money was given back for it in another way, from what is unapplied.
    Refund {
        /// The refund's id, made by the caller.
        refund_id: RefundId,
        /// More than nothing, at most what is unapplied.
        amount: Money,
        /// Why, and how.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// It never was owed (only while nothing of it is allocated or refunded).
    Void {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
}

/// See [`CreditNoteCommand::Draft`].
#[derive(Clone, Debug, PartialEq)]
pub struct DraftCreditNote {
    /// Who is credited.
    pub customer_id: CustomerId,
    /// What it shall say. Amounts are those that the customer gets: positive, as on the invoice that it corrects.
    pub draft: DocumentDraft,
    /// What it comes from. Drafting again from the same source stays quiet.
    pub source: Option<CreditNoteSource>,
    /// Business date.
    pub on: Date,
}

/// See [`CreditNoteCommand::Issue`].
#[derive(Clone, Debug, PartialEq)]
pub struct IssueCreditNote {
    /// The next number of its series.
    pub number: String,
    /// The merchant as it stands on the credit note, frozen.
    pub seller: Party,
    /// The customer as it stands on the credit note, frozen.
    pub buyer: Party,
    /// What the invoice that it corrects has reserved for it, tax included; None where it corrects none.
    pub creditable: Option<Money>,
    /// Business date: the date of issue.
    pub on: Date,
}
