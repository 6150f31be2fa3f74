//! Stored events are a contract: one example of each, in every version it was ever written in, lies in `schema/events`
//! as it is stored, and is read for ever. `UPDATE_GOLDEN=1 cargo test -p domain golden` adds the files that are
//! missing and never touches one that is there: what is stored cannot be written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use cqrs_es::DomainEvent;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::{Date, macros::date};

use crate::bank::BankDetails;
use crate::credit_note::{CreditNoteEvent, CreditNoteSource};
use crate::customer::*;
use crate::document::{Discount, Document, Line, Prices, TaxRounding, TaxTotal, Totals};
use crate::estimate::{Agreed, EstimateEvent, Side};
use crate::event::{DecodeError, Event, current_version, decode, upcast};
use crate::ids::*;
use crate::invoice::{DisputeOutcome, InvoiceEvent, InvoiceSource};
use crate::money::Currency;
use crate::numbering::{NumberSeries, SeriesFormat};
use crate::organisation::*;
use crate::party::{Address, Party};
use crate::payment::{Allocation, OfflineMethod, PaymentEvent};
use crate::plan::PlanEvent;
use crate::subscription::SubscriptionEvent;
use crate::tax::{Tax, TaxCategory};
use crate::testing::{address, dec, eur, id, party, vat};
use crate::zone::Zone;

mod subscribing;

const ON: Date = date!(2025 - 03 - 01);
const LATER: Date = date!(2025 - 03 - 31);
const HOW_TO: &str = "make it with: UPDATE_GOLDEN=1 cargo test -p domain golden";

/// One event as this version of the program writes it.
struct Example {
    aggregate_type: &'static str,
    event_type: String,
    event_version: String,
    event: Event,
    /// As stored, readable.
    json: String,
}

impl Example {
    fn file_name(&self) -> String {
        format!("{}.v{}.json", self.event_type, self.event_version)
    }

    fn value(&self) -> Value {
        serde_json::from_str(&self.json).unwrap()
    }

    fn decode(&self, payload: &Value) -> Event {
        let payload = payload.to_string();
        decode(
            self.aggregate_type,
            &self.event_type,
            &self.event_version,
            &payload,
        )
        .unwrap()
    }
}

fn examples() -> Vec<Example> {
    fn of<E: DomainEvent>(
        aggregate_type: &'static str,
        events: Vec<E>,
        event: fn(E) -> Event,
    ) -> impl Iterator<Item = Example> {
        events.into_iter().map(move |e| Example {
            aggregate_type,
            event_type: e.event_type(),
            event_version: e.event_version(),
            json: serde_json::to_string_pretty(&e).unwrap() + "\n",
            event: event(e),
        })
    }
    of("customer", customer(), Event::Customer)
        .chain(of("credit_note", credit_note(), Event::CreditNote))
        .chain(of("estimate", estimate(), Event::Estimate))
        .chain(of("invoice", invoice(), Event::Invoice))
        .chain(of("invoice", invoice_payments(), Event::Invoice))
        .chain(of("invoice", invoice_credit(), Event::Invoice))
        .chain(of("invoice", invoice_disputes(), Event::Invoice))
        .chain(of("organisation", organisation(), Event::Organisation))
        .chain(of("payment", payment(), Event::Payment))
        .chain(of("payment", refunds(), Event::Payment))
        .chain(of("plan", subscribing::plan(), Event::Plan))
        .chain(of(
            "subscription",
            subscribing::subscription(),
            Event::Subscription,
        ))
        .collect()
}

/// The events of versions that are written no more, and what they mean today.
fn former() -> Vec<(&'static str, &'static str, Event)> {
    let registered_before_languages = CustomerEvent::Registered {
        details: CustomerDetails {
            name: "Acme GmbH".to_owned(),
            email: Some("office@example.com".to_owned()),
            phone: None,
            tax_id: None,
            language: "en".to_owned(),
        },
        addresses: CustomerAddresses {
            billing: Some(address()),
            shipping: None,
        },
        currency: Currency::EUR,
        payment_terms_days: 14,
        on: date!(2024 - 06 - 01),
    };
    let customer = (
        "CustomerRegistered.v1.json",
        "customer",
        Event::Customer(registered_before_languages),
    );
    let organisation = organisation_before_settings()
        .into_iter()
        .map(|(name, event)| (name, "organisation", Event::Organisation(event)));
    std::iter::once(customer)
        .chain(organisation)
        .chain(former_estimates())
        .collect()
}

