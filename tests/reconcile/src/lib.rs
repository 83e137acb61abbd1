//! Reports with seeded discrepancies against rows that the functions wrote: whether everything is found, with the right
//! kind, and nothing is invented ([`seeds`]); and how fast a million lines are, and how much memory they take
//! ([`speed`]).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

pub mod books;
pub mod found;
pub mod plenty;
pub mod seeds;
pub mod speed;
