//! Notifications on their way to the merchant.

use std::time::Duration;

use serde_json::json;
use simulator::{Books, NotificationRecord, Rates, Seal};

use crate::shop::{GOOD_CARD, Shop};

fn first(books: &Books) -> &NotificationRecord {
    &books.payments[0].notifications[0]
}

async fn with_rates(rates: Rates) -> Shop {
    Shop::open_with(|config| config.rates = rates).await
}

/// Long enough for anything that should not come to come.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(80)).await;
}

#[tokio::test]
async fn an_acknowledged_notification_is_not_sent_again() {
    let shop = Shop::open().await;
    let before = jiff::Timestamp::now().as_millisecond();
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.until("acknowledged", |books| {
        first(books).acknowledged_at.is_some()
    })
    .await;
    shop.provider.advance(Duration::from_secs(2 * 24 * 3600));
    a_moment().await;
    let letters = shop.inbox.wait_for(1).await;
    let books = shop.books();
    let record = first(&books);
    assert!(
        record.acknowledged_at.unwrap() >= before,
        "acknowledgements are timed by the system's clock"
    );
    assert!(record.acknowledged_at.unwrap() <= jiff::Timestamp::now().as_millisecond());
    assert_eq!(
        (
            record.times_sent,
            record.forged,
            record.sendings[0].http_status
        ),
        (1, false, Some(200))
    );
    let digest =
        <graviola::hashing::Sha256 as graviola::hashing::Hash>::hash(letters[0].text.as_bytes());
    let hex: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(record.body_sha256, hex);
}

#[tokio::test]
async fn what_is_no_acknowledgement_is_sent_again_on_schedule() {
    let shop = Shop::open().await;
    let refused = [
        (
            500,
            r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S"}}"#,
        ),
        (
            200,
            r#"{"result":{"resultCode":"SUCCESS","resultStatus":"F"}}"#,
        ),
        (
            200,
            r#"{"result":{"resultCode":"FAIL","resultStatus":"S"}}"#,
        ),
        (
            201,
            r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S"}}"#,
        ),
        (200, "success"),
        (404, ""),
        (200, "{"),
        (302, ""),
    ];
    shop.inbox.answer_next(&refused);
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    for (count, minutes) in [2, 10, 10, 60, 120, 360, 900].into_iter().enumerate() {
        shop.until("answered", |books| {
            first(books).times_sent == count as u64 + 1
        })
        .await;
        shop.provider.advance(Duration::from_secs(minutes * 60 - 5));
        a_moment().await;
        assert_eq!(shop.inbox.letters().len(), count + 1, "before its time");
        shop.provider.advance(Duration::from_secs(5));
        shop.inbox.wait_for(count + 2).await;
    }
    shop.until("answered", |books| first(books).times_sent == 8)
        .await;
    shop.provider.advance(Duration::from_secs(10 * 24 * 3600));
    a_moment().await;
    let letters = shop.inbox.wait_for(8).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter.verified && letter.text == letters[0].text)
    );
    assert_eq!(shop.books().totals.notifications_acknowledged, 0);
}

#[tokio::test]
async fn a_receiver_that_is_away_gets_it_later() {
    let shop = Shop::open_with(|config| config.timing.resend_scale = 0.0001).await;
    shop.inbox.answer_next(&[(503, ""), (503, "")]);
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.until("acknowledged", |books| {
        first(books).acknowledged_at.is_some()
    })
    .await;
    assert_eq!(first(&shop.books()).times_sent, 3);

    let away = Shop::open_with(|config| config.timing.resend_scale = 0.0001).await;
    away.pay_with(
        "P",
        GOOD_CARD,
        "/paymentNotifyUrl",
        json!("http://127.0.0.1:1/notify"),
    )
    .await
    .assert("S", "SUCCESS");
    away.until("tried twice", |books| first(books).times_sent >= 2)
        .await;
    let books = away.books();
    assert!(first(&books).sendings[0].error.is_some() && first(&books).acknowledged_at.is_none());
}

#[tokio::test]
async fn notifications_are_lost_doubled_and_late_as_chance_has_it() {
    let lost = with_rates(Rates {
        never_sent: 1.0,
        ..Rates::none()
    })
    .await;
    lost.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    a_moment().await;
    assert!(lost.inbox.letters().is_empty() && first(&lost.books()).withheld);
    assert_eq!(lost.books().faults["notificationNeverSent"], 1);

    let doubled = with_rates(Rates {
        sent_twice: 1.0,
        ..Rates::none()
    })
    .await;
    doubled.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    doubled.provider.advance(Duration::from_secs(2));
    let letters = doubled.inbox.wait_for(2).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter.verified && letter.text == letters[0].text)
    );

    let late = with_rates(Rates {
        late: 1.0,
        ..Rates::none()
    })
    .await;
    late.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    a_moment().await;
    assert!(late.inbox.letters().is_empty());
    late.inbox.wait_for(1).await;
}

