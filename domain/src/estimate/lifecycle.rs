//! Whatever is asked of an estimate, in whatever order: it does what a small model of it says, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::testing::{day, draft, id, play};

/// What an estimate is, told without its documents: a revision says how many euros.
#[derive(Debug, Default)]
struct Model {
    phase: Option<Kind>,
    euros: Vec<i64>,
    number: Option<String>,
    valid_until: Option<Date>,
    offered: BTreeSet<u32>,
    viewed: BTreeSet<u32>,
    /// Whether the newest offer asks for a deposit, and what became of the deposit invoices.
    asks: bool,
    deposit: Option<InvoiceId>,
    released: BTreeSet<InvoiceId>,
    comments: BTreeSet<CommentId>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Draft,
    Discarded,
    Offered,
    Accepted,
    Declined,
    Withdrawn,
    Invoiced,
}

impl Model {
    fn revision(&self) -> u32 {
        self.euros.len() as u32
    }

    fn is(&self, kind: Kind) -> bool {
        self.phase == Some(kind)
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &EstimateCommand) -> bool {
        match command {
            EstimateCommand::Draft(DraftEstimate { draft, .. }) => {
                let new = self.phase.is_none();
                if new {
                    self.euros.push(euros(draft));
                    self.phase = Some(Kind::Draft);
                }
                new
            }
            EstimateCommand::ReviseDraft { draft, .. } => {
                let current = self.euros.last_mut();
                match current.filter(|_| self.phase == Some(Kind::Draft)) {
                    Some(current) => std::mem::replace(current, euros(draft)) != euros(draft),
                    None => false,
                }
            }
            EstimateCommand::DiscardDraft { .. } => {
                let new = self.is(Kind::Draft) && self.number.is_none();
                self.goes(new, Kind::Discarded)
            }
            EstimateCommand::Offer(offer) => self.number.is_none() && self.offers(offer),
            EstimateCommand::Reoffer(offer) => self.number.is_some() && self.offers(offer),
            EstimateCommand::Accept(answer) => {
                let open =
                    answer.revision == self.revision() && Some(answer.on) <= self.valid_until;
                self.goes(open && self.is(Kind::Offered), Kind::Accepted)
            }
            EstimateCommand::Decline(answer) => {
                let seen = answer.revision == self.revision();
                self.goes(seen && self.is(Kind::Offered), Kind::Declined)
            }
            EstimateCommand::Rework { draft, .. } => {
                let kinds = [Kind::Offered, Kind::Declined, Kind::Withdrawn];
                let new = kinds.into_iter().any(|kind| self.is(kind));
                if new {
                    self.euros.push(euros(draft));
                    self.valid_until = None;
                }
                self.goes(new, Kind::Draft)
            }
            EstimateCommand::Withdraw { .. } => self.goes(self.is(Kind::Offered), Kind::Withdrawn),
            EstimateCommand::UndoAcceptance { .. } => {
                let free = self.deposit.is_none();
                self.goes(free && self.is(Kind::Accepted), Kind::Offered)
            }
            EstimateCommand::BillDeposit { invoice_id, .. } => {
                let new = self.is(Kind::Accepted)
                    && self.asks
                    && self.deposit.is_none()
                    && !self.released.contains(invoice_id);
                if new {
                    self.deposit = Some(*invoice_id);
                }
                new
            }
            EstimateCommand::ReleaseDeposit { invoice_id, .. } => {
                let new = self.deposit == Some(*invoice_id);
                if new {
                    self.deposit = None;
                    self.released.insert(*invoice_id);
                }
                new
            }
            EstimateCommand::Forward { .. } => self.number.is_some(),
            EstimateCommand::Comment(comment) => {
                self.number.is_some() && self.comments.insert(comment.comment_id)
            }
            EstimateCommand::Convert { .. } => self.goes(self.is(Kind::Accepted), Kind::Invoiced),
            EstimateCommand::MarkViewed { revision, .. } => {
                self.offered.contains(revision) && self.viewed.insert(*revision)
            }
        }
    }

    fn goes(&mut self, new: bool, kind: Kind) -> bool {
        if new {
            self.phase = Some(kind);
        }
        new
    }

    fn offers(&mut self, offer: &OfferEstimate) -> bool {
        let new = self.is(Kind::Draft) && offer.valid_until >= offer.on;
        if new {
            self.number.get_or_insert(offer.number.clone());
            self.valid_until = Some(offer.valid_until);
            self.offered.insert(self.revision());
            self.asks = offer.deposit_percent.is_some();
        }
        self.goes(new, Kind::Offered)
    }

