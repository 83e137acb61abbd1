//! What AWS measures by itself.

use monitoring::{Metric, Points};
use runtime::metrics::{DIMENSION, Metric as Ours, NAMESPACE};
use simulation::world::STACK;

/// A metric of ours.
pub(crate) fn ours(metric: Ours) -> Metric {
    Metric::of(NAMESPACE, metric.name(), (DIMENSION, STACK))
}

/// A metric of a function.
pub(crate) fn function(function: &str, name: &str) -> Metric {
    Metric::of("AWS/Lambda", name, ("FunctionName", function))
}

/// A metric of a queue.
pub(crate) fn queue(queue: &str, name: &str) -> Metric {
    Metric::of(
        "AWS/SQS",
        name,
        ("QueueName", &format!("{queue}.QueueName")),
    )
}

/// A metric of the API.
pub(crate) fn api(name: &str) -> Metric {
    Metric::of("AWS/ApiGateway", name, ("ApiId", "HttpApi"))
}

/// A function was invoked.
pub(crate) fn invoked(points: &mut Points, name: &str, at_ms: i64) {
    points.add(function(name, "Invocations"), at_ms, 1.0);
}

/// What follows from what the functions say: a refused notification was an invocation, and one that was not committed
/// was also an answer with 500.
pub(crate) fn derive(points: &mut Points) {
    let Some((first, last)) = points.span() else {
        return;
    };
    for at_ms in (first..=last).step_by(1_000) {
        let of = |metric| {
            points
                .within(&ours(metric), at_ms, at_ms + 1_000)
                .iter()
                .sum::<f64>()
        };
        let (refused, faults) = (of(Ours::SignatureFailures), of(Ours::NotCommitted));
        if refused + faults > 0.0 {
            points.add(
                function("NotifyFunction", "Invocations"),
                at_ms,
                refused + faults,
            );
        }
        if faults > 0.0 {
            points.add(api("5xx"), at_ms, faults);
        }
    }
}

/// So many messages lie in a dead-letter queue at this time.
pub(crate) fn dead_letters(points: &mut Points, name: &str, count: usize, at_ms: i64) {
    if count > 0 {
        let metric = queue(name, "ApproximateNumberOfMessagesVisible");
        points.add(metric, at_ms - 1, count as f64);
    }
}
