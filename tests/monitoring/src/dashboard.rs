//! The dashboard as the template defines it.

use crate::metric::{Metric, Statistic};
use crate::names::Names;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;

/// All its charts.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// In their order.
    pub charts: Vec<Chart>,
}

/// One chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// What its axis counts, if that is not plain.
    pub unit: Option<String>,
    /// Columns from the left, rows from the top, width and height, on a grid of 24 columns.
    pub place: [u64; 4],
    /// What is drawn.
    pub lines: Vec<Line>,
    /// Where alarms stand: name and value.
    pub limits: Vec<(String, f64)>,
}

/// One line of a chart.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name for people.
    pub label: String,
    /// What it shows.
    pub metric: Metric,
    /// What is made of the values of a period.
    pub statistic: Statistic,
}

/// The template's dashboard.
///
/// # Errors
/// It is not there, or of a form that is not known here.
pub fn dashboard(template: &Value, names: &Names) -> Result<Dashboard> {
    let found = template::resources(template, "AWS::CloudWatch::Dashboard");
    let [(_, resource)] = found[..] else {
        anyhow::bail!("one dashboard is expected, there are {}", found.len());
    };
    let body = names.text(&resource["Properties"]["DashboardBody"])?;
    let body: Value = serde_json::from_str(&body).context("its body is no JSON")?;
    let widgets = body["widgets"].as_array().context("it has no widgets")?;
    let charts = widgets.iter().map(read_chart).collect::<Result<_>>()?;
    Ok(Dashboard { charts })
}

fn read_chart(widget: &Value) -> Result<Chart> {
    ensure!(widget["type"] == "metric", "{} is no chart", widget["type"]);
    let properties = &widget["properties"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let usual = &properties["stat"];
    let lines = properties["metrics"].as_array().context("no metrics")?;
    let limits = properties["annotations"]["horizontal"].as_array();
    let limit = |limit: &Value| Some((text(&limit["label"])?, limit["value"].as_f64()?));
    let number = |key: &str| widget[key].as_u64().with_context(|| key.to_owned());
    Ok(Chart {
        title: text(&properties["title"]).context("no title")?,
        unit: text(&properties["yAxis"]["left"]["label"]),
        place: [
            number("x")?,
            number("y")?,
            number("width")?,
            number("height")?,
        ],
        lines: lines
            .iter()
            .map(|line| read_line(line, usual))
            .collect::<Result<_>>()?,
        limits: limits.into_iter().flatten().filter_map(limit).collect(),
    })
}

/// A line is a list: namespace, name, pairs of dimensions, and last how it is shown.
fn read_line(line: &Value, usual: &Value) -> Result<Line> {
    let parts = line.as_array().context("a line is a list")?;
    let (shown, metric) = parts.split_last().context("an empty line")?;
    let texts: Vec<&str> = metric
        .iter()
        .map(Value::as_str)
        .collect::<Option<_>>()
        .context("names are texts")?;
    let [namespace, name, dimensions @ ..] = texts.as_slice() else {
        anyhow::bail!("{line} names no metric");
    };
    let (pairs, rest) = dimensions.as_chunks::<2>();
    ensure!(rest.is_empty(), "{line} has a dimension without a value");
    let dimensions: BTreeMap<String, String> = pairs
        .iter()
        .map(|[key, value]| ((*key).into(), (*value).into()))
        .collect();
    let statistic = shown["stat"]
        .as_str()
        .or(usual.as_str())
        .context("no statistic")?;
    Ok(Line {
        label: shown["label"].as_str().unwrap_or(name).to_owned(),
        metric: Metric::new(namespace, name, dimensions),
        statistic: Statistic::parse(statistic).with_context(|| statistic.to_owned())?,
    })
}
