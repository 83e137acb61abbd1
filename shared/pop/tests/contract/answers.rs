//! What answers say.

use crate::support::{sample, verified_answer};
use domain::Money;
use domain::evidence::MessageKind;
use domain::message::{
    AmountSeen, Answer, CaptureReport, InquiryReport, NoAnswer, Outcome, PayReport, Redirect,
    ReportedStatus, ResultStatus,
};
use pop::answer::{read_capture, read_inquiry, read_pay};
use serde_json::{Value, json};

fn pay(body: &[u8]) -> Answer<PayReport> {
    read_pay(&verified_answer(MessageKind::PayResponse, body))
}

fn inquiry(body: &[u8]) -> Answer<InquiryReport> {
    read_inquiry(&verified_answer(MessageKind::InquiryResponse, body))
}

fn capture(body: &[u8]) -> Answer<CaptureReport> {
    read_capture(&verified_answer(MessageKind::CaptureResponse, body))
}

fn said<T>(answer: Answer<T>) -> (Outcome, T) {
    match answer {
        Answer::Verified(outcome, report) => (outcome, report),
        Answer::None(reason) => panic!("{reason}"),
    }
}

fn money(value: &str, currency: &str) -> AmountSeen {
    AmountSeen::Is(Money::from_wire(value, currency).unwrap())
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn the_documented_answers_to_pay() {
    let (outcome, report) = said(pay(sample!("pay_response_success")));
    assert_eq!(
        (outcome.status, outcome.code.as_str()),
        (ResultStatus::Success, "SUCCESS")
    );
    assert_eq!(
        report.facts.request_id.unwrap().as_str(),
        "PAY_20211112172747856"
    );
    assert_eq!(
        report.facts.payment_id.unwrap().as_str(),
        "20211112194010800100188570271832381"
    );
    assert_eq!(report.facts.amount, money("1314", "EUR"));
    assert_eq!(report.facts.card.cvv_result_raw.as_deref(), Some("Y"));
    assert_eq!(report.redirect, None);

    let (outcome, report) = said(pay(sample!("pay_response_in_process_wallet_app")));
    assert_eq!(
        (outcome.status, outcome.code.as_str()),
        (ResultStatus::Unknown, "PAYMENT_IN_PROCESS")
    );
    let redirect = report.redirect.unwrap();
    assert_eq!(
        (redirect.method.as_str(), &redirect.parameters),
        ("GET", &None)
    );
    assert!(
        redirect.url.starts_with("https://render.alipay.hk/p/h5/"),
        "normalUrl comes first"
    );

    let (outcome, report) = said(pay(sample!("response_unknown_exception")));
    assert_eq!(
        (outcome.status, outcome.code.as_str()),
        (ResultStatus::Unknown, "UNKNOWN_EXCEPTION")
    );
    assert_eq!(report, PayReport::default());
}

fn redirect(fields: Value) -> Option<Redirect> {
    let mut body = fields;
    body["result"] = json!({"resultStatus": "U", "resultCode": "PAYMENT_IN_PROCESS"});
    said(pay(&bytes(&body))).1.redirect
}

#[test]
fn buyers_are_sent_to_safe_places_only() {
    let get = |url: &str| {
        Some(Redirect {
            method: "GET".into(),
            url: url.into(),
            parameters: None,
        })
    };
    let (good, other) = ("https://acs.example/3ds?x=1", "https://acs.example/form");
    let form = |form: Value| redirect(json!({"redirectActionForm": form}));
    assert_eq!(
        redirect(json!({"normalUrl": good, "redirectActionForm": {"redirectUrl": other}})),
        get(good)
    );
    assert_eq!(
        redirect(json!({"normalUrl": "", "redirectActionForm": {"redirectUrl": other}})),
        get(other)
    );
    assert_eq!(
        form(json!({"method": "get", "redirectUrl": other})),
        get(other)
    );
    assert_eq!(
        redirect(json!({"normalUrl": "http://127.0.0.1:9/3ds"})),
        get("http://127.0.0.1:9/3ds")
    );
    for parameters in [json!({"a": "1"}), json!("{\"a\":\"1\"}")] {
        let got = form(json!({"method": "POST", "redirectUrl": other, "parameters": parameters}))
            .unwrap();
        assert_eq!((got.method.as_str(), got.url.as_str()), ("POST", other));
        assert_eq!(got.parameters.as_deref(), Some(r#"{"a":"1"}"#));
    }
    // Of whatever kind its values are.
    let values = json!({"a": true, "b": null, "c": -1, "d": 1.5, "e": [false, 7, "x"]});
    let got = form(json!({"method": "POST", "redirectUrl": other, "parameters": values})).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&got.parameters.unwrap()).unwrap(),
        values
    );
    for (length, passed_on) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
        let parameters = "x".repeat(length);
        let got = form(json!({"method": "POST", "redirectUrl": other, "parameters": parameters}));
        assert_eq!(got.unwrap().parameters.is_some(), passed_on, "{length}");
    }
    assert_eq!(
        form(json!({"method": "POST", "redirectUrl": other, "parameters": {}}))
            .unwrap()
            .parameters,
        None
    );
    for unsafe_one in [
        json!({"normalUrl": "http://acs.example/"}),
        json!({"normalUrl": "javascript:alert(1)"}),
        json!({"normalUrl": "https://a@b.example/", "redirectActionForm": {"redirectUrl": "ftp://x"}}),
        json!({"normalUrl": {"a": 1}}),
        json!({"redirectActionForm": {"method": "PUT", "redirectUrl": other}}),
        json!({"redirectActionForm": other}),
        json!({}),
    ] {
        assert_eq!(redirect(unsafe_one.clone()), None, "{unsafe_one}");
    }
}

