//! Money given back: once for each refund that was asked for, its amount, and nothing else.

use domain::{PaymentRequestId, RefundRequestId};
use simulator::{PaymentRecord, TransferRecord, TransferState};

use super::case::Case;
use super::{Finding, Kind};
use crate::scenario::{Reply, What};

/// A refund that was asked for.
struct Wish<'a> {
    id: &'a str,
    minor: Option<u64>,
    excessive: bool,
    reply: &'a Reply,
}

/// Everything that is wrong with what was given back of one payment.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let wishes: Vec<Wish<'_>> = case
        .asks()
        .filter_map(|ask| match &ask.what {
            What::Refund {
                id,
                minor,
                excessive,
            } => Some(Wish {
                id,
                minor: *minor,
                excessive: *excessive,
                reply: &ask.reply,
            }),
            _ => None,
        })
        .collect();
    let mut problems = Vec::new();
    if let Some(book) = case.book {
        problems.extend(given_twice(book));
        let given = book.refunds.iter().filter(|refund| refund.effects > 0);
        problems.extend(given.filter_map(|refund| wrong_amount(case, book, refund, &wishes)));
    }
    problems.extend(wishes.iter().filter_map(|wish| not_given(case, wish)));
    problems
        .into_iter()
        .map(|(kind, words)| Finding::new(case.id, kind, words))
        .collect()
}

fn given_twice(book: &PaymentRecord) -> Vec<(Kind, String)> {
    let twice = book.refunds.iter().filter(|refund| refund.effects > 1);
    let mut problems: Vec<_> = twice
        .map(|refund| {
            let words = format!(
                "{} was given back {} times",
                refund.request_id, refund.effects
            );
            (Kind::RefundedTwice, words)
        })
        .collect();
    if book.refunded() > book.captured() {
        let words = format!("{} of {} given back", book.refunded(), book.captured());
        problems.push((Kind::RefundedTwice, words));
    }
    problems
}

