//! What the client does when POP refuses the key that signed.

use super::{INQUIRED, id};
use crate::support::{CLIENT, MERCHANT_PKCS8, OTHER_PKCS8, PROVIDER_PKCS8, header, provider_keys};
use bytes::Bytes;
use domain::Time;
use domain::message::{Answer, NoAnswer};
use http::HeaderMap;
use pop::client::{Client, Received, Settings, Transport};
use pop::merchant_key::{MerchantKey, MerchantKeyError, MerchantKeys};
use pop::provider::{Exchange, Provider};
use pop::request::INQUIRY_PATH;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Milliseconds since the test began; each test is a process of its own.
static NOW: AtomicI64 = AtomicI64::new(0);

fn now() -> Time {
    Time::from_millis(NOW.load(Ordering::SeqCst))
}

/// How POP says that it does not take the key.
#[derive(Clone, Copy)]
enum Refusal {
    Unsigned(&'static str),
    Signed(&'static str),
}

/// A gateway that takes keys of these versions, and needs so long for each answer.
struct Gateway {
    takes: &'static [&'static str],
    refusal: Refusal,
    answers_in_ms: i64,
    asked: Mutex<Vec<(String, Bytes, Duration)>>,
}

impl Gateway {
    fn taking(takes: &'static [&'static str], refusal: Refusal) -> Self {
        Self {
            takes,
            refusal,
            answers_in_ms: 5,
            asked: Mutex::default(),
        }
    }

    fn versions(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(version, ..)| version.clone()).collect()
    }
}

fn signed(body: &[u8]) -> Received {
    let time = "2019-04-04T12:08:56+05:30";
    let signature = header(PROVIDER_PKCS8, INQUIRY_PATH, CLIENT, time, body);
    let values = [
        ("client-id", CLIENT),
        ("response-time", time),
        ("signature", &signature),
    ];
    let named = values.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    Received {
        headers: HeaderMap::from_iter(named),
        body: body.to_vec(),
    }
}

