//! The capture worker, and the capture itself, which the periodic job makes as well.

use super::super::policy::CaptureId;
use super::queue::Message;
use super::row::{Capture, Row, Status};
use super::{Down, Model, Put};
use crate::engine::{lock, now};
use domain::message::{Answer, ResultStatus};
use domain::plan::CaptureOrder;
use domain::{CaptureRequestId, Currency, Money, Seconds};
use pop::provider::Provider;

/// How long a lease lasts: the function's time (`template.yaml`).
const LEASE: Seconds = Seconds(60);

impl Model {
    /// Works on one message; it comes again unless this succeeds.
    pub(super) async fn work(&self, message: &Message) -> Result<(), Down> {
        match message {
            Message::Capture(id) => self.capture(id).await,
            Message::Letter(number, notification) => {
                self.take_in(notification).await?;
                lock(&self.ledger).kept.insert(*number);
                Ok(())
            }
            Message::Event(..) => Ok(()), // not the worker's
        }
    }

    /// Makes the payment's capture if it is still to be made.
    pub(super) async fn capture(&self, id: &str) -> Result<(), Down> {
        let Some(row) = self.table.load(id).await? else {
            return Err(Down);
        };
        let (Status::Authorized, Some(capture)) = (row.status, &row.capture) else {
            return Ok(());
        };
        if capture.in_process || row.payment_id.is_none() {
            return self.inquire(&row, false).await;
        }
        let capture = capture.clone();
        let (row, request_id) = self.begin(row, &capture).await?;
        let order = CaptureOrder {
            request_id: CaptureRequestId::new(request_id).expect("an id"),
            payment_id: row.payment_id.clone().ok_or(Down)?,
            amount: euros(capture.minor),
        };
        match self.provider.capture(&order).await.answer {
            Answer::Verified(outcome, _) if outcome.status == ResultStatus::Success => {
                let done = self.advance(id, |row| row.captured(capture.minor, now()));
                done.await.map(drop)
            }
            // Refused, or one was there before: the provider's list of captures tells.
            Answer::Verified(outcome, _) if outcome.status == ResultStatus::Failure => {
                self.inquire(&row, false).await
            }
            Answer::Verified(outcome, _) if outcome.code == "CAPTURE_IN_PROCESS" => {
                let waits = |row: &mut Row| {
                    if let Some(capture) = &mut row.capture {
                        capture.in_process = true;
                    }
                };
                self.advance(id, waits).await.map(drop)
            }
            _ => self.handler_failed(id).await,
        }
    }

    /// The id of this try, and the row as it then stands.
    async fn begin(&self, row: Row, capture: &Capture) -> Result<(Row, String), Down> {
        let fresh = || {
            let number = lock(&self.rng).u64(..);
            format!("{}-C{number:016x}", row.id)
        };
        match self.policy.capture_id {
            CaptureId::Payment => {
                let id = format!("{}-C1", row.id);
                Ok((row, id))
            }
            CaptureId::Attempt => {
                let id = fresh();
                Ok((row, id))
            }
            CaptureId::Record => match &capture.id {
                Some(id) => Ok((row.clone(), id.clone())),
                None => self.mark(&row, fresh()).await,
            },
            CaptureId::Lease => match capture.leased_until {
                Some(until) if now() < until => Err(Down), // somebody works on it
                _ => self.mark(&row, fresh()).await,
            },
        }
    }

    /// Writes down who works on the capture, under which id and until when.
    async fn mark(&self, row: &Row, id: String) -> Result<(Row, String), Down> {
        let mut marked = row.clone();
        if let Some(capture) = &mut marked.capture {
            capture.id = Some(id.clone());
            capture.leased_until = Some(now() + LEASE);
        }
        marked.plan(now(), self.policy.polling);
        match self.table.put(marked).await? {
            Put::Done(row) => Ok((row, id)),
            Put::Conflict => Err(Down),
        }
    }

    /// No answer to the capture: the handler fails, and the message comes again.
    async fn handler_failed(&self, id: &str) -> Result<(), Down> {
        if self.policy.capture_id == CaptureId::Record {
            let removed = |row: &mut Row| {
                if let Some(capture) = &mut row.capture {
                    capture.id = None;
                }
            };
            self.advance(id, removed).await?;
        }
        Err(Down)
    }
}

fn euros(minor: u64) -> Money {
    let currency = Currency::new("EUR").expect("a currency");
    Money::new(minor, currency).expect("an amount of the plan")
}
