//! Receives POP's notifications: verify, commit, send what follows, acknowledge.
//!
//! An acknowledgement leaves only after the commit, so an acknowledged notification is never lost; what cannot be
//! committed is answered with 500 and POP sends it again (docs/provider.md, "Notifications").

mod settings;

use domain::message::{CaptureNotification, PaymentNotification, RefundNotification};
use domain::{Event, PaymentRequestId, RefundRequestId, Seconds, Time};
use pop::ReadError;
use pop::keys::VerifyingKeys;
use pop::notification::{self, Notification};
use pop::verify::{NotificationHeaders, Verified, verify_notification};
use runtime::http::{Request, Response};
use runtime::metrics::Metric;
use runtime::{log_failure, logs};
use store::{
    AdvanceError, EarlyNotification, Input, KeptMessage, Ports, Queues, Shelved, Store, StoreError,
    advance,
};
use tracing::Instrument;

pub use settings::Settings;

/// The acknowledgement, to the byte. Not signed: POP does not ask for it.
pub const ACKNOWLEDGEMENT: &str =
    r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}"#;

/// The longest notification that is read, in bytes. Real ones have about 2 KiB.
pub const MAX_BODY: usize = 256 * 1024;

/// A notification whose time is further off than this is mentioned in the log.
const MAX_SKEW: Seconds = Seconds(300);

/// What the metrics are told of an answer with this status; nothing of a good one.
#[must_use]
pub fn metric_of(status: u16) -> Option<Metric> {
    match status {
        401 => Some(Metric::SignatureFailures),
        500.. => Some(Metric::NotCommitted),
        _ => None,
    }
}

/// The notify function.
#[derive(Debug)]
pub struct Notify<S, Q> {
    /// Table, queues and rules.
    pub ports: Ports<S, Q>,
    /// POP's public keys.
    pub keys: VerifyingKeys,
    /// Our client id: every message must carry it.
    pub client_id: String,
    /// The path that POP signs, as registered with it.
    pub path: String,
}

/// Why a verified notification was not acknowledged.
#[derive(Debug, thiserror::Error)]
enum NotCommitted {
    #[error(transparent)]
    Advance(#[from] AdvanceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotCommitted {
    fn mends_itself(&self) -> bool {
        match self {
            Self::Advance(error) => error.mends_itself(),
            Self::Store(error) => error.mends_itself(),
        }
    }
}

/// Why a verified notification moves no payment. It is kept and acknowledged all the same.
#[derive(Debug, thiserror::Error)]
enum Unmoved {
    #[error("it is of a kind that is not acted on")]
    UnknownKind,
    #[error("the refund was not asked for here")]
    ForeignRefund(RefundRequestId),
    #[error("there is no such payment here, or not any more")]
    NoSuchPayment,
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] ReadError),
}

impl Unmoved {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownKind => "unknown_kind",
            Self::ForeignRefund(_) => "foreign_refund",
            Self::NoSuchPayment => "no_such_payment",
            Self::Unreadable(error) => error.code(),
        }
    }

    fn refund(&self) -> Option<&str> {
        match self {
            Self::ForeignRefund(id) => Some(id.as_str()),
            _ => None,
        }
    }

    /// Whether such a thing may come. What POP signs and we cannot read may not: the reader has to learn it.
    fn is_meant(&self) -> bool {
        !matches!(self, Self::Unreadable(_))
    }
}

impl<S: Store, Q: Queues> Notify<S, Q> {
    /// Answers one request. `now` is the time of receipt.
    pub async fn receive(&self, request: &Request, now: Time) -> Response {
        let verified = match self.verify(request) {
            Ok(verified) => verified,
            Err(refusal) => return refusal,
        };
        self.acknowledge(&verified, now)
            .instrument(logs::flow())
            .await
    }

    async fn acknowledge(&self, verified: &Verified, now: Time) -> Response {
        let committed = self.commit(verified, now).await;
        warn_of_skew(verified, now);
        match committed {
            Ok(()) => Response::json(200, ACKNOWLEDGEMENT.into()),
            Err(error) => {
                log_failure!(
                    error.mends_itself(),
                    error.code = "not_committed",
                    "a notification was not committed; POP will send it again: {error}"
                );
                Response::problem(
                    500,
                    "not_committed",
                    "The notification could not be stored",
                    "Send it again.",
                )
            }
        }
    }

    fn verify(&self, request: &Request) -> Result<Verified, Response> {
        if request.method != "POST" {
            let refusal = Response::problem(
                405,
                "method_not_allowed",
                "Only POST is answered here",
                "Use POST.",
            );
            return Err(refusal.with_header("allow", "POST"));
        }
        if request.body.is_empty() {
            return Err(Response::problem(
                400,
                "empty_body",
                "The request has no body",
                "Send the notification as JSON.",
            ));
        }
        if request.body.len() > MAX_BODY {
            let detail = format!("At most {MAX_BODY} bytes are read.");
            return Err(Response::problem(
                413,
                "body_too_large",
                "The body is too large",
                &detail,
            ));
        }
        let headers = NotificationHeaders::from_map(&request.headers);
        let query = Some(request.query.as_str()).filter(|query| !query.is_empty());
        verify_notification(
            &self.keys,
            &self.client_id,
            &self.path,
            query,
            &headers,
            &request.body,
        )
        .map_err(|error| {
            tracing::warn!(
                error.code = error.code(),
                "a notification was refused: {error}"
            );
            Response::problem(
                401,
                error.code(),
                "The notification is not verified",
                &error.to_string(),
            )
        })
    }