/// What version 1 of the organisation's events meant: two settings, and the rest as it was taken for granted.
fn organisation_before_settings() -> Vec<(&'static str, OrganisationEvent)> {
    let plain = SeriesFormat::plain;
    let settings = OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::Draft,
        offer_valid_days: 30,
        time_zone: Zone::utc(),
        payment_terms_days: 30,
        currencies: vec![],
        tax_rates: vec![],
        series: NumberSeries {
            estimates: plain("EST"),
            invoices: plain("INV"),
            credit_notes: plain("CN"),
            payments: plain("PAY"),
        },
        portal: PortalSettings {
            cancel_subscription: false,
            pause_subscription: false,
            change_subscription: false,
            ..PortalSettings::ALL
        },
        deposit_percent: None,
        reminders: vec![],
        late_fees: vec![],
        dunning: Dunning {
            retry_after_days: vec![1, 3, 7],
            then: AfterDunning::MarkUnpaid,
        },
        banner: None,
    };
    let profile = OrganisationProfile {
        party: party("Seller"),
        website: Some(text("https://example.com")),
        currency: Currency::EUR,
        bank: None,
    };
    let registered = OrganisationEvent::Registered {
        profile: profile.clone(),
        settings: settings.clone(),
        on: ON,
    };
    let profile_updated = OrganisationEvent::ProfileUpdated { profile, on: ON };
    let settings_updated = OrganisationEvent::SettingsUpdated { settings, on: ON };
    vec![
        ("OrganisationRegistered.v1.json", registered),
        ("OrganisationProfileUpdated.v1.json", profile_updated),
        ("OrganisationSettingsUpdated.v1.json", settings_updated),
    ]
}

/// Before deposits, and before what was agreed to was kept.
fn former_estimates() -> [(&'static str, &'static str, Event); 3] {
    let offered = EstimateEvent::Offered {
        revision: 1,
        number: text("EST-00001"),
        valid_until: LATER,
        deposit_percent: None,
        on: ON,
    };
    let reoffered = EstimateEvent::Reoffered {
        revision: 2,
        number: text("EST-00001"),
        valid_until: LATER,
        deposit_percent: None,
        on: ON,
    };
    let accepted = EstimateEvent::Accepted {
        revision: 1,
        name: text("Ann"),
        agreed: None,
        on: ON,
    };
    [
        ("EstimateOffered.v1.json", offered),
        ("EstimateReoffered.v1.json", reoffered),
        ("EstimateAccepted.v1.json", accepted),
    ]
    .map(|(file, event)| (file, "estimate", Event::Estimate(event)))
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/events"))
}

/// Every file of the folder by name; those that are missing added before, where that is asked for.
static FILES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        for example in examples() {
            let path = folder().join(example.file_name());
            if !path.exists() {
                std::fs::write(path, &example.json).unwrap();
            }
        }
    }
    let entries = std::fs::read_dir(folder()).unwrap();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap());
        (name, json.unwrap())
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(read)
        .collect()
});

