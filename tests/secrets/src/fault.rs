//! What goes wrong on a day.

use crate::day::Day;
use crate::journey::Journey;
use crate::values::careless_text;
use domain::{Policy, Time};
use flows::Setup;
use simulator::{Call, Rates};
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Outage, QueueName};

/// A part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Create,
    Pay,
    Act,
    Settle,
}

impl Stage {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Pay, Self::Act, Self::Settle];

    fn words(self) -> &'static str {
        match self {
            Self::Create => "payments are created",
            Self::Pay => "buyers pay",
            Self::Act => "merchants and buyers go on",
            Self::Settle => "captures and sweeps run",
        }
    }
}

/// What goes wrong; on a day it is one of these, for all payments.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Nothing.
    None,
    /// The provider's answers, twice for each call about each payment.
    Provider(simulator::Fault),
    /// What the provider does rarely happens always.
    Habit(Habit),
    /// The table fails during one part of the day.
    Table(Outage, &'static str, usize),
    /// These queues take nothing until the end of the day.
    Queues(&'static [QueueName]),
    /// Each so-manyth look at the clock panics, with card data and keys in the panic's text.
    Panics(u32),
}

/// What a provider may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Answers and notifications come in odd shapes.
    OddShapes,
    /// Forged notifications are mixed in.
    Forgeries,
    /// Notifications never come.
    Silence,
    /// Notifications come late and twice, captures first.
    LateAndTwice,
    /// Captures, refunds and challenges end later.
    Slow,
    /// Forms, tokens at once, other words for what was cancelled.
    OtherWays,
}

static PANIC_EVERY: AtomicU32 = AtomicU32::new(0);
static LOOKS: AtomicU32 = AtomicU32::new(0);

/// The functions' clock on a day of panics.
pub(crate) fn stumbling_clock() -> Time {
    let every = PANIC_EVERY.load(Ordering::SeqCst);
    let look = LOOKS.fetch_add(1, Ordering::SeqCst);
    assert!(
        every == 0 || !look.is_multiple_of(every),
        "careless: {}",
        careless_text()
    );
    flows::clock()
}

impl Fault {
    /// Each of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use simulator::Fault as At;
        let mut all = vec![Self::None];
        all.extend(
            [
                At::DropAfter,
                At::HoldAfter,
                At::HttpErrorBefore,
                At::HttpErrorAfter,
                At::UnknownBefore,
                At::UnknownAfter,
                At::BrokenJson,
                At::Unsigned,
                At::WrongSignature,
                At::TrafficLimit,
            ]
            .map(Self::Provider),
        );
        all.extend(
            [
                Habit::OddShapes,
                Habit::Forgeries,
                Habit::Silence,
                Habit::LateAndTwice,
                Habit::Slow,
                Habit::OtherWays,
            ]
            .map(Self::Habit),
        );
        for (outage, words) in [
            (Outage::Refuses, "refuses"),
            (Outage::LosesAnswers, "loses its answers"),
        ] {
            all.extend((0..Stage::ALL.len()).map(|stage| Self::Table(outage, words, stage)));
        }
        all.extend([
            Self::Queues(&[QueueName::Capture]),
            Self::Queues(&[QueueName::OrderEvents]),
            Self::Queues(&[QueueName::Capture, QueueName::OrderEvents]),
        ]);
        all.extend([2, 3, 5].map(Self::Panics));
        all
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::None => "nothing goes wrong".into(),
            Self::Provider(fault) => format!("the provider's answers: {fault:?}"),
            Self::Habit(habit) => format!("the provider: {habit:?}"),
            Self::Table(_, words, stage) => {
                format!("the table {words} while {}", Stage::ALL[stage].words())
            }
            Self::Queues(queues) => {
                let names: Vec<_> = queues.iter().map(|queue| queue.as_str()).collect();
                format!("queues refuse: {}", names.join(", "))
            }
            Self::Panics(every) => format!("one look at the clock in {every} panics"),
        }
    }

    /// The world of such a day.
    pub(crate) fn setup(self) -> Setup {
        let mut rates = Rates::none();
        if let Self::Habit(habit) = self {
            habit.set(&mut rates);
        }
        let policy = Policy {
            several_captures: true,
            ..Policy::default()
        };
        Setup {
            rates,
            policy,
            ..Setup::default()
        }
    }

    /// Before anything happens.
    pub(crate) fn prepare(self, day: &Day, journeys: &[Journey]) {
        let Self::Provider(fault) = self else {
            return;
        };
        // Held answers cost ten seconds each: the calls to pay alone, which are made side by side.
        let held = fault == simulator::Fault::HoldAfter;
        let calls: &[Call] = match held {
            true => &[Call::Pay],
            false => &[
                Call::Pay,
                Call::InquiryPayment,
                Call::Capture,
                Call::Cancel,
                Call::Refund,
                Call::InquiryRefund,
            ],
        };
        for journey in journeys {
            for call in calls {
                for _ in 0..2 - usize::from(held) {
                    day.world.provider.order_fault(*call, journey.id, fault);
                }
            }
        }
    }

    pub(crate) fn begin(self, day: &Day, stage: Stage) {
        match self {
            Self::Table(outage, _, during) if Stage::ALL[during] == stage => {
                day.world.store.set_outage(outage);
            }
            Self::Queues(queues) => {
                for queue in queues {
                    day.world.queues.set_refusing(*queue, true);
                }
            }
            Self::Panics(every) => PANIC_EVERY.store(every, Ordering::SeqCst),
            _ => {}
        }
    }

    pub(crate) fn end(self, day: &Day) {
        day.world.store.set_outage(Outage::None);
        PANIC_EVERY.store(0, Ordering::SeqCst);
        for queue in [QueueName::Capture, QueueName::OrderEvents] {
            day.world.queues.set_refusing(queue, false);
        }
    }
}

impl Habit {
    fn set(self, rates: &mut Rates) {
        match self {
            Self::OddShapes => rates.odd_shapes = 1.0,
            Self::Forgeries => rates.forged = 1.0,
            Self::Silence => rates.never_sent = 1.0,
            Self::LateAndTwice => {
                (rates.late, rates.sent_twice, rates.capture_first) = (0.5, 1.0, 1.0);
            }
            Self::Slow => {
                (rates.slow_capture, rates.slow_refund) = (1.0, 1.0);
                rates.pending_after_challenge = 1.0;
            }
            Self::OtherWays => {
                (rates.post_form, rates.token_at_once) = (1.0, 1.0);
                (rates.cancel_listed_otherwise, rates.cancel_told) = (1.0, 1.0);
            }
        }
    }
}
