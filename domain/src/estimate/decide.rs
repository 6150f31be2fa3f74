//! The estimate's decisions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use time::Date;

use super::command::{
    AcceptEstimate, CommentOnEstimate, DeclineEstimate, DraftEstimate, EstimateCommand,
    OfferEstimate,
};
use super::{Agreed, Drafted, Estimate, EstimateError, EstimateEvent, Phase, Revision};
use crate::dates;
use crate::deposit;
use crate::document::{Document, DocumentDraft};
use crate::ids::InvoiceId;
use crate::invalid::{Invalid, optional_text, recipients as checked, required_line, required_text};

type Decision = Result<Vec<EstimateEvent>, EstimateError>;

impl Estimate {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: EstimateCommand) -> Decision {
        let drafted = || match &self.drafted {
            None => Err(EstimateError::NotDrafted),
            Some(drafted) if drafted.phase == Phase::Discarded => Err(EstimateError::Discarded),
            Some(drafted) => Ok(drafted),
        };
        match command {
            EstimateCommand::Draft(command) => draft(self.drafted.as_ref(), &command),
            EstimateCommand::DiscardDraft { on } => match &self.drafted {
                None => Err(EstimateError::NotDrafted),
                Some(drafted) => drafted.discard(on),
            },
            EstimateCommand::ReviseDraft { draft, on } => drafted()?.revise_draft(&draft, on),
            EstimateCommand::Offer(command) => drafted()?.offer(command),
            EstimateCommand::Accept(command) => drafted()?.accept(&command),
            EstimateCommand::Decline(command) => drafted()?.decline(&command),
            EstimateCommand::Rework { draft, on } => drafted()?.rework(&draft, on),
            EstimateCommand::Reoffer(command) => drafted()?.reoffer(command),
            EstimateCommand::Withdraw { reason, on } => drafted()?.withdraw(&reason, on),
            EstimateCommand::UndoAcceptance { reason, on } => {
                drafted()?.undo_acceptance(&reason, on)
            }
            EstimateCommand::Convert { invoice_id, on } => drafted()?.convert(invoice_id, on),
            EstimateCommand::BillDeposit { invoice_id, on } => {
                drafted()?.bill_deposit(invoice_id, on)
            }
            EstimateCommand::ReleaseDeposit { invoice_id, on } => {
                drafted()?.release_deposit(invoice_id, on)
            }
            EstimateCommand::Forward {
                recipients,
                message,
                on,
            } => drafted()?.forward(&recipients, message.as_deref(), on),
            EstimateCommand::Comment(command) => drafted()?.comment(&command),
            EstimateCommand::MarkViewed { revision, on } => drafted()?.mark_viewed(revision, on),
        }
    }

    pub(crate) fn apply_event(&mut self, event: EstimateEvent) {
        if let EstimateEvent::Drafted {
            customer_id,
            document,
            on: _,
        } = event
        {
            self.drafted = Some(Drafted {
                customer_id,
                number: None,
                revisions: vec![Revision::draft(document)],
                phase: Phase::Draft,
                deposit: None,
                released_deposits: vec![],
                comments: BTreeMap::new(),
            });
        } else if let Some(estimate) = &mut self.drafted {
            estimate.apply_event(event);
        }
    }
}

impl Revision {
    fn draft(document: Document) -> Self {
        Self {
            document,
            valid_until: None,
            deposit_percent: None,
            viewed: false,
            undone: None,
        }
    }
}

fn draft(existing: Option<&Drafted>, command: &DraftEstimate) -> Decision {
    let document = command.draft.price(&BTreeSet::new())?;
    match existing {
        None => Ok(vec![EstimateEvent::Drafted {
            customer_id: command.customer_id,
            document,
            on: command.on,
        }]),
        Some(known)
            if known.customer_id == command.customer_id
                && known.document_of(1) == Some(&document) =>
        {
            Ok(vec![])
        }
        Some(_) => Err(EstimateError::AlreadyDrafted),
    }
}

impl Drafted {
    fn known_lines(&self) -> BTreeSet<u32> {
        let lines = self
            .revisions
            .iter()
            .flat_map(|revision| &revision.document.lines);
        lines.map(|line| line.line_id).collect()
    }

