//! What came of an order, for people and for machines.

use crate::ending::Ending;
use crate::explain::{call_word, said_words};
use crate::output::{Page, Report, Tone, utc};
use domain::Time;
use domain::operator::{CallMade, Order, Outcome, Reply, Standing};
use serde::Serialize;

/// An order and its reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered {
    order: &'static str,
    payment: String,
    dry_run: bool,
    #[serde(flatten)]
    reply: Reply,
    #[serde(skip)]
    again: String,
}

impl Answered {
    pub(super) fn of(order: &Order, about: String, reply: Reply) -> Self {
        let payment = order.what.payment().map(ToString::to_string);
        let payment = payment.unwrap_or_default();
        Self {
            order: order.what.word(),
            dry_run: order.dry_run,
            again: format!("popctl explain {payment}"),
            payment: about,
            reply,
        }
    }
}

impl Report for Answered {
    fn print(&self, page: &mut Page) {
        let reply = &self.reply;
        let (word, tone) = match reply.outcome {
            Outcome::Done => ("done", Tone::Good),
            Outcome::WouldDo => ("dry run", Tone::Strong),
            Outcome::NothingToDo => ("nothing to do", Tone::Good),
            Outcome::Refused => ("refused", Tone::Bad),
            Outcome::Unanswered => ("done, outcome unknown", Tone::Warn),
            Outcome::Failed => ("failed", Tone::Bad),
        };
        let word = page.paint(tone, word).to_string();
        let order = self.order.replace('_', "-"); // as it is typed
        page.line(format!("{}  {order}: {word}", self.payment));
        page.text(2, format!("{} ({})", reply.message, reply.code));
        for call in &reply.calls {
            page.text(2, call_words(call));
        }
        if let Some(before) = &reply.before {
            page.line(format!("  before: {}", standing_words(before)));
        }
        if !self.dry_run
            && let Some(after) = &reply.after
        {
            page.line(format!("  now:    {}", standing_words(after)));
        }
        match reply.outcome {
            Outcome::WouldDo => page.line("Nothing was done. Give --yes to do it."),
            _ => page.line(format!("See {}", self.again)),
        }
    }

    fn ending(&self) -> Ending {
        let good = matches!(
            self.reply.outcome,
            Outcome::Done | Outcome::WouldDo | Outcome::NothingToDo
        );
        match self.reply.outcome {
            Outcome::Failed => Ending::CouldNotRun,
            _ => Ending::of(good),
        }
    }
}

fn call_words(call: &CallMade) -> String {
    let about = call
        .about
        .as_ref()
        .map_or_else(String::new, |id| format!(" {id}"));
    let said = match (&call.said, &call.no_answer) {
        (Some(said), _) => said_words(said),
        (None, Some(reason)) => format!("no answer to believe: {reason}"),
        (None, None) => "nothing that can be read".to_owned(),
    };
    format!("POP, {}{about}: {said}", call_word(call.call))
}

fn standing_words(standing: &Standing) -> String {
    let mut words = vec![standing.status.as_str().to_owned()];
    words.extend(
        standing
            .review
            .as_ref()
            .map(|reason| format!("in review: {reason}")),
    );
    words.extend(standing.closed.then(|| "closed by a person".to_owned()));
    words.extend(standing.doubt.then(|| "in doubt".to_owned()));
    words.push(match &standing.due_at {
        Some(due) => format!(
            "looked at next at {}",
            Time::parse(due).map_or_else(|| due.clone(), utc)
        ),
        None => "nothing outstanding".to_owned(),
    });
    words.join(", ")
}
