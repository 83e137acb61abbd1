//! What can be wrong with reports, done on purpose and told.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::ReportOptions;
use super::entries::{Entry, Signed, Teller, moved};
use crate::books::PaymentRecord;
use crate::chance::Chance;
use crate::state::PaymentState;

/// A type of line that no list has.
pub(super) const SURPRISE: &str = "SURPRISE";

/// A kind of discrepancy, or of a line that belongs to no capture or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the words say it, and docs/reconciliation.md explains them"
)]
pub enum Discrepancy {
    AmountDiffers,
    CurrencyDiffers,
    AmountMissing,
    UnknownPayment,
    UnknownCapture,
    UnknownRefund,
    SettledTwice,
    ListedTwice,
    CapturedAbsent,
    RefundedAbsent,
    StateDiffers,
    IdsConflict,
    RefundReversed,
    PaymentReversed,
    ReversalPaired,
    TypeUnknown,
    NetDiffers,
    TotalDiffers,
    SummaryInconsistent,
    Dispute,
    Fee,
    Reserve,
    Correction,
}

impl Discrepancy {
    /// Those that befall single payments or summaries. The others are lines of whole batches
    /// ([`ReportOptions::batch_lines`]).
    pub const ALL: [Self; 20] = [
        Self::AmountDiffers,
        Self::CurrencyDiffers,
        Self::AmountMissing,
        Self::UnknownPayment,
        Self::UnknownCapture,
        Self::UnknownRefund,
        Self::SettledTwice,
        Self::ListedTwice,
        Self::CapturedAbsent,
        Self::RefundedAbsent,
        Self::StateDiffers,
        Self::IdsConflict,
        Self::RefundReversed,
        Self::PaymentReversed,
        Self::ReversalPaired,
        Self::TypeUnknown,
        Self::NetDiffers,
        Self::Dispute,
        Self::TotalDiffers,
        Self::SummaryInconsistent,
    ];
}

/// Something that a reader of the reports must find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seeded {
    /// What.
    pub kind: Discrepancy,
    /// `transactions` or `settlement`: in which report; of summaries neither.
    pub report: Option<String>,
    /// The provider's id of the payment, or the batch.
    pub id: String,
}

impl Seeded {
    pub(super) fn of(kind: Discrepancy, entry: &Entry) -> Self {
        let report = if entry.settled {
            "settlement"
        } else {
            "transactions"
        };
        Self {
            kind,
            report: Some(report.to_owned()),
            id: entry.payment_id.clone(),
        }
    }
}

/// Does what the options ask for; gives what was done. Each payment is befallen by one thing at most.
pub(super) fn seed(
    records: &[PaymentRecord],
    entries: &mut Vec<Entry>,
    options: &ReportOptions,
    chance: &Chance,
) -> Vec<Seeded> {
    let mut seeding = Seeding {
        records,
        entries,
        options,
        chance,
        befallen: HashSet::new(),
        seeded: Vec::new(),
        draws: 0,
    };
    for kind in &options.wrong {
        seeding.befall(*kind);
    }
    seeding.seeded
}

struct Seeding<'a> {
    records: &'a [PaymentRecord],
    entries: &'a mut Vec<Entry>,
    options: &'a ReportOptions,
    chance: &'a Chance,
    /// Payments that something has befallen.
    befallen: HashSet<String>,
    seeded: Vec<Seeded>,
    draws: u32,
}

