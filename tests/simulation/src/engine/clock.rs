//! The simulated time of this thread. One simulation runs on one thread, so the functions' clock can be a plain
//! function.

use domain::Time;
use std::cell::Cell;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// The time, as the functions are given it.
#[must_use]
pub fn now() -> Time {
    Time::from_millis(NOW.get())
}

/// Sets the time; only the engine turns it forward.
pub(crate) fn set(at: Time) {
    NOW.set(at.millis());
}
