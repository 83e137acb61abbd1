//! The client over a transport that is no network.

use super::{INQUIRED, NOW, id, settings};
use crate::support::{CLIENT, MERCHANT_SPKI, PROVIDER_PKCS8, header};
use bytes::Bytes;
use domain::Time;
use domain::message::{Answer, NoAnswer};
use http::HeaderMap;
use pop::client::{Client, Received, SettingsError, Transport};
use pop::keys::VerifyingKeys;
use pop::provider::Provider;
use pop::request::{CAPTURE_PATH, INQUIRY_PATH};
use pop::verify::{NotificationHeaders, verify_notification};
use std::sync::Mutex;
use std::time::Duration;

/// Keeps what it is to carry, and answers each call the same.
struct Fake {
    answer: Result<Received, NoAnswer>,
    carried: Mutex<Vec<(String, HeaderMap, Bytes)>>,
}

impl Fake {
    fn answering(answer: Result<Received, NoAnswer>) -> Self {
        let carried = Mutex::default();
        Self { answer, carried }
    }

    /// Answers as the provider does to a call of this path.
    fn signing(path: &str) -> Self {
        let time = "2019-04-04T12:08:56+05:30";
        let signature = header(PROVIDER_PKCS8, path, CLIENT, time, INQUIRED);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("client-id", CLIENT),
            ("response-time", time),
            ("signature", &signature),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let body = INQUIRED.to_vec();
        Self::answering(Ok(Received { headers, body }))
    }
}

impl Transport for &Fake {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        _: Duration,
    ) -> Result<Received, NoAnswer> {
        let call = (path.to_owned(), headers, body);
        self.carried.lock().unwrap().push(call);
        self.answer.clone()
    }
}

fn over(fake: &Fake) -> Client<&Fake> {
    let settings = settings("https://gateway.example", CLIENT);
    Client::over(fake, settings, || Time::from_millis(NOW)).unwrap()
}

#[tokio::test]
async fn any_transport_carries_the_same_signed_call() {
    let fake = Fake::signing(INQUIRY_PATH);
    let exchange = over(&fake).inquire(&id()).await;
    assert!(matches!(exchange.answer, Answer::Verified(..)));
    assert_eq!(exchange.message.unwrap().body, INQUIRED);

    let carried = fake.carried.lock().unwrap();
    let [(path, headers, body)] = carried.as_slice() else {
        panic!("carried {} times", carried.len())
    };
    assert_eq!(path, INQUIRY_PATH);
    assert_eq!(headers.len(), 4);
    assert_eq!(headers["request-time"], NOW.to_string());
    assert_eq!(headers["content-type"], "application/json; charset=UTF-8");
    assert_eq!(
        body,
        br#"{"paymentRequestId":"paymentRequestId01"}"#.as_slice()
    );
    let merchant = VerifyingKeys::parse(&format!("3={MERCHANT_SPKI}")).unwrap();
    let headers = NotificationHeaders::from_map(headers);
    verify_notification(&merchant, CLIENT, path, None, &headers, body).unwrap();
}

#[tokio::test]
async fn what_a_transport_brings_is_not_believed_unverified() {
    let other_call = Fake::signing(CAPTURE_PATH);
    let exchange = over(&other_call).inquire(&id()).await;
    assert_eq!(exchange.answer, Answer::None(NoAnswer::NotVerified));
    assert_eq!(exchange.message, None);
}

#[tokio::test]
async fn what_a_transport_could_not_bring_is_told_and_not_repeated() {
    for reason in [
        NoAnswer::TimedOut,
        NoAnswer::Connection,
        NoAnswer::HttpStatus(503),
        NoAnswer::TooLong,
    ] {
        let fake = Fake::answering(Err(reason));
        let exchange = over(&fake).inquire(&id()).await;
        assert_eq!(exchange.answer, Answer::None(reason));
        assert_eq!(fake.carried.lock().unwrap().len(), 1);
    }
}

#[test]
fn settings_are_checked_whatever_the_transport() {
    let fake = Fake::answering(Err(NoAnswer::Connection));
    let clock = || Time::from_millis(NOW);
    let wrong_client = settings("https://gateway.example", "a b");
    let error = Client::over(&fake, wrong_client, clock).unwrap_err();
    assert_eq!(error, SettingsError::ClientId);
}
