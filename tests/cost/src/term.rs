//! The terms of a bill.

use crate::deployment::Deployment;
use serde::Serialize;

/// What AWS asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Requests to the HTTP API.
    Api,
    /// Invocations.
    Invocations,
    /// Memory times time.
    LambdaTime,
    /// Writes to the table.
    Writes,
    /// Writes to the index.
    IndexWrites,
    /// Reads of both.
    Reads,
    /// Requests to the queues, those of their readers included.
    Queues,
    /// Logs taken in.
    Logs,
    /// Logs kept.
    KeptLogs,
    /// The table's bytes until they expire.
    Storage,
    /// The same under point-in-time recovery.
    Recovery,
    /// Bytes to the internet.
    Transfer,
    /// Reads of secrets.
    SecretReads,
    /// Secrets.
    Secrets,
    /// The schedule.
    Schedule,
    /// Uses of the table's key.
    KeyCalls,
    /// Alarms, by the metrics that they look at.
    Alarms,
    /// Dashboards.
    Dashboards,
    /// Metrics of ours.
    Metrics,
}

impl Term {
    /// All, in the order of tables.
    pub const ALL: [Self; 19] = [
        Self::Api,
        Self::Invocations,
        Self::LambdaTime,
        Self::Writes,
        Self::IndexWrites,
        Self::Reads,
        Self::Queues,
        Self::Logs,
        Self::KeptLogs,
        Self::Storage,
        Self::Recovery,
        Self::Transfer,
        Self::SecretReads,
        Self::Secrets,
        Self::Schedule,
        Self::KeyCalls,
        Self::Alarms,
        Self::Dashboards,
        Self::Metrics,
    ];

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Api => "HTTP API requests",
            Self::Invocations => "Lambda invocations",
            Self::LambdaTime => "Lambda time",
            Self::Writes => "table writes",
            Self::IndexWrites => "index writes",
            Self::Reads => "table reads",
            Self::Queues => "queue requests",
            Self::Logs => "logs written",
            Self::KeptLogs => "logs kept",
            Self::Storage => "table storage",
            Self::Recovery => "point-in-time recovery",
            Self::Transfer => "bytes to the internet",
            Self::SecretReads => "reads of secrets",
            Self::Secrets => "secrets",
            Self::Schedule => "schedule",
            Self::KeyCalls => "uses of the table's key",
            Self::Alarms => "alarms, by metric",
            Self::Dashboards => "dashboard",
            Self::Metrics => "metrics",
        }
    }

    /// The name of its price in the price file.
    pub(crate) fn price(self, deployment: &Deployment) -> String {
        let table = match deployment.infrequent {
            true => "dynamodb_infrequent",
            false => "dynamodb",
        };
        match self {
            Self::Api => "http_api_request",
            Self::Invocations => "lambda_request",
            Self::LambdaTime => return format!("lambda_gb_second_{}", deployment.architecture),
            Self::Writes | Self::IndexWrites => return format!("{table}_write_unit"),
            Self::Reads => return format!("{table}_read_unit"),
            Self::Queues => "sqs_request",
            Self::Logs => "logs_gb",
            Self::KeptLogs => "logs_gb_month",
            Self::Storage => return format!("{table}_gb_month"),
            Self::Recovery => "dynamodb_backup_gb_month",
            Self::Transfer => "transfer_gb",
            Self::SecretReads => "secret_call",
            Self::Secrets => "secret_month",
            Self::Schedule => "scheduler_invocation",
            Self::KeyCalls => "key_call",
            Self::Alarms => "alarm_month",
            Self::Dashboards => "dashboard_month",
            Self::Metrics => "metric_month",
        }
        .to_owned()
    }
}
