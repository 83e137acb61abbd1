//! The counts, for people and for machines.

use super::LATE;
use super::census::{Census, Group};
use crate::ending::Ending;
use crate::output::{Page, Report, Table, Tone, ago, count, utc};
use crate::queues::Depths;
use crate::rows::Source;
use domain::Time;
use serde::Serialize;

/// How the payments stand, and what of it wants a look.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    source: Source,
    #[serde(flatten)]
    census: Census,
    queues: Depths,
    attention: Vec<Attention>,
}

/// Something that wants a look, and how to look.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attention {
    code: &'static str,
    message: String,
    look: &'static str,
}

impl Status {
    pub(super) fn of(source: Source, census: Census, queues: Depths) -> Self {
        Self {
            attention: attention(&census, &queues),
            source,
            census,
            queues,
        }
    }
}

fn attention(census: &Census, queues: &Depths) -> Vec<Attention> {
    let now = census.now;
    let mut found = Vec::new();
    let mut add = |code, message: String, look| {
        found.push(Attention {
            code,
            message,
            look,
        });
    };
    let in_review: u64 = census.reviews.values().map(|group| group.count).sum();
    if in_review > 0 {
        let message = format!(
            "{} in review: a person must decide",
            count(in_review, "payment")
        );
        add("in_review", message, "popctl list --review");
    }
    if census.near_deadline.count > 0 {
        let message = format!(
            "{} near the end of the authorisation, with nothing captured; the first {}",
            count(census.near_deadline.count, "payment"),
            when(census.near_deadline.since, now)
        );
        add("near_deadline", message, "popctl list --near-deadline");
    }
    if let Some(since) = census
        .overdue
        .since
        .filter(|since| now.since(*since) > LATE)
    {
        let message = format!(
            "{} due and not looked at, the oldest {}: does the sweep run?",
            count(census.overdue.count, "payment"),
            ago(since, now)
        );
        add("overdue", message, "popctl doctor");
    }
    if let Some(since) = census.outbox.since.filter(|since| now.since(*since) > LATE) {
        let message = format!(
            "{} with messages that are not sent, the oldest decided {}",
            count(census.outbox.count, "payment"),
            ago(since, now)
        );
        add("not_sent", message, "popctl doctor");
    }
    for queue in queues.dead_letters() {
        let message = format!("{} in the {}", count(queue.waiting, "message"), queue.name);
        add("dead_letters", message, "popctl redrive");
    }
    if !census.unreadable.is_empty() {
        let message = format!(
            "{} that cannot be read",
            count(census.unreadable.len(), "row")
        );
        add("unreadable", message, "popctl verify");
    }
    found
}

fn when(time: Option<Time>, now: Time) -> String {
    time.map_or_else(String::new, |time| ago(time, now))
}

impl Report for Status {
    fn print(&self, page: &mut Page) {
        let census = &self.census;
        let read = match self.source {
            Source::DueIndex => {
                "payments with something outstanding; --all counts the settled ones too"
            }
            Source::Table => "all payments of the table",
        };
        page.line(format!("{}  {} {read}", utc(census.now), census.payments));
        page.blank();
        let mut table = Table::new(["status", "count #", "oldest", "payment"]);
        for (status, group) in census.statuses.values() {
            row(&mut table, status.as_str(), group, census.now, Tone::Plain);
        }
        let marks = [
            ("in doubt", &census.in_doubt, Tone::Plain),
            ("being cancelled", &census.cancelling, Tone::Plain),
            ("capture open", &census.captures_open, Tone::Plain),
            ("refund open", &census.refunds_open, Tone::Plain),
            ("not sent yet", &census.outbox, Tone::Plain),
            ("due now", &census.overdue, Tone::Plain),
            ("near deadline", &census.near_deadline, Tone::Warn),
            ("closed by a person", &census.closed, Tone::Plain),
        ];
        for (name, group, tone) in marks {
            if group.count > 0 {
                row(&mut table, name, group, census.now, tone);
            }
        }
        for (reason, group) in &census.reviews {
            let name = format!("review: {reason}");
            row(&mut table, &name, group, census.now, Tone::Bad);
        }
        if !table.is_empty() {
            page.table(&table);
            page.blank();
        }
        self.queues.print(page);
        page.blank();
        self.print_attention(page);
    }

    fn ending(&self) -> Ending {
        Ending::of(self.attention.is_empty())
    }
}

impl Status {
    fn print_attention(&self, page: &mut Page) {
        if self.attention.is_empty() {
            let words = page.paint(Tone::Good, "Nothing wants a look.").to_string();
            page.line(words);
            return;
        }
        page.heading("Look at:");
        for Attention { message, look, .. } in &self.attention {
            let words = page.paint(Tone::Bad, message).to_string();
            page.line(format!("  {words}"));
            page.line(format!("    {look}"));
        }
    }
}

fn row(table: &mut Table, name: &str, group: &Group, now: Time, tone: Tone) {
    table.toned([
        (name.to_owned(), tone),
        (group.count.to_string(), Tone::Plain),
        (when(group.since, now), Tone::Plain),
        (group.oldest.clone().unwrap_or_default(), Tone::Faint),
    ]);
}
