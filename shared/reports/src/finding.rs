//! One finding, with who says what.

use crate::kind::Kind;
use crate::line::{Book, Place};
use crate::number::Exact;
use domain::{Currency, OrderId, PaymentId, PaymentRequestId};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Money taken or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Captures.
    Captures,
    /// Refunds.
    Refunds,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Captures, Self::Refunds];

    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Refunds => "refunds",
        }
    }
}

/// An amount with its currency, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// How much.
    pub amount: Exact,
    /// Of what.
    pub currency: Currency,
}

impl Sum {
    /// For people.
    #[must_use]
    pub fn display(self) -> String {
        self.amount.display(self.currency)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sum = serializer.serialize_struct("Sum", 2)?;
        sum.serialize_field("decimal", &self.amount.decimal(self.currency))?;
        sum.serialize_field("currency", self.currency.code())?;
        sum.end()
    }
}

/// What one side says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Says {
    /// In words.
    pub words: String,
    /// The amount, if it names one.
    pub amount: Option<Sum>,
}

impl Says {
    /// In words alone.
    #[must_use]
    pub fn words(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            amount: None,
        }
    }

    /// With an amount.
    #[must_use]
    pub fn sum(words: impl Into<String>, amount: Sum) -> Self {
        Self {
            words: words.into(),
            amount: Some(amount),
        }
    }
}

/// By how much a finding moves our books away from the reports: ours less theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Captures or refunds.
    pub side: Side,
    /// How much.
    pub sum: Sum,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// In which report; none where no line is meant.
    pub book: Option<Book>,
    /// Our payment.
    pub payment: Option<PaymentRequestId>,
    /// POP's id of it.
    pub payment_id: Option<PaymentId>,
    /// The order.
    pub order: Option<OrderId>,
    /// The capture, refund or other transaction that is meant: ours or POP's id.
    pub transaction: Option<String>,
    /// The lines that are meant.
    pub lines: Vec<Place>,
    /// What our row says.
    pub ours: Option<Says>,
    /// What the report says.
    pub report: Option<Says>,
    /// What it does to the balance.
    pub effects: Vec<Effect>,
}

impl Finding {
    /// One of which nothing more is known yet.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            book: None,
            payment: None,
            payment_id: None,
            order: None,
            transaction: None,
            lines: Vec::new(),
            ours: None,
            report: None,
            effects: Vec::new(),
        }
    }
}
