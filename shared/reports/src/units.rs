//! Whether amounts are in major or minor units: told by people, held against our own amounts, and never guessed.

use crate::number::{Amount, Exact, Unit};
use domain::Currency;
use serde::Serialize;
use std::collections::BTreeMap;

/// How amounts of lines that are matched by their ids fit ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Fits {
    /// Equal to ours in major units alone.
    pub major: u64,
    /// Equal to ours in minor units alone.
    pub minor: u64,
    /// Equal in both: currencies without minor units.
    pub both: u64,
    /// Equal in neither.
    pub neither: u64,
    /// Lines, matched or not, with a point in an amount of a currency that has minor units: minor units have none.
    pub pointed: u64,
}

impl Fits {
    fn of(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Major => self.major,
            Unit::Minor => self.minor,
        }
    }

    /// Whether lines speak against `unit`: more of them fit the other one than this one.
    fn speaks_against(&self, unit: Unit) -> bool {
        let other = self.of(unit.other());
        let pointed = unit == Unit::Minor && self.pointed > 0;
        pointed || (other > 0 && other >= self.of(unit))
    }

    fn merge(&mut self, other: &Self) {
        self.major += other.major;
        self.minor += other.minor;
        self.both += other.both;
        self.neither += other.neither;
        self.pointed += other.pointed;
    }

    /// Whether anything tells the two units apart.
    #[must_use]
    pub fn tell(&self) -> bool {
        self.major + self.minor + self.pointed > 0
    }
}

/// What lines say of the unit, by file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence(BTreeMap<u32, Fits>);

impl Evidence {
    /// A line whose payment is known by its ids, held against our amount.
    pub(crate) fn compare(&mut self, file: u32, line: Amount, minor: u64, currency: Currency) {
        if line.currency != currency {
            return;
        }
        let ours = Exact::of_minor(minor, currency);
        let fits = |unit: Unit| line.exact(unit).abs() == ours;
        let count = self.0.entry(file).or_default();
        match (fits(Unit::Major), fits(Unit::Minor)) {
            (true, true) => count.both += 1,
            (true, false) => count.major += 1,
            (false, true) => count.minor += 1,
            (false, false) => count.neither += 1,
        }
    }

    /// A line, matched or not, by the form of its amount.
    pub(crate) fn look_at(&mut self, file: u32, line: Amount) {
        if line.number.pointed && line.currency.exponent() > 0 {
            self.0.entry(file).or_default().pointed += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (file, fits) in &other.0 {
            self.0.entry(*file).or_default().merge(fits);
        }
    }

    pub(crate) fn forget(&mut self, file: u32) {
        self.0.remove(&file);
    }

    /// All files together.
    #[must_use]
    pub fn sum(&self) -> Fits {
        self.0.values().fold(Fits::default(), |mut sum, fits| {
            sum.merge(fits);
            sum
        })
    }

    /// Holds `given` against the lines, all of them and each file's.
    ///
    /// # Errors
    /// It is not given, or the lines speak against it. The numbers say what to give.
    pub fn check(&self, given: Option<Unit>) -> Result<(), UnitFault> {
        let sum = self.sum();
        let Some(unit) = given else {
            return Err(UnitFault::NotGiven(sum));
        };
        if sum.speaks_against(unit) {
            return Err(UnitFault::Contradicted {
                unit,
                fits: sum,
                file: None,
            });
        }
        let file = self.0.iter().find(|(_, fits)| fits.speaks_against(unit));
        file.map_or(Ok(()), |(file, fits)| {
            Err(UnitFault::Contradicted {
                unit,
                fits: *fits,
                file: Some(*file),
            })
        })
    }
}

/// Why nothing is compared: which unit the amounts are in is not certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitFault {
    /// No unit was given.
    NotGiven(Fits),
    /// Lines speak against the one that was given.
    Contradicted {
        /// What was given.
        unit: Unit,
        /// How the lines fit.
        fits: Fits,
        /// The file, if it is one among others.
        file: Option<u32>,
    },
}

