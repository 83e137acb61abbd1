//! The queues: there, with dead-letter queues that are empty.

use super::checks::{Check, not_checked, ok, wrong};
use crate::connection::Connection;
use crate::output::count;
use crate::queues::Queues;

pub(super) async fn check(connection: &Connection) -> Vec<Check> {
    let Some(queues) = Queues::known(connection) else {
        let why = "the queues are not known";
        return vec![not_checked(
            "queues",
            why,
            "name the deployment: --stack NAME, or --rehearsal",
        )];
    };
    let depths = queues.depths().await;
    let checks = depths.queues.iter().map(|queue| {
        let waiting = queue.waiting + queue.in_flight;
        let seen = match waiting {
            0 => "empty".to_owned(),
            n => count(n, "message"),
        };
        match (&queue.error, queue.is_dead_letter, waiting) {
            (Some(error), ..) => wrong(
                queue.name,
                error.clone(),
                "check that the queue is there, and that the operator's policy is attached",
            ),
            (None, true, 1..) => wrong(
                queue.name,
                seen,
                "popctl redrive says what each would do, and moves them back",
            ),
            _ => ok(queue.name, seen),
        }
    });
    checks.collect()
}
