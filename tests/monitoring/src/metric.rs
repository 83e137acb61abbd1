//! A metric's name, and what is made of its values.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What identifies a metric in CloudWatch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metric {
    /// Who measures.
    pub namespace: String,
    /// What.
    pub name: String,
    /// Of what.
    pub dimensions: BTreeMap<String, String>,
}

impl Metric {
    /// The metric with these dimensions.
    #[must_use]
    pub fn new(namespace: &str, name: &str, dimensions: BTreeMap<String, String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions,
        }
    }

    /// The metric with one dimension, as AWS's own have.
    #[must_use]
    pub fn of(namespace: &str, name: &str, dimension: (&str, &str)) -> Self {
        let (key, value) = dimension;
        Self::new(namespace, name, [(key.into(), value.into())].into())
    }

    /// Another one of the same namespace and dimensions.
    #[must_use]
    pub(crate) fn named(&self, name: &str) -> Self {
        Self::new(&self.namespace, name, self.dimensions.clone())
    }
}

/// What becomes of the values within a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// All added up.
    Sum,
    /// The largest.
    Maximum,
    /// How many there are.
    SampleCount,
    /// The value below which this share of them lies, from 0 to 1.
    Percentile(f64),
}

impl Statistic {
    /// Reads CloudWatch's word; `None` if it is one that nothing here uses.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "Sum" => Some(Self::Sum),
            "Maximum" => Some(Self::Maximum),
            "SampleCount" => Some(Self::SampleCount),
            _ => {
                let share: f64 = word.strip_prefix('p')?.parse().ok()?;
                (0.0..=100.0)
                    .contains(&share)
                    .then_some(Self::Percentile(share / 100.0))
            }
        }
    }

    /// The statistic of these values; `None` of none.
    #[must_use]
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        match self {
            Self::Sum => Some(values.iter().sum()),
            Self::Maximum => sorted.last().copied(),
            Self::SampleCount => Some(values.len() as f64),
            Self::Percentile(share) => {
                let place = (share * values.len() as f64).ceil() as usize;
                sorted.get(place.max(1) - 1).copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_values() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0, 9.0, 6.0, 8.0, 7.0, 100.0];
        let of = |word: &str, values: &[f64]| Statistic::parse(word).unwrap().of(values);
        for (word, want) in [
            ("Sum", 145.0),
            ("Maximum", 100.0),
            ("SampleCount", 10.0),
            ("p50", 5.0),
            ("p90", 9.0),
            ("p99", 100.0),
            ("p0", 1.0),
        ] {
            assert_eq!(of(word, &values), Some(want), "{word}");
            assert_eq!(of(word, &[]), None, "{word}");
            assert_eq!(of(word, &[1.0]), Some(1.0), "{word}");
        }
        for word in ["", "Median", "p", "p101", "px"] {
            assert_eq!(Statistic::parse(word), None, "{word}");
        }
    }
}
