//! How much the functions log: they log as in Lambda, into a counter.

use std::cell::Cell;
use std::io::Write;
use tracing::level_filters::LevelFilter;

thread_local! {
    static WRITTEN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Takes the place of standard output.
struct Counter;

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        WRITTEN.with(|written| {
            let (before, lines_before) = written.get();
            written.set((before + bytes.len() as u64, lines_before + lines as u64));
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lets all logging of this process be counted, at the level that is usual.
pub(crate) fn start() {
    let shown = std::panic::take_hook(); // panics of this program are for people, not for the counter
    let _started_before = runtime::logs::start_into(LevelFilter::INFO, || Counter);
    std::panic::set_hook(shown);
}

/// Bytes and lines logged by this thread since the last time.
#[must_use]
pub(crate) fn take() -> (u64, u64) {
    WRITTEN.with(Cell::take)
}

/// What Lambda itself writes about an invocation, as it looks in a log group with the text format.
const OF_AN_INVOCATION: [&str; 3] = [
    "START RequestId: 6f1d2c0e-8c4a-4d7e-9f57-0a3c1b2d4e5f Version: $LATEST\n",
    "END RequestId: 6f1d2c0e-8c4a-4d7e-9f57-0a3c1b2d4e5f\n",
    "REPORT RequestId: 6f1d2c0e-8c4a-4d7e-9f57-0a3c1b2d4e5f\tDuration: 35.21 ms\tBilled Duration: 36 ms\tMemory Size: 256 MB\tMax Memory Used: 24 MB\t\n",
];

/// What it writes on top about a cold start: a line, and a part of the report.
const OF_A_COLD_START: [&str; 2] = [
    "INIT_START Runtime Version: provided:al2023.v100\tRuntime Version ARN: arn:aws:lambda:eu-central-1::runtime:0000000000000000000000000000000000000000000000000000000000000000\n",
    "Init Duration: 24.13 ms\t",
];

/// Bytes and lines that Lambda writes for one invocation, of which this share is cold.
#[must_use]
pub(crate) fn of_lambda(cold_share: f64) -> (f64, f64) {
    let bytes = |texts: &[&str]| texts.iter().map(|text| text.len()).sum::<usize>() as f64;
    let cold = cold_share * bytes(&OF_A_COLD_START);
    (
        bytes(&OF_AN_INVOCATION) + cold,
        OF_AN_INVOCATION.len() as f64 + cold_share,
    )
}

/// What the API writes about a request, in the template's form.
const OF_A_REQUEST: &str = r#"{"time":"1767571200000","id":"JKJaXmPLvHcESHA=","route":"POST /payments/{id}/pay","status":"200", "bytes":"1234","ms":"812","function_id":"6f1d2c0e-8c4a-4d7e-9f57-0a3c1b2d4e5f", "function_status":"200","function_ms":"805","error":"-"}"#;

/// Bytes and lines that the API writes for one request.
#[must_use]
pub(crate) fn of_a_request() -> (f64, f64) {
    (OF_A_REQUEST.len() as f64 + 1.0, 1.0)
}

/// The span in which Lambda's runtime works: each line of the log names it with its fields.
#[must_use]
pub(crate) fn span_of_lambda() -> tracing::Span {
    tracing::info_span!(
        target: "lambda_runtime::layers::trace",
        "Lambda runtime invoke",
        requestId = "6f1d2c0e-8c4a-4d7e-9f57-0a3c1b2d4e5f",
        xrayTraceId = "Root=1-69573a0c-0a1b2c3d4e5f60718293a4b5;Parent=0a1b2c3d4e5f6071;Sampled=0;Lineage=1:abcdef01:0"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_bytes_are_counted_with_their_span() {
        start();
        let _of_before = take();
        tracing::info!(target: "notify", "committed");
        let (bare, lines) = take();
        assert_eq!(lines, 1);
        span_of_lambda().in_scope(|| tracing::info!(target: "notify", "committed"));
        let (in_span, lines) = take();
        assert_eq!(lines, 1);
        assert!(in_span > bare + 90, "{bare} and {in_span}");
        tracing::debug!(target: "notify", "committed");
        assert_eq!(take(), (0, 0));
    }

    #[test]
    fn a_request_is_logged_in_the_templates_form() {
        let template = template::load();
        let settings = &template::properties(&template, "DefaultStage")["AccessLogSettings"];
        let format = settings["Fn::If"][1]["Format"].as_str().unwrap();
        let names = |line: &str| -> Vec<String> {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names(OF_A_REQUEST), names(format));
    }

    #[test]
    fn lambdas_own_lines_are_some_250_bytes() {
        let (bytes, lines) = of_lambda(0.0);
        assert!((250.0..280.0).contains(&bytes), "{bytes}");
        assert!((lines - 3.0).abs() < 1e-9);
        assert!(of_lambda(1.0).0 > bytes + 150.0);
    }
}
