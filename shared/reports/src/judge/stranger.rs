//! Lines of payments that the table does not have.

use super::Case;
use crate::finding::Side;
use crate::kind::Kind;
use crate::line::Line;
use crate::transaction::Class;

impl Case<'_> {
    /// One finding for each line that moves money; without any, one for all lines.
    pub(super) fn judge_stranger(&mut self, lines: &[&Line]) {
        let (mut quiet, mut has_moved) = (Vec::new(), false);
        for line in lines.iter().copied() {
            let side = match line.what.class() {
                Class::Others => {
                    self.apart(Kind::TypeUnknown, line);
                    continue;
                }
                Class::Captures if self.is_money(line, lines) => Side::Captures,
                Class::Refunds => Side::Refunds,
                _ => {
                    quiet.push(line);
                    continue;
                }
            };
            let finding = self.unknown(&[line]);
            self.push_line(side, finding, line);
            has_moved = true;
        }
        if !quiet.is_empty() && !has_moved {
            let finding = self.unknown(&quiet);
            self.judged.findings.push(finding);
        }
    }

    fn unknown(&self, lines: &[&Line]) -> crate::finding::Finding {
        let mut finding = self.finding(Kind::UnknownPayment, lines);
        let id = lines.iter().find_map(|line| line.payment_id());
        finding.payment_id = id.and_then(|id| domain::PaymentId::new(id).ok());
        finding
    }
}
