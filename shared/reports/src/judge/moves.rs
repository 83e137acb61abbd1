//! Captures and refunds against the lines about them.

use super::{Case, moved_amount, nothing, says};
use crate::finding::{Effect, Finding, Says, Side, Sum};
use crate::kind::Kind;
use crate::line::{Book, Line};
use crate::number::Exact;
use crate::ours::{Moved, MovedState, Ours};
use crate::transaction::TransactionType;
use domain::Currency;

impl Case<'_> {
    pub(super) fn captures(&mut self, ours: &Ours, lines: &[&Line]) {
        let by_payment = lines
            .iter()
            .all(|line| line.what == TransactionType::Payment);
        match together(ours) {
            // One line for the payment as a whole: it stands for all its captures.
            Some(all) if by_payment && !lines.is_empty() => {
                self.moves(Side::Captures, ours, std::slice::from_ref(&all), lines);
            }
            _ => self.moves(Side::Captures, ours, &ours.captures, lines),
        }
    }

    pub(super) fn refunds(&mut self, ours: &Ours, lines: &[&Line]) {
        self.moves(Side::Refunds, ours, &ours.refunds, lines);
    }

    fn moves(&mut self, side: Side, ours: &Ours, moved: &[Moved], lines: &[&Line]) {
        let claims = self.claims(ours, moved, lines);
        for (place, moved) in moved.iter().enumerate() {
            let mut of_it = lines
                .iter()
                .zip(&claims)
                .filter(|(_, claim)| **claim == Some(place));
            match of_it.next() {
                Some((line, _)) => self.compare(side, moved, line),
                None => self.absent(side, moved),
            }
            for (line, _) in of_it {
                self.twice(side, moved, line);
            }
        }
        for (line, claim) in lines.iter().zip(&claims) {
            if claim.is_none() {
                self.unclaimed(side, ours, moved, line);
            }
        }
    }

    /// Which of ours each line is about: by its ids; else the one that is left with its amount; else the only one.
    fn claims(&mut self, ours: &Ours, moved: &[Moved], lines: &[&Line]) -> Vec<Option<usize>> {
        let mut claims: Vec<Option<usize>> = Vec::with_capacity(lines.len());
        for line in lines {
            let claim = by_ids(ours, moved, line);
            if let (Some(place), Some(gross)) = (claim, line.gross) {
                let Moved {
                    minor, currency, ..
                } = moved[place];
                self.judged
                    .evidence
                    .compare(line.place.file, gross, minor, currency);
            }
            claims.push(claim);
        }
        for (at, line) in lines.iter().enumerate() {
            claims[at] = claims[at].or_else(|| self.by_amount(ours, moved, line, &claims));
        }
        claims
    }

    /// The one that is left with the line's amount, money that moved before others; else the only one there is.
    fn by_amount(
        &self,
        ours: &Ours,
        moved: &[Moved],
        line: &Line,
        claims: &[Option<usize>],
    ) -> Option<usize> {
        let amount = moved_amount(line, self.terms.unit);
        let fits = |place: &usize| {
            let moved = &moved[*place];
            let left = !claims.contains(&Some(*place));
            left && may_be(ours, moved, line) && amount == Some(sum(moved))
        };
        let (done, others): (Vec<_>, Vec<_>) =
            (0..moved.len()).partition(|at| moved[*at].is_done());
        let fitting = done.into_iter().chain(others).find(fits);
        fitting.or(match moved {
            [only] => (may_be(ours, only, line) && asked_for(ours, only, line)).then_some(0),
            _ => None,
        })
    }

    /// The line that is about this capture or refund.
    fn compare(&mut self, side: Side, moved: &Moved, line: &Line) {
        let Some(theirs) = moved_amount(line, self.terms.unit) else {
            return self.without_amount(side, moved, line);
        };
        self.count_report(side, theirs);
        let mine = sum(moved);
        if !moved.is_done() {
            let mut finding = self.finding_of(Kind::StateDiffers, moved, line);
            finding
                .effects
                .push(effect(side, -theirs.amount, theirs.currency));
            self.judged.findings.push(finding);
            return;
        }
        self.count_ours(side, mine);
        if theirs.currency != mine.currency {
            let mut finding = self.finding_of(Kind::CurrencyDiffers, moved, line);
            finding
                .effects
                .push(effect(side, mine.amount, mine.currency));
            finding
                .effects
                .push(effect(side, -theirs.amount, theirs.currency));
            self.judged.findings.push(finding);
        } else if theirs.amount != mine.amount {
            let mut finding = self.finding_of(Kind::AmountDiffers, moved, line);
            let difference = mine.amount - theirs.amount;
            finding
                .effects
                .push(effect(side, difference, mine.currency));
            self.judged.findings.push(finding);
        } else {
            let balance = self.judged.balances.of(self.book, side, mine.currency);
            balance.matched.add(mine.amount);
        }
    }

    fn without_amount(&mut self, side: Side, moved: &Moved, line: &Line) {
        self.count_report(side, nothing(moved.currency));
        let mut finding = self.finding_of(Kind::AmountMissing, moved, line);
        if moved.is_done() {
            let mine = sum(moved);
            self.count_ours(side, mine);
            finding
                .effects
                .push(effect(side, mine.amount, mine.currency));
        }
        self.judged.findings.push(finding);
    }

    /// A further line about the same.
    fn twice(&mut self, side: Side, moved: &Moved, line: &Line) {
        let finding = self.finding_of(self.twice_kind(), moved, line);
        self.push_line(side, finding, line);
    }

    fn twice_kind(&self) -> Kind {
        match self.book {
            Book::Settlement => Kind::SettledTwice,
            Book::Transactions => Kind::ListedTwice,
        }
    }

    /// A line about none of ours.
    fn unclaimed(&mut self, side: Side, ours: &Ours, moved: &[Moved], line: &Line) {
        let kind = match side {
            Side::Refunds => Kind::UnknownRefund,
            Side::Captures if !moved.iter().any(Moved::is_done) => Kind::StateDiffers,
            Side::Captures if line.what != TransactionType::Payment => Kind::UnknownCapture,
            // The payment's own line beside lines of its captures: the money is there already.
            Side::Captures => self.twice_kind(),
        };
        let mut finding = self.finding(kind, &[line]);
        finding.ours = Some(Says::words(ours.words()));
        self.push_line(side, finding, line);
    }

    /// Ours that no line is about.
    fn absent(&mut self, side: Side, moved: &Moved) {
        let Some(period) = self.terms.period else {
            return;
        };
        let is_expected = self.terms.is_given(self.book) && moved.is_done();
        if !is_expected || moved.at < period.from || moved.at >= period.to {
            return;
        }
        let mine = sum(moved);
        self.count_ours(side, mine);
        if moved.at + self.terms.absent_after > period.to {
            let balance = self.judged.balances.of(self.book, side, mine.currency);
            balance.waiting.add(mine.amount);
            return;
        }
        let kind = match side {
            Side::Captures => Kind::CapturedAbsent,
            Side::Refunds => Kind::RefundedAbsent,
        };
        let mut finding = self.finding(kind, &[]);
        finding.transaction = Some(moved.name().to_owned());
        finding.ours = Some(moved.says());
        finding
            .effects
            .push(effect(side, mine.amount, mine.currency));
        self.judged.findings.push(finding);
    }

    /// A finding about a line that the books have nothing to set against.
    pub(super) fn push_line(&mut self, side: Side, mut finding: Finding, line: &Line) {
        if let Some(theirs) = moved_amount(line, self.terms.unit) {
            self.count_report(side, theirs);
            finding
                .effects
                .push(effect(side, -theirs.amount, theirs.currency));
        }
        self.judged.findings.push(finding);
    }

    fn finding_of(&self, kind: Kind, moved: &Moved, line: &Line) -> Finding {
        let mut finding = self.finding(kind, &[line]);
        finding.transaction = Some(moved.name().to_owned());
        finding.ours = Some(moved.says());
        finding.report = Some(says(line, self.terms.unit));
        finding
    }

    fn count_report(&mut self, side: Side, theirs: Sum) {
        let balance = self.judged.balances.of(self.book, side, theirs.currency);
        balance.reports.add(theirs.amount);
    }

    fn count_ours(&mut self, side: Side, mine: Sum) {
        let balance = self.judged.balances.of(self.book, side, mine.currency);
        balance.ours.add(mine.amount);
    }
}

