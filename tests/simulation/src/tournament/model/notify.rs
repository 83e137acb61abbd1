//! The provider's webhook.

use super::Down;
use super::Model;
use super::row::Status;
use crate::backend::{CLIENT_ID, NOTIFY_PATH, verifying_keys};
use crate::engine::now;
use domain::message::{AmountSeen, CaptureNotification, PaymentNotification, ResultStatus};
use pop::notification::{self, Notification};
use pop::verify::{NotificationHeaders, verify_notification};
use simulator::Letter;

impl Model {
    /// What the letter says, if the provider signed it and it can be read.
    pub(super) fn read(letter: &Letter) -> Option<Notification> {
        let headers = NotificationHeaders::from_map(&letter.headers);
        let keys = verifying_keys();
        let body = letter.body.as_bytes();
        let verified =
            verify_notification(&keys, CLIENT_ID, NOTIFY_PATH, None, &headers, body).ok()?;
        notification::read(&verified).ok()
    }

    /// Takes a notification in. An error: it must come again.
    pub(super) async fn take_in(&self, notification: &Notification) -> Result<(), Down> {
        match notification {
            Notification::Payment(notification) => self.payment(notification).await,
            Notification::Capture(notification) => self.captured(notification).await,
            Notification::Refund(_) | Notification::Other { .. } => Ok(()),
        }
    }

    async fn payment(&self, notification: &PaymentNotification) -> Result<(), Down> {
        let facts = &notification.facts;
        let change = self.advance(notification.request_id.as_str(), |row| {
            row.learn(facts.payment_id.as_ref());
            let fits = matches!(facts.amount, AmountSeen::Is(money) if money.minor() == row.minor);
            match notification.outcome.status {
                _ if !notification.is_final => {}
                ResultStatus::Success if fits => row.authorized(now()),
                ResultStatus::Failure => row.failed(now()),
                _ => {}
            }
        });
        change.await?.map(drop).ok_or(Down)
    }

    async fn captured(&self, notification: &CaptureNotification) -> Result<(), Down> {
        let found = self.table.find(&notification.payment_id).await?;
        let id = found.ok_or(Down)?; // before its payment: the provider sends it again
        let amount = match notification.capture.amount {
            AmountSeen::Is(money) => money.minor(),
            AmountSeen::Absent | AmountSeen::Unreadable => return Ok(()),
        };
        let change = |row: &mut super::Row| match notification.outcome.status {
            ResultStatus::Success => row.captured(amount, now()),
            ResultStatus::Failure if row.is_automatic => row.capture_failed(now()),
            _ => {}
        };
        let Some(row) = self.advance(&id, change).await? else {
            return Err(Down);
        };
        // A refused try of ours may have had another before it: the provider's list of captures tells.
        let is_refused = notification.outcome.status == ResultStatus::Failure;
        if is_refused && row.status == Status::Authorized {
            return self.inquire(&row, false).await;
        }
        Ok(())
    }
}
