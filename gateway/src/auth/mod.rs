//! Who is asking: accounts, sessions, and how often a sign-in may be tried.

pub mod accounts;
pub mod devices;
pub mod password;
pub mod places;
pub mod sessions;
pub mod throttle;

pub use accounts::{AccountError, Accounts, NewAccount};
pub use devices::Devices;
pub use sessions::{Session, Sessions};
pub use throttle::Tries;
