//! Laws of the provider's books, after each call.

use super::Watch;
use crate::engine;
use crate::world::World;
use domain::{Payment, PaymentId, Seconds};
use serde_json::Value;

/// A call may be under way this long after it was decided.
const ON_THE_WAY: Seconds = Seconds(60);

pub(super) fn check(watch: &mut Watch, world: &World, call: &str, body: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let bound = || {
        let id = PaymentId::new(text("paymentId")?).ok()?;
        world.table.bound(&id).map(|id| id.to_string())
    };
    let Some(id) = text("paymentRequestId").or_else(bound) else {
        return;
    };
    if call == "capture" {
        asked_rightly(watch, world, &id, &body);
    }
    effects(watch, world, &id);
}

/// Each effect happened at most once, and within what it may be.
pub(super) fn effects(watch: &mut Watch, world: &World, id: &str) {
    let Some(book) = world.gateway.payment(id) else {
        return;
    };
    if book.authorisations > 1 {
        watch.breach("authorised once", id, book.authorisations.to_string());
    }
    if book.captured() > book.amount.value {
        watch.breach(
            "captured within the amount, at POP",
            id,
            book.captured().to_string(),
        );
    }
    if book.refunded() > book.captured() {
        watch.breach(
            "refunded within what is captured, at POP",
            id,
            book.refunded().to_string(),
        );
    }
    for entry in book.captures.iter().chain(&book.refunds) {
        if entry.effects > 1 {
            watch.breach(
                "one effect for each capture and refund",
                id,
                entry.request_id.clone(),
            );
        }
    }
}

/// A capture is asked for as the row has it: committed before, with this amount, in time.
fn asked_rightly(watch: &mut Watch, world: &World, id: &str, body: &Value) {
    let request_id = body["captureRequestId"].as_str().unwrap_or_default();
    let minor: Option<u64> = body["captureAmount"]["value"]
        .as_str()
        .and_then(|value| value.parse().ok());
    let row: Option<Payment> = domain::PaymentRequestId::new(id)
        .ok()
        .and_then(|id| world.table.row(&id));
    let committed = row.as_ref().and_then(|row| {
        let mut captures = row.captures.iter();
        captures.find(|capture| capture.request_id.as_str() == request_id)
    });
    if committed.map(|capture| capture.amount.minor()) != minor || minor.is_none() {
        watch.breach(
            "a capture is committed before it is asked for",
            id,
            request_id,
        );
    }
    let limit = row.and_then(|row| row.capture_by);
    if limit.is_none_or(|limit| engine::now() > limit + ON_THE_WAY) {
        watch.breach("no capture is asked for after its limit", id, request_id);
    }
    let before = watch
        .asked
        .insert(request_id.to_owned(), minor.unwrap_or(0));
    if before.is_some_and(|before| Some(before) != minor) {
        watch.breach("a capture id stands for one amount", id, request_id);
    }
}
