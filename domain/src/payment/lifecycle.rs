//! Whatever is asked of a payment, in whatever order: it does what a small model of it says, and nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::testing::{day, eur, id, play};

/// What a payment is, in cents.
#[derive(Debug, Default)]
struct Model {
    amount: Option<i64>,
    stage: Stage,
    allocated: BTreeMap<InvoiceId, i64>,
    refunded: BTreeMap<RefundId, i64>,
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
        let used: i64 = self.allocated.values().chain(self.refunded.values()).sum();
        self.amount.unwrap_or(0) - used
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
                self.starts(start.amount, &start.allocations, Stage::Initiated)
            }
            PaymentCommand::Record(start) => {
                self.starts(start.amount, &start.allocations, Stage::Succeeded)
            }
            PaymentCommand::Submit { .. } => self.goes(&[Stage::Initiated], Stage::Submitted),
            PaymentCommand::MarkPending { .. } => {
                self.goes(&[Stage::Initiated, Stage::Submitted], Stage::Pending)
            }
            PaymentCommand::Succeed { .. } => self.goes(under_way, Stage::Succeeded),
            PaymentCommand::Fail { .. } => self.goes(under_way, Stage::Failed),
            PaymentCommand::Cancel { .. } => self.goes(&[Stage::Initiated], Stage::Cancelled),
            PaymentCommand::Allocate {
                allocation: Allocation { invoice_id, amount },
                ..
            } => {
                let new = self.has(*amount) && !self.allocated.contains_key(invoice_id);
                if new {
                    self.allocated.insert(*invoice_id, amount.minor());
                }
                new
            }
            PaymentCommand::Deallocate { invoice_id, .. } => {
                self.stage == Stage::Succeeded && self.allocated.remove(invoice_id).is_some()
            }
            PaymentCommand::Refund {
                refund_id, amount, ..
            } => {
                let new = self.has(*amount) && !self.refunded.contains_key(refund_id);
                if new {
                    self.refunded.insert(*refund_id, amount.minor());
                }
                new
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
        assert!(self.unapplied() >= 0);
        assert!(started.refunded().minor() <= started.amount.minor());
        assert!(
            started.provider.is_none() || started.refunded().is_zero() || stage == Stage::Succeeded
        );
    }
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
        1 => texts().prop_map(move |reason| PaymentCommand::Cancel { reason, on }),
        2 => Just(PaymentCommand::Submit { on }),
        6 => (invoices(), amounts()).prop_map(move |(invoice_id, amount)| {
            PaymentCommand::Allocate { allocation: Allocation { invoice_id, amount }, on }
        }),
        4 => (invoices(), texts()).prop_map(move |(invoice_id, reason)| {
            PaymentCommand::Deallocate { invoice_id, reason, on }
        }),
        3 => (1_u128..4, amounts(), texts()).prop_map(move |(n, amount, reason)| {
            PaymentCommand::Refund { refund_id: RefundId(id(n)), amount, reason, on }
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
        play(Payment::decide, commands, |_| false, |command, events, payment| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(payment);
        });
    }
}
