//! Who is asking: accounts, sessions, and how often a sign-in may be tried.

pub mod accounts;
pub mod password;
pub mod sessions;
pub mod throttle;

pub use accounts::{AccountError, Accounts, NewAccount};
pub use sessions::{Over, Session, SessionError, Sessions};
pub use throttle::Throttle;
