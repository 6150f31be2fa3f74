//! What can be asked of an estimate.

use rust_decimal::Decimal;
use time::Date;

use super::event::Side;
use crate::document::DocumentDraft;
use crate::ids::{CommentId, CustomerId, InvoiceId};

/// A command to an estimate; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
pub enum EstimateCommand {
    /// Write the first draft.
    Draft(DraftEstimate),
    /// Write the current draft anew.
    ReviseDraft {
        /// What it shall say.
        draft: DocumentDraft,
        /// Business date.
        on: Date,
    },
    /// Throw the first draft away, before it was ever offered.
    DiscardDraft {
        /// Business date.
        on: Date,
    },
    /// Offer the first revision.
    Offer(OfferEstimate),
    /// The customer accepts a revision.
    Accept(AcceptEstimate),
    /// The customer declines a revision.
    Decline(DeclineEstimate),
    /// Staff rework the offer into a draft of the next revision.
    Rework {
        /// What it shall say.
        draft: DocumentDraft,
        /// Business date.
        on: Date,
    },
    /// Offer the reworked revision.
    Reoffer(OfferEstimate),
    /// Staff take an open offer back.
    Withdraw {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Staff undo an acceptance that is not invoiced yet; the offer is open again.
    UndoAcceptance {
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Turn the accepted revision into an invoice of that id.
    Convert {
        /// The invoice to be drafted.
        invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
    /// Bill the deposit that the accepted offer asks for, by an invoice of that id.
    BillDeposit {
        /// The deposit invoice to be drafted.
        invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
    /// The deposit invoice was voided: there is no deposit any more.
    ReleaseDeposit {
        /// The deposit invoice.
        invoice_id: InvoiceId,
        /// Business date.
        on: Date,
    },
    /// The newest offer was forwarded to other people.
    Forward {
        /// Mail addresses, 1 to 20.
        recipients: Vec<String>,
        /// Words to them.
        message: Option<String>,
        /// Business date.
        on: Date,
    },
    /// Somebody says something about the offer.
    Comment(CommentOnEstimate),
    /// The customer looked at a revision.
    MarkViewed {
        /// Which.
        revision: u32,
        /// Business date.
        on: Date,
    },
}

/// See [`EstimateCommand::Draft`].
#[derive(Clone, Debug, PartialEq)]
pub struct DraftEstimate {
    /// For whom.
    pub customer_id: CustomerId,
    /// What it shall say.
    pub draft: DocumentDraft,
    /// Business date.
    pub on: Date,
}

/// See [`EstimateCommand::Offer`] and [`EstimateCommand::Reoffer`].
#[derive(Clone, Debug, PartialEq)]
pub struct OfferEstimate {
    /// The estimate's number, should it have none yet.
    pub number: String,
    /// The last day on which it can be accepted.
    pub valid_until: Date,
    /// Percent of it that is billed first once it is accepted, more than 0 to 100, at most four places. None for no
    /// deposit.
    pub deposit_percent: Option<Decimal>,
    /// Business date.
    pub on: Date,
}

/// See [`EstimateCommand::Accept`].
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptEstimate {
    /// The revision that the person saw.
    pub revision: u32,
    /// The name typed by the person who accepts.
    pub name: String,
    /// Whether the person agrees to the terms that the revision names. Needed only where it names some.
    pub terms_accepted: bool,
    /// Business date.
    pub on: Date,
}

/// See [`EstimateCommand::Decline`].
#[derive(Clone, Debug, PartialEq)]
pub struct DeclineEstimate {
    /// The revision that the person saw.
    pub revision: u32,
    /// Why.
    pub reason: String,
    /// What would be accepted instead.
    pub would_accept: Option<String>,
    /// Business date.
    pub on: Date,
}

/// See [`EstimateCommand::Comment`].
#[derive(Clone, Debug, PartialEq)]
pub struct CommentOnEstimate {
    /// The comment's id: the same words under another id are another comment.
    pub comment_id: CommentId,
    /// Which side speaks.
    pub side: Side,
    /// The person's name, as the other side shall read it.
    pub author: String,
    /// What is said, 1 to 5,000 characters.
    pub text: String,
    /// Business date.
    pub on: Date,
}
