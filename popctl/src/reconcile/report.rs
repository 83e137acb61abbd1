//! The statement, for people on a terminal and for machines.

use super::findings::{Findings, MOST_KEPT, Told};
use super::options::Trails;
use super::walk::MOST_READ_AGAIN;
use crate::ending::Ending;
use crate::output::{Page, Report, Table, Tone, count, utc};
use domain::{Currency, Seconds};
use reports::{
    Balance, Batch, BatchKey, Book, Class, ClassSum, Count, Exact, FileFacts, Fits, Kind, Period,
    Place, Says, Side, Statement,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// How many findings of each kind are printed.
const MOST_PRINTED: usize = 20;

/// What a reconciliation came to.
#[derive(Debug)]
pub(super) struct Reconciled {
    pub(super) statement: Statement,
    pub(super) findings: Findings,
    pub(super) period: Option<Period>,
    pub(super) absent_after: Seconds,
    pub(super) trails: Trails,
    pub(super) read_again: u64,
}

impl Reconciled {
    /// The verdict, in a line.
    pub(super) fn verdict(&self) -> String {
        let differences = self.number_of(Kind::is_difference);
        match differences {
            0 => "Books and reports agree.".to_owned(),
            number => format!(
                "Books and reports do not agree: {}.",
                count(number, "difference")
            ),
        }
    }

    fn number_of(&self, which: impl Fn(Kind) -> bool) -> u64 {
        let counts = self.statement.counts.iter();
        counts
            .filter(|(kind, _)| which(**kind))
            .map(|(_, number)| number)
            .sum()
    }

    /// What was held against what, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let statement = &self.statement;
        let unit = statement.unit.map_or("", |unit| unit.as_str());
        let fits = statement.evidence.sum();
        let mut notes = vec![format!("Amounts in {unit} units: {}.", fits_words(&fits))];
        notes.push(match self.period {
            Some(Period { from, to }) => format!(
                "Captures and refunds from {} to {} must be in the reports {} later.",
                utc(from),
                utc(to),
                count(self.absent_after.0.unsigned_abs() / 86_400, "day")
            ),
            None => {
                "Not looked for: captures and refunds that are in no report (--from).".to_owned()
            }
        });
        let of_kind = |kind| statement.files.iter().any(|file| file.kind == kind);
        for (kind, words) in [
            (reports::ReportKind::Transactions, "transaction details"),
            (reports::ReportKind::Settlement, "settlement details"),
            (reports::ReportKind::Summary, "settlement summaries"),
        ] {
            if !of_kind(kind) {
                notes.push(format!(
                    "No {words} were given: nothing is held against them."
                ));
            }
        }
        if self.trails == Trails::None {
            notes.push("POP's signed messages were not read (--trails).".to_owned());
        } else if self.read_again >= MOST_READ_AGAIN && self.trails == Trails::Differing {
            notes.push(format!(
                "More than {MOST_READ_AGAIN} payments differ: their trails were not read. Is this the right table?"
            ));
        }
        notes
    }

    /// The file and line of a place, as people find it.
    pub(super) fn place(&self, place: Place) -> String {
        let file = self.statement.files.get(place.file as usize);
        let name = file.map_or("?", |file| file.name.as_str());
        format!("{name}, line {}", place.line)
    }

    /// The kinds that were found, differences first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, u64, &[Told])> {
        Kind::all().filter_map(|kind| {
            let number = self
                .statement
                .counts
                .get(&kind)
                .copied()
                .filter(|number| *number > 0)?;
            Some((kind, number, self.findings.kept_of(kind)))
        })
    }
}

