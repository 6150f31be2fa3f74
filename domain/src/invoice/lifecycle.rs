//! Whatever is asked of an invoice, in whatever order: it does what a small model of it says, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::document::DocumentDraft;
use crate::organisation::Fee;
use crate::testing::{day, draft, eur, id, party, play};

/// What an invoice is, in cents.
#[derive(Debug, Default)]
struct Model {
    /// None until drafted.
    total: Option<i64>,
    number: Option<String>,
    discarded: bool,
    standing: Option<Standing>,
    applied: BTreeMap<Settler, i64>,
    reserved: BTreeMap<PaymentId, i64>,
    over: BTreeSet<Settler>,
    /// How many allocations of each are applied or refused.
    decided: BTreeMap<Settler, u32>,
    refused: BTreeSet<(Settler, u32)>,
    reminded: BTreeSet<u16>,
    viewed: bool,
    /// Of each dispute whether it is open.
    disputes: BTreeMap<DisputeId, bool>,
    charged: BTreeSet<u16>,
    waived: bool,
    /// Of each correction its version, cents, and whether it is concluded.
    corrections: BTreeMap<CreditNoteId, (u64, i64, bool)>,
    /// Disputes after which a correction was concluded.
    corrected: BTreeSet<DisputeId>,
    resting: bool,
}

impl Model {
    fn is_open(&self) -> bool {
        self.standing == Some(Standing::Open)
    }

    fn is_disputed(&self) -> bool {
        self.disputes.values().any(|open| *open)
    }

    fn disputed(&mut self, dispute_id: DisputeId) -> bool {
        let new = self.standing != Some(Standing::Voided)
            && !self.is_disputed()
            && !self.disputes.contains_key(&dispute_id);
        if new {
            self.disputes.insert(dispute_id, true);
        }
        new
    }

    /// What the corrections credit, but for one.
    fn credited(&self, but: Option<CreditNoteId>) -> i64 {
        let others = self.corrections.iter().filter(|(id, _)| Some(**id) != but);
        others.map(|(_, (_, cents, _))| cents).sum()
    }

    fn reserves(&mut self, note: CreditNoteId, version: u64, cents: i64) -> bool {
        let known = self.corrections.get(&note).copied();
        if !self.is_open() || known.is_some_and(|(old, _, done)| done || old >= version) {
            return false;
        }
        if cents > self.total.unwrap_or(0) - self.credited(Some(note)) {
            return self.corrections.remove(&note).is_some();
        }
        self.corrections.insert(note, (version, cents, false));
        true
    }

    fn concludes(&mut self, note: CreditNoteId) -> bool {
        let known = self.corrections.get_mut(&note);
        let new = known.is_some_and(|(_, _, done)| !std::mem::replace(done, true));
        if new {
            self.resting = false;
            self.corrected.extend(self.disputes.keys());
        }
        new
    }

    fn settles(&mut self, dispute: DisputeId, outcome: DisputeOutcome) -> bool {
        let open = self.disputes.get_mut(&dispute);
        let new = open.is_some_and(|open| std::mem::replace(open, false));
        let to_come = outcome == DisputeOutcome::Upheld && !self.corrected.contains(&dispute);
        self.resting |= new && to_come;
        new
    }

    fn settled(&self) -> i64 {
        self.applied.values().sum()
    }

    fn due(&self) -> i64 {
        if self.is_open() {
            self.total.unwrap_or(0) - self.settled()
        } else {
            0
        }
    }

    fn reserved_by_others(&self, settler: Settler) -> i64 {
        let others = self.reserved.iter();
        let others = others.filter(|(id, _)| Settler::Payment(**id) != settler);
        others.map(|(_, cents)| cents).sum()
    }

    fn fits(&self, settler: Settler, amount: Money) -> bool {
        let most = self.due() - self.reserved_by_others(settler);
        (1..=most).contains(&amount.minor())
    }

    fn unreserves(&mut self, settler: Settler) -> bool {
        match settler {
            Settler::Payment(payment_id) => self.reserved.remove(&payment_id).is_some(),
            Settler::CreditNote(_) => false,
        }
    }

    fn is_decided(&self, settler: Settler, round: u32) -> bool {
        self.decided.get(&settler).copied().unwrap_or(0) >= round
    }

    fn applies(&mut self, settler: Settler, round: u32, amount: Money) -> bool {
        let new = !self.is_decided(settler, round) && self.fits(settler, amount);
        if new {
            self.unreserves(settler);
            self.over.remove(&settler);
            *self.applied.entry(settler).or_default() += amount.minor();
            let decided = self.decided.entry(settler).or_default();
            *decided = round.max(*decided + 1);
        }
        new
    }

