//! The provider without a network: it follows the time it is told, keeps letters until they are fetched, and says the
//! same to the byte when it is asked the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use graviola::signing::rsa::{SigningKey, VerifyingKey};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use simulator::keys::KeyPair;
use simulator::{
    Call, Config, Fault, Letter, Offline, OfflineReply, PaymentState, Rates, Seal, TEST_CARDS,
};

use crate::shop::{ACKNOWLEDGEMENT, CLIENT_ID, GOOD_CARD, order, sign, verifies};

/// 2031-01-15T12:00:00Z: no machine's clock says so.
const START: i64 = 1_926_244_800_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const NOTIFY_URL: &str = "https://shop.example/pop/notify";

/// A merchant's keys and a provider that has no network.
struct Desk {
    provider: Offline,
    key: SigningKey,
    provider_key: VerifyingKey,
}

struct Keys(KeyPair, KeyPair);

impl Keys {
    fn new() -> Self {
        Self(KeyPair::generate().unwrap(), KeyPair::generate().unwrap())
    }

    fn desk(&self, seed: u64, rates: Rates) -> Desk {
        let Self(merchant, provider) = self;
        let mut config = Config::new(CLIENT_ID, &merchant.public_pem(), &provider.private_base64);
        (config.seed, config.rates) = (seed, rates);
        let provider = Offline::new(config, START).unwrap();
        let spki = BASE64.decode(provider.provider_public_key()).unwrap();
        let private = BASE64.decode(&merchant.private_base64).unwrap();
        Desk {
            // A 2048-bit SPKI has 24 bytes before the PKCS#1 key.
            provider_key: VerifyingKey::from_pkcs1_der(&spki[24..]).unwrap(),
            key: SigningKey::from_pkcs8_der(&private).unwrap(),
            provider,
        }
    }
}

fn faultless() -> Desk {
    Keys::new().desk(1, Rates::none())
}

impl Desk {
    fn call(&self, resource: &str, body: &Value) -> OfflineReply {
        let path = format!("/ams/api/v1/payments/{resource}");
        let body = body.to_string();
        let request = sign(&self.key, CLIENT_ID, &path, "1926244800000", &body);
        self.provider
            .call(&Method::POST, &path, request.headers(), body.as_bytes())
    }

    /// A call whose answer is signed for it.
    #[track_caller]
    fn ask(&self, resource: &str, body: &Value) -> (HeaderMap, Value) {
        let OfflineReply::Answer {
            status: 200,
            headers,
            body,
        } = self.call(resource, body)
        else {
            panic!("no answer")
        };
        let path = format!("/ams/api/v1/payments/{resource}");
        let time = headers["response-time"].to_str().unwrap();
        assert!(verifies(&self.provider_key, &headers, &path, time, &body));
        let value = serde_json::from_slice(&body).unwrap();
        (headers, value)
    }

    #[track_caller]
    fn pay(&self, id: &str, card: &str) -> Value {
        self.ask("pay", &order(id, card, NOTIFY_URL)).1
    }

    #[track_caller]
    fn one_letter(&self) -> Letter {
        let mut letters = self.provider.collect();
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters.remove(0)
    }

    /// Moves on until there is a letter, and says when that is. `None`: there is never one again.
    #[track_caller]
    fn next_letter(&self) -> Option<(i64, Letter)> {
        while let Some(due) = self.provider.next_due() {
            self.provider.set_time(due);
            let mut letters = self.provider.collect();
            assert!(letters.len() < 2, "{letters:?}");
            if let Some(letter) = letters.pop() {
                return Some((due, letter));
            }
        }
        None
    }
}

fn is_genuine(desk: &Desk, letter: &Letter) -> bool {
    let time = letter.headers["request-time"].to_str().unwrap();
    let body = letter.body.as_bytes();
    verifies(
        &desk.provider_key,
        &letter.headers,
        &letter.path,
        time,
        body,
    )
}

