//! Settings from the environment. A missing or wrong one ends the start of the function with its name and what is
//! expected; values are never repeated, since some of them are secret.

use domain::{CaptureOn, Policy, Seconds};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use store::{DynamoSettings, SqsSettings};

/// Why the settings cannot be used: correct the named variable and deploy again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is not set, or empty.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// It is set to something else than expected.
    #[error("{name} is wrong: {problem}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// What is wrong, or what is expected.
        problem: String,
    },
    /// The TLS library refused its own defaults: a fault of the build.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// AWS cannot be called as it is configured.
    #[error(transparent)]
    Aws(#[from] aws_calls::Unfit),
}

/// Gives a variable's value. The environment in production, a closure in tests.
pub(crate) type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable that must be set.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    required_in(&environment, name)
}

/// A variable that may be absent; an empty one counts as absent.
#[must_use]
pub fn optional(name: &'static str) -> Option<String> {
    optional_in(&environment, name)
}

/// A variable that must be set, read by `parse`, whose error says what is wrong.
pub fn parsed<T, E: Display>(
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    parsed_in(&environment, name, parse)
}

/// A number within `range`; `default` if it is not set.
pub fn number<T: FromStr + PartialOrd + Display>(
    name: &'static str,
    default: T,
    range: RangeInclusive<T>,
) -> Result<T, ConfigError> {
    number_in(&environment, name, default, range)
}

/// The table: `TABLE_NAME`, `SWEEP_SHARDS` (4), `RECORD_RETENTION_DAYS` (730).
pub fn table() -> Result<DynamoSettings, ConfigError> {
    table_in(&environment)
}

/// The queues: `CAPTURE_QUEUE_URL`, `ORDER_EVENTS_QUEUE_URL`.
pub fn queues() -> Result<SqsSettings, ConfigError> {
    queues_in(&environment)
}

/// The rules' settings: `CAPTURE_MARGIN_SECONDS` (one day), `NOT_EXIST_GRACE_SECONDS` (900), `SEVERAL_CAPTURES` (false).
pub fn policy() -> Result<Policy, ConfigError> {
    policy_in(&environment)
}

/// How old a secret may become before it is read again: `SECRETS_MAX_AGE_SECONDS` (900).
pub fn secrets_max_age() -> Result<Seconds, ConfigError> {
    secrets_max_age_in(&environment)
}

/// When manual payments are captured unless the merchant says otherwise: `CAPTURE_ON` (`authorized`), and for `after`
/// also `CAPTURE_AFTER_SECONDS`.
pub fn capture_on() -> Result<CaptureOn, ConfigError> {
    capture_on_in(&environment)
}

pub(crate) fn optional_in(read: Read<'_>, name: &str) -> Option<String> {
    read(name).filter(|value| !value.trim().is_empty())
}

pub(crate) fn required_in(read: Read<'_>, name: &'static str) -> Result<String, ConfigError> {
    optional_in(read, name).ok_or(ConfigError::Missing(name))
}

fn parsed_in<T, E: Display>(
    read: Read<'_>,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    parse(&required_in(read, name)?).map_err(|error| ConfigError::Wrong {
        name,
        problem: error.to_string(),
    })
}

fn number_in<T: FromStr + PartialOrd + Display>(
    read: Read<'_>,
    name: &'static str,
    default: T,
    range: RangeInclusive<T>,
) -> Result<T, ConfigError> {
    let Some(text) = optional_in(read, name) else {
        return Ok(default);
    };
    let value = text.trim().parse().ok().filter(|n| range.contains(n));
    value.ok_or_else(|| ConfigError::Wrong {
        name,
        problem: format!(
            "a whole number from {} to {} is expected",
            range.start(),
            range.end()
        ),
    })
}

