//! Customers and their contacts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use cqrs_es::Aggregate as _;
use domain::customer::{
    AddContact, ContactDetails, Customer as Aggregate, CustomerAddresses, CustomerCommand,
    CustomerDetails, RegisterCustomer, UpdateContact, UpdateCustomerAddresses,
    UpdateCustomerDetails,
};
use domain::ids::ContactId;
use projections::{
    ContactRow, CustomerRow, count_customers, find_customer, list_balances, list_contacts,
    list_credit, list_customers,
};

use super::act::{Refusal as _, act, find, not_found, query};
use super::allocations::UnappliedCredit;
use super::context::{app, metadata, require_staff};
use super::error::UserError;
use super::lists::{self, ListCursor, connection};
use super::money::{Address, AddressInput, Money};
use super::scalars::{CurrencyCode, Date, Uuid};
use crate::process::people;

/// A business or person that is billed.
pub struct Customer(pub CustomerRow);

#[Object]
impl Customer {
    /// The customer's id.
    async fn id(&self) -> Uuid {
        self.0.id.into()
    }

    /// Counts its changes; goes into `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The legal name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where documents are mailed to.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone, as written.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// VAT or other tax number.
    async fn tax_id(&self) -> Option<&str> {
        self.0.tax_id.as_deref()
    }

    /// Language of documents and pages.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// The currency that the customer is billed in.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// Days from issue to due date.
    async fn payment_terms_days(&self) -> u16 {
        self.0.payment_terms_days
    }

    /// Stands on documents.
    async fn billing_address(&self) -> Option<Address> {
        self.0.addresses.billing.clone().map(Address::from)
    }

    /// Where it differs from the billing address.
    async fn shipping_address(&self) -> Option<Address> {
        self.0.addresses.shipping.clone().map(Address::from)
    }

    /// What the attached payment method is recognised by.
    async fn payment_method(&self) -> Option<&str> {
        self.0.payment_method_label.as_deref()
    }

    /// When the customer was registered.
    async fn registered_on(&self) -> Date {
        self.0.registered_on.into()
    }

    /// What the customer owes and has to its credit, by currency.
    #[graphql(complexity = "1 + child_complexity * 2")]
    async fn balances(&self, ctx: &Context<'_>) -> Result<Vec<Balance>> {
        let rows = find(ctx, |db, viewer| list_balances(db, viewer, &[self.0.id]))?;
        Ok(rows.into_iter().map(|(_, row)| row.into()).collect())
    }

    /// What makes up the customer's credit, the oldest first: each payment and credit note with something unapplied.
    /// By currency they add up to the credit of `balances`.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn credit(&self, ctx: &Context<'_>) -> Result<Vec<UnappliedCredit>> {
        let rows = find(ctx, |db, viewer| list_credit(db, viewer, self.0.id))?;
        Ok(rows.into_iter().map(UnappliedCredit).collect())
    }

    /// The people who act for the customer.
    #[graphql(complexity = "1 + child_complexity * 5")]
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let rows = find(ctx, |db, viewer| list_contacts(db, viewer, &[self.0.id]))?;
        Ok(rows.into_iter().map(Contact).collect())
    }
}

/// The customers read while one query is answered: rows that share one read it once.
#[derive(Default)]
pub struct SeenCustomers(Mutex<HashMap<uuid::Uuid, Option<CustomerRow>>>);

/// The customer that a row is of.
pub(super) fn customer_of(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<Customer>> {
    let read = || find(ctx, |db, viewer| find_customer(db, viewer, id));
    let Some(SeenCustomers(seen)) = ctx.data_opt::<SeenCustomers>() else {
        return Ok(read()?.map(Customer));
    };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(row) = seen.get(&id) {
        return Ok(row.clone().map(Customer));
    }
    let row = read()?;
    seen.insert(id, row.clone());
    Ok(row.map(Customer))
}

/// What is owed and credited in one currency.
#[derive(SimpleObject)]
pub struct Balance {
    /// Due on issued invoices.
    outstanding: Money,
    /// Parts of payments and of issued credit notes that are neither applied nor refunded.
    credit: Money,
}

impl From<projections::BalanceRow> for Balance {
    fn from(row: projections::BalanceRow) -> Self {
        Self {
            outstanding: Money(row.outstanding),
            credit: Money(row.credit),
        }
    }
}

/// A person who acts for a customer.
pub struct Contact(ContactRow);

#[Object]
impl Contact {
    /// The contact's id.
    async fn id(&self) -> Uuid {
        self.0.contact_id.into()
    }

    /// The person's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The person's mail address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Telephone, as written.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// `none`, `invited`, `joined` or `revoked`.
    async fn portal(&self) -> &str {
        &self.0.portal
    }
}

/// Beside a page of customers.
pub struct CustomersInAll {
    text: Option<String>,
}

#[Object]
impl CustomersInAll {
    /// How many there are on all pages; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let text = self.text.clone();
        query(ctx, move |db, viewer| {
            count_customers(db, viewer, text.as_deref())
        })
        .await
    }
}