    fn refuses(&mut self, settler: Settler, round: u32) -> bool {
        let new = self.standing.is_some()
            && !self.is_decided(settler, round)
            && self.refused.insert((settler, round));
        if new {
            self.decided.insert(settler, round);
        }
        if new && self.unreserves(settler) {
            self.over.insert(settler);
        }
        new
    }

    fn unapplies(&mut self, settler: Settler) -> bool {
        let new = self.is_open() && self.applied.remove(&settler).is_some();
        new && self.over.insert(settler)
    }

    fn stands(&mut self, new: bool, standing: Standing) -> bool {
        if new {
            self.standing = Some(standing);
        }
        new
    }

    /// The same for a draft.
    fn moves_draft(&mut self, command: &InvoiceCommand) -> bool {
        let is_draft = self.total.is_some() && self.standing.is_none() && !self.discarded;
        if let InvoiceCommand::Draft(DraftInvoice { draft, .. }) = command {
            let new = self.total.is_none();
            self.total.get_or_insert(cents(draft));
            return new;
        }
        if !is_draft {
            return false;
        }
        if let InvoiceCommand::ReviseDraft { draft, .. } = command {
            return self.total.replace(cents(draft)) != Some(cents(draft));
        }
        if let InvoiceCommand::Issue(issue) = command {
            let new = issue.due_date >= issue.on;
            if new {
                self.number = Some(issue.number.clone());
            }
            return self.stands(new, Standing::Open);
        }
        self.discarded = true;
        true
    }

    fn voids(&mut self) -> bool {
        let untouched =
            self.applied.is_empty() && self.reserved.is_empty() && self.credited(None) == 0;
        let new = self.stands(self.is_open() && untouched, Standing::Voided);
        if new {
            self.disputes.values_mut().for_each(|open| *open = false);
        }
        new
    }

    fn writes_off(&mut self) -> bool {
        let mut corrections = self.corrections.values();
        let pending = corrections.any(|(_, cents, done)| *cents > 0 && !done);
        let new = self.due() > 0 && self.reserved.is_empty() && !pending;
        self.stands(new, Standing::WrittenOff)
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &InvoiceCommand) -> bool {
        let issued = self.standing.is_some();
        match command {
            InvoiceCommand::Draft(_)
            | InvoiceCommand::ReviseDraft { .. }
            | InvoiceCommand::DiscardDraft { .. }
            | InvoiceCommand::Issue(_) => self.moves_draft(command),
            InvoiceCommand::MarkViewed { .. } => {
                issued && !std::mem::replace(&mut self.viewed, true)
            }
            InvoiceCommand::Forward { .. } => issued,
            InvoiceCommand::Remind { stage, .. } => {
                let rests = self.is_disputed() || self.resting;
                self.due() > 0 && !rests && self.reminded.insert(*stage)
            }
            InvoiceCommand::Void { .. } => self.voids(),
            InvoiceCommand::Dispute(dispute) => issued && self.disputed(dispute.dispute_id),
            InvoiceCommand::SettleDispute {
                dispute_id,
                outcome,
                ..
            } => self.settles(*dispute_id, *outcome),
            InvoiceCommand::ReserveCorrection {
                credit_note_id,
                version,
                document,
                ..
            } => self.reserves(*credit_note_id, *version, document.total().minor()),
            InvoiceCommand::ReleaseCorrection { credit_note_id, .. } => {
                self.corrections.remove(credit_note_id).is_some()
            }
            InvoiceCommand::ConcludeCorrection { credit_note_id, .. } => {
                self.concludes(*credit_note_id)
            }
            InvoiceCommand::AdoptCorrection { .. } => false, // Of old logs only.
            InvoiceCommand::ResumeReminders { .. } => std::mem::replace(&mut self.resting, false),
            InvoiceCommand::ChargeLateFee { stage, .. } => {
                let owed = self.due() - self.reserved.values().sum::<i64>();
                let rests = self.is_disputed() || self.resting;
                owed > 0 && !rests && !self.waived && self.charged.insert(*stage)
            }
            InvoiceCommand::WaiveLateFees { .. } => {
                issued && !std::mem::replace(&mut self.waived, true)
            }
            InvoiceCommand::CloseDeposit { .. } => false, // None of these is a deposit.
            InvoiceCommand::WriteOff { .. } => self.writes_off(),
            InvoiceCommand::ReverseWriteOff { .. } => {
                self.stands(self.standing == Some(Standing::WrittenOff), Standing::Open)
            }
            InvoiceCommand::ReservePayment {
                payment_id, amount, ..
            } => {
                let settler = Settler::Payment(*payment_id);
                let known = self.over.contains(&settler) || self.reserved.contains_key(payment_id);
                let known = known || self.applied.contains_key(&settler);
                let new = !known && self.fits(settler, *amount);
                if new {
                    self.reserved.insert(*payment_id, amount.minor());
                }
                new
            }
            InvoiceCommand::ReleasePayment { payment_id, .. } => {
                let settler = Settler::Payment(*payment_id);
                self.unreserves(settler) && self.over.insert(settler)
            }
            InvoiceCommand::ApplyPayment {
                payment_id,
                round,
                amount,
                ..
            } => self.applies(Settler::Payment(*payment_id), *round, *amount),
            InvoiceCommand::RefusePayment {
                payment_id, round, ..
            } => self.refuses(Settler::Payment(*payment_id), *round),
            InvoiceCommand::UnapplyPayment { payment_id, .. } => {
                self.unapplies(Settler::Payment(*payment_id))
            }
            InvoiceCommand::ApplyCredit {
                credit_note_id,
                round,
                amount,
                ..
            } => self.applies(Settler::CreditNote(*credit_note_id), *round, *amount),
            InvoiceCommand::RefuseCredit {
                credit_note_id,
                round,
                ..
            } => self.refuses(Settler::CreditNote(*credit_note_id), *round),
            InvoiceCommand::UnapplyCredit { credit_note_id, .. } => {
                self.unapplies(Settler::CreditNote(*credit_note_id))
            }
        }
    }

