//! The payment's decisions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use time::Date;

use super::command::{InitiatePayment, PaymentCommand, RecordPayment};
use super::{Allocation, Payment, PaymentError, PaymentEvent, Progress, Started};
use crate::allocation::Allocations;
use crate::dates;
use crate::ids::{CustomerId, InvoiceId};
use crate::invalid::{Invalid, Rule, optional_line, required_line, required_text};
use crate::money::Money;

type Decision = Result<Vec<PaymentEvent>, PaymentError>;

/// The most invoices that one payment is allocated to.
const MOST_ALLOCATIONS: usize = 500;

impl Payment {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: PaymentCommand) -> Decision {
        let started = || self.started.as_ref().ok_or(PaymentError::NotStarted);
        match command {
            PaymentCommand::Initiate(command) => initiate(self.started.as_ref(), command),
            PaymentCommand::Record(command) => record(self.started.as_ref(), command),
            PaymentCommand::Submit { on } => started()?.submit(on),
            PaymentCommand::MarkPending {
                provider_reference,
                on,
            } => started()?.mark_pending(&provider_reference, on),
            PaymentCommand::Succeed {
                number,
                provider_reference,
                on,
            } => started()?.succeed(&number, &provider_reference, on),
            PaymentCommand::Fail { code, reason, on } => started()?.fail(&code, &reason, on),
            PaymentCommand::Cancel { code, reason, on } => started()?.cancel(code, &reason, on),
            PaymentCommand::Allocate { allocation, on } => started()?.allocate(allocation, on),
            PaymentCommand::Deallocate {
                invoice_id,
                amount,
                reason,
                on,
            } => started()?.deallocate(invoice_id, amount, &reason, on),
            PaymentCommand::Refund(command) => started()?.refund(&command),
            PaymentCommand::InitiateRefund(command) => started()?.initiate_refund(&command),
            PaymentCommand::SucceedRefund {
                refund_id,
                provider_reference,
                on,
            } => started()?.succeed_refund(refund_id, &provider_reference, on),
            PaymentCommand::FailRefund {
                refund_id,
                code,
                reason,
                on,
            } => started()?.fail_refund(refund_id, &code, &reason, on),
        }
    }

    pub(crate) fn apply_event(&mut self, event: PaymentEvent) {
        match event {
            PaymentEvent::Initiated {
                customer_id,
                amount,
                allocations,
                provider,
                on,
            } => {
                let by = Some(provider);
                self.started = Some(Started::new(customer_id, amount, allocations, by, on));
            }
            PaymentEvent::Recorded {
                customer_id,
                amount,
                allocations,
                received_on,
                ..
            } => {
                let (by, on) = (None, received_on);
                self.started = Some(Started::new(customer_id, amount, allocations, by, on));
            }
            event @ (PaymentEvent::Submitted { .. }
            | PaymentEvent::Pending { .. }
            | PaymentEvent::Succeeded { .. }
            | PaymentEvent::ArrivedLate { .. }
            | PaymentEvent::Failed { .. }
            | PaymentEvent::Cancelled { .. }
            | PaymentEvent::Allocated { .. }
            | PaymentEvent::Deallocated { .. }
            | PaymentEvent::Refunded { .. }
            | PaymentEvent::RefundInitiated { .. }
            | PaymentEvent::RefundSucceeded { .. }
            | PaymentEvent::RefundFailed { .. }) => {
                if let Some(payment) = &mut self.started {
                    payment.apply_event(event);
                }
            }
        }
    }
}

fn initiate(existing: Option<&Started>, command: InitiatePayment) -> Decision {
    let amount = positive("amount", command.amount, command.amount)?;
    let (allocations, sum) = checked_allocations(&command.allocations, amount)?;
    if sum != amount.amount {
        return Err(Invalid::new("allocations", Rule::DoesNotAddUp(amount.amount)).into());
    }
    let provider = required_line("provider", &command.provider, 50)?;
    let event = PaymentEvent::Initiated {
        customer_id: command.customer_id,
        amount,
        allocations,
        provider,
        on: command.on,
    };
    start(existing, event)
}

fn record(existing: Option<&Started>, command: RecordPayment) -> Decision {
    let amount = positive("amount", command.amount, command.amount)?;
    let (allocations, sum) = checked_allocations(&command.allocations, amount)?;
    if sum > amount.amount {
        return Err(Invalid::new("allocations", Rule::DoesNotAddUp(amount.amount)).into());
    }
    dates::received("receivedOn", command.received_on, command.on)?;
    let number = required_line("number", &command.number, 50)?;
    let reference = optional_line("reference", command.reference.as_deref(), 200)?;
    let event = PaymentEvent::Recorded {
        number,
        customer_id: command.customer_id,
        amount,
        allocations,
        method: command.method,
        reference,
        received_on: command.received_on,
        on: command.on,
    };
    start(existing, event)
}

