//! Points in time and spans. Nothing here reads a clock: times are handed in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// A point in time, in milliseconds since 1970 (UTC).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A span of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub i64);

impl Seconds {
    /// So many hours.
    #[must_use]
    pub const fn hours(n: i64) -> Self {
        Self(n * 3600)
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400)
    }
}

impl Time {
    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads what POP writes: ISO 8601 with an offset or `Z`, with or without fractions of a second
    /// (`2020-01-01T12:01:00+08:30`), or milliseconds since 1970 in digits. `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().map(Self);
        }
        let instant: Timestamp = text.parse().ok()?;
        Some(Self(instant.as_millisecond()))
    }

    /// RFC 3339 in UTC, to the second: what POP takes as `paymentExpiryTime`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let instant =
            Timestamp::from_second(self.0.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH);
        instant.to_string()
    }

    /// Whole seconds from `earlier` to here; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds((self.0.saturating_sub(earlier.0)).div_euclid(1000))
    }
}

impl Add<Seconds> for Time {
    type Output = Self;
    fn add(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(1000)))
    }
}

impl Sub<Seconds> for Time {
    type Output = Self;
    fn sub(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0.saturating_mul(1000)))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_ways_to_write_a_time() {
        for (text, want) in [
            ("2020-01-01T12:01:00+08:30", Some("2020-01-01T03:31:00Z")),
            ("2021-11-12T01:27:50-08:00", Some("2021-11-12T09:27:50Z")),
            ("2019-01-01T01:01:01Z", Some("2019-01-01T01:01:01Z")),
            ("2019-01-01T01:01:01.123456Z", Some("2019-01-01T01:01:01Z")),
            ("1685599933871", Some("2023-06-01T06:12:13Z")),
            ("", None),
            ("yesterday", None),
            ("2019-01-01", None),
            ("-5", None),
            ("+5", None),
            ("253402207200000", Some("9999-12-30T22:00:00Z")),
            ("1000000000000000", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(
                Time::parse(text).map(Time::rfc3339),
                want.map(str::to_owned),
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_is_shown_as_it_is_written() {
        let time = Time::from_millis(1_735_689_600_999);
        assert_eq!(
            format!("{time} {time:?}"),
            "2025-01-01T00:00:00Z 2025-01-01T00:00:00Z"
        );
    }

    #[test]
    fn spans_are_counted_in_seconds() {
        assert_eq!(Seconds::hours(6), Seconds(6 * 60 * 60));
        assert_eq!(Seconds::days(7), Seconds(7 * 24 * 60 * 60));
    }

    #[test]
    fn arithmetic_saturates() {
        let t = Time::from_millis(i64::MAX) + Seconds(5);
        assert_eq!(t.millis(), i64::MAX);
        assert_eq!(
            Time::from_millis(5_500).since(Time::from_millis(1_000)),
            Seconds(4)
        );
    }
}