#[test]
fn the_documented_answers_to_inquiry() {
    let (outcome, report) = said(inquiry(sample!(
        "inquiry_payment_success_transactions_null"
    )));
    assert_eq!(outcome.status, ResultStatus::Success);
    assert_eq!(report.status, ReportedStatus::Success);
    assert_eq!(report.facts.amount, money("4200", "SGD"));
    assert_eq!(report.captures, []);
    for (body, status, code) in [
        (
            sample!("inquiry_fragment_capture_failed"),
            ReportedStatus::Fail,
            "PROCESS_FAIL",
        ),
        (
            sample!("inquiry_fragment_capture_processing"),
            ReportedStatus::Processing,
            "PAYMENT_IN_PROCESS",
        ),
        (
            sample!("inquiry_fragment_capture_success_no_transactiontime"),
            ReportedStatus::Success,
            "SUCCESS",
        ),
    ] {
        let (outcome, report) = said(inquiry(body));
        assert_eq!(
            outcome,
            Outcome {
                status: ResultStatus::Other,
                code: String::new()
            }
        );
        assert_eq!(
            report.status,
            ReportedStatus::Other,
            "a fragment has no paymentStatus"
        );
        let [capture] = report.captures.as_slice() else {
            panic!("one capture")
        };
        assert_eq!((capture.status, capture.code.as_str()), (status, code));
        assert_eq!(
            capture.request_id.as_ref().unwrap().as_str(),
            "test_test_test_XXXX"
        );
        assert_eq!(
            capture.capture_id.as_ref().unwrap().as_str(),
            "2022XXXXXXXX"
        );
        assert_eq!(capture.amount, money("4200", "SGD"));
    }
}

