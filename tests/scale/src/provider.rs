//! POP without a network: three answers, signed beforehand, and a record of who was asked about when.
//!
//! Signing costs a millisecond, and POP's part is not to be measured with ours.

use crate::journey::{Kind, LETTERS, PREFIX};
use bytes::Bytes;
use domain::Time;
use domain::message::NoAnswer;
use http::{HeaderMap, HeaderValue};
use pop::client::{Client, Received, Settings, Transport};
use pop::keys::{SigningKey, VerifyingKeys};
use pop::merchant_key::MerchantKey;
use pop::request::{INQUIRY_PATH, path_for};
use pop::signature::{sign, signed_content};
use simulator::keys::KeyPair;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const CLIENT_ID: &str = "5YD0SCALE00000001";
const RESPONSE_TIME: &str = "2026-09-23T10:00:00+08:00";

/// One question to POP.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Since the provider was made.
    pub at: Duration,
    /// Which payment.
    pub payment: u64,
}

/// Answers inquiries by the kind of payment that the id tells. Clones share the record.
#[derive(Debug, Clone)]
pub struct Provider {
    answers: Arc<[Received; 3]>,
    latency: Duration,
    begun: Instant,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    /// POP and a client of it. Each answer takes `latency`; there is room for so many questions before memory is asked for.
    ///
    /// # Errors
    /// A key pair cannot be made.
    pub fn with_client(
        latency: Duration,
        room: usize,
        clock: fn() -> Time,
    ) -> anyhow::Result<(Self, Client<Self>)> {
        let (ours, theirs) = (KeyPair::generate()?, KeyPair::generate()?);
        let nothing = Asked {
            at: Duration::ZERO,
            payment: 0,
        };
        // Written once, so that the pages are there before memory is measured.
        let mut asked = vec![nothing; room];
        asked.clear();
        let key = SigningKey::parse(&theirs.private_base64)?;
        let answers = [Kind::Waiting, Kind::Paid, Kind::Failed].map(|kind| answer(&key, kind));
        let provider = Self {
            answers: Arc::new(answers),
            latency,
            begun: Instant::now(),
            asked: Arc::new(Mutex::new(asked)),
        };
        let settings = Settings {
            base_url: "https://pop.example".into(),
            client_id: CLIENT_ID.into(),
            merchant_keys: MerchantKey::parse(&ours.private_base64, "1")?.into(),
            verifying_keys: VerifyingKeys::parse(&format!("1={}", theirs.public_base64))?,
            notify_url: None,
        };
        let client = Client::over(provider.clone(), settings, clock)?;
        Ok((provider, client))
    }

    /// What was asked so far, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer for payments of this kind: as long as POP's, without the ids, which need not be there.
fn answer(key: &SigningKey, kind: Kind) -> Received {
    let (status, code) = match kind {
        Kind::Paid => ("SUCCESS", "SUCCESS"),
        Kind::Failed => ("FAIL", "USER_BALANCE_NOT_ENOUGH"),
        _ => ("PROCESSING", "PAYMENT_IN_PROCESS"),
    };
    let amount = serde_json::json!({ "value": "30000", "currency": "EUR" });
    let capture = serde_json::json!({
        "transactionType": "CAPTURE", "transactionStatus": "SUCCESS", "transactionId": "2026092319401080010018888020000000",
        "transactionAmount": amount, "transactionTime": "2026-09-23T10:00:00+08:00",
        "transactionResult": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success." },
    });
    let body = serde_json::json!({
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success." },
        "paymentStatus": status,
        "paymentResultCode": code,
        "paymentAmount": amount,
        "paymentCreateTime": "2026-09-23T10:00:00+08:00",
        "transactions": if kind == Kind::Paid { vec![capture] } else { Vec::new() },
    });
    let body = body.to_string().into_bytes();
    let path = path_for(CLIENT_ID, INQUIRY_PATH);
    let content = signed_content(&path, CLIENT_ID, RESPONSE_TIME, &body);
    let signature = sign(key, "1", &content).expect("the system gives random numbers");
    let mut headers = HeaderMap::new();
    let signature = HeaderValue::from_str(&signature).expect("a header");
    headers.insert("signature", signature);
    headers.insert("client-id", HeaderValue::from_static(CLIENT_ID));
    headers.insert("response-time", HeaderValue::from_static(RESPONSE_TIME));
    Received { headers, body }
}

/// The kind and the number of the payment that a question is about.
fn payment_of(body: &[u8]) -> Option<(usize, u64)> {
    let text = std::str::from_utf8(body).ok()?;
    let id = &text[text.find(PREFIX)? + PREFIX.len()..];
    let letter = LETTERS.find(id.get(..1)?)?;
    let number = id.get(2..14)?.parse().ok()?;
    Some((letter, number))
}

impl Transport for Provider {
    async fn post(
        &self,
        _: &str,
        _: HeaderMap,
        body: Bytes,
        _: Duration,
    ) -> Result<Received, NoAnswer> {
        let at = self.begun.elapsed();
        let (letter, number) = payment_of(&body).ok_or(NoAnswer::HttpStatus(404))?;
        let payment = number * LETTERS.len() as u64 + letter as u64;
        self.lock().push(Asked { at, payment });
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        // Only the first three kinds are ever asked about.
        self.answers
            .get(letter)
            .cloned()
            .ok_or(NoAnswer::HttpStatus(404))
    }
}
