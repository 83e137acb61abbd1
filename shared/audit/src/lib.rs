//! Whether a payment is what its trail says, offline: the chain is unbroken, each signature holds, and every entry
//! decided again gives the row that is stored.
//!
//! What this cannot see is an end that was cut off together with the row that named it, or a whole trail that was
//! written anew by somebody who may write to the table and has POP's signed messages to fit: see
//! `docs/adr/0015-the-row-follows-from-its-trail.md`.

mod finding;

pub use finding::{Code, Finding, Report};

use domain::evidence::{ChainFault, Evidence, SignedMessage, chain_fault};
use domain::replay::{Read, differences, replay};
use domain::{Event, Payment};
use pop::keys::VerifyingKeys;
use pop::recheck::{RecheckError, recheck};
use std::collections::HashMap;

/// What signatures are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// POP's public keys, retired ones too as far as evidence of their time is to be checked.
    pub keys: &'a VerifyingKeys,
    /// Our client id.
    pub client_id: &'a str,
}

/// Checks everything: chain, signatures, and that the row follows from the trail.
#[must_use]
pub fn check_trail(signer: Signer<'_>, row: &Payment, entries: &[Evidence]) -> Report {
    let (mut report, said) = check(signer, row, entries);
    // What is not believed is not read either: replaying it would only say the same again.
    if said.is_complete {
        let read = |message: &SignedMessage, about: Option<&str>| said.event(message, about);
        report.findings.extend(replays(row, entries, &read));
    }
    report
}

/// Checks chain and signatures alone.
#[must_use]
pub fn check_signatures(signer: Signer<'_>, row: &Payment, entries: &[Evidence]) -> Report {
    check(signer, row, entries).0
}

/// Whether the row follows from the trail, given what the messages say: nothing is verified here. For whoever has read
/// the same messages before.
#[must_use]
pub fn replays(row: &Payment, entries: &[Evidence], read: Read<'_>) -> Vec<Finding> {
    match replay(entries, read) {
        Ok(rebuilt) => differences(&rebuilt, row)
            .into_iter()
            .map(Finding::differs)
            .collect(),
        Err(error) => vec![Finding::new(
            Code::NotReplayable,
            error.sequence(),
            error.to_string(),
        )],
    }
}

/// What the verified messages of a trail say, by their signatures and what they are about.
struct Said {
    events: HashMap<(String, Option<String>), Event>,
    is_complete: bool,
}

impl Said {
    fn event(&self, message: &SignedMessage, about: Option<&str>) -> Option<Event> {
        let key = (message.signature.clone(), about.map(str::to_owned));
        self.events.get(&key).cloned()
    }
}

fn check(signer: Signer<'_>, row: &Payment, entries: &[Evidence]) -> (Report, Said) {
    let mut report = Report::of(row.id.clone(), entries.len());
    report.findings.extend(chain(row, entries));
    let mut said = Said {
        events: HashMap::new(),
        is_complete: true,
    };
    for entry in entries {
        if let Some(message) = entry.message() {
            report.messages += 1;
            match listen(signer, entry, message, &mut said) {
                Ok(()) => report.verified += 1,
                Err(finding) => {
                    said.is_complete = false;
                    report.findings.push(finding);
                }
            }
        }
    }
    (report, said)
}

fn chain(row: &Payment, entries: &[Evidence]) -> Option<Finding> {
    let fault = chain_fault(&row.trail, entries)?;
    let (code, at) = match fault {
        ChainFault::Missing(at) => (Code::EntryMissing, Some(at)),
        ChainFault::Changed(at) => (Code::EntryChanged, Some(at)),
        ChainFault::Detached(at) => (Code::ChainBroken, Some(at)),
        ChainFault::OtherEnd { .. } => (Code::ChainBroken, None),
    };
    Some(Finding::new(code, at, fault.to_string()))
}

/// Verifies a message again and notes what it says. One that was only kept need not say anything.
fn listen(
    signer: Signer<'_>,
    entry: &Evidence,
    message: &SignedMessage,
    said: &mut Said,
) -> Result<(), Finding> {
    let at = Some(entry.sequence);
    let rechecked = recheck(signer.keys, signer.client_id, message).map_err(|error| {
        let code = match error {
            RecheckError::UnknownKey => Code::UnknownKey,
            RecheckError::Verify(_) | RecheckError::OtherKind => Code::SignatureBad,
        };
        Finding::new(code, at, format!("key {}: {error}", message.key_version))
    })?;
    let about = entry.about();
    if let Some(event) = rechecked.event(about) {
        let key = (message.signature.clone(), about.map(str::to_owned));
        said.events.insert(key, event);
    }
    Ok(())
}