/// A person to be stored.
#[derive(InputObject)]
pub struct ContactInput {
    /// The person's name.
    name: String,
    /// The person's mail address.
    email: String,
    /// Telephone, as written.
    phone: Option<String>,
}

impl From<ContactInput> for ContactDetails {
    fn from(input: ContactInput) -> Self {
        let ContactInput { name, email, phone } = input;
        Self { name, email, phone }
    }
}

/// A new customer.
#[derive(InputObject)]
pub struct RegisterCustomerInput {
    /// The legal name.
    name: String,
    /// Where documents are mailed to.
    email: Option<String>,
    /// Telephone, as written.
    phone: Option<String>,
    /// VAT or other tax number.
    tax_id: Option<String>,
    /// Language of documents and pages (BCP 47).
    #[graphql(default_with = "\"en\".to_owned()")]
    language: String,
    /// The currency that the customer is billed in.
    currency: CurrencyCode,
    /// Days from issue to due date, 0 to 365; left out, as the settings say.
    payment_terms_days: Option<u16>,
    /// Stands on documents.
    billing_address: Option<AddressInput>,
    /// Where it differs from the billing address.
    shipping_address: Option<AddressInput>,
    /// The first person who acts for the customer.
    contact: Option<ContactInput>,
}

/// A customer's details as they shall be; all of them.
#[derive(InputObject)]
pub struct UpdateCustomerDetailsInput {
    /// Whose.
    customer_id: Uuid,
    /// The version they were read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// The legal name.
    name: String,
    /// Where documents are mailed to.
    email: Option<String>,
    /// Telephone, as written.
    phone: Option<String>,
    /// VAT or other tax number.
    tax_id: Option<String>,
    /// Language of documents and pages (BCP 47).
    language: String,
}

/// A customer's addresses as they shall be; both of them.
#[derive(InputObject)]
pub struct UpdateCustomerAddressesInput {
    /// Whose.
    customer_id: Uuid,
    /// The version they were read at; refused as a conflict if there is a newer one.
    expected_version: Option<u64>,
    /// Stands on documents.
    billing_address: Option<AddressInput>,
    /// Where it differs from the billing address.
    shipping_address: Option<AddressInput>,
}

/// New payment terms.
#[derive(InputObject)]
pub struct UpdatePaymentTermsInput {
    /// Whose.
    customer_id: Uuid,
    /// Days from issue to due date, 0 to 365.
    payment_terms_days: u16,
}

/// A person to be added.
#[derive(InputObject)]
pub struct AddContactInput {
    /// To which customer.
    customer_id: Uuid,
    /// Who.
    contact: ContactInput,
}

/// A person's details as they shall be.
#[derive(InputObject)]
pub struct UpdateContactInput {
    /// Of which customer.
    customer_id: Uuid,
    /// Who.
    contact_id: Uuid,
    /// The details.
    contact: ContactInput,
}

/// A person to be removed.
#[derive(InputObject)]
pub struct RemoveContactInput {
    /// Of which customer.
    customer_id: Uuid,
    /// Who.
    contact_id: Uuid,
}

