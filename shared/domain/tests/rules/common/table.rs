//! Tables: one row says a payment, an event, a time, and in one line what comes of it.

use super::states::sent;
use super::{at, policy};
use domain::outbox::{OutboxContent, OutboxMessage};
use domain::plan::{Step, next_step};
use domain::{CaptureState, Decision, Event, Payment, Time, decide};

/// One row of a table.
pub(crate) struct Row {
    name: String,
    before: Payment,
    event: Event,
    now: Time,
    want: String,
}

/// At second 60.
pub(crate) fn row(name: &str, before: Payment, event: Event, want: &str) -> Row {
    Row {
        name: name.to_owned(),
        before,
        event,
        now: at(60),
        want: want.to_owned(),
    }
}

impl Row {
    pub(crate) fn at(mut self, now: Time) -> Self {
        self.now = now;
        self
    }
}

/// Checks every row and shows all that are wrong.
pub(crate) fn check(rows: Vec<Row>) {
    assert!(!rows.is_empty(), "a table without rows shows nothing");
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let decision = decide(&row.before, &row.event, row.now, &policy());
            let got = account(&row.before, &decision, row.now);
            (got != row.want).then(|| {
                let name = &row.name;
                format!("{name}\n    want {}\n     got {got}", row.want)
            })
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// One line about a decision, in this order, where there is anything to say:
/// the status; `+` what is told to the merchant and `+hint` to the capture function; the capture's state; `doubt`;
/// `review=` its reason; `moved` if the message is evidence; and after `->` what is to be done once all is sent and
/// the row is due: `inquire`, `capture`, `look` (at the time), `wait`; or `settled` when nothing is outstanding.
pub(crate) fn account(before: &Payment, decision: &Decision, now: Time) -> String {
    let transition = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason:?}"),
        Decision::Commit(transition) => transition,
    };
    let next = &transition.next;
    let mut words = vec![next.status.as_str().to_owned()];
    let new = |message: &&OutboxMessage| !before.outbox.contains(message);
    words.extend(next.outbox.iter().filter(new).map(told));
    words.extend(next.captures.iter().map(|c| capture_word(&c.state)));
    words.extend(next.doubt.as_ref().map(|_| "doubt".to_owned()));
    let review = next.review.as_ref().map(|r| r.reason.code());
    words.extend(review.map(|code| format!("review={code}")));
    words.extend(transition.moved.then(|| "moved".to_owned()));
    format!("{} -> {}", words.join(" "), to_do(&sent(next, now)))
}

fn told(message: &OutboxMessage) -> String {
    match &message.content {
        OutboxContent::CaptureHint => "+hint".to_owned(),
        OutboxContent::OrderEvent(event) => {
            format!("+{}", event.kind.event_type().replace("payment.", ""))
        }
    }
}

fn capture_word(state: &CaptureState) -> String {
    match state {
        CaptureState::Requested => "capture=requested".to_owned(),
        CaptureState::InProcess => "capture=in_process".to_owned(),
        CaptureState::Doubtful { code } => format!("capture=doubtful({code})"),
        CaptureState::Succeeded => "capture=succeeded".to_owned(),
        CaptureState::Failed { code } => format!("capture=failed({code})"),
        CaptureState::Lapsed => "capture=lapsed".to_owned(),
    }
}

/// What a row asks for at its due time.
fn to_do(payment: &Payment) -> &'static str {
    let Some(due) = payment.due_at else {
        return "settled";
    };
    match next_step(payment, due, &policy()) {
        Step::Inquire => "inquire",
        Step::Capture(_) => "capture",
        Step::LookAtTime => "look",
        Step::Wait => "wait",
    }
}
