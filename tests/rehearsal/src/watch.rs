//! What CloudWatch would have seen, since the emulator measures nothing: the functions' own metrics from their logs, and
//! what AWS measures from what was observed. From it, the template's alarms and its dashboard.

mod alarms;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use monitoring::{Metric, Names, Points};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::clock::now_ms;
use crate::deploy::STACK;
use crate::python::cloud;
use crate::records::Account;
use crate::stack::Stack;
use crate::steps::Progress;

pub(crate) use alarms::{Fired, Firing, lines as alarm_lines};

/// How often the queues are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The sweep's schedule had no time to start it before; so long it counts as started each minute.
const BEFORE_MINUTES: i64 = 15;
const MINUTE_MS: i64 = 60_000;

/// Looks at a stack until dropped.
pub(crate) struct Watch {
    begun_ms: i64,
    depths: Depths,
    template: Value,
    names: Names,
    task: JoinHandle<()>,
}

/// Depths of queues by name, and when they were seen.
type Depths = Arc<Mutex<Vec<(i64, &'static str, u64)>>>;

/// What was observed in the functions' logs.
#[derive(Deserialize)]
struct Observed {
    lines: Vec<String>,
    invocations: Vec<Invocation>,
}

#[derive(Deserialize)]
struct Invocation {
    function: String,
    at_ms: i64,
    duration_ms: f64,
    failed: bool,
}

impl Watch {
    /// Begins to look.
    pub(crate) fn start(stack: &Stack<'_>) -> Self {
        let depths = Depths::default();
        let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
        let seen = Arc::clone(&depths);
        let task = tokio::spawn(async move {
            loop {
                // One that fails is as good as one that was not made.
                if let Ok(now) = account.depths().await {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.extend(now.into_iter().map(|(name, depth)| (now_ms(), name, depth)));
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        let template = template::load();
        Self {
            begun_ms: now_ms(),
            depths,
            names: Names::defaults(&template, STACK),
            template,
            task,
        }
    }

    /// All that was measured so far.
    pub(crate) async fn points(
        &self,
        stack: &Stack<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Points> {
        let endpoint = stack.emulator.endpoint();
        let observed: Observed = cloud(
            stack.workspace,
            &stack.environment,
            &endpoint,
            "observed",
            &(),
            progress,
        )
        .await?;
        let mut points = Points::default();
        for line in &observed.lines {
            points.read_line(line);
        }
        self.add_invocations(&mut points, &observed.invocations);
        for (at_ms, status) in stack.front.statuses() {
            let api = |name: &str| Metric::of("AWS/ApiGateway", name, ("ApiId", "HttpApi"));
            points.add(api("Count"), at_ms, 1.0);
            points.add(api("4xx"), at_ms, of(status / 100 == 4));
            points.add(api("5xx"), at_ms, of(status / 100 == 5));
        }
        let depths = self.depths.lock().unwrap_or_else(PoisonError::into_inner);
        for (at_ms, name, depth) in depths.iter() {
            let queue = format!("{name}.QueueName");
            let of_queue = ("QueueName", queue.as_str());
            let metric = Metric::of("AWS/SQS", "ApproximateNumberOfMessagesVisible", of_queue);
            points.add(metric, *at_ms, *depth as f64);
        }
        Ok(points)
    }

    fn add_invocations(&self, points: &mut Points, invocations: &[Invocation]) {
        let metric =
            |function: &str, name: &str| Metric::of("AWS/Lambda", name, ("FunctionName", function));
        for invocation in invocations {
            let of_function = |name| metric(&invocation.function, name);
            let at_ms = invocation.at_ms;
            points.add(of_function("Invocations"), at_ms, 1.0);
            points.add(of_function("Errors"), at_ms, of(invocation.failed));
            points.add(of_function("Duration"), at_ms, invocation.duration_ms);
        }
        for minute in 1..=BEFORE_MINUTES {
            let at_ms = self.begun_ms - minute * MINUTE_MS;
            points.add(metric("SweepFunction", "Invocations"), at_ms, 1.0);
        }
    }

    /// Draws the dashboard of what was measured since the look began; where it stands.
    pub(crate) fn draw(&self, stack: &Stack<'_>, points: &Points) -> anyhow::Result<PathBuf> {
        let dashboard = monitoring::dashboard(&self.template, &self.names)?;
        let span = (self.begun_ms, now_ms());
        let words = format!(
            "{}. Drawn from the template's own definition.",
            crate::report::command()
        );
        let page = monitoring::page(
            &dashboard,
            points,
            span,
            "The dashboard of a rehearsal",
            &words,
        );
        let path = stack.workspace.of_run("dashboard.html");
        std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn of(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}
