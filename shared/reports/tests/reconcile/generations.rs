//! The same money in each generation of the reports.

use crate::support::{DAY, Sold, reconcile, settings};
use domain::{CaptureState, Payment, RefundState};
use reports::{Layout, ReportKind, Settings, Unit};

/// A payment captured in two parts, of which one was given back, and an automatic one.
fn rows() -> Vec<Payment> {
    let done = || CaptureState::Succeeded;
    let in_parts = Sold::new("1", 30000, "EUR")
        .capture("1", 20000, done(), DAY)
        .capture("2", 10000, done(), DAY)
        .refund("1", 10000, RefundState::Succeeded, DAY);
    let automatic = Sold::captured("3", 1500, "JPY").with(|row| {
        row.captures[0].request_id = domain::CaptureRequestId::new("R3").unwrap();
    });
    vec![in_parts.row(), automatic.row()]
}

/// Generation A, minor units, as the legacy sample writes.
const LEGACY: &str = "\
settlementBatchId,customerId,acquirer,transactionId,originalTransactionId,transactionRequestId,referenceTransactionId,transactionType,\
transactionAmountValue,transactionCurrency,settlementTime,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency\r\n\
2018,M1,Alipay_SG,CAP1,PID1,R1,,CAPTURE,20000,EUR,2018-12-26T10:00:00+08:30,19500,EUR,-500,EUR\r\n\
2018,M1,Alipay_SG,CAP2,PID1,R1,,CAPTURE,10000,EUR,2018-12-26T10:00:00+08:30,9750,EUR,-250,EUR\r\n\
2018,M1,Alipay_SG,REF1,PID1,RR1,O1,REFUND,-10000,EUR,2018-12-26T10:00:00+08:30,-9750,EUR,250,EUR\r\n\
2018,M1,Alipay_SG,CAP3,PID3,R3,,CAPTURE,1500,JPY,2018-12-26T10:00:00+08:30,1450,JPY,-50,JPY\r\n\
<END>\r\n";

/// Generation B in POP's order: major units, columns that we do not read, a name in them that must not stay, quotes.
const CURRENT: &str = "\u{feff}\
settlementBatchId,customerId,acquirer,acquirerReferenceNo,referenceMerchantId,referenceStoreId,transactionId,originalTransactionId,\
transactionRequestId,originalTransactionRequestId,referenceTransactionId,transactionType,paymentMethodType,transactionAmountValue,transactionCurrency,\
settlementTime,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency,interchangeFeeAmountValue,interchangeFeeCurrency,newColumn\n\
B1,M1,2C2P,A1,,,CAP1,PID1,CR1,R1,,CAPTURE,CARD,200.00,EUR,2026-04-03T00:00:00+08:00,195.00,EUR,-5.00,EUR,-5.00,EUR,\"a, b\"\n\
B1,M1,2C2P,A2,,,CAP2,PID1,CR2,R1,,CAPTURE,CARD,100.00,EUR,2026-04-03T00:00:00+08:00,97.50,EUR,-2.50,EUR,-2.50,EUR,\n\
B1,M1,2C2P,A3,,,REF1,PID1,RR1,R1,O1,REFUND,CARD,-100.00,EUR,2026-04-03T00:00:00+08:00,-97.50,EUR,2.50,EUR,2.50,EUR,\n\
B1,M1,2C2P,A4,,,PID3,,R3,,O3,PAYMENT,CARD,1500,JPY,2026-04-03T00:00:00+08:00,9.75,USD,-0.25,USD,-0.25,USD,\n\
<END>\n";

/// Generation C: the id of every line is the payment's, fees by kind alone, a quote.
const NEWEST: &str = "\
PSP,ARN,settlementBatchId,customerId,transactionId,transactionRequestId,originalTransactionRequestId,referenceTransactionId,transactionType,\
transactionAmountValue,transactionCurrency,quoteCurrencyPair,quotePrice,settlementAmountValue,settlementCurrency,settlementInitiatedDate,\
interchangeFeeAmountValue,interchangeFeeCurrency,schemeFeeAmountValue,schemeFeeCurrency,acquirerMarkupAmountValue,acquirerMarkupCurrency\n\
Antom,N1,C1,M1,PID1,CR1,R1,O1,CAPTURE,200.00,EUR,,,195.00,EUR,20260403,-3.00,EUR,-1.50,EUR,-0.50,EUR\n\
Antom,N2,C1,M1,PID1,CR2,R1,O1,CAPTURE,100.00,EUR,,,98.00,EUR,20260403,-2.00,EUR,,,,\n\
Antom,N3,C1,M1,PID1,RR1,R1,O1,REFUND,-100.00,EUR,,,-98.00,EUR,20260403,2.00,EUR,,,,\n\
Antom,N4,C1,M1,PID3,R3,,O3,PAYMENT,1500,JPY,USD/JPY,150.0,9.75,USD,20260403,-0.25,USD,,,,\n\
<END>\n";

#[test]
fn each_generation_agrees_with_the_rows() {
    for (text, unit, layout) in [
        (LEGACY, Unit::Minor, Layout::Acquirer),
        (CURRENT, Unit::Major, Layout::Acquirer),
        (NEWEST, Unit::Major, Layout::Psp),
    ] {
        let settings = Settings {
            unit: Some(unit),
            ..settings()
        };
        let got = reconcile(&[("report.csv", text.to_owned())], &rows(), settings).unwrap();
        assert!(got.findings.is_empty(), "{layout:?}: {:#?}", got.findings);
        assert_eq!(got.statement.check_unit(), Ok(()));
        let [file] = got.statement.files.as_slice() else {
            panic!("one file")
        };
        assert_eq!(
            (file.kind, file.layout, file.lines),
            (ReportKind::Settlement, layout, 4)
        );
        let matched: u64 = got
            .statement
            .balances
            .iter()
            .map(|(.., b)| b.matched.number)
            .sum();
        assert_eq!(matched, 4, "{layout:?}");
    }
}

#[test]
fn what_identifies_holders_and_cards_is_dropped_on_import() {
    let text = "\
PSP,settlementBatchId,transactionId,transactionRequestId,transactionType,transactionAmountValue,transactionCurrency,status,accountHolderName,\
cardNumber(Last 4 digits),originalCardSummary,issuer\n\
Antom,C1,PIDX,RX,CAPTURE,200.00,EUR,SUCCESS,ADA LOVELACE,0768,405469******0768,BANK OF X\n<END>\n";
    let got = reconcile(&[("report.csv", text.to_owned())], &rows(), settings()).unwrap();
    let everything = format!("{:?} {:?} {:?}", got.findings, got.examined, got.statement);
    assert!(everything.contains("PIDX"));
    for secret in ["ADA", "LOVELACE", "0768", "BANK OF X"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[test]
fn a_conversion_that_does_not_fit_its_quote_is_found() {
    let text = NEWEST.replace("150.0,9.75", "140.0,9.75");
    let got = reconcile(&[("report.csv", text)], &rows(), settings()).unwrap();
    assert_eq!(got.told(), ["net_differs PID3"]);
    let words = got.findings[0]
        .ours
        .as_ref()
        .unwrap()
        .amount
        .unwrap()
        .display();
    assert_eq!(words, "10.46 USD", "1500 / 140 is 10.71, less 0.25");
}