fn table_in(read: Read<'_>) -> Result<DynamoSettings, ConfigError> {
    Ok(DynamoSettings {
        table: required_in(read, "TABLE_NAME")?,
        shards: number_in(read, "SWEEP_SHARDS", 4, 1..=256)?,
        retention: Seconds::days(number_in(read, "RECORD_RETENTION_DAYS", 730, 1..=3650)?),
    })
}

fn queues_in(read: Read<'_>) -> Result<SqsSettings, ConfigError> {
    Ok(SqsSettings {
        capture_queue_url: required_in(read, "CAPTURE_QUEUE_URL")?,
        order_events_queue_url: required_in(read, "ORDER_EVENTS_QUEUE_URL")?,
    })
}

fn policy_in(read: Read<'_>) -> Result<Policy, ConfigError> {
    let usual = Policy::default();
    let (margin, grace) = (usual.capture_margin.0, usual.not_exist_grace.0);
    Ok(Policy {
        capture_margin: Seconds(number_in(
            read,
            "CAPTURE_MARGIN_SECONDS",
            margin,
            0..=Seconds::days(30).0,
        )?),
        not_exist_grace: Seconds(number_in(
            read,
            "NOT_EXIST_GRACE_SECONDS",
            grace,
            0..=Seconds::days(1).0,
        )?),
        several_captures: switch_in(read, "SEVERAL_CAPTURES", false)?,
        ..usual
    })
}

fn secrets_max_age_in(read: Read<'_>) -> Result<Seconds, ConfigError> {
    let longest = Seconds::days(1).0;
    number_in(read, "SECRETS_MAX_AGE_SECONDS", 900, 10..=longest).map(Seconds)
}

fn switch_in(read: Read<'_>, name: &'static str, default: bool) -> Result<bool, ConfigError> {
    match optional_in(read, name).as_deref() {
        None => Ok(default),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(ConfigError::Wrong {
            name,
            problem: "true or false is expected".into(),
        }),
    }
}

