//! One payment: our row against every line that belongs to it.

mod moves;
mod repeats;
mod reversals;
mod states;
mod stranger;

use crate::balance::Balances;
use crate::file_name::FileName;
use crate::finding::{Finding, Says, Sum};
use crate::kind::Kind;
use crate::line::{Book, Fees, Line};
use crate::net;
use crate::number::{Exact, Unit};
use crate::ours::Ours;
use crate::transaction::{Class, TransactionType};
use crate::units::Evidence;
use domain::{Seconds, Time};

/// From when to when the reports that are given hold everything of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From here on.
    pub from: Time,
    /// Up to here.
    pub to: Time,
}

/// How lines are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What amounts are in.
    pub unit: Unit,
    /// The period in which ours must be in the reports; none if that is not to be looked for.
    pub period: Option<Period>,
    /// How long after its time a capture or refund may be missing.
    pub absent_after: Seconds,
    /// Whether any file of the report was given.
    pub given: [bool; 2],
    /// The names of the files, by number.
    pub names: Vec<FileName>,
}

impl Terms {
    fn is_given(&self, book: Book) -> bool {
        self.given[book as usize]
    }
}

/// What became of a payment and its lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Its part of the balances.
    pub balances: Balances,
    /// What its lines say of the unit.
    pub evidence: Evidence,
    /// Lines that came before, and are counted once.
    pub repeated: Vec<Line>,
}

/// Judges a payment of ours, with or without lines, or lines of a payment that we do not have.
#[must_use]
pub fn judge(ours: Option<&Ours>, lines: &[Line], terms: &Terms) -> Judged {
    let mut judged = Judged::default();
    for book in Book::ALL {
        let of_book: Vec<&Line> = lines.iter().filter(|line| line.book == book).collect();
        let of_book = repeats::once(of_book, terms, &mut judged);
        let mut case = Case {
            ours,
            book,
            terms,
            judged: &mut judged,
        };
        match ours {
            Some(ours) => case.judge(ours, &of_book),
            None => case.judge_stranger(&of_book),
        }
        of_book.iter().for_each(|line| case.net(line));
    }
    for finding in &judged.findings {
        judged.balances.explain(finding);
    }
    judged
}

/// A payment in one of the two reports.
struct Case<'a> {
    ours: Option<&'a Ours>,
    book: Book,
    terms: &'a Terms,
    judged: &'a mut Judged,
}

