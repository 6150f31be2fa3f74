//! What strangers and contacts may try: to hold connections, to guess passwords, to learn what is there and is not
//! theirs, to come by another name, and to sign in as somebody they no longer are.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed unwrap is a failed test.

mod support;

#[path = "attacks/clock.rs"]
mod clock;
#[path = "attacks/connections.rs"]
mod connections;
#[path = "attacks/hidden.rs"]
mod hidden;
#[path = "attacks/hosts.rs"]
mod hosts;
#[path = "attacks/people.rs"]
mod people;
#[path = "attacks/sign_in.rs"]
mod sign_in;
