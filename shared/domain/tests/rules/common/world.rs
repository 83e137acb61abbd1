//! A payment, the provider that has its truth, and the functions between them, as lossy as luck has it.

use super::luck::{Fault, Habits, Truth, under};
use super::provider::{Provider, blank_refund};
use super::states::{created, held_by_another};
use super::{at, euros};
use domain::message::{CancelReport, CaptureReport, InquiryReport, PaymentFacts, ReportedStatus};
use domain::outbox::{OrderEventKind, OutboxContent};
use domain::plan::{Step, capture_order, next_step, refund_order};
use domain::stored_card::StoredCard;
use domain::{
    CancelBy, CaptureMode, CaptureOn, CaptureRequest, Decision, Event, Money, Payment, Policy,
    RefundRequest, RefundRequestId, Seconds, Time, decide,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Between two runs of the sweep.
pub(crate) const TICK: Seconds = Seconds(60);

/// The longest a look may be put off: the slowest check with its spread, and a tick.
pub(crate) const ONE_LOOK: i64 = 3_600 * 115 / 100 + 2 * TICK.0;

/// What the merchant's server or the buyer asks for, so many seconds after the call to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Cancel(CancelBy),
    /// The next capture, of so many cents or all that is left; and whether it is the last.
    Capture(Option<u64>, bool),
    /// So many cents, or all that is left.
    Refund(Option<u64>),
}

/// How a life is to go.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) truth: Truth,
    pub(crate) habits: Habits,
    pub(crate) mode: (CaptureMode, CaptureOn),
    pub(crate) policy: Policy,
    /// The buyer agreed that the card is stored.
    pub(crate) save_card: bool,
    /// Another attempt has the order's money.
    pub(crate) second: bool,
    /// What is asked for, in order of time.
    pub(crate) wishes: Vec<(i64, Wish)>,
    pub(crate) faults: Vec<Fault>,
    /// How late each notification is; `None`: never. Without any, none ever comes.
    pub(crate) delays: Vec<Option<i64>>,
}

pub(crate) struct World {
    pub(crate) payment: Payment,
    pub(crate) provider: Provider,
    pub(crate) now: Time,
    policy: Policy,
    second: bool,
    wishes: VecDeque<(Time, Wish)>,
    faults: VecDeque<Fault>,
    delays: Vec<Option<i64>>,
    notified: BTreeSet<usize>,
    pub(crate) heard: BTreeMap<String, OrderEventKind>,
    pub(crate) cards: Vec<StoredCard>,
}

impl World {
    pub(crate) fn new(plot: Plot) -> Self {
        let paid_at = at(1);
        let wishes = plot.wishes.into_iter();
        let mut world = Self {
            payment: created(plot.mode),
            provider: Provider::new(plot.truth, plot.habits, paid_at),
            now: paid_at,
            policy: plot.policy,
            second: plot.second,
            wishes: wishes
                .map(|(s, wish)| (paid_at + Seconds(s), wish))
                .collect(),
            faults: plot.faults.into(),
            delays: plot.delays,
            notified: BTreeSet::new(),
            heard: BTreeMap::new(),
            cards: Vec::new(),
        };
        let save_card = plot.save_card;
        world.apply(&Event::PayStarted { save_card });
        world
    }

    /// From here on this goes wrong, one after the other.
    pub(crate) fn lose(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into();
    }

    fn fault(&mut self) -> Fault {
        self.faults.pop_front().unwrap_or(Fault::Fine)
    }

    /// Decides and commits; anew where another attempt holds the order, as the store does.
    fn apply(&mut self, event: &Event) {
        let mut before = self.payment.clone();
        let mut decision = decide(&before, event, self.now, &self.policy);
        let claims = matches!(&decision, Decision::Commit(transition)
            if transition.next.holds_order() && !before.holds_order());
        if self.second && claims {
            before = held_by_another(before);
            decision = decide(&before, event, self.now, &self.policy);
        }
        if let Decision::Commit(transition) = decision {
            self.payment = transition.next;
            self.cards.extend(transition.keep_card);
        }
    }

    /// Runs until nothing is outstanding or `until` is over; the number of looks at the row.
    pub(crate) fn run(&mut self, until: Time) -> u32 {
        let mut looks = 0;
        while let Some(next) = self.next_moment() {
            if next > until {
                break;
            }
            self.now = next;
            self.wish();
            self.deliver_notifications();
            if self.payment.due_at.is_some_and(|due| due <= self.now) {
                looks += 1;
                self.look();
            }
        }
        looks
    }

    /// The next tick at which something can happen.
    fn next_moment(&self) -> Option<Time> {
        let tick = self.now + TICK;
        let wish = self.wishes.front().map(|(time, _)| *time);
        let due = self.payment.due_at;
        let first = match (due, wish) {
            (Some(due), Some(wish)) => due.min(wish),
            (due, wish) => due.or(wish)?,
        };
        let waits = self.delays.is_empty();
        Some(if waits { tick.max(first) } else { tick })
    }

