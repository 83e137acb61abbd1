//! Spans of time, as people write and read them.

use domain::Seconds;

/// Reads `90s`, `20min`, `2h`, `3d`.
pub(crate) fn parse_span(text: &str) -> Result<Seconds, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "s" => 1,
        "min" | "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 0,
    };
    let number: Option<i64> = number.parse().ok().filter(|_| unit > 0);
    let span = number.and_then(|number| number.checked_mul(unit));
    span.map(Seconds)
        .ok_or_else(|| "a span like 90s, 20min, 2h or 3d is expected".to_owned())
}

/// In its two largest units: `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn words(span: Seconds) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_unit_and_no_other_way() {
        for (text, want) in [
            ("90s", 90),
            ("20min", 1_200),
            ("5m", 300),
            ("2h", 7_200),
            ("3d", 259_200),
        ] {
            assert_eq!(parse_span(text), Ok(Seconds(want)), "{text}");
        }
        for wrong in [
            "",
            "5",
            "h",
            "-1h",
            "1.5h",
            "5 weeks",
            "99999999999999999999d",
        ] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

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
            assert_eq!(words(Seconds(seconds)), want);
        }
    }
}
