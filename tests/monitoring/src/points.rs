//! Values of metrics by time.

use crate::metric::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values that a metric had at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// One or more.
    pub values: Vec<f64>,
}

/// All that was measured.
#[derive(Debug, Clone, Default)]
pub struct Points {
    series: BTreeMap<Metric, Vec<Point>>,
}

impl Points {
    /// Adds a value.
    pub fn add(&mut self, metric: Metric, at_ms: i64, value: f64) {
        self.insert(metric, at_ms, vec![value]);
    }

    /// Reads a line of a log. `false` if it is no metric of CloudWatch's embedded format.
    pub fn read_line(&mut self, line: &str) -> bool {
        // Lambda may put a time and an id before it.
        let Some(start) = line.find('{').filter(|_| line.contains("\"_aws\"")) else {
            return false;
        };
        let Ok(line) = serde_json::from_str::<Value>(&line[start..]) else {
            return false;
        };
        self.read(&line).is_some()
    }

    fn read(&mut self, line: &Value) -> Option<()> {
        let at_ms = line["_aws"]["Timestamp"].as_i64()?;
        for directive in line["_aws"]["CloudWatchMetrics"].as_array()? {
            let namespace = directive["Namespace"].as_str()?;
            for dimensions in directive["Dimensions"].as_array()? {
                let names = dimensions.as_array()?.iter().map(Value::as_str);
                let names: Vec<&str> = names.collect::<Option<_>>()?;
                let value_of =
                    |name: &str| Some((name.to_owned(), line[name].as_str()?.to_owned()));
                let dimensions = names.into_iter().map(value_of).collect::<Option<_>>()?;
                let metric = Metric::new(namespace, "", dimensions);
                for definition in directive["Metrics"].as_array()? {
                    let name = definition["Name"].as_str()?;
                    let values = match &line[name] {
                        Value::Array(values) => {
                            values.iter().map(Value::as_f64).collect::<Option<_>>()?
                        }
                        value => vec![value.as_f64()?],
                    };
                    self.insert(metric.named(name), at_ms, values);
                }
            }
        }
        Some(())
    }

    fn insert(&mut self, metric: Metric, at_ms: i64, values: Vec<f64>) {
        let series = self.series.entry(metric).or_default();
        let place = series.partition_point(|point| point.at_ms <= at_ms);
        series.insert(place, Point { at_ms, values });
    }

    /// Values of the metric from `from_ms` on and before `until_ms`.
    pub fn within(&self, metric: &Metric, from_ms: i64, until_ms: i64) -> Vec<f64> {
        let series = self.series.get(metric).map_or(&[][..], Vec::as_slice);
        let first = series.partition_point(|point| point.at_ms < from_ms);
        let last = series.partition_point(|point| point.at_ms < until_ms);
        let points = series.get(first..last).unwrap_or_default();
        points
            .iter()
            .flat_map(|point| point.values.iter().copied())
            .collect()
    }

    /// When the first and the last value were measured.
    #[must_use]
    pub fn span(&self) -> Option<(i64, i64)> {
        let first = self.series.values().filter_map(|series| series.first());
        let last = self.series.values().filter_map(|series| series.last());
        Some((
            first.map(|point| point.at_ms).min()?,
            last.map(|point| point.at_ms).max()?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"_aws":{"Timestamp":1000,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["Stack"]],
        "Metrics":[{"Name":"A","Unit":"Count"},{"Name":"B"}]}]},"Stack":"s","A":[1,2],"B":7,"C":9}"#;

    fn metric(name: &str) -> Metric {
        Metric::new("N", name, [("Stack".to_owned(), "s".to_owned())].into())
    }

    #[test]
    fn the_embedded_format_is_read_wherever_it_stands_in_the_line() {
        for line in [
            LINE.to_owned(),
            format!("2026-01-01T00:00:00Z id INFO {LINE}"),
        ] {
            let mut points = Points::default();
            assert!(points.read_line(&line));
            assert_eq!(points.within(&metric("A"), 0, 2_000), [1.0, 2.0]);
            assert_eq!(points.within(&metric("B"), 1_000, 1_001), [7.0]);
            assert_eq!(
                points.within(&metric("B"), 0, 1_000),
                [0.0; 0],
                "until is not within"
            );
            assert_eq!(
                points.within(&metric("C"), 0, 2_000),
                [0.0; 0],
                "a property"
            );
            assert_eq!(points.span(), Some((1_000, 1_000)));
        }
    }

    #[test]
    fn other_lines_are_no_metrics() {
        let mut points = Points::default();
        for line in [
            "",
            "{}",
            "swept",
            r#"{"_aws":1}"#,
            r#"{"message":"\"_aws\""}"#,
            "\"_aws\" {",
        ] {
            assert!(!points.read_line(line), "{line}");
        }
        assert_eq!(points.span(), None);
    }
}
