//! The matrix's figures: cells by flow, and what was found in them.

use crate::engine::{Fate, Point, Port};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a broken law means for the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Harm {
    /// Something was not done or not told.
    Lost,
    /// Something was done more than once.
    Doubled,
    /// Something never ends, or needs a person.
    Stuck,
    /// Anything else.
    Wrong,
}

impl Harm {
    /// What the breach of a law means.
    #[must_use]
    pub fn of(law: &str) -> Self {
        match law {
            "every event is sent at least once"
            | "every end is told"
            | "what is acknowledged is in the table"
            | "every payment has a row" => Self::Lost,
            "authorised once"
            | "captured within the amount"
            | "captured within the amount, at POP"
            | "refunded within what is captured"
            | "refunded within what is captured, at POP"
            | "one effect for each capture and refund"
            | "one order is paid once" => Self::Doubled,
            "everything comes to its end" | "no review without a reason" => Self::Stuck,
            _ => Self::Wrong,
        }
    }
}

/// One flow's line.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Line {
    /// The flow.
    pub flow: String,
    /// Its steps without a fault.
    pub steps: usize,
    /// Its steps by function.
    pub functions: BTreeMap<String, usize>,
    /// Runs with a fault.
    pub cells: usize,
    /// Cells with something lost, doubled, stuck or otherwise wrong.
    pub harms: BTreeMap<Harm, usize>,
}

/// The whole matrix.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Table {
    /// One line for each flow.
    pub lines: Vec<Line>,
    /// Different steps met: function, port and call.
    pub points: BTreeSet<(String, String, String)>,
    /// Seconds it took.
    pub seconds: f64,
}

impl Table {
    /// Notes the steps of a flow.
    pub fn met(&mut self, points: &[Point]) {
        for point in points {
            let port = match point.port {
                Port::Table => "table",
                Port::Queue => "queue",
                Port::Provider => "POP",
            };
            self.points.insert((
                point.function.to_owned(),
                port.to_owned(),
                point.call.to_owned(),
            ));
        }
    }

    /// All runs with a fault.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.lines.iter().map(|line| line.cells).sum()
    }

    /// Cells with this harm.
    #[must_use]
    pub fn harmed(&self, harm: Harm) -> usize {
        let lines = self.lines.iter();
        lines.filter_map(|line| line.harms.get(&harm)).sum()
    }

    /// As a table of markdown, which people can read as it is.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = "`cargo crash-matrix --write-docs`\n\n".to_owned();
        let faults: Vec<_> = Fate::FAULTS.iter().map(|fate| fate.words()).collect();
        let _ = writeln!(
            text,
            "{} flows, {} different calls, {} cells: every step of every flow, each {}. Lost {}, doubled {}, stuck {}, otherwise wrong {}.\n",
            self.lines.len(),
            self.points.len(),
            self.cells(),
            faults.join("; "),
            self.harmed(Harm::Lost),
            self.harmed(Harm::Doubled),
            self.harmed(Harm::Stuck),
            self.harmed(Harm::Wrong),
        );
        text += "| flow | steps | cells | lost | doubled | stuck | wrong |\n|---|---:|---:|---:|---:|---:|---:|\n";
        for line in &self.lines {
            let harm = |harm| line.harms.get(&harm).copied().unwrap_or(0);
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} |",
                line.flow,
                line.steps,
                line.cells,
                harm(Harm::Lost),
                harm(Harm::Doubled),
                harm(Harm::Stuck),
                harm(Harm::Wrong),
            );
        }
        text += "\nThe steps that were found:\n\n| function | calls |\n|---|---|\n";
        let mut calls: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (function, port, call) in &self.points {
            calls
                .entry(function)
                .or_default()
                .push(format!("{port}: {call}"));
        }
        for (function, calls) in calls {
            let _ = writeln!(text, "| {function} | {} |", calls.join(", "));
        }
        text
    }
}
