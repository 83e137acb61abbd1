//! Where payments are kept: one DynamoDB table, two queues, and the order of work that keeps them right.
//!
//! [`advance`] is the one way to change a payment: load, decide, commit, send the outbox, clear it.

mod advance;
mod port;

pub use advance::{AdvanceError, Advanced, Input, Ports, advance, deliver};
pub use port::{
    Bind, Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, Queues, Shelved,
    Store, StoreError,
};
