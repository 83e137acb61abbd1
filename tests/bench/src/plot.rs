//! Bars with what they stand for, as SVG: the middle as a bar, least and most as a line across its end.

use crate::stats::Spread;
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 48.0;
const ROW: f64 = 34.0;
const OURS: &str = "#0b6e4f";
const OTHERS: &str = "#8a94a6";

/// One bar.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: Spread,
    pub(crate) ours: bool,
}

/// Draws the bars. The scale is logarithmic: the slowest is hundreds of times as long as the quickest.
pub(crate) fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 16.0;
    let least = bars
        .iter()
        .map(|bar| bar.value.least)
        .fold(f64::MAX, f64::min);
    let most = bars.iter().map(|bar| bar.value.most).fold(0.0, f64::max);
    // From a power of ten below the shortest, so that each has a length.
    let from = 10f64.powf((least / 2.0).log10().floor());
    let place =
        |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * (value / from).log10() / (most / from).log10();
    let told: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {} {unit}", bar.name, figure(bar.value.median)))
        .collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"14\">\n\
         <title>{title}</title>\n<desc>{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\" fill=\"#1a1f2b\">{title} ({unit}, logarithmic)</text>\n",
        told.join("; ")
    );
    for (n, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * n as f64;
        let (end, low, high) = (
            place(bar.value.median),
            place(bar.value.least),
            place(bar.value.most),
        );
        let colour = if bar.ours { OURS } else { OTHERS };
        let middle = y + 11.0;
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a1f2b\">{}</text>\n\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"22\" rx=\"3\" fill=\"{colour}\"/>\n\
             <path d=\"M{low:.1} {middle}H{high:.1}\" stroke=\"#1a1f2b\" stroke-width=\"1.5\"/>\n\
             <text x=\"{:.1}\" y=\"{}\" fill=\"#1a1f2b\">{}</text>\n",
            LEFT - 12.0,
            y + 16.0,
            bar.name,
            end - LEFT,
            high + 10.0,
            y + 16.0,
            figure(bar.value.median),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Three figures are as many as such a measurement has.
pub(crate) fn figure(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_times_have_longer_bars_and_each_is_told_in_words() {
        let bar = |name: &str, value: f64| Bar {
            name: name.into(),
            value: Spread::of([value, value * 1.1, value * 0.9]),
            ours: name == "ours",
        };
        let svg = bars("Start", "ms", &[bar("ours", 5.0), bar("other", 500.0)]);
        let widths: Vec<f64> = svg
            .split("width=\"")
            .filter_map(|part| part.split('"').next()?.parse().ok())
            .filter(|width| *width < WIDTH - LEFT && *width > 10.0)
            .collect();
        assert_eq!(widths.len(), 2, "{svg}");
        assert!(widths[0] < widths[1]);
        assert!(
            svg.contains("<desc>ours 5.00 ms; other 500 ms</desc>"),
            "{svg}"
        );
    }
}
