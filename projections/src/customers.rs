//! Customers and the people who act for them.

use domain::customer::{
    ContactDetails, CustomerAddresses, CustomerEvent, PaymentMethod, PaymentMethodKind,
};
use domain::money::Currency;
use domain::text::folded;
use rusqlite::Connection;
use time::Date;
use uuid::Uuid;

use crate::page::{Cursor, Key, Order, Page, Query, Slice};
use crate::record::Record;
use crate::scope;
use crate::sql::{self, Columns, Writer, date_text, json_text};
use crate::{Viewer, letters, texts};

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRow {
    /// The customer's id.
    pub id: Uuid,
    /// Counts its events.
    pub version: i64,
    /// The legal name.
    pub name: String,
    /// Where documents are mailed to.
    pub email: Option<String>,
    /// Telephone, as written.
    pub phone: Option<String>,
    /// VAT or other tax number.
    pub tax_id: Option<String>,
    /// Language of documents and pages (BCP 47).
    pub language: String,
    /// The currency that the customer is billed in.
    pub currency: Currency,
    /// Days from issue to due date.
    pub payment_terms_days: u16,
    /// Billing and shipping address.
    pub addresses: CustomerAddresses,
    /// The attached payment method's kind.
    pub payment_method_kind: Option<String>,
    /// What the customer recognises the payment method by.
    pub payment_method_label: Option<String>,
    /// Business date of the registration.
    pub registered_on: Date,
}

/// A person who acts for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// For whom.
    pub customer_id: Uuid,
    /// The person.
    pub contact_id: Uuid,
    /// The person's name.
    pub name: String,
    /// The person's mail address.
    pub email: String,
    /// Telephone, as written.
    pub phone: Option<String>,
    /// `none`, `invited`, `joined` or `revoked`.
    pub portal: String,
}

/// The column that lists of customers are sorted and searched by: the name, folded.
const KEY: &str = "name_key";

const COLUMNS: &str = "id, version, name, email, phone, tax_id, language, currency, payment_terms_days, addresses, \
                       payment_method_kind, payment_method_label, registered_on";

/// The customer, where the viewer may see it.
///
/// # Errors
/// Whatever SQLite says.
pub fn find_customer(
    db: &Connection,
    viewer: &Viewer,
    id: Uuid,
) -> rusqlite::Result<Option<CustomerRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM customers WHERE id = ?1 AND {}",
        scope::clause("id", "TRUE", "?2")
    );
    sql::one(db, &text, &[&id, &scope::parameter(viewer)], read)
}

/// Customers by name; `text` is what their names begin with. Upper and lower case are one in every script.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_customers(
    db: &Connection,
    viewer: &Viewer,
    text: Option<&str>,
    page: &Page,
) -> rusqlite::Result<Slice<CustomerRow>> {
    let query = filtered(&format!("SELECT {COLUMNS}"), viewer, text);
    query.page(db, page, Order::by_text(KEY, false), |row| {
        let row = read(row)?;
        Ok((Cursor::new(Key::Text(folded(&row.name)), row.id), row))
    })
}

/// How many customers [`list_customers`] would list in all.
///
/// # Errors
/// Whatever SQLite says.
pub fn count_customers(
    db: &Connection,
    viewer: &Viewer,
    text: Option<&str>,
) -> rusqlite::Result<i64> {
    filtered("SELECT count(*)", viewer, text).count(db)
}

/// The contacts of several customers at once.
///
/// # Errors
/// Whatever SQLite says.
pub fn list_contacts(
    db: &Connection,
    viewer: &Viewer,
    customers: &[Uuid],
) -> rusqlite::Result<Vec<ContactRow>> {
    let text = format!(
        "SELECT customer_id, contact_id, name, email, phone, portal FROM contacts
         WHERE customer_id = ?1 AND {} ORDER BY name, contact_id",
        scope::clause("customer_id", "TRUE", "?2")
    );
    let mut found = vec![];
    for customer in customers {
        found.extend(sql::all(
            db,
            &text,
            &[customer, &scope::parameter(viewer)],
            read_contact,
        )?);
    }
    Ok(found)
}

