//! 3-D Secure: the way to the challenge, its page, and the ways out of it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{PaymentState, Rates};

use crate::shop::{GOOD_CARD, Shop};

const UPGRADE_CARD: &str = "4099990000000105";
const FORM_CARD: &str = "4099990000000204";
const FORM_OR_LINK_CARD: &str = "4099990000000212";
const METADATA: &str = "/paymentMethod/paymentMethodMetaData";

/// Opens a payment that waits for a challenge; the path of its page.
async fn challenge(shop: &Shop, id: &str) -> String {
    let wanted = format!("{METADATA}/is3DSAuthentication");
    let answer = shop.pay_with(id, GOOD_CARD, &wanted, json!(true)).await;
    answer.assert("U", "PAYMENT_IN_PROCESS");
    let again = shop.pay_with(id, GOOD_CARD, &wanted, json!(true)).await;
    let url = &answer.body()["normalUrl"];
    assert_eq!(
        url,
        &again.body()["normalUrl"],
        "the same page for the same payment"
    );
    assert_eq!(shop.inquire(id).await["paymentStatus"], "PROCESSING");
    url.as_str().unwrap().replace(shop.provider.url(), "")
}

#[tokio::test]
async fn the_buyer_passes_or_fails_the_challenge_on_its_page() {
    let shop = Shop::open().await;
    for (id, outcome) in [("PASSED", "success"), ("FAILED", "fail")] {
        let page = challenge(&shop, id).await;
        let button = format!("{page}/{outcome}");
        let html = shop.control("GET", &page, "").await.text;
        assert!(
            html.contains(&format!("ORDER_{id}")) && html.contains(&button),
            "{html}"
        );
        let back = shop.control("POST", &button, "").await;
        assert_eq!(back.status, 303);
        assert_eq!(
            back.headers["location"],
            "https://shop.example/return?order=1"
        );
        assert!(
            !shop.control("GET", &page, "").await.text.contains(&button),
            "closed"
        );
    }
    let passed = shop.inquire("PASSED").await;
    assert_eq!(
        (&passed["paymentStatus"], passed.get("normalUrl")),
        (&json!("SUCCESS"), None)
    );
    assert_eq!(passed["paymentResultInfo"]["threeDSResult"]["eci"], "05");
    let failed = shop.inquire("FAILED").await;
    assert_eq!(
        failed["paymentResultCode"],
        "USER_PAYMENT_VERIFICATION_FAILED"
    );
    assert!(
        shop.inbox
            .wait_for(2)
            .await
            .iter()
            .all(|letter| letter.verified)
    );
}

#[tokio::test]
async fn a_machine_decides_the_challenge_once() {
    let shop = Shop::open().await;
    challenge(&shop, "P").await;
    for (outcome, status) in [("maybe", 400), ("fail", 200), ("success", 409)] {
        let path = format!("/_sim/3ds/P?outcome={outcome}");
        assert_eq!(
            shop.control("POST", &path, "").await.status,
            status,
            "{outcome}"
        );
    }
    assert!(
        !shop.provider.finish_challenge("P", true),
        "a decided payment stays decided"
    );
    assert_eq!(shop.record("P").state, PaymentState::Fail);
}

#[tokio::test]
async fn a_challenge_nobody_finishes_closes_the_payment() {
    let shop = Shop::open().await;
    challenge(&shop, "P").await;
    shop.provider.advance(Duration::from_secs(14 * 60 - 10));
    assert_eq!(shop.inquire("P").await["paymentStatus"], "PROCESSING");
    shop.provider.advance(Duration::from_secs(10));
    let left = shop.inquire("P").await;
    assert_eq!(
        (&left["paymentStatus"], &left["paymentResultCode"]),
        (&json!("FAIL"), &json!("ORDER_IS_CLOSED"))
    );
    let closed = shop.inbox.wait_for(1).await.remove(0).body();
    assert_eq!(
        (&closed["notifyType"], &closed["result"]["resultCode"]),
        (&json!("PAYMENT_RESULT"), &json!("ORDER_IS_CLOSED"))
    );
    assert!(!shop.provider.finish_challenge("P", true), "too late");
}

#[tokio::test]
async fn a_refusal_for_want_of_3ds_is_upgraded_where_the_merchant_allows_it() {
    let shop = Shop::open().await;
    let answer = shop.pay("P", UPGRADE_CARD).await;
    answer.assert("U", "PAYMENT_IN_PROCESS");
    assert!(answer.body()["redirectActionForm"]["redirectUrl"].is_string());
    assert!(shop.provider.finish_challenge("P", true));
    assert_eq!(shop.record("P").state, PaymentState::Success);
    let forbidden = format!("{METADATA}/enableAuthenticationUpgrade");
    shop.pay_with("Q", UPGRADE_CARD, &forbidden, json!(false))
        .await
        .assert("F", "AUTHENTICATION_REQUIRED");
    let exempt = format!("{METADATA}/is3DSAuthentication");
    shop.pay_with("R", "4035501000000008", &exempt, json!(true))
        .await
        .assert("S", "SUCCESS");
    shop.pay_with("S", "4099990000000014", &exempt, json!("true"))
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    assert!(
        shop.provider.finish_challenge("S", true),
        "the issuer decides after the challenge"
    );
    assert_eq!(shop.record("S").result_code, "USER_BALANCE_NOT_ENOUGH");
}

