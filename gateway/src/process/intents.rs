//! What payments under way are to be charged: kept beside the log, never in it, until the payment is decided.

use domain::ids::PaymentId;
use time::OffsetDateTime;
use uuid::Uuid;

use super::provider::{Source, StoredMethod};
use crate::tables::Tables;

/// What a payment is to be charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The token or the stored reference.
    pub source: Source,
    /// Whether it becomes the customer's payment method once the payment has succeeded.
    pub remember: bool,
    /// What the provider has stored of it already, in order to remember it.
    pub method: Option<StoredMethod>,
}

impl Intent {
    /// A one-time token, and whether it shall be remembered.
    pub fn token(token: &str, remember: bool) -> Self {
        Self {
            source: Source::Token(token.to_owned()),
            remember,
            method: None,
        }
    }

    /// What the provider has stored.
    pub fn stored(reference: &str) -> Self {
        Self {
            source: Source::Stored(reference.to_owned()),
            remember: false,
            method: None,
        }
    }
}

/// What the payments that the provider has not decided yet are to be charged.
#[derive(Clone)]
pub struct Intents {
    tables: Tables,
}

/// The kinds of source, as they are stored.
const TOKEN: &str = "token";
const STORED: &str = "stored";

impl Intents {
    /// The intents in this database.
    pub fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Keeps what a payment is to be charged; the first one stays.
    pub async fn put(
        &self,
        payment: Uuid,
        intent: &Intent,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO payment_intents (payment_id, token, kind, remember, created_at)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let (kind, token) = match &intent.source {
            Source::Token(token) => (TOKEN, token),
            Source::Stored(reference) => (STORED, reference),
        };
        let args = [
            payment.into(),
            token.as_str().into(),
            kind.into(),
            i64::from(intent.remember).into(),
            now.into(),
        ];
        self.tables.execute(sql, &args).await.map(|_| ())
    }

    /// From here on the payment is charged what the provider has stored of its token.
    pub async fn replace(
        &self,
        payment: PaymentId,
        method: &StoredMethod,
    ) -> Result<(), sqlx::Error> {
        let sql =
            "UPDATE payment_intents SET kind = $1, token = $2, method = $3 WHERE payment_id = $4";
        let json = serde_json::to_string(method).map_err(|e| sqlx::Error::Encode(e.into()))?;
        let args = [
            STORED.into(),
            method.reference.as_str().into(),
            json.as_str().into(),
            payment.0.into(),
        ];
        self.tables.execute(sql, &args).await.map(|_| ())
    }

    /// Forgets what nobody came for in a month, whatever became of the requests.
    pub async fn prune(&self, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
        let sql = "DELETE FROM payment_intents WHERE created_at < $1";
        self.tables
            .execute(sql, &[now.saturating_sub(time::Duration::days(30)).into()])
            .await
    }

    /// What a payment is to be charged.
    pub async fn get(&self, payment: Uuid) -> Result<Option<Intent>, sqlx::Error> {
        let sql = "SELECT token, kind, remember, method FROM payment_intents WHERE payment_id = $1";
        let Some(row) = self.tables.fetch_one(sql, &[payment.into()]).await? else {
            return Ok(None);
        };
        let (kind, token): (String, String) = (row.get("kind")?, row.get("token")?);
        let method: Option<String> = row.get("method")?;
        let method = method.map(|json| serde_json::from_str(&json)).transpose();
        Ok(Some(Intent {
            source: if kind == STORED {
                Source::Stored(token)
            } else {
                Source::Token(token)
            },
            remember: row.get::<i64>("remember")? != 0,
            method: method.map_err(|e| sqlx::Error::Decode(e.into()))?,
        }))
    }

    /// Forgets what a payment is to be charged.
    pub async fn remove(&self, payment: Uuid) -> Result<(), sqlx::Error> {
        let sql = "DELETE FROM payment_intents WHERE payment_id = $1";
        self.tables
            .execute(sql, &[payment.into()])
            .await
            .map(|_| ())
    }
}
