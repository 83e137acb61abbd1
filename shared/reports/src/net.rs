//! Whether what is paid out for a line is its gross amount with its fees.

use crate::finding::Sum;
use crate::line::{Book, Fees, Line};
use crate::number::{Conversion, Exact, Unit};
use crate::transaction::Class;

/// Minor units by which rounding may move a line: that of the conversion and that of fees.
const TOLERANCE: i64 = 2;

/// What must be paid out for a line and what is, where the two differ. Lines that say too little are passed over.
pub(crate) fn difference(line: &Line, unit: Unit) -> Option<(Sum, Sum)> {
    if line.book != Book::Settlement {
        return None;
    }
    let settled = line.settled?;
    let currency = settled.currency;
    let fees = match line.fees {
        Fees::None => Exact::ZERO,
        Fees::Sum(fees) if fees.currency == currency => fees.exact(unit),
        Fees::Sum(_) | Fees::Mixed => return None,
    };
    let gross = gross(line, unit)?;
    let gross = match line.what.class() {
        Class::Captures => gross,
        Class::Refunds => -gross.abs(),
        _ => return None,
    };
    let (must, is) = (gross + fees, settled.exact(unit));
    let tolerance = Exact::minor_units(TOLERANCE, currency);
    let sum = |amount| Sum { amount, currency };
    ((must - is).abs() > tolerance).then(|| (sum(must), sum(is)))
}

/// The gross amount in the settlement's currency.
fn gross(line: &Line, unit: Unit) -> Option<Exact> {
    let (gross, settled) = (line.gross?, line.settled?);
    if gross.number.is_zero() {
        return None;
    }
    if gross.currency == settled.currency {
        return Some(gross.exact(unit));
    }
    if let Some(converted) = line.quote.converted {
        return (converted.currency == settled.currency).then(|| converted.exact(unit));
    }
    let way = match line.quote.pair? {
        (from, to) if (from, to) == (gross.currency, settled.currency) => Conversion::Multiply,
        (to, from) if (from, to) == (gross.currency, settled.currency) => Conversion::Divide,
        _ => return None,
    };
    gross
        .exact(unit)
        .converted(line.quote.price?, way, settled.currency)
}
