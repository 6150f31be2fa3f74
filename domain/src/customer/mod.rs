//! The customer: the business that is billed, the people who act for it, and how it pays.

mod command;
mod decide;
mod error;
mod event;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use command::{
    AddContact, CustomerCommand, MailMerchant, PaymentMethodDetails, RegisterCustomer,
    ReviewMerchant, UpdateContact, UpdateCustomerAddresses, UpdateCustomerDetails,
};
pub use error::CustomerError;
pub use event::{
    AttachedBy, ContactDetails, CustomerAddresses, CustomerDetails, CustomerEvent, PaymentMethod,
    PaymentMethodKind, Review,
};

use crate::ids::ContactId;
use crate::money::Currency;
use crate::party::Party;

/// The state that decides what a customer command may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// None until registered.
    pub registered: Option<Registered>,
}

/// A registered customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// Name, mail, telephone, tax id, language.
    pub details: CustomerDetails,
    /// Billing and shipping address.
    pub addresses: CustomerAddresses,
    /// The currency that the customer is billed in; it never changes.
    pub currency: Currency,
    /// Days from issue to due date.
    pub payment_terms_days: u16,
    /// The people who act for it.
    pub contacts: BTreeMap<ContactId, Contact>,
    /// What its contacts think of the merchant.
    pub reviews: BTreeMap<ContactId, Review>,
    /// How it pays without being asked, once attached.
    pub payment_method: Option<PaymentMethod>,
}

/// A person who acts for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Name, mail and telephone.
    pub details: ContactDetails,
    /// Whether this person may use the portal.
    pub portal: PortalAccess,
}

/// A contact's way into the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortalAccess {
    /// Never invited.
    None,
    /// Invited, has not joined yet.
    Invited,
    /// Has joined.
    Joined,
    /// Was invited or had joined; no longer.
    Revoked,
}

impl Registered {
    /// The customer as it stands on a document issued now.
    pub fn as_party(&self) -> Party {
        let party = Party {
            name: self.details.name.clone(),
            email: self.details.email.clone(),
            phone: self.details.phone.clone(),
            tax_id: self.details.tax_id.clone(),
            address: self.addresses.billing.clone(),
        };
        party.mended()
    }
}

crate::aggregate::aggregate!(
    Customer,
    "customer",
    CustomerCommand,
    CustomerEvent,
    CustomerError
);
