//! A world from its beginning to its end, looked at after every step.

use crate::checks::{Verdict, Watch};
use crate::engine::Tasks;
use crate::world::{BEGIN, Counts, World};
use domain::{Seconds, Time};

/// By then everything has come to its end: an authorisation lasts seven days, a refund may take some, and people ask
/// for things for up to a week.
pub const HORIZON: Seconds = Seconds::days(45);

/// What was seen.
pub struct Watched {
    /// What was broken, on the way and in the end.
    pub watch: Watch,
    /// Where everything stands.
    pub verdict: Verdict,
    /// What ran.
    pub counts: Counts,
    /// Whether nothing is left to happen.
    pub over: bool,
}

/// Moves the world to its end, at most to the [`HORIZON`].
#[must_use]
pub fn to_its_end(world: &World) -> Watched {
    until(world, BEGIN + HORIZON)
}

/// Moves the world until nothing is left to happen, or to that time, and holds everything against the laws of an end.
#[must_use]
pub fn until(world: &World, time: Time) -> Watched {
    let mut watch = Watch::default();
    let mut tasks = Tasks::new(world.stage.clone());
    let over = world.run(&mut tasks, time, |world, what| watch.see(world, &what));
    let verdict = watch.end(world);
    Watched {
        watch,
        verdict,
        counts: world.counts(&tasks),
        over,
    }
}
