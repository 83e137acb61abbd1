//! The periodic job: what was not sent, not heard of, not captured.

use super::row::Status;
use super::{Down, Model};
use crate::engine::now;

impl Model {
    /// One run, each minute.
    pub(super) async fn sweep(&self) -> Result<(), Down> {
        for id in self.table.due().await? {
            let _ = self.heal(&id).await; // the others come all the same, and this one again
        }
        Ok(())
    }

    async fn heal(&self, id: &str) -> Result<(), Down> {
        let Some(row) = self.table.load(id).await? else {
            return Ok(());
        };
        if row.send_at.is_some_and(|at| at <= now()) {
            self.empty_outbox(&row).await;
            return Ok(());
        }
        if row.poll_at.is_none_or(|at| now() < at) {
            return Ok(());
        }
        match (row.status, &row.capture) {
            (Status::Created, _) => {
                let over = self.advance(id, |row| {
                    if row.status == Status::Created {
                        row.failed(now());
                    }
                });
                over.await.map(drop)
            }
            (Status::Authorized, Some(capture)) if !capture.in_process => {
                let made = self.capture(id).await;
                let polling = self.policy.polling;
                self.advance(id, |row| {
                    if row.status == Status::Authorized {
                        row.polled(polling, now());
                    }
                })
                .await?;
                made
            }
            (Status::Pending | Status::Authorized, _) => self.inquire(&row, true).await,
            (Status::Captured | Status::CaptureFailed | Status::Failed, _) => Ok(()),
        }
    }
}
