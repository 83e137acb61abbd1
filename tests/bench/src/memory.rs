//! Which memory a function should have: with memory comes a share of a processor, and both are paid for.

use crate::jobs::Job;
use crate::measure::Place;
use crate::plot::figure;
use crate::stats::Spread;
use crate::subjects::Subject;
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write;

/// What is tried, in MB.
const SIZES: [u64; 5] = [128, 192, 256, 512, 1024];

/// Rounds of each.
const ROUNDS: usize = 7;

/// A function held to the processor share of some memory.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    pub(crate) job: Job,
    pub(crate) mb: u64,
    /// The first invocation, in milliseconds.
    pub(crate) first: Spread,
    /// The middle of the next hundred, back to back.
    pub(crate) later: Spread,
}

/// Measures one of our functions at each size.
pub(crate) async fn measure(place: &Place<'_>, job: Job, ours: &Subject) -> Result<Vec<Held>> {
    let mut runs = SIZES.map(|_| (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        for (mb, (firsts, laters)) in SIZES.iter().zip(&mut runs) {
            let (first, later) = place.held(&ours.program, job, *mb).await?;
            firsts.push(first);
            laters.push(later);
        }
    }
    let sizes = SIZES.iter().zip(runs);
    Ok(sizes
        .map(|(mb, (first, later))| Held {
            job,
            mb: *mb,
            first: Spread::of(first),
            later: Spread::of(later),
        })
        .collect())
}

/// The section of the document.
pub(crate) fn page(command: &str, held: &[Held]) -> String {
    let mut page = format!(
        "Written by `{command}`: each function at full speed until its first event, as Lambda starts it, then held by a control \
         group to the share of a processor that comes with the memory (1,769 MB are one processor). {ROUNDS} rounds; middle, least \
         and most. *Unit cost* is memory times the middle of later invocations, to that of 128 MB: what the processor's part of an \
         invocation costs. An emulation: it has Lambda's share of a processor, not its hardware, and AWS's answers \
         come at once.\n\n| job | MB | first invocation, ms | later invocations, ms | unit cost |\n|---|---|---|---|---|\n"
    );
    for row in held {
        let base = held.iter().find(|other| other.job == row.job);
        let cost = |row: &Held| row.mb as f64 * row.later.median;
        let unit = base.map_or(1.0, |base| cost(row) / cost(base));
        let shown = |value: &Spread| {
            let (least, most) = (figure(value.least), figure(value.most));
            format!("{} ({least}-{most})", figure(value.median))
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {unit:.2} |",
            row.job.id(),
            row.mb,
            shown(&row.first),
            shown(&row.later),
        );
    }
    page
}
