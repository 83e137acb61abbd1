//! The explanation, for people and for machines.

use super::facts::Facts;
use super::outlook::Outlook;
use super::story::Moment;
use crate::ending::Ending;
use crate::output::{Page, Report, Tone, ago, count, utc, wrap};
use audit::Finding;
use domain::Time;
use serde::Serialize;

/// Number and time of an entry stand before its title.
const INDENT: usize = 26;
/// What is told of an entry stands under its title.
const DETAIL: usize = 8;

/// Everything that is told of a payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    /// What the given id turned out to be, if not the payment's own.
    pub(super) meant: Option<String>,
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) now: Time,
    #[serde(flatten)]
    pub(super) facts: Facts,
    pub(super) trail: TrailCheck,
    pub(super) story: Vec<Moment>,
    #[serde(flatten)]
    pub(super) outlook: Outlook,
    /// Other attempts at the order, as far as they are known.
    pub(super) others: Vec<String>,
}

/// Whether the trail can be relied on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrailCheck {
    pub(super) entries: usize,
    pub(super) messages: usize,
    pub(super) signatures_verified: usize,
    pub(super) findings: Vec<Finding>,
}

impl TrailCheck {
    pub(super) fn of(report: &audit::Report) -> Self {
        Self {
            entries: report.entries,
            messages: report.messages,
            signatures_verified: report.verified,
            findings: report.findings.clone(),
        }
    }
}

impl Report for Explanation {
    fn print(&self, page: &mut Page) {
        self.print_facts(page);
        page.blank();
        page.heading("What happened (times are UTC)");
        for moment in &self.story {
            print_moment(page, moment);
        }
        page.blank();
        self.print_trail(page);
        page.blank();
        self.print_outlook(page);
    }

    fn ending(&self) -> Ending {
        Ending::of(self.trail.findings.is_empty())
    }
}

impl Explanation {
    fn print_facts(&self, page: &mut Page) {
        let facts = &self.facts;
        if let Some(meant) = &self.meant {
            page.line(meant);
            page.blank();
        }
        let status = page.paint(Tone::Strong, facts.status.as_str()).to_string();
        page.line(format!(
            "{}  {status}  {}  since {} ({})",
            facts.payment,
            facts.amount.display(),
            utc(facts.since),
            ago(facts.since, self.now)
        ));
        match (facts.review, facts.closed_at) {
            (Some(reason), None) => {
                let words = format!("in review: {reason}");
                let words = page.paint(Tone::Bad, words).to_string();
                page.line(format!("  {words}"));
            }
            (Some(reason), Some(at)) => {
                page.line(format!(
                    "  closed by a person at {} (it was in review: {reason})",
                    utc(at)
                ));
            }
            (None, _) => {}
        }
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                page.line(format!("  {name:12}{value}"));
            }
        };
        let attempt = match facts.attempt {
            1 => String::new(),
            n => format!(", attempt {n}"),
        };
        line(
            "order",
            facts
                .order
                .as_ref()
                .map(|order| format!("{order}{attempt}")),
        );
        line("POP's id", facts.payment_id.clone());
        line("capture", Some(facts.capture.clone()));
        line("ended with", facts.end_code.clone());
        for capture in &facts.captures {
            let (id, amount, state) = (
                &capture.request_id,
                capture.amount.display(),
                &capture.state,
            );
            line("", Some(format!("{id} of {amount}: {state}")));
        }
        for refund in &facts.refunds {
            let (id, amount, state) = (&refund.request_id, refund.amount.display(), &refund.state);
            line("refund", Some(format!("{id} of {amount}: {state}")));
        }
        if !self.others.is_empty() {
            line("see also", Some(self.others.join(", ")));
        }
    }

    fn print_trail(&self, page: &mut Page) {
        let trail = &self.trail;
        let counts = format!(
            "{} in an unbroken chain, {} of {} signatures verified again, and the row is what comes out.",
            match trail.entries {
                1 => "1 entry".to_owned(),
                n => format!("{n} entries"),
            },
            trail.signatures_verified,
            trail.messages
        );
        if trail.findings.is_empty() {
            let words = page
                .paint(Tone::Good, "The trail is in order: ")
                .to_string();
            page.text(0, format!("{words}{counts}"));
            return;
        }
        let words = page
            .paint(
                Tone::Bad,
                "The trail is not in order; what is told above may be wrong:",
            )
            .to_string();
        page.line(words);
        for finding in &trail.findings {
            page.text(2, finding);
        }
    }

    fn print_outlook(&self, page: &mut Page) {
        let outlook = &self.outlook;
        if outlook.outstanding.is_empty() {
            let words = page
                .paint(Tone::Good, "Nothing is outstanding.")
                .to_string();
            page.line(words);
        } else {
            page.heading("Outstanding");
            for words in &outlook.outstanding {
                page.text(2, words);
            }
        }
        if let Some(next) = &outlook.next {
            page.heading("Next");
            let when = format!("{} ({})", utc(next.at), ago(next.at, self.now));
            page.text(
                2,
                format!("{when}, or with the first sweep after: {}", next.words),
            );
        }
        if !outlook.options.is_empty() {
            page.heading("What you can do");
            for choice in &outlook.options {
                if !choice.command.is_empty() {
                    page.line(format!("  {}", choice.command));
                }
                page.text(if choice.command.is_empty() { 2 } else { 6 }, &choice.why);
            }
        }
    }
}

fn print_moment(page: &mut Page, moment: &Moment) {
    print_title(page, moment);
    let signature = moment.signature.as_ref();
    if let Some(problem) = signature.and_then(|signature| signature.problem.as_ref()) {
        page.text(DETAIL, problem);
    }
    for change in &moment.changes {
        page.text(DETAIL, change.line());
    }
    for why in &moment.because {
        let why = page.paint(Tone::Faint, why).to_string();
        page.text(DETAIL, why);
    }
    if !moment.told.is_empty() {
        let told = moment.told.iter().map(|told| match told.sent {
            true => told.message.clone(),
            false => format!("{} (NOT SENT YET)", told.message),
        });
        page.text(
            DETAIL,
            format!("told: {}", told.collect::<Vec<_>>().join("; ")),
        );
    }
    if moment.quiet_commits > 0 {
        let looks = count(moment.quiet_commits, "look");
        let words = format!("({looks} after that brought no answer to believe, or no news)");
        let words = page.paint(Tone::Faint, words).to_string();
        page.text(DETAIL, words);
    }
}

fn print_title(page: &mut Page, moment: &Moment) {
    let at = utc(moment.at);
    let at = at.trim_end_matches(" UTC");
    let signed = moment
        .signature
        .as_ref()
        .map(|signature| match signature.verified {
            true => page
                .paint(
                    Tone::Good,
                    format!("[signed, key {}]", signature.key_version),
                )
                .to_string(),
            false => page
                .paint(Tone::Bad, "[SIGNATURE DOES NOT HOLD]".to_owned())
                .to_string(),
        });
    let title = page.paint(Tone::Strong, &moment.title.title).to_string();
    let body = format!("{title} {}", signed.unwrap_or_default());
    let lines = wrap(&body, page.width().saturating_sub(INDENT));
    for (number, line) in lines.iter().enumerate() {
        match number {
            0 => page.line(format!("{:>3}  {at}  {line}", moment.entry)),
            _ => page.line(format!("{:INDENT$}{line}", "")),
        }
    }
}
