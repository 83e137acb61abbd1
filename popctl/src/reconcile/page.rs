//! The statement as a page for people: one file, nothing loaded from elsewhere, no script.

use super::findings::{MOST_KEPT, Told};
use super::report::{Reconciled, about, book_words, says};
use super::trail::Word;
use crate::output::utc;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use reports::{Book, Kind};

const STYLE: &str = include_str!("page.css");
/// Nothing but its own style: whatever stands in a report cannot become anything else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
/// Batches that are shown one by one.
const MOST_BATCHES: usize = 500;

pub(super) fn page(reconciled: &Reconciled) -> String {
    let agrees = reconciled.statement.balances();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Reconciliation: " (reconciled.verdict()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Reconciliation" }
                    p.verdict.good[agrees].bad[!agrees] { (reconciled.verdict()) }
                    @for note in reconciled.notes() { p { (note) } }
                }
                main {
                    (overview(reconciled))
                    (balances(reconciled))
                    (paid_out(reconciled))
                    @for (kind, number, kept) in reconciled.kinds() {
                        (of_kind(reconciled, kind, number, kept))
                    }
                    (batches(reconciled))
                    (files(reconciled))
                }
            }
        }
    };
    page.into_string()
}

/// What was found, with ways there.
fn overview(reconciled: &Reconciled) -> Markup {
    let kinds: Vec<_> = reconciled.kinds().collect();
    html! {
        section aria-labelledby="found" {
            h2 id="found" { "What was found" }
            @if kinds.is_empty() { p { "Nothing." } } @else {
                ul {
                    @for (kind, number, _) in kinds {
                        li { a href={ "#" (kind.code()) } { (kind.title()) } ": " (number) }
                    }
                }
            }
        }
    }
}

/// A column's heading, and its class.
type Column = (&'static str, Option<&'static str>);

const fn text(heading: &'static str) -> Column {
    (heading, None)
}

const fn number(heading: &'static str) -> Column {
    (heading, Some("number"))
}

/// A table that scrolls by itself where the page is narrow.
fn table(name: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) {
            table {
                thead { tr {
                    @for (heading, class) in columns { th class=[class] scope="col" { (heading) } }
                } }
                tbody { (rows) }
            }
        }
    }
}

fn balances(reconciled: &Reconciled) -> Markup {
    let columns = [
        text("Money"),
        number("Difference"),
        number("Ours"),
        number("Reports"),
        number("Waiting"),
        ("Explained by", Some("why")),
    ];
    let rows = |book| {
        html! {
            @for (side, currency, balance) in reconciled.statement.balances.of_book(book) {
                tr {
                    th scope="row" { (side.as_str()) " " (currency.code()) }
                    td.number { (balance.difference().decimal(currency)) }
                    td.number { (balance.ours.sum.decimal(currency)) br; small { (balance.ours.number) } }
                    td.number { (balance.reports.sum.decimal(currency)) br; small { (balance.reports.number) } }
                    td.number { (balance.waiting.sum.decimal(currency)) br; small { (balance.waiting.number) } }
                    td.why {
                        @for (kind, count) in &balance.differences {
                            div { (kind.title()) ": " (count.sum.decimal(currency)) " (" (count.number) ")" }
                        }
                        @if !balance.unexplained().is_zero() {
                            div.bad { "unexplained: " (balance.unexplained().decimal(currency)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        @for book in Book::ALL {
            @if reconciled.statement.balances.of_book(book).next().is_some() {
                section {
                    h2 { (book_words(book)) }
                    (table(book_words(book), &columns, &rows(book)))
                }
            }
        }
    }
}

fn paid_out(reconciled: &Reconciled) -> Markup {
    let paid = reconciled.paid_out();
    let columns = [
        text("Lines"),
        number("Number"),
        number("Fees"),
        number("Net"),
    ];
    let rows = html! {
        @for (what, currency, sum) in &paid {
            tr {
                th scope="row" { (what) " " (currency.code()) }
                td.number { (sum.lines) }
                td.number { (sum.fees.decimal(*currency)) }
                td.number { (sum.net.decimal(*currency)) }
            }
        }
    };
    html! {
        @if !paid.is_empty() {
            section { h2 { "Paid out" } (table("Paid out", &columns, &rows)) }
        }
    }
}

fn of_kind(reconciled: &Reconciled, kind: Kind, number: u64, kept: &[Told]) -> Markup {
    html! {
        section id=(kind.code()) {
            h2 { (kind.title()) " (" (number) ")" }
            p { code { (kind.code()) } ". " (kind.advice()) "." }
            @for told in kept { (finding(reconciled, told)) }
            @if number > kept.len() as u64 && !kept.is_empty() {
                p { "The first " (MOST_KEPT) " are shown: " code { "--json" } " has all of them." }
            }
        }
    }
}

fn finding(reconciled: &Reconciled, told: &Told) -> Markup {
    let finding = &told.finding;
    html! {
        article {
            h3 { (about(told)) }
            dl {
                @if let Some(order) = &finding.order { dt { "Order" } dd { (order.as_str()) } }
                @if finding.kind.is_difference() { dt { "Our row" } dd { (says(&finding.ours)) } }
                dt { "Report" }
                dd {
                    (says(&finding.report))
                    @for place in &finding.lines { br; small { (reconciled.place(*place)) } }
                }
                @for effect in &finding.effects {
                    dt { "Ours less the reports'" }
                    dd { (effect.side.as_str()) " " (effect.sum.display()) }
                }
                @if let Some(verdict) = told.verdict { dt { "Who is right" } dd { (verdict.words()) } }
            }
            @if !told.trail.is_empty() { (trail(&told.trail)) }
        }
    }
}

fn trail(words: &[Word]) -> Markup {
    html! {
        details {
            summary { "What POP signed (" (words.len()) ")" }
            ol {
                @for word in words {
                    li { (utc(word.at)) " " code { (word.message) } ", entry " (word.entry) ": " (word.says) }
                }
            }
        }
    }
}

fn batches(reconciled: &Reconciled) -> Markup {
    let all: Vec<_> = reconciled.statement.batches.iter().collect();
    let columns = [
        text("Batch"),
        number("Lines"),
        number("Net of the lines"),
        number("Total of the summary"),
    ];
    let rows = html! {
        @for (key, batch) in all.iter().take(MOST_BATCHES) {
            @let total = batch.summary.and_then(|summary| summary.total);
            tr {
                th scope="row" { (key.batch) " " (key.currency.code()) }
                td.number { (batch.lines()) }
                td.number { (batch.net().decimal(key.currency)) }
                td.number {
                    @match total {
                        Some(total) => { (total.decimal(key.currency)) }
                        None => { "not given" }
                    }
                }
            }
        }
    };
    html! {
        @if !all.is_empty() {
            section {
                h2 { "Batches (" (all.len()) ")" }
                (table("Batches", &columns, &rows))
                @if all.len() > MOST_BATCHES { p { "The first " (MOST_BATCHES) " are shown." } }
            }
        }
    }
}

fn files(reconciled: &Reconciled) -> Markup {
    let files = &reconciled.statement.files;
    let columns = [text("File"), text("Report"), number("Lines")];
    let rows = html! {
        @for file in files {
            tr {
                th scope="row" {
                    (file.name)
                    @if let Some(of) = file.repeats {
                        br; small { "the same as " (files[of as usize].name) ": counted once" }
                    }
                }
                td { (file.kind.as_str()) }
                td.number { (file.lines) }
            }
        }
    };
    html! {
        section {
            h2 { "Files (" (files.len()) ")" }
            (table("Files", &columns, &rows))
        }
    }
}
