//! The customer's commands: what each brings about, and what refuses it.

use super::*;
use crate::ids::PaymentId;
use crate::invalid::{Invalid, Rule};
use crate::party::Address;
use crate::testing::{Given, address, assert_every_refusal_is_tested, day, given, id};

const ANN: ContactId = ContactId(uuid::Uuid::from_u128(1));
const BOB: ContactId = ContactId(uuid::Uuid::from_u128(2));

fn details(name: &str) -> CustomerDetails {
    CustomerDetails {
        name: name.to_owned(),
        email: Some("office@example.com".to_owned()),
        phone: None,
        tax_id: None,
        language: "de-AT".to_owned(),
    }
}

fn addresses() -> CustomerAddresses {
    CustomerAddresses {
        billing: Some(address()),
        shipping: None,
    }
}

fn person(name: &str) -> ContactDetails {
    ContactDetails {
        name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase()),
        phone: None,
    }
}

fn method(label: &str) -> PaymentMethodDetails {
    PaymentMethodDetails {
        kind: PaymentMethodKind::Card,
        label: label.to_owned(),
        provider: "cards".to_owned(),
        reference: "pm-1".to_owned(),
    }
}

// What has happened.

fn registered() -> CustomerEvent {
    CustomerEvent::Registered {
        details: details("Acme"),
        addresses: addresses(),
        currency: Currency::EUR,
        payment_terms_days: 14,
        on: day(1),
    }
}

fn added(contact_id: ContactId, name: &str) -> CustomerEvent {
    CustomerEvent::ContactAdded {
        contact_id,
        details: person(name),
        on: day(2),
    }
}

fn removed() -> CustomerEvent {
    CustomerEvent::ContactRemoved {
        contact_id: ANN,
        on: day(3),
    }
}

fn invited() -> CustomerEvent {
    CustomerEvent::PortalInvited {
        contact_id: ANN,
        on: day(3),
    }
}

fn joined() -> CustomerEvent {
    CustomerEvent::PortalJoined {
        contact_id: ANN,
        on: day(3),
    }
}

fn revoked() -> CustomerEvent {
    CustomerEvent::PortalRevoked {
        contact_id: ANN,
        reason: "left".to_owned(),
        on: day(3),
    }
}

fn stored(label: &str) -> PaymentMethod {
    PaymentMethod {
        kind: PaymentMethodKind::Card,
        label: label.to_owned(),
        provider: "cards".to_owned(),
        reference: "pm-1".to_owned(),
    }
}

fn attached() -> CustomerEvent {
    CustomerEvent::PaymentMethodAttached {
        method: stored("Visa"),
        by: AttachedBy::Staff,
        on: day(3),
    }
}

// What is asked.

fn register_with(change: impl FnOnce(&mut RegisterCustomer)) -> CustomerCommand {
    let mut command = RegisterCustomer {
        details: details("Acme"),
        addresses: addresses(),
        currency: Currency::EUR,
        payment_terms_days: 14,
        on: day(1),
    };
    change(&mut command);
    CustomerCommand::Register(command)
}

fn update_details(details: CustomerDetails) -> CustomerCommand {
    CustomerCommand::UpdateDetails(UpdateCustomerDetails {
        details,
        on: day(2),
    })
}

fn update_addresses(addresses: CustomerAddresses) -> CustomerCommand {
    CustomerCommand::UpdateAddresses(UpdateCustomerAddresses {
        addresses,
        on: day(2),
    })
}

fn update_terms(days: u16) -> CustomerCommand {
    CustomerCommand::UpdatePaymentTerms { days, on: day(2) }
}

fn add(contact_id: ContactId, details: ContactDetails) -> CustomerCommand {
    CustomerCommand::AddContact(AddContact {
        contact_id,
        details,
        on: day(2),
    })
}

fn update(contact_id: ContactId, details: ContactDetails) -> CustomerCommand {
    CustomerCommand::UpdateContact(UpdateContact {
        contact_id,
        details,
        on: day(3),
    })
}

fn remove() -> CustomerCommand {
    CustomerCommand::RemoveContact {
        contact_id: ANN,
        on: day(3),
    }
}

fn invite() -> CustomerCommand {
    CustomerCommand::InviteToPortal {
        contact_id: ANN,
        on: day(3),
    }
}

fn join() -> CustomerCommand {
    CustomerCommand::JoinPortal {
        contact_id: ANN,
        on: day(3),
    }
}

fn revoke(reason: &str) -> CustomerCommand {
    CustomerCommand::RevokePortal {
        contact_id: ANN,
        reason: reason.to_owned(),
        on: day(3),
    }
}

fn attach(label: &str, by: AttachedBy) -> CustomerCommand {
    CustomerCommand::AttachPaymentMethod {
        method: method(label),
        by,
        on: day(3),
    }
}

