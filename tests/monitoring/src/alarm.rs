//! Alarms as the template defines them.

use crate::formula::Formula;
use crate::metric::{Metric, Statistic};
use crate::names::Names;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// One alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Its logical id.
    pub name: String,
    /// What it says.
    pub description: String,
    pub(crate) value: Formula,
    pub(crate) inputs: BTreeMap<String, Input>,
    pub(crate) period_seconds: i64,
    /// How many periods are looked at.
    pub(crate) periods: usize,
    /// In how many of them the threshold must be crossed.
    pub(crate) crossed: usize,
    pub(crate) threshold: f64,
    pub(crate) crosses: Crosses,
    pub(crate) missing: Missing,
}

/// A metric that an alarm looks at.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) metric: Metric,
    pub(crate) statistic: Statistic,
}

/// What crosses the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crosses {
    AtLeast,
    Below,
}

/// What a period without a value counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Good,
    Bad,
}

/// The alarms of the template, in its order of names.
///
/// # Errors
/// One is of a form that is not known here.
pub fn alarms(template: &Value, names: &Names) -> Result<Vec<Alarm>> {
    let resources = template::resources(template, "AWS::CloudWatch::Alarm");
    let read = |(name, resource): (&str, &Value)| {
        Alarm::read(name, &resource["Properties"], names).with_context(|| name.to_owned())
    };
    resources.into_iter().map(read).collect()
}

impl Alarm {
    /// The place in the runbook that its description names.
    #[must_use]
    pub fn runbook(&self) -> &str {
        self.description.rsplit(' ').next().unwrap_or_default()
    }

    /// What it says, without the place in the runbook.
    #[must_use]
    pub fn words(&self) -> &str {
        self.description.trim_end_matches(self.runbook()).trim_end()
    }

    /// The metrics that it looks at. CloudWatch bills for each.
    pub fn looks_at(&self) -> impl Iterator<Item = &Metric> {
        self.inputs.values().map(|input| &input.metric)
    }

    fn read(name: &str, properties: &Value, names: &Names) -> Result<Self> {
        let whole = |key: &str| names.number(&properties[key]).map(|number| number as usize);
        let mut inputs = BTreeMap::new();
        let mut periods = Vec::new();
        let value = match properties["Metrics"].as_array() {
            None => {
                let id = "value".to_owned();
                let (input, period) = read_plain(properties, names)?;
                inputs.insert(id.clone(), input);
                periods.push(period);
                Formula::Metric(id)
            }
            Some(metrics) => {
                let mut value = None;
                for metric in metrics {
                    let id = names.text(&metric["Id"])?;
                    if metric["Expression"].is_null() {
                        let (input, period) = read_stat(&metric["MetricStat"], names)?;
                        inputs.insert(id, input);
                        periods.push(period);
                    } else {
                        let text = names.text(&metric["Expression"])?;
                        value = Some(Formula::parse(&text)?);
                    }
                }
                value.context("no expression")?
            }
        };
        periods.dedup();
        let [period_seconds] = periods[..] else {
            bail!("its metrics have several periods: {periods:?}");
        };
        let periods = whole("EvaluationPeriods")?;
        Ok(Self {
            name: name.into(),
            description: names.text(&properties["AlarmDescription"])?,
            value,
            inputs,
            period_seconds,
            periods,
            crossed: whole("DatapointsToAlarm").unwrap_or(periods),
            threshold: names.number(&properties["Threshold"])?,
            crosses: match names.text(&properties["ComparisonOperator"])?.as_str() {
                "GreaterThanOrEqualToThreshold" => Crosses::AtLeast,
                "LessThanThreshold" => Crosses::Below,
                other => bail!("{other} is not known here"),
            },
            missing: match names.text(&properties["TreatMissingData"])?.as_str() {
                "notBreaching" => Missing::Good,
                "breaching" => Missing::Bad,
                other => bail!("{other} is not known here"),
            },
        })
    }
}

fn read_plain(properties: &Value, names: &Names) -> Result<(Input, i64)> {
    let statistic = match &properties["Statistic"] {
        Value::Null => &properties["ExtendedStatistic"],
        statistic => statistic,
    };
    let input = Input {
        metric: read_metric(properties, names)?,
        statistic: read_statistic(statistic, names)?,
    };
    Ok((input, names.number(&properties["Period"])? as i64))
}

fn read_stat(stat: &Value, names: &Names) -> Result<(Input, i64)> {
    let input = Input {
        metric: read_metric(&stat["Metric"], names)?,
        statistic: read_statistic(&stat["Stat"], names)?,
    };
    Ok((input, names.number(&stat["Period"])? as i64))
}

fn read_metric(metric: &Value, names: &Names) -> Result<Metric> {
    let pair = |dimension: &Value| {
        let (name, value) = (
            names.text(&dimension["Name"])?,
            names.text(&dimension["Value"])?,
        );
        Ok((name, value))
    };
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    let dimensions = dimensions.map(pair).collect::<Result<_>>()?;
    let (namespace, name) = (
        names.text(&metric["Namespace"])?,
        names.text(&metric["MetricName"])?,
    );
    Ok(Metric::new(&namespace, &name, dimensions))
}

fn read_statistic(word: &Value, names: &Names) -> Result<Statistic> {
    let word = names.text(word)?;
    Statistic::parse(&word).with_context(|| format!("the statistic {word} is not known here"))
}
