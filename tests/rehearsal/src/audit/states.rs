//! Row against books: state, amounts, captures, and how long it took.

use domain::{Payment, Status};
use serde::Serialize;
use simulator::{PaymentRecord, PaymentState, TransferState};

use super::{Case, Finding, Kind};
use crate::scenario::Visit;
use crate::steps::round;

/// What the provider closes an unfinished payment with.
const CLOSED: &str = "ORDER_IS_CLOSED";

/// Everything that is wrong with one payment's state and money.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let id = case.plan.id.as_str();
    let mut findings = Vec::new();
    if let Some(words) = &case.visit.surprise {
        findings.push(Finding::new(id, Kind::WrongAnswers, words.clone()));
    }
    match case.record.and_then(|record| record.payment.as_ref()) {
        Some(payment) => findings.extend(
            row_problems(case, payment)
                .into_iter()
                .map(|words| Finding::new(id, Kind::WrongState, words)),
        ),
        None if case.visit.created || case.book.is_some() => {
            findings.push(Finding::new(id, Kind::WrongState, "no row"))
        }
        None => {}
    }
    if let Some(book) = case.book {
        findings.extend(
            money_problems(case, book)
                .into_iter()
                .map(|(kind, words)| Finding::new(id, kind, words)),
        );
    }
    findings
}

/// Where the row must stand, by the provider's books alone.
fn must_be(book: Option<&PaymentRecord>) -> Option<Status> {
    // Never reached the provider: only its time can end it.
    let Some(book) = book else {
        return Some(Status::Expired);
    };
    match book.state {
        PaymentState::Processing | PaymentState::Pending => None,
        PaymentState::Fail if book.result_code == CLOSED => Some(Status::Expired),
        PaymentState::Fail => Some(Status::Declined),
        PaymentState::Cancelled => Some(Status::Cancelled),
        PaymentState::Success if capture_refused(book) => Some(Status::CaptureFailed),
        PaymentState::Success => Some(Status::Captured),
    }
}

/// Every capture that was asked for was refused for good.
fn capture_refused(book: &PaymentRecord) -> bool {
    !book.captures.is_empty()
        && book
            .captures
            .iter()
            .all(|capture| capture.state == TransferState::Fail)
}

fn row_problems(case: &Case<'_>, payment: &Payment) -> Vec<String> {
    let mut problems = Vec::new();
    let is = payment.status.as_str();
    match must_be(case.book) {
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
        let row_id = payment.payment_id.as_ref().map(ToString::to_string);
        if row_id.as_ref().is_some_and(|id| *id != book.payment_id) {
            problems.push(format!(
                "bound to {}, the provider's is {}",
                row_id.unwrap_or_default(),
                book.payment_id
            ));
        }
        if payment.captured_minor() != book.captured() {
            problems.push(format!(
                "the row has {} captured, the provider {}",
                payment.captured_minor(),
                book.captured()
            ));
        }
    }
    problems
}

fn money_problems(case: &Case<'_>, book: &PaymentRecord) -> Vec<(Kind, String)> {
    let mut problems = Vec::new();
    let effects: u32 = book.captures.iter().map(|capture| capture.effects).sum();
    if effects > 1 || book.authorisations > 1 {
        problems.push((
            Kind::CapturedTwice,
            format!("{} authorisations, {effects} captures", book.authorisations),
        ));
    }
    if book.state == PaymentState::Success && effects == 0 && !capture_refused(book) {
        problems.push((
            Kind::NotCaptured,
            "authorised and never captured".to_owned(),
        ));
    }
    for capture in book.captures.iter().filter(|capture| capture.effects > 0) {
        if (capture.amount.currency.as_str(), capture.amount.value)
            != (case.plan.currency, case.plan.minor)
        {
            let words = format!(
                "captured {} {}",
                capture.amount.currency, capture.amount.value
            );
            problems.push((Kind::CapturedWrongAmount, words));
        }
    }
    problems
}

/// How long a settled payment took: from the buyer's last action, or, if it ran out of time, from the end of that time.
pub(super) fn seconds_to_settle(payment: &Payment, visit: &Visit) -> f64 {
    let from = match payment.status {
        Status::Expired => payment.expires_at.millis().max(visit.last_action_at),
        _ => visit.last_action_at,
    };
    // A declined answer comes while the buyer's last action is still going on: not less than no time.
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
    use crate::audit::testing::{book, capture, case_of, payment, plan, record};

    fn kinds(findings: &[Finding]) -> Vec<Kind> {
        findings.iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_captured_payment_is_right() {
        let (plan, visit) = (
            plan(),
            Visit {
                created: true,
                ..Visit::default()
            },
        );
        let (record, book) = (
            record(payment(Status::Captured, true)),
            book(PaymentState::Success, vec![capture(1)]),
        );
        assert!(check(&case_of(&plan, &visit, Some(&record), Some(&book))).is_empty());
    }

    #[test]
    fn a_row_that_says_otherwise_than_the_books_is_found() {
        let (plan, visit) = (
            plan(),
            Visit {
                created: true,
                ..Visit::default()
            },
        );
        let captured = book(PaymentState::Success, vec![capture(1)]);
        for status in [
            Status::Declined,
            Status::Expired,
            Status::Authorized,
            Status::Pending,
        ] {
            let record = record(payment(status, false));
            assert!(
                kinds(&check(&case_of(
                    &plan,
                    &visit,
                    Some(&record),
                    Some(&captured)
                )))
                .contains(&Kind::WrongState),
                "{status:?}"
            );
        }
        let record = record(payment(Status::Captured, true));
        assert!(
            !check(&case_of(&plan, &visit, Some(&record), None)).is_empty(),
            "captured without a payment at the provider"
        );
        assert_eq!(
            kinds(&check(&case_of(&plan, &visit, None, None))),
            [Kind::WrongState],
            "created and no row"
        );
        assert!(
            check(&case_of(&plan, &Visit::default(), None, None)).is_empty(),
            "never created"
        );
    }

    #[test]
    fn money_taken_twice_wrongly_or_not_at_all_is_found() {
        let (plan, visit) = (plan(), Visit::default());
        let record = record(payment(Status::Captured, true));
        let found = |book| kinds(&check(&case_of(&plan, &visit, Some(&record), Some(&book))));
        assert!(
            found(book(PaymentState::Success, vec![capture(1), capture(1)]))
                .contains(&Kind::CapturedTwice)
        );
        assert!(
            found(book(PaymentState::Success, vec![capture(2)])).contains(&Kind::CapturedTwice)
        );
        assert!(found(book(PaymentState::Success, vec![])).contains(&Kind::NotCaptured));
        let mut other = capture(1);
        other.amount.value += 1;
        assert!(
            found(book(PaymentState::Success, vec![other])).contains(&Kind::CapturedWrongAmount)
        );
        let mut refused = capture(0);
        refused.state = TransferState::Fail;
        assert!(
            !found(book(PaymentState::Success, vec![refused])).contains(&Kind::NotCaptured),
            "refused for good is no omission"
        );
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
