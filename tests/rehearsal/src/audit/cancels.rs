//! Cancellations: what the shop accepted is cancelled at the provider or the order system was told otherwise, and
//! nothing else is cancelled.

use domain::Status;
use simulator::PaymentState;

use super::case::Case;
use super::{Finding, Kind};
use crate::scenario::{CancelAt, Reply, What};

/// Everything that is wrong with one payment's cancellation.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let asks = case.asks().filter(|ask| ask.what == What::Cancel);
    let mut problems: Vec<(Kind, String)> = asks
        .filter_map(|ask| match &ask.reply {
            Reply::Done(status) => not_cancelled(case, *status),
            Reply::Refused(code) => refused_wrongly(case, ask.name, code),
            Reply::Nothing => None,
        })
        .collect();
    let cancelled = case.book.is_some_and(|book| book.cancelled_at.is_some());
    if cancelled && !case.cancel_wanted() {
        let words = "cancelled at the provider, and nobody wanted that".to_owned();
        problems.push((Kind::CancelledWrongly, words));
    }
    problems
        .into_iter()
        .map(|(kind, words)| Finding::new(case.id, kind, words))
        .collect()
}

/// The shop accepted (200: it is cancelled; 202: it will be, or the order system is told that it is not).
fn not_cancelled(case: &Case<'_>, status: u16) -> Option<(Kind, String)> {
    let stands = case
        .book
        .is_some_and(|book| book.state == PaymentState::Success);
    let told = status == 202 && case.was_told("payment.cancel_failed");
    (stands && !told).then(|| {
        let words = format!("the cancellation was answered with {status}, and the payment stands");
        (Kind::NotCancelled, words)
    })
}

/// A payment that nobody had paid, or that was authorised and waited to be captured, could have been cancelled.
fn refused_wrongly(case: &Case<'_>, name: &str, code: &str) -> Option<(Kind, String)> {
    let row = case.payment();
    let possible = if name == CancelAt::Created.name() {
        row.is_some_and(|row| row.status != Status::Expired)
    } else if name == CancelAt::Authorized.name() {
        row.is_some_and(|row| row.authorized_at.is_some())
    } else {
        false
    };
    possible.then(|| (Kind::WrongAnswers, format!("{name}: refused with {code}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, body, book, capture, captured_row, row};

    fn kinds(scene: &Scene) -> Vec<Kind> {
        scene
            .check(check)
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    fn cancelled() -> Scene {
        let mut books = book(PaymentState::Cancelled, vec![]);
        books.cancelled_at = Some("2026-01-01T00:00:00Z".to_owned());
        Scene::new(row(Status::Cancelled), books)
    }

    #[test]
    fn an_accepted_cancellation_must_come_true_or_be_called_off() {
        let captured = || {
            Scene::new(
                captured_row(),
                book(PaymentState::Success, vec![capture(1)]),
            )
        };
        for status in [200, 202] {
            let mut scene = captured();
            scene.ask("cancel too late", What::Cancel, Reply::Done(status));
            assert_eq!(kinds(&scene), [Kind::NotCancelled], "{status}");
            scene.tell(&body("P1:4:0", "payment.cancel_failed", |_| {}));
            let told_but_answered_done = status == 200;
            assert_eq!(
                kinds(&scene).is_empty(),
                !told_but_answered_done,
                "{status}"
            );
        }
        let mut scene = cancelled();
        scene.ask("cancel when pending", What::Cancel, Reply::Done(200));
        assert!(kinds(&scene).is_empty());
    }

    #[test]
    fn what_nobody_wanted_cancelled_is_found() {
        assert_eq!(kinds(&cancelled()), [Kind::CancelledWrongly]);
        let mut refused = cancelled();
        let code = Reply::Refused("not_cancellable".to_owned());
        refused.ask("cancel too late", What::Cancel, code);
        assert_eq!(kinds(&refused), [Kind::CancelledWrongly]);
        let mut retried = cancelled();
        retried.ask("retry", What::Retry, Reply::Done(201));
        assert!(kinds(&retried).is_empty());
        let mut orphan = cancelled();
        orphan.payment_mut().order_held_by = domain::PaymentRequestId::new("P2").ok();
        assert!(kinds(&orphan).is_empty());
    }

    #[test]
    fn a_refusal_of_what_could_be_cancelled_is_found() {
        let code = Reply::Refused("not_cancellable".to_owned());
        for (name, wrong) in [
            ("cancel when created", true),
            ("cancel when authorised", true),
            ("cancel too late", false),
        ] {
            let mut payment = captured_row();
            payment.authorized_at = Some(domain::Time::from_millis(1));
            let mut scene = Scene::new(payment, book(PaymentState::Success, vec![capture(1)]));
            scene.ask(name, What::Cancel, code.clone());
            assert_eq!(kinds(&scene) == [Kind::WrongAnswers], wrong, "{name}");
        }
    }
}
