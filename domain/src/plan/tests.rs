//! The plan's commands: what each brings about, and what refuses it.

use super::*;
use crate::invalid::{Invalid, Rule};
use crate::money::Currency;
use crate::schedule::{Interval, IntervalUnit};
use crate::testing::{
    Given, assert_every_refusal_is_tested, day, dec, eur, plan_details, usd, vat,
};

fn given(events: impl IntoIterator<Item = PlanEvent>) -> Given<Plan> {
    crate::testing::given(events)
}

fn created() -> PlanEvent {
    PlanEvent::Created {
        details: plan_details("Gold", 30_00),
        on: day(1),
    }
}

fn updated() -> PlanEvent {
    PlanEvent::Updated {
        details: plan_details("Gold", 35_00),
        on: day(2),
    }
}

fn archived() -> PlanEvent {
    PlanEvent::Archived { on: day(3) }
}

fn plan(events: impl IntoIterator<Item = PlanEvent>) -> Given<Plan> {
    given(std::iter::once(created()).chain(events))
}

fn create_with(change: impl FnOnce(&mut PlanDetails)) -> PlanCommand {
    let mut details = plan_details("Gold", 30_00);
    change(&mut details);
    PlanCommand::Create {
        details,
        on: day(1),
    }
}

fn update() -> PlanCommand {
    PlanCommand::Update {
        details: plan_details("Gold", 35_00),
        on: day(2),
    }
}

fn archive() -> PlanCommand {
    PlanCommand::Archive { on: day(3) }
}

#[test]
fn creates_a_plan() {
    given([]).when(create_with(|_| ())).once([created()]);
}

#[test]
fn texts_are_trimmed_and_no_fee_is_none() {
    given([])
        .when(create_with(|details| {
            details.name = " Gold ".to_owned();
            details.description = Some(" ".to_owned());
            details.setup_fee = Some(eur(0));
            details.price.amount = dec("30");
        }))
        .once([created()]);
}

#[test]
fn creating_it_again_stays_quiet_whatever_it_offers_since() {
    plan([updated(), archived()])
        .when(create_with(|_| ()))
        .quiet();
}

#[test]
fn refuses_another_plan_under_the_same_id() {
    plan([])
        .when(create_with(|details| details.name = "Silver".to_owned()))
        .refused(PlanError::AlreadyCreated);
}

#[test]
fn updates_what_it_offers() {
    plan([]).when(update()).once([updated()]);
}

#[test]
fn archives_a_plan_once() {
    plan([]).when(archive()).once([archived()]);
}

#[test]
fn refuses_to_update_an_archived_plan() {
    plan([archived()])
        .when(update())
        .refused(PlanError::Archived);
}

#[test]
fn refuses_what_is_not_there() {
    for command in [update(), archive()] {
        given([]).when(command).refused(PlanError::NotCreated);
    }
}

#[test]
fn only_what_is_there_and_not_archived_is_offered() {
    let mut plan = Plan::default();
    assert_eq!(plan.offered(), Err(PlanError::NotCreated));
    plan.apply_event(created());
    assert_eq!(plan.offered(), Ok(&plan_details("Gold", 30_00)));
    plan.apply_event(updated());
    assert_eq!(plan.offered(), Ok(&plan_details("Gold", 35_00)));
    plan.apply_event(archived());
    assert_eq!(plan.offered(), Err(PlanError::Archived));
}

#[test]
fn refuses_values_out_of_bounds() {
    type Change = fn(&mut PlanDetails);
    let cases: [(Change, &str, Rule); 8] = [
        (|d| d.name.clear(), "name", Rule::Required),
        (
            |d| d.price = eur(-1),
            "price",
            Rule::OutOfRange(dec("0"), dec("10000000000000")),
        ),
        (
            |d| d.price.amount = dec("0.001"),
            "price",
            Rule::TooManyDecimals(2),
        ),
        (
            |d| d.price.currency = Currency::XAU,
            "price.currency",
            Rule::NotACurrency,
        ),
        (
            |d| d.setup_fee = Some(usd(1)),
            "setupFee",
            Rule::WrongCurrency("EUR"),
        ),
        (
            |d| d.setup_fee = Some(eur(-1)),
            "setupFee",
            Rule::OutOfRange(dec("0"), dec("10000000000000")),
        ),
        (
            |d| d.trial_days = 731,
            "trialDays",
            Rule::OutOfRange(dec("0"), dec("730")),
        ),
        (
            |d| d.tax = vat("0"),
            "tax.percent",
            Rule::RateDoesNotFitCategory,
        ),
    ];
    for (change, field, rule) in cases {
        let refused = Invalid::new(field, rule);
        given([]).when(create_with(change)).refused(refused.clone());
    }
    let never = Interval {
        unit: IntervalUnit::Month,
        count: 0,
    };
    given([])
        .when(create_with(|details| details.interval = never))
        .refused(Invalid::new(
            "interval.count",
            Rule::OutOfRange(dec("1"), dec("120")),
        ));
}

#[test]
fn every_refusal_is_tested() {
    assert_every_refusal_is_tested(
        "PlanError",
        include_str!("error.rs"),
        include_str!("tests.rs"),
    );
}
