//! Aligned columns.

use super::Tone;
use console::{Alignment, measure_text_width, pad_str};

/// Between two columns.
const GAP: &str = "  ";

/// Rows of columns with a line of names above them. The last column is not padded.
#[derive(Debug)]
pub(crate) struct Table {
    names: Vec<&'static str>,
    numbers: Vec<bool>,
    rows: Vec<Vec<(String, Tone)>>,
}

impl Table {
    /// Columns of these names. One whose name ends in ` #` holds numbers, which stand to the right.
    pub(crate) fn new<const N: usize>(names: [&'static str; N]) -> Self {
        let numbers = names.iter().map(|name| name.ends_with(" #")).collect();
        let names = names.iter().map(|name| name.trim_end_matches(" #"));
        Self {
            names: names.collect(),
            numbers,
            rows: Vec::new(),
        }
    }

    /// A row without colour.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.toned(cells.map(|cell| (cell, Tone::Plain)));
    }

    /// A row whose cells have a tone each.
    pub(crate) fn toned<const N: usize>(&mut self, cells: [(String, Tone); N]) {
        self.rows.push(cells.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn lines(&self, coloured: bool) -> Vec<String> {
        let widths: Vec<usize> = (0..self.names.len()).map(|at| self.width(at)).collect();
        let names = self.names.iter();
        let names = names
            .map(|name| ((*name).to_owned(), Tone::Faint))
            .collect();
        std::iter::once(&names)
            .chain(&self.rows)
            .map(|row| self.line(row, &widths, coloured))
            .collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|(cell, _)| measure_text_width(cell)).max();
        widest.unwrap_or(0).max(self.names[column].len())
    }

    fn line(&self, row: &[(String, Tone)], widths: &[usize], coloured: bool) -> String {
        // What is empty at the end of a row leaves no blanks there.
        let shown = row.iter().rposition(|(cell, _)| !cell.is_empty());
        let last = shown.unwrap_or(0);
        let cells = row
            .iter()
            .take(last + 1)
            .enumerate()
            .map(|(at, (cell, tone))| {
                let alignment = if self.numbers[at] {
                    Alignment::Right
                } else {
                    Alignment::Left
                };
                let padded = match alignment {
                    Alignment::Left if at == last => cell.into(),
                    _ => pad_str(cell, widths[at], alignment, None),
                };
                tone.style(coloured).apply_to(padded).to_string()
            });
        cells.collect::<Vec<_>>().join(GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let mut table = Table::new(["payment", "count #", "words"]);
        table.row(["A".into(), "1".into(), "x".into()]);
        table.row(["LONGER_ID".into(), "1200".into(), "€ y".into()]);
        assert_eq!(
            table.lines(false),
            [
                "payment    count  words",
                "A              1  x",
                "LONGER_ID   1200  € y"
            ]
        );
    }

    #[test]
    fn colour_changes_no_width() {
        let mut table = Table::new(["a", "b"]);
        table.toned([("x".into(), Tone::Bad), ("y".into(), Tone::Good)]);
        let (plain, coloured) = (table.lines(false), table.lines(true));
        assert_ne!(plain, coloured);
        for (plain, coloured) in plain.iter().zip(&coloured) {
            assert_eq!(console::strip_ansi_codes(coloured), plain.as_str());
        }
    }
}