    fn revise_draft(&self, draft: &DocumentDraft, on: Date) -> Decision {
        if self.phase != Phase::Draft {
            return Err(EstimateError::NotADraft);
        }
        let document = self.price_anew(draft)?;
        if self.says(&document) {
            return Ok(vec![]);
        }
        let revision = self.revision();
        Ok(vec![EstimateEvent::DraftRevised {
            revision,
            document,
            on,
        }])
    }

    /// What was offered once is taken back by withdrawing it.
    fn discard(&self, on: Date) -> Decision {
        match self.phase {
            Phase::Discarded => Ok(vec![]),
            Phase::Draft if self.number.is_none() => Ok(vec![EstimateEvent::DraftDiscarded { on }]),
            Phase::Draft
            | Phase::Offered
            | Phase::Accepted { .. }
            | Phase::Declined { .. }
            | Phase::Withdrawn
            | Phase::Invoiced { .. } => Err(EstimateError::OfferedBefore),
        }
    }

    fn price_anew(&self, draft: &DocumentDraft) -> Result<Document, Invalid> {
        match self.current() {
            Some(current) => draft.price_anew(&current.document, &self.known_lines()),
            None => draft.price(&BTreeSet::new()),
        }
    }

    /// Whether the current revision says just this.
    fn says(&self, document: &Document) -> bool {
        self.current()
            .is_some_and(|current| current.document == *document)
    }

    fn offer(&self, command: OfferEstimate) -> Decision {
        let deposit_percent = self.check_deposit(command.deposit_percent)?;
        let asked = (command.valid_until, deposit_percent);
        if self.number.is_some() {
            return match self.phase {
                Phase::Offered if self.is_offered_so(1, asked) => Ok(vec![]),
                Phase::Draft
                | Phase::Discarded
                | Phase::Offered
                | Phase::Accepted { .. }
                | Phase::Declined { .. }
                | Phase::Withdrawn
                | Phase::Invoiced { .. } => Err(EstimateError::OfferedBefore),
            };
        }
        check_validity(&command)?;
        Ok(vec![EstimateEvent::Offered {
            revision: self.revision(),
            number: required_line("number", &command.number, 50)?,
            valid_until: command.valid_until,
            deposit_percent,
            on: command.on,
        }])
    }

    fn reoffer(&self, command: OfferEstimate) -> Decision {
        let number = self.number.clone().ok_or(EstimateError::NeverOffered)?;
        let deposit_percent = self.check_deposit(command.deposit_percent)?;
        let asked = (command.valid_until, deposit_percent);
        match self.phase {
            Phase::Draft => {}
            Phase::Offered if self.revision() > 1 && self.is_offered_so(self.revision(), asked) => {
                return Ok(vec![]);
            }
            Phase::Discarded
            | Phase::Offered
            | Phase::Accepted { .. }
            | Phase::Declined { .. }
            | Phase::Withdrawn
            | Phase::Invoiced { .. } => return Err(EstimateError::NotADraft),
        }
        check_validity(&command)?;
        Ok(vec![EstimateEvent::Reoffered {
            revision: self.revision(),
            number,
            valid_until: command.valid_until,
            deposit_percent,
            on: command.on,
        }])
    }

    /// Whether the current revision is that one, offered until that day and for that deposit.
    fn is_offered_so(&self, revision: u32, (until, deposit): (Date, Option<Decimal>)) -> bool {
        self.revision() == revision
            && self.current().is_some_and(|current| {
                current.valid_until == Some(until) && current.deposit_percent == deposit
            })
    }

    /// The percent where it comes to something. The final invoice, which takes the deposit off again, must fit too.
    fn check_deposit(&self, percent: Option<Decimal>) -> Result<Option<Decimal>, Invalid> {
        let (Some(percent), Some(current)) = (percent, self.current()) else {
            return Ok(None);
        };
        let percent = deposit::check_percent("depositPercent", percent)?;
        let Some(deposit) = deposit::of(&current.document, percent) else {
            return Ok(None);
        };
        let within = |refused: Invalid| Invalid::new("depositPercent", refused.rule);
        let billed = deposit.draft("Deposit");
        let billed = billed.price(&BTreeSet::new()).map_err(within)?;
        let last = deposit::deducted(&current.document, &billed, "Deposit");
        last.price(&BTreeSet::new()).map_err(within)?;
        Ok(Some(percent))
    }

