//! The payments, counted.

use crate::rows::Found;
use domain::{Payment, Refund, Seconds, Status, Time};
use serde::Serialize;
use std::collections::BTreeMap;

/// A count, and the one that has waited longest.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    pub(super) count: u64,
    /// The payment that has waited longest.
    pub(super) oldest: Option<String>,
    /// Since when it waits.
    #[serde(serialize_with = "crate::output::iso_if")]
    pub(super) since: Option<Time>,
}

impl Group {
    fn add(&mut self, payment: &Payment, since: Time) {
        self.count += 1;
        if self.since.is_none_or(|oldest| since < oldest) {
            self.since = Some(since);
            self.oldest = Some(payment.id.to_string());
        }
    }
}

/// What was counted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Census {
    /// By which everything is judged.
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) now: Time,
    /// How many rows were read.
    pub(super) payments: u64,
    /// By status, in the order of a payment's life.
    #[serde(serialize_with = "by_word")]
    pub(super) statuses: BTreeMap<u8, (Status, Group)>,
    /// By the reason for which a person must look.
    pub(super) reviews: BTreeMap<&'static str, Group>,
    /// Closed by a person.
    pub(super) closed: Group,
    /// POP is asked because something does not fit.
    pub(super) in_doubt: Group,
    /// To be cancelled, and not known to be.
    pub(super) cancelling: Group,
    /// Captures whose outcome is outstanding.
    pub(super) captures_open: Group,
    /// Payments with a refund whose outcome is outstanding.
    pub(super) refunds_open: Group,
    /// Payments with messages that are not known to be sent.
    pub(super) outbox: Group,
    /// Due, and not looked at since.
    pub(super) overdue: Group,
    /// Authorised, to be captured by us, and the limit is near: since is the limit.
    pub(super) near_deadline: Group,
    /// Rows that cannot be read.
    pub(super) unreadable: Vec<String>,
    #[serde(skip)]
    margin: Seconds,
}

impl Census {
    pub(super) fn new(now: Time, margin: Seconds) -> Self {
        Self {
            now,
            margin,
            payments: 0,
            statuses: BTreeMap::new(),
            reviews: BTreeMap::new(),
            closed: Group::default(),
            in_doubt: Group::default(),
            cancelling: Group::default(),
            captures_open: Group::default(),
            refunds_open: Group::default(),
            outbox: Group::default(),
            overdue: Group::default(),
            near_deadline: Group::default(),
            unreadable: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, found: Found) {
        match found {
            Found::Row(payment) => self.count(&payment),
            Found::Unreadable(key) => self.unreadable.push(key),
        }
    }

    fn count(&mut self, payment: &Payment) {
        self.payments += 1;
        let status = self.statuses.entry(rank(payment.status));
        let (_, group) = status.or_insert((payment.status, Group::default()));
        group.add(payment, payment.status_since);
        if let Some(review) = &payment.review {
            match review.closed_at {
                Some(closed_at) => self.closed.add(payment, closed_at),
                None => {
                    let group = self.reviews.entry(review.reason.code()).or_default();
                    group.add(payment, review.since);
                }
            }
        }
        if let Some(doubt) = &payment.doubt {
            self.in_doubt.add(payment, doubt.since);
        }
        if let Some(cancel) = payment.cancel.as_ref().filter(|_| payment.is_cancelling()) {
            self.cancelling.add(payment, cancel.requested_at);
        }
        if let Some(capture) = payment.open_capture() {
            self.captures_open.add(payment, capture.requested_at);
        }
        let refunds = payment
            .refunds
            .iter()
            .filter(|refund: &&Refund| refund.is_open());
        if let Some(since) = refunds.map(|refund| refund.requested_at).min() {
            self.refunds_open.add(payment, since);
        }
        if let Some(message) = payment.outbox.first() {
            self.outbox.add(payment, message.at);
        }
        if let Some(due) = payment.due_at.filter(|due| *due <= self.now) {
            self.overdue.add(payment, due);
        }
        if let Some(limit) = is_near_deadline(payment, self.now, self.margin) {
            self.near_deadline.add(payment, limit);
        }
    }
}

/// The limit of an authorisation that is near, or past, with nothing captured though it is for us to capture.
pub(crate) fn is_near_deadline(payment: &Payment, now: Time, margin: Seconds) -> Option<Time> {
    let ours = payment.capture_mode == domain::CaptureMode::Manual;
    let waits = payment.status == Status::Authorized && payment.captured_minor() == 0;
    let limit = payment.capture_by.filter(|limit| now >= *limit - margin)?;
    let wanted = payment.closed_at().is_none() && payment.order_held_by.is_none();
    (ours && waits && wanted && !payment.is_cancelling()).then_some(limit)
}

fn rank(status: Status) -> u8 {
    match status {
        Status::Created => 0,
        Status::Pending => 1,
        Status::Authorized => 2,
        Status::Captured => 3,
        Status::CaptureFailed => 4,
        Status::Declined => 5,
        Status::Cancelled => 6,
        Status::Expired => 7,
    }
}

fn by_word<S: serde::Serializer>(
    statuses: &BTreeMap<u8, (Status, Group)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        statuses
            .values()
            .map(|(status, group)| (status.as_str(), group)),
    )
}
