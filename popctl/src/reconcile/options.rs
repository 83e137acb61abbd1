//! What is asked for.

use crate::problem::{BAD_INPUT, Problem};
use clap::ValueEnum;
use domain::{Seconds, Time};
use reports::{Encoding, Period, Settings, Unit};
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Transaction details, settlement details and settlement summaries, as CSV or XLSX; all parts of what is to agree.
    #[arg(required = true, value_name = "REPORT")]
    pub(super) reports: Vec<PathBuf>,
    /// What amounts are in: `major` units (14.50) or `minor` ones (1450). Held against the lines, never guessed.
    #[arg(long, value_name = "UNIT", value_enum)]
    amounts: Option<Amounts>,
    /// From when on the reports hold everything: a day (as POP's reports count them, at UTC+8), or a time with its
    /// offset. What we captured or refunded since then must be in them. `none` looks for nothing that is missing.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Until when the reports hold everything; now by default.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// How many days a capture or refund may take to appear in the reports.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(0..=365))]
    absent_after: u16,
    /// Whose trails of signed messages are read: of payments that do not match, of all that the table has (which costs a
    /// query each), or of none.
    #[arg(long, value_enum, value_name = "WHICH", default_value = "differing")]
    pub(super) trails: Trails,
    /// What CSV files are written in.
    #[arg(long, value_enum, value_name = "NAME", default_value = "utf-8")]
    encoding: Written,
    /// Write the statement to this file as a page for people.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Amounts {
    Major,
    Minor,
}

/// Whose trails are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trails {
    Differing,
    All,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Written {
    #[value(name = "utf-8")]
    Utf8,
    Gbk,
}

/// From when on ours must be in the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    At(Time),
    Never,
    NotGiven,
}

impl Options {
    /// How to reconcile; `now` is where the period ends unless it is said.
    pub(super) fn settings(&self, now: Time) -> anyhow::Result<Settings> {
        let to = self
            .to
            .as_deref()
            .map(|text| time("--to", text))
            .transpose()?;
        let to = to.unwrap_or(now);
        let period = match self.from()? {
            From::At(from) if from >= to => {
                let words = "--from is not before --to (which is now unless it is given)";
                return Err(Problem::new(BAD_INPUT, words).into());
            }
            From::At(from) => Some(Period { from, to }),
            From::Never | From::NotGiven => None,
        };
        Ok(Settings {
            unit: self.amounts.map(|amounts| match amounts {
                Amounts::Major => Unit::Major,
                Amounts::Minor => Unit::Minor,
            }),
            period,
            absent_after: self.absent_after(),
            encoding: match self.encoding {
                Written::Utf8 => Encoding::Utf8,
                Written::Gbk => Encoding::Gbk,
            },
        })
    }

    pub(super) fn from(&self) -> anyhow::Result<From> {
        match self.from.as_deref() {
            None => Ok(From::NotGiven),
            Some("none") => Ok(From::Never),
            Some(text) => time("--from", text).map(From::At),
        }
    }

    pub(super) fn absent_after(&self) -> Seconds {
        Seconds::days(self.absent_after.into())
    }
}

/// A day at UTC+8, or a time with its offset.
fn time(option: &'static str, text: &str) -> anyhow::Result<Time> {
    let is_day = text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let of_day = format!("{text}T00:00:00+08:00");
    let time = Time::parse(if is_day { &of_day } else { text });
    let words = || {
        let words = format!(
            "{option}: a day (2026-04-01), or a time with its offset (2026-04-01T00:00:00+02:00)"
        );
        Problem::new(BAD_INPUT, words)
    };
    Ok(time.ok_or_else(words)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::code_of;

    #[test]
    fn days_are_those_of_the_reports() {
        for (text, want) in [
            ("2026-04-01", Ok("2026-03-31T16:00:00Z")),
            ("2026-04-01T00:00:00+02:00", Ok("2026-03-31T22:00:00Z")),
            ("2026-04-01T00:00:00Z", Ok("2026-04-01T00:00:00Z")),
            ("2026-13-01", Err(BAD_INPUT)),
            ("yesterday", Err(BAD_INPUT)),
            ("2026-04-01T00:00:00", Err(BAD_INPUT)),
        ] {
            let got = time("--from", text).map(Time::rfc3339);
            let got = got.map_err(|error| code_of(&error));
            assert_eq!(got, want.map(str::to_owned), "{text}");
        }
    }
}
