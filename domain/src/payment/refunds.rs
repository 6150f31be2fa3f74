//! Money given back: by hand and recorded, or through the provider that took it.

use serde::{Deserialize, Serialize};
use time::Date;

use super::command::RefundPayment;
use super::decide::positive;
use super::{PaymentError, PaymentEvent, Started};
use crate::ids::RefundId;
use crate::money::Money;
use crate::text::{required_line, required_text};

type Decision = Result<Vec<PaymentEvent>, PaymentError>;

/// One refund of a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// How much, in the payment's currency.
    pub amount: Money,
    /// How far it has come.
    pub progress: RefundProgress,
}

/// How far a refund has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefundProgress {
    /// The provider is asked for it; whether it went back is known only when it answers.
    UnderWay,
    /// The money went back.
    Succeeded,
    /// The money did not go back, or came back: it is unapplied again.
    Failed {
        /// The provider's code for why.
        code: String,
        /// In words.
        reason: String,
    },
}

impl Refund {
    /// Whether its amount counts as gone.
    pub fn is_gone(&self) -> bool {
        match self.progress {
            RefundProgress::UnderWay | RefundProgress::Succeeded => true,
            RefundProgress::Failed { .. } => false,
        }
    }
}

impl Started {
    /// The refunds that the provider is asked for and has not decided.
    pub fn refunds_under_way(&self) -> impl Iterator<Item = (RefundId, Money)> {
        let all = self.refunds.iter();
        all.filter(|(_, refund)| refund.progress == RefundProgress::UnderWay)
            .map(|(id, refund)| (*id, refund.amount))
    }

    pub(super) fn refund(&self, command: &RefundPayment) -> Decision {
        let make = |amount, reason| PaymentEvent::Refunded {
            refund_id: command.refund_id,
            amount,
            reason,
            on: command.on,
        };
        self.new_refund(command, make)
    }

    pub(super) fn initiate_refund(&self, command: &RefundPayment) -> Decision {
        if self.provider.is_none() {
            return Err(PaymentError::NoProvider);
        }
        let make = |amount, reason| PaymentEvent::RefundInitiated {
            refund_id: command.refund_id,
            amount,
            reason,
            on: command.on,
        };
        self.new_refund(command, make)
    }

    fn new_refund(
        &self,
        command: &RefundPayment,
        make: impl FnOnce(Money, String) -> PaymentEvent,
    ) -> Decision {
        let reason = required_text("reason", &command.reason, 2_000)?;
        let amount = positive("amount", command.amount, self.amount)?;
        self.check_succeeded()?;
        match self.refunds.get(&command.refund_id) {
            Some(known) if known.amount == amount => return Ok(vec![]),
            Some(_) => return Err(PaymentError::RefundExists),
            None => self.check_unapplied(amount)?,
        }
        Ok(vec![make(amount, reason)])
    }

    fn known(&self, refund_id: RefundId) -> Result<&Refund, PaymentError> {
        let known = self.refunds.get(&refund_id);
        known.ok_or(PaymentError::UnknownRefund)
    }

    pub(super) fn succeed_refund(
        &self,
        refund_id: RefundId,
        provider_reference: &str,
        on: Date,
    ) -> Decision {
        let provider_reference = required_line("providerReference", provider_reference, 200)?;
        let refund = self.known(refund_id)?;
        match refund.progress {
            RefundProgress::UnderWay => Ok(vec![PaymentEvent::RefundSucceeded {
                refund_id,
                amount: refund.amount,
                provider_reference,
                on,
            }]),
            RefundProgress::Succeeded => Ok(vec![]),
            RefundProgress::Failed { .. } => Err(PaymentError::RefundAlreadyFailed),
        }
    }

    /// Also after it succeeded: a bank may send the money back days later.
    pub(super) fn fail_refund(
        &self,
        refund_id: RefundId,
        code: &str,
        reason: &str,
        on: Date,
    ) -> Decision {
        let code = required_line("code", code, 100)?;
        let reason = required_text("reason", reason, 500)?;
        let refund = self.known(refund_id)?;
        match refund.progress {
            RefundProgress::UnderWay | RefundProgress::Succeeded => {
                Ok(vec![PaymentEvent::RefundFailed {
                    refund_id,
                    amount: refund.amount,
                    code,
                    reason,
                    on,
                }])
            }
            RefundProgress::Failed { .. } => Ok(vec![]),
        }
    }

    /// Events that are not of refunds leave it as it is.
    pub(super) fn apply_refund(&mut self, event: PaymentEvent) {
        let (refund_id, amount, progress) = match event {
            PaymentEvent::Refunded {
                refund_id, amount, ..
            }
            | PaymentEvent::RefundSucceeded {
                refund_id, amount, ..
            } => (refund_id, amount, RefundProgress::Succeeded),
            PaymentEvent::RefundInitiated {
                refund_id, amount, ..
            } => (refund_id, amount, RefundProgress::UnderWay),
            PaymentEvent::RefundFailed {
                refund_id,
                amount,
                code,
                reason,
                ..
            } => (refund_id, amount, RefundProgress::Failed { code, reason }),
            PaymentEvent::Initiated { .. }
            | PaymentEvent::Recorded { .. }
            | PaymentEvent::Submitted { .. }
            | PaymentEvent::Pending { .. }
            | PaymentEvent::Succeeded { .. }
            | PaymentEvent::ArrivedLate { .. }
            | PaymentEvent::Failed { .. }
            | PaymentEvent::Cancelled { .. }
            | PaymentEvent::Allocated { .. }
            | PaymentEvent::Deallocated { .. } => return,
        };
        self.refunds.insert(refund_id, Refund { amount, progress });
    }
}
