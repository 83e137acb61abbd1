//! The provider's books: what really happened, for those who compare. They hold no card data but the last four digits.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::chance::sha256_hex;
use crate::clock::{Millis, utc};
use crate::core::Core;
use crate::fields::Money;
use crate::notification::{Notification, Seal, Sending};
use crate::state::{CardUse, Payment, PaymentState, Transfer, TransferState};

/// Everything the provider has on record. Times as text are the provider's clock in UTC, times as numbers are the
/// system's in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Books {
    /// The provider's time.
    pub now: String,
    /// Seed of all draws.
    pub seed: u64,
    /// Sums over everything.
    pub totals: Totals,
    /// How often each fault or oddity was committed, by name.
    pub faults: BTreeMap<String, u64>,
    /// How often calls were refused for what they were, by result code.
    pub refusals: BTreeMap<String, u64>,
    /// In the order of their creation.
    pub payments: Vec<PaymentRecord>,
    /// Test sendings, which belong to no payment.
    pub test_notifications: Vec<NotificationRecord>,
}

/// Sums over all payments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Payments opened.
    pub payments: u64,
    /// Pay calls for them.
    pub pay_calls: u64,
    /// How often money was authorised.
    pub authorisations: u64,
    /// How often money was captured.
    pub captures: u64,
    /// How often money was given back.
    pub refunds: u64,
    /// Payments cancelled by the merchant.
    pub cancelled: u64,
    /// Cards that are stored.
    pub stored_cards: u64,
    /// Payments with a stored card's token.
    pub paid_by_token: u64,
    /// Payments by the merchant without the buyer.
    pub merchant_initiated: u64,
    /// Payments with more than one authorisation, or captured beyond their amount: 0, or the simulator is wrong.
    pub overcharged: u64,
    /// Payments that gave back more than was captured: 0, or the simulator is wrong.
    pub over_refunded: u64,
    /// Sendings of genuine notifications.
    pub notifications_sent: u64,
    /// Genuine notifications that were acknowledged.
    pub notifications_acknowledged: u64,
    /// Sendings of forged notifications.
    pub forged_sent: u64,
    /// Forged notifications that were acknowledged: the receiver believed them, or did not look.
    pub forged_acknowledged: u64,
}

/// One payment attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRecord {
    /// The merchant's id.
    pub payment_request_id: String,
    /// The provider's id.
    pub payment_id: String,
    /// The merchant's order.
    pub order_id: String,
    /// What was to be paid.
    pub amount: Money,
    /// `AUTOMATIC` or `MANUAL`.
    pub capture_mode: String,
    /// Where it stands.
    pub state: PaymentState,
    /// The code that goes with the state.
    pub result_code: String,
    /// Last four digits of the card.
    pub last_four: Option<String>,
    /// How the card was used.
    pub card_use: CardUse,
    /// When it was opened.
    pub created_at: String,
    /// When it reached its state, if that is final.
    pub finished_at: Option<String>,
    /// When it is closed if nobody finishes it.
    pub expires_at: String,
    /// Until when it can be captured.
    pub authorised_until: Option<String>,
    /// The page of its 3DS challenge.
    pub challenge_url: Option<String>,
    /// When the merchant cancelled it.
    pub cancelled_at: Option<String>,
    /// Pay calls for it that were carried out.
    pub pay_calls: u32,
    /// How often money was authorised: at most once.
    pub authorisations: u32,
    /// In the order in which they were asked for.
    pub captures: Vec<TransferRecord>,
    /// In the order in which they were asked for.
    pub refunds: Vec<TransferRecord>,
    /// Genuine and forged, in the order in which they arose.
    pub notifications: Vec<NotificationRecord>,
}

impl PaymentRecord {
    /// What was really captured, in minor units.
    #[must_use]
    pub fn captured(&self) -> u64 {
        self.captures
            .iter()
            .map(|capture| u64::from(capture.effects) * capture.amount.value)
            .sum()
    }

    /// What was really given back, in minor units.
    #[must_use]
    pub fn refunded(&self) -> u64 {
        self.refunds
            .iter()
            .map(|refund| u64::from(refund.effects) * refund.amount.value)
            .sum()
    }

    /// Whether captures were asked for, and every one was refused for good.
    #[must_use]
    pub fn every_capture_failed(&self) -> bool {
        let mut captures = self.captures.iter();
        !self.captures.is_empty() && captures.all(|capture| capture.state == TransferState::Fail)
    }

    /// Whether the merchant keeps the buyer's money: authorised or captured, and not all given back.
    #[must_use]
    pub fn keeps_money(&self) -> bool {
        let taken = self.captured() == 0 || self.refunded() < self.captured();
        self.state == PaymentState::Success && !self.every_capture_failed() && taken
    }
}

