//! A dashboard as a page of charts, to be looked at in a browser without CloudWatch.

mod chart;
mod scale;

use crate::dashboard::Dashboard;
use crate::points::Points;
use chart::Frame;
use std::fmt::Write as _;

/// At most so many periods are drawn side by side.
const PERIODS: i64 = 90;

const MINUTE_MS: i64 = 60_000;

const STYLE: &str = "
  body { margin: 0; padding: 16px 20px 20px; background: #f2f3f3; color: #16191f; font: 14px/1.4 system-ui, 'DejaVu Sans', sans-serif }
  h1 { font-size: 18px; margin: 0 0 2px } p { margin: 0 0 14px; color: #545b64 }
  main { display: grid; grid-template-columns: repeat(24, 1fr); gap: 12px }
  section { background: #fff; border: 1px solid #d5dbdb; border-radius: 4px; padding: 10px 12px 8px; min-width: 0 }
  h2 { font-size: 14px; margin: 0 0 4px; font-weight: 600 } h2 small { font-weight: 400; color: #687078 }
  svg { display: block; width: 100%; height: auto } svg text { font-size: 10px; fill: #545b64 }
  ul { list-style: none; margin: 4px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: 12px; color: #414750 }
  li i { display: inline-block; width: 10px; height: 3px; margin-right: 5px; vertical-align: middle }
  li.none { color: #879596 }
";

/// The page of what was measured from one time to another, in milliseconds since 1970; `title` and `words` stand above the
/// charts.
#[must_use]
pub fn page(
    dashboard: &Dashboard,
    points: &Points,
    span: (i64, i64),
    title: &str,
    words: &str,
) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head>\n<body><h1>{0}</h1><p>{1}</p><main>\n",
        escaped(title),
        escaped(words)
    );
    let frame = frame(span);
    for chart in &dashboard.charts {
        let [x, y, width, height] = chart.place;
        // Writing to a text does not fail.
        let _ = writeln!(
            page,
            "<section style=\"grid-column: {} / span {width}; grid-row: {} / span {height}\">{}</section>",
            x + 1,
            y + 1,
            chart::draw(chart, points, frame),
        );
    }
    page + "</main></body></html>\n"
}

/// From whole minute to whole minute, in periods of whole minutes.
fn frame((first, last): (i64, i64)) -> Frame {
    let from_ms = first.div_euclid(MINUTE_MS) * MINUTE_MS;
    let minutes = (last - from_ms).max(0) / MINUTE_MS + 1;
    let period_ms = (minutes + PERIODS - 1) / PERIODS * MINUTE_MS;
    let periods = (minutes * MINUTE_MS + period_ms - 1) / period_ms;
    Frame {
        from_ms,
        period_ms,
        periods,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::{Chart, Line};
    use crate::metric::{Metric, Statistic};

    fn metric() -> Metric {
        Metric::of("N", "A", ("Stack", "s"))
    }

    fn drawn(points: &Points) -> String {
        let line = Line {
            label: "a < b".into(),
            metric: metric(),
            statistic: Statistic::Sum,
        };
        let silent = Line {
            label: "silent".into(),
            metric: Metric::of("N", "B", ("Stack", "s")),
            statistic: Statistic::Sum,
        };
        let chart = Chart {
            title: "Chart".into(),
            unit: Some("seconds".into()),
            place: [0, 0, 8, 6],
            lines: vec![line, silent],
            limits: vec![("near".into(), 12.0), ("far".into(), 900.0)],
        };
        let dashboard = Dashboard {
            charts: vec![chart],
        };
        page(&dashboard, points, (0, 5 * MINUTE_MS + 8), "Title", "Words")
    }

    #[test]
    fn values_are_drawn_and_what_has_none_says_so() {
        let mut points = Points::default();
        for minute in [0, 1, 2, 5] {
            points.add(metric(), minute * MINUTE_MS + 7, 10.0);
        }
        let page = drawn(&points);
        assert!(page.contains("a &lt; b"), "{page}");
        assert!(page.contains("silent: no values"), "{page}");
        assert_eq!(
            page.matches("<path").count(),
            1,
            "one stretch of neighbours: {page}"
        );
        assert_eq!(page.matches("<circle").count(), 1, "one alone: {page}");
        assert_eq!(
            page.matches("stroke-dasharray").count(),
            1,
            "the limit on the scale: {page}"
        );
        assert!(page.contains("far: 900, above the scale"), "{page}");
    }

    #[test]
    fn a_long_time_has_longer_periods() {
        for (last, period, periods) in [(0, 1, 1), (59, 1, 60), (24 * 60, 17, 85)] {
            let frame = frame((0, last * MINUTE_MS));
            assert_eq!(
                (frame.period_ms, frame.periods),
                (period * MINUTE_MS, periods)
            );
        }
    }
}
