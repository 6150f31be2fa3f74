//! What the torture found, by kind, and how to see it again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged effect is not there.
    Lost,
    /// An effect is there twice, or nobody asked for it.
    Doubled,
    /// An answer says what is not so.
    Untrue,
    /// A series of document numbers has a gap or a number twice.
    Gap,
    /// An error that is INTERNAL or no GraphQL error at all.
    Untyped,
    /// /readyz says what is not so, or the node does not recover by itself.
    Health,
    /// An answer that comes long after the request's deadline.
    Late,
    /// Something else: the node does not start, `billing check` fails, another process cannot write.
    Broken,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Lost,
        Self::Doubled,
        Self::Untrue,
        Self::Gap,
        Self::Untyped,
        Self::Health,
        Self::Late,
        Self::Broken,
    ];
}

/// The finds of one part.
#[derive(Default)]
pub struct Finds {
    found: Mutex<Vec<(Kind, String)>>,
    tried: Mutex<BTreeMap<&'static str, u64>>,
}

impl Finds {
    pub fn add(&self, kind: Kind, what: impl fmt::Display) {
        if std::env::var_os("TORTURE_LOG").is_some() {
            eprintln!("    {kind:?}: {what}");
        }
        lock(&self.found).push((kind, what.to_string()));
    }

    /// Counts something that was tried.
    pub fn tried(&self, what: &'static str, count: usize) {
        *lock(&self.tried).entry(what).or_default() += u64::try_from(count).unwrap();
    }

    pub fn len(&self) -> usize {
        lock(&self.found).len()
    }

    /// What was tried and found, with a few examples of each kind.
    pub fn report(&self, part: &str) -> String {
        let tried = lock(&self.tried);
        let tried: Vec<_> = tried
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        let found = lock(&self.found);
        let counts = Kind::ALL.map(|kind| {
            let count = found.iter().filter(|(k, _)| *k == kind).count();
            format!("{} {count}", format!("{kind:?}").to_lowercase())
        });
        let mut text = format!(
            "{part:<16} tried: {}\n{:<16} found: {}\n",
            tried.join(", "),
            "",
            counts.join(", ")
        );
        for kind in Kind::ALL {
            for (_, what) in found.iter().filter(|(k, _)| *k == kind).take(3) {
                text += &format!("    {kind:?}: {what}\n");
            }
        }
        text
    }

    /// Fails a test that found something.
    pub fn assert_none(&self, part: &str) {
        let report = self.report(part);
        assert_eq!(self.len(), 0, "\n{report}");
        eprintln!("{report}");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