#[test]
fn only_captures_are_taken_from_the_transactions() {
    let body = json!({
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"},
        "paymentStatus": "SUCCESS", "paymentResultCode": "SUCCESS",
        "transactions": [
            {"transactionType": "AUTHORIZATION", "transactionStatus": "SUCCESS", "transactionId": "a b"},
            {"transationType": "CAPTURE", "transactionStatus": "SUCCESS", "transactionRequestId": "misspelt"},
            {"transactionType": "REFUND", "transactionStatus": "SUCCESS", "transactionRequestId": "r"},
            {"transactionType": "CAPTURE", "transactionStatus": "LATER", "transactionRequestId": 7},
            {"transactionType": "", "transationType": "CAPTURE", "transactionStatus": "FAIL", "transactionRequestId": "both"},
            {"transactionType": "NEW"}, null, 5, "CAPTURE", {},
        ],
    });
    let (_, report) = said(inquiry(&bytes(&body)));
    assert_eq!(report.code, "SUCCESS");
    let got: Vec<_> = report
        .captures
        .iter()
        .map(|capture| {
            (
                capture.request_id.as_ref().unwrap().as_str(),
                capture.status,
            )
        })
        .collect();
    assert_eq!(
        got,
        [
            ("misspelt", ReportedStatus::Success),
            ("7", ReportedStatus::Other),
            ("both", ReportedStatus::Fail)
        ]
    );
    assert_eq!(report.captures[1].amount, AmountSeen::Absent);
    for (word, want) in [
        ("SUCCESS", ReportedStatus::Success),
        ("FAIL", ReportedStatus::Fail),
        ("CANCELLED", ReportedStatus::Cancelled),
        ("PROCESSING", ReportedStatus::Processing),
        ("PENDING", ReportedStatus::Pending),
        ("success", ReportedStatus::Other),
        ("AUTHORIZED", ReportedStatus::Other),
    ] {
        let body =
            json!({"result": {"resultStatus": "S"}, "paymentStatus": word, "transactions": {}});
        assert_eq!(said(inquiry(&bytes(&body))).1.status, want, "{word}");
    }
}

#[test]
fn the_older_place_of_the_three_ds_result_is_read() {
    let body = json!({
        "result": {"resultStatus": "S"}, "paymentStatus": "SUCCESS",
        "cardInfo": {"cardNo": "411734******6383", "threeDSResult": {"eci": "05", "cavv": "secret"}},
    });
    let (_, report) = said(inquiry(&bytes(&body)));
    assert_eq!(report.facts.card.eci.as_deref(), Some("05"));
    let shown = format!("{report:?}");
    assert!(
        !shown.contains("secret") && !shown.contains("4117"),
        "{shown}"
    );
}

#[test]
fn the_documented_answer_to_capture() {
    let (outcome, report) = said(capture(sample!("capture_response_success")));
    assert_eq!(outcome.status, ResultStatus::Success);
    assert_eq!(
        report.payment_id.unwrap().as_str(),
        "202504151940108001001889C0235018078"
    );
    assert_eq!(
        report.capture_id.unwrap().as_str(),
        "202504151940108070001889C0253659686"
    );
    assert_eq!(
        report.request_id.unwrap().as_str(),
        "capture_jk02038196_20250414_203548_515"
    );
    assert_eq!(report.amount, money("100", "HKD"));
}

#[test]
fn a_signed_answer_that_cannot_be_read_is_none() {
    let long = "x".repeat(65);
    for body in [
        b"{\"result\":".to_vec(),
        b"{\"a\":1,\"a\":2}".to_vec(),
        bytes(&json!({"result": {"resultStatus": "S"}, "paymentId": long})),
        bytes(&json!({"result": {"resultStatus": "S"}, "paymentId": {"a": 1}})),
    ] {
        assert_eq!(pay(&body), Answer::None(NoAnswer::Unreadable));
        assert_eq!(inquiry(&body), Answer::None(NoAnswer::Unreadable));
        assert_eq!(capture(&body), Answer::None(NoAnswer::Unreadable));
    }
    let transaction = json!({"transactionType": "CAPTURE", "transactionRequestId": long});
    let body = bytes(&json!({"result": {"resultStatus": "S"}, "transactions": [transaction]}));
    assert_eq!(inquiry(&body), Answer::None(NoAnswer::Unreadable));
}
