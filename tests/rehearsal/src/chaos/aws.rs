//! AWS on a bad day: what stands between the functions and the emulator, with the errors in AWS's own shapes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::Counts;
use crate::proxy::{Fate, Weather};
use crate::scenario::Draw;

/// Longer than the functions wait for one try.
const HANG: Duration = Duration::from_secs(4);
/// In a storm each stretch of so long has a character of its own.
const STRETCH: Duration = Duration::from_secs(3);
/// The draws of this storm, apart from those of the payments.
const DRAWS: u64 = 1 << 41;

/// What is done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Refused for its rate.
    Throttled,
    /// A transaction is cancelled because another one is at one of its items.
    TransactionConflict,
    /// A transaction is cancelled because one of its items is throttled.
    TransactionThrottled,
    /// HTTP 500.
    InternalError,
    /// HTTP 503.
    Unavailable,
    /// Nothing is done, and the connection closed.
    Cut,
    /// It takes effect, and the connection is closed instead of answered.
    AnswerCut,
    /// Nothing is done, for longer than the caller waits.
    Hang,
    /// It takes effect, and the answer takes longer than the caller waits.
    AnswerHangs,
    /// It takes effect twice: a message that is delivered twice.
    Twice,
}

impl Fault {
    /// The word in figures.
    fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::TransactionConflict => "transaction conflict",
            Self::TransactionThrottled => "transaction throttled",
            Self::InternalError => "500",
            Self::Unavailable => "503",
            Self::Cut => "cut off",
            Self::AnswerCut => "answer lost",
            Self::Hang => "hung",
            Self::AnswerHangs => "answer too late",
            Self::Twice => "delivered twice",
        }
    }

    /// Of a thousand requests in a mixed stretch.
    const SHARES: [(Self, u64); 10] = [
        (Self::Throttled, 110),
        (Self::TransactionConflict, 60),
        (Self::TransactionThrottled, 60),
        (Self::InternalError, 50),
        (Self::Unavailable, 40),
        (Self::Cut, 30),
        (Self::AnswerCut, 50),
        (Self::Hang, 12),
        (Self::AnswerHangs, 18),
        (Self::Twice, 150),
    ];

    fn concerns(self, call: &Call<'_>) -> bool {
        match self {
            Self::TransactionConflict | Self::TransactionThrottled => {
                call.operation == "TransactWriteItems"
            }
            Self::Twice => call.operation == "SendMessage",
            _ => true,
        }
    }
}

/// The character of a stretch of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stretch {
    /// Some of everything.
    Mixed,
    /// Almost every request to the table is throttled.
    TableThrottled,
    /// The queues answer nothing but 503.
    QueuesDown,
    /// Everything is written and no answer comes back.
    AnswersLost,
}

/// One request to AWS, from its headers.
struct Call<'a> {
    service: &'a str,
    operation: &'a str,
}

impl<'a> Call<'a> {
    /// `X-Amz-Target: DynamoDB_20120810.GetItem` and the like.
    fn of(head: &'a Parts) -> Option<Self> {
        let target = head.headers.get("x-amz-target")?.to_str().ok()?;
        let (service, operation) = target.split_once('.')?;
        Some(Self { service, operation })
    }

    fn is_of_table(&self) -> bool {
        self.service.starts_with("DynamoDB")
    }

    fn is_of_queues(&self) -> bool {
        self.service == "AmazonSQS"
    }
}

/// The weather between the functions and AWS: calm until a storm is let loose.
pub(crate) struct AwsWeather {
    seed: u64,
    state: Mutex<State>,
}

struct State {
    storm_since: Option<Instant>,
    draw: Draw,
    counts: Counts,
}

impl AwsWeather {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State {
            storm_since: None,
            draw: Draw::new(seed, DRAWS),
            counts: Counts::new(),
        };
        Self {
            seed,
            state: Mutex::new(state),
        }
    }

    /// Lets a storm loose, or ends it.
    pub(crate) fn storm(&self, rages: bool) {
        self.state().storm_since = rages.then(Instant::now);
    }

    /// What was done since the last time this was asked.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.state().counts)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The character of the stretch of a storm that lasts for so long already.
    fn stretch(&self, since: Instant) -> Stretch {
        let number = since.elapsed().as_secs() / STRETCH.as_secs();
        match Draw::new(self.seed, DRAWS + 1 + number).below(10) {
            0 | 1 => Stretch::TableThrottled,
            2 => Stretch::QueuesDown,
            3 => Stretch::AnswersLost,
            _ => Stretch::Mixed,
        }
    }
}

