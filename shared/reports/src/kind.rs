//! What a reconciliation can find: kinds with stable words, and what to do about each.

use serde::Serialize;

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Another amount than ours.
    AmountDiffers,
    /// Another currency than ours.
    CurrencyDiffers,
    /// A line about money without its amount.
    AmountMissing,
    /// A payment that the table does not have.
    UnknownPayment,
    /// A capture that the row does not have.
    UnknownCapture,
    /// A refund that the row does not have.
    UnknownRefund,
    /// Settled in two lines.
    SettledTwice,
    /// In two lines of the transaction report.
    ListedTwice,
    /// Captured with us, and in no line.
    CapturedAbsent,
    /// Refunded with us, and in no line.
    RefundedAbsent,
    /// The row says another state than the report.
    StateDiffers,
    /// The ids of a line belong to different payments.
    IdsConflict,
    /// A refund that succeeded was undone.
    RefundReversed,
    /// A payment was undone.
    PaymentReversed,
    /// A type of line that we do not know.
    TypeUnknown,
    /// What is paid out is not the gross amount with its fees.
    NetDiffers,
    /// The lines of a batch do not add up to its total.
    TotalDiffers,
    /// The parts of a summary do not add up to its total.
    SummaryInconsistent,
    /// A summary's batch has no lines in the reports that were given.
    DetailsMissing,
    /// A part of a series of files was not given.
    PartMissing,
    /// POP's signed messages say otherwise than the row, whatever the report says.
    EvidenceDiffers,
    /// A row that cannot be read.
    RowUnreadable,
    /// A dispute.
    Dispute,
    /// A payment that never was, and was undone: both cancel out.
    ReversalPaired,
    /// Fees that belong to no payment.
    Fee,
    /// Reserves and collateral.
    Reserve,
    /// A correction of an acquirer that reports totals only.
    Correction,
    /// A line that came before.
    LineRepeated,
}

/// What people need to know of a kind.
struct About {
    kind: Kind,
    code: &'static str,
    title: &'static str,
    advice: &'static str,
}

const fn about(kind: Kind, code: &'static str, title: &'static str, advice: &'static str) -> About {
    About {
        kind,
        code,
        title,
        advice,
    }
}

