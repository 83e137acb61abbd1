//! Medians, percentiles, and ratios within one round.

use serde::Serialize;

/// The value below which this share lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1) as f64;
    values
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The middle of several measurements, and how far they reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        Self {
            median: percentile(&mut values, 0.5),
            least: percentile(&mut values, 0.0),
            most: percentile(&mut values, 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        let spread = Spread::of([3.0, 1.0, 2.0, 10.0, 4.0]);
        let wanted = Spread {
            median: 3.0,
            least: 1.0,
            most: 10.0,
        };
        assert_eq!(spread, wanted);
        let mut hundred: Vec<f64> = (0..101).map(f64::from).collect();
        assert_eq!(percentile(&mut hundred, 0.99), 99.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
