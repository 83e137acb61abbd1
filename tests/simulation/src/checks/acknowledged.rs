//! A notification that was acknowledged is in the table: as evidence, on a shelf, kept, or known already.

use super::Watch;
use crate::backend::{CLIENT_ID, NOTIFY_PATH};
use crate::engine;
use crate::world::World;
use domain::{Decision, Event, PaymentRequestId, decide};
use pop::notification::{self, Notification};
use pop::verify::{NotificationHeaders, verify_notification};
use simulator::Letter;

pub(super) fn check(watch: &mut Watch, world: &World, letter: &Letter) {
    let headers = NotificationHeaders::from_map(&letter.headers);
    let body = letter.body.as_bytes();
    let verified = verify_notification(&watch.keys, CLIENT_ID, NOTIFY_PATH, None, &headers, body);
    let Ok(verified) = verified else {
        return watch.breach("no forgery is acknowledged", "", "a forged notification");
    };
    let (id, event) = match notification::read(&verified) {
        Ok(Notification::Payment(notified)) => {
            let id = notified.request_id.clone();
            (Some(id), Event::PaymentNotified(notified))
        }
        Ok(Notification::Capture(notified)) => {
            let id = world.table.bound(&notified.payment_id);
            (id, Event::CaptureNotified(notified))
        }
        Ok(Notification::Refund(notified)) => {
            let id = world.table.refunded(&notified.request_id);
            (id, Event::RefundNotified(notified))
        }
        Ok(Notification::Other { .. }) | Err(_) => return,
    };
    if !is_there(world, id.as_ref(), &event, body) {
        let payment = id.map(|id| id.to_string()).unwrap_or_default();
        watch.breach(
            "what is acknowledged is in the table",
            &payment,
            letter.body.clone(),
        );
    }
}

fn is_there(world: &World, id: Option<&PaymentRequestId>, event: &Event, body: &[u8]) -> bool {
    let memory = world.table.memory();
    let kept = memory.kept();
    if kept.iter().any(|kept| kept.message.body == body) {
        return true;
    }
    let Some(id) = id else {
        let Event::CaptureNotified(notified) = event else {
            return false;
        };
        let shelf = memory.shelf(&notified.payment_id);
        return shelf.iter().any(|early| early.message.body == body);
    };
    let Some(row) = world.table.row(id) else {
        return false;
    };
    let trail = world.table.trail(id);
    let is_evidence = trail
        .iter()
        .filter_map(domain::evidence::Evidence::message)
        .any(|message| message.body == body);
    // Nothing is learned from it any more.
    let is_known = || match decide(&row, event, engine::now(), &world.policy) {
        Decision::Ignore(_) => true,
        Decision::Commit(transition) => !transition.moved,
    };
    is_evidence || is_known()
}
