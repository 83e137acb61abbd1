//! The client against a small server that behaves well, and then in every bad way.

mod hostile;
mod key_refused;
mod server;
mod tls;
mod transport;

use crate::support::{
    CLIENT, MERCHANT_PKCS8, MERCHANT_SPKI, OTHER_PKCS8, PROVIDER_PKCS8, header, provider_keys,
    sample,
};
use domain::evidence::MessageKind;
use domain::message::{Answer, NoAnswer, ResultStatus};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{CaptureRequestId, Money, PaymentId, PaymentRequestId, RefundRequestId, Time};
use pop::client::{Client, Options, Settings, SettingsError};
use pop::keys::VerifyingKeys;
use pop::merchant_key::MerchantKey;
use pop::provider::{Exchange, Provider};
use pop::request::{CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH};
use pop::verify::{NotificationHeaders, verify_notification};
use server::{Reply, Server};
use std::time::{Duration, Instant};

const NOW: i64 = 1_685_599_933_871;
const SANDBOX: &str = "SANDBOX_5X00000000000000";
const INQUIRED: &[u8] = sample!("inquiry_payment_success_transactions_null");

fn settings(base_url: &str, client_id: &str) -> Settings {
    Settings {
        base_url: base_url.to_owned(),
        client_id: client_id.to_owned(),
        merchant_keys: MerchantKey::parse(MERCHANT_PKCS8, "3").unwrap().into(),
        verifying_keys: provider_keys(),
        notify_url: Some("https://shop.example/notify".to_owned()),
    }
}

fn options() -> Options {
    Options {
        total: Duration::from_millis(400),
        connect: Duration::from_millis(200),
        answer_bytes: 4096,
        clock: || Time::from_millis(NOW),
    }
}

fn client(server: &Server, client_id: &str) -> Client {
    Client::with_options(settings(&server.url, client_id), options()).unwrap()
}

fn id() -> PaymentRequestId {
    PaymentRequestId::new("paymentRequestId01").unwrap()
}

/// A reply as the provider signs it for this path.
fn signed(path: &str, body: &[u8]) -> Reply {
    signed_by(PROVIDER_PKCS8, path, CLIENT, body)
}

fn signed_by(private: &str, path: &str, client: &str, body: &[u8]) -> Reply {
    let time = "2019-04-04T12:08:56+05:30";
    let signature = header(private, path, client, time, body);
    Reply::ok(body)
        .with("Client-Id", client)
        .with("Response-Time", time)
        .with("Signature", &signature)
}

async fn inquire(reply: Reply) -> Exchange<domain::message::InquiryReport> {
    let server = Server::start(vec![reply]).await;
    client(&server, CLIENT).inquire(&id()).await
}

#[tokio::test]
async fn a_call_is_signed_and_its_answer_is_believed() {
    let body = sample!("capture_response_success");
    let server = Server::start(vec![
        signed(INQUIRY_PATH, INQUIRED),
        signed(CAPTURE_PATH, body),
    ])
    .await;
    let client = client(&server, CLIENT);
    let inquired = client.inquire(&id()).await;
    let Answer::Verified(outcome, _) = inquired.answer else {
        panic!("{:?}", inquired.answer)
    };
    assert_eq!(outcome.status, ResultStatus::Success);
    let message = inquired.message.unwrap();
    assert_eq!(
        (message.kind, message.path.as_str()),
        (MessageKind::InquiryResponse, INQUIRY_PATH)
    );
    assert_eq!(message.body, INQUIRED);

    let order = CaptureOrder {
        request_id: CaptureRequestId::new("C1-ab").unwrap(),
        payment_id: PaymentId::new("2025C").unwrap(),
        amount: Money::from_wire("100", "HKD").unwrap(),
    };
    let captured = client.capture(&order).await;
    assert!(matches!(captured.answer, Answer::Verified(..)));
    assert_eq!(captured.message.unwrap().kind, MessageKind::CaptureResponse);

    let requests = server.requests();
    assert_eq!(server.connections(), 1, "the connection is used again");
    for (request, path) in requests.iter().zip([INQUIRY_PATH, CAPTURE_PATH]) {
        assert_eq!(request.line, format!("POST {path} HTTP/1.1"));
        assert_eq!(
            request.headers["content-type"],
            "application/json; charset=UTF-8"
        );
        assert_eq!(request.headers["request-time"], NOW.to_string());
        let signature = request.headers["signature"].to_str().unwrap();
        assert!(
            signature.starts_with("algorithm=RSA256,keyVersion=3,signature="),
            "{signature}"
        );
        let merchant = VerifyingKeys::parse(&format!("3={MERCHANT_SPKI}")).unwrap();
        let headers = NotificationHeaders::from_map(&request.headers);
        let checked = verify_notification(&merchant, CLIENT, path, None, &headers, &request.body);
        assert!(checked.is_ok(), "{checked:?}");
    }
    assert_eq!(
        requests[0].body,
        br#"{"paymentRequestId":"paymentRequestId01"}"#
    );
}