const ABOUT: [About; 28] = [
    about(
        Kind::AmountDiffers,
        "amount_differs",
        "amount differs",
        "Compare who says what: if POP's signed word agrees with the row, ask POP about its report; if it agrees with the report, the row needs a person",
    ),
    about(
        Kind::CurrencyDiffers,
        "currency_differs",
        "currency differs",
        "As for amounts. A settlement in another currency is no difference: the transaction's own currency is compared",
    ),
    about(
        Kind::AmountMissing,
        "amount_missing",
        "no amount in the report",
        "Ask POP to put transactionAmountValue and transactionCurrency into the report",
    ),
    about(
        Kind::UnknownPayment,
        "unknown_payment",
        "payment unknown to us",
        "Look whether it was taken by another system under the same customerId, or is older than the table keeps rows",
    ),
    about(
        Kind::UnknownCapture,
        "unknown_capture",
        "capture unknown to us",
        "POP took money that the row does not show: ask POP by inquiry, and look who else can capture",
    ),
    about(
        Kind::UnknownRefund,
        "unknown_refund",
        "refund unknown to us",
        "Look whether it was made in POP's dashboard; tell the order system if so",
    ),
    about(
        Kind::SettledTwice,
        "settled_twice",
        "settled twice",
        "Ask POP which of the lines stands; expect a correction in a later batch",
    ),
    about(
        Kind::ListedTwice,
        "listed_twice",
        "listed twice",
        "Look whether the buyer was charged twice; ask POP",
    ),
    about(
        Kind::CapturedAbsent,
        "captured_absent",
        "captured, and absent from the reports",
        "Look whether every report of the period was given; then ask POP where the money is",
    ),
    about(
        Kind::RefundedAbsent,
        "refunded_absent",
        "refunded, and absent from the reports",
        "As for captures: the buyer may be waiting for the money",
    ),
    about(
        Kind::StateDiffers,
        "state_differs",
        "state differs",
        "Ask POP by inquiry; a row that is final and wrong needs a person",
    ),
    about(
        Kind::IdsConflict,
        "ids_conflict",
        "ids of different payments",
        "Ask POP which payment the line belongs to",
    ),
    about(
        Kind::RefundReversed,
        "refund_reversed",
        "refund undone",
        "The buyer did not get the money, and you have it again: pay it in another way",
    ),
    about(
        Kind::PaymentReversed,
        "payment_reversed",
        "payment undone",
        "POP gave back money that the row says is captured: do not ship, or ask POP",
    ),
    about(
        Kind::TypeUnknown,
        "type_unknown",
        "type of line not known",
        "Look it up in POP's pages, and book it by hand",
    ),
    about(
        Kind::NetDiffers,
        "net_differs",
        "net is not gross with fees",
        "Ask POP for the missing fee",
    ),
    about(
        Kind::TotalDiffers,
        "total_differs",
        "lines do not add up to the total",
        "Look whether a file of the batch is missing; then ask POP",
    ),
    about(
        Kind::SummaryInconsistent,
        "summary_inconsistent",
        "summary does not add up",
        "Ask POP for the summary again",
    ),
    about(
        Kind::DetailsMissing,
        "details_missing",
        "lines of a batch not given",
        "Give the settlement details of the batch too",
    ),
    about(
        Kind::PartMissing,
        "part_missing",
        "part of a report not given",
        "Give the missing file too",
    ),
    about(
        Kind::EvidenceDiffers,
        "evidence_differs",
        "signed messages and row differ",
        "Replay the payment's trail (popctl replay), and have a person look",
    ),
    about(
        Kind::RowUnreadable,
        "row_unreadable",
        "row cannot be read",
        "Have a person look at the item",
    ),
    about(
        Kind::Dispute,
        "dispute",
        "dispute",
        "Answer it in POP's dashboard before its time is over",
    ),
    about(
        Kind::ReversalPaired,
        "reversal_paired",
        "late payment given back",
        "Nothing: payment and reversal cancel out",
    ),
    about(Kind::Fee, "fee", "fee of no payment", "Book it as a fee"),
    about(
        Kind::Reserve,
        "reserve",
        "reserve or collateral",
        "Book it as a claim on the acquirer",
    ),
    about(
        Kind::Correction,
        "correction",
        "correction of the acquirer",
        "Book it as a fee",
    ),
    about(
        Kind::LineRepeated,
        "line_repeated",
        "line that came before",
        "Nothing: it is counted once",
    ),
];

impl Kind {
    /// All kinds, in the order of statements.
    pub fn all() -> impl Iterator<Item = Self> {
        ABOUT.iter().map(|about| about.kind)
    }

    fn about(self) -> &'static About {
        let found = ABOUT.iter().find(|about| about.kind == self);
        found.unwrap_or(&ABOUT[0]) // a test holds that every kind is there
    }

    /// The stable word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.about().code
    }

    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// What to do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        self.about().advice
    }

    /// Whether books and reports do not agree. The others are told apart: they explain money that belongs to no
    /// payment of the table.
    #[must_use]
    pub fn is_difference(self) -> bool {
        !matches!(
            self,
            Self::Dispute
                | Self::ReversalPaired
                | Self::Fee
                | Self::Reserve
                | Self::Correction
                | Self::LineRepeated
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_word_its_title_and_its_advice() {
        for kind in Kind::all() {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
            assert!(!kind.title().is_empty() && !kind.advice().is_empty());
        }
        // The last of the enumeration: no kind is left out of the table.
        assert_eq!(Kind::all().count(), Kind::LineRepeated as usize + 1);
        let mut codes: Vec<_> = Kind::all().map(Kind::code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ABOUT.len());
    }
}