fn capture_on_in(read: Read<'_>) -> Result<CaptureOn, ConfigError> {
    match optional_in(read, "CAPTURE_ON").as_deref() {
        None | Some("authorized") => Ok(CaptureOn::Authorized),
        Some("request") => Ok(CaptureOn::Request),
        Some("after") => {
            required_in(read, "CAPTURE_AFTER_SECONDS")?;
            let span = number_in(read, "CAPTURE_AFTER_SECONDS", 0, 0..=Seconds::days(30).0)?;
            Ok(CaptureOn::After(Seconds(span)))
        }
        Some(_) => Err(ConfigError::Wrong {
            name: "CAPTURE_ON",
            problem: "authorized, request or after is expected".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(error: &ConfigError) -> &'static str {
        match error {
            ConfigError::Missing(name) | ConfigError::Wrong { name, .. } => name,
            ConfigError::Tls(_) | ConfigError::Aws(_) => "",
        }
    }

    fn with<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            let pair = pairs.iter().find(|(n, _)| *n == name);
            pair.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn a_required_variable_is_set_and_not_empty() {
        assert_eq!(required_in(&with(&[("A", "x")]), "A"), Ok("x".into()));
        for pairs in [&[][..], &[("A", "")], &[("A", " ")]] {
            let error = required_in(&with(pairs), "A").unwrap_err();
            assert_eq!(error.to_string(), "A is not set");
        }
    }

    #[test]
    fn numbers_are_held_against_their_range() {
        let number = |text| number_in(&with(&[("N", text)]), "N", 7_u16, 1..=10);
        assert_eq!(number(""), Ok(7));
        assert_eq!(number("1"), Ok(1));
        assert_eq!(number(" 10 "), Ok(10));
        for text in ["0", "11", "-1", "1.5", "x", "99999999999"] {
            let error = number(text).unwrap_err().to_string();
            assert_eq!(error, "N is wrong: a whole number from 1 to 10 is expected");
        }
    }

    #[test]
    fn a_parser_says_what_is_wrong_and_the_value_is_not_repeated() {
        let parse = |_: &str| Err::<(), _>("entry 2: not base64");
        let error = parsed_in(&with(&[("KEYS", "hush")]), "KEYS", parse).unwrap_err();
        assert_eq!(error.to_string(), "KEYS is wrong: entry 2: not base64");
    }

    #[test]
    fn the_tables_settings() {
        let table = table_in(&with(&[("TABLE_NAME", "t"), ("SWEEP_SHARDS", "4")])).unwrap();
        assert_eq!((table.table.as_str(), table.shards), ("t", 4));
        assert_eq!(table.retention, Seconds::days(730));
        assert_eq!(wrong(&table_in(&with(&[])).unwrap_err()), "TABLE_NAME");
        let bad = [("TABLE_NAME", "t"), ("SWEEP_SHARDS", "0")];
        assert_eq!(wrong(&table_in(&with(&bad)).unwrap_err()), "SWEEP_SHARDS");
    }

    #[test]
    fn both_queues_are_needed() {
        let one = [("CAPTURE_QUEUE_URL", "http://q/c")];
        let error = queues_in(&with(&one)).unwrap_err();
        assert_eq!(wrong(&error), "ORDER_EVENTS_QUEUE_URL");
        let both = [one[0], ("ORDER_EVENTS_QUEUE_URL", "http://q/o")];
        let queues = queues_in(&with(&both)).unwrap();
        assert_eq!(queues.order_events_queue_url, "http://q/o");
    }

    #[test]
    fn the_policy_takes_what_is_set_and_keeps_the_rest() {
        assert_eq!(policy_in(&with(&[])), Ok(Policy::default()));
        let policy = policy_in(&with(&[
            ("CAPTURE_MARGIN_SECONDS", "60"),
            ("NOT_EXIST_GRACE_SECONDS", "0"),
            ("SEVERAL_CAPTURES", "true"),
        ]));
        let want = Policy {
            several_captures: true,
            capture_margin: Seconds(60),
            not_exist_grace: Seconds(0),
            ..Policy::default()
        };
        assert_eq!(policy, Ok(want));
        let error = policy_in(&with(&[("CAPTURE_MARGIN_SECONDS", "-1")])).unwrap_err();
        assert_eq!(wrong(&error), "CAPTURE_MARGIN_SECONDS");
        let error = policy_in(&with(&[("SEVERAL_CAPTURES", "yes")])).unwrap_err();
        assert_eq!(wrong(&error), "SEVERAL_CAPTURES");
    }

    #[test]
    fn secrets_are_read_again_after_a_quarter_of_an_hour_unless_set() {
        let of = |text| secrets_max_age_in(&with(&[("SECRETS_MAX_AGE_SECONDS", text)]));
        assert_eq!((of(""), of("60")), (Ok(Seconds(900)), Ok(Seconds(60))));
        for bad in ["9", "86401", "x"] {
            assert_eq!(wrong(&of(bad).unwrap_err()), "SECRETS_MAX_AGE_SECONDS");
        }
    }

    #[test]
    fn capture_policies() {
        let of = |pairs: &[(&str, &str)]| capture_on_in(&with(pairs));
        assert_eq!(of(&[]), Ok(CaptureOn::Authorized));
        assert_eq!(
            of(&[("CAPTURE_ON", "authorized")]),
            Ok(CaptureOn::Authorized)
        );
        assert_eq!(of(&[("CAPTURE_ON", "request")]), Ok(CaptureOn::Request));
        let after = [("CAPTURE_ON", "after"), ("CAPTURE_AFTER_SECONDS", "3600")];
        assert_eq!(of(&after), Ok(CaptureOn::After(Seconds(3600))));
        assert_eq!(
            wrong(&of(&after[..1]).unwrap_err()),
            "CAPTURE_AFTER_SECONDS"
        );
        assert_eq!(
            wrong(&of(&[("CAPTURE_ON", "later")]).unwrap_err()),
            "CAPTURE_ON"
        );
    }
}
