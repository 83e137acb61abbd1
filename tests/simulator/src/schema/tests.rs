//! What is read, what is refused, and in which words.

use serde_json::json;

use super::*;
use crate::cards::Outcome;

const NOW: Millis = 1_795_000_000_000; // November 2026

fn good() -> Value {
    json!({
        "productCode": "CASHIER_PAYMENT", "paymentRequestId": "PAY_1",
        "order": {"referenceOrderId": "O", "orderDescription": "d", "orderAmount": {"currency": "EUR", "value": "100"},
            "goods": [{"referenceGoodsId": "g", "goodsName": "n", "goodsQuantity": "1"}],
            "shipping": {"shippingName": {"firstName": "A", "lastName": "B"}, "shippingAddress": {"region": "CN", "state": "Zhejiang"}}},
        "paymentAmount": {"currency": "EUR", "value": "100"},
        "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodMetaData": {
            "cardNo": "4117347806156383", "cvv": "850", "expiryYear": "29", "expiryMonth": "12",
            "cardholderName": {"firstName": "A", "lastName": "B"}, "is3DSAuthentication": "true"}},
        "paymentRedirectUrl": "https://shop.example/", "paymentNotifyUrl": "https://shop.example/notify",
        "paymentFactor": {"isAuthorization": true, "captureMode": "MANUAL"},
        "env": {"terminalType": "WEB", "clientIp": "112.80.248.78", "colorDepth": 48, "timeZoneOffset": "-120"}
    })
}

fn read(body: &Value) -> Result<PayRequest, Problem> {
    read_pay(body, NOW, &Fingerprints::new("secret", "C"))
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = good();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[field] = value;
    body
}

#[test]
fn a_good_request_is_read() {
    let request = read(&good()).ok().unwrap();
    assert_eq!(
        (
            request.amount.value,
            request.automatic,
            request.wishes.challenge,
            request.wishes.upgrade
        ),
        (100, false, true, true)
    );
    let Instrument::Card(card) = request.instrument else {
        panic!("no card");
    };
    assert_eq!(
        (
            card.last_four.as_str(),
            card.brand,
            card.expiry_year.as_str()
        ),
        ("6383", "VISA", "29")
    );
    assert!(
        read(&with("/paymentFactor/captureMode", json!(""))).is_ok_and(|request| request.automatic)
    );
}