    /// The revision that an answer names must be the current one, and have been offered.
    fn check_revision(&self, revision: u32) -> Result<(), EstimateError> {
        let current = self.revision();
        match revision.cmp(&current) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less if revision > 0 => {
                Err(EstimateError::Superseded { revision, current })
            }
            std::cmp::Ordering::Less | std::cmp::Ordering::Greater => {
                Err(EstimateError::UnknownRevision(revision))
            }
        }
    }

    fn check_still_valid(&self, on: Date) -> Result<(), EstimateError> {
        match self.current().and_then(|current| current.valid_until) {
            Some(until) if on > until => Err(EstimateError::Expired(until)),
            Some(_) | None => Ok(()),
        }
    }

    fn accept(&self, command: &AcceptEstimate) -> Decision {
        let revision = command.revision;
        let name = required_line("name", &command.name, 200)?;
        self.check_revision(revision)?;
        match &self.phase {
            Phase::Offered => self.check_still_valid(command.on)?,
            Phase::Accepted { by } if *by == name => return Ok(vec![]),
            Phase::Accepted { .. } => return Err(EstimateError::AlreadyAccepted),
            Phase::Invoiced { .. } => return Err(EstimateError::AlreadyInvoiced),
            Phase::Declined { .. } => return Err(EstimateError::AlreadyDeclined),
            Phase::Draft | Phase::Discarded | Phase::Withdrawn => {
                return Err(EstimateError::NotOffered);
            }
        }
        let agreed = self.agreed();
        if agreed.as_ref().is_some_and(|a| a.terms.is_some()) && !command.terms_accepted {
            return Err(EstimateError::TermsNotAccepted);
        }
        Ok(vec![EstimateEvent::Accepted {
            revision,
            name,
            agreed,
            on: command.on,
        }])
    }

    /// What an acceptance of the current revision agrees to.
    pub fn agreed(&self) -> Option<Agreed> {
        let document = &self.current()?.document;
        Some(Agreed {
            total: document.total(),
            deposit: self.asked_deposit().map(|deposit| deposit.total),
            terms: document.terms.clone(),
        })
    }

    fn decline(&self, command: &DeclineEstimate) -> Decision {
        let revision = command.revision;
        let reason = required_text("reason", &command.reason, 2_000)?;
        let would_accept = optional_text("wouldAccept", command.would_accept.as_deref(), 2_000)?;
        self.check_revision(revision)?;
        let said = Phase::Declined {
            reason: reason.clone(),
            would_accept: would_accept.clone(),
        };
        match &self.phase {
            Phase::Offered => {}
            phase if *phase == said => return Ok(vec![]),
            Phase::Declined { .. } => return Err(EstimateError::AlreadyDeclined),
            Phase::Accepted { .. } => return Err(EstimateError::AlreadyAccepted),
            Phase::Invoiced { .. } => return Err(EstimateError::AlreadyInvoiced),
            Phase::Draft | Phase::Discarded | Phase::Withdrawn => {
                return Err(EstimateError::NotOffered);
            }
        }
        Ok(vec![EstimateEvent::Declined {
            revision,
            reason,
            would_accept,
            on: command.on,
        }])
    }

    fn rework(&self, draft: &DocumentDraft, on: Date) -> Decision {
        match self.phase {
            Phase::Offered | Phase::Declined { .. } | Phase::Withdrawn => {}
            Phase::Draft => return self.rework_again(draft),
            Phase::Discarded => return Err(EstimateError::Discarded),
            Phase::Accepted { .. } => return Err(EstimateError::UndoAcceptanceFirst),
            Phase::Invoiced { .. } => return Err(EstimateError::AlreadyInvoiced),
        }
        let document = self.price_anew(draft)?;
        let revision = self.revision().saturating_add(1);
        Ok(vec![EstimateEvent::Reworked {
            revision,
            document,
            on,
        }])
    }

    /// A rework that stands as the draft already is quiet; another one revises that draft instead.
    fn rework_again(&self, draft: &DocumentDraft) -> Decision {
        let document = self.price_anew(draft)?;
        if self.revision() > 1 && self.says(&document) {
            Ok(vec![])
        } else {
            Err(EstimateError::DraftOpen)
        }
    }

    fn withdraw(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        match self.phase {
            Phase::Offered => Ok(vec![EstimateEvent::Withdrawn {
                revision: self.revision(),
                reason,
                on,
            }]),
            Phase::Withdrawn => Ok(vec![]),
            Phase::Accepted { .. } => Err(EstimateError::AlreadyAccepted),
            Phase::Invoiced { .. } => Err(EstimateError::AlreadyInvoiced),
            Phase::Draft | Phase::Discarded | Phase::Declined { .. } => {
                Err(EstimateError::NotOffered)
            }
        }
    }

    fn undo_acceptance(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        match self.phase {
            Phase::Accepted { .. } if self.deposit.is_some() => Err(EstimateError::DepositBilled),
            Phase::Accepted { .. } => Ok(vec![EstimateEvent::AcceptanceUndone {
                revision: self.revision(),
                reason,
                on,
            }]),
            Phase::Invoiced { .. } => Err(EstimateError::AlreadyInvoiced),
            Phase::Offered
                if self
                    .current()
                    .is_some_and(|current| current.undone.as_ref() == Some(&reason)) =>
            {
                Ok(vec![])
            }
            Phase::Draft
            | Phase::Discarded
            | Phase::Offered
            | Phase::Declined { .. }
            | Phase::Withdrawn => Err(EstimateError::NotAccepted),
        }
    }

    fn convert(&self, invoice_id: InvoiceId, on: Date) -> Decision {
        match self.phase {
            Phase::Accepted { .. } => Ok(vec![EstimateEvent::Invoiced {
                revision: self.revision(),
                invoice_id,
                on,
            }]),
            Phase::Invoiced { invoice_id: done } if done == invoice_id => Ok(vec![]),
            Phase::Invoiced { .. } => Err(EstimateError::AlreadyInvoiced),
            Phase::Draft
            | Phase::Discarded
            | Phase::Offered
            | Phase::Declined { .. }
            | Phase::Withdrawn => Err(EstimateError::NotAccepted),
        }
    }

    fn bill_deposit(&self, invoice_id: InvoiceId, on: Date) -> Decision {
        if self.deposit == Some(invoice_id) || self.released_deposits.contains(&invoice_id) {
            return Ok(vec![]);
        }
        match self.phase {
            Phase::Accepted { .. } => {}
            Phase::Invoiced { .. } => return Err(EstimateError::AlreadyInvoiced),
            Phase::Draft
            | Phase::Discarded
            | Phase::Offered
            | Phase::Declined { .. }
            | Phase::Withdrawn => {
                return Err(EstimateError::NotAccepted);
            }
        }
        if self.deposit.is_some() {
            return Err(EstimateError::DepositBilled);
        }
        let deposit = self.asked_deposit().ok_or(EstimateError::NoDeposit)?;
        Ok(vec![EstimateEvent::DepositBilled {
            revision: self.revision(),
            invoice_id,
            amount: deposit.total,
            on,
        }])
    }

    /// Whatever else became of the estimate: an invoice that is no deposit here, or none any more, changes nothing.
    fn release_deposit(&self, invoice_id: InvoiceId, on: Date) -> Decision {
        Ok(if self.deposit == Some(invoice_id) {
            vec![EstimateEvent::DepositReleased { invoice_id, on }]
        } else {
            vec![]
        })
    }

    fn comment(&self, command: &CommentOnEstimate) -> Decision {
        let text = required_text("text", &command.text, 5_000)?;
        let author = required_line("author", &command.author, 200)?;
        match self.comments.get(&command.comment_id) {
            Some((side, known)) if *side == command.side && *known == text => return Ok(vec![]),
            Some(_) => return Err(EstimateError::CommentExists),
            None => {}
        }
        if self.number.is_none() {
            return Err(EstimateError::NeverOffered);
        }
        Ok(vec![EstimateEvent::Commented {
            comment_id: command.comment_id,
            revision: self.offered_revision(),
            side: command.side,
            author,
            text,
            on: command.on,
        }])
    }

    /// Every time is a fact of its own.
    fn forward(&self, recipients: &[String], message: Option<&str>, on: Date) -> Decision {
        if self.number.is_none() {
            return Err(EstimateError::NeverOffered);
        }
        Ok(vec![EstimateEvent::Forwarded {
            revision: self.offered_revision(),
            recipients: checked("recipients", recipients)?,
            message: optional_text("message", message, 5_000)?,
            on,
        }])
    }

    /// The newest revision that was offered, 0 before the first offer.
    fn offered_revision(&self) -> u32 {
        let newest = self.revisions.iter().rposition(|r| r.valid_until.is_some());
        newest.map_or(0, |index| u32::try_from(index + 1).unwrap_or(u32::MAX))
    }

    fn mark_viewed(&self, revision: u32, on: Date) -> Decision {
        let index = usize::try_from(revision)
            .ok()
            .and_then(|n| n.checked_sub(1));
        let seen = index.and_then(|index| self.revisions.get(index));
        match seen {
            Some(Revision {
                valid_until: Some(_),
                viewed: false,
                ..
            }) => Ok(vec![EstimateEvent::Viewed { revision, on }]),
            Some(Revision {
                valid_until: Some(_),
                viewed: true,
                ..
            }) => Ok(vec![]),
            Some(Revision {
                valid_until: None, ..
            })
            | None => Err(EstimateError::UnknownRevision(revision)),
        }
    }

    fn apply_event(&mut self, event: EstimateEvent) {
        match event {
            EstimateEvent::Drafted { .. } | EstimateEvent::Forwarded { .. } => {}
            EstimateEvent::DraftDiscarded { .. } => self.phase = Phase::Discarded,
            EstimateEvent::DraftRevised { document, .. } => {
                if let Some(current) = self.revisions.last_mut() {
                    current.document = document;
                }
            }
            EstimateEvent::Offered {
                number,
                valid_until,
                deposit_percent,
                ..
            }
            | EstimateEvent::Reoffered {
                number,
                valid_until,
                deposit_percent,
                ..
            } => {
                self.number = Some(number);
                self.phase = Phase::Offered;
                if let Some(current) = self.revisions.last_mut() {
                    current.valid_until = Some(valid_until);
                    current.deposit_percent = deposit_percent;
                }
            }
            EstimateEvent::Viewed { revision, .. } => {
                let index = usize::try_from(revision)
                    .ok()
                    .and_then(|n| n.checked_sub(1));
                if let Some(seen) = index.and_then(|index| self.revisions.get_mut(index)) {
                    seen.viewed = true;
                }
            }
            EstimateEvent::Accepted { name, .. } => self.phase = Phase::Accepted { by: name },
            EstimateEvent::Declined {
                reason,
                would_accept,
                ..
            } => {
                self.phase = Phase::Declined {
                    reason,
                    would_accept,
                };
            }
            EstimateEvent::Reworked { document, .. } => {
                self.revisions.push(Revision::draft(document));
                self.phase = Phase::Draft;
            }
            EstimateEvent::Withdrawn { .. } => self.phase = Phase::Withdrawn,
            EstimateEvent::AcceptanceUndone { reason, .. } => {
                self.phase = Phase::Offered;
                if let Some(current) = self.revisions.last_mut() {
                    current.undone = Some(reason);
                }
            }
            EstimateEvent::Invoiced { invoice_id, .. } => {
                self.phase = Phase::Invoiced { invoice_id };
            }
            EstimateEvent::DepositBilled { invoice_id, .. } => self.deposit = Some(invoice_id),
            EstimateEvent::DepositReleased { invoice_id, .. } => {
                self.deposit = None;
                self.released_deposits.push(invoice_id);
            }
            EstimateEvent::Commented {
                comment_id,
                side,
                text,
                ..
            } => {
                self.comments.insert(comment_id, (side, text));
            }
        }
    }
}

fn check_validity(command: &OfferEstimate) -> Result<(), Invalid> {
    dates::agreed("validUntil", command.valid_until, command.on)?;
    Ok(())
}
