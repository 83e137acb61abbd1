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

/// When Lambda ends an invocation, from its context (milliseconds since 1970). A time that lies in the past is none:
/// Lambda gives no such thing, but runtimes for local use do.
#[must_use]
pub fn deadline(context_ms: u64) -> Option<Time> {
    let deadline = Time::from_millis(i64::try_from(context_ms).ok()?);
    (deadline > now()).then_some(deadline)
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

    #[test]
    fn a_deadline_of_the_past_is_none() {
        let later = u64::try_from(now().millis()).unwrap() + 60_000;
        assert!(deadline(later).is_some());
        assert_eq!(
            (deadline(0), deadline(600), deadline(u64::MAX)),
            (None, None, None)
        );
    }
}
