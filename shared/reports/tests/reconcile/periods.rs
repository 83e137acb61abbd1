//! Ours that no line is about: when that is a finding.

use crate::support::{Sold, days, reconcile, settings, settlement, transactions};
use domain::{CaptureState, Seconds, Status};
use reports::{Period, Settings};

fn captured_on(day: i64) -> domain::Payment {
    let sold = Sold::new("1", 30000, "EUR");
    sold.capture("1", 30000, CaptureState::Succeeded, days(day))
        .row()
}

#[test]
fn a_capture_is_missed_within_the_period_and_after_its_time_alone() {
    // The period is from day 0 to day 10, and 3 days may pass.
    for (day, found, waiting) in [
        (-1, false, 0), // before the reports that were given
        (0, true, 0),
        (7, true, 0), // three days are over at the end
        (8, false, 1),
        (9, false, 1),
        (10, false, 0), // after them
    ] {
        let settings = Settings {
            period: Some(Period {
                from: days(0),
                to: days(10),
            }),
            absent_after: Seconds::days(3),
            ..settings()
        };
        let files = [("report.csv", settlement(&[]))];
        let got = reconcile(&files, &[captured_on(day)], settings).unwrap();
        let want: &[&str] = if found {
            &["captured_absent CAP1"]
        } else {
            &[]
        };
        assert_eq!(got.told(), want, "day {day}");
        let is_waiting: u64 = got
            .statement
            .balances
            .iter()
            .map(|(.., b)| b.waiting.number)
            .sum();
        assert_eq!(is_waiting, waiting, "day {day}");
    }
}

#[test]
fn nothing_is_missed_without_a_period_or_in_a_report_that_was_not_given() {
    let settings_without = Settings {
        period: None,
        ..settings()
    };
    let files = [("report.csv", settlement(&[]))];
    let got = reconcile(&files, &[captured_on(0)], settings_without).unwrap();
    assert!(got.findings.is_empty());

    let text = transactions(&["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00"]);
    let got = reconcile(&[("t.csv", text.clone())], &[captured_on(0)], settings()).unwrap();
    assert!(got.findings.is_empty(), "no settlement report was given");
    let files = [("t.csv", text), ("s.csv", settlement(&[]))];
    let got = reconcile(&files, &[captured_on(0)], settings()).unwrap();
    assert_eq!(
        got.told(),
        ["captured_absent CAP1"],
        "in the settlement report"
    );
}

#[test]
fn what_took_no_money_is_not_missed() {
    let open = Sold::new("1", 30000, "EUR").capture("1", 30000, CaptureState::Requested, days(0));
    let failed = CaptureState::Failed { code: "X".into() };
    let failed = Sold::new("2", 30000, "EUR").capture("2", 30000, failed, days(0));
    let lapsed = Sold::new("3", 30000, "EUR").capture("3", 30000, CaptureState::Lapsed, days(0));
    let declined = Sold::new("4", 30000, "EUR").with(|row| row.status = Status::Declined);
    let rows = [open, failed, lapsed, declined].map(Sold::row);
    let got = reconcile(&[("s.csv", settlement(&[]))], &rows, settings()).unwrap();
    assert!(got.findings.is_empty(), "{:#?}", got.findings);
    assert_eq!(got.statement.rows, 4);
}

#[test]
fn a_line_of_a_payment_before_the_period_still_counts() {
    let text = settlement(&["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=300.00"]);
    let got = reconcile(&[("s.csv", text)], &[captured_on(-300)], settings()).unwrap();
    assert!(got.findings.is_empty());
    let (.., balance) = got.statement.balances.iter().next().unwrap();
    assert_eq!((balance.ours.number, balance.matched.number), (1, 1));
}
