//! One order is paid once: of several payments that succeed, one keeps its money, and only one.

use simulator::PaymentRecord;

use super::case::Case;
use super::{Finding, Kind};

/// Everything that is wrong with one order's payments.
pub(super) fn check(cases: &[Case<'_>]) -> Vec<Finding> {
    let keepers: Vec<&Case<'_>> = cases
        .iter()
        .filter(|case| case.book.is_some_and(PaymentRecord::keeps_money))
        .collect();
    let mut findings = Vec::new();
    if let [first, .., last] = keepers.as_slice() {
        let words = format!("{} keeps money of this order as well", first.id);
        findings.push(Finding::new(last.id, Kind::OrderPaidTwice, words));
    }
    for case in cases.iter().filter(|case| case.is_orphan()) {
        findings.extend(gave_way_to_nobody(case, cases));
    }
    findings
}

/// A payment gave way to one of its order that has no money and never had.
fn gave_way_to_nobody(orphan: &Case<'_>, cases: &[Case<'_>]) -> Option<Finding> {
    let holder = orphan.payment()?.order_held_by.as_ref()?;
    let other = cases.iter().find(|case| case.id == holder.as_str());
    let was_paid = other
        .filter(|case| case.id != orphan.id && !case.is_orphan())
        .and_then(|case| case.book)
        .is_some_and(|book| book.authorisations > 0);
    (!was_paid).then(|| {
        let words = format!("gave way to {holder}, which was not paid");
        Finding::new(orphan.id, Kind::CancelledWrongly, words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, book, capture, captured_row, refund};
    use domain::PaymentRequestId;
    use simulator::PaymentState;

    fn paid(id: &str) -> Scene {
        let mut books = book(PaymentState::Success, vec![capture(1)]);
        books.payment_request_id = id.to_owned();
        let mut scene = Scene::new(captured_row(), books);
        scene.id = id.to_owned();
        scene
    }

    fn kinds(scenes: &[&Scene]) -> Vec<Kind> {
        let cases: Vec<_> = scenes.iter().map(|scene| scene.case()).collect();
        check(&cases).iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn two_payments_that_keep_their_money_are_found() {
        let (first, mut second) = (paid("P1"), paid("P2"));
        assert!(kinds(&[&first]).is_empty());
        assert_eq!(kinds(&[&first, &second]), [Kind::OrderPaidTwice]);
        second.book_mut().refunds = vec![refund("R", 99, 1)];
        assert_eq!(
            kinds(&[&first, &second]),
            [Kind::OrderPaidTwice],
            "a cent is kept"
        );
        second.book_mut().refunds = vec![refund("R", 100, 1)];
        assert!(kinds(&[&first, &second]).is_empty());
        second.book_mut().captures.clear();
        second.book_mut().refunds.clear();
        assert_eq!(
            kinds(&[&first, &second]),
            [Kind::OrderPaidTwice],
            "authorised only"
        );
        second.book_mut().state = PaymentState::Cancelled;
        assert!(kinds(&[&first, &second]).is_empty());
    }

    #[test]
    fn giving_way_to_a_payment_that_has_no_money_is_found() {
        let (first, mut second) = (paid("P1"), paid("P2"));
        second.book_mut().state = PaymentState::Cancelled;
        second.payment_mut().order_held_by = PaymentRequestId::new("P1").ok();
        assert!(kinds(&[&first, &second]).is_empty());
        second.payment_mut().order_held_by = PaymentRequestId::new("P3").ok();
        assert_eq!(
            kinds(&[&first, &second]),
            [Kind::CancelledWrongly],
            "an unknown holder"
        );
        let mut both = paid("P1");
        both.book_mut().state = PaymentState::Cancelled;
        both.payment_mut().order_held_by = PaymentRequestId::new("P2").ok();
        second.payment_mut().order_held_by = PaymentRequestId::new("P1").ok();
        assert_eq!(
            kinds(&[&both, &second]),
            [Kind::CancelledWrongly, Kind::CancelledWrongly],
            "each gave way to the other"
        );
    }
}
