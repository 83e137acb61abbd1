//! One check, and what came of it.

use serde::Serialize;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Ok,
    /// Worth knowing; nothing fails by it.
    Note,
    Wrong,
    NotChecked,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    /// The stable word.
    pub(super) check: &'static str,
    pub(super) outcome: Outcome,
    /// What was seen.
    pub(super) seen: String,
    /// What to do, if something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

pub(super) fn ok(check: &'static str, seen: impl Into<String>) -> Check {
    Check {
        check,
        outcome: Outcome::Ok,
        seen: seen.into(),
        advice: None,
    }
}

pub(super) fn note(check: &'static str, seen: impl Into<String>, advice: &str) -> Check {
    Check {
        outcome: Outcome::Note,
        advice: Some(advice.to_owned()),
        ..ok(check, seen)
    }
}

pub(super) fn wrong(check: &'static str, seen: impl Into<String>, advice: &str) -> Check {
    Check {
        outcome: Outcome::Wrong,
        advice: Some(advice.to_owned()),
        ..ok(check, seen)
    }
}

/// It could not be looked at: why not, and what would help.
pub(super) fn not_checked(check: &'static str, why: impl Into<String>, advice: &str) -> Check {
    Check {
        outcome: Outcome::NotChecked,
        advice: Some(advice.to_owned()),
        ..ok(check, why)
    }
}
