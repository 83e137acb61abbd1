//! The card that POP stored, as its messages tell of it.

use crate::support::{read, sample, verified_answer};
use domain::evidence::MessageKind;
use domain::message::{Answer, PaymentFacts};
use domain::stored_card::{CardFace, TokenizedCard};
use pop::answer::{read_inquiry, read_pay};
use pop::notification::Notification;
use serde_json::{Value, json};

const TOKEN: &str = "ALIPAYgzViZ+avs5dAgkzss/NrTymfnc==";

fn notified(body: &Value) -> PaymentFacts {
    match read(&serde_json::to_vec(body).unwrap()) {
        Ok(Notification::Payment(payment)) => payment.facts,
        other => panic!("{other:?}"),
    }
}

fn inquired(body: &Value) -> PaymentFacts {
    let body = serde_json::to_vec(body).unwrap();
    match read_inquiry(&verified_answer(MessageKind::InquiryResponse, &body)) {
        Answer::Verified(_, report) => report.facts,
        Answer::None(reason) => panic!("{reason}"),
    }
}

/// The documented notification with this card in it.
fn with_card(card: &Value) -> Value {
    let mut body: Value =
        serde_json::from_slice(sample!("notify_payment_success_caav_typo")).unwrap();
    for (field, value) in card.as_object().unwrap() {
        body["paymentResultInfo"][field] = value.clone();
    }
    body
}

fn face(card: &TokenizedCard) -> [Option<&str>; 4] {
    let CardFace {
        brand,
        last_four,
        expiry_month,
        expiry_year,
    } = &card.face;
    [brand, last_four, expiry_month, expiry_year].map(Option::as_deref)
}

#[test]
fn a_token_and_the_face_of_its_card_are_read() {
    let facts = notified(&with_card(&json!({
        "cardToken": TOKEN, "cardBrand": "VISA", "cardNo": "411734******6383", "lastFour": "6383",
        "expiryMonth": "12", "expiryYear": "29", "cardholderName": "Tom Jay",
    })));
    let card = facts.stored_card.as_ref().unwrap();
    assert_eq!(card.token.expose(), TOKEN);
    assert_eq!(
        face(card),
        [Some("VISA"), Some("6383"), Some("12"), Some("29")]
    );
    assert_eq!(
        facts.card.avs_result_raw.as_deref(),
        Some("A"),
        "the checks are read beside it"
    );
    let shown = format!("{facts:?}");
    for secret in ["ALIPAY", "4117", "Tom"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let written = serde_json::to_string(&facts).unwrap();
    assert!(!written.contains("ALIPAY"), "{written}");
}

#[test]
fn without_a_token_no_card_is_stored() {
    for card in [
        json!({}),
        json!({"cardBrand": "VISA", "cardNo": "411734******6383"}),
        json!({"cardToken": ""}),
        json!({"cardToken": null}),
        json!({"cardToken": {"a": 1}}),
        json!({"cardToken": "a b"}),
        json!({"cardToken": "x".repeat(2049)}),
    ] {
        assert_eq!(notified(&with_card(&card)).stored_card, None, "{card}");
    }
}

#[test]
fn a_face_that_cannot_be_right_is_left_out() {
    for (field, value, place, want) in [
        ("lastFour", json!("638"), 1, None),
        ("lastFour", json!("63a3"), 1, None),
        ("lastFour", json!(6383), 1, Some("6383")),
        ("cardNo", json!("************0768"), 1, Some("0768")),
        ("cardNo", json!("411734**********"), 1, None),
        ("cardNo", json!("68é"), 1, None),
        ("cardNo", json!("6é383"), 1, None),
        ("cardNo", json!("12"), 1, None),
        ("expiryMonth", json!("13"), 2, None),
        ("expiryMonth", json!("00"), 2, None),
        ("expiryMonth", json!("1"), 2, None),
        ("expiryMonth", json!("01"), 2, Some("01")),
        ("expiryYear", json!("2029"), 3, None),
        ("expiryYear", json!(29), 3, Some("29")),
        ("cardBrand", json!("<b>VISA</b>"), 0, None),
        ("cardBrand", json!("V".repeat(65)), 0, None),
        (
            "cardBrand",
            json!("AMERICAN EXPRESS"),
            0,
            Some("AMERICAN EXPRESS"),
        ),
    ] {
        let mut card = json!({"cardToken": TOKEN});
        card[field] = value.clone();
        let facts = notified(&with_card(&card));
        let stored = facts.stored_card.unwrap();
        assert_eq!(face(&stored)[place], want, "{field} {value}");
        assert_eq!(stored.token.expose(), TOKEN);
    }
}

#[test]
fn answers_tell_of_it_too_in_the_older_place_as_well() {
    let card = json!({"cardToken": TOKEN, "cardBrand": "VISA", "cardNo": "411734******6383"});
    let answer = |place: &str| {
        let mut body = json!({"result": {"resultStatus": "S", "resultCode": "SUCCESS"}, "paymentStatus": "SUCCESS"});
        body[place] = card.clone();
        body
    };
    for place in ["paymentResultInfo", "cardInfo"] {
        let stored = inquired(&answer(place)).stored_card.unwrap();
        assert_eq!(
            (stored.token.expose(), face(&stored)[1]),
            (TOKEN, Some("6383")),
            "{place}"
        );
    }
    let mut both = answer("cardInfo");
    both["paymentResultInfo"] = json!({"avsResultRaw": "A", "lastFour": "9999"});
    let stored = inquired(&both).stored_card.unwrap();
    assert_eq!(
        face(&stored)[1],
        Some("6383"),
        "the face stands beside the token"
    );

    let body = serde_json::to_vec(&answer("paymentResultInfo")).unwrap();
    let Answer::Verified(_, paid) = read_pay(&verified_answer(MessageKind::PayResponse, &body))
    else {
        panic!("no answer")
    };
    assert!(
        paid.facts.stored_card.is_some(),
        "the answer to pay may carry it"
    );
}
