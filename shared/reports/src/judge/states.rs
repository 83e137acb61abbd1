//! Lines without money: authorisations, and their ends.

use super::{Case, shown_amount};
use crate::finding::{Says, Sum};
use crate::kind::Kind;
use crate::line::Line;
use crate::number::Exact;
use crate::ours::Ours;
use crate::transaction::TransactionType;
use domain::Status;

impl Case<'_> {
    pub(super) fn state(&mut self, ours: &Ours, line: &Line) {
        match line.what {
            TransactionType::Authorization | TransactionType::Payment => {
                self.authorised(ours, line)
            }
            _ => self.released(ours, line),
        }
    }

    /// The report says that funds were reserved.
    fn authorised(&mut self, ours: &Ours, line: &Line) {
        if let Some(gross) = line.gross {
            let file = line.place.file;
            self.judged
                .evidence
                .compare(file, gross, ours.minor, ours.currency);
        }
        // One that was cancelled, or given up, before we heard of its authorisation was authorised all the same.
        let has_ended = matches!(ours.status, Status::Cancelled | Status::Expired);
        if !ours.authorized && !has_ended {
            return self.state_differs(ours, line);
        }
        let Some(theirs) = shown_amount(line, self.terms.unit) else {
            return;
        };
        let mine = Sum {
            amount: Exact::of_minor(ours.minor, ours.currency),
            currency: ours.currency,
        };
        let kind = match theirs.currency == mine.currency {
            false => Kind::CurrencyDiffers,
            true if theirs.amount != mine.amount => Kind::AmountDiffers,
            true => return,
        };
        let mut finding = self.finding(kind, &[line]);
        finding.ours = Some(Says::sum("authorised", mine));
        self.judged.findings.push(finding);
    }

    /// The report says that nothing is taken, or nothing more.
    fn released(&mut self, ours: &Ours, line: &Line) {
        let fits = match ours.status {
            Status::Cancelled | Status::Expired | Status::Declined | Status::CaptureFailed => true,
            // Captured in part: the rest was released.
            Status::Captured => ours.captured_minor() < ours.minor,
            Status::Created | Status::Pending | Status::Authorized => false,
        };
        if !fits {
            self.state_differs(ours, line);
        }
    }

    pub(super) fn state_differs(&mut self, ours: &Ours, line: &Line) {
        let mut finding = self.finding(Kind::StateDiffers, &[line]);
        finding.ours = Some(Says::words(ours.words()));
        self.judged.findings.push(finding);
    }
}
