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

impl SqsSettings {
    /// Scheme and host of the queues' service, as their addresses have it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        let url = &self.order_events_queue_url;
        let host = url.find("://").map_or(0, |at| at + 3);
        let path = url[host..].find('/').map_or(url.len(), |at| host + at);
        &url[..path]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_behind_a_queue() {
        let endpoint = |url: &str| {
            let settings = SqsSettings {
                capture_queue_url: String::new(),
                order_events_queue_url: url.into(),
            };
            settings.endpoint().to_owned()
        };
        let queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/OrderEvents";
        assert_eq!(endpoint(queue), "https://sqs.eu-central-1.amazonaws.com");
        assert_eq!(endpoint("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(endpoint("queue"), "queue");
    }
}