impl Seeding<'_> {
    fn draw(&mut self, below: usize) -> usize {
        self.draws += 1;
        let number = self.chance.number(&["wrong", &self.draws.to_string()]);
        usize::try_from(number % below.max(1) as u64).unwrap_or(0)
    }

    /// The place of an entry of a payment that nothing has befallen yet.
    fn victim(&mut self, fits: impl Fn(&Entry) -> bool) -> Option<usize> {
        let fitting = |entry: &Entry| !self.befallen.contains(&entry.payment_id) && fits(entry);
        let places: Vec<usize> = (0..self.entries.len())
            .filter(|place| fitting(&self.entries[*place]))
            .collect();
        let drawn = self.draw(places.len());
        let place = *places.get(drawn)?;
        self.befallen.insert(self.entries[place].payment_id.clone());
        Some(place)
    }

    /// Of the captures and refunds, whichever report they stand in.
    fn any_transfer(&mut self) -> Option<usize> {
        self.victim(|entry| matches!(entry.what, "CAPTURE" | "REFUND"))
    }

    fn told(&mut self, kind: Discrepancy, place: usize) {
        self.seeded.push(Seeded::of(kind, &self.entries[place]));
    }

    fn change(&mut self, kind: Discrepancy, place: Option<usize>, change: impl FnOnce(&mut Entry)) {
        if let Some(place) = place {
            change(&mut self.entries[place]);
            self.told(kind, place);
        }
    }

    /// Puts a further line right behind another.
    fn add(&mut self, kind: Discrepancy, entry: Entry) {
        self.seeded.push(Seeded::of(kind, &entry));
        self.entries.push(entry);
    }

    fn befall(&mut self, kind: Discrepancy) {
        use Discrepancy as D;
        match kind {
            D::AmountDiffers => {
                let place = self.any_transfer();
                let more = 1 + i64::try_from(self.draw(500)).unwrap_or(0);
                self.change(kind, place, |entry| {
                    if let Some(gross) = &mut entry.gross {
                        gross.minor += more * gross.minor.signum();
                    }
                });
            }
            D::CurrencyDiffers => {
                let place = self.any_transfer();
                self.change(kind, place, |entry| {
                    if let Some(gross) = &mut entry.gross {
                        let other = if gross.currency == "GBP" {
                            "USD"
                        } else {
                            "GBP"
                        };
                        gross.currency = other.to_owned();
                    }
                });
            }
            D::AmountMissing => {
                let place = self.any_transfer();
                self.change(kind, place, |entry| entry.gross = None);
            }
            D::IdsConflict => {
                let place = self.any_transfer();
                self.change(kind, place, |entry| entry.of_another = true);
            }
            D::NetDiffers => {
                let place = self.victim(|entry| entry.settled && entry.what != "REFUND");
                self.change(kind, place, |entry| entry.beside = -100);
            }
            D::SettledTwice => self.again(kind, true),
            D::ListedTwice => self.again(kind, false),
            D::CapturedAbsent => self.leave_out(kind, "CAPTURE"),
            D::RefundedAbsent => self.leave_out(kind, "REFUND"),
            D::UnknownPayment => self.strange_payment(),
            D::UnknownCapture => self.strange_transfer(kind, "CAPTURE"),
            D::UnknownRefund => self.strange_transfer(kind, "REFUND"),
            D::StateDiffers => self.other_state(),
            D::RefundReversed => self.undone(kind, "REFUND", "REFUND_REVERSAL"),
            D::PaymentReversed => self.undone(kind, "CAPTURE", "PAYMENT_REVERSAL"),
            D::ReversalPaired => self.too_late(),
            D::TypeUnknown => self.more(kind, SURPRISE, 1),
            D::Dispute => self.more(kind, "DISPUTE", -1),
            // Of batches and summaries: done where those are made.
            D::TotalDiffers | D::SummaryInconsistent | D::Fee | D::Reserve | D::Correction => {}
        }
    }

    /// The same line once more, in the next batch or part.
    fn again(&mut self, kind: Discrepancy, settled: bool) {
        let place = self
            .victim(|entry| entry.settled == settled && matches!(entry.what, "CAPTURE" | "REFUND"));
        if let Some(place) = place {
            let mut again = self.entries[place].clone();
            again.later += usize::from(settled);
            self.add(kind, again);
        }
    }

    fn leave_out(&mut self, kind: Discrepancy, what: &str) {
        if let Some(place) = self.victim(|entry| entry.what == what) {
            self.told(kind, place);
            self.entries.remove(place);
        }
    }

    /// A capture, as some other merchant's system made it.
    fn strange_payment(&mut self) {
        let Some(place) = self.victim(|entry| entry.what == "CAPTURE") else {
            return;
        };
        let mut entry = self.entries[place].clone();
        self.befallen.remove(&entry.payment_id);
        let strange = |id: &str| format!("{id}S");
        entry.payment_id = strange(&entry.payment_id);
        entry.own_id = strange(&entry.own_id);
        entry.request_id = strange(&entry.request_id);
        entry.payment_request_id = strange(&entry.payment_request_id);
        entry.order_id = strange(&entry.order_id);
        self.befallen.insert(entry.payment_id.clone());
        self.add(Discrepancy::UnknownPayment, entry);
    }

    /// A capture or refund of a payment of ours that we did not ask for.
    fn strange_transfer(&mut self, kind: Discrepancy, what: &'static str) {
        let Some(place) = self.victim(|entry| entry.what == "CAPTURE") else {
            return;
        };
        let mut entry = self.entries[place].clone();
        entry.what = what;
        entry.own_id += "S";
        entry.request_id += "S";
        let sign = if what == "REFUND" { -1 } else { 1 };
        entry.gross = entry.gross.map(|gross| Signed {
            minor: sign * (gross.minor + 7),
            ..gross
        });
        entry.fees = 0;
        self.add(kind, entry);
    }

    /// A payment of which nothing is taken is told of as captured, or one that is captured as void.
    fn other_state(&mut self) {
        let is_captured = self.draw(2) == 0;
        if is_captured {
            let all_of_it = |entry: &Entry| {
                let mut records = self.records.iter();
                let record = records.find(|record| record.payment_id == entry.payment_id);
                record.is_some_and(|record| record.captured() == record.amount.value)
            };
            let captured: HashSet<String> = self
                .entries
                .iter()
                .filter(|entry| entry.what == "CAPTURE" && all_of_it(entry))
                .map(|entry| entry.payment_id.clone())
                .collect();
            let place = self
                .victim(|entry| entry.what == "CAPTURE" && captured.contains(&entry.payment_id));
            if let Some(place) = place {
                let mut entry = self.entries[place].clone();
                entry.what = "VOID";
                entry.own_id = format!("{}V", entry.payment_id);
                entry.request_id = entry.payment_request_id.clone();
                entry.gross = None;
                entry.fees = 0;
                self.add(Discrepancy::StateDiffers, entry);
            }
            return;
        }
        self.told_as_taken(
            |record| record.cancelled_at.is_some(),
            Discrepancy::StateDiffers,
            false,
        );
    }

    /// A payment that failed, and still some money came and went back.
    fn too_late(&mut self) {
        let failed = |record: &PaymentRecord| record.state == PaymentState::Fail;
        self.told_as_taken(failed, Discrepancy::ReversalPaired, true);
    }

    /// Tells of a payment of which nothing was taken as if it were captured, and by request of the way back.
    fn told_as_taken(
        &mut self,
        fits: impl Fn(&PaymentRecord) -> bool,
        kind: Discrepancy,
        and_back: bool,
    ) {
        let befallen = &self.befallen;
        let fitting: Vec<&PaymentRecord> = self
            .records
            .iter()
            .filter(|record| !befallen.contains(&record.payment_id))
            .filter(|record| fits(record) && !record.captures.iter().any(moved))
            .collect();
        let drawn = self.draw(fitting.len());
        let Some(record) = fitting.get(drawn) else {
            return;
        };
        self.befallen.insert(record.payment_id.clone());
        let teller = Teller {
            record,
            options: self.options,
            chance: self.chance,
        };
        let minor = i64::try_from(record.amount.value).unwrap_or(i64::MAX);
        let settled = self.draws.is_multiple_of(2);
        let came = teller.of_payment(settled, "PAYMENT", &record.created_at, minor);
        if and_back {
            self.entries.push(Entry {
                what: "PAYMENT_REVERSAL",
                own_id: format!("{}B", came.own_id),
                gross: came.gross.clone().map(|gross| Signed {
                    minor: -gross.minor,
                    ..gross
                }),
                ..came.clone()
            });
        }
        self.add(kind, came);
    }

    /// A line that undoes a capture or refund.
    fn undone(&mut self, kind: Discrepancy, what: &str, undone_by: &'static str) {
        let Some(place) = self.victim(|entry| entry.what == what) else {
            return;
        };
        let mut entry = self.entries[place].clone();
        entry.what = undone_by;
        entry.own_id += "B";
        entry.gross = entry.gross.map(|gross| Signed {
            minor: -gross.minor,
            ..gross
        });
        entry.fees = 0;
        self.add(kind, entry);
    }

    /// A further line of a payment that was captured.
    fn more(&mut self, kind: Discrepancy, what: &'static str, sign: i64) {
        let Some(place) = self.victim(|entry| entry.what == "CAPTURE") else {
            return;
        };
        let mut entry = self.entries[place].clone();
        entry.what = what;
        entry.own_id += "M";
        entry.request_id = String::new();
        entry.gross = entry.gross.map(|gross| Signed {
            minor: sign * gross.minor,
            ..gross
        });
        entry.fees = 0;
        self.add(kind, entry);
    }
}
