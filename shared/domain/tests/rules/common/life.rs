//! Random lives of a payment: any event in any order, repeated, wrong, hostile, with time passing between.

use super::events::{any_event, code, mode, orphan, uncertain_event, wish};
use super::said::{
    SILENCES, capture_notified_with, facts, inquired_with, outcome, payment_notification, status,
};
use super::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, authorized, created, held_by_another, pending,
    refunding,
};
use super::table::new_messages;
use super::wishes::{refund_id, tokenized};
use super::{policy, several};
use domain::message::{
    AmountSeen, Answer, CaptureReport, Outcome, PaymentFacts, PaymentNotification,
    RefundNotification, RefundReport, ReportedCapture,
};
use domain::outbox::{OrderEventKind, OutboxContent, OutboxMessage};
use domain::{
    CaptureId, CaptureState, Decision, Event, Payment, Policy, Refund, RefundId, Seconds, Time,
    decide,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A life as drawn: how it begins, and what happens after how many seconds.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) born: Payment,
    /// What POP told of it, if that made it.
    pub(crate) told_by: Option<PaymentNotification>,
    pub(crate) policy: Policy,
    /// Another attempt holds the order before this one can.
    second: bool,
    steps: Vec<(i64, Act)>,
}

#[derive(Debug, Clone)]
enum Act {
    Happen(Event),
    /// So many messages of the outbox are sent and cleared.
    Send(usize),
    /// POP tells of a capture that the row has.
    Captured(Told),
    /// POP tells of a refund that the row has.
    Refunded(Told),
}

/// A word about a capture or refund of the row; its amount and ids are the row's.
#[derive(Debug, Clone)]
struct Told {
    /// How many places from the last.
    back: usize,
    way: Way,
    outcome: Outcome,
    word: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Answer,
    Notification,
    Inquiry,
    Silence,
}

/// One event of a life, with the row before it and what was decided.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) before: Payment,
    pub(crate) event: Event,
    pub(crate) now: Time,
    pub(crate) decision: Decision,
    pub(crate) policy: Policy,
}

impl Moment {
    /// The row after the event.
    pub(crate) fn after(&self) -> &Payment {
        match &self.decision {
            Decision::Commit(transition) => &transition.next,
            Decision::Ignore(_) => &self.before,
        }
    }
}

/// What the event added to the outbox.
pub(crate) fn told(moment: &Moment) -> Vec<&OutboxMessage> {
    new_messages(&moment.before, moment.after()).collect()
}

/// The kinds of the order events among these messages.
pub(crate) fn kinds(messages: &[&OutboxMessage]) -> Vec<OrderEventKind> {
    let kind = |message: &&OutboxMessage| match &message.content {
        OutboxContent::OrderEvent(event) => Some(event.kind),
        OutboxContent::CaptureHint => None,
    };
    messages.iter().filter_map(kind).collect()
}

impl Life {
    /// Lives it.
    pub(crate) fn moments(&self) -> Vec<Moment> {
        let mut now = self.born.created_at;
        let mut payment = self.born.clone();
        let mut moments = Vec::with_capacity(self.steps.len());
        for (wait, act) in &self.steps {
            now = now + Seconds(*wait);
            let event = act.event(&payment);
            let moment = self.moment(payment, event, now);
            payment = moment.after().clone();
            moments.push(moment);
        }
        moments
    }

    /// Decides; where another attempt holds the order, as the store has it: anew, knowing that.
    fn moment(&self, mut before: Payment, event: Event, now: Time) -> Moment {
        let mut decision = decide(&before, &event, now, &self.policy);
        let claims = matches!(&decision, Decision::Commit(transition)
            if transition.next.holds_order() && !before.holds_order());
        if self.second && claims {
            before = held_by_another(before);
            decision = decide(&before, &event, now, &self.policy);
        }
        Moment {
            before,
            event,
            now,
            decision,
            policy: self.policy.clone(),
        }
    }
}

impl Act {
    fn event(&self, payment: &Payment) -> Event {
        match self {
            Self::Happen(event) => event.clone(),
            Self::Send(count) => {
                let first = payment.outbox.iter().take(*count);
                Event::Sent(first.map(|message| message.id.clone()).collect())
            }
            Self::Captured(told) => match told.place(payment.captures.len()) {
                Some(at) => told.capture(payment, at),
                None => Event::TimePassed,
            },
            Self::Refunded(told) => match told.place(payment.refunds.len()) {
                Some(at) => told.refund(&payment.refunds[at], at),
                None => Event::TimePassed,
            },
        }
    }
}

