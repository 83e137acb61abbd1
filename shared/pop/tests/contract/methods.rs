//! The ways to pay: a typed card with all that can be said of it, a stored card, and without the buyer.

use crate::given::{Given, documented, written};
use crate::support::sample;
use domain::CaptureMode;
use domain::card::{CardData, MpiData, TypedMpi};
use domain::stored_card::CardToken;
use pop::pay_request::{PayMethod, RecurringType};
use serde_json::{Value, json};

const MPI: &str = r#"{"threeDSVersion": "2.2.0", "eci": "05", "cavv": "AJkBBkhgQQAAAE4gSEJydQAAAAA=",
                      "dsTransactionId": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b"}"#;

fn mpi() -> MpiData {
    MpiData::parse(serde_json::from_str::<TypedMpi>(MPI).unwrap()).unwrap()
}

fn token() -> CardToken {
    let sample: Value =
        serde_json::from_slice(sample!("pay_request_stored_card_fragment")).unwrap();
    let token = sample["paymentMethod"]["paymentMethodId"].as_str().unwrap();
    CardToken::new(token).unwrap()
}

/// The documented request without what the merchant says about 3-D Secure.
fn given() -> Given {
    let mut given = Given::documented();
    given.order.is_3ds_authentication = None;
    given.order.enable_authentication_upgrade = None;
    given
}

fn method(given: &Given, method: PayMethod<'_>) -> Value {
    written(&given.with(method))["paymentMethod"].clone()
}

#[test]
fn storing_a_card_is_asked_for_only_with_consent() {
    let given = Given::documented();
    let meta = |store: bool| {
        let card = PayMethod::Card {
            card: &given.card,
            store,
            mpi: None,
        };
        method(&given, card)["paymentMethodMetaData"].clone()
    };
    let mut want = documented()["paymentMethod"]["paymentMethodMetaData"].clone();
    assert_eq!(meta(false), want);
    want["tokenize"] = json!(true);
    assert_eq!(meta(true), want);
}

#[test]
fn the_documented_payment_with_a_stored_card() {
    let sample: Value =
        serde_json::from_slice(sample!("pay_request_stored_card_fragment")).unwrap();
    let (mut given, token) = (given(), token());
    let stored = PayMethod::StoredCard { token: &token };
    assert_eq!(method(&given, stored), sample["paymentMethod"]);

    given.order.is_3ds_authentication = Some(true);
    given.order.enable_authentication_upgrade = Some(false);
    let meta = json!({"isCardOnFile": true, "is3DSAuthentication": true, "enableAuthenticationUpgrade": false});
    assert_eq!(method(&given, stored)["paymentMethodMetaData"], meta);
    let (mut stored, mut typed) = (
        written(&given.with(stored)),
        written(&given.request(CaptureMode::Automatic)),
    );
    for request in [&mut stored, &mut typed] {
        request["paymentMethod"].take();
    }
    assert_eq!(stored, typed, "the rest of the request is the same");
}

#[test]
fn without_the_buyer_nobody_is_authenticated() {
    let token = token();
    for (kind, word) in [
        (RecurringType::Scheduled, "SCHEDULED"),
        (RecurringType::Unscheduled, "UNSCHEDULED"),
    ] {
        let mut given = given();
        let charge = PayMethod::MerchantInitiated {
            token: &token,
            recurring_type: kind,
            network_transaction_id: "sampleNetworkTransactionId123456",
        };
        let want = json!({
            "paymentMethodType": "CARD", "paymentMethodId": token.expose(),
            "paymentMethodMetaData": {
                "isCardOnFile": true, "recurringType": word,
                "networkTransactionId": "sampleNetworkTransactionId123456",
                "is3DSAuthentication": false, "enableAuthenticationUpgrade": false,
            },
        });
        assert_eq!(method(&given, charge), want);
        given.order.is_3ds_authentication = Some(true);
        given.order.enable_authentication_upgrade = Some(true);
        assert_eq!(method(&given, charge), want, "whatever the order says");
    }
}

#[test]
fn an_own_authentication_is_passed_on_and_not_repeated() {
    let (mut given, mpi) = (given(), mpi());
    let with = |given: &Given| {
        let card = PayMethod::Card {
            card: &given.card,
            store: false,
            mpi: Some(&mpi),
        };
        method(given, card)["paymentMethodMetaData"].clone()
    };
    let mut want = documented()["paymentMethod"]["paymentMethodMetaData"].clone();
    want.as_object_mut()
        .unwrap()
        .remove("enableAuthenticationUpgrade");
    want["mpiData"] = serde_json::from_str(MPI).unwrap();
    assert_eq!(want["is3DSAuthentication"], json!(false));
    assert_eq!(with(&given), want);
    given.order.is_3ds_authentication = Some(true);
    want["is3DSAuthentication"] = json!(true);
    assert_eq!(with(&given), want, "unless the merchant says otherwise");
}

#[test]
fn what_some_countries_need_is_written_by_its_name() {
    let mut given = Given::documented();
    let local = json!({
        "selectedCardBrand": "CARTES_BANCAIRES", "cpf": "12345678909", "payerEmail": "payer@shop.example",
        "dateOfBirth": "1980-02-29", "businessNo": "1234567890", "cardPasswordDigest": "12",
        "paymentMethodRegion": "KR",
    });
    let mut card = documented()["paymentMethod"]["paymentMethodMetaData"].clone();
    for (field, value) in local.as_object().unwrap() {
        card[field] = value.clone();
    }
    given.card = CardData::parse(serde_json::from_value(card.clone()).unwrap()).unwrap();
    let typed = written(&given.request(CaptureMode::Manual));
    assert_eq!(typed["paymentMethod"]["paymentMethodMetaData"], card);
}

#[test]
fn no_way_to_pay_shows_itself_or_leaves_copies() {
    let (given, token, mpi) = (Given::documented(), token(), mpi());
    let methods = [
        PayMethod::Card {
            card: &given.card,
            store: true,
            mpi: Some(&mpi),
        },
        PayMethod::StoredCard { token: &token },
        PayMethod::MerchantInitiated {
            token: &token,
            recurring_type: RecurringType::Scheduled,
            network_transaction_id: "network-1",
        },
    ];
    for method in methods {
        let request = given.with(method);
        let shown = format!("{request:?} {method:?}");
        for secret in ["ALIPAY", "AJkB", "f25084", "4117", "850", "Tom", "2.2.0"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        let (one, two) = (request.body().unwrap(), request.body().unwrap());
        assert_eq!(*one, *two);
        assert_eq!(one.len(), one.capacity(), "the buffer never grew");
    }
}