impl Weather for AwsWeather {
    fn fate(&self, head: &Parts, body: &[u8]) -> Fate {
        let Some(call) = Call::of(head) else {
            return Fate::Pass;
        };
        let mut state = self.state();
        let Some(since) = state.storm_since else {
            return Fate::Pass;
        };
        let stretch = self.stretch(since);
        let Some(fault) = drawn(&mut state.draw, stretch, &call) else {
            return Fate::Pass;
        };
        *state.counts.entry(fault.name()).or_default() += 1;
        let pick = state.draw.below(1 << 20);
        fate(fault, &call, pick, body)
    }
}

fn drawn(draw: &mut Draw, stretch: Stretch, call: &Call<'_>) -> Option<Fault> {
    let place = draw.below(1000);
    match stretch {
        Stretch::TableThrottled if call.is_of_table() && place < 900 => {
            return Some(Fault::Throttled);
        }
        Stretch::QueuesDown if call.is_of_queues() => return Some(Fault::Unavailable),
        Stretch::AnswersLost if place < 500 => return Some(Fault::AnswerCut),
        _ => {}
    }
    let mut reached = 0;
    let (fault, _) = Fault::SHARES.into_iter().find(|(_, share)| {
        reached += share;
        place < reached
    })?;
    fault.concerns(call).then_some(fault)
}

fn fate(fault: Fault, call: &Call<'_>, pick: u64, body: &[u8]) -> Fate {
    match fault {
        Fault::Throttled => Fate::Answer(throttled(call, pick)),
        Fault::TransactionConflict => Fate::Answer(cancelled("TransactionConflict", pick, body)),
        Fault::TransactionThrottled => {
            let codes = ["ThrottlingError", "ProvisionedThroughputExceeded"];
            let code = if pick.is_multiple_of(2) {
                codes[0]
            } else {
                codes[1]
            };
            Fate::Answer(cancelled(code, pick / 2, body))
        }
        Fault::InternalError => Fate::Answer(internal_error(call)),
        Fault::Unavailable => Fate::Answer(error(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({ "__type": "com.amazon.coral.availability#ServiceUnavailable", "message": "Service is unavailable." }),
        )),
        Fault::Cut => Fate::Lose(Duration::ZERO),
        Fault::AnswerCut => Fate::LoseAnswer(Duration::ZERO),
        Fault::Hang => Fate::Lose(HANG),
        Fault::AnswerHangs => Fate::LoseAnswer(HANG),
        Fault::Twice => Fate::Twice,
    }
}

fn throttled(call: &Call<'_>, pick: u64) -> Response<Bytes> {
    const RATE: &str = "Rate of requests exceeds the allowed throughput.";
    let of_table = [
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "com.amazon.coral.availability#ThrottlingException",
        "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded",
    ];
    let place = usize::try_from(pick).unwrap_or_default() % of_table.len();
    let kind = match of_table.get(place) {
        Some(kind) if call.is_of_table() => kind,
        _ if call.is_of_queues() => "com.amazonaws.sqs#RequestThrottled",
        _ => "com.amazon.coral.availability#ThrottlingException",
    };
    error(
        StatusCode::BAD_REQUEST,
        &json!({ "__type": kind, "message": RATE }),
    )
}

/// A cancelled transaction has a reason for each of its items, all but one of them none.
fn cancelled(code: &str, pick: u64, body: &[u8]) -> Response<Bytes> {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = request["TransactItems"]
        .as_array()
        .map_or(1, Vec::len)
        .max(1);
    let guilty = usize::try_from(pick).unwrap_or_default() % items;
    let reasons: Vec<Value> = (0..items)
        .map(|place| match place == guilty {
            true => json!({ "Code": code, "Message": "Item cannot be worked on now." }),
            false => json!({ "Code": "None" }),
        })
        .collect();
    let codes: Vec<&str> = reasons
        .iter()
        .filter_map(|reason| reason["Code"].as_str())
        .collect();
    let words = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    error(
        StatusCode::BAD_REQUEST,
        &json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": words, "CancellationReasons": reasons,
        }),
    )
}

