//! Every kind of difference between a row and its lines.

use crate::support::{DAY, Sold, days, reconcile, settings, settlement, transactions};
use domain::{CaptureState, Currency, Payment, RefundState, Status};

const OK: &str = "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=297.00 fee=-3.00";

struct Case {
    what: &'static str,
    row: fn() -> Option<Payment>,
    lines: &'static [&'static str],
    /// What is found in a settlement report, as `code id`.
    settlement: &'static [&'static str],
    /// The same lines in a transaction report.
    transactions: &'static [&'static str],
}

fn captured() -> Option<Payment> {
    Some(Sold::captured("1", 30000, "EUR").row())
}

fn refunded() -> Option<Payment> {
    let sold = Sold::captured("1", 30000, "EUR");
    Some(sold.refund("1", 10000, RefundState::Succeeded, DAY).row())
}

fn in_parts() -> Option<Payment> {
    let done = || CaptureState::Succeeded;
    let sold = Sold::new("1", 30000, "EUR").capture("1", 20000, done(), DAY);
    Some(sold.capture("2", 10000, done(), DAY).row())
}

fn failed() -> Option<Payment> {
    let failed = CaptureState::Failed { code: "X".into() };
    let sold = Sold::new("1", 30000, "EUR").capture("1", 30000, failed, DAY);
    Some(sold.with(|row| row.status = Status::CaptureFailed).row())
}

fn cancelled() -> Option<Payment> {
    Some(
        Sold::new("1", 30000, "EUR")
            .with(|row| row.status = Status::Cancelled)
            .row(),
    )
}

fn declined() -> Option<Payment> {
    let declined = |row: &mut Payment| {
        row.status = Status::Declined;
        row.authorized_at = None;
    };
    Some(Sold::new("1", 30000, "EUR").with(declined).row())
}

/// Captured by POP alone: its id is the payment's, and POP's id of it was never told.
fn automatic() -> Option<Payment> {
    let change = |row: &mut Payment| {
        row.captures[0].request_id = domain::CaptureRequestId::new("R1").unwrap();
        row.captures[0].capture_id = None;
    };
    Some(Sold::captured("1", 30000, "EUR").with(change).row())
}

fn nobody() -> Option<Payment> {
    None
}

