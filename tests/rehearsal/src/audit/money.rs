//! Money taken: once, all of it, and no more than was ordered or asked for.

use domain::{CaptureRequestId, PaymentRequestId};
use simulator::{PaymentRecord, PaymentState, TransferRecord, TransferState};

use super::case::Case;
use super::{Finding, Kind};
use crate::scenario::{Capture, Reply, What};

/// Everything that is wrong with what was taken for one payment.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let Some(book) = case.book else {
        return Vec::new();
    };
    let mut problems = taken_twice(book);
    if book.state == PaymentState::Success
        && book.captures.iter().all(|capture| capture.effects == 0)
        && !book.every_capture_failed()
    {
        let words = "authorised and never captured".to_owned();
        problems.push((Kind::NotCaptured, words));
    }
    problems.extend(not_taken(case, book));
    let taken = book.captures.iter().filter(|capture| capture.effects > 0);
    problems.extend(taken.filter_map(|capture| wrong_amount(case, capture)));
    problems
        .into_iter()
        .map(|(kind, words)| Finding::new(case.id, kind, words))
        .collect()
}

fn taken_twice(book: &PaymentRecord) -> Vec<(Kind, String)> {
    let twice = book.captures.iter().any(|capture| capture.effects > 1);
    let too_much = book.captured() > book.amount.value;
    if !twice && !too_much && book.authorisations <= 1 {
        return Vec::new();
    }
    let effects: u32 = book.captures.iter().map(|capture| capture.effects).sum();
    let words = format!(
        "{} authorisations, {effects} captures of {} in all",
        book.authorisations,
        book.captured()
    );
    vec![(Kind::CapturedTwice, words)]
}

/// Captures that the merchant asked for, that the shop accepted, and of which nothing came.
fn not_taken(case: &Case<'_>, book: &PaymentRecord) -> Vec<(Kind, String)> {
    let accepted = case.asks().filter_map(|ask| match ask.what {
        What::Capture { number, .. } if matches!(ask.reply, Reply::Done(_)) => Some(number),
        _ => None,
    });
    let came_to_nothing = |number: &u32| {
        let id = capture_id(case.id, *number);
        let entry = book
            .captures
            .iter()
            .find(|capture| Some(&capture.request_id) == id.as_ref());
        entry.is_none_or(|entry| entry.effects == 0 && entry.state != TransferState::Fail)
    };
    accepted
        .filter(came_to_nothing)
        .map(|number| {
            let words = format!("capture {number} was accepted and not made");
            (Kind::NotCaptured, words)
        })
        .collect()
}

/// A capture of another amount than ordered or asked for, or one that nobody asked for.
fn wrong_amount(case: &Case<'_>, capture: &TransferRecord) -> Option<(Kind, String)> {
    let wanted = match &case.plan.capture {
        Capture::OnRequest(_) => case.asks().find_map(|ask| match ask.what {
            What::Capture { number, minor }
                if capture_id(case.id, number).as_ref() == Some(&capture.request_id) =>
            {
                Some(minor)
            }
            _ => None,
        }),
        Capture::Automatic => capture.automatic.then_some(case.plan.minor),
        Capture::WhenAuthorized | Capture::AfterSeconds(_) => {
            let ours = capture_id(case.id, 1).as_ref() == Some(&capture.request_id);
            ours.then_some(case.plan.minor)
        }
    };
    let taken = (capture.amount.currency.as_str(), capture.amount.value);
    (wanted.map(|minor| (case.plan.currency, minor)) != Some(taken)).then(|| {
        let words = format!(
            "captured {} {} under {}, wanted {wanted:?}",
            taken.0, taken.1, capture.request_id
        );
        (Kind::CapturedWrongAmount, words)
    })
}

fn capture_id(payment: &str, number: u32) -> Option<String> {
    let payment = PaymentRequestId::new(payment).ok()?;
    Some(CaptureRequestId::derive(&payment, number).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, book, capture, captured_row};
    use crate::scenario::Plan;

    fn found(book: PaymentRecord) -> Vec<Kind> {
        kinds(&Scene::new(captured_row(), book))
    }

    fn kinds(scene: &Scene) -> Vec<Kind> {
        scene
            .check(check)
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn money_taken_twice_wrongly_or_not_at_all_is_found() {
        let success = |captures| book(PaymentState::Success, captures);
        assert!(found(success(vec![capture(1)])).is_empty());
        assert!(found(success(vec![capture(1), capture(1)])).contains(&Kind::CapturedTwice));
        assert!(found(success(vec![capture(2)])).contains(&Kind::CapturedTwice));
        let mut authorised_twice = success(vec![capture(1)]);
        authorised_twice.authorisations = 2;
        assert_eq!(found(authorised_twice), [Kind::CapturedTwice]);
        assert_eq!(found(success(vec![])), [Kind::NotCaptured]);
        let mut other = capture(1);
        other.amount.value -= 1;
        assert_eq!(found(success(vec![other])), [Kind::CapturedWrongAmount]);
        let mut strange = capture(1);
        strange.request_id = "R9".to_owned();
        assert_eq!(found(success(vec![strange])), [Kind::CapturedWrongAmount]);
        let mut refused = capture(0);
        refused.state = TransferState::Fail;
        assert!(
            found(success(vec![refused])).is_empty(),
            "refused for good is no omission"
        );
    }

    fn portion(number: u32, minor: u64) -> TransferRecord {
        let mut capture = capture(1);
        capture.request_id = capture_id("P1", number).unwrap();
        capture.amount.value = minor;
        capture
    }

    #[test]
    fn portions_are_held_against_what_the_merchant_asked_for() {
        let asked = |plan: &mut Plan| plan.capture = Capture::OnRequest(vec![]);
        let scene = |captures| {
            let mut scene = Scene::new(captured_row(), book(PaymentState::Success, captures));
            asked(scene.plan_mut());
            for (number, minor) in [(1, 30), (2, 50)] {
                scene.ask(
                    "capture a part",
                    What::Capture { number, minor },
                    Reply::Done(202),
                );
            }
            kinds(&scene)
        };
        assert!(scene(vec![portion(1, 30), portion(2, 50)]).is_empty());
        assert_eq!(scene(vec![portion(1, 30)]), [Kind::NotCaptured]);
        assert_eq!(
            scene(vec![portion(1, 30), portion(2, 40)]),
            [Kind::CapturedWrongAmount]
        );
        assert_eq!(
            scene(vec![portion(1, 30), portion(2, 50), portion(3, 10)]),
            [Kind::CapturedWrongAmount],
            "nobody asked for the third"
        );
    }
}
