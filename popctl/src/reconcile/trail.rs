//! What POP signed about a payment: the third and the fourth voice beside our row and the report.

use super::options::Trails;
use crate::connection::Connection;
use crate::explain::said_words;
use crate::problem::READING;
use anyhow::Context;
use audit::{Signer, check_trail};
use domain::evidence::Evidence;
use domain::summary::{Summary, TransferSeen};
use domain::{Payment, Time};
use pop::keys::VerifyingKeys;
use pop::recheck::recheck;
use reports::{Exact, Finding, Kind, Ours, Says, Side, Sum};
use serde::Serialize;
use store::{DynamoStore, Store, StoreError};

/// Reads trails, or does not.
pub(super) struct Reader {
    signer: Option<(VerifyingKeys, String)>,
}

/// What a payment's signed messages say.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    /// What each says, in order.
    pub(super) words: Vec<Word>,
    /// Where they contradict the row.
    pub(super) findings: Vec<Finding>,
}

/// A signed message.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Word {
    /// The entry of the trail.
    pub(super) entry: u32,
    /// When it came.
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) at: Time,
    /// What it is, for example `notify_capture`.
    pub(super) message: &'static str,
    /// Whether its signature holds; if not, it is not read.
    pub(super) verified: bool,
    /// What it says, in words.
    pub(super) says: String,
    #[serde(skip)]
    said: Option<Summary>,
}

/// Whom POP's signed word agrees with, where row and report differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// With our row: the report is alone.
    Row,
    /// With the report: the row needs a person.
    Report,
    /// With neither.
    Neither,
}

impl Verdict {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Row => "POP's signed word agrees with our row",
            Self::Report => "POP's signed word agrees with the report",
            Self::Neither => "POP's signed word agrees with neither",
        }
    }
}

impl Reader {
    /// Trails are read with the keys that verify them, or not at all.
    pub(super) fn new(connection: &Connection, trails: Trails) -> anyhow::Result<Self> {
        let signer = match trails {
            Trails::None => None,
            Trails::Differing | Trails::All => {
                let keys = connection
                    .keys()
                    .context("trails are read with POP's keys, or give --trails none");
                Some((keys?, connection.client_id()?))
            }
        };
        Ok(Self { signer })
    }

    pub(super) async fn read(&self, store: &DynamoStore, row: &Payment) -> anyhow::Result<Trail> {
        let Some((keys, client_id)) = &self.signer else {
            return Ok(Trail::none());
        };
        let signer = Signer { keys, client_id };
        match store.evidence(&row.id).await {
            Ok(entries) => Ok(Trail::of(signer, row, &entries)),
            Err(error @ StoreError::Corrupt(_)) => Ok(Trail {
                findings: vec![differs(row, "its trail", &error.to_string())],
                ..Trail::none()
            }),
            Err(error) => Err(error).context(READING),
        }
    }
}

impl Trail {
    pub(super) fn none() -> Self {
        Self::default()
    }

    fn of(signer: Signer<'_>, row: &Payment, entries: &[Evidence]) -> Self {
        let words: Vec<Word> = entries
            .iter()
            .filter_map(|entry| Word::of(signer, entry))
            .collect();
        let report = check_trail(signer, row, entries);
        let broken = report.findings.iter();
        let mut findings: Vec<Finding> = broken
            .map(|finding| differs(row, "its trail", &finding.to_string()))
            .collect();
        findings.extend(words.iter().flat_map(|word| word.contradictions(row)));
        Self { words, findings }
    }

    /// Whom the signed messages agree with; none where they say nothing about it.
    pub(super) fn verdict(&self, finding: &Finding) -> Option<Verdict> {
        let is_told = |verdict| self.transfers(finding).next().map(|_| verdict);
        match finding.kind {
            Kind::AmountDiffers | Kind::CurrencyDiffers => self.verdict_of_amount(finding),
            Kind::CapturedAbsent | Kind::RefundedAbsent => is_told(Verdict::Row),
            Kind::UnknownCapture | Kind::UnknownRefund => is_told(Verdict::Report),
            Kind::StateDiffers => self.verdict_of_state(finding),
            _ => None,
        }
    }

    /// Whether POP said that money was taken, or that the payment is over.
    fn verdict_of_state(&self, finding: &Finding) -> Option<Verdict> {
        let said = || self.words.iter().filter_map(|word| word.said.as_ref());
        let taken = said().any(|said| said.captures.iter().any(|seen| succeeded(said, seen)));
        let failed = said().any(|said| said.captures.iter().any(|seen| failed(said, seen)));
        let status = |word: &str| said().any(|said| said.payment_status.as_deref() == Some(word));
        let over = failed || status("CANCELLED") || status("FAIL");
        let report = finding.report.as_ref().map(|says| says.words.as_str());
        match (report, taken, over) {
            (Some("CAPTURE" | "PAYMENT"), true, _) => Some(Verdict::Report),
            (Some("CAPTURE" | "PAYMENT"), false, true) => Some(Verdict::Row),
            (Some("VOID" | "CANCEL"), true, false) => Some(Verdict::Row),
            (Some("VOID" | "CANCEL"), false, true) => Some(Verdict::Report),
            _ => None,
        }
    }

