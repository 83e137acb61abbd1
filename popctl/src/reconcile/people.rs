//! The statement on a terminal.

use super::findings::{MOST_KEPT, Told};
use super::report::{Reconciled, about, book_words, plain, says};
use crate::ending::Ending;
use crate::output::{Page, Report, Table, Tone};
use reports::{Book, Count, Kind};

/// How many findings of each kind are printed.
const MOST_PRINTED: usize = 20;

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
            for (side, currency, balance) in self.statement.balances.of_book(book) {
                table.row([
                    format!("{} {}", side.as_str(), currency.code()),
                    balance.ours.number.to_string(),
                    balance.ours.sum.decimal(currency),
                    balance.reports.number.to_string(),
                    balance.reports.sum.decimal(currency),
                    balance.waiting.sum.decimal(currency),
                    balance.difference().decimal(currency),
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
        for (side, currency, balance) in self.statement.balances.of_book(book) {
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
