//! Moving the agenda along in real time, and bringing notifications to the merchant.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::core::Core;
use crate::outgoing::{Parcel, Receipt};

/// Does what becomes due and sends what has to go out, for as long as it is polled; dropping it gives up all errands
/// under way.
pub(crate) async fn follow_agenda(core: Arc<Core>) {
    let mut errands = JoinSet::new();
    loop {
        while errands.try_join_next().is_some() {}
        for parcel in core.parcels() {
            let core = Arc::clone(&core);
            errands.spawn(async move {
                deliver(&core, parcel).await;
            });
        }
        let next = core.state().next_due_at();
        let rung = core.bell.notified();
        match next {
            None => rung.await,
            Some(due) => {
                let wait = u64::try_from(due - core.clock.now()).unwrap_or(0);
                let _ = tokio::time::timeout(Duration::from_millis(wait), rung).await;
            }
        }
    }
}

/// Sends an extra copy of a notification now and waits for the answer. `None` when there is nothing to send.
pub(crate) async fn send_and_wait(core: &Core, index: usize) -> Option<Receipt> {
    let parcel = core.copy(index)?;
    Some(deliver(core, parcel).await)
}

/// Brings a notification to the merchant and records what came back.
async fn deliver(core: &Core, parcel: Parcel) -> Receipt {
    let dispatch = parcel.dispatch;
    let sent_at = core.clock.system();
    let receipt = parcel.deliver(core.config.timing.ack_timeout).await;
    core.record(dispatch, receipt.sending(sent_at, core.clock.system()));
    receipt
}