#[tokio::test]
async fn the_page_is_accessible_and_lets_nothing_foreign_in() {
    let shop = Shop::open().await;
    let page = challenge(&shop, "P").await;
    let answer = shop.control("GET", &page, "").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self' https://shop.example",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script"));
    assert_eq!(answer.headers["cache-control"], "no-store");
    for part in [
        "<html lang=\"en\">",
        "name=\"viewport\"",
        "<main>",
        "<h1>",
        ">Succeed</button>",
        ">Fail</button>",
        ">Abandon</button>",
        "EUR 300.00",
    ] {
        assert!(answer.text.contains(part), "no {part} in {}", answer.text);
    }
    assert!(!answer.text.contains("<script") && !answer.text.contains("style="));
    let style = shop.control("GET", "/3ds/page.css", "").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn what_a_merchant_sends_does_not_become_markup_on_the_page() {
    let shop = Shop::open().await;
    let mut order = shop.order("P", UPGRADE_CARD);
    order["order"]["referenceOrderId"] = json!("<script>\"&");
    let answer = shop.call("pay", &order).await;
    let page = answer.body()["normalUrl"]
        .as_str()
        .unwrap()
        .replace(shop.provider.url(), "");
    let html = shop.control("GET", &page, "").await.text;
    assert!(html.contains("&lt;script&gt;&quot;&amp;"), "{html}");
}

#[tokio::test]
async fn whoever_abandons_the_challenge_can_come_back_to_it() {
    let shop = Shop::open().await;
    let page = challenge(&shop, "P").await;
    let back = shop.control("POST", &format!("{page}/abandon"), "").await;
    assert_eq!(back.status, 303);
    assert_eq!(
        back.headers["location"],
        "https://shop.example/return?order=1"
    );
    assert_eq!(shop.inquire("P").await["paymentStatus"], "PROCESSING");
    assert!(shop.inbox.letters().is_empty());
    shop.control("POST", &format!("{page}/success"), "").await;
    assert_eq!(shop.record("P").state, PaymentState::Success);
    let late = shop.control("POST", &format!("{page}/fail"), "").await;
    assert_eq!((late.status, shop.record("P").authorisations), (303, 1));
    assert_eq!(shop.record("P").state, PaymentState::Success);
}

/// A form's fields as a browser posts them.
fn encoded(parameters: &Value) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs = parameters.as_object().unwrap().iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", encode(name), encode(value.as_str().unwrap())))
        .collect();
    pairs.join("&")
}

#[tokio::test]
async fn a_challenge_may_be_reached_by_a_posted_form() {
    let shop = Shop::open().await;
    for (id, card, by_link) in [
        ("FORM", FORM_CARD, false),
        ("BOTH", FORM_OR_LINK_CARD, true),
    ] {
        let answer = shop.pay(id, card).await;
        answer.assert("U", "PAYMENT_IN_PROCESS");
        let body = answer.body();
        assert_eq!(body.get("normalUrl").is_some(), by_link, "{id}");
        let form = &body["redirectActionForm"];
        assert_eq!(form["method"], "POST");
        let older: Value =
            serde_json::from_str(body["paymentActionForm"].as_str().unwrap()).unwrap();
        assert_eq!(older["parameters"], form["parameters"]);
        let inquiry = shop.inquire(id).await;
        assert_eq!(&inquiry["redirectActionForm"], form);
        let page = form["redirectUrl"]
            .as_str()
            .unwrap()
            .replace(shop.provider.url(), "");
        let parameters = encoded(&form["parameters"]);
        let shown = shop.control("POST", &page, &parameters).await;
        assert!(
            shown.status == 200 && shown.text.contains(">Succeed</button>"),
            "{shown:?}"
        );
        for broken in [String::new(), parameters.replace("%2B", "+")] {
            let refused = shop.control("POST", &page, &broken).await;
            assert_eq!(refused.status, 400, "{broken}");
            assert!(!refused.text.contains("Succeed"), "{}", refused.text);
        }
        let got = shop.control("GET", &page, "").await;
        assert!(got.status == 200 && got.text.contains("Succeed"));
    }
}

#[tokio::test]
async fn chance_sends_buyers_by_form_too() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            post_form: 1.0,
            odd_shapes: 1.0,
            ..Rates::none()
        }
    })
    .await;
    let (mut with_link, mut as_text) = (0, 0);
    for n in 0..24 {
        let answer = shop.pay(&format!("P{n}"), UPGRADE_CARD).await.body();
        let form = &answer["redirectActionForm"];
        assert_eq!(form["method"], "POST");
        with_link += usize::from(answer.get("normalUrl").is_some());
        as_text += usize::from(form["parameters"].is_string());
    }
    assert!((4..=20).contains(&with_link), "{with_link} of 24");
    assert!((2..=22).contains(&as_text), "{as_text} of 24");
}

#[tokio::test]
async fn the_merchants_own_authentication_spares_the_challenge() {
    let shop = Shop::open().await;
    let mpi = format!("{METADATA}/mpiData");
    let full = json!({ "threeDSVersion": "2.2.0", "eci": "05", "cavv": "AAABBBCCC=", "dsTransactionId": "ds-1" });
    shop.pay_with("FULL", UPGRADE_CARD, &mpi, full.clone())
        .await
        .assert("S", "SUCCESS");
    let result = &shop.inquire("FULL").await["paymentResultInfo"]["threeDSResult"];
    assert_eq!(result, &full);
    assert!(shop.record("FULL").card_use.own_authentication);
    let none = json!({ "threeDSVersion": "2.2.0", "eci": "07" });
    shop.pay_with("NONE", UPGRADE_CARD, &mpi, none)
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    let wrong = json!({ "threeDSVersion": "3", "eci": "05" });
    shop.pay_with("WRONG", GOOD_CARD, &mpi, wrong)
        .await
        .assert("F", "PARAM_ILLEGAL");
}
