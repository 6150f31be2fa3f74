//! Events that a process could not digest: set aside, so that what follows them goes on, and tried again, ever more
//! rarely, until they are digested. Reactions load what is the case when they run, so they may run late.

use sqlx::Error;
use time::{Duration, OffsetDateTime};

use crate::tables::Tables;

/// The first wait before a parked event is tried again; it doubles from try to try.
const FIRST_WAIT: Duration = Duration::minutes(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::hours(1);
/// The most characters of a fault that are kept.
const LONGEST_FAULT: usize = 2_000;

/// The parked events of an event store.
#[derive(Clone)]
pub struct Parking {
    tables: Tables,
}

/// A parked event.
pub struct Parked {
    /// Its place in the log.
    pub position: i64,
    /// How often it was tried.
    pub tries: i64,
}

impl Parking {
    /// The events parked in this database.
    pub fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Sets an event aside; one that is there already stays as it is.
    pub async fn park(
        &self,
        position: i64,
        event_type: &str,
        fault: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let sql =
            "INSERT INTO parked_events (position, event_type, fault, tries, parked_at, next_at)
                   VALUES ($1, $2, $3, 1, $4, $5) ON CONFLICT DO NOTHING";
        let args = [
            position.into(),
            event_type.into(),
            shortened(fault).into(),
            now.into(),
            now.saturating_add(FIRST_WAIT).into(),
        ];
        self.tables.execute(sql, &args).await.map(|_| ())
    }

    /// The events that are to be tried again, the oldest first.
    pub async fn due(&self, now: OffsetDateTime) -> Result<Vec<Parked>, Error> {
        let sql = "SELECT position, tries FROM parked_events WHERE next_at <= $1 ORDER BY position LIMIT 100";
        let rows = self.tables.fetch(sql, &[now.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Parked {
                    position: row.get("position")?,
                    tries: row.get("tries")?,
                })
            })
            .collect()
    }

    /// It could not be digested this time either.
    pub async fn again(
        &self,
        parked: &Parked,
        fault: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let doublings = u32::try_from(parked.tries).unwrap_or(u32::MAX).min(10);
        let wait = (FIRST_WAIT * 2_i32.pow(doublings)).min(LONGEST_WAIT);
        let sql = "UPDATE parked_events SET tries = tries + 1, fault = $1, next_at = $2 WHERE position = $3";
        let args = [
            shortened(fault).into(),
            (now + wait).into(),
            parked.position.into(),
        ];
        self.tables.execute(sql, &args).await.map(|_| ())
    }

    /// It is digested.
    pub async fn release(&self, parked: &Parked) -> Result<(), Error> {
        let sql = "DELETE FROM parked_events WHERE position = $1";
        self.tables
            .execute(sql, &[parked.position.into()])
            .await
            .map(|_| ())
    }

    /// How many there are.
    pub async fn count(&self) -> Result<i64, Error> {
        let sql = "SELECT count(*) AS parked FROM parked_events";
        let row = self.tables.fetch_one(sql, &[]).await?;
        row.map_or(Ok(0), |row| row.get("parked"))
    }
}

fn shortened(fault: &str) -> &str {
    match fault.char_indices().nth(LONGEST_FAULT) {
        Some((end, _)) => &fault[..end],
        None => fault,
    }
}
