//! One order is paid once, and what else is committed together with a row.

use super::*;
use crate::Claim;
use domain::message::{CancelReport, CaptureReport};
use domain::order::Buyer;
use domain::stored_card::{CardFace, CardToken, TokenizedCard};
use domain::{CancelBy, CancelState, RefundRequest, RefundState};

fn order() -> OrderId {
    samples::order_id("ORDER_1")
}

/// Another attempt holds the money of the order of `PAY_1`.
async fn hold_order(bench: &Bench) {
    let mut commit = row_only(samples::payment("PAY_0"));
    commit.claim = Some(Claim::Take(order()));
    bench.table.commit(&commit).await.unwrap();
}

async fn holder(bench: &Bench) -> Option<String> {
    let holder = bench.table.order_holder(&order()).await.unwrap();
    holder.map(|id| id.to_string())
}

fn success() -> Outcome {
    Outcome {
        status: ResultStatus::Success,
        code: "SUCCESS".into(),
    }
}

fn cancelled() -> Input {
    let answer = Answer::Verified(success(), CancelReport::default());
    said(Event::CancelAnswered(answer), "cancelled")
}

fn codes(bench: &Bench) -> Vec<(String, Option<String>)> {
    let sent = bench.queues.sent(QueueName::OrderEvents);
    let parts = sent.iter().map(|message| {
        let event: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        let code = event["data"]["code"].as_str().map(str::to_owned);
        (event["type"].as_str().unwrap().to_owned(), code)
    });
    parts.collect()
}

#[tokio::test]
async fn who_is_authorised_first_holds_the_order() {
    let bench = bench(CaptureMode::Manual).await;
    assert_eq!(holder(&bench).await, None);
    bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(holder(&bench).await.as_deref(), Some("PAY_1"));
}

#[tokio::test]
async fn a_second_success_of_an_order_is_to_be_cancelled_and_never_captured() {
    let bench = bench(CaptureMode::Manual).await;
    hold_order(&bench).await;
    let payment = bench.advance(&bench.authorized()).await.unwrap().payment;
    assert_eq!(payment.status, Status::Authorized);
    assert_eq!(payment.order_held_by, Some(samples::id("PAY_0")));
    let cancel = payment.cancel.clone().unwrap();
    assert_eq!(
        (cancel.by, cancel.state),
        (CancelBy::OrderRule, CancelState::Requested)
    );
    assert!(payment.captures.is_empty() && bench.queues.sent(QueueName::Capture).is_empty());
    assert_eq!(
        bench.trail().await,
        ["authorized"],
        "the message is kept as ever"
    );
    assert_eq!(holder(&bench).await.as_deref(), Some("PAY_0"));

    let cancelled = cancelled();
    let payment = bench.advance(&cancelled).await.unwrap().payment;
    assert_eq!(payment.status, Status::Cancelled);
    let paid = Some("ORDER_ALREADY_PAID".to_owned());
    assert_eq!(
        codes(&bench),
        [
            ("payment.authorized".to_owned(), paid.clone()),
            ("payment.cancelled".to_owned(), paid)
        ]
    );
    assert_eq!(
        holder(&bench).await.as_deref(),
        Some("PAY_0"),
        "not let go by the other"
    );
}

#[tokio::test]
async fn what_the_second_payment_of_an_order_took_is_given_back() {
    let bench = bench(CaptureMode::Automatic).await;
    hold_order(&bench).await;
    put_on_shelf(&bench.table, "captured");
    let payment = bench.advance(&bench.authorized()).await.unwrap().payment;
    assert_eq!(payment.status, Status::Captured);
    assert_eq!(bench.trail().await, ["authorized", "captured"]);
    let [refund] = payment.refunds.as_slice() else {
        panic!("{:?}", payment.refunds)
    };
    assert_eq!(
        (refund.amount, &refund.state),
        (payment.amount, &RefundState::Requested)
    );
    let owner = bench.table.find_refund(&refund.request_id).await.unwrap();
    assert_eq!(
        owner,
        Some(bench.id.clone()),
        "so that notifyRefund finds it"
    );
    assert!(payment.is_unresolved() && payment.due_at.is_some());
    assert_eq!(holder(&bench).await.as_deref(), Some("PAY_0"));
}

