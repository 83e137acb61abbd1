//! What one order of a scenario is to be.

use super::journey::{Card, Journey};

/// Who captures and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// The provider, by itself.
    Automatic,
    /// The stack, as soon as it is authorised.
    WhenAuthorized,
    /// The stack, so many seconds later.
    AfterSeconds(u64),
    /// The merchant asks, for all of it or in these portions.
    OnRequest(Vec<Portion>),
}

/// One of several captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Portion {
    pub(crate) minor: u64,
    /// None follows, although something may be left.
    pub(crate) last: bool,
}

/// With what a payment is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The buyer types a card.
    Card(Card),
    /// The buyer chooses the card that is stored, and types this one if there is none.
    StoredCard { otherwise: Card },
    /// The merchant charges the stored card: `SCHEDULED` or `UNSCHEDULED`. Cancelled if there is none.
    Charge(&'static str),
}

/// When the merchant wants a payment cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CancelAt {
    /// Before the buyer pays.
    Created,
    /// While the buyer is at the challenge.
    Pending,
    /// At the same time as the buyer pays.
    Racing,
    /// While it is authorised and not captured.
    Authorized,
    /// When it is over, captured or declined.
    Late,
}

impl CancelAt {
    pub(super) const ALL: [Self; 5] = [
        Self::Created,
        Self::Pending,
        Self::Racing,
        Self::Authorized,
        Self::Late,
    ];

    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "cancel when created",
            Self::Pending => "cancel when pending",
            Self::Racing => "cancel while paying",
            Self::Authorized => "cancel when authorised",
            Self::Late => "cancel too late",
        }
    }
}

/// A refund that the merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefundWish {
    pub(crate) id: String,
    /// How much; all that is left if `None`.
    pub(crate) minor: Option<u64>,
    /// More than is left: it must be refused.
    pub(crate) excessive: bool,
}

/// One order of the scenario and what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Its first payment.
    pub(crate) id: String,
    pub(crate) order_id: String,
    /// The merchant's id of the buyer.
    pub(crate) buyer: String,
    pub(crate) currency: &'static str,
    pub(crate) minor: u64,
    pub(crate) capture: Capture,
    pub(crate) journey: Journey,
    pub(crate) method: Method,
    /// The buyer agrees that the card is stored.
    pub(crate) consent: bool,
    /// The merchant authenticated the buyer itself and sends the result.
    pub(crate) own_authentication: bool,
    /// The cards of further tries, after a decline or an abandoned challenge.
    pub(crate) retries: Vec<Card>,
    /// A second payment of the same order is made and paid with this card at the same time.
    pub(crate) twin: Option<Card>,
    pub(crate) cancel: Option<CancelAt>,
    pub(crate) refunds: Vec<RefundWish>,
    /// The stored card is forgotten in the end.
    pub(crate) forget_card: bool,
    /// Until when the buyer can pay.
    pub(crate) expires_in_seconds: u64,
    /// Everything is asked for twice at once.
    pub(crate) double_click: bool,
    /// How often the page looks at the result afterwards.
    pub(crate) looks: u64,
    /// How long the buyer takes at the challenge.
    pub(crate) challenge_ms: u64,
}

impl Plan {
    /// The id of the second payment of a twin.
    pub(crate) fn twin_id(&self) -> String {
        format!("{}_B", self.id)
    }
}