impl Case<'_> {
    fn judge(&mut self, ours: &Ours, lines: &[&Line]) {
        let (money, others): (Vec<_>, Vec<_>) = lines
            .iter()
            .copied()
            .partition(|line| self.is_money(line, lines));
        let money = self.pair_reversals(ours, money, &others);
        self.captures(ours, &of_class(&money, Class::Captures));
        self.refunds(ours, &of_class(&money, Class::Refunds));
        for line in others {
            match line.what.class() {
                Class::Captures | Class::States => self.state(ours, line),
                Class::Reversals => self.reversal(ours, line),
                Class::Disputes => self.apart(Kind::Dispute, line),
                Class::Others => self.apart(Kind::TypeUnknown, line),
                // Lines of whole batches are counted where they are read.
                Class::Refunds | Class::Fees | Class::Reserves | Class::Corrections => {}
            }
        }
        for line in lines {
            self.ids(ours, line);
        }
    }

    /// Whether the line moves money of a capture or refund. A payment's own line does where nothing else stands for its
    /// capture, and in a settlement where something is paid out for it.
    fn is_money(&self, line: &Line, all: &[&Line]) -> bool {
        match line.what {
            TransactionType::Payment => {
                let captured = all.iter().any(|line| line.what == TransactionType::Capture);
                let paid_out = line
                    .settled
                    .is_some_and(|settled| !settled.number.is_zero());
                !captured || (self.book == Book::Settlement && paid_out)
            }
            _ => matches!(line.what.class(), Class::Captures | Class::Refunds),
        }
    }

    /// Whether what is paid out is the gross amount with its fees.
    fn net(&mut self, line: &Line) {
        if let Some((must, is)) = net::difference(line, self.terms.unit) {
            let mut finding = self.finding(Kind::NetDiffers, &[line]);
            finding.ours = Some(Says::sum("gross with fees", must));
            finding.report = Some(Says::sum("settlementAmountValue", is));
            self.judged.findings.push(finding);
        }
    }

    /// A line that is told and not compared.
    fn apart(&mut self, kind: Kind, line: &Line) {
        let finding = self.finding(kind, &[line]);
        self.judged.findings.push(finding);
    }

    /// A finding about lines of this payment.
    fn finding(&self, kind: Kind, lines: &[&Line]) -> Finding {
        let named = lines.iter().find_map(|line| line.ids.transaction.clone());
        let report = lines.first().map(|line| says(line, self.terms.unit));
        Finding {
            book: Some(self.book),
            payment: self.ours.map(|ours| ours.id.clone()),
            payment_id: self.ours.and_then(|ours| ours.payment_id.clone()),
            order: self.ours.and_then(|ours| ours.order.clone()),
            transaction: named,
            lines: lines.iter().map(|line| line.place).collect(),
            report,
            ..Finding::new(kind)
        }
    }

    /// Whether ids of a line belong to another payment than the one it was matched by.
    fn ids(&mut self, ours: &Ours, line: &Line) {
        if !matches!(
            line.what.class(),
            Class::Captures | Class::Refunds | Class::States
        ) {
            return;
        }
        let of_payment = matches!(
            line.what,
            TransactionType::Payment | TransactionType::Authorization | TransactionType::Cancel
        );
        let own = line.ids.request.as_deref().filter(|_| of_payment);
        let requests = [own, line.ids.original_request.as_deref()];
        let original = line
            .ids
            .original
            .as_deref()
            .filter(|_| ours.payment_id.is_some());
        let wrong_original = original.filter(|id| !ours.is_ours(id));
        let wrong_request = requests
            .into_iter()
            .flatten()
            .find(|id| !ours.has_asked(id));
        let Some(wrong) = wrong_original.or(wrong_request) else {
            return;
        };
        let mut finding = self.finding(Kind::IdsConflict, &[line]);
        finding.ours = Some(Says::words(format!("payment {}", ours.id)));
        finding.report = Some(Says::words(format!("{} of {wrong}", line.what.as_str())));
        self.judged.findings.push(finding);
    }
}

/// A line of a whole batch, told as what it is.
pub(crate) fn told(kind: Kind, line: &Line, unit: Unit) -> Finding {
    Finding {
        book: Some(line.book),
        transaction: line.ids.transaction.clone().or_else(|| line.batch.clone()),
        lines: vec![line.place],
        report: Some(says(line, unit)),
        ..Finding::new(kind)
    }
}

fn of_class<'l>(lines: &[&'l Line], class: Class) -> Vec<&'l Line> {
    let of_class = lines.iter().filter(|line| line.what.class() == class);
    of_class.copied().collect()
}

/// What a line says: its type and its amount.
fn says(line: &Line, unit: Unit) -> Says {
    Says {
        words: line.what.as_str().to_owned(),
        amount: shown_amount(line, unit),
    }
}

/// The amount as it stands there, gross if it has one.
fn shown_amount(line: &Line, unit: Unit) -> Option<Sum> {
    let amount = line.gross.or(line.settled)?;
    Some(Sum {
        amount: amount.exact(unit),
        currency: amount.currency,
    })
}

/// The gross amount of a line about money; of a refund without its sign, which some reports write and some do not.
/// Where it is missing it is what is paid out less the fees, if that is all one currency.
fn moved_amount(line: &Line, unit: Unit) -> Option<Sum> {
    let sum = match (line.gross, line.settled, line.fees) {
        (Some(gross), _, _) => Sum {
            amount: gross.exact(unit),
            currency: gross.currency,
        },
        (None, Some(settled), Fees::None) => Sum {
            amount: settled.exact(unit),
            currency: settled.currency,
        },
        (None, Some(settled), Fees::Sum(fees)) if fees.currency == settled.currency => Sum {
            amount: settled.exact(unit) - fees.exact(unit),
            currency: settled.currency,
        },
        _ => return None,
    };
    match line.what.class() {
        Class::Refunds => Some(Sum {
            amount: sum.amount.abs(),
            ..sum
        }),
        _ => Some(sum),
    }
}

fn nothing(currency: domain::Currency) -> Sum {
    Sum {
        amount: Exact::ZERO,
        currency,
    }
}
