//! The time of the functions and the provider: it stands until it is set, so that every run counts the same.

use domain::Time;
use std::cell::Cell;

/// Friday, 2 January 2026, noon.
const START_MS: i64 = 1_767_355_200_000;

thread_local! {
    static NOW_MS: Cell<i64> = const { Cell::new(START_MS) };
}

/// The time of this thread.
#[must_use]
pub(crate) fn now() -> Time {
    Time::from_millis(NOW_MS.with(Cell::get))
}

/// Back to the start, for another world.
pub(crate) fn reset() {
    NOW_MS.with(|now| now.set(START_MS));
}

/// Goes on to this time; an earlier one changes nothing.
pub(crate) fn set(millis: i64) {
    NOW_MS.with(|now| now.set(now.get().max(millis)));
}
