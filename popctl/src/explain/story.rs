//! What happened, entry by entry: each decided again on what the entries before it made.

use super::because::because;
use super::changes::{Change, changes};
use super::titles::{Title, message_title, step_title};
use audit::Signer;
use domain::evidence::{Entry, Evidence, LocalStep, Said, SignedMessage};
use domain::outbox::{OutboxContent, OutboxMessage};
use domain::replay::{Replayed, replay_next};
use domain::summary::Summary;
use domain::{Event, Payment, Time};
use pop::recheck::recheck;
use serde::Serialize;

/// One entry of the trail, explained.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment {
    /// The entry's number.
    pub(super) entry: u32,
    /// When it was decided on.
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) at: Time,
    /// When the message came, if that was earlier.
    #[serde(serialize_with = "crate::output::iso_if")]
    pub(super) received_at: Option<Time>,
    /// The version of the row that it made.
    pub(super) version: u64,
    /// Commits after it, before the next entry, that changed nothing that is known: looks that brought no answer to
    /// believe or no news. The one in which its messages were marked as sent is not counted.
    pub(super) quiet_commits: u64,
    #[serde(flatten)]
    pub(super) title: Title,
    /// Of a message of POP's: whether its signature holds.
    pub(super) signature: Option<Signature>,
    /// What the message says.
    pub(super) said: Option<Summary>,
    /// What the rules made of it.
    pub(super) changes: Vec<Change>,
    /// Why.
    pub(super) because: Vec<String>,
    /// What was told to whom.
    pub(super) told: Vec<Told>,
}

/// A message that an entry decided.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub(super) message: String,
    /// Whether it is known to be sent.
    pub(super) sent: bool,
}

/// Whether a message is what POP signed, checked again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    /// The version of the key that verified it when it came.
    pub(super) key_version: String,
    /// Whether it verifies now.
    pub(super) verified: bool,
    /// Why not.
    pub(super) problem: Option<String>,
}

/// Tells the whole trail. From an entry on that cannot be decided again, only what stands there is told.
pub(super) fn tell(signer: Signer<'_>, entries: &[Evidence], stored: &Payment) -> Vec<Moment> {
    let mut row: Option<Replayed> = None;
    let mut lost = false;
    let mut moments = Vec::with_capacity(entries.len());
    let versions = entries.iter().map(|entry| entry.decided.version);
    let versions = versions.skip(1).chain([stored.version + 1]);
    for (entry, next_version) in entries.iter().zip(versions) {
        let heard = Heard::of(signer, entry);
        let before = row.as_ref().map(|row| row.payment.clone());
        let next = match lost {
            true => None,
            false => replay_next(row.take(), entry, &|message, about| {
                heard.event_of(message, about)
            })
            .ok(),
        };
        lost |= next.is_none();
        let after = next.as_ref().map(|row| &row.payment);
        let mut moment = heard.moment(entry, before.as_ref(), after, stored);
        let between = next_version.saturating_sub(entry.decided.version + 1);
        let sent = moment.told.iter().any(|told| told.sent);
        moment.quiet_commits = between.saturating_sub(u64::from(sent));
        moments.push(moment);
        row = next;
    }
    moments
}

/// An entry, with what it says.
struct Heard {
    event: Option<Event>,
    signature: Option<Signature>,
}

impl Heard {
    fn of(signer: Signer<'_>, entry: &Evidence) -> Self {
        let Some(message) = entry.message() else {
            return Self {
                event: None,
                signature: None,
            };
        };
        let rechecked = recheck(signer.keys, signer.client_id, message);
        let signature = Some(Signature {
            key_version: message.key_version.clone(),
            verified: rechecked.is_ok(),
            problem: rechecked.as_ref().err().map(ToString::to_string),
        });
        // What is not verified is not read.
        let event = rechecked
            .ok()
            .and_then(|rechecked| rechecked.event(entry.about()));
        Self { event, signature }
    }

    fn event_of(&self, _: &SignedMessage, _: Option<&str>) -> Option<Event> {
        self.event.clone()
    }

    fn moment(
        self,
        entry: &Evidence,
        before: Option<&Payment>,
        after: Option<&Payment>,
        stored: &Payment,
    ) -> Moment {
        let said = self.event.as_ref().and_then(Summary::of);
        let title = match &entry.entry {
            Entry::Signed(Said { message, kept, .. }) => {
                message_title(message.kind, said.as_ref(), *kept, self.event.as_ref())
            }
            Entry::Local(step) => step_title(step),
        };
        let mut moment = Moment {
            entry: entry.sequence,
            at: entry.decided.at,
            received_at: (entry.received_at < entry.decided.at).then_some(entry.received_at),
            version: entry.decided.version,
            quiet_commits: 0,
            title,
            signature: self.signature,
            said,
            changes: Vec::new(),
            because: Vec::new(),
            told: Vec::new(),
        };
        let Some(after) = after else {
            moment.because.push(
                "From here on the trail cannot be decided again: popctl replay names the fault."
                    .to_owned(),
            );
            return moment;
        };
        moment.changes = changes(before, after);
        moment.told = told(before, after, stored);
        moment.because = because(&super::because::Scene {
            entry,
            event: self.event.as_ref(),
            step: step_of(entry),
            before,
            after,
        });
        moment
    }
}

fn step_of(entry: &Evidence) -> Option<&LocalStep> {
    match &entry.entry {
        Entry::Local(step) => Some(step),
        Entry::Signed(_) => None,
    }
}

/// The messages that the entry decided.
fn told(before: Option<&Payment>, after: &Payment, stored: &Payment) -> Vec<Told> {
    let known = before.map_or(&[][..], |before| before.outbox.as_slice());
    let new = after
        .outbox
        .iter()
        .filter(|message| !known.contains(message));
    new.map(|message| Told {
        message: told_words(message),
        sent: !stored.outbox.contains(message),
    })
    .collect()
}

pub(super) fn told_words(message: &OutboxMessage) -> String {
    match &message.content {
        OutboxContent::CaptureHint => "a hint to the capture function".to_owned(),
        OutboxContent::OrderEvent(event) => {
            let kind = event.kind.event_type();
            match &event.code {
                Some(code) => format!("{kind} ({code}) to the order system"),
                None => format!("{kind} to the order system"),
            }
        }
    }
}
