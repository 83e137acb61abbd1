//! Row against books: state, captures and refunds as the row has them, and how long it took.

use domain::{Payment, RefundState, Status};
use serde::Serialize;
use simulator::{CardUse, PaymentRecord, PaymentState, TransferState};

use super::case::Case;
use super::{Finding, Kind};
use crate::scenario::Reply;
use crate::steps::round;

/// What the provider closes an unfinished payment with.
const CLOSED: &str = "ORDER_IS_CLOSED";

/// Everything that is wrong with one payment's row.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let problems = match case.payment() {
        Some(payment) => row_problems(case, payment),
        None if case.is_created() || case.book.is_some() => vec!["no row".to_owned()],
        None => Vec::new(),
    };
    let problems = problems.into_iter().chain(use_problems(case));
    problems
        .map(|words| Finding::new(case.id, Kind::WrongState, words))
        .collect()
}

/// Where the row must stand, by the provider's books and what was wanted.
fn must_be(case: &Case<'_>) -> Option<Status> {
    // What never reached the provider ends by its time, or because somebody wanted it to end.
    let Some(book) = case.book else {
        let cancelled = case
            .payment()
            .is_some_and(|payment| payment.status == Status::Cancelled);
        let wanted = cancelled && case.cancel_wanted();
        return Some(if wanted {
            Status::Cancelled
        } else {
            Status::Expired
        });
    };
    match book.state {
        PaymentState::Processing | PaymentState::Pending => None,
        PaymentState::Fail if book.result_code == CLOSED => Some(Status::Expired),
        PaymentState::Fail => Some(Status::Declined),
        PaymentState::Cancelled if book.cancelled_at.is_none() => Some(Status::Expired),
        PaymentState::Cancelled => Some(Status::Cancelled),
        PaymentState::Success if book.every_capture_failed() => Some(Status::CaptureFailed),
        PaymentState::Success => Some(Status::Captured),
    }
}

fn row_problems(case: &Case<'_>, payment: &Payment) -> Vec<String> {
    let mut problems = Vec::new();
    let is = payment.status.as_str();
    match must_be(case) {
        None => problems.push(format!("{is}, and the provider is not done")),
        Some(must) if must != payment.status => {
            problems.push(format!("{is}, must be {}", must.as_str()))
        }
        Some(_) => {}
    }
    if let Some(review) = &payment.review {
        problems.push(format!("in review: {}", review.reason.code()));
    }
    if case.record.is_some_and(|record| record.due_at.is_some()) {
        problems.push(format!("{is}, not settled"));
    }
    if payment.due_at.is_none() != case.record.is_none_or(|record| record.due_at.is_none()) {
        problems.push("the index and the row disagree on whether something is due".to_owned());
    }
    let (currency, minor) = (
        payment.amount.currency().code().to_owned(),
        payment.amount.minor(),
    );
    if (currency.as_str(), minor) != (case.plan.currency, case.plan.minor) {
        problems.push(format!(
            "the row says {currency} {minor}, ordered were {} {}",
            case.plan.currency, case.plan.minor
        ));
    }
    if let Some(book) = case.book {
        problems.extend(book_problems(payment, book));
    }
    problems
}

