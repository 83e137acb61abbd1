//! Lines that come again: the same part of a report, fetched twice in different forms.

use super::{Judged, Terms};
use crate::line::Line;

/// The lines without those that only repeat one of another file. A line that stands twice in one file, or in two parts
/// of one series, is no repetition: it is there twice.
pub(super) fn once<'l>(lines: Vec<&'l Line>, terms: &Terms, judged: &mut Judged) -> Vec<&'l Line> {
    let mut kept: Vec<&Line> = Vec::with_capacity(lines.len());
    for line in lines {
        let repeats = |before: &&Line| {
            before.place.file != line.place.file
                && before.repeats(line)
                && may_repeat(before.place.file, line.place.file, terms)
        };
        match kept.iter().any(repeats) {
            true => judged.repeated.push(line.clone()),
            false => kept.push(line),
        }
    }
    kept
}

fn may_repeat(one: u32, two: u32, terms: &Terms) -> bool {
    let name = |file: u32| terms.names.get(file as usize);
    match (name(one), name(two)) {
        (Some(one), Some(two)) => one.may_repeat(two),
        _ => true,
    }
}
