//! Logs: one JSON object a line on standard output, which Lambda hands to CloudWatch.
//!
//! `LOG_LEVEL` is for our own code. Libraries are heard from `warn` on only: at finer levels some of them write whole
//! requests, and requests hold card data and secrets.

use std::fmt::Display;
use std::panic::PanicHookInfo;
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// The crates whose own lines are written at `LOG_LEVEL`.
const OURS: [&str; 8] = [
    "capture", "checkout", "domain", "notify", "pop", "runtime", "store", "sweep",
];

/// Starts logging at `LOG_LEVEL` (`error`, `warn`, `info`, `debug` or `trace`; `info` by default). Panics are logged by
/// their place alone: their text may quote what was being worked on. To be called once, first thing.
pub fn start() {
    let wish = crate::config::optional("LOG_LEVEL");
    let level = wish.as_deref().map_or(Ok(LevelFilter::INFO), str::parse);
    let chosen = level.clone().unwrap_or(LevelFilter::INFO);
    if !start_into(chosen, std::io::stdout) {
        return; // started before, as tests do
    }
    if level.is_err() {
        tracing::warn!(
            "LOG_LEVEL is wrong: error, warn, info, debug or trace is expected; info is used"
        );
    }
}

/// As [`start`], at this level and into `writer`: for programs that look through what is logged. `false` if logging was
/// started before; then nothing changes.
pub fn start_into<W>(level: LevelFilter, writer: W) -> bool
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let started = tracing::subscriber::set_global_default(subscriber(level, writer)).is_ok();
    if started {
        std::panic::set_hook(Box::new(log_panic));
    }
    started
}

/// Logs why a function cannot start.
pub fn startup_failed<E: Display>(error: &E) {
    tracing::error!(
        error.code = "startup_failed",
        "the function cannot start: {error}"
    );
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    tracing::error!(
        error.code = "panicked",
        panic.place = place.as_deref().unwrap_or("unknown"),
        "a fault of ours stopped this piece of work"
    );
}

fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let libraries = level.min(LevelFilter::WARN);
    let targets = OURS
        .iter()
        .fold(Targets::new().with_default(libraries), |targets, name| {
            targets.with_target(*name, level)
        })
        // Its span carries the request id.
        .with_target("lambda_runtime", level.min(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_ansi(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(level: LevelFilter, work: impl FnOnce()) -> Vec<serde_json::Value> {
        let written = Lines::default();
        let writer = written.clone();
        let log = subscriber(level, move || writer.clone());
        tracing::subscriber::with_default(log, work);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_is_flat_json_with_its_spans_fields_and_a_time() {
        let lines = lines(LevelFilter::INFO, || {
            let span = tracing::info_span!("invocation", requestId = "r-1");
            let _in_span = span.enter();
            tracing::info!(payment.request_id = "PAY_1", "committed");
        });
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "committed");
        assert_eq!(line["payment.request_id"], "PAY_1");
        assert_eq!(line["spans"][0]["requestId"], "r-1");
        assert!(domain::Time::parse(line["timestamp"].as_str().unwrap()).is_some());
    }

    #[test]
    fn libraries_keep_quiet_whatever_the_level() {
        let lines = lines(LevelFilter::TRACE, || {
            tracing::trace!(target: "aws_smithy_runtime::client", "a whole request");
            tracing::trace!(target: "lambda_runtime", "a whole event");
            tracing::debug!(target: "hyper_util::client", "a connection");
            tracing::warn!(target: "hyper_util::client", "heard");
            tracing::info!(target: "lambda_runtime::layers::trace", "heard");
            tracing::trace!(target: "store::dynamo", "heard");
        });
        let heard: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
        assert_eq!(heard, ["heard", "heard", "heard"]);
    }

    #[test]
    fn the_level_is_for_our_own_lines() {
        let lines = lines(LevelFilter::ERROR, || {
            tracing::warn!("not this");
            tracing::error!("this");
            tracing::warn!(target: "hyper_util", "nor this");
        });
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn a_failed_start_says_why() {
        let lines = lines(LevelFilter::INFO, || {
            startup_failed(&crate::config::ConfigError::Missing("TABLE_NAME"));
        });
        assert_eq!(
            lines[0]["message"],
            "the function cannot start: TABLE_NAME is not set"
        );
        assert_eq!(lines[0]["error.code"], "startup_failed");
    }
}
