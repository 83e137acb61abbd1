//! The template's alarms over what was measured.

use std::collections::BTreeMap;

use monitoring::{Alarm, Points, State};
use serde::Serialize;

use super::{MINUTE_MS, Watch};
use crate::clock::now_ms;

/// An alarm that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fired {
    /// Its logical id.
    pub(crate) alarm: String,
    /// What it says.
    pub(crate) says: String,
    /// Where the runbook says what to do.
    pub(crate) runbook: String,
    /// Minutes from the beginning of the run until it fired first.
    pub(crate) after_minutes: i64,
    /// Whether it still does.
    pub(crate) at_the_end: bool,
}

/// Which alarms fire, for one who looks again and again.
#[derive(Default)]
pub(crate) struct Firing {
    alarms: BTreeMap<String, Alarm>,
    looked_ms: Option<i64>,
}

impl Watch {
    /// The alarms that fired since the look began, looked at each minute. With a clock that is turned, the sweep's
    /// schedule stands still meanwhile, and its alarm says nothing.
    pub(crate) fn fired(
        &self,
        points: &Points,
        clock_is_turned: bool,
    ) -> anyhow::Result<Vec<Fired>> {
        let end_ms = now_ms();
        let mut fired = Vec::new();
        for alarm in monitoring::alarms(&self.template, &self.names)? {
            if clock_is_turned && alarm.name == "SweepNotRunningAlarm" {
                continue;
            }
            let minutes = (self.begun_ms..end_ms).step_by(MINUTE_MS as usize);
            let mut looks = minutes.chain([end_ms]);
            let Some(first) = looks.find(|now| alarm.state(points, *now) == State::Alarm) else {
                continue;
            };
            fired.push(Fired {
                says: alarm.words().to_owned(),
                runbook: alarm.runbook().to_owned(),
                after_minutes: (first - self.begun_ms) / MINUTE_MS,
                at_the_end: alarm.state(points, end_ms) == State::Alarm,
                alarm: alarm.name,
            });
        }
        Ok(fired)
    }

    /// What changed since the last look, in words; each minute since then is looked at, since the clock may be turned.
    pub(crate) fn changes(
        &self,
        points: &Points,
        firing: &mut Firing,
    ) -> anyhow::Result<Vec<String>> {
        let now = now_ms();
        let before = firing.looked_ms.replace(now).unwrap_or(now);
        let alarms = monitoring::alarms(&self.template, &self.names)?;
        let minutes = (before..now).step_by(MINUTE_MS as usize).skip(1);
        let looks = minutes.chain([now]);
        Ok(looks
            .flat_map(|at| firing.changes(&alarms, points, at))
            .collect())
    }
}

impl Firing {
    fn changes(&mut self, alarms: &[Alarm], points: &Points, now: i64) -> Vec<String> {
        let at = time_of_day(now);
        let mut changes = Vec::new();
        for alarm in alarms {
            let name = &alarm.name;
            match (alarm.state(points, now), self.alarms.contains_key(name)) {
                (State::Alarm, false) => {
                    let (words, runbook) = (alarm.words(), alarm.runbook());
                    changes.push(format!("{at} ALARM {name}: {words} {runbook}"));
                    self.alarms.insert(name.clone(), alarm.clone());
                }
                (State::Ok, true) => {
                    self.alarms.remove(name);
                    changes.push(format!("{at} over  {name}"));
                }
                _ => {}
            }
        }
        changes
    }
}

/// In UTC, of milliseconds since 1970.
fn time_of_day(at_ms: i64) -> String {
    let seconds = (at_ms / 1000).rem_euclid(86_400);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// The alarms for people: a line for each that fired.
pub(crate) fn lines(fired: &[Fired]) -> Vec<(String, String)> {
    let none = fired
        .is_empty()
        .then(|| ("alarms".to_owned(), "none fired".to_owned()));
    let line = |fired: &Fired| {
        let end = if fired.at_the_end {
            ", fires at the end"
        } else {
            ""
        };
        let after = fired.after_minutes;
        let words = format!(
            "fired in minute {after}{end}: {} {}",
            fired.says, fired.runbook
        );
        (format!("  {}", fired.alarm), words)
    };
    let head = (!fired.is_empty()).then(|| ("alarms".to_owned(), fired.len().to_string()));
    none.into_iter()
        .chain(head)
        .chain(fired.iter().map(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use monitoring::{Metric, Names};

    #[test]
    fn what_begins_and_what_is_over_is_told_once() {
        let template = template::load();
        let names = Names::defaults(&template, "shop");
        let alarms = monitoring::alarms(&template, &names).unwrap();
        let mut points = Points::default();
        let metric = Metric::of("PopPayments", "SignatureFailures", ("Stack", "shop"));
        points.add(metric, 60 * MINUTE_MS, 5.0);
        let mut firing = Firing::default();
        let alarms: Vec<Alarm> = alarms
            .into_iter()
            .filter(|alarm| alarm.name == "SignatureFailuresAlarm")
            .collect();
        let told: Vec<String> = (59..90)
            .flat_map(|minute| firing.changes(&alarms, &points, minute * MINUTE_MS))
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("01:01:00 ALARM SignatureFailuresAlarm: "));
        assert_eq!(told[1], "01:16:00 over  SignatureFailuresAlarm");
    }

    #[test]
    fn alarms_are_told_with_their_place_in_the_runbook() {
        assert_eq!(lines(&[]), [("alarms".to_owned(), "none fired".to_owned())]);
        let fired = Fired {
            alarm: "SilenceAlarm".into(),
            says: "No word.".into(),
            runbook: "docs/runbook.md#silence".into(),
            after_minutes: 4,
            at_the_end: true,
        };
        let lines = lines(&[fired]);
        assert_eq!(lines[0].1, "1");
        assert_eq!(
            lines[1].1,
            "fired in minute 4, fires at the end: No word. docs/runbook.md#silence"
        );
    }
}
