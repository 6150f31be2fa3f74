//! Accounts: who may sign in, and as what.
//!
//! An account without an address has `-:` and its own id in the column of addresses. That is no address, so nobody signs
//! in with it. Disabled accounts have none, and so do those of contacts whose address another account has.

use projections::{Reach, Role, Viewer};
use time::OffsetDateTime;
use uuid::Uuid;

use super::password::{self, HashError, Hasher, Lane, Weakness};
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
    /// The password is too weak.
    #[error("password {0}")]
    Weak(Weakness),
    /// Another account signs in with that address.
    #[error("email is the address of another account")]
    EmailTaken,
    /// The password could not be hashed or verified.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] sqlx::Error),
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
        let about = vec![viewer.email.clone(), viewer.name.clone()];
        let hash = self.hasher.hash(new.password, about).await?;
        let hash = hash.map_err(AccountError::Weak)?;
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
        if !email.contains('@') {
            return Ok(None);
        }
        let sql = "SELECT id, email, name, role, customer_id, contact_id FROM accounts
                   WHERE email = $1 AND disabled_at IS NULL";
        let row = self
            .tables
            .fetch_one(sql, &[lower(email).as_str().into()])
            .await?;
        Ok(row.map(|row| viewer_of(&row)).transpose()?)
    }

    /// The account that signs in with this address and this password. An unknown address costs the same work.
    pub async fn verify(
        &self,
        email: &str,
        password: String,
        lane: Lane,
    ) -> Result<Option<Viewer>, AccountError> {
        let sql =
            "SELECT id, email, name, role, customer_id, contact_id, password_hash FROM accounts
                   WHERE email = $1 AND disabled_at IS NULL";
        let row = self
            .tables
            .fetch_one(sql, &[lower(email).as_str().into()])
            .await?
            .filter(|_| email.contains('@'));
        let hash = row
            .as_ref()
            .map(|row| row.get::<String>("password_hash"))
            .transpose()?;
        if password.chars().count() > password::MAX_CHARS {
            return Ok(None);
        }
        if self.hasher.verify(password, hash, lane).await? {
            Ok(row.map(|row| viewer_of(&row)).transpose()?)
        } else {
            Ok(None)
        }
    }

    /// Gives an account a new password. Its sessions are for the caller to end.
    pub async fn set_password(
        &self,
        account: &Viewer,
        password: String,
    ) -> Result<(), AccountError> {
        let about = vec![account.email.clone(), account.name.clone()];
        let hash = self.hasher.hash(password, about).await?;
        let hash = hash.map_err(AccountError::Weak)?;
        let sql = "UPDATE accounts SET password_hash = $1 WHERE id = $2";
        self.tables
            .execute(sql, &[hash.as_str().into(), account.account_id.into()])
            .await?;
        Ok(())
    }

    /// The open accounts that a contact signs in with.
    pub async fn of_contact(&self, contact_id: Uuid) -> Result<Vec<Uuid>, AccountError> {
        let sql =
            "SELECT id FROM accounts WHERE contact_id = $1 AND disabled_at IS NULL ORDER BY id";
        let rows = self.tables.fetch(sql, &[contact_id.into()]).await?;
        Ok(rows
            .iter()
            .map(|row| row.id("id"))
            .collect::<Result<_, _>>()?)
    }

    /// Every open account of a contact.
    pub async fn of_contacts(&self) -> Result<Vec<Viewer>, AccountError> {
        let sql = "SELECT id, email, name, role, customer_id, contact_id FROM accounts
                   WHERE contact_id IS NOT NULL AND disabled_at IS NULL";
        let rows = self.tables.fetch(sql, &[]).await?;
        Ok(rows.iter().map(viewer_of).collect::<Result<_, _>>()?)
    }

    /// The open accounts of contacts whose address another account has.
    pub async fn without_address(&self) -> Result<Vec<Viewer>, AccountError> {
        // ';' follows ':', so that these are all the texts that begin with "-:".
        let sql = "SELECT id, email, name, role, customer_id, contact_id FROM accounts
                   WHERE email >= '-:' AND email < '-;' AND contact_id IS NOT NULL AND disabled_at IS NULL
                   ORDER BY id";
        let rows = self.tables.fetch(sql, &[]).await?;
        Ok(rows.iter().map(viewer_of).collect::<Result<_, _>>()?)
    }

    /// Gives an account a person's name and address. Where another account has that address, it has none until the
    /// address is free. Says what changed.
    pub async fn follow(
        &self,
        account_id: Uuid,
        email: &str,
        name: &str,
    ) -> Result<Followed, AccountError> {
        let email = lower(email);
        let sql = "UPDATE accounts SET name = $1 WHERE id = $2 AND name <> $1";
        let args = [name.into(), account_id.into()];
        let renamed = self.tables.execute(sql, &args).await? > 0;
        // Left alone where it has the address already, or waits for it in vain.
        let sql = "UPDATE accounts SET email = CASE WHEN EXISTS
                     (SELECT 1 FROM accounts o WHERE o.email = $1) THEN '-:' || id ELSE $1 END
                   WHERE id = $2 AND email <> $1 AND disabled_at IS NULL
                     AND NOT (email = '-:' || id AND EXISTS (SELECT 1 FROM accounts o WHERE o.email = $1))";
        let args = [email.as_str().into(), account_id.into()];
        let moved = self.tables.execute(sql, &args).await? > 0;
        Ok(match (moved, renamed) {
            (true, _) => Followed::Address,
            (false, true) => Followed::Name,
            (false, false) => Followed::Nothing,
        })
    }

    /// Shuts an account: it can no longer sign in, and its address is free for another. Its sessions are for the caller
    /// to end.
    pub async fn disable(&self, account_id: Uuid, now: OffsetDateTime) -> Result<(), AccountError> {
        let sql = "UPDATE accounts SET disabled_at = $1, email = '-:' || id
                   WHERE id = $2 AND disabled_at IS NULL";
        self.tables
            .execute(sql, &[now.into(), account_id.into()])
            .await?;
        Ok(())
    }
}

/// What [`Accounts::follow`] changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The address that the account signs in with.
    Address,
    /// The person's name only.
    Name,
    /// Nothing: it was so already.
    Nothing,
}

/// Reads a viewer from a row of `id, email, name, role, customer_id, contact_id`.
pub(super) fn viewer_of(row: &Row) -> Result<Viewer, sqlx::Error> {
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
            return Err(sqlx::Error::Decode(
                format!("an account of role {role:?} is malformed").into(),
            ));
        }
    };
    Ok(Viewer {
        account_id: row.id("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        reach,
    })
}

fn lower(email: &str) -> String {
    email.trim().to_lowercase()
}

fn normal_email(email: &str) -> Result<String, AccountError> {
    let invalid = |message: &str| AccountError::Invalid {
        field: "email",
        message: message.to_owned(),
    };
    let email = lower(email);
    if email.len() > 254 {
        return Err(invalid("must have at most 254 bytes"));
    }
    if email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(invalid("must not hold blanks"));
    }
    match email.split_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() && !host.contains('@') => {
            Ok(email)
        }
        _ => Err(invalid("must look like name@example.com")),
    }
}

fn normal_name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    let message = if name.is_empty() {
        "must not be empty"
    } else if name.chars().count() > 200 {
        "must have at most 200 characters"
    } else if name.chars().any(char::is_control) {
        "must not hold control characters"
    } else {
        return Ok(name.to_owned());
    };
    Err(AccountError::Invalid {
        field: "name",
        message: message.to_owned(),
    })
}
