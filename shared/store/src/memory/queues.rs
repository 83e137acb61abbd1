//! The queues in memory.

use crate::{QueueName, Queues};
use domain::PaymentRequestId;
use domain::outbox::OutboxMessage;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Where to.
    pub queue: QueueName,
    /// Its id in the outbox.
    pub id: String,
    /// The body as it stands in the queue.
    pub body: String,
}

/// Two queues in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueues {
    state: Arc<Mutex<QueueState>>,
}

#[derive(Debug, Default)]
struct QueueState {
    refusing: HashSet<QueueName>,
    sent: Vec<SentMessage>,
}

impl MemoryQueues {
    /// Lets a queue refuse every message from now on, or take them again.
    pub fn set_refusing(&self, queue: QueueName, refusing: bool) {
        let mut state = self.lock();
        if refusing {
            state.refusing.insert(queue);
        } else {
            state.refusing.remove(&queue);
        }
    }

    /// What one queue was sent so far, oldest first.
    #[must_use]
    pub fn sent(&self, queue: QueueName) -> Vec<SentMessage> {
        let state = self.lock();
        let of_queue = state.sent.iter().filter(|message| message.queue == queue);
        of_queue.cloned().collect()
    }

    /// Takes away what one queue was sent so far, oldest first.
    #[must_use]
    pub fn take(&self, queue: QueueName) -> Vec<SentMessage> {
        let mut state = self.lock();
        let (taken, left) = std::mem::take(&mut state.sent)
            .into_iter()
            .partition(|message| message.queue == queue);
        state.sent = left;
        taken
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues for MemoryQueues {
    async fn send(&self, payment: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
        let mut state = self.lock();
        let mut ids = Vec::new();
        for message in messages {
            let queue = QueueName::of(&message.content);
            if state.refusing.contains(&queue) {
                continue;
            }
            state.sent.push(SentMessage {
                queue,
                id: message.id.clone(),
                body: message.body(payment),
            });
            ids.push(message.id.clone());
        }
        ids
    }
}
