//! Cards on file: tokens, payments with them, and payments without the buyer.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{PaymentState, Rates};

use crate::shop::{Answer, CVV, GOOD_CARD, Shop};

const UPGRADE_CARD: &str = "4099990000000105";
const METADATA: &str = "/paymentMethod/paymentMethodMetaData";
const YEAR: u64 = 365 * 24 * 3600;

/// Pays with card data and stores the card.
async fn store(shop: &Shop, id: &str, card: &str) -> Answer {
    shop.pay_with(id, card, &format!("{METADATA}/tokenize"), json!(true))
        .await
}

/// The token and the network's id that the first payment gave.
async fn stored(shop: &Shop, id: &str, card: &str) -> (String, String) {
    let _ = store(shop, id, card).await;
    if card == UPGRADE_CARD {
        assert!(shop.provider.finish_challenge(id, true));
    }
    let info = shop.inquire(id).await["paymentResultInfo"].clone();
    let text = |name: &str| info[name].as_str().unwrap().to_owned();
    (text("cardToken"), text("networkTransactionId"))
}

/// A pay request with a stored card's token.
fn by_token(shop: &Shop, id: &str, token: &str, more: &Value) -> Value {
    let mut order = shop.order(id, GOOD_CARD);
    order["paymentMethod"] = json!({
        "paymentMethodType": "CARD", "paymentMethodId": token, "paymentMethodMetaData": { "isCardOnFile": true }
    });
    let data = order.pointer_mut(METADATA).unwrap();
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    order
}

/// What a payment without the buyer needs.
fn without_buyer(kind: &str, network_id: &str) -> Value {
    json!({ "recurringType": kind, "networkTransactionId": network_id,
        "is3DSAuthentication": false, "enableAuthenticationUpgrade": false })
}

#[tokio::test]
async fn a_stored_card_gets_a_token_in_the_notification_and_in_inquiries() {
    let shop = Shop::open().await;
    let answer = store(&shop, "P", GOOD_CARD).await;
    answer.assert("S", "SUCCESS");
    assert!(!answer.text.contains("cardToken"));
    let letter = shop.inbox.wait_for(1).await.remove(0).body();
    let info = &shop.inquire("P").await["paymentResultInfo"];
    for info in [&letter["paymentResultInfo"], info] {
        let token = info["cardToken"].as_str().unwrap();
        assert!(token.starts_with("ALIPAY") && token.ends_with("=="));
        assert!(token.contains('+') && token.contains('/'), "{token}");
        let expected = json!({
            "cardNo": "************6383", "cardBrand": "VISA", "lastFour": "6383", "expiryMonth": "12",
            "expiryYear": "49", "funding": "CREDIT"
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&info[name], value, "{name}");
        }
        assert!(info["networkTransactionId"].is_string());
    }
    assert_eq!(letter["paymentResultInfo"]["cardToken"], info["cardToken"]);
}

#[tokio::test]
async fn without_consent_or_authorisation_there_is_no_token() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    store(&shop, "Q", "4054692760174822")
        .await
        .assert("F", "DO_NOT_HONOR");
    for letter in shop.inbox.wait_for(2).await {
        assert!(!letter.text.contains("cardToken"), "{}", letter.text);
    }
    for id in ["P", "Q"] {
        let info = &shop.inquire(id).await["paymentResultInfo"];
        assert_eq!(info.get("cardToken"), None, "{id}");
    }
    assert_eq!(shop.books().totals.stored_cards, 0);
}

#[tokio::test]
async fn the_same_card_has_the_same_token_and_it_may_come_at_once() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            token_at_once: 0.5,
            ..Rates::none()
        }
    })
    .await;
    let (token, _) = stored(&shop, "P", GOOD_CARD).await;
    assert_eq!(stored(&shop, "Q", GOOD_CARD).await.0, token);
    assert_ne!(stored(&shop, "R", "5162774114974622").await.0, token);
    assert_eq!(shop.books().totals.stored_cards, 2);
    let mut at_once = 0;
    for n in 0..20 {
        let answer = store(&shop, &format!("S{n}"), GOOD_CARD).await.body();
        let given = answer["paymentResultInfo"].get("cardToken");
        assert!(given.is_none_or(|given| *given == token));
        at_once += usize::from(given.is_some());
    }
    assert!((3..=17).contains(&at_once), "{at_once} of 20");
    let other = Shop::open().await;
    assert_ne!(stored(&other, "P", GOOD_CARD).await.0, token);
}

