//! What can be asked of a customer.

use time::Date;

use super::event::{
    AttachedBy, ContactDetails, CustomerAddresses, CustomerDetails, PaymentMethodKind, Review,
};
use crate::ids::ContactId;
use crate::money::Currency;

/// A command to a customer; `on` is the business date in the organisation's time zone.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomerCommand {
    /// Register a new customer.
    Register(RegisterCustomer),
    /// Change name, mail, telephone, tax id or language.
    UpdateDetails(UpdateCustomerDetails),
    /// Change billing and shipping address.
    UpdateAddresses(UpdateCustomerAddresses),
    /// Change the days from issue to due date.
    UpdatePaymentTerms {
        /// 0 to 365.
        days: u16,
        /// Business date.
        on: Date,
    },
    /// Add a person who acts for the customer.
    AddContact(AddContact),
    /// Change a person's name, mail or telephone.
    UpdateContact(UpdateContact),
    /// Remove a person, and with it any way into the portal.
    RemoveContact {
        /// Who.
        contact_id: ContactId,
        /// Business date.
        on: Date,
    },
    /// Invite a contact to the portal.
    InviteToPortal {
        /// Who.
        contact_id: ContactId,
        /// Business date.
        on: Date,
    },
    /// The invited contact joins the portal.
    JoinPortal {
        /// Who.
        contact_id: ContactId,
        /// Business date.
        on: Date,
    },
    /// Take a contact's way into the portal.
    RevokePortal {
        /// Who.
        contact_id: ContactId,
        /// Why.
        reason: String,
        /// Business date.
        on: Date,
    },
    /// Attach a payment method: by staff or by paying, never from the profile (the owner's rule).
    AttachPaymentMethod {
        /// The method, known to us only by the provider's reference.
        method: PaymentMethodDetails,
        /// What attached it.
        by: AttachedBy,
        /// Business date.
        on: Date,
    },
    /// A contact writes to the merchant.
    MailMerchant(MailMerchant),
    /// A contact says what they think of the merchant; a later review takes the place of the contact's earlier one.
    ReviewMerchant(ReviewMerchant),
    /// Put another card or bank account in the place of the attached one.
    UpdatePaymentMethod {
        /// The method, known to us only by the provider's reference.
        method: PaymentMethodDetails,
        /// Business date.
        on: Date,
    },
}

/// See [`CustomerCommand::Register`].
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterCustomer {
    /// Name, mail, telephone, tax id, language.
    pub details: CustomerDetails,
    /// Billing and shipping address.
    pub addresses: CustomerAddresses,
    /// The currency that the customer is billed in.
    pub currency: Currency,
    /// Days from issue to due date, 0 to 365.
    pub payment_terms_days: u16,
    /// Business date.
    pub on: Date,
}

/// See [`CustomerCommand::UpdateDetails`].
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateCustomerDetails {
    /// All details as they shall be.
    pub details: CustomerDetails,
    /// Business date.
    pub on: Date,
}

/// See [`CustomerCommand::UpdateAddresses`].
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateCustomerAddresses {
    /// Both addresses as they shall be.
    pub addresses: CustomerAddresses,
    /// Business date.
    pub on: Date,
}

/// See [`CustomerCommand::AddContact`].
#[derive(Clone, Debug, PartialEq)]
pub struct AddContact {
    /// The new contact's id, made by the caller.
    pub contact_id: ContactId,
    /// Name, mail and telephone.
    pub details: ContactDetails,
    /// Business date.
    pub on: Date,
}

/// See [`CustomerCommand::UpdateContact`].
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateContact {
    /// Who.
    pub contact_id: ContactId,
    /// All details as they shall be.
    pub details: ContactDetails,
    /// Business date.
    pub on: Date,
}

/// A payment method as the provider describes it: never a card or account number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentMethodDetails {
    /// Card or bank account.
    pub kind: PaymentMethodKind,
    /// What the customer recognises it by, for example `Visa •••• 4242`.
    pub label: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's reference for it.
    pub reference: String,
}

/// See [`CustomerCommand::MailMerchant`].
#[derive(Clone, Debug, PartialEq)]
pub struct MailMerchant {
    /// Who writes.
    pub contact_id: ContactId,
    /// 1 to 200 characters.
    pub subject: String,
    /// 1 to 10,000 characters.
    pub message: String,
    /// Business date.
    pub on: Date,
}

/// See [`CustomerCommand::ReviewMerchant`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewMerchant {
    /// Who says it.
    pub contact_id: ContactId,
    /// Stars and words.
    pub review: Review,
    /// Business date.
    pub on: Date,
}
