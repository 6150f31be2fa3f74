//! The organisation's commands: what each brings about, and what refuses it.

use super::*;
use crate::invalid::{Invalid, Rule};
use crate::money::Currency;
use crate::testing::{Given, assert_every_refusal_is_tested, day, given, party};

fn profile(name: &str) -> OrganisationProfile {
    OrganisationProfile {
        party: party(name),
        website: Some("https://example.com".to_owned()),
        currency: Currency::EUR,
    }
}

fn settings(offer_valid_days: u16) -> OrganisationSettings {
    OrganisationSettings {
        offer_valid_days,
        ..OrganisationSettings::default()
    }
}

fn registered() -> OrganisationEvent {
    OrganisationEvent::Registered {
        profile: profile("Acme"),
        settings: settings(30),
        on: day(1),
    }
}

fn register(profile: OrganisationProfile, settings: OrganisationSettings) -> OrganisationCommand {
    OrganisationCommand::Register {
        profile,
        settings,
        on: day(1),
    }
}

fn update_profile(profile: OrganisationProfile) -> OrganisationCommand {
    OrganisationCommand::UpdateProfile {
        profile,
        on: day(2),
    }
}

fn update_settings(settings: OrganisationSettings) -> OrganisationCommand {
    OrganisationCommand::UpdateSettings {
        settings,
        on: day(2),
    }
}

fn organisation(events: impl IntoIterator<Item = OrganisationEvent>) -> Given<Organisation> {
    given(events)
}

#[test]
fn every_refusal_is_tested() {
    let tests = include_str!("tests.rs");
    assert_every_refusal_is_tested("OrganisationError", include_str!("error.rs"), tests);
}

#[test]
fn registers_once() {
    let command = register(profile(" Acme "), settings(30));
    organisation([]).when(command).once([registered()]);
}

#[test]
fn refuses_to_register_a_second_one() {
    for command in [
        register(profile("Other"), settings(30)),
        register(profile("Acme"), settings(31)),
    ] {
        let refusal = OrganisationError::AlreadyRegistered;
        organisation([registered()]).when(command).refused(refusal);
    }
}

#[test]
fn refuses_changes_before_it_is_registered() {
    for command in [
        update_profile(profile("Acme")),
        update_settings(settings(30)),
    ] {
        organisation([])
            .when(command)
            .refused(OrganisationError::NotRegistered);
    }
}

#[test]
fn changes_its_profile() {
    let event = OrganisationEvent::ProfileUpdated {
        profile: profile("Acme Ltd"),
        on: day(2),
    };
    let command = update_profile(profile("Acme Ltd"));
    organisation([registered()]).when(command).once([event]);
    organisation([registered()])
        .when(update_profile(profile("Acme")))
        .quiet();
}

#[test]
fn changes_its_settings() {
    let settings = OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::Issue,
        offer_valid_days: 365,
    };
    let event = OrganisationEvent::SettingsUpdated {
        settings: settings.clone(),
        on: day(2),
    };
    organisation([registered()])
        .when(update_settings(settings))
        .once([event]);
}

#[test]
fn refuses_what_breaks_a_rule_of_its_fields() {
    let nameless = profile("");
    let gold = OrganisationProfile {
        currency: Currency::XAU,
        ..profile("Acme")
    };
    for (profile, field, rule) in [
        (nameless, "name", Rule::Required),
        (gold, "currency", Rule::NotACurrency),
    ] {
        let refusal = || Invalid::new(field, rule.clone());
        let command = register(profile.clone(), settings(30));
        organisation([]).when(command).refused(refusal());
        organisation([registered()])
            .when(update_profile(profile))
            .refused(refusal());
    }
    for days in [0, 366] {
        let rule = Rule::OutOfRange(1.into(), 365.into());
        let refusal = || Invalid::new("offerValidDays", rule.clone());
        let command = register(profile("Acme"), settings(days));
        organisation([]).when(command).refused(refusal());
        let command = update_settings(settings(days));
        organisation([registered()])
            .when(command)
            .refused(refusal());
    }
}