/// The first event of a payment; none where the payment started just so, whatever has become of it since.
fn start(existing: Option<&Started>, event: PaymentEvent) -> Decision {
    let Some(existing) = existing else {
        return Ok(vec![event]);
    };
    let mut again = Payment::default();
    again.apply_event(event);
    let same = again.started.is_some_and(|again| {
        again.customer_id == existing.customer_id
            && again.amount == existing.amount
            && again.provider == existing.provider
            && again.first_allocations == existing.first_allocations
    });
    if same {
        Ok(vec![])
    } else {
        Err(PaymentError::AlreadyStarted)
    }
}

/// An amount in the payment's currency, at its scale, more than nothing.
pub(super) fn positive(field: &str, amount: Money, payment: Money) -> Result<Money, Invalid> {
    Money::positive(field, amount, payment.currency)
}

/// The allocations at the currency's scale, and their sum.
fn checked_allocations(
    allocations: &[Allocation],
    payment: Money,
) -> Result<(Vec<Allocation>, Decimal), Invalid> {
    if allocations.len() > MOST_ALLOCATIONS {
        let rule = Rule::BadCount(MOST_ALLOCATIONS);
        return Err(Invalid::new("allocations", rule));
    }
    let mut seen: BTreeSet<InvoiceId> = BTreeSet::new();
    let mut checked = Vec::with_capacity(allocations.len());
    for (index, &Allocation { invoice_id, amount }) in allocations.iter().enumerate() {
        if !seen.insert(invoice_id) {
            let field = format!("allocations.{index}.invoiceId");
            return Err(Invalid::new(field, Rule::Duplicate));
        }
        let amount = positive(&format!("allocations.{index}.amount"), amount, payment)?;
        checked.push(Allocation { invoice_id, amount });
    }
    let sum = checked.iter().map(|part| part.amount.amount).sum();
    Ok((checked, sum))
}

impl Started {
    fn new(
        customer_id: CustomerId,
        amount: Money,
        allocations: Vec<Allocation>,
        provider: Option<String>,
        dated: Date,
    ) -> Self {
        let mut first = Allocations::default();
        for part in &allocations {
            first.add(part.invoice_id, part.amount, None);
        }
        Self {
            customer_id,
            amount,
            dated,
            progress: match provider {
                Some(_) => Progress::Initiated,
                None => Progress::Succeeded,
            },
            provider,
            allocations: first,
            first_allocations: allocations,
            provider_reference: None,
            refunds: BTreeMap::new(),
            cancelled_by: None,
        }
    }

    fn submit(&self, on: Date) -> Decision {
        match self.progress {
            Progress::Initiated => Ok(vec![PaymentEvent::Submitted { on }]),
            Progress::Submitted | Progress::Pending => Ok(vec![]),
            Progress::Succeeded => Err(PaymentError::AlreadySucceeded),
            Progress::Failed { .. } => Err(PaymentError::AlreadyFailed),
            Progress::Cancelled => Err(PaymentError::AlreadyCancelled),
        }
    }

    fn mark_pending(&self, provider_reference: &str, on: Date) -> Decision {
        let provider_reference = required_line("providerReference", provider_reference, 200)?;
        match self.progress {
            Progress::Initiated | Progress::Submitted => Ok(vec![PaymentEvent::Pending {
                provider_reference,
                on,
            }]),
            Progress::Pending => Ok(vec![]),
            Progress::Succeeded => Err(PaymentError::AlreadySucceeded),
            Progress::Failed { .. } => Err(PaymentError::AlreadyFailed),
            Progress::Cancelled => Err(PaymentError::AlreadyCancelled),
        }
    }

    fn succeed(&self, number: &str, provider_reference: &str, on: Date) -> Decision {
        let number = required_line("number", number, 50)?;
        let provider_reference = required_line("providerReference", provider_reference, 200)?;
        let on = on.max(self.dated);
        match self.progress {
            Progress::Initiated | Progress::Submitted | Progress::Pending => {
                Ok(vec![PaymentEvent::Succeeded {
                    number,
                    provider_reference,
                    on,
                }])
            }
            Progress::Succeeded => Ok(vec![]),
            Progress::Failed { .. } | Progress::Cancelled => Ok(vec![PaymentEvent::ArrivedLate {
                number,
                provider_reference,
                on,
            }]),
        }
    }

