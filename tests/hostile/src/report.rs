//! What a run found, for people and machines.

use crate::fuzzing::Fuzzed;
use crate::tables::Table;
use serde::Serialize;
use std::fmt::Write;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seconds_each: u32,
    pub(crate) seconds_in_all: u64,
    pub(crate) fuzzed: Vec<Fuzzed>,
    pub(crate) tables: Vec<Table>,
    /// Whether every test behind the tables passed.
    pub(crate) tables_hold: bool,
}

impl Report {
    pub(crate) fn holds(&self) -> bool {
        self.tables_hold
            && self.accepted() == 0
            && self.fuzzed.iter().all(|target| target.broken_by.is_none())
    }

    pub(crate) fn executions(&self) -> u64 {
        self.fuzzed.iter().map(|target| target.executions).sum()
    }

    pub(crate) fn tried(&self) -> u64 {
        self.tables.iter().map(|table| table.tried).sum()
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.tables.iter().map(|table| table.accepted).sum()
    }

    pub(crate) fn for_people(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<18} {:>12} {:>9} {:>7} {:>8} {:>9}  result",
            "target", "executions", "per s", "corpus", "reached", "peak MiB"
        );
        for target in &self.fuzzed {
            let result = target
                .broken_by
                .as_ref()
                .map_or("holds".to_owned(), |file| {
                    let name = &target.target;
                    format!(
                        "BROKEN: cargo hostile --target {name} --replay {}",
                        file.display()
                    )
                });
            let _ = writeln!(
                text,
                "{:<18} {:>12} {:>9} {:>7} {:>8} {:>9}  {result}",
                target.target,
                target.executions,
                target.per_second,
                target.corpus,
                target.reached,
                target.peak_mib
            );
        }
        for table in &self.tables {
            let _ = writeln!(
                text,
                "{:<60} {:>6} tried, {} accepted, slowest {} ms of processor time, peak {} MiB",
                table.what, table.tried, table.accepted, table.slowest_ms, table.peak_mib
            );
        }
        let broken = self
            .fuzzed
            .iter()
            .filter(|target| target.broken_by.is_some())
            .count();
        let _ = write!(
            text,
            "{} executions of {} targets, {broken} broken; {} hostile messages, {} accepted; {} s",
            grouped(self.executions()),
            self.fuzzed.len(),
            grouped(self.tried()),
            self.accepted(),
            self.seconds_in_all
        );
        text
    }
}

/// With a comma after each three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn fuzzed(broken: bool) -> Fuzzed {
        Fuzzed {
            target: "keys".into(),
            about: "keys".into(),
            holds: "nothing is shown".into(),
            executions: 1_234_567,
            per_second: 123_456,
            corpus: 5,
            reached: 6,
            peak_mib: 70,
            slowest_seconds: 0,
            broken_by: broken.then(|| "/t/crash-1".into()),
        }
    }

    fn table(accepted: u64) -> Table {
        Table {
            what: "notifications".into(),
            tried: 4000,
            accepted,
            peak_mib: 20,
            slowest_ms: 3,
        }
    }

    pub(crate) fn report(broken: bool, accepted: u64) -> Report {
        Report {
            seconds_each: 10,
            seconds_in_all: 60,
            fuzzed: vec![fuzzed(false), fuzzed(broken)],
            tables: vec![table(0), table(accepted)],
            tables_hold: true,
        }
    }

    #[test]
    fn one_broken_target_or_one_accepted_message_is_too_many() {
        assert!(report(false, 0).holds());
        assert!(!report(true, 0).holds());
        assert!(!report(false, 1).holds());
        let failed = Report {
            tables_hold: false,
            ..report(false, 0)
        };
        assert!(!failed.holds());
    }

    #[test]
    fn people_read_the_sums_and_how_to_replay() {
        let text = report(true, 0).for_people();
        assert!(
            text.contains(
                "2,469,134 executions of 2 targets, 1 broken; 8,000 hostile messages, 0 accepted"
            ),
            "{text}"
        );
        assert!(
            text.contains("cargo hostile --target keys --replay /t/crash-1"),
            "{text}"
        );
    }

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!(
            [0, 999, 1000, 1_000_000].map(grouped),
            ["0", "999", "1,000", "1,000,000"]
        );
    }
}
