//! What a customer keeps of its own: changed by its contacts as the portal settings allow, or by staff.
//!
//! Mail addresses are not among it. A contact's is what they sign in with, and the customer's is where documents go:
//! whoever has stolen a session could otherwise keep it, or have the documents. Staff change them, on the customer's
//! word (`updateContact`, `updateCustomerDetails`).

use async_graphql::{Context, InputObject, Object, Result};
use domain::customer::{
    ContactDetails, Customer as Aggregate, CustomerAddresses, CustomerCommand, CustomerDetails,
    UpdateContact, UpdateCustomerAddresses, UpdateCustomerDetails,
};
use projections::{CustomerRow, find_customer, list_contacts};

use super::act::{act, find, not_found};
use super::context::{app, metadata, require_allowed, require_viewer};
use super::customers::{CustomerPayload, payload};
use super::letters::require_contact;
use super::money::AddressInput;
use super::scalars::Uuid;

/// A contact's own details as they shall be; all of them.
#[derive(InputObject)]
pub struct UpdateMyDetailsInput {
    /// The customer's version that they were read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// One's own name.
    name: String,
    /// Telephone, as written.
    phone: Option<String>,
}

/// A customer's details as they shall be; all of them.
#[derive(InputObject)]
pub struct UpdateCompanyDetailsInput {
    /// Whose; left out, one's own.
    customer_id: Option<Uuid>,
    /// The version they were read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// The legal name.
    name: String,
    /// Telephone, as written.
    phone: Option<String>,
    /// VAT or other tax number; one of the European Union's in the form that VIES knows.
    tax_id: Option<String>,
    /// Language of documents and pages (BCP 47).
    language: String,
}

/// A customer's addresses as they shall be; both of them.
#[derive(InputObject)]
pub struct UpdateAddressesInput {
    /// Whose; left out, one's own.
    customer_id: Option<Uuid>,
    /// The version they were read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Stands on documents.
    billing_address: Option<AddressInput>,
    /// Where it differs from the billing address.
    shipping_address: Option<AddressInput>,
}

/// Mutations of what is one's own.
#[derive(Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes a contact's own name and telephone. The mail address stays: staff change it, for it is signed in with.
    async fn update_my_details(
        &self,
        ctx: &Context<'_>,
        input: UpdateMyDetailsInput,
    ) -> Result<CustomerPayload> {
        let (customer, contact_id) = require_contact(ctx, |portal| portal.edit_details)?;
        let contacts = find(ctx, |db, viewer| list_contacts(db, viewer, &[customer]))?;
        let own = contacts
            .into_iter()
            .find(|row| row.contact_id == contact_id.0);
        let Some(own) = own else {
            return payload(ctx, customer, Some(not_found("contact")));
        };
        let command = CustomerCommand::UpdateContact(UpdateContact {
            contact_id,
            details: ContactDetails {
                name: input.name,
                email: own.email,
                phone: input.phone,
            },
            on: app(ctx)?.today(),
        });
        send(ctx, customer, command, input.expected_version).await
    }

    /// Changes a customer's name, telephone, tax id and language; contacts their own customer's, as settings allow. The
    /// mail address stays: staff change it, for documents go there.
    async fn update_company_details(
        &self,
        ctx: &Context<'_>,
        input: UpdateCompanyDetailsInput,
    ) -> Result<CustomerPayload> {
        require_allowed(ctx, |portal| portal.edit_details)?;
        let Some(customer) = own_or(ctx, input.customer_id)? else {
            return Ok(nobodys());
        };
        let command = CustomerCommand::UpdateDetails(UpdateCustomerDetails {
            details: CustomerDetails {
                name: input.name,
                email: customer.email,
                phone: input.phone,
                tax_id: input.tax_id,
                language: input.language,
            },
            on: app(ctx)?.today(),
        });
        send(ctx, customer.id, command, input.expected_version).await
    }

    /// Changes a customer's billing and shipping address; contacts their own customer's, as settings allow.
    async fn update_addresses(
        &self,
        ctx: &Context<'_>,
        input: UpdateAddressesInput,
    ) -> Result<CustomerPayload> {
        require_allowed(ctx, |portal| portal.edit_details)?;
        let Some(customer) = own_or(ctx, input.customer_id)? else {
            return Ok(nobodys());
        };
        let command = CustomerCommand::UpdateAddresses(UpdateCustomerAddresses {
            addresses: CustomerAddresses {
                billing: input.billing_address.map(Into::into),
                shipping: input.shipping_address.map(Into::into),
            },
            on: app(ctx)?.today(),
        });
        send(ctx, customer.id, command, input.expected_version).await
    }
}

/// The customer that is named, or else the viewer's own; none where the viewer may not see it.
fn own_or(ctx: &Context<'_>, named: Option<Uuid>) -> Result<Option<CustomerRow>> {
    let named = named.map(|id| id.0);
    let Some(id) = named.or(require_viewer(ctx)?.only_customer()) else {
        return Ok(None);
    };
    find(ctx, |db, viewer| find_customer(db, viewer, id))
}

fn nobodys() -> CustomerPayload {
    CustomerPayload::refused(not_found("customerId"))
}

async fn send(
    ctx: &Context<'_>,
    customer: uuid::Uuid,
    command: CustomerCommand,
    expected_version: Option<u64>,
) -> Result<CustomerPayload> {
    let meta = metadata(ctx, "")?.expecting(expected_version);
    let refused = act::<Aggregate>(ctx, customer, command, &meta).await?.err();
    payload(ctx, customer, refused)
}