    fn agrees(&self, invoice: &Invoice) {
        let Some(drafted) = &invoice.drafted else {
            assert_eq!(self.total, None);
            return;
        };
        assert_eq!(Some(drafted.document.total().minor()), self.total);
        assert_eq!(drafted.settled().minor(), self.settled());
        assert_eq!(
            drafted.reserved().minor(),
            self.reserved.values().sum::<i64>()
        );
        let Some(issued) = &drafted.issued else {
            assert_eq!(self.standing, None);
            return;
        };
        assert_eq!(Some(issued.standing), self.standing);
        assert_eq!(drafted.is_disputed(), self.is_disputed());
        assert_eq!(drafted.credited().minor(), self.credited(None));
        assert!(drafted.credited().amount <= drafted.document.total().amount);
        assert_eq!(drafted.is_resting(), self.resting);
        assert!(issued.late_fees.keys().eq(&self.charged));
        assert_eq!(Some(&issued.number), self.number.as_ref());
        assert_eq!(drafted.amount_due().minor(), self.due());
        let spoken_for = drafted.settled().minor() + drafted.reserved().minor();
        match issued.standing {
            Standing::Open => assert!(spoken_for <= drafted.document.total().minor()),
            Standing::Voided => assert_eq!(spoken_for, 0),
            Standing::WrittenOff => assert!(drafted.reserved().is_zero()),
        }
    }
}

fn cents(draft: &DocumentDraft) -> i64 {
    i64::try_from(draft.lines[0].unit_price.mantissa() * 100).unwrap()
}

