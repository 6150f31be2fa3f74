//! Identifiers of aggregates and of the things inside them: UUIDs, each of its own type, so that an
//! invoice's id cannot stand where a payment's is wanted. They are made outside the domain.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A customer: the business or person that is billed.
    CustomerId
);
id!(
    /// A contact: a person who acts for a customer.
    ContactId
);
id!(
    /// An estimate, across all of its revisions.
    EstimateId
);
id!(
    /// An invoice.
    InvoiceId
);
id!(
    /// A payment.
    PaymentId
);
id!(
    /// A credit note.
    CreditNoteId
);
id!(
    /// One refund of a payment or a credit note.
    RefundId
);
id!(
    /// A plan that customers subscribe to.
    PlanId
);
id!(
    /// A customer's subscription to a plan.
    SubscriptionId
);
id!(
    /// One comment on an estimate.
    CommentId
);
id!(
    /// One dispute of an invoice.
    DisputeId
);
