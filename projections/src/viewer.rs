//! Who is looking: every query of a read model takes a [`Viewer`] and scopes by it in SQL.

use uuid::Uuid;

/// What a signed-in person is to the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A person who acts for one customer, and sees that customer only.
    CustomerContact,
    /// One of the merchant's people; makes offers, issues invoices, records payments.
    Staff,
    /// Reads every document and its history; changes nothing.
    Accountant,
    /// Staff with the organisation's settings.
    Owner,
}

impl Role {
    /// The stored and logged name of the role.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerContact => "customer_contact",
            Self::Staff => "staff",
            Self::Accountant => "accountant",
            Self::Owner => "owner",
        }
    }

    /// The role of that stored name, or None where there is no such role.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "customer_contact" => Some(Self::CustomerContact),
            "staff" => Some(Self::Staff),
            "accountant" => Some(Self::Accountant),
            "owner" => Some(Self::Owner),
            _ => None,
        }
    }
}

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The account signed in with.
    pub account_id: Uuid,
    /// The person's name, as history will show it.
    pub name: String,
    /// The address signed in with, lower case.
    pub email: String,
    /// What this person is.
    pub reach: Reach,
}

/// How far a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One customer's documents.
    Customer {
        /// The customer the contact acts for.
        customer_id: Uuid,
        /// The contact.
        contact_id: Uuid,
    },
    /// What the contacts of one customer see, for one of the organisation's people who looks as they do, and may do
    /// nothing meanwhile.
    AsCustomer {
        /// The customer whose portal is looked at.
        customer_id: Uuid,
    },
    /// Everything of the organisation, in one of its roles ([`Role::CustomerContact`] never stands here).
    Organisation(Role),
}

impl Viewer {
    /// What this person is to the organisation.
    pub fn role(&self) -> Role {
        match self.reach {
            Reach::Customer { .. } | Reach::AsCustomer { .. } => Role::CustomerContact,
            Reach::Organisation(role) => role,
        }
    }

    /// The one customer this viewer may see, or None where the viewer sees all of them.
    pub fn only_customer(&self) -> Option<Uuid> {
        match self.reach {
            Reach::Customer { customer_id, .. } | Reach::AsCustomer { customer_id } => {
                Some(customer_id)
            }
            Reach::Organisation(_) => None,
        }
    }

    /// The contact that this person is, where it is one.
    pub fn contact(&self) -> Option<Uuid> {
        match self.reach {
            Reach::Customer { contact_id, .. } => Some(contact_id),
            Reach::AsCustomer { .. } | Reach::Organisation(_) => None,
        }
    }

    /// Whether one of the organisation's people looks at a customer's portal as the customer sees it.
    pub fn is_viewing_as(&self) -> bool {
        matches!(self.reach, Reach::AsCustomer { .. })
    }

    /// May change what the merchant says (offers, invoices, recorded payments, customers).
    pub fn is_staff(&self) -> bool {
        matches!(self.reach, Reach::Organisation(Role::Staff | Role::Owner))
    }
}
