//! The invoice's decisions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use time::Date;

use super::command::{DraftInvoice, InvoiceCommand, IssueInvoice};
use super::{
    ClosedDeposit, Decided, DraftedInvoice, Invoice, InvoiceError, InvoiceEvent, InvoiceSource,
    Issued, Settler, Standing,
};
use crate::dates;
use crate::document::DocumentDraft;
use crate::ids::PaymentId;
use crate::invalid::{Invalid, Rule, recipients as checked};
use crate::money::Money;
use crate::text::{optional_text, required_line, required_text};

type Decision = Result<Vec<InvoiceEvent>, InvoiceError>;

impl Invoice {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: InvoiceCommand) -> Decision {
        let drafted = || self.drafted.as_ref().ok_or(InvoiceError::NotDrafted);
        match command {
            InvoiceCommand::Draft(command) => draft(self.drafted.as_ref(), &command),
            InvoiceCommand::ReviseDraft { draft, on } => drafted()?.revise_draft(&draft, on),
            InvoiceCommand::DiscardDraft { on } => drafted()?.discard(on),
            InvoiceCommand::Issue(command) => drafted()?.issue(&command),
            InvoiceCommand::MarkViewed { on } => drafted()?.mark_viewed(on),
            InvoiceCommand::Forward {
                recipients,
                message,
                on,
            } => drafted()?.forward(&recipients, message.as_deref(), on),
            InvoiceCommand::Remind { stage, on } => drafted()?.remind(stage, on),
            InvoiceCommand::Void { reason, on } => drafted()?.void(&reason, on),
            InvoiceCommand::WriteOff { reason, on } => drafted()?.write_off(&reason, on),
            InvoiceCommand::ReverseWriteOff { reason, on } => {
                drafted()?.reverse_write_off(&reason, on)
            }
            InvoiceCommand::ReservePayment {
                payment_id,
                amount,
                on,
            } => drafted()?.reserve(payment_id, amount, on),
            InvoiceCommand::ReleasePayment { payment_id, on } => drafted()?.release(payment_id, on),
            InvoiceCommand::ApplyPayment {
                payment_id,
                round,
                amount,
                on,
            } => drafted()?.apply(Settler::Payment(payment_id), round, amount, on),
            InvoiceCommand::RefusePayment {
                payment_id,
                round,
                reason,
                on,
            } => drafted()?.refuse(Settler::Payment(payment_id), round, &reason, on),
            InvoiceCommand::UnapplyPayment {
                payment_id,
                reason,
                on,
            } => drafted()?.unapply(Settler::Payment(payment_id), &reason, on),
            InvoiceCommand::ApplyCredit {
                credit_note_id,
                round,
                amount,
                on,
            } => drafted()?.apply(Settler::CreditNote(credit_note_id), round, amount, on),
            InvoiceCommand::RefuseCredit {
                credit_note_id,
                round,
                reason,
                on,
            } => drafted()?.refuse(Settler::CreditNote(credit_note_id), round, &reason, on),
            InvoiceCommand::UnapplyCredit {
                credit_note_id,
                reason,
                on,
            } => drafted()?.unapply(Settler::CreditNote(credit_note_id), &reason, on),
            command @ (InvoiceCommand::ReserveCorrection { .. }
            | InvoiceCommand::ReleaseCorrection { .. }
            | InvoiceCommand::ConcludeCorrection { .. }
            | InvoiceCommand::AdoptCorrection { .. }) => drafted()?.correct(command),
            InvoiceCommand::ResumeReminders { reason, on } => {
                drafted()?.resume_reminders(&reason, on)
            }
            InvoiceCommand::Dispute(command) => drafted()?.dispute(&command),
            InvoiceCommand::SettleDispute {
                dispute_id,
                outcome,
                words,
                on,
            } => drafted()?.settle_dispute(dispute_id, outcome, &words, on),
            InvoiceCommand::ChargeLateFee {
                stage,
                fee,
                fee_invoice_id,
                on,
            } => drafted()?.charge_late_fee(stage, fee, fee_invoice_id, on),
            InvoiceCommand::WaiveLateFees { reason, on } => drafted()?.waive_late_fees(&reason, on),
            InvoiceCommand::CloseDeposit {
                final_invoice_id,
                on,
            } => drafted()?.close_deposit(final_invoice_id, on),
        }
    }

    /// Whether a payment of `amount` may be started, or credit of it applied: what `ReservePayment` or `ApplyCredit`
    /// would say, asked beforehand.
    ///
    /// # Errors
    /// The rule that would refuse it.
    pub fn check_payable(&self, amount: Money) -> Result<(), InvoiceError> {
        let invoice = self.drafted.as_ref().ok_or(InvoiceError::NotDrafted)?;
        invoice.open()?;
        invoice.check_unreserved(invoice.check_amount(amount)?)
    }

    pub(crate) fn apply_event(&mut self, event: InvoiceEvent) {
        if let InvoiceEvent::Drafted {
            customer_id,
            document,
            source,
            on: _,
        } = event
        {
            self.drafted = Some(DraftedInvoice {
                customer_id,
                document,
                source,
                discarded: false,
                issued: None,
                closed_deposit: None,
            });
        } else if let Some(invoice) = &mut self.drafted {
            invoice.apply_event(event);
        }
    }
}

