//! The credit note's decisions.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::command::{CreditNoteCommand, DraftCreditNote, IssueCreditNote};
use super::{
    CreditNote, CreditNoteError, CreditNoteEvent, CreditNoteSource, DraftedCreditNote, Issued,
};
use crate::allocation::Allocations;
use crate::document::{Document, DocumentDraft};
use crate::ids::{InvoiceId, RefundId};
use crate::invalid::{Invalid, Rule, required_line, required_text};
use crate::money::Money;

type Decision = Result<Vec<CreditNoteEvent>, CreditNoteError>;

impl CreditNote {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: CreditNoteCommand) -> Decision {
        let drafted = || self.drafted.as_ref().ok_or(CreditNoteError::NotDrafted);
        match command {
            CreditNoteCommand::Draft(command) => draft(self.drafted.as_ref(), &command),
            CreditNoteCommand::ReviseDraft { draft, on } => drafted()?.revise_draft(&draft, on),
            CreditNoteCommand::FitDraft { document, on } => drafted()?.fit_draft(document, on),
            CreditNoteCommand::DiscardDraft { on } => drafted()?.discard(on),
            CreditNoteCommand::Issue(command) => drafted()?.issue(&command),
            CreditNoteCommand::Allocate {
                invoice_id,
                amount,
                on,
            } => drafted()?.allocate(invoice_id, amount, on),
            CreditNoteCommand::Deallocate {
                invoice_id,
                amount,
                reason,
                on,
            } => drafted()?.deallocate(invoice_id, amount, &reason, on),
            CreditNoteCommand::Refund {
                refund_id,
                amount,
                reason,
                on,
            } => drafted()?.refund(refund_id, amount, &reason, on),
            CreditNoteCommand::Void { reason, on } => drafted()?.void(&reason, on),
        }
    }

    pub(crate) fn apply_event(&mut self, event: CreditNoteEvent) {
        if let CreditNoteEvent::Drafted {
            customer_id,
            document,
            source,
            on: _,
        } = event
        {
            self.drafted = Some(DraftedCreditNote {
                customer_id,
                document,
                source,
                discarded: false,
                issued: None,
            });
        } else if let Some(drafted) = &mut self.drafted {
            drafted.apply_event(event);
        }
    }
}

/// Whether a credit note over this can correct an invoice of which so much is not credited yet.
///
/// # Errors
/// [`Rule::WrongCurrency`] at `currency`, or [`CreditNoteError::ExceedsInvoice`].
pub fn check_creditable(total: Money, creditable: Money) -> Result<(), CreditNoteError> {
    if total.currency != creditable.currency {
        let rule = Rule::WrongCurrency(creditable.currency.code());
        return Err(Invalid::new("currency", rule).into());
    }
    if total.amount > creditable.amount {
        return Err(CreditNoteError::ExceedsInvoice { creditable });
    }
    Ok(())
}

/// One id and one source make one credit note: drafting it from its source again stays quiet, though staff may have
/// revised the draft since.
fn draft(existing: Option<&DraftedCreditNote>, command: &DraftCreditNote) -> Decision {
    let lines = command.draft.lines.iter();
    let known = match command.source.and_then(CreditNoteSource::invoice_id) {
        Some(_) => lines.filter_map(|line| line.line_id).collect(),
        None => BTreeSet::new(),
    };
    let document = command.draft.price(&known)?;
    match existing {
        None => Ok(vec![CreditNoteEvent::Drafted {
            customer_id: command.customer_id,
            document,
            source: command.source,
            on: command.on,
        }]),
        Some(known)
            if known.customer_id == command.customer_id
                && known.source == command.source
                && (known.source.is_some() || known.document == document) =>
        {
            Ok(vec![])
        }
        Some(_) => Err(CreditNoteError::AlreadyDrafted),
    }
}

impl DraftedCreditNote {
    fn issued(&self) -> Result<&Issued, CreditNoteError> {
        match &self.issued {
            Some(issued) => Ok(issued),
            None if self.discarded => Err(CreditNoteError::Discarded),
            None => Err(CreditNoteError::NotIssued),
        }
    }

    /// An amount that can be taken from what is unapplied.
    fn check_unapplied(&self, issued: &Issued, amount: Money) -> Result<(), CreditNoteError> {
        if issued.voided {
            return Err(CreditNoteError::Voided);
        }
        let unapplied = self.unapplied();
        if amount.amount > unapplied.amount {
            return Err(CreditNoteError::ExceedsUnapplied { unapplied });
        }
        Ok(())
    }

    fn revise_draft(&self, draft: &DocumentDraft, on: Date) -> Decision {
        if self.issued.is_some() {
            return Err(CreditNoteError::AlreadyIssued);
        }
        if self.discarded {
            return Err(CreditNoteError::Discarded);
        }
        let lines = self.document.lines.iter();
        let known = lines.map(|line| line.line_id).collect();
        let document = draft.price_anew(&self.document, &known)?;
        let same = document == self.document;
        Ok(if same {
            vec![]
        } else {
            vec![CreditNoteEvent::DraftRevised { document, on }]
        })
    }

