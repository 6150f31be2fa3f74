//! Whatever is asked of a payment, in whatever order: it does what a small model of it says, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::ids::InvoiceId;
use crate::testing::{day, eur, id, play};

/// What a payment is, in cents.
#[derive(Debug, Default)]
struct Model {
    amount: Option<i64>,
    stage: Stage,
    allocated: BTreeMap<InvoiceId, i64>,
    refunded: BTreeMap<RefundId, i64>,
    by_provider: bool,
    /// Refunds at the provider: whether it has decided, and for which way.
    asked: BTreeMap<RefundId, Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    UnderWay,
    Succeeded,
    Failed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Nothing,
    Initiated,
    Submitted,
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

impl Model {
    fn unapplied(&self) -> i64 {
        let used: i64 = self.allocated.values().sum();
        self.amount.unwrap_or(0) - used - self.gone()
    }

    /// What was given back, or is about to be.
    fn gone(&self) -> i64 {
        let failed = |id: &RefundId| self.asked.get(id) == Some(&Asked::Failed);
        let gone = self.refunded.iter().filter(|(id, _)| !failed(id));
        gone.map(|(_, cents)| cents).sum()
    }

    fn gives_back(&mut self, refund: &RefundPayment, asked: Option<Asked>) -> bool {
        let RefundPayment {
            refund_id, amount, ..
        } = refund;
        let new = self.has(*amount) && !self.refunded.contains_key(refund_id);
        if new {
            self.refunded.insert(*refund_id, amount.minor());
            self.asked
                .insert(*refund_id, asked.unwrap_or(Asked::Succeeded));
        }
        new
    }