impl Told {
    fn place(&self, count: usize) -> Option<usize> {
        count.checked_sub(1 + self.back.min(count.saturating_sub(1)))
    }

    fn capture(&self, payment: &Payment, at: usize) -> Event {
        let capture = &payment.captures[at];
        let name = format!("CAP_{at}");
        let report = CaptureReport {
            request_id: Some(capture.request_id.clone()),
            capture_id: Some(CaptureId::new(name).unwrap()),
            payment_id: facts().payment_id,
            amount: AmountSeen::Is(capture.amount),
        };
        let id = capture.request_id.clone();
        match self.way {
            Way::Silence => Event::CaptureAnswered(id, Answer::None(SILENCES[0])),
            Way::Answer => {
                Event::CaptureAnswered(id, Answer::Verified(self.outcome.clone(), report))
            }
            Way::Notification => {
                let notice = capture_notified_with("S SUCCESS", report);
                let Event::CaptureNotified(mut notice) = notice else {
                    unreachable!("made above")
                };
                notice.outcome = self.outcome.clone();
                Event::CaptureNotified(notice)
            }
            Way::Inquiry => {
                let this = self.shown(&report, self.word, &self.outcome.code);
                let mut captures = taken(payment, at);
                captures.push(this);
                inquired_with("SUCCESS", &captures, facts())
            }
        }
    }

    fn shown(&self, report: &CaptureReport, word: &str, code: &str) -> ReportedCapture {
        ReportedCapture {
            request_id: report.request_id.clone(),
            capture_id: report.capture_id.clone(),
            amount: report.amount,
            status: status(word),
            code: code.to_owned(),
        }
    }

    fn refund(&self, refund: &Refund, at: usize) -> Event {
        let report = RefundReport {
            request_id: Some(refund.request_id.clone()),
            refund_id: Some(RefundId::new(format!("RF_{at}")).unwrap()),
            payment_id: facts().payment_id,
            amount: AmountSeen::Is(refund.amount),
            status: status(self.word),
        };
        let id = refund.request_id.clone();
        match self.way {
            Way::Silence => Event::RefundAnswered(id, Answer::None(SILENCES[0])),
            Way::Answer => {
                Event::RefundAnswered(id, Answer::Verified(self.outcome.clone(), report))
            }
            Way::Inquiry => {
                Event::RefundInquired(id, Answer::Verified(self.outcome.clone(), report))
            }
            Way::Notification => Event::RefundNotified(RefundNotification {
                request_id: id,
                outcome: self.outcome.clone(),
                refund: report,
            }),
        }
    }
}

/// The captures that succeeded, as an inquiry shows them, except the one at this place.
fn taken(payment: &Payment, except: usize) -> Vec<ReportedCapture> {
    let captures = payment.captures.iter().enumerate();
    let taken = captures.filter(|(at, c)| *at != except && c.state == CaptureState::Succeeded);
    let shown = taken.map(|(_, capture)| ReportedCapture {
        request_id: Some(capture.request_id.clone()),
        capture_id: capture.capture_id.clone(),
        amount: AmountSeen::Is(capture.amount),
        status: status("SUCCESS"),
        code: "SUCCESS".to_owned(),
    });
    shown.collect()
}

/// Any life.
pub(crate) fn life() -> impl Strategy<Value = Life> {
    prop_oneof![wild_life().boxed(), tidy_life().boxed()]
}

/// A life in which much is wrong.
fn wild_life() -> impl Strategy<Value = Life> {
    let acts = prop_oneof![
        10 => any_event().prop_map(Act::Happen),
        3 => (1_usize..4).prop_map(Act::Send),
        2 => word().prop_map(Act::Captured),
        2 => word().prop_map(Act::Refunded),
    ];
    let born = prop_oneof![
        3 => mode().prop_map(|mode| (created(mode), None)),
        1 => orphan().prop_map(|(born, told_by)| (born, Some(told_by))),
    ];
    // Most payments are paid before anything else happens to them.
    let paid = option::weighted(0.9, start());
    let steps = prop::collection::vec((wait(), acts), 1..40);
    let paid_steps =
        (paid, steps).prop_map(|(paid, steps)| paid.into_iter().chain(steps).collect());
    lives(born, paid_steps)
}

