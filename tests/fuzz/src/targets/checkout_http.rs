//! The whole HTTP entry of `checkout`.

use super::samples;
use crate::{Target, rows, world};
use arbitrary::{Result, Unstructured};
use flows::events::{API_KEY, client_token};
use http::HeaderValue;
use runtime::http::{Request, Response};
use serde_json::Value;
use std::sync::LazyLock;

pub(super) const TARGET: Target = Target {
    name: "checkout_http",
    about: "method, path, authorisation and body of a request to `checkout`, on a table with three payments",
    holds: "an answer of the API's description, never a fault of ours; nothing changes without a right key or token; \
            no refusal repeats digits of the request",
    longest: 4096,
    json: false,
    head: 0,
    seeds,
    run,
};

const METHODS: [&str; 6] = ["GET", "POST", "DELETE", "PUT", "HEAD", ""];
static TOKEN: LazyLock<String> = LazyLock::new(|| client_token(rows::ID));

/// Path, authorisation and body in the input's form.
fn seed(method: u8, authorisation: u8, path: &str, body: &str) -> Vec<u8> {
    let length = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
    let head = [method, authorisation, 0];
    [
        &head[..],
        &length(path),
        path.as_bytes(),
        &length(body),
        body.as_bytes(),
    ]
    .concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for event in samples::events_of("checkout") {
        let http = &event["requestContext"]["http"];
        let method = METHODS
            .iter()
            .position(|method| http["method"] == *method)
            .unwrap();
        let path = event["rawPath"]
            .as_str()
            .unwrap()
            .replace("EVENT_AUTOMATIC", rows::ID);
        let body = event["body"].as_str().unwrap_or_default();
        for authorisation in 0..3 {
            seeds.push(seed(
                u8::try_from(method).unwrap(),
                authorisation,
                &path,
                body,
            ));
        }
    }
    seeds.push(seed(0, 3, "/checkout/assets/page.js", "Bearer 1.x"));
    seeds.push(seed(0, 0, "/openapi.json", ""));
    seeds
}

fn piece<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let length = usize::from(input.arbitrary::<u16>()?);
    input.bytes(length.min(input.len()))
}

fn run(data: &[u8]) {
    let _ = asked(&mut Unstructured::new(data));
}

fn asked(input: &mut Unstructured<'_>) -> Result<()> {
    let method = METHODS[usize::from(input.arbitrary::<u8>()?) % METHODS.len()];
    let authorisation = input.arbitrary::<u8>()? % 4;
    let row = rows::row(input.arbitrary()?);
    let (path, body) = (String::from_utf8_lossy(piece(input)?), piece(input)?);
    let mut request = Request {
        method: method.to_owned(),
        path: path.into_owned(),
        body: body.into(),
        source_ip: "203.0.113.7".to_owned(),
        user_agent: "fuzz/1".to_owned(),
        ..Request::default()
    };
    let bearer = match authorisation {
        1 => format!("Bearer {API_KEY}").into_bytes(),
        2 => format!("Bearer {}", *TOKEN).into_bytes(),
        3 => piece(input)?.to_vec(),
        _ => Vec::new(),
    };
    if let Ok(value) = HeaderValue::from_bytes(&bearer) {
        request.headers.insert("authorization", value);
    }
    let store = world::table([row.clone()]);
    let before = store.commits();
    let response = world::wait(world::checkout(&store).answer(&request));
    answers_by_contract(&request, &response);
    let right = [API_KEY, &TOKEN]
        .iter()
        .any(|key| bearer == format!("Bearer {key}").as_bytes());
    assert!(
        right || store.commits() == before,
        "something was written without a key"
    );
    Ok(())
}

/// The answer is one that the API describes, in JSON where it says so, and repeats no digits in a refusal.
pub(super) fn answers_by_contract(request: &Request, response: &Response) {
    let known = [200, 201, 202, 204, 400, 401, 404, 405, 409, 413];
    assert!(
        known.contains(&response.status),
        "{}: {}",
        response.status,
        response.body
    );
    let kind = response.header("content-type").unwrap_or_default();
    if kind.contains("json") {
        let _: Value = serde_json::from_str(&response.body).expect("what is called JSON is JSON");
    }
    if response.status >= 400 {
        assert_eq!(kind, "application/problem+json");
        let digits = |text: &[u8]| -> Vec<String> {
            let runs = text
                .split(|byte| !byte.is_ascii_digit())
                .filter(|run| run.len() >= 8);
            runs.map(|run| String::from_utf8_lossy(run).into_owned())
                .collect()
        };
        let said = digits(response.body.as_bytes());
        let sent = digits(&request.body);
        assert!(
            !said.iter().any(|run| sent.contains(run)),
            "a refusal repeats what was sent: {}",
            response.body
        );
    }
}