    fn wish(&mut self) {
        while let Some((time, wish)) = self.wishes.front().copied() {
            if time > self.now {
                return;
            }
            self.wishes.pop_front();
            match wish {
                Wish::Cancel(by) => {
                    self.apply(&Event::CancelAsked(by));
                    if self.payment.is_cancelling() {
                        self.cancel();
                    }
                }
                Wish::Capture(cents, last) => {
                    let number = u32::try_from(self.payment.captures.len() + 1).unwrap();
                    let amount = cents.map(euros);
                    let request = CaptureRequest {
                        number,
                        amount,
                        last,
                    };
                    self.apply(&Event::CaptureAsked(request));
                }
                Wish::Refund(cents) => self.want_refund(cents.map(euros)),
            }
            self.send();
        }
    }

    fn want_refund(&mut self, amount: Option<Money>) {
        let name = format!("REFUND_{}", self.payment.refunds.len());
        let request_id = RefundRequestId::new(name).unwrap();
        self.apply(&Event::RefundAsked(RefundRequest {
            request_id: request_id.clone(),
            amount,
            reason: None,
        }));
        if self
            .payment
            .refunds
            .iter()
            .any(|r| r.request_id == request_id)
        {
            self.refund(&request_id);
        }
    }

    fn deliver_notifications(&mut self) {
        for (name, time, event) in self.provider.notifications(self.now) {
            let place = name % self.delays.len().max(1);
            let delay = self.delays.get(place).copied().flatten();
            let arrived = delay.is_some_and(|late| time + Seconds(late) <= self.now);
            // One that names an id not yet bound waits until it is.
            let waits = matches!(event, Event::CaptureNotified(_));
            let bound = self.payment.payment_id.is_some() || !waits;
            if arrived && bound && self.notified.insert(name) {
                self.apply(&event);
                self.send();
            }
        }
    }

    /// Sends the outbox, unless luck has it that the function is killed before; a hint may capture at once.
    fn send(&mut self) {
        if self.payment.outbox.is_empty() || self.fault() == Fault::Killed {
            return;
        }
        let mut hinted = false;
        for message in &self.payment.outbox {
            match &message.content {
                OutboxContent::OrderEvent(event) => {
                    self.heard.insert(message.id.clone(), event.kind);
                }
                OutboxContent::CaptureHint => hinted = true,
            }
        }
        let ids = self.payment.outbox.iter().map(|m| m.id.clone()).collect();
        self.apply(&Event::Sent(ids));
        if hinted && self.fault() == Fault::Fine {
            self.capture();
        }
    }

    fn look(&mut self) {
        self.send();
        match next_step(&self.payment, self.now, &self.policy) {
            Step::Inquire => self.inquire(),
            Step::Capture(_) => self.capture(),
            Step::Cancel(_) => self.cancel(),
            Step::Refund(order) => self.refund(&order.request_id),
            Step::InquireRefund(id) => self.inquire_refund(id),
            Step::LookAtTime | Step::Wait => self.apply(&Event::TimePassed),
        }
        self.send();
    }

    fn inquire(&mut self) {
        let fault = self.fault();
        let blank = InquiryReport {
            facts: PaymentFacts::default(),
            status: ReportedStatus::Other,
            code: String::new(),
            captures: Vec::new(),
        };
        if let Some(answer) = under(fault, blank, || self.provider.inquire(self.now)) {
            self.apply(&Event::Inquired(answer));
        }
    }

    fn capture(&mut self) {
        let Some(order) = capture_order(&self.payment, self.now) else {
            return;
        };
        let fault = self.fault();
        let blank = CaptureReport::default();
        let answer = under(fault, blank, || self.provider.capture(&order, self.now));
        if let Some(answer) = answer {
            self.apply(&Event::CaptureAnswered(order.request_id, answer));
        }
    }

    fn cancel(&mut self) {
        let fault = self.fault();
        let blank = CancelReport::default();
        if let Some(answer) = under(fault, blank, || self.provider.cancel(self.now)) {
            self.apply(&Event::CancelAnswered(answer));
        }
    }

    fn refund(&mut self, id: &RefundRequestId) {
        let mut refunds = self.payment.refunds.iter();
        let refund = refunds.find(|refund| refund.request_id == *id);
        let Some(order) = refund.and_then(|refund| refund_order(&self.payment, refund)) else {
            return;
        };
        let fault = self.fault();
        let answer = under(fault, blank_refund(), || {
            self.provider.refund(&order, self.now)
        });
        if let Some(answer) = answer {
            self.apply(&Event::RefundAnswered(order.request_id, answer));
        }
    }

    fn inquire_refund(&mut self, id: RefundRequestId) {
        let fault = self.fault();
        let answer = under(fault, blank_refund(), || {
            self.provider.inquire_refund(&id, self.now)
        });
        if let Some(answer) = answer {
            self.apply(&Event::RefundInquired(id, answer));
        }
    }
}