const CASES: &[Case] = &[
    Case {
        what: "a capture that agrees",
        row: captured,
        lines: &[OK],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "authorisation, capture and refund that agree",
        row: refunded,
        lines: &[
            "AUTHORIZATION tx=PID1 req=R1 ref=O1 gross=300.00",
            OK,
            "REFUND tx=REF1 orig=PID1 req=RR1 ref=O1 gross=-100.00 net=-99.00 fee=1.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "a refund without its sign",
        row: refunded,
        lines: &[
            OK,
            "REFUND tx=REF1 orig=PID1 req=RR1 gross=100.00 net=-100.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "an automatic capture as a payment alone",
        row: automatic,
        lines: &["PAYMENT tx=PID1 req=R1 ref=O1 gross=300.00 net=300.00"],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "an automatic capture as payment and capture",
        row: automatic,
        lines: &[
            "PAYMENT tx=PID1 req=R1 ref=O1 gross=300.00",
            "CAPTURE tx=CAPX orig=PID1 req=R1 gross=300.00 net=300.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "captures in parts, each with its line",
        row: in_parts,
        lines: &[
            "CAPTURE tx=CAP1 orig=PID1 req=R1 gross=200.00 net=200.00",
            "CAPTURE tx=CAP2 orig=PID1 req=R1 gross=100.00 net=100.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "captures in parts, as one payment",
        row: in_parts,
        lines: &["PAYMENT tx=PID1 req=R1 gross=300.00 net=300.00"],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "captures in parts without ids of their own",
        row: in_parts,
        lines: &[
            "CAPTURE tx=PID1 req=R1 gross=100.00 net=100.00",
            "CAPTURE tx=PID1 req=R1 gross=200.00 net=200.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "an amount that differs",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=299.99 net=299.99"],
        settlement: &["amount_differs CAP1"],
        transactions: &["amount_differs CAP1"],
    },
    Case {
        what: "a capture with the sign of a refund",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=-300.00 net=-300.00"],
        settlement: &["amount_differs CAP1"],
        transactions: &["amount_differs CAP1"],
    },
    Case {
        what: "another currency",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 gcur=USD net=300.00 ncur=USD"],
        settlement: &["currency_differs CAP1"],
        transactions: &["currency_differs CAP1"],
    },
    Case {
        what: "paid out in another currency",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=330.00 ncur=USD"],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "no amount at all",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1"],
        settlement: &["amount_missing CAP1"],
        transactions: &["amount_missing CAP1"],
    },
    Case {
        what: "the gross amount left out",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 net=297.00 fee=-3.00"],
        settlement: &[],
        transactions: &["amount_missing CAP1"],
    },
    Case {
        what: "a payment that we do not have",
        row: nobody,
        lines: &[OK],
        settlement: &["unknown_payment CAP1"],
        transactions: &["unknown_payment CAP1"],
    },
    Case {
        what: "everything of a payment that we do not have",
        row: nobody,
        lines: &[
            "PAYMENT tx=PID1 req=R1 ref=O1 gross=300.00",
            OK,
            "REFUND tx=REF1 orig=PID1 req=RR1 gross=-100.00 net=-100.00",
        ],
        settlement: &["unknown_payment CAP1", "unknown_payment REF1"],
        transactions: &["unknown_payment CAP1", "unknown_payment REF1"],
    },
    Case {
        what: "an authorisation that we do not have",
        row: nobody,
        lines: &["AUTHORIZATION tx=PID1 req=R1 ref=O1 gross=300.00"],
        settlement: &["unknown_payment PID1"],
        transactions: &["unknown_payment PID1"],
    },
    Case {
        what: "a capture that the row does not have",
        row: captured,
        lines: &[
            OK,
            "CAPTURE tx=CAP9 orig=PID1 req=CR9 gross=50.00 net=50.00",
        ],
        settlement: &["unknown_capture CAP9"],
        transactions: &["unknown_capture CAP9"],
    },
    Case {
        what: "a refund that the row does not have",
        row: captured,
        lines: &[
            OK,
            "REFUND tx=REF9 orig=PID1 req=RR9 gross=-50.00 net=-50.00",
        ],
        settlement: &["unknown_refund REF9"],
        transactions: &["unknown_refund REF9"],
    },
    Case {
        what: "a capture twice in one file",
        row: captured,
        lines: &[OK, OK],
        settlement: &["settled_twice CAP1"],
        transactions: &["listed_twice CAP1"],
    },
    Case {
        what: "a capture twice in two batches",
        row: captured,
        lines: &[
            OK,
            "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=297.00 fee=-3.00 batch=B2",
        ],
        settlement: &["settled_twice CAP1"],
        transactions: &["listed_twice CAP1"],
    },
    Case {
        what: "payment and capture both paid out",
        row: automatic,
        lines: &[
            "PAYMENT tx=PID1 req=R1 gross=300.00 net=300.00",
            "CAPTURE tx=CAPX orig=PID1 req=R1 gross=300.00 net=300.00",
        ],
        settlement: &["settled_twice R1"],
        transactions: &[],
    },
    Case {
        what: "a refund twice",
        row: refunded,
        lines: &[
            OK,
            "REFUND tx=REF1 orig=PID1 req=RR1 gross=-100.00 net=-100.00",
            "REFUND tx=REF1 orig=PID1 req=RR1 gross=-100.00 net=-100.00 batch=B2",
        ],
        settlement: &["settled_twice REF1"],
        transactions: &["listed_twice REF1"],
    },
    Case {
        what: "captured, and in no line",
        row: captured,
        lines: &[],
        settlement: &["captured_absent CAP1"],
        transactions: &["captured_absent CAP1"],
    },
    Case {
        what: "refunded, and in no line",
        row: refunded,
        lines: &[OK],
        settlement: &["refunded_absent REF1"],
        transactions: &["refunded_absent REF1"],
    },
    Case {
        what: "we say that the capture failed",
        row: failed,
        lines: &[OK],
        settlement: &["state_differs CAP1"],
        transactions: &["state_differs CAP1"],
    },
    Case {
        what: "we say cancelled, the report says captured",
        row: cancelled,
        lines: &[OK],
        settlement: &["state_differs CAP1"],
        transactions: &["state_differs CAP1"],
    },
    Case {
        what: "we say captured, the report says void",
        row: captured,
        lines: &[OK, "VOID tx=INTERNAL orig=PID1 req=R1 gross=300.00"],
        settlement: &["state_differs INTERNAL"],
        transactions: &["state_differs INTERNAL"],
    },
    Case {
        what: "we say captured, the report says cancelled",
        row: captured,
        lines: &[OK, "CANCEL tx=PID1 req=R1 gross=300.00"],
        settlement: &["state_differs PID1"],
        transactions: &["state_differs PID1"],
    },
    Case {
        what: "cancelled on both sides",
        row: cancelled,
        lines: &[
            "AUTHORIZATION tx=PID1 req=R1 gross=300.00",
            "VOID tx=I orig=PID1 req=R1",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "captured in part, and the rest released",
        row: || {
            let done = CaptureState::Succeeded;
            Some(
                Sold::new("1", 30000, "EUR")
                    .capture("1", 20000, done, DAY)
                    .row(),
            )
        },
        lines: &[
            "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=200.00 net=200.00",
            "VOID tx=I orig=PID1 req=R1 gross=100.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "we say declined, the report says authorised",
        row: declined,
        lines: &["AUTHORIZATION tx=PID1 req=R1 gross=300.00"],
        settlement: &["state_differs PID1"],
        transactions: &["state_differs PID1"],
    },
    Case {
        what: "authorised for another amount",
        row: captured,
        lines: &["AUTHORIZATION tx=PID1 req=R1 gross=301.00", OK],
        settlement: &["amount_differs PID1"],
        transactions: &["amount_differs PID1"],
    },
    Case {
        what: "ids of two payments in one line",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID7 req=CR1 gross=300.00 net=300.00"],
        settlement: &["ids_conflict CAP1"],
        transactions: &["ids_conflict CAP1"],
    },
    Case {
        what: "a refund that was undone",
        row: refunded,
        lines: &[
            OK,
            "REFUND tx=REF1 orig=PID1 req=RR1 gross=-100.00 net=-100.00",
            "REFUND_REVERSAL tx=RV1 orig=PID1 req=RR1 gross=100.00 net=100.00",
        ],
        settlement: &["refund_reversed RV1"],
        transactions: &["refund_reversed RV1"],
    },
    Case {
        what: "a refund that we know to have failed, undone",
        row: || {
            let failed = RefundState::Failed { code: "X".into() };
            Some(
                Sold::captured("1", 30000, "EUR")
                    .refund("1", 10000, failed, DAY)
                    .row(),
            )
        },
        lines: &[
            OK,
            "REFUND_REVERSAL tx=RV1 orig=PID1 req=RR1 gross=100.00 net=100.00",
        ],
        settlement: &[],
        transactions: &[],
    },
    Case {
        what: "a captured payment undone",
        row: captured,
        lines: &[
            OK,
            "PAYMENT_REVERSAL tx=RV1 orig=PID1 req=R1 gross=-300.00 net=-300.00",
        ],
        settlement: &["payment_reversed RV1"],
        transactions: &["payment_reversed RV1"],
    },
    Case {
        what: "a payment that came too late, and went back",
        row: declined,
        lines: &[
            "PAYMENT tx=PID1 req=R1 gross=300.00 net=300.00",
            "PAYMENT_REVERSAL tx=RV1 orig=PID1 req=R1 gross=-300.00 net=-300.00",
        ],
        settlement: &["reversal_paired PID1"],
        transactions: &["reversal_paired PID1"],
    },
    Case {
        what: "a dispute and its end",
        row: captured,
        lines: &[
            OK,
            "DISPUTE tx=D1 orig=PID1 gross=-300.00 net=-315.00 fee=-15.00",
            "DISPUTE_REVERSAL tx=D2 orig=PID1 gross=300.00 net=300.00",
        ],
        settlement: &["dispute D1", "dispute D2"],
        transactions: &["dispute D1", "dispute D2"],
    },
    Case {
        what: "a word that nobody knows",
        row: captured,
        lines: &[OK, "SURPRISE tx=S1 orig=PID1 gross=1.00 net=1.00"],
        settlement: &["type_unknown S1"],
        transactions: &["type_unknown S1"],
    },
    Case {
        what: "a word that nobody knows, of nobody",
        row: nobody,
        lines: &["SURPRISE tx=S1 gross=1.00 net=1.00"],
        settlement: &["type_unknown S1"],
        transactions: &["type_unknown S1"],
    },
    Case {
        what: "lines of whole batches",
        row: captured,
        lines: &[
            OK,
            "SETTLEMENT_FEE net=-5.00",
            "RESERVE_WITHHOLDING net=-30.00",
            "DEFAULT net=0.01",
        ],
        settlement: &["correction B1", "fee B1", "reserve B1"],
        transactions: &["correction -", "fee -", "reserve -"],
    },
    Case {
        what: "less is paid out than gross and fees",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=290.00 fee=-3.00"],
        settlement: &["net_differs CAP1"],
        transactions: &[],
    },
    Case {
        what: "a rounding within two cents",
        row: captured,
        lines: &["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=296.98 fee=-3.00"],
        settlement: &[],
        transactions: &[],
    },
];

#[test]
fn each_difference_is_found_with_its_kind_and_nothing_else_is() {
    for case in CASES {
        let rows: Vec<_> = (case.row)().into_iter().collect();
        for (text, want) in [
            (settlement(case.lines), case.settlement),
            (transactions(case.lines), case.transactions),
        ] {
            let got = reconcile(&[("report.csv", text)], &rows, settings()).unwrap();
            assert_eq!(got.told(), want, "{}: {:#?}", case.what, got.findings);
            let differs = got
                .findings
                .iter()
                .any(|finding| finding.kind.is_difference());
            assert_eq!(got.statement.balances(), !differs, "{}", case.what);
        }
    }
}

#[test]
fn every_kind_of_finding_about_payments_has_a_case() {
    let words = |case: &Case| {
        case.settlement
            .iter()
            .chain(case.transactions)
            .copied()
            .collect()
    };
    let told: Vec<&str> = CASES
        .iter()
        .flat_map(|case| -> Vec<&str> { words(case) })
        .collect();
    // The others are found among batches, files, trails and rows: see the tests of those.
    let elsewhere = [
        "total_differs",
        "summary_inconsistent",
        "details_missing",
        "part_missing",
        "evidence_differs",
        "row_unreadable",
        "line_repeated",
    ];
    for kind in reports::Kind::all() {
        let code = kind.code();
        let is_told = told
            .iter()
            .any(|told| told.starts_with(&format!("{code} ")));
        assert_ne!(is_told, elsewhere.contains(&code), "{code}");
    }
}

#[test]
fn a_finding_says_who_says_what() {
    let rows = [captured().unwrap()];
    let text = settlement(&["CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=299.99 net=299.99"]);
    let got = reconcile(&[("report.csv", text)], &rows, settings()).unwrap();
    let [finding] = got.findings.as_slice() else {
        panic!("one finding")
    };
    let says = |says: &Option<reports::Says>| {
        let says = says.clone().unwrap();
        (says.words, says.amount.unwrap().display())
    };
    assert_eq!(
        says(&finding.ours),
        ("succeeded".into(), "300.00 EUR".into())
    );
    assert_eq!(
        says(&finding.report),
        ("CAPTURE".into(), "299.99 EUR".into())
    );
    assert_eq!(finding.payment.as_ref().unwrap().as_str(), "R1");
    assert_eq!(finding.payment_id.as_ref().unwrap().as_str(), "PID1");
    assert_eq!(finding.order.as_ref().unwrap().as_str(), "O1");
    assert_eq!((finding.lines[0].file, finding.lines[0].line), (0, 2));
    assert_eq!(finding.effects[0].sum.display(), "0.01 EUR");
}

#[test]
fn a_row_in_review_or_closed_is_told_as_such() {
    for (closed_at, words) in [
        (
            None,
            "CAPTURED, captured 300.00 EUR, in review: contradiction",
        ),
        (
            Some(days(1)),
            "CAPTURED, captured 300.00 EUR, closed by a person: contradiction",
        ),
    ] {
        let review = domain::Review {
            reason: domain::ReviewReason::Contradiction,
            since: days(0),
            closed_at,
        };
        let row = Sold::captured("1", 30000, "EUR").with(|row| row.review = Some(review));
        let text = settlement(&[OK, "VOID tx=I orig=PID1 req=R1"]);
        let got = reconcile(&[("report.csv", text)], &[row.row()], settings()).unwrap();
        assert_eq!(got.findings[0].ours.as_ref().unwrap().words, words);
    }
}

#[test]
fn currencies_are_balanced_apart_with_their_own_decimals() {
    let rows = [
        Sold::captured("1", 30000, "EUR").row(),
        Sold::captured("2", 1500, "JPY").row(),
        Sold::captured("3", 1250, "KWD").row(),
    ];
    let text = transactions(&[
        "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00",
        "CAPTURE tx=CAP2 orig=PID2 req=CR2 gross=1500 gcur=JPY",
        "CAPTURE tx=CAP3 orig=PID3 req=CR3 gross=1.240 gcur=KWD",
    ]);
    let got = reconcile(&[("report.csv", text)], &rows, settings()).unwrap();
    assert_eq!(got.told(), ["amount_differs CAP3"]);
    let shown: Vec<_> = got
        .statement
        .balances
        .iter()
        .map(|(_, _, currency, balance)| {
            let difference = balance.ours.sum - balance.reports.sum;
            (
                balance.ours.sum.display(currency),
                difference.decimal(currency),
            )
        })
        .collect();
    let want = [
        ("300.00 EUR", "0.00"),
        ("1500 JPY", "0"),
        ("1.250 KWD", "0.010"),
    ];
    let want = want.map(|(sum, difference)| (sum.to_owned(), difference.to_owned()));
    assert_eq!(shown, want);
    assert_eq!(Currency::new("KWD").unwrap().exponent(), 3);
}
