//! Laws of each commit: the row before and after, and its trail.

use super::Watch;
use crate::backend::CLIENT_ID;
use crate::happened::Change;
use crate::world::World;
use domain::evidence::{Entry, Evidence, LocalStep, SignedMessage};
use domain::outbox::{OrderEventKind, OutboxContent};
use domain::replay::{differences, replay_next};
use domain::{CaptureState, Payment, Refund, RefundState, Status};
use pop::recheck::recheck;

pub(super) fn check(watch: &mut Watch, world: &World, change: &Change) {
    let after = &change.after;
    let mut broken: Vec<(&'static str, String)> = of_row(after);
    if let Some(before) = &change.before {
        broken.extend(of_change(before, after));
    }
    broken.extend(untold(change.before.as_ref(), after));
    broken.extend(ended_by_itself(change));
    broken.extend(replayed(watch, world, change));
    for message in &after.outbox {
        if matches!(message.content, OutboxContent::OrderEvent(_)) {
            watch.decided.insert(message.id.clone(), after.id.clone());
        }
    }
    for (law, words) in broken {
        watch.breach(law, after.id.as_str(), words);
    }
}

/// What a row alone must fulfil.
fn of_row(row: &Payment) -> Vec<(&'static str, String)> {
    let mut broken = Vec::new();
    let captured = row.captured_minor();
    if captured > row.amount.minor() {
        broken.push(("captured within the amount", format!("captured {captured}")));
    }
    let going: u64 = row
        .refunds
        .iter()
        .filter(|refund| !matches!(refund.state, RefundState::Failed { .. }))
        .map(|refund| refund.amount.minor())
        .sum();
    if going > captured {
        let words = format!("{going} going back of {captured}");
        broken.push(("refunded within what is captured", words));
    }
    if row.is_unresolved() != row.due_at.is_some() {
        let words = format!("{} due {:?}", row.status.as_str(), row.due_at);
        broken.push(("due exactly while unresolved", words));
    }
    broken
}

/// What must not change between two versions.
fn of_change(before: &Payment, after: &Payment) -> Vec<(&'static str, String)> {
    let mut broken = Vec::new();
    if after.version != before.version + 1 {
        broken.push((
            "versions count",
            format!("{} after {}", after.version, before.version),
        ));
    }
    if before.status.is_final() && after.status != before.status {
        let words = format!(
            "{} became {}",
            before.status.as_str(),
            after.status.as_str()
        );
        broken.push(("final stays final", words));
    }
    if before.payment_id.is_some() && after.payment_id != before.payment_id {
        broken.push(("POP's id stays", String::new()));
    }
    if before.amount != after.amount {
        broken.push(("the amount stays", String::new()));
    }
    for (place, old) in before.captures.iter().enumerate() {
        let new = after.captures.get(place);
        let same = new.is_some_and(|new| {
            new.request_id == old.request_id && new.amount == old.amount && new.last == old.last
        });
        if !same {
            broken.push((
                "id and amount of a capture stay",
                old.request_id.to_string(),
            ));
        }
        let over = matches!(
            old.state,
            CaptureState::Succeeded | CaptureState::Failed { .. } | CaptureState::Lapsed
        );
        if over && new.is_none_or(|new| new.state != old.state) {
            broken.push(("a capture that ended stays so", old.request_id.to_string()));
        }
    }
    for old in &before.refunds {
        let new = after
            .refunds
            .iter()
            .find(|r| r.request_id == old.request_id);
        if new.is_none_or(|new| new.amount != old.amount) {
            broken.push(("id and amount of a refund stay", old.request_id.to_string()));
        }
        if old.is_settled() && new.is_none_or(|new: &Refund| new.state != old.state) {
            broken.push(("a refund that ended stays so", old.request_id.to_string()));
        }
    }
    broken.extend(too_late(before, after));
    broken
}

/// No capture begins after its limit, in review, or on somebody else's order.
fn too_late(before: &Payment, after: &Payment) -> Vec<(&'static str, String)> {
    let new = after.captures.iter().skip(before.captures.len());
    new.filter(|capture| capture.state == CaptureState::Requested)
        .filter(|capture| {
            let in_time = after.capture_by.is_some_and(|by| capture.requested_at < by);
            !in_time || after.review.is_some() || after.order_held_by.is_some()
        })
        .map(|capture| {
            (
                "no capture begins where none may",
                capture.request_id.to_string(),
            )
        })
        .collect()
}

/// Every end that a commit brings has its event in the same commit.
fn untold(before: Option<&Payment>, after: &Payment) -> Vec<(&'static str, String)> {
    let new_events: Vec<OrderEventKind> = after
        .outbox
        .iter()
        .filter(|message| message.sequence == after.version)
        .filter_map(|message| match &message.content {
            OutboxContent::OrderEvent(event) => Some(event.kind),
            OutboxContent::CaptureHint => None,
        })
        .collect();
    let was = before.map(|before| before.status);
    let mut wanted = Vec::new();
    if was != Some(after.status) {
        wanted.extend(match after.status {
            Status::Declined => Some(OrderEventKind::Declined),
            Status::Cancelled => Some(OrderEventKind::Cancelled),
            Status::Expired => Some(OrderEventKind::Expired),
            Status::CaptureFailed => Some(OrderEventKind::CaptureFailed),
            _ => None,
        });
    }
    let was_authorised = before.is_some_and(|before| before.authorized_at.is_some());
    if after.authorized_at.is_some() && !was_authorised {
        wanted.push(OrderEventKind::Authorized);
    }
    if after.review.is_some() && before.is_none_or(|before| before.review.is_none()) {
        wanted.push(OrderEventKind::NeedsReview);
    }
    let closed = |row: &Payment| row.closed_at();
    let reviewed = before.filter(|before| before.review.is_some());
    if reviewed.is_some_and(|before| after.review.is_none() || closed(before) != closed(after)) {
        wanted.push(OrderEventKind::ReviewResolved);
    }
    let captured = |row: &Payment| row.captured_minor();
    if captured(after) > before.map_or(0, captured) {
        wanted.push(OrderEventKind::Captured);
    }
    let refunded = |row: &Payment| row.refunded_minor();
    if refunded(after) > before.map_or(0, refunded) {
        wanted.push(OrderEventKind::Refunded);
    }
    wanted
        .into_iter()
        .filter(|kind| !new_events.contains(kind))
        .map(|kind| ("every end is told", format!("{kind:?}")))
        .collect()
}

/// A review ends by a person's word alone, which stands in the trail.
fn ended_by_itself(change: &Change) -> Option<(&'static str, String)> {
    let reviewed = change
        .before
        .as_ref()
        .is_some_and(|before| before.review.is_some());
    let ended = reviewed && change.after.review.is_none();
    let ruled = |entry: &Evidence| matches!(&entry.entry, Entry::Local(LocalStep::Resolved(_)));
    let by_word = change.evidence.iter().any(ruled);
    (ended && !by_word).then(|| ("a review ends by a person's word alone", String::new()))
}

/// The row can be rebuilt from its trail: what the entries before made was rebuilt with the commits before.
fn replayed(watch: &mut Watch, world: &World, change: &Change) -> Vec<(&'static str, String)> {
    let after = &change.after;
    let trail = world.table.trail(&after.id);
    if !domain::evidence::is_whole(&after.trail, &trail) {
        return vec![("the trail is whole", format!("{} entries", trail.len()))];
    }
    let keys = &watch.keys;
    let read = |message: &SignedMessage, about: Option<&str>| {
        let rechecked = recheck(keys, CLIENT_ID, message).ok()?;
        rechecked.event(about)
    };
    let mut row = watch.replayed.remove(&after.id);
    for entry in &change.evidence {
        match replay_next(row, entry, &read) {
            Ok(next) => row = Some(next),
            Err(error) => return vec![("the trail replays", error.to_string())],
        }
        watch.entries += 1;
    }
    let Some(row) = row else {
        return vec![("the trail replays", "there is no entry".to_owned())];
    };
    let differing = differences(&row, after).into_iter();
    let broken = differing.map(|difference| {
        let words = format!(
            "{}: {} by the trail, {} stored",
            difference.field, difference.rebuilt, difference.stored
        );
        ("the row follows from its trail", words)
    });
    let broken = broken.collect();
    watch.replayed.insert(after.id.clone(), row);
    broken
}