/// Lines of one class, or of all.
type PaidOut = (&'static str, Currency, ClassSum);

impl Reconciled {
    /// What is paid out, by currency: each class, then all together.
    pub(super) fn paid_out(&self) -> Vec<PaidOut> {
        let mut paid: Vec<PaidOut> = Vec::new();
        let mut all: Option<(Currency, ClassSum)> = None;
        for ((currency, class), sum) in self.statement.paid_out() {
            match &mut all {
                Some((of, together)) if *of == currency => {
                    together.lines += sum.lines;
                    together.fees += sum.fees;
                    together.net += sum.net;
                }
                _ => {
                    let before = all.replace((currency, sum));
                    paid.extend(before.map(|(currency, sum)| ("together", currency, sum)));
                }
            }
            paid.push((class.as_str(), currency, sum));
        }
        paid.extend(all.map(|(currency, sum)| ("together", currency, sum)));
        paid
    }
}

/// What the lines said of the unit.
fn fits_words(fits: &Fits) -> String {
    match fits.tell() {
        true => format!(
            "{} of our amounts fit major units alone, {} minor ones",
            fits.major, fits.minor
        ),
        false => "nothing in these reports could tell".to_owned(),
    }
}

/// `P0, capture 2026...`: what a finding is about.
pub(super) fn about(told: &Told) -> String {
    let finding = &told.finding;
    let payment = finding
        .payment
        .as_ref()
        .map(|id| format!("payment {}", plain(id.as_str())));
    let unknown = finding
        .payment_id
        .as_ref()
        .filter(|_| finding.payment.is_none());
    let unknown = unknown.map(|id| format!("POP's payment {}", plain(id.as_str())));
    let transaction = finding.transaction.as_ref().map(|id| plain(id));
    let parts: Vec<String> = [payment.or(unknown), transaction]
        .into_iter()
        .flatten()
        .collect();
    match parts.is_empty() {
        true => "-".to_owned(),
        false => parts.join(", "),
    }
}

/// What one side says.
pub(super) fn says(says: &Option<Says>) -> String {
    match says {
        None => "nothing".to_owned(),
        Some(Says { words, amount }) => {
            let amount = amount.map(|sum| sum.display());
            let parts: Vec<String> = [Some(plain(words)), amount].into_iter().flatten().collect();
            parts.join(" ")
        }
    }
}

/// Texts of others, without what a terminal would take for orders.
fn plain(text: &str) -> String {
    let shown = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    text.chars().map(shown).collect()
}

/// Heading of the balances of one kind of report.
pub(super) fn book_words(book: Book) -> &'static str {
    match book {
        Book::Transactions => "Against the transaction details",
        Book::Settlement => "Against the settlement details",
    }
}

impl Report for Reconciled {
    fn print(&self, page: &mut Page) {
        let tone = if self.statement.balances() {
            Tone::Good
        } else {
            Tone::Bad
        };
        let verdict = page.paint(tone, self.verdict()).to_string();
        page.line(verdict);
        for note in self.notes() {
            page.text(0, note);
        }
        page.blank();
        self.print_files(page);
        self.print_balances(page);
        self.print_paid_out(page);
        for (kind, number, kept) in self.kinds() {
            self.print_kind(kind, number, kept, page);
        }
    }

    fn ending(&self) -> Ending {
        Ending::of(self.statement.balances())
    }
}

impl Reconciled {
    fn print_files(&self, page: &mut Page) {
        let mut table = Table::new(["report", "lines #", "file"]);
        for file in &self.statement.files {
            let repeats = file.repeats.map(|of| {
                let of = &self.statement.files[of as usize].name;
                format!(
                    "{} (the same as {}: counted once)",
                    plain(&file.name),
                    plain(of)
                )
            });
            let name = repeats.unwrap_or_else(|| plain(&file.name));
            table.row([file.kind.as_str().to_owned(), file.lines.to_string(), name]);
        }
        page.table(&table);
        page.blank();
    }

