//! What was undone: payments that succeeded too late, and refunds that failed after all.

use super::{Case, moved_amount};
use crate::finding::Says;
use crate::kind::Kind;
use crate::line::Line;
use crate::ours::{MovedState, Ours};
use crate::transaction::{Class, TransactionType};

impl Case<'_> {
    /// Of a payment from which we took nothing: money that came too late, and the line that gave it back, cancel out.
    /// Gives the lines that are left.
    pub(super) fn pair_reversals<'l>(
        &mut self,
        ours: &Ours,
        money: Vec<&'l Line>,
        others: &[&'l Line],
    ) -> Vec<&'l Line> {
        let mut left = money;
        if ours.has_captured() {
            return left;
        }
        for reversal in others
            .iter()
            .filter(|line| line.what == TransactionType::PaymentReversal)
        {
            let given_back = moved_amount(reversal, self.terms.unit);
            let is_it = |line: &&Line| {
                let came = moved_amount(line, self.terms.unit);
                let (Some(came), Some(given_back)) = (came, given_back) else {
                    return false;
                };
                let same = came.amount.abs() == given_back.amount.abs();
                line.what.class() == Class::Captures && same && came.currency == given_back.currency
            };
            if let Some(place) = left.iter().position(is_it) {
                let came = left.remove(place);
                let mut finding = self.finding(Kind::ReversalPaired, &[came, reversal]);
                finding.ours = Some(Says::words(ours.words()));
                self.judged.findings.push(finding);
            }
        }
        left
    }

    pub(super) fn reversal(&mut self, ours: &Ours, line: &Line) {
        let told = |finding: &crate::finding::Finding| {
            finding.kind == Kind::ReversalPaired && finding.lines.contains(&line.place)
        };
        let kind = match line.what {
            TransactionType::RefundReversal if self.is_known_to_have_failed(ours, line) => return,
            TransactionType::RefundReversal => Kind::RefundReversed,
            _ if self.judged.findings.iter().any(told) => return,
            _ if !ours.has_captured() => Kind::ReversalPaired,
            _ => Kind::PaymentReversed,
        };
        let mut finding = self.finding(kind, &[line]);
        finding.ours = Some(Says::words(ours.words()));
        self.judged.findings.push(finding);
    }

    /// Whether the row says already that this refund failed.
    fn is_known_to_have_failed(&self, ours: &Ours, line: &Line) -> bool {
        let ids = [&line.ids.transaction, &line.ids.original];
        let named = ours.refunds.iter().find(|refund| {
            let by_pop = refund.id.is_some() && ids.contains(&&refund.id);
            by_pop || line.ids.request.as_deref() == Some(&refund.request_id)
        });
        named.is_some_and(|refund| refund.state == MovedState::Failed)
    }
}
