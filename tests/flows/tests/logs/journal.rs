//! Takes down what a flow logs, step by step, with everything that differs from run to run made the same.

use flows::Lines;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use tracing::Instrument;
use tracing::level_filters::LevelFilter;

/// Where the files are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

/// Fields whose values are times and places of this run.
const OF_THIS_RUN: [&str; 8] = [
    "notification.skew_seconds",
    "timestamp",
    "panic.place",
    "payment.due_at",
    "pop.duration_ms",
    "sweep.duration_ms",
    "sweep.most_overdue_seconds",
    "sweep.shard", // the first one is another one each minute
];

/// What may stand in a line of a flow without a payment's id: it is about no payment, or not known yet which.
const WITHOUT_PAYMENT: [&str; 13] = [
    "a capture came before its payment and waits",
    "a capture message was given back to its queue: the message names no payment",
    "a capture message was given back to its queue: there is no such payment",
    "a capture message was given back to its queue: the table did not answer",
    "a fault of ours stopped this piece of work",
    "a notification was kept and moves nothing",
    "a notification was refused",
    "a request failed: Nothing is known to have changed",
    "a secret",
    "a shard could not be read",
    "nothing is swept",
    "swept",
    "the function cannot start",
];

/// A file in the making.
pub(crate) struct Journal {
    lines: Lines,
    text: String,
    steps: u32,
    /// Texts of this run, and what stands for them.
    stand_ins: Vec<(String, &'static str)>,
}

impl Journal {
    pub(crate) fn begin() -> Self {
        Self {
            lines: Lines::hear(LevelFilter::INFO),
            text: String::new(),
            steps: 0,
            stand_ins: Vec::new(),
        }
    }

    /// From now on `stand_in` stands for this text.
    pub(crate) fn replace(&mut self, text: &str, stand_in: &'static str) {
        self.stand_ins.push((text.to_owned(), stand_in));
    }

    /// One invocation, as Lambda's runtime starts it, and what it logs.
    pub(crate) async fn step<T>(&mut self, what: &str, work: impl Future<Output = T>) -> T {
        self.steps += 1;
        // On the heap: a flow of many steps is deeper than the stack of a test.
        let work = Box::pin(work);
        let outcome = work.instrument(invocation(self.steps)).await;
        self.note(what);
        outcome
    }

    /// What was logged outside of an invocation.
    pub(crate) fn note(&mut self, what: &str) {
        self.text += &format!("# {what}\n");
        for line in self.lines.take() {
            self.text += &self.made_the_same(&line);
            self.text.push('\n');
        }
    }

    fn made_the_same(&self, line: &str) -> String {
        let mut fields = serde_json::from_str::<Fields>(line).unwrap().0;
        let names: BTreeSet<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), fields.len(), "a name stands twice: {line}");
        let message = &fields.iter().find(|(name, _)| name == "message").unwrap().1;
        let message = message.as_str().unwrap().to_owned();
        let is_about_one = !WITHOUT_PAYMENT
            .iter()
            .any(|known| message.starts_with(known));
        if names.contains("request_id") && is_about_one {
            assert!(
                names.contains("payment.request_id"),
                "of which payment? {line}"
            );
        }
        let of_this_run = |name: &str| OF_THIS_RUN.contains(&name);
        for (_, value) in fields.iter_mut().filter(|(name, _)| of_this_run(name)) {
            *value = "*".into();
        }
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let line = format!("{{{}}}", fields.join(","));
        let same = |line: String, (text, stand_in): &(String, &str)| line.replace(text, stand_in);
        self.stand_ins.iter().fold(line, same)
    }

    /// Fails unless the file says the same.
    pub(crate) fn compare_with(self, name: &str) {
        let file = folder().join(format!("{name}.log"));
        if std::env::var_os("RENEW_LOGS").is_some() {
            std::fs::write(&file, &self.text).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(
            kept, self.text,
            "{name}: look at the difference; if it is meant: RENEW_LOGS=1 cargo nextest run -p flows --test logs"
        );
    }
}

/// The span in which Lambda's runtime works.
fn invocation(number: u32) -> tracing::Span {
    tracing::info_span!(
        target: "lambda_runtime::layers::trace",
        "Lambda runtime invoke",
        requestId = format!("request-{number}"),
        xrayTraceId = "Root=1-69573a0c-0a1b2c3d4e5f60718293a4b5;Parent=0a1b2c3d4e5f6071;Sampled=0"
    )
}

/// A line's fields in their order, those that stand twice included.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
