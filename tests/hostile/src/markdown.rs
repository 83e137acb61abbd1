//! The section of `docs/reliability.md`.

use crate::report::{Report, grouped};
use crate::tables::Table;
use std::fmt::Write;

pub(crate) fn section(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "`cargo hostile --seconds {} --write-docs` gave this section. **{} executions** of {} fuzz targets, 0 inputs that \
         broke one; **{} hostile messages** from tables, {} accepted, 0 panics.\n",
        report.seconds_each,
        grouped(report.executions()),
        report.fuzzed.len(),
        grouped(report.tried()),
        report.accepted()
    );
    let _ = writeln!(
        text,
        "Fuzzing is guided by coverage of our own code (libFuzzer). The seeds are the files of `events/` and the provider's \
         published samples; JSON is changed in its structure as well as in its bytes. An input may take 2 s, allocate 32 MiB \
         at once, and the process hold 1 GiB. `cargo hostile --target NAME --replay FILE` tries one input again.\n"
    );
    let _ = writeln!(
        text,
        "| target | what is fed to what | what must hold | executions | per second | corpus | peak MiB |"
    );
    let _ = writeln!(text, "|---|---|---|--:|--:|--:|--:|");
    for target in &report.fuzzed {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            target.target,
            target.about,
            target.holds,
            grouped(target.executions),
            grouped(target.per_second),
            target.corpus,
            target.peak_mib
        );
    }
    let _ = writeln!(
        text,
        "\n| table of hostile messages | tried | accepted | slowest, ms of processor time | peak MiB of the process |"
    );
    let _ = writeln!(text, "|---|--:|--:|--:|--:|");
    for table in &report.tables {
        let Table {
            what,
            tried,
            accepted,
            peak_mib,
            slowest_ms,
        } = table;
        let _ = writeln!(
            text,
            "| {what} | {} | {accepted} | {slowest_ms} | {peak_mib} |",
            grouped(*tried)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn the_section_has_the_command_the_figures_and_a_row_for_each_target_and_table() {
        let text = section(&report(false, 0));
        assert!(
            text.starts_with("`cargo hostile --seconds 10 --write-docs`"),
            "{text}"
        );
        assert!(
            text.contains("**2,469,134 executions** of 2 fuzz targets"),
            "{text}"
        );
        assert!(
            text.contains("**8,000 hostile messages** from tables, 0 accepted, 0 panics"),
            "{text}"
        );
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("| `keys` |"))
                .count(),
            2
        );
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("| notifications | 4,000 |"))
                .count(),
            2
        );
    }
}
