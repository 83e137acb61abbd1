//! The contract of the table over memory and over DynamoDB's semantics (an emulator in this process), and what only
//! DynamoDB has: TTL, costs, outages.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod contract;
mod cost;
mod dynamo;
mod lost;

use domain::{Payment, Seconds, Status};
use store::samples::NOW;

/// The payment's next version, over and with nothing left to do.
fn settled(payment: &Payment) -> Payment {
    Payment {
        version: payment.version + 1,
        status: Status::Captured,
        status_since: NOW + Seconds(60),
        due_at: None,
        ..payment.clone()
    }
}