#[test]
fn time_stands_until_it_is_set_and_letters_wait_until_they_are_fetched() {
    let desk = faultless();
    let provider = &desk.provider;
    assert_eq!(provider.next_due(), None);
    let (headers, answer) = desk.ask("pay", &order("P1", GOOD_CARD, NOTIFY_URL));
    assert_eq!(answer["result"]["resultStatus"], "S");
    assert_eq!(headers["response-time"], "2031-01-15T04:00:00-08:00");
    assert_eq!(answer["paymentTime"], "2031-01-15T04:00:00-08:00");

    let due = provider.next_due().unwrap();
    assert!((START + 300..=START + 1500).contains(&due), "{due}");
    provider.set_time(due - 1);
    assert_eq!(provider.collect(), []);
    provider.set_time(due);
    provider.set_time(due - MINUTE);
    // A call does what is due before it, but does not take the letter along.
    desk.ask("inquiryPayment", &json!({"paymentRequestId": "P1"}));
    assert_eq!(provider.next_due(), Some(due));
    let letter = desk.one_letter();
    assert_eq!(
        (letter.url.as_str(), letter.path.as_str()),
        (NOTIFY_URL, "/pop/notify")
    );
    assert_eq!(letter.headers["request-time"], due.to_string());
    assert!(is_genuine(&desk, &letter));
    let body: Value = serde_json::from_str(&letter.body).unwrap();
    assert_eq!(
        (&body["notifyType"], &body["paymentRequestId"]),
        (&json!("PAYMENT_RESULT"), &json!("P1"))
    );
    provider.receipt(&letter, Some((200, ACKNOWLEDGEMENT.as_bytes())));

    let record = provider.payment("P1").unwrap();
    let sending = &record.notifications[0].sendings[0];
    assert_eq!(
        (sending.sent_at, sending.ended_at, sending.acknowledged),
        (due, due, true)
    );
    assert_eq!(provider.books().payments, [record]);
    assert_eq!(provider.payment("P2"), None);
}

#[test]
fn what_is_due_happens_at_its_own_time_however_late_it_is_looked_at() {
    let desk = faultless();
    let answer = desk.pay("P1", "4099990000000105");
    assert!(answer["normalUrl"].is_string(), "{answer}");
    desk.provider.set_time(START + DAY);
    let (_, answer) = desk.ask("inquiryPayment", &json!({"paymentRequestId": "P1"}));
    assert_eq!(answer["paymentResultCode"], "ORDER_IS_CLOSED");
    let record = desk.provider.payment("P1").unwrap();
    assert_eq!(
        record.finished_at.as_deref(),
        Some("2031-01-15T12:14:00.000Z")
    );
    assert!(!desk.provider.finish_challenge("P1", true));

    desk.pay("P2", "4099990000000105");
    assert!(desk.provider.finish_challenge("P2", true));
    assert_eq!(
        desk.provider.payment("P2").unwrap().state,
        PaymentState::Success
    );
}

#[test]
fn a_letter_without_an_acknowledgement_in_time_is_sent_eight_times() {
    let desk = faultless();
    desk.pay("P1", GOOD_CARD);
    let refusals: [Option<(u16, &[u8])>; 4] = [
        None,
        Some((500, ACKNOWLEDGEMENT.as_bytes())),
        Some((200, b"ok")),
        Some((200, ACKNOWLEDGEMENT.as_bytes())), // too late
    ];
    let mut sent = Vec::new();
    for answer in refusals.into_iter().cycle() {
        let Some((at, letter)) = desk.next_letter() else {
            break;
        };
        assert_eq!(letter.headers["request-time"], at.to_string());
        desk.provider.set_time(at + 10_001);
        desk.provider.receipt(&letter, answer);
        sent.push(at);
    }
    let waits: Vec<i64> = sent
        .windows(2)
        .map(|two| two[1] - two[0] - 10_001)
        .collect();
    let seconds = [120, 600, 600, 3600, 7200, 21_600, 54_000];
    assert_eq!(waits, seconds.map(|wait| wait * 1000));
    let record = desk.provider.payment("P1").unwrap();
    assert_eq!(record.notifications[0].times_sent, 8);
    assert_eq!(record.notifications[0].acknowledged_at, None);

    desk.pay("P2", GOOD_CARD);
    let (sent, letter) = desk.next_letter().unwrap();
    desk.provider.set_time(sent + 10_000);
    let answer = Some((200, ACKNOWLEDGEMENT.as_bytes()));
    desk.provider.receipt(&letter, answer);
    let record = desk.provider.payment("P2").unwrap();
    let acknowledged = record.notifications[0].acknowledged_at;
    assert_eq!(acknowledged, Some(sent + 10_000), "in the last moment");
    assert_eq!(desk.next_letter(), None, "it is not sent again");
}