#[tokio::test]
async fn a_race_for_the_order_is_decided_by_the_commit() {
    let bench = bench_with(CaptureMode::Manual, |table, commit| {
        if commit == 1 {
            let mut other = row_only(samples::payment("PAY_0"));
            other.claim = Some(Claim::Take(order()));
            let done = futures_util::FutureExt::now_or_never(table.commit(&other));
            done.unwrap().unwrap();
        }
    })
    .await;
    let payment = bench.advance(&bench.authorized()).await.unwrap().payment;
    assert_eq!(payment.order_held_by, Some(samples::id("PAY_0")));
    assert!(payment.is_cancelling() && payment.captures.is_empty());
}

#[tokio::test]
async fn the_order_is_free_again_when_its_payment_ends_without_money() {
    let mut payment = samples::payment("PAY_1");
    payment.capture_on = domain::CaptureOn::Request;
    let bench = bench_of(payment, |_, _| {}).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let asked = Input::of(Event::CancelAsked(CancelBy::Merchant));
    bench.advance(&asked).await.unwrap();
    assert_eq!(
        holder(&bench).await.as_deref(),
        Some("PAY_1"),
        "not known to be cancelled yet"
    );
    let cancelled = cancelled();
    bench.advance(&cancelled).await.unwrap();
    assert_eq!(holder(&bench).await, None);
}

async fn captured(bench: &Bench) -> Payment {
    bench.advance(&bench.authorized()).await.unwrap();
    let row = bench.row().await;
    let report = CaptureReport {
        amount: AmountSeen::Is(row.amount),
        ..CaptureReport::default()
    };
    let id = row.captures[0].request_id.clone();
    let done = Event::CaptureAnswered(id, Answer::Verified(success(), report));
    bench
        .advance(&said(done, "captured"))
        .await
        .unwrap()
        .payment
}

fn refund(id: &str) -> Input {
    Input::of(Event::RefundAsked(RefundRequest {
        request_id: samples::refund_id(id),
        amount: None,
        reason: None,
    }))
}

#[tokio::test]
async fn a_refund_id_is_bound_before_pop_is_asked_and_belongs_to_one_payment() {
    let bench = bench(CaptureMode::Manual).await;
    captured(&bench).await;
    bench.advance(&refund("R1")).await.unwrap();
    let owner = bench
        .table
        .find_refund(&samples::refund_id("R1"))
        .await
        .unwrap();
    assert_eq!(owner, Some(bench.id.clone()));
    let again = bench.advance(&refund("R1")).await.unwrap();
    assert_eq!(again.ignored, Some(Ignored::Known));
}

#[tokio::test]
async fn a_refund_id_of_another_payment_is_refused_and_nothing_is_written() {
    let bench = bench(CaptureMode::Manual).await;
    let before = captured(&bench).await;
    let mut other = row_only(samples::payment("PAY_0"));
    other.refund_ids = vec![samples::refund_id("R1")];
    bench.table.commit(&other).await.unwrap();
    let outcome = bench.advance(&refund("R1")).await;
    assert!(
        matches!(outcome, Err(AdvanceError::RefundIdTaken)),
        "{outcome:?}"
    );
    assert_eq!(bench.row().await, before);
}

#[tokio::test]
async fn a_card_is_stored_with_the_commit_that_authorises_and_its_token_is_not_in_the_row() {
    let bench = empty_bench(|_, _| {});
    let mut payment = samples::payment("PAY_1");
    let buyer = Buyer {
        reference_buyer_id: Some("BUYER_1".into()),
        ..Buyer::default()
    };
    payment.order.as_mut().unwrap().buyer = Some(buyer);
    bench.table.commit(&row_only(payment)).await.unwrap();
    let start = Input::of(Event::PayStarted { save_card: true });
    bench.advance(&start).await.unwrap();
    let mut authorized = bench.authorized();
    if let Event::PaymentNotified(notification) = &mut authorized.event {
        notification.facts.stored_card = Some(TokenizedCard {
            token: CardToken::new("ALIPAYsecret+/==").unwrap(),
            face: CardFace::default(),
        });
        notification.facts.card.network_transaction_id = Some("NTI_1".into());
    }
    bench.advance(&authorized).await.unwrap();
    let cards = bench
        .table
        .cards(&samples::buyer_id("BUYER_1"))
        .await
        .unwrap();
    let [card] = cards.as_slice() else {
        panic!("{cards:?}")
    };
    assert_eq!(card.token.expose(), "ALIPAYsecret+/==");
    assert_eq!(card.network_transaction_id.as_deref(), Some("NTI_1"));
    let row = serde_json::to_string(&bench.row().await).unwrap();
    assert!(row.contains(card.id.as_str()) && !row.contains("ALIPAYsecret"));
}