/// A capture or refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRecord {
    /// The merchant's id; for an automatic capture the payment's.
    pub request_id: String,
    /// The provider's id.
    pub id: String,
    /// What was asked for.
    pub amount: Money,
    /// Where it stands.
    pub state: TransferState,
    /// The code that goes with the state.
    pub result_code: String,
    /// The provider did it by itself.
    pub automatic: bool,
    /// When it was decided.
    pub finished_at: Option<String>,
    /// Calls for it that were carried out.
    pub calls: u32,
    /// How often money moved: at most once.
    pub effects: u32,
}

/// A notification and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRecord {
    /// Its `notifyType`.
    pub kind: String,
    /// Its `result.resultStatus`.
    pub result_status: String,
    /// The capture it tells of.
    pub capture_request_id: Option<String>,
    /// The refund it tells of.
    pub refund_request_id: Option<String>,
    /// Whether it must not be believed.
    pub forged: bool,
    /// How it is signed.
    pub seal: Seal,
    /// Chance decided that it never goes out.
    pub withheld: bool,
    /// SHA-256 of the body's bytes, in hex.
    pub body_sha256: String,
    /// How often it went out.
    pub times_sent: u64,
    /// When the first right acknowledgement was there: the system's clock, milliseconds since the epoch.
    pub acknowledged_at: Option<i64>,
    /// Each sending.
    pub sendings: Vec<Sending>,
}

/// Copies the books.
pub(crate) fn open(core: &Core) -> Books {
    let state = core.state();
    let mut notifications: HashMap<Option<&str>, Vec<NotificationRecord>> = HashMap::new();
    for notification in &state.notifications {
        let of_payment = notifications
            .entry(notification.payment.as_deref())
            .or_default();
        of_payment.push(record_notification(notification));
    }
    let payments: Vec<PaymentRecord> = state
        .order
        .iter()
        .filter_map(|key| state.payments.get(key))
        .map(|payment| {
            record(
                payment,
                notifications.remove(&Some(payment.request_id.as_str())),
            )
        })
        .collect();
    Books {
        now: utc(core.clock.now()),
        seed: core.config.seed,
        totals: Totals {
            stored_cards: state.vault.stored_cards(),
            ..sum_up(&payments)
        },
        faults: state.faults.clone(),
        refusals: state.refusals.clone(),
        test_notifications: notifications.remove(&None).unwrap_or_default(),
        payments,
    }
}

/// Copies what is on record of one payment.
pub(crate) fn payment(core: &Core, request_id: &str) -> Option<PaymentRecord> {
    let state = core.state();
    let payment = state.payments.get(request_id)?;
    let notifications = state
        .notifications
        .iter()
        .filter(|notification| notification.payment.as_deref() == Some(request_id))
        .map(record_notification)
        .collect();
    Some(record(payment, Some(notifications)))
}

fn record(payment: &Payment, notifications: Option<Vec<NotificationRecord>>) -> PaymentRecord {
    let time = |at: Option<Millis>| at.map(utc);
    PaymentRecord {
        payment_request_id: payment.request_id.clone(),
        payment_id: payment.id.clone(),
        order_id: payment.order_id.clone(),
        amount: payment.amount.clone(),
        capture_mode: if payment.automatic {
            "AUTOMATIC"
        } else {
            "MANUAL"
        }
        .to_owned(),
        state: payment.state,
        result_code: payment.code.to_owned(),
        last_four: payment.card.as_ref().map(|card| card.last_four.clone()),
        card_use: payment.card_use.clone(),
        created_at: utc(payment.created),
        finished_at: time(payment.finished),
        expires_at: utc(payment.expires),
        authorised_until: time(payment.authorised_until),
        challenge_url: payment
            .challenge
            .as_ref()
            .map(|challenge| challenge.url.clone()),
        cancelled_at: time(payment.cancelled),
        pay_calls: payment.pay_calls,
        authorisations: payment.authorisations,
        captures: payment.captures.iter().map(record_transfer).collect(),
        refunds: payment.refunds.iter().map(record_transfer).collect(),
        notifications: notifications.unwrap_or_default(),
    }
}

fn record_transfer(transfer: &Transfer) -> TransferRecord {
    TransferRecord {
        request_id: transfer.request_id.clone(),
        id: transfer.id.clone(),
        amount: transfer.amount.clone(),
        state: transfer.state,
        result_code: transfer.code.to_owned(),
        automatic: transfer.automatic,
        finished_at: transfer.finished.map(utc),
        calls: transfer.calls,
        effects: transfer.effects,
    }
}

