//! Logs: one JSON object a line on standard output, which Lambda hands to CloudWatch. docs/logs.md lists every line.
//!
//! `LOG_LEVEL` is for our own code. Libraries are heard from `warn` on only: at finer levels some of them write whole
//! requests, and requests hold card data and secrets.
//!
//! A line names the request, the trace and the payment that it is about by the spans around it: Lambda's runtime opens
//! one for each invocation, and each function one for each payment ([`flow`]).

mod line;
#[cfg(test)]
pub(crate) mod lines;

use line::{Fields, Line};
use std::fmt::Display;
use std::panic::PanicHookInfo;
use tracing::field::{Empty, display};
use tracing::{Span, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// The crates whose own lines are written at `LOG_LEVEL`.
const OURS: [&str; 8] = [
    "capture", "checkout", "domain", "notify", "pop", "runtime", "store", "sweep",
];

/// Starts logging at `LOG_LEVEL` (`error`, `warn`, `info`, `debug` or `trace`; `info` by default), panics included. To be
/// called once, first thing.
pub fn start() {
    let wish = crate::config::optional("LOG_LEVEL");
    let level = wish.as_deref().map_or(Ok(LevelFilter::INFO), str::parse);
    let chosen = level.clone().unwrap_or(LevelFilter::INFO);
    if !start_into(chosen, std::io::stdout) {
        return; // started before, as tests do
    }
    if level.is_err() {
        tracing::warn!(
            error.code = "bad_log_level",
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
        log_panics();
    }
    started
}

/// From now on panics are logged by their place alone: their text may quote what was being worked on.
pub fn log_panics() {
    std::panic::set_hook(Box::new(log_panic));
}

/// The span of the work on one payment. Once [`about`] says which, each line within names it.
#[must_use]
pub fn flow() -> Span {
    // Of the highest level, so that it is there whatever LOG_LEVEL leaves out.
    tracing::error_span!("flow", payment.request_id = Empty)
}

/// The [`flow`] that this is called in is about this payment. To be said once it is known that there is such a payment, or
/// that POP signed its id: before, what stands in the place of an id may be anything, a card number included.
/// `store::advance` says it too.
pub fn about(payment: impl Display) {
    Span::current().record("payment.request_id", display(payment));
}

/// Logs what failed: as a warning if it mends itself, as an error if a person must act.
#[macro_export]
macro_rules! log_failure {
    ($mends_itself:expr, $($line:tt)+) => {
        if $mends_itself {
            tracing::warn!($($line)+)
        } else {
            tracing::error!($($line)+)
        }
    };
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
        // Its span, which carries the request id, is of this level. It has no lines below `warn`.
        .with_target("lambda_runtime", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(Fields)
        .event_format(Line)
        .with_ansi(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

#[cfg(test)]
mod tests {
    use super::lines::Lines;
    use super::*;

    fn lines(level: LevelFilter, work: impl FnOnce()) -> Vec<serde_json::Value> {
        let written = Lines::default();
        let writer = written.clone();
        let log = subscriber(level, move || writer.clone());
        tracing::subscriber::with_default(log, work);
        written
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_is_flat_json_with_its_spans_fields_and_a_time() {
        let lines = lines(LevelFilter::INFO, || {
            invocation().in_scope(|| {
                let flow = flow();
                flow.in_scope(|| {
                    tracing::info!("received");
                    about("PAY_1");
                    about("PAY_1");
                    let version = 3_u64;
                    tracing::info!(payment.version = version, ok = true, "committed");
                });
            });
            tracing::warn!("alone");
        });
        assert_eq!(lines[0].get("payment.request_id"), None);
        let line = &lines[1];
        let time = line["timestamp"].as_str().unwrap();
        assert!(domain::Time::parse(time).is_some());
        let want = serde_json::json!({
            "timestamp": time, "level": "INFO", "message": "committed",
            "payment.version": 3, "ok": true,
            "request_id": "r-1", "trace_id": "1-69573a0c-0a1b2c3d4e5f60718293a4b5",
            "payment.request_id": "PAY_1", "target": "runtime::logs::tests",
        });
        assert_eq!(line, &want);
        assert_eq!(lines[2]["level"], "WARN");
        assert_eq!(lines[2].get("request_id"), None);
    }

    /// As Lambda's runtime opens it.
    fn invocation() -> Span {
        tracing::info_span!(
            target: "lambda_runtime::layers::trace",
            "Lambda runtime invoke",
            requestId = "r-1",
            xrayTraceId = "Root=1-69573a0c-0a1b2c3d4e5f60718293a4b5;Parent=0a1b2c3d4e5f6071;Sampled=0"
        )
    }

    #[test]
    fn whatever_a_field_holds_the_line_stays_one_line_of_json() {
        let text = "a \"b\" \\ c\nd\r\te \u{1} \u{7f} é \u{1f600}";
        let lines = lines(LevelFilter::INFO, || {
            tracing::info!(
                text,
                shown = %text,
                printed = ?text,
                float = 0.5,
                none = f64::NAN,
                negative = -1_i64,
                "{text}"
            );
        });
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        for name in ["message", "text", "shown"] {
            assert_eq!(line[name], text, "{name}");
        }
        assert_eq!(line["printed"], format!("{text:?}"));
        assert_eq!(
            (&line["float"], &line["negative"]),
            (&0.5.into(), &(-1).into())
        );
        assert!(line["none"].is_null());
    }

    #[test]
    fn an_error_names_its_request_and_payment_whatever_the_level() {
        let lines = lines(LevelFilter::ERROR, || {
            invocation().in_scope(|| {
                flow().in_scope(|| {
                    about("PAY_1");
                    tracing::error!("heard");
                });
            });
        });
        assert_eq!(lines[0]["request_id"], "r-1");
        assert_eq!(lines[0]["payment.request_id"], "PAY_1");
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
