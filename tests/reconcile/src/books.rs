//! A merchant's books and the provider's: many orders through the four functions, in one simulated world, until nothing
//! is left to happen.

use domain::{Payment, Time};
use simulation::simulation::{Plan, Weather, people};
use simulation::watched::{HORIZON, to_its_end};
use simulation::world::{BEGIN, Setup, World};
use simulator::{Books, Timing};

/// Seeds of plans that make one world.
const PLANS: u64 = 24;

/// Both sides.
#[derive(Debug)]
pub struct BothBooks {
    /// Our rows.
    pub rows: Vec<Payment>,
    /// The provider's books.
    pub books: Books,
}

/// When everything has happened.
#[must_use]
pub fn end() -> Time {
    BEGIN + HORIZON
}

impl BothBooks {
    /// Those of a world as it stands.
    #[must_use]
    pub fn of(world: &World) -> Self {
        Self {
            rows: world.table.memory().rows(),
            books: world.gateway.books(),
        }
    }
}

/// Runs the world of a seed.
///
/// # Panics
/// A law of the simulation is broken: the books cannot be compared.
#[must_use]
pub fn run(seed: u64) -> BothBooks {
    BothBooks::of(&world(seed))
}

fn world(seed: u64) -> World {
    let weather = Weather::of(seed);
    let setup = Setup {
        rates: weather.rates.clone(),
        timing: Timing::default(),
        policy: domain::Policy {
            several_captures: true,
            ..domain::Policy::default()
        },
        index_lag_ms: weather.index_lag_ms,
        doubled_messages: weather.doubled_messages,
        ..Setup::calm(seed)
    };
    let world = World::new(setup, weather.fates(seed), weather.post(seed));
    for plan in 0..PLANS {
        let of_plan = seed.wrapping_mul(PLANS) + plan;
        for (number, mut order) in Plan::of(of_plan).orders.into_iter().enumerate() {
            order.id = format!("S{seed}-{plan}-{number}");
            order.order_id = format!("O{seed}-{plan}-{number}");
            order.buyer = format!("B{plan}");
            // What a person closes is settled outside, and may differ from the provider's books for good.
            order.misfit_ms = None;
            // Spread over some days, so that there are several batches.
            order.begin_ms += i64::try_from(plan).unwrap_or(0) * 5 * 3_600_000;
            people::begin(&world, &order, of_plan.wrapping_mul(31) + number as u64);
        }
    }
    let watched = to_its_end(&world);
    let breaches = watched.watch.breaches;
    assert!(breaches.is_empty(), "seed {seed}: {breaches:?}");
    world
}
