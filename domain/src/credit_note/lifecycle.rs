//! Whatever is asked of a credit note, in whatever order: it does what a small model of it says, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::document::DocumentDraft;
use crate::ids::InvoiceId;
use crate::testing::{day, draft, eur, id, party, play};

/// What a credit note is, in cents.
#[derive(Debug, Default)]
struct Model {
    /// None until drafted.
    total: Option<i64>,
    number: Option<String>,
    discarded: bool,
    voided: bool,
    allocated: BTreeMap<InvoiceId, i64>,
    refunded: BTreeMap<RefundId, i64>,
}

impl Model {
    fn is_draft(&self) -> bool {
        self.total.is_some() && self.number.is_none() && !self.discarded
    }

    fn used(&self) -> i64 {
        self.allocated.values().chain(self.refunded.values()).sum()
    }

    fn unapplied(&self) -> i64 {
        if self.number.is_some() && !self.voided {
            self.total.unwrap_or(0) - self.used()
        } else {
            0
        }
    }

    fn has(&self, amount: Money) -> bool {
        (1..=self.unapplied()).contains(&amount.minor())
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &CreditNoteCommand) -> bool {
        match command {
            CreditNoteCommand::Draft(DraftCreditNote { draft, .. }) => {
                let new = self.total.is_none();
                if new {
                    self.total = Some(cents(draft));
                }
                new
            }
            CreditNoteCommand::ReviseDraft { draft, .. } => {
                let new = self.is_draft() && self.total != Some(cents(draft));
                if new {
                    self.total = Some(cents(draft));
                }
                new
            }
            CreditNoteCommand::FitDraft { .. } => false, // By its invoice only.
            CreditNoteCommand::DiscardDraft { .. } => {
                let new = self.is_draft();
                self.discarded |= new;
                new
            }
            CreditNoteCommand::Issue(issue) => {
                let new = self.is_draft() && self.total > Some(0);
                if new {
                    self.number = Some(issue.number.clone());
                }
                new
            }
            CreditNoteCommand::Allocate {
                invoice_id, amount, ..
            } => {
                let new = self.has(*amount);
                if new {
                    *self.allocated.entry(*invoice_id).or_default() += amount.minor();
                }
                new
            }
            CreditNoteCommand::Deallocate {
                invoice_id, amount, ..
            } => {
                let whole = self.allocated.get(invoice_id).copied().unwrap_or(0);
                let back = amount.map_or(whole, Money::minor);
                let new = (1..=whole).contains(&back);
                if new {
                    self.allocated.insert(*invoice_id, whole - back);
                    self.allocated.retain(|_, left| *left > 0);
                }
                new
            }
            CreditNoteCommand::Refund {
                refund_id, amount, ..
            } => {
                let new = self.has(*amount) && !self.refunded.contains_key(refund_id);
                if new {
                    self.refunded.insert(*refund_id, amount.minor());
                }
                new
            }
            CreditNoteCommand::Void { .. } => {
                let new = self.number.is_some() && !self.voided && self.used() == 0;
                self.voided |= new;
                new
            }
        }
    }

    fn standing(&self) -> Standing {
        match (&self.number, self.unapplied()) {
            (None, _) if self.discarded => Standing::Discarded,
            (None, _) => Standing::Draft,
            (Some(_), _) if self.voided => Standing::Voided,
            (Some(_), 0) => Standing::Closed,
            (Some(_), _) => Standing::Open,
        }
    }

    fn agrees(&self, note: &CreditNote) {
        let Some(drafted) = &note.drafted else {
            assert_eq!(self.total, None);
            return;
        };
        assert_eq!(Some(drafted.document.total().minor()), self.total);
        assert_eq!(drafted.standing(), self.standing());
        assert_eq!(drafted.unapplied().minor(), self.unapplied());
        assert!(self.unapplied() >= 0);
        let allocated: i64 = self.allocated.values().sum();
        assert_eq!(drafted.allocated().minor(), allocated);
        assert_eq!(drafted.refunded().minor(), self.used() - allocated);
        let number = drafted.issued.as_ref().map(|issued| &issued.number);
        assert_eq!(number, self.number.as_ref());
    }
}

fn cents(draft: &DocumentDraft) -> i64 {
    i64::try_from(draft.lines[0].unit_price.mantissa() * 100).unwrap()
}

fn commands() -> impl Strategy<Value = CreditNoteCommand> {
    let drafts = || (0_i64..3).prop_map(draft);
    let invoices = || (1_u128..4).prop_map(|n| InvoiceId(id(n)));
    let amounts = || prop_oneof![-1_i64..3, 50_i64..101, Just(200)].prop_map(eur);
    let reasons = || prop_oneof!["dear", "late"];
    let on = day(3);
    prop_oneof![
        2 => (1_u128..3, drafts()).prop_map(move |(customer, draft)| {
            let customer_id = CustomerId(id(customer));
            CreditNoteCommand::Draft(DraftCreditNote { customer_id, draft, source: None, on })
        }),
        2 => drafts().prop_map(move |draft| CreditNoteCommand::ReviseDraft { draft, on }),
        1 => Just(CreditNoteCommand::DiscardDraft { on }),
        3 => "CN-[0-9]".prop_map(move |number| {
            let (seller, buyer) = (party("Seller"), party("Buyer"));
            CreditNoteCommand::Issue(IssueCreditNote { number, seller, buyer, creditable: None, on })
        }),
        6 => (invoices(), amounts()).prop_map(move |(invoice_id, amount)| {
            CreditNoteCommand::Allocate { invoice_id, amount, on }
        }),
        4 => (invoices(), proptest::option::of(amounts()), reasons()).prop_map(move |(invoice_id, amount, reason)| {
            CreditNoteCommand::Deallocate { invoice_id, amount, reason, on }
        }),
        3 => (1_u128..4, amounts(), reasons()).prop_map(move |(n, amount, reason)| {
            CreditNoteCommand::Refund { refund_id: RefundId(id(n)), amount, reason, on }
        }),
        1 => reasons().prop_map(move |reason| CreditNoteCommand::Void { reason, on }),
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
        // Allocations add up, and so does what is taken back by its amount.
        let new_each_time = |command: &CreditNoteCommand| {
            matches!(command, CreditNoteCommand::Allocate { .. } | CreditNoteCommand::Deallocate { amount: Some(_), .. })
        };
        play(CreditNote::decide, commands, new_each_time, |command, events, note| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(note);
            // Nothing issued is ever edited.
            let document = note.drafted.as_ref().map(|drafted| drafted.document.clone());
            if issued.is_some() {
                assert_eq!(document, issued);
            }
            issued = document.filter(|_| model.number.is_some());
        });
    }
}
