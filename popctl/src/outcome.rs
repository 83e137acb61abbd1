//! What was found, for people and for machines.

use anyhow::Context;
use audit::{Code, Finding, Report};
use serde::Serialize;
use std::path::Path;
use store::StoreError;

/// How many findings are printed; the file has all of them.
const MOST_PRINTED: usize = 100;

/// Counts, and every payment with a finding.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    payments: usize,
    entries: usize,
    messages: usize,
    signatures_verified: usize,
    findings: Vec<Found>,
}

/// A finding and where it is.
#[derive(Debug, Serialize)]
struct Found {
    payment: String,
    #[serde(flatten)]
    finding: Finding,
}

impl Outcome {
    pub(crate) fn take(&mut self, report: Report) {
        self.payments += 1;
        self.entries += report.entries;
        self.messages += report.messages;
        self.signatures_verified += report.verified;
        let payment = report.payment.to_string();
        let findings = report.findings.into_iter();
        self.findings.extend(findings.map(|finding| Found {
            payment: payment.clone(),
            finding,
        }));
    }

    pub(crate) fn unreadable(&mut self, key: &str, error: &StoreError) {
        self.payments += 1;
        self.findings.push(Found {
            payment: key.to_owned(),
            finding: Finding::new(Code::Unreadable, None, error.to_string()),
        });
    }

    pub(crate) fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn print(&self) {
        println!(
            "{} payments, {} entries, {} of {} signatures verified, {} findings",
            self.payments,
            self.entries,
            self.signatures_verified,
            self.messages,
            self.findings.len()
        );
        let width = self.findings.iter().map(|found| found.payment.len()).max();
        let width = width.unwrap_or_default();
        for Found { payment, finding } in self.findings.iter().take(MOST_PRINTED) {
            let entry = finding
                .entry
                .map_or(String::new(), |entry| entry.to_string());
            let code = finding.code.as_str();
            println!(
                "{payment:width$}  {entry:>4}  {code:14}  {}",
                finding.detail
            );
        }
        let more = self.findings.len().saturating_sub(MOST_PRINTED);
        if more > 0 {
            println!("and {more} more: --json FILE writes all of them");
        }
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
    }
}
