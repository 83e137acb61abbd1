//! The provider's contract, played through: keys, signatures, messages, calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod answers;
#[cfg(feature = "client")]
mod client;
mod given;
mod keys;
mod methods;
mod mutations;
mod notifications;
mod pay_request;
mod recheck;
mod refunds;
mod stored_cards;
mod support;
mod verifying;
