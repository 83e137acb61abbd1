//! Waits until the stack has nothing left to do.

use std::time::{Duration, Instant};

use crate::records::Account;
use crate::steps::Progress;

const POLL: Duration = Duration::from_secs(2);
/// Looks in a row without an open row: a late notification may still open one.
const QUIET_LOOKS: u32 = 3;

/// Waits until `payments` rows are there and none is open, or the limit is reached. Answers how many are open then.
pub(crate) async fn settled(
    account: &Account,
    payments: u64,
    limit: Duration,
    progress: &Progress,
) -> anyhow::Result<u64> {
    progress.of(payments);
    let started = Instant::now();
    let mut quiet = 0;
    loop {
        let now = account.progress().await?;
        progress.at(
            now.settled,
            format_args!("settled, {} unresolved", now.open),
        );
        quiet = if now.open == 0 { quiet + 1 } else { 0 };
        if quiet == QUIET_LOOKS || started.elapsed() >= limit {
            return Ok(now.open);
        }
        tokio::time::sleep(POLL).await;
    }
}
