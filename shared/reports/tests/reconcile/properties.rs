//! Reports written from any books agree with them, and one thing changed is found for what it is.

use crate::support::{DAY, Sold, reconcile, settings, settlement, transactions};
use domain::{CaptureState, Payment, RefundState};
use proptest::prelude::*;
use reports::Exact;

/// What a payment did, in minor units.
#[derive(Debug, Clone)]
struct Deal {
    currency: &'static str,
    parts: Vec<u64>,
    refunds: Vec<u64>,
    /// Captured by POP, and shown as one line.
    automatic: bool,
}

fn deal() -> impl Strategy<Value = Deal> {
    let currency = prop::sample::select(vec!["EUR", "JPY", "KWD", "USD"]);
    let parts = prop::collection::vec(1_u64..1_000_000, 1..4);
    let refunds = prop::collection::vec(1_u64..1000, 0..3);
    (currency, parts, refunds, any::<bool>()).prop_map(|(currency, parts, refunds, automatic)| {
        Deal {
            currency,
            automatic: automatic && parts.len() == 1,
            parts,
            refunds,
        }
    })
}

impl Deal {
    fn row(&self, number: usize) -> Payment {
        let name = number.to_string();
        let mut sold = Sold::new(&name, self.parts.iter().sum(), self.currency);
        for (part, minor) in self.parts.iter().enumerate() {
            sold = sold.capture(
                &format!("{name}_{part}"),
                *minor,
                CaptureState::Succeeded,
                DAY,
            );
        }
        for (part, minor) in self.refunds.iter().enumerate() {
            sold = sold.refund(
                &format!("{name}_{part}"),
                *minor,
                RefundState::Succeeded,
                DAY,
            );
        }
        if self.automatic {
            let id = domain::CaptureRequestId::new(format!("R{name}")).unwrap();
            sold = sold.with(|row| row.captures[0].request_id = id);
        }
        sold.row()
    }

    /// Its lines, each with its amount apart, in the way of generation B or C.
    fn lines(&self, number: usize, newest: bool) -> Vec<Line> {
        let line = |what: &'static str, ids: String, minor: i64| Line {
            what,
            ids,
            minor,
            currency: self.currency,
        };
        let mut lines = Vec::new();
        for (part, minor) in self.parts.iter().enumerate() {
            let minor = i64::try_from(*minor).unwrap();
            let (ids, what) = match (self.automatic, newest) {
                (true, _) => (
                    format!("tx=PID{number} req=R{number} ref=O{number}"),
                    "PAYMENT",
                ),
                (_, true) => (
                    format!("tx=PID{number} req=CR{number}_{part} origreq=R{number} ref=O{number}"),
                    "CAPTURE",
                ),
                _ => (
                    format!("tx=CAP{number}_{part} orig=PID{number} req=R{number}"),
                    "CAPTURE",
                ),
            };
            lines.push(line(what, ids, minor));
        }
        for (part, minor) in self.refunds.iter().enumerate() {
            let minor = -i64::try_from(*minor).unwrap();
            let ids = match newest {
                true => format!("tx=PID{number} req=RR{number}_{part} origreq=R{number}"),
                false => format!("tx=REF{number}_{part} orig=PID{number} req=RR{number}_{part}"),
            };
            lines.push(line("REFUND", ids, minor));
        }
        lines
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Line {
    what: &'static str,
    ids: String,
    minor: i64,
    currency: &'static str,
}

impl Line {
    fn written(&self) -> String {
        let currency = domain::Currency::new(self.currency).unwrap();
        let value = Exact::minor_units(self.minor, currency).decimal(currency);
        let Self {
            what,
            ids,
            currency,
            ..
        } = self;
        format!("{what} {ids} gross={value} gcur={currency} net={value} ncur={currency}")
    }
}

/// One thing that goes wrong with a line.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Amount,
    Currency,
    Missing,
    Twice,
    Unknown,
    Type,
}

const WRONGS: [Wrong; 6] = [
    Wrong::Amount,
    Wrong::Currency,
    Wrong::Missing,
    Wrong::Twice,
    Wrong::Unknown,
    Wrong::Type,
];

impl Wrong {
    /// Does it to a line; gives the words of what must be found.
    fn befalls(self, lines: &mut Vec<Line>, at: usize) -> &'static [&'static str] {
        let is_refund = lines[at].what == "REFUND";
        match self {
            Self::Amount => {
                lines[at].minor += if is_refund { -1 } else { 1 };
                &["amount_differs"]
            }
            Self::Currency => {
                lines[at].currency = "GBP";
                &["currency_differs"]
            }
            Self::Missing => {
                lines.remove(at);
                if is_refund {
                    &["refunded_absent"]
                } else {
                    &["captured_absent"]
                }
            }
            Self::Twice => {
                let again = lines[at].clone();
                lines.push(again);
                &["settled_twice", "listed_twice"]
            }
            Self::Unknown => {
                lines[at].ids = "tx=X orig=Y req=Z".into();
                lines[at].what = if is_refund { "REFUND" } else { "CAPTURE" };
                if is_refund {
                    &["refunded_absent", "unknown_payment"]
                } else {
                    &["captured_absent", "unknown_payment"]
                }
            }
            Self::Type => {
                lines[at].what = "SURPRISE";
                if is_refund {
                    &["refunded_absent", "type_unknown"]
                } else {
                    &["captured_absent", "type_unknown"]
                }
            }
        }
    }
}

fn told(rows: &[Payment], lines: &[Line], settled: bool) -> Vec<&'static str> {
    let written: Vec<_> = lines.iter().map(Line::written).collect();
    let written: Vec<_> = written.iter().map(String::as_str).collect();
    let text = if settled {
        settlement(&written)
    } else {
        transactions(&written)
    };
    let got = reconcile(&[("report.csv", text)], rows, settings()).unwrap();
    assert_eq!(got.statement.check_unit(), Ok(()));
    let mut kinds: Vec<_> = got
        .findings
        .iter()
        .map(|finding| finding.kind.code())
        .collect();
    kinds.sort_unstable();
    kinds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_report_of_the_books_agrees_and_one_change_is_found(
        deals in prop::collection::vec(deal(), 1..8),
        newest in any::<bool>(),
        settled in any::<bool>(),
        wrong in prop::sample::select(WRONGS.to_vec()),
        at in any::<prop::sample::Index>(),
        order in any::<u64>(),
    ) {
        let rows: Vec<_> = deals.iter().enumerate().map(|(n, deal)| deal.row(n)).collect();
        let mut lines: Vec<_> = deals.iter().enumerate().flat_map(|(n, deal)| deal.lines(n, newest)).collect();
        // Any order.
        let mut luck = order;
        for end in (1..lines.len()).rev() {
            luck = luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            lines.swap(end, usize::try_from(luck >> 33).unwrap() % (end + 1));
        }
        prop_assert_eq!(told(&rows, &lines, settled), Vec::<&str>::new());

        let at = at.index(lines.len());
        let want = wrong.befalls(&mut lines, at);
        let got = told(&rows, &lines, settled);
        match wrong {
            Wrong::Twice => prop_assert!(got.len() == 1 && want.contains(&got[0]), "{:?}", got),
            _ => prop_assert_eq!(got, want),
        }
    }
}