#[test]
fn each_problem_names_its_field() {
    let card = "/paymentMethod/paymentMethodMetaData";
    let problems = [
        ("/productCode", json!("OTHER"), "productCode"),
        (
            "/paymentRequestId",
            json!("x".repeat(65)),
            "paymentRequestId",
        ),
        ("/paymentRequestId", json!(null), "paymentRequestId"),
        ("/paymentAmount/value", json!("0"), "paymentAmount.value"),
        ("/paymentAmount/value", json!("1.00"), "paymentAmount.value"),
        (
            "/paymentAmount/value",
            json!("12345678901234567"),
            "paymentAmount.value",
        ),
        (
            "/paymentAmount/currency",
            json!("eur"),
            "paymentAmount.currency",
        ),
        (
            "/order/referenceOrderId",
            json!(""),
            "order.referenceOrderId",
        ),
        (
            "/order/orderDescription",
            json!("x".repeat(257)),
            "order.orderDescription",
        ),
        (
            "/order/goods",
            json!([{"goodsName": "n"}]),
            "order.goods[0].referenceGoodsId",
        ),
        (
            "/order/shipping/shippingAddress/state",
            json!("Zhejiang!"),
            "order.shipping.shippingAddress.state",
        ),
        (
            "/paymentMethod/paymentMethodType",
            json!("WALLET"),
            "paymentMethod.paymentMethodType",
        ),
        (
            "/paymentMethod/paymentMethodMetaData",
            json!(null),
            "paymentMethod.paymentMethodMetaData",
        ),
        (&format!("{card}/cvv"), json!("12345"), "cvv"),
        (&format!("{card}/cardNo"), json!("4117 3478"), "cardNo"),
        (
            &format!("{card}/cardholderName"),
            json!({"firstName": "A"}),
            "cardholderName.lastName",
        ),
        ("/paymentRedirectUrl", json!(null), "paymentRedirectUrl"),
        (
            "/paymentNotifyUrl",
            json!("http://shop.example/notify"),
            "paymentNotifyUrl",
        ),
        (
            "/paymentFactor/isAuthorization",
            json!(false),
            "paymentFactor.isAuthorization",
        ),
        (
            "/paymentFactor/captureMode",
            json!("LATER"),
            "paymentFactor.captureMode",
        ),
        ("/env/terminalType", json!("web"), "env.terminalType"),
        ("/env/terminalType", json!("APP"), "env.osType"),
        ("/env/terminalType", json!("MINI_APP"), "env.osType"),
        ("/env/osType", json!("LINUX"), "env.osType"),
        ("/env/clientIp", json!("here"), "env.clientIp"),
        ("/env/clientIp", json!("192.168.0.10"), "env.clientIp"),
        (
            "/env/deviceTokenId",
            json!("x".repeat(65)),
            "env.deviceTokenId",
        ),
        ("/env/screenWidth", json!("wide"), "env.screenWidth"),
        (
            "/env/browserInfo",
            json!({"language": "x".repeat(33)}),
            "env.browserInfo.language",
        ),
        (
            "/env/browserInfo",
            json!({"userAgent": "x".repeat(2049)}),
            "env.browserInfo.userAgent",
        ),
        (
            "/env/browserInfo",
            json!({"acceptHeader": "x".repeat(2049)}),
            "env.browserInfo.acceptHeader",
        ),
        (
            "/env/browserInfo",
            json!({"javaEnabled": "yes"}),
            "env.browserInfo.javaEnabled",
        ),
        (
            "/metadata",
            json!(format!("\"{}\"", "x".repeat(2047))),
            "metadata",
        ),
        ("/metadata", json!("not JSON"), "metadata"),
        ("/metadata", json!({"shop": 1}), "metadata"),
        (
            "/merchantAccountId",
            json!("x".repeat(33)),
            "merchantAccountId",
        ),
        ("/merchantRegion", json!("usa"), "merchantRegion"),
        ("/userRegion", json!("u"), "userRegion"),
        (
            "/settlementStrategy",
            json!({"settlementCurrency": "EURO"}),
            "settlementStrategy.settlementCurrency",
        ),
        (
            "/paymentRedirectUrl",
            json!(format!("https://{}", "x".repeat(2041))),
            "paymentRedirectUrl",
        ),
        (
            "/order/goods",
            json!(vec![
                json!({"referenceGoodsId": "1", "goodsName": "n"});
                101
            ]),
            "order.goods",
        ),
        (
            "/order/goods/0/goodsQuantity",
            json!("0"),
            "order.goods[0].goodsQuantity",
        ),
        (
            "/order/goods/0/goodsUnitAmount",
            json!({"currency": "EUR"}),
            "order.goods[0].goodsUnitAmount.value",
        ),
        (
            "/order/goods/0/goodsCategory",
            json!("x".repeat(65)),
            "order.goods[0].goodsCategory",
        ),
        (
            "/order/goods/0/deliveryMethodType",
            json!("PIGEON"),
            "order.goods[0].deliveryMethodType",
        ),
        (
            "/order/shipping/shippingName",
            json!({"firstName": "A"}),
            "order.shipping.shippingName.lastName",
        ),
        (
            "/order/shipping/shippingAddress/region",
            json!("China"),
            "order.shipping.shippingAddress.region",
        ),
        (
            "/order/shipping/shippingAddress/city",
            json!("x".repeat(33)),
            "order.shipping.shippingAddress.city",
        ),
        (
            "/order/shipping/shippingAddress/address1",
            json!("x".repeat(257)),
            "order.shipping.shippingAddress.address1",
        ),
        (
            "/order/shipping/shippingPhoneNo",
            json!("1".repeat(17)),
            "order.shipping.shippingPhoneNo",
        ),
        (
            "/order/buyer",
            json!({"referenceBuyerId": "x".repeat(65)}),
            "order.buyer.referenceBuyerId",
        ),
        (
            "/order/buyer",
            json!({"buyerPhoneNo": "1".repeat(25)}),
            "order.buyer.buyerPhoneNo",
        ),
        (
            "/order/buyer",
            json!({"buyerName": {"fullName": "x".repeat(129)}}),
            "order.buyer.buyerName.fullName",
        ),
        (&format!("{card}/cpf"), json!("123456789012"), "cpf"),
        (&format!("{card}/cpf"), json!("1234567890x"), "cpf"),
        (
            &format!("{card}/payerEmail"),
            json!("x".repeat(65)),
            "payerEmail",
        ),
        (
            &format!("{card}/dateOfBirth"),
            json!("1980-02-30"),
            "dateOfBirth",
        ),
        (
            &format!("{card}/dateOfBirth"),
            json!("19800201"),
            "dateOfBirth",
        ),
        (
            &format!("{card}/businessNo"),
            json!("12345678901"),
            "businessNo",
        ),
        (
            &format!("{card}/cardPasswordDigest"),
            json!("123"),
            "cardPasswordDigest",
        ),
        (
            &format!("{card}/paymentMethodRegion"),
            json!("GLOBAL1"),
            "paymentMethodRegion",
        ),
        (
            &format!("{card}/selectedCardBrand"),
            json!("x".repeat(65)),
            "selectedCardBrand",
        ),
        (
            &format!("{card}/networkTransactionId"),
            json!("x".repeat(101)),
            "networkTransactionId",
        ),
        (
            &format!("{card}/billingAddress"),
            json!({"city": "Hangzhou"}),
            "billingAddress.region",
        ),
        (
            &format!("{card}/billingAddress"),
            json!({"region": "CN", "zipCode": "x".repeat(33)}),
            "billingAddress.zipCode",
        ),
        (&format!("{card}/tokenize"), json!("yes"), "tokenize"),
        (
            &format!("{card}/recurringType"),
            json!("MONTHLY"),
            "recurringType",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"eci": "05", "cavv": "c"}),
            "mpiData.threeDSVersion",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "2.3.0", "eci": "05"}),
            "mpiData.threeDSVersion",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "2.2.0", "eci": "5"}),
            "mpiData.eci",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "2.2.0", "eci": "05"}),
            "mpiData.cavv",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "2.2.0", "eci": "05", "cavv": "x".repeat(65)}),
            "mpiData.cavv",
        ),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "2.2.0", "eci": "07", "dsTransactionId": "x".repeat(65)}),
            "mpiData.dsTransactionId",
        ),
        ("/env/colorDepth", json!(17), "env.colorDepth"),
        ("/env/timeZoneOffset", json!(-721), "env.timeZoneOffset"),
        ("/paymentExpiryTime", json!("tomorrow"), "paymentExpiryTime"),
    ];
    for (pointer, value, field) in problems {
        let problem = read(&with(pointer, value.clone())).err();
        assert!(
            problem
                .as_ref()
                .is_some_and(|problem| problem.contains(field)),
            "{pointer} = {value}: {problem:?}"
        );
        assert!(!problem.unwrap().contains("411734"), "{pointer}");
    }
}

