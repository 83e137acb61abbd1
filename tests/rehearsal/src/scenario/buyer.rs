//! One buyer at the shop, with the merchant's server behind the page.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::plan::{Capture, Plan};
use crate::provider::Challenges;
use crate::records::now_ms;

/// Calls that are repeated when the shop's answer is a 5xx or none, before the caller gives up.
const TRIES: u32 = 6;
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(700);
/// The page's poll. `checkout` asks the provider at most every two seconds.
const POLL: Duration = Duration::from_millis(2100);
/// Polls while the buyer waits for a redirect or a result.
const PATIENCE: u64 = 8;

/// What buyers need.
pub(super) struct Shop {
    pub(super) http: reqwest::Client,
    pub(super) url: String,
    pub(super) api_key: String,
    pub(super) challenges: Challenges,
}

/// What a buyer saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    /// The order was taken.
    pub(crate) created: bool,
    /// Pay was sent at least once.
    pub(crate) pay_sent: bool,
    /// When the buyer last did something that moves the payment: milliseconds since the epoch.
    pub(crate) last_action_at: i64,
    /// The challenge was finished as planned.
    pub(crate) challenge_finished: bool,
    /// Answers with a 5xx, or none.
    pub(crate) shop_errors: u32,
    /// An answer that must never come: a 4xx, or a body that is not understood.
    pub(crate) surprise: Option<String>,
}

/// What `checkout` answers, as far as a buyer cares.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    status: String,
    redirect: Option<Value>,
    client_token: Option<String>,
}

/// One answer of the shop.
enum Answer {
    /// The payment's view.
    View(View),
    /// 409: the shop is at it already, or it is over.
    Conflict,
    /// 5xx or none; nothing is known.
    Nothing,
    /// What must not come.
    Surprise(String),
}

/// Goes through one plan to its end.
pub(super) async fn visit(shop: &Shop, plan: &Plan) -> Visit {
    let mut visit = Visit {
        last_action_at: now_ms(),
        ..Visit::default()
    };
    let Some(token) = create(shop, plan, &mut visit).await else {
        return visit;
    };
    visit.created = true;
    visit.last_action_at = now_ms();
    if plan.journey == super::Journey::NeverPaid {
        return visit;
    }
    let mut view = pay(shop, plan, &token, &mut visit).await;
    if view
        .as_ref()
        .is_none_or(|view| is_open(view) && view.redirect.is_none())
    {
        view = wait_for_news(shop, plan, &token, &mut visit).await;
    }
    let redirected = view.is_some_and(|view| view.redirect.is_some());
    if redirected && let Some(success) = plan.journey.challenge() {
        tokio::time::sleep(Duration::from_millis(plan.challenge_ms)).await;
        // The challenge page knows when it is too late or over: that is a buyer's life, not an error.
        visit.challenge_finished = shop.challenges.finish(&plan.id, success).await.is_ok();
        visit.last_action_at = now_ms();
    }
    for _ in 0..plan.looks {
        look(shop, plan, &token, &mut visit).await;
        tokio::time::sleep(POLL / 3).await;
    }
    visit
}

fn is_open(view: &View) -> bool {
    matches!(view.status.as_str(), "CREATED" | "PENDING")
}

/// The merchant's server creates the payment; the page's token.
async fn create(shop: &Shop, plan: &Plan, visit: &mut Visit) -> Option<String> {
    for _ in 0..TRIES {
        let call = shop
            .http
            .post(format!("{}/payments", shop.url))
            .bearer_auth(&shop.api_key)
            .json(&order(plan));
        match answer(call, visit).await {
            Answer::View(View {
                client_token: Some(token),
                ..
            }) => return Some(token),
            Answer::View(_) => visit.surprise = Some("create: no client token".to_owned()),
            Answer::Surprise(words) => visit.surprise = Some(format!("create: {words}")),
            Answer::Conflict => visit.surprise = Some("create: 409 for the same data".to_owned()),
            Answer::Nothing => {}
        }
        if visit.surprise.is_some() {
            return None;
        }
        tokio::time::sleep(PAUSE_AFTER_ERROR).await;
    }
    None
}

/// The buyer pays; clicks again as long as the shop has not understood.
async fn pay(shop: &Shop, plan: &Plan, token: &str, visit: &mut Visit) -> Option<View> {
    for attempt in 0..TRIES {
        visit.pay_sent = true;
        visit.last_action_at = now_ms();
        let answer = click(shop, plan, token, visit, attempt == 0 && plan.double_click).await;
        match answer {
            Answer::View(view) => return Some(view),
            Answer::Conflict => return look(shop, plan, token, visit).await,
            Answer::Surprise(words) => {
                visit.surprise = Some(format!("pay: {words}"));
                return None;
            }
            Answer::Nothing => {}
        }
        tokio::time::sleep(PAUSE_AFTER_ERROR).await;
        match look(shop, plan, token, visit).await {
            Some(view) if view.status != "CREATED" => return Some(view),
            _ => {}
        }
    }
    None
}

