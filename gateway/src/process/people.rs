//! Sign-ins follow people: an account has the name and the address of its contact, and ends with it.
//!
//! The mutation calls these functions for a quick effect, and the process calls them for every event of a contact. They
//! go by the customer as it is now, not by the event, so it does not matter who calls first, or how often.

use std::sync::Arc;

use anyhow::Context as _;
use domain::customer::{Contact, Customer, PortalAccess};
use domain::ids::ContactId;
use projections::{Reach, Viewer, list_contacts};
use uuid::Uuid;

use super::runner::whole_view;
use crate::app::App;
use crate::auth::accounts::Followed;

/// Gives the accounts of a contact the name and address that it has now, or shuts them where the contact is no more.
///
/// # Errors
/// Where the log or the database fails.
pub async fn follow(app: &App, customer: Uuid, contact: ContactId) -> anyhow::Result<()> {
    let released = match find(app, customer, contact).await? {
        Some(known) => follow_one(app, contact, &known).await?,
        None => shut(app, contact).await?,
    };
    if released {
        claim(app).await?;
    }
    Ok(())
}

/// Shuts the accounts of a contact whose way into the portal was taken.
///
/// # Errors
/// Where the log or the database fails.
pub async fn revoke(app: &App, customer: Uuid, contact: ContactId) -> anyhow::Result<()> {
    let known = find(app, customer, contact).await?;
    // Invited again since: what was taken has been given back.
    let is_out = known.is_none_or(|known| known.portal == PortalAccess::Revoked);
    if is_out && shut(app, contact).await? {
        claim(app).await?;
    }
    Ok(())
}

/// Looks for accounts that differ from their contacts, such as those that an earlier version left behind.
///
/// # Errors
/// Where the log, the read models or the database fail.
pub async fn catch_up(app: &Arc<App>) -> anyhow::Result<()> {
    for account in app.accounts.of_contacts().await? {
        let Some((customer, contact)) = contact_of(&account) else {
            continue;
        };
        let viewer = whole_view();
        let found = app
            .reads
            .read(|db| list_contacts(db, &viewer, &[customer]))?;
        let differs = found.iter().any(|row| {
            row.contact_id == contact.0
                && (row.email.to_lowercase() != account.email || row.name != account.name)
        });
        if differs {
            follow(app, customer, contact).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn find(app: &App, customer: Uuid, contact: ContactId) -> anyhow::Result<Option<Contact>> {
    let loaded = app.log.load::<Customer>(customer).await?;
    let registered = loaded.state.registered.context("no such customer")?;
    Ok(registered.contacts.get(&contact).cloned())
}

/// Says whether an address may have become free.
async fn follow_one(app: &App, contact: ContactId, known: &Contact) -> anyhow::Result<bool> {
    let (email, name) = (&known.details.email, &known.details.name);
    let mut released = false;
    for account in app.accounts.of_contact(contact.0).await? {
        match app.accounts.follow(account, email, name).await? {
            // Another address may be another person: whoever is signed in signs in again.
            Followed::Address => {
                app.sessions.revoke_for_account(account).await?;
                released = true;
            }
            Followed::Name => app.sessions.forget_account(account),
            Followed::Nothing => {}
        }
    }
    Ok(released)
}

/// Says whether an address may have become free.
async fn shut(app: &App, contact: ContactId) -> anyhow::Result<bool> {
    let accounts = app.accounts.of_contact(contact.0).await?;
    for account in &accounts {
        app.accounts.disable(*account, app.clock.now()).await?;
        app.sessions.revoke_for_account(*account).await?;
    }
    Ok(!accounts.is_empty())
}

/// Gives accounts that had to do without their contact's address what has become free.
async fn claim(app: &App) -> anyhow::Result<()> {
    for account in app.accounts.without_address().await? {
        if let Some((customer, contact)) = contact_of(&account)
            && let Some(known) = find(app, customer, contact).await?
        {
            follow_one(app, contact, &known).await?;
        }
    }
    Ok(())
}

fn contact_of(account: &Viewer) -> Option<(Uuid, ContactId)> {
    match account.reach {
        Reach::Customer {
            customer_id,
            contact_id,
        } => Some((customer_id, ContactId(contact_id))),
        Reach::AsCustomer { .. } | Reach::Organisation(_) => None,
    }
}
