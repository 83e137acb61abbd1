//! The rules of payments from outside: tables of every branch, properties over random lives, and a provider with a
//! fixed truth that the sweep alone must find out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed test says enough
#![allow(clippy::needless_pass_by_value)] // rows and payments are built where they are used

mod common;

mod after_rulings;
mod cancel_races;
mod cancels;
mod capture_retries;
mod captures;
mod inquiries;
mod ledger;
mod liveness;
mod merchant;
mod notifications;
mod orders;
mod part_ends;
mod partial_captures;
mod pay_results;
mod polling;
mod properties;
mod reached;
mod refund_answers;
mod refund_ends;
mod refunds;
mod replays;
mod retries;
mod reviews;
mod standing;
mod steps;
mod stored_cards;
mod trail_entries;
mod wishes_granted;
