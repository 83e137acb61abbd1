//! The four functions, put together as in production around a table in memory and the provider on loopback: what the
//! flow tests in `tests/` drive. Also the sample events of `events/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

pub mod events;
mod functions;
mod lines;
mod world;

pub use functions::{MAX_AGE, Secrets, hash, notify_of, notify_with, public_keys};
pub use lines::Lines;
pub use world::{NOWHERE, Setup, World, clock, forward};
