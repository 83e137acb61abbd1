//! What the table and the queues are called, and how long things are kept.

use domain::Seconds;

/// Settings of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamoSettings {
    /// The table's name.
    pub table: String,
    /// How many shards the due index has. Raise it, never lower it while payments are unresolved.
    pub shards: u16,
    /// How long a settled payment is kept.
    pub retention: Seconds,
}

/// Settings of the queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsSettings {
    /// Where hints to the capture function go.
    pub capture_queue_url: String,
    /// Where the merchant's order system listens.
    pub order_events_queue_url: String,
}