/// The stored names of an event enum's variants, from what serde says it would have liked to see.
fn variants<E: DeserializeOwned>() -> BTreeSet<String> {
    let Err(error) = serde_json::from_str::<E>(r#"{"?":{}}"#) else {
        panic!("an event type by the name of ?");
    };
    let message = error.to_string();
    let quoted = message.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| *name != "?")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_event_has_its_example() {
    let variants: BTreeSet<String> = [
        variants::<CreditNoteEvent>(),
        variants::<CustomerEvent>(),
        variants::<EstimateEvent>(),
        variants::<InvoiceEvent>(),
        variants::<OrganisationEvent>(),
        variants::<PaymentEvent>(),
        variants::<PlanEvent>(),
        variants::<SubscriptionEvent>(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(variants.contains("InvoicePaid"), "{variants:?}");
    let examples: BTreeSet<String> = examples().into_iter().map(|e| e.event_type).collect();
    assert_eq!(
        variants, examples,
        "give every event its example in golden.rs"
    );
}

#[test]
fn every_event_has_its_golden_file() {
    for example in examples() {
        let name = example.file_name();
        let stored = FILES.get(&name);
        let stored = stored.unwrap_or_else(|| panic!("schema/events/{name} is missing; {HOW_TO}"));
        assert!(
            keeps(&example.value(), stored),
            "{name}: what is written today lacks something that was written before; \
             give the event a new version and an upcaster"
        );
    }
}

/// Whether everything stored is written still, in the same place and form. A field may be added, none taken away.
fn keeps(written: &Value, stored: &Value) -> bool {
    match (written, stored) {
        (Value::Object(written), Value::Object(stored)) => stored.iter().all(|(key, stored)| {
            written
                .get(key)
                .is_some_and(|written| keeps(written, stored))
        }),
        (Value::Array(written), Value::Array(stored)) => {
            written.len() == stored.len()
                && written
                    .iter()
                    .zip(stored)
                    .all(|(written, stored)| keeps(written, stored))
        }
        (written, stored) => written == stored,
    }
}

#[test]
fn every_golden_file_is_read_as_what_it_meant() {
    let mut expected: BTreeMap<String, (&str, Event)> = BTreeMap::new();
    for example in examples() {
        expected.insert(example.file_name(), (example.aggregate_type, example.event));
    }
    for (name, aggregate_type, event) in former() {
        expected.insert(name.to_owned(), (aggregate_type, event));
    }
    for (name, stored) in FILES.iter() {
        let (aggregate_type, event) = expected
            .remove(name)
            .unwrap_or_else(|| panic!("schema/events/{name} stands for no event in golden.rs"));
        let (event_type, version) = name.trim_end_matches(".json").split_once(".v").unwrap();
        let read = decode(aggregate_type, event_type, version, &stored.to_string());
        assert_eq!(read.unwrap(), event, "{name}");
    }
    let missing: Vec<&String> = expected.keys().collect();
    assert!(
        missing.is_empty(),
        "schema/events lacks {missing:?}; {HOW_TO}"
    );
}

#[test]
fn the_stored_tag_is_the_event_type() {
    for example in examples() {
        let value = example.value();
        let tags: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(tags, [&example.event_type]);
        assert_eq!(example.event_version, current_version(&example.event_type));
    }
}

#[test]
fn a_field_that_a_later_program_added_is_survived() {
    for example in examples() {
        let mut payload = example.value();
        let fields = payload[&example.event_type].as_object_mut().unwrap();
        fields.insert("from_the_future".to_owned(), Value::from(1));
        assert_eq!(example.decode(&payload), example.event);
    }
}

#[test]
fn an_optional_field_that_was_not_written_is_none() {
    for example in examples() {
        let payload = without_nulls(example.value());
        assert_eq!(example.decode(&payload), example.event);
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields
                .map(|(key, value)| (key, without_nulls(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[test]
fn customers_registered_before_languages_read_english() {
    let (name, aggregate_type, event) = former().remove(0);
    let stored = &FILES[name];
    assert_eq!(stored.pointer("/CustomerRegistered/details/language"), None);

    let decoded = decode(
        aggregate_type,
        "CustomerRegistered",
        "1",
        &stored.to_string(),
    );
    assert_eq!(decoded.unwrap(), event);

    let lifted = upcast("CustomerRegistered", "1", stored.clone());
    let read: CustomerEvent = serde_json::from_value(lifted).unwrap();
    assert_eq!(Event::Customer(read), event);
}

#[test]
fn events_of_the_current_version_are_not_upcast() {
    for example in examples() {
        let value = example.value();
        assert_eq!(
            upcast(&example.event_type, &example.event_version, value.clone()),
            value
        );
    }
}

#[test]
fn refuses_to_read_what_it_does_not_know() {
    let paid = r#"{"InvoicePaid":{"on":"2025-03-01"}}"#;
    let refused = |aggregate_type, event_type, version, payload| {
        decode(aggregate_type, event_type, version, payload).unwrap_err()
    };
    let error = refused("ledger", "InvoicePaid", "1", paid);
    assert!(matches!(error, DecodeError::UnknownAggregate(_)), "{error}");
    let error = refused("invoice", "InvoicePaid", "2", paid);
    assert!(
        matches!(error, DecodeError::UnknownVersion { .. }),
        "{error}"
    );
    for (event_type, payload) in [
        ("InvoicePaid", "{"),
        ("InvoicePaid", r#"{"InvoicePaid":{}}"#),
        ("InvoiceFramed", r#"{"InvoiceFramed":{}}"#),
    ] {
        let error = refused("invoice", event_type, "1", payload);
        assert!(matches!(error, DecodeError::Malformed { .. }), "{error}");
    }
}

// The examples. They change only together with a new version of the event.

fn text(text: &str) -> String {
    text.to_owned()
}

fn customer() -> Vec<CustomerEvent> {
    let contact_id = ContactId(id(2));
    let details = CustomerDetails {
        name: text("Acme GmbH"),
        email: Some(text("office@example.com")),
        phone: Some(text("+43 1 234")),
        tax_id: None,
        language: text("de-AT"),
    };
    let addresses = CustomerAddresses {
        billing: Some(address()),
        shipping: None,
    };
    let contact = ContactDetails {
        name: text("Ann"),
        email: text("ann@example.com"),
        phone: None,
    };
    let method = |kind| PaymentMethod {
        kind,
        label: text("Visa •••• 4242"),
        provider: text("cards"),
        reference: text("pm-1"),
    };
    vec![
        CustomerEvent::Registered {
            details: details.clone(),
            addresses: addresses.clone(),
            currency: Currency::EUR,
            payment_terms_days: 14,
            on: ON,
        },
        CustomerEvent::DetailsUpdated { details, on: ON },
        CustomerEvent::AddressesUpdated { addresses, on: ON },
        CustomerEvent::PaymentTermsUpdated { days: 30, on: ON },
        CustomerEvent::ContactAdded {
            contact_id,
            details: contact.clone(),
            on: ON,
        },
        CustomerEvent::ContactUpdated {
            contact_id,
            details: contact,
            on: ON,
        },
        CustomerEvent::ContactRemoved { contact_id, on: ON },
        CustomerEvent::PortalInvited { contact_id, on: ON },
        CustomerEvent::PortalJoined { contact_id, on: ON },
        CustomerEvent::PortalRevoked {
            contact_id,
            reason: text("left"),
            on: ON,
        },
        CustomerEvent::PaymentMethodAttached {
            method: method(PaymentMethodKind::Card),
            by: AttachedBy::Payment(PaymentId(id(5))),
            on: ON,
        },
        CustomerEvent::PaymentMethodUpdated {
            method: method(PaymentMethodKind::BankAccount),
            on: ON,
        },
        CustomerEvent::MerchantMailed {
            contact_id: ContactId(id(2)),
            subject: text("Opening hours"),
            message: text("When are you there?"),
            on: ON,
        },
        CustomerEvent::MerchantReviewed {
            contact_id: ContactId(id(2)),
            review: Review {
                rating: 5,
                text: Some(text("Very good")),
                may_be_published: true,
            },
            on: ON,
        },
    ]
}

fn document() -> Document {
    let tax_total = |tax, taxable, amount| TaxTotal {
        tax,
        taxable: dec(taxable),
        amount: dec(amount),
    };
    Document {
        currency: Currency::EUR,
        prices: Prices::TaxExclusive,
        rounding: TaxRounding::PerRateOnDocument,
        lines: vec![
            Line {
                line_id: 1,
                description: text("Design"),
                quantity: dec("1.5"),
                unit_price: dec("80"),
                discount: Some(Discount::Percent(dec("10"))),
                tax: vat("20"),
                amount: dec("108.00"),
            },
            Line {
                line_id: 2,
                description: text("Stamps"),
                quantity: dec("12"),
                unit_price: dec("1"),
                discount: None,
                tax: Tax {
                    category: TaxCategory::Exempt,
                    percent: dec("0"),
                },
                amount: dec("12.00"),
            },
        ],
        discount: Some(Discount::Amount(dec("20.00"))),
        notes: Some(text("Thank you")),
        terms: None,
        totals: Totals {
            lines: dec("120.00"),
            discount: dec("20.00"),
            net: dec("100.00"),
            tax: dec("18.00"),
            gross: dec("118.00"),
            taxes: vec![
                tax_total(vat("20"), "90.00", "18.00"),
                tax_total(
                    Tax {
                        category: TaxCategory::Exempt,
                        percent: dec("0"),
                    },
                    "10.00",
                    "0.00",
                ),
            ],
        },
    }
}

#[test]
fn the_example_of_a_document_is_one_that_is_priced_so() {
    let known = [1, 2].into();
    assert_eq!(document().to_draft().price(&known), Ok(document()));
}

fn estimate() -> Vec<EstimateEvent> {
    let customer_id = CustomerId(id(1));
    let reason = || text("too dear");
    let number = || text("EST-00001");
    vec![
        EstimateEvent::Drafted {
            customer_id,
            document: document(),
            on: ON,
        },
        EstimateEvent::DraftDiscarded { on: ON },
        EstimateEvent::DraftRevised {
            revision: 1,
            document: document(),
            on: ON,
        },
        EstimateEvent::Offered {
            revision: 1,
            number: number(),
            valid_until: LATER,
            deposit_percent: Some(dec("30")),
            on: ON,
        },
        EstimateEvent::Viewed {
            revision: 1,
            on: ON,
        },
        EstimateEvent::Accepted {
            revision: 1,
            name: text("Ann"),
            agreed: Some(Agreed {
                total: eur(118_00),
                deposit: Some(eur(35_40)),
                terms: Some(text("14 days")),
            }),
            on: ON,
        },
        EstimateEvent::Declined {
            revision: 1,
            reason: reason(),
            would_accept: Some(text("90")),
            on: ON,
        },
        EstimateEvent::Reworked {
            revision: 2,
            document: document(),
            on: ON,
        },
        EstimateEvent::Reoffered {
            revision: 2,
            number: number(),
            valid_until: LATER,
            deposit_percent: Some(dec("30")),
            on: ON,
        },
        EstimateEvent::Withdrawn {
            revision: 2,
            reason: reason(),
            on: ON,
        },
        EstimateEvent::AcceptanceUndone {
            revision: 2,
            reason: reason(),
            on: ON,
        },
        EstimateEvent::Invoiced {
            revision: 2,
            invoice_id: InvoiceId(id(3)),
            on: ON,
        },
        EstimateEvent::DepositBilled {
            revision: 2,
            invoice_id: InvoiceId(id(7)),
            amount: eur(35_40),
            on: ON,
        },
        EstimateEvent::DepositReleased {
            invoice_id: InvoiceId(id(7)),
            on: ON,
        },
        EstimateEvent::Forwarded {
            revision: 1,
            recipients: vec![text("ann@example.com")],
            message: Some(text("what do you think?")),
            on: ON,
        },
        EstimateEvent::Commented {
            comment_id: CommentId(id(8)),
            revision: 2,
            side: Side::Customer,
            author: text("Ann"),
            text: text("Is travel included?"),
            on: ON,
        },
    ]
}

fn invoice() -> Vec<InvoiceEvent> {
    let amount = eur(118_00);
    let reason = || text("insolvent");
    let source = InvoiceSource::Estimate {
        estimate_id: EstimateId(id(4)),
        revision: 2,
    };
    vec![
        InvoiceEvent::Drafted {
            customer_id: CustomerId(id(1)),
            document: document(),
            source: Some(source),
            on: ON,
        },
        InvoiceEvent::DraftDiscarded { on: ON },
        InvoiceEvent::DraftRevised {
            document: document(),
            on: ON,
        },
        InvoiceEvent::Issued {
            number: text("INV-00001"),
            issue_date: ON,
            due_date: LATER,
            total: amount,
            seller: party("Seller"),
            buyer: Party {
                address: Some(Address {
                    region: Some(text("Tyrol")),
                    ..address()
                }),
                ..party("Acme GmbH")
            },
        },
        InvoiceEvent::Viewed { on: ON },
        InvoiceEvent::Forwarded {
            recipients: vec![text("ann@example.com")],
            message: Some(text("for your files")),
            on: ON,
        },
        InvoiceEvent::Reminded { stage: 1, on: ON },
        InvoiceEvent::Voided {
            reason: reason(),
            on: ON,
        },
        InvoiceEvent::WrittenOff {
            amount,
            reason: reason(),
            on: ON,
        },
        InvoiceEvent::WriteOffReversed {
            amount,
            reason: reason(),
            on: ON,
        },
        InvoiceEvent::Paid { on: ON },
    ]
}

fn invoice_payments() -> Vec<InvoiceEvent> {
    let payment_id = PaymentId(id(5));
    let amount = eur(118_00);
    vec![
        InvoiceEvent::PaymentReserved {
            payment_id,
            amount,
            on: ON,
        },
        InvoiceEvent::PaymentReleased {
            payment_id,
            amount,
            on: ON,
        },
        InvoiceEvent::PaymentApplied {
            payment_id,
            round: 1,
            amount,
            on: ON,
        },
        InvoiceEvent::PaymentRefused {
            payment_id: PaymentId(id(4)),
            round: 1,
            reason: text("the invoice is voided"),
            on: ON,
        },
        InvoiceEvent::PaymentUnapplied {
            payment_id,
            amount,
            reason: text("insolvent"),
            on: ON,
        },
    ]
}

fn invoice_credit() -> Vec<InvoiceEvent> {
    let credit_note_id = CreditNoteId(id(7));
    let amount = eur(118_00);
    vec![
        InvoiceEvent::CreditApplied {
            credit_note_id,
            round: 1,
            amount,
            on: ON,
        },
        InvoiceEvent::CreditRefused {
            credit_note_id,
            round: 2,
            reason: text("the invoice is voided"),
            on: ON,
        },
        InvoiceEvent::CreditUnapplied {
            credit_note_id,
            amount,
            reason: text("meant for another"),
            on: ON,
        },
    ]
}

fn credit_note() -> Vec<CreditNoteEvent> {
    let invoice_id = InvoiceId(id(3));
    let amount = eur(118_00);
    let reason = || text("returned");
    vec![
        CreditNoteEvent::Drafted {
            customer_id: CustomerId(id(1)),
            document: document(),
            source: Some(CreditNoteSource::Invoice { invoice_id }),
            on: ON,
        },
        CreditNoteEvent::DraftRevised {
            document: document(),
            on: ON,
        },
        CreditNoteEvent::DraftDiscarded { on: ON },
        CreditNoteEvent::Issued {
            number: text("CN-00001"),
            issue_date: ON,
            total: amount,
            seller: party("Seller"),
            buyer: party("Acme GmbH"),
        },
        CreditNoteEvent::Allocated {
            invoice_id,
            amount,
            on: ON,
        },
        CreditNoteEvent::Deallocated {
            invoice_id,
            amount,
            reason: reason(),
            on: ON,
        },
        CreditNoteEvent::Refunded {
            refund_id: RefundId(id(6)),
            amount,
            reason: reason(),
            on: ON,
        },
        CreditNoteEvent::Voided {
            reason: reason(),
            on: ON,
        },
    ]
}

fn invoice_disputes() -> Vec<InvoiceEvent> {
    let dispute_id = DisputeId(id(9));
    let final_invoice_id = InvoiceId(id(11));
    vec![
        InvoiceEvent::Disputed {
            dispute_id,
            line_id: Some(1),
            reason: text("never delivered"),
            amount: Some(eur(18_00)),
            on: ON,
        },
        InvoiceEvent::DisputeSettled {
            dispute_id,
            outcome: DisputeOutcome::Upheld,
            words: text("a credit note follows"),
            on: ON,
        },
        InvoiceEvent::LateFeeCharged {
            stage: 1,
            amount: eur(40_00),
            fee_invoice_id: InvoiceId(id(10)),
            on: ON,
        },
        InvoiceEvent::LateFeesWaived {
            reason: text("goodwill"),
            on: ON,
        },
        InvoiceEvent::CorrectionReserved {
            credit_note_id: CreditNoteId(id(5)),
            version: 1,
            document: document(),
            lines: vec![1, 2],
            on: ON,
        },
        InvoiceEvent::CorrectionReleased {
            credit_note_id: CreditNoteId(id(5)),
            amount: eur(18_00),
            on: ON,
        },
        InvoiceEvent::Corrected {
            credit_note_id: CreditNoteId(id(5)),
            on: ON,
        },
        InvoiceEvent::RemindersResumed {
            reason: text("nothing to correct"),
            on: ON,
        },
        InvoiceEvent::DepositDeducted {
            final_invoice_id,
            on: ON,
        },
        InvoiceEvent::DepositForgone {
            final_invoice_id,
            on: ON,
        },
    ]
}

fn organisation() -> Vec<OrganisationEvent> {
    let profile = OrganisationProfile {
        party: party("Seller"),
        website: Some(text("https://example.com")),
        currency: Currency::EUR,
        bank: Some(BankDetails {
            holder: text("Seller"),
            bank_name: Some(text("Bank")),
            iban: Some(text("AT611904300234573201")),
            bic: Some(text("BKAUATWW")),
            account_number: None,
        }),
    };
    let settings = OrganisationSettings {
        invoice_on_acceptance: InvoiceOnAcceptance::Draft,
        offer_valid_days: 30,
        time_zone: Zone::named("", "Europe/Vienna").unwrap(),
        payment_terms_days: 14,
        currencies: vec![Currency::EUR],
        tax_rates: vec![TaxRate {
            name: text("USt 20 %"),
            tax: vat("20"),
        }],
        series: NumberSeries::default(),
        portal: PortalSettings::ALL,
        deposit_percent: Some(dec("30")),
        reminders: vec![-3, 7],
        late_fees: vec![
            LateFee {
                after_days: 14,
                fee: Fee::Fixed(eur(40_00)),
            },
            LateFee {
                after_days: 30,
                fee: Fee::Percent(dec("1.5")),
            },
        ],
        dunning: Dunning {
            retry_after_days: vec![3, 7],
            then: AfterDunning::Cancel,
        },
        banner: Some(text("Closed until Monday.")),
    };
    vec![
        OrganisationEvent::Registered {
            profile: profile.clone(),
            settings: settings.clone(),
            on: ON,
        },
        OrganisationEvent::ProfileUpdated { profile, on: ON },
        OrganisationEvent::SettingsUpdated { settings, on: ON },
        OrganisationEvent::BrandingUpdated {
            accent: Some(text("#1d4ed8")),
            logo: Some(Logo {
                content_type: LogoType::Png,
                base64: text("iVBORw0KGgo="),
                sha256: text("4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6"),
            }),
            on: ON,
        },
    ]
}

fn payment() -> Vec<PaymentEvent> {
    let customer_id = CustomerId(id(1));
    let invoice_id = InvoiceId(id(3));
    let amount = eur(118_00);
    let allocations = || vec![Allocation { invoice_id, amount }];
    let number = || text("PAY-00001");
    let reason = || text("paid twice");
    vec![
        PaymentEvent::Initiated {
            customer_id,
            amount,
            allocations: allocations(),
            provider: text("cards"),
            on: ON,
        },
        PaymentEvent::Recorded {
            number: number(),
            customer_id,
            amount,
            allocations: allocations(),
            method: OfflineMethod::BankTransfer,
            reference: Some(text("RF18 5390")),
            received_on: ON,
            on: LATER,
        },
        PaymentEvent::Submitted { on: ON },
        PaymentEvent::Pending {
            provider_reference: text("tx-1"),
            on: ON,
        },
        PaymentEvent::Succeeded {
            number: number(),
            provider_reference: text("tx-1"),
            on: ON,
        },
        PaymentEvent::ArrivedLate {
            number: number(),
            provider_reference: text("tx-1"),
            on: ON,
        },
        PaymentEvent::Failed {
            code: text("no_funds"),
            reason: text("no funds"),
            on: ON,
        },
        PaymentEvent::Cancelled {
            code: None,
            reason: reason(),
            on: ON,
        },
        PaymentEvent::Allocated {
            invoice_id,
            amount,
            on: ON,
        },
        PaymentEvent::Deallocated {
            invoice_id,
            amount,
            reason: reason(),
            on: ON,
        },
        PaymentEvent::Refunded {
            refund_id: RefundId(id(6)),
            amount,
            reason: reason(),
            on: ON,
        },
    ]
}

fn refunds() -> Vec<PaymentEvent> {
    let (refund_id, amount) = (RefundId(id(6)), eur(18_00));
    vec![
        PaymentEvent::RefundInitiated {
            refund_id,
            amount,
            reason: text("paid twice"),
            on: ON,
        },
        PaymentEvent::RefundSucceeded {
            refund_id,
            amount,
            provider_reference: text("re-1"),
            on: ON,
        },
        PaymentEvent::RefundFailed {
            refund_id,
            amount,
            code: text("account_closed"),
            reason: text("The account is closed"),
            on: ON,
        },
    ]
}
