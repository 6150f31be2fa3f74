//! What has happened to a customer.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::ids::{ContactId, PaymentId};
use crate::money::Currency;
use crate::party::Address;

/// A fact about a customer; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(
    missing_docs,
    reason = "the fields are those of the commands, documented there"
)]
pub enum CustomerEvent {
    /// The customer was registered.
    #[serde(rename = "CustomerRegistered")]
    Registered {
        details: CustomerDetails,
        addresses: CustomerAddresses,
        currency: Currency,
        payment_terms_days: u16,
        on: Date,
    },
    /// Name, mail, telephone, tax id or language changed.
    #[serde(rename = "CustomerDetailsUpdated")]
    DetailsUpdated { details: CustomerDetails, on: Date },
    /// Billing or shipping address changed.
    #[serde(rename = "CustomerAddressesUpdated")]
    AddressesUpdated {
        addresses: CustomerAddresses,
        on: Date,
    },
    /// The days from issue to due date changed.
    #[serde(rename = "CustomerPaymentTermsUpdated")]
    PaymentTermsUpdated { days: u16, on: Date },
    /// A person was added.
    #[serde(rename = "CustomerContactAdded")]
    ContactAdded {
        contact_id: ContactId,
        details: ContactDetails,
        on: Date,
    },
    /// A person's details changed.
    #[serde(rename = "CustomerContactUpdated")]
    ContactUpdated {
        contact_id: ContactId,
        details: ContactDetails,
        on: Date,
    },
    /// A person was removed, and with it any way into the portal.
    #[serde(rename = "CustomerContactRemoved")]
    ContactRemoved { contact_id: ContactId, on: Date },
    /// A contact was invited to the portal.
    #[serde(rename = "CustomerPortalInvited")]
    PortalInvited { contact_id: ContactId, on: Date },
    /// An invited contact joined the portal.
    #[serde(rename = "CustomerPortalJoined")]
    PortalJoined { contact_id: ContactId, on: Date },
    /// A contact's way into the portal was taken.
    #[serde(rename = "CustomerPortalRevoked")]
    PortalRevoked {
        contact_id: ContactId,
        reason: String,
        on: Date,
    },
    /// A payment method was attached.
    #[serde(rename = "CustomerPaymentMethodAttached")]
    PaymentMethodAttached {
        method: PaymentMethod,
        by: AttachedBy,
        on: Date,
    },
    /// Another card or bank account took the place of the attached one.
    #[serde(rename = "CustomerPaymentMethodUpdated")]
    PaymentMethodUpdated { method: PaymentMethod, on: Date },
    /// A contact wrote to the merchant.
    #[serde(rename = "CustomerMerchantMailed")]
    MerchantMailed {
        contact_id: ContactId,
        subject: String,
        message: String,
        on: Date,
    },
    /// A contact said what they think of the merchant.
    #[serde(rename = "CustomerMerchantReviewed")]
    MerchantReviewed {
        contact_id: ContactId,
        review: Review,
        on: Date,
    },
}

/// What a customer is called and how it is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerDetails {
    /// The legal name.
    pub name: String,
    /// Where documents are mailed to.
    pub email: Option<String>,
    /// Telephone, as written.
    pub phone: Option<String>,
    /// VAT or other tax number.
    pub tax_id: Option<String>,
    /// Language of documents and pages (BCP 47), for example `en` or `de-AT`.
    pub language: String,
}

/// Where a customer is billed and where things are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerAddresses {
    /// Stands on documents.
    pub billing: Option<Address>,
    /// Where it differs from the billing address.
    pub shipping: Option<Address>,
}

/// A person's name and how to reach them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactDetails {
    /// The person's name.
    pub name: String,
    /// The person's mail address; also the one signed in with.
    pub email: String,
    /// Telephone, as written.
    pub phone: Option<String>,
}

/// A payment method, known by the provider's reference only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// Card or bank account.
    pub kind: PaymentMethodKind,
    /// What the customer recognises it by.
    pub label: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's reference for it.
    pub reference: String,
}

/// Kinds of payment method that can be charged without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentMethodKind {
    /// A payment card.
    Card,
    /// A bank account, by direct debit.
    BankAccount,
}

/// What a contact thinks of the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// 1 (poor) to 5 (excellent).
    pub rating: u8,
    /// In words, up to 5,000 characters.
    pub text: Option<String>,
    /// Whether the merchant may show it to others.
    pub may_be_published: bool,
}

/// What attached a payment method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachedBy {
    /// Staff, on the customer's word.
    Staff,
    /// The customer, by paying with it.
    Payment(PaymentId),
}

impl cqrs_es::DomainEvent for CustomerEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Registered { .. } => "CustomerRegistered",
            Self::DetailsUpdated { .. } => "CustomerDetailsUpdated",
            Self::AddressesUpdated { .. } => "CustomerAddressesUpdated",
            Self::PaymentTermsUpdated { .. } => "CustomerPaymentTermsUpdated",
            Self::ContactAdded { .. } => "CustomerContactAdded",
            Self::ContactUpdated { .. } => "CustomerContactUpdated",
            Self::ContactRemoved { .. } => "CustomerContactRemoved",
            Self::PortalInvited { .. } => "CustomerPortalInvited",
            Self::PortalJoined { .. } => "CustomerPortalJoined",
            Self::PortalRevoked { .. } => "CustomerPortalRevoked",
            Self::PaymentMethodAttached { .. } => "CustomerPaymentMethodAttached",
            Self::PaymentMethodUpdated { .. } => "CustomerPaymentMethodUpdated",
            Self::MerchantMailed { .. } => "CustomerMerchantMailed",
            Self::MerchantReviewed { .. } => "CustomerMerchantReviewed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        crate::event::current_version(&self.event_type()).to_owned()
    }
}
