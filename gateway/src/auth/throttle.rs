//! How often something may be tried, by a key that a stranger chooses (an e-mail address, an IP address).
//!
//! Memory is bounded without ever forgetting a key: every key hashes to one slot in each of a few rows (a count-min
//! sketch), and a try is refused only when all of its slots are full. Strangers' keys can fill a slot of mine, hardly
//! all of them; nobody can push my key out.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const ROWS: usize = 3;
const SLOTS: usize = 1 << 14;

/// Lets a key through `burst` times at once, and then once per `every`.
pub struct Throttle {
    every: Duration,
    burst: u32,
    hashers: [RandomState; ROWS],
    started: Instant,
    /// For each slot the time, since `started`, at which it will be empty again.
    empty_at: Mutex<Vec<Duration>>,
}

impl Throttle {
    /// A throttle for one kind of key.
    pub fn new(burst: u32, every: Duration) -> Self {
        Self {
            every,
            burst,
            hashers: std::array::from_fn(|_| RandomState::new()),
            started: Instant::now(),
            empty_at: Mutex::new(vec![Duration::ZERO; ROWS * SLOTS]),
        }
    }

    /// Counts a try; or says how long to wait before the next one.
    pub fn count(&self, key: &impl Hash) -> Result<(), Duration> {
        let now = self.started.elapsed();
        let room = self.every.saturating_mul(self.burst.saturating_sub(1));
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = self.slots(key);
        let fill = slots.map(|slot| empty_at[slot].saturating_sub(now));
        let least = fill.into_iter().min().unwrap_or_default();
        if least > room {
            return Err(least - room);
        }
        let filled = now + least + self.every;
        for slot in slots {
            empty_at[slot] = empty_at[slot].max(filled);
        }
        Ok(())
    }

    /// Takes back a try that turned out to be rightful.
    pub fn forgive(&self, key: &impl Hash) {
        let mut empty_at = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = self.slots(key);
        // The fuller slots are other keys' doing, and stay as they are.
        let least = slots
            .into_iter()
            .map(|slot| empty_at[slot])
            .min()
            .unwrap_or_default();
        for slot in slots {
            if empty_at[slot] == least {
                empty_at[slot] = least.saturating_sub(self.every);
            }
        }
    }

    fn slots(&self, key: &impl Hash) -> [usize; ROWS] {
        std::array::from_fn(|row| {
            let hash =
                usize::try_from(self.hashers[row].hash_one(key) % SLOTS as u64).unwrap_or_default();
            row * SLOTS + hash
        })
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

    use super::*;

    #[test]
    fn refuses_after_the_burst_and_says_how_long() {
        let throttle = Throttle::new(3, Duration::from_secs(60));
        for _ in 0..3 {
            throttle.count(&"a").unwrap();
        }
        let wait = throttle.count(&"a").unwrap_err();
        assert!(
            wait > Duration::from_secs(50) && wait <= Duration::from_secs(60),
            "{wait:?}"
        );
        throttle.count(&"b").unwrap();
    }

    #[test]
    fn a_rightful_try_does_not_count() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        for _ in 0..20 {
            throttle.count(&"a").unwrap();
            throttle.forgive(&"a");
        }
    }

    #[test]
    fn a_flood_of_other_keys_does_not_free_a_key() {
        let throttle = Throttle::new(1, Duration::from_secs(3600));
        throttle.count(&"victim").unwrap();
        for stranger in 0..20_000 {
            let _ = throttle.count(&stranger);
        }
        throttle.count(&"victim").unwrap_err();
    }

    #[test]
    fn tries_come_back_with_time() {
        let throttle = Throttle::new(1, Duration::from_millis(500));
        throttle.count(&"a").unwrap();
        throttle.count(&"a").unwrap_err();
        std::thread::sleep(Duration::from_millis(600));
        throttle.count(&"a").unwrap();
    }

    #[test]
    fn one_ipv6_network_is_one_caller() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
