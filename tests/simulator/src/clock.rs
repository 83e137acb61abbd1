//! The provider's clock: the system's, which can be turned forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Milliseconds since the epoch.
pub(crate) type Millis = i64;

/// Seconds in milliseconds.
pub(crate) const SECOND: Millis = 1000;

/// A clock that runs with the system's and can be turned forward, never back.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    /// The provider's time.
    pub(crate) fn now(&self) -> Millis {
        wall_clock() + self.ahead.load(Ordering::Relaxed)
    }

    /// Turns the clock forward.
    pub(crate) fn advance(&self, by: Millis) {
        self.ahead.fetch_add(by.max(0), Ordering::Relaxed);
    }
}

/// The system's time, for what is compared with other programs' times.
pub(crate) fn wall_clock() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// How a time is written: the provider's own clock stands in the US Pacific zone; samples show others too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `-08:00`, in summer `-07:00`.
    Pacific,
    /// A fixed distance from UTC, in minutes.
    Minutes(i32),
    /// `Z`.
    Zulu,
}

/// ISO 8601 to the second, with offset.
pub(crate) fn iso(at: Millis, zone: Zone) -> String {
    let instant = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = match zone {
        Zone::Zulu => return instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Zone::Pacific => TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC),
        Zone::Minutes(minutes) => {
            Offset::from_seconds(minutes * 60).map_or(TimeZone::UTC, Offset::to_time_zone)
        }
    };
    instant
        .to_zoned_datetime(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// UTC to the millisecond: for the books.
pub(crate) fn utc(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// An ISO 8601 time with an offset, as a merchant may send it.
pub(crate) fn parse_iso(text: &str) -> Option<Millis> {
    text.parse::<Timestamp>()
        .ok()
        .map(|instant| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_like_the_provider_writes_them() {
        let winter = parse_iso("2021-11-12T01:27:50-08:00").unwrap();
        assert_eq!(iso(winter, Zone::Pacific), "2021-11-12T01:27:50-08:00");
        assert_eq!(iso(winter, Zone::Minutes(510)), "2021-11-12T17:57:50+08:30");
        assert_eq!(iso(winter, Zone::Zulu), "2021-11-12T09:27:50Z");
        assert_eq!(utc(winter + 7), "2021-11-12T09:27:50.007Z");
        let summer = parse_iso("2025-04-14T20:35:50-07:00").unwrap();
        assert_eq!(iso(summer, Zone::Pacific), "2025-04-14T20:35:50-07:00");
    }

    #[test]
    fn the_clock_only_goes_forward() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(8 * 24 * 3600 * SECOND);
        clock.advance(-5 * SECOND);
        assert!(clock.now() - before >= 8 * 24 * 3600 * SECOND);
    }
}