fn filtered(select: &str, viewer: &Viewer, text: Option<&str>) -> Query {
    let mut query = Query::new(&format!("{select} FROM customers WHERE TRUE"));
    scope::confine(&mut query, viewer, "id", "TRUE");
    if let Some(text) = text {
        query.begins_with(KEY, &folded(text));
    }
    query
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<CustomerRow> {
    let mut columns = Columns::of(row);
    Ok(CustomerRow {
        id: columns.get()?,
        version: columns.get()?,
        name: columns.get()?,
        email: columns.get()?,
        phone: columns.get()?,
        tax_id: columns.get()?,
        language: columns.get()?,
        currency: columns.currency()?,
        payment_terms_days: columns.get()?,
        addresses: columns.json()?,
        payment_method_kind: columns.get()?,
        payment_method_label: columns.get()?,
        registered_on: columns.date()?,
    })
}

fn read_contact(row: &rusqlite::Row<'_>) -> rusqlite::Result<ContactRow> {
    let mut columns = Columns::of(row);
    Ok(ContactRow {
        customer_id: columns.get()?,
        contact_id: columns.get()?,
        name: columns.get()?,
        email: columns.get()?,
        phone: columns.get()?,
        portal: columns.get()?,
    })
}

pub(crate) fn on_customer(
    db: &Writer<'_>,
    record: &Record,
    event: &CustomerEvent,
) -> rusqlite::Result<Option<Uuid>> {
    let id = record.id;
    match event {
        CustomerEvent::Registered {
            details,
            addresses,
            currency,
            payment_terms_days,
            on,
        } => {
            let columns: [&dyn rusqlite::ToSql; 12] = [
                &id,
                &record.version,
                &details.name,
                &details.email,
                &details.phone,
                &details.tax_id,
                &details.language,
                &currency.code(),
                payment_terms_days,
                &json_text(addresses)?,
                &date_text(*on),
                &folded(&details.name),
            ];
            db.run(
                "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)",
                &columns,
            )?;
            texts::set_customer(db, record, &details.name)?;
            return Ok(Some(id));
        }
        CustomerEvent::DetailsUpdated { details, on: _ } => {
            texts::set_customer(db, record, &details.name)?;
            db.run("UPDATE customers SET name = ?, name_key = ?, email = ?, phone = ?, tax_id = ?, language = ? WHERE id = ?",
            &[
                &details.name,
                &folded(&details.name),
                &details.email,
                &details.phone,
                &details.tax_id,
                &details.language,
                &id,
            ],
        )?
        }
        CustomerEvent::AddressesUpdated { addresses, on: _ } => set_addresses(db, id, addresses)?,
        CustomerEvent::PaymentTermsUpdated { days, on: _ } => db.run(
            "UPDATE customers SET payment_terms_days = ? WHERE id = ?",
            &[days, &id],
        )?,
        CustomerEvent::ContactAdded {
            contact_id,
            details,
            on: _,
        } => {
            let ContactDetails { name, email, phone } = details;
            db.run(
                "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, 'none')",
                &[&id, &contact_id.0, name, email, phone],
            )?
        }
        CustomerEvent::ContactUpdated {
            contact_id,
            details,
            on: _,
        } => {
            let ContactDetails { name, email, phone } = details;
            db.run("UPDATE contacts SET name = ?, email = ?, phone = ? WHERE customer_id = ? AND contact_id = ?",
                &[name, email, phone, &id, &contact_id.0],
            )?
        }
        CustomerEvent::ContactRemoved { contact_id, on: _ } => db.run(
            "DELETE FROM contacts WHERE customer_id = ? AND contact_id = ?",
            &[&id, &contact_id.0],
        )?,
        CustomerEvent::PortalInvited { contact_id, on: _ } => {
            set_portal(db, id, contact_id.0, "invited")?
        }
        CustomerEvent::PortalJoined { contact_id, on: _ } => {
            set_portal(db, id, contact_id.0, "joined")?
        }
        CustomerEvent::PortalRevoked { contact_id, .. } => {
            set_portal(db, id, contact_id.0, "revoked")?
        }
        CustomerEvent::PaymentMethodAttached { method, .. }
        | CustomerEvent::PaymentMethodUpdated { method, .. } => set_payment_method(db, id, method)?,
        CustomerEvent::MerchantMailed {
            contact_id,
            subject,
            message,
            on,
        } => letters::on_mail(db, record, contact_id.0, [subject, message], *on)?,
        CustomerEvent::MerchantReviewed {
            contact_id,
            review,
            on,
        } => letters::on_review(db, record, contact_id.0, review, *on)?,
    };
    db.run(
        "UPDATE customers SET version = ? WHERE id = ?",
        &[&record.version, &id],
    )?;
    Ok(Some(id))
}

fn set_addresses(
    db: &Writer<'_>,
    id: Uuid,
    addresses: &CustomerAddresses,
) -> rusqlite::Result<usize> {
    db.run(
        "UPDATE customers SET addresses = ? WHERE id = ?",
        &[&json_text(addresses)?, &id],
    )
}

fn set_portal(
    db: &Writer<'_>,
    customer: Uuid,
    contact: Uuid,
    portal: &str,
) -> rusqlite::Result<usize> {
    db.run(
        "UPDATE contacts SET portal = ? WHERE customer_id = ? AND contact_id = ?",
        &[&portal, &customer, &contact],
    )
}

fn set_payment_method(
    db: &Writer<'_>,
    id: Uuid,
    method: &PaymentMethod,
) -> rusqlite::Result<usize> {
    let kind = match method.kind {
        PaymentMethodKind::Card => "card",
        PaymentMethodKind::BankAccount => "bank_account",
    };
    db.run(
        "UPDATE customers SET payment_method_kind = ?, payment_method_label = ? WHERE id = ?",
        &[&kind, &method.label, &id],
    )
}
