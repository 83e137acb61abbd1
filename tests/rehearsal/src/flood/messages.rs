//! The notifications of a flood, signed ahead of time.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;
use simulator::keys::KeyPair;

use crate::provider::CLIENT_ID;
use crate::scenario::Draw;
use crate::secrets::{Secrets, signing_key};
use crate::steps::Progress;

/// The draws of the flood.
const DRAWS: u64 = 1 << 43;
/// A notification comes at most so many places away from where its payment has it: repetitions and originals, captures
/// and payments meet.
const SPREAD: u64 = 400;
/// The path that the provider signs.
const PATH: &str = "/notify";

/// One of the payments that the notifications are about.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) id: String,
    /// The provider's id.
    pub(crate) payment_id: String,
    pub(crate) minor: u64,
}

/// How a message came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The provider's, for the first time.
    Genuine,
    /// The same bytes again.
    Repetition,
    /// By somebody else.
    Forged,
}

/// One request to the stack.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    /// Which payment it is about.
    pub(crate) payment: usize,
    pub(crate) client_id: &'static str,
    pub(crate) time: String,
    pub(crate) signature: Option<String>,
    pub(crate) body: String,
}

/// Everything that will be sent, in its order.
pub(crate) struct Flood {
    pub(crate) payments: Vec<Payment>,
    pub(crate) messages: Arc<Vec<Message>>,
}

impl Flood {
    pub(crate) fn repetitions(&self) -> u64 {
        self.count(Kind::Repetition)
    }

    pub(crate) fn forged(&self) -> u64 {
        self.count(Kind::Forged)
    }

    fn count(&self, kind: Kind) -> u64 {
        let messages = self.messages.iter();
        messages.filter(|message| message.kind == kind).count() as u64
    }
}

/// How many messages of each kind make `count`: half repetitions, a tenth forged, the rest in pairs.
fn shares(count: u32) -> (usize, usize, usize) {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let (forged, pairs) = (count / 10, count * 2 / 10);
    (pairs, count - 2 * pairs - forged, forged)
}

/// Draws and signs a flood of `count` messages.
pub(crate) async fn prepare(
    seed: u64,
    count: u32,
    secrets: &Secrets,
    progress: &Progress,
) -> anyhow::Result<Flood> {
    let signer = Signer {
        key: secrets.provider_key()?,
    };
    let pair = KeyPair::generate().context("cannot make a forger's key pair")?;
    let stranger = Signer {
        key: signing_key(&pair)?,
    };
    let bar = progress.clone();
    let making = move || make(seed, count, &signer, &stranger, &bar);
    tokio::task::spawn_blocking(making)
        .await
        .context("signing failed")?
}

fn make(
    seed: u64,
    count: u32,
    signer: &Signer,
    stranger: &Signer,
    progress: &Progress,
) -> anyhow::Result<Flood> {
    let (pairs, repetitions, forged) = shares(count);
    let mut draw = Draw::new(seed, DRAWS);
    let payments: Vec<Payment> = (0..pairs).map(|number| payment(seed, number)).collect();
    progress.of(u64::from(count));
    // Each with the place that it takes in the flood, before they are mixed.
    let mut placed: Vec<(u64, Message)> = Vec::new();
    let scale = |index: usize, of: usize| (index as u64 * u64::from(count)) / (of.max(1) as u64);
    for (number, payment) in payments.iter().enumerate() {
        for body in [paid(payment), captured(payment)] {
            let message = signer.genuine(number, body)?;
            placed.push((scale(number, pairs) + draw.below(SPREAD), message));
        }
        progress.at(placed.len() as u64, "signed");
    }
    let originals = placed.len();
    for _ in 0..repetitions {
        let which = usize::try_from(draw.below(originals as u64)).unwrap_or(0);
        let Some((place, original)) = placed.get(which) else {
            continue;
        };
        let again = Message {
            kind: Kind::Repetition,
            ..original.clone()
        };
        placed.push((place + draw.below(SPREAD), again));
    }
    for index in 0..forged {
        let number = scale_to(index, forged, pairs);
        let Some(victim) = payments.get(number) else {
            continue;
        };
        let message = forgery(index, number, victim, signer, stranger)?;
        placed.push((scale(index, forged) + draw.below(SPREAD), message));
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut messages: Vec<Message> = placed.into_iter().map(|(_, message)| message).collect();
    name_the_first(&mut messages);
    Ok(Flood {
        payments,
        messages: Arc::new(messages),
    })
}

fn scale_to(index: usize, of: usize, onto: usize) -> usize {
    index * onto / of.max(1)
}

/// Whichever of the same bytes goes out first is the original.
fn name_the_first(messages: &mut [Message]) {
    let mut seen = BTreeSet::new();
    for message in messages
        .iter_mut()
        .filter(|message| message.kind != Kind::Forged)
    {
        message.kind = match seen.insert(message.body.clone()) {
            true => Kind::Genuine,
            false => Kind::Repetition,
        };
    }
}

fn payment(seed: u64, number: usize) -> Payment {
    Payment {
        id: format!("FLOOD_{seed}_{number:06}"),
        payment_id: format!("2026112319401080010018801{seed:05}{number:010}"),
        minor: 1000 + (number as u64 % 9000),
    }
}

fn paid(payment: &Payment) -> String {
    json!({
        "notifyType": "PAYMENT_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success" },
        "paymentRequestId": payment.id, "paymentId": payment.payment_id,
        "paymentAmount": { "currency": "EUR", "value": payment.minor.to_string() },
        "paymentCreateTime": "2026-01-02T12:01:00+08:30", "paymentTime": "2026-01-02T12:01:01+08:30",
    })
    .to_string()
}

