//! Accounts: who may sign in, and as what.

use domain::invalid::Invalid;
use eventlog::LogError;
use projections::{Reach, Role, Viewer};
use time::OffsetDateTime;
use uuid::Uuid;

use super::password::{self, HashError, Hasher};
use crate::tables::{Row, Tables};

/// The accounts of one organisation.
#[derive(Clone)]
pub struct Accounts {
    tables: Tables,
    hasher: Hasher,
}

/// An account to create.
pub struct NewAccount {
    /// The address to sign in with.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The password, in the clear; only its hash is kept.
    pub password: String,
    /// What the person is.
    pub reach: Reach,
}

/// Why an account was not created, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A value is not acceptable.
    #[error("{field} {message}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Another account signs in with that address.
    #[error("email is the address of another account")]
    EmailTaken,
    /// The password could not be hashed or verified.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error("{0}")]
    Storage(#[from] LogError),
}

impl Accounts {
    /// The accounts kept in these tables.
    pub fn new(tables: Tables) -> Result<Self, HashError> {
        Ok(Self {
            tables,
            hasher: Hasher::new()?,
        })
    }

    /// Creates an account.
    pub async fn create(
        &self,
        new: NewAccount,
        now: OffsetDateTime,
    ) -> Result<Viewer, AccountError> {
        let email = normal_email(&new.email)?;
        let name = normal_name(&new.name)?;
        if let Some(message) = password::weakness(&new.password) {
            return Err(AccountError::Invalid {
                field: "password",
                message,
            });
        }
        let viewer = Viewer {
            account_id: Uuid::now_v7(),
            name,
            email,
            reach: new.reach,
        };
        let contact = match viewer.reach {
            Reach::Customer { contact_id, .. } => Some(contact_id),
            Reach::AsCustomer { .. } | Reach::Organisation(Role::CustomerContact) => {
                return Err(AccountError::Invalid {
                    field: "role",
                    message: "needs a customer".to_owned(),
                });
            }
            Reach::Organisation(Role::Staff | Role::Accountant | Role::Owner) => None,
        };
        let hash = self.hasher.hash(new.password).await?;
        let sql = "INSERT INTO accounts (id, email, name, password_hash, role, customer_id, contact_id, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING";
        let args = [
            viewer.account_id.into(),
            viewer.email.as_str().into(),
            viewer.name.as_str().into(),
            hash.as_str().into(),
            viewer.role().name().into(),
            viewer.only_customer().into(),
            contact.into(),
            now.into(),
        ];
        match self.tables.execute(sql, &args).await? {
            0 => Err(AccountError::EmailTaken),
            _ => Ok(viewer),
        }
    }

    /// The account of that address, unless it is disabled.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<Viewer>, AccountError> {
        let sql = "SELECT id, email, name, role, customer_id, contact_id FROM accounts
                   WHERE email = $1 AND disabled_at IS NULL";
        let row = self
            .tables
            .fetch_one(sql, &[lower(email).as_str().into()])
            .await?;
        Ok(row.map(|row| viewer_of(&row)).transpose()?)
    }

    /// Whether somebody can sign in as an owner.
    pub async fn has_owner(&self) -> Result<bool, AccountError> {
        let sql = "SELECT id FROM accounts WHERE role = 'owner' AND disabled_at IS NULL LIMIT 1";
        Ok(self.tables.fetch_one(sql, &[]).await?.is_some())
    }

    /// The account that signs in with this address and this password. An unknown address costs the same work.
    pub async fn verify(
        &self,
        email: &str,
        password: String,
    ) -> Result<Option<Viewer>, AccountError> {
        let sql =
            "SELECT id, email, name, role, customer_id, contact_id, password_hash FROM accounts
                   WHERE email = $1 AND disabled_at IS NULL";
        let row = self
            .tables
            .fetch_one(sql, &[lower(email).as_str().into()])
            .await?;
        let hash = row
            .as_ref()
            .map(|row| row.get::<String>("password_hash"))
            .transpose()?;
        if password.chars().count() > password::MAX_CHARS {
            return Ok(None);
        }
        if self.hasher.verify(password, hash).await? {
            Ok(row.map(|row| viewer_of(&row)).transpose()?)
        } else {
            Ok(None)
        }
    }

    /// Gives an account a new password. Its sessions are for the caller to end.
    pub async fn set_password(
        &self,
        account_id: Uuid,
        password: String,
    ) -> Result<(), AccountError> {
        if let Some(message) = password::weakness(&password) {
            return Err(AccountError::Invalid {
                field: "password",
                message,
            });
        }
        let hash = self.hasher.hash(password).await?;
        let sql = "UPDATE accounts SET password_hash = $1 WHERE id = $2";
        self.tables
            .execute(sql, &[hash.as_str().into(), account_id.into()])
            .await?;
        Ok(())
    }

    /// The accounts that a contact signs in with.
    pub async fn of_contact(&self, contact_id: Uuid) -> Result<Vec<Uuid>, AccountError> {
        let sql = "SELECT id FROM accounts WHERE contact_id = $1";
        let rows = self.tables.fetch(sql, &[contact_id.into()]).await?;
        Ok(rows
            .iter()
            .map(|row| row.id("id"))
            .collect::<Result<_, _>>()?)
    }

    /// Shuts an account; it can no longer sign in. Its sessions are for the caller to end.
    pub async fn disable(&self, account_id: Uuid, now: OffsetDateTime) -> Result<(), AccountError> {
        let sql = "UPDATE accounts SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL";
        self.tables
            .execute(sql, &[now.into(), account_id.into()])
            .await?;
        Ok(())
    }
}

/// Reads a viewer from a row of `id, email, name, role, customer_id, contact_id`.
pub(super) fn viewer_of(row: &Row) -> Result<Viewer, LogError> {
    let role: String = row.get("role")?;
    let reach = match (
        Role::from_name(&role),
        row.id_or_null("customer_id")?,
        row.id_or_null("contact_id")?,
    ) {
        (Some(Role::CustomerContact), Some(customer_id), Some(contact_id)) => Reach::Customer {
            customer_id,
            contact_id,
        },
        (Some(role @ (Role::Staff | Role::Accountant | Role::Owner)), None, None) => {
            Reach::Organisation(role)
        }
        (role, _, _) => {
            let wrong = format!("an account of role {role:?} is malformed");
            return Err(LogError::Unreadable(wrong.into()));
        }
    };
    Ok(Viewer {
        account_id: row.id("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        reach,
    })
}

/// An address as accounts are found by: in the domain's form where it is one, else as older accounts hold it.
fn lower(email: &str) -> String {
    domain::email::email("email", email).unwrap_or_else(|_| email.trim().to_lowercase())
}

fn normal_email(email: &str) -> Result<String, AccountError> {
    domain::email::email("email", email).map_err(|broken| refused("email", &broken))
}

fn normal_name(name: &str) -> Result<String, AccountError> {
    domain::text::required_line("name", name, 200).map_err(|broken| refused("name", &broken))
}

fn refused(field: &'static str, broken: &Invalid) -> AccountError {
    AccountError::Invalid {
        field,
        message: broken.rule.to_string(),
    }
}
