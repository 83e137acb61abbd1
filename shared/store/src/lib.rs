//! Where payments are kept: one DynamoDB table, two queues, and the order of work that keeps them right.
//!
//! [`advance`] is the one way to change a payment: load, decide, commit, send the outbox, clear it.

mod advance;
mod create;
mod dynamo;
mod failure;
mod memory;
mod port;
mod settings;
mod shard;
mod sqs;

pub use advance::{AdvanceError, Advanced, Input, Ports, advance, deliver};
pub use create::create;
pub use dynamo::{
    DynamoStore, Item, Meter, RowCursor, RowPage, UnreadableRow, Usage, evidence_item,
    read_evidence_item, row_item,
};
pub use failure::failure_reason;
pub use memory::{MemoryQueues, MemoryStore, Outage, SentMessage};
pub use port::{
    Bind, Claim, Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage,
    MAX_CARDS, MAX_SHELF, QueueName, Queues, Shelved, Store, StoreError,
};
pub use settings::{DynamoSettings, SqsSettings};
pub use shard::shard_of;
pub use sqs::SqsQueues;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(any(test, feature = "contract"))]
pub mod samples;
