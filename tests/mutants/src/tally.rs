//! What came of all mistakes together, and what is still to be done about them.

use crate::mutant::{Mutant, Outcome};
use crate::survivors::Survivor;
use std::collections::{BTreeMap, HashMap};

/// How many mistakes of one file came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// A test failed.
    pub(crate) caught: usize,
    /// No test failed, and the list says why that may be.
    pub(crate) explained: usize,
    /// No test failed.
    pub(crate) missed: usize,
    /// The tests did not end.
    pub(crate) timeouts: usize,
    /// No Rust program.
    pub(crate) unviable: usize,
    /// In the code as it is now, and in no run.
    pub(crate) untried: usize,
}

/// All mistakes that can be made in the code as it is now, and their ends.
pub(crate) struct Tally<'a> {
    /// By file.
    pub(crate) files: BTreeMap<&'a str, Counts>,
    /// What no test noticed, and the reason if there is one.
    pub(crate) missed: Vec<(&'a Mutant, Option<&'a str>)>,
    /// Entries of the list whose mistake was noticed, or is none any more.
    pub(crate) stale: Vec<&'a Survivor>,
}

impl<'a> Tally<'a> {
    /// Of `all` mistakes in the code, those in `outcomes` were tried; `known` survivors are explained.
    pub(crate) fn new(
        all: &'a [Mutant],
        outcomes: &HashMap<Mutant, Outcome>,
        known: &'a [Survivor],
    ) -> Self {
        let mut tally = Self {
            files: BTreeMap::new(),
            missed: Vec::new(),
            stale: Vec::new(),
        };
        for mutant in all {
            let counts = tally.files.entry(mutant.file.as_str()).or_default();
            let why = known.iter().find(|survivor| survivor.is(mutant));
            match outcomes.get(mutant) {
                Some(Outcome::Caught) => counts.caught += 1,
                Some(Outcome::Timeout) => counts.timeouts += 1,
                Some(Outcome::Unviable) => counts.unviable += 1,
                Some(Outcome::Missed) => {
                    match why {
                        Some(_) => counts.explained += 1,
                        None => counts.missed += 1,
                    }
                    tally.missed.push((mutant, why.map(|s| s.why.as_str())));
                }
                None => counts.untried += 1,
            }
        }
        tally.stale = known
            .iter()
            .filter(|survivor| {
                let mut here = all.iter().filter(|mutant| survivor.is(mutant)).peekable();
                let gone = here.peek().is_none();
                let open =
                    |mutant: &Mutant| matches!(outcomes.get(mutant), Some(Outcome::Missed) | None);
                gone || !here.any(open)
            })
            .collect();
        tally
    }

    /// Whether every mistake was tried, each is noticed or explained, and every explanation is of one that survived.
    pub(crate) fn holds(&self) -> bool {
        let all = self.all();
        all.missed == 0 && all.untried == 0 && self.stale.is_empty()
    }

    /// The counts of all files.
    pub(crate) fn all(&self) -> Counts {
        self.under("")
    }

    /// The counts of the files under a folder.
    pub(crate) fn under(&self, folder: &str) -> Counts {
        let files = self.files.iter();
        files
            .filter(|(file, _)| file.starts_with(folder))
            .fold(Counts::default(), |sum, (_, counts)| sum.plus(counts))
    }
}

impl Counts {
    /// How many mistakes were made.
    pub(crate) fn tried(self) -> usize {
        self.caught + self.explained + self.missed + self.timeouts + self.unviable
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            explained: self.explained + other.explained,
            missed: self.missed + other.missed,
            timeouts: self.timeouts + other.timeouts,
            unviable: self.unviable + other.unviable,
            untried: self.untried + other.untried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(name: &str) -> Mutant {
        Mutant {
            file: "shared/domain/src/money.rs".to_owned(),
            mutant: name.to_owned(),
            becomes: String::new(),
            place: 0,
        }
    }

    #[test]
    fn everything_must_be_tried_and_noticed_or_explained() {
        let all = [mutant("a"), mutant("b")];
        let (caught, missed) = (Outcome::Caught, Outcome::Missed);
        let known = [Survivor::of(&all[1])];
        let cases: [(&str, &[Outcome], &[Survivor], bool); 6] = [
            ("noticed", &[caught, caught], &[], true),
            ("the tests hung", &[caught, Outcome::Timeout], &[], true),
            ("not noticed", &[caught, missed], &[], false),
            ("explained", &[caught, missed], &known, true),
            (
                "explained, and yet noticed",
                &[caught, caught],
                &known,
                false,
            ),
            ("not tried", &[caught], &known, false),
        ];
        for (name, outcomes, known, want) in cases {
            let outcomes = all.iter().cloned().zip(outcomes.iter().copied()).collect();
            assert_eq!(Tally::new(&all, &outcomes, known).holds(), want, "{name}");
        }
        let gone = [Survivor::of(&mutant("c"))];
        let outcomes = all.iter().cloned().map(|m| (m, caught)).collect();
        assert!(
            !Tally::new(&all, &outcomes, &gone).holds(),
            "an entry about nothing"
        );
    }

    #[test]
    fn what_was_tried_in_code_that_is_gone_does_not_count() {
        let all = [mutant("a")];
        let outcomes = ["a", "old"]
            .map(|name| (mutant(name), Outcome::Caught))
            .into();
        let tally = Tally::new(&all, &outcomes, &[]);
        assert_eq!(tally.all().caught, 1);
        assert_eq!(tally.under("shared/pop/"), Counts::default());
    }
}
