//! Lives of payments, in simulated time: the real functions, the simulated provider, and what goes wrong.

use domain::{Policy, Ruling, Seconds, Time};
use simulation::engine::{Fate, Fates, Passage, Point, Port};
use simulation::simulation::{Mode, Order, operators, people};
use simulation::watched;
use simulation::world::{BEGIN, GoodPost, Post, Setup, World};
use simulator::{Call, Fault, Letter, Rates};

/// One life, and the moment at which it is looked at.
pub(crate) struct Story {
    pub order: Order,
    pub rates: Rates,
    pub several_captures: bool,
    pub notifications: bool,
    pub prepare: fn(&World, &str),
    /// How long after its beginning it is looked at.
    pub looked_at: Seconds,
}

impl Story {
    fn of(mode: Mode) -> Self {
        Self {
            order: Order::plain(mode),
            rates: Rates::none(),
            several_captures: false,
            notifications: true,
            prepare: |_, _| {},
            looked_at: Seconds::days(2),
        }
    }

    /// When it is looked at.
    pub(crate) fn now(&self) -> Time {
        BEGIN + self.looked_at
    }

    /// Lives it.
    pub(crate) fn live(&self) -> World {
        let setup = Setup {
            rates: self.rates.clone(),
            policy: Policy {
                several_captures: self.several_captures,
                ..Policy::default()
            },
            ..Setup::calm(1)
        };
        let post: Box<dyn Post> = match self.notifications {
            true => Box::new(GoodPost),
            false => Box::new(NoPost),
        };
        let world = World::new(setup, Box::new(Calm), post);
        (self.prepare)(&world, &self.order.id);
        people::begin(&world, &self.order, 1);
        drop(watched::until(&world, self.now()));
        world
    }
}

/// Every step succeeds, after the same time.
struct Calm;

impl Fates for Calm {
    fn of(&mut self, point: &Point, _: Time) -> Passage {
        let way = match point.port {
            Port::Table => 4,
            Port::Queue => 6,
            Port::Provider => 150,
        };
        Passage {
            fate: Fate::Through,
            there_ms: way,
            back_ms: way,
        }
    }
}

/// No notification arrives.
struct NoPost;

impl Post for NoPost {
    fn carry(&mut self, _: &Letter, _: Time) -> Vec<i64> {
        Vec::new()
    }
}

fn lose(world: &World, id: &str, call: Call, times: usize) {
    for _ in 0..times {
        world
            .gateway
            .with(|offline| offline.order_fault(call, id, Fault::DropAfter));
    }
}

fn operator(world: &World, id: &str, ruling: Ruling) {
    let person = world.clone();
    let id = domain::PaymentRequestId::new(id).unwrap();
    world.person(async move {
        person.stage.sleep_ms(1_800_000).await;
        operators::decide(&person, &id, ruling).await;
    });
}

/// A challenge at the bank; neither its result nor anything else is ever notified.
pub(crate) fn lost_notification() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.three_ds = true;
    story.order.challenge = Some((60_000, true));
    story.notifications = false;
    story
}

pub(crate) fn declined() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.card = Some("4054692760174822");
    story
}

/// POP captures, and its answers get lost; the sweep asks again.
pub(crate) fn capture_repeated() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.notifications = false;
    story.prepare = |world, id| lose(world, id, Call::Capture, 4);
    story
}

/// A rightly signed message names another amount; nobody has looked yet.
pub(crate) fn mismatch() -> Story {
    let mut story = Story::of(Mode::After(86_400));
    story.order.misfit_ms = Some(20_000);
    story.looked_at = Seconds(1_500);
    story
}

/// The same, and an operator lets it go on.
pub(crate) fn mismatch_resolved() -> Story {
    let mut story = mismatch();
    story.prepare = |world, id| operator(world, id, Ruling::GoOn);
    story.looked_at = Seconds::days(2);
    story
}

/// The same, and an operator closes it.
pub(crate) fn mismatch_closed() -> Story {
    let mut story = mismatch();
    story.prepare = |world, id| operator(world, id, Ruling::Close);
    story.looked_at = Seconds::days(2);
    story
}

/// Two payments of one order at once.
pub(crate) fn paid_twice() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.twin = Some("5162774114974622");
    story
}

pub(crate) fn refunded_in_parts() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.refunds = vec![Some(10_000), None];
    story
}

/// The capture's notification comes before anybody knows whose payment POP's id is.
pub(crate) fn early_capture() -> Story {
    let mut story = Story::of(Mode::Automatic);
    story.rates.capture_first = 1.0;
    story.prepare = |world, id| lose(world, id, Call::Pay, 2);
    story
}

/// The buyer is at the bank.
pub(crate) fn at_the_bank() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.three_ds = true;
    story.looked_at = Seconds(90);
    story
}

/// Nobody asks for the capture.
pub(crate) fn never_captured() -> Story {
    let mut story = Story::of(Mode::OnRequest(Vec::new()));
    story.looked_at = Seconds(6 * 86_400 + 43_200);
    story
}

/// POP refuses the capture for good.
pub(crate) fn capture_failed() -> Story {
    let mut story = Story::of(Mode::AtOnce);
    story.order.card = Some("4099990000000147");
    story
}

/// Every call to capture gets lost on its way back; looked at before the sweep has found out.
pub(crate) fn capture_lost() -> Story {
    let mut story = capture_repeated();
    story.prepare = |world, id| lose(world, id, Call::Capture, 1);
    story.looked_at = Seconds(15);
    story
}
