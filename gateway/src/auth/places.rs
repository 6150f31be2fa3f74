//! Places that are shared fairly: nobody takes more than so many at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts what each key holds at this moment. Keys that hold nothing cost nothing.
pub struct Places<K> {
    taken: Mutex<HashMap<K, usize>>,
}

/// One place; it is given back when this is dropped.
pub struct Place<K: Eq + Hash> {
    places: Arc<Places<K>>,
    key: K,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// Nothing is taken yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
        })
    }

    /// A place for this key, unless it has `most` already.
    pub fn take(self: &Arc<Self>, key: K, most: usize) -> Option<Place<K>> {
        let mut taken = self.lock();
        let count = taken.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Place {
            places: Arc::clone(self),
            key,
        })
    }
}

impl<K> Places<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn nobody_takes_more_than_a_share_and_what_is_given_back_is_free() {
        let places = Places::new();
        let held: Vec<_> = (0..3).map(|_| places.take("a", 3).unwrap()).collect();
        assert!(places.take("a", 3).is_none());
        assert!(places.take("b", 3).is_some());
        drop(held);
        assert!(places.take("a", 3).is_some());
        assert!(places.lock().is_empty());
    }
}
