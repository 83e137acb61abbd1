//! The request to pay: the one place that writes card data.

use domain::card::CardData;
use domain::order::{Address, Buyer, Goods, Name, OrderDetails, Shipping};
use domain::{CaptureMode, Money, OrderId, PaymentRequestId, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use zeroize::Zeroizing;

/// The longest user agent that POP takes, in characters.
const MAX_USER_AGENT: usize = 2048;

/// How the buyer's page runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TerminalType {
    /// In a browser on a computer.
    Web,
    /// In a browser on a telephone.
    Wap,
    /// In an app.
    App,
    /// In an app within an app.
    MiniApp,
}

/// The telephone's system; POP asks for it unless the terminal is [`TerminalType::Web`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OsType {
    /// Apple's.
    Ios,
    /// Google's.
    Android,
}

/// The buyer's browser, for 3-D Secure 2.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BrowserInfo {
    /// What it accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept_header: Option<String>,
    /// Whether it runs Java.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub java_enabled: Option<bool>,
    /// Whether it runs JavaScript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub java_script_enabled: Option<bool>,
    /// Its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it calls itself. Never taken from the page: see [`Env::seen_from`].
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// The buyer's surroundings, in POP's names; read from the page, completed by the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Env {
    /// How the page runs.
    pub terminal_type: TerminalType,
    /// The telephone's system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_type: Option<OsType>,
    /// The buyer's public address; POP needs it for cards. Never taken from the page: see [`Env::seen_from`].
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    /// The browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_info: Option<BrowserInfo>,
    /// Bits per pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_depth: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen_height: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen_width: Option<u32>,
    /// Minutes from local time to UTC, as JavaScript gives it: -120 for UTC+2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone_offset: Option<i32>,
    /// A token of the provider's risk control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token_id: Option<String>,
    /// The device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The device's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_language: Option<String>,
}

impl Env {
    /// Adds what the server saw itself: the address and the `User-Agent` of the page's request. Empty texts are left
    /// out.
    #[must_use]
    pub fn seen_from(mut self, client_ip: &str, user_agent: &str) -> Self {
        let seen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.client_ip = seen(client_ip);
        let agent: String = user_agent.chars().take(MAX_USER_AGENT).collect();
        if let Some(agent) = seen(&agent) {
            self.browser_info.get_or_insert_default().user_agent = Some(agent);
        }
        self
    }
}

macro_rules! personal_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(personal data)"))
            }
        }
    )+ };
}
personal_debug!(BrowserInfo, Env);

/// A request for an authorisation of a card payment.
pub struct PayRequest<'a> {
    /// The attempt; POP's idempotency key.
    pub payment_request_id: &'a PaymentRequestId,
    /// How much: from the row, never from the page.
    pub amount: Money,
    /// What is bought, and where the buyer returns to.
    pub order: &'a OrderDetails,
    /// Who captures.
    pub capture_mode: CaptureMode,
    /// When POP closes the payment.
    pub expires_at: Time,
    /// Where POP sends notifications.
    pub notify_url: &'a str,
    /// The card.
    pub card: &'a CardData,
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
        let wire = Wire::of(self);
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    product_code: &'static str,
    payment_request_id: &'a PaymentRequestId,
    order: WireOrder<'a>,
    payment_amount: Money,
    payment_method: WireMethod<'a>,
    payment_factor: WireFactor,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement_strategy: Option<WireSettlement<'a>>,
    payment_expiry_time: String,
    payment_notify_url: &'a str,
    payment_redirect_url: &'a str,
    env: &'a Env,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireOrder<'a> {
    reference_order_id: &'a OrderId,
    order_description: &'a str,
    order_amount: Money,
    #[serde(skip_serializing_if = "<[Goods]>::is_empty")]
    goods: &'a [Goods],
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<&'a Shipping>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<&'a Buyer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireMethod<'a> {
    payment_method_type: &'static str,
    payment_method_meta_data: WireCard<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCard<'a> {
    card_no: &'a str,
    cvv: &'a str,
    expiry_month: &'a str,
    expiry_year: &'a str,
    cardholder_name: &'a Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<&'a Address>,
    is_card_on_file: bool,
    #[serde(
        rename = "is3DSAuthentication",
        skip_serializing_if = "Option::is_none"
    )]
    is_3ds_authentication: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_authentication_upgrade: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireFactor {
    is_authorization: bool,
    capture_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireSettlement<'a> {
    settlement_currency: &'a str,
}

impl<'a> Wire<'a> {
    fn of(request: &'a PayRequest<'_>) -> Self {
        let order = request.order;
        Self {
            product_code: "CASHIER_PAYMENT",
            payment_request_id: request.payment_request_id,
            order: WireOrder {
                reference_order_id: &order.order_id,
                order_description: &order.description,
                order_amount: request.amount,
                goods: &order.goods,
                shipping: order.shipping.as_ref(),
                buyer: order.buyer.as_ref(),
            },
            payment_amount: request.amount,
            payment_method: WireMethod {
                payment_method_type: "CARD",
                payment_method_meta_data: WireCard::of(request.card, order),
            },
            payment_factor: WireFactor {
                is_authorization: true,
                capture_mode: capture_mode(request.capture_mode),
            },
            settlement_strategy: order
                .settlement_currency
                .as_deref()
                .map(|settlement_currency| WireSettlement {
                    settlement_currency,
                }),
            payment_expiry_time: request.expires_at.rfc3339(),
            payment_notify_url: request.notify_url,
            payment_redirect_url: &order.redirect_url,
            env: &request.env,
        }
    }
}

impl<'a> WireCard<'a> {
    fn of(card: &'a CardData, order: &OrderDetails) -> Self {
        Self {
            card_no: card.number.expose_digits(),
            cvv: card.cvv.expose_digits(),
            expiry_month: card.expiry.expose_month(),
            expiry_year: card.expiry.expose_year(),
            cardholder_name: &card.holder,
            billing_address: card.billing_address.as_ref(),
            is_card_on_file: false,
            is_3ds_authentication: order.is_3ds_authentication,
            enable_authentication_upgrade: order.enable_authentication_upgrade,
        }
    }
}

/// Always sent: POP takes an absent mode for automatic capture. A mode that is not known takes no money by itself.
fn capture_mode(mode: CaptureMode) -> &'static str {
    match mode {
        CaptureMode::Automatic => "AUTOMATIC",
        CaptureMode::Manual | CaptureMode::Unknown => "MANUAL",
    }
}
