//! Payment tokens on their way to the provider: kept beside the log, never in it, until the payment is decided.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::tables::Tables;

/// The tokens of payments that the provider has not decided yet.
#[derive(Clone)]
pub struct Intents {
    tables: Tables,
}

impl Intents {
    /// The tokens in this database.
    pub fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Keeps a payment's token; the first one stays.
    pub async fn put(
        &self,
        payment: Uuid,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO payment_intents (payment_id, token, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        self.tables
            .execute(sql, &[payment.into(), token.into(), now.into()])
            .await
            .map(|_| ())
    }

    /// Forgets tokens that nobody came for in a month, whatever became of their requests.
    pub async fn prune(&self, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
        let sql = "DELETE FROM payment_intents WHERE created_at < $1";
        self.tables
            .execute(sql, &[(now - time::Duration::days(30)).into()])
            .await
    }

    /// A payment's token.
    pub async fn get(&self, payment: Uuid) -> Result<Option<String>, sqlx::Error> {
        let sql = "SELECT token FROM payment_intents WHERE payment_id = $1";
        let row = self.tables.fetch_one(sql, &[payment.into()]).await?;
        row.map(|row| row.get("token")).transpose()
    }

    /// Forgets a payment's token.
    pub async fn remove(&self, payment: Uuid) -> Result<(), sqlx::Error> {
        let sql = "DELETE FROM payment_intents WHERE payment_id = $1";
        self.tables
            .execute(sql, &[payment.into()])
            .await
            .map(|_| ())
    }
}
