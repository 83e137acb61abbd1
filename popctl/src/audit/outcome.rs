//! What was found, for people and for machines.

use crate::ending::Ending;
use crate::output::{Page, Report, Table, Tone, count};
use audit::{Code, Finding};
use serde::Serialize;
use store::StoreError;

/// How many findings are printed; JSON has all of them.
const MOST_PRINTED: usize = 100;

/// Counts, and every payment with a finding.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
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
    pub(super) fn take(&mut self, report: audit::Report) {
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

    pub(super) fn unreadable(&mut self, key: &str, error: &StoreError) {
        self.payments += 1;
        self.findings.push(Found {
            payment: key.to_owned(),
            finding: Finding::new(Code::Unreadable, None, error.to_string()),
        });
    }
}

impl Report for Outcome {
    fn print(&self, page: &mut Page) {
        let (payments, findings) = (self.payments, self.findings.len());
        let tone = if findings == 0 { Tone::Good } else { Tone::Bad };
        let found = page.paint(tone, count(findings, "finding"));
        page.line(format!(
            "{}, {} entries, {} of {} signatures verified, {found}",
            count(payments, "payment"),
            self.entries,
            self.signatures_verified,
            self.messages,
        ));
        if self.findings.is_empty() {
            return;
        }
        page.blank();
        let mut table = Table::new(["payment", "entry #", "code", "what"]);
        for Found { payment, finding } in self.findings.iter().take(MOST_PRINTED) {
            let entry = finding
                .entry
                .map_or(String::new(), |entry| entry.to_string());
            let code = finding.code.as_str().to_owned();
            table.row([payment.clone(), entry, code, finding.detail.clone()]);
        }
        page.table(&table);
        let more = findings.saturating_sub(MOST_PRINTED);
        if more > 0 {
            page.line(format!("and {more} more: --json has all of them"));
        }
    }

    fn ending(&self) -> Ending {
        Ending::of(self.findings.is_empty())
    }
}
