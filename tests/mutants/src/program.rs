//! One program with every mistake in it, each behind a switch: compiled once, it is tried once for each.
//!
//! A function with mistakes becomes a choice between copies of its body: each copy has one of them, the last has none.
//! Which one runs is asked of `crate::mutant()`, which is added to the crate.

use crate::mutant::Listed;
use std::ops::Range;

/// Added to the crate's `lib.rs`.
pub(crate) const SWITCH: &str = r#"
/// The mistake that is switched on; 0 for none.
#[doc(hidden)]
#[must_use]
pub fn mutant() -> usize {
    static NUMBER: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *NUMBER.get_or_init(|| std::env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0))
}
"#;

/// A mistake, by its number from 1, as a change of the source.
struct Change {
    number: usize,
    place: Range<usize>,
    text: String,
}

/// A function of the source, whose body holds all its changes.
struct Function {
    body: Range<usize>,
    changes: Vec<Change>,
}

/// A source file and the mistakes that can be switched in it.
pub(crate) struct File<'a> {
    source: &'a str,
    functions: Vec<Function>,
}

/// Where a mistake's copy stands in the program: lines, from 1.
pub(crate) struct Copy {
    /// The mistake.
    pub(crate) number: usize,
    /// Its lines.
    pub(crate) lines: Range<usize>,
}

impl<'a> File<'a> {
    /// Takes up the mistakes of one file, numbered. Those that cannot be switched come back: outside of functions, in
    /// functions that run at compile time, and where the copies would be of different types (`-> impl`).
    pub(crate) fn new(source: &'a str, listed: &[(usize, &Listed)]) -> (Self, Vec<usize>) {
        let lines = Lines::of(source);
        let mut functions: Vec<(Range<usize>, Vec<Change>)> = Vec::new();
        let mut left = Vec::new();
        for (number, mutant) in listed {
            let Some(function) = &mutant.function else {
                left.push(*number);
                continue;
            };
            let change = Change {
                number: *number,
                place: lines.range(&mutant.span),
                text: mutant.replacement.clone(),
            };
            functions.push((lines.range(&function.span), vec![change]));
        }
        // The outermost function first; those within belong to it.
        functions.sort_by_key(|(place, _)| (place.start, usize::MAX - place.end));
        let mut merged: Vec<(Range<usize>, Vec<Change>)> = Vec::new();
        for (place, changes) in functions {
            match merged.last_mut() {
                Some((outer, all)) if place.end <= outer.end => all.extend(changes),
                _ => merged.push((place, changes)),
            }
        }
        let mut functions = Vec::new();
        for (place, changes) in merged {
            match body(source, place) {
                Some(body) => functions.push(Function { body, changes }),
                None => left.extend(changes.iter().map(|change| change.number)),
            }
        }
        (Self { source, functions }, left)
    }

    /// The numbers of the mistakes that can be switched.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = usize> {
        let changes = self.functions.iter().flat_map(|f| &f.changes);
        changes.map(|change| change.number)
    }

    /// The source with all mistakes but those in `without`, and where each stands.
    pub(crate) fn program(&self, without: &dyn Fn(usize) -> bool) -> (String, Vec<Copy>) {
        let (mut text, mut copies) = (String::new(), Vec::new());
        let mut at = 0;
        let mut line = 1;
        let mut put = |text: &mut String, part: &str| {
            text.push_str(part);
            line += part.matches('\n').count();
            line
        };
        for function in &self.functions {
            let Range { start, end } = function.body;
            put(&mut text, &self.source[at..start]);
            put(&mut text, "{ match crate::mutant() {\n");
            for change in function.changes.iter().filter(|c| !without(c.number)) {
                let before = &self.source[start..change.place.start];
                let after = &self.source[change.place.end..end];
                let first = put(&mut text, "");
                let copy = format!("{} => {before} {} {after}\n", change.number, change.text);
                let lines = first..put(&mut text, &copy);
                copies.push(Copy {
                    number: change.number,
                    lines,
                });
            }
            let whole = &self.source[start..end];
            put(&mut text, &format!("_ => {whole}\n}} }}"));
            at = end;
        }
        put(&mut text, &self.source[at..]);
        (text, copies)
    }
}

/// Where each line begins, in bytes.
struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a str) -> Self {
        let breaks = source.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { source, starts }
    }

    fn range(&self, span: &crate::mutant::Span) -> Range<usize> {
        self.place(&span.start)..self.place(&span.end)
    }

    /// Columns count characters, from 1.
    fn place(&self, place: &crate::mutant::Place) -> usize {
        let start = self.starts[place.line - 1];
        let line = &self.source[start..];
        let column = line.char_indices().nth(place.column - 1);
        column.map_or(self.source.len(), |(at, _)| start + at)
    }
}