fn internal_error(call: &Call<'_>) -> Response<Bytes> {
    let kind = match call.is_of_table() {
        true => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        false => "com.amazon.coral.service#InternalFailure",
    };
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({ "__type": kind, "message": "Internal server error" }),
    )
}

fn error(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = axum::http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn head(target: &str) -> Parts {
        let request = Request::builder().header("x-amz-target", target).body(());
        request.unwrap().into_parts().0
    }

    fn fates(weather: &AwsWeather, target: &str) -> Vec<Fate> {
        let body = br#"{"TransactItems":[{},{},{}]}"#;
        let head = head(target);
        (0..2000).map(|_| weather.fate(&head, body)).collect()
    }

    #[test]
    fn nothing_happens_without_a_storm_and_every_fault_in_one() {
        let weather = AwsWeather::new(1);
        let write = "DynamoDB_20120810.TransactWriteItems";
        let passes = |fates: &[Fate]| {
            fates
                .iter()
                .filter(|fate| matches!(fate, Fate::Pass))
                .count()
        };
        assert_eq!(passes(&fates(&weather, write)), 2000);
        assert!(weather.take_counts().is_empty());
        let mut draw = Draw::new(1, 2);
        let mut seen = std::collections::BTreeSet::new();
        for target in [write, "AmazonSQS.SendMessage"] {
            let head = head(target);
            let call = Call::of(&head).unwrap();
            for _ in 0..3000 {
                seen.extend(drawn(&mut draw, Stretch::Mixed, &call).map(Fault::name));
            }
        }
        assert_eq!(seen.len(), Fault::SHARES.len(), "{seen:?}");
        weather.storm(true);
        let passed = passes(&fates(&weather, write));
        assert!(passed < 1700, "{passed} of 2000 passed");
        assert!(weather.take_counts().values().sum::<u64>() >= 300);
        weather.storm(false);
        assert_eq!(passes(&fates(&weather, write)), 2000);
    }

    #[test]
    fn a_cancelled_transaction_has_a_reason_for_each_item() {
        let answer = cancelled("TransactionConflict", 4, br#"{"TransactItems":[{},{},{}]}"#);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        let codes = body["CancellationReasons"].as_array().unwrap().iter();
        let codes: Vec<_> = codes
            .map(|reason| reason["Code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["None", "TransactionConflict", "None"]);
        assert!(
            body["Message"]
                .as_str()
                .unwrap()
                .ends_with("[None, TransactionConflict, None]")
        );
    }

    /// The errors are what the functions' own client takes them for.
    #[tokio::test]
    async fn the_sdk_knows_the_errors() {
        use aws_sdk_dynamodb::operation::RequestId as _;
        use std::sync::Arc;
        struct Always(Fault);
        impl Weather for Always {
            fn fate(&self, head: &Parts, body: &[u8]) -> Fate {
                fate(self.0, &Call::of(head).unwrap(), 0, body)
            }
        }
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        for (fault, code) in [
            (Fault::Throttled, "ProvisionedThroughputExceededException"),
            (Fault::InternalError, "InternalServerError"),
            (Fault::TransactionThrottled, "TransactionCanceledException"),
        ] {
            let nowhere = "http://127.0.0.1:9";
            let proxy = crate::proxy::Proxy::start(nowhere, Arc::new(Always(fault)));
            let proxy = proxy.await.unwrap();
            let table = aws_sdk_dynamodb::Client::new(&crate::records::aws(proxy.url()));
            let error = table
                .delete_item()
                .table_name("T")
                .send()
                .await
                .unwrap_err();
            let error = error.into_service_error();
            assert_eq!(error.meta().code(), Some(code), "{fault:?}");
            assert!(error.request_id().is_none());
        }
    }
}
