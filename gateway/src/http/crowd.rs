//! The connections of a node. Where there are too many, of one network or of all, one that is idle makes room: the one
//! that has been idle the longest. So nobody who only holds connections keeps out those who ask something.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// Every connection of a node.
pub(super) struct Crowd {
    most: usize,
    members: Mutex<Members>,
    left: Notify,
}

#[derive(Default)]
struct Members {
    next: u64,
    of: HashMap<u64, Arc<Member>>,
    networks: HashMap<IpAddr, usize>,
}

/// One connection.
pub(super) struct Member {
    network: IpAddr,
    state: Mutex<State>,
    /// Told to make room.
    out: Notify,
}

#[derive(Clone, Copy)]
struct State {
    /// Requests under way.
    busy: usize,
    has_asked: bool,
    /// When it was last busy, or came.
    since: Instant,
    leaving: bool,
}

/// A connection's place; it is free once this is dropped.
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    id: u64,
    pub(super) member: Arc<Member>,
}

impl Crowd {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            members: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// A place for a connection of this network, which may have `share` of them. None where too many are busy.
    pub(super) fn seat(self: &Arc<Self>, network: IpAddr, share: usize) -> Option<Seat> {
        let mut members = self.lock();
        let of_network = members.networks.get(&network).copied().unwrap_or_default();
        let is_full = members.of.len() >= self.most;
        if of_network >= share || is_full {
            let from = (of_network >= share).then_some(network);
            // The one that leaves still counts for a moment, so one more than all may be there.
            members.make_room(from)?;
        }
        let member = Arc::new(Member {
            network,
            state: Mutex::new(State {
                busy: 0,
                has_asked: false,
                since: Instant::now(),
                leaving: false,
            }),
            out: Notify::new(),
        });
        let id = members.next;
        members.next += 1;
        members.of.insert(id, Arc::clone(&member));
        *members.networks.entry(network).or_default() += 1;
        Some(Seat {
            crowd: Arc::clone(self),
            id,
            member,
        })
    }

    /// Waits until nobody is left.
    pub(super) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.lock().of.is_empty() {
                return;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    /// Asks the one to leave that has been idle the longest, of that network or of all.
    fn make_room(&mut self, network: Option<IpAddr>) -> Option<()> {
        let idle = self
            .of
            .iter()
            .filter(|(_, member)| network.is_none_or(|network| member.network == network))
            .filter_map(|(id, member)| Some((member.idle_since()?, *id)))
            .min()?;
        let member = self.of.remove(&idle.1)?;
        self.leave(&member);
        member.lock().leaving = true;
        member.out.notify_one();
        Some(())
    }

    fn leave(&mut self, member: &Member) {
        if let Some(count) = self.networks.get_mut(&member.network) {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&member.network);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut members = self.crowd.lock();
        if let Some(member) = members.of.remove(&self.id) {
            members.leave(&member);
        }
        if members.of.is_empty() {
            self.crowd.left.notify_waiters();
        }
    }
}

impl Member {
    /// Notes a request until the value is dropped. None where the connection is on its way out.
    pub(super) fn ask(self: &Arc<Self>) -> Option<Asking> {
        let mut state = self.lock();
        if state.leaving {
            return None;
        }
        state.busy += 1;
        state.has_asked = true;
        Some(Asking(Arc::clone(self)))
    }

    /// Whether a request has come.
    pub(super) fn has_asked(&self) -> bool {
        self.lock().has_asked
    }

    /// Waits until this connection has to make room.
    pub(super) async fn put_out(&self) {
        self.out.notified().await;
    }

    fn idle_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.busy == 0).then_some(state.since)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way.
pub(super) struct Asking(Arc<Member>);

impl Drop for Asking {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy -= 1;
        state.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    fn network(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[tokio::test]
    async fn the_longest_idle_connection_makes_room_and_busy_ones_stay() {
        let crowd = Crowd::new(3);
        let seats: Vec<Seat> = (1..=3)
            .map(|n| crowd.seat(network(n), 3).unwrap())
            .collect();
        let busy = seats[0].member.ask().unwrap();
        let _more = crowd.seat(network(4), 3).unwrap();
        seats[1].member.put_out().await;
        assert!(seats[1].member.ask().is_none());
        drop(busy);
        let all: Vec<_> = crowd.lock().of.values().cloned().collect();
        let _busy: Vec<_> = all.iter().map(|member| member.ask().unwrap()).collect();
        assert!(crowd.seat(network(5), 3).is_none());
    }

    #[tokio::test]
    async fn a_network_with_its_share_gives_up_its_own_connections_only() {
        let crowd = Crowd::new(10);
        let other = crowd.seat(network(9), 2).unwrap();
        let seats: Vec<Seat> = (0..2).map(|_| crowd.seat(network(1), 2).unwrap()).collect();
        let _third = crowd.seat(network(1), 2).unwrap();
        seats[0].member.put_out().await;
        assert!(other.member.ask().is_some() && seats[1].member.ask().is_some());
        assert_eq!(crowd.lock().of.len(), 3);
    }

    #[tokio::test]
    async fn what_was_dropped_is_free() {
        let crowd = Crowd::new(1);
        for n in 0..5 {
            let seat = crowd.seat(network(n), 1).unwrap();
            let _busy = seat.member.ask().unwrap();
        }
        crowd.empty().await;
        assert!(crowd.lock().networks.is_empty());
    }
}