fn record_notification(notification: &Notification) -> NotificationRecord {
    let acknowledged = notification
        .sendings
        .iter()
        .filter(|sending| sending.acknowledged)
        .map(|sending| sending.ended_at);
    NotificationRecord {
        kind: notification.kind.clone(),
        result_status: notification.result_status.clone(),
        capture_request_id: notification.capture_request_id.clone(),
        refund_request_id: notification.refund_request_id.clone(),
        forged: notification.seal != Seal::Genuine,
        seal: notification.seal,
        withheld: notification.withheld,
        body_sha256: sha256_hex(notification.body.as_bytes()),
        times_sent: notification.sendings.len() as u64,
        acknowledged_at: acknowledged.min(),
        sendings: notification.sendings.clone(),
    }
}

fn sum_up(payments: &[PaymentRecord]) -> Totals {
    let mut totals = Totals {
        payments: payments.len() as u64,
        ..Totals::default()
    };
    for payment in payments {
        totals.pay_calls += u64::from(payment.pay_calls);
        totals.authorisations += u64::from(payment.authorisations);
        totals.captures += payment
            .captures
            .iter()
            .map(|capture| u64::from(capture.effects))
            .sum::<u64>();
        totals.refunds += payment
            .refunds
            .iter()
            .map(|refund| u64::from(refund.effects))
            .sum::<u64>();
        totals.overcharged +=
            u64::from(payment.authorisations > 1 || payment.captured() > payment.amount.value);
        totals.over_refunded += u64::from(payment.refunded() > payment.captured());
        totals.cancelled += u64::from(payment.cancelled_at.is_some());
        totals.paid_by_token += u64::from(payment.card_use.token);
        totals.merchant_initiated += u64::from(payment.card_use.recurring_type.is_some());
        for notification in &payment.notifications {
            let acknowledged = u64::from(notification.acknowledged_at.is_some());
            let (sent, acknowledgements) = if notification.forged {
                (&mut totals.forged_sent, &mut totals.forged_acknowledged)
            } else {
                (
                    &mut totals.notifications_sent,
                    &mut totals.notifications_acknowledged,
                )
            };
            *sent += notification.times_sent;
            *acknowledgements += acknowledged;
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(state: TransferState, value: u64) -> TransferRecord {
        TransferRecord {
            request_id: String::new(),
            id: String::new(),
            amount: Money {
                currency: "EUR".to_owned(),
                value,
            },
            state,
            result_code: String::new(),
            automatic: false,
            finished_at: None,
            calls: 1,
            effects: u32::from(state == TransferState::Success),
        }
    }

    fn payment(state: PaymentState, captures: Vec<TransferRecord>) -> PaymentRecord {
        PaymentRecord {
            payment_request_id: String::new(),
            payment_id: String::new(),
            order_id: String::new(),
            amount: entry(TransferState::Success, 100).amount,
            capture_mode: "MANUAL".to_owned(),
            state,
            result_code: String::new(),
            last_four: None,
            card_use: CardUse::default(),
            created_at: String::new(),
            finished_at: None,
            expires_at: String::new(),
            authorised_until: None,
            challenge_url: None,
            cancelled_at: None,
            pay_calls: 1,
            authorisations: 1,
            captures,
            refunds: Vec::new(),
            notifications: Vec::new(),
        }
    }

    #[test]
    fn captures_have_failed_when_there_are_some_and_none_is_open_or_done() {
        use TransferState::{Fail, Processing, Success};
        let cases: [(&[TransferState], bool); 5] = [
            (&[], false),
            (&[Fail], true),
            (&[Fail, Fail], true),
            (&[Fail, Success], false),
            (&[Processing, Fail], false),
        ];
        for (states, want) in cases {
            let captures = states.iter().map(|state| entry(*state, 10)).collect();
            let book = payment(PaymentState::Success, captures);
            assert_eq!(book.every_capture_failed(), want, "{states:?}");
        }
    }

    #[test]
    fn money_is_kept_from_the_authorisation_until_all_of_it_is_back() {
        let taken = || vec![entry(TransferState::Success, 100)];
        assert!(payment(PaymentState::Success, Vec::new()).keeps_money());
        assert!(payment(PaymentState::Success, taken()).keeps_money());
        let refused = vec![entry(TransferState::Fail, 100)];
        assert!(!payment(PaymentState::Success, refused).keeps_money());
        assert!(!payment(PaymentState::Cancelled, Vec::new()).keeps_money());
        for (refund, keeps) in [(99, true), (100, false)] {
            let mut book = payment(PaymentState::Success, taken());
            book.refunds = vec![entry(TransferState::Success, refund)];
            assert_eq!(book.keeps_money(), keeps, "{refund} given back");
        }
    }
}