#[tokio::test]
async fn a_promised_token_comes_in_every_shape_of_message() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            odd_shapes: 1.0,
            ..Rates::none()
        }
    })
    .await;
    for n in 0..20 {
        let id = format!("P{n}");
        store(&shop, &id, GOOD_CARD).await.assert("S", "SUCCESS");
        let info = &shop.inquire(&id).await["paymentResultInfo"];
        assert!(info["cardToken"].is_string(), "{info}");
    }
    for letter in shop.inbox.wait_for(20).await {
        assert!(letter.body()["paymentResultInfo"]["cardToken"].is_string());
    }
}

#[tokio::test]
async fn the_token_pays_as_the_card_does() {
    let shop = Shop::open().await;
    let (token, _) = stored(&shop, "P", GOOD_CARD).await;
    shop.call("pay", &by_token(&shop, "Q", &token, &json!({})))
        .await
        .assert("S", "SUCCESS");
    let info = &shop.inquire("Q").await["paymentResultInfo"];
    assert_eq!(
        (
            &info["lastFour"],
            &info["cvvResultRaw"],
            info.get("cardToken")
        ),
        (&json!("6383"), &json!("X"), None)
    );
    let record = shop.record("Q");
    assert!(record.card_use.token && !record.card_use.tokenize);
    assert_eq!(record.card_use.brand.as_deref(), Some("VISA"));
    assert_eq!(shop.books().totals.paid_by_token, 1);

    let (strict, _) = stored(&shop, "R", UPGRADE_CARD).await;
    shop.call("pay", &by_token(&shop, "S", &strict, &json!({})))
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    let no_upgrade = json!({ "enableAuthenticationUpgrade": false });
    shop.call("pay", &by_token(&shop, "T", &strict, &no_upgrade))
        .await
        .assert("F", "AUTHENTICATION_REQUIRED");
    let asked = json!({ "is3DSAuthentication": true });
    shop.call("pay", &by_token(&shop, "U", &token, &asked))
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    shop.provider.advance(Duration::from_secs(60 * YEAR));
    shop.call("pay", &by_token(&shop, "V", &token, &json!({})))
        .await
        .assert("F", "INVALID_EXPIRATION_DATE");
}

#[tokio::test]
async fn a_token_is_refused_where_it_does_not_fit() {
    let shop = Shop::open().await;
    let (token, _) = stored(&shop, "P", GOOD_CARD).await;
    // Authorised, but never stored: the token that it would have is unknown.
    let unstored = {
        let other = Shop::open().await;
        stored(&other, "P", GOOD_CARD).await.0
    };
    let with_number = by_token(&shop, "Q", &token, &json!({ "cardNo": GOOD_CARD }));
    let mut bare = by_token(&shop, "Q", &token, &json!({}));
    bare["paymentMethod"]["paymentMethodMetaData"] = json!(null);
    let refused = [
        (
            by_token(&shop, "Q", "ALIPAYnone==", &json!({})),
            "paymentMethodId",
        ),
        (
            by_token(&shop, "Q", &unstored, &json!({})),
            "paymentMethodId",
        ),
        (
            by_token(&shop, "Q", &token.replace('+', " "), &json!({})),
            "paymentMethodId",
        ),
        (with_number, "cardNo"),
        (bare, "isCardOnFile"),
        (
            by_token(&shop, "Q", &token, &json!({ "isCardOnFile": false })),
            "isCardOnFile",
        ),
    ];
    for (order, field) in refused {
        let answer = shop.call("pay", &order).await;
        answer.assert("F", "PARAM_ILLEGAL");
        let message = answer.body()["result"]["resultMessage"].clone();
        assert!(
            message.as_str().unwrap().contains(field),
            "{field}: {message}"
        );
    }
    assert_eq!(shop.books().totals.payments, 1);
}