impl UnitFault {
    /// The stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotGiven(_) => "unit_not_given",
            Self::Contradicted { .. } => "unit_contradicted",
        }
    }

    /// How the lines fit.
    #[must_use]
    pub fn fits(&self) -> Fits {
        match self {
            Self::NotGiven(fits) | Self::Contradicted { fits, .. } => *fits,
        }
    }

    /// In words, with what to do.
    #[must_use]
    pub fn words(&self, file_name: impl Fn(u32) -> String) -> String {
        let Fits {
            major,
            minor,
            both,
            neither,
            pointed,
        } = self.fits();
        let figures = format!(
            "Of the lines that our payments are known by: {major} fit in major units alone, {minor} in minor units alone, \
             {both} in both, {neither} in neither; {pointed} lines have decimals"
        );
        match self {
            Self::NotGiven(_) => format!(
                "whether amounts are in major units (14.50) or minor ones (1450) differs between POP's reports and is not \
                 guessed. {figures}. Give --amounts major or --amounts minor"
            ),
            Self::Contradicted { unit, file, .. } => {
                let which = file.map_or_else(|| "the reports".to_owned(), file_name);
                let advice = match file {
                    Some(_) => "Reconcile that file by itself",
                    None => "Give the other unit, if these are the right reports",
                };
                format!("{which} contradict --amounts {unit}. {figures}. {advice}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Number;

    /// File, number, currency, and our amount.
    type Told = (u32, &'static str, &'static str, u64);
    type Case = (&'static [Told], Option<Unit>, Option<&'static str>);

    fn amount(text: &str, code: &str) -> Amount {
        Amount {
            number: Number::parse(text).unwrap(),
            currency: Currency::new(code).unwrap(),
        }
    }

    fn evidence(lines: &[Told]) -> Evidence {
        let mut evidence = Evidence::default();
        for (file, text, code, minor) in lines {
            let line = amount(text, code);
            evidence.look_at(*file, line);
            evidence.compare(*file, line, *minor, Currency::new("EUR").unwrap());
            evidence.compare(*file, line, *minor, Currency::new("JPY").unwrap());
        }
        evidence
    }

    #[test]
    fn the_unit_is_held_against_our_amounts() {
        use Unit::{Major, Minor};
        const MAJOR: Told = (0, "14.50", "EUR", 1450);
        const MAJOR_WITHOUT_POINT: Told = (0, "14", "EUR", 1400);
        const MINOR: Told = (0, "1450", "EUR", 1450);
        const OTHER_FILE: Told = (1, "-1450", "EUR", 1450);
        const YEN: Told = (0, "1450", "JPY", 1450);
        const WRONG: Told = (0, "7", "EUR", 1450);
        let cases: [Case; 16] = [
            (&[MAJOR], Some(Major), None),
            (&[MAJOR], Some(Minor), Some("unit_contradicted")),
            (&[MAJOR], None, Some("unit_not_given")),
            (&[MINOR], Some(Minor), None),
            (&[MINOR], Some(Major), Some("unit_contradicted")),
            (&[MAJOR_WITHOUT_POINT], Some(Major), None),
            (
                &[MAJOR_WITHOUT_POINT],
                Some(Minor),
                Some("unit_contradicted"),
            ),
            (&[YEN], Some(Major), None),
            (&[YEN], Some(Minor), None),
            (&[YEN], None, Some("unit_not_given")),
            (&[], Some(Minor), None),
            (&[WRONG], Some(Minor), None),
            // One line that happens to be wrong by the factor does not outvote the others.
            (
                &[MAJOR_WITHOUT_POINT, MAJOR_WITHOUT_POINT, MINOR],
                Some(Major),
                None,
            ),
            (
                &[MAJOR_WITHOUT_POINT, MINOR],
                Some(Major),
                Some("unit_contradicted"),
            ),
            (
                &[MINOR, MINOR, MAJOR],
                Some(Minor),
                Some("unit_contradicted"),
            ),
            // One file among others.
            (
                &[MAJOR, MAJOR, OTHER_FILE],
                Some(Major),
                Some("unit_contradicted"),
            ),
        ];
        for (lines, given, want) in cases {
            let got = evidence(lines).check(given).map_err(|fault| fault.code());
            assert_eq!(got.err(), want, "{lines:?} {given:?}");
        }
    }

    #[test]
    fn the_words_have_the_figures_and_say_what_to_give() {
        let fault = evidence(&[(0, "1450", "EUR", 1450)])
            .check(None)
            .unwrap_err();
        let words = fault.words(|_| unreachable!("no file is meant"));
        assert!(
            words.contains("1 in minor units alone") && words.contains("--amounts minor"),
            "{words}"
        );
        let lines = [
            (0, "14", "EUR", 1400),
            (0, "15", "EUR", 1500),
            (3, "1450", "EUR", 1450),
        ];
        let fault = evidence(&lines).check(Some(Unit::Major)).unwrap_err();
        let words = fault.words(|file| format!("file {file}"));
        assert!(
            words.starts_with("file 3 contradict --amounts major"),
            "{words}"
        );
    }
}
