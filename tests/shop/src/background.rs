//! What the queue's event source and the scheduler do in production.

use domain::Seconds;
use flows::World;
use std::sync::Arc;
use std::time::Duration;
use store::QueueName;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How long one invocation may take.
const TIME_FOR_WORK: Seconds = Seconds(60);

/// Starts both.
pub(crate) fn start(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    let (captures, sweeps) = (Arc::clone(world), Arc::clone(world));
    vec![
        tokio::spawn(async move {
            let mut every = interval(Duration::from_millis(100));
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                every.tick().await;
                capture_queue(&captures).await;
            }
        }),
        tokio::spawn(async move {
            let mut every = interval(Duration::from_secs(1));
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                every.tick().await;
                let report = sweeps.sweep.run(flows::clock() + TIME_FOR_WORK).await;
                tracing::debug!(?report, "a sweep");
            }
        }),
    ]
}

/// A message that fails is gone, unlike in production: the sweep does its work.
async fn capture_queue(world: &World) {
    for message in world.queues.take(QueueName::Capture) {
        let deadline = flows::clock() + TIME_FOR_WORK;
        if let Err(error) = world.captures.one(&message.body, deadline).await {
            tracing::warn!(%error, "a capture message was not carried out");
        }
    }
}