    fn print_balances(&self, page: &mut Page) {
        for book in Book::ALL {
            let mut table = Table::new([
                "",
                "ours #",
                "amount #",
                "reports #",
                "amount #",
                "waiting #",
                "difference #",
            ]);
            let of_book = self
                .statement
                .balances
                .iter()
                .filter(|(of, ..)| *of == book);
            for (_, side, currency, balance) in of_book {
                let difference = balance.ours.sum - balance.reports.sum - balance.waiting.sum;
                table.row([
                    format!("{} {}", side.as_str(), currency.code()),
                    balance.ours.number.to_string(),
                    balance.ours.sum.decimal(currency),
                    balance.reports.number.to_string(),
                    balance.reports.sum.decimal(currency),
                    balance.waiting.sum.decimal(currency),
                    difference.decimal(currency),
                ]);
            }
            if !table.is_empty() {
                page.heading(book_words(book));
                page.table(&table);
                self.print_explained(book, page);
                page.blank();
            }
        }
    }

    /// What each difference is made of.
    fn print_explained(&self, book: Book, page: &mut Page) {
        let of_book = self
            .statement
            .balances
            .iter()
            .filter(|(of, ..)| *of == book);
        for (_, side, currency, balance) in of_book {
            let part = |(kind, count): (&Kind, &Count)| {
                format!(
                    "{} {} ({})",
                    kind.title(),
                    count.sum.decimal(currency),
                    count.number
                )
            };
            let mut parts: Vec<String> = balance.differences.iter().map(part).collect();
            if !balance.unexplained().is_zero() {
                let left = balance.unexplained().decimal(currency);
                parts.push(format!(
                    "unexplained {left}: this program is wrong, please report it"
                ));
            }
            if !parts.is_empty() {
                let words = format!(
                    "{} {}: {}",
                    side.as_str(),
                    currency.code(),
                    parts.join("; ")
                );
                page.text(0, words);
            }
        }
    }

    fn print_paid_out(&self, page: &mut Page) {
        let mut table = Table::new(["", "lines #", "fees #", "net #"]);
        for (what, currency, sum) in self.paid_out() {
            table.row([
                format!("{what} {}", currency.code()),
                sum.lines.to_string(),
                sum.fees.decimal(currency),
                sum.net.decimal(currency),
            ]);
        }
        if table.is_empty() {
            return;
        }
        page.heading("Paid out");
        page.table(&table);
        let batches = || self.statement.batches.iter();
        let with_summary = batches().filter(|(_, batch)| batch.summary.is_some());
        let all = match batches().count() {
            1 => "1 batch".to_owned(),
            number => format!("{number} batches"),
        };
        page.line(format!("{} of {all} with a summary", with_summary.count()));
        page.blank();
    }

    fn print_kind(&self, kind: Kind, number: u64, kept: &[Told], page: &mut Page) {
        let tone = if kind.is_difference() {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let title = page
            .paint(tone, format!("{} ({number})", kind.title()))
            .to_string();
        page.line(format!("{title}  {}", kind.code()));
        page.text(2, format!("{}.", kind.advice()));
        for told in kept.iter().take(MOST_PRINTED) {
            self.print_told(told, page);
        }
        let more = number.saturating_sub(kept.len().min(MOST_PRINTED) as u64);
        if more > 0 && !kept.is_empty() {
            page.line(format!(
                "  and {more} more: --html has up to {MOST_KEPT} of each kind, --json all"
            ));
        }
        page.blank();
    }

    fn print_told(&self, told: &Told, page: &mut Page) {
        let finding = &told.finding;
        let places: Vec<String> = finding
            .lines
            .iter()
            .map(|place| self.place(*place))
            .collect();
        let places = match places.is_empty() {
            true => String::new(),
            false => format!(" ({})", plain(&places.join("; "))),
        };
        if !finding.kind.is_difference() {
            page.text(
                2,
                format!("{}: {}{places}", about(told), says(&finding.report)),
            );
            return;
        }
        page.line(format!("  {}", about(told)));
        page.text(4, format!("ours: {}", says(&finding.ours)));
        page.text(4, format!("report: {}{places}", says(&finding.report)));
        if let Some(verdict) = told.verdict {
            let look = finding
                .payment
                .as_ref()
                .map(|id| format!(" (popctl explain {})", plain(id.as_str())));
            page.text(
                4,
                format!("{}{}", verdict.words(), look.unwrap_or_default()),
            );
        }
    }
}

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
