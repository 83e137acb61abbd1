//! The four functions in one thread with a simulated clock: the table with DynamoDB's semantics, the queues with SQS's,
//! the provider that the other tests use, and everything that goes wrong between them, decided by a seed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

pub mod backend;
pub mod checks;
pub mod engine;
pub mod happened;
pub mod matrix;
pub mod ports;
pub mod report;
mod side_by_side;
pub mod simulation;
pub mod tournament;
pub mod watched;
pub mod world;

pub use side_by_side::side_by_side;
