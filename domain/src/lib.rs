//! The domain of the client billing portal: money, documents and the aggregates that decide what may happen to them.
//!
//! Pure: no I/O, no clock, no randomness. Time, ids and numbers are arguments; decisions are plain functions from a
//! state and a command to events or to the rule that refuses.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot go on should stop loudly"
    ),
    allow(
        clippy::inconsistent_digit_grouping,
        reason = "tests write cents as 100_00"
    )
)]

mod aggregate;
pub mod allocation;
pub mod bank;
pub mod comparison;
pub mod credit_note;
pub mod customer;
pub mod dates;
pub mod deposit;
pub mod document;
pub mod email;
pub mod estimate;
pub mod event;
#[cfg(test)]
mod golden;
pub mod ids;
pub mod invalid;
pub mod invoice;
pub mod money;
pub mod numbering;
pub mod organisation;
pub mod party;
pub mod payment;
pub mod plan;
pub mod schedule;
pub mod subscription;
pub mod tax;
#[cfg(test)]
mod testing;
pub mod text;
pub mod vat_id;
pub mod zone;
