//! What goes wrong in one run, drawn from its seed: storms until a certain time, and calm after it.

use crate::engine::{Fate, Fates, Passage, Point, Port};
use crate::world::{BEGIN, Post};
use domain::{Seconds, Time};
use fastrand::Rng;
use simulator::{Letter, Rates};

/// How bad it is. Shares are per mille of the steps.
#[derive(Debug, Clone)]
pub struct Weather {
    /// Until when it is bad.
    pub calm_from: Time,
    /// Killed processes.
    pub killed: u32,
    /// Failed calls.
    pub refused: u32,
    /// Transactions that meet another.
    pub conflicts: u32,
    /// Lost answers.
    pub lost: u32,
    /// Calls that take effect twice.
    pub twice: u32,
    /// Slow calls.
    pub slow: u32,
    /// One port is down for a while.
    pub outage: Option<(Port, Time, Time)>,
    /// Lost notifications.
    pub lost_letters: u32,
    /// The notification URL is wrong for a while.
    pub wrong_url: Option<(Time, Time)>,
    /// What goes wrong at the provider, for good.
    pub rates: Rates,
    /// How far the index is behind at most, in milliseconds.
    pub index_lag_ms: i64,
    /// So many of a thousand capture messages are delivered twice.
    pub doubled_messages: u32,
}

impl Weather {
    /// The weather of a seed: from a fine day to the worst week.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x0057_0812);
        let badness = [0, 10, 30, 80, 200][rng.usize(0..5)];
        let mut share = |most: u32| rng.u32(0..=most * badness / 100);
        let (killed, refused, lost, twice) = (share(80), share(100), share(80), share(60));
        let (slow, lost_letters, doubled_messages) = (share(60), share(400), share(300));
        let conflicts = share(100);
        let lasts = [30, 600, 7200, 86_400, 345_600][rng.usize(0..5)];
        let calm_from = BEGIN + Seconds(lasts);
        let mut window = |longest: i64| {
            let from = BEGIN + Seconds(rng.i64(0..1200));
            (from, from + Seconds(rng.i64(60..longest)))
        };
        let (outage, wrong) = (window(40_000), window(100_000));
        let port = [Port::Table, Port::Queue, Port::Provider][rng.usize(0..3)];
        let rates = match rng.u8(0..3) {
            0 => Rates::none(),
            1 => Rates::light(),
            _ => Rates::heavy(),
        };
        Self {
            calm_from,
            killed,
            refused,
            conflicts,
            lost,
            twice,
            slow,
            outage: (rng.u8(0..100) < 25).then_some((port, outage.0, outage.1)),
            lost_letters,
            wrong_url: (rng.u8(0..100) < 15).then_some(wrong),
            rates: Rates {
                forged: 0.0,
                ..rates
            },
            index_lag_ms: [0, 500, 5_000, 90_000][rng.usize(0..4)],
            doubled_messages,
        }
    }

    /// Decides the steps' fates.
    #[must_use]
    pub fn fates(&self, seed: u64) -> Box<dyn Fates> {
        Box::new(Storm {
            weather: self.clone(),
            rng: Rng::with_seed(seed ^ 0x000F_A7E5),
        })
    }

    /// Carries the notifications.
    #[must_use]
    pub fn post(&self, seed: u64) -> Box<dyn Post> {
        Box::new(Mail {
            weather: self.clone(),
            rng: Rng::with_seed(seed ^ 0x0000_3A11),
        })
    }
}

struct Storm {
    weather: Weather,
    rng: Rng,
}

impl Storm {
    /// Milliseconds of one half of a call's way.
    fn way(&mut self, port: Port) -> i64 {
        match port {
            Port::Table => self.rng.i64(1..8),
            Port::Queue => self.rng.i64(2..12),
            Port::Provider => self.rng.i64(40..500),
        }
    }
}

impl Fates for Storm {
    fn of(&mut self, point: &Point, now: Time) -> Passage {
        let (mut there_ms, back_ms) = (self.way(point.port), self.way(point.port));
        let draw = self.rng.u32(0..1000);
        let slow = self.rng.u32(0..1000);
        let slowness = self.rng.i64(200..4_000);
        let weather = &self.weather;
        if now >= weather.calm_from {
            return Passage::through(there_ms, back_ms);
        }
        if slow < weather.slow {
            there_ms += slowness;
        }
        let down = weather
            .outage
            .is_some_and(|(port, from, to)| port == point.port && (from..to).contains(&now));
        let faults = [
            (weather.killed / 2, Fate::KilledBefore),
            (weather.killed / 2, Fate::KilledAfter),
            (weather.refused, Fate::Refused),
            (weather.conflicts, Fate::Conflict),
            (weather.lost, Fate::Lost),
            (weather.twice, Fate::Twice),
        ];
        let mut place = draw;
        let mut drawn = Fate::Through;
        for (share, fate) in faults {
            if place < share {
                drawn = fate;
                break;
            }
            place -= share;
        }
        Passage {
            fate: if down { Fate::Refused } else { drawn },
            there_ms,
            back_ms,
        }
    }
}

struct Mail {
    weather: Weather,
    rng: Rng,
}

impl Post for Mail {
    fn carry(&mut self, _: &Letter, now: Time) -> Vec<i64> {
        let (draw, way) = (self.rng.u32(0..1000), self.rng.i64(10..300));
        let (again, later) = (self.rng.u32(0..1000), self.rng.i64(0..2_000));
        let wrong = |(from, to): (Time, Time)| (from..to).contains(&now);
        if self.weather.wrong_url.is_some_and(wrong) {
            return Vec::new();
        }
        if now >= self.weather.calm_from {
            return vec![way];
        }
        match (draw < self.weather.lost_letters, again < self.weather.twice) {
            (true, _) => Vec::new(),
            (false, true) => vec![way, way + later],
            (false, false) => vec![way],
        }
    }
}