#[tokio::test]
async fn cancel_and_refund_are_calls_like_the_others() {
    let refunded =
        br#"{"result":{"resultStatus":"S","resultCode":"SUCCESS"},"refundRequestId":"R-1"}"#;
    let server = Server::start(vec![
        signed(CANCEL_PATH, INQUIRED),
        signed(REFUND_PATH, refunded),
        signed(REFUND_INQUIRY_PATH, refunded),
        signed(REFUND_PATH, INQUIRED),
    ])
    .await;
    let client = client(&server, CLIENT);
    let order = RefundOrder {
        request_id: RefundRequestId::new("R-1").unwrap(),
        payment_id: PaymentId::new("2025C").unwrap(),
        amount: Money::from_wire("100", "HKD").unwrap(),
        reason: Some("too cold".into()),
    };
    let cancelled = client.cancel(&id()).await;
    let Answer::Verified(_, report) = cancelled.answer else {
        panic!("{:?}", cancelled.answer)
    };
    assert_eq!(report.request_id, Some(id()));
    let refunds = [
        client.refund(&order).await,
        client.inquire_refund(&order.request_id).await,
    ];
    for exchange in &refunds {
        let Answer::Verified(_, report) = &exchange.answer else {
            panic!("{:?}", exchange.answer)
        };
        assert_eq!(report.request_id.as_ref(), Some(&order.request_id));
    }
    let kinds = [cancelled.message]
        .into_iter()
        .chain(refunds.map(|exchange| exchange.message));
    let kinds: Vec<_> = kinds.map(|message| message.unwrap().kind).collect();
    assert_eq!(
        kinds,
        [
            MessageKind::CancelResponse,
            MessageKind::RefundResponse,
            MessageKind::RefundInquiryResponse
        ]
    );
    let sent = server.requests();
    for (request, (path, body)) in sent.iter().zip([
        (CANCEL_PATH, r#"{"paymentRequestId":"paymentRequestId01"}"#),
        (
            REFUND_PATH,
            r#"{"refundRequestId":"R-1","paymentId":"2025C","refundAmount":{"currency":"HKD","value":"100"},"refundReason":"too cold","refundNotifyUrl":"https://shop.example/notify"}"#,
        ),
        (REFUND_INQUIRY_PATH, r#"{"refundRequestId":"R-1"}"#),
    ]) {
        assert_eq!(request.line, format!("POST {path} HTTP/1.1"));
        assert_eq!(String::from_utf8_lossy(&request.body), body);
    }
    client.refund(&order).await;
    assert_eq!(
        server.requests()[3].body,
        sent[1].body,
        "a repeat is the same to the byte"
    );
}

#[tokio::test]
async fn a_sandbox_client_calls_and_checks_sandbox_paths() {
    let path = "/ams/sandbox/api/v1/payments/inquiryPayment";
    let right = signed_by(PROVIDER_PKCS8, path, SANDBOX, INQUIRED);
    let wrong = signed_by(PROVIDER_PKCS8, INQUIRY_PATH, SANDBOX, INQUIRED);
    let server = Server::start(vec![right, wrong]).await;
    let client = client(&server, SANDBOX);
    assert!(client.inquire(&id()).await.message.is_some());
    assert_eq!(server.requests()[0].line, format!("POST {path} HTTP/1.1"));
    let exchange = client.inquire(&id()).await;
    assert_eq!(
        (exchange.answer, exchange.message),
        (Answer::None(NoAnswer::NotVerified), None)
    );
}

#[tokio::test]
async fn what_is_not_signed_for_this_call_is_not_believed() {
    let path = INQUIRY_PATH;
    let good = || signed(path, INQUIRED);
    let refusal = br#"{"result":{"resultStatus":"F","resultCode":"INVALID_SIGNATURE"}}"#;
    for (what, reply) in [
        ("unsigned", Reply::ok(INQUIRED)),
        (
            "a refusal of our signature, unsigned",
            Reply::ok(refusal).with("Client-Id", CLIENT),
        ),
        ("not JSON and unsigned", Reply::ok(b"<html>")),
        ("no body", Reply::ok(b"")),
        (
            "another key",
            signed_by(OTHER_PKCS8, path, CLIENT, INQUIRED),
        ),
        (
            "another client",
            signed_by(PROVIDER_PKCS8, path, "5Y1", INQUIRED),
        ),
        ("another call's answer", signed(CAPTURE_PATH, INQUIRED)),
        (
            "another body",
            good().with_body(sample!("response_unknown_exception")),
        ),
        (
            "two signatures",
            good().with("Signature", "algorithm=RSA256,signature=AAAA"),
        ),
        ("two client ids", good().with("Client-Id", CLIENT)),
    ] {
        let exchange = inquire(reply).await;
        assert_eq!(
            exchange.answer,
            Answer::None(NoAnswer::NotVerified),
            "{what}"
        );
        assert_eq!(exchange.message, None, "{what}");
    }
}

#[tokio::test]
async fn a_signed_answer_without_sense_is_evidence_but_no_answer() {
    for body in [&INQUIRED[..INQUIRED.len() - 9], b"{\"paymentId\":\"a b\"}"] {
        let exchange = inquire(signed(INQUIRY_PATH, body)).await;
        assert_eq!(exchange.answer, Answer::None(NoAnswer::Unreadable));
        assert_eq!(exchange.message.unwrap().body, body);
    }
}

#[tokio::test]
async fn other_statuses_are_no_answer_even_if_signed() {
    for status in [201, 204, 400, 401, 429, 500, 502, 503] {
        let exchange = inquire(signed(INQUIRY_PATH, INQUIRED).with_status(status)).await;
        assert_eq!(exchange.answer, Answer::None(NoAnswer::HttpStatus(status)));
        assert_eq!(exchange.message, None);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(vec![signed(INQUIRY_PATH, INQUIRED)]).await;
    for status in [301, 302, 307, 308] {
        let location = format!("{}{INQUIRY_PATH}", elsewhere.url);
        let exchange = inquire(
            Reply::ok(b"")
                .with_status(status)
                .with("Location", &location),
        )
        .await;
        assert_eq!(exchange.answer, Answer::None(NoAnswer::HttpStatus(status)));
    }
    assert_eq!(elsewhere.connections(), 0);
}

/// Takes down what the client logs as the code that an unsigned answer claims.
struct Claims(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl tracing::field::Visit for Claims {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "pop.claimed_code" {
            self.0.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl tracing::Subscriber for Claims {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Self(self.0.clone()));
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn what_an_unsigned_answer_claims_is_logged_only_if_it_is_a_code() {
    for (claimed, logged) in [
        ("KEY_NOT_FOUND", "KEY_NOT_FOUND"),
        ("key_not_found", ""),
        ("KEY NOT FOUND", ""),
        ("KEY\\nALL_IS_WELL", ""),
    ] {
        let heard = std::sync::Arc::default();
        let guard = tracing::subscriber::set_default(Claims(std::sync::Arc::clone(&heard)));
        let body = format!(r#"{{"result":{{"resultStatus":"F","resultCode":"{claimed}"}}}}"#);
        let exchange = inquire(Reply::ok(body.as_bytes())).await;
        drop(guard);
        assert_eq!(exchange.answer, Answer::None(NoAnswer::NotVerified));
        assert_eq!(*heard.lock().unwrap(), [logged], "{claimed}");
    }
}

#[tokio::test]
async fn long_answers_are_not_read_to_the_end() {
    let long = vec![b' '; 5000];
    for reply in [
        signed(INQUIRY_PATH, &[b"{".as_slice(), &long].concat()),
        Reply::ok(&long).chunked(),
        Reply::ok(b"{}").announcing(5_000_000_000),
    ] {
        assert_eq!(inquire(reply).await.answer, Answer::None(NoAnswer::TooLong));
    }
    let fits = [INQUIRED, &vec![b' '; 4096 - INQUIRED.len()]].concat();
    let announced = inquire(signed(INQUIRY_PATH, &fits)).await;
    assert!(matches!(announced.answer, Answer::Verified(..)));
    let exchange = inquire(signed(INQUIRY_PATH, &fits).chunked()).await;
    assert!(
        matches!(exchange.answer, Answer::Verified(..)),
        "the limit itself is allowed"
    );
}

#[tokio::test]
async fn silence_ends_in_time() {
    for reply in [Reply::silence(), signed(INQUIRY_PATH, INQUIRED).stalling()] {
        let start = Instant::now();
        assert_eq!(
            inquire(reply).await.answer,
            Answer::None(NoAnswer::TimedOut)
        );
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(350) && took < Duration::from_secs(5),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn broken_connections_are_told_and_not_repeated() {
    for reply in [Reply::hang_up(), signed(INQUIRY_PATH, INQUIRED).cut_short()] {
        let server = Server::start(vec![reply]).await;
        let exchange = client(&server, CLIENT).inquire(&id()).await;
        assert_eq!(exchange.answer, Answer::None(NoAnswer::Connection));
        assert_eq!(server.requests().len(), 1, "asked once");
    }
    let refused = Server::closed().await;
    let client = Client::with_options(settings(&refused, CLIENT), options()).unwrap();
    assert_eq!(
        client.inquire(&id()).await.answer,
        Answer::None(NoAnswer::Connection)
    );
}

#[tokio::test]
async fn a_gateway_that_no_authority_vouches_for_is_told_nothing() {
    let (url, gateway) = tls::start();
    let client = Client::with_options(settings(&url, CLIENT), options()).unwrap();
    let answer = client.inquire(&id()).await.answer;
    assert_eq!(answer, Answer::None(NoAnswer::Connection));
    assert_eq!(
        gateway.recv_timeout(Duration::from_secs(10)),
        Ok(Vec::new()),
        "something was sent before the certificate was checked"
    );
}

#[test]
fn settings_are_checked_by_name() {
    let try_url = |url: &str| Client::new(settings(url, CLIENT)).map(drop);
    for good in [
        "https://open-sea-global.alipay.com",
        "https://open-sea-global.alipay.com/",
        "https://gateway.example:8443",
        "http://127.0.0.1:9",
        "http://localhost:9",
    ] {
        assert_eq!(try_url(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "open-sea-global.alipay.com",
        "http://open-sea-global.alipay.com",
        "https://gateway.example/ams",
        "https://gateway.example/?x",
        "https://gateway.example/#x",
        "https://user@gateway.example",
        "ftp://gateway.example",
    ] {
        assert_eq!(try_url(bad), Err(SettingsError::BaseUrl), "{bad}");
    }
    for bad in ["", "a b", "a\nb", "a.b", &"x".repeat(129)] {
        let error = Client::new(settings("https://gateway.example", bad)).unwrap_err();
        assert_eq!(error, SettingsError::ClientId);
        assert!(error.to_string().starts_with("POP_CLIENT_ID"), "{error}");
    }
    for (notify_url, good) in [
        (None, true),
        (Some("http://127.0.0.1:9/notify".to_owned()), true),
        (Some("http://shop.example/notify".to_owned()), false),
        (Some(String::new()), false),
        (Some(format!("https://a/{}", "x".repeat(1014))), true),
        (Some(format!("https://a/{}", "x".repeat(1015))), false),
    ] {
        let mut settings = settings("https://gateway.example", CLIENT);
        settings.notify_url = notify_url.clone();
        let got = Client::new(settings).map(drop);
        let want = if good {
            Ok(())
        } else {
            Err(SettingsError::NotifyUrl)
        };
        assert_eq!(got, want, "{notify_url:?}");
    }
    let client = Client::new(settings("https://gateway.example", CLIENT)).unwrap();
    assert!(!format!("{client:?} {:?}", settings("https://x.example", CLIENT)).contains("MII"));
}
