//! Where payments are kept: one DynamoDB table, two queues, and the order of work that keeps them right.
//!
//! [`advance`] is the one way to change a payment: load, decide, commit, send the outbox, clear it.

mod advance;
mod memory;
mod port;
mod settings;
mod shard;

pub use advance::{AdvanceError, Advanced, Input, Ports, advance, deliver};
pub use memory::{MemoryQueues, MemoryStore, Outage, SentMessage};
pub use port::{
    Bind, Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, MAX_SHELF,
    QueueName, Queues, Shelved, Store, StoreError,
};
pub use settings::{DynamoSettings, SqsSettings};
pub use shard::shard_of;
