//! The statement as JSON. Its fields stand in `docs/popctl.md`.

use super::findings::Findings;
use super::options::Trails;
use super::report::Reconciled;
use domain::Currency;
use reports::{
    Balance, Batch, BatchKey, Book, Class, ClassSum, Count, Exact, FileFacts, Fits, Period, Side,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

impl Serialize for Reconciled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let statement = &self.statement;
        let period = self
            .period
            .map(|Period { from, to }| json!({ "from": from.rfc3339(), "to": to.rfc3339() }));
        let balances = statement
            .balances
            .iter()
            .map(|(book, side, currency, balance)| balance_json(book, side, currency, balance));
        let paid_out = statement.paid_out();
        let paid_out = paid_out
            .iter()
            .map(|((currency, class), sum)| class_json(*currency, *class, sum));
        let view = View {
            balances: statement.balances(),
            amounts: statement.unit.map_or("", |unit| unit.as_str()),
            fits: statement.evidence.sum(),
            period,
            absent_after_days: self.absent_after.0 / 86_400,
            trails: self.trails,
            read_again: self.read_again,
            rows: statement.rows,
            files: statement.files.iter().map(file_json).collect(),
            books: balances.collect(),
            paid_out: paid_out.collect(),
            batches: statement
                .batches
                .iter()
                .map(|(key, batch)| batch_json(key, batch))
                .collect(),
            counts: statement
                .counts
                .iter()
                .map(|(kind, number)| (kind.code().to_owned(), Value::from(*number)))
                .collect(),
            findings: &self.findings,
        };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    balances: bool,
    amounts: &'static str,
    fits: Fits,
    period: Option<Value>,
    absent_after_days: i64,
    trails: Trails,
    read_again: u64,
    rows: u64,
    files: Vec<Value>,
    books: Vec<Value>,
    paid_out: Vec<Value>,
    batches: Vec<Value>,
    counts: serde_json::Map<String, Value>,
    findings: &'a Findings,
}

fn file_json(file: &FileFacts) -> Value {
    json!({
        "name": file.name, "report": file.kind.as_str(), "columns": file.layout.as_str(), "customer": file.customer,
        "lines": file.lines, "first": file.times.map(|(first, _)| first.rfc3339()),
        "last": file.times.map(|(_, last)| last.rfc3339()), "repeats": file.repeats,
    })
}

fn count_json(count: &Count, currency: Currency) -> Value {
    json!({ "number": count.number, "decimal": count.sum.decimal(currency) })
}

fn balance_json(book: Book, side: Side, currency: Currency, balance: &Balance) -> Value {
    let differences = balance.differences.iter();
    let differences =
        differences.map(|(kind, count)| (kind.code().to_owned(), count_json(count, currency)));
    json!({
        "report": book.as_str(), "side": side.as_str(), "currency": currency.code(),
        "ours": count_json(&balance.ours, currency), "reports": count_json(&balance.reports, currency),
        "matched": count_json(&balance.matched, currency), "waiting": count_json(&balance.waiting, currency),
        "differences": differences.collect::<serde_json::Map<_, _>>(),
        "unexplained": balance.unexplained().decimal(currency),
    })
}

fn class_json(currency: Currency, class: Class, sum: &ClassSum) -> Value {
    json!({
        "currency": currency.code(), "class": class.as_str(), "lines": sum.lines,
        "fees": sum.fees.decimal(currency), "net": sum.net.decimal(currency),
    })
}

fn batch_json(key: &BatchKey, batch: &Batch) -> Value {
    let decimal = |amount: Exact| amount.decimal(key.currency);
    json!({
        "customer": key.customer, "batch": key.batch, "currency": key.currency.code(), "lines": batch.lines(),
        "net": decimal(batch.net()), "total": batch.summary.and_then(|summary| summary.total).map(decimal),
    })
}
