//! The time that a sweep goes by: set to where the rows are due, and either standing or going on from there.

use domain::Time;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// When the journeys begin from which all rows are copied.
pub const START: Time = Time::from_millis(1_790_000_000_000);

static BASE: AtomicI64 = AtomicI64::new(START.millis());
static SINCE: OnceLock<Instant> = OnceLock::new();

/// The present time of this process.
#[must_use]
pub fn now() -> Time {
    let gone = SINCE.get().map_or(0, |since| since.elapsed().as_millis());
    let gone = i64::try_from(gone).unwrap_or(i64::MAX);
    Time::from_millis(BASE.load(Ordering::Relaxed).saturating_add(gone))
}

/// The time is `time`, and stays so unless [`go`] was or will be called.
pub fn set(time: Time) {
    BASE.store(time.millis(), Ordering::Relaxed);
}

/// The time goes on from now, for good.
pub fn go() {
    SINCE.get_or_init(Instant::now);
}
