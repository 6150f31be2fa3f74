//! Whatever is asked of a customer's contacts and payment method, in whatever order: it does what a small model of
//! it says, and nothing else.

use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::testing::{id, play};

const ON: time::Date = date!(2025 - 03 - 01);

#[derive(Debug, Default)]
struct Model {
    registered: bool,
    /// Address and access of every contact.
    contacts: BTreeMap<ContactId, (String, Option<PortalAccess>)>,
    method: Option<String>,
    reviews: BTreeMap<ContactId, Review>,
}

impl Model {
    fn is_free(&self, contact_id: ContactId, email: &str) -> bool {
        self.contacts
            .iter()
            .all(|(id, (taken, _))| *id == contact_id || taken != email)
    }

    /// Whether the contact's access is one of these; None stands for never invited.
    fn has(&self, contact_id: ContactId, access: &[Option<PortalAccess>]) -> bool {
        self.contacts
            .get(&contact_id)
            .is_some_and(|(_, known)| access.contains(known))
    }

    fn gets(
        &mut self,
        contact_id: ContactId,
        from: &[Option<PortalAccess>],
        to: PortalAccess,
    ) -> bool {
        let new = self.has(contact_id, from);
        if let Some((_, access)) = self.contacts.get_mut(&contact_id).filter(|_| new) {
            *access = Some(to);
        }
        new
    }

    /// Whether the command is a new fact, to which the model then moves on.
    fn moves(&mut self, command: &CustomerCommand) -> bool {
        if !self.registered {
            self.registered = matches!(command, CustomerCommand::Register(_));
            return self.registered;
        }
        let (invited, joined) = (Some(PortalAccess::Invited), Some(PortalAccess::Joined));
        match command {
            CustomerCommand::AddContact(add) => {
                let new = !self.contacts.contains_key(&add.contact_id)
                    && self.is_free(add.contact_id, &add.details.email);
                if new {
                    let contact = (add.details.email.clone(), None);
                    self.contacts.insert(add.contact_id, contact);
                }
                new
            }
            CustomerCommand::UpdateContact(update) => {
                let email = &update.details.email;
                let free = self.is_free(update.contact_id, email);
                let contact = self.contacts.get_mut(&update.contact_id).filter(|_| free);
                contact.is_some_and(|(known, _)| std::mem::replace(known, email.clone()) != *email)
            }
            CustomerCommand::RemoveContact { contact_id, .. } => {
                self.contacts.remove(contact_id).is_some()
            }
            CustomerCommand::InviteToPortal { contact_id, .. } => {
                let from = [None, Some(PortalAccess::Revoked)];
                self.gets(*contact_id, &from, PortalAccess::Invited)
            }
            CustomerCommand::JoinPortal { contact_id, .. } => {
                self.gets(*contact_id, &[invited], PortalAccess::Joined)
            }
            CustomerCommand::RevokePortal { contact_id, .. } => {
                self.gets(*contact_id, &[invited, joined], PortalAccess::Revoked)
            }
            CustomerCommand::AttachPaymentMethod { method, .. } => {
                self.method.replace(method.label.clone()) != Some(method.label.clone())
            }
            CustomerCommand::UpdatePaymentMethod { method, .. } => match &mut self.method {
                Some(known) => std::mem::replace(known, method.label.clone()) != method.label,
                None => false,
            },
            CustomerCommand::MailMerchant(mail) => self.contacts.contains_key(&mail.contact_id),
            CustomerCommand::ReviewMerchant(ReviewMerchant {
                contact_id, review, ..
            }) => {
                self.contacts.contains_key(contact_id)
                    && self.reviews.insert(*contact_id, review.clone()).as_ref() != Some(review)
            }
            CustomerCommand::Register(_)
            | CustomerCommand::UpdateDetails(_)
            | CustomerCommand::UpdateAddresses(_)
            | CustomerCommand::UpdatePaymentTerms { .. } => false,
        }
    }

