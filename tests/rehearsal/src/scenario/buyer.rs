//! One buyer at the shop: pays, passes or leaves the challenge, tries again, looks at the result.

use std::time::Duration;

use reqwest::Method as Verb;
use serde_json::Value;

use super::forms;
use super::journey::{Card, Journey};
use super::merchant;
use super::plan::{CancelAt, Method, Plan};
use super::shop::{Attempt, Call, Shop};
use super::visit::{Reply, Visit, What};
use crate::clock::now_ms;

/// The page's poll. `checkout` asks the provider at most every two seconds.
pub(super) const POLL: Duration = Duration::from_millis(2100);
/// Polls while the buyer waits for a redirect or a result, and for a stored card to be offered.
const PATIENCE: u64 = 8;

/// Goes through one plan until the buyer is gone; the attempt that stood in the end, if the order was taken.
pub(super) async fn visit(shop: &Shop, plan: &Plan) -> (Visit, Option<Attempt>) {
    let mut visit = Visit::default();
    let Some(first) = create(shop, plan, &plan.id, &mut visit).await else {
        return (visit, None);
    };
    visit.created = true;
    if plan.cancel == Some(CancelAt::Created) {
        merchant::cancel(shop, plan, &first.id, &mut visit).await;
    }
    if plan.journey == Journey::NeverPaid {
        return (visit, Some(first));
    }
    let last = match (plan.twin, plan.cancel) {
        (Some(card), _) => twins(shop, plan, first, card, &mut visit).await,
        (None, Some(CancelAt::Racing)) => racing(shop, plan, first, &mut visit).await,
        _ => pay_through(shop, plan, first, &mut visit).await,
    };
    for _ in 0..plan.looks {
        look(shop, &last, &mut visit).await;
        tokio::time::sleep(POLL / 3).await;
    }
    (visit, Some(last))
}

/// The merchant's server creates the payment; its page's token.
async fn create(shop: &Shop, plan: &Plan, id: &str, visit: &mut Visit) -> Option<Attempt> {
    let call = Call {
        payment: id,
        name: "create",
        what: What::Other,
        twice: plan.double_click,
        may_refuse: &[],
        moves: true,
    };
    let order = forms::order(plan, id);
    let view = shop
        .call(call, visit, || {
            shop.merchant(Verb::POST, "/payments").json(&order)
        })
        .await?;
    attempt_of(&view, visit)
}

fn attempt_of(view: &Value, visit: &mut Visit) -> Option<Attempt> {
    let text = |name: &str| view[name].as_str().map(str::to_owned);
    let attempt = text("paymentRequestId").zip(text("clientToken"));
    if attempt.is_none() || text("checkoutUrl").is_none() {
        visit.surprise = Some("a payment without id, token or card page".to_owned());
    }
    attempt.map(|(id, token)| Attempt { id, token })
}

/// Two payments of one order, made and paid at the same time.
async fn twins(shop: &Shop, plan: &Plan, first: Attempt, card: Card, visit: &mut Visit) -> Attempt {
    let mut other = Visit::default();
    let second = async {
        let twin = create(shop, plan, &plan.twin_id(), &mut other).await;
        if let Some(twin) = twin {
            pay(shop, plan, &twin, Method::Card(card), &mut other).await;
        }
    };
    let (first, ()) = tokio::join!(pay_through(shop, plan, first, visit), second);
    visit.absorb(other);
    first
}

/// The merchant cancels while the buyer pays.
async fn racing(shop: &Shop, plan: &Plan, first: Attempt, visit: &mut Visit) -> Attempt {
    let mut other = Visit::default();
    let id = first.id.clone();
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(plan.challenge_ms)).await;
        merchant::cancel(shop, plan, &id, &mut other).await;
    };
    let (last, ()) = tokio::join!(pay_through(shop, plan, first, visit), cancel);
    visit.absorb(other);
    last
}

/// Pays, goes through the challenge, and tries again as often as planned; the last attempt.
async fn pay_through(shop: &Shop, plan: &Plan, first: Attempt, visit: &mut Visit) -> Attempt {
    let view = pay(shop, plan, &first, plan.method, visit).await;
    let mut attempt = first;
    if is_redirected(view.as_ref()) {
        at_challenge(shop, plan, &attempt, visit).await;
    }
    for card in &plan.retries {
        let Some(next) = retry(shop, plan, &attempt, visit).await else {
            break;
        };
        let view = pay(shop, plan, &next, Method::Card(*card), visit).await;
        if is_redirected(view.as_ref()) {
            finish_challenge(shop, plan, &next, true, visit).await;
        }
        attempt = next;
    }
    attempt
}

fn is_redirected(view: Option<&Value>) -> bool {
    view.is_some_and(|view| view["status"] == "PENDING" && !view["redirect"].is_null())
}

async fn at_challenge(shop: &Shop, plan: &Plan, attempt: &Attempt, visit: &mut Visit) {
    let cancels = plan.cancel == Some(CancelAt::Pending);
    match plan.journey.challenge() {
        Some(success) if cancels => {
            let mut other = Visit::default();
            tokio::join!(
                finish_challenge(shop, plan, attempt, success, visit),
                merchant::cancel(shop, plan, &attempt.id, &mut other)
            );
            visit.absorb(other);
        }
        Some(success) => finish_challenge(shop, plan, attempt, success, visit).await,
        None if cancels => merchant::cancel(shop, plan, &attempt.id, visit).await,
        None => {}
    }
}

