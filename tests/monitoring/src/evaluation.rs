//! Whether an alarm fires, by CloudWatch's rules for missing values.

use crate::alarm::{Alarm, Crosses, Missing};
use crate::formula::Row;
use crate::points::Points;
use serde::Serialize;

/// CloudWatch looks so many periods further back than it has to: values that come late are there, and values that are
/// there are preferred to made-up ones.
const FURTHER_BACK: usize = 2;

/// How an alarm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// It fires.
    Alarm,
    /// It does not.
    Ok,
}

impl Alarm {
    /// How it stands at this time.
    #[must_use]
    pub fn state(&self, points: &Points, now_ms: i64) -> State {
        let range =
            (0..self.periods + FURTHER_BACK).map(|back| self.value_of(points, now_ms, back));
        let mut real: Vec<f64> = range.flatten().collect();
        // As few made-up values as possible: of the real ones the latest, and only what then lacks is made up.
        real.truncate(self.periods);
        let missing = match self.missing {
            Missing::Good => 0,
            Missing::Bad => self.periods - real.len(),
        };
        let crossed = real.iter().filter(|value| self.is_crossed(**value)).count();
        if crossed + missing >= self.crossed {
            State::Alarm
        } else {
            State::Ok
        }
    }

    /// Its value in the period that ended so many periods ago.
    fn value_of(&self, points: &Points, now_ms: i64, back: usize) -> Option<f64> {
        let period_ms = self.period_seconds * 1000;
        let until = now_ms - period_ms * i64::try_from(back).ok()?;
        let mut row = Row::new();
        for (id, input) in &self.inputs {
            let values = points.within(&input.metric, until - period_ms, until);
            row.extend(input.statistic.of(&values).map(|value| (id.clone(), value)));
        }
        self.value.value(&row)
    }

    fn is_crossed(&self, value: f64) -> bool {
        match self.crosses {
            Crosses::AtLeast => value >= self.threshold,
            Crosses::Below => value < self.threshold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarm::Input;
    use crate::formula::Formula;
    use crate::metric::{Metric, Statistic};

    fn metric() -> Metric {
        Metric::of("N", "A", ("Stack", "s"))
    }

    /// Looks at minutes, three of them, two of which must reach 5.
    fn alarm(missing: Missing) -> Alarm {
        let input = Input {
            metric: metric(),
            statistic: Statistic::Sum,
        };
        Alarm {
            name: "Test".into(),
            description: "Words. docs/runbook.md#test".into(),
            value: Formula::Metric("value".into()),
            inputs: [("value".to_owned(), input)].into(),
            period_seconds: 60,
            periods: 3,
            crossed: 2,
            threshold: 5.0,
            crosses: Crosses::AtLeast,
            missing,
        }
    }

    /// The state after these minutes, the latest last; `-` for one without a value.
    fn after(alarm: &Alarm, minutes: &str) -> State {
        let mut points = Points::default();
        for (minute, value) in minutes.split(' ').enumerate() {
            if let Ok(value) = value.parse() {
                points.add(metric(), minute as i64 * 60_000 + 1, value);
            }
        }
        alarm.state(&points, minutes.split(' ').count() as i64 * 60_000)
    }

    #[test]
    fn so_many_of_so_many_periods_must_cross() {
        let alarm = alarm(Missing::Good);
        for (minutes, want) in [
            ("0 0 0", State::Ok),
            ("0 0 9", State::Ok),
            ("5 0 5", State::Alarm),
            ("9 9 0 0", State::Ok),
            ("9 9 9 0", State::Alarm),
        ] {
            assert_eq!(after(&alarm, minutes), want, "{minutes}");
        }
    }

    #[test]
    fn missing_values_are_made_up_only_where_there_are_too_few() {
        for (minutes, good, bad) in [
            ("- - -", State::Ok, State::Alarm),
            ("- - 9", State::Ok, State::Alarm),
            ("- 9 9", State::Alarm, State::Alarm),
            ("- 0 0", State::Ok, State::Ok),
            ("0 - -", State::Ok, State::Alarm),
            // Older values are preferred to made-up ones, as far back as is looked.
            ("9 9 0 - -", State::Alarm, State::Alarm),
            ("9 9 - - - -", State::Ok, State::Alarm),
            ("0 0 0 - -", State::Ok, State::Ok),
        ] {
            assert_eq!(
                after(&alarm(Missing::Good), minutes),
                good,
                "{minutes}, good"
            );
            assert_eq!(after(&alarm(Missing::Bad), minutes), bad, "{minutes}, bad");
        }
    }

    #[test]
    fn too_few_may_be_what_crosses() {
        let below = Alarm {
            crosses: Crosses::Below,
            ..alarm(Missing::Bad)
        };
        assert_eq!(after(&below, "5 5 5"), State::Ok);
        assert_eq!(after(&below, "4 5 4"), State::Alarm);
        assert_eq!(below.words(), "Words.");
        assert_eq!(below.runbook(), "docs/runbook.md#test");
    }
}
