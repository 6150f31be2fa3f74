//! How many connections a node can hold, by the file descriptors that the system gives it.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More descriptors than this are not asked for.
const MOST_DESCRIPTORS: u64 = 65_536;
/// The most connections of a node.
const MOST_CONNECTIONS: usize = 20_000;
/// The most live connections of a node.
const MOST_SOCKETS: usize = 10_000;
/// The most connections of one network, and live ones beside them.
const PER_NETWORK: usize = 256;
/// The most live connections of one account: one for each open tab.
const PER_ACCOUNT: usize = 32;

/// What a node can hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The descriptors that the process may open.
    pub descriptors: u64,
    /// Connections over which requests come.
    pub connections: usize,
    /// Those of one network.
    pub connections_per_network: usize,
    /// Live connections (WebSockets).
    pub sockets: usize,
    /// Those of one network.
    pub sockets_per_network: usize,
    /// Those of one account.
    pub sockets_per_account: usize,
}

/// What this process can hold. Asks the system for as many descriptors as it gives, once.
pub fn capacity() -> Capacity {
    static CAPACITY: OnceLock<Capacity> = OnceLock::new();
    *CAPACITY.get_or_init(|| of(raise_limit()))
}

/// Descriptors for files, the event store and whatever else are kept back.
fn of(descriptors: u64) -> Capacity {
    let reserve = (descriptors / 4).clamp(64, 1_024);
    let free = usize::try_from(descriptors.saturating_sub(reserve)).unwrap_or(usize::MAX);
    let sockets = (free / 3).clamp(4, MOST_SOCKETS);
    let connections = free.saturating_sub(sockets).clamp(8, MOST_CONNECTIONS);
    Capacity {
        descriptors,
        connections,
        connections_per_network: (connections / 4).clamp(2, PER_NETWORK),
        sockets,
        sockets_per_network: (sockets / 4).clamp(2, PER_NETWORK),
        sockets_per_account: (sockets / 8).clamp(1, PER_ACCOUNT),
    }
}

fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let now = limit.current.unwrap_or(MOST_DESCRIPTORS);
    let wanted = limit
        .maximum
        .unwrap_or(MOST_DESCRIPTORS)
        .min(MOST_DESCRIPTORS);
    if wanted <= now {
        return now;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, now, "the limit of file descriptors stays as it is");
            now
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_kept_back_and_nobody_has_them_all() {
        for descriptors in [256, 1_024, 4_096, 65_536, 1_000_000] {
            let capacity = of(descriptors);
            let all = capacity.connections + capacity.sockets;
            let left = descriptors - u64::try_from(all).unwrap_or(u64::MAX);
            assert!(left >= 64, "{descriptors}: {capacity:?}");
            assert!(capacity.connections_per_network * 4 <= capacity.connections);
            assert!(capacity.sockets_per_account * 4 <= capacity.sockets);
        }
    }

    #[test]
    fn the_limit_is_raised_as_far_as_the_system_lets_it() {
        let now = capacity().descriptors;
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, Some(now));
        assert!(
            now >= limit
                .maximum
                .unwrap_or(MOST_DESCRIPTORS)
                .min(MOST_DESCRIPTORS)
        );
    }
}
