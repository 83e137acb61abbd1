//! What a report's file name says. POP's names are a default that can be changed on request: one that says nothing is
//! no fault.

use crate::columns::ReportKind;
use crate::fault::Fault;

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileName {
    /// Which report.
    pub kind: Option<ReportKind>,
    /// The batch or day, and what else tells one series of parts from another.
    pub series: Option<String>,
    /// Which part of the series, from 0. Dashboards name none.
    pub seq: Option<u16>,
}

/// How names begin.
const BEGINNINGS: [(&str, ReportKind); 6] = [
    ("transactionItems_", ReportKind::Transactions),
    ("settlementItems_", ReportKind::Settlement),
    ("settlementSummary_", ReportKind::Summary),
    ("TRANSACTION_DETAIL_", ReportKind::Transactions),
    ("SETTLEMENT_DETAIL_", ReportKind::Settlement),
    ("SETTLEMENT_SUMMARY_", ReportKind::Summary),
];

/// Dashboards' names are in capitals and end in a date where others end in a part's number.
const BY_TRANSFER: usize = 3;

impl FileName {
    /// Reads a name without its folder.
    ///
    /// # Errors
    /// The name says that the file must not be read.
    pub fn read(name: &str) -> Result<Self, Fault> {
        let stem = match name.rsplit_once('.') {
            Some((_, "tmp")) => return Err(Fault::Unfinished),
            Some((_, "asc" | "pgp" | "gpg")) => return Err(Fault::Encrypted),
            Some((stem, _)) => stem,
            None => name,
        };
        let begins = |(start, _): &(&str, ReportKind)| stem.starts_with(start);
        let Some(place) = BEGINNINGS.iter().position(begins) else {
            return Ok(Self::default());
        };
        let (start, kind) = BEGINNINGS[place];
        let rest = &stem[start.len()..];
        let part = rest.rsplit_once('_').filter(|_| place < BY_TRANSFER);
        let part = part.and_then(|(series, seq)| Some((series, seq.parse().ok()?)));
        let (series, seq) = match part {
            Some((series, seq)) => (series, Some(seq)),
            None => (rest, None),
        };
        Ok(Self {
            kind: Some(kind),
            series: Some(format!("{start}{series}")),
            seq,
        })
    }

    /// Whether two files of different contents may hold the same lines, as when one was fetched in two forms. Parts of
    /// one series with different numbers cannot, nor can two of the same form with different batches or days.
    #[must_use]
    pub fn may_repeat(&self, other: &Self) -> bool {
        match (&self.series, &other.series) {
            (Some(one), Some(two)) if one == two => self.seq == other.seq,
            (Some(_), Some(_)) => self.seq.is_some() != other.seq.is_some(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReportKind::{Settlement, Summary, Transactions};

    #[test]
    fn names_are_taken_apart() {
        for (name, kind, series, seq) in [
            (
                "transactionItems_20260401_000.csv",
                Some(Transactions),
                Some("transactionItems_20260401"),
                Some(0),
            ),
            (
                "settlementItems_USD_20260401123_012.csv",
                Some(Settlement),
                Some("settlementItems_USD_20260401123"),
                Some(12),
            ),
            (
                "settlementSummary_CARD_EUR_77_000.csv",
                Some(Summary),
                Some("settlementSummary_CARD_EUR_77"),
                Some(0),
            ),
            (
                "SETTLEMENT_DETAIL_202604271985548486_20260428.xlsx",
                Some(Settlement),
                Some("SETTLEMENT_DETAIL_202604271985548486_20260428"),
                None,
            ),
            (
                "SETTLEMENT_SUMMARY_2026_20260428.xlsx",
                Some(Summary),
                Some("SETTLEMENT_SUMMARY_2026_20260428"),
                None,
            ),
            (
                "TRANSACTION_DETAIL_20260428.csv",
                Some(Transactions),
                Some("TRANSACTION_DETAIL_20260428"),
                None,
            ),
            (
                "settlementItems_odd.csv",
                Some(Settlement),
                Some("settlementItems_odd"),
                None,
            ),
            ("report.csv", None, None, None),
            ("", None, None, None),
        ] {
            let want = FileName {
                kind,
                series: series.map(str::to_owned),
                seq,
            };
            assert_eq!(FileName::read(name).unwrap(), want, "{name}");
        }
        for (name, code) in [
            ("settlementItems_USD_1_000.csv.tmp", "unfinished"),
            ("settlementItems_USD_1_000.csv.asc", "encrypted"),
        ] {
            assert_eq!(FileName::read(name).unwrap_err().code(), code);
        }
    }

    #[test]
    fn files_that_may_hold_the_same_lines() {
        let may = |one, two| {
            let (one, two) = (FileName::read(one).unwrap(), FileName::read(two).unwrap());
            assert_eq!(one.may_repeat(&two), two.may_repeat(&one));
            one.may_repeat(&two)
        };
        let part = "settlementItems_USD_1_000.csv";
        assert!(may(part, part));
        assert!(may(part, "renamed.csv"));
        assert!(may(part, "SETTLEMENT_DETAIL_1_20260428.xlsx"));
        assert!(!may(part, "settlementItems_USD_1_001.csv"));
        assert!(!may(part, "settlementItems_USD_2_000.csv"));
    }
}
