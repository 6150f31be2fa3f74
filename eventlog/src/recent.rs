//! The events that this node appended last, kept in memory: who follows the log need not read them back.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::RecordedEvent;

/// The most events kept.
const EVENTS: usize = 4_096;
/// The most bytes of payload kept.
const BYTES: usize = 4 << 20;

/// Recent events without a gap, and word of appends.
pub(crate) struct Recent {
    state: Mutex<State>,
    more: Condvar,
    /// Changes after each append through this log, for readers that wait in async code.
    appended: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    events: VecDeque<RecordedEvent>,
    bytes: usize,
    /// Counts appends, so that a reader that looked before one does not sleep through it.
    appends: u64,
}

impl Recent {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            more: Condvar::new(),
            appended: watch::Sender::new(()),
        }
    }

    /// Keeps events that were committed just now, in the log's order, and wakes who waits. Where another process has
    /// appended in between, what was kept before is let go: readers find that in the database.
    pub(crate) fn push(&self, events: Vec<RecordedEvent>) {
        let mut state = self.state();
        for event in events {
            state.push(event);
        }
        self.tell(state);
    }

    /// Lets go of everything: the database is another one now.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.events.clear();
        state.bytes = 0;
    }

    /// Wakes who waits: something was appended that is not kept here.
    pub(crate) fn nudge(&self) {
        self.tell(self.state());
    }

    /// The events after `position`, at most `limit`; None where memory does not hold the next one.
    pub(crate) fn after(&self, position: i64, limit: usize) -> Option<Vec<RecordedEvent>> {
        let state = self.state();
        let first = state.events.front()?.position;
        let skip = usize::try_from(position.checked_add(1)?.checked_sub(first)?).ok()?;
        if skip >= state.events.len() {
            return None;
        }
        Some(
            state
                .events
                .iter()
                .skip(skip)
                .take(limit)
                .cloned()
                .collect(),
        )
    }

    /// How many appends there were. To be asked for before looking for events, and waited beyond afterwards.
    pub(crate) fn appends(&self) -> u64 {
        self.state().appends
    }

    /// Blocks until there were more than `seen` appends, or for `limit`.
    pub(crate) fn wait(&self, seen: u64, limit: Duration) {
        let state = self.state();
        let waited = self
            .more
            .wait_timeout_while(state, limit, |state| state.appends == seen);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Word of appends, for async code.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.appended.subscribe()
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) {
        state.appends += 1;
        drop(state);
        self.more.notify_all();
        self.appended.send_replace(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, event: RecordedEvent) {
        if self
            .events
            .back()
            .is_some_and(|last| last.position + 1 != event.position)
        {
            self.events.clear();
            self.bytes = 0;
        }
        self.bytes += event.payload.len();
        self.events.push_back(event);
        while self.events.len() > EVENTS || self.bytes > BYTES {
            let Some(oldest) = self.events.pop_front() else {
                return;
            };
            self.bytes -= oldest.payload.len();
        }
    }
}
