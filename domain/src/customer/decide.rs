//! The customer's decisions.

use std::collections::BTreeMap;

use time::Date;

use super::command::{
    CustomerCommand, MailMerchant, PaymentMethodDetails, RegisterCustomer, ReviewMerchant,
};
use super::{
    AttachedBy, Contact, ContactDetails, Customer, CustomerAddresses, CustomerDetails,
    CustomerError, CustomerEvent, PaymentMethod, PortalAccess, Registered, Review,
};
use crate::email::{email, optional_email};
use crate::ids::ContactId;
use crate::invalid::{Invalid, Rule};
use crate::money;
use crate::party::{Address, language};
use crate::text::{optional_line, optional_text, required_line, required_text};
use crate::vat_id::tax_id;

type Decision = Result<Vec<CustomerEvent>, CustomerError>;

impl Customer {
    /// Decides a command: the events it brings about, none where it has taken effect already.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn decide(&self, command: CustomerCommand) -> Decision {
        let customer = || self.registered.as_ref().ok_or(CustomerError::NotRegistered);
        match command {
            CustomerCommand::Register(command) => register(self.registered.as_ref(), &command),
            CustomerCommand::UpdateDetails(command) => {
                customer()?.update_details(&command.details, command.on)
            }
            CustomerCommand::UpdateAddresses(command) => {
                customer()?.update_addresses(&command.addresses, command.on)
            }
            CustomerCommand::UpdatePaymentTerms { days, on } => {
                customer()?.update_payment_terms(days, on)
            }
            CustomerCommand::AddContact(command) => {
                customer()?.add_contact(command.contact_id, &command.details, command.on)
            }
            CustomerCommand::UpdateContact(command) => {
                customer()?.update_contact(command.contact_id, &command.details, command.on)
            }
            CustomerCommand::RemoveContact { contact_id, on } => {
                customer()?.contact(contact_id)?;
                Ok(vec![CustomerEvent::ContactRemoved { contact_id, on }])
            }
            CustomerCommand::InviteToPortal { contact_id, on } => {
                customer()?.invite(contact_id, on)
            }
            CustomerCommand::JoinPortal { contact_id, on } => customer()?.join(contact_id, on),
            CustomerCommand::RevokePortal {
                contact_id,
                reason,
                on,
            } => customer()?.revoke(contact_id, &reason, on),
            CustomerCommand::AttachPaymentMethod { method, by, on } => {
                customer()?.attach_payment_method(&method, by, on)
            }
            CustomerCommand::MailMerchant(command) => customer()?.mail_merchant(&command),
            CustomerCommand::ReviewMerchant(command) => customer()?.review_merchant(&command),
            CustomerCommand::UpdatePaymentMethod { method, on } => {
                customer()?.update_payment_method(&method, on)
            }
        }
    }

    pub(crate) fn apply_event(&mut self, event: CustomerEvent) {
        if let CustomerEvent::Registered {
            details,
            addresses,
            currency,
            payment_terms_days,
            on: _,
        } = event
        {
            self.registered = Some(Registered {
                details,
                addresses,
                currency,
                payment_terms_days,
                contacts: BTreeMap::new(),
                reviews: BTreeMap::new(),
                payment_method: None,
            });
        } else if let Some(customer) = &mut self.registered {
            customer.apply_event(event);
        }
    }
}

impl Registered {
    fn update_details(&self, details: &CustomerDetails, on: Date) -> Decision {
        let details = checked_details(details, Some(&self.details))?;
        Ok(unless(
            details == self.details,
            CustomerEvent::DetailsUpdated { details, on },
        ))
    }

    fn update_addresses(&self, addresses: &CustomerAddresses, on: Date) -> Decision {
        let addresses = checked_addresses(addresses)?;
        Ok(unless(
            addresses == self.addresses,
            CustomerEvent::AddressesUpdated { addresses, on },
        ))
    }

    fn update_payment_terms(&self, days: u16, on: Date) -> Decision {
        let days = payment_terms(days)?;
        Ok(unless(
            days == self.payment_terms_days,
            CustomerEvent::PaymentTermsUpdated { days, on },
        ))
    }

    fn attach_payment_method(
        &self,
        method: &PaymentMethodDetails,
        by: AttachedBy,
        on: Date,
    ) -> Decision {
        let method = checked_method(method)?;
        Ok(unless(
            self.payment_method.as_ref() == Some(&method),
            CustomerEvent::PaymentMethodAttached { method, by, on },
        ))
    }

