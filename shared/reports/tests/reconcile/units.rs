//! The unit of amounts: never guessed, and held against the rows.

use crate::support::{Sold, reconcile, settings, settlement};
use domain::Payment;
use reports::{Settings, Unit, UnitFault};

fn rows() -> Vec<Payment> {
    vec![
        Sold::captured("1", 30000, "EUR").row(),
        Sold::captured("2", 29900, "EUR").row(),
        Sold::captured("3", 1500, "JPY").row(),
    ]
}

fn lines(first: &str, second: &str) -> String {
    settlement(&[
        &format!("CAPTURE tx=CAP1 orig=PID1 req=CR1 gross={first} net={first}"),
        &format!("CAPTURE tx=CAP2 orig=PID2 req=CR2 gross={second} net={second}"),
        "CAPTURE tx=CAP3 orig=PID3 req=CR3 gross=1500 gcur=JPY net=1500 ncur=JPY",
    ])
}

fn check(text: String, unit: Option<Unit>) -> Result<(), UnitFault> {
    let settings = Settings { unit, ..settings() };
    let got = reconcile(&[("report.csv", text)], &rows(), settings).unwrap();
    got.statement.check_unit()
}

#[test]
fn a_unit_that_is_not_given_is_not_guessed() {
    for (text, major, minor) in [
        (lines("300.00", "299"), 2, 0),
        (lines("30000", "29900"), 0, 2),
    ] {
        let fault = check(text, None).unwrap_err();
        let fits = fault.fits();
        assert_eq!((fits.major, fits.minor, fits.both), (major, minor, 1));
        assert_eq!(fault.code(), "unit_not_given");
    }
}

#[test]
fn a_unit_that_the_lines_contradict_is_refused() {
    let major = lines("300.00", "299.00");
    let minor = lines("30000", "29900");
    assert_eq!(check(major.clone(), Some(Unit::Major)), Ok(()));
    assert_eq!(check(minor.clone(), Some(Unit::Minor)), Ok(()));
    assert_eq!(
        check(major, Some(Unit::Minor)).unwrap_err().code(),
        "unit_contradicted"
    );
    assert_eq!(
        check(minor, Some(Unit::Major)).unwrap_err().code(),
        "unit_contradicted"
    );
}

#[test]
fn a_point_speaks_against_minor_units_even_without_any_match() {
    let text = settlement(&["CAPTURE tx=X orig=Y req=Z gross=12.00 net=12.00"]);
    let fault = check(text, Some(Unit::Minor)).unwrap_err();
    assert_eq!(fault.fits().pointed, 1);
}

#[test]
fn one_file_in_the_other_unit_is_named() {
    let settings = Settings {
        unit: Some(Unit::Major),
        ..settings()
    };
    let more = settlement(&["CAPTURE tx=CAP2 orig=PID2 req=CR2 gross=29900 net=29900"]);
    let first = settlement(&[
        "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=300.00",
        "AUTHORIZATION tx=PID1 req=R1 gross=300.00",
    ]);
    let got = reconcile(&[("a.csv", first), ("b.csv", more)], &rows(), settings).unwrap();
    let fault = got.statement.check_unit().unwrap_err();
    assert!(
        matches!(fault, UnitFault::Contradicted { file: Some(1), .. }),
        "{fault:?}"
    );
}
