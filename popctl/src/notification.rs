//! `send-test-notification`: signs a notification with the key of a rehearsal's provider, and sends it there.

use crate::connection::{Connection, Rehearsal};
use crate::ending::Ending;
use crate::explain::find_payment;
use crate::http;
use crate::output::{Output, Page, Report, Tone};
use crate::problem::{BAD_INPUT, Problem};
use anyhow::Context;
use domain::{Payment, Seconds, Time};
use pop::keys::SigningKey;
use pop::signature::{sign, signed_content};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::PathBuf;

/// What a stale notification's time lies behind.
const STALE: Seconds = Seconds::days(1);

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The payment that it tells of as paid (paymentRequestId).
    #[arg(value_name = "ID")]
    payment: String,
    /// What is sent.
    #[arg(long, value_enum, default_value = "good")]
    kind: Kind,
    /// The provider's private key; that of the rehearsal in this checkout otherwise.
    #[arg(long, value_name = "FILE")]
    provider_key: Option<PathBuf>,
    /// Where it is sent (NOTIFY_URL): on this machine only.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// What is sent, and what must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Signed, and of the payment's amount: acknowledged and worked in.
    Good,
    /// Changed after it was signed: refused with 401 bad_signature.
    Forged,
    /// Signed a day ago: acknowledged, since repeats keep their time; the log mentions it.
    Stale,
    /// Signed, and of another amount: acknowledged, and the payment goes to review.
    WrongAmount,
}

impl Kind {
    /// Status and code that must come back.
    fn expected(self) -> (u16, &'static str) {
        match self {
            Self::Good | Self::Stale | Self::WrongAmount => (200, "SUCCESS"),
            Self::Forged => (401, "bad_signature"),
        }
    }
}

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let url = match &options.url {
        Some(url) => url.clone(),
        None => connection.settings().required("NOTIFY_URL", "--url URL")?,
    };
    let path = path_on_this_machine(&url)?;
    let key = match &options.provider_key {
        Some(file) => file.clone(),
        None => Rehearsal::find()?.provider_key(),
    };
    let key = std::fs::read_to_string(&key).with_context(|| {
        Problem::new(
            BAD_INPUT,
            format!("--provider-key: {} cannot be read", key.display()),
        )
    })?;
    let key = SigningKey::parse(&key).context(Problem::new(
        BAD_INPUT,
        "--provider-key: not an RSA private key",
    ))?;
    let payment = find_payment(connection, &options.payment).await?;
    let client_id = connection.client_id()?;
    let letter = Letter::write(
        options.kind,
        &payment,
        &client_id,
        &path,
        &key,
        connection.now(),
    )?;
    let sent = letter.send(&url, &client_id).await?;
    output.show(&Sent::of(options.kind, &payment, url, sent))
}

/// The path of a URL of this machine. Others are refused: what is signed here is worth nothing but trouble there.
fn path_on_this_machine(url: &str) -> anyhow::Result<String> {
    let refused = |why: &str| {
        let words =
            format!("{url} {why}: test notifications go to a rehearsal on this machine only");
        anyhow::Error::new(Problem::new("not_loopback", words))
    };
    let parsed = reqwest::Url::parse(url).map_err(|_| refused("is no URL"))?;
    let host = parsed
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']']);
    let local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    match local && parsed.scheme() == "http" {
        true => Ok(parsed.path().to_owned()),
        false => Err(refused("is not on this machine")),
    }
}

/// A notification, signed.
struct Letter {
    time: String,
    signature: String,
    body: String,
}

