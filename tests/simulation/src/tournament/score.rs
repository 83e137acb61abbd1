//! What an entrant made of a seed, held against the provider's books.

use super::ledger::{Ledger, View};
use domain::Time;
use serde::Serialize;
use simulator::{Books, PaymentRecord, PaymentState, TransferState};

/// Codes with which the provider refuses a capture because one was there before.
const ONE_WAS_THERE: [&str; 3] = [
    "ORDER_STATUS_INVALID",
    "MULTI_CAPTURE_NOT_SUPPORTED",
    "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT",
];

/// Counts over payments; they add up over seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Payments in the entrant's table.
    pub payments: u64,
    /// Of these, those whose row in the end is not what the provider's books say.
    pub wrong: u64,
    /// Captured twice.
    pub doubled: u64,
    /// A second capture was asked for, and only the provider's own limits stopped it.
    pub stopped_by_provider: u64,
    /// The row said failed while the provider held the money, or has taken it.
    pub false_failures: u64,
    /// The row is final, and no event that says so ever reached the order queue.
    pub events_lost: u64,
    /// The row is still open in the end.
    pub never_settled: u64,
    /// Notifications that were acknowledged and are nowhere.
    pub letters_lost: u64,
    /// Milliseconds from the provider's decision until the row said so for good, for each payment that came to it.
    #[serde(skip)]
    pub waits_ms: Vec<i64>,
}

impl Score {
    /// Adds another seed's.
    pub fn add(&mut self, other: &Self) {
        self.payments += other.payments;
        self.wrong += other.wrong;
        self.doubled += other.doubled;
        self.stopped_by_provider += other.stopped_by_provider;
        self.false_failures += other.false_failures;
        self.events_lost += other.events_lost;
        self.never_settled += other.never_settled;
        self.letters_lost += other.letters_lost;
        self.waits_ms.extend(&other.waits_ms);
    }

    /// Whether nothing was lost, doubled or wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let harms = [
            self.wrong,
            self.doubled,
            self.stopped_by_provider,
            self.false_failures,
            self.events_lost,
            self.never_settled,
            self.letters_lost,
        ];
        harms == [0; 7]
    }
}

pub(super) fn score(ledger: &Ledger, books: &Books) -> Score {
    let mut score = Score {
        letters_lost: ledger.acknowledged.difference(&ledger.kept).count() as u64,
        ..Score::default()
    };
    for (id, (view, since)) in &ledger.views {
        let mut of_payment = books.payments.iter();
        let book = of_payment.find(|book| book.payment_request_id == *id);
        payment(&mut score, *view, *since, book);
        let untold = view
            .ending()
            .is_some_and(|ending| !ledger.told.contains(&(id.clone(), ending)));
        score.events_lost += u64::from(untold);
    }
    score
}

fn payment(score: &mut Score, view: View, since: Time, book: Option<&PaymentRecord>) {
    let right = book.map_or(View::Failed, right_view);
    let says_no_money = matches!(view, View::Failed | View::CaptureFailed);
    // A refused capture leaves an authorisation that lapses a week later: either word is right then.
    let lapsed = book.is_some_and(|book| book.state == PaymentState::Cancelled);
    let is_right = view == right || (lapsed && says_no_money && right == View::CaptureFailed);
    let too_early = view == View::Failed && book.is_some_and(|book| was_held_after(book, since));
    score.payments += 1;
    score.wrong += u64::from(!is_right || too_early);
    score.never_settled += u64::from(view == View::Open);
    let is_money = matches!(right, View::Captured(_) | View::Open);
    score.false_failures += u64::from(too_early || (says_no_money && is_money));
    let Some(book) = book else {
        return;
    };
    let effects: u32 = book.captures.iter().map(|capture| capture.effects).sum();
    let refused = book.captures.iter().any(|capture| {
        capture.state == TransferState::Fail
            && ONE_WAS_THERE.contains(&capture.result_code.as_str())
    });
    score.doubled += u64::from(effects > 1);
    score.stopped_by_provider += u64::from(effects == 1 && refused);
    if view == right
        && let Some(decided_at) = decided_at(book)
    {
        let wait = since.millis() - decided_at.millis();
        score.waits_ms.push(wait.max(0));
    }
}

/// Whether the provider held the buyer's money after that time, until it lapsed because nobody took it.
fn was_held_after(book: &PaymentRecord, time: Time) -> bool {
    let lapsed = book.authorisations > 0 && book.state == PaymentState::Cancelled;
    let end = book.finished_at.as_deref().and_then(Time::parse);
    lapsed && end.is_some_and(|end| time < end)
}

/// What the row must say.
fn right_view(book: &PaymentRecord) -> View {
    let taken = book.captured();
    let refused = book.every_capture_failed();
    match book.state {
        _ if taken > 0 => View::Captured(taken),
        PaymentState::Success | PaymentState::Cancelled if refused => View::CaptureFailed,
        PaymentState::Fail | PaymentState::Cancelled => View::Failed,
        PaymentState::Success | PaymentState::Processing | PaymentState::Pending => View::Open,
    }
}

/// When the provider's final word was there to be had.
fn decided_at(book: &PaymentRecord) -> Option<Time> {
    let capture = |state: TransferState| {
        let of_state = book.captures.iter().filter(move |c| c.state == state);
        of_state
            .filter_map(|c| Time::parse(c.finished_at.as_deref()?))
            .max()
    };
    match right_view(book) {
        View::Captured(_) => capture(TransferState::Success),
        View::CaptureFailed => capture(TransferState::Fail),
        View::Failed => Time::parse(book.finished_at.as_deref()?),
        View::Open => None,
    }
}