/// One id and one source make one invoice: drafting it from its estimate again stays quiet, though staff may have
/// revised the draft since.
fn draft(existing: Option<&DraftedInvoice>, command: &DraftInvoice) -> Decision {
    let document = command.draft.price(&BTreeSet::new())?;
    match existing {
        None => Ok(vec![InvoiceEvent::Drafted {
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
        Some(_) => Err(InvoiceError::AlreadyDrafted),
    }
}

/// What to answer where the settler is applied already: nothing more if with that amount. None if it is not applied.
fn already_applied(issued: &Issued, settler: Settler, amount: Money) -> Option<Decision> {
    let applied = *issued.applied.get(&settler)?;
    Some(if applied == amount {
        Ok(vec![])
    } else {
        Err(settler.already_applied(applied))
    })
}

impl Settler {
    fn applied(self, round: u32, amount: Money, on: Date) -> InvoiceEvent {
        match self {
            Self::Payment(payment_id) => InvoiceEvent::PaymentApplied {
                payment_id,
                round,
                amount,
                on,
            },
            Self::CreditNote(credit_note_id) => InvoiceEvent::CreditApplied {
                credit_note_id,
                round,
                amount,
                on,
            },
        }
    }

    fn refused(self, round: u32, reason: String, on: Date) -> InvoiceEvent {
        match self {
            Self::Payment(payment_id) => InvoiceEvent::PaymentRefused {
                payment_id,
                round,
                reason,
                on,
            },
            Self::CreditNote(credit_note_id) => InvoiceEvent::CreditRefused {
                credit_note_id,
                round,
                reason,
                on,
            },
        }
    }

    fn unapplied(self, amount: Money, reason: String, on: Date) -> InvoiceEvent {
        match self {
            Self::Payment(payment_id) => InvoiceEvent::PaymentUnapplied {
                payment_id,
                amount,
                reason,
                on,
            },
            Self::CreditNote(credit_note_id) => InvoiceEvent::CreditUnapplied {
                credit_note_id,
                amount,
                reason,
                on,
            },
        }
    }

    fn already_applied(self, amount: Money) -> InvoiceError {
        match self {
            Self::Payment(_) => InvoiceError::PaymentAlreadyApplied(amount),
            Self::CreditNote(_) => InvoiceError::CreditAlreadyApplied(amount),
        }
    }

    fn not_applied(self) -> InvoiceError {
        match self {
            Self::Payment(_) => InvoiceError::PaymentNotApplied,
            Self::CreditNote(_) => InvoiceError::CreditNotApplied,
        }
    }
}

impl DraftedInvoice {
    pub(super) fn issued(&self) -> Result<&Issued, InvoiceError> {
        match &self.issued {
            Some(issued) => Ok(issued),
            None if self.discarded => Err(InvoiceError::Discarded),
            None => Err(InvoiceError::NotIssued),
        }
    }

    /// The invoice where it is issued and stands open.
    pub(super) fn open(&self) -> Result<&Issued, InvoiceError> {
        let issued = self.issued()?;
        match issued.standing {
            Standing::Open => Ok(issued),
            Standing::Voided => Err(InvoiceError::Voided),
            Standing::WrittenOff => Err(InvoiceError::WrittenOff),
        }
    }

    fn revise_draft(&self, draft: &DocumentDraft, on: Date) -> Decision {
        if self.issued.is_some() {
            return Err(InvoiceError::AlreadyIssued);
        }
        if self.discarded {
            return Err(InvoiceError::Discarded);
        }
        let known = self
            .document
            .lines
            .iter()
            .map(|line| line.line_id)
            .collect();
        let document = draft.price_anew(&self.document, &known)?;
        let same = document == self.document;
        Ok(if same {
            vec![]
        } else {
            vec![InvoiceEvent::DraftRevised { document, on }]
        })
    }

    /// The draft of a deposit may go: then the invoice over the whole bills everything. Of what else was brought about by
    /// something nothing would be billed.
    fn discard(&self, on: Date) -> Decision {
        if self.issued.is_some() {
            return Err(InvoiceError::AlreadyIssued);
        }
        if self.discarded {
            return Ok(vec![]);
        }
        match self.source {
            None | Some(InvoiceSource::Deposit { .. }) => {
                Ok(vec![InvoiceEvent::DraftDiscarded { on }])
            }
            Some(
                InvoiceSource::Estimate { .. }
                | InvoiceSource::Subscription { .. }
                | InvoiceSource::LateFee { .. },
            ) => Err(InvoiceError::DraftNeeded),
        }
    }

    /// Issuing again as it is issued stays quiet, whatever the number: who asks again asks with the next one.
    fn issue(&self, command: &IssueInvoice) -> Decision {
        if let Some(issued) = &self.issued {
            return if issued.due_date == command.due_date {
                Ok(vec![])
            } else {
                Err(InvoiceError::AlreadyIssued)
            };
        }
        if self.discarded {
            return Err(InvoiceError::Discarded);
        }
        if self.closed_deposit.is_some() {
            return Err(InvoiceError::DepositClosed);
        }
        let total = self.document.total();
        if total.amount.is_sign_negative() && !total.is_zero() {
            return Err(InvoiceError::NegativeTotal);
        }
        dates::agreed("dueDate", command.due_date, command.on)?;
        let issued = InvoiceEvent::Issued {
            number: required_line("number", &command.number, 50)?,
            issue_date: command.on,
            due_date: command.due_date,
            total,
            seller: command.seller.checked().map_err(|e| e.within("seller"))?,
            buyer: command.buyer.checked().map_err(|e| e.within("buyer"))?,
        };
        let paid = total
            .is_zero()
            .then_some(InvoiceEvent::Paid { on: command.on });
        Ok(std::iter::once(issued).chain(paid).collect())
    }

    fn mark_viewed(&self, on: Date) -> Decision {
        Ok(if self.issued()?.viewed {
            vec![]
        } else {
            vec![InvoiceEvent::Viewed { on }]
        })
    }

    fn forward(&self, recipients: &[String], message: Option<&str>, on: Date) -> Decision {
        self.issued()?;
        let recipients = checked("recipients", recipients)?;
        let message = optional_text("message", message, 5_000)?;
        Ok(vec![InvoiceEvent::Forwarded {
            recipients,
            message,
            on,
        }])
    }

    fn remind(&self, stage: u16, on: Date) -> Decision {
        if stage == 0 {
            return Err(Invalid::new("stage", Rule::NotPositive).into());
        }
        let issued = self.open()?;
        if issued.reminded.contains(&stage) {
            return Ok(vec![]);
        }
        if self.amount_due().is_zero() {
            return Err(InvoiceError::AlreadyPaid);
        }
        if self.is_disputed() {
            return Err(InvoiceError::Disputed);
        }
        if self.is_resting() {
            return Err(InvoiceError::CorrectionAwaited);
        }
        Ok(vec![InvoiceEvent::Reminded { stage, on }])
    }

    fn void(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        match self.issued()?.standing {
            Standing::Voided => return Ok(vec![]),
            Standing::WrittenOff => return Err(InvoiceError::WrittenOff),
            Standing::Open => {}
        }
        let credited = self.credited();
        if credited.is_positive() {
            return Err(InvoiceError::Credited(credited));
        }
        let settled = self.settled();
        if settled.is_positive() {
            return Err(InvoiceError::PaymentsApplied(settled));
        }
        self.check_nothing_reserved()?;
        if self.closed_deposit.is_some() {
            return Err(InvoiceError::DepositClosed);
        }
        let settled = self.uphold_disputes(&reason, on);
        let voided = InvoiceEvent::Voided { reason, on };
        Ok(std::iter::once(voided).chain(settled).collect())
    }

    fn write_off(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        match self.issued()?.standing {
            Standing::WrittenOff => return Ok(vec![]),
            Standing::Voided => return Err(InvoiceError::Voided),
            Standing::Open => {}
        }
        let amount = self.amount_due();
        if amount.is_zero() {
            return Err(InvoiceError::AlreadyPaid);
        }
        self.check_nothing_reserved()?;
        self.check_no_credit_pending()?;
        Ok(vec![InvoiceEvent::WrittenOff { amount, reason, on }])
    }

    fn reverse_write_off(&self, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        let issued = self.issued()?;
        match issued.standing {
            Standing::WrittenOff if self.closed_deposit.is_some() => {
                Err(InvoiceError::DepositClosed)
            }
            Standing::WrittenOff => Ok(vec![InvoiceEvent::WriteOffReversed {
                amount: self.unsettled(),
                reason,
                on,
            }]),
            Standing::Open if issued.write_off_reversed.as_ref() == Some(&reason) => Ok(vec![]),
            Standing::Open => Err(InvoiceError::NotWrittenOff),
            Standing::Voided => Err(InvoiceError::Voided),
        }
    }

    fn check_nothing_reserved(&self) -> Result<(), InvoiceError> {
        let reserved = self.reserved();
        if reserved.is_positive() {
            Err(InvoiceError::PaymentPending(reserved))
        } else {
            Ok(())
        }
    }

    /// The amount at the currency's scale, where it is payable at all.
    fn check_amount(&self, amount: Money) -> Result<Money, InvoiceError> {
        let currency = self.document.currency;
        if amount.currency != currency {
            return Err(Invalid::new("amount", Rule::WrongCurrency(currency.code())).into());
        }
        let due = self.amount_due();
        if due.is_zero() {
            return Err(InvoiceError::AlreadyPaid);
        }
        let amount = Money::exact("amount", amount.amount, currency)?;
        if !amount.is_positive() {
            return Err(Invalid::new("amount", Rule::NotPositive).into());
        }
        if amount.amount > due.amount {
            return Err(InvoiceError::PaymentExceedsAmountDue { due });
        }
        Ok(amount)
    }

    /// Two payments may be under way only where both fit into what is due.
    fn check_unreserved(&self, amount: Money) -> Result<(), InvoiceError> {
        let reserved = self.reserved();
        if amount.amount + reserved.amount > self.amount_due().amount {
            return Err(InvoiceError::PaymentPending(reserved));
        }
        Ok(())
    }

    fn reserve(&self, payment_id: PaymentId, amount: Money, on: Date) -> Decision {
        let issued = self.issued()?;
        let settler = Settler::Payment(payment_id);
        if let Some(quiet) = already_applied(issued, settler, amount) {
            return quiet;
        }
        match issued.reserved.get(&payment_id) {
            Some(known) if *known == amount => return Ok(vec![]),
            Some(known) => return Err(InvoiceError::PaymentPending(*known)),
            None => {}
        }
        if issued.released.contains(&settler) {
            return Err(InvoiceError::PaymentReleased);
        }
        self.open()?;
        let amount = self.check_amount(amount)?;
        self.check_unreserved(amount)?;
        Ok(vec![InvoiceEvent::PaymentReserved {
            payment_id,
            amount,
            on,
        }])
    }

    fn release(&self, payment_id: PaymentId, on: Date) -> Decision {
        match self.issued()?.reserved.get(&payment_id) {
            Some(&amount) => Ok(vec![InvoiceEvent::PaymentReleased {
                payment_id,
                amount,
                on,
            }]),
            None => Ok(vec![]),
        }
    }

    /// Each round of a settler is applied or refused once; another round adds to what is applied.
    fn apply(&self, settler: Settler, round: u32, amount: Money, on: Date) -> Decision {
        let issued = self.issued()?;
        match issued.decision(settler, round) {
            Some(Decided::Applied) => return Ok(vec![]),
            Some(Decided::Refused(_)) => return Err(settler.not_applied()),
            None => {}
        }
        self.open()?;
        let amount = self.check_amount(amount)?;
        let others = self.reserved().amount - issued.reserved_by(settler);
        let due = self.amount_due();
        if amount.amount + others > due.amount {
            return Err(InvoiceError::PaymentPending(Money::rounded(
                others,
                due.currency,
            )));
        }
        let on = on.max(issued.issue_date);
        let paid = (amount == due).then_some(InvoiceEvent::Paid { on });
        let applied = settler.applied(round, amount, on);
        Ok(std::iter::once(applied).chain(paid).collect())
    }

    fn refuse(&self, settler: Settler, round: u32, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        let issued = self.issued()?;
        match issued.decision(settler, round) {
            Some(Decided::Applied) => return Err(settler.already_applied(self.applied_by(settler))),
            Some(Decided::Refused(_)) => return Ok(vec![]),
            None => {}
        }
        let released = match settler {
            Settler::Payment(payment_id) => self.release(payment_id, on)?,
            Settler::CreditNote(_) => vec![],
        };
        let refused = settler.refused(round, reason, on);
        Ok(std::iter::once(refused).chain(released).collect())
    }

    /// What the settler settles here, or did until it was taken back.
    fn applied_by(&self, settler: Settler) -> Money {
        let issued = self.issued.as_ref();
        let amount = issued.and_then(|issued| {
            let applied = issued.applied.get(&settler);
            applied.or_else(|| issued.taken_back.get(&settler))
        });
        amount
            .copied()
            .unwrap_or(Money::zero(self.document.currency))
    }

    fn unapply(&self, settler: Settler, reason: &str, on: Date) -> Decision {
        let reason = required_text("reason", reason, 2_000)?;
        let issued = self.issued()?;
        let Some(&amount) = issued.applied.get(&settler) else {
            return if issued.released.contains(&settler) {
                Ok(vec![])
            } else {
                Err(settler.not_applied())
            };
        };
        self.open()?;
        Ok(vec![settler.unapplied(amount, reason, on)])
    }

    fn apply_event(&mut self, event: InvoiceEvent) {
        match event {
            InvoiceEvent::Drafted { .. } => {}
            InvoiceEvent::DraftRevised { document, .. } => self.document = document,
            InvoiceEvent::DraftDiscarded { .. } => self.discarded = true,
            InvoiceEvent::Issued {
                number,
                issue_date,
                due_date,
                ..
            } => {
                self.issued = Some(Issued::new(number, issue_date, due_date));
            }
            InvoiceEvent::DepositDeducted {
                final_invoice_id, ..
            } => {
                self.closed_deposit = Some(ClosedDeposit {
                    final_invoice_id,
                    deducted: true,
                });
            }
            InvoiceEvent::DepositForgone {
                final_invoice_id, ..
            } => {
                self.closed_deposit = Some(ClosedDeposit {
                    final_invoice_id,
                    deducted: false,
                });
            }
            event @ (InvoiceEvent::Viewed { .. }
            | InvoiceEvent::Forwarded { .. }
            | InvoiceEvent::Reminded { .. }
            | InvoiceEvent::Voided { .. }
            | InvoiceEvent::WrittenOff { .. }
            | InvoiceEvent::WriteOffReversed { .. }
            | InvoiceEvent::PaymentReserved { .. }
            | InvoiceEvent::PaymentReleased { .. }
            | InvoiceEvent::PaymentApplied { .. }
            | InvoiceEvent::PaymentRefused { .. }
            | InvoiceEvent::PaymentUnapplied { .. }
            | InvoiceEvent::CreditApplied { .. }
            | InvoiceEvent::CreditRefused { .. }
            | InvoiceEvent::CreditUnapplied { .. }
            | InvoiceEvent::Disputed { .. }
            | InvoiceEvent::DisputeSettled { .. }
            | InvoiceEvent::LateFeeCharged { .. }
            | InvoiceEvent::LateFeesWaived { .. }
            | InvoiceEvent::CorrectionReserved { .. }
            | InvoiceEvent::CorrectionReleased { .. }
            | InvoiceEvent::Corrected { .. }
            | InvoiceEvent::RemindersResumed { .. }
            | InvoiceEvent::Paid { .. }) => {
                if let Some(issued) = &mut self.issued {
                    issued.apply_event(event);
                }
            }
        }
    }
}

impl Issued {
    fn new(number: String, issue_date: Date, due_date: Date) -> Self {
        Self {
            number,
            issue_date,
            due_date,
            standing: Standing::Open,
            applied: BTreeMap::new(),
            reserved: BTreeMap::new(),
            released: vec![],
            decided: BTreeMap::new(),
            refused: BTreeMap::new(),
            taken_back: BTreeMap::new(),
            viewed: false,
            reminded: vec![],
            write_off_reversed: None,
            disputes: BTreeMap::new(),
            late_fees: BTreeMap::new(),
            late_fees_waived: false,
            corrections: BTreeMap::new(),
            resting: false,
        }
    }

    fn apply_event(&mut self, event: InvoiceEvent) {
        match event {
            InvoiceEvent::Drafted { .. }
            | InvoiceEvent::DraftRevised { .. }
            | InvoiceEvent::DraftDiscarded { .. }
            | InvoiceEvent::Issued { .. }
            | InvoiceEvent::Forwarded { .. }
            | InvoiceEvent::DepositDeducted { .. }
            | InvoiceEvent::DepositForgone { .. }
            | InvoiceEvent::Paid { .. } => {}
            event @ (InvoiceEvent::Disputed { .. } | InvoiceEvent::DisputeSettled { .. }) => {
                self.apply_dispute(event);
            }
            event @ (InvoiceEvent::CorrectionReserved { .. }
            | InvoiceEvent::CorrectionReleased { .. }
            | InvoiceEvent::Corrected { .. }) => self.apply_correction(event),
            InvoiceEvent::RemindersResumed { .. } => self.resting = false,
            InvoiceEvent::LateFeeCharged {
                stage,
                fee_invoice_id,
                amount,
                ..
            } => {
                self.late_fees.insert(stage, (fee_invoice_id, amount));
            }
            InvoiceEvent::LateFeesWaived { .. } => self.late_fees_waived = true,
            InvoiceEvent::Viewed { .. } => self.viewed = true,
            InvoiceEvent::Reminded { stage, .. } => self.reminded.push(stage),
            InvoiceEvent::Voided { .. } => self.standing = Standing::Voided,
            InvoiceEvent::WrittenOff { .. } => self.standing = Standing::WrittenOff,
            InvoiceEvent::WriteOffReversed { reason, .. } => {
                self.standing = Standing::Open;
                self.write_off_reversed = Some(reason);
            }
            InvoiceEvent::PaymentReserved {
                payment_id, amount, ..
            } => {
                self.reserved.insert(payment_id, amount);
            }
            InvoiceEvent::PaymentReleased { payment_id, .. } => {
                self.reserved.remove(&payment_id);
                self.released.push(Settler::Payment(payment_id));
            }
            InvoiceEvent::PaymentApplied {
                payment_id,
                round,
                amount,
                ..
            } => {
                self.reserved.remove(&payment_id);
                self.on_applied(Settler::Payment(payment_id), round, amount);
            }
            InvoiceEvent::CreditApplied {
                credit_note_id,
                round,
                amount,
                ..
            } => self.on_applied(Settler::CreditNote(credit_note_id), round, amount),
            InvoiceEvent::PaymentRefused {
                payment_id,
                round,
                reason,
                ..
            } => self.on_refused(Settler::Payment(payment_id), round, reason),
            InvoiceEvent::CreditRefused {
                credit_note_id,
                round,
                reason,
                ..
            } => self.on_refused(Settler::CreditNote(credit_note_id), round, reason),
            InvoiceEvent::PaymentUnapplied {
                payment_id, amount, ..
            } => self.on_unapplied(Settler::Payment(payment_id), amount),
            InvoiceEvent::CreditUnapplied {
                credit_note_id,
                amount,
                ..
            } => self.on_unapplied(Settler::CreditNote(credit_note_id), amount),
        }
    }

    fn on_applied(&mut self, settler: Settler, round: u32, amount: Money) {
        self.released.retain(|released| *released != settler);
        let decided = self.decided.entry(settler).or_default();
        *decided = round.max(*decided + 1);
        let applied = self.applied.entry(settler);
        let applied = applied.or_insert_with(|| Money::zero(amount.currency));
        applied.amount += amount.amount;
    }

    fn on_refused(&mut self, settler: Settler, round: u32, reason: String) {
        let decided = self.decided.entry(settler).or_default();
        *decided = round.max(*decided);
        self.refused.insert((settler, round), reason);
    }

    fn on_unapplied(&mut self, settler: Settler, amount: Money) {
        self.applied.remove(&settler);
        self.released.push(settler);
        self.taken_back.insert(settler, amount);
    }

    /// What the invoice has said to an allocation: to that round of the settler's. It stays so, also when what was
    /// applied is taken back.
    pub fn decision(&self, settler: Settler, round: u32) -> Option<Decided<'_>> {
        if let Some(reason) = self.refused.get(&(settler, round)) {
            return Some(Decided::Refused(reason));
        }
        let decided = self.decided.get(&settler).copied().unwrap_or(0);
        (round <= decided).then_some(Decided::Applied)
    }

    /// What the settler itself has reserved; credit notes reserve nothing.
    fn reserved_by(&self, settler: Settler) -> Decimal {
        match settler {
            Settler::Payment(payment_id) => self
                .reserved
                .get(&payment_id)
                .map_or(Decimal::ZERO, |own| own.amount),
            Settler::CreditNote(_) => Decimal::ZERO,
        }
    }
}
