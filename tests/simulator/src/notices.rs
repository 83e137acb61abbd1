//! Which notifications are sent, when, and which forgeries are mixed in (`docs/provider.md`, section "Notifications").

use serde_json::{Value, json};

use crate::answers;
use crate::clock::Millis;
use crate::config::RESEND_AFTER_SECONDS;
use crate::desk::Desk;
use crate::notification::{Notification, Seal};
use crate::shape::Shape;
use crate::state::{Dispatch, Job, Payment, PaymentState};

/// An extra copy of a notification follows the first within this time.
const COPY_AFTER: (i64, i64) = (0, 1500);

/// A forgery comes within this time after the payment was opened.
const FORGERY_AFTER: (i64, i64) = (0, 3000);

/// What can be wrong with a forgery's signature.
const FORGED_SEALS: [Seal; 6] = [
    Seal::OtherKey,
    Seal::OtherClient,
    Seal::ChangedBody,
    Seal::OtherPath,
    Seal::OtherTime,
    Seal::Unsigned,
];

/// What a notification tells of, with the merchant's id of it.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Payment,
    Capture(&'a str),
    Refund(&'a str),
}

impl<'a> Subject<'a> {
    fn id(self) -> &'a str {
        match self {
            Self::Payment => "",
            Self::Capture(id) | Self::Refund(id) => id,
        }
    }
}