fn captured(payment: &Payment) -> String {
    json!({
        "notifyType": "CAPTURE_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success." },
        "captureRequestId": payment.id, "captureId": format!("C{}", payment.payment_id),
        "paymentId": payment.payment_id,
        "captureAmount": { "currency": "EUR", "value": payment.minor.to_string() },
        "captureTime": "2026-01-02T00:34:52-08:00",
    })
    .to_string()
}

/// What somebody else might send about a payment: that it failed, or of more money.
fn forgery(
    index: usize,
    number: usize,
    victim: &Payment,
    signer: &Signer,
    stranger: &Signer,
) -> anyhow::Result<Message> {
    let failed = paid(victim)
        .replace("\"SUCCESS\"", "\"RISK_REJECT\"")
        .replace("\"S\"", "\"F\"");
    let mut message = match index % 5 {
        0 => stranger.genuine(number, failed)?,
        1 => Message {
            client_id: "SANDBOX_5X00000000000009",
            ..signer.genuine(number, failed)?
        },
        2 => Message {
            body: failed,
            ..signer.genuine(number, paid(victim))?
        },
        3 => Message {
            signature: Some(signer.sign("/notify/", CLIENT_ID, TIME, &failed)?),
            ..signer.genuine(number, failed)?
        },
        _ => Message {
            signature: None,
            ..signer.genuine(number, failed)?
        },
    };
    message.kind = Kind::Forged;
    Ok(message)
}

/// The time in the headers; nothing depends on it but the signature.
const TIME: &str = "1767355261000";

struct Signer {
    key: RsaKeyPair,
}

impl Signer {
    fn genuine(&self, payment: usize, body: String) -> anyhow::Result<Message> {
        Ok(Message {
            kind: Kind::Genuine,
            payment,
            client_id: CLIENT_ID,
            time: TIME.to_owned(),
            signature: Some(self.sign(PATH, CLIENT_ID, TIME, &body)?),
            body,
        })
    }

    /// The value of the `Signature` header (docs/provider.md, section "Signing").
    fn sign(&self, path: &str, client: &str, time: &str, body: &str) -> anyhow::Result<String> {
        use base64::Engine as _;
        let content = format!("POST {path}\n{client}.{time}.{body}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                content.as_bytes(),
                &mut signature,
            )
            .ok()
            .context("a notification could not be signed")?;
        let text = base64::engine::general_purpose::STANDARD.encode(signature);
        let text = text
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        Ok(format!("algorithm=RSA256,keyVersion=1,signature={text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_are_repetitions_and_a_tenth_forged_and_the_seed_decides() {
        let secrets = Secrets::generate().unwrap();
        let flood = prepare(3, 200, &secrets, &Progress::hidden())
            .await
            .unwrap();
        assert_eq!((flood.messages.len(), flood.payments.len()), (200, 40));
        assert_eq!((flood.repetitions(), flood.forged()), (100, 20));
        let genuine: BTreeSet<_> = flood
            .messages
            .iter()
            .filter(|message| message.kind == Kind::Genuine)
            .map(|message| message.body.clone())
            .collect();
        assert_eq!(genuine.len(), 80);
        let order = |flood: &Flood| -> Vec<String> {
            let bodies = flood.messages.iter().map(|message| message.body.clone());
            bodies.collect()
        };
        let again = prepare(3, 200, &secrets, &Progress::hidden())
            .await
            .unwrap();
        assert_eq!(order(&flood), order(&again));
        let other = prepare(4, 200, &secrets, &Progress::hidden())
            .await
            .unwrap();
        assert_ne!(order(&flood), order(&other));
    }
}