#[tokio::test]
async fn an_acknowledged_copy_spares_the_planned_resend() {
    let shop = with_rates(Rates {
        sent_twice: 1.0,
        ..Rates::none()
    })
    .await;
    shop.inbox.answer_next(&[(500, "")]);
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.until("refused", |books| first(books).times_sent >= 1)
        .await;
    shop.provider.advance(Duration::from_secs(2));
    shop.until("acknowledged", |books| {
        first(books).acknowledged_at.is_some()
    })
    .await;
    shop.provider.advance(Duration::from_secs(600));
    a_moment().await;
    assert_eq!(shop.inbox.letters().len(), 2);
}

#[tokio::test]
async fn the_capture_may_be_announced_before_the_payment() {
    let shop = with_rates(Rates {
        capture_first: 1.0,
        ..Rates::none()
    })
    .await;
    shop.pay_with(
        "P",
        GOOD_CARD,
        "/paymentFactor/captureMode",
        json!("AUTOMATIC"),
    )
    .await
    .assert("S", "SUCCESS");
    shop.inbox.wait_for(2).await;
    assert_eq!(shop.inbox.kinds(), ["CAPTURE_RESULT", "PAYMENT_RESULT"]);
}

#[tokio::test]
async fn no_forgery_has_a_good_signature_and_the_books_tell_when_one_was_believed() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.inbox.wait_for(1).await;
    let seals = [
        Seal::OtherKey,
        Seal::OtherClient,
        Seal::ChangedBody,
        Seal::OtherPath,
        Seal::OtherTime,
        Seal::Unsigned,
    ];
    for seal in seals {
        assert!(shop.provider.forge("P", seal));
    }
    assert!(
        !shop.provider.forge("P", Seal::Genuine) && !shop.provider.forge("none", Seal::OtherKey)
    );
    assert_eq!(
        shop.control("POST", "/_sim/forge/P?seal=otherKey", "")
            .await
            .status,
        200
    );
    assert_eq!(
        shop.control("POST", "/_sim/forge/P?seal=genuine", "")
            .await
            .status,
        400
    );
    let letters = shop.inbox.wait_for(8).await;
    assert!(letters[0].verified);
    assert!(
        letters[1..].iter().all(|letter| !letter.verified),
        "{letters:#?}"
    );
    // This receiver acknowledges whatever comes: just what must be found out.
    shop.until("counted", |books| books.totals.forged_acknowledged == 7)
        .await;
    let totals = shop.books().totals;
    assert_eq!(
        (totals.notifications_acknowledged, totals.forged_sent),
        (1, 7)
    );

    let mixed = with_rates(Rates {
        forged: 1.0,
        ..Rates::none()
    })
    .await;
    for n in 0..6 {
        mixed
            .pay(&format!("P{n}"), GOOD_CARD)
            .await
            .assert("S", "SUCCESS");
    }
    mixed.provider.advance(Duration::from_secs(4));
    let letters = mixed.inbox.wait_for(12).await;
    assert_eq!(letters.iter().filter(|letter| letter.verified).count(), 6);
    assert_eq!(mixed.books().faults["notificationForged"], 6);
}

#[tokio::test]
async fn the_dashboard_sends_any_body_rightly_signed() {
    let shop = Shop::open().await;
    let body = r#"{ "disputeNotificationType": "DISPUTE_CREATED" }"#;
    assert!(!shop.provider.send_test(body, None), "nowhere to send to");
    assert_eq!(shop.control("POST", "/_sim/notify", body).await.status, 400);
    let url = shop.inbox.url.clone();
    assert!(shop.provider.send_test(body, Some(&url)));
    assert_eq!(
        shop.control(
            "POST",
            &format!("/_sim/notify?url={}", url.replace('?', "%3F")),
            body
        )
        .await
        .status,
        200
    );
    let letters = shop.inbox.wait_for(2).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter.verified && letter.text == body)
    );
    shop.until("recorded", |books| {
        books
            .test_notifications
            .iter()
            .all(|sent| sent.acknowledged_at.is_some())
    })
    .await;
}

#[tokio::test]
async fn the_dashboards_url_serves_payments_that_name_none() {
    let shop = Shop::open().await;
    let url = shop.inbox.url.clone();
    let other = Shop::open_with(|config| config.notify_url = Some(url)).await;
    other
        .pay_with("P", GOOD_CARD, "/paymentNotifyUrl", json!(""))
        .await
        .assert("S", "SUCCESS");
    // The letter lands in the first shop's inbox, which rightly finds the other provider's signature wrong.
    assert!(!shop.inbox.wait_for(1).await[0].verified);
}
