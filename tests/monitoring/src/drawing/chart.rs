//! One chart: lines over time, limits, and a legend.

use super::escaped;
use super::scale::{Scale, shown};
use crate::dashboard::{Chart, Line};
use crate::points::Points;
use std::fmt::Write as _;

/// The time that is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) from_ms: i64,
    pub(super) period_ms: i64,
    pub(super) periods: i64,
}

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 44.0;
const BOTTOM: f64 = 18.0;
const TOP: f64 = 6.0;

const COLOURS: [&str; 8] = [
    "#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f",
];
const LIMIT: &str = "#b4232c";

/// The chart's content.
pub(super) fn draw(chart: &Chart, points: &Points, frame: Frame) -> String {
    let series: Vec<Vec<Option<f64>>> = chart
        .lines
        .iter()
        .map(|line| values(line, points, frame))
        .collect();
    let highest = series
        .iter()
        .flatten()
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    let scale = Scale::for_values(highest, chart.limits.iter().map(|(_, value)| *value));
    let unit = chart
        .unit
        .as_ref()
        .map(|unit| format!(" <small>{}</small>", escaped(unit)));
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
    svg += &axes(&scale, frame);
    for (number, (name, value)) in chart.limits.iter().enumerate() {
        if scale.holds(*value) {
            svg += &limit(name, *value, &scale, number % 2 == 0);
        }
    }
    for (series, colour) in series.iter().zip(COLOURS) {
        svg += &line(series, colour, &scale, frame);
    }
    format!(
        "<h2>{}{}</h2>{svg}</svg>{}",
        escaped(&chart.title),
        unit.unwrap_or_default(),
        legend(chart, &series, &scale)
    )
}

/// A limit and its name, to the right or to the left, so that names of neighbours do not lie upon each other.
fn limit(name: &str, value: f64, scale: &Scale, to_the_right: bool) -> String {
    let y = height_of(value, scale);
    let (x, anchor) = match to_the_right {
        true => (WIDTH - 2.0, "end"),
        false => (LEFT + 2.0, "start"),
    };
    format!(
        "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{WIDTH}\" y2=\"{y:.1}\" stroke=\"{LIMIT}\" stroke-dasharray=\"5 3\"/>\
         <text x=\"{x}\" y=\"{:.1}\" text-anchor=\"{anchor}\" style=\"fill:{LIMIT}\">{} {}</text>",
        if y < 15.0 { y + 11.0 } else { y - 3.0 }, // within the picture
        escaped(name),
        shown(value)
    )
}

/// The value of each period.
fn values(line: &Line, points: &Points, frame: Frame) -> Vec<Option<f64>> {
    let period = |number| {
        let from = frame.from_ms + number * frame.period_ms;
        line.statistic
            .of(&points.within(&line.metric, from, from + frame.period_ms))
    };
    (0..frame.periods).map(period).collect()
}

fn height_of(value: f64, scale: &Scale) -> f64 {
    HEIGHT - BOTTOM - value / scale.top() * (HEIGHT - BOTTOM - TOP)
}

fn place_of(period: f64, frame: Frame) -> f64 {
    LEFT + (period + 0.5) / frame.periods as f64 * (WIDTH - LEFT)
}

fn axes(scale: &Scale, frame: Frame) -> String {
    let mut axes = String::new();
    for value in scale.marks() {
        let y = height_of(value, scale);
        let _ = write!(
            axes,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{WIDTH}\" y2=\"{y:.1}\" stroke=\"#eaeded\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 5.0,
            y + 3.0,
            shown(value)
        );
    }
    let step = (frame.periods / 5).max(1);
    for period in (0..frame.periods).step_by(usize::try_from(step).unwrap_or(1)) {
        let seconds = (frame.from_ms + period * frame.period_ms) / 1000;
        let (hours, minutes) = (
            seconds.rem_euclid(86_400) / 3600,
            seconds.rem_euclid(3600) / 60,
        );
        let _ = write!(
            axes,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{hours:02}:{minutes:02}</text>",
            place_of(period as f64, frame),
            HEIGHT - 4.0
        );
    }
    axes
}

/// Neighbours are joined; one without neighbours is a dot.
fn line(series: &[Option<f64>], colour: &str, scale: &Scale, frame: Frame) -> String {
    let mut drawn = String::new();
    let mut stretch: Vec<(f64, f64)> = Vec::new();
    for (period, value) in series.iter().copied().chain([None]).enumerate() {
        if let Some(value) = value {
            stretch.push((place_of(period as f64, frame), height_of(value, scale)));
            continue;
        }
        match stretch.as_slice() {
            [] => {}
            [(x, y)] => {
                let _ = write!(
                    drawn,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"{colour}\"/>"
                );
            }
            points => {
                let steps: Vec<String> = points
                    .iter()
                    .map(|(x, y)| format!("{x:.1} {y:.1}"))
                    .collect();
                let _ = write!(
                    drawn,
                    "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"/>",
                    steps.join("L")
                );
            }
        }
        stretch.clear();
    }
    drawn
}

fn legend(chart: &Chart, series: &[Vec<Option<f64>>], scale: &Scale) -> String {
    let mut legend = String::from("<ul>");
    for ((line, values), colour) in chart.lines.iter().zip(series).zip(COLOURS) {
        let label = escaped(&line.label);
        let _ = match values.iter().any(Option::is_some) {
            true => write!(
                legend,
                "<li><i style=\"background:{colour}\"></i>{label}</li>"
            ),
            false => write!(legend, "<li class=\"none\">{label}: no values</li>"),
        };
    }
    for (name, value) in chart
        .limits
        .iter()
        .filter(|(_, value)| !scale.holds(*value))
    {
        let _ = write!(
            legend,
            "<li style=\"color:{LIMIT}\">{}: {}, above the scale</li>",
            escaped(name),
            shown(*value)
        );
    }
    legend + "</ul>"
}
