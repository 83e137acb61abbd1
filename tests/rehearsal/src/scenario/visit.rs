//! What was done at the shop about one plan, and what the shop said to it.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was asked for, as far as the audit cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// That the payment be cancelled.
    Cancel,
    /// Another try after this payment.
    Retry,
    /// The capture of this number.
    Capture {
        /// From 1.
        number: u32,
        /// How much.
        minor: u64,
    },
    /// Money back under this id.
    Refund {
        /// The idempotency key.
        id: String,
        /// How much; all that is left if `None`.
        minor: Option<u64>,
        /// More than is left.
        excessive: bool,
    },
    /// That the buyer's stored card be forgotten.
    Forget {
        /// The shop's name for it.
        card: String,
    },
    /// Something else.
    Other,
}

/// How the shop answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// 2xx.
    Done(u16),
    /// 409 with this code.
    Refused(String),
    /// Never, or with a 5xx only.
    Nothing,
}

/// One thing that was asked for, however often it had to be repeated.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The payment.
    pub(crate) payment: String,
    /// For the table of what was done.
    pub(crate) name: &'static str,
    pub(crate) what: What,
    pub(crate) reply: Reply,
}

/// What buyer and merchant did about one plan, and saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    /// The order was taken.
    pub(crate) created: bool,
    /// Everything that was asked for, in order.
    pub(crate) asks: Vec<Ask>,
    /// When something was last done that moves a payment, by payment: milliseconds since the epoch.
    pub(crate) moved_at: BTreeMap<String, i64>,
    /// Calls that were sent twice at once.
    pub(crate) doubled: u64,
    /// Answers with a 5xx, or none.
    pub(crate) shop_errors: u32,
    /// An answer that must never come: a 4xx, or a body that is not understood.
    pub(crate) surprise: Option<String>,
}

impl Visit {
    /// Takes in what was done at the same time.
    pub(super) fn absorb(&mut self, other: Self) {
        self.created |= other.created;
        self.asks.extend(other.asks);
        for (payment, at) in other.moved_at {
            let known = self.moved_at.entry(payment).or_insert(at);
            *known = at.max(*known);
        }
        self.doubled += other.doubled;
        self.shop_errors += other.shop_errors;
        self.surprise = self.surprise.take().or(other.surprise);
    }

    /// When somebody last did something that moves this payment.
    pub(crate) fn last_move(&self, payment: &str) -> i64 {
        self.moved_at.get(payment).copied().unwrap_or_default()
    }

    /// What was asked for about this payment.
    pub(crate) fn asks_about<'a>(&'a self, payment: &'a str) -> impl Iterator<Item = &'a Ask> {
        self.asks.iter().filter(move |ask| ask.payment == payment)
    }
}

/// How often one kind of thing was asked for, and what the shop said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) done: u64,
    pub(crate) refused: u64,
    pub(crate) unanswered: u64,
}

/// Counts what was asked for, by name.
pub(crate) fn tallies(visits: &[Visit]) -> BTreeMap<&'static str, Tally> {
    let mut tallies: BTreeMap<_, Tally> = BTreeMap::new();
    for ask in visits.iter().flat_map(|visit| &visit.asks) {
        let tally = tallies.entry(ask.name).or_default();
        tally.asked += 1;
        match ask.reply {
            Reply::Done(_) => tally.done += 1,
            Reply::Refused(_) => tally.refused += 1,
            Reply::Nothing => tally.unanswered += 1,
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted_by_name_and_answer() {
        let ask = |name, reply| Ask {
            payment: "P1".to_owned(),
            name,
            what: What::Other,
            reply,
        };
        let visit = Visit {
            asks: vec![
                ask("pay", Reply::Done(200)),
                ask("pay", Reply::Refused("payment_expired".to_owned())),
                ask("cancel", Reply::Nothing),
            ],
            ..Visit::default()
        };
        let tallies = tallies(&[visit.clone(), visit]);
        let pay = Tally {
            asked: 4,
            done: 2,
            refused: 2,
            unanswered: 0,
        };
        assert_eq!(tallies["pay"], pay);
        assert_eq!(tallies["cancel"].unanswered, 2);
    }

    #[test]
    fn what_happened_at_the_same_time_is_put_together() {
        let at = |payment: &str, at| Visit {
            moved_at: BTreeMap::from([(payment.to_owned(), at)]),
            shop_errors: 1,
            ..Visit::default()
        };
        let mut visit = at("P1", 5);
        visit.absorb(at("P1", 3));
        visit.absorb(at("P2", 7));
        assert_eq!((visit.last_move("P1"), visit.last_move("P2")), (5, 7));
        assert_eq!((visit.last_move("P3"), visit.shop_errors), (0, 3));
    }
}
