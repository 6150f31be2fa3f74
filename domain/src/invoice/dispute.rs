//! Disputes of an invoice, and deposits that a final invoice closes.

use time::Date;

use super::command::DisputeInvoice;
use super::{
    ClosedDeposit, Dispute, DisputeOutcome, DraftedInvoice, InvoiceError, InvoiceEvent,
    InvoiceSource, Issued, Standing,
};
use crate::ids::{DisputeId, InvoiceId};
use crate::invalid::{Invalid, Rule, required_text};
use crate::money::Money;

type Decision = Result<Vec<InvoiceEvent>, InvoiceError>;

impl DraftedInvoice {
    /// Whether a dispute is open. While one is, the invoice is neither reminded of nor charged late fees on: the
    /// customer has said why it does not pay.
    pub fn is_disputed(&self) -> bool {
        let issued = self.issued.as_ref();
        issued.is_some_and(|issued| issued.disputes.values().any(Dispute::is_open))
    }

    /// One line, or the whole, is disputed once at a time; a paid invoice and one that is given up may be, too.
    pub(super) fn dispute(&self, command: &DisputeInvoice) -> Decision {
        let issued = self.issued()?;
        let reason = required_text("reason", &command.reason, 2_000)?;
        let amount = command.amount.map(|amount| self.disputable(amount));
        let amount = amount.transpose()?;
        if let Some(known) = issued.disputes.get(&command.dispute_id) {
            let same =
                (known.line_id, &known.reason, known.amount) == (command.line_id, &reason, amount);
            return if same {
                Ok(vec![])
            } else {
                Err(InvoiceError::DisputeExists)
            };
        }
        if issued.standing == Standing::Voided {
            return Err(InvoiceError::Voided);
        }
        if command.on < issued.issue_date {
            return Err(Invalid::new("on", Rule::TooEarly(issued.issue_date)).into());
        }
        let mut lines = self.document.lines.iter();
        match command.line_id {
            Some(id) if !lines.any(|line| line.line_id == id) => {
                return Err(InvoiceError::NoSuchLine(id));
            }
            Some(_) | None => {}
        }
        let mut open = issued.disputes.values().filter(|dispute| dispute.is_open());
        if open.any(|dispute| dispute.line_id == command.line_id) {
            return Err(InvoiceError::DisputeOpen);
        }
        Ok(vec![InvoiceEvent::Disputed {
            dispute_id: command.dispute_id,
            line_id: command.line_id,
            reason,
            amount,
            on: command.on,
        }])
    }

    /// More than nothing, at most the total.
    fn disputable(&self, amount: Money) -> Result<Money, Invalid> {
        let total = self.document.total();
        if amount.currency != total.currency {
            let rule = Rule::WrongCurrency(total.currency.code());
            return Err(Invalid::new("amount", rule));
        }
        let amount = Money::exact("amount", amount.amount, amount.currency)?;
        if !amount.is_positive() {
            return Err(Invalid::new("amount", Rule::NotPositive));
        }
        if amount.amount > total.amount {
            let rule = Rule::OutOfRange(Money::zero(total.currency).amount, total.amount);
            return Err(Invalid::new("amount", rule));
        }
        Ok(amount)
    }

    pub(super) fn settle_dispute(
        &self,
        dispute_id: DisputeId,
        outcome: DisputeOutcome,
        words: &str,
        on: Date,
    ) -> Decision {
        let words = required_text("words", words, 2_000)?;
        let dispute = self.issued()?.disputes.get(&dispute_id);
        match &dispute.ok_or(InvoiceError::NoSuchDispute)?.settled {
            None => Ok(vec![InvoiceEvent::DisputeSettled {
                dispute_id,
                outcome,
                words,
                on,
            }]),
            Some(known) if *known == (outcome, words) => Ok(vec![]),
            Some(_) => Err(InvoiceError::DisputeSettled),
        }
    }

    /// What is voided is disputed no more: whoever disputed it was right, in the words of the voiding.
    pub(super) fn uphold_disputes(&self, words: &str, on: Date) -> Vec<InvoiceEvent> {
        let issued = self.issued.iter();
        issued
            .flat_map(|issued| &issued.disputes)
            .filter(|(_, dispute)| dispute.is_open())
            .map(|(dispute_id, _)| InvoiceEvent::DisputeSettled {
                dispute_id: *dispute_id,
                outcome: DisputeOutcome::Upheld,
                words: words.to_owned(),
                on,
            })
            .collect()
    }

    /// A deposit that is billed and stands is taken off by the final invoice, and cannot be voided any more. One that
    /// is a draft or given up is not, and cannot be issued or due any more. Of one that is voided nothing is left to say.
    pub(super) fn close_deposit(&self, final_invoice_id: InvoiceId, on: Date) -> Decision {
        match self.source {
            Some(InvoiceSource::Deposit { .. }) => {}
            Some(
                InvoiceSource::Estimate { .. }
                | InvoiceSource::LateFee { .. }
                | InvoiceSource::Subscription { .. },
            )
            | None => {
                return Err(InvoiceError::NotADeposit);
            }
        }
        match self.closed_deposit {
            Some(closed) if closed.final_invoice_id == final_invoice_id => return Ok(vec![]),
            Some(ClosedDeposit { .. }) => return Err(InvoiceError::DepositClosed),
            None => {}
        }
        let deducted = InvoiceEvent::DepositDeducted {
            final_invoice_id,
            on,
        };
        let forgone = InvoiceEvent::DepositForgone {
            final_invoice_id,
            on,
        };
        Ok(match self.issued.as_ref().map(|issued| issued.standing) {
            Some(Standing::Open) => vec![deducted],
            Some(Standing::WrittenOff) | None => vec![forgone],
            Some(Standing::Voided) => vec![],
        })
    }
}

impl Dispute {
    /// Whether it waits for staff.
    pub fn is_open(&self) -> bool {
        self.settled.is_none()
    }
}

impl Issued {
    pub(super) fn apply_dispute(&mut self, event: InvoiceEvent) {
        if let InvoiceEvent::Disputed {
            dispute_id,
            line_id,
            reason,
            amount,
            on: _,
        } = event
        {
            let dispute = Dispute {
                line_id,
                reason,
                amount,
                corrected: false,
                settled: None,
            };
            self.disputes.insert(dispute_id, dispute);
        } else if let InvoiceEvent::DisputeSettled {
            dispute_id,
            outcome,
            words,
            on: _,
        } = event
            && let Some(dispute) = self.disputes.get_mut(&dispute_id)
        {
            let to_come = outcome == DisputeOutcome::Upheld && !dispute.corrected;
            self.resting |= to_come && self.standing != Standing::Voided;
            dispute.settled = Some((outcome, words));
        }
    }

    /// A credit note has corrected it: what disputes ask for has been done.
    pub(super) fn on_corrected(&mut self) {
        self.resting = false;
        for dispute in self.disputes.values_mut() {
            dispute.corrected = true;
        }
    }
}
