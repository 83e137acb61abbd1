//! The scale of a chart's values.

/// From zero to a round number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    step: f64,
    steps: u32,
}

/// A limit is on the scale if it is at most so many times the highest value.
const NEAR: f64 = 3.0;

impl Scale {
    /// A scale on which these values lie, and the limits that are not far above them.
    pub(super) fn for_values(highest: f64, limits: impl Iterator<Item = f64>) -> Self {
        let near = limits.filter(|limit| *limit <= highest * NEAR);
        let highest = near.fold(highest, f64::max).max(1.0);
        let rough = highest / 4.0;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * magnitude);
        let step = round
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        // Things are counted in whole numbers.
        let step = if highest <= 4.0 { 1.0 } else { step };
        Self {
            step,
            steps: (highest / step).ceil() as u32,
        }
    }

    /// The highest mark.
    pub(super) fn top(&self) -> f64 {
        self.step * f64::from(self.steps)
    }

    /// All marks from zero on.
    pub(super) fn marks(&self) -> impl Iterator<Item = f64> {
        let step = self.step;
        (0..=self.steps).map(move |number| step * f64::from(number))
    }

    /// Whether a value lies on it.
    pub(super) fn holds(&self, value: f64) -> bool {
        value <= self.top()
    }
}

/// A number for people.
pub(super) fn shown(value: f64) -> String {
    match value {
        _ if value >= 10_000_000.0 => format!("{}M", round(value / 1_000_000.0)),
        _ if value >= 10_000.0 => format!("{}k", round(value / 1000.0)),
        _ => round(value),
    }
}

fn round(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_hold_what_is_drawn() {
        for (highest, limit, top) in [
            (0.0, 50.0, 1.0),
            (3.0, 50.0, 3.0),
            (17.0, 900.0, 20.0),
            (17.0, 40.0, 40.0),
            (640.0, 5_000.0, 800.0),
            (9_100.0, 5_000.0, 10_000.0),
        ] {
            let scale = Scale::for_values(highest, [limit].into_iter());
            assert!(
                (scale.top() - top).abs() < 1e-9,
                "{highest}, {limit}: {}",
                scale.top()
            );
            assert!(scale.marks().count() <= 6, "{highest}, {limit}");
            assert_eq!(scale.holds(limit), limit <= top);
        }
        assert_eq!(
            [0.5, 20.0, 12_500.0, 2e7].map(shown),
            ["0.5", "20", "12.5k", "20M"]
        );
    }
}