    async fn commit(&self, verified: &Verified, now: Time) -> Result<(), NotCommitted> {
        match notification::read(verified) {
            Ok(Notification::Payment(notification)) => {
                self.payment(verified, notification, now).await
            }
            Ok(Notification::Capture(notification)) => {
                self.capture(verified, notification, now).await
            }
            Ok(Notification::Refund(notification)) => {
                self.refund(verified, notification, now).await
            }
            Ok(Notification::Other {
                named_kind,
                request_id,
                payment_id,
            }) => {
                let ids = (request_id, payment_id);
                let why = Unmoved::UnknownKind;
                self.keep(verified, named_kind, ids, why, now).await
            }
            Err(error) => {
                let kind = "unreadable".to_owned();
                self.keep(verified, kind, (None, None), error.into(), now)
                    .await
            }
        }
    }

    async fn payment(
        &self,
        verified: &Verified,
        notification: PaymentNotification,
        now: Time,
    ) -> Result<(), NotCommitted> {
        let id = notification.request_id.clone();
        logs::about(&id);
        let payment_id = notification.facts.payment_id.clone();
        match self
            .advance(verified, &id, Event::PaymentNotified(notification), now)
            .await
        {
            // Unknown here, and without an amount that could make a row.
            Err(AdvanceError::NotFound) => {
                let ids = (Some(id.to_string()), payment_id.map(|id| id.to_string()));
                let kind = "PAYMENT_RESULT".to_owned();
                self.keep(verified, kind, ids, Unmoved::NoSuchPayment, now)
                    .await
            }
            other => Ok(other?),
        }
    }

    async fn capture(
        &self,
        verified: &Verified,
        notification: CaptureNotification,
        now: Time,
    ) -> Result<(), NotCommitted> {
        let bound = match self.ports.store.find(&notification.payment_id).await? {
            Some(id) => Shelved::Bound(id),
            None => {
                let early = EarlyNotification {
                    notification: notification.clone(),
                    message: verified.message().clone(),
                    received_at: now,
                };
                self.ports.store.shelve(&early).await?
            }
        };
        match bound {
            Shelved::Bound(id) => {
                logs::about(&id);
                let payment_id = notification.payment_id.to_string();
                let event = Event::CaptureNotified(notification);
                match self.advance(verified, &id, event, now).await {
                    // The row has expired and its binding has not yet.
                    Err(AdvanceError::NotFound) => {
                        let ids = (Some(id.to_string()), Some(payment_id));
                        let kind = "CAPTURE_RESULT".to_owned();
                        self.keep(verified, kind, ids, Unmoved::NoSuchPayment, now)
                            .await
                    }
                    other => Ok(other?),
                }
            }
            Shelved::Waiting => {
                tracing::info!(payment.id = %notification.payment_id, "a capture came before its payment and waits");
                Ok(())
            }
        }
    }

    /// A refund's id was bound to its payment before POP was asked, so one that is not bound was not asked for here.
    async fn refund(
        &self,
        verified: &Verified,
        notification: RefundNotification,
        now: Time,
    ) -> Result<(), NotCommitted> {
        let owner = self
            .ports
            .store
            .find_refund(&notification.request_id)
            .await?;
        let why = match &owner {
            Some(id) => {
                logs::about(id);
                let event = Event::RefundNotified(notification);
                match self.advance(verified, id, event, now).await {
                    // The row has expired and its binding has not yet.
                    Err(AdvanceError::NotFound) => Unmoved::NoSuchPayment,
                    other => return Ok(other?),
                }
            }
            None => Unmoved::ForeignRefund(notification.request_id),
        };
        let ids = (owner.map(|id| id.to_string()), None);
        self.keep(verified, "REFUND_RESULT".to_owned(), ids, why, now)
            .await
    }

    async fn advance(
        &self,
        verified: &Verified,
        id: &PaymentRequestId,
        event: Event,
        now: Time,
    ) -> Result<(), AdvanceError> {
        let kind = verified.message().kind;
        let input = Input {
            event,
            message: Some(verified.message().clone()),
        };
        let advanced = advance(&self.ports, id, &input, now).await?;
        tracing::info!(
            notification.kind = kind.as_str(),
            pop.key_version = verified.message().key_version,
            payment.status = advanced.payment.status.as_str(),
            payment.version = advanced.payment.version,
            payment.review = advanced.payment.review_code(),
            payment.ignored = advanced.ignored.map(tracing::field::debug),
            "a notification was committed"
        );
        Ok(())
    }

    /// Keeps what moves no payment. `ids`: our id of the payment and POP's, as far as they are known.
    async fn keep(
        &self,
        verified: &Verified,
        named_kind: String,
        ids: (Option<String>, Option<String>),
        why: Unmoved,
        now: Time,
    ) -> Result<(), NotCommitted> {
        let kept = KeptMessage {
            message: verified.message().clone(),
            received_at: now,
            named_kind,
            request_id: ids.0,
            payment_id: ids.1,
        };
        self.ports.store.keep(&kept).await?;
        log_failure!(
            why.is_meant(),
            error.code = why.code(),
            notification.kind = kept.named_kind,
            refund.request_id = why.refund(),
            payment.id = kept.payment_id,
            "a notification was kept and moves nothing: {why}"
        );
        Ok(())
    }
}

/// A signed message that is old or from the future is believed all the same: POP may send one again a day later
/// without signing it anew, and working it in twice changes nothing. But somebody may want to look at a clock.
fn warn_of_skew(verified: &Verified, now: Time) {
    let skew = verified.sent_at().map(|sent_at| now.since(sent_at).0);
    if let Some(skew_seconds) = skew.filter(|skew| skew.abs() > MAX_SKEW.0) {
        tracing::warn!(
            error.code = "unusual_time",
            notification.skew_seconds = skew_seconds,
            "a notification carries an unusual time"
        );
    }
}
