//! How often a sign-in may be tried. All nodes share the counts, in a small side table.
//!
//! Each count is a leaky bucket: it takes a number of tries at once, and then one per interval. The table keeps the
//! instant at which a bucket is empty again. Looking costs reads by primary key; only a try that is let through writes,
//! and each of those costs the much greater work of a password hash. Keys are hashes of what a stranger sends.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::tables::{Arg, Tables};

/// So many tries at once, and then one per interval.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// What the bucket is for; part of its key.
    pub name: &'static str,
    /// Tries at once.
    pub burst: u32,
    /// After those, one per this time.
    pub every: Duration,
}

/// The bucket of one key.
#[derive(Clone, Debug)]
pub struct Bucket {
    key: String,
    allowance: Allowance,
}

impl Bucket {
    /// The bucket of these texts, such as an account and a network.
    pub fn new(allowance: Allowance, of: &[&str]) -> Self {
        let mut hash = Sha256::new_with_prefix(allowance.name);
        for text in of {
            hash.update([0]);
            hash.update(text);
        }
        Self {
            key: format!("{:x}", hash.finalize()),
            allowance,
        }
    }

    fn step(&self) -> i64 {
        i64::try_from(self.allowance.every.as_millis()).unwrap_or(i64::MAX)
    }

    /// How full the bucket may be for one more try.
    fn room(&self) -> i64 {
        let further = i64::from(self.allowance.burst.saturating_sub(1));
        self.step().saturating_mul(further)
    }
}

/// The tries of one organisation's people.
pub struct Tries {
    tables: Tables,
    clock: Clock,
    /// Looking and counting are one step on this node. Nodes that look at once let through one try more each.
    turn: Mutex<()>,
}

impl Tries {
    /// The tries counted in these tables.
    pub fn new(tables: Tables, clock: Clock) -> Self {
        Self {
            tables,
            clock,
            turn: Mutex::default(),
        }
    }

    /// Counts a try in each bucket; or, where one is full, in none, and says how long to wait.
    pub async fn count(&self, buckets: &[Bucket]) -> Result<Result<(), Duration>, sqlx::Error> {
        let _turn = self.turn.lock().await;
        let now = self.now();
        for bucket in buckets {
            let sql = "SELECT empty_at FROM sign_in_tries WHERE key = $1";
            let args = [bucket.key.as_str().into()];
            let empty_at = match self.tables.fetch_one(sql, &args).await? {
                Some(row) => row.get::<i64>("empty_at")?,
                None => now,
            };
            let over = empty_at.saturating_sub(now).saturating_sub(bucket.room());
            if over > 0 {
                return Ok(Err(Duration::from_millis(over.unsigned_abs())));
            }
        }
        self.fill(buckets, now).await?;
        Ok(Ok(()))
    }

    /// Takes back a try that turned out to be rightful.
    pub async fn forgive(&self, buckets: &[Bucket]) -> Result<(), sqlx::Error> {
        for bucket in buckets {
            let sql = "UPDATE sign_in_tries SET empty_at = empty_at - $1 WHERE key = $2";
            let args = [bucket.step().into(), bucket.key.as_str().into()];
            self.tables.execute(sql, &args).await?;
        }
        Ok(())
    }

    /// Removes the buckets that are empty.
    pub async fn prune(&self) -> Result<u64, sqlx::Error> {
        let sql = "DELETE FROM sign_in_tries WHERE empty_at <= $1";
        self.tables.execute(sql, &[self.now().into()]).await
    }

    async fn fill(&self, buckets: &[Bucket], now: i64) -> Result<(), sqlx::Error> {
        // One order for all, so that no two statements wait for each other's rows.
        let mut buckets: Vec<&Bucket> = buckets.iter().collect();
        buckets.sort_by(|a, b| a.key.cmp(&b.key));
        let mut sql = "INSERT INTO sign_in_tries (key, empty_at) VALUES ".to_owned();
        let mut args: Vec<Arg> = vec![];
        for bucket in buckets {
            let comma = if args.is_empty() { "" } else { ", " };
            sql += &format!("{comma}(${}, ${})", args.len() + 1, args.len() + 2);
            args.push(bucket.key.as_str().into());
            args.push(now.saturating_add(bucket.step()).into());
        }
        args.push(now.into());
        let now = format!("${}", args.len());
        sql += &format!(
            " ON CONFLICT (key) DO UPDATE SET empty_at = CASE WHEN sign_in_tries.empty_at > {now}
              THEN sign_in_tries.empty_at + excluded.empty_at - {now} ELSE excluded.empty_at END"
        );
        self.tables.execute(&sql, &args).await?;
        Ok(())
    }

    fn now(&self) -> i64 {
        let millis = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        i64::try_from(millis).unwrap_or(i64::MAX)
    }
}

/// What an address counts under: an IPv6 network of 64 bits is one caller.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use eventlog::EventLog;
    use time::macros::datetime;

    use super::*;

    const THREE: Allowance = Allowance {
        name: "three",
        burst: 3,
        every: Duration::from_secs(60),
    };

    fn of(key: &str) -> [Bucket; 1] {
        [Bucket::new(THREE, &[key])]
    }

    async fn nodes() -> (tempfile::TempDir, Clock, [Tries; 2]) {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/billing.db", dir.path().display());
        let log = EventLog::open_with(&url, domain::event::upcast)
            .await
            .unwrap();
        let clock = Clock::manual(datetime!(2026-03-01 12:00 UTC));
        let nodes = [0, 1].map(|_| Tries::new(Tables::new(log.clone()), clock.clone()));
        (dir, clock, nodes)
    }

    #[tokio::test]
    async fn nodes_share_the_count_and_it_comes_back_with_time() {
        let (_dir, clock, [one, two]) = nodes().await;
        for node in [&one, &two, &one] {
            node.count(&of("a")).await.unwrap().unwrap();
        }
        for node in [&one, &two] {
            let wait = node.count(&of("a")).await.unwrap().unwrap_err();
            assert_eq!(wait, Duration::from_secs(60));
        }
        two.count(&of("b")).await.unwrap().unwrap();
        clock.set(datetime!(2026-03-01 12:01 UTC));
        two.count(&of("a")).await.unwrap().unwrap();
        one.count(&of("a")).await.unwrap().unwrap_err();
        clock.set(datetime!(2026-03-01 13:00 UTC));
        assert_eq!(one.prune().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_rightful_try_does_not_count_and_a_refused_one_fills_no_other_bucket() {
        let (_dir, _, [node, _]) = nodes().await;
        for _ in 0..20 {
            node.count(&of("a")).await.unwrap().unwrap();
            node.forgive(&of("a")).await.unwrap();
        }
        for _ in 0..3 {
            node.count(&of("full")).await.unwrap().unwrap();
        }
        let both = [of("full"), of("other")].concat();
        for _ in 0..10 {
            node.count(&both).await.unwrap().unwrap_err();
        }
        node.count(&of("other")).await.unwrap().unwrap();
    }

    #[test]
    fn one_ipv6_network_is_one_caller() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