/// Ids and sums, the row's against the provider's.
fn book_problems(payment: &Payment, book: &PaymentRecord) -> Vec<String> {
    let mut problems = Vec::new();
    let row_id = payment.payment_id.as_ref().map(ToString::to_string);
    if row_id.as_ref().is_some_and(|id| *id != book.payment_id) {
        problems.push(format!(
            "bound to {}, the provider's is {}",
            row_id.unwrap_or_default(),
            book.payment_id
        ));
    }
    let sums = [
        ("captured", payment.captured_minor(), book.captured()),
        ("refunded", payment.refunded_minor(), book.refunded()),
    ];
    for (word, row, provider) in sums
        .into_iter()
        .filter(|(_, row, provider)| row != provider)
    {
        problems.push(format!("the row has {row} {word}, the provider {provider}"));
    }
    for refund in &payment.refunds {
        let is = match &refund.state {
            RefundState::Succeeded => Some(TransferState::Success),
            RefundState::Failed { .. } => Some(TransferState::Fail),
            _ => None,
        };
        let entry = book
            .refunds
            .iter()
            .find(|entry| entry.request_id == refund.request_id.as_str());
        // Refused before it was put on record: no money moved either.
        let must = entry.map_or(TransferState::Fail, |entry| entry.state);
        if is != Some(must) {
            let state = &refund.state;
            problems.push(format!(
                "refund {} is {state:?}, at the provider {must:?}",
                refund.request_id
            ));
        }
    }
    problems
}

/// A payment that was made otherwise than it was asked for: with a stored card, without the buyer, with the merchant's
/// own 3DS result.
fn use_problems(case: &Case<'_>) -> Vec<String> {
    let Some(book) = case.book else {
        return Vec::new();
    };
    let wanted = |name: &str| -> Option<CardUse> {
        let base = CardUse {
            brand: book.card_use.brand.clone(),
            ..CardUse::default()
        };
        let recurring = |kind: &str| CardUse {
            token: true,
            recurring_type: Some(kind.to_owned()),
            ..base.clone()
        };
        Some(match name {
            "pay" => base,
            "pay and store the card" => CardUse {
                tokenize: true,
                own_authentication: case.plan.own_authentication,
                ..base
            },
            "pay with own 3DS result" => CardUse {
                own_authentication: true,
                ..base
            },
            "pay with stored card" => CardUse {
                token: true,
                ..base
            },
            "charge, scheduled" => recurring("SCHEDULED"),
            "charge, unscheduled" => recurring("UNSCHEDULED"),
            _ => return None,
        })
    };
    let asks = case
        .asks()
        .filter(|ask| matches!(ask.reply, Reply::Done(_)));
    let differing =
        asks.filter(|ask| wanted(ask.name).is_some_and(|wanted| wanted != book.card_use));
    differing
        .map(|ask| {
            format!(
                "asked to {}, and the provider saw {:?}",
                ask.name, book.card_use
            )
        })
        .collect()
}

/// How long a settled payment took: from the last action that moves it, or, if it ran out of time, from the end of that
/// time.
pub(super) fn seconds_to_settle(payment: &Payment, last_move: i64) -> f64 {
    let from = match payment.status {
        Status::Expired => payment.expires_at.millis().max(last_move),
        _ => last_move,
    };
    // A declined answer comes while the last action is still going on: not less than no time.
    let milliseconds = payment.status_since.millis().saturating_sub(from).max(0);
    round(std::time::Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64())
}

