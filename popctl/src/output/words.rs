//! Times, spans and counts as people read them.

use domain::{Seconds, Time};

/// `2026-01-05 08:00:03 UTC`.
pub(crate) fn utc(time: Time) -> String {
    let text = time.rfc3339();
    match text.split_once('T') {
        Some((date, clock)) => format!("{date} {} UTC", clock.trim_end_matches('Z')),
        None => text,
    }
}

/// `in 3 min`, `4 h ago`, `now`.
pub(crate) fn ago(time: Time, now: Time) -> String {
    let seconds = now.since(time).0;
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("{} ago", span(Seconds(seconds))),
        _ => format!("in {}", span(Seconds(-seconds))),
    }
}

/// A span in its two largest units: `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn span(span: Seconds) -> String {
    let seconds = span.0.max(0);
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0..120 => format!("{seconds} s"),
        120..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
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
        let used = lines.last().map_or(0, |line| line.chars().count());
        if used > 0 && used + 1 + word.chars().count() > width {
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
    fn spans_have_two_units_at_most() {
        for (seconds, want) in [
            (0, "0 s"),
            (119, "119 s"),
            (185, "3 min"),
            (3_600, "1 h"),
            (7_500, "2 h 5 min"),
            (86_400, "1 d"),
            (273_700, "3 d 4 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(span(Seconds(seconds)), want);
        }
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