/// The body of the function at `place`, braces and all; `None` if it cannot be a choice at run time.
fn body(source: &str, place: Range<usize>) -> Option<Range<usize>> {
    let text = &source[place.clone()];
    let open = crate::braces::partner_of_last(text)?;
    let head = text[..open].lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('#')
    });
    let head: String = head.flat_map(|line| [line, " "]).collect();
    let fixed = head.contains("const fn") || head.contains("-> impl ");
    (!fixed).then(|| place.start + open..place.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
/// Whether { it } is so.
pub fn f(a: u32) -> bool {
    a < 3 // }
}
const N: usize = 2 * 8;
const fn g() -> u32 { 1 }
fn h() -> impl Iterator<Item = u32> { 0..1 }
fn é() -> &'static str { \"é}\" }
";

    fn listed(
        line: usize,
        columns: (usize, usize),
        function: Option<(usize, usize)>,
        new: &str,
    ) -> Listed {
        let place = |line, column| serde_json::json!({"line": line, "column": column});
        let function = function.map(|(first, last)| {
            let end = SOURCE.lines().nth(last - 1).unwrap().chars().count() + 1;
            serde_json::json!({"span": {"start": place(first, 1), "end": place(last, end)}})
        });
        serde_json::from_value(serde_json::json!({
            "name": "x", "file": "x", "diff": "", "replacement": new, "function": function,
            "span": {"start": place(line, columns.0), "end": place(line, columns.1)},
        }))
        .unwrap()
    }

    #[test]
    fn each_mistake_has_its_copy_and_the_source_is_the_last() {
        let (less, number) = (
            listed(3, (7, 8), Some((1, 4)), "<="),
            listed(5, (20, 21), None, "+"),
        );
        let (one, iterator) = (
            listed(6, (23, 24), Some((6, 6)), "0"),
            listed(7, (39, 40), Some((7, 7)), "9"),
        );
        let text = listed(8, (26, 30), Some((8, 8)), "\"\"");
        let all = [
            (1, &less),
            (2, &number),
            (3, &one),
            (4, &iterator),
            (5, &text),
        ];
        let (file, left) = File::new(SOURCE, &all);
        assert_eq!(left, [2, 3, 4]);
        assert_eq!(file.numbers().collect::<Vec<_>>(), [1, 5]);
        let (program, copies) = file.program(&|_| false);
        let f = "pub fn f(a: u32) -> bool { match crate::mutant() {\n1 => {\n    a  <=  3 // }\n}\n_ => {\n    a < 3 // }\n}\n} }\n";
        assert!(program.contains(f), "{program}");
        let e = "fn é() -> &'static str { match crate::mutant() {\n5 => {  \"\"  }\n_ => { \"é}\" }\n} }\n";
        assert!(program.contains(e), "{program}");
        assert_eq!((copies[0].number, copies[0].lines.clone()), (1, 3..6));
        let (program, copies) = file.program(&|number| number == 1);
        assert!(!program.contains("1 =>"), "{program}");
        assert_eq!(copies.len(), 1);
    }

    #[test]
    fn a_mistake_of_a_function_within_another_is_one_of_the_outer() {
        let source = "fn a() -> u32 {\n    fn b() -> u32 { 1 }\n    b() + 2\n}\n";
        let mutant = |line: usize,
                      columns: [usize; 2],
                      function: [usize; 4],
                      new: &str|
         -> Listed {
            serde_json::from_value(serde_json::json!({
                "name": "x", "file": "x", "diff": "", "replacement": new,
                "span": {"start": {"line": line, "column": columns[0]}, "end": {"line": line, "column": columns[1]}},
                "function": {"span": {"start": {"line": function[0], "column": function[1]}, "end": {"line": function[2], "column": function[3]}}},
            }))
            .unwrap()
        };
        let inner = mutant(2, [21, 22], [2, 5, 2, 24], "0");
        let outer = mutant(3, [9, 10], [1, 1, 4, 2], "-");
        let (file, left) = File::new(source, &[(1, &inner), (2, &outer)]);
        assert!(left.is_empty());
        let (program, _) = file.program(&|_| false);
        assert_eq!(
            program.matches("match crate::mutant()").count(),
            1,
            "{program}"
        );
        assert!(
            program.contains("fn b() -> u32 {  0  }") && program.contains("b()  -  2"),
            "{program}"
        );
    }
}
