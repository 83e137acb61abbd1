//! Captures in parts, where the contract allows them (docs/provider.md, "Capture").

use crate::common::said::SILENCES;
use crate::common::states::{AUTOMATIC, MANUAL, ON_REQUEST, after_under, authorized, pending};
use crate::common::table::{check, check_several, new_messages, row};
use crate::common::wishes::{capture_asked, capture_number, last_capture_asked, part_captured};
use crate::common::{at, euros, several};
use crate::part_ends::{lived, on_request, part, second_asked};
use domain::message::Answer;
use domain::outbox::{OrderEventKind, OutboxContent, Transfer};
use domain::plan::capture_order;
use domain::{CaptureRequest, Event, Money, Status};

#[test]
fn parts_are_asked_for_only_where_the_contract_allows_them() {
    let not = "ignored: CaptureNotPossible";
    let wanted = "AUTHORIZED +hint capture=requested moved -> capture";
    let payment = || authorized(ON_REQUEST);
    check(vec![
        row("all", payment(), capture_asked(1, None), wanted),
        row(
            "all, by its amount",
            payment(),
            capture_asked(1, Some(8_000)),
            wanted,
        ),
        row("a part", payment(), capture_asked(1, Some(3_000)), not),
        row("a last part", payment(), last_capture_asked(1, 3_000), not),
        row("the second", payment(), capture_asked(2, None), not),
        row(
            "a second after a part",
            part(),
            capture_asked(2, None),
            "ignored: NothingToCapture",
        ),
    ]);
}

#[test]
fn each_part_is_asked_for_by_its_number_and_within_what_is_left() {
    let dollars = Event::CaptureAsked(CaptureRequest {
        number: 1,
        amount: Some(Money::from_wire("1", "USD").unwrap()),
        last: false,
    });
    let not = "ignored: CaptureNotPossible";
    let payment = || authorized(ON_REQUEST);
    let first = "AUTHORIZED +hint capture=requested moved -> capture";
    let second = "AUTHORIZED +hint capture=succeeded capture=requested moved -> capture";
    check_several(vec![
        row("a part", payment(), capture_asked(1, Some(1)), first),
        row("more", payment(), capture_asked(1, Some(8_001)), not),
        row("another currency", payment(), dollars, not),
        row("number 0", payment(), capture_asked(0, None), not),
        row("number 2 first", payment(), capture_asked(2, Some(1)), not),
        row(
            "the next part",
            part(),
            capture_asked(2, Some(5_000)),
            second,
        ),
        row("the rest", part(), capture_asked(2, None), second),
        row(
            "more than the rest",
            part(),
            capture_asked(2, Some(5_001)),
            not,
        ),
        row("number 3 too early", part(), capture_asked(3, Some(1)), not),
        row(
            "while one is under way",
            second_asked(),
            capture_asked(3, Some(1)),
            "ignored: NothingToCapture",
        ),
        row(
            "POP captures",
            authorized(AUTOMATIC),
            capture_asked(1, Some(1)),
            "ignored: NothingToCapture",
        ),
        row(
            "not authorised",
            pending(ON_REQUEST),
            capture_asked(1, Some(1)),
            "ignored: NothingToCapture",
        ),
        row(
            "past the limit",
            part(),
            capture_asked(2, Some(1)),
            "ignored: NothingToCapture",
        )
        .at(part().capture_by.unwrap()),
    ]);
}

#[test]
fn the_same_number_is_the_same_capture_or_an_error() {
    check_several(vec![
        row(
            "same",
            second_asked(),
            capture_asked(2, Some(2_000)),
            "ignored: Known",
        ),
        row(
            "no amount",
            second_asked(),
            capture_asked(2, None),
            "ignored: Known",
        ),
        row(
            "one that is over",
            part(),
            capture_asked(1, Some(3_000)),
            "ignored: Known",
        ),
        row(
            "another amount",
            second_asked(),
            capture_asked(2, Some(2_001)),
            "ignored: CaptureDiffers",
        ),
        row(
            "another amount of one that is over",
            part(),
            capture_asked(1, Some(1)),
            "ignored: CaptureDiffers",
        ),
    ]);
}