/// The outcome of a change to a customer.
#[derive(SimpleObject)]
pub struct CustomerPayload {
    /// The customer now.
    customer: Option<Customer>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

impl CustomerPayload {
    /// Nothing was changed, and nobody's details are shown.
    pub(super) fn refused(why: UserError) -> Self {
        Self {
            customer: None,
            user_errors: vec![why],
        }
    }
}

/// Queries about customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// A customer; null where there is none that the viewer may see.
    async fn customer(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Customer>> {
        Ok(find(ctx, |db, viewer| find_customer(db, viewer, id.0))?.map(Customer))
    }

    /// Customers by name; `text` is what their names begin with.
    #[graphql(complexity = "lists::cost(first, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        text: Option<String>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ListCursor, Customer, CustomersInAll, EmptyFields>> {
        let page = lists::page(first, after.as_deref())?;
        let has_previous = page.after.is_some();
        let wanted = text.clone();
        let slice = query(ctx, move |db, viewer| {
            list_customers(db, viewer, wanted.as_deref(), &page)
        })
        .await?;
        Ok(connection(
            slice,
            has_previous,
            CustomersInAll { text },
            Customer,
        ))
    }
}

/// Mutations of customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Registers a customer, with its first contact where one is given; staff only.
    async fn register_customer(
        &self,
        ctx: &Context<'_>,
        input: RegisterCustomerInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let (on, settings) = (app(ctx)?.today(), app(ctx)?.settings());
        let meta = metadata(ctx, "")?;
        let id = uuid::Uuid::new_v5(&meta.command_id, b"customer");
        if !settings.bills_in(input.currency.0) {
            let why = "the organisation does not bill in this currency";
            let refusal = UserError::new(&["input", "currency"], "CURRENCY_NOT_BILLED", why);
            return payload(ctx, id, Some(refusal));
        }
        let command = CustomerCommand::Register(RegisterCustomer {
            details: CustomerDetails {
                name: input.name,
                email: input.email,
                phone: input.phone,
                tax_id: input.tax_id,
                language: input.language,
            },
            addresses: CustomerAddresses {
                billing: input.billing_address.map(Into::into),
                shipping: input.shipping_address.map(Into::into),
            },
            currency: input.currency.0,
            payment_terms_days: input
                .payment_terms_days
                .unwrap_or(settings.payment_terms_days),
            on,
        });
        let contact = input.contact.map(|contact| add_contact(&meta, contact, on));
        if let Some(refusal) = refusal_of(&command, contact.as_ref()) {
            return payload(ctx, id, Some(refusal));
        }
        let registered = act::<Aggregate>(ctx, id, command, &meta).await?;
        match (&registered, contact) {
            (Ok(_), Some(contact)) => send(ctx, id, contact, metadata(ctx, "contact")?).await,
            (Ok(_), None) | (Err(_), _) => payload(ctx, id, registered.err()),
        }
    }

    /// Changes a customer's name, mail, telephone, tax id and language; staff only.
    async fn update_customer_details(
        &self,
        ctx: &Context<'_>,
        input: UpdateCustomerDetailsInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let command = CustomerCommand::UpdateDetails(UpdateCustomerDetails {
            details: CustomerDetails {
                name: input.name,
                email: input.email,
                phone: input.phone,
                tax_id: input.tax_id,
                language: input.language,
            },
            on: app(ctx)?.today(),
        });
        let meta = metadata(ctx, "")?.expecting(input.expected_version);
        send(ctx, input.customer_id.0, command, meta).await
    }

    /// Changes a customer's billing and shipping address; staff only.
    async fn update_customer_addresses(
        &self,
        ctx: &Context<'_>,
        input: UpdateCustomerAddressesInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let command = CustomerCommand::UpdateAddresses(UpdateCustomerAddresses {
            addresses: CustomerAddresses {
                billing: input.billing_address.map(Into::into),
                shipping: input.shipping_address.map(Into::into),
            },
            on: app(ctx)?.today(),
        });
        let meta = metadata(ctx, "")?.expecting(input.expected_version);
        send(ctx, input.customer_id.0, command, meta).await
    }

    /// Changes the days from issue to due date; staff only.
    async fn update_payment_terms(
        &self,
        ctx: &Context<'_>,
        input: UpdatePaymentTermsInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let on = app(ctx)?.today();
        let command = CustomerCommand::UpdatePaymentTerms {
            days: input.payment_terms_days,
            on,
        };
        send(ctx, input.customer_id.0, command, metadata(ctx, "")?).await
    }

    /// Adds a person who acts for a customer; staff only.
    async fn add_contact(
        &self,
        ctx: &Context<'_>,
        input: AddContactInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let meta = metadata(ctx, "")?;
        let command = add_contact(&meta, input.contact, app(ctx)?.today());
        send(ctx, input.customer_id.0, command, meta).await
    }

    /// Changes a person's name, mail or telephone; staff only.
    async fn update_contact(
        &self,
        ctx: &Context<'_>,
        input: UpdateContactInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let command = CustomerCommand::UpdateContact(UpdateContact {
            contact_id: ContactId(input.contact_id.0),
            details: input.contact.into(),
            on: app(ctx)?.today(),
        });
        send(ctx, input.customer_id.0, command, metadata(ctx, "")?).await
    }

    /// Removes a person, and with it any way into the portal; staff only.
    async fn remove_contact(
        &self,
        ctx: &Context<'_>,
        input: RemoveContactInput,
    ) -> Result<CustomerPayload> {
        require_staff(ctx)?;
        let contact_id = ContactId(input.contact_id.0);
        let command = CustomerCommand::RemoveContact {
            contact_id,
            on: app(ctx)?.today(),
        };
        send(ctx, input.customer_id.0, command, metadata(ctx, "")?).await
    }
}

