//! The reply, put together.

use domain::operator::{CallMade, Outcome, Reply, Standing};
use domain::{Payment, Time};

/// A reply in the making.
pub(super) struct Draft {
    pub(super) deadline: Time,
    pub(super) calls: Vec<CallMade>,
    before: Option<Standing>,
}

impl Draft {
    /// About no payment.
    pub(super) fn empty(deadline: Time) -> Self {
        Self {
            deadline,
            calls: Vec::new(),
            before: None,
        }
    }

    /// About this payment, as it stands before anything is done.
    pub(super) fn of(row: &Payment, deadline: Time) -> Self {
        Self {
            before: Some(Standing::of(row)),
            ..Self::empty(deadline)
        }
    }

    pub(super) fn would_do(self, code: &str, words: &str, now: Time) -> Reply {
        self.reply(Outcome::WouldDo, code, words, now)
    }

    /// There is too little time left in this invocation for a call to POP.
    pub(super) fn no_time(self, now: Time) -> Reply {
        let words = "there is too little time left in this invocation: try again";
        self.reply(Outcome::Failed, "no_time", words, now)
    }

    /// It was done; if POP gave no answer in the end, its outcome is not known.
    pub(super) fn done(self, after: &Payment, code: &str, words: &str, now: Time) -> Reply {
        let silent = self.calls.last().is_some_and(|call| call.said.is_none());
        let after = Some(Standing::of(after));
        let (outcome, words) = if silent {
            let words = format!(
                "{words}; no answer came that can be believed: what became of it is unknown, and the sweep goes on asking"
            );
            (Outcome::Unanswered, words)
        } else {
            (Outcome::Done, words.to_owned())
        };
        Reply {
            after,
            ..self.reply(outcome, code, &words, now)
        }
    }

    pub(super) fn reply(self, outcome: Outcome, code: &str, words: &str, now: Time) -> Reply {
        Reply {
            outcome,
            code: code.to_owned(),
            message: words.to_owned(),
            calls: self.calls,
            before: self.before.clone(),
            after: self.before,
            at: now.rfc3339(),
            swept_at: None,
        }
    }
}

/// A reply about nothing that was looked at.
pub(super) fn failed(outcome: Outcome, code: &str, words: &str, now: Time) -> Reply {
    Draft::empty(now).reply(outcome, code, words, now)
}
