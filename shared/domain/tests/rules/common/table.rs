//! Tables: one row says a payment, an event, a time, and in one line what comes of it.

use super::states::sent;
use super::{at, policy, several};
use domain::outbox::{OutboxContent, OutboxMessage};
use domain::plan::{Step, next_step};
use domain::{
    CancelState, CaptureState, Decision, Event, Payment, Policy, Refund, RefundState, SaveCard,
    Time, decide,
};

/// One row of a table.
pub(crate) struct Row {
    name: String,
    before: Payment,
    event: Event,
    now: Time,
    policy: Policy,
    want: String,
}

/// At second 60.
pub(crate) fn row(name: &str, before: Payment, event: Event, want: &str) -> Row {
    Row {
        name: name.to_owned(),
        before,
        event,
        now: at(60),
        policy: policy(),
        want: want.to_owned(),
    }
}

impl Row {
    pub(crate) fn at(mut self, now: Time) -> Self {
        self.now = now;
        self
    }

    /// After an answer of POP that named the refund and settled nothing: the next one that names it is no news.
    pub(crate) fn named_before(mut self) -> Self {
        let unsettled = super::wishes::refund_answered("U UNKNOWN_EXCEPTION");
        self.before = super::states::then(self.before, 55, &unsettled);
        self
    }

    /// Under a contract that allows partial and several captures.
    pub(crate) fn several(mut self) -> Self {
        self.policy = several();
        self
    }
}

/// Checks every row and shows all that are wrong.
pub(crate) fn check(rows: Vec<Row>) {
    assert!(!rows.is_empty(), "a table without rows shows nothing");
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let decision = decide(&row.before, &row.event, row.now, &row.policy);
            let got = account(&row.before, &decision, row.now);
            (got != row.want).then(|| {
                let name = &row.name;
                format!("{name}\n    want {}\n     got {got}", row.want)
            })
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// As [`check`], under a contract that allows partial and several captures.
pub(crate) fn check_several(rows: Vec<Row>) {
    check(rows.into_iter().map(Row::several).collect());
}

/// One line about a decision, in this order, where there is anything to say:
/// the status; `+` what is told to the merchant and `+hint` to the capture function; the captures' states; the
/// cancellation's; the refunds', with `!` while contested; the card's, unless none is to be stored; `doubt`; `review=`
/// its reason; `moved` if the message is evidence; and after `->` what is to be done once all is sent and the row is due:
/// `inquire`, `capture`, `cancel`, `refund`, `inquire_refund`, `look` (at the time), `wait`; or `settled` when nothing
/// is outstanding.
pub(crate) fn account(before: &Payment, decision: &Decision, now: Time) -> String {
    let transition = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason:?}"),
        Decision::Commit(transition) => transition,
    };
    let next = &transition.next;
    let mut words = vec![next.status.as_str().to_owned()];
    words.extend(new_messages(before, next).map(told));
    words.extend(next.captures.iter().map(|c| capture_word(&c.state)));
    words.extend(next.cancel.as_ref().map(|c| cancel_word(&c.state)));
    words.extend(next.refunds.iter().map(refund_word));
    words.extend(card_word(&next.save_card).map(str::to_owned));
    words.extend(next.doubt.as_ref().map(|_| "doubt".to_owned()));
    let review = next.review.as_ref().map(|r| r.reason.code());
    words.extend(review.map(|code| format!("review={code}")));
    words.extend(transition.moved.then(|| "moved".to_owned()));
    format!("{} -> {}", words.join(" "), to_do(&sent(next, now)))
}

/// What a transition adds to the outbox.
pub(crate) fn new_messages<'a>(
    before: &'a Payment,
    next: &'a Payment,
) -> impl Iterator<Item = &'a OutboxMessage> {
    let messages = next.outbox.iter();
    messages.filter(|message| !before.outbox.contains(message))
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

fn cancel_word(state: &CancelState) -> String {
    match state {
        CancelState::Requested => "cancel=requested".to_owned(),
        CancelState::Refused { code } => format!("cancel=refused({code})"),
        CancelState::Done => "cancel=done".to_owned(),
    }
}

fn refund_word(refund: &Refund) -> String {
    let state = match &refund.state {
        RefundState::Requested => "requested".to_owned(),
        RefundState::InProcess => "in_process".to_owned(),
        RefundState::Doubtful { code } => format!("doubtful({code})"),
        RefundState::Succeeded => "succeeded".to_owned(),
        RefundState::Failed { code } => format!("failed({code})"),
    };
    let mark = if refund.contested { "!" } else { "" };
    format!("refund={state}{mark}")
}

fn card_word(save_card: &SaveCard) -> Option<&'static str> {
    match save_card {
        SaveCard::No => None,
        SaveCard::Wanted => Some("card=wanted"),
        SaveCard::Saved(_) => Some("card=saved"),
        SaveCard::NotGiven => Some("card=not_given"),
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
        Step::Cancel(_) => "cancel",
        Step::Refund(_) => "refund",
        Step::InquireRefund(_) => "inquire_refund",
        Step::LookAtTime => "look",
        Step::Wait => "wait",
    }
}
