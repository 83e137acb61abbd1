//! What happened, entry by entry, as reports tell of it.

use super::{Generation, ReportOptions};
use crate::books::{PaymentRecord, TransferRecord};
use crate::chance::Chance;
use crate::clock::{Millis, parse_iso};
use crate::state::TransferState;

/// An amount with sign, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) minor: i64,
    pub(super) currency: String,
}

/// One line to be, of one of the two reports about single transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// It stands in the settlement details; else in the transaction details.
    pub(super) settled: bool,
    /// `transactionType`.
    pub(super) what: &'static str,
    pub(super) at: Millis,
    /// The provider's id of the payment.
    pub(super) payment_id: String,
    /// The provider's id of this very transaction.
    pub(super) own_id: String,
    /// The merchant's id of it.
    pub(super) request_id: String,
    /// The merchant's id of the payment.
    pub(super) payment_request_id: String,
    pub(super) order_id: String,
    /// Before fees; `None` leaves the cells empty.
    pub(super) gross: Option<Signed>,
    /// Fees in the currency of the gross amount, less than nothing where they are charged.
    pub(super) fees: i64,
    /// What is paid out beside the gross amount and fees: by mistake, or for a whole batch.
    pub(super) beside: i64,
    /// The ids of the original transaction are another payment's.
    pub(super) of_another: bool,
    /// How many batches later it comes than it should.
    pub(super) later: usize,
}

impl Entry {
    /// A line of a whole batch.
    pub(super) fn of_batch(what: &'static str, at: Millis, amount: i64) -> Self {
        Self {
            settled: true,
            what,
            at,
            payment_id: String::new(),
            own_id: String::new(),
            request_id: String::new(),
            payment_request_id: String::new(),
            order_id: String::new(),
            gross: None,
            fees: 0,
            beside: amount,
            of_another: false,
            later: 0,
        }
    }
}

/// All entries, in the order in which they happened.
pub(super) fn of(
    records: &[PaymentRecord],
    options: &ReportOptions,
    chance: &Chance,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for record in records {
        let teller = Teller {
            record,
            options,
            chance,
        };
        teller.tell(&mut entries);
    }
    entries.sort_by(|one, two| (one.at, &one.own_id).cmp(&(two.at, &two.own_id)));
    entries
}

/// Tells of one payment.
pub(super) struct Teller<'a> {
    pub(super) record: &'a PaymentRecord,
    pub(super) options: &'a ReportOptions,
    pub(super) chance: &'a Chance,
}

impl Teller<'_> {
    fn tell(&self, entries: &mut Vec<Entry>) {
        let record = self.record;
        if record.authorisations == 0 {
            return;
        }
        let key = record.payment_request_id.as_str();
        let amount = i64::try_from(record.amount.value).unwrap_or(i64::MAX);
        let taken: Vec<&TransferRecord> = record.captures.iter().filter(|c| moved(c)).collect();
        // A payment that is captured automatically may be told of in one line.
        let as_payment = record.capture_mode == "AUTOMATIC"
            && !taken.is_empty()
            && self.chance.number(&["as payment", key]).is_multiple_of(2);
        let opened = if as_payment {
            "PAYMENT"
        } else {
            "AUTHORIZATION"
        };
        entries.push(self.of_payment(false, opened, &record.created_at, amount));
        for capture in taken {
            let line = self.transfer(false, "CAPTURE", capture, 1);
            match as_payment {
                true => entries.push(Entry {
                    settled: true,
                    fees: fee(amount, self.chance, key),
                    ..self.of_payment(false, "PAYMENT", &capture_time(capture), amount)
                }),
                false => {
                    entries.push(Entry {
                        settled: true,
                        ..line.clone()
                    });
                    entries.push(Entry { fees: 0, ..line });
                }
            }
        }
        for refund in record.refunds.iter().filter(|refund| moved(refund)) {
            let line = self.transfer(false, "REFUND", refund, -1);
            entries.push(Entry {
                settled: true,
                ..line.clone()
            });
            entries.push(Entry { fees: 0, ..line });
        }
        if let Some(at) = &record.cancelled_at {
            let voided = self.options.generation != Generation::C
                && self.chance.number(&["voided", key]).is_multiple_of(2);
            let what = if voided { "VOID" } else { "CANCEL" };
            let own_id = format!("{}V", record.payment_id);
            let line = self.of_payment(false, what, at, amount);
            entries.push(match voided {
                true => Entry { own_id, ..line },
                false => line,
            });
        }
    }

    /// A line about the payment as a whole.
    pub(super) fn of_payment(
        &self,
        settled: bool,
        what: &'static str,
        at: &str,
        minor: i64,
    ) -> Entry {
        let record = self.record;
        Entry {
            settled,
            what,
            at: parse_iso(at).unwrap_or(0),
            payment_id: record.payment_id.clone(),
            own_id: record.payment_id.clone(),
            request_id: record.payment_request_id.clone(),
            payment_request_id: record.payment_request_id.clone(),
            order_id: record.order_id.clone(),
            gross: Some(Signed {
                minor,
                currency: record.amount.currency.clone(),
            }),
            fees: 0,
            beside: 0,
            of_another: false,
            later: 0,
        }
    }

    /// A line about a capture or refund.
    pub(super) fn transfer(
        &self,
        settled: bool,
        what: &'static str,
        transfer: &TransferRecord,
        sign: i64,
    ) -> Entry {
        let minor = sign * i64::try_from(transfer.amount.value).unwrap_or(i64::MAX);
        Entry {
            own_id: transfer.id.clone(),
            request_id: transfer.request_id.clone(),
            fees: fee(minor, self.chance, &transfer.id),
            gross: Some(Signed {
                minor,
                currency: transfer.amount.currency.clone(),
            }),
            ..self.of_payment(settled, what, &capture_time(transfer), minor)
        }
    }
}

/// Whether money moved.
pub(super) fn moved(transfer: &TransferRecord) -> bool {
    transfer.effects > 0 && transfer.state == TransferState::Success
}

fn capture_time(transfer: &TransferRecord) -> String {
    transfer.finished_at.clone().unwrap_or_default()
}

/// One to three of a hundred; given back with a refund.
fn fee(minor: i64, chance: &Chance, key: &str) -> i64 {
    -minor * chance.between((100, 300), &["fee", key]) / 10_000
}
