//! Some hours of a shop in simulated time.

use crate::aws;
use domain::{Seconds, Time};
use monitoring::Points;
use runtime::metrics::{DIMENSION, Metric};
use serde_json::Value;
use simulation::engine;
use simulation::engine::{Fate, Fates, Passage, Point, Port, Tasks};
use simulation::happened::Happened;
use simulation::simulation::{Mode, Order, people};
use simulation::world::{BEGIN, GoodPost, Post, STACK, Setup, World};
use simulator::Letter;

/// When things are as they are not otherwise.
pub(crate) type When = fn(&Point, i64) -> bool;

/// What a day is like. Minutes count from its beginning.
pub(crate) struct Day {
    pub(crate) hours: i64,
    /// An order each so many minutes.
    pub(crate) every_minutes: i64,
    /// Steps that fail.
    pub(crate) fails: When,
    /// Milliseconds of a call to POP, there and back.
    pub(crate) pop_ms: i64,
    /// Whether notifications arrive.
    pub(crate) told: bool,
    /// Further people.
    pub(crate) prepare: fn(&World),
}

impl Day {
    /// Four hours in which nothing goes wrong but what buyers do.
    pub(crate) fn calm() -> Self {
        Self {
            hours: 4,
            every_minutes: 5,
            fails: |_, _| false,
            pop_ms: 300,
            told: true,
            prepare: |_| {},
        }
    }

    /// Lets it pass; gives all that was measured.
    pub(crate) fn pass(&self) -> Points {
        let mut setup = Setup::calm(7);
        setup.metered = true;
        setup.index_lag_ms = 500;
        let post: Box<dyn Post> = if self.told {
            Box::new(GoodPost)
        } else {
            Box::new(NoPost)
        };
        let fates = Chosen {
            fails: self.fails,
            pop_ms: self.pop_ms,
        };
        let world = World::new(setup, Box::new(fates), post);
        let minutes = self.hours * 60;
        for number in 0..minutes / self.every_minutes.max(1) {
            let order = order(number, number * self.every_minutes);
            people::begin(&world, &order, number.unsigned_abs());
        }
        (self.prepare)(&world);
        let mut points = Points::default();
        let mut tasks = Tasks::new(world.stage.clone());
        let end = BEGIN + Seconds(minutes * 60);
        world.run(&mut tasks, end, |world, what| {
            if matches!(what, Happened::Acknowledged { .. }) {
                aws::invoked(&mut points, "NotifyFunction", engine::now().millis());
            }
            take(world, &mut points);
        });
        take(&world, &mut points);
        aws::derive(&mut points);
        for minute in 0..minutes {
            let at_ms = BEGIN.millis() + minute * 60_000;
            aws::invoked(&mut points, "SweepFunction", at_ms);
        }
        aws::dead_letters(
            &mut points,
            "CaptureDeadLetterQueue",
            world.queues.dead().len(),
            end.millis(),
        );
        points
    }
}

fn take(world: &World, points: &mut Points) {
    for line in world.take_metrics() {
        assert!(points.read_line(&line), "{line}");
        holds_numbers_only(&line);
    }
}

/// No payment, no order, no person: beside what the format wants there are the stack and numbers of known metrics.
fn holds_numbers_only(line: &str) {
    let line: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    for (name, value) in &line {
        let is_number = match value {
            Value::Array(values) => values.iter().all(Value::is_number),
            value => value.is_number(),
        };
        let known = Metric::ALL.iter().any(|metric| metric.name() == name);
        let of_format = name == "_aws" || (name == DIMENSION && value == STACK);
        assert!((known && is_number) || of_format, "{name}: {value}");
    }
    let of_format = line["_aws"].as_object().unwrap();
    assert_eq!(
        of_format.keys().collect::<Vec<_>>(),
        ["CloudWatchMetrics", "Timestamp"]
    );
}

/// Orders of each kind in turn.
fn order(number: i64, minute: i64) -> Order {
    let mode = match number % 3 {
        0 => Mode::Automatic,
        1 => Mode::AtOnce,
        _ => Mode::OnRequest(vec![(30_000, false)]),
    };
    let mut order = Order::plain(mode);
    order.id = format!("P{number}");
    order.order_id = format!("O{number}");
    order.begin_ms = minute * 60_000 + 10;
    match number % 8 {
        1 => order.card = Some("4054692760174822"), // declined
        3 => {
            order.three_ds = true;
            order.challenge = Some((30_000, true));
        }
        4 => order.three_ds = true, // and the buyer leaves
        5 => order.card = None,
        6 => order.refunds = vec![None],
        _ => {}
    }
    order.looks = 1;
    order
}

struct NoPost;

impl Post for NoPost {
    fn carry(&mut self, _: &Letter, _: Time) -> Vec<i64> {
        Vec::new()
    }
}

struct Chosen {
    fails: When,
    pop_ms: i64,
}

impl Fates for Chosen {
    fn of(&mut self, point: &Point, now: Time) -> Passage {
        let minute = now.since(BEGIN).0.div_euclid(60);
        let way_ms = if point.port == Port::Provider {
            self.pop_ms / 2
        } else {
            4
        };
        let mut passage = Passage::through(way_ms, way_ms);
        if (self.fails)(point, minute) {
            passage.fate = Fate::Refused;
        }
        passage
    }
}