/// A life in which little is wrong, so that parts and refunds come to their ends.
fn tidy_life() -> impl Strategy<Value = Life> {
    let acts = prop_oneof![
        6 => wish().prop_map(Act::Happen),
        2 => (1_usize..4).prop_map(Act::Send),
        5 => word().prop_map(Act::Captured),
        5 => word().prop_map(Act::Refunded),
        1 => Just(Act::Happen(Event::TimePassed)),
    ];
    let card = option::weighted(0.3, Just(tokenized("TOKEN")));
    let success = card.prop_map(|stored_card| {
        let facts = PaymentFacts {
            stored_card,
            ..facts()
        };
        let notification = payment_notification(true, "S SUCCESS", facts);
        (1, Act::Happen(Event::PaymentNotified(notification)))
    });
    let steps = prop::collection::vec((wait(), acts), 1..60);
    let steps = (start(), success, steps)
        .prop_map(|(start, success, steps)| [start, success].into_iter().chain(steps).collect());
    let mode = select(vec![
        MANUAL,
        AUTOMATIC,
        AFTER_A_DAY,
        ON_REQUEST,
        ON_REQUEST,
        ON_REQUEST,
    ]);
    lives(mode.prop_map(|mode| (created(mode), None)), steps)
}

fn start() -> impl Strategy<Value = (i64, Act)> {
    any::<bool>().prop_map(|save_card| (1, Act::Happen(Event::PayStarted { save_card })))
}

fn lives(
    born: impl Strategy<Value = (Payment, Option<PaymentNotification>)>,
    steps: impl Strategy<Value = Vec<(i64, Act)>>,
) -> impl Strategy<Value = Life> {
    let impatient = Policy {
        refund_limit: Seconds::hours(2),
        ..several()
    };
    let policy = select(vec![policy(), several(), impatient]);
    let second = prop::bool::weighted(0.15);
    (born, policy, second, steps).prop_map(|((born, told_by), policy, second, steps)| Life {
        born,
        told_by,
        policy,
        second,
        steps,
    })
}

/// A life in which POP settles nothing: no answers, `U`, words that nobody knows, questions refused.
pub(crate) fn uncertain_life() -> impl Strategy<Value = Life> {
    let acts = prop_oneof![
        12 => uncertain_event().prop_map(Act::Happen),
        3 => (1_usize..4).prop_map(Act::Send),
        3 => uncertain_word().prop_map(Act::Refunded),
        1 => uncertain_word().prop_map(Act::Captured),
    ];
    let born = (mode(), 0..3).prop_map(|(mode, kind)| match kind {
        0 => authorized(mode),
        1 => pending(mode),
        _ => refunding(),
    });
    (born, prop::collection::vec((wait(), acts), 1..40)).prop_map(|(born, steps)| Life {
        born,
        told_by: None,
        policy: policy(),
        second: false,
        steps,
    })
}

fn wait() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 0_i64..120, 4 => 0_i64..3_600, 1 => 0_i64..400_000]
}

const WORDS: [&str; 7] = [
    "SUCCESS",
    "SUCCESS",
    "FAIL",
    "CANCELLED",
    "PROCESSING",
    "PENDING",
    "?",
];

fn word() -> impl Strategy<Value = Told> {
    let outcome = prop_oneof![
        6 => Just(outcome("S SUCCESS")),
        4 => code("F"),
        2 => code("U"),
        1 => code("X"),
    ];
    let ways = vec![
        Way::Answer,
        Way::Notification,
        Way::Inquiry,
        Way::Inquiry,
        Way::Silence,
    ];
    let back = prop_oneof![2 => Just(0_usize), 1 => 1_usize..4];
    (back, select(ways), outcome, select(WORDS.to_vec())).prop_map(|(back, way, outcome, word)| {
        Told {
            back,
            way,
            outcome,
            word,
        }
    })
}

/// A word that settles nothing, of the only capture or refund.
fn uncertain_word() -> impl Strategy<Value = Told> {
    let unsettled = prop_oneof![code("U"), code("X")];
    let waiting = select(vec!["PROCESSING", "PENDING", "?"]);
    let ways = vec![Way::Answer, Way::Silence, Way::Notification];
    (select(ways), unsettled, waiting).prop_map(|(way, outcome, word)| Told {
        back: 0,
        way,
        outcome,
        word,
    })
}

/// The ids that refunds are asked for with.
pub(crate) fn refund_names() -> Vec<domain::RefundRequestId> {
    (1..5).map(|n| refund_id(&format!("REFUND_{n}"))).collect()
}
