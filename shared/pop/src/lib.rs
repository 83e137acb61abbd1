//! POP's card payments for Rust: typed requests, answers and notifications, signed and verified (docs/provider.md).
//!
//! - [`verify`] checks who sent a message; [`notification`] and [`answer`] read what it says. They take only what was
//!   verified, so nothing unsigned can be believed by mistake.
//! - [`recheck`] verifies again what was stored.
//! - [`pay_request`] writes card data, and nothing else does.
//! - [`provider::Provider`] is the gateway as the functions see it; `client::Client` (feature `client`) is it over
//!   HTTPS, or over any other `client::Transport`.
//!
//! What the words mean for a payment is not decided here but in [`mod@domain::decide`].

pub mod answer;
#[cfg(feature = "client")]
pub mod client;
mod der;
mod document;
mod facts;
pub mod keys;
pub mod merchant_key;
pub mod notification;
pub mod pay_request;
pub mod provider;
pub mod recheck;
pub mod request;
pub mod signature;
pub mod verify;

pub use document::ReadError;
pub use domain::url;