fn commands() -> impl Strategy<Value = InvoiceCommand> {
    let drafts = || (0_i64..3).prop_map(draft);
    let payments = || (1_u128..4).prop_map(|n| PaymentId(id(n)));
    // The ids are those of payments too: that they are credit notes has to tell them apart.
    let credit_notes = || (1_u128..3).prop_map(|n| CreditNoteId(id(n)));
    let amounts = || prop_oneof![-1_i64..3, 50_i64..101].prop_map(eur);
    let reasons = || prop_oneof!["dear", "late"];
    let on = day(3);
    prop_oneof![
        1 => (1_u128..3, drafts()).prop_map(move |(customer, draft)| {
            let customer_id = CustomerId(id(customer));
            InvoiceCommand::Draft(DraftInvoice { customer_id, draft, source: None, on })
        }),
        1 => drafts().prop_map(move |draft| InvoiceCommand::ReviseDraft { draft, on }),
        4 => ("INV-[0-9]", 2_i64..6).prop_map(move |(number, due)| {
            let (seller, buyer) = (party("Seller"), party("Buyer"));
            InvoiceCommand::Issue(IssueInvoice { number, due_date: day(due), seller, buyer, on })
        }),
        1 => Just(InvoiceCommand::MarkViewed { on }),
        1 => Just(InvoiceCommand::DiscardDraft { on }),
        1 => Just(InvoiceCommand::Forward {
            recipients: vec!["ann@example.com".to_owned()],
            message: None,
            on,
        }),
        1 => (1_u16..3).prop_map(move |stage| InvoiceCommand::Remind { stage, on }),
        1 => reasons().prop_map(move |reason| InvoiceCommand::Void { reason, on }),
        1 => reasons().prop_map(move |reason| InvoiceCommand::WriteOff { reason, on }),
        3 => reasons().prop_map(move |reason| InvoiceCommand::ReverseWriteOff { reason, on }),
        6 => (payments(), amounts()).prop_map(move |(payment_id, amount)| {
            InvoiceCommand::ReservePayment { payment_id, amount, on }
        }),
        2 => payments().prop_map(move |payment_id| InvoiceCommand::ReleasePayment { payment_id, on }),
        6 => (payments(), 1..5_u32, amounts()).prop_map(move |(payment_id, round, amount)| {
            InvoiceCommand::ApplyPayment { payment_id, round, amount, on }
        }),
        1 => (payments(), 1..5_u32, reasons()).prop_map(move |(payment_id, round, reason)| {
            InvoiceCommand::RefusePayment { payment_id, round, reason, on }
        }),
        2 => (payments(), reasons()).prop_map(move |(payment_id, reason)| {
            InvoiceCommand::UnapplyPayment { payment_id, reason, on }
        }),
        4 => (credit_notes(), 1..5_u32, amounts()).prop_map(move |(credit_note_id, round, amount)| {
            InvoiceCommand::ApplyCredit { credit_note_id, round, amount, on }
        }),
        1 => (credit_notes(), 1..5_u32, reasons()).prop_map(move |(credit_note_id, round, reason)| {
            InvoiceCommand::RefuseCredit { credit_note_id, round, reason, on }
        }),
        2 => (credit_notes(), reasons()).prop_map(move |(credit_note_id, reason)| {
            InvoiceCommand::UnapplyCredit { credit_note_id, reason, on }
        }),
        2 => (1_u128..5).prop_map(move |n| {
            let (dispute_id, reason) = (DisputeId(id(n)), "dear".to_owned());
            InvoiceCommand::Dispute(DisputeInvoice { dispute_id, line_id: None, reason, amount: None, on })
        }),
        3 => (1_u128..5, any::<bool>()).prop_map(move |(n, upheld)| {
            let outcome = if upheld { DisputeOutcome::Upheld } else { DisputeOutcome::Rejected };
            let (dispute_id, words) = (DisputeId(id(n)), "No.".to_owned());
            InvoiceCommand::SettleDispute { dispute_id, outcome, words, on }
        }),
        2 => (1_u16..4).prop_map(move |stage| {
            let (fee, fee_invoice_id) = (Fee::Fixed(eur(1)), InvoiceId(id(stage.into())));
            InvoiceCommand::ChargeLateFee { stage, fee, fee_invoice_id, on: day(9) }
        }),
        1 => reasons().prop_map(move |reason| InvoiceCommand::WaiveLateFees { reason, on }),
        3 => (credit_notes(), 1_u64..4, drafts()).prop_map(move |(credit_note_id, version, draft)| {
            let document = crate::testing::priced(&draft);
            InvoiceCommand::ReserveCorrection { credit_note_id, version, document, on }
        }),
        1 => credit_notes().prop_map(move |credit_note_id| {
            InvoiceCommand::ReleaseCorrection { credit_note_id, on }
        }),
        2 => credit_notes().prop_map(move |credit_note_id| {
            InvoiceCommand::ConcludeCorrection { credit_note_id, on }
        }),
        1 => reasons().prop_map(move |reason| InvoiceCommand::ResumeReminders { reason, on }),
        1 => Just(InvoiceCommand::CloseDeposit { final_invoice_id: InvoiceId(id(1)), on }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_its_model_says_in_any_order(
        commands in proptest::collection::vec(commands(), 1..60),
    ) {
        let mut model = Model::default();
        let mut issued: Option<Document> = None;
        let mut given_up = 0;
        // What a revised draft does not fit any more is released by its reservation, which is refused the next time.
        let forwards = |command: &InvoiceCommand| {
            matches!(command, InvoiceCommand::Forward { .. } | InvoiceCommand::ReserveCorrection { .. })
        };
        play(Invoice::decide, commands, forwards, |command, events, invoice| {
            let was_due = model.due();
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(invoice);
            // The invoice says it is paid just when the last cent is settled, or there was none.
            let settles = matches!(command, InvoiceCommand::Issue(_))
                || matches!(command, InvoiceCommand::ApplyPayment { .. })
                || matches!(command, InvoiceCommand::ApplyCredit { .. });
            let paid = settles && !events.is_empty() && model.due() == 0;
            assert_eq!(matches!(events.last(), Some(InvoiceEvent::Paid { .. })), paid);
            // What a reversal makes due again is what the write-off gave up.
            if let [InvoiceEvent::WrittenOff { amount, .. }] = events {
                given_up = amount.minor();
                assert_eq!(given_up, was_due);
            }
            if let [InvoiceEvent::WriteOffReversed { amount, .. }] = events {
                assert_eq!(amount.minor(), given_up);
            }
            // Nothing issued is ever edited.
            let document = invoice.drafted.as_ref().map(|drafted| drafted.document.clone());
            if issued.is_some() {
                assert_eq!(document, issued);
            }
            issued = document.filter(|_| model.standing.is_some());
        });
    }
}