    fn agrees(&self, estimate: &Estimate) {
        let Some(drafted) = &estimate.drafted else {
            assert_eq!(self.phase, None);
            return;
        };
        let kind = match drafted.phase {
            Phase::Draft => Kind::Draft,
            Phase::Discarded => Kind::Discarded,
            Phase::Offered => Kind::Offered,
            Phase::Accepted { .. } => Kind::Accepted,
            Phase::Declined { .. } => Kind::Declined,
            Phase::Withdrawn => Kind::Withdrawn,
            Phase::Invoiced { .. } => Kind::Invoiced,
        };
        assert_eq!(Some(kind), self.phase);
        assert_eq!(drafted.number, self.number);
        assert_eq!(drafted.deposit, self.deposit);
        let totals = drafted
            .revisions
            .iter()
            .map(|r| r.document.total().minor() / 100);
        assert_eq!(totals.collect::<Vec<_>>(), self.euros);
        for (revision, n) in drafted.revisions.iter().zip(1..) {
            assert_eq!(revision.viewed, self.viewed.contains(&n));
            assert_eq!(revision.valid_until.is_some(), self.offered.contains(&n));
        }
    }
}

fn euros(draft: &crate::document::DocumentDraft) -> i64 {
    i64::try_from(draft.lines[0].unit_price.mantissa()).unwrap()
}

fn commands() -> impl Strategy<Value = EstimateCommand> {
    let answers = (0_u32..4, prop_oneof!["Ann", "Bob"], 1_i64..8);
    let texts = || prop_oneof![Just("dear".to_owned()), Just("late".to_owned())];
    let drafts = || (1_i64..4).prop_map(draft);
    let offers = || {
        let deposits = prop_oneof![Just(None), Just(Some(30.into()))];
        ("EST-[0-9]", 1_i64..8, 1_i64..5, deposits).prop_map(
            |(number, end, on, deposit_percent)| OfferEstimate {
                number,
                valid_until: day(end),
                deposit_percent,
                on: day(on),
            },
        )
    };
    let on = day(3);
    prop_oneof![
        1 => (1_u128..3, drafts()).prop_map(move |(customer, draft)| {
            let customer_id = CustomerId(id(customer));
            EstimateCommand::Draft(DraftEstimate { customer_id, draft, on })
        }),
        1 => drafts().prop_map(move |draft| EstimateCommand::ReviseDraft { draft, on }),
        3 => offers().prop_map(EstimateCommand::Offer),
        3 => offers().prop_map(EstimateCommand::Reoffer),
        4 => answers.prop_map(|(revision, name, on)| {
            EstimateCommand::Accept(AcceptEstimate { revision, name, terms_accepted: false, on: day(on) })
        }),
        2 => (0_u32..4, texts()).prop_map(move |(revision, reason)| {
            let would_accept = None;
            EstimateCommand::Decline(DeclineEstimate { revision, reason, would_accept, on })
        }),
        3 => drafts().prop_map(move |draft| EstimateCommand::Rework { draft, on }),
        1 => texts().prop_map(move |reason| EstimateCommand::Withdraw { reason, on }),
        2 => texts().prop_map(move |reason| EstimateCommand::UndoAcceptance { reason, on }),
        1 => (1_u128..3).prop_map(move |n| {
            EstimateCommand::Convert { invoice_id: InvoiceId(id(n)), on }
        }),
        3 => (1_u128..4).prop_map(move |n| {
            EstimateCommand::BillDeposit { invoice_id: InvoiceId(id(n)), on }
        }),
        1 => (1_u128..4).prop_map(move |n| {
            EstimateCommand::ReleaseDeposit { invoice_id: InvoiceId(id(n)), on }
        }),
        1 => (1_u128..3).prop_map(move |n| {
            let (author, text) = ("Ann".to_owned(), "Hm.".to_owned());
            let (comment_id, side) = (CommentId(id(n)), Side::Staff);
            EstimateCommand::Comment(CommentOnEstimate { comment_id, side, author, text, on })
        }),
        1 => Just(EstimateCommand::Forward {
            recipients: vec!["ann@example.com".to_owned()],
            message: None,
            on,
        }),
        1 => (0_u32..4).prop_map(move |revision| EstimateCommand::MarkViewed { revision, on }),
        1 => Just(EstimateCommand::DiscardDraft { on }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_its_model_says_in_any_order(
        commands in proptest::collection::vec(commands(), 1..60),
    ) {
        let mut model = Model::default();
        let mut invoiced: Option<Estimate> = None;
        let forwards = |command: &EstimateCommand| matches!(command, EstimateCommand::Forward { .. });
        play(Estimate::decide, commands, forwards, |command, events, estimate| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(estimate);
            // Once it is invoiced nothing changes any more, but that it is looked at, sent on, spoken of, its deposit
            // voided.
            match &mut invoiced {
                Some(_) if matches!(events, [EstimateEvent::Viewed { .. }
                    | EstimateEvent::Forwarded { .. }
                    | EstimateEvent::Commented { .. }
                    | EstimateEvent::DepositReleased { .. }]) => {}
                Some(then) => assert_eq!(then, estimate),
                None => {}
            }
            invoiced = model.is(Kind::Invoiced).then(|| estimate.clone());
        });
    }
}
