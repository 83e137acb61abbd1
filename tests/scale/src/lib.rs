//! How the sweep grows: the real function with the real store against an emulator of DynamoDB in another process, with
//! up to a million payments in its table and a hundred thousand of them due. The binary `bench-sweep` measures and
//! writes `docs/scale.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measuring tool: what does not fit must stop it"
)]

pub mod clock;
pub mod copies;
pub mod due;
pub mod emulator;
pub mod journey;
pub mod paper;
pub mod process;
pub mod provider;
pub mod queues;
pub mod same;
pub mod speed;
pub mod statistics;
pub mod sweeper;