fn wrong_amount(
    case: &Case<'_>,
    book: &PaymentRecord,
    refund: &TransferRecord,
    wishes: &[Wish<'_>],
) -> Option<(Kind, String)> {
    let wish = wishes.iter().find(|wish| wish.id == refund.request_id);
    let wanted = match wish {
        Some(wish) => wish.minor.or_else(|| rest(book, refund)),
        None if case.is_orphan() && orphan_id(case.id).as_ref() == Some(&refund.request_id) => {
            Some(book.captured())
        }
        None => {
            let words = format!("nobody asked for refund {}", refund.request_id);
            return Some((Kind::RefundedWrongAmount, words));
        }
    };
    let given = (refund.amount.currency.as_str(), refund.amount.value);
    // Of what is left while another refund is on its way that fails later, there is less than in the end.
    let fits = given.0 == case.plan.currency && wanted.is_none_or(|wanted| wanted == given.1);
    (!fits).then(|| {
        let words = format!(
            "refund {} gave {} {} back, wanted {wanted:?}",
            refund.request_id, given.0, given.1
        );
        (Kind::RefundedWrongAmount, words)
    })
}

/// What the others leave; not known if one of them failed.
fn rest(book: &PaymentRecord, refund: &TransferRecord) -> Option<u64> {
    let others = || {
        let all = book.refunds.iter();
        all.filter(|other| other.request_id != refund.request_id)
    };
    if others().any(|other| other.state == TransferState::Fail) {
        return None;
    }
    let given: u64 = others().map(|other| other.amount.value).sum();
    Some(book.captured().saturating_sub(given))
}

fn orphan_id(payment: &str) -> Option<String> {
    let payment = PaymentRequestId::new(payment).ok()?;
    Some(RefundRequestId::of_orphan(&payment, 1).to_string())
}

/// A refund that was possible and that the shop refused, or accepted without anything having come of it; or one of too
/// much that was accepted.
fn not_given(case: &Case<'_>, wish: &Wish<'_>) -> Option<(Kind, String)> {
    let entry = case.book.and_then(|book| {
        book.refunds
            .iter()
            .find(|refund| refund.request_id == wish.id)
    });
    let words = match wish.reply {
        Reply::Done(_) if wish.excessive => {
            let words = format!("refund {} of too much was accepted", wish.id);
            return Some((Kind::WrongAnswers, words));
        }
        _ if wish.excessive => return None,
        Reply::Refused(code) => format!("refund {} was refused: {code}", wish.id),
        Reply::Nothing => return None, // what became of it stands in the row and the books
        Reply::Done(_) => match entry {
            None => format!("refund {} never reached the provider", wish.id),
            Some(entry) if entry.state == TransferState::Fail => return None,
            Some(entry) if entry.effects > 0 => return None,
            Some(_) => format!("refund {} is not done", wish.id),
        },
    };
    Some((Kind::NotRefunded, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, book, capture, captured_row, refund};
    use simulator::PaymentState;

    fn asked(id: &str, minor: Option<u64>) -> What {
        What::Refund {
            id: id.to_owned(),
            minor,
            excessive: false,
        }
    }

    fn found(refunds: Vec<TransferRecord>, asks: &[(What, Reply)]) -> Vec<Kind> {
        let mut books = book(PaymentState::Success, vec![capture(1)]);
        books.refunds = refunds;
        let mut scene = Scene::new(captured_row(), books);
        for (what, reply) in asks {
            scene.ask("refund a part", what.clone(), reply.clone());
        }
        scene
            .check(check)
            .iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn each_refund_moves_its_money_once() {
        let asks = [
            (asked("F1", Some(40)), Reply::Done(200)),
            (asked("F2", None), Reply::Done(202)),
        ];
        assert!(found(vec![refund("F1", 40, 1), refund("F2", 60, 1)], &asks).is_empty());
        assert!(
            found(vec![refund("F1", 40, 2), refund("F2", 20, 1)], &asks)
                .contains(&Kind::RefundedTwice)
        );
        assert!(
            found(vec![refund("F1", 40, 1), refund("F2", 61, 1)], &asks)
                .contains(&Kind::RefundedTwice),
            "more than was captured"
        );
        assert_eq!(
            found(vec![refund("F1", 40, 1)], &asks),
            [Kind::NotRefunded],
            "accepted, and never at the provider"
        );
        assert_eq!(
            found(vec![refund("F1", 40, 1), refund("F2", 60, 0)], &asks),
            [Kind::NotRefunded],
            "accepted, and not done"
        );
    }

    #[test]
    fn wrong_amounts_and_refunds_of_nobody_are_found() {
        let asks = [(asked("F1", Some(40)), Reply::Done(200))];
        assert_eq!(
            found(vec![refund("F1", 39, 1)], &asks),
            [Kind::RefundedWrongAmount]
        );
        assert_eq!(
            found(vec![refund("F1", 40, 1), refund("F9", 10, 1)], &asks),
            [Kind::RefundedWrongAmount]
        );
        let rest = [(asked("F1", None), Reply::Done(200))];
        assert_eq!(
            found(vec![refund("F1", 99, 1)], &rest),
            [Kind::RefundedWrongAmount]
        );
    }

    #[test]
    fn refusals_count_where_the_refund_was_possible() {
        let refused = Reply::Refused("not_refundable".to_owned());
        assert_eq!(
            found(vec![], &[(asked("F1", Some(40)), refused.clone())]),
            [Kind::NotRefunded]
        );
        let too_much = What::Refund {
            id: "F1".to_owned(),
            minor: Some(101),
            excessive: true,
        };
        assert!(found(vec![], &[(too_much.clone(), refused)]).is_empty());
        assert_eq!(
            found(vec![], &[(too_much, Reply::Done(200))]),
            [Kind::WrongAnswers]
        );
        let mut failed = refund("F1", 40, 0);
        failed.state = TransferState::Fail;
        assert!(found(vec![failed], &[(asked("F1", Some(40)), Reply::Done(202))]).is_empty());
    }
}
