//! The gateway: the binary `billing`. HTTP and GraphQL in front, the event log behind.
//!
//! A request goes through `http` (limits, origin, identity, idempotency) to a resolver in `graphql`, which may trust
//! that it is small, comes from our own pages or from who holds a token, and is signed in unless its field is listed
//! in [`graphql::PUBLIC_FIELDS`].

pub mod app;
pub mod auth;
pub mod books;
pub mod capacity;
pub mod clock;
mod commands;
pub mod config;
mod demo;
pub mod graphql;
pub mod http;
pub mod idempotency;
mod playing;
pub mod process;
pub mod progress;
pub mod server;
pub mod settings;
pub mod tables;
