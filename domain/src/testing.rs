//! What the tests share: given events, when a command, then what it brings about; and small builders.

use std::fmt::Debug;

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use rust_decimal::Decimal;
use time::{Date, Duration, macros::date};
use uuid::Uuid;

use crate::document::{Document, DocumentDraft, LineDraft, Prices};
use crate::money::{Currency, Money};
use crate::party::{Address, Party};
use crate::tax::{Tax, TaxCategory};

/// An aggregate to which this has happened.
pub(crate) fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    Given(events.into_iter().collect())
}

/// See [`given`].
pub(crate) struct Given<A: Aggregate>(Vec<A::Event>);

impl<A> Given<A>
where
    A: Aggregate<Services = ()>,
    A::Command: Clone,
    A::Error: PartialEq + Debug,
{
    pub(crate) fn when(self, command: A::Command) -> Outcome<A> {
        let result = Self::decide(self.0.clone(), command.clone());
        Outcome {
            given: self.0,
            command,
            result,
        }
    }

    fn decide(events: Vec<A::Event>, command: A::Command) -> Result<Vec<A::Event>, A::Error> {
        let framework = TestFramework::<A>::with(());
        framework.given(events).when(command).inspect_result()
    }
}

/// What a command has brought about.
pub(crate) struct Outcome<A: Aggregate> {
    given: Vec<A::Event>,
    command: A::Command,
    result: Result<Vec<A::Event>, A::Error>,
}

impl<A> Outcome<A>
where
    A: Aggregate<Services = ()>,
    A::Command: Clone,
    A::Error: PartialEq + Debug,
{
    /// Just these events; and none, should the same command come again.
    #[track_caller]
    pub(crate) fn once<const N: usize>(self, events: [A::Event; N]) {
        self.then(events).quiet();
    }

    /// Just these events, as often as it comes: every time is a fact of its own.
    #[track_caller]
    pub(crate) fn each_time<const N: usize>(self, events: [A::Event; N]) {
        self.then(events.clone()).then(events);
    }

    /// Just these events; the outcome is that of the same command come again.
    #[track_caller]
    pub(crate) fn then<const N: usize>(self, events: [A::Event; N]) -> Self {
        assert_eq!(self.result.as_deref(), Ok(events.as_slice()));
        let after = self.given.into_iter().chain(events).collect();
        Given(after).when(self.command)
    }

    /// No event: it has taken effect already.
    #[track_caller]
    pub(crate) fn quiet(self) {
        assert_eq!(self.result, Ok(vec![]));
    }

    /// Refused by just this rule.
    #[track_caller]
    pub(crate) fn refused(self, error: impl Into<A::Error>) {
        assert_eq!(self.result, Err(error.into()));
    }
}

type Decide<A> = fn(
    &A,
    <A as Aggregate>::Command,
) -> Result<Vec<<A as Aggregate>::Event>, <A as Aggregate>::Error>;

/// Plays commands one after the other, as a model watches: after each it is told the command, the events that came of
/// it (none, where it was refused or quiet) and the state. Every event is read back from JSON before it is applied,
/// and a command that was just accepted stays quiet when repeated, unless `new_each_time` says otherwise.
pub(crate) fn play<A>(
    decide: Decide<A>,
    commands: Vec<A::Command>,
    new_each_time: fn(&A::Command) -> bool,
    mut watch: impl FnMut(&A::Command, &[A::Event], &A),
) where
    A: Aggregate,
    A::Command: Clone + Debug,
    A::Error: PartialEq,
{
    let mut state = A::default();
    for command in commands {
        let events = decide(&state, command.clone()).unwrap_or_default();
        for event in &events {
            let stored = serde_json::to_string(event).unwrap();
            let read: A::Event = serde_json::from_str(&stored).unwrap();
            assert_eq!(&read, event);
            state.apply(read);
        }
        if !events.is_empty() && !new_each_time(&command) {
            let again = decide(&state, command.clone());
            assert_eq!(again, Ok(vec![]), "{command:?} repeated");
        }
        watch(&command, &events, &state);
    }
}

/// The variants of an error enum (from its source) that its tests (from theirs) do not name.
#[track_caller]
pub(crate) fn assert_every_refusal_is_tested(name: &str, error_rs: &str, tests_rs: &str) {
    let arms = error_rs.lines().filter_map(|line| {
        let (arm, _) = line.trim().strip_prefix("Self::")?.split_once(" => ")?;
        arm.split(|c: char| !c.is_alphanumeric()).next()
    });
    let variants: Vec<&str> = arms.filter(|variant| *variant != "Invalid").collect();
    assert!(!variants.is_empty(), "no variants found in {name}");
    for variant in variants {
        let named = format!("{name}::{variant}");
        assert!(tests_rs.contains(&named), "no test reaches {named}");
    }
}

/// The n-th of March 2025, and on into April.
pub(crate) fn day(n: i64) -> Date {
    date!(2025 - 02 - 28) + Duration::days(n)
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Euros, from cents.
pub(crate) fn eur(cents: i64) -> Money {
    Money::from_minor(cents, Currency::EUR)
}

pub(crate) fn usd(cents: i64) -> Money {
    Money::from_minor(cents, Currency::USD)
}

/// A decimal, as written.
pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A tax at the standard category, in percent.
pub(crate) fn vat(percent: &str) -> Tax {
    Tax {
        category: TaxCategory::Standard,
        percent: dec(percent),
    }
}

pub(crate) fn line(description: &str, quantity: &str, unit_price: &str, tax: Tax) -> LineDraft {
    LineDraft {
        line_id: None,
        description: description.to_owned(),
        quantity: dec(quantity),
        unit_price: dec(unit_price),
        discount: None,
        tax,
    }
}

pub(crate) fn draft_of(currency: Currency, prices: Prices, lines: Vec<LineDraft>) -> DocumentDraft {
    DocumentDraft {
        currency,
        prices,
        lines,
        discount: None,
        notes: None,
        terms: None,
    }
}

/// A draft of one untaxed line at that many euros.
pub(crate) fn draft(euros: i64) -> DocumentDraft {
    let line = line("Design", "1", &euros.to_string(), Tax::NONE);
    draft_of(Currency::EUR, Prices::TaxExclusive, vec![line])
}

/// The draft, priced for the first time.
pub(crate) fn priced(draft: &DocumentDraft) -> Document {
    draft.price(&std::collections::BTreeSet::new()).unwrap()
}

pub(crate) fn address() -> Address {
    Address {
        street: "Ring 1".to_owned(),
        postal_code: Some("1010".to_owned()),
        city: "Vienna".to_owned(),
        region: None,
        country: "AT".to_owned(),
    }
}

pub(crate) fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        email: Some("office@example.com".to_owned()),
        phone: None,
        tax_id: Some("ATU12345678".to_owned()),
        address: Some(address()),
    }
}

/// A plan of that name at so many cents a month, untaxed.
pub(crate) fn plan_details(name: &str, cents: i64) -> crate::plan::PlanDetails {
    crate::plan::PlanDetails {
        name: name.to_owned(),
        description: None,
        price: eur(cents),
        interval: crate::schedule::Interval {
            unit: crate::schedule::IntervalUnit::Month,
            count: 1,
        },
        trial_days: 0,
        setup_fee: None,
        tax: Tax::NONE,
        terms: None,
    }
}
