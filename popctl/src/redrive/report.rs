//! What was in the dead-letter queues, and what became of it.

use super::letters::{Fate, Letter};
use crate::ending::Ending;
use crate::output::{Page, Report, Table, Tone, count, utc};
use crate::queues::Which;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many messages are printed of each queue; JSON has all.
const MOST_PRINTED: usize = 50;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Redriven {
    dry_run: bool,
    pub(super) queues: Vec<Taken>,
}

/// One queue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taken {
    queue: Which,
    counts: BTreeMap<String, u32>,
    moved: u32,
    dropped: u32,
    left: u32,
    messages: Vec<Dealt>,
}

/// One message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dealt {
    #[serde(flatten)]
    letter: Letter,
    /// What became of it; nothing in a dry run.
    done: Option<&'static str>,
    error: Option<String>,
}

impl Redriven {
    pub(super) fn new(yes: bool) -> Self {
        Self {
            dry_run: !yes,
            queues: Vec::new(),
        }
    }
}

impl Taken {
    pub(super) fn of(queue: Which) -> Self {
        Self {
            queue,
            counts: BTreeMap::new(),
            moved: 0,
            dropped: 0,
            left: 0,
            messages: Vec::new(),
        }
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.messages.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn add(&mut self, letter: Letter, done: Result<&'static str, String>) {
        *self.counts.entry(letter.code.to_owned()).or_default() += 1;
        match &done {
            Ok("moved back") => self.moved += 1,
            Ok("dropped") => self.dropped += 1,
            _ => self.left += 1,
        }
        let (done, error) = match done {
            Ok(done) => (Some(done).filter(|done| !done.is_empty()), None),
            Err(error) => (None, Some(error)),
        };
        self.messages.push(Dealt {
            letter,
            done,
            error,
        });
    }

    fn is_clear(&self, dry_run: bool) -> bool {
        match dry_run {
            true => self.messages.is_empty(),
            false => self.left == 0,
        }
    }
}

impl Report for Redriven {
    fn print(&self, page: &mut Page) {
        for taken in &self.queues {
            let name = taken.queue.dead_letters();
            page.heading(format!(
                "{name}: {}",
                count(taken.messages.len(), "message")
            ));
            if !taken.messages.is_empty() {
                self.print_messages(page, taken);
            }
            page.blank();
        }
        let any = self.queues.iter().any(|taken| !taken.messages.is_empty());
        if self.dry_run && any {
            page.line("Nothing was moved. Give --yes to move them back, and --drop-obsolete to delete the obsolete ones.");
        }
    }

    fn ending(&self) -> Ending {
        let clear = self.queues.iter().all(|taken| taken.is_clear(self.dry_run));
        Ending::of(clear)
    }
}

impl Redriven {
    fn print_messages(&self, page: &mut Page, taken: &Taken) {
        let mut table = Table::new(["sent", "payment", "event", "", "what it would do"]);
        for dealt in taken.messages.iter().take(MOST_PRINTED) {
            let letter = &dealt.letter;
            let (word, tone) = match letter.fate {
                Fate::Again => ("again", Tone::Plain),
                Fate::Obsolete => ("obsolete", Tone::Faint),
                Fate::Unreadable => ("unreadable", Tone::Bad),
            };
            let done = match (&dealt.done, &dealt.error) {
                (_, Some(error)) => format!("{error}: "),
                (Some(done), None) => format!("{done}: "),
                (None, None) => String::new(),
            };
            table.toned([
                (letter.sent_at.map(utc).unwrap_or_default(), Tone::Plain),
                (letter.payment.clone().unwrap_or_default(), Tone::Plain),
                (letter.event.clone().unwrap_or_default(), Tone::Plain),
                (word.to_owned(), tone),
                (format!("{done}{}", letter.words), Tone::Plain),
            ]);
        }
        page.table(&table);
        let more = taken.messages.len().saturating_sub(MOST_PRINTED);
        if more > 0 {
            page.line(format!("and {more} more: --json has all of them"));
        }
        if !self.dry_run {
            page.line(format!(
                "{} moved back, {} dropped, {} left",
                taken.moved, taken.dropped, taken.left
            ));
        }
    }
}