    fn update_payment_method(&self, method: &PaymentMethodDetails, on: Date) -> Decision {
        let attached = self.payment_method.as_ref();
        let attached = attached.ok_or(CustomerError::NoPaymentMethod)?;
        let method = checked_method(method)?;
        Ok(unless(
            *attached == method,
            CustomerEvent::PaymentMethodUpdated { method, on },
        ))
    }

    /// Every letter is one of its own, however much it is like the one before.
    fn mail_merchant(&self, command: &MailMerchant) -> Decision {
        self.contact(command.contact_id)?;
        Ok(vec![CustomerEvent::MerchantMailed {
            contact_id: command.contact_id,
            subject: required_line("subject", &command.subject, 200)?,
            message: required_text("message", &command.message, 10_000)?,
            on: command.on,
        }])
    }

    fn review_merchant(&self, command: &ReviewMerchant) -> Decision {
        let contact_id = command.contact_id;
        self.contact(contact_id)?;
        let review = checked_review(&command.review)?;
        Ok(unless(
            self.reviews.get(&contact_id) == Some(&review),
            CustomerEvent::MerchantReviewed {
                contact_id,
                review,
                on: command.on,
            },
        ))
    }

    fn contact(&self, id: ContactId) -> Result<&Contact, CustomerError> {
        self.contacts.get(&id).ok_or(CustomerError::UnknownContact)
    }

    fn email_is_free(&self, for_contact: ContactId, email: &str) -> Result<(), CustomerError> {
        let taken = self
            .contacts
            .iter()
            .any(|(id, contact)| *id != for_contact && contact.details.email == email);
        if taken {
            Err(CustomerError::ContactEmailTaken)
        } else {
            Ok(())
        }
    }

    fn add_contact(&self, contact_id: ContactId, details: &ContactDetails, on: Date) -> Decision {
        let details = checked_contact(details)?;
        match self.contacts.get(&contact_id) {
            Some(contact) if contact.details == details => return Ok(vec![]),
            Some(_) => return Err(CustomerError::ContactExists),
            None => self.email_is_free(contact_id, &details.email)?,
        }
        Ok(vec![CustomerEvent::ContactAdded {
            contact_id,
            details,
            on,
        }])
    }

    fn update_contact(
        &self,
        contact_id: ContactId,
        details: &ContactDetails,
        on: Date,
    ) -> Decision {
        let details = checked_contact(details)?;
        let same = self.contact(contact_id)?.details == details;
        self.email_is_free(contact_id, &details.email)?;
        Ok(unless(
            same,
            CustomerEvent::ContactUpdated {
                contact_id,
                details,
                on,
            },
        ))
    }

    fn invite(&self, contact_id: ContactId, on: Date) -> Decision {
        match self.contact(contact_id)?.portal {
            PortalAccess::Joined => Err(CustomerError::AlreadyJoined),
            PortalAccess::Invited => Ok(vec![]),
            PortalAccess::None | PortalAccess::Revoked => {
                Ok(vec![CustomerEvent::PortalInvited { contact_id, on }])
            }
        }
    }

    fn join(&self, contact_id: ContactId, on: Date) -> Decision {
        match self.contact(contact_id)?.portal {
            PortalAccess::Invited => Ok(vec![CustomerEvent::PortalJoined { contact_id, on }]),
            PortalAccess::Joined => Ok(vec![]),
            PortalAccess::None | PortalAccess::Revoked => Err(CustomerError::NotInvited),
        }
    }

    fn revoke(&self, contact_id: ContactId, reason: &str, on: Date) -> Decision {
        match self.contact(contact_id)?.portal {
            PortalAccess::Invited | PortalAccess::Joined => {
                let reason = required_text("reason", reason, 2_000)?;
                Ok(vec![CustomerEvent::PortalRevoked {
                    contact_id,
                    reason,
                    on,
                }])
            }
            PortalAccess::Revoked => Ok(vec![]),
            PortalAccess::None => Err(CustomerError::NoPortalAccess),
        }
    }

