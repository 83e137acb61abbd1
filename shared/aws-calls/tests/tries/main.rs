//! How often a call is tried and what it comes to: each case goes through our call and through the SDK's own client, made of
//! the same configuration, and both must do the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod script;

use aws_calls::{Call, Service};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::get_item::{GetItem, GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use script::{Script, Step};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

const FOUND: &str = r#"{"Item":{"pk":{"S":"P1"}}}"#;
const NOT_MET: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"#;
const NO_TABLE: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}"#;
const TOO_MUCH: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}"#;
const THROTTLED: &str =
    r#"{"__type":"com.amazon.coral.availability#ThrottlingException","message":"slow down"}"#;
const SKEWED: &str =
    r#"{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"expired"}"#;
const BROKEN: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"sorry"}"#;

const SECOND: Duration = Duration::from_secs(1);
const TRIES: u32 = 3;
const TRY: Duration = Duration::from_secs(3);
/// Three tries of 3 s with what is waited between them, 3 s at most, begin within it.
const ALL: Duration = Duration::from_secs(10);

fn sdk(script: &Script, all: Duration) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".into()), None, "test");
    let limits = TimeoutConfig::builder()
        .connect_timeout(SECOND)
        .read_timeout(2 * SECOND)
        .operation_attempt_timeout(TRY)
        .operation_timeout(all);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(script.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(limits.build())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SystemTimeSource::new())
        .build()
}

/// What a call came to, how many tries it took, and how many whole seconds.
#[derive(Debug, PartialEq, Eq)]
struct Came {
    to: String,
    tries: usize,
    seconds: u64,
}

fn came_to<R>(outcome: &Result<GetItemOutput, SdkError<GetItemError, R>>) -> String {
    match outcome {
        Ok(output) => format!("{:?}", output.item),
        Err(SdkError::ServiceError(error)) => error.err().code().unwrap_or("no code").to_owned(),
        Err(SdkError::TimeoutError(_)) => "late".into(),
        Err(SdkError::DispatchFailure(_)) => "not sent".into(),
        Err(SdkError::ResponseError(_)) => "not understood".into(),
        Err(_) => "something else".into(),
    }
}

async fn ours(steps: &'static [Step]) -> Came {
    let script = Script::of(steps);
    let call = call(&sdk(&script, ALL));
    let began = Instant::now();
    let outcome = call.invoke(input()).await;
    Came {
        to: came_to(&outcome),
        tries: script.tries(),
        seconds: began.elapsed().as_secs(),
    }
}

async fn theirs(steps: &'static [Step]) -> Came {
    let script = Script::of(steps);
    let client = Client::new(&sdk(&script, ALL));
    let began = Instant::now();
    let key = AttributeValue::S("P1".into());
    let asked = client.get_item().table_name("payments").key("pk", key);
    let outcome = asked.send().await;
    Came {
        to: came_to(&outcome),
        tries: script.tries(),
        seconds: began.elapsed().as_secs(),
    }
}

fn call(sdk: &SdkConfig) -> Call<GetItemInput, GetItemOutput, GetItemError> {
    let endpoint = "https://dynamodb.eu-central-1.amazonaws.com";
    let service = Service::new(sdk, "dynamodb", endpoint).unwrap();
    service.call(&GetItem::new()).unwrap()
}