#[test]
fn faults_scenarios_and_forgeries_are_ordered_as_with_a_network() {
    let desk = faultless();
    let provider = &desk.provider;
    for (fault, reply) in [
        (Fault::DropAfter, OfflineReply::HangUp),
        (Fault::HoldAfter, OfflineReply::Hold),
    ] {
        provider.order_fault(Call::Pay, "P1", fault);
        assert_eq!(desk.call("pay", &order("P1", GOOD_CARD, NOTIFY_URL)), reply);
    }
    provider.order_fault(Call::Pay, "P1", Fault::HttpErrorBefore);
    let reply = desk.call("pay", &order("P1", GOOD_CARD, NOTIFY_URL));
    assert!(matches!(reply, OfflineReply::Answer { status, .. } if status >= 429));
    assert_eq!(provider.payment("P1").unwrap().pay_calls, 2);

    assert!(provider.set_scenario(Call::Pay, "RISK_REJECT", 1));
    assert_eq!(
        desk.pay("P2", GOOD_CARD)["result"]["resultCode"],
        "RISK_REJECT"
    );
    provider.clear_scenarios(None);
    assert!(!provider.set_scenario(Call::Pay, "SUCCESS", 1));

    let (_, letter) = desk.next_letter().unwrap();
    provider.receipt(&letter, Some((200, ACKNOWLEDGEMENT.as_bytes())));
    assert!(!provider.forge("P1", Seal::Genuine) && !provider.forge("P3", Seal::OtherKey));
    for seal in [Seal::OtherKey, Seal::ChangedBody, Seal::OtherPath] {
        assert!(provider.forge("P1", seal));
        let letter = desk.one_letter();
        assert!(!is_genuine(&desk, &letter), "{seal:?}");
        provider.receipt(&letter, Some((401, b"")));
    }
    assert!(provider.forge("P1", Seal::Unsigned));
    assert!(!desk.one_letter().headers.contains_key("signature"));
    let totals = provider.books().totals;
    assert_eq!((totals.forged_sent, totals.forged_acknowledged), (3, 0));
}

#[test]
fn what_nobody_signed_is_refused_without_a_signature() {
    let desk = faultless();
    let path = "/ams/api/v1/payments/pay";
    let reply = desk
        .provider
        .call(&Method::POST, path, &HeaderMap::new(), b"{}");
    let OfflineReply::Answer { headers, body, .. } = reply else {
        panic!("{reply:?}")
    };
    assert!(!headers.contains_key("signature"));
    assert!(body.starts_with(br#"{"result":{"resultCode":"KEY_NOT_FOUND""#));
}

/// A month of a merchant on a bad day of the provider: everything that was said, in order.
fn month(desk: &Desk) -> Vec<String> {
    let mut said = Vec::new();
    let mut hear = |what: &str, reply: OfflineReply| {
        said.push(format!("{what}: {reply:?}"));
        match reply {
            OfflineReply::Answer { body, .. } => body,
            OfflineReply::HangUp | OfflineReply::Hold => Bytes::new(),
        }
    };
    let amount = |value: &str| json!({ "currency": "EUR", "value": value });
    for (index, card) in TEST_CARDS.iter().enumerate() {
        let id = format!("P{index}");
        hear(
            "pay",
            desk.call("pay", &order(&id, card.number, NOTIFY_URL)),
        );
        hear(
            "pay again",
            desk.call("pay", &order(&id, card.number, NOTIFY_URL)),
        );
        desk.provider.set_time(START + 20_000 * index as i64);
        let _ = desk.provider.finish_challenge(&id, index % 3 > 0);
        let by_id = json!({ "paymentRequestId": id });
        let asked = hear("inquire", desk.call("inquiryPayment", &by_id));
        let answer: Value = serde_json::from_slice(&asked).unwrap_or_default();
        let payment_id = &answer["paymentId"];
        let capture = json!({
            "captureRequestId": format!("C{index}"), "paymentId": payment_id, "captureAmount": amount("30000")
        });
        hear("capture", desk.call("capture", &capture));
        let refund = json!({
            "refundRequestId": format!("R{index}"), "paymentId": payment_id, "refundAmount": amount("100")
        });
        match index % 4 {
            0 => hear("cancel", desk.call("cancel", &by_id)),
            1 => hear("refund", desk.call("refund", &refund)),
            2 => hear(
                "inquire",
                desk.call(
                    "inquiryRefund",
                    &json!({ "refundRequestId": format!("R{}", index - 1) }),
                ),
            ),
            _ => Bytes::new(),
        };
    }
    let mut letters = 0;
    while let Some(due) = desk
        .provider
        .next_due()
        .filter(|due| *due < START + 30 * DAY)
    {
        desk.provider.set_time(due);
        for letter in desk.provider.collect() {
            said.push(format!("{letter:?}"));
            letters += 1;
            let acknowledged = letters % 3 == 0;
            let answer = acknowledged.then_some((200, ACKNOWLEDGEMENT.as_bytes()));
            desk.provider.receipt(&letter, answer);
        }
    }
    said.push(serde_json::to_string(&desk.provider.books()).unwrap());
    said
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let keys = Keys::new();
    let first = month(&keys.desk(7, Rates::heavy()));
    let other_thread = std::thread::scope(|scope| {
        let thread = scope.spawn(|| month(&keys.desk(7, Rates::heavy())));
        thread.join().unwrap()
    });
    assert!(first.len() > 200, "{}", first.len());
    for (one, other) in first.iter().zip(&other_thread) {
        assert_eq!(one, other);
    }
    assert_eq!(first.len(), other_thread.len());
    assert_ne!(first, month(&keys.desk(8, Rates::heavy())));
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    assert!(
        first.iter().all(|line| !line.contains(&today)),
        "a time of this machine"
    );
}

#[test]
fn it_can_be_handed_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&faultless().provider);
}