    fn apply_event(&mut self, event: CustomerEvent) {
        match event {
            CustomerEvent::Registered { .. } => {}
            CustomerEvent::DetailsUpdated { details, .. } => self.details = details,
            CustomerEvent::AddressesUpdated { addresses, .. } => self.addresses = addresses,
            CustomerEvent::PaymentTermsUpdated { days, .. } => self.payment_terms_days = days,
            CustomerEvent::ContactAdded {
                contact_id,
                details,
                ..
            } => {
                let contact = Contact {
                    details,
                    portal: PortalAccess::None,
                };
                self.contacts.insert(contact_id, contact);
            }
            CustomerEvent::ContactUpdated {
                contact_id,
                details,
                ..
            } => {
                if let Some(contact) = self.contacts.get_mut(&contact_id) {
                    contact.details = details;
                }
            }
            CustomerEvent::ContactRemoved { contact_id, .. } => {
                self.contacts.remove(&contact_id);
            }
            CustomerEvent::PortalInvited { contact_id, .. } => {
                self.set_portal(contact_id, PortalAccess::Invited);
            }
            CustomerEvent::PortalJoined { contact_id, .. } => {
                self.set_portal(contact_id, PortalAccess::Joined);
            }
            CustomerEvent::PortalRevoked { contact_id, .. } => {
                self.set_portal(contact_id, PortalAccess::Revoked);
            }
            CustomerEvent::PaymentMethodAttached { method, .. }
            | CustomerEvent::PaymentMethodUpdated { method, .. } => {
                self.payment_method = Some(method);
            }
            CustomerEvent::MerchantMailed { .. } => {}
            CustomerEvent::MerchantReviewed {
                contact_id, review, ..
            } => {
                self.reviews.insert(contact_id, review);
            }
        }
    }

    fn set_portal(&mut self, contact_id: ContactId, access: PortalAccess) {
        if let Some(contact) = self.contacts.get_mut(&contact_id) {
            contact.portal = access;
        }
    }
}

fn register(registered: Option<&Registered>, command: &RegisterCustomer) -> Decision {
    let known = registered.map(|known| &known.details);
    let details = checked_details(&command.details, known)?;
    let addresses = checked_addresses(&command.addresses)?;
    let currency = money::payable("currency", command.currency)?;
    let payment_terms_days = payment_terms(command.payment_terms_days)?;
    match registered {
        None => Ok(vec![CustomerEvent::Registered {
            details,
            addresses,
            currency,
            payment_terms_days,
            on: command.on,
        }]),
        Some(known)
            if known.details == details
                && known.addresses == addresses
                && known.currency == currency
                && known.payment_terms_days == payment_terms_days =>
        {
            Ok(vec![])
        }
        Some(_) => Err(CustomerError::AlreadyRegistered),
    }
}

fn unless(taken_effect: bool, event: CustomerEvent) -> Vec<CustomerEvent> {
    if taken_effect { vec![] } else { vec![event] }
}

/// A tax id that stands already is not looked at again: it may be older than the rule.
fn checked_details(
    details: &CustomerDetails,
    known: Option<&CustomerDetails>,
) -> Result<CustomerDetails, Invalid> {
    let stands = known.filter(|known| known.tax_id == details.tax_id);
    Ok(CustomerDetails {
        name: required_line("name", &details.name, 200)?,
        email: optional_email("email", details.email.as_deref())?,
        phone: optional_line("phone", details.phone.as_deref(), 50)?,
        tax_id: match stands {
            Some(known) => known.tax_id.clone(),
            None => tax_id("taxId", details.tax_id.as_deref())?,
        },
        language: language("language", &details.language)?,
    })
}

fn checked_addresses(addresses: &CustomerAddresses) -> Result<CustomerAddresses, Invalid> {
    let checked = |name: &str, address: &Option<Address>| match address {
        Some(address) => address.checked().map(Some).map_err(|e| e.within(name)),
        None => Ok(None),
    };
    Ok(CustomerAddresses {
        billing: checked("billingAddress", &addresses.billing)?,
        shipping: checked("shippingAddress", &addresses.shipping)?,
    })
}

fn checked_contact(details: &ContactDetails) -> Result<ContactDetails, Invalid> {
    Ok(ContactDetails {
        name: required_line("name", &details.name, 200)?,
        email: email("email", &details.email)?,
        phone: optional_line("phone", details.phone.as_deref(), 50)?,
    })
}

fn checked_method(method: &PaymentMethodDetails) -> Result<PaymentMethod, Invalid> {
    Ok(PaymentMethod {
        kind: method.kind,
        label: required_line("label", &method.label, 100)?,
        provider: required_line("provider", &method.provider, 50)?,
        reference: required_line("reference", &method.reference, 200)?,
    })
}

fn checked_review(review: &Review) -> Result<Review, Invalid> {
    if !(1..=5).contains(&review.rating) {
        let rule = Rule::OutOfRange(1.into(), 5.into());
        return Err(Invalid::new("rating", rule));
    }
    Ok(Review {
        text: optional_text("text", review.text.as_deref(), 5_000)?,
        ..review.clone()
    })
}

fn payment_terms(days: u16) -> Result<u16, Invalid> {
    if days > 365 {
        let rule = Rule::OutOfRange(0.into(), 365.into());
        return Err(Invalid::new("paymentTermsDays", rule));
    }
    Ok(days)
}
