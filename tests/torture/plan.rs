//! How long, from which seed, and which episodes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::finds::{Finds, Kind};

/// How long an episode may take before it counts as one that never ends.
const EPISODE: Duration = Duration::from_secs(180);

/// What one part may use up.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub episodes: u64,
    pub time: Duration,
    /// Only this episode, to see a find again.
    pub only: Option<u64>,
}

impl Plan {
    /// So few that every `make test` has the time for it.
    pub fn few(episodes: u64) -> Self {
        Self {
            seed: number("SEED").unwrap_or(1),
            episodes,
            time: Duration::from_secs(60),
            only: None,
        }
    }

    /// As long as TORTURE_SECONDS says, or until `episodes` are through.
    pub fn from_environment(episodes: u64, share: u32) -> Self {
        let seconds = number("TORTURE_SECONDS").unwrap_or(240);
        Self {
            seed: number("SEED").unwrap_or(1),
            episodes,
            time: Duration::from_secs(seconds) * share / 100,
            only: number("EPISODE"),
        }
    }

    /// Runs episodes one after the other. One that breaks off is a find and does not end the others.
    pub async fn run<F>(&self, finds: &Arc<Finds>, mut episode: impl FnMut(Dice, String) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let until = Instant::now() + self.time;
        for n in self.only.map_or(0..self.episodes, |only| only..only + 1) {
            if Instant::now() > until {
                break;
            }
            let label = format!("SEED={} EPISODE={n}", self.seed);
            let dice = Dice::new(self.seed).fork(n);
            finds.tried("episodes", 1);
            let played = tokio::spawn(tokio::time::timeout(EPISODE, episode(dice, label.clone())));
            match played.await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => finds.add(Kind::Broken, format!("{label}: no end after {EPISODE:?}")),
                Err(broken) => finds.add(Kind::Broken, format!("{label}: {}", words_of(broken))),
            }
        }
    }
}

/// What a task said when it panicked.
fn words_of(broken: tokio::task::JoinError) -> String {
    let why = broken.into_panic();
    let text = why.downcast_ref::<String>().cloned();
    text.or_else(|| why.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap_or_default()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .unwrap_or_else(|_| panic!("{name}={text} is no number"))
        })
}
