//! Why an estimate command is refused.

use time::Date;

use crate::invalid::Invalid;

/// The rule that refused an estimate command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstimateError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such estimate.
    #[error("there is no such estimate")]
    NotDrafted,
    /// The id is taken by another estimate.
    #[error("an estimate with this id exists already")]
    AlreadyDrafted,
    /// Its draft was thrown away.
    #[error("the draft was discarded")]
    Discarded,
    /// Only a draft can be revised or offered.
    #[error("the current revision is not a draft")]
    NotADraft,
    /// A rework is being drafted already.
    #[error("a draft is open already: revise it")]
    DraftOpen,
    /// The first revision is offered, a later one re-offered.
    #[error("the estimate was offered before: re-offer it")]
    OfferedBefore,
    /// Only what was offered before can be re-offered.
    #[error("the estimate was never offered: offer it first")]
    NeverOffered,
    /// A newer revision has taken the place of the one that is answered.
    #[error("revision {revision} is superseded by revision {current}")]
    Superseded {
        /// The revision that was answered.
        revision: u32,
        /// The one that has taken its place.
        current: u32,
    },
    /// The estimate has no such revision.
    #[error("the estimate has no revision {0}")]
    UnknownRevision(u32),
    /// The current revision waits for no answer.
    #[error("the estimate is not open for an answer")]
    NotOffered,
    /// The last day of the offer is over.
    #[error("the offer was valid until {0}")]
    Expired(Date),
    /// Declined already, with other words.
    #[error("the estimate was declined already")]
    AlreadyDeclined,
    /// Accepted already.
    #[error("the estimate was accepted already")]
    AlreadyAccepted,
    /// Invoiced: nothing changes any more.
    #[error("the estimate was invoiced already")]
    AlreadyInvoiced,
    /// Only an accepted estimate can be invoiced or have its acceptance undone.
    #[error("the estimate is not accepted")]
    NotAccepted,
    /// An accepted estimate is not reworked: its acceptance is undone first.
    #[error("the estimate is accepted: undo the acceptance first")]
    UndoAcceptanceFirst,
    /// The revision names terms, and the person did not agree to them.
    #[error("the offer names terms: they have to be accepted too")]
    TermsNotAccepted,
    /// A deposit invoice stands: it is voided before the acceptance is undone.
    #[error("the deposit is invoiced: void that invoice first")]
    DepositBilled,
    /// The offer that was accepted asks for no deposit.
    #[error("the accepted offer asks for no deposit")]
    NoDeposit,
    /// The id is taken by another comment.
    #[error("a comment with this id exists already")]
    CommentExists,
}

impl EstimateError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotDrafted => "ESTIMATE_NOT_FOUND",
            Self::AlreadyDrafted => "ESTIMATE_EXISTS",
            Self::Discarded => "DISCARDED",
            Self::NotADraft => "NOT_A_DRAFT",
            Self::DraftOpen => "DRAFT_OPEN",
            Self::OfferedBefore => "OFFERED_BEFORE",
            Self::NeverOffered => "NEVER_OFFERED",
            Self::Superseded { .. } => "SUPERSEDED",
            Self::UnknownRevision(_) => "UNKNOWN_REVISION",
            Self::NotOffered => "NOT_OFFERED",
            Self::Expired(_) => "EXPIRED",
            Self::AlreadyDeclined => "ALREADY_DECLINED",
            Self::AlreadyAccepted => "ALREADY_ACCEPTED",
            Self::AlreadyInvoiced => "ALREADY_INVOICED",
            Self::NotAccepted => "NOT_ACCEPTED",
            Self::UndoAcceptanceFirst => "UNDO_ACCEPTANCE_FIRST",
            Self::TermsNotAccepted => "TERMS_NOT_ACCEPTED",
            Self::DepositBilled => "DEPOSIT_BILLED",
            Self::NoDeposit => "NO_DEPOSIT",
            Self::CommentExists => "COMMENT_EXISTS",
        }
    }
}
