//! The time of day. The only place where it is read: everything else has it handed in.

use domain::Time;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, by the machine's clock.
#[must_use]
pub fn now() -> Time {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Time::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on_from_2026() {
        let first = now();
        assert!(first >= Time::parse("2026-01-01T00:00:00Z").unwrap());
        assert!(now() >= first);
    }
}