/// One click, or two at once of which the better answer counts.
async fn click(shop: &Shop, plan: &Plan, token: &str, visit: &mut Visit, twice: bool) -> Answer {
    let call = || {
        shop.http
            .post(format!("{}/payments/{}/pay", shop.url, plan.id))
            .bearer_auth(token)
            .json(&card(plan))
    };
    if !twice {
        return answer(call(), visit).await;
    }
    let mut second_visit = Visit::default();
    let (first, second) = tokio::join!(answer(call(), visit), answer(call(), &mut second_visit));
    visit.shop_errors += second_visit.shop_errors;
    match (first, second) {
        (Answer::Surprise(words), _) | (_, Answer::Surprise(words)) => Answer::Surprise(words),
        (Answer::View(first), Answer::View(second)) if first.redirect.is_none() => {
            Answer::View(second)
        }
        (Answer::View(view), _) | (_, Answer::View(view)) => Answer::View(view),
        (Answer::Conflict, _) | (_, Answer::Conflict) => Answer::Conflict,
        (Answer::Nothing, Answer::Nothing) => Answer::Nothing,
    }
}

/// The page polls until it can show a result or a redirect, within the buyer's patience.
async fn wait_for_news(shop: &Shop, plan: &Plan, token: &str, visit: &mut Visit) -> Option<View> {
    for _ in 0..PATIENCE {
        tokio::time::sleep(POLL).await;
        if let Some(view) = look(shop, plan, token, visit).await
            && (!is_open(&view) || view.redirect.is_some())
        {
            return Some(view);
        }
    }
    None
}

async fn look(shop: &Shop, plan: &Plan, token: &str, visit: &mut Visit) -> Option<View> {
    match answer(
        shop.http
            .get(format!("{}/payments/{}", shop.url, plan.id))
            .bearer_auth(token),
        visit,
    )
    .await
    {
        Answer::View(view) => Some(view),
        Answer::Surprise(words) => {
            visit.surprise = Some(format!("look: {words}"));
            None
        }
        Answer::Conflict | Answer::Nothing => None,
    }
}

async fn answer(call: reqwest::RequestBuilder, visit: &mut Visit) -> Answer {
    let Ok(response) = call.send().await else {
        visit.shop_errors += 1;
        return Answer::Nothing;
    };
    let status = response.status();
    let Ok(text) = response.text().await else {
        visit.shop_errors += 1;
        return Answer::Nothing;
    };
    if status.is_server_error() {
        visit.shop_errors += 1;
        return Answer::Nothing;
    }
    if status.as_u16() == 409 {
        return Answer::Conflict;
    }
    match serde_json::from_str(&text) {
        Ok(view) if status.is_success() => Answer::View(view),
        _ => Answer::Surprise(format!(
            "HTTP {} {}",
            status.as_u16(),
            text.chars().take(200).collect::<String>()
        )),
    }
}

fn order(plan: &Plan) -> Value {
    let mut order = json!({
        "paymentRequestId": plan.id,
        "orderId": plan.order_id,
        "amount": { "currency": plan.currency, "value": plan.minor.to_string() },
        "expiresInSeconds": plan.expires_in_seconds,
        "description": "A rehearsed order",
        "redirectUrl": "https://shop.example/return",
        "settlementCurrency": plan.currency,
        "is3DSAuthentication": plan.journey.asks_for_3ds(),
        "enableAuthenticationUpgrade": true,
        "goods": [{ "referenceGoodsId": "G1", "goodsName": "Book", "goodsCategory": "Books/Paper", "goodsQuantity": "1" }],
        "buyer": { "referenceBuyerId": "B1", "buyerEmail": "buyer@shop.example" },
        "shipping": { "shippingName": { "firstName": "Ada", "lastName": "Byron" }, "shippingCarrier": "Post" },
    });
    let (mode, on) = match plan.capture {
        Capture::Automatic => ("AUTOMATIC", None),
        Capture::WhenAuthorized => ("MANUAL", Some("authorized")),
        Capture::AfterSeconds(_) => ("MANUAL", Some("after")),
    };
    order["captureMode"] = mode.into();
    if let Some(on) = on {
        order["captureOn"] = on.into();
    }
    if let Capture::AfterSeconds(seconds) = plan.capture {
        order["captureAfterSeconds"] = seconds.into();
    }
    order
}

fn card(plan: &Plan) -> Value {
    json!({
        "card": {
            "cardNo": plan.card.number, "cvv": plan.card.cvv, "expiryMonth": "12", "expiryYear": "39",
            "cardholderName": { "firstName": "Ada", "lastName": "Byron" },
            "billingAddress": { "region": "DE", "city": "Berlin", "address1": "Unter den Linden 1", "zipCode": "10117" },
        },
        "env": {
            "terminalType": "WEB", "deviceId": "device-1", "deviceLanguage": "en_US", "colorDepth": 24,
            "screenHeight": 900, "screenWidth": 1440, "timeZoneOffset": -60,
            "browserInfo": { "acceptHeader": "*/*", "javaEnabled": false, "javaScriptEnabled": true, "language": "en-US" },
        },
    })
}
