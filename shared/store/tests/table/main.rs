//! The contract of the table over memory and over DynamoDB's semantics (an emulator in this process), and what only
//! DynamoDB has: TTL, costs, outages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod contract;
mod dynamo;