    fn verdict_of_amount(&self, finding: &Finding) -> Option<Verdict> {
        let amount = |says: &Option<Says>| says.as_ref().and_then(|says| says.amount);
        let (ours, report) = (amount(&finding.ours)?, amount(&finding.report)?);
        let is =
            |sum: Sum, seen: &Sum| seen.currency == sum.currency && seen.amount == sum.amount.abs();
        let mut seen = self.transfers(finding).filter_map(sum).peekable();
        seen.peek()?;
        let seen: Vec<Sum> = seen.collect();
        Some(match seen {
            _ if seen.iter().all(|seen| is(ours, seen)) => Verdict::Row,
            _ if seen.iter().all(|seen| is(report, seen)) => Verdict::Report,
            _ => Verdict::Neither,
        })
    }

    /// Captures or refunds that succeeded by a verified message and that the finding is about.
    fn transfers<'a>(&'a self, finding: &'a Finding) -> impl Iterator<Item = &'a TransferSeen> {
        let side = finding.effects.first().map(|effect| effect.side);
        let said = self.words.iter().filter_map(|word| word.said.as_ref());
        said.flat_map(move |said| {
            let captures = said
                .captures
                .iter()
                .filter(move |_| side == Some(Side::Captures));
            let refunds = said
                .refund
                .iter()
                .filter(move |_| side == Some(Side::Refunds));
            let about = |seen: &&TransferSeen| {
                let ids = [&seen.id, &seen.request_id];
                finding.transaction.is_some() && ids.contains(&&finding.transaction)
            };
            captures
                .chain(refunds)
                .filter(|seen| succeeded(said, seen))
                .filter(about)
        })
    }
}

impl Word {
    fn of(signer: Signer<'_>, entry: &Evidence) -> Option<Self> {
        let message = entry.message()?;
        let rechecked = recheck(signer.keys, signer.client_id, message);
        let verified = rechecked.is_ok();
        // What is not verified is not read.
        let event = rechecked
            .ok()
            .and_then(|rechecked| rechecked.event(entry.about()));
        let said = event.as_ref().and_then(Summary::of);
        let says = match (&said, verified) {
            (Some(said), _) => said_words(said),
            (None, true) => "nothing about money".to_owned(),
            (None, false) => "not read, since its signature is not verified".to_owned(),
        };
        Some(Self {
            entry: entry.sequence,
            at: entry.received_at,
            message: message.kind.as_str(),
            verified,
            says,
            said,
        })
    }

    /// Where a succeeded capture or refund has another amount than the row's.
    fn contradictions(&self, row: &Payment) -> Vec<Finding> {
        let Some(said) = &self.said else {
            return Vec::new();
        };
        let ours = Ours::from(row);
        let refunds = said.refund.iter().map(|seen| (&ours.refunds, seen));
        let captures = said.captures.iter().map(|seen| (&ours.captures, seen));
        let told = captures
            .chain(refunds)
            .filter(|(_, seen)| succeeded(said, seen));
        told.filter_map(|(moved, seen)| {
            let named = |id: &Option<String>, ours: &str| id.as_deref() == Some(ours);
            let moved = moved.iter().find(|moved| {
                let by_pop = moved.id.as_deref().is_some_and(|id| named(&seen.id, id));
                by_pop || named(&seen.request_id, &moved.request_id)
            })?;
            let theirs = sum(seen)?;
            let mine = Sum {
                amount: Exact::of_minor(moved.minor, moved.currency),
                currency: moved.currency,
            };
            let message = format!("{} (entry {})", self.message, self.entry);
            (mine != theirs).then(|| Finding {
                transaction: Some(moved.name().to_owned()),
                ours: Some(Says::sum(moved.state.as_str(), mine)),
                report: Some(Says::sum(message, theirs)),
                ..differs(row, "", "")
            })
        })
        .collect()
    }
}

fn differs(row: &Payment, what: &str, words: &str) -> Finding {
    Finding {
        payment: Some(row.id.clone()),
        payment_id: row.payment_id.clone(),
        order: row.order_id().cloned(),
        ours: Some(Says::words(row.status.as_str())),
        report: Some(Says::words(format!("{what}: {words}"))),
        ..Finding::new(Kind::EvidenceDiffers)
    }
}

/// Whether money moved by what the message says.
fn succeeded(said: &Summary, seen: &TransferSeen) -> bool {
    match seen.status.as_deref() {
        Some(status) => status == "SUCCESS",
        None => said.result == "S",
    }
}

/// Whether it was refused for good by what the message says.
fn failed(said: &Summary, seen: &TransferSeen) -> bool {
    match seen.status.as_deref() {
        Some(status) => status == "FAIL",
        None => said.result == "F",
    }
}

fn sum(seen: &TransferSeen) -> Option<Sum> {
    let money = seen.amount?;
    Some(Sum {
        amount: Exact::of_minor(money.minor(), money.currency()),
        currency: money.currency(),
    })
}