fn update_method(method: PaymentMethodDetails) -> CustomerCommand {
    CustomerCommand::UpdatePaymentMethod { method, on: day(4) }
}

fn required(field: &str) -> Invalid {
    Invalid::new(field, Rule::Required)
}

/// A registered customer to which this has happened.
fn customer(events: impl IntoIterator<Item = CustomerEvent>) -> Given<Customer> {
    given(std::iter::once(registered()).chain(events))
}

fn nobody() -> Given<Customer> {
    given([])
}

#[test]
fn every_refusal_is_tested() {
    let tests = include_str!("tests.rs");
    assert_every_refusal_is_tested("CustomerError", include_str!("error.rs"), tests);
}

#[test]
fn refuses_everything_before_it_is_registered() {
    for command in [
        update_details(details("Acme")),
        update_addresses(addresses()),
        update_terms(14),
        add(ANN, person("Ann")),
        update(ANN, person("Ann")),
        remove(),
        invite(),
        join(),
        revoke("left"),
        attach("Visa", AttachedBy::Staff),
        update_method(method("Visa")),
    ] {
        nobody().when(command).refused(CustomerError::NotRegistered);
    }
}

// Register

#[test]
fn registers_a_customer() {
    nobody().when(register_with(|_| {})).once([registered()]);
}

#[test]
fn refuses_another_customer_under_the_same_id() {
    for command in [
        register_with(|r| r.details = details("Other")),
        register_with(|r| r.addresses.billing = None),
        register_with(|r| r.currency = Currency::USD),
        register_with(|r| r.payment_terms_days = 30),
    ] {
        customer([])
            .when(command)
            .refused(CustomerError::AlreadyRegistered);
    }
}

#[test]
fn refuses_to_register_what_breaks_a_rule_of_its_fields() {
    let terms = Rule::OutOfRange(0.into(), 365.into());
    for (command, field, rule) in [
        (
            register_with(|r| r.details.name.clear()),
            "name",
            Rule::Required,
        ),
        (
            register_with(|r| r.details.email = Some("acme".to_owned())),
            "email",
            Rule::NotAnEmail,
        ),
        (
            register_with(|r| r.details.language = "german".to_owned()),
            "language",
            Rule::NotALanguage,
        ),
        (
            register_with(|r| r.addresses.billing = Some(Address::default())),
            "billingAddress.street",
            Rule::Required,
        ),
        (
            register_with(|r| r.currency = Currency::XAU),
            "currency",
            Rule::NotACurrency,
        ),
        (
            register_with(|r| r.payment_terms_days = 366),
            "paymentTermsDays",
            terms,
        ),
    ] {
        nobody().when(command).refused(Invalid::new(field, rule));
    }
}

// UpdateDetails, UpdateAddresses, UpdatePaymentTerms

#[test]
fn changes_its_details() {
    let event = CustomerEvent::DetailsUpdated {
        details: details("Acme Ltd"),
        on: day(2),
    };
    customer([])
        .when(update_details(details(" Acme Ltd")))
        .once([event]);
    customer([]).when(update_details(details("Acme"))).quiet();
    customer([])
        .when(update_details(details("")))
        .refused(required("name"));
}

#[test]
fn changes_its_addresses() {
    let both = CustomerAddresses {
        shipping: Some(address()),
        ..addresses()
    };
    let event = CustomerEvent::AddressesUpdated {
        addresses: both.clone(),
        on: day(2),
    };
    customer([])
        .when(update_addresses(both.clone()))
        .once([event]);
    let mut nowhere = both;
    nowhere.shipping.as_mut().unwrap().country = "Austria".to_owned();
    let refusal = Invalid::new("shippingAddress.country", Rule::NotACountry);
    customer([])
        .when(update_addresses(nowhere))
        .refused(refusal);
}

#[test]
fn changes_its_payment_terms() {
    let event = CustomerEvent::PaymentTermsUpdated {
        days: 0,
        on: day(2),
    };
    customer([]).when(update_terms(0)).once([event]);
    let rule = Rule::OutOfRange(0.into(), 365.into());
    let refusal = Invalid::new("paymentTermsDays", rule);
    customer([]).when(update_terms(366)).refused(refusal);
}

// AddContact, UpdateContact, RemoveContact

#[test]
fn adds_a_contact() {
    customer([])
        .when(add(ANN, person("Ann")))
        .once([added(ANN, "Ann")]);
}

#[test]
fn refuses_another_contact_under_the_same_id() {
    let command = add(ANN, person("Bob"));
    customer([added(ANN, "Ann")])
        .when(command)
        .refused(CustomerError::ContactExists);
}