#[test]
fn a_payment_is_captured_when_all_is_taken_or_the_last_part() {
    let asked = |cents| on_request(&[capture_asked(1, Some(cents))]);
    let last = on_request(&[last_capture_asked(1, 3_000)]);
    let rest = lived(part(), &[capture_asked(2, None)]);
    check_several(vec![
        row(
            "a part: the rest stays open until its limit",
            asked(3_000),
            part_captured(1, 3_000, "S SUCCESS"),
            "AUTHORIZED +captured capture=succeeded moved -> look",
        ),
        row(
            "the last part",
            last,
            part_captured(1, 3_000, "S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "the rest",
            rest,
            part_captured(2, 5_000, "S SUCCESS"),
            "CAPTURED +captured capture=succeeded capture=succeeded moved -> settled",
        ),
        row(
            "all at once",
            asked(8_000),
            part_captured(1, 8_000, "S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "a part of another amount",
            asked(3_000),
            part_captured(1, 8_000, "S SUCCESS"),
            "AUTHORIZED +needs_review capture=requested review=amount_mismatch moved -> look",
        ),
        row(
            "again",
            part(),
            part_captured(1, 3_000, "S SUCCESS"),
            "ignored: Known",
        ),
        row(
            "the first again while the second is under way",
            second_asked(),
            part_captured(1, 3_000, "S SUCCESS"),
            "ignored: Known",
        ),
    ]);
}

#[test]
fn each_part_is_told_with_its_amount_and_the_total() {
    let both = after_under(
        &second_asked(),
        &part_captured(2, 2_000, "S SUCCESS"),
        at(60),
        &several(),
    );
    let failed = after_under(
        &second_asked(),
        &part_captured(2, 2_000, "F PROCESS_FAIL"),
        at(60),
        &several(),
    );
    for (next, kind, total) in [
        (&both, OrderEventKind::Captured, 5_000),
        (&failed, OrderEventKind::CaptureFailed, 3_000),
    ] {
        let before = second_asked();
        let told: Vec<_> = new_messages(&before, next).collect();
        let [message] = told.as_slice() else {
            panic!("one event: {told:?}")
        };
        let OutboxContent::OrderEvent(event) = &message.content else {
            panic!("an order event")
        };
        let capture = Transfer::Capture {
            request_id: capture_number(2),
            amount: euros(2_000),
            total: Some(euros(total)),
        };
        assert_eq!((event.kind, event.status), (kind, Status::Authorized));
        assert_eq!(event.transfer.as_ref(), Some(&capture));
    }
}

#[test]
fn every_retry_of_a_part_carries_its_id_and_amount() {
    let mut payment = second_asked();
    for seconds in 60..80 {
        let order = capture_order(&payment, at(seconds)).unwrap();
        assert_eq!(
            (order.request_id.clone(), order.amount),
            (capture_number(2), euros(2_000))
        );
        let silence = Event::CaptureAnswered(order.request_id, Answer::None(SILENCES[0]));
        payment = after_under(&payment, &silence, at(seconds), &several());
    }
}

#[test]
fn a_contract_that_stops_allowing_parts_leaves_what_was_asked_for() {
    let limit = part().capture_by.unwrap();
    check(vec![
        row(
            "a part under way ends",
            second_asked(),
            part_captured(2, 2_000, "S SUCCESS"),
            "AUTHORIZED +captured capture=succeeded capture=succeeded moved -> look",
        ),
        row(
            "the rest goes with its limit",
            part(),
            Event::TimePassed,
            "CAPTURED +capture_closed capture=succeeded moved -> settled",
        )
        .at(limit),
    ]);
    // At once and full stays one capture.
    assert_eq!(authorized(MANUAL).captures.len(), 1);
}