fn input() -> GetItemInput {
    let key = AttributeValue::S("P1".into());
    let input = GetItemInput::builder()
        .table_name("payments")
        .key("pk", key);
    input.build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_case_goes_as_with_the_sdks_client() {
    use Step::{After, Answer, Breaks, Silence, Unsendable};
    let item = "Some({\"pk\": S(\"P1\")})";
    let cases: [(&'static [Step], &str, usize); 17] = [
        (&[Answer(200, FOUND)], item, 1),
        (&[Answer(200, "{}")], "None", 1),
        (
            &[Answer(400, NOT_MET)],
            "ConditionalCheckFailedException",
            1,
        ),
        (&[Answer(400, NO_TABLE)], "ResourceNotFoundException", 1),
        (&[Answer(400, TOO_MUCH), Answer(200, FOUND)], item, 2),
        (&[Answer(400, THROTTLED)], "ThrottlingException", 3),
        (
            &[Answer(500, BROKEN), Answer(500, BROKEN), Answer(200, FOUND)],
            item,
            3,
        ),
        (&[Answer(500, BROKEN)], "InternalServerError", 3),
        (&[Answer(503, "<html>"), Answer(200, FOUND)], item, 2),
        (&[Answer(403, SKEWED)], "InvalidSignatureException", 1),
        (&[Answer(200, "{\"Item\":")], "no code", 1),
        (&[Breaks, Answer(200, FOUND)], item, 2),
        (&[Breaks], "not sent", 3),
        (&[Unsendable], "not sent", 1),
        (&[Silence, Answer(200, FOUND)], item, 2),
        (&[Silence], "late", 3),
        (
            &[After(SECOND, 500, BROKEN), After(SECOND, 200, FOUND)],
            item,
            2,
        ),
    ];
    for (steps, to, tries) in cases {
        let ours = ours(steps).await;
        let expected = (to.to_owned(), tries);
        assert_eq!((ours.to.clone(), ours.tries), expected, "{steps:?}");
        let theirs = theirs(steps).await;
        let difference = ours.seconds.abs_diff(theirs.seconds); // waits between tries are drawn
        assert!(difference <= 3, "{steps:?}: {ours:?}, {theirs:?}");
        assert_eq!((theirs.to, theirs.tries), expected, "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_it_must() {
    let cases: [(&'static [Step], Duration); 2] = [
        (&[Step::Silence], Duration::from_secs(4)), // in the second try
        (&[Step::Answer(500, BROKEN)], Duration::from_nanos(1)), // while the second is waited for
    ];
    for (steps, all) in cases {
        let script = Script::of(steps);
        let call = call(&sdk(&script, all));
        let began = Instant::now();
        let outcome = call.invoke(input()).await;
        assert_eq!(came_to(&outcome), "late", "{steps:?}");
        let late = began.elapsed() - all;
        assert!(late < Duration::from_millis(10), "{steps:?}: {late:?}");
    }
}

#[test]
fn the_http_client_is_told_its_limits() {
    let script = Script::of(&[Step::Silence]);
    let _call = call(&sdk(&script, ALL));
    let told = script.connecting.lock().unwrap().clone().unwrap();
    assert_eq!(told.connect_timeout(), Some(SECOND));
    assert_eq!(told.read_timeout(), Some(2 * SECOND));
}

/// AWS would refuse a signature that is older than a few minutes.
#[tokio::test(start_paused = true)]
async fn each_try_is_signed_and_whole() {
    let script = Script::of(&[Step::Breaks, Step::Answer(200, FOUND)]);
    let call = call(&sdk(&script, ALL));
    call.invoke(input()).await.unwrap();
    let asked = script.asked.lock().unwrap();
    for request in &*asked {
        assert_eq!(
            request.uri(),
            "https://dynamodb.eu-central-1.amazonaws.com/"
        );
        assert_eq!(request.method(), "POST");
        let body = request.body().bytes().unwrap();
        assert_eq!(body, br#"{"TableName":"payments","Key":{"pk":{"S":"P1"}}}"#);
        let header = |name| request.headers().get_all(name).collect::<Vec<_>>();
        assert_eq!(header("x-amz-target"), ["DynamoDB_20120810.GetItem"]);
        assert_eq!(header("x-amz-security-token"), ["token"]);
        assert_eq!(header("x-amz-date").len(), 1);
        let [authorization] = header("authorization")[..] else {
            panic!("one signature");
        };
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    }
    assert_eq!(asked.len(), 2);
}

/// The SDK's standard quota holds back retries when nearly everything fails: 500 tokens, of which a
/// retry after a server's error takes 10.
#[tokio::test(start_paused = true)]
async fn retries_of_all_calls_are_bounded_together() {
    let script = Script::of(&[Step::Answer(500, BROKEN)]);
    let call = call(&sdk(&script, ALL));
    for _ in 0..100 {
        let _ = call.invoke(input()).await;
    }
    assert_eq!(script.tries(), 100 + 500 / 10);
}

/// The time of the test, which goes on only where something waits.
#[derive(Debug)]
struct Paused(Instant);

impl TimeSource for Paused {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_771_060_000) + self.0.elapsed()
    }
}

/// With `AWS_RETRY_MODE=adaptive`, as operators may set it for their commands, first tries are held back too once AWS has
/// throttled.
#[tokio::test(start_paused = true)]
async fn adaptive_retries_hold_back_first_tries() {
    let throttled = Script::of(&[Step::Answer(400, THROTTLED)]);
    let adaptive = RetryConfig::adaptive().with_max_attempts(1);
    let sdk = sdk(&throttled, Duration::from_secs(60)).into_builder();
    let began = Instant::now();
    let sdk = sdk.retry_config(adaptive).time_source(Paused(began));
    let call = call(&sdk.build());
    for _ in 0..10 {
        let outcome = call.invoke(input()).await;
        assert_eq!(came_to(&outcome), "ThrottlingException");
    }
    assert_eq!(throttled.tries(), 10);
    assert!(began.elapsed() > SECOND, "{:?}", began.elapsed());
}

/// A success after a failure gives its token back: with more of them than the quota has tokens, each is tried again.
#[tokio::test(start_paused = true)]
async fn a_success_gives_the_quota_back() {
    let script = Script::of(&[Step::Answer(500, BROKEN), Step::Answer(200, FOUND)]);
    let call = call(&sdk(&script, ALL));
    for _ in 0..150 {
        call.invoke(input()).await.unwrap();
    }
    assert_eq!(script.tries(), 300);
}