#[test]
fn refuses_a_second_contact_with_the_same_address() {
    let mut shouted = person("Ann");
    shouted.email = "ANN@Example.com".to_owned();
    let both = [added(ANN, "Ann"), added(BOB, "Bob")];
    let taken = CustomerError::ContactEmailTaken;
    customer([added(ANN, "Ann")])
        .when(add(BOB, shouted.clone()))
        .refused(taken.clone());
    customer(both).when(update(BOB, shouted)).refused(taken);
}

#[test]
fn changes_a_contact() {
    let event = CustomerEvent::ContactUpdated {
        contact_id: ANN,
        details: person("Anna"),
        on: day(3),
    };
    customer([added(ANN, "Ann")])
        .when(update(ANN, person("Anna")))
        .once([event]);
    customer([added(ANN, "Ann")])
        .when(update(ANN, person("Ann")))
        .quiet();
}

#[test]
fn refuses_a_contact_without_an_address() {
    let mut nowhere = person("Ann");
    nowhere.email.clear();
    customer([])
        .when(add(ANN, nowhere.clone()))
        .refused(required("email"));
    customer([added(ANN, "Ann")])
        .when(update(ANN, nowhere))
        .refused(required("email"));
}

#[test]
fn removes_a_contact_and_its_way_into_the_portal() {
    let history = [added(ANN, "Ann"), invited(), joined()];
    let again = customer(history.clone()).when(remove()).then([removed()]);
    again.refused(CustomerError::UnknownContact);
    let added_again = history.into_iter().chain([removed(), added(ANN, "Ann")]);
    customer(added_again)
        .when(join())
        .refused(CustomerError::NotInvited);
}

#[test]
fn refuses_what_is_asked_of_an_unknown_contact() {
    for command in [
        update(ANN, person("Ann")),
        remove(),
        invite(),
        join(),
        revoke("left"),
    ] {
        customer([])
            .when(command)
            .refused(CustomerError::UnknownContact);
    }
}

// InviteToPortal, JoinPortal, RevokePortal

#[test]
fn invites_a_contact_who_joins() {
    customer([added(ANN, "Ann")])
        .when(invite())
        .once([invited()]);
    customer([added(ANN, "Ann"), invited()])
        .when(join())
        .once([joined()]);
}

#[test]
fn invites_again_after_the_way_was_taken() {
    let history = [added(ANN, "Ann"), invited(), joined(), revoked()];
    customer(history).when(invite()).once([invited()]);
}

#[test]
fn refuses_to_invite_who_has_joined() {
    let history = [added(ANN, "Ann"), invited(), joined()];
    customer(history)
        .when(invite())
        .refused(CustomerError::AlreadyJoined);
}

#[test]
fn refuses_to_let_in_who_is_not_invited() {
    for history in [
        vec![added(ANN, "Ann")],
        vec![added(ANN, "Ann"), invited(), revoked()],
    ] {
        customer(history)
            .when(join())
            .refused(CustomerError::NotInvited);
    }
}

#[test]
fn takes_the_way_into_the_portal() {
    for history in [
        vec![added(ANN, "Ann"), invited()],
        vec![added(ANN, "Ann"), invited(), joined()],
    ] {
        customer(history.clone())
            .when(revoke("left"))
            .once([revoked()]);
        customer(history)
            .when(revoke(""))
            .refused(required("reason"));
    }
}

#[test]
fn refuses_to_take_a_way_that_never_was() {
    customer([added(ANN, "Ann")])
        .when(revoke("left"))
        .refused(CustomerError::NoPortalAccess);
}

// AttachPaymentMethod, UpdatePaymentMethod

#[test]
fn attaches_a_payment_method_by_staff_or_by_paying() {
    customer([])
        .when(attach("Visa", AttachedBy::Staff))
        .once([attached()]);
    let by = AttachedBy::Payment(PaymentId(id(5)));
    let event = CustomerEvent::PaymentMethodAttached {
        method: stored("Master"),
        by,
        on: day(3),
    };
    customer([attached()])
        .when(attach("Master", by))
        .once([event]);
}

#[test]
fn updates_the_attached_payment_method() {
    let event = CustomerEvent::PaymentMethodUpdated {
        method: stored("Master"),
        on: day(4),
    };
    customer([attached()])
        .when(update_method(method("Master")))
        .once([event]);
}

#[test]
fn refuses_to_add_a_payment_method_from_the_profile() {
    let command = update_method(method("Visa"));
    customer([])
        .when(command)
        .refused(CustomerError::NoPaymentMethod);
}

#[test]
fn refuses_a_payment_method_without_its_details() {
    for (field, change) in [
        (
            "label",
            (|m| m.label.clear()) as fn(&mut PaymentMethodDetails),
        ),
        ("provider", |m| m.provider.clear()),
        ("reference", |m| m.reference.clear()),
    ] {
        let mut incomplete = method("Visa");
        change(&mut incomplete);
        let command = update_method(incomplete.clone());
        customer([attached()])
            .when(command)
            .refused(required(field));
        let command = CustomerCommand::AttachPaymentMethod {
            method: incomplete,
            by: AttachedBy::Staff,
            on: day(3),
        };
        customer([]).when(command).refused(required(field));
    }
}

