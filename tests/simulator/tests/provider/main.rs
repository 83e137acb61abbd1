//! The simulator seen from outside: by a client that signs and verifies by itself, and a receiver of notifications.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must stop"
)]

mod cancels;
mod captures;
mod challenges;
mod controls;
mod faults;
mod gateway;
mod notifications;
mod offline;
mod payments;
mod refunds;
mod reports;
mod shop;
mod stored_cards;
