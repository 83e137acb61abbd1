//! Times, spans and counts as people read them.

use crate::span::words;
use console::measure_text_width;
use domain::{Seconds, Time};

/// `2026-01-05 08:00:03 UTC`.
pub(crate) fn utc(time: Time) -> String {
    let text = time.rfc3339();
    match text.split_once('T') {
        Some((date, clock)) => format!("{date} {} UTC", clock.trim_end_matches('Z')),
        None => text,
    }
}

/// As JSON: RFC 3339.
pub(crate) fn iso<S: serde::Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.rfc3339())
}

/// As [`iso`], or null.
pub(crate) fn iso_if<S: serde::Serializer>(
    time: &Option<Time>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => iso(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// `in 3 min`, `4 h ago`, `now`.
pub(crate) fn ago(time: Time, now: Time) -> String {
    let seconds = now.since(time).0;
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("{} ago", words(Seconds(seconds))),
        _ => format!("in {}", words(Seconds(-seconds))),
    }
}

/// `1 message`, `2 messages`.
pub(crate) fn count(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Lines of at most `width` characters, broken between words; a word that is longer has a line of its own.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let used = lines.last().map_or(0, |line| measure_text_width(line));
        if used > 0 && used + 1 + measure_text_width(word) > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc_and_said_from_now() {
        let now = Time::from_millis(1_767_571_200_000);
        assert_eq!(utc(now), "2026-01-05 00:00:00 UTC");
        assert_eq!(ago(now - Seconds(60), now), "60 s ago");
        assert_eq!(ago(now + Seconds(7_200), now), "in 2 h");
        assert_eq!(ago(now, now), "now");
    }

    #[test]
    fn lines_are_broken_between_words_and_nothing_is_lost() {
        let text = "one two three four-is-longer-than-the-line five";
        let lines = wrap(text, 9);
        assert_eq!(
            lines,
            ["one two", "three", "four-is-longer-than-the-line", "five"]
        );
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(count(1_u32, "message"), "1 message");
        assert_eq!(count(0_usize, "message"), "0 messages");
    }
}