    fn agrees(&self, customer: &Customer) {
        let Some(registered) = &customer.registered else {
            assert!(!self.registered);
            return;
        };
        let contacts = registered.contacts.iter().map(|(id, contact)| {
            let access = Some(contact.portal).filter(|access| *access != PortalAccess::None);
            (*id, (contact.details.email.clone(), access))
        });
        assert_eq!(contacts.collect::<BTreeMap<_, _>>(), self.contacts);
        let method = registered
            .payment_method
            .as_ref()
            .map(|method| method.label.clone());
        assert_eq!(method, self.method);
        assert_eq!(registered.reviews, self.reviews);
    }
}

fn register() -> CustomerCommand {
    let details = CustomerDetails {
        name: "Acme".to_owned(),
        language: "en".to_owned(),
        ..CustomerDetails::default()
    };
    CustomerCommand::Register(RegisterCustomer {
        details,
        addresses: CustomerAddresses::default(),
        currency: Currency::EUR,
        payment_terms_days: 14,
        on: ON,
    })
}

fn commands() -> impl Strategy<Value = CustomerCommand> {
    let ids = || (1_u128..4).prop_map(|n| ContactId(id(n)));
    let details = || {
        prop_oneof!["ann@b\\.co", "bob@b\\.co"].prop_map(|email| ContactDetails {
            name: "Ann".to_owned(),
            email,
            phone: None,
        })
    };
    let methods = || {
        prop_oneof!["Visa", "Master"].prop_map(|label| PaymentMethodDetails {
            kind: PaymentMethodKind::Card,
            label,
            provider: "cards".to_owned(),
            reference: "pm-1".to_owned(),
        })
    };
    let on = ON;
    prop_oneof![
        Just(register()),
        (ids(), details()).prop_map(move |(contact_id, details)| {
            CustomerCommand::AddContact(AddContact {
                contact_id,
                details,
                on,
            })
        }),
        (ids(), details()).prop_map(move |(contact_id, details)| {
            CustomerCommand::UpdateContact(UpdateContact {
                contact_id,
                details,
                on,
            })
        }),
        ids().prop_map(move |contact_id| CustomerCommand::RemoveContact { contact_id, on }),
        ids().prop_map(move |contact_id| CustomerCommand::InviteToPortal { contact_id, on }),
        ids().prop_map(move |contact_id| CustomerCommand::JoinPortal { contact_id, on }),
        ids().prop_map(move |contact_id| {
            CustomerCommand::RevokePortal {
                contact_id,
                reason: "left".to_owned(),
                on,
            }
        }),
        methods().prop_map(move |method| {
            CustomerCommand::AttachPaymentMethod {
                method,
                by: AttachedBy::Staff,
                on,
            }
        }),
        methods().prop_map(move |method| CustomerCommand::UpdatePaymentMethod { method, on }),
        ids().prop_map(move |contact_id| {
            CustomerCommand::MailMerchant(MailMerchant {
                contact_id,
                subject: "Hello".to_owned(),
                message: "Are you there?".to_owned(),
                on,
            })
        }),
        (ids(), 1_u8..6).prop_map(move |(contact_id, rating)| {
            let review = Review {
                rating,
                text: None,
                may_be_published: false,
            };
            CustomerCommand::ReviewMerchant(ReviewMerchant {
                contact_id,
                review,
                on,
            })
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn does_what_its_model_says_in_any_order(
        commands in proptest::collection::vec(commands(), 1..60),
    ) {
        let mut model = Model::default();
        let removes = |command: &CustomerCommand| {
            let again = |c: &CustomerCommand| matches!(c, CustomerCommand::MailMerchant(_));
            again(command) || matches!(command, CustomerCommand::RemoveContact { .. })
        };
        play(Customer::decide, commands, removes, |command, events, customer| {
            assert_eq!(model.moves(command), !events.is_empty(), "{command:?}");
            model.agrees(customer);
        });
    }
}
