//! Settlement summaries: what is paid out for each type of line, and in all.

use super::Generation;
use super::columns::{Batch, Writer, part};
use super::entries::Entry;
use super::files::File;
use super::wrong::Discrepancy;

/// The summary of a batch.
pub(super) fn summary(
    writer: &Writer<'_>,
    batch: &Batch,
    entries: &[Entry],
    wrong: Option<Discrepancy>,
) -> File {
    let header = header(writer.options.generation);
    let mut sums = sums(writer, batch, entries);
    let nothing = Sum {
        what: "TOTAL",
        ..Sum::default()
    };
    let mut total = sums.iter().fold(nothing, Sum::plus);
    if let (Some(wrong), Some(first)) = (wrong, sums.first_mut()) {
        first.net += 100;
        // A total that adds up and is wrong all the same.
        total.net += if wrong == Discrepancy::TotalDiffers {
            100
        } else {
            0
        };
    }
    let total = (!sums.is_empty()).then_some(total);
    let row = |sum: &Sum| {
        header
            .iter()
            .map(|column| cell(writer, column, sum, batch))
            .collect()
    };
    File {
        stem: format!("settlementSummary_{}_{}_000", batch.currency, batch.id),
        rows: total.iter().chain(&sums).map(row).collect(),
        header,
    }
}

fn header(generation: Generation) -> Vec<&'static str> {
    let (acquirer, time, fees): (_, _, &[_]) = match generation {
        Generation::C => ("PSP", "settlementInitiatedDate", &[]),
        _ => (
            "acquirer",
            "settlementTime",
            &["feeAmountValue", "feeCurrency"],
        ),
    };
    let mut header = vec![
        "settlementBatchId",
        "customerId",
        acquirer,
        "summaryType",
        time,
        "count",
    ];
    header.extend(["settlementAmountValue", "settlementCurrency"]);
    header.extend(fees);
    header.extend([
        "interchangeFeeAmountValue",
        "interchangeFeeCurrency",
        "schemeFeeAmountValue",
        "schemeFeeCurrency",
        "acquirerMarkupAmountValue",
        "acquirerMarkupCurrency",
    ]);
    header
}

/// One for each type of line, in the order in which they come.
fn sums(writer: &Writer<'_>, batch: &Batch, entries: &[Entry]) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for entry in entries {
        let place = sums.iter().position(|sum| sum.what == entry.what);
        let place = place.unwrap_or_else(|| {
            sums.push(Sum {
                what: entry.what,
                ..Sum::default()
            });
            sums.len() - 1
        });
        let (sum, paid) = (&mut sums[place], writer.paid(entry, batch));
        sum.count += 1;
        sum.net += paid.map_or(0, |paid| paid.net);
        sum.fees += paid.map_or(0, |paid| paid.fees);
    }
    sums
}

fn cell(writer: &Writer<'_>, column: &str, sum: &Sum, batch: &Batch) -> String {
    match column {
        "summaryType" => sum.what.to_owned(),
        "count" => sum.count.to_string(),
        "settlementAmountValue" => writer.amount(sum.net, &batch.currency),
        "feeAmountValue" => writer.amount(sum.fees, &batch.currency),
        name if name.ends_with("AmountValue") => {
            let part = part(name, sum.fees);
            part.map_or(String::new(), |part| writer.amount(part, &batch.currency))
        }
        name if name.ends_with("Currency") => batch.currency.clone(),
        name => writer.cell(name, &Entry::of_batch("", batch.at, 0), batch),
    }
}

#[derive(Default)]
struct Sum {
    what: &'static str,
    count: u64,
    net: i64,
    fees: i64,
}

impl Sum {
    fn plus(self, other: &Self) -> Self {
        Self {
            what: self.what,
            count: self.count + other.count,
            net: self.net + other.net,
            fees: self.fees + other.fees,
        }
    }
}
