//! Where seeds come from: `events/`, and the provider's published samples.

use flows::events;
use serde_json::{Map, Value};
use std::path::Path;

/// The sample events of a function.
pub(super) fn events_of(function: &str) -> Vec<Value> {
    let samples = events::all().into_iter();
    samples
        .filter(|sample| sample.function == function)
        .map(|sample| sample.event)
        .collect()
}

/// The headers, in lower case, and the body of each signed sample notification that POP would send us.
pub(super) fn genuine() -> Vec<(Map<String, Value>, String)> {
    let good = |event: &Value| {
        let (headers, body) = (event["headers"].as_object()?, event["body"].as_str()?);
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let key = events::signature(
            "provider-private.pem",
            events::NOTIFY_PATH,
            events::CLIENT_ID,
            text("request-time"),
            body,
        );
        (text("signature") == key && text("client-id") == events::CLIENT_ID)
            .then(|| (headers.clone(), body.to_owned()))
    };
    events_of("notify").iter().filter_map(good).collect()
}

/// The bodies of the provider's published samples.
pub(super) fn published() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/pop/tests/samples");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}