#[test]
fn stands_on_documents_with_its_billing_address() {
    let mut state = Customer::default();
    state.apply_event(registered());
    let party = state.registered.unwrap().as_party();
    assert_eq!(party.name, "Acme");
    assert_eq!(party.address, Some(address()));
    assert_eq!(party.checked(), Ok(party));
}

// MailMerchant, ReviewMerchant

fn mail(contact_id: ContactId, subject: &str, message: &str) -> CustomerCommand {
    CustomerCommand::MailMerchant(MailMerchant {
        contact_id,
        subject: subject.to_owned(),
        message: message.to_owned(),
        on: day(4),
    })
}

fn review(contact_id: ContactId, rating: u8, text: &str) -> CustomerCommand {
    CustomerCommand::ReviewMerchant(ReviewMerchant {
        contact_id,
        review: opinion(rating, Some(text)),
        on: day(4),
    })
}

fn opinion(rating: u8, text: Option<&str>) -> Review {
    Review {
        rating,
        text: text.map(str::to_owned),
        may_be_published: true,
    }
}

#[test]
fn a_contact_writes_to_the_merchant_as_often_as_they_like() {
    customer([added(ANN, "Ann")])
        .when(mail(ANN, " Opening hours ", "When are you there?"))
        .each_time([CustomerEvent::MerchantMailed {
            contact_id: ANN,
            subject: "Opening hours".to_owned(),
            message: "When are you there?".to_owned(),
            on: day(4),
        }]);
}

#[test]
fn a_contact_reviews_the_merchant_and_thinks_better_of_it() {
    let reviewed = |rating, text| CustomerEvent::MerchantReviewed {
        contact_id: ANN,
        review: opinion(rating, text),
        on: day(4),
    };
    customer([added(ANN, "Ann")])
        .when(review(ANN, 5, "Very good"))
        .once([reviewed(5, Some("Very good"))]);
    customer([added(ANN, "Ann"), reviewed(5, Some("Very good"))])
        .when(review(ANN, 1, " "))
        .once([reviewed(1, None)]);
}

#[test]
fn refuses_letters_and_reviews_that_break_a_rule_of_their_fields() {
    let stars = || Rule::OutOfRange(1.into(), 5.into());
    for (command, refusal) in [
        (mail(ANN, "", "Hello"), required("subject")),
        (mail(ANN, "Hello", " "), required("message")),
        (
            mail(ANN, "Hello", &"x".repeat(10_001)),
            Invalid::new("message", Rule::TooLong(10_000)),
        ),
        (review(ANN, 0, "poor"), Invalid::new("rating", stars())),
        (review(ANN, 6, "great"), Invalid::new("rating", stars())),
        (
            review(ANN, 5, &"x".repeat(5_001)),
            Invalid::new("text", Rule::TooLong(5_000)),
        ),
    ] {
        customer([added(ANN, "Ann")]).when(command).refused(refusal);
    }
    for command in [mail(BOB, "Hello", "Bob here"), review(BOB, 5, "Good")] {
        customer([added(ANN, "Ann")])
            .when(command)
            .refused(CustomerError::UnknownContact);
    }
}

// Tax ids

#[test]
fn writes_a_vat_number_as_vies_does_and_refuses_what_is_none() {
    let with = |tax_id: &str| CustomerDetails {
        tax_id: Some(tax_id.to_owned()),
        ..details("Acme")
    };
    customer([])
        .when(update_details(with("atu 1234 5678")))
        .once([CustomerEvent::DetailsUpdated {
            details: with("ATU12345678"),
            on: day(2),
        }]);
    let refusal = || Invalid::new("taxId", Rule::NotAVatId("AT"));
    customer([])
        .when(update_details(with("ATU1")))
        .refused(refusal());
    given::<Customer>([])
        .when(register_with(|command| command.details = with("ATU1")))
        .refused(refusal());
}

#[test]
fn a_tax_id_older_than_the_rule_stands_in_nobodys_way() {
    let old = CustomerDetails {
        tax_id: Some("ATU1".to_owned()),
        ..details("Acme")
    };
    let stands = CustomerEvent::DetailsUpdated {
        details: old.clone(),
        on: day(1),
    };
    let renamed = CustomerDetails {
        name: "Acme & Co".to_owned(),
        ..old
    };
    customer([stands])
        .when(update_details(renamed.clone()))
        .once([CustomerEvent::DetailsUpdated {
            details: renamed,
            on: day(2),
        }]);
}
