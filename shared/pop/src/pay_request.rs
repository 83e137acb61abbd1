//! The request to pay: the one place that writes card data.

mod env;
mod wire;

pub use env::{BrowserInfo, Env, OsType, TerminalType};

use domain::card::{CardData, MpiData};
use domain::order::OrderDetails;
use domain::stored_card::CardToken;
use domain::{CaptureMode, Money, PaymentRequestId, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use zeroize::Zeroizing;

/// How often the buyer agreed to be charged without being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecurringType {
    /// At fixed times, such as a subscription.
    Scheduled,
    /// When something calls for it, such as topping up an account.
    Unscheduled,
}

/// With what the buyer pays (docs/provider.md, "Pay", "Stored cards", "Merchant-initiated payments").
#[derive(Debug, Clone, Copy)]
pub enum PayMethod<'a> {
    /// A card that the buyer typed.
    Card {
        /// The card.
        card: &'a CardData,
        /// The buyer agreed that POP stores it: its token comes with the result.
        store: bool,
        /// The merchant's own 3-D Secure result.
        mpi: Option<&'a MpiData>,
    },
    /// The buyer's stored card, by its token.
    StoredCard {
        /// POP's token for it.
        token: &'a CardToken,
    },
    /// A stored card, charged by the merchant while the buyer is away: without 3-D Secure, and in the name of the
    /// payment at which the buyer agreed.
    MerchantInitiated {
        /// POP's token for it.
        token: &'a CardToken,
        /// How often the buyer agreed to it.
        recurring_type: RecurringType,
        /// The scheme's id of the payment at which the buyer agreed.
        network_transaction_id: &'a str,
    },
}

/// A request for an authorisation of a card payment.
pub struct PayRequest<'a> {
    /// The attempt; POP's idempotency key.
    pub payment_request_id: &'a PaymentRequestId,
    /// How much: from the row, never from the page.
    pub amount: Money,
    /// What is bought.
    pub order: &'a OrderDetails,
    /// Who captures.
    pub capture_mode: CaptureMode,
    /// When POP closes the payment.
    pub expires_at: Time,
    /// Where POP sends notifications.
    pub notify_url: &'a str,
    /// Where the buyer returns after a redirect. Returning proves nothing.
    pub return_url: &'a str,
    /// With what the buyer pays.
    pub method: PayMethod<'a>,
    /// The buyer's surroundings.
    pub env: Env,
}

impl fmt::Debug for PayRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PayRequest({}, {:?})",
            self.payment_request_id, self.amount
        )
    }
}

impl PayRequest<'_> {
    /// The JSON body, wiped when dropped. The same request gives the same bytes each time. `None` is not possible
    /// for these types; the caller treats it as a call that was not made.
    #[must_use]
    pub fn body(&self) -> Option<Zeroizing<Vec<u8>>> {
        let wire = wire::Body::of(self);
        // A buffer that grows leaves pieces of the card behind in freed memory: measured first, filled once.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, &wire).ok()?;
        let mut body = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *body, &wire).ok()?;
        Some(body)
    }
}

/// Counts what would be written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