impl Letter {
    fn write(
        kind: Kind,
        payment: &Payment,
        client_id: &str,
        path: &str,
        key: &SigningKey,
        now: Time,
    ) -> anyhow::Result<Self> {
        let sent_at = if kind == Kind::Stale {
            now - STALE
        } else {
            now
        };
        let time = sent_at.millis().to_string();
        let minor = match kind {
            Kind::WrongAmount => payment.amount.minor() + 1,
            _ => payment.amount.minor(),
        };
        let body = body(payment, minor, sent_at).to_string();
        let content = signed_content(path, client_id, &time, body.as_bytes());
        let signature = sign(key, "1", &content).context("the system gives no random numbers")?;
        let body = match kind {
            Kind::Forged => body.replace("\"success\"", "\"Success\""),
            _ => body,
        };
        Ok(Self {
            time,
            signature,
            body,
        })
    }

    async fn send(self, url: &str, client_id: &str) -> anyhow::Result<(u16, String)> {
        let request = http::client()?.post(url).body(self.body);
        let request = request
            .header("content-type", "application/json; charset=UTF-8")
            .header("client-id", client_id)
            .header("request-time", self.time)
            .header("signature", self.signature);
        let answer = request.send().await.map_err(reqwest::Error::without_url);
        let answer =
            answer.with_context(|| format!("{url} is not reached: does the rehearsal run?"))?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        let code = body["code"]
            .as_str()
            .or(body["result"]["resultCode"].as_str());
        Ok((status, code.unwrap_or_default().to_owned()))
    }
}

/// notifyPayment: paid.
fn body(payment: &Payment, minor: u64, now: Time) -> Value {
    let payment_id = payment
        .payment_id
        .as_ref()
        .map_or_else(|| format!("TEST-{}", payment.id), ToString::to_string);
    json!({
        "notifyType": "PAYMENT_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success" },
        "paymentRequestId": payment.id,
        "paymentId": payment_id,
        "paymentAmount": { "value": minor.to_string(), "currency": payment.amount.currency().code() },
        "paymentCreateTime": payment.created_at.rfc3339(),
        "paymentTime": now.rfc3339(),
    })
}

/// What came back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    payment: String,
    kind: Kind,
    url: String,
    status: u16,
    code: String,
    expected_status: u16,
    expected_code: &'static str,
}

impl Sent {
    fn of(kind: Kind, payment: &Payment, url: String, (status, code): (u16, String)) -> Self {
        let (expected_status, expected_code) = kind.expected();
        Self {
            payment: payment.id.to_string(),
            kind,
            url,
            status,
            code,
            expected_status,
            expected_code,
        }
    }

    fn is_as_expected(&self) -> bool {
        (self.status, self.code.as_str()) == (self.expected_status, self.expected_code)
    }
}

impl Report for Sent {
    fn print(&self, page: &mut Page) {
        let (word, tone) = match self.is_as_expected() {
            true => ("as it should be", Tone::Good),
            false => ("NOT as it should be", Tone::Bad),
        };
        let word = page.paint(tone, word).to_string();
        page.line(format!(
            "{} answered {} {}: {word}",
            self.url, self.status, self.code
        ));
        if !self.is_as_expected() {
            page.line(format!(
                "expected: {} {}",
                self.expected_status, self.expected_code
            ));
        }
        page.line(format!("See popctl explain {}", self.payment));
    }

    fn ending(&self) -> Ending {
        Ending::of(self.is_as_expected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_written_to() {
        for (url, path) in [
            ("http://127.0.0.1:8480/notify", "/notify"),
            ("http://localhost:8480/a/b?c=d", "/a/b"),
            ("http://[::1]:80/notify", "/notify"),
            ("http://127.9.9.9/notify", "/notify"),
        ] {
            assert_eq!(path_on_this_machine(url).unwrap(), path, "{url}");
        }
        for url in [
            "https://shop.example/notify",
            "http://shop.example/notify",
            "http://127.0.0.1.shop.example/notify",
            "http://localhost@shop.example/notify",
            "http://10.0.0.1/notify",
            "https://127.0.0.1/notify",
            "ftp://127.0.0.1/notify",
            "notify",
        ] {
            let error = path_on_this_machine(url).unwrap_err();
            assert_eq!(crate::problem::code_of(&error), "not_loopback", "{url}");
        }
    }
}