/// Why the two commands would be refused: asked before the first is sent, so that both happen or neither.
fn refusal_of(register: &CustomerCommand, contact: Option<&CustomerCommand>) -> Option<UserError> {
    let mut customer = Aggregate::default();
    match customer.decide(register.clone()) {
        Ok(events) => events.into_iter().for_each(|event| customer.apply(event)),
        Err(refusal) => return Some(refusal.user_error()),
    }
    let refused = contact.and_then(|contact| customer.decide(contact.clone()).err());
    refused.map(|refusal| refusal.user_error().under("contact"))
}

fn add_contact(
    meta: &eventlog::Metadata,
    contact: ContactInput,
    on: time::Date,
) -> CustomerCommand {
    CustomerCommand::AddContact(AddContact {
        contact_id: ContactId(uuid::Uuid::new_v5(&meta.command_id, b"contact")),
        details: contact.into(),
        on,
    })
}

async fn send(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    command: CustomerCommand,
    meta: eventlog::Metadata,
) -> Result<CustomerPayload> {
    if find(ctx, |db, viewer| find_customer(db, viewer, id))?.is_none() {
        return Ok(CustomerPayload {
            customer: None,
            user_errors: vec![not_found("customerId")],
        });
    }
    let of_contact = matches!(
        command,
        CustomerCommand::AddContact(_) | CustomerCommand::UpdateContact(_)
    );
    let moved = moved_contact(&command);
    let refused = act::<Aggregate>(ctx, id, command, &meta).await?.err();
    if let (None, Some(contact)) = (&refused, moved)
        && let Err(error) = people::follow(app(ctx)?, id, contact).await
    {
        // It is done already, and the process sees to it again.
        let error = format!("{error:#}");
        tracing::warn!(error, "a sign-in follows its contact later");
    }
    let refused = refused.map(|error| {
        if of_contact {
            error.under("contact")
        } else {
            error
        }
    });
    payload(ctx, id, refused)
}

/// The contact whose sign-in has to follow the command.
fn moved_contact(command: &CustomerCommand) -> Option<ContactId> {
    match command {
        CustomerCommand::UpdateContact(update) => Some(update.contact_id),
        CustomerCommand::RemoveContact { contact_id, .. } => Some(*contact_id),
        CustomerCommand::Register(_)
        | CustomerCommand::UpdateDetails(_)
        | CustomerCommand::UpdateAddresses(_)
        | CustomerCommand::UpdatePaymentTerms { .. }
        | CustomerCommand::AddContact(_)
        | CustomerCommand::InviteToPortal { .. }
        | CustomerCommand::JoinPortal { .. }
        | CustomerCommand::RevokePortal { .. }
        | CustomerCommand::AttachPaymentMethod { .. }
        | CustomerCommand::UpdatePaymentMethod { .. }
        | CustomerCommand::MailMerchant(_)
        | CustomerCommand::ReviewMerchant(_) => None,
    }
}

pub(super) fn payload(
    ctx: &Context<'_>,
    id: uuid::Uuid,
    refused: Option<UserError>,
) -> Result<CustomerPayload> {
    Ok(CustomerPayload {
        customer: find(ctx, |db, viewer| find_customer(db, viewer, id))?.map(Customer),
        user_errors: refused.into_iter().collect(),
    })
}
