//! The provider's clock: the system's, which can be turned forward, or one that stands until it is set.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Milliseconds since the epoch.
pub(crate) type Millis = i64;

/// Seconds in milliseconds.
pub(crate) const SECOND: Millis = 1000;

/// A clock that never goes back.
#[derive(Debug)]
pub(crate) enum Clock {
    /// Runs with the system's, so many milliseconds ahead.
    Running(AtomicI64),
    /// Stands until it is set. There is no other time.
    Standing(AtomicI64),
}

impl Clock {
    /// The system's time, until it is turned forward.
    pub(crate) fn running() -> Self {
        Self::Running(AtomicI64::new(0))
    }

    pub(crate) fn standing_at(now: Millis) -> Self {
        Self::Standing(AtomicI64::new(now))
    }

    /// The provider's time.
    pub(crate) fn now(&self) -> Millis {
        match self {
            Self::Running(ahead) => wall_clock() + ahead.load(Ordering::Relaxed),
            Self::Standing(now) => now.load(Ordering::Relaxed),
        }
    }

    /// The system's time, for what is compared with other programs' times.
    pub(crate) fn system(&self) -> Millis {
        match self {
            Self::Running(_) => wall_clock(),
            Self::Standing(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Turns the clock forward.
    pub(crate) fn advance(&self, by: Millis) {
        let (Self::Running(time) | Self::Standing(time)) = self;
        time.fetch_add(by.max(0), Ordering::Relaxed);
    }

    /// Sets a standing clock; a running one goes its way.
    pub(crate) fn set(&self, to: Millis) {
        if let Self::Standing(now) = self {
            now.fetch_max(to, Ordering::Relaxed);
        }
    }
}

fn wall_clock() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// US Pacific time by the rule of this century; no time zone database is needed for it.
static PACIFIC: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or(TimeZone::UTC));

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
        Zone::Pacific => PACIFIC.clone(),
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
        let clock = Clock::running();
        let before = clock.now();
        clock.advance(8 * 24 * 3600 * SECOND);
        clock.advance(-5 * SECOND);
        assert!(clock.now() - before >= 8 * 24 * 3600 * SECOND);
    }

    #[test]
    fn a_standing_clock_is_moved_by_hand_only() {
        let clock = Clock::standing_at(1000);
        clock.set(5000);
        clock.set(4000);
        clock.advance(-1);
        assert_eq!((clock.now(), clock.system()), (5000, 5000));
        clock.advance(1);
        assert_eq!(clock.now(), 5001);
    }
}