    fn decides(&mut self, refund_id: RefundId, from: &[Asked], to: Asked) -> bool {
        match self.asked.get_mut(&refund_id) {
            Some(asked) if from.contains(asked) => {
                *asked = to;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Money that comes after a refusal is all credit.
    fn succeeds(&mut self, under_way: &[Stage]) -> bool {
        if self.goes(under_way, Stage::Succeeded) {
            return true;
        }
        let late = self.goes(&[Stage::Failed, Stage::Cancelled], Stage::Succeeded);
        if late {
            self.allocated.clear();
        }
        late
    }

    /// Whether the money is ours and that much of it is free.
    fn has(&self, amount: Money) -> bool {
        let cents = amount.minor();
        self.stage == Stage::Succeeded && cents > 0 && cents <= self.unapplied()
    }

    fn goes(&mut self, from: &[Stage], to: Stage) -> bool {
        let new = from.contains(&self.stage);
        if new {
            self.stage = to;
        }
        new
    }

    fn starts(&mut self, amount: Money, allocations: &[Allocation], stage: Stage) -> bool {
        let sum: i64 = allocations.iter().map(|part| part.amount.minor()).sum();
        let whole = stage == Stage::Succeeded || sum == amount.minor();
        let fits = whole && amount.is_positive() && sum <= amount.minor();
        let new = fits && self.stage == Stage::Nothing;
        if new {
            self.amount = Some(amount.minor());
            let parts = allocations.iter();
            self.allocated = parts
                .map(|part| (part.invoice_id, part.amount.minor()))
                .collect();
            self.stage = stage;
        }
        new
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &PaymentCommand) -> bool {
        let under_way = &[Stage::Initiated, Stage::Submitted, Stage::Pending];
        match command {
            PaymentCommand::Initiate(start) => {
                let new = self.starts(start.amount, &start.allocations, Stage::Initiated);
                self.by_provider |= new;
                new
            }
            PaymentCommand::Record(start) => {
                self.starts(start.amount, &start.allocations, Stage::Succeeded)
            }
            PaymentCommand::Submit { .. } => self.goes(&[Stage::Initiated], Stage::Submitted),
            PaymentCommand::MarkPending { .. } => {
                self.goes(&[Stage::Initiated, Stage::Submitted], Stage::Pending)
            }
            PaymentCommand::Succeed { .. } => self.succeeds(under_way),
            PaymentCommand::Fail { .. } => self.goes(under_way, Stage::Failed),
            PaymentCommand::Cancel { .. } => self.goes(&[Stage::Initiated], Stage::Cancelled),
            PaymentCommand::Allocate {
                allocation: Allocation { invoice_id, amount },
                ..
            } => {
                let new = self.has(*amount);
                if new {
                    *self.allocated.entry(*invoice_id).or_default() += amount.minor();
                }
                new
            }
            PaymentCommand::Deallocate {
                invoice_id, amount, ..
            } => {
                self.stage == Stage::Succeeded
                    && takes_back(&mut self.allocated, invoice_id, *amount)
            }
            PaymentCommand::Refund(refund) => self.gives_back(refund, None),
            PaymentCommand::InitiateRefund(refund) => {
                self.by_provider && self.gives_back(refund, Some(Asked::UnderWay))
            }
            PaymentCommand::SucceedRefund { refund_id, .. } => {
                self.decides(*refund_id, &[Asked::UnderWay], Asked::Succeeded)
            }
            PaymentCommand::FailRefund { refund_id, .. } => {
                let from = [Asked::UnderWay, Asked::Succeeded];
                self.decides(*refund_id, &from, Asked::Failed)
            }
        }
    }

    fn agrees(&self, payment: &Payment) {
        let Some(started) = &payment.started else {
            assert_eq!(self.stage, Stage::Nothing);
            return;
        };
        let stage = match started.progress {
            Progress::Initiated => Stage::Initiated,
            Progress::Pending => Stage::Pending,
            Progress::Succeeded => Stage::Succeeded,
            Progress::Failed { .. } => Stage::Failed,
            Progress::Submitted => Stage::Submitted,
            Progress::Cancelled => Stage::Cancelled,
        };
        assert_eq!(stage, self.stage);
        assert_eq!(Some(started.amount.minor()), self.amount);
        assert_eq!(started.unapplied().minor(), self.unapplied());
        assert_eq!(
            started.allocated().minor(),
            self.allocated.values().sum::<i64>()
        );
        assert_eq!(started.refunded().minor(), self.gone());
        let under_way = self.asked.values().filter(|a| **a == Asked::UnderWay);
        assert_eq!(started.refunds_under_way().count(), under_way.count());
        assert!(self.unapplied() >= 0);
        assert!(started.refunded().minor() <= started.amount.minor());
        assert!(
            started.provider.is_none() || started.refunded().is_zero() || stage == Stage::Succeeded
        );
    }
}

/// Whether that much is allocated, which is then less by it.
fn takes_back(
    allocated: &mut BTreeMap<InvoiceId, i64>,
    invoice: &InvoiceId,
    asked: Option<Money>,
) -> bool {
    let Some(whole) = allocated.get(invoice).copied() else {
        return false;
    };
    let back = asked.map_or(whole, Money::minor);
    let new = (1..=whole).contains(&back);
    if new {
        allocated.insert(*invoice, whole - back);
        allocated.retain(|_, left| *left > 0);
    }
    new
}

fn commands() -> impl Strategy<Value = PaymentCommand> {
    let invoices = || (1_u128..4).prop_map(|n| InvoiceId(id(n)));
    let amounts = || prop_oneof![0_i64..3, 40_i64..101].prop_map(eur);
    let parts = || {
        let cents = prop_oneof![Just(40_i64), Just(60), Just(100)];
        proptest::collection::btree_map(invoices(), cents.prop_map(eur), 0..3).prop_map(|map| {
            map.into_iter()
                .map(|(invoice_id, amount)| Allocation { invoice_id, amount })
                .collect()
        })
    };
    let texts = || prop_oneof!["one", "two"];
    let customer_id = CustomerId(id(1));
    let on = day(3);
    prop_oneof![
        3 => parts().prop_map(move |allocations: Vec<Allocation>| {
            let sum = allocations.iter().map(|part| part.amount.minor()).sum();
            let (amount, provider) = (eur(sum), "bank".to_owned());
            PaymentCommand::Initiate(InitiatePayment { customer_id, amount, allocations, provider, on })
        }),
        1 => (parts(), "PAY-[0-9]").prop_map(move |(allocations, number)| {
            PaymentCommand::Record(RecordPayment {
                number,
                customer_id,
                amount: eur(1_00),
                allocations,
                method: OfflineMethod::Cash,
                reference: None,
                received_on: on,
                on,
            })
        }),
        1 => texts().prop_map(move |provider_reference| {
            PaymentCommand::MarkPending { provider_reference, on }
        }),
        2 => ("PAY-[0-9]", texts()).prop_map(move |(number, provider_reference)| {
            PaymentCommand::Succeed { number, provider_reference, on }
        }),
        1 => texts().prop_map(move |code| {
            PaymentCommand::Fail { reason: code.clone(), code, on }
        }),
        1 => texts().prop_map(move |reason| PaymentCommand::Cancel { code: None, reason, on }),
        2 => Just(PaymentCommand::Submit { on }),
        6 => (invoices(), amounts()).prop_map(move |(invoice_id, amount)| {
            PaymentCommand::Allocate { allocation: Allocation { invoice_id, amount }, on }
        }),
        4 => (invoices(), proptest::option::of(amounts()), texts()).prop_map(move |(invoice_id, amount, reason)| {
            PaymentCommand::Deallocate { invoice_id, amount, reason, on }
        }),
        6 => (1_u128..4, amounts(), texts(), any::<bool>()).prop_map(move |(n, amount, reason, by_hand)| {
            let refund = RefundPayment { refund_id: RefundId(id(n)), amount, reason, on };
            if by_hand { PaymentCommand::Refund(refund) } else { PaymentCommand::InitiateRefund(refund) }
        }),
        4 => (1_u128..4, texts(), any::<bool>()).prop_map(move |(n, text, succeeds)| {
            let refund_id = RefundId(id(n));
            if succeeds {
                PaymentCommand::SucceedRefund { refund_id, provider_reference: text, on }
            } else {
                PaymentCommand::FailRefund { refund_id, reason: text.clone(), code: text, on }
            }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn does_what_its_model_says_in_any_order(
        commands in proptest::collection::vec(commands(), 1..60),
    ) {
        let mut model = Model::default();
        // Allocations add up, and so does what is taken back by its amount.
        let new_each_time = |command: &PaymentCommand| {
            matches!(command, PaymentCommand::Allocate { .. } | PaymentCommand::Deallocate { amount: Some(_), .. })
        };
        play(Payment::decide, commands, new_each_time, |command, events, payment| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(payment);
        });
    }
}