    fn fail(&self, code: &str, reason: &str, on: Date) -> Decision {
        let code = required_line("code", code, 100)?;
        let reason = required_text("reason", reason, 500)?;
        let on = on.max(self.dated);
        match self.progress {
            Progress::Initiated | Progress::Submitted | Progress::Pending => {
                Ok(vec![PaymentEvent::Failed { code, reason, on }])
            }
            Progress::Failed { .. } => Ok(vec![]),
            Progress::Succeeded => Err(PaymentError::AlreadySucceeded),
            Progress::Cancelled => Err(PaymentError::AlreadyCancelled),
        }
    }

    fn cancel(&self, code: Option<String>, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 500)?;
        match self.progress {
            Progress::Initiated => Ok(vec![PaymentEvent::Cancelled { code, reason, on }]),
            Progress::Cancelled => Ok(vec![]),
            Progress::Submitted | Progress::Pending => Err(PaymentError::InProvidersHand),
            Progress::Succeeded => Err(PaymentError::AlreadySucceeded),
            Progress::Failed { .. } => Err(PaymentError::AlreadyFailed),
        }
    }

    pub(super) fn check_succeeded(&self) -> Result<(), PaymentError> {
        match self.progress {
            Progress::Succeeded => Ok(()),
            Progress::Initiated
            | Progress::Submitted
            | Progress::Pending
            | Progress::Failed { .. }
            | Progress::Cancelled => Err(PaymentError::NotSucceeded),
        }
    }

    pub(super) fn check_unapplied(&self, amount: Money) -> Result<(), PaymentError> {
        let unapplied = self.unapplied();
        if amount.amount > unapplied.amount {
            return Err(PaymentError::ExceedsUnapplied { unapplied });
        }
        Ok(())
    }

    fn allocate(&self, allocation: Allocation, on: Date) -> Decision {
        let Allocation { invoice_id, amount } = allocation;
        let amount = positive("amount", amount, self.amount)?;
        self.check_succeeded()?;
        self.check_unapplied(amount)?;
        Ok(vec![PaymentEvent::Allocated {
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
        self.check_succeeded()?;
        match self.allocations.back(invoice_id, asked) {
            Some(amount) => Ok(vec![PaymentEvent::Deallocated {
                invoice_id,
                amount: positive("amount", amount, self.amount)?,
                reason,
                on,
            }]),
            None if asked.is_none() && self.allocations.rounds(invoice_id) > 0 => Ok(vec![]),
            None => Err(PaymentError::NotAllocated),
        }
    }

    fn ends(&mut self, progress: Progress, on: Date) {
        self.progress = progress;
        self.dated = on;
    }

    fn apply_event(&mut self, event: PaymentEvent) {
        match event {
            PaymentEvent::Initiated { .. } | PaymentEvent::Recorded { .. } => {}
            PaymentEvent::Submitted { .. } => self.progress = Progress::Submitted,
            PaymentEvent::Pending {
                provider_reference, ..
            } => {
                self.progress = Progress::Pending;
                self.provider_reference = Some(provider_reference);
            }
            PaymentEvent::Succeeded {
                provider_reference,
                on,
                ..
            } => {
                self.ends(Progress::Succeeded, on);
                self.provider_reference = Some(provider_reference);
            }
            PaymentEvent::ArrivedLate {
                provider_reference,
                on,
                ..
            } => {
                self.ends(Progress::Succeeded, on);
                self.provider_reference = Some(provider_reference);
                self.allocations.clear();
            }
            PaymentEvent::Failed { code, on, .. } => self.ends(Progress::Failed { code }, on),
            PaymentEvent::Cancelled { code, on, .. } => {
                self.ends(Progress::Cancelled, on);
                self.cancelled_by = code;
            }
            PaymentEvent::Allocated {
                invoice_id,
                amount,
                on,
            } => {
                self.allocations.add(invoice_id, amount, Some(on));
            }
            PaymentEvent::Deallocated {
                invoice_id, amount, ..
            } => self.allocations.take_back(invoice_id, amount),
            event @ (PaymentEvent::Refunded { .. }
            | PaymentEvent::RefundInitiated { .. }
            | PaymentEvent::RefundSucceeded { .. }
            | PaymentEvent::RefundFailed { .. }) => self.apply_refund(event),
        }
    }
}
