//! What a line of a report is about: POP's `transactionType` and `summaryType` (docs/provider.md, "Reports").

use serde::{Deserialize, Serialize};

/// The kind of a line. The two lists that POP's pages have differ in their names; both are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TransactionType {
    /// A payment. Of a card that is captured automatically it may be the only line.
    Payment,
    /// Funds reserved: no money yet.
    Authorization,
    /// Money taken.
    Capture,
    /// Money given back.
    Refund,
    /// Cancelled before capture.
    Cancel,
    /// An authorisation released.
    Void,
    /// Money taken back by the buyer's bank.
    Dispute,
    /// A dispute that was won.
    DisputeReversal,
    /// A dispute settled by rule before it began.
    RapidDisputeResolution,
    /// A dispute avoided by a refund of the network.
    Cdrn,
    /// A payment that succeeded too late, given back.
    PaymentReversal,
    /// A refund that failed after it was reported as good.
    RefundReversal,
    /// Fees of the settlement.
    SettlementFee,
    /// Fees of cards, corrected later.
    AdjustmentFee,
    /// Collateral kept back.
    CollateralWithheld,
    /// Collateral given free.
    CollateralReleased,
    /// Reserve kept back.
    ReserveWithheld,
    /// Reserve given free.
    ReserveReleased,
    /// A difference of an acquirer that reports totals only.
    Correction,
    /// The sum of a summary.
    Total,
    /// A word that we do not know.
    Other(String),
}

/// What a line means for the money of payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Money of a payment: a capture, or a payment that stands for one.
    Captures,
    /// Money given back.
    Refunds,
    /// A state, and no money.
    States,
    /// Taken back by buyers' banks, and what came back of that.
    Disputes,
    /// Payments and refunds undone.
    Reversals,
    /// Fees that belong to no payment.
    Fees,
    /// Reserves and collateral.
    Reserves,
    /// Differences of acquirers that report totals only.
    Corrections,
    /// Not known.
    Others,
}

impl Class {
    /// All of them, in the order of statements.
    pub const ALL: [Self; 9] = [
        Self::Captures,
        Self::Refunds,
        Self::States,
        Self::Disputes,
        Self::Reversals,
        Self::Fees,
        Self::Reserves,
        Self::Corrections,
        Self::Others,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Refunds => "refunds",
            Self::States => "states",
            Self::Disputes => "disputes",
            Self::Reversals => "reversals",
            Self::Fees => "fees",
            Self::Reserves => "reserves",
            Self::Corrections => "corrections",
            Self::Others => "others",
        }
    }
}

/// The words of the reports; the first of a type is the one that is shown.
const WORDS: [(&str, TransactionType); 26] = [
    ("PAYMENT", TransactionType::Payment),
    ("AUTHORIZATION", TransactionType::Authorization),
    ("CAPTURE", TransactionType::Capture),
    ("REFUND", TransactionType::Refund),
    ("CANCEL", TransactionType::Cancel),
    ("VOID", TransactionType::Void),
    ("DISPUTE", TransactionType::Dispute),
    ("DISPUTE_REVERSAL", TransactionType::DisputeReversal),
    (
        "RAPID_DISPUTE_RESOLUTION",
        TransactionType::RapidDisputeResolution,
    ),
    ("CDRN", TransactionType::Cdrn),
    ("PAYMENT_REVERSAL", TransactionType::PaymentReversal),
    ("REFUND_REVERSAL", TransactionType::RefundReversal),
    ("SETTLEMENT_FEE", TransactionType::SettlementFee),
    ("ADJUSTMENT_FEE", TransactionType::AdjustmentFee),
    ("COLLATERAL_WITHHELD", TransactionType::CollateralWithheld),
    (
        "COLLATERAL_WITHHOLDING",
        TransactionType::CollateralWithheld,
    ),
    ("COLLATERAL_RELEASED", TransactionType::CollateralReleased),
    ("COLLATERAL_RELEASE", TransactionType::CollateralReleased),
    ("RESERVE_WITHHELD", TransactionType::ReserveWithheld),
    ("RESERVE_WITHHOLDING", TransactionType::ReserveWithheld),
    ("RESERVE", TransactionType::ReserveWithheld),
    ("RESERVE_RELEASED", TransactionType::ReserveReleased),
    ("RESERVE_RELEASE", TransactionType::ReserveReleased),
    ("CORRECTION", TransactionType::Correction),
    ("DEFAULT", TransactionType::Correction),
    ("TOTAL", TransactionType::Total),
];

