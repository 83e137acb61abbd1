//! The merchant's server after the buyer is gone: captures, cancels, refunds, charges and forgets stored cards.

use std::time::{Duration, Instant};

use reqwest::Method as Verb;
use serde_json::{Value, json};

use super::buyer::POLL;
use super::forms;
use super::plan::{CancelAt, Capture, Plan, Portion, RefundWish};
use super::shop::{Attempt, Call, Shop};
use super::visit::{Visit, What};

/// How long the merchant waits for a payment to come where it can be captured or refunded.
const PATIENCE: Duration = Duration::from_secs(360);
/// Looks for a stored card before a charge is given up.
const CARD_LOOKS: u32 = 8;

/// What the plan holds beyond the buyer's visit.
pub(super) async fn follow_up(shop: &Shop, plan: &Plan, attempt: &Attempt, visit: &mut Visit) {
    match plan.cancel {
        Some(CancelAt::Authorized) => {
            wait(shop, attempt, visit, |view| view["status"] == "AUTHORIZED").await;
            cancel(shop, plan, &attempt.id, visit).await;
        }
        Some(CancelAt::Late) => cancel(shop, plan, &attempt.id, visit).await,
        _ => {}
    }
    if let Capture::OnRequest(portions) = &plan.capture {
        capture(shop, plan, attempt, portions, visit).await;
    }
    if !plan.refunds.is_empty() {
        let captured = wait(shop, attempt, visit, |view| view["status"] == "CAPTURED").await;
        for wish in plan.refunds.iter().filter(|_| captured) {
            refund(shop, plan, attempt, wish, visit).await;
        }
    }
    if plan.forget_card {
        forget(shop, plan, attempt, visit).await;
    }
}

/// Wants the payment cancelled.
pub(super) async fn cancel(shop: &Shop, plan: &Plan, payment: &str, visit: &mut Visit) {
    let call = Call {
        payment,
        name: plan.cancel.map_or("cancel uncharged", CancelAt::name),
        what: What::Cancel,
        twice: plan.double_click,
        may_refuse: &["not_cancellable", "cancel_refused"],
        moves: true,
    };
    let path = format!("/payments/{payment}/cancel");
    shop.call(call, visit, || shop.merchant(Verb::POST, &path))
        .await;
}

/// Charges the stored card; without one the payment is cancelled. What the merchant then sees.
pub(super) async fn charge(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    recurring_type: &'static str,
    visit: &mut Visit,
) -> Option<Value> {
    let Some(card) = stored_card(shop, plan, visit).await else {
        cancel(shop, plan, &attempt.id, visit).await;
        return None;
    };
    let call = Call {
        payment: &attempt.id,
        name: match recurring_type {
            "SCHEDULED" => "charge, scheduled",
            _ => "charge, unscheduled",
        },
        what: What::Other,
        twice: plan.double_click,
        may_refuse: &["payment_expired"],
        moves: true,
    };
    let path = format!("/payments/{}/charge", attempt.id);
    let order = json!({ "storedCard": card, "recurringType": recurring_type });
    shop.call(call, visit, || {
        shop.merchant(Verb::POST, &path).json(&order)
    })
    .await
}

/// The buyer's stored card, once there is one.
async fn stored_card(shop: &Shop, plan: &Plan, visit: &mut Visit) -> Option<String> {
    let path = format!("/buyers/{}/cards", plan.buyer);
    for _ in 0..CARD_LOOKS {
        let list = shop.look(shop.merchant(Verb::GET, &path), visit).await;
        let card = list.as_ref().map(|list| &list["cards"][0]["storedCard"]);
        if let Some(card) = card.and_then(Value::as_str) {
            return Some(card.to_owned());
        }
        tokio::time::sleep(POLL).await;
    }
    None
}

/// Captures in portions, each when the one before is done.
async fn capture(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    portions: &[Portion],
    visit: &mut Visit,
) {
    for (number, portion) in (1..).zip(portions) {
        if !wait(shop, attempt, visit, is_capturable).await {
            return;
        }
        let whole = portion.minor == plan.minor;
        let call = Call {
            payment: &attempt.id,
            name: if whole { "capture" } else { "capture a part" },
            what: What::Capture {
                number,
                minor: portion.minor,
            },
            twice: plan.double_click,
            may_refuse: &["not_capturable"],
            moves: true,
        };
        let path = format!("/payments/{}/capture", attempt.id);
        let order = json!({
            "number": number, "amount": forms::amount(plan, portion.minor), "last": portion.last,
        });
        shop.call(call, visit, || {
            let request = shop.merchant(Verb::POST, &path);
            if whole { request } else { request.json(&order) }
        })
        .await;
    }
}

/// Authorised, and neither a capture nor a cancellation under way.
fn is_capturable(view: &Value) -> bool {
    let open = |capture: &Value| {
        matches!(
            capture["state"].as_str(),
            Some("requested" | "in_process" | "in_doubt")
        )
    };
    let captures = view["captures"].as_array();
    view["status"] == "AUTHORIZED"
        && view["cancel"]["state"] != "requested"
        && !captures.is_some_and(|captures| captures.iter().any(open))
}

async fn refund(shop: &Shop, plan: &Plan, attempt: &Attempt, wish: &RefundWish, visit: &mut Visit) {
    let call = Call {
        payment: &attempt.id,
        name: match (wish.excessive, wish.minor) {
            (true, _) => "refund too much",
            (false, Some(_)) => "refund a part",
            (false, None) => "refund what is left",
        },
        what: What::Refund {
            id: wish.id.clone(),
            minor: wish.minor,
            excessive: wish.excessive,
        },
        twice: plan.double_click,
        may_refuse: &["not_refundable", "refund_too_large"],
        moves: false,
    };
    let path = format!("/payments/{}/refund", attempt.id);
    let mut order = json!({ "refundRequestId": wish.id, "reason": "Sent back" });
    if let Some(minor) = wish.minor {
        order["amount"] = forms::amount(plan, minor);
    }
    shop.call(call, visit, || {
        shop.merchant(Verb::POST, &path).json(&order)
    })
    .await;
}

async fn forget(shop: &Shop, plan: &Plan, attempt: &Attempt, visit: &mut Visit) {
    let list = format!("/buyers/{}/cards", plan.buyer);
    let cards = shop.look(shop.merchant(Verb::GET, &list), visit).await;
    let card = cards.as_ref().map(|list| &list["cards"][0]["storedCard"]);
    let Some(card) = card.and_then(Value::as_str) else {
        return;
    };
    let call = Call {
        payment: &attempt.id,
        name: "forget a stored card",
        what: What::Forget {
            card: card.to_owned(),
        },
        twice: plan.double_click,
        may_refuse: &[],
        moves: false,
    };
    let path = format!("{list}/{card}");
    shop.call(call, visit, || shop.merchant(Verb::DELETE, &path))
        .await;
}

/// Looks until the payment is where it is wanted; not if it ended elsewhere, or the merchant's patience did.
async fn wait(
    shop: &Shop,
    attempt: &Attempt,
    visit: &mut Visit,
    wanted: impl Fn(&Value) -> bool,
) -> bool {
    let path = format!("/payments/{}", attempt.id);
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(view) = shop.look(shop.merchant(Verb::GET, &path), visit).await {
            if wanted(&view) {
                return true;
            }
            let open = ["CREATED", "PENDING", "AUTHORIZED"];
            if view["status"]
                .as_str()
                .is_none_or(|status| !open.contains(&status))
            {
                return false;
            }
        }
        tokio::time::sleep(POLL).await;
    }
    false
}