/// How long something took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) count: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Nearest-rank percentiles; zeros when there is nothing.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let rank = |percent: usize| {
            let place = (seconds.len() * percent).div_ceil(100).saturating_sub(1);
            round(seconds.get(place).copied().unwrap_or(0.0))
        };
        Self {
            count: seconds.len(),
            p50: rank(50),
            p99: rank(99),
            max: rank(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, book, capture, captured_row, refund, row, row_refund};
    use crate::scenario::What;

    fn found(scene: &Scene) -> Vec<String> {
        let findings = scene.check(check);
        assert!(
            findings
                .iter()
                .all(|finding| finding.kind == Kind::WrongState)
        );
        findings.into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn a_captured_payment_is_right() {
        let scene = Scene::new(
            captured_row(),
            book(PaymentState::Success, vec![capture(1)]),
        );
        assert_eq!(found(&scene), Vec::<String>::new());
    }

    #[test]
    fn a_row_that_says_otherwise_than_the_books_is_found() {
        for status in [
            Status::Declined,
            Status::Expired,
            Status::Authorized,
            Status::Pending,
            Status::Cancelled,
        ] {
            let scene = Scene::new(row(status), book(PaymentState::Success, vec![capture(1)]));
            assert!(!found(&scene).is_empty(), "{status:?}");
        }
        let without_book = Scene::of_row(captured_row());
        assert!(
            !found(&without_book).is_empty(),
            "captured without a payment at the provider"
        );
        let mut created = Scene::empty();
        created.ask("create", What::Other, Reply::Done(201));
        assert_eq!(found(&created), ["no row"]);
        assert!(found(&Scene::empty()).is_empty(), "never created");
    }

    #[test]
    fn what_is_left_open_is_found() {
        let mut scene = Scene::new(
            captured_row(),
            book(PaymentState::Success, vec![capture(1)]),
        );
        scene.record_mut().due_at = Some(1);
        assert!(found(&scene).contains(&"CAPTURED, not settled".to_owned()));
    }

    #[test]
    fn a_cancelled_payment_must_be_cancelled_at_the_provider_too() {
        let mut cancelled = book(PaymentState::Cancelled, vec![]);
        cancelled.cancelled_at = Some("2026-01-01T00:00:00Z".to_owned());
        assert!(found(&Scene::new(row(Status::Cancelled), cancelled.clone())).is_empty());
        assert!(!found(&Scene::new(row(Status::Expired), cancelled.clone())).is_empty());
        cancelled.cancelled_at = None;
        assert!(
            found(&Scene::new(row(Status::Expired), cancelled)).is_empty(),
            "the authorisation lapsed"
        );
        let mut never_paid = Scene::of_row(row(Status::Cancelled));
        assert!(!found(&never_paid).is_empty(), "nobody wanted it");
        never_paid.ask("cancel when created", What::Cancel, Reply::Done(200));
        assert!(found(&never_paid).is_empty());
    }

    #[test]
    fn refunds_that_differ_are_found() {
        let mut books = book(PaymentState::Success, vec![capture(1)]);
        books.refunds = vec![refund("F1", 40, 1)];
        let mut payment = captured_row();
        payment.refunds = vec![row_refund("F1", 40, RefundState::Succeeded)];
        assert!(found(&Scene::new(payment.clone(), books.clone())).is_empty());
        payment.refunds = vec![row_refund("F1", 40, RefundState::InProcess)];
        assert!(
            !found(&Scene::new(payment.clone(), books.clone())).is_empty(),
            "still in process"
        );
        payment.refunds = vec![];
        assert!(
            !found(&Scene::new(payment.clone(), books.clone())).is_empty(),
            "unknown to the row"
        );
        payment.refunds = vec![row_refund("F1", 40, RefundState::Succeeded)];
        books.refunds = vec![];
        assert!(
            !found(&Scene::new(payment, books)).is_empty(),
            "unknown to the provider"
        );
    }

    #[test]
    fn a_card_used_otherwise_than_asked_is_found() {
        for (name, used) in [
            (
                "pay",
                CardUse {
                    tokenize: true,
                    ..CardUse::default()
                },
            ),
            ("pay and store the card", CardUse::default()),
            ("pay with stored card", CardUse::default()),
            ("pay with own 3DS result", CardUse::default()),
            (
                "charge, scheduled",
                CardUse {
                    token: true,
                    ..CardUse::default()
                },
            ),
        ] {
            let mut books = book(PaymentState::Success, vec![capture(1)]);
            books.card_use = used;
            let mut scene = Scene::new(captured_row(), books);
            scene.ask(name, What::Other, Reply::Done(200));
            assert!(!found(&scene).is_empty(), "{name}");
        }
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let spread = Spread::of((1..=200).map(f64::from).collect());
        assert_eq!(
            spread,
            Spread {
                count: 200,
                p50: 100.0,
                p99: 198.0,
                max: 200.0
            }
        );
        assert_eq!(
            Spread::of(vec![]),
            Spread {
                count: 0,
                p50: 0.0,
                p99: 0.0,
                max: 0.0
            }
        );
    }
}
