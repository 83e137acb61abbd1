//! Whole entries left out, doubled, swapped and put in.

use crate::bytes::rechained;
use crate::{Keys, Sample, Tally};
use domain::evidence::Evidence;
use domain::replay::{Replayed, replay_next};
use domain::{Event, Payment, Time};
use pop::recheck::recheck;
use serde_json::Value;

type Entries = Vec<Evidence>;

/// Every trail that can be made of the entries by one such change.
fn rearranged(entries: &[Evidence], other: &[Evidence]) -> Vec<(&'static str, Entries)> {
    let mut all: Vec<(&'static str, Entries)> = Vec::new();
    let changed = |change: &dyn Fn(&mut Entries)| {
        let mut entries = entries.to_vec();
        change(&mut entries);
        entries
    };
    for at in 0..entries.len() {
        all.push(("left out", changed(&|e| drop(e.remove(at)))));
        all.push(("doubled", changed(&|e| e.insert(at, entries[at].clone()))));
        all.push(("end cut off", changed(&|e| e.truncate(at))));
        if at + 1 < entries.len() {
            all.push(("swapped", changed(&|e| e.swap(at, at + 1))));
        }
        if let Some(foreign) = other.get(at) {
            all.push((
                "another's in its place",
                changed(&|e| e[at] = foreign.clone()),
            ));
        }
    }
    if let Some(last) = other.last() {
        all.push(("another's at the end", changed(&|e| e.push(last.clone()))));
    }
    all
}

/// Every rearrangement must be found.
pub(crate) fn rearrange(sample: &Sample, other: &Sample, keys: &Keys, tally: &mut Tally) {
    for (what, entries) in rearranged(&sample.entries, &other.entries) {
        let changed = Sample {
            row: sample.row.clone(),
            entries,
        };
        tally.rearrangements += 1;
        if changed.is_found(keys) {
            tally.rearrangements_found += 1;
        } else {
            tally.unnoticed(sample, format!("an entry {what}"));
        }
    }
}

/// Leaves out each entry that had an effect, and makes the chain and the row's end of it anew: replay must find it.
pub(crate) fn make_anew(sample: &Sample, keys: &Keys, tally: &mut Tally) {
    let effects = effects(sample, keys);
    for (at, had_effect) in effects.into_iter().enumerate() {
        if !had_effect {
            continue;
        }
        let mut left = sample.entries.clone();
        left.remove(at);
        let entries: Vec<_> = left.iter().map(|entry| entry.entry.clone()).collect();
        let changed = rechained(sample, &entries, &left);
        tally.omissions += 1;
        if changed.is_found(keys) {
            tally.omissions_found += 1;
        } else if is_in_process(&sample.entries[at]) {
            tally.omissions_overtaken += 1;
        } else {
            tally.unnoticed(
                sample,
                format!("entry {} left out, hashes made anew", at + 1),
            );
        }
    }
}

/// Whether POP said that it is still at it: what comes of it overtakes that word, and the row is the same without it.
fn is_in_process(entry: &Evidence) -> bool {
    let body = entry.message().map(|message| message.body.as_slice());
    let said = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
    said.is_some_and(|said| said["result"]["resultStatus"] == "U")
}

/// Which entries changed what the row is. (A message that came while a person must look is kept and changes nothing.)
fn effects(sample: &Sample, keys: &Keys) -> Vec<bool> {
    let read = |message: &domain::evidence::SignedMessage, about: Option<&str>| -> Option<Event> {
        let signer = keys.signer();
        recheck(signer.keys, signer.client_id, message)
            .ok()?
            .event(about)
    };
    let mut row: Option<Replayed> = None;
    let mut effects = Vec::new();
    for entry in &sample.entries {
        let before = row.as_ref().map(|row| essence(&row.payment));
        let next = replay_next(row, entry, &read).unwrap();
        effects.push(before.as_ref() != Some(&essence(&next.payment)));
        row = Some(next);
    }
    effects
}

/// The row without what only says how often and when it was looked at.
fn essence(payment: &Payment) -> Payment {
    Payment {
        version: 0,
        due_at: None,
        asked_at: None::<Time>,
        ..payment.clone()
    }
}