impl TransactionType {
    /// Reads a cell. A word that is not known is kept, cut to 64 characters.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let known = WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word));
        match known {
            Some((_, kind)) => kind.clone(),
            None => Self::Other(word.chars().take(64).collect()),
        }
    }

    /// The word that stands for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(word) = self {
            return word;
        }
        let known = WORDS.iter().find(|(_, kind)| kind == self);
        known.map_or("", |(name, _)| name)
    }

    /// What it means for the money of payments.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Payment | Self::Capture => Class::Captures,
            Self::Refund => Class::Refunds,
            Self::Authorization | Self::Cancel | Self::Void => Class::States,
            Self::Dispute | Self::DisputeReversal | Self::RapidDisputeResolution | Self::Cdrn => {
                Class::Disputes
            }
            Self::PaymentReversal | Self::RefundReversal => Class::Reversals,
            Self::SettlementFee | Self::AdjustmentFee => Class::Fees,
            Self::CollateralWithheld
            | Self::CollateralReleased
            | Self::ReserveWithheld
            | Self::ReserveReleased => Class::Reserves,
            Self::Correction => Class::Corrections,
            Self::Total | Self::Other(_) => Class::Others,
        }
    }

    /// Whether such lines belong to a payment; the others are of a whole batch.
    #[must_use]
    pub fn is_of_a_payment(&self) -> bool {
        !matches!(
            self.class(),
            Class::Fees | Class::Reserves | Class::Corrections
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_both_lists_are_read() {
        for (word, shown, class) in [
            ("PAYMENT", "PAYMENT", Class::Captures),
            ("CAPTURE", "CAPTURE", Class::Captures),
            ("capture", "CAPTURE", Class::Captures),
            ("REFUND", "REFUND", Class::Refunds),
            ("AUTHORIZATION", "AUTHORIZATION", Class::States),
            ("CANCEL", "CANCEL", Class::States),
            ("VOID", "VOID", Class::States),
            ("DISPUTE", "DISPUTE", Class::Disputes),
            ("DISPUTE_REVERSAL", "DISPUTE_REVERSAL", Class::Disputes),
            (
                "RAPID_DISPUTE_RESOLUTION",
                "RAPID_DISPUTE_RESOLUTION",
                Class::Disputes,
            ),
            ("CDRN", "CDRN", Class::Disputes),
            ("REFUND_REVERSAL", "REFUND_REVERSAL", Class::Reversals),
            ("PAYMENT_REVERSAL", "PAYMENT_REVERSAL", Class::Reversals),
            ("SETTLEMENT_FEE", "SETTLEMENT_FEE", Class::Fees),
            ("ADJUSTMENT_FEE", "ADJUSTMENT_FEE", Class::Fees),
            (
                "COLLATERAL_WITHHOLDING",
                "COLLATERAL_WITHHELD",
                Class::Reserves,
            ),
            ("COLLATERAL_RELEASE", "COLLATERAL_RELEASED", Class::Reserves),
            ("RESERVE_WITHHOLDING", "RESERVE_WITHHELD", Class::Reserves),
            ("RESERVE", "RESERVE_WITHHELD", Class::Reserves),
            ("RESERVE_RELEASE", "RESERVE_RELEASED", Class::Reserves),
            ("DEFAULT", "CORRECTION", Class::Corrections),
            ("SURPRISE", "SURPRISE", Class::Others),
        ] {
            let kind = TransactionType::of(word);
            assert_eq!((kind.as_str(), kind.class()), (shown, class), "{word}");
        }
        assert_eq!(TransactionType::of(&"X".repeat(900)).as_str().len(), 64);
    }
}