impl Desk<'_> {
    /// Announces a payment's state.
    pub(crate) fn announce_payment(&mut self, key: &str, kind: &str) {
        let shape = self.shape(&["notify", kind, key]);
        let Some(payment) = self.state.payments.get(key) else {
            return;
        };
        let body = answers::notify_payment(payment, kind, &shape);
        let mut extra = 0;
        let automatic = payment.automatic && payment.state == PaymentState::Success;
        if automatic
            && self
                .chance
                .happens(self.config.rates.capture_first, &["capture first", key])
        {
            let timing = &self.config.timing;
            extra = 2 * timing.auto_capture.1 + timing.notify.1 + 100;
            self.state.count_fault("captureBeforePayment");
        }
        self.announce(key, body, Subject::Payment, &shape, extra);
    }

    /// Announces a capture's result.
    pub(crate) fn announce_capture(&mut self, key: &str, request_id: &str) {
        let shape = self.shape(&["notify", "CAPTURE_RESULT", key, request_id]);
        let Some(payment) = self.state.payments.get(key) else {
            return;
        };
        let Some(capture) = payment.capture(request_id) else {
            return;
        };
        let body = answers::notify_capture(payment, capture, &shape);
        self.announce(key, body, Subject::Capture(request_id), &shape, 0);
    }

    /// Announces a refund's result.
    pub(crate) fn announce_refund(&mut self, key: &str, request_id: &str) {
        let shape = self.shape(&["notify", "REFUND_RESULT", key, request_id]);
        let Some((_, refund)) = self.state.find_refund(request_id) else {
            return;
        };
        let body = answers::notify_refund(refund, &shape);
        self.announce(key, body, Subject::Refund(request_id), &shape, 0);
    }

    /// Sends a genuine notification, as chance has it: not at all, twice, late.
    fn announce(
        &mut self,
        key: &str,
        body: Value,
        subject: Subject<'_>,
        shape: &Shape,
        extra: Millis,
    ) {
        let kind = text_of(&body, "/notifyType");
        let Some(url) = self.target(key, subject) else {
            return;
        };
        let words = ["announce", key, kind.as_str(), subject.id()];
        let draw = |what: &'static str| [&[what][..], &words[..]].concat();
        let rates = &self.config.rates;
        let withheld = self.chance.happens(rates.never_sent, &draw("never sent"));
        let late = self.chance.happens(rates.late, &draw("late"));
        let twice = self.chance.happens(rates.sent_twice, &draw("sent twice"));
        let wait = if late {
            self.chance
                .between(self.config.timing.late, &draw("how late"))
        } else {
            0
        };
        let first = self.soon(self.config.timing.notify, &draw("when")) + wait + extra;
        let copy = first + self.chance.between(COPY_AFTER, &draw("copy"));
        let notification = Notification {
            payment: Some(key.to_owned()),
            result_status: text_of(&body, "/result/resultStatus"),
            kind: kind.clone(),
            capture_request_id: match subject {
                Subject::Capture(id) => Some(id.to_owned()),
                _ => None,
            },
            refund_request_id: match subject {
                Subject::Refund(id) => Some(id.to_owned()),
                _ => None,
            },
            seal: Seal::Genuine,
            url,
            body: shape.write(body),
            iso_time: shape.has("ISO time of a notification"),
            blanks: self.config.signature_blanks || shape.has("blanks in the signature"),
            withheld,
            sendings: Vec::new(),
        };
        if shape.is_odd() {
            self.state.count_fault("oddNotification");
        }
        let index = self.keep(notification);
        if withheld {
            self.state.count_fault("notificationNeverSent");
            return;
        }
        self.send_at(first, index, Some(0));
        if late {
            self.state.count_fault("notificationLate");
        }
        if twice {
            self.state.count_fault("notificationSentTwice");
            self.send_at(copy, index, None);
        }
    }

    /// Where a result is announced: a refund may name a URL of its own.
    fn target(&self, key: &str, subject: Subject<'_>) -> Option<String> {
        let payment = self.state.payments.get(key)?;
        let own = match subject {
            Subject::Refund(id) => payment.refund(id)?.notify_url.clone(),
            _ => None,
        };
        own.or_else(|| payment.notify_url.clone())
    }

    fn keep(&mut self, notification: Notification) -> usize {
        self.state.notifications.push(notification);
        self.state.notifications.len() - 1
    }

    fn send_at(&mut self, due: Millis, notification: usize, sending: Option<usize>) {
        let dispatch = Dispatch {
            notification,
            sending,
        };
        self.state.schedule(due, Job::Send(dispatch));
    }

    /// Sends somebody's forgery about this payment, if chance has it.
    pub(crate) fn mix_in_forgery(&mut self, key: &str) {
        if !self
            .chance
            .happens(self.config.rates.forged, &["forged", key])
        {
            return;
        }
        let seal =
            FORGED_SEALS[(self.chance.number(&["seal", key]) % FORGED_SEALS.len() as u64) as usize];
        let due = self.soon(FORGERY_AFTER, &["forgery", key]);
        self.send_forgery(key, seal, due);
    }

    /// Sends a forgery about this payment: a success or a capture that did not happen, or another amount. `false` when
    /// there is no such payment or nowhere to send to.
    pub(crate) fn send_forgery(&mut self, key: &str, seal: Seal, due: Millis) -> bool {
        let Some(payment) = self.state.payments.get(key) else {
            return false;
        };
        let Some(url) = payment.notify_url.clone() else {
            return false;
        };
        let body = lie(payment, self.chance.number(&["lie", key]), self.now);
        let notification = Notification {
            payment: Some(key.to_owned()),
            kind: text_of(&body, "/notifyType"),
            result_status: text_of(&body, "/result/resultStatus"),
            capture_request_id: None,
            refund_request_id: None,
            seal,
            url,
            body: body.to_string(),
            iso_time: false,
            blanks: false,
            withheld: false,
            sendings: Vec::new(),
        };
        let index = self.keep(notification);
        self.state.count_fault("notificationForged");
        self.send_at(due, index, None);
        true
    }

    /// Keeps any body for sending, as the dashboard's test function does. `None` without a URL.
    pub(crate) fn write_by_hand(
        &mut self,
        body: String,
        seal: Seal,
        url: Option<String>,
    ) -> Option<usize> {
        let url = url.or_else(|| self.config.notify_url.clone())?;
        let value: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
        let kind = ["/notifyType", "/disputeNotificationType"]
            .iter()
            .map(|pointer| text_of(&value, pointer))
            .find(|kind| !kind.is_empty());
        Some(self.keep(Notification {
            payment: None,
            kind: kind.unwrap_or_default(),
            result_status: text_of(&value, "/result/resultStatus"),
            capture_request_id: None,
            refund_request_id: None,
            seal,
            url,
            body,
            iso_time: false,
            blanks: false,
            withheld: false,
            sendings: Vec::new(),
        }))
    }

    /// Sends any body, rightly signed, once. `None` without a URL.
    pub(crate) fn send_test(&mut self, body: String, url: Option<String>) -> Option<usize> {
        let index = self.write_by_hand(body, Seal::Genuine, url)?;
        self.send_soon(index);
        Some(index)
    }

    /// Sends a notification once, as soon as possible.
    pub(crate) fn send_soon(&mut self, index: usize) {
        self.send_at(self.now, index, None);
    }

    /// After the how-manieth regular sending found no acknowledgement: the next one, if one is left.
    pub(crate) fn resend(&mut self, index: usize, sent: usize) {
        let acknowledged = self
            .state
            .notifications
            .get(index)
            .is_none_or(Notification::is_acknowledged);
        let Some(seconds) = RESEND_AFTER_SECONDS.get(sent + 1).filter(|_| !acknowledged) else {
            return;
        };
        let wait = (*seconds as f64 * 1000.0 * self.config.timing.resend_scale) as Millis;
        self.send_at(self.now.saturating_add(wait), index, Some(sent + 1));
    }
}

fn text_of(body: &Value, pointer: &str) -> String {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A body that a reader must not believe.
fn lie(payment: &Payment, variant: u64, now: Millis) -> Value {
    let time = crate::clock::iso(now, crate::clock::Zone::Pacific);
    let mut amount = payment.amount.clone();
    let success =
        json!({ "resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success." });
    match variant % 3 {
        // A success that may not have happened, of the right amount.
        0 => {}
        // The right payment with another amount.
        1 => amount.value += 1,
        // A capture nobody made.
        _ => {
            return json!({
                "notifyType": "CAPTURE_RESULT", "result": success, "captureRequestId": payment.request_id,
                "captureId": "202504151940108070001889C0999999999", "paymentId": payment.id,
                "captureAmount": amount.json(), "captureTime": time,
            });
        }
    }
    json!({
        "notifyType": "PAYMENT_RESULT", "result": success, "paymentRequestId": payment.request_id,
        "paymentId": payment.id, "paymentAmount": amount.json(), "paymentCreateTime": time, "paymentTime": time,
    })
}