/// The buyer comes back from the challenge, and the page shows what became of it.
async fn finish_challenge(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    success: bool,
    visit: &mut Visit,
) {
    tokio::time::sleep(Duration::from_millis(plan.challenge_ms)).await;
    // The challenge page knows when it is too late or over: that is a buyer's life, not an error.
    shop.challenges.finish(&attempt.id, success).await.ok();
    visit.moved_at.insert(attempt.id.clone(), now_ms());
    wait_for_news(shop, attempt, visit, false).await;
}

/// Pays by the planned method and waits until the page can show a result or a redirect.
async fn pay(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    method: Method,
    visit: &mut Visit,
) -> Option<Value> {
    let view = match method {
        Method::Charge(recurring_type) => {
            return merchant::charge(shop, plan, attempt, recurring_type, visit).await;
        }
        Method::Card(card) => pay_by_card(shop, plan, attempt, card, visit).await,
        Method::StoredCard { otherwise } => match offered_card(shop, attempt, visit).await {
            Some(stored) => pay_by_stored_card(shop, plan, attempt, &stored, visit).await,
            None => pay_by_card(shop, plan, attempt, otherwise, visit).await,
        },
    };
    match view {
        Some(view) if !is_open(&view) || !view["redirect"].is_null() => Some(view),
        _ => wait_for_news(shop, attempt, visit, true).await,
    }
}

async fn pay_by_card(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    card: Card,
    visit: &mut Visit,
) -> Option<Value> {
    let name = match (plan.consent, plan.own_authentication) {
        (true, _) => "pay and store the card",
        (_, true) => "pay with own 3DS result",
        _ => "pay",
    };
    let form = forms::card(plan, card);
    send_form(shop, plan, attempt, name, &form, visit).await
}

async fn pay_by_stored_card(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    stored: &str,
    visit: &mut Visit,
) -> Option<Value> {
    let form = forms::stored_card(stored);
    send_form(shop, plan, attempt, "pay with stored card", &form, visit).await
}

async fn send_form(
    shop: &Shop,
    plan: &Plan,
    attempt: &Attempt,
    name: &'static str,
    form: &Value,
    visit: &mut Visit,
) -> Option<Value> {
    let may_refuse: &[_] = match plan.twin {
        Some(_) => &["payment_expired", "order_already_paid"],
        None => &["payment_expired"],
    };
    let call = Call {
        payment: &attempt.id,
        name,
        what: What::Other,
        twice: plan.double_click,
        may_refuse,
        moves: true,
    };
    shop.call(call, visit, || {
        shop.page(attempt, Verb::POST, "/pay").json(form)
    })
    .await
}

/// The stored card that the page offers; the provider's token for it may still be on its way.
async fn offered_card(shop: &Shop, attempt: &Attempt, visit: &mut Visit) -> Option<String> {
    for _ in 0..PATIENCE {
        let view = look(shop, attempt, visit).await;
        let offered = view
            .as_ref()
            .map(|view| &view["storedCards"][0]["storedCard"]);
        if let Some(card) = offered.and_then(Value::as_str) {
            return Some(card.to_owned());
        }
        tokio::time::sleep(POLL).await;
    }
    None
}

/// Another attempt at the order, unless this one cannot be tried again. While its outcome is not known the page waits.
async fn retry(shop: &Shop, plan: &Plan, attempt: &Attempt, visit: &mut Visit) -> Option<Attempt> {
    for _ in 0..PATIENCE {
        let call = Call {
            payment: &attempt.id,
            name: "retry",
            what: What::Retry,
            twice: plan.double_click,
            may_refuse: &["not_retryable", "still_in_process"],
            moves: true,
        };
        let made = shop
            .call(call, visit, || shop.page(attempt, Verb::POST, "/retry"))
            .await;
        if let Some(made) = made {
            return attempt_of(&made, visit);
        }
        let reply = visit.asks.last().map(|ask| &ask.reply);
        if reply != Some(&Reply::Refused("still_in_process".to_owned())) {
            return None;
        }
        tokio::time::sleep(POLL).await;
        look(shop, attempt, visit).await;
    }
    None
}

/// The page polls until it can show a result, or a redirect if one may come, within the buyer's patience.
async fn wait_for_news(
    shop: &Shop,
    attempt: &Attempt,
    visit: &mut Visit,
    redirects: bool,
) -> Option<Value> {
    for _ in 0..PATIENCE {
        tokio::time::sleep(POLL).await;
        if let Some(view) = look(shop, attempt, visit).await
            && (!is_open(&view) || (redirects && !view["redirect"].is_null()))
        {
            return Some(view);
        }
    }
    None
}

fn is_open(view: &Value) -> bool {
    matches!(view["status"].as_str(), Some("CREATED" | "PENDING"))
}

async fn look(shop: &Shop, attempt: &Attempt, visit: &mut Visit) -> Option<Value> {
    shop.look(shop.page(attempt, Verb::GET, ""), visit).await
}