#[test]
fn mistyped_card_data_lead_to_a_decline() {
    let declined = [
        ("cardNo", "4117347806156384", "INVALID_CARD_NUMBER"),
        ("expiryMonth", "13", "INVALID_EXPIRATION_DATE"),
        ("expiryYear", "26", "CARD_STILL_VALID"),
        ("expiryYear", "25", "INVALID_EXPIRATION_DATE"),
        ("cvv", "99", "INVALID_CVV"),
    ];
    for (field, value, code) in declined {
        let body = with(
            &format!("/paymentMethod/paymentMethodMetaData/{field}"),
            json!(value),
        );
        let outcome = match read(&body).ok().unwrap().instrument {
            Instrument::Card(card) => card.behaviour.outcome,
            Instrument::Mistyped(code) => Outcome::Decline(code),
            Instrument::Token(_) => panic!("no token was sent"),
        };
        let expected = if code == "CARD_STILL_VALID" {
            Outcome::Approve
        } else {
            Outcome::Decline(code)
        };
        assert_eq!(outcome, expected, "{field}");
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let card = "/paymentMethod/paymentMethodMetaData";
    let allowed = [
        ("/metadata", json!(format!("\"{}\"", "x".repeat(2046)))),
        ("/merchantAccountId", json!("x".repeat(32))),
        ("/env/timeZoneOffset", json!(-720)),
        ("/env/colorDepth", json!("24")),
        ("/env/screenWidth", json!(1024)),
        ("/order/buyer", json!({"buyerName": {"firstName": "A"}})),
        ("/order/goods/0/goodsQuantity", json!("10")),
        ("/order/shipping/shippingPhoneNo", json!("1".repeat(16))),
        (&format!("{card}/cpf"), json!("12345678901")),
        (&format!("{card}/dateOfBirth"), json!("1980-02-29")),
        (&format!("{card}/cardPasswordDigest"), json!("12")),
        (&format!("{card}/paymentMethodRegion"), json!("GLOBAL")),
        (
            &format!("{card}/mpiData"),
            json!({"threeDSVersion": "1.0.2", "eci": "00"}),
        ),
    ];
    for (pointer, value) in allowed {
        let problem = read(&with(pointer, value)).err();
        assert_eq!(problem, None, "{pointer}");
    }
}