impl Transport for &Gateway {
    async fn post(
        &self,
        _: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> Result<Received, NoAnswer> {
        NOW.fetch_add(self.answers_in_ms, Ordering::SeqCst);
        let header = headers["signature"].to_str().unwrap();
        let version = header.split("keyVersion=").nth(1).unwrap();
        let version = version.split(',').next().unwrap().to_owned();
        let taken = self.takes.contains(&version.as_str());
        self.asked.lock().unwrap().push((version, body, limit));
        let refusal = |code: &str| {
            format!(r#"{{"result":{{"resultStatus":"F","resultCode":"{code}"}}}}"#).into_bytes()
        };
        Ok(match self.refusal {
            _ if taken => signed(INQUIRED),
            Refusal::Signed(code) => signed(&refusal(code)),
            Refusal::Unsigned(code) => Received {
                headers: HeaderMap::new(),
                body: refusal(code),
            },
        })
    }
}

/// Two keys, of which the first signs unless it is refused.
struct Two {
    first: Arc<MerchantKey>,
    second: Option<Arc<MerchantKey>>,
}

impl Two {
    fn new(second: bool) -> Self {
        let second = second.then(|| Arc::new(MerchantKey::parse(OTHER_PKCS8, "2").unwrap()));
        Self {
            first: Arc::new(MerchantKey::parse(MERCHANT_PKCS8, "1").unwrap()),
            second,
        }
    }
}

impl MerchantKeys for Two {
    async fn current(&self) -> Arc<MerchantKey> {
        Arc::clone(&self.first)
    }

    async fn after_refusal(&self, refused: &MerchantKey) -> Option<Arc<MerchantKey>> {
        assert!(refused.is(&self.first));
        self.second.clone()
    }
}

async fn inquire(gateway: &Gateway, keys: Two) -> Exchange<domain::message::InquiryReport> {
    let settings = Settings {
        base_url: "https://gateway.example".to_owned(),
        client_id: CLIENT.to_owned(),
        merchant_keys: keys,
        verifying_keys: provider_keys(),
        notify_url: None,
    };
    let client = Client::over(gateway, settings, now).unwrap();
    client.inquire(&id()).await
}

const REFUSALS: [Refusal; 6] = [
    Refusal::Unsigned("INVALID_SIGNATURE"),
    Refusal::Unsigned("SIGNATURE_INVALID"),
    Refusal::Unsigned("KEY_NOT_FOUND"),
    Refusal::Signed("INVALID_SIGNATURE"),
    Refusal::Signed("SIGNATURE_INVALID"),
    Refusal::Signed("KEY_NOT_FOUND"),
];

#[tokio::test]
async fn a_call_whose_key_is_refused_is_made_again_with_another_one_within_its_time() {
    for refusal in REFUSALS {
        let gateway = Gateway::taking(&["2"], refusal);
        let exchange = inquire(&gateway, Two::new(true)).await;
        assert!(matches!(exchange.answer, Answer::Verified(..)));
        assert_eq!(exchange.message.unwrap().body, INQUIRED);
        assert_eq!(gateway.versions(), ["1", "2"]);
        let asked = gateway.asked.lock().unwrap();
        assert_eq!(asked[0].1, asked[1].1, "the same body, and so the same ids");
        assert_eq!(asked[0].2, Duration::from_secs(10));
        assert_eq!(asked[1].2, Duration::from_millis(9_995));
    }
}

#[tokio::test]
async fn a_key_that_is_taken_signs_alone() {
    for takes in [&["1"][..], &["1", "2"]] {
        let gateway = Gateway::taking(takes, REFUSALS[0]);
        assert!(inquire(&gateway, Two::new(true)).await.message.is_some());
        assert_eq!(gateway.versions(), ["1"]);
    }
}

#[tokio::test]
async fn without_a_key_that_is_taken_nothing_is_known_and_nothing_is_tried_for_ever() {
    for (keys, versions) in [(Two::new(false), &["1"][..]), (Two::new(true), &["1", "2"])] {
        let gateway = Gateway::taking(&[], REFUSALS[0]);
        let exchange = inquire(&gateway, keys).await;
        assert_eq!(exchange.answer, Answer::None(NoAnswer::NotVerified));
        assert_eq!(exchange.message, None);
        assert_eq!(gateway.versions(), versions);
    }
}

#[tokio::test]
async fn other_refusals_say_nothing_about_the_key() {
    for code in [
        "UNKNOWN_EXCEPTION",
        "PROCESS_FAIL",
        "ACCESS_DENIED",
        "",
        "INVALID_SIGNATURE_X",
    ] {
        for refusal in [Refusal::Unsigned(code), Refusal::Signed(code)] {
            let gateway = Gateway::taking(&["2"], refusal);
            let exchange = inquire(&gateway, Two::new(true)).await;
            assert_eq!(gateway.versions(), ["1"], "{code}");
            let signed = matches!(refusal, Refusal::Signed(_));
            assert_eq!(exchange.message.is_some(), signed, "{code}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_took_the_whole_time_is_not_followed() {
    for (answers_in_ms, tries) in [(8_999, 2), (9_001, 1), (20_000, 1)] {
        let mut gateway = Gateway::taking(&["2"], REFUSALS[2]);
        gateway.answers_in_ms = answers_in_ms;
        inquire(&gateway, Two::new(true)).await;
        assert_eq!(gateway.versions().len(), tries, "{answers_in_ms} ms");
    }
}

#[test]
fn a_secret_may_name_the_version_of_its_key() {
    let json = |version: &str, key: &str| {
        serde_json::json!({ "keyVersion": version, "privateKey": key, "note": "" }).to_string()
    };
    let bare: String = MERCHANT_PKCS8
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    for (text, version) in [
        (MERCHANT_PKCS8.to_owned(), "1"),
        (bare.clone(), "1"),
        (json("2", MERCHANT_PKCS8), "2"),
        (json("7", &bare), "7"),
        (format!("\n {}\n", json("2", &bare)), "2"),
    ] {
        let key = MerchantKey::parse(&text, "1").unwrap();
        assert_eq!(key.version(), version);
        assert!(!format!("{key:?}").contains("MII"), "{key:?}");
    }
    let one = MerchantKey::parse(&bare, "1").unwrap();
    assert!(one.is(&MerchantKey::parse(MERCHANT_PKCS8, "1").unwrap()));
    assert!(!one.is(&MerchantKey::parse(MERCHANT_PKCS8, "2").unwrap()));
    assert!(!one.is(&MerchantKey::parse(OTHER_PKCS8, "1").unwrap()));
}

#[test]
fn a_secret_that_is_no_key_says_what_is_expected_and_nothing_else() {
    let of = |text: &str, version: &str| MerchantKey::parse(text, version).map(drop).unwrap_err();
    for (text, code) in [
        ("{", "bad_key_json"),
        (r#"{"privateKey":"MII"}"#, "bad_key_json"),
        (r#"{"keyVersion":"2"}"#, "bad_key_json"),
        (r#"{"keyVersion":2,"privateKey":"MII"}"#, "bad_key_json"),
        (
            r#"{"keyVersion":"2 ","privateKey":"MII"}"#,
            "bad_key_version",
        ),
        (
            r#"{"keyVersion":"2","privateKey":"MII"}"#,
            "not_private_key",
        ),
        (r#"{"keyVersion":"2","privateKey":""}"#, "empty"),
        ("", "empty"),
        ("hush!", "not_base64"),
    ] {
        let error = of(text, "1");
        assert_eq!(error.code(), code, "{text}");
        assert!(!error.to_string().contains("MII"), "{error}");
    }
    for bad in ["", "1,signature=x", "12345678901234567"] {
        assert_eq!(of(MERCHANT_PKCS8, bad), MerchantKeyError::Version);
    }
}
