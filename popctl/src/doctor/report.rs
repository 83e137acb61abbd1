//! The checks, for people and for machines.

use super::checks::{Check, Outcome};
use crate::ending::Ending;
use crate::output::{Page, Report, Tone, utc};
use domain::Time;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Diagnosis {
    #[serde(serialize_with = "crate::output::iso")]
    now: Time,
    wrong: usize,
    not_checked: usize,
    checks: Vec<Check>,
}

impl Diagnosis {
    pub(super) fn of(now: Time, checks: Vec<Check>) -> Self {
        let count = |outcome| {
            checks
                .iter()
                .filter(|check| check.outcome == outcome)
                .count()
        };
        Self {
            now,
            wrong: count(Outcome::Wrong),
            not_checked: count(Outcome::NotChecked),
            checks,
        }
    }
}

impl Report for Diagnosis {
    fn print(&self, page: &mut Page) {
        page.line(utc(self.now));
        page.blank();
        let width = self
            .checks
            .iter()
            .map(|check| check.check.len())
            .max()
            .unwrap_or(0);
        for check in &self.checks {
            let (word, tone) = match check.outcome {
                Outcome::Ok => ("ok", Tone::Good),
                Outcome::Note => ("note", Tone::Warn),
                Outcome::Wrong => ("WRONG", Tone::Bad),
                Outcome::NotChecked => ("not checked", Tone::Warn),
            };
            let word = page.paint(tone, format!("{word:11}")).to_string();
            page.line(format!("{word}  {:width$}  {}", check.check, check.seen));
            if let Some(advice) = &check.advice {
                page.text(15 + width, advice);
            }
        }
        page.blank();
        let ok = self
            .checks
            .iter()
            .filter(|check| check.outcome == Outcome::Ok)
            .count();
        page.line(format!(
            "{ok} ok, {} wrong, {} not checked",
            self.wrong, self.not_checked
        ));
    }

    fn ending(&self) -> Ending {
        Ending::of(self.wrong == 0)
    }
}