    /// Other words than those of the draft are not for it any more.
    fn fit_draft(&self, document: Document, on: Date) -> Decision {
        let draft = self.issued.is_none() && !self.discarded;
        let fits = document.to_draft() == self.document.to_draft() && document != self.document;
        Ok(if draft && fits {
            vec![CreditNoteEvent::DraftRevised { document, on }]
        } else {
            vec![]
        })
    }

    fn discard(&self, on: Date) -> Decision {
        if self.issued.is_some() {
            return Err(CreditNoteError::AlreadyIssued);
        }
        Ok(if self.discarded {
            vec![]
        } else {
            vec![CreditNoteEvent::DraftDiscarded { on }]
        })
    }

    /// Issuing again stays quiet, whatever the number: who asks again asks with the next one.
    fn issue(&self, command: &IssueCreditNote) -> Decision {
        if self.issued.is_some() {
            return Ok(vec![]);
        }
        if self.discarded {
            return Err(CreditNoteError::Discarded);
        }
        let total = self.document.total();
        if !total.is_positive() {
            return Err(CreditNoteError::TotalNotPositive);
        }
        if let Some(creditable) = command.creditable {
            check_creditable(total, creditable)?;
        }
        Ok(vec![CreditNoteEvent::Issued {
            number: required_line("number", &command.number, 50)?,
            issue_date: command.on,
            total,
            seller: command.seller.checked().map_err(|e| e.within("seller"))?,
            buyer: command.buyer.checked().map_err(|e| e.within("buyer"))?,
        }])
    }

    fn allocate(&self, invoice_id: InvoiceId, amount: Money, on: Date) -> Decision {
        let amount = Money::positive("amount", amount, self.document.currency)?;
        let issued = self.issued()?;
        self.check_unapplied(issued, amount)?;
        Ok(vec![CreditNoteEvent::Allocated {
            invoice_id,
            amount,
            on,
        }])
    }

    fn deallocate(
        &self,
        invoice_id: InvoiceId,
        asked: Option<Money>,
        reason: &str,
        on: Date,
    ) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        let issued = self.issued()?;
        match issued.allocations.back(invoice_id, asked) {
            Some(amount) => Ok(vec![CreditNoteEvent::Deallocated {
                invoice_id,
                amount: Money::positive("amount", amount, self.document.currency)?,
                reason,
                on,
            }]),
            None if asked.is_none() && issued.allocations.rounds(invoice_id) > 0 => Ok(vec![]),
            None => Err(CreditNoteError::NotAllocated),
        }
    }

    fn refund(&self, refund_id: RefundId, amount: Money, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        let amount = Money::positive("amount", amount, self.document.currency)?;
        let issued = self.issued()?;
        match issued.refunds.get(&refund_id) {
            Some(known) if *known == amount => return Ok(vec![]),
            Some(_) => return Err(CreditNoteError::RefundExists),
            None => self.check_unapplied(issued, amount)?,
        }
        Ok(vec![CreditNoteEvent::Refunded {
            refund_id,
            amount,
            reason,
            on,
        }])
    }

    fn void(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        if self.issued()?.voided {
            return Ok(vec![]);
        }
        let used = self.allocated().amount + self.refunded().amount;
        let used = Money::rounded(used, self.document.currency);
        if used.is_positive() {
            return Err(CreditNoteError::Used(used));
        }
        Ok(vec![CreditNoteEvent::Voided { reason, on }])
    }

    fn apply_event(&mut self, event: CreditNoteEvent) {
        match event {
            CreditNoteEvent::Drafted { .. } => {}
            CreditNoteEvent::DraftRevised { document, .. } => self.document = document,
            CreditNoteEvent::DraftDiscarded { .. } => self.discarded = true,
            CreditNoteEvent::Issued { number, .. } => self.issued = Some(Issued::new(number)),
            event @ (CreditNoteEvent::Allocated { .. }
            | CreditNoteEvent::Deallocated { .. }
            | CreditNoteEvent::Refunded { .. }
            | CreditNoteEvent::Voided { .. }) => {
                if let Some(issued) = &mut self.issued {
                    issued.apply_event(event);
                }
            }
        }
    }
}

impl Issued {
    fn new(number: String) -> Self {
        Self {
            number,
            allocations: Allocations::default(),
            refunds: BTreeMap::new(),
            voided: false,
        }
    }

    fn apply_event(&mut self, event: CreditNoteEvent) {
        match event {
            CreditNoteEvent::Drafted { .. }
            | CreditNoteEvent::DraftRevised { .. }
            | CreditNoteEvent::DraftDiscarded { .. }
            | CreditNoteEvent::Issued { .. } => {}
            CreditNoteEvent::Allocated {
                invoice_id,
                amount,
                on,
            } => {
                self.allocations.add(invoice_id, amount, Some(on));
            }
            CreditNoteEvent::Deallocated {
                invoice_id, amount, ..
            } => self.allocations.take_back(invoice_id, amount),
            CreditNoteEvent::Refunded {
                refund_id, amount, ..
            } => {
                self.refunds.insert(refund_id, amount);
            }
            CreditNoteEvent::Voided { .. } => self.voided = true,
        }
    }
}
