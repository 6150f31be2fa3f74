//! What a payment or a credit note gives to invoices. Several allocations to the same invoice add up.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::ids::InvoiceId;
use crate::money::Money;

/// The allocations of one payment or credit note.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allocations {
    /// The allocations in force, by invoice, the oldest first; no list is empty.
    parts: BTreeMap<InvoiceId, Vec<Part>>,
    /// How many allocations were ever made, by invoice.
    made: BTreeMap<InvoiceId, u32>,
}

/// One allocation to an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Counts the allocations of the same payment or credit note to the same invoice, from 1. The invoice applies or
    /// refuses each round once.
    pub round: u32,
    /// How much.
    pub amount: Money,
    /// When it was allocated; None for what a payment was started with.
    pub on: Option<Date>,
}

impl Allocations {
    pub(crate) fn add(&mut self, invoice_id: InvoiceId, amount: Money, on: Option<Date>) {
        let made = self.made.entry(invoice_id).or_default();
        *made += 1;
        let part = Part {
            round: *made,
            amount,
            on,
        };
        self.parts.entry(invoice_id).or_default().push(part);
    }

    /// Takes an amount back, from the oldest allocations first. The invoice decides them in their order, so an amount
    /// that it gave up or refused never touches an allocation that it has not decided yet.
    pub(crate) fn take_back(&mut self, invoice_id: InvoiceId, amount: Money) {
        let mut left = amount.amount;
        let Some(parts) = self.parts.get_mut(&invoice_id) else {
            return;
        };
        for part in parts.iter_mut() {
            let taken = left.min(part.amount.amount);
            left -= taken;
            part.amount.amount -= taken;
        }
        parts.retain(|part| part.amount.is_positive());
        if parts.is_empty() {
            self.parts.remove(&invoice_id);
        }
    }

    /// Forgets everything: nothing of it was ever applied.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How much is allocated to an invoice; None where nothing is.
    pub fn to(&self, invoice_id: InvoiceId) -> Option<Money> {
        let parts = self.parts.get(&invoice_id)?;
        let first = parts.first()?;
        let sum: Decimal = parts.iter().map(|part| part.amount.amount).sum();
        Some(Money::rounded(sum, first.amount.currency))
    }

    /// How many allocations were ever made to an invoice: the round of the newest.
    pub fn rounds(&self, invoice_id: InvoiceId) -> u32 {
        self.made.get(&invoice_id).copied().unwrap_or(0)
    }

    /// The allocations in force, by invoice, the oldest first.
    pub fn parts(&self) -> impl Iterator<Item = (InvoiceId, Part)> {
        let all = self.parts.iter();
        all.flat_map(|(invoice, parts)| parts.iter().map(|part| (*invoice, *part)))
    }

    /// The invoices to which something is allocated.
    pub fn invoices(&self) -> impl Iterator<Item = InvoiceId> {
        self.parts.keys().copied()
    }

    /// Whether nothing is allocated.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What is allocated in all.
    pub(crate) fn sum(&self) -> Decimal {
        self.parts().map(|(_, part)| part.amount.amount).sum()
    }

    /// The amount to take back: the one that is asked for, or all of it. None where that much is not allocated.
    pub(crate) fn back(&self, invoice_id: InvoiceId, asked: Option<Money>) -> Option<Money> {
        let whole = self.to(invoice_id)?;
        match asked {
            None => Some(whole),
            Some(part) if part.currency == whole.currency && part.amount <= whole.amount => {
                Some(part)
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{day, eur, id};

    const A: InvoiceId = InvoiceId(uuid::Uuid::from_u128(1));

    #[test]
    fn allocations_to_one_invoice_add_up_and_count_on() {
        let mut all = Allocations::default();
        all.add(A, eur(10_00), None);
        all.add(A, eur(15_00), Some(day(2)));
        all.add(InvoiceId(id(2)), eur(1_00), Some(day(2)));
        assert_eq!(all.to(A), Some(eur(25_00)));
        assert_eq!(all.rounds(A), 2);
        all.take_back(A, eur(10_00));
        let left: Vec<u32> = all.parts().map(|(_, part)| part.round).collect();
        assert_eq!(left, [2, 1]);
        all.take_back(A, eur(15_00));
        assert_eq!(all.to(A), None);
        all.add(A, eur(2_00), Some(day(3)));
        assert_eq!(all.rounds(A), 3);
    }

    proptest! {
        /// However much is given and taken back, the sum is the difference, and no part is empty or negative.
        #[test]
        fn what_is_given_less_what_is_taken_back_is_left(
            moves in proptest::collection::vec((any::<bool>(), 1_i64..5_000), 1..40),
        ) {
            let (mut all, mut left) = (Allocations::default(), 0);
            for (give, cents) in moves {
                if give {
                    all.add(A, eur(cents), None);
                    left += cents;
                } else if let Some(back) = all.back(A, Some(eur(cents))) {
                    all.take_back(A, back);
                    left -= cents;
                } else {
                    prop_assert!(cents > left);
                }
                prop_assert_eq!(all.to(A).map_or(0, Money::minor), left);
                prop_assert!(all.parts().all(|(_, part)| part.amount.is_positive()));
            }
        }
    }
}
