//! Why a customer command is refused.

use crate::invalid::Invalid;

/// The rule that refused a customer command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerError {
    /// A value breaks a rule of its field.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such customer.
    #[error("there is no such customer")]
    NotRegistered,
    /// The id is taken by a customer with other details, addresses, currency or terms.
    #[error("a customer with this id is registered already")]
    AlreadyRegistered,
    /// The customer has no such contact.
    #[error("the customer has no such contact")]
    UnknownContact,
    /// The contact's id is taken by another person.
    #[error("a contact with this id exists already")]
    ContactExists,
    /// Another contact of the customer has this address.
    #[error("another contact has this e-mail address")]
    ContactEmailTaken,
    /// The contact has joined the portal already.
    #[error("the contact has joined the portal already")]
    AlreadyJoined,
    /// Only who is invited can join.
    #[error("the contact is not invited to the portal")]
    NotInvited,
    /// There is no way into the portal that could be taken.
    #[error("the contact has no access to the portal")]
    NoPortalAccess,
    /// A payment method is updated, never added, from the profile.
    #[error("no payment method is attached: paying attaches one, or staff do")]
    NoPaymentMethod,
}

impl CustomerError {
    /// The refusal's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.rule.code(),
            Self::NotRegistered => "CUSTOMER_NOT_FOUND",
            Self::AlreadyRegistered => "CUSTOMER_ALREADY_REGISTERED",
            Self::UnknownContact => "UNKNOWN_CONTACT",
            Self::ContactExists => "CONTACT_EXISTS",
            Self::ContactEmailTaken => "CONTACT_EMAIL_TAKEN",
            Self::AlreadyJoined => "ALREADY_JOINED",
            Self::NotInvited => "NOT_INVITED",
            Self::NoPortalAccess => "NO_PORTAL_ACCESS",
            Self::NoPaymentMethod => "NO_PAYMENT_METHOD",
        }
    }
}