#[tokio::test]
async fn the_merchant_pays_without_the_buyer() {
    let shop = Shop::open().await;
    let (token, network_id) = stored(&shop, "P", GOOD_CARD).await;
    for kind in ["SCHEDULED", "UNSCHEDULED"] {
        let order = by_token(&shop, kind, &token, &without_buyer(kind, &network_id));
        shop.call("pay", &order).await.assert("S", "SUCCESS");
        assert_eq!(
            shop.record(kind).card_use.recurring_type.as_deref(),
            Some(kind)
        );
    }
    assert_eq!(shop.books().totals.merchant_initiated, 2);

    // The merchant keeps the number itself: no token, no security code.
    let mut own = shop.order("OWN", GOOD_CARD);
    let data = own.pointer_mut(METADATA).unwrap();
    data.as_object_mut().unwrap().remove("cvv");
    for (name, value) in without_buyer("SCHEDULED", &network_id).as_object().unwrap() {
        data[name] = value.clone();
    }
    data["isCardOnFile"] = json!(true);
    shop.call("pay", &own).await.assert("S", "SUCCESS");

    // Nobody is there to pass a challenge.
    let (strict, network_id) = stored(&shop, "R", UPGRADE_CARD).await;
    let order = by_token(
        &shop,
        "S",
        &strict,
        &without_buyer("UNSCHEDULED", &network_id),
    );
    shop.call("pay", &order)
        .await
        .assert("F", "AUTHENTICATION_REQUIRED");
}

#[tokio::test]
async fn each_rule_of_a_payment_without_the_buyer_names_its_field() {
    let shop = Shop::open().await;
    let (token, network_id) = stored(&shop, "P", GOOD_CARD).await;
    let (_, of_other_card) = stored(&shop, "Q", "5162774114974622").await;
    for (field, value) in [
        ("networkTransactionId", json!(null)),
        ("networkTransactionId", json!("unheard of")),
        ("networkTransactionId", json!(of_other_card)),
        ("is3DSAuthentication", json!(true)),
        ("enableAuthenticationUpgrade", json!(true)),
        ("enableAuthenticationUpgrade", json!(null)),
        ("recurringType", json!("MONTHLY")),
    ] {
        let mut data = without_buyer("SCHEDULED", &network_id);
        data[field] = value;
        let answer = shop.call("pay", &by_token(&shop, "R", &token, &data)).await;
        answer.assert("F", "PARAM_ILLEGAL");
        assert!(answer.text.contains(field), "{field}: {}", answer.text);
    }
    let mut fresh = shop.order("R", GOOD_CARD);
    let data = fresh.pointer_mut(METADATA).unwrap();
    for (name, value) in without_buyer("SCHEDULED", &network_id).as_object().unwrap() {
        data[name] = value.clone();
    }
    let answer = shop.call("pay", &fresh).await;
    answer.assert("F", "PARAM_ILLEGAL");
    assert!(answer.text.contains("isCardOnFile"), "{}", answer.text);
    assert_eq!(shop.books().totals.payments, 2);
}

#[tokio::test]
async fn the_books_hold_neither_tokens_nor_card_data() {
    let shop = Shop::open().await;
    let (token, _) = stored(&shop, "P", GOOD_CARD).await;
    shop.call("pay", &by_token(&shop, "Q", &token, &json!({})))
        .await
        .assert("S", "SUCCESS");
    shop.inbox.wait_for(2).await;
    let books = shop.control("GET", "/_sim/books", "").await.text;
    for secret in [
        token.as_str(),
        &token[6..40],
        GOOD_CARD,
        &format!("\"{CVV}\""),
        "ALIPAY",
    ] {
        assert!(!books.contains(secret), "{secret}");
    }
    assert_eq!(shop.record("P").state, PaymentState::Success);
    assert!(books.contains("\"tokenize\":true"));
}
