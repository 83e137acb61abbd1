//! What was tried and what was found.

use crate::{Keys, Sample};
use domain::evidence::Entry;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How a change was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The item can no longer be read as what we write.
    Unreadable,
    /// The chain of hashes.
    Chain,
    /// The signature, after the chain was made anew around the change.
    Signature,
    /// Replay: the row does not follow from the trail.
    Replay,
}

/// A change that nothing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unnoticed {
    /// The payment.
    pub payment: String,
    /// What was changed.
    pub what: String,
}

/// Counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Payments of the sample.
    pub payments: usize,
    /// Entries of their trails.
    pub entries: usize,
    /// Entries by what they record.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Signed messages among them whose signature holds.
    pub signatures_verified: usize,
    /// Rows that their trails make to the last field.
    pub rows_rebuilt: usize,
    /// Bytes of items that were changed, one at a time.
    pub bytes_changed: usize,
    /// How those were found.
    pub bytes_found: BTreeMap<Found, usize>,
    /// Signed bytes that were changed with the chain made anew around them.
    pub signed_bytes_changed: usize,
    /// Of those, found by the signature.
    pub signed_bytes_found: usize,
    /// Entries left out, doubled, swapped, put in, ends cut off.
    pub rearrangements: usize,
    /// Of those, found.
    pub rearrangements_found: usize,
    /// Entries left out with the chain and the row's end of it made anew, where the entry had any effect.
    pub omissions: usize,
    /// Of those, found by replay.
    pub omissions_found: usize,
    /// Of those, not to be found: POP's word that it is still at it, which the end has overtaken in the row.
    pub omissions_overtaken: usize,
    /// Values of rows that were changed, one at a time.
    pub row_values_changed: usize,
    /// Of those, found.
    pub row_values_found: usize,
    /// Everything that was not found.
    pub unnoticed: Vec<Unnoticed>,
}

impl Tally {
    /// Whether the untouched sample is in order and every change was found.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.unnoticed.is_empty() && self.rows_rebuilt == self.payments && self.payments > 0
    }

    pub(crate) fn take_in(&mut self, sample: &Sample, keys: &Keys) {
        self.payments += 1;
        self.entries += sample.entries.len();
        for entry in &sample.entries {
            let kind = match &entry.entry {
                Entry::Signed(said) => said.message.kind.as_str(),
                Entry::Local(step) => step.as_str(),
            };
            *self.kinds.entry(kind).or_default() += 1;
        }
        let report = audit::check_trail(keys.signer(), &sample.row, &sample.entries);
        self.signatures_verified += report.verified;
        if report.findings.is_empty() {
            self.rows_rebuilt += 1;
        }
        for finding in report.findings {
            self.unnoticed(sample, format!("untouched, and yet {finding}"));
        }
    }

    pub(crate) fn unnoticed(&mut self, sample: &Sample, what: String) {
        let payment = sample.row.id.to_string();
        self.unnoticed.push(Unnoticed { payment, what });
    }

    /// Counts one change of a byte.
    pub(crate) fn byte(&mut self, sample: &Sample, what: &str, found: Option<Found>) {
        self.bytes_changed += 1;
        match found {
            Some(found) => *self.bytes_found.entry(found).or_default() += 1,
            None => self.unnoticed(sample, format!("a byte of {what}")),
        }
    }

    /// The section of the page of figures.
    #[must_use]
    pub fn markdown(&self, command: &str) -> String {
        let by = |found| self.bytes_found.get(&found).copied().unwrap_or_default();
        let found: usize = self.bytes_found.values().sum();
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|(kind, count)| format!("`{kind}` {count}"))
            .collect();
        let mut text = format!(
            "`{command}` plays {} payments through the four functions and the provider on loopback, and then tampers with \
             what stands in the table. Their trails have {} entries: {}.\n\n",
            self.payments,
            self.entries,
            kinds.join(", ")
        );
        text.push_str("| what | tried | found |\n|---|---:|---:|\n");
        let rows = [
            (
                "signatures verified again, offline",
                self.signatures_verified,
                self.signatures_verified,
            ),
            (
                "rows rebuilt from their trails, equal in every field",
                self.payments,
                self.rows_rebuilt,
            ),
            (
                "each byte of each stored item changed",
                self.bytes_changed,
                found,
            ),
            (
                "each signed byte changed, with the chain made anew around it",
                self.signed_bytes_changed,
                self.signed_bytes_found,
            ),
            (
                "entries left out, doubled, swapped, put in from elsewhere, ends cut off",
                self.rearrangements,
                self.rearrangements_found,
            ),
            (
                "entries that had an effect left out, with the chain and the row's end of it made anew",
                self.omissions,
                self.omissions_found,
            ),
            (
                "each value of each row changed",
                self.row_values_changed,
                self.row_values_found,
            ),
        ];
        for (what, tried, found) in rows {
            writeln!(text, "| {what} | {tried} | {found} |").unwrap();
        }
        write!(
            text,
            "\nOf the changed bytes {} made an item that can no longer be read and {} broke the chain of hashes. \
             Of the entries left out under hashes made anew, {} were words of POP that it is still at it, which the end has overtaken: \
             the row is the same without them. Other changes that nothing found: {}.\n",
            by(Found::Unreadable),
            by(Found::Chain),
            self.omissions_overtaken,
            self.unnoticed.len()
        )
        .unwrap();
        text
    }
}