/// All that was captured, as one, where that is in several parts.
fn together(ours: &Ours) -> Option<Moved> {
    let done: Vec<&Moved> = ours
        .captures
        .iter()
        .filter(|capture| capture.is_done())
        .collect();
    let (last, others) = done.split_last()?;
    (!others.is_empty()).then(|| Moved {
        request_id: ours.id.to_string(),
        id: None,
        minor: ours.captured_minor(),
        currency: ours.currency,
        state: MovedState::Done,
        at: last.at,
    })
}

/// The capture or refund that the line names: by POP's id, else by ours.
fn by_ids(ours: &Ours, moved: &[Moved], line: &Line) -> Option<usize> {
    let of_pop = |moved: &Moved| moved.id.is_some() && moved.id == line.ids.transaction;
    let of_ours = |moved: &Moved| line.ids.request.as_deref() == Some(&moved.request_id);
    let by_pop = moved.iter().position(of_pop);
    by_pop.or_else(|| {
        moved
            .iter()
            .position(|moved| of_ours(moved) && may_be(ours, moved, line))
    })
}

/// Whether nothing in the line's ids says that it is about another capture or refund.
fn may_be(ours: &Ours, moved: &Moved, line: &Line) -> bool {
    match (&moved.id, &line.ids.transaction) {
        (Some(known), Some(named)) if known != named => ours
            .payment_id
            .as_ref()
            .is_some_and(|payment| payment.as_str() == named),
        _ => true,
    }
}

/// Whether the line names no other request of ours than this one, or the payment's.
fn asked_for(ours: &Ours, moved: &Moved, line: &Line) -> bool {
    let request = line.ids.request.as_deref();
    request.is_none_or(|request| request == moved.request_id || request == ours.id.as_str())
}

fn sum(moved: &Moved) -> Sum {
    Sum {
        amount: Exact::of_minor(moved.minor, moved.currency),
        currency: moved.currency,
    }
}

fn effect(side: Side, amount: Exact, currency: Currency) -> Effect {
    Effect {
        side,
        sum: Sum { amount, currency },
    }
}

impl Moved {
    /// The name that people find it by: POP's, else ours.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.request_id)
    }

    fn says(&self) -> Says {
        Says::sum(self.state.as_str(), sum(self))
    }
}

impl Ours {
    /// Where the payment stands, in words.
    pub(super) fn words(&self) -> String {
        let captured = match self.captured_minor() {
            0 => String::new(),
            minor => {
                let captured = Exact::of_minor(minor, self.currency);
                format!(", captured {}", captured.display(self.currency))
            }
        };
        let review = self.review.as_ref().map(|words| format!(", {words}"));
        format!(
            "{}{captured}{}",
            self.status.as_str(),
            review.unwrap_or_default()
        )
    }
}
