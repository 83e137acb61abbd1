//! What the template says that costs something.

use crate::counted::Function;
use anyhow::{Context, Result, ensure};
use monitoring::Names;
use runtime::metrics::Metric;
use serde_json::{Map, Value};

/// The deployment with the parameters' defaults.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// `arm64` or `x86_64`.
    pub architecture: String,
    memory_mb: [f64; 4],
    secrets_of: [u64; 4],
    /// Secrets in all.
    pub secrets: u64,
    /// Metrics that alarms look at.
    pub alarm_metrics: u64,
    /// Dashboards.
    pub dashboards: u64,
    /// Metrics of ours: paid for in each hour in which they have a value.
    pub metrics: u64,
    /// Whether the API logs each request.
    pub logs_requests: bool,
    /// Queues that Lambda reads.
    pub mappings: u64,
    /// Scheduled invocations each minute.
    pub schedules_a_minute: u64,
    /// Days that logs are kept.
    pub log_days: f64,
    /// Days that settled payments are kept.
    pub record_days: f64,
    /// Shards of the index.
    pub shards: u16,
    /// Whether the table is of the class for what is seldom read: storage is cheaper, each request dearer.
    pub infrequent: bool,
    /// Whether the table can be set back to any moment.
    pub recoverable: bool,
    /// Whether the table is under a key of KMS.
    pub under_key: bool,
}

impl Deployment {
    /// Reads `template.yaml`.
    ///
    /// # Errors
    /// Something that is counted on is not there any more.
    pub fn load() -> Result<Self> {
        Self::read(&template::load())
    }

    fn read(template: &Value) -> Result<Self> {
        let resources = template["Resources"].as_object().context("no resources")?;
        let count = |kind: &str| {
            let of_kind = |resource: &&Value| resource["Type"] == kind;
            resources.values().filter(of_kind).count() as u64
        };
        let default = |name: &str| &template["Parameters"][name]["Default"];
        let days = |name: &str| default(name).as_f64().with_context(|| name.to_owned());
        let table = &template["Resources"]["PaymentsTable"]["Properties"];
        ensure!(
            table["GlobalSecondaryIndexes"].as_array().map(Vec::len) == Some(1),
            "the emulated table has one index and the template another number"
        );
        let functions = Function::ALL.map(|function| function_of(template, function));
        let memory = functions.map(|function| memory_mb(template, function));
        let parameters = template["Parameters"]
            .as_object()
            .context("no parameters")?;
        Ok(Self {
            architecture: default("Architecture")
                .as_str()
                .context("Architecture")?
                .to_owned(),
            memory_mb: memory,
            secrets_of: functions.map(secrets_of),
            secrets: parameters
                .keys()
                .filter(|name| name.ends_with("Secret"))
                .count() as u64,
            alarm_metrics: alarm_metrics(template)?,
            dashboards: count("AWS::CloudWatch::Dashboard"),
            metrics: Metric::ALL.len() as u64,
            logs_requests: default("ApiAccessLogs") == "true",
            mappings: count("AWS::Lambda::EventSourceMapping"),
            schedules_a_minute: schedules_a_minute(resources)?,
            log_days: days("LogRetentionDays")?,
            record_days: days("RecordRetentionDays")?,
            shards: u16::try_from(default("SweepShards").as_u64().context("SweepShards")?)?,
            infrequent: table["TableClass"] == "STANDARD_INFREQUENT_ACCESS",
            recoverable: table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
                == true,
            under_key: table["SSESpecification"]["SSEEnabled"] == true,
        })
    }

    /// Memory of a function, in GB as Lambda counts them.
    #[must_use]
    pub fn memory_gb(&self, function: Function) -> f64 {
        self.memory_mb[function as usize] / 1024.0
    }

    /// The same with so much memory for each function.
    #[must_use]
    pub fn with_memory_mb(mut self, memory_mb: f64) -> Self {
        self.memory_mb = [memory_mb; 4];
        self
    }

    /// Secrets that a function reads when it starts.
    #[must_use]
    pub fn secrets_of(&self, function: Function) -> u64 {
        self.secrets_of[function as usize]
    }
}

fn function_of(template: &Value, function: Function) -> &Value {
    &template["Resources"][format!("{}Function", function.title())]["Properties"]
}

fn memory_mb(template: &Value, function: &Value) -> f64 {
    let number = |value: &Value| match value["Ref"].as_str() {
        Some(parameter) => template["Parameters"][parameter]["Default"].as_f64(),
        None => value.as_f64(),
    };
    let of_all = || number(&template["Globals"]["Function"]["MemorySize"]);
    let own = number(&function["MemorySize"]);
    own.or_else(of_all).unwrap_or(128.0) // Lambda's own default
}

fn secrets_of(function: &Value) -> u64 {
    let variables = function["Environment"]["Variables"].as_object();
    let names = variables.into_iter().flat_map(|variables| variables.keys());
    names.filter(|name| name.ends_with("_SECRET")).count() as u64
}

/// All schedules must be each minute's.
fn schedules_a_minute(resources: &Map<String, Value>) -> Result<u64> {
    let schedules = resources
        .values()
        .filter(|resource| resource["Type"] == "AWS::Scheduler::Schedule");
    let rates: Vec<_> = schedules
        .map(|schedule| &schedule["Properties"]["ScheduleExpression"])
        .collect();
    ensure!(
        rates.iter().all(|rate| **rate == "rate(1 minute)"),
        "a schedule that is not each minute's is not counted"
    );
    Ok(rates.len() as u64)
}

/// CloudWatch bills an alarm by the metrics that it looks at.
fn alarm_metrics(template: &Value) -> Result<u64> {
    let alarms = monitoring::alarms(template, &Names::defaults(template, "stack"))?;
    let metrics = alarms.iter().flat_map(monitoring::Alarm::looks_at);
    Ok(metrics.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_says_what_is_billed() {
        let deployment = Deployment::load().unwrap();
        assert_eq!(deployment.secrets, 3);
        let secrets = Function::ALL.map(|function| deployment.secrets_of(function));
        assert_eq!(secrets, [3, 0, 1, 1], "checkout, notify, capture, sweep");
        assert_eq!((deployment.mappings, deployment.schedules_a_minute), (1, 1));
        assert!(deployment.recoverable && deployment.under_key && deployment.logs_requests);
        assert!(
            deployment.alarm_metrics > 20,
            "metric math looks at several"
        );
        assert_eq!((deployment.dashboards, deployment.metrics), (1, 13));
        for function in Function::ALL {
            let gb = deployment.memory_gb(function);
            assert!((0.125..=1.0).contains(&gb), "{function:?}: {gb}");
        }
    }

    #[test]
    fn a_functions_own_memory_comes_first() {
        let mut template = template::load();
        template["Resources"]["NotifyFunction"]["Properties"]["MemorySize"] = 512.into();
        let deployment = Deployment::read(&template).unwrap();
        assert!((deployment.memory_gb(Function::Notify) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn another_schedule_is_not_passed_over() {
        let mut template = template::load();
        let schedule = &mut template["Resources"]["EachMinute"]["Properties"];
        schedule["ScheduleExpression"] = "rate(5 minutes)".into();
        assert!(Deployment::read(&template).is_err());
    }
}
